/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of a suite: keys become the options of `spacegray run`, and what is wrong is told in words of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/app/record_setup.h"
#include "emu/app/suite/suite_keys.h"
#include "emu/base/bits.h"
#include "tests/unit/suite-load/parse.h"

static bool has_argument(const struct suite_machine *machine, const char *argument)
{
    for (int i = 0; i < machine->argc; i++) {
        if (strcmp(machine->argv[i], argument) == 0) return true;
    }
    return false;
}

static void nothing_said(void **state)
{
    struct suite suite;

    (void)state;
    accept_text(ONE WAIT, &suite);
    assert_ptr_equal(suite.tests[0].machine, &suite.machine);
    assert_int_equal(suite.machine.options.memory_bytes, UINT64_C(4) << 30);
    assert_int_equal(suite.machine.memory.bytes, UINT64_C(4) << 30);
    assert_int_equal(suite.machine.options.cores, 1);
    assert_true(suite.machine.options.is_headless);
    assert_string_equal(suite.machine.options.serial, "none");
    assert_null(suite.machine.options.kernel);
    assert_null(suite.machine.options.disk);
    assert_int_equal(suite.machine.fresh_disk_bytes, 0);
    assert_null(suite.machine.password);
    suite_release(&suite);
}

static void everything(void **state)
{
    static const char text[] =
        "machine:\n  image: ${build}/a.elf\n  append: 'a  b $$5'\n  module: [/m/one, two]\n"
        "  rom: fw.bin\n  memory: 512M\n  cores: 3\n  no-reboot: on\n  test-device: off\n"
        "  t2-strict: warn\n  fidelity: functional\n  disk: mac\n  password-file: pw\n"
        "  rtc-base: 86400\n  scrub: off\n" ONE WAIT;
    struct suite suite;
    const struct run_options *options = &suite.machine.options;

    (void)state;
    accept_text(text, &suite);
    assert_string_equal(options->image, "dir/out/a.elf");
    assert_string_equal(options->command_line, "a  b $5");
    assert_int_equal(options->module_count, 2);
    assert_string_equal(options->modules[0], "/m/one");
    assert_string_equal(options->modules[1], "dir/two");
    assert_string_equal(options->rom, "dir/fw.bin");
    assert_int_equal(options->memory_bytes, 512 << 20);
    assert_int_equal(options->cores, 3);
    assert_true(options->is_no_reboot);
    assert_false(options->has_test_device);
    assert_int_equal(options->t2_strict, MACHINE_T2_WARN);
    assert_int_equal(options->fidelity, MACHINE_FIDELITY_FUNCTIONAL);
    assert_string_equal(options->disk, "dir/mac");
    assert_true(options->disk_is_temporary);
    assert_string_equal(options->password_file, "dir/pw");
    assert_int_equal(options->rtc_base, 86400);
    assert_true(suite.machine.memory.scrub.is_patrol_off);
    assert_true(has_argument(&suite.machine, "--module=dir/two"));
    assert_string_equal(suite.machine.argv[0], "run");
    suite_release(&suite);
}

/* What makes a machine there is a key here, and what may be repeated is a list. */
static void keys_are_options(void **state)
{
    struct suite_key room[SUITE_KEYS_MAX];
    size_t count;
    const struct suite_key *keys = suite_keys(SUITE_TABLE_MACHINE, room, &count);
    size_t found = 0;

    (void)state;
    for (const struct option_spec *spec = run_option_specs; spec->name != NULL; spec++) {
        if (!record_setup_keeps(spec->name)) continue;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(keys[i].name, spec->name) != 0) continue;
            assert_int_equal(keys[i].kind == SUITE_KEY_TEXTS,
                             strstr(spec->help, "may be repeated") != NULL);
            found++;
        }
        assert_true(found > 0);
    }
    assert_int_equal(found + 5, count); /* the disk, its two files, the clock, fresh-disk */
}

static void of_a_test(void **state)
{
    static const char text[] =
        "machine: {kernel: k, initrd: i, append: quiet, memory: 1G, disk: mac}\n"
        "tests:\n" TEST("same", "") TEST("more", "    machine: {append: loud}\n")
            TEST("image", "    machine: {image: a.elf}\n")
                TEST("dimms", "    machine: {dimms: A0=8G, fresh-disk: {size: 1G, password: pw}}\n")
                    TEST("from", "    machine: {from: a.snap, no-reboot: on}\n")
                        TEST("gives", "    machine: {cores: 2}\n    provides: x\n")
                            TEST("takes", "    requires: x\n");
    struct suite suite;
    const struct run_options *options;

    (void)state;
    accept_text(text, &suite);
    assert_ptr_equal(suite.tests[0].machine, &suite.machine);
    options = &suite.tests[1].machine->options;
    assert_string_equal(options->kernel, "dir/k");
    assert_string_equal(options->command_line, "loud");
    options = &suite.tests[2].machine->options;
    assert_null(options->kernel);
    assert_null(options->initrd);
    assert_string_equal(options->image, "dir/a.elf");
    assert_string_equal(options->command_line, "quiet");
    options = &suite.tests[3].machine->options;
    assert_null(options->disk);
    assert_int_equal(suite.tests[3].machine->fresh_disk_bytes, 1 << 30);
    assert_string_equal(suite.tests[3].machine->password, "pw");
    assert_int_equal(options->memory_bytes, UINT64_C(8) << 30);
    options = &suite.tests[4].machine->options;
    assert_string_equal(options->from, "dir/a.snap");
    assert_null(options->kernel);
    assert_int_equal(suite.tests[5].machine->options.cores, 2);
    assert_ptr_equal(suite.tests[6].machine, suite.tests[5].machine);
    suite_release(&suite);
}

static void sentences(void **state)
{
    static const struct mistake mistakes[] = {
        {"machine: {kernl: k}\n" ONE WAIT,
         "dir/s.yaml:1:11: unknown key kernl: did you mean kernel?"},
        {"machine: {serial: stdio}\n" ONE WAIT,
         "dir/s.yaml:1:11: unknown key serial: the keys are kernel, initrd, append, image, module, "
         "rom, secure-boot, rom-signature, rom-key, memory, dimms, ecc, flat-memory, machine, "
         "cores, no-reboot, rtc-base, disk, password-file, passphrase-file, t2-strict, fidelity, "
         "scrub, patrol-period, page-policy, from, test-device, fresh-disk"},
        {"machine:\n  memory: 5\n" ONE WAIT,
         "dir/s.yaml:2:11: memory: 5 is not possible: 16M to 256G, in whole MiB"},
        {"machine: {cores: 99}\n" ONE WAIT,
         "dir/s.yaml:1:18: cores: '99' is not a number from 1 to 8"},
        {"machine: {no-reboot: yes}\n" ONE WAIT,
         "dir/s.yaml:1:22: no-reboot: 'yes' is neither on nor off"},
        {"machine: {t2-strict: no}\n" ONE WAIT,
         "dir/s.yaml:1:22: t2-strict: 'no' is none of fatal, warn and panic"},
        {"machine: {kernel: k, image: i}\n" ONE WAIT,
         "dir/s.yaml:1:11: kernel and image exclude each other"},
        {"machine:\n  memory: 1G\n  initrd: i\n" ONE WAIT, "dir/s.yaml:3:3: initrd needs kernel"},
        {"machine: {append: i}\n" ONE WAIT, "dir/s.yaml:1:11: append needs kernel or image"},
        {"machine: {memory: 1G, dimms: A0=8G}\n" ONE WAIT,
         "dir/s.yaml:1:11: memory and dimms exclude each other"},
        {"machine: {dimms: X0=8G}\n" ONE WAIT,
         "dir/s.yaml:1:18: dimms: 'X0' is no socket: there are A0, B0, C0 and D0"},
        {"machine: {flat-memory: on, ecc: on}\n" ONE WAIT,
         "dir/s.yaml:1:11: flat-memory is memory without modules: leave ecc out"},
        {"machine: {scrub: off, patrol-period: 5s}\n" ONE WAIT,
         "dir/s.yaml:1:23: patrol-period has no meaning without the patrol scrubber: use scrub "
         "patrol or all"},
        {"machine: {from: a, memory: 1G}\n" ONE WAIT,
         "dir/s.yaml:1:20: memory: the machine of from is what it is; leave memory out"},
        {"machine: {from: a, fresh-disk: {size: 1G}}\n" ONE WAIT,
         "dir/s.yaml:1:20: fresh-disk: the machine of from is what it is; leave fresh-disk out"},
        {"machine: {disk: a, fresh-disk: {size: 1G}}\n" ONE WAIT,
         "dir/s.yaml:1:20: fresh-disk excludes disk, password-file and passphrase-file: leave one "
         "of them out"},
        {"machine: {password-file: a}\n" ONE WAIT, "dir/s.yaml:1:11: password-file needs disk"},
        {"machine: {fresh-disk: {}}\n" ONE WAIT,
         "dir/s.yaml:1:11: fresh-disk: size is missing, as in {size: 64G}"},
        {"machine: {fresh-disk: {size: 1M}}\n" ONE WAIT,
         "dir/s.yaml:1:30: size: 1M is not possible: 16M to 8T, in whole blocks of 4096 bytes"},
        {"machine: {fresh-disk: {size: 64X}}\n" ONE WAIT,
         "dir/s.yaml:1:30: size: '64X' is not a size, as in 512M or 4G"},
        {"machine: {fresh-disk: {size: 64M, pasword: a}}\n" ONE WAIT,
         "dir/s.yaml:1:35: unknown key pasword: did you mean password?"},
        {"machine: {kernel: k}\ntests:\n" TEST("a", "    machine: {module: [a]}\n"),
         "dir/s.yaml:4:15: module needs image"},
        {"tests:\n" TEST("a", "    machine:\n      kernel: ''\n"),
         "dir/s.yaml:4:15: kernel: nothing stands here"},
        {"tests:\n" TEST("a", "    machine: {kernel: '${kernl}'}\n"),
         "dir/s.yaml:3:23: nobody said what ${kernl} is: did you mean ${kernel}?"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said),     cmocka_unit_test(everything),
        cmocka_unit_test(keys_are_options), cmocka_unit_test(of_a_test),
        cmocka_unit_test(sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
