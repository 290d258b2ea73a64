/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host trouble and configuration errors (DESIGN.md, law 7): carried upwards as one sentence,
 * printed once, by emu/app. Functions that can fail so take `struct error *err` last, return 0 or
 * -1 (or NULL), and have set the text when they fail.
 */
#pragma once

#include <stdbool.h>

#define ERROR_TEXT_BYTES 512

enum error_kind {
    ERROR_NONE,
    ERROR_USAGE, /* the user asked for something impossible: exit status 2 */
    ERROR_HOST,  /* a file, a library, memory, the network: exit status 3 */
};

struct error {
    enum error_kind kind;
    char text[ERROR_TEXT_BYTES]; /* one sentence, no newline, no trailing full stop */
};

#define ERROR_INIT                        \
    {                                     \
        .kind = ERROR_NONE, .text = { 0 } \
    }

#define MUST_CHECK __attribute__((warn_unused_result))

/* Sets the sentence (printf style; cut at ERROR_TEXT_BYTES). The first error wins: later calls on a
 * set error change nothing, so that clean-up code cannot hide the cause. `err` may be NULL. Always
 * returns -1, for `return error_host(...)`. */
int error_host(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_usage(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
