/* SPDX-License-Identifier: GPL-2.0-only */
/* Distance of words (optimal string alignment): see suggest.h. */
#define _GNU_SOURCE

#include "emu/base/suggest.h"

#include <string.h>

#define LETTERS_MAX 31u

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

unsigned suggest_distance(const char *a, const char *b)
{
    unsigned distance[LETTERS_MAX + 1][LETTERS_MAX + 1];
    unsigned a_length = (unsigned)strnlen(a, LETTERS_MAX);
    unsigned b_length = (unsigned)strnlen(b, LETTERS_MAX);

    for (unsigned i = 0; i <= a_length; i++) {
        for (unsigned j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                distance[i][j] = i + j;
                continue;
            }
            unsigned change = a[i - 1] != b[j - 1];
            distance[i][j] = min3(distance[i - 1][j] + 1, distance[i][j - 1] + 1,
                                  distance[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                distance[i][j] = min3(distance[i][j], distance[i - 2][j - 2] + 1, distance[i][j]);
            }
        }
    }
    return distance[a_length][b_length];
}

unsigned suggest_limit(const char *typed)
{
    size_t letters = strlen(typed);

    return letters < 3 ? 0 : (unsigned)(letters + 2) / 3;
}

void suggest_begin(struct suggestion *suggestion, const char *typed)
{
    *suggestion = (struct suggestion){.typed = typed, .bound = suggest_limit(typed) + 1};
}

void suggest_try(struct suggestion *suggestion, const char *word)
{
    const unsigned distance = suggest_distance(suggestion->typed, word);

    if (distance >= suggestion->bound) return;
    suggestion->bound = distance;
    suggestion->word = word;
}
