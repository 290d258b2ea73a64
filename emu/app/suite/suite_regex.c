/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See suite_regex.h. The C library writes repetitions out, so that ((a{99}){99}){99} is a million letters: they are
 * counted before it sees them. It takes back-references, too, which may need a time without bounds: they are refused.
 */
#include "emu/app/suite/suite_regex.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"

#define DEPTH_MAX    32u
#define TOO_LARGE    ((size_t)SUITE_REGEX_MAX + 1)
#define REASON_BYTES 96
/* Each letter that may be left out leads to all behind it: their memory grows with the square. */
#define COST_DIVISOR 64
#define SHOWN_BYTES  160

/* Where the reader is. */
struct scan {
    const char *at;
    size_t size;  /* of the group so far */
    size_t piece; /* of what stands before, which may be repeated */
    size_t outer[DEPTH_MAX];
    unsigned depth;
    bool is_refused;
};

static size_t at_most(size_t size)
{
    return size < TOO_LARGE ? size : TOO_LARGE;
}

static void add_piece(struct scan *scan, size_t piece)
{
    scan->piece = at_most(piece);
    scan->size = at_most(scan->size + scan->piece);
}

/* Behind [: to its ]; a ] that stands first is a letter, and so is one within [:alpha:] and the like. */
static void skip_list(struct scan *scan)
{
    scan->at++;
    if (*scan->at == '^') scan->at++;
    if (*scan->at == ']') scan->at++;
    while (*scan->at != '\0' && *scan->at != ']') {
        const bool is_class =
            scan->at[0] == '[' && scan->at[1] != '\0' && strchr(":.=", scan->at[1]) != NULL;
        const char end[] = {scan->at[1], ']', '\0'};
        const char *behind = is_class ? strstr(scan->at + 2, end) : NULL;

        scan->at = behind != NULL ? behind + 2 : scan->at + 1;
    }
    if (*scan->at == ']') scan->at++;
    add_piece(scan, 1);
}

static size_t take_count(struct scan *scan)
{
    size_t count = 0;

    while (*scan->at >= '0' && *scan->at <= '9') {
        count = at_most(count * 10 + (size_t)(*scan->at - '0'));
        scan->at++;
    }
    return count;
}

/* {N}, {N,}, {N,M}, {,M}. */
static void repeat(struct scan *scan)
{
    size_t least;
    size_t times;

    scan->at++;
    least = take_count(scan);
    times = least;
    if (*scan->at == ',') {
        scan->at++;
        times = max_u64(least + 1, take_count(scan));
    }
    if (*scan->at == '}') scan->at++;
    if (times < 2) return;
    scan->size = at_most(scan->size + scan->piece * (times - 1));
    scan->piece = at_most(scan->piece * times);
}

/* The piece comes `times` times, and is one letter larger. */
static void mark_piece(struct scan *scan, size_t times)
{
    scan->at++;
    scan->size = at_most(scan->size + scan->piece * (times - 1) + 1);
    scan->piece = at_most(scan->piece * times + 1);
}

static void open_group(struct scan *scan)
{
    scan->at++;
    scan->is_refused = scan->depth == DEPTH_MAX;
    if (scan->is_refused) return;
    scan->outer[scan->depth++] = scan->size;
    scan->size = 0;
    scan->piece = 0;
}

static void close_group(struct scan *scan)
{
    const size_t inner = scan->size;

    scan->at++;
    if (scan->depth == 0) {
        add_piece(scan, 1);
        return;
    }
    scan->size = scan->outer[--scan->depth];
    add_piece(scan, inner + 2);
}

static void step(struct scan *scan)
{
    switch (*scan->at) {
    case '[': skip_list(scan); return;
    case '(': open_group(scan); return;
    case ')': close_group(scan); return;
    case '{': repeat(scan); return;
    case '*':
    case '?': mark_piece(scan, 1); return;
    case '+': mark_piece(scan, 2); return; /* a+ is written aa* */
    case '\\':
        scan->is_refused = scan->at[1] >= '1' && scan->at[1] <= '9';
        scan->at += scan->at[1] != '\0' ? 2 : 1;
        break;
    default: scan->at++; break;
    }
    add_piece(scan, 1);
}

size_t suite_regex_size(const char *text)
{
    struct scan scan = {.at = text};

    while (*scan.at != '\0' && !scan.is_refused) {
        step(&scan);
    }
    while (scan.depth > 0) {
        close_group(&scan);
    }
    return scan.is_refused ? TOO_LARGE : scan.size;
}

int suite_regex_compile(const char *text, size_t *room, regex_t *regex, struct error *err)
{
    const size_t size = suite_regex_size(text);
    const size_t cost = size + size * size / COST_DIVISOR;
    char reason[REASON_BYTES];
    int result;

    if (size > SUITE_REGEX_MAX) {
        return error_usage(err,
                           "this regular expression is too large: at most %u letters with all "
                           "repetitions written out, groups %u deep, no back-references",
                           SUITE_REGEX_MAX, DEPTH_MAX);
    }
    if (cost > *room) {
        return error_usage(err, "the regular expressions of this file are too large together: "
                                "use more than one file");
    }
    result = regcomp(regex, text, REG_EXTENDED | REG_NEWLINE);
    if (result == 0) {
        *room -= cost;
        return 0;
    }
    (void)regerror(result, regex, reason, sizeof(reason));
    return error_usage(err, "'%.*s' is no extended regular expression: %s", SHOWN_BYTES, text,
                       reason);
}
