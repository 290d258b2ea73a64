/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for other people's tools. Each function writes those that `filter` lets through (NULL: all), in their order,
 * and keeps little in memory: devices (Perfetto: and the numbers of causes; VCD: the signals). Times are virtual; nothing of the host is
 * written, so the same events give the same bytes. 0, or -1 with `err`: an event that should be there cannot be
 * read, no memory, or (FILE) the file takes no more.
 */
#pragma once

#include <stdio.h>

#include "emu/base/error.h"
#include "emu/debug/trace/filter.h"
#include "emu/debug/trace/item.h"

/* JSON of Chrome's trace event format, for ui.perfetto.dev: a track for each core and each device, an arrow from each
 * cause to its effects. */
int export_perfetto(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
                    struct error *err) MUST_CHECK;
/* Value change dump (IEEE 1364), for GTKWave: interrupt lines, registers as they were last read or written, the
 * numbers of all other events, and an impulse for each of these. */
int export_vcd(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
               struct error *err) MUST_CHECK;
/* One JSON object a line (docs/formats/trace.md). */
int export_json(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
                struct error *err) MUST_CHECK;
/* A CTF trace of its own in the new directory `path`. */
int export_ctf(const struct trace_items *items, const struct trace_filter *filter, const char *path,
               const char *machine, struct error *err) MUST_CHECK;

/* The line of export_json() for one event, with its newline. */
void export_json_item(const struct trace_item *item, FILE *file);
