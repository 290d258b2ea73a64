/* SPDX-License-Identifier: GPL-2.0-only */
/* What is drawn with a font is read back with it: each glyph, in colours, inverse, larger, with cursors, anywhere. Our
 * firmware's text is drawn by our firmware's console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/utf8.h"
#include "firmware/core/console.h"
#include "tests/unit/suite-screen/made_font.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const struct made_font fonts[] = {
    {.version = 1, .width = 8, .height = 16, .glyph_count = 256, .has_table = true},
    {.version = 2, .width = 16, .height = 32, .glyph_count = 512, .has_table = true},
    {.version = 2, .width = 12, .height = 24, .glyph_count = 256, .has_table = true},
    {.version = 2, .width = 5, .height = 7, .glyph_count = 128},
};
#define FONTS (sizeof(fonts) / sizeof(fonts[0]))

static const struct suite_region whole = {.x = 0};
static const struct made_ink plain = {.scale = 1, .ink = 0xaaaaaa, .paper = 0};

static struct screen_font *parse(const struct made_font *made)
{
    struct error err = ERROR_INIT;
    size_t bytes;
    uint8_t *data = made_psf(made, &bytes);
    struct screen_font *font = screen_font_parse(data, bytes, &err);

    assert_non_null(font);
    free(data);
    return font;
}

static void draw_text(const struct made_font *made, const char *text, const struct made_ink *how,
                      struct screen_picture *picture, uint32_t x, uint32_t y)
{
    for (; *text != '\0'; text++) {
        made_draw(made, *text == ' ' ? 0 : (uint32_t)*text, how, picture, x, y);
        x += made->width * how->scale;
    }
}

/* All glyphs, sixteen a row, at (x, y) of a picture; what is to be read. */
static void draw_all(const struct made_font *made, const struct made_ink *how,
                     struct screen_picture *picture, const struct suite_region *place,
                     char *expected)
{
    char *to = expected;

    for (uint32_t i = 0; i < made->glyph_count; i++) {
        const uint32_t code = made_code(made, i);

        made_draw(made, i, how, picture, place->x + i % 16 * made->width * how->scale,
                  place->y + i / 16 * made->height * how->scale);
        if (i % 16 == 0) {
            *to++ = '\n';
        }
        to += utf8_encode(i == 0 ? ' ' : code == 0 ? UTF8_REPLACEMENT : code, to);
    }
    *to++ = '\n';
    *to = '\0';
}

static void check_all(const struct made_font *made, const struct made_ink *how)
{
    struct screen_font *font = parse(made);
    const struct suite_region region = {
        .x = 3,
        .y = 7,
        .width = 16 * made->width * how->scale,
        .height = made->glyph_count / 16 * made->height * how->scale,
    };
    struct screen_picture picture;
    char expected[4096];
    size_t known;
    char *text;

    made_picture(&picture, region.width + 10, region.height + 10, how->paper);
    draw_all(made, how, &picture, &region, expected);
    text = screen_read(font, &picture, &region, &known);
    assert_non_null(text);
    assert_string_equal(text, expected + 1);
    assert_true(known + 40 > made->glyph_count);
    free(text);
    free(picture.pixels);
    screen_font_destroy(font);
}

static void each_glyph_of_each_font_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < FONTS; i++) {
        for (uint32_t scale = 1; scale <= 4; scale++) {
            const struct made_ink light = {.scale = scale, .ink = 0xffffff, .paper = 0x000020};
            const struct made_ink dark = {.scale = scale, .ink = 0x102030, .paper = 0x80ff80};

            check_all(&fonts[i], &light);
            check_all(&fonts[i], &dark);
        }
    }
}

static void colours_may_change_from_cell_to_cell(void **state)
{
    struct screen_font *font = parse(&fonts[1]);
    struct screen_picture picture;
    size_t known;
    char *text;

    (void)state;
    made_picture(&picture, 640, 480, 0x000000);
    for (uint32_t i = 0; i < 26; i++) {
        const struct made_ink how = {
            .scale = 1, .ink = i * 0x051423, .paper = 0xffffff - i * 0x111};

        made_draw(&fonts[1], 'a' + i, &how, &picture, i * 16, 32);
    }
    text = screen_read(font, &picture, &whole, &known);
    assert_non_null(text);
    assert_memory_equal(text, "\nabcdefghijklmnopqrstuvwxyz\n\n", 29);
    assert_int_equal(known, 26);
    free(text);
    free(picture.pixels);
    screen_font_destroy(font);
}

static void invert(struct screen_picture *picture, const struct suite_region *part)
{
    for (uint32_t y = part->y; y < part->y + part->height; y++) {
        for (uint32_t x = part->x; x < part->x + part->width; x++) {
            uint32_t *pixel = &picture->pixels[(size_t)y * picture->width + x];

            *pixel = *pixel == plain.ink ? plain.paper : plain.ink;
        }
    }
}

/* On a letter, and on a space. */
static void cursors_hide_nothing(void **state)
{
    static const uint32_t heights[] = {2, 10, 16, 21, 32};
    struct screen_font *font = parse(&fonts[1]);

    (void)state;
    for (size_t i = 0; i < sizeof(heights) / sizeof(heights[0]); i++) {
        const uint32_t height = heights[i];
        struct screen_picture picture;
        size_t known;
        char *text;

        made_picture(&picture, 320, 32, plain.paper);
        draw_text(&fonts[1], "a line # of text", &plain, &picture, 0, 0);
        for (uint32_t column = 4; column < 20; column += 13) {
            const struct suite_region cursor = {
                .x = column * 16, .y = 32 - height, .width = 16, .height = height};

            invert(&picture, &cursor);
        }
        text = screen_read(font, &picture, &whole, &known);
        assert_non_null(text);
        assert_string_equal(text, "a line # of text\n");
        assert_int_equal(known, 12);
        free(text);
        free(picture.pixels);
    }
    screen_font_destroy(font);
}

static void what_is_no_glyph_is_told(void **state)
{
    struct screen_font *font = parse(&fonts[0]);
    struct screen_picture picture;
    size_t known;
    char *text;

    (void)state;
    made_picture(&picture, 80, 19, plain.paper);
    draw_text(&fonts[0], "abcdefghi", &plain, &picture, 0, 0);
    picture.pixels[80 * 5 + 9] ^= plain.ink; /* one dot of b */
    picture.pixels[80 * 5 + 17] = 0x123456;  /* a third colour in c */
    text = screen_read(font, &picture, &whole, &known);
    assert_non_null(text);
    assert_string_equal(text, "a" REPLACEMENT REPLACEMENT "defghi\n");
    assert_int_equal(known, 7);
    free(text);
    free(picture.pixels);
    screen_font_destroy(font);
}

static void expect_text(const struct screen_font *font, const struct screen_picture *picture,
                        const struct suite_region *region, const char *expected)
{
    size_t known;
    char *text = screen_read(font, picture, region, &known);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void regions_are_cut(void **state)
{
    static const struct {
        struct suite_region region;
        const char *text;
    } cases[] = {
        {{.x = 0, .y = 16, .width = 80, .height = 16}, "second\n"},
        {{.x = 0, .y = 16, .width = 47, .height = 17}, "secon\n"},
        {{.x = 8, .y = 16, .width = 0xffffffff, .height = 0xffffffff}, "econd\n\n"},
        {{.x = 0, .y = 0, .width = 80, .height = 15}, ""},
        {{.x = 80, .y = 0, .width = 8, .height = 16}, ""},
        {{.x = 0xffffffff, .y = 0xffffffff, .width = 8, .height = 16}, ""},
        {{.x = 0, .y = 0, .width = 0, .height = 0}, "first\nsecond\n\n"},
    };
    struct screen_font *font = parse(&fonts[0]);
    struct screen_picture picture;

    (void)state;
    made_picture(&picture, 80, 50, plain.paper);
    draw_text(&fonts[0], "first", &plain, &picture, 0, 0);
    draw_text(&fonts[0], "second", &plain, &picture, 0, 16);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_text(font, &picture, &cases[i].region, cases[i].text);
    }
    free(picture.pixels);
    screen_font_destroy(font);
}

static void the_right_font_is_found(void **state)
{
    struct screen_font *all[FONTS];
    struct screen_picture picture;

    (void)state;
    for (size_t i = 0; i < FONTS; i++) {
        all[i] = parse(&fonts[i]);
    }
    for (size_t i = 0; i < FONTS; i++) {
        char *text;

        made_picture(&picture, 400, 160, plain.paper);
        draw_text(&fonts[i], "hello, world", &plain, &picture, 0, fonts[i].height);
        for (uint32_t x = 200; x < 300; x++) {
            picture.pixels[400 * 150 + x] = 0x330000 + x; /* and something else */
        }
        text = screen_text((const struct screen_font *const *)all, FONTS, &picture, &whole);
        assert_non_null(text);
        assert_non_null(strstr(text, "\nhello, world"));
        free(text);
        free(picture.pixels);
    }
    for (size_t i = 0; i < FONTS; i++) {
        screen_font_destroy(all[i]);
    }
}

/* ---- Our firmware's ---- */

static void the_firmwares_text_is_read(void **state)
{
    static const char said[] = "Spacegray firmware\n !\"#$%&'()*+,-./0123456789:;<=>?\n"
                               "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\n";
    static const uint32_t sizes[][2] = {{5120, 2880}, {2560, 2880}, {3840, 2160}};
    struct console *console = calloc(1, sizeof(*console));
    struct error err = ERROR_INIT;
    const struct screen_font *font = screen_font_firmware(&err);

    (void)state;
    assert_non_null(console);
    assert_non_null(font);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct screen_picture picture;
        struct display display;
        char *text;

        made_picture(&picture, sizes[i][0], sizes[i][1], 0x555555);
        display = (struct display){
            .pixels = (uint8_t *)picture.pixels,
            .bytes = (uint64_t)picture.width * picture.height * 4,
            .pitch = picture.width * 4,
            .width = picture.width,
            .height = picture.height,
        };
        console_init(console);
        assert_true(console_attach(console, &display));
        for (const char *c = said; *c != '\0'; c++) {
            console_put(console, *c);
        }
        text = screen_text(&font, 1, &picture, &whole);
        assert_non_null(text);
        assert_non_null(strstr(text, " Spacegray firmware\n"));
        assert_non_null(strstr(text, " !\"#$%&'()*+,-./0123456789:;<=>?\n"));
        assert_non_null(
            strstr(text, " @ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\n"));
        free(text);
        free(picture.pixels);
    }
    screen_font_destroy((struct screen_font *)font);
    free(console);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_glyph_of_each_font_is_read),
        cmocka_unit_test(colours_may_change_from_cell_to_cell),
        cmocka_unit_test(cursors_hide_nothing),
        cmocka_unit_test(what_is_no_glyph_is_told),
        cmocka_unit_test(regions_are_cut),
        cmocka_unit_test(the_right_font_is_found),
        cmocka_unit_test(the_firmwares_text_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
