/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines that came out of the ports of a machine under test, for whoever reads of its failure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/suite_result.h"

/* Lines as they are shown: UTF-8 without control characters and terminals' sequences, cut. */
struct session_lines {
    char last[SUITE_TAIL_LINES]
             [SUITE_LINE_BYTES]; /* the last ones, line N at N modulo their number */
    uint64_t count;              /* of all that had something on them */
    char panic[SUITE_TAIL_LINES]
              [SUITE_LINE_BYTES]; /* from the first that says that a kernel gives up on */
    size_t panic_count;
};

/* What of a line is shown. */
void session_line_show(const char *line, size_t bytes, char shown[SUITE_LINE_BYTES]);
/* A line has ended; those without anything on them are left out. */
void session_lines_add(struct session_lines *lines, const char *line, size_t bytes);
/* A test begins: what a kernel said before is not its matter. */
void session_lines_begin(struct session_lines *lines);
/* The first line since then in which Linux says that it gives up, or what it stumbled over; NULL: none. */
const char *session_lines_panic(const struct session_lines *lines);
/* The ten lines that matter: those from that one on, when there are ten of them; else the last ones. Returns how many. */
size_t session_lines_tail(const struct session_lines *lines,
                          char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES]);
