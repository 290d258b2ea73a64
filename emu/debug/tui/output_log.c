/* SPDX-License-Identifier: GPL-2.0-only */
/* The log of commands' output: a ring of lines. */
#include "emu/debug/tui/output_log.h"

#include <stdlib.h>
#include <string.h>

static void add(struct output_log *log, uint8_t style, const char *text, size_t bytes)
{
    struct output_line *line = &log->lines[log->count % OUTPUT_LOG_LINES];
    char *copy = malloc(bytes + 1);

    if (copy == NULL) return;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    free(line->text);
    *line = (struct output_line){.text = copy, .style = style};
    log->count++;
    if (log->count - log->first > OUTPUT_LOG_LINES) {
        log->first = log->count - OUTPUT_LOG_LINES;
    }
}

void output_log_end(struct output_log *log)
{
    if (log->open_bytes > 0) {
        add(log, 0, log->open, log->open_bytes);
    }
    log->open_bytes = 0;
}

void output_log_write(struct output_log *log, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n') {
            add(log, 0, log->open, log->open_bytes);
            log->open_bytes = 0;
            continue;
        }
        if (log->open_bytes == sizeof(log->open)) {
            output_log_end(log);
        }
        log->open[log->open_bytes++] = text[i];
    }
}

void output_log_line(struct output_log *log, uint8_t style, const char *text)
{
    output_log_end(log);
    add(log, style, text, strlen(text));
}

const struct output_line *output_log_get(const struct output_log *log, uint64_t number)
{
    if (number < log->first || number >= log->count) return NULL;
    return &log->lines[number % OUTPUT_LOG_LINES];
}

void output_log_free(struct output_log *log)
{
    for (size_t i = 0; i < OUTPUT_LOG_LINES; i++) {
        free(log->lines[i].text);
    }
    memset(log, 0, sizeof(*log));
}
