/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our own bugs (DESIGN.md, law 7): a condition that cannot hold unless this program is wrong.
 * Always compiled in. Never for anything that a guest, a file or a user can cause.
 */
#pragma once

/* Prints file, line and condition on standard error, lets the reporter of this thread (below) dump
 * what it knows, aborts. */
_Noreturn void bug_report(const char *file, int line, const char *condition);

#define BUG_ON(condition)                               \
    do {                                                \
        if (__builtin_expect(!!(condition), 0)) {       \
            bug_report(__FILE__, __LINE__, #condition); \
        }                                               \
    } while (0)

/* Whoever runs a machine on this thread registers a dump of its trace ring; NULL removes it.
 * Returns the previous one in
 * `*previous` when that is not NULL, so that runs can nest. */
struct bug_reporter {
    void (*dump)(void *ctx);
    void *ctx;
};
void bug_reporter_set(const struct bug_reporter *reporter, struct bug_reporter *previous);
