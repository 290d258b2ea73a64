/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `spacegray trace` does with opened traces: a file trace_*.c each. All print on standard output and
 * return an exit status; trouble is told.
 */
#pragma once

#include "emu/app/trace_open.h"
#include "emu/app/trace_options.h"

int trace_list(const struct trace_request *request, const struct trace_file *source);
int trace_grep(const struct trace_request *request, const struct trace_file *source);
int trace_show(const struct trace_request *request, const struct trace_file *source);
int trace_why(const struct trace_request *request, const struct trace_file *source);
int trace_stats(const struct trace_request *request, const struct trace_file *source);
int trace_diff(const struct trace_request *request, const struct trace_file *source,
               const struct trace_file *other);

/* ---- For those files ---- */

/* A walk through the events of a request's --from and --to. */
struct trace_walk {
    const struct trace_request *request;
    const struct trace_items *items;
    uint64_t next;
};
void trace_walk_begin(struct trace_walk *walk, const struct trace_request *request,
                      const struct trace_file *source);
/* False: there are no more. */
bool trace_walk_next(struct trace_walk *walk, struct trace_item *item);
/* The request's --filter lets it through. */
bool trace_request_wants(const struct trace_request *request, const struct trace_item *item);
