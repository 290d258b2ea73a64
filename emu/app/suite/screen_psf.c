/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PC Screen Fonts, as the Linux console has them. Both versions: a header, the glyphs' rows (a bit a pixel, the left one in
 * the highest, each row begins a byte), and perhaps a table of the characters that each glyph stands for:
 *
 *   version 1   u8 36h 04h; u8 mode: bit 0 512 glyphs rather than 256, bits 1 and 2 a table follows; u8 height; the
 *               width is 8. Table: u16 characters; FFFEh begins a sequence, FFFFh ends a glyph
 *   version 2   u8 72h B5h 4Ah 86h; u32 version 0, header bytes, flags: bit 0 a table follows; glyphs, bytes a glyph,
 *               height, width. Table: UTF-8; FEh begins a sequence, FFh ends a glyph
 *
 * All little-endian. Of a glyph's characters the first is taken, ASCII before all others; sequences (letters with marks
 * behind them) are left out. Chosen: in a font without a table a glyph's number is its character.
 */
#include <string.h>

#include "emu/app/suite/screen_font.h"
#include "emu/base/endian.h"
#include "emu/base/utf8.h"

#define V1_HEADER_BYTES 4u
#define V1_HAS_512      0x01u
#define V1_HAS_TABLE    0x06u
#define V1_SEQUENCE     0xfffeu
#define V1_END          0xffffu

#define V2_HEADER_BYTES 32u
#define V2_HAS_TABLE    0x01u
#define V2_SEQUENCE     0xfeu
#define V2_END          0xffu

struct psf {
    unsigned version;
    uint32_t width, height;
    uint32_t glyph_count, glyph_bytes;
    const uint8_t *glyphs;
    const uint8_t *table; /* what is left of it; NULL: there is none */
    size_t table_bytes;
};

/* ---- Headers ---- */

/* Glyphs and table lie in what is behind the header. */
static int find_parts(struct psf *psf, const uint8_t *data, size_t bytes, bool has_table,
                      struct error *err)
{
    const uint64_t needed = (uint64_t)psf->glyph_count * psf->glyph_bytes;

    if (psf->glyph_count == 0 || psf->glyph_count > SCREEN_GLYPHS_MAX) {
        return error_usage(err, "a font has 1 to %u glyphs, not %u", SCREEN_GLYPHS_MAX,
                           psf->glyph_count);
    }
    if (needed > bytes) return error_usage(err, "the font file ends within its glyphs");
    psf->glyphs = data;
    if (has_table) {
        psf->table = data + needed;
        psf->table_bytes = bytes - (size_t)needed;
    }
    return 0;
}

static int read_v1(struct psf *psf, const uint8_t *data, size_t bytes, struct error *err)
{
    const uint8_t mode = data[2];

    psf->version = 1;
    psf->width = 8;
    psf->height = data[3];
    psf->glyph_count = (mode & V1_HAS_512) != 0 ? 512 : 256;
    psf->glyph_bytes = psf->height;
    return find_parts(psf, data + V1_HEADER_BYTES, bytes - V1_HEADER_BYTES,
                      (mode & V1_HAS_TABLE) != 0, err);
}

static int read_v2(struct psf *psf, const uint8_t *data, size_t bytes, struct error *err)
{
    const uint32_t header_bytes = le32_get(data + 8);

    psf->version = 2;
    psf->glyph_count = le32_get(data + 16);
    psf->glyph_bytes = le32_get(data + 20);
    psf->height = le32_get(data + 24);
    psf->width = le32_get(data + 28);
    if (le32_get(data + 4) != 0 || header_bytes < V2_HEADER_BYTES || header_bytes > bytes) {
        return error_usage(err, "its PSF header is broken");
    }
    if (psf->width > SCREEN_WIDTH_MAX || psf->height > SCREEN_HEIGHT_MAX ||
        psf->glyph_bytes != (psf->width + 7) / 8 * psf->height) {
        return error_usage(err, "glyphs of %ux%u pixels in %u bytes cannot be read back",
                           psf->width, psf->height, psf->glyph_bytes);
    }
    return find_parts(psf, data + header_bytes, bytes - header_bytes,
                      (le32_get(data + 12) & V2_HAS_TABLE) != 0, err);
}

static int read_header(struct psf *psf, const uint8_t *data, size_t bytes, struct error *err)
{
    static const uint8_t magic1[] = {0x36, 0x04};
    static const uint8_t magic2[] = {0x72, 0xb5, 0x4a, 0x86};

    if (bytes >= V1_HEADER_BYTES && memcmp(data, magic1, sizeof(magic1)) == 0) {
        return read_v1(psf, data, bytes, err);
    }
    if (bytes >= V2_HEADER_BYTES && memcmp(data, magic2, sizeof(magic2)) == 0) {
        return read_v2(psf, data, bytes, err);
    }
    return error_usage(err, "it is no PC Screen Font (PSF)");
}

/* ---- Characters ---- */

/* The one that counts: the first, ASCII before all others. */
static uint32_t better(uint32_t code, uint32_t next)
{
    const bool is_letter = next >= ' ' && next != UTF8_REPLACEMENT;

    if (!is_letter || (code != SCREEN_NO_GLYPH && (code <= '~' || next > '~'))) return code;
    return next;
}

static uint32_t next_v1(struct psf *psf)
{
    uint32_t code = SCREEN_NO_GLYPH;
    bool is_sequence = false;

    while (psf->table_bytes >= 2) {
        const uint32_t next = le16_get(psf->table);

        psf->table += 2;
        psf->table_bytes -= 2;
        if (next == V1_END) break;
        is_sequence = is_sequence || next == V1_SEQUENCE;
        if (!is_sequence && (next < 0xd800 || next > 0xdfff)) {
            code = better(code, next);
        }
    }
    return code;
}

static uint32_t next_v2(struct psf *psf)
{
    uint32_t code = SCREEN_NO_GLYPH;
    bool is_sequence = false;

    while (psf->table_bytes > 0) {
        const uint8_t first = *psf->table;
        uint32_t next = 0;
        const size_t length = first == V2_END || first == V2_SEQUENCE
                                  ? 1
                                  : utf8_decode((const char *)psf->table, psf->table_bytes, &next);

        psf->table += length;
        psf->table_bytes -= length;
        if (first == V2_END) break;
        is_sequence = is_sequence || first == V2_SEQUENCE;
        if (!is_sequence) {
            code = better(code, next);
        }
    }
    return code;
}

static uint32_t next_code(struct psf *psf, uint32_t index)
{
    if (psf->table == NULL) return index <= ' ' ? SCREEN_NO_GLYPH : index;
    return psf->version == 1 ? next_v1(psf) : next_v2(psf);
}

/* ---- Glyphs ---- */

static void read_rows(const struct psf *psf, uint32_t index, uint64_t *rows)
{
    const uint32_t row_bytes = psf->glyph_bytes / psf->height;
    const uint8_t *data = psf->glyphs + (size_t)index * psf->glyph_bytes;

    for (uint32_t y = 0; y < psf->height; y++) {
        rows[y] = 0;
        for (uint32_t x = 0; x < psf->width; x++) {
            rows[y] |= (uint64_t)(data[x / 8] >> (7 - x % 8) & 1) << x;
        }
        data += row_bytes;
    }
}

struct screen_font *screen_psf_parse(const uint8_t *data, size_t bytes, struct error *err)
{
    struct psf psf = {.version = 0};
    uint64_t rows[SCREEN_HEIGHT_MAX];
    struct screen_font *font;

    if (read_header(&psf, data, bytes, err) != 0) return NULL;
    font = screen_font_create(psf.width, psf.height, 1, psf.glyph_count, err);
    if (font == NULL) return NULL;
    for (uint32_t i = 0; i < psf.glyph_count; i++) {
        read_rows(&psf, i, rows);
        screen_font_add(font, rows, next_code(&psf, i));
    }
    return font;
}
