/* SPDX-License-Identifier: GPL-2.0-only */
/* What a session has to do with the host: transcripts, disks, trouble. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/suite-session/rig.h"

static void test_transcript(void **state)
{
    struct suite_step steps[] = {
        STEP_EXPECT("> "),      STEP_SEND("say kept\n"), STEP_SEND("log kept, too\n"),
        STEP_EXPECT_LOG("too"), STEP_SEND("exit 1\n"),   STEP_EXIT(3)};
    struct suite_result result;
    char text[4096] = "";
    struct rig rig;
    char path[128];
    FILE *file;

    (void)state;
    rig_init(&rig, "suite-talk", NULL);
    rig.config.serial_path = rig_path(&rig, "serial.txt", path);
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    rig_assert_passed(&result);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    (void)fclose(file);
    assert_non_null(strstr(text, "> kept\r\n> "));
    assert_non_null(strstr(text, "kept, too\n"));
    rig_release(&rig);
}

static void test_full(void **state)
{
    struct suite_step steps[] = {STEP_EXPECT("> ")};
    const struct suite_test *test;
    struct error err = ERROR_INIT;
    struct suite_result result;
    struct rig rig;

    (void)state;
    rig_init(&rig, "suite-talk", NULL);
    rig.config.serial_path = "/dev/full";
    test = rig_test(&rig, steps, ARRAY_LEN(steps));
    rig_open(&rig);
    rig_run(&rig, test, &result);
    rig_assert_failed(&result, SUITE_HOST_TROUBLE,
                      "the serial port's output cannot be kept: No space left on device");
    assert_int_equal(suite_session_close(rig.session, &err), -1);
    rig_release(&rig);
}

static unsigned entries(const char *path)
{
    DIR *folder = opendir(path);
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count - 2;
}

/* A new disk: the same one each time, and nothing is left of it. After a power cut the machine begins again, and finds what was
 * on it: the program complains that blocks are not zero. */
static void test_fresh_disk(void **state)
{
    struct suite_step steps[] = {STEP_EXIT(85),
                                 {.kind = SUITE_POWER_CUT, .seed = 3},
                                 STEP_WAIT(VTIME_MS(40)),
                                 {.kind = SUITE_POWER_CUT, .seed = 4},
                                 STEP_EXPECT("FAIL zeros"),
                                 STEP_EXIT(87)};
    uint64_t hashes[2];
    struct rig rig;

    (void)state;
    rig_init(&rig, "nvme", NULL);
    rig.suite.machine.fresh_disk_bytes = UINT64_C(64) << 20;
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
        struct suite_result result;

        rig_play(&rig, steps, ARRAY_LEN(steps), &result);
        rig_assert_passed(&result);
        hashes[i] = result.trace_hash;
        assert_int_equal(entries(rig.scratch), 0);
    }
    assert_int_equal(hashes[0], hashes[1]);
    rig_release(&rig);
}

/* Times are those of the machine that came, also when it is older by then than the other one was. */
static void test_times_after_a_cut(void **state)
{
    struct suite_step before[] = {STEP_WAIT(VTIME_MS(20))};
    struct suite_step steps[] = {{.kind = SUITE_POWER_CUT, .seed = 1}, STEP_WAIT(VTIME_MS(40))};
    const struct suite_test *first;
    const struct suite_test *second;
    struct suite_result result;
    struct rig rig;

    (void)state;
    rig_init(&rig, "suite-talk", NULL);
    first = rig_test(&rig, before, ARRAY_LEN(before));
    second = rig_test(&rig, steps, ARRAY_LEN(steps));
    rig_open(&rig);
    rig_run(&rig, first, &result);
    rig_assert_passed(&result);
    assert_int_equal(result.end / VTIME_MS(1), 20);
    rig_run(&rig, second, &result);
    rig_assert_passed(&result);
    assert_int_equal(result.begin, 0);
    assert_int_equal(result.end / VTIME_MS(1), 40);
    rig_close(&rig);
    rig_release(&rig);
}

static void test_file_is_gone(void **state)
{
    struct suite_step steps[] = {STEP_EXPECT("> ")};
    struct error err = ERROR_INIT;
    struct rig rig;

    (void)state;
    rig_init(&rig, "no-such-program", NULL);
    rig.config.test = rig_test(&rig, steps, ARRAY_LEN(steps));
    assert_null(suite_session_create(&rig.config, &err));
    assert_non_null(strstr(err.text, "no-such-program.elf: No such file or directory"));
    rig_release(&rig);
}

static bool interrupt(void *ctx)
{
    unsigned *left = ctx;

    return (*left)-- == 0;
}

static void test_interrupted(void **state)
{
    struct suite_step steps[] = {STEP_EXPECT("never")};
    const struct suite_test *test;
    struct suite_result result;
    unsigned left = 10;
    struct rig rig;

    (void)state;
    rig_init(&rig, "suite-talk", NULL);
    test = rig_test(&rig, steps, ARRAY_LEN(steps));
    rig_open(&rig);
    suite_session_test(rig.session, test, interrupt, &left, &result);
    assert_int_equal(result.outcome, SUITE_NOT_RUN);
    assert_int_equal(result.end / VTIME_MS(1), 10);
    rig_close(&rig);
    rig_release(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transcript),   cmocka_unit_test(test_full),
        cmocka_unit_test(test_fresh_disk),   cmocka_unit_test(test_times_after_a_cut),
        cmocka_unit_test(test_file_is_gone), cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
