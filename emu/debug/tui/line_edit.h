/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of text under a cursor, with the keys of readline. UTF-8; always whole characters. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_EDIT_BYTES 512

struct line_edit {
    char text[LINE_EDIT_BYTES]; /* terminated */
    size_t length;
    size_t cursor; /* bytes before it */
    char killed[LINE_EDIT_BYTES];
};

enum line_edit_key {
    LINE_LEFT,
    LINE_RIGHT,
    LINE_WORD_LEFT,
    LINE_WORD_RIGHT,
    LINE_HOME,
    LINE_END,
    LINE_BACKSPACE,
    LINE_DELETE,
    LINE_KILL_WORD_LEFT,
    LINE_KILL_WORD_RIGHT,
    LINE_KILL_LEFT,
    LINE_KILL_RIGHT,
    LINE_YANK,
    LINE_TRANSPOSE,
};

/* Cursor behind it. What does not fit, or is no whole character, is left out. */
void line_edit_set(struct line_edit *edit, const char *text);
/* False: no room. */
bool line_edit_insert(struct line_edit *edit, const char *text, size_t bytes);
bool line_edit_letter(struct line_edit *edit, uint32_t letter);
void line_edit_key(struct line_edit *edit, enum line_edit_key key);
/* Characters before the cursor: its column. */
int line_edit_column(const struct line_edit *edit);
