/* SPDX-License-Identifier: GPL-2.0-only */
/* What the exports share: a walk over events, and JSON's strings. */
#pragma once

#include "emu/debug/trace/export.h"

/* Calls `each` for the events that `filter` lets through, in their order, until it returns non-zero, which is returned
 * then, or `file` (NULL: none) takes no more. */
int export_walk(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
                int (*each)(void *ctx, const struct trace_item *item, struct error *err), void *ctx,
                struct error *err);
/* The end of an export: `result`, or -1 with `err` when not everything could be written. */
int export_end(FILE *file, int result, struct error *err);
/* "text" with what JSON wants escaped; bytes above 127 become characters of their own, so that any text gives valid JSON. */
void export_put_string(FILE *file, const char *text);
/* {"name":value,...}: the fields of an event, numbers as strings in hexadecimal (many tools keep 53 bits only). */
void export_put_fields(FILE *file, const struct trace_item *item);
