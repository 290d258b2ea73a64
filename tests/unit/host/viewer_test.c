/* SPDX-License-Identifier: GPL-2.0-only */
/* The viewer: its log, its screenshots, what it tells a screen, and how its trouble is told. */
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

#include "emu/core/frame.h"
#include "emu/host/picture.h"
#include "emu/host/viewer.h"

#define SIDE  64u
#define BYTES (SIDE * SIDE * 4)

struct bench {
    char folder[32];
    char log[64];
    char shot[64];
    struct frame_store *frames;
    struct viewer *viewer;
    uint32_t vram[SIDE * SIDE];
    uint64_t vblanks;
    /* What the screen was told. */
    unsigned locks;
    unsigned sets;
    uint32_t rows;
    const uint32_t *pixels;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    if (bench == NULL) return -1;
    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/spacegray-view-XXXXXX");
    if (mkdtemp(bench->folder) == NULL) return -1;
    (void)snprintf(bench->log, sizeof(bench->log), "%s/log", bench->folder);
    (void)snprintf(bench->shot, sizeof(bench->shot), "%s/shot.png", bench->folder);
    bench->frames = frame_store_create(true);
    if (bench->frames == NULL) return -1;
    frame_store_attach(bench->frames, (const uint8_t *)bench->vram, BYTES);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    frame_store_destroy(bench->frames);
    (void)unlink(bench->log);
    (void)unlink(bench->shot);
    (void)rmdir(bench->folder);
    free(bench);
    return 0;
}

static void start(struct bench *bench, const struct viewer_screen *screen, const char *log)
{
    struct viewer_config config = {.frames = bench->frames, .frame_log = log};
    struct error err = ERROR_INIT;

    if (screen != NULL) config.screen = *screen;
    bench->viewer = viewer_start(&config, &err);
    assert_non_null(bench->viewer);
}

static void stop(struct bench *bench)
{
    struct error err = ERROR_INIT;

    frame_store_sync(bench->frames);
    assert_int_equal(viewer_stop(bench->viewer, &err), 0);
}

static bool vblank(struct bench *bench, bool is_blank)
{
    const struct frame frame = {
        .number = bench->vblanks,
        .at = VTIME_MS(bench->vblanks),
        .width = SIDE,
        .height = SIDE,
        .is_blank = is_blank,
        .format = FRAME_XRGB8888,
        .pitch = SIDE * 4,
        .surface_width = SIDE,
        .surface_height = SIDE,
    };

    bench->vblanks++;
    return frame_offer(bench->frames, &frame, NULL);
}

static void draw(struct bench *bench, uint32_t x, uint32_t y, uint32_t color)
{
    frame_touch(bench->frames, (y * SIDE + x) * 4, 4);
    bench->vram[y * SIDE + x] = color;
}

static void the_log_has_a_line_for_each_new_picture(void **state)
{
    struct bench *bench = *state;
    char text[4][80];
    char rest[80];
    FILE *log;

    start(bench, NULL, bench->log);
    assert_true(vblank(bench, false));
    assert_false(vblank(bench, false));
    draw(bench, 1, 1, 7);
    assert_true(vblank(bench, false));
    draw(bench, 1, 1, 7); /* written, but not changed */
    assert_true(vblank(bench, false));
    draw(bench, 1, 1, 0);
    assert_true(vblank(bench, false));
    assert_true(vblank(bench, true)); /* and is black, as before */
    stop(bench);
    log = fopen(bench->log, "r");
    assert_non_null(log);
    for (unsigned i = 0; i < 3; i++) {
        assert_non_null(fgets(text[i], sizeof(text[i]), log));
    }
    assert_null(fgets(rest, sizeof(rest), log));
    (void)fclose(log);
    assert_memory_equal(text[0], "0 0 64x64 ", 10);
    assert_memory_equal(text[1], "2 2000000000 64x64 ", 19);
    assert_memory_equal(text[2], "4 4000000000 64x64 ", 19);
    assert_string_equal(&text[0][10], &text[2][19]);
    assert_string_not_equal(&text[0][10], &text[1][19]);
    assert_int_equal(strlen(&text[0][10]), 17);
}

static void check_png(const char *path, uint32_t width, uint32_t height, uint32_t first_pixel)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels;

    assert_int_equal(png_image_begin_read_from_file(&image, path), 1);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_int_equal(png_image_finish_read(&image, NULL, pixels, 0, NULL), 1);
    assert_int_equal(pixels[0] << 16 | pixels[1] << 8 | pixels[2], first_pixel);
    free(pixels);
}

static void a_screenshot_is_the_last_frame(void **state)
{
    struct bench *bench = *state;
    struct error err = ERROR_INIT;
    bool is_dark;

    start(bench, NULL, NULL);
    for (uint32_t color = 1; color < 200; color++) {
        draw(bench, 0, 0, color);
        assert_true(vblank(bench, false));
    }
    draw(bench, 0, 0, 0); /* not shown yet */
    assert_int_equal(viewer_screenshot(bench->viewer, bench->shot, &is_dark, &err), 0);
    assert_false(is_dark);
    check_png(bench->shot, SIDE, SIDE, 199);
    assert_int_equal(viewer_screenshot(bench->viewer, "/nowhere/x.png", &is_dark, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    stop(bench);
}

static void a_screenshot_of_a_dark_display_is_black(void **state)
{
    struct bench *bench = *state;
    struct error err = ERROR_INIT;
    bool is_dark;

    start(bench, NULL, NULL);
    assert_int_equal(viewer_screenshot(bench->viewer, bench->shot, &is_dark, &err), 0);
    assert_true(is_dark);
    check_png(bench->shot, VIEWER_DARK_WIDTH, VIEWER_DARK_HEIGHT, 0);
    draw(bench, 0, 0, 1);
    assert_true(vblank(bench, false));
    assert_true(vblank(bench, true));
    assert_int_equal(viewer_screenshot(bench->viewer, bench->shot, &is_dark, &err), 0);
    assert_true(is_dark);
    check_png(bench->shot, SIDE, SIDE, 0);
    stop(bench);
}

static void on_lock(void *ctx)
{
    struct bench *bench = ctx;

    bench->locks++;
}

static void on_set(void *ctx, const struct picture *picture)
{
    struct bench *bench = ctx;

    assert_int_equal(picture->width, picture->pixels == NULL ? 0 : SIDE);
    bench->pixels = picture->pixels;
    bench->sets++;
}

static void on_changed(void *ctx, uint32_t first_row, uint32_t rows)
{
    struct bench *bench = ctx;

    (void)first_row;
    bench->rows += rows;
}

static void a_screen_is_told_what_changed(void **state)
{
    struct bench *bench = *state;
    const struct viewer_screen screen = {
        .ctx = bench, .lock = on_lock, .unlock = on_lock, .set = on_set, .changed = on_changed};

    start(bench, &screen, NULL);
    (void)vblank(bench, false);
    frame_store_sync(bench->frames);
    assert_int_equal(bench->locks, 2);
    assert_int_equal(bench->sets, 1);
    assert_int_equal(bench->rows, SIDE);
    draw(bench, 3, 5, 1);
    draw(bench, 3, 6, 1);
    (void)vblank(bench, false);
    frame_store_sync(bench->frames);
    assert_int_equal(bench->locks, 4);
    assert_int_equal(bench->sets, 1);
    assert_int_equal(bench->rows, SIDE + 2);
    assert_non_null(bench->pixels);
    stop(bench);
    assert_null(bench->pixels); /* it lives on, they do not */
    assert_int_equal(bench->sets, 2);
    assert_int_equal(bench->locks, 6);
}

static unsigned count_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned lines = 0;

    assert_non_null(file);
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        lines += c == '\n';
    }
    (void)fclose(file);
    return lines;
}

static void the_last_frame_is_shown_before_the_end(void **state)
{
    struct bench *bench = *state;

    for (unsigned i = 0; i < 400; i++) {
        struct error err = ERROR_INIT;

        start(bench, NULL, bench->log);
        draw(bench, 0, 0, 2 * i + 1);
        (void)vblank(bench, false);
        draw(bench, 0, 0, 2 * i + 2);
        (void)vblank(bench, false);
        assert_int_equal(viewer_stop(bench->viewer, &err), 0);
        assert_int_equal(count_lines(bench->log), 2);
    }
}

static void a_log_that_cannot_be_written_is_told(void **state)
{
    struct bench *bench = *state;
    struct viewer_config config = {.frames = bench->frames, .frame_log = "/nowhere/log"};
    struct error err = ERROR_INIT;

    assert_null(viewer_start(&config, &err));
    assert_string_equal(err.text, "cannot write /nowhere/log: No such file or directory");
    if (access("/dev/full", W_OK) != 0) skip();
    start(bench, NULL, "/dev/full");
    (void)vblank(bench, false);
    frame_store_sync(bench->frames);
    err = (struct error)ERROR_INIT;
    assert_int_equal(viewer_stop(bench->viewer, &err), -1);
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_has_a_line_for_each_new_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_screenshot_is_the_last_frame, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_screenshot_of_a_dark_display_is_black, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_screen_is_told_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_frame_is_shown_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_written_is_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
