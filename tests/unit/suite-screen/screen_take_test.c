/* SPDX-License-Identifier: GPL-2.0-only */
/* What the display of a real machine shows: our firmware's console, read as text. Looking changes nothing, and goes in a
 * forked process, too. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/suite/suite_screen.h"
#include "emu/machine/machine.h"
#include "tests/unit/machine/firmware_machine.h"

#define LOOKS 5

static const struct suite_region whole = {.x = 0};

static int open_bench(void **state)
{
    struct firmware_machine *b = calloc(1, sizeof(*b));

    if (b == NULL) return -1;
    *state = b;
    firmware_machine_make(b);
    return 0;
}

static int close_bench(void **state)
{
    struct firmware_machine *b = *state;

    machine_destroy(b->machine);
    firmware_machine_release(b);
    free(b);
    return 0;
}

static void without_a_picture_there_is_none(void **state)
{
    struct firmware_machine *b = *state;
    struct screen_picture picture = {.pixels = NULL};
    bool is_changed;

    assert_false(screen_take(b->machine, &picture));
    assert_false(screen_refresh(b->machine, &whole, &picture, &is_changed));
    assert_null(picture.pixels);
}

static char *read_screen(struct machine *machine, const struct suite_region *region)
{
    struct error err = ERROR_INIT;
    const struct screen_font *font = screen_font_firmware(&err);
    struct screen_picture picture;
    char *text;

    assert_non_null(font);
    assert_true(screen_take(machine, &picture));
    text = screen_text(&font, 1, &picture, region);
    assert_non_null(text);
    free(picture.pixels);
    screen_font_destroy((struct screen_font *)font);
    return text;
}

static void the_consoles_text_is_read(void **state)
{
    struct firmware_machine *b = *state;
    uint64_t hash;
    uint64_t trace_hash;
    char *text;

    (void)machine_run(b->machine, VTIME_MS(500));
    hash = machine_state_hash(b->machine);
    trace_hash = machine_trace_hash(b->machine);
    text = read_screen(b->machine, &whole);
    print_message("%s", text);
    assert_non_null(strstr(text, "Spacegray"));
    assert_true(machine_state_hash(b->machine) == hash);
    assert_true(machine_trace_hash(b->machine) == trace_hash);
    free(text);
}

static void a_forked_process_sees_the_same(void **state)
{
    struct firmware_machine *b = *state;
    char *text = read_screen(b->machine, &whole);
    int status;
    pid_t child;

    child = fork();
    if (child == 0) {
        char *seen = read_screen(b->machine, &whole);

        _exit(strcmp(seen, text) == 0 ? 0 : 1);
    }
    assert_true(child > 0);
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    free(text);
}

static double now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void pictures_are_brought_up_to_date(void **state)
{
    const struct suite_region corner = {.x = 1920, .y = 100, .width = 1280, .height = 64};
    struct firmware_machine *b = *state;
    struct screen_picture picture = {.pixels = NULL};
    struct screen_picture fresh;
    bool is_changed;
    double start;
    char *text;
    struct error err = ERROR_INIT;
    const struct screen_font *font = screen_font_firmware(&err);

    for (int i = 0; i < LOOKS; i++) {
        start = now_ms();
        assert_true(screen_take(b->machine, &fresh));
        print_message("a new picture: %.1f ms\n", now_ms() - start);
        free(fresh.pixels);
    }
    assert_true(screen_refresh(b->machine, &corner, &picture, &is_changed));
    assert_true(is_changed);
    assert_int_equal(picture.width, 5120);
    assert_int_equal(picture.pixels[0], 0); /* not asked for */
    assert_true(screen_refresh(b->machine, &whole, &picture, &is_changed));
    assert_true(is_changed);
    for (int i = 0; i < LOOKS; i++) {
        start = now_ms();
        assert_true(screen_refresh(b->machine, &whole, &picture, &is_changed));
        print_message("the same again: %.1f ms\n", now_ms() - start);
        assert_false(is_changed);
    }
    start = now_ms();
    text = screen_text(&font, 1, &picture, &whole);
    print_message("its text: %.1f ms\n", now_ms() - start);
    free(text);
    start = now_ms();
    (void)screen_hash(&picture, &whole);
    print_message("its hash: %.1f ms\n", now_ms() - start);
    assert_true(screen_take(b->machine, &fresh));
    assert_memory_equal(fresh.pixels, picture.pixels, (size_t)5120 * 2880 * 4);
    free(fresh.pixels);
    free(picture.pixels);
    screen_font_destroy((struct screen_font *)font);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_picture_there_is_none),
        cmocka_unit_test(the_consoles_text_is_read),
        cmocka_unit_test(a_forked_process_sees_the_same),
        cmocka_unit_test(pictures_are_brought_up_to_date),
    };

    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
