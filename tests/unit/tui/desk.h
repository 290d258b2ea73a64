/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody at the text UI, without a terminal: hands that type, eyes that look at the sheet. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/debug/tui/tui_internal.h"
#include "tests/unit/tui/fake.h"

#define ROW_BYTES 2048
#define QUEUE_MAX 16

struct desk {
    struct tui *tui;
    int columns;
    int rows;
    unsigned shown;
    struct tui_event queue[QUEUE_MAX]; /* for whoever looks while something runs */
    unsigned queued;
    unsigned taken;
    bool is_mouse;
    unsigned redrawn;
    unsigned suspended;
};

static inline void show(void *ctx, const struct sheet *sheet, int x, int y)
{
    struct desk *desk = ctx;

    assert_non_null(sheet->cells);
    assert_true(x < sheet->columns && y < sheet->rows);
    desk->shown++;
}

static inline struct tui_event next(void *ctx, bool is_waiting)
{
    struct desk *desk = ctx;

    if (desk->taken == desk->queued) assert_false(is_waiting);
    if (desk->taken == desk->queued) return (struct tui_event){.kind = TUI_NOTHING};
    return desk->queue[desk->taken++];
}

static inline void size(void *ctx, int *columns, int *rows)
{
    struct desk *desk = ctx;

    *columns = desk->columns;
    *rows = desk->rows;
}

static inline void set_mouse(void *ctx, bool is_on)
{
    ((struct desk *)ctx)->is_mouse = is_on;
}

static inline void redraw(void *ctx)
{
    ((struct desk *)ctx)->redrawn++;
}

static inline void suspend(void *ctx)
{
    ((struct desk *)ctx)->suspended++;
}

static inline void open_desk(struct desk *desk, int columns, int rows)
{
    struct tui_front front = {.ctx = desk,
                              .show = show,
                              .next = next,
                              .size = size,
                              .set_mouse = set_mouse,
                              .redraw = redraw,
                              .suspend = suspend};
    struct tui_config config = fake_config();
    struct error err = ERROR_INIT;

    desk->columns = columns;
    desk->rows = rows;
    desk->tui = tui_create(&config, &front, false, SHEET_256, &err);
    assert_non_null(desk->tui);
    tui_draw(desk->tui);
}

static inline int set_up(void **state)
{
    struct desk *desk = test_calloc(1, sizeof(*desk));

    fake_reset();
    open_desk(desk, 80, 24);
    *state = desk;
    return 0;
}

static inline int tear_down(void **state)
{
    tui_destroy(((struct desk *)*state)->tui);
    test_free(*state);
    return 0;
}

/* ---- Hands and eyes ---- */

static inline void key(struct desk *desk, uint32_t code)
{
    tui_handle(desk->tui, &(struct tui_event){.kind = TUI_KEY, .key = code});
    tui_draw(desk->tui);
}

static inline void type(struct desk *desk, const char *text)
{
    for (; *text != '\0'; text++) {
        key(desk, (uint8_t)*text);
    }
}

static inline void command(struct desk *desk, const char *text)
{
    key(desk, ':');
    type(desk, text);
    key(desk, KEY_OF_ENTER);
}

static inline void resize(struct desk *desk, int columns, int rows)
{
    desk->columns = columns;
    desk->rows = rows;
    tui_handle(desk->tui, &(struct tui_event){.kind = TUI_RESIZE});
    tui_draw(desk->tui);
}

static inline const char *row(struct desk *desk, int y)
{
    static char text[ROW_BYTES];

    (void)sheet_row_text(&desk->tui->sheet, y < 0 ? desk->rows + y : y, text, sizeof(text));
    return text;
}

static inline void expect(struct desk *desk, int y, const char *part)
{
    if (strstr(row(desk, y), part) == NULL) {
        fail_msg("row %d is \"%s\" and has no \"%s\"", y, row(desk, y), part);
    }
}

/* First row from `from` on that has `part`; -1: none. */
static inline int find(struct desk *desk, int from, const char *part)
{
    for (int y = from; y < desk->rows; y++) {
        if (strstr(row(desk, y), part) != NULL) return y;
    }
    return -1;
}

static inline const struct sheet_cell *cell(struct desk *desk, int x, int y)
{
    return sheet_at(&desk->tui->sheet, x, y);
}

/* The row that is selected, of a pane with a cell at `x`, `from`. */
static inline int marked(struct desk *desk, int x, int from)
{
    for (int y = from; y < desk->rows; y++) {
        if (cell(desk, x, y)->is_marked) return y;
    }
    return -1;
}
