/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot log on the screen: the logo, and below it a block of text that scrolls. The text is kept in memory, also while
 * there is no display; only cells that change are drawn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/display.h"
#include "firmware/core/picture.h"

#define CONSOLE_COLUMNS     80
#define CONSOLE_ROWS        30
#define CONSOLE_CELL_WIDTH  16
#define CONSOLE_CELL_HEIGHT 32
/* Smaller displays get no console. */
#define CONSOLE_WIDTH_MIN  2048
#define CONSOLE_HEIGHT_MIN 2048

struct console {
    bool is_attached;
    struct display display;
    uint32_t left, top; /* of the block of text, pixels */
    uint32_t row, column;
    uint32_t ramp[PICTURE_LEVELS];
    uint8_t text[CONSOLE_ROWS][CONSOLE_COLUMNS];
};

/* No text, no display. */
void console_init(struct console *console);

/* Clears the display, draws the logo and all that was said so far. Borrows nothing. False, and nothing happens, when the
 * display is too small. */
bool console_attach(struct console *console, const struct display *display);

/* Prints one character: space to tilde, '\n' (which returns, too), '\r' is ignored; anything else shows as `?`. Lines that
 * are too long go on in the next one. */
void console_put(struct console *console, char c);

/* The display belongs to somebody else now: nothing is drawn any more, and what is on it stays. */
void console_detach(struct console *console);
