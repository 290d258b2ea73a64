/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of the window: positions for the guest, letters for the window. */
#include "emu/host/keymap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "emu/base/bits.h"

struct position {
    SDL_Scancode scancode;
    uint16_t usage; /* HID Usage Tables 1.12, section 10 */
};

static const struct position positions[] = {
    {SDL_SCANCODE_A, 0x04},        {SDL_SCANCODE_Z, 0x1d},
    {SDL_SCANCODE_1, 0x1e},        {SDL_SCANCODE_RETURN, 0x28},
    {SDL_SCANCODE_CAPSLOCK, 0x39}, {SDL_SCANCODE_F12, 0x45},
    {SDL_SCANCODE_DELETE, 0x4c},   {SDL_SCANCODE_UP, 0x52},
    {SDL_SCANCODE_KP_ENTER, 0x58}, {SDL_SCANCODE_NONUSBACKSLASH, 0x64},
    {SDL_SCANCODE_F24, 0x73},      {SDL_SCANCODE_INTERNATIONAL1, 0x87},
    {SDL_SCANCODE_LANG1, 0x90},    {SDL_SCANCODE_LCTRL, 0xe0},
    {SDL_SCANCODE_RGUI, 0xe7},     {SDL_SCANCODE_UNKNOWN, 0},
    {SDL_SCANCODE_MODE, 0},        {SDL_SCANCODE_AUDIOMUTE, 0},
};

static void usages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(positions); i++) {
        assert_int_equal(keymap_usage(positions[i].scancode), positions[i].usage);
    }
}

static enum window_command command_of(SDL_Keycode letter, SDL_Scancode scancode)
{
    const SDL_Keysym key = {.scancode = scancode, .sym = letter};

    return keymap_command(&key);
}

static void commands(void **state)
{
    (void)state;
    assert_int_equal(command_of(SDLK_g, SDL_SCANCODE_G), COMMAND_GRAB);
    assert_int_equal(command_of(SDLK_b, SDL_SCANCODE_B), COMMAND_NONE);
    /* Dvorak: the letter counts, also where another command's letter is printed in the US. */
    assert_int_equal(command_of(SDLK_p, SDL_SCANCODE_R), COMMAND_PAUSE);
    assert_int_equal(command_of(SDLK_l, SDL_SCANCODE_P), COMMAND_NONE);
    /* Russian: there is no letter, so the position does. */
    assert_int_equal(command_of(0x440, SDL_SCANCODE_H), COMMAND_HELP);
    /* French digits need Shift. */
    assert_int_equal(command_of(SDLK_AMPERSAND, SDL_SCANCODE_1), COMMAND_ONE_TO_ONE);
    assert_true(keymap_is_for_ctrl_alt(COMMAND_GRAB));
    assert_false(keymap_is_for_ctrl_alt(COMMAND_RESET));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usages),
        cmocka_unit_test(commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
