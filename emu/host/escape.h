/* SPDX-License-Identifier: GPL-2.0-only */
/* The escape key of an interactive terminal: Ctrl-A and a letter; Ctrl-A twice sends one. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESCAPE_KEY 0x01 /* Ctrl-A */

struct escape {
    bool is_pending; /* the last key was Ctrl-A */
};

enum escape_command {
    ESCAPE_NONE,
    ESCAPE_QUIT,    /* x */
    ESCAPE_HELP,    /* h, ? */
    ESCAPE_DEBUG,   /* d */
    ESCAPE_UNKNOWN, /* any other key: dropped */
};

/* Takes keys from `keys` up to the first command: *used is how many, *kept how many of them are for
 * the guest (moved to the front of `keys`). */
enum escape_command escape_filter(struct escape *escape, uint8_t *keys, size_t count, size_t *used,
                                  size_t *kept);
