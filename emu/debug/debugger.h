/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debugger core: one set of commands and questions for the text UI, GDB's `monitor`, and the control
 * socket. It owns nothing of the machine; it stands on a history (replay/history.h) and only asks.
 * docs/debugger.md is the reference of its language.
 *
 *   VERB SOURCE [if CONDITION]
 *     VERB    break (stop each time) | trace (print each time) | run-until (go on to the next one)
 *             | wait-for (the same; an error when the run ends first)
 *     SOURCE  reg DEV.REG[.FIELD] [r|w|rw]     a register
 *             bar DEV.N | mem ADDR [r|w|rw] [BYTES] | phys ADDR ... | port P [r|w|rw] [COUNT]
 *             irq DEV:LINE | irq lapicN:VECTOR | vector N | msr N [r|w|rw]
 *             lba FIRST..LAST [r|w|rw] | ev DEVICE.EVENT | pixel X,Y | pc ADDR|SYMBOL
 *   continue, reverse-continue; step|stepi|next|step-block|step-event and reverse-...; goto ev N | TIME |
 *   cycle N | begin | end; last-write SOURCE; why [ev N]; events [N..M]; list, delete, enable, disable;
 *   info regs|dev [DEV]|devices|memory|cores|checkpoints|breakpoints|where; x/FMT ADDR; disas [ADDR];
 *   screen FILE; help [COMMAND]
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/debug/observer.h"
#include "emu/debug/replay/history.h"
#include "emu/debug/symbols.h"

struct debugger;

/* Where text of commands goes: whole lines with their end, or parts of them. */
struct debugger_output {
    void *ctx;
    void (*write)(void *ctx, const char *text, size_t bytes);
};

struct debugger_config {
    struct history *history; /* borrowed */
    struct machine *machine; /* borrowed: the history's */
    struct symbols *symbols; /* borrowed; NULL: none */
    struct debugger_output output;
    bool is_intel; /* syntax of disassembly; else AT&T */
    /* `screen FILE`: emu/host's save_png() does; NULL: there is no such command here (the control socket,
     * whose client must not write files of the host). */
    int (*save_picture)(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
                        struct error *err);
};
struct debugger *debugger_create(const struct debugger_config *config, struct error *err);
void debugger_destroy(struct debugger *debugger);
void debugger_set_output(struct debugger *debugger, const struct debugger_output *output);

/* Carries out one line. 0; -1 with `err` when it was not understood or went wrong (ERROR_USAGE says what was
 * expected and, where a word may have been meant, which). An empty line repeats the last step. */
int debugger_command(struct debugger *debugger, const char *line, struct error *err);
/* Completions of the word at the end of `line`, ascending: calls `found` for each. */
void debugger_complete(struct debugger *debugger, const char *line,
                       void (*found)(void *ctx, const char *word), void *ctx);
/* The last command was `quit`. */
bool debugger_has_quit(const struct debugger *debugger);
/* Grows whenever place, breakpoints or memory changed: who shows them looks again. */
uint64_t debugger_generation(const struct debugger *debugger);
/* One line: time, event, core, instruction, what it stopped for. */
void debugger_where(struct debugger *debugger, char *text, size_t bytes);
/* Which events somebody wants to see (trace/filter.h), with fields that this machine's events have. The caller
 * destroys it. NULL with `err` (ERROR_USAGE). */
struct trace_filter *debugger_filter(struct debugger *debugger, const char *text,
                                     struct error *err);
/* The core that questions without a core are about. */
unsigned debugger_core(const struct debugger *debugger);
bool debugger_select_core(struct debugger *debugger, unsigned core);
/* Value of an expression as `print` takes it, of the selected core, at the present place. -1 with `err`
 * (ERROR_USAGE). */
int debugger_value(struct debugger *debugger, const char *text, uint64_t *value,
                   struct error *err) MUST_CHECK;

/* ---- Breakpoints, for front ends with their own words for them (GDB) ---- */
enum debugger_watch {
    DEBUGGER_CODE,  /* linear address of an instruction */
    DEBUGGER_WRITE, /* linear address and bytes */
    DEBUGGER_READ,
    DEBUGGER_ACCESS,
};
/* Number of the breakpoint; -1 with `err`. */
int debugger_add_watch(struct debugger *debugger, enum debugger_watch kind, uint64_t linear,
                       uint64_t bytes, struct error *err);
int debugger_delete(struct debugger *debugger, unsigned number, struct error *err);
#define DEBUGGER_BREAKPOINTS_MAX 128u
struct debugger_breakpoint {
    unsigned number;
    bool is_enabled;
    bool is_trace; /* prints and goes on */
    bool is_code;  /* `addr` is an instruction's, linear */
    uint64_t addr;
    uint64_t hits;
};
/* All that there are, whoever set them, by number; returns how many. */
size_t debugger_breakpoints(const struct debugger *debugger,
                            struct debugger_breakpoint list[DEBUGGER_BREAKPOINTS_MAX]);
/* As it would be typed; empty when there is none of this number. */
void debugger_breakpoint_text(const struct debugger *debugger, unsigned number, char *text,
                              size_t bytes);
/* The first enabled one whose source `item` is, whatever its condition says; 0: none. */
unsigned debugger_breakpoint_of(const struct debugger *debugger, const struct trace_item *item);
/* Why it stands here. */
struct debugger_reason {
    enum history_stop stop;
    unsigned number; /* of the breakpoint; 0: none */
    bool is_watch;
    enum debugger_watch kind;
    uint64_t addr;
};
void debugger_reason(const struct debugger *debugger, struct debugger_reason *reason);
/* Motion without words. */
enum history_stop debugger_continue(struct debugger *debugger, bool is_back, struct error *err);
enum history_stop debugger_step(struct debugger *debugger, enum history_step step, bool is_back,
                                struct error *err);

/* ---- Looking, for panes ---- */
struct debugger_insn {
    uint64_t addr;
    unsigned bytes;
    uint8_t code[16];
    char text[96];   /* mnemonic and operands; "(bad)" */
    char symbol[64]; /* name+offset, or empty */
};
/* `count` instructions of the selected core from linear `addr`; returns how many are mapped. */
size_t debugger_disassemble(struct debugger *debugger, uint64_t addr, struct debugger_insn *list,
                            size_t count);
/* The start of an instruction some `count` instructions before `addr` that decodes to it. */
uint64_t debugger_back_up(struct debugger *debugger, uint64_t addr, unsigned count);

struct debugger_register {
    const char *bank;
    const char *name;
    unsigned index; /* of an array register */
    bool is_array;
    uint32_t offset;
    unsigned size; /* bytes */
    uint64_t value;
    bool is_changed;                /* since the place before */
    const struct reg_field *fields; /* NULL: none */
};
/* Devices by number, paths ascending; then registers of one. False: no more. */
const char *debugger_device_path(struct debugger *debugger, size_t index);
bool debugger_register(struct debugger *debugger, size_t device, size_t index,
                       struct debugger_register *reg);

/* The picture that the display shows: packed XRGB8888, rows one behind the other; free() it. NULL: none. */
uint32_t *debugger_picture(struct debugger *debugger, unsigned *width, unsigned *height);
/* Shows it to whoever looks at the display (the machine's frame store). False: the display is off. */
bool debugger_show(struct debugger *debugger);
