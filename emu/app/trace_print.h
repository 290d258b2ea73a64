/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as text for people and programs. What comes from a trace is printable when it is printed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "emu/debug/trace/item.h"

#define TRACE_LINE_BYTES 4096

struct trace_printer {
    FILE *file;
    bool has_colours;
};

/* Standard output; colours on a terminal, unless NO_COLOR is set. */
struct trace_printer trace_printer_out(void);

/* trace_item_format() with ? for letters that are none; returns the length. */
size_t trace_line(const struct trace_item *item, char line[TRACE_LINE_BYTES]);
/* A line that trace_line() made of `item`. With colours, its bytes from `mark` on for `mark_bytes` stand out. */
void trace_print_line(const struct trace_printer *printer, const struct trace_item *item,
                      const char *line, size_t mark, size_t mark_bytes);
/* Both in one. */
void trace_print_item(const struct trace_printer *printer, const struct trace_item *item);
/* Letters that are none as ?. */
void trace_print_word(const struct trace_printer *printer, const char *word);

/* A duration or time in microseconds, as events have it: "12.000500us". */
#define TRACE_TIME_BYTES 40
void trace_time_text(vtime when, char text[TRACE_TIME_BYTES]);
