/* SPDX-License-Identifier: GPL-2.0-only */
/* Fonts as tables of shapes: see screen_font.h. That of our firmware has 16 levels of grey a pixel. */
#define ZLIB_CONST

#include "emu/app/suite/screen_font.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "emu/base/hash.h"
#include "emu/host/file.h"
#include "firmware/art/art.h"
#include "firmware/core/console.h"

#define FILE_MAX     (4u << 20)
#define UNPACKED_MAX (4u << 20)
#define GZIP_WINDOW  (15 + 16) /* zlib: the largest window, and gzip's header */

#define FIRMWARE_FIRST ' '
#define FIRMWARE_LAST  '~'

/* ---- Tables ---- */

struct screen_font *screen_font_create(uint32_t width, uint32_t height, unsigned bits,
                                       size_t glyph_max, struct error *err)
{
    struct screen_font *font;
    size_t slots = 16;

    if (width < SCREEN_CELL_MIN || width > SCREEN_WIDTH_MAX / bits || height < SCREEN_CELL_MIN ||
        height > SCREEN_HEIGHT_MAX) {
        (void)error_usage(err, "glyphs of %ux%u pixels cannot be read back", width, height);
        return NULL;
    }
    while (slots < 2 * glyph_max) {
        slots *= 2;
    }
    font = calloc(1, sizeof(*font));
    if (font != NULL) {
        *font = (struct screen_font){
            .width = width,
            .height = height,
            .bits = bits,
            .rows = calloc(glyph_max, height * sizeof(*font->rows)),
            .glyph_max = glyph_max,
            .table = calloc(slots, sizeof(*font->table)),
            .table_mask = slots - 1,
        };
    }
    if (font == NULL || font->rows == NULL || font->table == NULL) {
        screen_font_destroy(font);
        (void)error_host(err, "no memory for a font");
        return NULL;
    }
    return font;
}

void screen_font_destroy(struct screen_font *font)
{
    if (font == NULL) return;
    free(font->rows);
    free(font->table);
    free(font);
}

static uint64_t hash_of(const struct screen_font *font, const uint64_t *rows)
{
    uint64_t hash = HASH_SEED;

    for (uint32_t y = 0; y < font->height; y++) {
        hash = hash_u64(hash, rows[y]);
    }
    return hash;
}

/* Where the shape is, or would be: one place in two is free. */
static struct screen_glyph *find_slot(const struct screen_font *font, const uint64_t *rows,
                                      uint64_t hash)
{
    for (size_t i = hash & font->table_mask;; i = (i + 1) & font->table_mask) {
        struct screen_glyph *slot = &font->table[i];

        if (slot->rows == NULL) return slot;
        if (slot->hash == hash && memcmp(slot->rows, rows, font->height * sizeof(*rows)) == 0) {
            return slot;
        }
    }
}

/* Levels become numbers in the order in which they appear. False: there is only one. */
static bool make_shape(const struct screen_font *font, const uint64_t *levels, uint64_t *shape)
{
    const uint64_t mask = (UINT64_C(1) << font->bits) - 1;
    uint64_t number[SCREEN_LEVELS_MAX] = {0};
    bool has_number[SCREEN_LEVELS_MAX] = {false};
    uint64_t count = 0;

    for (uint32_t y = 0; y < font->height; y++) {
        shape[y] = 0;
        for (uint32_t x = 0; x < font->width; x++) {
            const uint64_t level = levels[y] >> (x * font->bits) & mask;

            if (!has_number[level]) {
                has_number[level] = true;
                number[level] = count++;
            }
            shape[y] |= number[level] << (x * font->bits);
        }
    }
    return count > 1;
}

static bool is_ascii(uint32_t code)
{
    return code >= ' ' && code <= '~';
}

void screen_font_add(struct screen_font *font, const uint64_t *rows, uint32_t code)
{
    uint64_t *shape = &font->rows[font->glyph_count * font->height];
    const bool is_ink_first = font->bits == 1 && (rows[0] & 1) != 0;
    struct screen_glyph *slot;
    uint64_t hash;

    if (font->glyph_count == font->glyph_max || code == SCREEN_NO_GLYPH) return;
    if (!make_shape(font, rows, shape)) return;
    hash = hash_of(font, shape);
    slot = find_slot(font, shape, hash);
    if (slot->rows == NULL) {
        slot->rows = shape;
        slot->hash = hash;
        font->glyph_count++;
    }
    if (slot->code[is_ink_first] == SCREEN_NO_GLYPH ||
        (is_ascii(code) && !is_ascii(slot->code[is_ink_first]))) {
        slot->code[is_ink_first] = code;
    }
}

uint32_t screen_font_find(const struct screen_font *font, const uint64_t *rows, bool is_ink_first)
{
    const struct screen_glyph *slot = find_slot(font, rows, hash_of(font, rows));

    if (slot->rows == NULL) return SCREEN_NO_GLYPH;
    return slot->code[is_ink_first] != SCREEN_NO_GLYPH ? slot->code[is_ink_first]
                                                       : slot->code[!is_ink_first];
}

/* ---- Our firmware's ---- */

struct screen_font *screen_font_firmware(struct error *err)
{
    const size_t count = FIRMWARE_LAST - FIRMWARE_FIRST + 1;
    struct screen_font *font =
        screen_font_create(CONSOLE_CELL_WIDTH, CONSOLE_CELL_HEIGHT, SCREEN_LEVELS_BITS, count, err);
    const uint8_t *glyph = art_glyphs;

    if (font == NULL) return NULL;
    font->is_firmware = true;
    for (uint32_t code = FIRMWARE_FIRST; code <= FIRMWARE_LAST; code++) {
        uint64_t rows[CONSOLE_CELL_HEIGHT] = {0};

        for (unsigned y = 0; y < CONSOLE_CELL_HEIGHT; y++) {
            for (unsigned i = 0; i < CONSOLE_CELL_WIDTH / 2; i++) {
                rows[y] |= (uint64_t)*glyph++ << (8 * i);
            }
        }
        screen_font_add(font, rows, code);
    }
    return font;
}

/* ---- Files ---- */

/* At most UNPACKED_MAX bytes; free(). NULL with `err`. */
static uint8_t *unpack(const uint8_t *data, size_t bytes, size_t *unpacked, struct error *err)
{
    z_stream stream = {.next_in = data, .avail_in = (uInt)bytes};
    uint8_t *out = malloc(UNPACKED_MAX);
    int result;

    if (out == NULL || inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
        free(out);
        (void)error_host(err, "no memory for a font");
        return NULL;
    }
    stream.next_out = out;
    stream.avail_out = UNPACKED_MAX;
    result = inflate(&stream, Z_FINISH);
    *unpacked = UNPACKED_MAX - stream.avail_out;
    (void)inflateEnd(&stream);
    if (result == Z_STREAM_END) return out;
    free(out);
    (void)error_usage(err, stream.avail_out == 0 ? "unpacked it is too large for a font"
                                                 : "its gzip data is broken");
    return NULL;
}

struct screen_font *screen_font_parse(const uint8_t *data, size_t bytes, struct error *err)
{
    struct screen_font *font;
    uint8_t *unpacked;
    size_t unpacked_bytes;

    if (bytes > FILE_MAX) {
        (void)error_usage(err, "it is too large for a font");
        return NULL;
    }
    if (bytes < 2 || data[0] != 0x1f || data[1] != 0x8b) return screen_psf_parse(data, bytes, err);
    unpacked = unpack(data, bytes, &unpacked_bytes, err);
    if (unpacked == NULL) return NULL;
    font = screen_psf_parse(unpacked, unpacked_bytes, err);
    free(unpacked);
    return font;
}

struct screen_font *screen_font_load(const char *path, struct error *err)
{
    struct screen_font *font;
    struct host_file file;
    struct error reason = ERROR_INIT;

    if (host_file_read(path, FILE_MAX, &file, err) != 0) return NULL;
    font = screen_font_parse(file.data, file.bytes, &reason);
    host_file_release(&file);
    if (font != NULL) return font;
    if (reason.kind == ERROR_HOST) {
        (void)error_host(err, "%s: %s", path, reason.text);
    } else {
        (void)error_usage(err, "%s: %s", path, reason.text);
    }
    return NULL;
}
