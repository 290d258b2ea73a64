/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray run` understands. */
#include "emu/app/run_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/clock.h"

#define WORDS_MAX 32

static const struct command command = {.name = "run", .options = run_option_specs};

/* Splits `line` at blanks in place; the words stay in `buffer`. */
static enum run_parsed parse(const char *line, char *buffer, struct run_options *options,
                             struct error *err)
{
    char *argv[WORDS_MAX + 1] = {NULL};
    int argc = 0;

    memcpy(buffer, line, strlen(line) + 1);
    for (char *rest = buffer; *rest && argc < WORDS_MAX;) {
        argv[argc++] = rest;
        rest += strcspn(rest, " ");
        if (*rest) *rest++ = '\0';
    }
    *err = (struct error)ERROR_INIT;
    return run_options_parse(&command, argc, argv, options, err);
}

static void defaults(void **state)
{
    struct run_options options;
    struct error err;
    char buffer[256];

    (void)state;
    assert_int_equal(parse("run", buffer, &options, &err), RUN_PARSED);
    assert_int_equal(options.memory_bytes, UINT64_C(4) << 30);
    assert_int_equal(options.cores, 1);
    assert_string_equal(options.serial, "stdio");
    assert_string_equal(options.debug_console, "none");
    assert_true(options.until == VTIME_NEVER);
    assert_int_equal(options.pace, RUN_PACE_AUTO);
    assert_null(options.kernel);
    assert_null(options.image);
    assert_false(options.is_headless);
    assert_false(options.has_rtc_base);
    assert_int_equal(options.code_buffer_bytes, 0);
}

static void everything(void **state)
{
    struct run_options options;
    struct error err;
    char buffer[512];

    (void)state;
    assert_int_equal(
        parse(
            "run --kernel k --initrd i --append console=ttyS0 --memory 32G --cores 8 --serial pty "
            "--headless --until 5s --no-reboot --pace free --rtc-base -5 --hash --trace-tail 65536 "
            "--code-buffer 16M --test-device --debug-console file:d --rom r",
            buffer, &options, &err),
        RUN_PARSED);
    assert_string_equal(options.kernel, "k");
    assert_string_equal(options.initrd, "i");
    assert_string_equal(options.command_line, "console=ttyS0");
    assert_int_equal(options.memory_bytes, UINT64_C(32) << 30);
    assert_int_equal(options.cores, 8);
    assert_string_equal(options.serial, "pty");
    assert_true(options.is_headless);
    assert_int_equal(options.until, VTIME_S(5));
    assert_true(options.is_no_reboot);
    assert_int_equal(options.pace, RUN_PACE_FREE);
    assert_true(options.has_rtc_base);
    assert_int_equal(options.rtc_base, -5);
    assert_true(options.shows_hash);
    assert_int_equal(options.trace_tail, 65536);
    assert_int_equal(options.code_buffer_bytes, UINT64_C(16) << 20);
    assert_true(options.has_test_device);
    assert_string_equal(options.debug_console, "file:d");
    assert_string_equal(options.rom, "r");
    assert_int_equal(parse("run --image e --module a --module b", buffer, &options, &err),
                     RUN_PARSED);
    assert_string_equal(options.image, "e");
    assert_int_equal(options.module_count, 2);
    assert_string_equal(options.modules[1], "b");
    assert_int_equal(parse("run --memory 1G --help", buffer, &options, &err), RUN_PARSED_HELP);
}

static void pictures(void **state)
{
    struct run_options options;
    struct error err;
    char buffer[512];

    (void)state;
    assert_int_equal(parse("run --screenshot a.png@2s --screenshot b@c.png --screenshot d@e@1500ms "
                           "--screenshot-every 100ms:x%d-%t%%.png --frame-log - --no-window",
                           buffer, &options, &err),
                     RUN_PARSED);
    assert_int_equal(options.screenshot_count, 3);
    assert_int_equal(options.screenshots[0].path_bytes, strlen("a.png"));
    assert_true(options.screenshots[0].when == VTIME_S(2));
    assert_int_equal(options.screenshots[1].path_bytes, strlen("b@c.png"));
    assert_true(options.screenshots[1].when == VTIME_NEVER);
    assert_int_equal(options.screenshots[2].path_bytes, strlen("d@e"));
    assert_true(options.screenshots[2].when == VTIME_MS(1500));
    assert_true(options.every == VTIME_MS(100));
    assert_string_equal(options.every_pattern, "x%d-%t%%.png");
    assert_string_equal(options.frame_log, "-");
    assert_true(options.has_no_window);
    assert_false(options.has_scale);
    assert_int_equal(parse("run --scale 1:1 --full-screen", buffer, &options, &err), RUN_PARSED);
    assert_true(options.has_scale);
    assert_int_equal(options.scale_percent, 100);
    assert_true(options.is_full_screen);
    assert_int_equal(parse("run --scale 50", buffer, &options, &err), RUN_PARSED);
    assert_int_equal(options.scale_percent, 50);
    assert_int_equal(parse("run --scale 67%", buffer, &options, &err), RUN_PARSED);
    assert_int_equal(options.scale_percent, 67);
    assert_int_equal(parse("run --scale fit", buffer, &options, &err), RUN_PARSED);
    assert_int_equal(options.scale_percent, 0);
}

static void typing(void **state)
{
    struct run_options options;
    struct error err;
    char buffer[512];

    (void)state;
    assert_int_equal(parse("run --type ls\\n --type me@home --type me@home@3s --type @1s --input i",
                           buffer, &options, &err),
                     RUN_PARSED);
    assert_int_equal(options.text_count, 4);
    assert_int_equal(options.texts[0].bytes, 4);
    assert_true(options.texts[0].when == VTIME_NEVER);
    assert_int_equal(options.texts[1].bytes, strlen("me@home"));
    assert_true(options.texts[1].when == VTIME_NEVER);
    assert_int_equal(options.texts[2].bytes, strlen("me@home"));
    assert_true(options.texts[2].when == VTIME_S(3));
    assert_int_equal(options.texts[3].bytes, 0);
    assert_int_equal(options.input_count, 1);
    assert_string_equal(options.inputs[0], "i");
}

static void disks(void **state)
{
    struct run_options options;
    struct error err;
    char buffer[512];

    (void)state;
    assert_int_equal(parse("run --disk mac --disk-writes discard --cache none --t2-strict panic "
                           "--fidelity functional --password-file p --passphrase-file q "
                           "--power-cut 3s --power-cut 1500ms,seed=7,copy=a,seed=8",
                           buffer, &options, &err),
                     RUN_PARSED);
    assert_string_equal(options.disk, "mac");
    assert_true(options.disk_is_temporary);
    assert_int_equal(options.disk_cache, DISK_CACHE_NONE);
    assert_int_equal(options.t2_strict, MACHINE_T2_PANIC);
    assert_int_equal(options.fidelity, MACHINE_FIDELITY_FUNCTIONAL);
    assert_string_equal(options.password_file, "p");
    assert_string_equal(options.passphrase_file, "q");
    assert_int_equal(options.cut_count, 2);
    assert_int_equal(options.cuts[0].when, VTIME_S(3));
    assert_null(options.cuts[0].copy);
    assert_int_equal(options.cuts[0].seed, 0);
    assert_int_equal(options.cuts[1].when, VTIME_MS(1500));
    assert_int_equal(options.cuts[1].seed, 7);
    assert_string_equal(options.cuts[1].copy, "a,seed=8");
}

static void memory(void **state)
{
    struct run_options options;
    struct memory_setup setup;
    struct error err;
    char buffer[512];

    (void)state;
    assert_int_equal(parse("run --dimms A0=8G,B0=8G --ecc on --scrub demand --fault dimm=0,row=5 "
                           "--fault addr=0x1000,at=3s --fault-campaign seed=7,rate=0.5",
                           buffer, &options, &err),
                     RUN_PARSED);
    assert_int_equal(options.fault_count, 2);
    assert_int_equal(options.faults[1].when, VTIME_S(3));
    assert_true(options.has_campaign);
    assert_int_equal(options.campaign.rate_milli, 500);
    assert_int_equal(run_options_resolve(&options, &setup, &err), 0);
    assert_int_equal(options.memory_bytes, UINT64_C(16) << 30);
    assert_true(setup.scrub.is_patrol_off);
    assert_int_equal(options.cores, 1);
    assert_int_equal(parse("run --memory 32G", buffer, &options, &err), RUN_PARSED);
    assert_int_equal(run_options_resolve(&options, &setup, &err), 0);
    assert_int_equal(setup.dimms.socket[3].bytes, UINT64_C(8) << 30);
}

static void memory_that_does_not_fit(void **state)
{
    static const struct {
        const char *line;
        const char *sentence;
    } cases[] = {
        {"run --memory 8G --dimms A0=8G", "--memory and --dimms exclude each other"},
        {"run --dimms A0=8G --fault dimm=1", "--fault: dimm=1: there is no module in this socket"},
        {"run --memory 32G --fault dimm=1,rank=1",
         "--fault: rank=1: the module in socket B0 has ranks 0 to 0"},
        {"run --flat-memory --fault dimm=1",
         "--flat-memory has no modules, and faults are faults of modules: leave one of them out"},
        {"run --flat-memory --fault-campaign seed=1,rate=1",
         "--flat-memory has no modules, and faults are faults of modules: leave one of them out"},
        {"run --flat-memory --scrub off",
         "--flat-memory is memory without modules: leave --scrub out"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run_options options;
        struct memory_setup setup;
        struct error err;
        char buffer[256];

        assert_int_equal(parse(cases[i].line, buffer, &options, &err), RUN_PARSED);
        assert_int_equal(run_options_resolve(&options, &setup, &err), -1);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

static void mistakes(void **state)
{
    static const struct {
        const char *line;
        const char *sentence;
    } cases[] = {
        {"run vmlinuz", "unexpected argument 'vmlinuz' (see spacegray run --help)"},
        {"run --memory 15M", "--memory: 15M is not possible: 16M to 256G, in whole MiB"},
        {"run --memory 257G", "--memory: 257G is not possible: 16M to 256G, in whole MiB"},
        {"run --memory 16385K", "--memory: 16385K is not possible: 16M to 256G, in whole MiB"},
        {"run --memory 1.5G", "--memory: '1.5G' is not a size, as in 512M or 4G"},
        {"run --cores 0", "--cores: '0' is not a number from 1 to 8"},
        {"run --cores 9", "--cores: '9' is not a number from 1 to 8"},
        {"run --until 5", "--until: '5' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {"run --pace slow", "--pace: 'slow' is neither real nor free"},
        {"run --rtc-base now", "--rtc-base: 'now' is not a number"},
        {"run --trace-tail 0", "--trace-tail: '0' is not a number from 1 to 65536"},
        {"run --code-buffer 1M", "--code-buffer: 1M is not possible: 4M to 1G"},
        {"run --screenshot @2s", "--screenshot: '@2s' names no file"},
        {"run --screenshot a.png@2",
         "--screenshot: '2' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {"run --screenshot-every a.png",
         "--screenshot-every: 'a.png' is not TIME:NAME, as in 100ms:%t.png"},
        {"run --screenshot-every 1:%d.png",
         "--screenshot-every: '1' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {"run --screenshot-every 999us:%d.png",
         "--screenshot-every: 999us is too often: 1ms or more"},
        {"run --screenshot-every 1s:a.png",
         "--screenshot-every: the name 'a.png' has neither %d nor %t, so that each picture would "
         "replace the one before"},
        {"run --screenshot-every 1s:%x.png",
         "--screenshot-every: the name '%x.png' has a % without d, t or % behind it"},
        {"run --scale %", "--scale: '%' is not fit, 1:1 or a percentage from 10 to 400"},
        {"run --scale 50%%", "--scale: '50%%' is not fit, 1:1 or a percentage from 10 to 400"},
        {"run --scale 0000000000000050%",
         "--scale: '0000000000000050%' is not fit, 1:1 or a percentage from 10 to 400"},
        {"run --scale 2", "--scale: '2' is not fit, 1:1 or a percentage from 10 to 400"},
        {"run --initrc x", "unknown option --initrc: did you mean --initrd?"},
        {"run --disc x", "unknown option --disc: did you mean --disk?"},
        {"run --disk-writes maybe", "--disk-writes: 'maybe' is neither keep nor discard"},
        {"run --cache some", "--cache: 'some' is none of writeback, none and unsafe"},
        {"run --t2-strict no", "--t2-strict: 'no' is none of fatal, warn and panic"},
        {"run --fidelity high", "--fidelity: 'high' is neither approximate nor functional"},
        {"run --power-cut soon",
         "--power-cut: 'soon' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {"run --power-cut 1s,seed=x",
         "--power-cut: 'x' is not a number from 0 to 18446744073709551615"},
        {"run --power-cut 1s,copy=", "--power-cut: '1s,copy=' names no directory for the copy"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run_options options;
        struct error err;
        char buffer[256];

        assert_int_equal(parse(cases[i].line, buffer, &options, &err), RUN_PARSED_ERROR);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

static void mistakes_about_memory(void **state)
{
    static const struct {
        const char *line;
        const char *sentence;
    } cases[] = {
        {"run --ecc maybe", "--ecc: 'maybe' is neither on nor off"},
        {"run --dimms A0", "--dimms: 'A0' is not SOCKET=SIZE, as in A0=8G"},
        {"run --scrub no", "--scrub: 'no' is none of demand, patrol, all and off"},
        {"run --fault dimm=4",
         "--fault: dimm=4: a module is a number from 0 to 3 or its socket's name, A0, B0, C0 or "
         "D0"},
        {"run --fault-campaign rate=1",
         "--fault-campaign: seed= and rate= are needed, as in seed=7,rate=0.5"},
        {"run --fault-campaign seed=1,rate=1 --fault-campaign seed=2,rate=1",
         "--fault-campaign: one at most can be given"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run_options options;
        struct error err;
        char buffer[256];

        assert_int_equal(parse(cases[i].line, buffer, &options, &err), RUN_PARSED_ERROR);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

static void too_many_modules(void **state)
{
    static char module[] = "--module=m";
    static char name[] = "run";
    char *argv[RUN_MODULES_MAX + 3] = {name};
    struct run_options options;
    struct error err = ERROR_INIT;

    (void)state;
    for (int i = 1; i <= RUN_MODULES_MAX + 1; i++) {
        argv[i] = module;
    }
    assert_int_equal(run_options_parse(&command, RUN_MODULES_MAX + 1, argv, &options, &err),
                     RUN_PARSED);
    assert_int_equal(options.module_count, RUN_MODULES_MAX);
    assert_int_equal(run_options_parse(&command, RUN_MODULES_MAX + 2, argv, &options, &err),
                     RUN_PARSED_ERROR);
    assert_string_equal(err.text, "--module: at most 60 modules can be given");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(everything),
        cmocka_unit_test(pictures),
        cmocka_unit_test(typing),
        cmocka_unit_test(disks),
        cmocka_unit_test(memory),
        cmocka_unit_test(memory_that_does_not_fit),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(mistakes_about_memory),
        cmocka_unit_test(too_many_modules),
    };

    return cmocka_run_group_tests_name("options of run", tests, NULL, NULL);
}
