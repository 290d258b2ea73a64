/* SPDX-License-Identifier: GPL-2.0-only */
/* No tables and no copies are kept: keys go through here. */
#include "emu/base/hex.h"

#include <stdint.h>
#include <string.h>

int hex_value(char digit, enum hex_digits digits)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digits == HEX_ANY && digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

static char digit_of(unsigned value)
{
    return (char)(value < 10 ? '0' + value : 'a' + (value - 10));
}

void hex_put(const void *data, size_t bytes, char *text)
{
    const uint8_t *from = data;

    for (size_t i = 0; i < bytes; i++) {
        text[2 * i] = digit_of(from[i] >> 4);
        text[2 * i + 1] = digit_of(from[i] & 15u);
    }
    text[2 * bytes] = '\0';
}

bool hex_get(const char *text, enum hex_digits digits, void *data, size_t bytes)
{
    uint8_t *to = data;

    for (size_t i = 0; i < 2 * bytes; i++) {
        if (hex_value(text[i], digits) < 0) return false;
    }
    if (text[2 * bytes] != '\0') return false;
    for (size_t i = 0; i < bytes; i++) {
        const unsigned high = (unsigned)hex_value(text[2 * i], digits);
        const unsigned low = (unsigned)hex_value(text[2 * i + 1], digits);

        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
