/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of the window: see keymap.h. */
#include "emu/host/keymap.h"

#include "emu/base/bits.h"

#define USAGE_FIRST 0x04 /* A */
#define USAGE_LAST  0xe7 /* right GUI */
/* Reserved by the usage tables. */
#define USAGE_GAP_FIRST  0xa5
#define USAGE_GAP_LAST   0xaf
#define USAGE_GAP2_FIRST 0xde
#define USAGE_GAP2_LAST  0xdf

struct command_key {
    SDL_Keycode key;
    SDL_Scancode scancode;
    enum window_command command;
};

static const struct command_key command_keys[] = {
    {SDLK_h, SDL_SCANCODE_H, COMMAND_HELP},
    {SDLK_g, SDL_SCANCODE_G, COMMAND_GRAB},
    {SDLK_f, SDL_SCANCODE_F, COMMAND_FULL_SCREEN},
    {SDLK_0, SDL_SCANCODE_0, COMMAND_FIT},
    {SDLK_KP_0, SDL_SCANCODE_KP_0, COMMAND_FIT},
    {SDLK_1, SDL_SCANCODE_1, COMMAND_ONE_TO_ONE},
    {SDLK_KP_1, SDL_SCANCODE_KP_1, COMMAND_ONE_TO_ONE},
    {SDLK_PLUS, SDL_SCANCODE_EQUALS, COMMAND_LARGER},
    {SDLK_EQUALS, SDL_SCANCODE_EQUALS, COMMAND_LARGER},
    {SDLK_KP_PLUS, SDL_SCANCODE_KP_PLUS, COMMAND_LARGER},
    {SDLK_MINUS, SDL_SCANCODE_MINUS, COMMAND_SMALLER},
    {SDLK_KP_MINUS, SDL_SCANCODE_KP_MINUS, COMMAND_SMALLER},
    {SDLK_LEFT, SDL_SCANCODE_LEFT, COMMAND_LEFT},
    {SDLK_RIGHT, SDL_SCANCODE_RIGHT, COMMAND_RIGHT},
    {SDLK_UP, SDL_SCANCODE_UP, COMMAND_UP},
    {SDLK_DOWN, SDL_SCANCODE_DOWN, COMMAND_DOWN},
    {SDLK_p, SDL_SCANCODE_P, COMMAND_PAUSE},
    {SDLK_s, SDL_SCANCODE_S, COMMAND_SCREENSHOT},
    {SDLK_a, SDL_SCANCODE_A, COMMAND_ACTIVITY},
    {SDLK_DELETE, SDL_SCANCODE_DELETE, COMMAND_SECURE_KEYS},
    {SDLK_BACKSPACE, SDL_SCANCODE_BACKSPACE, COMMAND_SECURE_KEYS},
    {SDLK_o, SDL_SCANCODE_O, COMMAND_POWER_KEY},
    {SDLK_r, SDL_SCANCODE_R, COMMAND_RESET},
    {SDLK_d, SDL_SCANCODE_D, COMMAND_DEBUG},
};

static const struct keymap_line help_lines[] = {
    {"H", "this help"},
    {"G", "grab or release keyboard and mouse"},
    {"F", "full screen"},
    {"0  1", "fit the window, or one to one"},
    {"+  -", "larger, smaller"},
    {"Arrows", "move about a picture larger than the window"},
    {"P", "pause or go on"},
    {"S", "save a screenshot in this directory"},
    {"A", "show or hide the line of lights"},
    {"Delete", "type Ctrl+Alt+Delete in the guest"},
    {"O", "press the power button"},
    {"R", "reset the machine"},
    {"D", "stop in the debugger, in the terminal (--debug)"},
};

static bool is_between(unsigned value, unsigned first, unsigned last)
{
    return value >= first && value <= last;
}

uint16_t keymap_usage(SDL_Scancode scancode)
{
    unsigned usage = (unsigned)scancode;

    if (!is_between(usage, USAGE_FIRST, USAGE_LAST) ||
        is_between(usage, USAGE_GAP_FIRST, USAGE_GAP_LAST) ||
        is_between(usage, USAGE_GAP2_FIRST, USAGE_GAP2_LAST)) {
        return 0;
    }
    return (uint16_t)usage;
}

static bool is_latin_letter(SDL_Keycode key)
{
    return key >= SDLK_a && key <= SDLK_z;
}

enum window_command keymap_command(const SDL_Keysym *key)
{
    for (size_t i = 0; i < ARRAY_LEN(command_keys); i++) {
        if (command_keys[i].key == key->sym) return command_keys[i].command;
    }
    if (is_latin_letter(key->sym)) return COMMAND_NONE;
    for (size_t i = 0; i < ARRAY_LEN(command_keys); i++) {
        if (command_keys[i].scancode == key->scancode) return command_keys[i].command;
    }
    return COMMAND_NONE;
}

bool keymap_is_for_ctrl_alt(enum window_command command)
{
    return command == COMMAND_HELP || command == COMMAND_GRAB || command == COMMAND_FULL_SCREEN;
}

const struct keymap_line *keymap_help(size_t *count)
{
    *count = ARRAY_LEN(help_lines);
    return help_lines;
}
