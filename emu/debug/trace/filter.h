/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events somebody wants to see: `ev` patterns with conditions over fields, the part of the debugger's
 * grammar (docs/debugger.md) that needs nothing but events.
 *
 *     FILTER    := TERM { "," TERM }                 any of them
 *     TERM      := [ "!" ] PATTERN [ " if " CONDITION ]  "!" takes away
 *     PATTERN   := DEVICE "." EVENT                  each with * and ?; DEVICE is the path's last part, an
 *                                                    alias (nvme, gpu, uart, lapic0 ...) or a whole path
 *     CONDITION := comparisons of fields (and when, core, pc, seq, cause, device, event) with numbers or words:
 *                  == != < <= > >= & ; and or not ( )
 */
#pragma once

#include <stdbool.h>

#include "emu/debug/trace/item.h"

struct trace_filter;
/* NULL with `err` (ERROR_USAGE; says at which character, and what was expected). */
struct trace_filter *trace_filter_parse(const char *text, struct error *err);
void trace_filter_destroy(struct trace_filter *filter);
bool trace_filter_matches(const struct trace_filter *filter, const struct trace_item *item);
/* A device's path matches a pattern: as DEVICE above. */
bool trace_device_matches(const char *pattern, const char *path);

/* The condition alone, for breakpoints: names are resolved by the caller. */
struct condition;
struct condition *condition_parse(const char *text, struct error *err);
void condition_destroy(struct condition *condition);
/* `value` gives a name's value (text not NULL: a word); false when there is no such name: then every
 * comparison with it is false. */
bool condition_holds(const struct condition *condition, void *ctx,
                     bool (*value)(void *ctx, const char *name, uint64_t *number,
                                   const char **text));
