/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from a machine's ports: see session_ports.h. */
#include "emu/app/suite/session_ports.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/core/trace.h"
#include "emu/machine/instant.h"

/* Bytes are moved to the front when so many are there. */
#define STREAM_BYTES ((size_t)2 * SESSION_WINDOW_BYTES)

static uint64_t stream_end(const struct session_stream *stream)
{
    return stream->base + stream->count;
}

/* ---- Searches ---- */

static void found(const struct session_stream *stream, struct session_search *search, uint64_t end)
{
    const uint64_t last = end > search->at ? end - 1 : search->at;
    const char *begin = stream->text + (max_u64(stream->line_begin, stream->base) - stream->base);
    const struct machine *machine = stream->ports->machine;

    search->has_matched = true;
    search->end = end;
    search->when = stream->when[last - stream->base];
    search->seq = machine != NULL ? trace_seq(machine_trace(stream->ports->machine)) : 0;
    session_line_show(begin, (size_t)(stream->text + stream->count - begin), search->line);
}

/* [search->at, end) is a line or a part of one. */
static void try_line(struct session_stream *stream, struct session_search *search, uint64_t end,
                     bool is_whole)
{
    char *text = stream->text + (search->at - stream->base);
    char *stop = stream->text + (end - stream->base);
    const bool is_begin = search->at == 0 || (search->at > stream->base && text[-1] == '\n');
    const int flags = (is_begin ? 0 : REG_NOTBOL) | (is_whole ? 0 : REG_NOTEOL);
    const char kept = *stop;
    regmatch_t match;

    *stop = '\0';
    if (regexec(&search->pattern->regex, text, 1, &match, flags) == 0) {
        found(stream, search, search->at + (uint64_t)match.rm_eo);
    }
    *stop = kept;
}

/* Lines that have ended, and what there is of the last one when `is_all`. */
static void try_lines(struct session_stream *stream, struct session_search *search, bool is_all)
{
    search->at = max_u64(search->at, stream->base);
    while (!search->has_matched && search->at < stream_end(stream)) {
        const char *text = stream->text + (search->at - stream->base);
        const size_t left = (size_t)(stream_end(stream) - search->at);
        const char *newline = memchr(text, '\n', min_u64(left, SESSION_LINE_BYTES + 1));
        const bool is_long = newline == NULL && left >= SESSION_LINE_BYTES;
        const size_t length = newline != NULL ? (size_t)(newline - text)
                              : is_long       ? SESSION_LINE_BYTES
                                              : left;

        if (newline == NULL && !is_long && !is_all) return;
        try_line(stream, search, search->at + length, newline != NULL);
        if (search->has_matched || (newline == NULL && !is_long)) return;
        search->at += length + (newline != NULL);
    }
}

static void take_literal(struct session_stream *stream, struct session_search *search, char byte,
                         uint64_t position)
{
    if (!text_finder_take(&search->finder, byte)) return;
    search->at = position;
    found(stream, search, position + 1);
}

static bool is_wanted(const struct session_stream *stream, const struct session_search *search)
{
    return search->port == stream->port && !search->has_matched;
}

static void look(struct session_stream *stream, char byte)
{
    const struct session_ports *ports = stream->ports;
    const uint64_t end = stream_end(stream);
    const bool is_line = byte == '\n' || end - stream->line_begin >= SESSION_LINE_BYTES;

    for (size_t i = 0; i < ports->search_count; i++) {
        struct session_search *search = ports->searches[i];

        if (!is_wanted(stream, search)) continue;
        if (!search->pattern->is_regex) {
            take_literal(stream, search, byte, end - 1);
        } else if (is_line || end - search->at >= SESSION_LINE_BYTES) {
            try_lines(stream, search, false);
        }
    }
}

/* ---- A byte comes ---- */

static void make_room(struct session_stream *stream)
{
    const size_t gone = stream->count - SESSION_WINDOW_BYTES;

    memmove(stream->text, stream->text + gone, SESSION_WINDOW_BYTES);
    memmove(stream->when, stream->when + gone, SESSION_WINDOW_BYTES * sizeof(stream->when[0]));
    stream->base += gone;
    stream->count = SESSION_WINDOW_BYTES;
}

static void end_line(struct session_stream *stream, uint64_t end)
{
    const uint64_t begin = max_u64(stream->line_begin, stream->base);
    const char *line = stream->text + (begin - stream->base);
    char shown[SUITE_LINE_BYTES];

    session_lines_add(&stream->ports->lines, line, (size_t)(end - begin));
    session_line_show(line, (size_t)(end - begin), shown);
    if (shown[0] != '\0') memcpy(stream->last, shown, sizeof(shown));
    stream->line_begin = stream_end(stream);
}

static void take_byte(struct session_stream *stream, char byte, vtime when)
{
    if (byte == '\r') return;
    if (byte == '\0') byte = '?';
    if (stream->count == STREAM_BYTES) make_room(stream);
    stream->text[stream->count] = byte;
    stream->when[stream->count] = when;
    stream->count++;
    look(stream, byte);
    if (byte == '\n') {
        end_line(stream, stream_end(stream) - 1);
    } else if (stream_end(stream) - stream->line_begin >= SESSION_LINE_BYTES) {
        end_line(stream, stream_end(stream));
    }
}

static void take(void *ctx, const uint8_t *data, size_t bytes)
{
    struct session_stream *stream = ctx;
    struct session_ports *ports = stream->ports;
    const vtime now =
        ports->before + (ports->machine != NULL ? machine_look_now(ports->machine) : 0);

    session_transcript_put(&ports->transcript, data, bytes);
    for (size_t i = 0; i < bytes; i++) {
        take_byte(stream, (char)data[i], now);
    }
}

/* ---- Life ---- */

int session_ports_init(struct session_ports *ports, const char *transcript_path, struct error *err)
{
    *ports = (struct session_ports){.transcript = {.fd = -1}};
    for (unsigned i = 0; i < SUITE_PORTS; i++) {
        struct session_stream *stream = &ports->streams[i];

        stream->ports = ports;
        stream->port = (enum suite_port)i;
        stream->text = malloc(STREAM_BYTES + 1);
        stream->when = calloc(STREAM_BYTES, sizeof(stream->when[0]));
        if (stream->text == NULL || stream->when == NULL) return error_host(err, "out of memory");
    }
    return session_transcript_open(&ports->transcript, transcript_path, err);
}

void session_ports_release(struct session_ports *ports)
{
    for (unsigned i = 0; i < SUITE_PORTS; i++) {
        free(ports->streams[i].text);
        free(ports->streams[i].when);
    }
    free(ports->searches);
    *ports = (struct session_ports){.transcript = {.fd = -1}};
}

struct host_sink session_ports_sink(struct session_ports *ports, enum suite_port port)
{
    return (struct host_sink){.ctx = &ports->streams[port], .write = take};
}

int session_ports_begin(struct session_ports *ports, size_t searches, struct error *err)
{
    free(ports->searches);
    ports->search_count = 0;
    ports->search_room = searches;
    ports->searches = calloc(searches + 1, sizeof(struct session_search *));
    if (ports->searches == NULL) return error_host(err, "out of memory");
    session_lines_begin(&ports->lines);
    for (unsigned i = 0; i < SUITE_PORTS; i++) {
        ports->streams[i].read = stream_end(&ports->streams[i]);
    }
    return 0;
}

void session_ports_end(struct session_ports *ports)
{
    ports->search_count = 0;
}

void session_ports_slice(struct session_ports *ports)
{
    for (unsigned i = 0; i < SUITE_PORTS; i++) {
        struct session_stream *stream = &ports->streams[i];

        if (stream->tried == stream_end(stream)) continue;
        stream->tried = stream_end(stream);
        for (size_t j = 0; j < ports->search_count; j++) {
            struct session_search *search = ports->searches[j];

            if (is_wanted(stream, search) && search->pattern->is_regex) {
                try_lines(stream, search, true);
            }
        }
    }
    if (ports->transcript.bytes > 0) session_transcript_flush(&ports->transcript);
}

void session_ports_cut(struct session_ports *ports)
{
    session_ports_slice(ports);
    for (unsigned i = 0; i < SUITE_PORTS; i++) {
        struct session_stream *stream = &ports->streams[i];

        if (stream_end(stream) > stream->line_begin) {
            take_byte(stream, '\n', ports->before);
            session_transcript_put(&ports->transcript, (const uint8_t *)"\n", 1);
        }
        stream->read = stream_end(stream);
        stream->tried = stream->read;
    }
}

/* ---- Searches, from outside ---- */

static void prepare_literal(struct session_search *search)
{
    size_t length = 0;

    for (const char *from = search->pattern->text; *from != '\0'; from++) {
        if (*from != '\r' && length + 1 < sizeof(search->text)) search->text[length++] = *from;
    }
    search->text[length] = '\0';
    text_finder_init(&search->finder, search->text);
}

void session_search_begin(struct session_ports *ports, struct session_search *search,
                          const struct suite_pattern *pattern, enum suite_port port, uint64_t from)
{
    struct session_stream *stream = &ports->streams[port];

    BUG_ON(ports->search_count == ports->search_room);
    search->pattern = pattern;
    search->port = port;
    search->at = max_u64(from, stream->base);
    search->has_matched = false;
    ports->searches[ports->search_count++] = search;
    if (pattern->is_regex) {
        try_lines(stream, search, true);
        return;
    }
    prepare_literal(search);
    for (uint64_t i = search->at; i < stream_end(stream) && !search->has_matched; i++) {
        take_literal(stream, search, stream->text[i - stream->base], i);
    }
}

void session_search_end(struct session_ports *ports, const struct session_search *search)
{
    for (size_t i = 0; i < ports->search_count; i++) {
        if (ports->searches[i] != search) continue;
        ports->searches[i] = ports->searches[--ports->search_count];
        return;
    }
}

uint64_t session_ports_position(const struct session_ports *ports, enum suite_port port, vtime when)
{
    const struct session_stream *stream = &ports->streams[port];
    size_t count = stream->count;

    while (count > 0 && stream->when[count - 1] > when) {
        count--;
    }
    return stream->base + count;
}

uint64_t session_ports_read(const struct session_ports *ports, enum suite_port port)
{
    return ports->streams[port].read;
}

void session_ports_set_read(struct session_ports *ports, enum suite_port port, uint64_t position)
{
    ports->streams[port].read = position;
}

/* ---- What is told ---- */

static size_t unfinished(const struct session_stream *stream, const char **line)
{
    const uint64_t begin = max_u64(stream->line_begin, stream->base);

    *line = stream->text + (begin - stream->base);
    return (size_t)(stream_end(stream) - begin);
}

void session_ports_last_line(const struct session_ports *ports, enum suite_port port,
                             char shown[SUITE_LINE_BYTES])
{
    const struct session_stream *stream = &ports->streams[port];
    const char *line;
    const size_t bytes = unfinished(stream, &line);

    session_line_show(line, bytes, shown);
    if (shown[0] == '\0') memcpy(shown, stream->last, SUITE_LINE_BYTES);
}

size_t session_ports_tail(const struct session_ports *ports,
                          char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES])
{
    struct session_lines lines = ports->lines;

    for (unsigned i = 0; i < SUITE_PORTS; i++) {
        const char *line;
        const size_t bytes = unfinished(&ports->streams[i], &line);

        session_lines_add(&lines, line, bytes);
    }
    return session_lines_tail(&lines, tail);
}
