/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine that stands between two runs, asked by names: registers of its cores and devices, memory, symbols, and which
 * kinds of events it has. It only looks: nothing in the machine changes, and there need not be a past
 * (debugger.h, which stands on this). docs/debugger.md is the reference of the expressions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/events.h"

struct machine;
struct observer;
struct symbols;
struct trace_filter;

/* Both are borrowed; `symbols` may be NULL. NULL with `err`: no memory. */
struct observer *observer_create(struct machine *machine, const struct symbols *symbols,
                                 struct error *err);
void observer_destroy(struct observer *observer);

enum observer_result {
    OBSERVER_VALUE,
    OBSERVER_UNREADABLE, /* not now: nothing is mapped there, a division by what is zero at present */
    OBSERVER_REFUSED,    /* never: no such name, not the grammar */
};
/* Value of an expression, of core 0 unless it names another one. `err` (ERROR_USAGE) is set when there is none. */
enum observer_result observer_value(struct observer *observer, const char *text, uint64_t *value,
                                    struct error *err) MUST_CHECK;

/* Which events somebody wants to see (trace/filter.h), with fields that this machine's events have. The caller
 * destroys it. NULL with `err` (ERROR_USAGE). */
struct trace_filter *observer_filter(const struct observer *observer, const char *text,
                                     struct error *err);
/* Every kind of event that there can be; as long as the observer. */
const struct trace_kind *observer_kinds(const struct observer *observer, size_t *count);
