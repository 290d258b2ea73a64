/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds a text in a stream of bytes, wherever that is cut into pieces (Knuth, Morris, Pratt). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_FINDER_MAX 4096u /* bytes of a text */

struct text_finder {
    const char *text; /* NULL: never found */
    size_t length;
    size_t matched;
    uint16_t failure[TEXT_FINDER_MAX];
};

/* `text` is borrowed; NULL and "" are never found; one that is longer than TEXT_FINDER_MAX is found by its first
 * TEXT_FINDER_MAX bytes. */
void text_finder_init(struct text_finder *finder, const char *text);
/* The stream's next byte. True when it completes the text; occurrences may overlap. */
bool text_finder_take(struct text_finder *finder, char byte);
