/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sheet. Letters from outside: printable ASCII, and of the rest those Latin and Cyrillic letters that
 * take one cell everywhere; all others, control characters of both kinds among them, become a sign for
 * "something". So no text can move a terminal's cursor, whatever its author had in mind.
 */
#include "emu/debug/tui/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/utf8.h"

#define PEN_TEXT_BYTES 1024

static const struct {
    uint32_t letter;
    char ascii;
} signs[] = {
    [SHEET_VERTICAL] = {0x2502, '|'},   [SHEET_HORIZONTAL] = {0x2500, '-'},
    [SHEET_ARROW] = {0x25b6, '>'},      [SHEET_UPPER_HALF] = {0x2580, '"'},
    [SHEET_LOWER_HALF] = {0x2584, '_'}, [SHEET_STOP] = {0x25cf, 'B'},
    [SHEET_STOP_OFF] = {0x25cb, 'b'},
};

bool sheet_resize(struct sheet *sheet, int columns, int rows)
{
    struct sheet_cell *cells;

    columns = columns > 0 ? columns : 1;
    rows = rows > 0 ? rows : 1;
    cells = calloc((size_t)columns * (size_t)rows, sizeof(*cells));
    free(sheet->cells);
    sheet->cells = cells;
    sheet->columns = cells ? columns : 0;
    sheet->rows = cells ? rows : 0;
    sheet_clear(sheet);
    return cells != NULL;
}

void sheet_free(struct sheet *sheet)
{
    free(sheet->cells);
    sheet->cells = NULL;
    sheet->columns = 0;
    sheet->rows = 0;
}

void sheet_clear(struct sheet *sheet)
{
    size_t count = (size_t)sheet->columns * (size_t)sheet->rows;

    for (size_t i = 0; i < count; i++) {
        sheet->cells[i] = (struct sheet_cell){.letter = ' '};
    }
}

static int clip(int value, int from, int to)
{
    if (value < from) return from;
    return value > to ? to : value;
}

struct sheet_area sheet_clip(const struct sheet *sheet, struct sheet_area area)
{
    int right = clip(area.x + area.width, 0, sheet->columns);
    int bottom = clip(area.y + area.height, 0, sheet->rows);

    area.x = clip(area.x, 0, sheet->columns);
    area.y = clip(area.y, 0, sheet->rows);
    area.width = clip(right - area.x, 0, sheet->columns);
    area.height = clip(bottom - area.y, 0, sheet->rows);
    return area;
}

struct sheet_cell *sheet_at(struct sheet *sheet, int x, int y)
{
    if (x < 0 || y < 0 || x >= sheet->columns || y >= sheet->rows) return NULL;
    return &sheet->cells[(size_t)y * (size_t)sheet->columns + (size_t)x];
}

void sheet_mark(struct sheet *sheet, struct sheet_area area)
{
    area = sheet_clip(sheet, area);
    for (int y = area.y; y < area.y + area.height; y++) {
        for (int x = area.x; x < area.x + area.width; x++) {
            sheet_at(sheet, x, y)->is_marked = true;
        }
    }
}

size_t sheet_row_text(const struct sheet *sheet, int y, char *text, size_t bytes)
{
    size_t used = 0;
    size_t end = 0;

    for (int x = 0; y >= 0 && y < sheet->rows && x < sheet->columns && used + 5 < bytes; x++) {
        uint32_t letter = sheet->cells[(size_t)y * (size_t)sheet->columns + (size_t)x].letter;

        used += utf8_encode(letter, text + used);
        end = letter == ' ' ? end : used;
    }
    text[end] = '\0';
    return end;
}

static uint32_t harmless(const struct sheet *sheet, uint32_t letter)
{
    bool is_latin = letter >= 0xa1 && letter <= 0x24f && letter != 0xad;
    bool is_cyrillic = letter >= 0x400 && letter <= 0x482;

    if (letter >= 0x20 && letter < 0x7f) return letter;
    if (letter == '\t') return ' ';
    if (letter < 0xa0) return '.';
    if (sheet->is_ascii) return '?';
    return is_latin || is_cyrillic ? letter : '?';
}

struct sheet_pen sheet_pen(struct sheet *sheet, struct sheet_area area)
{
    return (struct sheet_pen){.sheet = sheet, .area = area};
}

void pen_move(struct sheet_pen *pen, int x, int y)
{
    pen->x = x;
    pen->y = y;
}

static struct sheet_cell *pen_cell(struct sheet_pen *pen)
{
    int x = pen->x - pen->left;

    if (x < 0 || x >= pen->area.width || pen->y < 0 || pen->y >= pen->area.height) return NULL;
    return sheet_at(pen->sheet, pen->area.x + x, pen->area.y + pen->y);
}

static void pen_letter(struct sheet_pen *pen, enum sheet_style style, uint32_t letter)
{
    struct sheet_cell *cell = pen_cell(pen);

    if (cell != NULL) {
        *cell = (struct sheet_cell){.letter = letter, .style = (uint8_t)style};
    }
    pen->x++;
}

void pen_bytes(struct sheet_pen *pen, enum sheet_style style, const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes && pen->x - pen->left < pen->area.width;) {
        uint32_t letter;

        at += utf8_decode(text + at, bytes - at, &letter);
        pen_letter(pen, style, harmless(pen->sheet, letter));
    }
}

void pen_text(struct sheet_pen *pen, enum sheet_style style, const char *text)
{
    pen_bytes(pen, style, text, strlen(text));
}

void pen_print(struct sheet_pen *pen, enum sheet_style style, const char *format, ...)
{
    char text[PEN_TEXT_BYTES];
    va_list args;

    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) < 0) {
        text[0] = '\0';
    }
    va_end(args);
    pen_text(pen, style, text);
}

void pen_sign(struct sheet_pen *pen, enum sheet_style style, enum sheet_sign sign)
{
    pen_letter(pen, style, pen->sheet->is_ascii ? (uint32_t)signs[sign].ascii : signs[sign].letter);
}

void pen_pixels(struct sheet_pen *pen, int32_t upper, int32_t lower)
{
    struct sheet_cell *cell = pen_cell(pen);
    /* Terminals with few colours have few pairs of them: one order of two colours is enough. */
    bool is_turned = pen->sheet->depth == SHEET_8 && upper < lower;

    pen->x++;
    if (cell == NULL) return;
    *cell = (struct sheet_cell){
        .letter = upper == lower ? ' '
                  : is_turned    ? signs[SHEET_LOWER_HALF].letter
                                 : signs[SHEET_UPPER_HALF].letter,
        .style = SHEET_PICTURE,
        .fg = is_turned ? lower : upper,
        .bg = is_turned ? upper : lower,
    };
}

void pen_pad(struct sheet_pen *pen, enum sheet_style style, int x, bool is_gap)
{
    if (is_gap) {
        pen_letter(pen, style, ' ');
    }
    while (pen->x < x) {
        pen_letter(pen, style, ' ');
    }
}

void pen_fill(struct sheet_pen *pen, enum sheet_style style)
{
    while (pen->x - pen->left < pen->area.width) {
        pen_letter(pen, style, ' ');
    }
}
