/* SPDX-License-Identifier: GPL-2.0-only */
/* Code as text, by capstone: AT&T's syntax unless Intel's is asked for, and 16, 32 or 64 bits as the core
 * that is asked about decodes now. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INSN_BYTES_MAX 15u
#define BACK_BYTES     256u

static csh open_for(struct debugger *debugger, unsigned bits)
{
    static const cs_mode modes[DEBUGGER_MODES] = {CS_MODE_16, CS_MODE_32, CS_MODE_64};
    const unsigned mode = bits == 64 ? 2 : bits == 32 ? 1 : 0;
    csh *handle = &debugger->disassembler[mode];

    if (*handle == 0 && cs_open(CS_ARCH_X86, modes[mode], handle) != CS_ERR_OK) {
        *handle = 0;
        return 0;
    }
    (void)cs_option(*handle, CS_OPT_SYNTAX,
                    debugger->is_intel ? CS_OPT_SYNTAX_INTEL : CS_OPT_SYNTAX_ATT);
    return *handle;
}

void disassemble_close(struct debugger *debugger)
{
    for (unsigned i = 0; i < DEBUGGER_MODES; i++) {
        if (debugger->disassembler[i] != 0) {
            (void)cs_close(&debugger->disassembler[i]);
        }
    }
}

/* As many bytes as are mapped, up to `room`. */
static size_t fetch(struct cpu *cpu, uint64_t addr, uint8_t *bytes, size_t room)
{
    if (addr <= UINT64_MAX - room && cpu_peek_linear(cpu, addr, bytes, room)) return room;
    for (size_t i = 0; i < room; i++) {
        if (addr > UINT64_MAX - i || !cpu_peek_linear(cpu, addr + i, bytes + i, 1)) return i;
    }
    return room;
}

static void bad(struct debugger_insn *insn, uint8_t byte)
{
    insn->bytes = 1;
    insn->code[0] = byte;
    (void)snprintf(insn->text, sizeof(insn->text), "(bad)");
}

bool disassemble_one(struct debugger *debugger, unsigned core, uint64_t addr,
                     struct debugger_insn *insn)
{
    struct cpu *cpu = debugger_cpu(debugger, core);
    uint8_t bytes[INSN_BYTES_MAX];
    size_t left = cpu != NULL ? fetch(cpu, addr, bytes, sizeof(bytes)) : 0;
    const uint8_t *code = bytes;
    uint64_t at = addr;
    cs_insn *decoded;
    csh handle;

    *insn = (struct debugger_insn){.addr = addr};
    if (left == 0) return false;
    if (debugger->config.symbols != NULL) {
        (void)symbols_name(debugger->config.symbols, addr, insn->symbol, sizeof(insn->symbol));
    }
    handle = open_for(debugger, cpu_code_bits(cpu));
    decoded = handle != 0 ? cs_malloc(handle) : NULL;
    if (decoded == NULL || !cs_disasm_iter(handle, &code, &left, &at, decoded)) {
        bad(insn, bytes[0]);
    } else {
        insn->bytes = decoded->size;
        memcpy(insn->code, bytes, decoded->size);
        (void)snprintf(insn->text, sizeof(insn->text), "%.31s%s%.62s", decoded->mnemonic,
                       decoded->op_str[0] != '\0' ? " " : "", decoded->op_str);
    }
    if (decoded != NULL) {
        cs_free(decoded, 1);
    }
    return true;
}

size_t debugger_disassemble(struct debugger *debugger, uint64_t addr, struct debugger_insn *list,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!disassemble_one(debugger, debugger->observer->core, addr, &list[i])) return i;
        addr += list[i].bytes;
    }
    return count;
}

/* Decodes from `from` on; true when one of the instructions begins at `addr`. `starts` gets the last ones. */
static bool leads_to(struct debugger *debugger, uint64_t from, uint64_t addr, unsigned count,
                     uint64_t *start)
{
    uint64_t starts[64];
    struct debugger_insn insn;
    size_t made = 0;

    while (from < addr) {
        if (!disassemble_one(debugger, debugger->observer->core, from, &insn)) return false;
        if (strcmp(insn.text, "(bad)") == 0) return false;
        starts[made++ % 64] = from;
        from += insn.bytes;
    }
    if (from != addr || made < count) return false;
    *start = starts[(made - count) % 64];
    return true;
}

/* Code can be read forwards only: from far enough in front, almost every start comes to agree with the true
 * one after a few instructions. The farthest start that leads to `addr` is the best witness. */
uint64_t debugger_back_up(struct debugger *debugger, uint64_t addr, unsigned count)
{
    const uint64_t reach = addr < BACK_BYTES ? addr : BACK_BYTES;
    uint64_t start = addr;

    if (count == 0) return addr;
    if (count > 63) {
        count = 63;
    }
    for (uint64_t back = reach; back > 0; back--) {
        if (leads_to(debugger, addr - back, addr, count, &start)) return start;
    }
    return addr;
}

/* ---- `disas` ---- */

#define DISAS_DEFAULT 12u
#define DISAS_MAX     1000u

static void print_insn(struct debugger *debugger, const struct debugger_insn *insn, uint64_t pc)
{
    char hex[2 * INSN_BYTES_MAX + 1] = "";

    for (unsigned i = 0; i < insn->bytes && i < INSN_BYTES_MAX; i++) {
        (void)snprintf(hex + (size_t)2 * i, 3, "%02x", insn->code[i]);
    }
    if (insn->symbol[0] != '\0' && strchr(insn->symbol, '+') == NULL) {
        debugger_print(debugger, "%s:\n", insn->symbol);
    }
    debugger_print(debugger, "%s %016" PRIx64 "  %-20s  %s\n", insn->addr == pc ? "=>" : "  ",
                   insn->addr, hex, insn->text);
}

int do_disas(struct debugger *debugger, const struct words *words, struct error *err)
{
    const uint64_t pc = debugger_pc(debugger, debugger->observer->core);
    uint64_t addr = debugger->examine_next != 0 ? debugger->examine_next : pc;
    uint64_t count = DISAS_DEFAULT;
    struct debugger_insn insn;

    if (words->count > 1 && expression_value(debugger->observer, words->word[1], &addr, err) != 0)
        return -1;
    if (words->count > 2 && expression_value(debugger->observer, words->word[2], &count, err) != 0)
        return -1;
    if (words->count > 3) return error_usage(err, "'%.40s' is not expected there", words->word[3]);
    if (count == 0 || count > DISAS_MAX) {
        return error_usage(err, "between 1 and %u instructions can be shown", DISAS_MAX);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!disassemble_one(debugger, debugger->observer->core, addr, &insn)) {
            if (i == 0) return error_usage(err, "nothing is mapped at 0x%" PRIx64, addr);
            break;
        }
        print_insn(debugger, &insn, pc);
        addr += insn.bytes;
    }
    debugger->examine_next = addr;
    return 0;
}
