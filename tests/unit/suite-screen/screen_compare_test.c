/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures against PNG files: equal, nearly, not at all; what is told of it; what is no PNG file. */
#define _GNU_SOURCE /* mkdtemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/suite/suite_screen.h"
#include "emu/host/picture.h"
#include "emu/host/png.h"

#define WIDTH  100u
#define HEIGHT 60u

static const struct suite_region whole = {.x = 0};
static const struct suite_region part = {.x = 10, .y = 20, .width = 30, .height = 11};

struct bench {
    char folder[64];
    char path[96];
    char other[96];
    uint32_t pixels[WIDTH * HEIGHT];
    struct screen_picture picture;
    char sentence[SCREEN_SENTENCE_BYTES];
    struct error err;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    if (b == NULL) return -1;
    *state = b;
    (void)snprintf(b->folder, sizeof(b->folder), "/tmp/spacegray-screen-XXXXXX");
    if (mkdtemp(b->folder) == NULL) return -1;
    (void)snprintf(b->path, sizeof(b->path), "%s/a.png", b->folder);
    (void)snprintf(b->other, sizeof(b->other), "%s/b.png", b->folder);
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        b->pixels[i] = i * 0x010307u & 0xffffff;
    }
    b->picture = (struct screen_picture){.pixels = b->pixels, .width = WIDTH, .height = HEIGHT};
    b->err = (struct error)ERROR_INIT;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    int result;

    (void)unlink(b->path);
    (void)unlink(b->other);
    result = rmdir(b->folder); /* nothing else was left there */
    free(b);
    return result;
}

static int compare(struct bench *b, const struct suite_region *region, unsigned tolerance)
{
    b->sentence[0] = '\0';
    return screen_compare(b->path, &b->picture, region, tolerance, b->sentence, &b->err);
}

static void what_was_written_is_equal(void **state)
{
    struct bench *b = *state;

    assert_int_equal(screen_write(b->path, &b->picture, &whole, &b->err), 0);
    assert_int_equal(compare(b, &whole, 0), 0);
    assert_int_equal(screen_write(b->path, &b->picture, &part, &b->err), 0);
    assert_int_equal(compare(b, &part, 0), 0);
    b->pixels[20 * WIDTH + 9] ^= 0xff; /* beside the region */
    b->pixels[31 * WIDTH + 10] ^= 0xff;
    assert_int_equal(compare(b, &part, 0), 0);
}

static void differences_are_told(void **state)
{
    struct bench *b = *state;

    b->pixels[22 * WIDTH + 15] = 0x102030;
    b->pixels[30 * WIDTH + 39] = 0xfffffe;
    assert_int_equal(screen_write(b->path, &b->picture, &part, &b->err), 0);
    b->pixels[22 * WIDTH + 15] = 0x152030;
    b->pixels[30 * WIDTH + 39] = 0xf5ffff;
    assert_int_equal(compare(b, &part, 0), 1);
    assert_string_equal(b->sentence,
                        "2 of 30x11 pixels differ, by up to 10 of 255: the first at 5,2 is #152030 "
                        "instead of #102030");
    assert_int_equal(compare(b, &part, 4), 1);
    assert_int_equal(compare(b, &part, 5), 1);
    assert_string_equal(b->sentence, "1 of 30x11 pixels differ, by up to 10 of 255: the first at "
                                     "29,10 is #f5ffff instead of #fffffe");
    assert_int_equal(compare(b, &part, 9), 1);
    assert_int_equal(compare(b, &part, 10), 0);
    assert_int_equal(compare(b, &part, 255), 0);
}

static void other_sizes_are_told(void **state)
{
    const struct suite_region outside = {.x = WIDTH, .y = 0, .width = 1, .height = 1};
    struct bench *b = *state;

    assert_int_equal(screen_write(b->path, &b->picture, &part, &b->err), 0);
    assert_int_equal(compare(b, &whole, 0), 1);
    assert_string_equal(b->sentence, "30x11 pixels were wanted, and 100x60 came");
    assert_int_equal(compare(b, &outside, 0), -1);
    assert_string_equal(b->err.text,
                        "the region lies outside of the picture, which has 100x60 pixels");
}

static void what_is_no_png_is_told(void **state)
{
    struct bench *b = *state;
    struct stat info;
    FILE *file;

    assert_int_equal(compare(b, &whole, 0), -1);
    assert_int_equal(b->err.kind, ERROR_HOST);
    assert_non_null(strstr(b->err.text, b->path));
    file = fopen(b->path, "wb");
    assert_non_null(file);
    assert_true(fputs("this is no picture at all, but a sentence", file) >= 0);
    assert_int_equal(fclose(file), 0);
    b->err = (struct error)ERROR_INIT;
    assert_int_equal(compare(b, &whole, 0), -1);
    assert_non_null(strstr(b->err.text, "a.png is no PNG file: "));
    assert_int_equal(screen_write(b->path, &b->picture, &whole, &b->err), 0);
    assert_int_equal(stat(b->path, &info), 0);
    for (off_t length = info.st_size - 1; length > 0; length = length * 3 / 4) {
        assert_int_equal(truncate(b->path, length), 0);
        assert_int_equal(compare(b, &whole, 0), -1);
    }
}

static void what_cannot_be_written_leaves_nothing(void **state)
{
    struct bench *b = *state;

    assert_int_equal(screen_write("/nowhere/a.png", &b->picture, &whole, &b->err), -1);
    assert_int_equal(b->err.kind, ERROR_HOST);
    assert_int_equal(screen_write(b->folder, &b->picture, &whole, &b->err), -1);
}

static void hashes_are_the_frame_logs(void **state)
{
    struct bench *b = *state;
    struct picture *picture = calloc(1, sizeof(*picture));
    const struct frame frame = {
        .width = WIDTH,
        .height = HEIGHT,
        .surface_width = WIDTH,
        .surface_height = HEIGHT,
        .pitch = WIDTH * 4,
    };
    const uint64_t before = screen_hash(&b->picture, &part);

    assert_non_null(picture);
    picture_init(picture);
    assert_int_equal(picture_begin(picture, &frame, &b->err), 0);
    picture_surface(picture, 0, (const uint8_t *)b->pixels, sizeof(b->pixels));
    assert_true(screen_hash(&b->picture, &whole) == picture_hash(picture));
    picture_release(picture);
    free(picture);
    b->pixels[20 * WIDTH + 9] ^= 1;
    assert_true(screen_hash(&b->picture, &part) == before);
    b->pixels[20 * WIDTH + 10] ^= 1;
    assert_true(screen_hash(&b->picture, &part) != before);
}

static uint32_t pixel_of(const struct screen_picture *picture, uint32_t x, uint32_t y)
{
    return picture->pixels[(size_t)y * picture->width + x];
}

static void three_pictures_show_a_difference(void **state)
{
    struct bench *b = *state;
    struct screen_picture shown;

    assert_int_equal(screen_write(b->path, &b->picture, &part, &b->err), 0);
    b->pixels[22 * WIDTH + 15] ^= 0x10;
    assert_int_equal(screen_write_difference(b->other, b->path, &b->picture, &part, &b->err), 0);
    shown.pixels = load_png(b->other, &shown.width, &shown.height, &b->err);
    assert_non_null(shown.pixels);
    assert_int_equal(shown.width, 3 * 30 + 2 * 16);
    assert_int_equal(shown.height, 11);
    assert_int_equal(pixel_of(&shown, 5, 2), b->pixels[22 * WIDTH + 15] ^ 0x10);
    assert_int_equal(pixel_of(&shown, 46 + 5, 2), b->pixels[22 * WIDTH + 15]);
    assert_int_equal(pixel_of(&shown, 92 + 5, 2), 0xff0000);
    assert_int_not_equal(pixel_of(&shown, 92 + 6, 2), 0xff0000);
    free(shown.pixels);
    /* Another size. */
    assert_int_equal(screen_write_difference(b->other, b->path, &b->picture, &whole, &b->err), 0);
    assert_int_equal(screen_write_difference(b->other, "/nowhere", &b->picture, &part, &b->err),
                     -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(differences_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_sizes_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_png_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hashes_are_the_frame_logs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(three_pictures_show_a_difference, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
