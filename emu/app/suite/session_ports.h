/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes out of the ports of a machine under test (COM1 and the debug console), looked at as it comes.
 *
 * Patterns see the text without carriage returns, and a NUL byte as '?'. A literal is found wherever it is cut, also
 * across lines. A regular expression sees one line at a time, without its end: when the line ends, and what there is of an
 * unfinished one at the end of each slice; `^` and `$` are the line's begin and end, which what is left of a line behind
 * a match, or is not there yet, does not have. Lines are cut after SESSION_LINE_BYTES. A match has the time of its last
 * byte.
 *
 * Text that nothing has matched yet is kept for who asks later, the last SESSION_WINDOW_BYTES of it at least. Memory is
 * bounded whatever a guest says; none is allocated while the machine runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/session_lines.h"
#include "emu/app/suite/session_transcript.h"
#include "emu/app/suite/suite.h"
#include "emu/app/text_finder.h"
#include "emu/core/host.h"

#define SESSION_WINDOW_BYTES 65536u
#define SESSION_LINE_BYTES   4096u

struct machine;
struct session_ports;

/* Something that is looked for in a port. */
struct session_search {
    const struct suite_pattern *pattern;
    enum suite_port port;
    uint64_t
        at; /* position where the line (or for a literal: the text) begins that is to be looked at */
    bool has_matched;
    uint64_t end;                /* then: position behind the match */
    vtime when;                  /* of its last byte */
    uint64_t seq;                /* last event of the trace by then */
    char line[SUITE_LINE_BYTES]; /* it is in */
    char text[TEXT_FINDER_MAX];  /* the literal, without carriage returns */
    struct text_finder finder;
};

/* One port. Positions count bytes that patterns see, since power-on. */
struct session_stream {
    struct session_ports *ports;
    enum suite_port port;
    char *text;  /* from position `base` on; one byte more than has room is there for a NUL */
    vtime *when; /* of each byte */
    uint64_t base;
    size_t count;
    uint64_t line_begin;         /* of the line that has not ended */
    uint64_t read;               /* position behind the last match of who waited */
    uint64_t tried;              /* the unfinished line has been looked at up to here */
    char last[SUITE_LINE_BYTES]; /* the last line that ended and had something on it */
};

struct session_ports {
    struct session_stream streams[SUITE_PORTS];
    struct session_lines lines;
    struct session_transcript transcript;
    struct session_search **searches; /* under way; belong to who began them */
    size_t search_count;
    size_t search_room;
    struct machine *machine; /* tells times; NULL while there is none */
    vtime before;            /* of machines before this one, in whose place it came */
};

/* `transcript_path` NULL: nowhere. -1 with `err`; session_ports_release() is due then, too. */
int session_ports_init(struct session_ports *ports, const char *transcript_path,
                       struct error *err) MUST_CHECK;
void session_ports_release(struct session_ports *ports);
/* For made_machine_finish(); `ports` stays in place. */
struct host_sink session_ports_sink(struct session_ports *ports, enum suite_port port);
/* A test begins: what came before is read. `searches`: so many may be under way at a time. */
int session_ports_begin(struct session_ports *ports, size_t searches, struct error *err) MUST_CHECK;
/* All searches are over. */
void session_ports_end(struct session_ports *ports);
/* The end of a slice: unfinished lines are looked at, and the transcript is brought up to date. */
void session_ports_slice(struct session_ports *ports);
/* Another machine comes in this one's place: unfinished lines are finished, nothing is left to be read. */
void session_ports_cut(struct session_ports *ports);

/* Looks for `pattern` from `from` on, first in what is there. Must stay in place until session_search_end(). */
void session_search_begin(struct session_ports *ports, struct session_search *search,
                          const struct suite_pattern *pattern, enum suite_port port, uint64_t from);
void session_search_end(struct session_ports *ports, const struct session_search *search);
/* Where a stream was at a time: behind all that came up to then. */
uint64_t session_ports_position(const struct session_ports *ports, enum suite_port port,
                                vtime when);
/* Position behind the last match. */
uint64_t session_ports_read(const struct session_ports *ports, enum suite_port port);
void session_ports_set_read(struct session_ports *ports, enum suite_port port, uint64_t position);
/* The last line with something on it, also an unfinished one; "" when there was none. */
void session_ports_last_line(const struct session_ports *ports, enum suite_port port,
                             char shown[SUITE_LINE_BYTES]);
/* session_lines_tail(), with unfinished lines. */
size_t session_ports_tail(const struct session_ports *ports,
                          char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES]);
