/* SPDX-License-Identifier: GPL-2.0-only */
/* Fault suites: what each key means, and the sentence for each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/faults_suite.h"
#include "emu/app/yaml_file.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define START  "start: {text: READY}\n"
#define FINISH "finish: {by: exit}\n"
#define FAULTS "faults:\n  - random: {}\n"
#define BASE   "image: work.elf\n" START FINISH

static int parse(const char *text, struct faults_suite *suite, struct error *err)
{
    return faults_suite_parse("dir/s.yaml", (const uint8_t *)text, strlen(text), suite, err);
}

static void accept(const char *text, struct faults_suite *suite)
{
    struct error err = ERROR_INIT;

    if (parse(text, suite, &err) != 0) fail_msg("%s", err.text);
}

static void least(void **state)
{
    struct faults_suite suite;

    (void)state;
    accept(BASE FAULTS, &suite);
    assert_string_equal(suite.options.image, "dir/work.elf");
    assert_null(suite.options.kernel);
    assert_null(suite.options.disk);
    assert_int_equal(suite.options.memory_bytes, UINT64_C(4) << 30);
    assert_int_equal(suite.options.cores, 1);
    assert_string_equal(suite.start_text, "READY");
    assert_int_equal(suite.start_within, VTIME_S(600));
    assert_int_equal(suite.finish, FAULTS_END_EXIT);
    assert_int_equal(suite.timeout, VTIME_S(60));
    assert_false(suite.has_result);
    assert_false(suite.has_status);
    assert_int_equal(suite.runs, 100);
    assert_int_equal(suite.seed, 1);
    assert_int_equal(suite.entry_count, 1);
    assert_true(suite.entries[0].is_random);
    assert_int_equal(suite.entries[0].count, 1);
    assert_int_equal(suite.entries[0].target, FAULT_TARGET_ALL);
    assert_false(suite.entries[0].has_window);
    for (unsigned i = 0; i < FAULTS_CLASSES; i++) {
        assert_false(suite.limits[i].is_set);
    }
    faults_suite_release(&suite);
    faults_suite_release(&suite);
}

static void everything(void **state)
{
    static const char text[] =
        "kernel: /boot/vmlinuz\ninitrd: sub/initrd\nappend: console=ttyS0 quiet\nrom: fw.bin\n"
        "disk: mac\ndimms: [8G, none, 8G]\nscrub: {demand: off, patrol: 90s}\ncores: 2\n"
        "start: {at: 3s}\nfinish: {text: \"all done\"}\ntimeout: 20s\nresult: {lines: '^sum'}\n"
        "panic: 'giving up'\nruns: 500\nseed: 0x10\n"
        "limits: {silent-corruption: 0, hang: 5%}\n"
        "faults:\n"
        "  - fault: dimm=2,rank=0,bank=1,row=0x12a,col=7,bits=1 at=5ms\n"
        "  - random:\n"
        "      kinds: {flip: 8, row: 1}\n"
        "      bits: {1: 90, 2: 10}\n"
        "      target: range\n"
        "      range: [0x100000, 0x200000]\n"
        "      count: 3\n"
        "      window: [0s, 2s]\n"
        "  - random: {target: used}\n";
    const struct faults_entry *entry;
    struct faults_suite suite;

    (void)state;
    accept(text, &suite);
    assert_string_equal(suite.options.kernel, "/boot/vmlinuz");
    assert_string_equal(suite.options.initrd, "dir/sub/initrd");
    assert_string_equal(suite.options.command_line, "console=ttyS0 quiet");
    assert_string_equal(suite.options.rom, "dir/fw.bin");
    assert_string_equal(suite.options.disk, "dir/mac");
    assert_true(suite.options.disk_is_temporary);
    assert_int_equal(suite.options.memory_bytes, UINT64_C(16) << 30);
    assert_int_equal(suite.dimms.socket[1].bytes, 0);
    assert_int_equal(suite.options.cores, 2);
    assert_true(suite.scrub.is_demand_off);
    assert_int_equal(suite.scrub.patrol_period, VTIME_S(90));
    assert_null(suite.start_text);
    assert_int_equal(suite.start_at, VTIME_S(3));
    assert_int_equal(suite.finish, FAULTS_END_TEXT);
    assert_string_equal(suite.finish_text, "all done");
    assert_int_equal(suite.timeout, VTIME_S(20));
    assert_true(suite.has_result);
    assert_int_equal(suite.runs, 500);
    assert_int_equal(suite.seed, 16);
    assert_true(suite.limits[FAULTS_SILENT].is_set);
    assert_int_equal(suite.limits[FAULTS_SILENT].value, 0);
    assert_true(suite.limits[FAULTS_HANG].is_percent);
    assert_int_equal(suite.limits[FAULTS_HANG].value, 5);
    assert_int_equal(suite.entry_count, 3);
    assert_false(suite.entries[0].is_random);
    assert_int_equal(suite.entries[0].spec.when, VTIME_MS(5));
    assert_int_equal(suite.entries[0].spec.fault.where.row, 0x12a);
    entry = &suite.entries[1];
    assert_int_equal(entry->mix.kind[DRAM_FAULT_FLIP], 8);
    assert_int_equal(entry->mix.kind[DRAM_FAULT_ROW], 1);
    assert_int_equal(entry->mix.bits[1], 10);
    assert_int_equal(entry->target, FAULT_TARGET_RANGE);
    assert_int_equal(entry->range_base, 0x100000);
    assert_int_equal(entry->range_end, 0x200000);
    assert_int_equal(entry->count, 3);
    assert_true(entry->has_window);
    assert_int_equal(entry->window_end, VTIME_S(2));
    assert_int_equal(suite.entries[2].target, FAULT_TARGET_USED);
    faults_suite_release(&suite);
}

static void limits(void **state)
{
    static const struct faults_limit none = {.is_set = false};
    static const struct faults_limit three = {.is_set = true, .value = 3};
    static const struct faults_limit percent = {.is_set = true, .is_percent = true, .value = 5};

    (void)state;
    assert_false(faults_limit_is_exceeded(&none, 100, 100));
    assert_false(faults_limit_is_exceeded(&three, 3, 100));
    assert_true(faults_limit_is_exceeded(&three, 4, 100));
    assert_false(faults_limit_is_exceeded(&percent, 5, 100));
    assert_true(faults_limit_is_exceeded(&percent, 6, 100));
    assert_false(faults_limit_is_exceeded(&percent, 0, 0));
}

static const struct {
    const char *text;
    const char *sentence;
} mistakes[] = {
    {"", "dir/s.yaml: there is nothing in this file"},
    {"imagge: x\n", "dir/s.yaml:1:1: unknown key imagge: did you mean image?"},
    {BASE "zzz: 1\n" FAULTS, "dir/s.yaml:4:1: unknown key zzz: the keys are image, kernel, initrd, "
                             "append, modules, rom, disk, memory, dimms, ecc, scrub, cores, start, "
                             "finish, timeout, result, panic, expect, runs, seed, limits, faults"},
    {BASE "faults:\n  - random: {windw: [0s, 1s]}\n",
     "dir/s.yaml:5:14: unknown key windw: did you mean window?"},
    {BASE "seed: 1\nseed: 2\n" FAULTS, "dir/s.yaml:5:1: this key was there before"},
    {"image: [a]\n" START FINISH FAULTS, "dir/s.yaml:1:8: one value must stand here"},
    {BASE "faults: 7\n", "dir/s.yaml:4:9: a list must stand here"},
    {"image: a\nstart: now\n" FINISH FAULTS, "dir/s.yaml:2:8: keys and values must stand here"},
    {"- image\n", "dir/s.yaml:1:1: keys and values must stand here"},
    {BASE FAULTS "---\nimage: b\n", "dir/s.yaml:6:1: a second document begins here"},
    {START FINISH FAULTS, "dir/s.yaml:1:1: kernel or image is missing"},
    {"kernel: k\n" BASE FAULTS, "dir/s.yaml:1:1: kernel and image exclude each other"},
    {BASE "initrd: i\n" FAULTS, "dir/s.yaml:1:1: initrd needs kernel"},
    {BASE "memory: 8X\n" FAULTS, "dir/s.yaml:4:9: memory: '8X' is not a size, as in 512M or 4G"},
    {BASE "memory: 4G\ndimms: [8G]\n" FAULTS,
     "dir/s.yaml:5:8: memory and dimms exclude each other"},
    {BASE "cores: 9\n" FAULTS, "dir/s.yaml:4:8: cores: '9' is not a number from 1 to 8"},
    {BASE "ecc: yes\n" FAULTS, "dir/s.yaml:4:6: ecc: 'yes' is neither on nor off"},
    {BASE "scrub: {patrol: 1ms}\n" FAULTS, "dir/s.yaml:4:17: patrol: '1ms' is neither on nor off "
                                           "nor a time from 1s to 2592000s (30 days) for one walk"},
    {"image: a\n" FINISH FAULTS,
     "dir/s.yaml:1:1: start: say where the part without faults ends, by either text or at"},
    {"image: a\n" START FAULTS,
     "dir/s.yaml:1:1: finish: say what ends a run, by either text or by"},
    {"image: a\n" START "finish: {by: magic}\n" FAULTS,
     "dir/s.yaml:3:14: by: 'magic' is neither exit nor power-off"},
    {"image: a\nstart: {at: 5}\n" FINISH FAULTS,
     "dir/s.yaml:2:13: at: '5' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
    {BASE "timeout: 0s\n" FAULTS, "dir/s.yaml:4:10: timeout: a run takes longer than no time"},
    {BASE "limits: {silent: 0}\n" FAULTS,
     "dir/s.yaml:4:10: unknown key silent: the keys are masked, corrected, detected-recovered, "
     "detected-fatal, silent-corruption, hang"},
    {BASE "limits: {hang: 101%}\n" FAULTS,
     "dir/s.yaml:4:16: hang: '101' is not a number from 0 to 100"},
    {BASE, "dir/s.yaml:1:1: faults: there are none"},
    {BASE "faults:\n  - {}\n", "dir/s.yaml:5:5: faults: each one is either a fault or random"},
    {BASE "faults:\n  - random: {kinds: {flip: 0}}\n",
     "dir/s.yaml:5:21: kinds: at least one weight must be above 0"},
    {BASE "faults:\n  - random: {count: 17}\n",
     "dir/s.yaml:5:21: count: '17' is not a number from 1 to 16"},
    {BASE "faults:\n  - random: {target: some}\n",
     "dir/s.yaml:5:22: target: 'some' is neither all, used nor range"},
    {BASE "faults:\n  - random: {range: [9, 9]}\n",
     "dir/s.yaml:5:21: range: there is nothing between these addresses"},
    {BASE "faults:\n  - random: {window: [0s, 61s]}\n",
     "dir/s.yaml:5:22: window: it must end after it began, and not after the timeout"},
    {BASE "faults:\n  - random: {window: [0s]}\n",
     "dir/s.yaml:5:22: window: two times after the start, as in [0s, 20ms]"},
    {BASE "faults: [{random: {count: 16}}, {random: {count: 16}}, {random: {count: 16}}, "
          "{random: {count: 16}}, {random: {}}]\n",
     "dir/s.yaml:4:9: faults: 65 in each run are more than 64"},
    {"image: &a x\nappend: *a\n" START FINISH FAULTS,
     "dir/s.yaml:2:9: aliases are not understood here"},
};

static void sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        struct error err = ERROR_INIT;
        struct faults_suite suite;

        assert_int_equal(parse(mistakes[i].text, &suite, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.text, mistakes[i].sentence);
    }
}

/* The parsers' own words, of which only the place is ours. */
static void places(void **state)
{
    static const struct {
        const char *text;
        const char *place;
    } cases[] = {
        {"image: \"x\n", "dir/s.yaml:"},
        {"a: b: c\n", "dir/s.yaml:1:5: this is not YAML: "},
        {"image: x\n\tb: 3\n", "dir/s.yaml:2:1: this is not YAML: "},
        {BASE "faults:\n  - fault: dimm=9,bits=1\n", "dir/s.yaml:5:12: "},
        {BASE "result: {lines: '['}\n" FAULTS,
         "dir/s.yaml:4:17: lines: '[' is no extended regular "},
        {BASE "dimms: [3G]\n" FAULTS, "dir/s.yaml:4:9: "},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        struct faults_suite suite;

        assert_int_equal(parse(cases[i].text, &suite, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strncmp(err.text, cases[i].place, strlen(cases[i].place)) != 0) {
            fail_msg("'%s' does not begin with '%s'", err.text, cases[i].place);
        }
    }
}

/* Texts that were cut, and long and deep ones: a sentence, no crash. */
static void hostile(void **state)
{
    static const char whole[] = BASE FAULTS "limits: {hang: 5%}\nscrub: {patrol: off}\n";
    const size_t bytes = YAML_FILE_BYTES_MAX + 1;
    char *large = malloc(bytes);

    (void)state;
    assert_non_null(large);
    for (size_t length = 0; length < strlen(whole); length++) {
        struct error err = ERROR_INIT;
        struct faults_suite suite;

        if (faults_suite_parse("s", (const uint8_t *)whole, length, &suite, &err) == 0) {
            faults_suite_release(&suite);
        } else {
            assert_int_not_equal(err.kind, ERROR_NONE);
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        struct error err = ERROR_INIT;
        struct faults_suite suite;

        memset(large, "[a\n"[i], bytes);
        assert_int_equal(faults_suite_parse("s", (uint8_t *)large, bytes - i, &suite, &err), -1);
        assert_int_not_equal(err.kind, ERROR_NONE);
    }
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least),     cmocka_unit_test(everything), cmocka_unit_test(limits),
        cmocka_unit_test(sentences), cmocka_unit_test(places),     cmocka_unit_test(hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
