/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/suite-screen/made_font.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/base/hash.h"
#include "emu/base/utf8.h"

#define TABLE_MAX 16u /* bytes a glyph */

bool made_dot(const struct made_font *font, uint32_t glyph, uint32_t x, uint32_t y)
{
    uint64_t noise = HASH_SEED ^ glyph;

    if (glyph == 0) return false;
    for (unsigned i = 0; i < 4; i++) {
        noise = hash_u64(noise, ((uint64_t)font->width << 32 | y << 16 | x) * HASH_SEED + i);
    }
    return (noise >> 32 & 1) != 0;
}

uint32_t made_code(const struct made_font *font, uint32_t glyph)
{
    if (glyph > ' ' && glyph <= '~') return glyph;
    if (!font->has_table) return glyph > ' ' ? glyph : 0;
    return 0x2500 + glyph;
}

static size_t put_v1(uint8_t *to, uint32_t code)
{
    le16_put(to, (uint16_t)code);
    le16_put(to + 2, 0x1e00); /* a second one */
    le16_put(to + 4, 0xfffe);
    le16_put(to + 6, 'A'); /* of a sequence */
    le16_put(to + 8, 0x0301);
    le16_put(to + 10, 0xffff);
    return 12;
}

static size_t put_v2(uint8_t *to, uint32_t code)
{
    char text[4];
    size_t length = utf8_encode(code, text);

    memcpy(to, text, length);
    to[length++] = 0xc3; /* U+00E9 */
    to[length++] = 0xa9;
    to[length++] = 0xfe;
    to[length++] = 'A';
    to[length++] = 0xff;
    return length;
}

static uint8_t *put_header(const struct made_font *font, uint8_t *to)
{
    static const uint8_t magic2[] = {0x72, 0xb5, 0x4a, 0x86};

    if (font->version == 1) {
        to[0] = 0x36;
        to[1] = 0x04;
        to[2] = (uint8_t)((font->glyph_count == 512 ? 1 : 0) | (font->has_table ? 2 : 0));
        to[3] = (uint8_t)font->height;
        return to + 4;
    }
    memcpy(to, magic2, sizeof(magic2));
    le32_put(to + 4, 0);
    le32_put(to + 8, 32);
    le32_put(to + 12, font->has_table ? 1 : 0);
    le32_put(to + 16, font->glyph_count);
    le32_put(to + 20, (font->width + 7) / 8 * font->height);
    le32_put(to + 24, font->height);
    le32_put(to + 28, font->width);
    return to + 32;
}

static uint8_t *put_glyph(const struct made_font *font, uint32_t glyph, uint8_t *to)
{
    const uint32_t row_bytes = (font->width + 7) / 8;

    for (uint32_t y = 0; y < font->height; y++) {
        for (uint32_t x = 0; x < font->width; x++) {
            to[x / 8] |= (uint8_t)((made_dot(font, glyph, x, y) ? 0x80u : 0) >> x % 8);
        }
        to += row_bytes;
    }
    return to;
}

uint8_t *made_psf(const struct made_font *font, size_t *bytes)
{
    const size_t glyph_bytes = (size_t)(font->width + 7) / 8 * font->height;
    uint8_t *data = calloc(1, 32 + font->glyph_count * (glyph_bytes + TABLE_MAX));
    uint8_t *to = put_header(font, data);

    for (uint32_t i = 0; i < font->glyph_count; i++) {
        to = put_glyph(font, i, to);
    }
    for (uint32_t i = 0; font->has_table && i < font->glyph_count; i++) {
        to += font->version == 1 ? put_v1(to, made_code(font, i)) : put_v2(to, made_code(font, i));
    }
    *bytes = (size_t)(to - data);
    return data;
}

void made_draw(const struct made_font *font, uint32_t glyph, const struct made_ink *how,
               struct screen_picture *picture, uint32_t x, uint32_t y)
{
    for (uint32_t line = 0; line < font->height * how->scale; line++) {
        for (uint32_t column = 0; column < font->width * how->scale; column++) {
            picture->pixels[(size_t)(y + line) * picture->width + x + column] =
                made_dot(font, glyph, column / how->scale, line / how->scale) ? how->ink
                                                                              : how->paper;
        }
    }
}

void made_picture(struct screen_picture *picture, uint32_t width, uint32_t height, uint32_t colour)
{
    *picture = (struct screen_picture){
        .pixels = malloc((size_t)width * height * sizeof(*picture->pixels)),
        .width = width,
        .height = height,
    };
    for (size_t i = 0; i < (size_t)width * height; i++) {
        picture->pixels[i] = colour;
    }
}
