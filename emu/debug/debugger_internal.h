/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the debugger core; names and values are the observer's (observer_internal.h). Which file is what, in
 * the order of a command's way:
 *
 *     debugger.c         life, output, from a line to its command; commands_help.c `help`
 *     words.c            a line cut into words; numbers, times
 *     source_parse.c     `reg nvme.CC w` to struct source, source_text.c back
 *     breakpoints.c      the list; commands_break.c its commands
 *     conditions.c       what names mean behind `if`
 *     probes.c           which probes the machine gets, and what they tell; hits.c judges that
 *     motion.c           running and stepping; commands_motion.c the commands
 *     last_write.c, cause.c, events.c   who did it, and why
 *     inspect_cpu.c, inspect_device.c, inspect_memory.c, inspect_history.c   `info`, `x`, `bt`
 *     disassemble.c, symbols.c, symbols_elf.c, picture.c, complete.c
 */
#pragma once

#include <capstone/capstone.h>

#include "devices/pci/pci.h"
#include "emu/base/suggest.h"
#include "emu/core/device.h"
#include "emu/core/frame.h"
#include "emu/core/irq.h"
#include "emu/cpu/probe.h"
#include "emu/debug/debugger.h"
#include "emu/debug/observer_internal.h"
#include "emu/debug/trace/filter.h"
#include "emu/machine/events.h"

#define DEBUGGER_LINE_BYTES      1024u
#define DEBUGGER_WORDS_MAX       40u
#define DEBUGGER_SOURCE_BYTES    160u
#define DEBUGGER_CONDITION_BYTES 256u
#define DEBUGGER_RECENT          32u
#define DEBUGGER_LINES_MAX       2000u /* that one command prints unless asked for more */
#define DEBUGGER_TIME_BYTES      40u

/* ---- words.c ---- */

/* A line cut at blanks. `rest[i]` is the line from word i on, as it was typed. */
struct words {
    char text[DEBUGGER_LINE_BYTES];
    const char *line;
    const char *word[DEBUGGER_WORDS_MAX];
    const char *rest[DEBUGGER_WORDS_MAX];
    unsigned count;
};
/* `line` is borrowed. -1 with `err`: too long, too many words, characters that are no text. */
int words_split(struct words *words, const char *line, struct error *err) MUST_CHECK;
/* 500ms, 2.5s: exact; ps, ns, us, ms, s. False: that is no time. */
bool time_parse(const char *text, vtime *when);
/* As time_parse() takes it: seconds, with as many digits as needed. */
const char *time_text(vtime when, char text[DEBUGGER_TIME_BYTES]);

/* ---- source_parse.c, source_text.c ---- */

enum source_kind {
    SOURCE_REG,
    SOURCE_BAR,
    SOURCE_MEM,
    SOURCE_PHYS,
    SOURCE_PORT,
    SOURCE_LINE,
    SOURCE_LAPIC,
    SOURCE_VECTOR,
    SOURCE_MSR,
    SOURCE_LBA,
    SOURCE_EVENT,
    SOURCE_PIXEL,
    SOURCE_PC,
};

struct source {
    enum source_kind kind;
    bool on_read;
    bool on_write;
    struct device *device;         /* REG, BAR, LINE, LAPIC */
    struct register_place place;   /* REG */
    bool has_index;                /* REG: that element alone */
    const struct reg_field *field; /* REG: may be NULL */
    const struct irq_line *line;   /* LINE */
    unsigned bar;                  /* BAR */
    unsigned x;                    /* PIXEL */
    unsigned y;
    uint64_t first; /* addresses, ports, blocks, vectors, MSRs; both ends belong to it */
    uint64_t last;
    char pattern[DEBUGGER_NAME_BYTES]; /* EVENT */
};
/* From word `*at` on; behind it `*at` is the first word that is no part of it. -1 with `err`. */
int source_parse(struct debugger *debugger, const struct words *words, unsigned *at,
                 struct source *source, struct error *err) MUST_CHECK;
bool source_is_keyword(const char *word);
/* As it would be typed. */
const char *source_text(const struct debugger *debugger, const struct source *source,
                        char text[DEBUGGER_SOURCE_BYTES]);
/* The event of a device belongs to the pattern of an EVENT source. */
bool source_event_matches(const struct source *source, const char *path, const char *event);
extern const char *const source_keywords[];

/* ---- hits.c ---- */

/* What a probe saw. */
struct hit {
    unsigned number; /* of the breakpoint */
    struct machine_instant at;
    vtime when;
    uint64_t seq;   /* of the event, or of the last one before */
    uint64_t cause; /* of what happened */
    uint64_t pc;    /* of the block, or of the instruction */
    unsigned core;
    bool is_dma;
    bool is_write;
    uint64_t addr;
    unsigned bytes;
    bool has_value;
    bool has_old;
    uint64_t value;
    uint64_t old;
    uint64_t written;
    unsigned index;
    bool is_external;              /* VECTOR */
    bool has_item;                 /* an event: number `seq` */
    const struct trace_item *item; /* while the probe is told; else NULL */
};

enum verb {
    VERB_BREAK,
    VERB_TRACE,
};

struct breakpoint {
    unsigned number; /* 0: free */
    enum verb verb;
    bool is_enabled;
    bool is_temporary; /* goes when it is hit */
    bool is_hidden;    /* the debugger's own */
    bool is_late;      /* its condition needs what is there behind the access */
    bool is_watch;     /* a front end's (debugger_add_watch()) */
    enum debugger_watch watch;
    uint64_t hits;
    uint64_t ignore; /* so many hits are passed */
    bool has_old;    /* REG: what a write of the bus that is under way finds */
    uint64_t old;
    struct source source;
    char condition_text[DEBUGGER_CONDITION_BYTES];
    struct condition *condition;
};

/* A probe saw something that `breakpoint` is about. */
void hit_take(struct debugger *debugger, struct breakpoint *breakpoint, struct hit *hit,
              bool is_behind);
/* One line without its end. */
void hit_text(struct debugger *debugger, const struct source *source, const struct hit *hit,
              char *text, size_t bytes);
/* A `trace` line that waits for what a write leaves is printed now. */
void hit_flush(struct debugger *debugger);
/* The value that memory of a source has now; false: it cannot be told. */
bool source_memory(struct debugger *debugger, const struct source *source, const struct hit *hit,
                   uint64_t *value);

/* ---- conditions.c ---- */
/* The condition holds for it. */
bool hit_holds(struct debugger *debugger, const struct breakpoint *breakpoint,
               const struct hit *hit);
/* The event that it is, for which `room` may be used; NULL: none. */
const struct trace_item *hit_item(struct debugger *debugger, const struct hit *hit,
                                  struct trace_item *room);
/* Names in a condition are ones that a hit of the source may know. -1 with `err`. */
int condition_check(struct debugger *debugger, const struct source *source,
                    const struct condition *condition, struct error *err) MUST_CHECK;

/* ---- breakpoints.c ---- */
/* A new one; `condition` may be NULL. NULL with `err`. */
struct breakpoint *breakpoint_add(struct debugger *debugger, enum verb verb,
                                  const struct source *source, const char *condition,
                                  struct error *err);
/* The debugger's own: no number that anybody sees, not in lists. */
#define HIDDEN_FIRST 0x40000000u
#define HIDDEN_MOVED 0x7fffffffu /* hit of no breakpoint: where pixels lie may have changed */
struct breakpoint *breakpoint_add_hidden(struct debugger *debugger, const struct source *source,
                                         const char *condition, struct error *err);
struct breakpoint *breakpoint_find(struct debugger *debugger, unsigned number);
void breakpoint_remove(struct debugger *debugger, struct breakpoint *breakpoint);

/* ---- probes.c ---- */
/* What the machine was given. */
struct probe_lists {
    uint64_t code[DEBUGGER_BREAKPOINTS_MAX];
    size_t code_count;
    struct cpu_probe_range data[DEBUGGER_BREAKPOINTS_MAX];
    size_t data_count;
    struct machine_range memory[DEBUGGER_BREAKPOINTS_MAX];
    size_t memory_count;
};
/* The machine gets the probes that the enabled breakpoints need. -1 with `err` when there is no room. */
int probes_apply(struct debugger *debugger, struct error *err) MUST_CHECK;
/* Accesses to registers of this bank can be told by the bus alone. */
bool probes_see_bank(const struct debugger *debugger, const struct device *device,
                     const struct reg_bank *bank);
/* The machine is as without a debugger. */
void probes_remove(struct debugger *debugger);

/* ---- motion.c ---- */
/* Runs until a breakpoint, `limit`, or the end; says what happened in the reason. */
enum history_stop motion_run(struct debugger *debugger, bool is_back, vtime limit,
                             struct error *err);
enum history_stop motion_step(struct debugger *debugger, enum history_step step, bool is_back,
                              struct error *err);
enum history_stop motion_next(struct debugger *debugger, bool is_back, struct error *err);
/* Before and after the place changes. */
void motion_begin(struct debugger *debugger, bool is_back);
void motion_end(struct debugger *debugger, enum history_stop stop);
/* Words for where it stands and why. */
void motion_tell(struct debugger *debugger, enum history_stop stop);
/* 0, or -1 with `err` when it ended in trouble. */
int motion_result(struct debugger *debugger, enum history_stop stop, struct error *err);

/* ---- events.c, cause.c ---- */
struct event_span {
    uint64_t first;
    uint64_t last;
};
void print_item(struct debugger *debugger, const struct trace_item *item);
void print_chain(struct debugger *debugger, uint64_t seq);
/* The last event up to `seq` that a source is about; only writes. False: none. */
bool events_find_back(struct debugger *debugger, const struct source *source, uint64_t seq,
                      struct trace_item *item);
bool source_has_events(const struct source *source);
/* Events of this kind may be what the source is about. */
bool source_meets_kind(const struct source *source, const struct trace_kind *kind);
/* The event is what the source is about; fills `hit`. */
bool source_meets_item(const struct source *source, const struct trace_item *item, struct hit *hit);

/* ---- disassemble.c ---- */
void disassemble_close(struct debugger *debugger);
/* One instruction of `core`; false: nothing is mapped there. */
bool disassemble_one(struct debugger *debugger, unsigned core, uint64_t addr,
                     struct debugger_insn *insn);

/* ---- picture.c ---- */
/* Where a pixel lies now: physical, bytes; false: it shows no memory. */
bool picture_place(struct debugger *debugger, unsigned x, unsigned y, uint64_t *addr,
                   unsigned *bytes);

/* ---- symbols_elf.c ---- */
struct symbol {
    uint64_t addr;
    uint64_t bytes; /* 0: not known */
    bool is_function;
    char *name;
};
struct symbols {
    struct symbol *by_addr;
    size_t count;
    size_t room;
    struct symbol **by_name;
};
/* `name` is copied. */
int symbols_add(struct symbols *symbols, const struct symbol *symbol, const char *name,
                struct error *err) MUST_CHECK;
int symbols_load_elf(struct symbols *symbols, int fd, uint64_t slide, struct error *err) MUST_CHECK;

/* ---- Commands ---- */
typedef int (*command_run)(struct debugger *debugger, const struct words *words, struct error *err);
#define COMMAND_ALIASES 3
struct command {
    const char *name;
    const char *aliases[COMMAND_ALIASES];
    command_run run;
    const char *arguments;
    const char *what;
    bool repeats; /* an empty line behind it does it again */
};
extern const struct command debugger_commands[];
const struct command *command_named(const char *name);
/* Table entries, by file. */
int do_break(struct debugger *debugger, const struct words *words, struct error *err);
int do_trace(struct debugger *debugger, const struct words *words, struct error *err);
int do_run_until(struct debugger *debugger, const struct words *words, struct error *err);
int do_wait_for(struct debugger *debugger, const struct words *words, struct error *err);
int do_watch(struct debugger *debugger, const struct words *words, struct error *err);
int do_list(struct debugger *debugger, const struct words *words, struct error *err);
int do_delete(struct debugger *debugger, const struct words *words, struct error *err);
int do_enable(struct debugger *debugger, const struct words *words, struct error *err);
int do_disable(struct debugger *debugger, const struct words *words, struct error *err);
int do_ignore(struct debugger *debugger, const struct words *words, struct error *err);
int do_continue(struct debugger *debugger, const struct words *words, struct error *err);
int do_reverse_continue(struct debugger *debugger, const struct words *words, struct error *err);
int do_step(struct debugger *debugger, const struct words *words, struct error *err);
int do_goto(struct debugger *debugger, const struct words *words, struct error *err);
int do_core(struct debugger *debugger, const struct words *words, struct error *err);
int do_last_write(struct debugger *debugger, const struct words *words, struct error *err);
int do_why(struct debugger *debugger, const struct words *words, struct error *err);
int do_events(struct debugger *debugger, const struct words *words, struct error *err);
int do_info(struct debugger *debugger, const struct words *words, struct error *err);
int do_examine(struct debugger *debugger, const struct words *words, struct error *err);
int do_print(struct debugger *debugger, const struct words *words, struct error *err);
int do_disas(struct debugger *debugger, const struct words *words, struct error *err);
int do_backtrace(struct debugger *debugger, const struct words *words, struct error *err);
int do_screen(struct debugger *debugger, const struct words *words, struct error *err);
int do_set(struct debugger *debugger, const struct words *words, struct error *err);
int do_help(struct debugger *debugger, const struct words *words, struct error *err);
int do_quit(struct debugger *debugger, const struct words *words, struct error *err);
/* Of `info`. */
int info_regs(struct debugger *debugger, const struct words *words, struct error *err);
int info_cores(struct debugger *debugger, const struct words *words, struct error *err);
int info_dev(struct debugger *debugger, const struct words *words, struct error *err);
int info_devices(struct debugger *debugger, const struct words *words, struct error *err);
int info_memory(struct debugger *debugger, const struct words *words, struct error *err);
int info_checkpoints(struct debugger *debugger, const struct words *words, struct error *err);
int info_where(struct debugger *debugger, const struct words *words, struct error *err);
int info_events(struct debugger *debugger, const struct words *words, struct error *err);
int info_symbol(struct debugger *debugger, const struct words *words, struct error *err);
/* Names of `info`'s topics, ended by NULL. */
extern const char *const info_topics[];

/* ---- The debugger ---- */

#define DEBUGGER_MODES 3 /* 16, 32, 64 bits */

struct debugger {
    struct debugger_config config;
    struct observer *observer; /* its `core` is the one that questions are about */
    uint64_t generation;
    bool has_quit;
    char repeat[DEBUGGER_LINE_BYTES]; /* what an empty line does */
    uint64_t examine_next;            /* where `x` and `disas` go on */

    struct cpu_regs before[MACHINE_CORES_MAX]; /* at the place before */

    struct breakpoint breakpoint[DEBUGGER_BREAKPOINTS_MAX];
    unsigned numbers; /* given so far */
    bool is_dirty;    /* the machine's probes are not those of the list */
    bool has_sink;
    struct trace_scratch scratch; /* of the sink */
    struct probe_lists given;
    bool has_pixel; /* a pixel is watched */

    /* While it runs. */
    bool is_moving;
    bool is_back;
    bool has_stopped;
    struct machine_instant start;
    uint64_t start_pc; /* linear */
    /* Where the last motion ended that was no step. A time that is asked for may lie where a halted core waits,
     * and no step comes by; a step stands there, too, so that each undoes the one before. */
    struct machine_instant rest;
    struct machine_instant stood; /* where any motion ended */
    struct hit recent[DEBUGGER_RECENT];
    size_t recent_count; /* so many have come */
    /* A line of `trace` that waits. */
    bool has_pending;
    struct source pending_source;
    struct hit pending;

    struct debugger_reason reason;
    struct hit reason_hit;
    bool has_reason_hit;
    bool has_found; /* by last-write */
    struct history_place found;

    csh disassembler[DEBUGGER_MODES]; /* 0: not opened yet */
    bool is_intel;
};

void debugger_print(struct debugger *debugger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* `<symbol+offset>` with a blank before it, or nothing. */
const char *debugger_symbol(const struct debugger *debugger, uint64_t addr, char *text,
                            size_t bytes);
struct cpu *debugger_cpu(const struct debugger *debugger, unsigned core);
/* Registers are as they are at "the place before", for marks. */
void debugger_remember(struct debugger *debugger);
/* Linear address of the core's next instruction. */
uint64_t debugger_pc(const struct debugger *debugger, unsigned core);
