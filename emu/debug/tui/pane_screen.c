/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the display shows, small: two pixels in a cell, one over the other, in the terminal's colours. Each is
 * the mean of those it stands for. Terminals of eight colours get a pattern of two where the colour lies
 * between; those without colours, letters of different weight.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/debug/tui/tui_internal.h"

struct colour {
    unsigned red;
    unsigned green;
    unsigned blue;
};

/* Of the 256: 6x6x6 from 16 on, greys from 232 on. */
static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};

static unsigned nearest_step(unsigned value)
{
    unsigned best = 0;

    for (unsigned i = 1; i < 6; i++) {
        if (abs((int)value - steps[i]) < abs((int)value - steps[best])) {
            best = i;
        }
    }
    return best;
}

static unsigned square(unsigned a, unsigned b)
{
    return a > b ? (a - b) * (a - b) : (b - a) * (b - a);
}

static int32_t of_256(struct colour c)
{
    unsigned r = nearest_step(c.red);
    unsigned g = nearest_step(c.green);
    unsigned b = nearest_step(c.blue);
    unsigned mean = (c.red + c.green + c.blue) / 3;
    unsigned index = mean < 8 ? 0 : (mean - 8) / 10;
    unsigned grey;

    index = index > 23 ? 23 : index;
    grey = 8 + 10 * index;
    if (square(c.red, grey) + square(c.green, grey) + square(c.blue, grey) <
        square(c.red, steps[r]) + square(c.green, steps[g]) + square(c.blue, steps[b])) {
        return (int32_t)(232 + index);
    }
    return (int32_t)(16 + 36 * r + 6 * g + b);
}

static int32_t of_8(struct colour c, int x, int y)
{
    /* An ordered pattern of 2x2. */
    static const uint8_t thresholds[2][2] = {{32, 160}, {224, 96}};
    unsigned threshold = thresholds[y & 1][x & 1];

    return (c.red > threshold ? 1 : 0) | (c.green > threshold ? 2 : 0) |
           (c.blue > threshold ? 4 : 0);
}

static int32_t number_of(enum sheet_depth depth, struct colour c, int x, int y)
{
    switch (depth) {
    case SHEET_MONO: break;
    case SHEET_8: return of_8(c, x, y);
    case SHEET_256: return of_256(c);
    case SHEET_DIRECT: {
        int32_t rgb = (int32_t)(c.red << 16 | c.green << 8 | c.blue);

        /* The first eight are the terminal's own, not shades of blue. */
        return rgb < 8 ? 0 : rgb;
    }
    }
    return 0;
}

/* Mean of the pixels that one at x, y of `width` x `height` stands for. */
static struct colour mean(const struct pane_screen *pane, int x, int y, int width, int height)
{
    size_t left = (size_t)x * pane->width / (size_t)width;
    size_t right = (size_t)(x + 1) * pane->width / (size_t)width;
    size_t top = (size_t)y * pane->height / (size_t)height;
    size_t bottom = (size_t)(y + 1) * pane->height / (size_t)height;
    uint64_t sum[3] = {0};
    uint64_t count;

    right = right > left ? right : left + 1;
    bottom = bottom > top ? bottom : top + 1;
    for (size_t row = top; row < bottom; row++) {
        const uint32_t *pixels = pane->pixels + row * pane->width;

        for (size_t column = left; column < right; column++) {
            sum[0] += pixels[column] >> 16 & 0xff;
            sum[1] += pixels[column] >> 8 & 0xff;
            sum[2] += pixels[column] & 0xff;
        }
    }
    count = (right - left) * (bottom - top);
    return (struct colour){(unsigned)(sum[0] / count), (unsigned)(sum[1] / count),
                           (unsigned)(sum[2] / count)};
}

static void draw_letter(struct sheet_pen *pen, struct colour upper, struct colour lower)
{
    static const char ramp[] = " .:-=+*#%@";
    unsigned light = (upper.red + lower.red) * 30 + (upper.green + lower.green) * 59 +
                     (upper.blue + lower.blue) * 11;
    char text[2] = {ramp[light * 9 / (255 * 200)], '\0'};

    pen_text(pen, SHEET_NORMAL, text);
}

/* The largest size within the area, in cells, with the picture's sides in proportion; a cell is twice as high
 * as wide. */
static void fit(const struct pane_screen *pane, struct sheet_area area, int *columns, int *rows)
{
    uint64_t width = (uint64_t)area.width;
    uint64_t height = (uint64_t)area.height * 2;

    if (width * pane->height > height * pane->width) {
        width = height * pane->width / pane->height;
    } else {
        height = width * pane->height / pane->width;
    }
    *columns = width > 0 ? (int)width : 1;
    *rows = height > 1 ? (int)(height / 2) : 1;
}

static void look(struct tui *tui)
{
    struct pane_screen *pane = &tui->screen;

    if (pane->is_known) return;
    pane_screen_free(tui);
    pane->pixels = debugger_picture(tui->config.debugger, &pane->width, &pane->height);
    if (pane->pixels != NULL && (pane->width == 0 || pane->height == 0)) {
        pane_screen_free(tui);
    }
    pane->is_known = true;
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_screen *pane = &tui->screen;
    enum sheet_depth depth = tui->sheet.depth;
    bool has_blocks = depth != SHEET_MONO && !tui->sheet.is_ascii;
    int columns;
    int rows;

    (void)has_focus;
    look(tui);
    if (pane->pixels == NULL) {
        struct sheet_pen pen = pane_row(tui, area, 0, 0);

        pen_text(&pen, SHEET_DIM, "no picture");
        return;
    }
    fit(pane, area, &columns, &rows);
    for (int y = 0; y < rows; y++) {
        struct sheet_pen pen = pane_row(tui, area, y + (area.height - rows) / 2, 0);

        pen_move(&pen, (area.width - columns) / 2, 0);
        for (int x = 0; x < columns; x++) {
            struct colour upper = mean(pane, x, 2 * y, columns, 2 * rows);
            struct colour lower = mean(pane, x, 2 * y + 1, columns, 2 * rows);

            if (has_blocks) {
                pen_pixels(&pen, number_of(depth, upper, x, 0), number_of(depth, lower, x, 1));
            } else {
                draw_letter(&pen, upper, lower);
            }
        }
    }
}

static bool act(struct tui *tui, enum tui_action action)
{
    (void)tui;
    (void)action;
    return false;
}

static bool pick(struct tui *tui, int row)
{
    (void)tui;
    (void)row;
    return false;
}

static void scroll(struct tui *tui, int lines)
{
    (void)tui;
    (void)lines;
}

static void refresh(struct tui *tui)
{
    tui->screen.is_known = false;
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    look(tui);
    if (tui->screen.pixels != NULL) {
        (void)snprintf(text, bytes, "%ux%u", tui->screen.width, tui->screen.height);
    }
}

void pane_screen_free(struct tui *tui)
{
    free(tui->screen.pixels);
    tui->screen.pixels = NULL;
    tui->screen.is_known = false;
}

const struct pane_kind pane_screen_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .refresh = refresh,
    .detail = detail,
};
