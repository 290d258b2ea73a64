/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines that were typed before, oldest first; kept in a file when there is one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/base/error.h"

#define COMMAND_HISTORY_LINES 1000

struct command_history {
    char *lines[COMMAND_HISTORY_LINES];
    size_t count;
    const char *path; /* borrowed; NULL: not kept */
};

/* What the file has; a missing one is empty. -1 with `err`: it cannot be read; the history is usable and
 * empty, and the file stays as it is. */
int command_history_open(struct command_history *history, const char *path, struct error *err);
void command_history_close(struct command_history *history);
/* The newest; an earlier one that is equal goes. Empty lines and those that begin with a blank are not
 * kept. Trouble with the file is no trouble here. */
void command_history_add(struct command_history *history, const char *line);
/* Newest line before index `from` (count: all) that has `part` in it; false: none. */
bool command_history_find(const struct command_history *history, size_t from, const char *part,
                          size_t *index);
