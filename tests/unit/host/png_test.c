/* SPDX-License-Identifier: GPL-2.0-only */
/* PNG files: libpng reads back what was written; what cannot be written is told and leaves nothing. Files of all kinds are
 * loaded; what is no PNG file is told. */
#define _GNU_SOURCE /* mkdtemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "emu/host/png.h"

#define WIDTH  300u
#define HEIGHT 200u

static char folder[] = "/tmp/spacegray-png-XXXXXX";
static char path[sizeof(folder) + 16];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    (void)snprintf(path, sizeof(path), "%s/shot.png", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void what_is_written_is_read_back(void **state)
{
    static uint32_t pixels[WIDTH * HEIGHT];
    static uint8_t read[WIDTH * HEIGHT * 3];
    png_image image = {.version = PNG_IMAGE_VERSION};
    struct error err = ERROR_INIT;

    (void)state;
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        pixels[i] = i * 0x10203u & 0xffffff;
    }
    assert_int_equal(save_png(path, pixels, WIDTH, HEIGHT, &err), 0);
    assert_int_equal(png_image_begin_read_from_file(&image, path), 1);
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    assert_int_equal(image.format, PNG_FORMAT_RGB);
    assert_int_equal(png_image_finish_read(&image, NULL, read, 0, NULL), 1);
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        assert_int_equal(read[3 * i], pixels[i] >> 16);
        assert_int_equal(read[3 * i + 1], pixels[i] >> 8 & 0xff);
        assert_int_equal(read[3 * i + 2], pixels[i] & 0xff);
    }
}

static void a_missing_folder_is_told(void **state)
{
    const uint32_t pixel = 0;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(save_png("/nowhere/shot.png", &pixel, 1, 1, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_string_equal(err.text, "cannot write /nowhere/shot.png: No such file or directory");
}

static void a_full_disk_is_told(void **state)
{
    const uint32_t pixel = 0;
    struct error err = ERROR_INIT;

    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    assert_int_equal(save_png("/dev/full", &pixel, 1, 1, &err), -1);
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
    assert_int_equal(access("/dev/full", F_OK), 0);
}

static void ours_are_loaded(void **state)
{
    static uint32_t pixels[WIDTH * HEIGHT];
    struct error err = ERROR_INIT;
    uint32_t *loaded;
    uint32_t width;
    uint32_t height;

    (void)state;
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        pixels[i] = i * 0x10203u & 0xffffff;
    }
    assert_int_equal(save_png(path, pixels, WIDTH, HEIGHT, &err), 0);
    loaded = load_png(path, &width, &height, &err);
    assert_non_null(loaded);
    assert_int_equal(width, WIDTH);
    assert_int_equal(height, HEIGHT);
    assert_memory_equal(loaded, pixels, sizeof(pixels));
    free(loaded);
}

/* As other programs write them: grey, with transparency, with a palette, 16 bits a colour. */
static void other_kinds_are_loaded(void **state)
{
    static const uint8_t grey[4] = {0, 0x33, 0x80, 0xff};
    static const uint8_t rgba[16] = {1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 250, 251, 252, 255};
    static const uint8_t palette[6] = {0x10, 0x20, 0x30, 0xaa, 0xbb, 0xcc};
    static const uint8_t indices[4] = {0, 1, 1, 0};
    static const uint16_t linear[4] = {0, 0, 0xffff, 0xffff};
    static const struct {
        uint32_t format;
        uint32_t colours;
        const void *data;
        const void *palette;
        uint32_t expected[4];
    } cases[] = {
        {PNG_FORMAT_GRAY, 0, grey, NULL, {0, 0x333333, 0x808080, 0xffffff}},
        {PNG_FORMAT_RGBA, 0, rgba, NULL, {0x010203, 0x040506, 0x070809, 0xfafbfc}},
        {PNG_FORMAT_RGB_COLORMAP, 2, indices, palette, {0x102030, 0xaabbcc, 0xaabbcc, 0x102030}},
        {PNG_FORMAT_LINEAR_Y, 0, linear, NULL, {0, 0, 0xffffff, 0xffffff}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        png_image image = {
            .version = PNG_IMAGE_VERSION,
            .width = 2,
            .height = 2,
            .format = cases[i].format,
            .colormap_entries = cases[i].colours,
        };
        struct error err = ERROR_INIT;
        uint32_t width;
        uint32_t height;
        uint32_t *loaded;

        assert_int_equal(
            png_image_write_to_file(&image, path, 0, cases[i].data, 0, cases[i].palette), 1);
        loaded = load_png(path, &width, &height, &err);
        assert_non_null(loaded);
        assert_int_equal(width, 2);
        assert_int_equal(height, 2);
        assert_memory_equal(loaded, cases[i].expected, sizeof(cases[i].expected));
        free(loaded);
    }
}

/* A header that asks for 256 Mi pixels, with a right check sum. */
static void giants_are_refused(void **state)
{
    static const uint8_t file[] = {0x89, 'P', 'N', 'G', 13,  10, 26, 10,   0,    0,    0,
                                   13,   'I', 'H', 'D', 'R', 0,  0,  0x40, 0,    0,    0,
                                   0x40, 0,   8,   2,   0,   0,  0,  0x26, 0xaa, 0x87, 0xd3};
    struct error err = ERROR_INIT;
    uint32_t width;
    uint32_t height;

    (void)state;
    assert_null(parse_png(file, sizeof(file), &width, &height, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_null(parse_png(file, 0, &width, &height, &err));
    err = (struct error)ERROR_INIT;
    assert_null(load_png("/nowhere/shot.png", &width, &height, &err));
    assert_int_equal(err.kind, ERROR_HOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back), cmocka_unit_test(a_missing_folder_is_told),
        cmocka_unit_test(a_full_disk_is_told),          cmocka_unit_test(ours_are_loaded),
        cmocka_unit_test(other_kinds_are_loaded),       cmocka_unit_test(giants_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
