/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last row of the screen, when something is typed there: commands and other answers, each kind with a
 * history of its own, with completion and search in the history. Pure but for the file of commands.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/debug/tui/command_history.h"
#include "emu/debug/tui/keys.h"
#include "emu/debug/tui/line_edit.h"
#include "emu/debug/tui/sheet.h"

enum prompt {
    PROMPT_NONE, /* nothing is typed */
    PROMPT_COMMAND,
    PROMPT_GOTO, /* a command without its first word */
    PROMPT_SEARCH,
    PROMPT_FILTER,
    PROMPT_ADDRESS,
    PROMPT_DEVICE,
    PROMPT_QUIT, /* yes or no */
    PROMPT_CUT,  /* the same */
    PROMPT_COUNT,
};

#define COMPLETIONS_MAX      500
#define COMPLETION_BYTES     64
#define COMMAND_SEARCH_BYTES 128

struct completions {
    size_t count;
    bool has_more; /* than have room */
    char words[COMPLETIONS_MAX][COMPLETION_BYTES];
};

struct command_line {
    enum prompt prompt;
    struct line_edit edit;
    struct line_edit draft; /* while older lines are looked at */
    struct command_history histories[PROMPT_COUNT];
    size_t position; /* in the history; its count: the draft */
    bool is_searching;
    bool is_lost; /* nothing (more) in the history has it */
    char part[COMMAND_SEARCH_BYTES];
    bool has_tabbed; /* Tab came last: another one shows what there is */
    bool is_listing;
    struct completions completions;
};

enum command_line_result {
    COMMAND_LINE_TYPING,
    COMMAND_LINE_COMPLETE, /* fill `completions` for the text before the cursor, then call
                              command_line_completed() */
    COMMAND_LINE_DONE,     /* edit.text; command_line_close() comes next */
    COMMAND_LINE_LEFT,
};

void command_line_open(struct command_line *line, enum prompt prompt, const char *text);
/* Remembers what was typed, if it is `done`. */
void command_line_close(struct command_line *line, bool is_done);
enum command_line_result command_line_key(struct command_line *line, const struct tui_event *event);

/* For whoever completes; ctx is a struct completions. */
void completions_add(void *completions, const char *word);
void command_line_completed(struct command_line *line);

/* Rows above the line that the list of completions wants, at this width. */
int command_line_rows(const struct command_line *line, int columns);
/* `area`: the line and the rows above it. Where the cursor is to stand in *x. */
void command_line_draw(const struct command_line *line, struct sheet *sheet, struct sheet_area area,
                       int *x);
