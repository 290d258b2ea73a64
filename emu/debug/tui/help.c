/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of keys, made of their table; long lines go on in the next one. */
#include <string.h>

#include "emu/debug/tui/tui_internal.h"

#define KEYS_WIDTH 16
#define HINT       "Keys (arrows scroll, any other key leaves)"

/* How many letters of `text` fit, at a blank if there is one. */
static size_t piece(const char *text, size_t width)
{
    size_t length = strlen(text);
    size_t end = width;

    if (length <= width) return length;
    while (end > 0 && text[end] != ' ') {
        end--;
    }
    return end > 0 ? end : width;
}

static const char *rest(const char *text, size_t length)
{
    return text + length + (text[length] == ' ');
}

static void draw_line(struct tui *tui, struct sheet_area area, int row, const char *keys,
                      const char *text)
{
    struct sheet_pen pen = pane_row(tui, area, row, 0);
    size_t width = (size_t)(area.width - KEYS_WIDTH - 1);

    if (keys == NULL) {
        pen_text(&pen, SHEET_HERE, text);
        return;
    }
    pen_text(&pen, SHEET_KEY, " ");
    pen_text(&pen, SHEET_KEY, keys);
    pen_pad(&pen, SHEET_NORMAL, KEYS_WIDTH + 1, false);
    pen_bytes(&pen, SHEET_NORMAL, text, piece(text, width));
}

/* Lines of an entry, those drawn that are in the window; `line` is the number of its first one. */
static uint64_t entry(struct tui *tui, struct sheet_area area, uint64_t line, const char *keys,
                      const char *text)
{
    size_t width = keys != NULL ? (size_t)(area.width - KEYS_WIDTH - 1) : strlen(text);
    uint64_t first = line;

    do {
        uint64_t row = line - tui->help.top;

        if (line >= tui->help.top && row < (uint64_t)area.height) {
            draw_line(tui, area, (int)row, line == first || keys == NULL ? keys : "", text);
        }
        text = rest(text, piece(text, width));
        line++;
    } while (*text != '\0');
    return line - first;
}

void help_draw(struct tui *tui, struct sheet_area area)
{
    struct sheet_pen pen = pane_row(tui, area, 0, 0);
    const char *keys;
    const char *text;
    uint64_t lines = 0;

    pen_text(&pen, SHEET_FOCUS, HINT);
    pen_fill(&pen, SHEET_FOCUS);
    area.y++;
    area.height--;
    for (size_t i = 0; keys_help(i, &keys, &text); i++) {
        lines += keys == NULL && i > 0;
        lines += entry(tui, area, lines, keys, text);
    }
    list_fit(&tui->help, lines, area.height);
}

void help_key(struct tui *tui, const struct tui_event *event)
{
    enum tui_action action = keys_action(event->key);
    int64_t page = (int64_t)tui->help.rows;

    switch ((int)action) {
    case ACTION_UP: list_scroll(&tui->help, -1); break;
    case ACTION_DOWN: list_scroll(&tui->help, 1); break;
    case ACTION_PAGE_UP: list_scroll(&tui->help, -page); break;
    case ACTION_PAGE_DOWN: list_scroll(&tui->help, page); break;
    case ACTION_FIRST: list_scroll(&tui->help, INT64_MIN + 1); break;
    case ACTION_LAST: list_scroll(&tui->help, INT64_MAX); break;
    default: tui->is_help = false; break;
    }
}
