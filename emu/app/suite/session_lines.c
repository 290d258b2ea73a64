/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/suite/session_lines.h"

#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/utf8.h"

#define ESCAPE 0x1bu

/* ---- What is shown ---- */

/* Length of a terminal's sequence (ESC [ ... letter) at `line`; 0: there is none. */
static size_t sequence_length(const char *line, size_t bytes)
{
    size_t length = 2;

    if (bytes < 2 || (unsigned char)line[0] != ESCAPE || line[1] != '[') return 0;
    while (length < bytes && line[length] >= 0x20 && line[length] < 0x40) {
        length++;
    }
    return length < bytes ? length + 1 : length;
}

static bool is_control(uint32_t letter)
{
    return letter < ' ' || (letter >= 0x7f && letter < 0xa0);
}

void session_line_show(const char *line, size_t bytes, char shown[SUITE_LINE_BYTES])
{
    size_t used = 0;
    size_t at = 0;

    while (at < bytes && used + 4 < SUITE_LINE_BYTES) {
        const size_t skipped = sequence_length(line + at, bytes - at);
        uint32_t letter;

        at += skipped;
        if (skipped > 0) continue;
        at += utf8_decode(line + at, bytes - at, &letter);
        if (letter == '\t') letter = ' ';
        if (!is_control(letter)) used += utf8_encode(letter, shown + used);
    }
    shown[used] = '\0';
}

/* ---- Lines ---- */

static bool says_panic(const char *shown)
{
    static const char *const words[] = {"Kernel panic", "BUG:", "Oops"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strstr(shown, words[i]) != NULL) return true;
    }
    return false;
}

void session_lines_add(struct session_lines *lines, const char *line, size_t bytes)
{
    char shown[SUITE_LINE_BYTES];

    session_line_show(line, bytes, shown);
    if (shown[0] == '\0') return;
    memcpy(lines->last[lines->count++ % SUITE_TAIL_LINES], shown, sizeof(shown));
    if (lines->panic_count == SUITE_TAIL_LINES) return;
    if (lines->panic_count == 0 && !says_panic(shown)) return;
    memcpy(lines->panic[lines->panic_count++], shown, SUITE_LINE_BYTES);
}

void session_lines_begin(struct session_lines *lines)
{
    lines->panic_count = 0;
}

const char *session_lines_panic(const struct session_lines *lines)
{
    return lines->panic_count > 0 ? lines->panic[0] : NULL;
}

size_t session_lines_tail(const struct session_lines *lines,
                          char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES])
{
    const size_t count = (size_t)min_u64(lines->count, SUITE_TAIL_LINES);

    if (lines->panic_count == SUITE_TAIL_LINES) {
        memcpy(tail, lines->panic, sizeof(lines->panic));
        return SUITE_TAIL_LINES;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(tail[i], lines->last[(lines->count - count + i) % SUITE_TAIL_LINES],
               SUITE_LINE_BYTES);
    }
    return count;
}
