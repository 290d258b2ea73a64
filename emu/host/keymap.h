/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the window. What goes to the guest are positions: SDL's scancodes are the usages of HID
 * usage page 7 (HID Usage Tables 1.12, section 10), so a keyboard of another country stays what it
 * is, and the guest's own layout says what is printed on it. What goes to the window are letters,
 * with the host key: Right Ctrl.
 */
#pragma once

#include <SDL2/SDL_keyboard.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYMAP_HOST_KEY SDL_SCANCODE_RCTRL

enum window_command {
    COMMAND_NONE,
    COMMAND_HELP,
    COMMAND_GRAB,
    COMMAND_FULL_SCREEN,
    COMMAND_FIT,
    COMMAND_ONE_TO_ONE,
    COMMAND_LARGER,
    COMMAND_SMALLER,
    COMMAND_LEFT,
    COMMAND_RIGHT,
    COMMAND_UP,
    COMMAND_DOWN,
    COMMAND_PAUSE,
    COMMAND_SCREENSHOT,
    COMMAND_ACTIVITY,
    COMMAND_SECURE_KEYS,
    COMMAND_POWER_KEY,
    COMMAND_RESET,
    COMMAND_DEBUG,
};

/* One line of the help overlay. */
struct keymap_line {
    const char *keys;
    const char *what;
};

/* Usage of a key, 0 when the guest has no such key. */
uint16_t keymap_usage(SDL_Scancode scancode);

/* What a key means with the host key held. Letters count as the layout has them; where it has none
 * (Greek, Cyrillic), the position of a US keyboard does. */
enum window_command keymap_command(const SDL_Keysym *key);
/* Also with left Ctrl and left Alt, for keyboards without a right Ctrl: what leads out of every
 * state, and to the rest by the help, which takes letters alone. */
bool keymap_is_for_ctrl_alt(enum window_command command);

const struct keymap_line *keymap_help(size_t *count);
