/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys, and what they mean. What comes from a terminal is first a `struct tui_event`, whatever the terminal
 * calls it; the table of keys.c makes an action of it, and help.c shows the same table. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that are no characters follow Unicode's end. */
enum tui_key {
    KEY_OF_TAB = 9,
    KEY_OF_ENTER = 13,
    KEY_OF_ESC = 27,
    KEY_OF_UP = 0x110000,
    KEY_OF_DOWN,
    KEY_OF_LEFT,
    KEY_OF_RIGHT,
    KEY_OF_PAGE_UP,
    KEY_OF_PAGE_DOWN,
    KEY_OF_HOME,
    KEY_OF_END,
    KEY_OF_BACKSPACE,
    KEY_OF_DELETE,
    KEY_OF_BACK_TAB,
    KEY_OF_F1, /* F2 .. F12 follow */
    KEY_OF_F12 = KEY_OF_F1 + 11,
};
#define KEY_CONTROL(letter) ((uint32_t)(letter)&0x1fu)

enum tui_event_kind {
    TUI_NOTHING, /* nothing has come (yet) */
    TUI_KEY,
    TUI_PRESS, /* a mouse button at x, y; lines: how often */
    TUI_WHEEL, /* lines: negative upwards */
    TUI_RESIZE,
    TUI_GONE, /* the terminal is gone */
};

struct tui_event {
    enum tui_event_kind kind;
    uint32_t key; /* Unicode, or enum tui_key */
    bool is_alt;
    int x;
    int y;
    int lines;
};

enum tui_action {
    ACTION_NONE,
    ACTION_STEP,
    ACTION_STEP_BACK,
    ACTION_OVER,
    ACTION_OVER_BACK,
    ACTION_BLOCK,
    ACTION_BLOCK_BACK,
    ACTION_EVENT,
    ACTION_EVENT_BACK,
    ACTION_CONTINUE,
    ACTION_CONTINUE_BACK,
    ACTION_GOTO,
    ACTION_BEGIN,
    ACTION_END,
    ACTION_CORE,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_ENTER,
    ACTION_PRESENT,
    ACTION_ADDRESS,
    ACTION_BREAK,
    ACTION_TOGGLE,
    ACTION_LAST_WRITE,
    ACTION_WHY,
    ACTION_DEVICE,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_BACK,
    ACTION_FILTER,
    ACTION_FOCUS_NEXT,
    ACTION_FOCUS_BACK,
    ACTION_PANE, /* F2.. and digits: which one is in the key */
    ACTION_OUTPUT,
    ACTION_ZOOM,
    ACTION_TALLER,
    ACTION_LOWER,
    ACTION_WIDER,
    ACTION_NARROWER,
    ACTION_SIZES,
    ACTION_MOUSE,
    ACTION_REDRAW,
    ACTION_SUSPEND,
    ACTION_COMMAND,
    ACTION_HELP,
    ACTION_QUIT,
};

enum tui_action keys_action(uint32_t key);
/* Pane of ACTION_PANE's key, 0..; -1: none. */
int keys_pane(uint32_t key);

/* A line of help: keys and what they do, or a heading (keys NULL). False: no more. */
bool keys_help(size_t index, const char **keys, const char **text);
