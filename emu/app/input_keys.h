/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a US keyboard: which one makes a character, and what each is called. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_MODIFIERS      8u
#define KEY_FIRST_MODIFIER 0xe0u /* usage; the others follow it */

/* Usages of page 7, HID Usage Tables 1.12. */
struct key_press {
    uint8_t modifiers; /* bit n: the key of usage 0xe0 + n is held meanwhile */
    uint8_t usage;     /* the key that is pressed last; 0: the modifiers are all there is */
};

#define KEY_NAME_BYTES 32 /* of a name that is suggested, with its end */

/* False when no key makes `c`, which is ASCII or a control character as terminals know them. */
bool key_press_of_char(unsigned char c, struct key_press *press);
/* Reads names joined by '-': modifiers, then any key, for example `ctrl-alt-delete`, `f1`, `a`,
 * `shift`, `0x64` (a usage). A sign that needs Shift brings it. False when it is none; then
 * `suggestion` is the name that may have been meant, or empty. */
bool key_press_of_name(const char *name, size_t bytes, struct key_press *press,
                       char suggestion[KEY_NAME_BYTES]);
