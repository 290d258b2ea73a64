/* SPDX-License-Identifier: GPL-2.0-only */
/* "Did you mean": how far two words are from each other, and which of many is nearest. Pure. */
#pragma once

#include <stddef.h>

/* Letters to insert, remove, change or swap with a neighbour to get from one word to the other.
 * Words are compared up to 31 letters. */
unsigned suggest_distance(const char *a, const char *b);
/* Whether somebody who typed `typed` may have meant `word`: a third of its letters may be wrong. */
unsigned suggest_limit(const char *typed);

/* The nearest of the words that may have been meant; the first of those that are equally near. */
struct suggestion {
    const char *typed;
    const char *word; /* NULL: none so far */
    unsigned bound;   /* only a word nearer than this counts */
};
/* Both borrow the words. */
void suggest_begin(struct suggestion *suggestion, const char *typed);
void suggest_try(struct suggestion *suggestion, const char *word);
