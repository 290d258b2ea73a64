/* SPDX-License-Identifier: GPL-2.0-only */
/* PSF files of both versions, packed and not; what is broken is refused with one sentence. */
#define _GNU_SOURCE /* mkdtemp */
#define ZLIB_CONST

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "emu/app/suite/screen_font.h"
#include "emu/base/endian.h"
#include "tests/unit/suite-screen/made_font.h"

static const struct made_font fonts[] = {
    {.version = 1, .width = 8, .height = 16, .glyph_count = 256, .has_table = true},
    {.version = 1, .width = 8, .height = 14, .glyph_count = 512, .has_table = true},
    {.version = 1, .width = 8, .height = 8, .glyph_count = 256},
    {.version = 2, .width = 16, .height = 32, .glyph_count = 512, .has_table = true},
    {.version = 2, .width = 12, .height = 24, .glyph_count = 300, .has_table = true},
    {.version = 2, .width = 64, .height = 128, .glyph_count = 200},
};
#define FONTS (sizeof(fonts) / sizeof(fonts[0]))

/* As the reader would have it. */
static uint32_t find(const struct screen_font *font, const struct made_font *made, uint32_t glyph,
                     bool is_inverse)
{
    const bool first = made_dot(made, glyph, 0, 0);
    uint64_t rows[SCREEN_HEIGHT_MAX] = {0};

    for (uint32_t y = 0; y < made->height; y++) {
        for (uint32_t x = 0; x < made->width; x++) {
            rows[y] |= (uint64_t)(made_dot(made, glyph, x, y) != first) << x;
        }
    }
    return screen_font_find(font, rows, first != is_inverse);
}

static void check_font(const struct screen_font *font, const struct made_font *made)
{
    assert_non_null(font);
    assert_int_equal(font->width, made->width);
    assert_int_equal(font->height, made->height);
    for (uint32_t i = 1; i < made->glyph_count; i++) {
        assert_int_equal(find(font, made, i, false), made_code(made, i));
        assert_int_equal(find(font, made, i, true), made_code(made, i));
    }
    assert_int_equal(find(font, made, made->glyph_count, false), SCREEN_NO_GLYPH);
}

static void each_kind_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < FONTS; i++) {
        struct error err = ERROR_INIT;
        size_t bytes;
        uint8_t *data = made_psf(&fonts[i], &bytes);
        struct screen_font *font = screen_font_parse(data, bytes, &err);

        check_font(font, &fonts[i]);
        screen_font_destroy(font);
        free(data);
    }
}

/* free() it. */
static uint8_t *packed(const uint8_t *data, size_t bytes, size_t *packed_bytes)
{
    z_stream stream = {.next_in = data, .avail_in = (uInt)bytes};
    uint8_t *out = malloc(bytes + 1024);

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = out;
    stream.avail_out = (uInt)bytes + 1024;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *packed_bytes = bytes + 1024 - stream.avail_out;
    (void)deflateEnd(&stream);
    return out;
}

static void packed_files_are_read(void **state)
{
    char folder[] = "/tmp/spacegray-font-XXXXXX";
    char path[sizeof(folder) + 16];
    struct error err = ERROR_INIT;
    struct screen_font *font;
    size_t bytes;
    size_t packed_bytes;
    uint8_t *data = made_psf(&fonts[3], &bytes);
    uint8_t *small = packed(data, bytes, &packed_bytes);
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a.psf.gz", folder);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(small, 1, packed_bytes, file), packed_bytes);
    assert_int_equal(fclose(file), 0);
    font = screen_font_load(path, &err);
    check_font(font, &fonts[3]);
    screen_font_destroy(font);
    assert_int_equal(truncate(path, (off_t)packed_bytes / 2), 0);
    assert_null(screen_font_load(path, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.text, "a.psf.gz: its gzip data is broken"));
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    err = (struct error)ERROR_INIT;
    assert_null(screen_font_load(path, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    free(data);
    free(small);
}

static void a_bomb_is_refused(void **state)
{
    const size_t bytes = 64u << 20;
    struct error err = ERROR_INIT;
    size_t packed_bytes;
    uint8_t *data = calloc(1, bytes);
    uint8_t *small;

    (void)state;
    assert_non_null(data);
    small = packed(data, bytes, &packed_bytes);
    assert_null(screen_font_parse(small, packed_bytes, &err));
    assert_string_equal(err.text, "unpacked it is too large for a font");
    free(data);
    free(small);
}

static void expect_refusal(const uint8_t *data, size_t bytes, const char *sentence)
{
    struct error err = ERROR_INIT;

    assert_null(screen_font_parse(data, bytes, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.text, sentence));
}

static void broken_headers_are_refused(void **state)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *sentence;
    } cases[] = {
        {0, 0x12345678, "it is no PC Screen Font"},
        {4, 1, "header is broken"},
        {8, 31, "header is broken"},
        {8, 0x7fffffff, "header is broken"},
        {16, 0, "1 to 65536 glyphs"},
        {16, 65537, "1 to 65536 glyphs"},
        {16, 1000, "ends within its glyphs"},
        {20, 63, "cannot be read back"},
        {24, 0, "cannot be read back"},
        {24, 0xffffffff, "cannot be read back"},
        {28, 0, "cannot be read back"},
        {28, 65, "cannot be read back"},
    };
    size_t bytes;
    uint8_t *data = made_psf(&fonts[3], &bytes);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t kept = le32_get(data + cases[i].offset);

        le32_put(data + cases[i].offset, cases[i].value);
        expect_refusal(data, bytes, cases[i].sentence);
        le32_put(data + cases[i].offset, kept);
    }
    expect_refusal(data, 31, "it is no PC Screen Font");
    expect_refusal(data, 0, "it is no PC Screen Font");
    free(data);
    data = made_psf(&fonts[0], &bytes);
    data[3] = 3;
    expect_refusal(data, bytes, "cannot be read back");
    data[3] = 129;
    expect_refusal(data, bytes, "ends within its glyphs");
    free(data);
}

/* Glyphs whose characters nobody knows any more are no glyphs. */
static void a_table_that_ends_early_is_no_danger(void **state)
{
    (void)state;
    for (size_t i = 0; i < FONTS; i++) {
        struct error err = ERROR_INIT;
        size_t bytes;
        uint8_t *data = made_psf(&fonts[i], &bytes);

        for (size_t less = 1; fonts[i].has_table && less < 40; less++) {
            uint8_t *copy = malloc(bytes - less);
            struct screen_font *font;

            memcpy(copy, data, bytes - less);
            font = screen_font_parse(copy, bytes - less, &err);
            assert_non_null(font);
            assert_int_equal(find(font, &fonts[i], 'A', false), 'A');
            screen_font_destroy(font);
            free(copy);
        }
        free(data);
    }
}

/* Of two that look alike: ASCII, else the first. */
static void alike_glyphs_have_one_character(void **state)
{
    static const uint64_t a[4] = {0x6, 0x9, 0xf, 0x9};
    static const uint64_t b[4] = {0x7, 0x9, 0x7, 0x9};
    static const uint64_t inverse_b[4] = {0x8, 0x6, 0x8, 0x6};
    struct error err = ERROR_INIT;
    struct screen_font *font = screen_font_create(4, 4, 1, 8, &err);

    (void)state;
    assert_non_null(font);
    screen_font_add(font, a, 0x410);
    screen_font_add(font, a, 'A');
    screen_font_add(font, a, 'B');
    assert_int_equal(screen_font_find(font, a, false), 'A');
    assert_int_equal(screen_font_find(font, a, true), 'A');
    /* Each other's inverse: both are there. */
    screen_font_add(font, b, 0x2580);
    screen_font_add(font, inverse_b, 0x2584);
    assert_int_equal(screen_font_find(font, inverse_b, true), 0x2580);
    assert_int_equal(screen_font_find(font, inverse_b, false), 0x2584);
    screen_font_destroy(font);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_read),
        cmocka_unit_test(packed_files_are_read),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(broken_headers_are_refused),
        cmocka_unit_test(a_table_that_ends_early_is_no_danger),
        cmocka_unit_test(alike_glyphs_have_one_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
