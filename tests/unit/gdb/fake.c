/* SPDX-License-Identifier: GPL-2.0-only */
/* See fake.h. Each function of the real interfaces that the server calls is here. */
#include "tests/unit/gdb/fake.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/inbox.h"
#include "emu/cpu/probe.h"
#include "emu/debug/debugger.h"
#include "emu/machine/machine.h"

#define POINTS_MAX 300

/* One object is all of them; the pointers lead back to it. */
struct cpu {
    struct fake *fake;
    unsigned index;
};

struct point {
    enum debugger_watch kind;
    uint64_t addr;
    uint64_t bytes;
    bool is_set;
};

struct fake {
    unsigned cores;
    struct cpu cpu[8];
    uint64_t at;
    uint64_t end;
    struct point points[POINTS_MAX];
    unsigned sets;
    unsigned bits;
    bool is_cut;
    bool has_divergence;
    uint8_t memory[FAKE_MEMORY_BYTES];
    struct cpu_regs changed[8]; /* what was set, added to what is computed */
    struct debugger_reason reason;
    struct debugger_output output;
    atomic_bool is_interrupted;
    struct inbox *inbox;
};

static struct fake *of(const void *any)
{
    return (struct fake *)(uintptr_t)any;
}

struct fake *fake_create(unsigned cores)
{
    struct fake *fake = calloc(1, sizeof(*fake));

    if (fake == NULL) abort();
    fake->cores = cores;
    fake->end = FAKE_END;
    fake->bits = 64;
    for (unsigned i = 0; i < 8; i++)
        fake->cpu[i] = (struct cpu){.fake = fake, .index = i};
    fake->inbox = inbox_create();
    return fake;
}

void fake_destroy(struct fake *fake)
{
    inbox_destroy(fake->inbox);
    free(fake);
}

struct debugger *fake_debugger(struct fake *fake)
{
    return (struct debugger *)fake;
}

struct history *fake_history(struct fake *fake)
{
    return (struct history *)fake;
}

struct machine *fake_machine(struct fake *fake)
{
    return (struct machine *)fake;
}

uint64_t fake_at(const struct fake *fake)
{
    return fake->at;
}

void fake_goto(struct fake *fake, uint64_t at)
{
    fake->at = at;
}

unsigned fake_sets(const struct fake *fake)
{
    return fake->sets;
}

unsigned fake_points(const struct fake *fake)
{
    unsigned count = 0;

    for (unsigned i = 0; i < POINTS_MAX; i++)
        count += fake->points[i].is_set;
    return count;
}

bool fake_is_cut(const struct fake *fake)
{
    return fake->is_cut;
}

void fake_set_bits(struct fake *fake, unsigned bits)
{
    fake->bits = bits;
}

void fake_set_end(struct fake *fake, uint64_t end)
{
    fake->end = end;
}

void fake_set_divergence(struct fake *fake)
{
    fake->has_divergence = true;
}

/* ---- The course of things ---- */

static unsigned turn_at(const struct fake *fake, uint64_t at)
{
    return (unsigned)(at / FAKE_TURN % fake->cores);
}

static bool is_halted(unsigned core)
{
    return core == 3;
}

/* Instructions of a core that are done at `at`. */
static uint64_t count_at(const struct fake *fake, unsigned core, uint64_t at)
{
    const uint64_t round = (uint64_t)FAKE_TURN * fake->cores;
    const uint64_t rest = at % round;
    const uint64_t begin = (uint64_t)core * FAKE_TURN;
    uint64_t count = at / round * FAKE_TURN;

    if (is_halted(core)) return 0;
    if (rest > begin) count += rest - begin < FAKE_TURN ? rest - begin : FAKE_TURN;
    return count;
}

static uint64_t pc_at(const struct fake *fake, unsigned core, uint64_t at)
{
    return FAKE_CODE + count_at(fake, core, at) % FAKE_CODE_BYTES;
}

/* The step to `at` was a store. */
static bool is_store(const struct fake *fake, uint64_t at)
{
    const unsigned core = at > 0 ? turn_at(fake, at - 1) : 3;

    return !is_halted(core) && pc_at(fake, core, at - 1) == FAKE_STORE;
}

static uint64_t word_at(const struct fake *fake, uint64_t at)
{
    while (at > 0 && !is_store(fake, at))
        at--;
    return at == 0 ? 0 : count_at(fake, turn_at(fake, at - 1), at - 1);
}

/* Number of the breakpoint that is hit at `at`; 0: none. */
static unsigned hit_at(struct fake *fake, uint64_t at)
{
    const unsigned core = turn_at(fake, at);

    for (unsigned i = 0; i < POINTS_MAX; i++) {
        const struct point *point = &fake->points[i];
        const bool is_code = point->kind == DEBUGGER_CODE;

        if (!point->is_set) continue;
        if (is_code && !is_halted(core) && pc_at(fake, core, at) == point->addr) return i + 1;
        if (!is_code && point->kind != DEBUGGER_READ && is_store(fake, at) &&
            point->addr < FAKE_WORD + 8 && FAKE_WORD < point->addr + point->bytes) {
            return i + 1;
        }
    }
    return 0;
}

/* ---- Debugger ---- */

static enum history_stop stopped(struct fake *fake, enum history_stop stop, unsigned number)
{
    fake->reason = (struct debugger_reason){.stop = stop, .number = number};
    return stop;
}

static enum history_stop one(struct fake *fake, bool is_back)
{
    unsigned number;

    if (is_back && fake->at == 0) return stopped(fake, HISTORY_BEGIN, 0);
    if (!is_back && fake->at == fake->end) return stopped(fake, HISTORY_END, 0);
    fake->at = is_back ? fake->at - 1 : fake->at + 1;
    number = hit_at(fake, fake->at);
    return stopped(fake, number != 0 ? HISTORY_HIT : HISTORY_THERE, number);
}

enum history_stop debugger_continue(struct debugger *debugger, bool is_back, struct error *err)
{
    struct fake *fake = of(debugger);
    enum history_stop stop;

    atomic_store(&fake->is_interrupted, false);
    do {
        if (fake->has_divergence && fake->at >= FAKE_DIVERGED) {
            (void)error_host(err, "event 7 is another one");
            return stopped(fake, HISTORY_DIVERGED, 0);
        }
        stop = one(fake, is_back);
    } while (stop == HISTORY_THERE && !atomic_load(&fake->is_interrupted));
    return stop == HISTORY_THERE ? stopped(fake, HISTORY_INTERRUPTED, 0) : stop;
}

enum history_stop debugger_step(struct debugger *debugger, enum history_step step, bool is_back,
                                struct error *err)
{
    struct fake *fake = of(debugger);
    enum history_stop stop;

    (void)err;
    do {
        stop = one(fake, is_back);
        if (stop == HISTORY_HIT) stop = stopped(fake, HISTORY_THERE, 0);
    } while (stop == HISTORY_THERE && step == HISTORY_BLOCK && fake->at % 5 != 0);
    return stop;
}

int debugger_add_watch(struct debugger *debugger, enum debugger_watch kind, uint64_t linear,
                       uint64_t bytes, struct error *err)
{
    struct fake *fake = of(debugger);

    if (linear == 0xbad) return error_usage(err, "there is nothing to stop at");
    for (unsigned i = 0; i < POINTS_MAX; i++) {
        if (fake->points[i].is_set) continue;
        fake->points[i] = (struct point){kind, linear, bytes, true};
        fake->sets++;
        return (int)i + 1;
    }
    return error_usage(err, "too many");
}

int debugger_delete(struct debugger *debugger, unsigned number, struct error *err)
{
    struct fake *fake = of(debugger);

    if (number == 0 || number > POINTS_MAX || !fake->points[number - 1].is_set) {
        return error_usage(err, "no breakpoint %u", number);
    }
    fake->points[number - 1].is_set = false;
    return 0;
}

void debugger_reason(const struct debugger *debugger, struct debugger_reason *reason)
{
    *reason = of(debugger)->reason;
}

int debugger_command(struct debugger *debugger, const char *line, struct error *err)
{
    struct fake *fake = of(debugger);
    char text[128];
    unsigned number;

    if (strcmp(line, "fail") == 0) return error_usage(err, "it failed");
    if (sscanf(line, "goto %u", &number) == 1) {
        fake->at = number;
        return 0;
    }
    if (sscanf(line, "print %u", &number) != 1) number = 1;
    for (unsigned i = 0; i < number && i < 100000; i++) {
        (void)snprintf(text, sizeof(text), "line %u of: %.64s\n", i, line);
        fake->output.write(fake->output.ctx, text, strlen(text));
    }
    return 0;
}

void debugger_set_output(struct debugger *debugger, const struct debugger_output *output)
{
    of(debugger)->output = *output;
}

void debugger_where(struct debugger *debugger, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "at %llu", (unsigned long long)of(debugger)->at);
}

bool debugger_select_core(struct debugger *debugger, unsigned core)
{
    return core < of(debugger)->cores;
}

/* ---- History ---- */

void history_here(struct history *history, struct history_place *place)
{
    struct fake *fake = of(history);

    *place = (struct history_place){.at = {.ticks = fake->at, .core = turn_at(fake, fake->at)}};
}

bool history_is_at_end(const struct history *history)
{
    return of(history)->at == of(history)->end;
}

int history_cut(struct history *history, struct error *err)
{
    (void)err;
    of(history)->end = of(history)->at;
    of(history)->is_cut = true;
    return 0;
}

void history_interrupt(struct history *history)
{
    atomic_store(&of(history)->is_interrupted, true);
}

enum machine_stop history_machine_stop(const struct history *history)
{
    (void)history;
    return MACHINE_BREAK;
}

void history_set_progress(struct history *history, void (*progress)(void *ctx, int permille),
                          void *ctx)
{
    (void)history;
    (void)progress;
    (void)ctx;
}

/* ---- Machine and cores ---- */

struct cpu *machine_cpu(struct machine *machine, unsigned core)
{
    return &of(machine)->cpu[core];
}

struct cpu_set *machine_cpus(struct machine *machine)
{
    return (struct cpu_set *)of(machine);
}

struct inbox *machine_inbox(struct machine *machine)
{
    return of(machine)->inbox;
}

unsigned cpu_set_count(const struct cpu_set *set)
{
    return of(set)->cores;
}

uint64_t cpu_boundary(const struct cpu *cpu)
{
    return count_at(cpu->fake, cpu->index, cpu->fake->at) / 5 * 5;
}

unsigned cpu_look_count(const struct cpu *cpu)
{
    return (unsigned)(count_at(cpu->fake, cpu->index, cpu->fake->at) % 5);
}

bool cpu_is_halted(const struct cpu *cpu)
{
    return is_halted(cpu->index);
}

unsigned cpu_code_bits(struct cpu *cpu)
{
    return cpu->fake->bits;
}

void cpu_get_regs(struct cpu *cpu, struct cpu_regs *regs)
{
    const struct cpu_regs *changed = &cpu->fake->changed[cpu->index];

    *regs = (struct cpu_regs){.rip = pc_at(cpu->fake, cpu->index, cpu->fake->at) + changed->rip,
                              .rflags = 0x202 ^ (changed->rflags & 0xcd5),
                              .cr0 = 0x80010011,
                              .cr4 = 0x6f0,
                              .efer = 0xd01};
    for (unsigned i = 0; i < 16; i++)
        regs->gpr[i] = UINT64_C(0x1111111111111111) * i;
    regs->gpr[0] = count_at(cpu->fake, cpu->index, cpu->fake->at) + changed->gpr[0];
    regs->gpr[4] = 0x7000;
    regs->segment[1] = (struct cpu_segment){.selector = 0x10, .limit = 0xffffffff, .flags = 0xaf9b};
    if (cpu->fake->bits != 64) regs->segment[1].base = 0xffff0000;
}

void cpu_set_general(struct cpu *cpu, const struct cpu_regs *regs)
{
    struct cpu_regs *changed = &cpu->fake->changed[cpu->index];

    changed->rip = regs->rip - pc_at(cpu->fake, cpu->index, cpu->fake->at);
    changed->gpr[0] = regs->gpr[0] - count_at(cpu->fake, cpu->index, cpu->fake->at);
    changed->rflags = regs->rflags ^ 0x202;
}

void cpu_get_float_regs(struct cpu *cpu, struct cpu_float_regs *regs)
{
    (void)cpu;
    *regs = (struct cpu_float_regs){.fcw = 0x37f, .fsw = 0x3800, .ftw = 0x80, .mxcsr = 0x1f80};
    memcpy(regs->st[0], "\0\0\0\0\0\0\0\x80\xff\x3f", 10); /* 1.0 in ST(0), which is R7 */
    memcpy(regs->xmm[1], "0123456789abcdef", 16);
}

bool cpu_peek_msr(struct cpu *cpu, uint32_t msr, uint64_t *value)
{
    (void)cpu;
    *value = UINT64_C(0x1000000000000) + msr;
    return msr != 0x1d9;
}

size_t cpu_peek_linear_part(struct cpu *cpu, uint64_t linear, void *buf, size_t bytes)
{
    struct fake *fake = cpu->fake;
    const uint64_t word = word_at(fake, fake->at);
    const size_t room = linear < FAKE_MEMORY_BYTES ? (size_t)(FAKE_MEMORY_BYTES - linear) : 0;
    const size_t part = bytes < room ? bytes : room;

    memcpy(fake->memory + FAKE_WORD, &word, sizeof(word));
    if (part > 0) memcpy(buf, fake->memory + linear, part);
    return part;
}

bool cpu_poke_linear(struct cpu *cpu, uint64_t linear, const void *data, size_t bytes)
{
    if (linear >= FAKE_MEMORY_BYTES || bytes > FAKE_MEMORY_BYTES - linear) return false;
    memcpy(cpu->fake->memory + linear, data, bytes);
    return true;
}
