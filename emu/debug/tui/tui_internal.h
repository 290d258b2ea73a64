/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text UI from inside. Which file is what:
 *
 *   tui.c           events come in, a sheet comes out; the frame around the panes
 *   actions.c       what keys do outside of panes; motion.c: going through time, with progress
 *   prompts.c       what becomes of a typed line
 *   panes.c         the table of panes; pane_*.c: each one
 *   layout.c list.c sheet.c line_edit.c command_line.c command_history.c output_log.c keys.c
 *                   pieces that know nothing of a machine
 *   target.c        what is asked of the machine
 *   terminal.c      curses: the only file that knows it; run.c: tui_run()
 *
 * Nothing of the machine is asked while it runs: then only the last row is drawn (motion.c).
 */
#pragma once

#include "emu/debug/tui/command_line.h"
#include "emu/debug/tui/layout.h"
#include "emu/debug/tui/list.h"
#include "emu/debug/tui/output_log.h"
#include "emu/debug/tui/target.h"

#define TUI_MESSAGE_BYTES 512
#define TUI_AHEAD_MAX     64
#define TUI_MEMORY_BYTES  8192

/* What is on the other side: a terminal, or a test. */
struct tui_front {
    void *ctx;
    /* Cursor at x, y; x < 0: none. */
    void (*show)(void *ctx, const struct sheet *sheet, int x, int y);
    /* What came; waits a moment when `is_waiting`, and may say TUI_NOTHING after it. */
    struct tui_event (*next)(void *ctx, bool is_waiting);
    void (*size)(void *ctx, int *columns, int *rows);
    void (*set_mouse)(void *ctx, bool is_on);
    void (*redraw)(void *ctx);
    void (*suspend)(void *ctx); /* Ctrl-Z */
};

struct pane_events {
    struct list list;
    uint64_t present; /* list is centred on this one */
    bool is_followed;
    int left;
    char pattern[LINE_EDIT_BYTES]; /* searched for */
    struct trace_filter *filter;   /* NULL: all events */
    char filter_text[LINE_EDIT_BYTES];
    uint64_t *seqs; /* that the filter lets through */
    size_t seq_count;
    size_t seq_room;
    uint64_t looked_to; /* events up to this one are in the list */
    bool is_incomplete; /* it was interrupted */
};

struct pane_device {
    struct list list;
    size_t device;
    bool is_known;
    bool is_pinned;
    char path[128];
    struct debugger_register *regs;
    size_t count;
    size_t room;
    bool *is_open;  /* fields are shown, a line each */
    uint64_t event; /* whose register was shown last */
    int left;
};

struct pane_cpu {
    struct list list;
    int left;
};

struct pane_code {
    uint64_t top;
    uint64_t selected;
    bool is_followed;
    int rows;
    int left;
};

struct pane_memory {
    uint64_t address; /* of the first row */
    char expression[LINE_EDIT_BYTES];
    bool is_followed; /* the expression is looked up at each place */
    unsigned per_row;
    int rows;
    /* What was seen last, and at the place before. */
    uint64_t seen_from;
    size_t seen_bytes;
    uint8_t seen[TUI_MEMORY_BYTES];
    uint64_t old_from;
    size_t old_bytes;
    uint8_t old[TUI_MEMORY_BYTES];
};

struct pane_stack {
    struct list list; /* words from the stack pointer on */
    int left;
};

struct pane_screen {
    uint32_t *pixels;
    unsigned width;
    unsigned height;
    bool is_known;
};

struct pane_output {
    struct list list;
    int left;
    enum pane_id before; /* what `o` goes back to */
};

struct tui {
    struct tui_config config;
    struct tui_front front;
    struct target target;
    struct sheet sheet;
    struct layout layout;
    struct command_line line;
    struct output_log log;
    struct pane_events events;
    struct pane_device device;
    struct pane_cpu cpu;
    struct pane_code code;
    struct pane_memory memory;
    struct pane_stack stack;
    struct pane_screen screen;
    struct pane_output output;
    struct list help;
    bool is_help;
    bool is_mouse;
    bool is_running;
    bool is_interrupted;
    bool is_resized;                       /* while something ran */
    struct tui_event ahead[TUI_AHEAD_MAX]; /* typed while something ran */
    unsigned ahead_count;
    bool is_broken; /* HISTORY_TROUBLE: it goes nowhere any more */
    bool is_quitting;
    char message[TUI_MESSAGE_BYTES];
    enum sheet_style message_style;
    int cursor_x; /* of the command line; < 0: none */
};

/* ---- tui.c ---- */
/* NULL with `err`: no memory. `config` and `front` are copied. */
struct tui *tui_create(const struct tui_config *config, const struct tui_front *front,
                       bool is_ascii, enum sheet_depth depth, struct error *err);
void tui_destroy(struct tui *tui);
void tui_handle(struct tui *tui, const struct tui_event *event);
/* What to handle next: what was typed while something ran, then what comes. */
struct tui_event tui_next(struct tui *tui);
/* Puts everything on the sheet and shows it. */
void tui_draw(struct tui *tui);
/* Somebody else wants it to end. */
bool tui_is_over(struct tui *tui);
void tui_notice(struct tui *tui, bool is_running);
void tui_message(struct tui *tui, enum sheet_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What the machine is at may have changed: all panes look again. */
void tui_refresh(struct tui *tui, bool is_forced);
void tui_resize(struct tui *tui);
void tui_place(struct tui *tui); /* layout anew */
/* The last row alone: a sentence, and how far it is (-1: not known). */
void tui_draw_progress(struct tui *tui, const char *what, int permille);

/* ---- help.c ---- */
void help_draw(struct tui *tui, struct sheet_area area);
void help_key(struct tui *tui, const struct tui_event *event);

/* ---- actions.c, mouse.c ---- */
void action_do(struct tui *tui, enum tui_action action, uint32_t key);
void action_quit(struct tui *tui);
void mouse_do(struct tui *tui, const struct tui_event *event);

/* ---- motion.c ---- */
void tui_motion_step(struct tui *tui, enum history_step step, bool is_back);
void tui_motion_continue(struct tui *tui, bool is_back);
/* A command, with its output; `is_told`: the line itself is shown in the output. */
void tui_motion_command(struct tui *tui, const char *line, bool is_told);
void tui_motion_set_up(struct tui *tui);
/* For long searches: false, somebody interrupted. `done` of `all`. */
bool tui_motion_goes_on(struct tui *tui, const char *what, uint64_t done, uint64_t all);
void tui_motion_begin(struct tui *tui);
void tui_motion_end(struct tui *tui);

/* ---- prompts.c ---- */
void prompt_key(struct tui *tui, const struct tui_event *event);

/* ---- panes ---- */
struct pane_kind {
    void (*draw)(struct tui *tui, struct sheet_area area, bool has_focus);
    /* False: the action means nothing here. */
    bool (*act)(struct tui *tui, enum tui_action action);
    /* A click on this row; true: it was selected already. */
    bool (*pick)(struct tui *tui, int row);
    void (*scroll)(struct tui *tui, int lines);
    void (*refresh)(struct tui *tui); /* the place has changed; may be NULL */
    /* What the pane is about, for its title; may be NULL. */
    void (*detail)(struct tui *tui, char *text, size_t bytes);
};
const struct pane_kind *pane_kind(enum pane_id pane);
/* Moves of a list; false: the action is none. */
bool pane_list_act(struct list *list, enum tui_action action);
bool pane_left_act(int *left, enum tui_action action);
bool pane_list_pick(struct list *list, int row);
/* The row of `area` that shows line `index`: blank, marked when it is the selected one of a pane with the
 * focus. */
struct sheet_pen pane_row(struct tui *tui, struct sheet_area area, int row, int left);
void pane_mark(struct tui *tui, struct sheet_area area, int row);

bool pane_events_selected(struct tui *tui, struct trace_item *item);
void pane_events_search(struct tui *tui, bool is_back);
void pane_events_set_filter(struct tui *tui, const char *text);
void pane_events_selection_moved(struct tui *tui);
void pane_events_free(struct tui *tui);

/* The device of the selected event, unless one is pinned. */
void pane_device_follow(struct tui *tui, bool is_forced);
/* By path, or its last part; empty: follows again. False: there is none. */
bool pane_device_pin(struct tui *tui, const char *name);
const struct debugger_register *pane_device_selected(struct tui *tui);
void pane_device_free(struct tui *tui);

void pane_code_show(struct tui *tui, const char *expression);
void pane_memory_show(struct tui *tui, const char *expression);
void pane_memory_show_at(struct tui *tui, uint64_t address);
void pane_screen_free(struct tui *tui);

extern const struct pane_kind pane_events_kind;
extern const struct pane_kind pane_device_kind;
extern const struct pane_kind pane_cpu_kind;
extern const struct pane_kind pane_code_kind;
extern const struct pane_kind pane_memory_kind;
extern const struct pane_kind pane_stack_kind;
extern const struct pane_kind pane_screen_kind;
extern const struct pane_kind pane_output_kind;
