/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events somebody wants to see: `ev` patterns with conditions over fields, the part of the debugger's
 * grammar (docs/debugger.md) that needs nothing but events.
 *
 *     FILTER    := TERM { "," TERM }                 any of them
 *     TERM      := [ "!" ] PATTERN [ " if " CONDITION ]  "!" takes away
 *     PATTERN   := DEVICE "." EVENT                  each with * and ?; DEVICE is the path's last part, an
 *                                                    alias (nvme, gpu, uart, lapic0 ...) or a whole path
 *     CONDITION := comparisons of fields (and when, core, pc, seq, cause, device, event, level) with numbers or
 *                  words: == != < <= > >= & ; and or not ( )
 *
 * An event is let through when some TERM fits and none of those with "!"; when all have "!", one fits always. Of
 * a comparison the left side is a name or a number. A word on its right is compared as it is when the name stands
 * for a text (with * and ? in it; a device as DEVICE above), else it is a name, too. Words with other letters than
 * A-Z a-z 0-9 _ . $ : / [ ] are put in "quotes". Numbers are as in C, or times in picoseconds as 2.5ms. `&` binds
 * closer than a comparison; what stands alone holds when it is not 0. `level` is normal, error or unimplemented.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/suggest.h"
#include "emu/core/events.h"
#include "emu/debug/trace/item.h"

struct trace_filter;
/* NULL with `err` (ERROR_USAGE; says at which character, and what was expected). */
struct trace_filter *trace_filter_parse(const char *text, struct error *err);
void trace_filter_destroy(struct trace_filter *filter);
bool trace_filter_matches(const struct trace_filter *filter, const struct trace_item *item);
/* Each name in its conditions is one that some event has which its pattern fits, of those that there can be.
 * A pattern that fits none of them is not judged. -1 with `err` (ERROR_USAGE; says what was meant). */
int trace_filter_check(const struct trace_filter *filter, const struct trace_kind *kinds,
                       size_t count, struct error *err) MUST_CHECK;
/* Each of its patterns is that of some event that there can be. -1 with `err` (ERROR_USAGE; says what was meant). */
int trace_filter_check_patterns(const struct trace_filter *filter, const struct trace_kind *kinds,
                                size_t count, struct error *err) MUST_CHECK;
/* What a filter says of events of a kind before it has seen one: for who asks it of many. */
enum trace_fit {
    TRACE_FIT_NEVER,
    TRACE_FIT_SOMETIMES, /* trace_filter_matches() knows */
    TRACE_FIT_ALWAYS,
};
enum trace_fit trace_filter_fit(const struct trace_filter *filter, const char *device,
                                const char *event);
/* A device's path matches a pattern: as DEVICE above. */
bool trace_device_matches(const char *pattern, const char *path);
/* Text with * (any letters) and ? (one letter) in `pattern`. */
bool trace_glob_matches(const char *pattern, const char *text);
/* The value of a name as conditions know it: the event's own field, or when, core, pc, seq, cause, device,
 * event, level. For `value` of condition_holds(), with the item as `ctx`. */
bool trace_item_value(void *item, const char *name, uint64_t *number, const char **text);

/* Short names of devices: a table of the machine's paths. Borrowed constants; NULL: none. */
const char *trace_alias_of(const char *path);
const char *trace_alias_path(const char *alias);
/* By number, for completion and suggestions; NULL: no more. */
const char *trace_alias(size_t index);

/* The condition alone, for breakpoints: names are resolved by the caller. */
struct condition;
struct condition *condition_parse(const char *text, struct error *err);
/* The same of a part of a text: begins at `*at`, ends where it cannot go on, and moves `*at` there. */
struct condition *condition_parse_part(const char *text, size_t *at, struct error *err);
void condition_destroy(struct condition *condition);
/* `value` gives a name's value (text not NULL: a word); false when there is no such name: then every
 * comparison with it is false. */
bool condition_holds(const struct condition *condition, void *ctx,
                     bool (*value)(void *ctx, const char *name, uint64_t *number,
                                   const char **text));

/* What a name of a condition may stand for, as bits; 0: nothing. */
#define CONDITION_NUMBER 1u
#define CONDITION_TEXT   2u
/* The first name that `meaning` knows nothing of; NULL: there is none. A word that a text is compared with is no
 * name. Borrowed from the condition. */
const char *condition_stray(const struct condition *condition, void *ctx,
                            unsigned (*meaning)(void *ctx, const char *name));
/* What trace_item_value() makes of a name, for events of this kind. */
unsigned trace_kind_meaning(const struct trace_kind *kind, const char *name);
/* Tries the names of its fields; `room` is for the one that is nearest so far. */
void trace_kind_suggest(const struct trace_kind *kind, struct suggestion *meant,
                        char room[TRACE_FIELD_BYTES]);
