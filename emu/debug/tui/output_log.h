/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands wrote, line by line; the oldest lines go. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTPUT_LOG_LINES      5000u
#define OUTPUT_LOG_LINE_BYTES 400

struct output_log {
    struct output_line {
        char *text;
        uint8_t style; /* enum sheet_style */
    } lines[OUTPUT_LOG_LINES];
    uint64_t first;                   /* number of the oldest line */
    uint64_t count;                   /* number of the line after the newest: lines ever written */
    char open[OUTPUT_LOG_LINE_BYTES]; /* a line without its end yet */
    size_t open_bytes;
};

/* Text in any pieces; what a line has beyond its most bytes goes on in the next one. */
void output_log_write(struct output_log *log, const char *text, size_t bytes);
/* A whole line in a style. */
void output_log_line(struct output_log *log, uint8_t style, const char *text);
/* The open line is one, if it has anything. */
void output_log_end(struct output_log *log);
/* NULL: gone, or not there yet. */
const struct output_line *output_log_get(const struct output_log *log, uint64_t number);
void output_log_free(struct output_log *log);
