/* SPDX-License-Identifier: GPL-2.0-only */
/* Characters of UTF-8: see utf8.h. */
#include "emu/base/utf8.h"

size_t utf8_encode(uint32_t letter, char text[4])
{
    if (letter < 0x80) {
        text[0] = (char)letter;
        return 1;
    }
    if (letter < 0x800) {
        text[0] = (char)(0xc0 | letter >> 6);
        text[1] = (char)(0x80 | (letter & 0x3f));
        return 2;
    }
    if (letter < 0x10000) {
        text[0] = (char)(0xe0 | letter >> 12);
        text[1] = (char)(0x80 | (letter >> 6 & 0x3f));
        text[2] = (char)(0x80 | (letter & 0x3f));
        return 3;
    }
    text[0] = (char)(0xf0 | (letter >> 18 & 7));
    text[1] = (char)(0x80 | (letter >> 12 & 0x3f));
    text[2] = (char)(0x80 | (letter >> 6 & 0x3f));
    text[3] = (char)(0x80 | (letter & 0x3f));
    return 4;
}

size_t utf8_decode(const char *text, size_t bytes, uint32_t *letter)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[0];
    size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : 4;
    uint32_t value;

    *letter = first < 0x80 ? first : UTF8_REPLACEMENT;
    if (first < 0xc0 || first > 0xf4 || length > bytes) return 1;
    value = first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (((uint8_t)text[i] & 0xc0) != 0x80) return 1;
        value = value << 6 | ((uint8_t)text[i] & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 1;
    *letter = value;
    return length;
}
