/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sheet of cells: the whole UI as it is to look, without a terminal. Panes write on it with a pen, which
 * stays within its area; terminal.c brings it to the screen. Whatever text is given, only letters get onto
 * it that take one cell and mean nothing to a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cell means; terminal.c knows how that looks. */
enum sheet_style {
    SHEET_NORMAL,
    SHEET_DIM,     /* less important: events to come, addresses */
    SHEET_BORDER,  /* between panes */
    SHEET_TAB,     /* title of a pane */
    SHEET_TAB_TOP, /* ... that is seen */
    SHEET_FOCUS,   /* ... that has the keys */
    SHEET_STATUS,
    SHEET_ERROR,   /* a mistake of the guest, an error of a command */
    SHEET_UNIMPL,  /* not modelled */
    SHEET_CHANGED, /* since the place before */
    SHEET_NAME,
    SHEET_HERE,    /* where the machine stands */
    SHEET_KEY,     /* a key, in help and hints */
    SHEET_PICTURE, /* colours of its own */
    SHEET_STYLES,
};

/* Colours that a terminal has. */
enum sheet_depth {
    SHEET_MONO,
    SHEET_8,      /* the eight of ECMA-48 */
    SHEET_256,    /* with the cube of 6x6x6 and 24 greys */
    SHEET_DIRECT, /* 24 bits: 0xRRGGBB, those below 8 excepted */
};

struct sheet_cell {
    uint32_t letter; /* Unicode */
    uint8_t style;   /* enum sheet_style */
    bool is_marked;  /* selected: reversed */
    int32_t fg;      /* SHEET_PICTURE: the terminal's numbers */
    int32_t bg;
};

struct sheet {
    int columns;
    int rows;
    bool is_ascii; /* the terminal shows nothing else */
    enum sheet_depth depth;
    struct sheet_cell *cells; /* row by row */
};

struct sheet_area {
    int x;
    int y;
    int width;
    int height;
};

/* Lines and signs, with what stands for them in ASCII. */
enum sheet_sign {
    SHEET_VERTICAL,
    SHEET_HORIZONTAL,
    SHEET_ARROW,    /* where the machine stands */
    SHEET_STOP,     /* a breakpoint */
    SHEET_STOP_OFF, /* ... that is disabled */
    SHEET_UPPER_HALF,
    SHEET_LOWER_HALF,
};

/* All blank afterwards. False: no memory (the sheet has no cells then). Sizes below 1 count as 1. */
bool sheet_resize(struct sheet *sheet, int columns, int rows);
void sheet_free(struct sheet *sheet);
void sheet_clear(struct sheet *sheet);
/* The part of `area` that is on the sheet. */
struct sheet_area sheet_clip(const struct sheet *sheet, struct sheet_area area);
void sheet_mark(struct sheet *sheet, struct sheet_area area);
/* Cell at a place; NULL beside the sheet. */
struct sheet_cell *sheet_at(struct sheet *sheet, int x, int y);
/* A row as text (UTF-8, trailing blanks cut); returns its length, at most `bytes` - 1. */
size_t sheet_row_text(const struct sheet *sheet, int y, char *text, size_t bytes);

/* Writes within `area`, from `left` columns of the text on. */
struct sheet_pen {
    struct sheet *sheet;
    struct sheet_area area;
    int x; /* within the area; may be outside */
    int y;
    int left; /* columns that are scrolled away */
    enum sheet_style style;
};
struct sheet_pen sheet_pen(struct sheet *sheet, struct sheet_area area);
void pen_move(struct sheet_pen *pen, int x, int y);
/* UTF-8 from anywhere, also from the guest. */
void pen_text(struct sheet_pen *pen, enum sheet_style style, const char *text);
void pen_bytes(struct sheet_pen *pen, enum sheet_style style, const char *text, size_t bytes);
void pen_print(struct sheet_pen *pen, enum sheet_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pen_sign(struct sheet_pen *pen, enum sheet_style style, enum sheet_sign sign);
/* Two pixels in a cell, as the terminal's colours. */
void pen_pixels(struct sheet_pen *pen, int32_t upper, int32_t lower);
/* Blanks up to column `x` of the text; at least one when `is_gap`. */
void pen_pad(struct sheet_pen *pen, enum sheet_style style, int x, bool is_gap);
/* The rest of the row. */
void pen_fill(struct sheet_pen *pen, enum sheet_style style);
