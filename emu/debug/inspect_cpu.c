/* SPDX-License-Identifier: GPL-2.0-only */
/* Cores: registers, MSRs, stacks. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/base/endian.h"

#define MSRS_MAX      256u
#define FRAMES_MAX    64u
#define PER_LINE      3u
#define FLAGS_LETTERS 16u

/* CALL with a 32-bit distance (SDM 2A). */
#define CALL_OPCODE     0xe8u
#define CALL_BYTES      5u
#define FRAMELESS_BYTES 256u /* functions without frames are small */

/* ---- General registers ---- */

static const char *const gpr_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

static void print_value(struct debugger *debugger, const char *name, uint64_t now, uint64_t before,
                        bool is_last)
{
    debugger_print(debugger, "%-6s %016" PRIx64 "%s%s", name, now, now != before ? "*" : " ",
                   is_last ? "\n" : "  ");
}

static void print_general(struct debugger *debugger, const struct cpu_regs *now,
                          const struct cpu_regs *before)
{
    /* In the order in which people look for them, not the one of the encoding. */
    static const unsigned order[16] = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};

    for (unsigned i = 0; i < 16; i++) {
        print_value(debugger, gpr_names[order[i]], now->gpr[order[i]], before->gpr[order[i]],
                    i % PER_LINE == PER_LINE - 1);
    }
    print_value(debugger, "rip", now->rip, before->rip, false);
    print_value(debugger, "rflags", now->rflags, before->rflags, true);
}

static void print_flags(struct debugger *debugger, uint64_t flags)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[FLAGS_LETTERS] = {
        {0, "CF"},  {2, "PF"},   {4, "AF"},   {6, "ZF"},  {7, "SF"},  {8, "TF"},
        {9, "IF"},  {10, "DF"},  {11, "OF"},  {14, "NT"}, {16, "RF"}, {17, "VM"},
        {18, "AC"}, {19, "VIF"}, {20, "VIP"}, {21, "ID"},
    };

    debugger_print(debugger, "flags ");
    for (unsigned i = 0; i < FLAGS_LETTERS; i++) {
        if ((flags >> names[i].bit & 1) != 0) {
            debugger_print(debugger, " %s", names[i].name);
        }
    }
    debugger_print(debugger, " IOPL=%u\n", (unsigned)(flags >> 12 & 3));
}

static void print_segments(struct debugger *debugger, const struct cpu_regs *regs)
{
    static const char *const names[6] = {"es", "cs", "ss", "ds", "fs", "gs"};

    for (unsigned i = 0; i < 6; i++) {
        debugger_print(debugger, "%-5s %04x base %016" PRIx64 " limit %08x flags %06x\n", names[i],
                       regs->segment[i].selector, regs->segment[i].base, regs->segment[i].limit,
                       regs->segment[i].flags >> 8);
    }
    debugger_print(debugger, "ldtr  %04x base %016" PRIx64 " limit %08x\n", regs->ldtr.selector,
                   regs->ldtr.base, regs->ldtr.limit);
    debugger_print(debugger, "tr    %04x base %016" PRIx64 " limit %08x\n", regs->tr.selector,
                   regs->tr.base, regs->tr.limit);
    debugger_print(debugger, "gdtr       base %016" PRIx64 " limit %08x\n", regs->gdtr.base,
                   regs->gdtr.limit);
    debugger_print(debugger, "idtr       base %016" PRIx64 " limit %08x\n", regs->idtr.base,
                   regs->idtr.limit);
}

static void print_control(struct debugger *debugger, const struct cpu_regs *now,
                          const struct cpu_regs *before)
{
    print_value(debugger, "cr0", now->cr0, before->cr0, false);
    print_value(debugger, "cr2", now->cr2, before->cr2, false);
    print_value(debugger, "cr3", now->cr3, before->cr3, true);
    print_value(debugger, "cr4", now->cr4, before->cr4, false);
    print_value(debugger, "cr8", now->cr8, before->cr8, false);
    print_value(debugger, "efer", now->efer, before->efer, true);
    for (unsigned i = 0; i < 8; i++) {
        char name[8];

        if (i == 4 || i == 5) continue;
        (void)snprintf(name, sizeof(name), "dr%u", i);
        print_value(debugger, name, now->dr[i], before->dr[i], i == 2 || i == 7);
    }
}

/* ---- Floating point ---- */

static void print_bytes(struct debugger *debugger, const uint8_t *bytes, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        debugger_print(debugger, "%02x", bytes[i - 1]);
    }
}

static void print_float(struct debugger *debugger, struct cpu *cpu)
{
    struct cpu_float_regs regs;

    cpu_get_float_regs(cpu, &regs);
    debugger_print(debugger,
                   "fcw %04x fsw %04x ftw %02x fop %04x fip %" PRIx64 " fdp %" PRIx64
                   " mxcsr %08x\n",
                   regs.fcw, regs.fsw, regs.ftw, regs.fop, regs.fip, regs.fdp, regs.mxcsr);
    for (unsigned i = 0; i < 8; i++) {
        debugger_print(debugger, "st%u   ", i);
        print_bytes(debugger, regs.st[i], sizeof(regs.st[i]));
        debugger_print(debugger, i % 2 == 1 ? "\n" : "  ");
    }
    for (unsigned i = 0; i < 16; i++) {
        debugger_print(debugger, "xmm%-2u ", i);
        print_bytes(debugger, regs.xmm[i], sizeof(regs.xmm[i]));
        debugger_print(debugger, i % 2 == 1 ? "\n" : "  ");
    }
}

/* ---- MSRs ---- */

static void print_msrs(struct debugger *debugger, struct cpu *cpu, bool is_all)
{
    uint32_t list[MSRS_MAX];
    const size_t count = cpu_msr_list(list, MSRS_MAX);
    uint64_t value;

    for (size_t i = 0; i < count && i < MSRS_MAX; i++) {
        const char *name = msr_name(list[i]);

        if ((*name == '\0' && !is_all) || !cpu_peek_msr(cpu, list[i], &value)) continue;
        debugger_print(debugger, "%08x %016" PRIx64 "  %s\n", list[i], value, name);
    }
}

/* `info regs [all|float|msrs|NAME]`. */
int info_regs(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct cpu *cpu = debugger_cpu(debugger, debugger->observer->core);
    const struct cpu_regs *before = &debugger->before[debugger->observer->core];
    const char *what = words->count > 2 ? words->word[2] : "";
    const bool is_all = strcmp(what, "all") == 0;
    struct cpu_regs regs;
    uint64_t value;

    if (*what == '$') {
        what++;
    }
    if (strcmp(what, "float") == 0) {
        print_float(debugger, cpu);
        return 0;
    }
    if (strcmp(what, "msrs") == 0) {
        print_msrs(debugger, cpu, true);
        return 0;
    }
    if (*what != '\0' && !is_all) {
        if (!core_register(cpu, what, &value)) {
            return error_usage(err, "no register is called '%.40s'; all, float and msrs are groups",
                               what);
        }
        debugger_print(debugger, "%s 0x%" PRIx64 "\n", what, value);
        return 0;
    }
    cpu_get_regs(cpu, &regs);
    debugger_print(debugger, "core %u\n", debugger->observer->core);
    print_general(debugger, &regs, before);
    print_flags(debugger, regs.rflags);
    print_segments(debugger, &regs);
    print_control(debugger, &regs, before);
    print_msrs(debugger, cpu, false);
    if (is_all) {
        print_float(debugger, cpu);
    }
    return 0;
}

int info_cores(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct history_place here;

    (void)words;
    (void)err;
    history_here(debugger->config.history, &here);
    for (unsigned i = 0; debugger_cpu(debugger, i) != NULL; i++) {
        struct cpu *cpu = debugger_cpu(debugger, i);
        const uint64_t pc = debugger_pc(debugger, i);
        char symbol[80];

        debugger_print(debugger, "%s %u %s%s pc %016" PRIx64 "%s cycles %" PRIu64 "\n",
                       i == debugger->observer->core ? "*" : " ", i,
                       cpu_is_halted(cpu) ? "halted " : "running",
                       i == here.at.core && here.at.looked > 0 ? " (inside a block)" : "", pc,
                       debugger_symbol(debugger, pc, symbol, sizeof(symbol)), cpu_cycles(cpu));
    }
    return 0;
}

/* ---- Stack ---- */

static bool read_u64(struct cpu *cpu, uint64_t addr, uint64_t *value)
{
    uint8_t bytes[8];

    if (addr > UINT64_MAX - 8 || !cpu_peek_linear(cpu, addr, bytes, sizeof(bytes))) return false;
    *value = 0;
    for (unsigned i = 8; i > 0; i--) {
        *value = *value << 8 | bytes[i - 1];
    }
    return true;
}

static void print_frame(struct debugger *debugger, unsigned number, uint64_t pc)
{
    char symbol[80];

    debugger_print(debugger, "#%-2u %016" PRIx64 "%s\n", number, pc,
                   debugger_symbol(debugger, pc, symbol, sizeof(symbol)));
}

/* Code that makes a frame: `push %rbp`, `mov %rsp, %rbp`. */
static bool is_prologue(struct cpu *cpu, uint64_t at)
{
    static const uint8_t prologue[] = {0x55, 0x48, 0x89, 0xe5};
    uint8_t code[sizeof(prologue)];

    return cpu_peek_linear(cpu, at, code, sizeof(code)) &&
           memcmp(code, prologue, sizeof(code)) == 0;
}

/* A small function without a frame: on top of the stack is where a call to just in front of `pc` returns to. */
static bool is_frameless(struct cpu *cpu, uint64_t pc, uint64_t caller)
{
    uint8_t call[CALL_BYTES];
    uint64_t target;

    if (caller < CALL_BYTES || !cpu_peek_linear(cpu, caller - CALL_BYTES, call, sizeof(call))) {
        return false;
    }
    target = caller + (uint64_t)(int64_t)(int32_t)le32_get(call + 1);
    return call[0] == CALL_OPCODE && target <= pc && pc - target < FRAMELESS_BYTES &&
           !is_prologue(cpu, target);
}

/* The caller of a function that has no frame, or not yet. False: the frame pointer is the function's own, as
 * far as can be told. */
static bool find_hidden_caller(struct cpu *cpu, uint64_t pc, uint64_t sp, uint64_t *caller)
{
    if (is_prologue(cpu, pc)) return read_u64(cpu, sp, caller);
    if (pc > 0 && is_prologue(cpu, pc - 1)) return read_u64(cpu, sp + 8, caller);
    return read_u64(cpu, sp, caller) && is_frameless(cpu, pc, *caller);
}

/* By frame pointers: what was compiled without them ends the walk early or leaves frames out. There is no unwind
 * information to do better. */
static unsigned walk_frames(struct debugger *debugger, struct cpu *cpu, const struct cpu_regs *regs)
{
    const uint64_t here = debugger_pc(debugger, debugger->observer->core);
    uint64_t frame = regs->gpr[5];
    uint64_t caller;
    unsigned count = 1;

    print_frame(debugger, 0, here);
    if (find_hidden_caller(cpu, here, regs->gpr[4], &caller)) {
        print_frame(debugger, count++, caller);
    }
    while (count < FRAMES_MAX) {
        uint64_t next;
        uint64_t pc;

        if (frame % 8 != 0 || !read_u64(cpu, frame, &next)) break;
        if (!read_u64(cpu, frame + 8, &pc) || pc == 0) break;
        print_frame(debugger, count++, pc);
        if (next <= frame) break;
        frame = next;
    }
    return count;
}

/* `bt scan`: words of the stack that are addresses in functions. Some were left behind by calls that are over. */
static void scan_stack(struct debugger *debugger, struct cpu *cpu, uint64_t sp)
{
    unsigned found = 0;

    for (unsigned i = 0; i < 512 && found < FRAMES_MAX; i++) {
        char name[64];
        uint64_t word;

        if (!read_u64(cpu, sp + (uint64_t)8 * i, &word)) break;
        if (!symbols_name(debugger->config.symbols, word, name, sizeof(name))) continue;
        debugger_print(debugger, "[rsp+0x%03x] %016" PRIx64 " <%s>\n", 8 * i, word, name);
        found++;
    }
}

int do_backtrace(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct cpu *cpu = debugger_cpu(debugger, debugger->observer->core);
    struct cpu_regs regs;

    cpu_get_regs(cpu, &regs);
    if (words->count > 1) {
        if (strcmp(words->word[1], "scan") != 0) {
            return error_usage(err, "'bt' or 'bt scan' was expected");
        }
        if (debugger->config.symbols == NULL) return error_usage(err, "there are no symbols");
        scan_stack(debugger, cpu, regs.gpr[4]);
        return 0;
    }
    if (cpu_code_bits(cpu) != 64) {
        return error_usage(err, "stacks are walked in 64-bit code only; 'x/8wx $rsp' shows words");
    }
    if (walk_frames(debugger, cpu, &regs) == 1) {
        debugger_print(debugger, "no frame pointer to follow; 'bt scan' shows the stack's words "
                                 "that are in functions\n");
    }
    return 0;
}
