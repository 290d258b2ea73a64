/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture and its pixels: a machine whose firmware sets up the display and writes on it. The run goes on
 * while it is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/debug/session.h"
#include "tests/unit/machine/firmware_machine.h"

struct bench {
    struct firmware_machine made;
    struct session *session;
};

/* What `screen` was given last; the hook has no context. */
static struct {
    char path[64];
    uint32_t width;
    uint32_t height;
    unsigned bright; /* pixels that are not black */
} saved;

static int save(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
                struct error *err)
{
    (void)err;
    (void)snprintf(saved.path, sizeof(saved.path), "%s", path);
    saved.width = width;
    saved.height = height;
    saved.bright = 0;
    for (size_t i = 0; i < (size_t)width * height; i++) {
        saved.bright += pixels[i] != 0 ? 1 : 0;
    }
    return 0;
}

static int open_bench(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    const struct debugger_config config = {.save_picture = save};
    struct error err = ERROR_INIT;
    struct world world;
    struct recording *recording;
    struct history_config history = {.is_live = true};

    assert_non_null(bench);
    firmware_machine_make(&bench->made);
    world.machine = bench->made.machine;
    recording = world_recording(world.machine);
    history.machine = world.machine;
    history.recording = recording;
    world.history = history_create(&history, &err);
    assert_non_null(world.history);
    bench->session = session_on(&world, recording, &config);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    session_close(bench->session);
    firmware_machine_release(&bench->made);
    free(bench);
    return 0;
}

static void the_first_picture_is_shown(void **state)
{
    struct session *session = ((struct bench *)*state)->session;

    assert_says(session_refuse(session, "screen a.png"), "shows nothing");
    assert_says(session_say(session, "run-until ev gpu.crtc_timing"), "crtc_timing");
    (void)session_say(session, "run-until 400ms");
    assert_says(session_say(session, "screen a.png"), "a.png: ");
    assert_string_equal(saved.path, "a.png");
    assert_true(saved.width >= 640 && saved.height >= 480);
    assert_true(saved.bright > 100);
}

/* A pixel that is not black, by looking. */
static void find_bright(struct session *session, unsigned *x, unsigned *y)
{
    unsigned width;
    unsigned height;
    uint32_t *pixels = debugger_picture(session->debugger, &width, &height);
    size_t at = 0;

    assert_non_null(pixels);
    while (at < (size_t)width * height && pixels[at] == 0) {
        at++;
    }
    assert_true(at < (size_t)width * height);
    *x = (unsigned)(at % width);
    *y = (unsigned)(at / width);
    free(pixels);
}

static uint32_t pixel_at(struct session *session, unsigned x, unsigned y)
{
    unsigned width;
    unsigned height;
    uint32_t *pixels = debugger_picture(session->debugger, &width, &height);
    uint32_t pixel;

    assert_non_null(pixels);
    pixel = pixels[(size_t)y * width + x];
    free(pixels);
    return pixel;
}

static void who_wrote_a_pixel_is_found(void **state)
{
    struct session *session = ((struct bench *)*state)->session;
    char line[64];
    char text[2048];
    uint32_t bright;
    unsigned x;
    unsigned y;

    (void)session_say(session, "goto 400ms");
    find_bright(session, &x, &y);
    bright = pixel_at(session, x, y);
    (void)snprintf(line, sizeof(line), "last-write pixel %u,%u", x, y);
    (void)snprintf(text, sizeof(text), "%s", session_say(session, line));
    print_message("%s", text);
    assert_says(text, "<- 0x");
    assert_says(text, "core 0, ");
    assert_says(session_say(session, "goto found"), "core 0");
    assert_int_equal(pixel_at(session, x, y), bright);
    (void)session_say(session, "rsi");
    assert_int_not_equal(pixel_at(session, x, y), bright);
    (void)snprintf(line, sizeof(line), "run-until pixel %u,%u", x, y);
    assert_says(session_say(session, line), "write of ");
    assert_int_equal(pixel_at(session, x, y), bright);
}

static void bars_are_followed(void **state)
{
    struct session *session = ((struct bench *)*state)->session;

    (void)session_say(session, "goto begin");
    assert_says(session_say(session, "run-until bar gpu.5 w"), "bar gpu.5 w: write of 4 bytes");
    assert_says(session_say(session, "info dev gpu CRTC*"), "BAR 5");
    (void)session_say(session, "goto 400ms");
    assert_says(session_say(session, "last-write bar gpu.5"), "bar gpu.5 w: write of");
}

/* Where nothing will ever happen any more, and a time was asked for. */
static void a_machine_at_rest_is_left_backwards(void **state)
{
    struct session *session = ((struct bench *)*state)->session;
    char where[512];

    (void)session_say(session, "goto end"); /* of the first test's run */
    (void)snprintf(where, sizeof(where), "%s", session_say(session, "info where"));
    assert_says(where, "0.400000s");
    assert_says(where, "(halted)");
    (void)session_say(session, "rsi");
    assert_string_not_equal(session_say(session, "info where"), where);
    (void)session_say(session, "rsi");
    (void)session_say(session, "si 2");
    assert_string_equal(session_say(session, "info where"), where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_picture_is_shown),
        cmocka_unit_test(who_wrote_a_pixel_is_found),
        cmocka_unit_test(bars_are_followed),
        cmocka_unit_test(a_machine_at_rest_is_left_backwards),
    };

    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
