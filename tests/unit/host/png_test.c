/* SPDX-License-Identifier: GPL-2.0-only */
/* PNG files: libpng reads back what was written; what cannot be written is told and leaves nothing.
 */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_missing_folder_is_told),
        cmocka_unit_test(a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
