/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as text: see trace_print.h. */
#define _GNU_SOURCE /* fileno */

#include "emu/app/trace_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAIN   "\033[0m"
#define DIM     "\033[2m"
#define BOLD    "\033[1m"
#define RED     "\033[1;31m"
#define GREEN   "\033[32m"
#define YELLOW  "\033[33m"
#define MAGENTA "\033[1;35m"

struct trace_printer trace_printer_out(void)
{
    return (struct trace_printer){
        .file = stdout,
        .has_colours = isatty(fileno(stdout)) == 1 && getenv("NO_COLOR") == NULL,
    };
}

static bool is_printable(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

size_t trace_line(const struct trace_item *item, char line[TRACE_LINE_BYTES])
{
    const size_t length = trace_item_format(item, line, TRACE_LINE_BYTES);

    for (size_t i = 0; i < length; i++) {
        if (!is_printable(line[i])) {
            line[i] = '?';
        }
    }
    return length;
}

/* ---- Colours ---- */

static const char *event_colour(enum trace_level level)
{
    switch (level) {
    case TRACE_LEVEL_NORMAL: break;
    case TRACE_LEVEL_GUEST_ERROR: return RED;
    case TRACE_LEVEL_UNIMPL: return MAGENTA;
    }
    return BOLD;
}

/* Of the line's word with this number, counted from 0. The words behind the event are its fields. */
static const char *word_colour(unsigned word, enum trace_level level)
{
    switch (word) {
    case 0: return GREEN;  /* time */
    case 1: return YELLOW; /* number */
    case 2:                /* cause */
    case 3:                /* core */
    case 4: return DIM;    /* pc */
    case 6: return event_colour(level);
    default: return NULL;
    }
}

void trace_print_line(const struct trace_printer *printer, const struct trace_item *item,
                      const char *line, size_t mark, size_t mark_bytes)
{
    const char *colour = NULL;
    unsigned word = 0;

    if (!printer->has_colours) {
        (void)fprintf(printer->file, "%s\n", line);
        return;
    }
    for (size_t i = 0; line[i] != '\0'; i++) {
        const bool is_marked = i >= mark && i - mark < mark_bytes;
        const char *wanted = is_marked ? RED : word_colour(word, item->type->level);

        if (line[i] == ' ') {
            word++;
            if (!is_marked) wanted = NULL;
        }
        if (wanted != colour) {
            (void)fprintf(printer->file, "%s%s", colour != NULL ? PLAIN : "",
                          wanted != NULL ? wanted : "");
        }
        colour = wanted;
        (void)fputc(line[i], printer->file);
    }
    (void)fprintf(printer->file, "%s\n", colour != NULL ? PLAIN : "");
}

void trace_print_item(const struct trace_printer *printer, const struct trace_item *item)
{
    char line[TRACE_LINE_BYTES];

    (void)trace_line(item, line);
    trace_print_line(printer, item, line, 0, 0);
}

void trace_print_word(const struct trace_printer *printer, const char *word)
{
    for (; *word != '\0'; word++) {
        (void)fputc(is_printable(*word) ? *word : '?', printer->file);
    }
}

/* ---- Small words ---- */

void trace_time_text(vtime when, char text[TRACE_TIME_BYTES])
{
    (void)snprintf(text, TRACE_TIME_BYTES, "%" PRIu64 ".%06" PRIu64 "us", when / VTIME_US(1),
                   when % VTIME_US(1));
}
