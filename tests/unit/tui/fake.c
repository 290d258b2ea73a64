/* SPDX-License-Identifier: GPL-2.0-only */
/* The debugger without a machine. */
#include "tests/unit/tui/fake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/core/reg.h"
#include "emu/cpu/probe.h"
#include "emu/debug/trace/filter.h"

#define CODE_BASE    0x1000u
#define CODE_BYTES   0x1000u
#define MEMORY_BYTES 0x10000u
#define SLOW_STEPS   2000

static struct fake state;

struct fake *fake(void)
{
    return &state;
}

void fake_reset(void)
{
    state = (struct fake){.generation = 1, .place = 1000};
    (void)snprintf(state.where, sizeof(state.where), "here");
}

struct tui_config fake_config(void)
{
    return (struct tui_config){
        .debugger = (struct debugger *)&state,
        .history = (struct history *)&state,
        .machine = (struct machine *)&state,
        .title = "fake.sgr",
    };
}

/* ---- Events ---- */

static const char *const devices[] = {"pcie/00:1c.0/ans2", "chipset/lapic0", "chipset/uart0",
                                      "display/vega10"};
static const struct trace_type types[] = {
    {.name = "reg_write", .field_count = 3, .fields = {"reg", "old", "new"}, .is_text = {true}},
    {.name = "irq", .field_count = 1, .fields = {"vector"}},
    {.name = "line", .field_count = 1, .fields = {"text"}, .is_text = {true}},
    {.name = "flip", .field_count = 2, .fields = {"address", "pitch"}},
    {.name = "bad_doorbell",
     .level = TRACE_LEVEL_GUEST_ERROR,
     .field_count = 1,
     .fields = {"value"}},
    {.name = "no_such_ring", .level = TRACE_LEVEL_UNIMPL, .field_count = 1, .fields = {"ring"}},
};

static void range(void *ctx, uint64_t *first, uint64_t *last)
{
    (void)ctx;
    *first = 1;
    *last = FAKE_EVENTS;
}

static bool get(void *ctx, uint64_t seq, struct trace_item *item)
{
    (void)ctx;
    if (seq < 1 || seq > FAKE_EVENTS) return false;
    *item = (struct trace_item){
        .seq = seq,
        .when = VTIME_MS(seq),
        .pc = CODE_BASE,
        .core = (uint8_t)(seq % 2),
        .device = devices[seq % 4],
        .type = &types[seq % 4],
        .args = {seq, seq - 1, seq},
        .texts = {seq % 4 == 0 ? "CC" : "hello"},
    };
    if (seq % 40 == 2) {
        item->texts[0] = FAKE_HOSTILE;
    }
    if (seq % 10 == 0 || seq % 25 == 0) {
        item->type = seq % 10 == 0 ? &types[4] : &types[5];
        item->texts[0] = NULL;
    }
    return true;
}

struct trace_items history_events(struct history *history)
{
    return (struct trace_items){.ctx = history, .range = range, .get = get};
}

/* ---- Places ---- */

static void place(uint64_t at, struct history_place *there)
{
    *there = (struct history_place){.when = VTIME_US(100 * at), .seq = at / 10};
}

void history_here(struct history *history, struct history_place *there)
{
    (void)history;
    place(state.place, there);
}

void history_last(const struct history *history, struct history_place *there)
{
    (void)history;
    place(FAKE_PLACES, there);
}

bool history_is_at_begin(const struct history *history)
{
    (void)history;
    return state.place == 0;
}

bool history_is_at_end(const struct history *history)
{
    (void)history;
    return state.place == FAKE_PLACES;
}

void history_interrupt(struct history *history)
{
    (void)history;
    state.is_interrupted = true;
}

void history_set_progress(struct history *history, void (*progress)(void *ctx, int permille),
                          void *ctx)
{
    (void)history;
    state.progress = progress;
    state.progress_ctx = ctx;
}

static enum history_stop go(uint64_t at)
{
    state.generation++;
    state.place = at > FAKE_PLACES ? FAKE_PLACES : at;
    if (state.place == 0) return HISTORY_BEGIN;
    return state.place == FAKE_PLACES ? HISTORY_END : HISTORY_THERE;
}

/* ---- The debugger ---- */

uint64_t debugger_generation(const struct debugger *debugger)
{
    (void)debugger;
    return state.generation;
}

unsigned debugger_core(const struct debugger *debugger)
{
    (void)debugger;
    return state.core;
}

bool debugger_select_core(struct debugger *debugger, unsigned core)
{
    (void)debugger;
    if (core > 1) return false;
    state.core = core;
    return true;
}

bool debugger_has_quit(const struct debugger *debugger)
{
    (void)debugger;
    return state.has_quit;
}

void debugger_set_output(struct debugger *debugger, const struct debugger_output *output)
{
    (void)debugger;
    state.output = *output;
}

void debugger_where(struct debugger *debugger, char *text, size_t bytes)
{
    (void)debugger;
    (void)snprintf(text, bytes, "%s %" PRIu64, state.where, state.place);
}

enum history_stop debugger_step(struct debugger *debugger, enum history_step step, bool is_back,
                                struct error *err)
{
    static const uint64_t steps[] = {[HISTORY_INSN] = 1, [HISTORY_BLOCK] = 4, [HISTORY_EVENT] = 10};

    (void)debugger;
    (void)err;
    if (is_back) return go(state.place > steps[step] ? state.place - steps[step] : 0);
    return go(state.place + steps[step]);
}

enum history_stop debugger_continue(struct debugger *debugger, bool is_back, struct error *err)
{
    (void)debugger;
    if (state.trouble == HISTORY_DIVERGED || state.trouble == HISTORY_TROUBLE) {
        state.generation++;
        (void)error_host(err, "event 17 is another one");
        return state.trouble;
    }
    return go(is_back ? 0 : FAKE_PLACES);
}

static void say(const char *text)
{
    state.output.write(state.output.ctx, text, strlen(text));
}

static int slow(void)
{
    state.is_interrupted = false;
    for (int i = 0; i < SLOW_STEPS && !state.is_interrupted; i++) {
        if (state.progress != NULL) {
            state.progress(state.progress_ctx, i * 1000 / SLOW_STEPS);
        }
        if (state.wait != NULL) {
            state.wait();
        }
    }
    (void)go(state.place + 1);
    return 0;
}

static int many(unsigned count)
{
    char text[64];

    for (unsigned i = 1; i <= count; i++) {
        (void)snprintf(text, sizeof(text), "line %u of %u\n", i, count);
        say(text);
    }
    return 0;
}

static int add_stop(const char *line)
{
    const unsigned at = state.stop_count;
    unsigned long long addr;

    if (at == FAKE_STOPS) return -1;
    if (sscanf(line, "break pc %llx", &addr) == 1) {
        state.stops[at] = (struct debugger_breakpoint){.is_code = true, .addr = addr};
    } else if (sscanf(line, "break ev %31s", state.stop_events[at]) != 1) {
        return -1;
    }
    state.stops[at].is_enabled = true;
    state.stops[at].number = ++state.stop_count;
    state.generation++;
    return 0;
}

/* `delete N`, `disable N`; -1: it is neither. */
static int change_stop(const char *line)
{
    char verb[16];
    unsigned number;

    if (sscanf(line, "%15s %u", verb, &number) != 2 || number == 0 || number > FAKE_STOPS)
        return -1;
    if (strcmp(verb, "delete") == 0) {
        state.stops[number - 1].number = 0;
    } else if (strcmp(verb, "disable") == 0) {
        state.stops[number - 1].is_enabled = false;
    } else {
        return -1;
    }
    state.generation++;
    return 0;
}

size_t debugger_breakpoints(const struct debugger *debugger,
                            struct debugger_breakpoint list[DEBUGGER_BREAKPOINTS_MAX])
{
    size_t count = 0;

    (void)debugger;
    for (size_t i = 0; i < FAKE_STOPS; i++) {
        if (state.stops[i].number != 0) {
            list[count++] = state.stops[i];
        }
    }
    return count;
}

unsigned debugger_breakpoint_of(const struct debugger *debugger, const struct trace_item *item)
{
    (void)debugger;
    for (size_t i = 0; i < FAKE_STOPS; i++) {
        if (state.stops[i].number != 0 && state.stops[i].is_enabled &&
            strcmp(state.stop_events[i], item->type->name) == 0)
            return state.stops[i].number;
    }
    return 0;
}

int debugger_command(struct debugger *debugger, const char *line, struct error *err)
{
    unsigned long long number;

    (void)debugger;
    state.has_quit = false;
    (void)snprintf(state.last_command, sizeof(state.last_command), "%s", line);
    if (sscanf(line, "goto ev %llu", &number) == 1) return (void)go(number * 10), 0;
    if (sscanf(line, "many %llu", &number) == 1) return many((unsigned)number);
    if (strcmp(line, "goto begin") == 0) return (void)go(0), 0;
    if (strcmp(line, "goto end") == 0) return (void)go(FAKE_PLACES), 0;
    if (strcmp(line, "slow") == 0) return slow();
    if (strncmp(line, "run-until", 9) == 0 || strcmp(line, "next") == 0) {
        return (void)go(state.place + 2), 0;
    }
    if (strcmp(line, "reverse-next") == 0) return (void)go(state.place - 2), 0;
    if (strcmp(line, "quit") == 0) return state.has_quit = true, 0;
    if (strncmp(line, "say ", 4) == 0) {
        say(line + 4);
        say("\n");
        return 0;
    }
    if (add_stop(line) == 0 || change_stop(line) == 0) return 0;
    return error_usage(err, "no command `%s'", line);
}

struct trace_filter *debugger_filter(struct debugger *debugger, const char *text, struct error *err)
{
    (void)debugger;
    return trace_filter_parse(text, err);
}

void debugger_complete(struct debugger *debugger, const char *line,
                       void (*found)(void *ctx, const char *word), void *ctx)
{
    static const char *const words[] = {"break", "goto", "info", "nvme.CC", "nvme.CSTS", "slow"};
    const char *word = strrchr(line, ' ');

    (void)debugger;
    word = word != NULL ? word + 1 : line;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncmp(words[i], word, strlen(word)) == 0) {
            found(ctx, words[i]);
        }
    }
}

size_t debugger_disassemble(struct debugger *debugger, uint64_t addr, struct debugger_insn *list,
                            size_t count)
{
    (void)debugger;
    if (count > 256) abort(); /* no screen has so many rows */
    for (size_t i = 0; i < count; i++, addr += 4) {
        if (addr < CODE_BASE || addr >= CODE_BASE + CODE_BYTES) return i;
        list[i] = (struct debugger_insn){.addr = addr, .bytes = 4, .code = {0x90, 0x90}};
        (void)snprintf(list[i].text, sizeof(list[i].text), "mov $%" PRIu64 ",%%eax",
                       (addr - CODE_BASE) / 4);
        (void)snprintf(list[i].symbol, sizeof(list[i].symbol), "fake_main+%" PRIu64,
                       addr - CODE_BASE);
    }
    return count;
}

uint64_t debugger_back_up(struct debugger *debugger, uint64_t addr, unsigned count)
{
    (void)debugger;
    return addr >= CODE_BASE + 4u * count ? addr - 4u * count : CODE_BASE;
}

const char *debugger_device_path(struct debugger *debugger, size_t index)
{
    (void)debugger;
    return index < sizeof(devices) / sizeof(devices[0]) ? devices[index] : NULL;
}

bool debugger_register(struct debugger *debugger, size_t device, size_t index,
                       struct debugger_register *reg)
{
    static const struct reg_field fields[] = {
        {"EN", 0, 0}, {"CSS", 6, 4}, {"MPS", 10, 7}, {"SHN", 15, 14}, {NULL, 0, 0}};

    (void)debugger;
    if (device > 1 || index > 11) return false;
    *reg = (struct debugger_register){
        .bank = "regs", .name = "CAP", .size = 4, .offset = (uint32_t)index * 4, .value = index};
    if (device == 0 && index == 1) {
        reg->name = "CC";
        reg->fields = fields;
        reg->value = (state.place & 1) | 0x100;
        reg->is_changed = true;
    } else if (index >= 2) {
        reg->name = "DOORBELL";
        reg->is_array = true;
        reg->index = (unsigned)index - 2;
    }
    return true;
}

uint32_t *debugger_picture(struct debugger *debugger, unsigned *width, unsigned *height)
{
    uint32_t *pixels;

    (void)debugger;
    if (!state.has_picture) return NULL;
    *width = 64;
    *height = 36;
    pixels = calloc((size_t)*width * *height, sizeof(*pixels));
    for (unsigned i = 0; pixels != NULL && i < *width * *height; i++) {
        pixels[i] = i / *width < *height / 2 ? 0xff0000 : 0x0000ff;
    }
    return pixels;
}

/* $rsp or a number, and perhaps another number to be added or taken away. */
int debugger_value(struct debugger *debugger, const char *text, uint64_t *value, struct error *err)
{
    bool is_register = strncmp(text, "$rsp", 4) == 0;
    struct cpu_regs regs;
    char *end = NULL;
    uint64_t more;

    (void)debugger;
    cpu_get_regs(NULL, &regs);
    *value = is_register ? regs.gpr[4] : strtoull(text, &end, 0);
    end = is_register ? (char *)(uintptr_t)(text + 4) : end;
    while (*end == ' ' || *end == '+' || *end == '-') {
        bool is_minus = *end == '-';

        more = strtoull(end + 1, &end, 0);
        *value += is_minus ? 0 - more : more;
    }
    if (end == text || *end != '\0') return error_usage(err, "not an address: %s", text);
    return 0;
}

/* ---- Machine and cores ---- */

struct cpu *machine_cpu(struct machine *machine, unsigned core)
{
    (void)core;
    return (struct cpu *)machine;
}

uint64_t cpu_cycles(const struct cpu *cpu)
{
    (void)cpu;
    return state.place * 320000;
}

unsigned cpu_code_bits(struct cpu *cpu)
{
    (void)cpu;
    return 64;
}

void cpu_get_regs(struct cpu *cpu, struct cpu_regs *regs)
{
    (void)cpu;
    *regs = (struct cpu_regs){
        .rip = CODE_BASE + 4 * (state.place % 100), .rflags = 0x202, .cr0 = 0x80000011};
    regs->gpr[0] = state.place;
    regs->gpr[4] = 0x8000 - 8 * (state.place % 4);
    regs->gpr[5] = 0x8010;
    regs->gpr[15] = UINT64_C(0xffffffff81000000);
    regs->segment[1].selector = 0x10;
}

size_t cpu_peek_linear_part(struct cpu *cpu, uint64_t linear, void *buf, size_t bytes)
{
    const size_t room = linear < MEMORY_BYTES ? (size_t)(MEMORY_BYTES - linear) : 0;
    const size_t part = bytes < room ? bytes : room;
    uint8_t here[8];

    (void)cpu;
    le64_put(here, state.place);
    for (size_t i = 0; i < part; i++) {
        uint64_t at = linear + i;

        ((uint8_t *)buf)[i] = at >= 0x8000 && at < 0x8008 ? here[at - 0x8000] : (uint8_t)at;
    }
    return part;
}
