/* SPDX-License-Identifier: GPL-2.0-only */
/* The options about memory, each by itself and together with a machine file. */
#define _GNU_SOURCE /* mkstemp */

#include "emu/app/memory_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/base/bits.h"

#define GIB          (UINT64_C(1) << 30)
#define DEFAULT_SIZE (4 * GIB)

static struct memory_setup resolved(const struct memory_options *options)
{
    struct memory_setup setup;
    struct error err = ERROR_INIT;

    if (memory_options_resolve(options, DEFAULT_SIZE, &setup, &err) != 0) fail_msg("%s", err.text);
    return setup;
}

static void refused(const struct memory_options *options, const char *sentence)
{
    struct memory_setup setup;
    struct error err = ERROR_INIT;

    assert_int_equal(memory_options_resolve(options, DEFAULT_SIZE, &setup, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.text, sentence);
}

static void nothing_given(void **state)
{
    const struct memory_options options = {.bytes = 0};
    const struct memory_setup setup = resolved(&options);

    (void)state;
    assert_int_equal(setup.bytes, DEFAULT_SIZE);
    assert_int_equal(dimm_set_bytes(&setup.dimms), DEFAULT_SIZE);
    assert_true(setup.dimms.socket[0].has_ecc);
    assert_false(setup.is_flat);
    assert_false(setup.scrub.is_demand_off || setup.scrub.is_patrol_off);
    assert_int_equal(setup.scrub.patrol_period, 0);
    assert_int_equal(setup.cores, 0);
}

static void modules(void **state)
{
    struct memory_options options = {.bytes = 0};
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(memory_options_dimms(&options, "a0=8G,2=16G", &err), 0);
    assert_int_equal(memory_options_ecc(&options, "off", &err), 0);
    const struct memory_setup setup = resolved(&options);
    assert_int_equal(setup.bytes, 24 * GIB);
    assert_int_equal(setup.dimms.socket[0].bytes, 8 * GIB);
    assert_int_equal(setup.dimms.socket[1].bytes, 0);
    assert_int_equal(setup.dimms.socket[2].bytes, 16 * GIB);
    assert_non_null(setup.remark);
    assert_false(setup.dimms.socket[0].has_ecc);
}

/* A note about few modules is for those who chose them: a size gets four, or is too small for that. */
static void remarks(void **state)
{
    static const struct {
        uint64_t bytes;
        bool has_remark;
    } cases[] = {
        {64 << 20, false}, {GIB, false}, {2 * GIB, false}, {6 * GIB, false}, {12 * GIB, false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct memory_options options = {.bytes = cases[i].bytes};

        assert_true((resolved(&options).remark != NULL) == cases[i].has_remark);
    }
}

static void wrong_modules(void **state)
{
    static const struct {
        const char *value;
        const char *sentence;
    } cases[] = {
        {"8G", "--dimms: '8G' is not SOCKET=SIZE, as in A0=8G"},
        {"", "--dimms: '' is not SOCKET=SIZE, as in A0=8G"},
        {"A0=8G,", "--dimms: '' is not SOCKET=SIZE, as in A0=8G"},
        {"E0=8G", "--dimms: 'E0' is no socket: there are A0, B0, C0 and D0"},
        {"A0=8G,0=8G", "--dimms: two modules cannot both be in socket 0"},
        {"A0=8", "--dimms: there is no memory module of "},
        {"A0=x", "--dimms: 'x' is not a size, as in 512M or 4G"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct memory_options options = {.bytes = 0};
        struct error err = ERROR_INIT;

        assert_int_equal(memory_options_dimms(&options, cases[i].value, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_memory_equal(err.text, cases[i].sentence, strlen(cases[i].sentence));
    }
}

static void scrubbing(void **state)
{
    static const struct {
        const char *value;
        bool demand;
        bool patrol;
    } cases[] = {{"demand", true, false},
                 {"patrol", false, true},
                 {"all", true, true},
                 {"off", false, false}};
    struct memory_options options = {.bytes = 0};
    struct error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(memory_options_scrub(&options, cases[i].value, &err), 0);
        const struct memory_setup setup = resolved(&options);
        assert_true(setup.scrub.is_demand_off == !cases[i].demand);
        assert_true(setup.scrub.is_patrol_off == !cases[i].patrol);
    }
    assert_int_equal(memory_options_patrol(&options, "60s", &err), 0);
    refused(&options, "--patrol-period has no meaning without the patrol scrubber: use --scrub "
                      "patrol or all");
    options.has_scrub = false;
    assert_int_equal(resolved(&options).scrub.patrol_period, VTIME_S(60));
    assert_int_equal(memory_options_patrol(&options, "999ms", &err), -1);
    assert_string_equal(
        err.text,
        "--patrol-period: 999ms is not possible: one walk takes 1s to 2592000s (30 days)");
    err = (struct error)ERROR_INIT;
    assert_int_equal(memory_options_scrub(&options, "on", &err), -1);
    assert_string_equal(err.text, "--scrub: 'on' is none of demand, patrol, all and off");
    err = (struct error)ERROR_INIT;
    assert_int_equal(memory_options_ecc(&options, "yes", &err), -1);
    assert_string_equal(err.text, "--ecc: 'yes' is neither on nor off");
}

static void flat(void **state)
{
    struct memory_options options = {.is_flat = true, .bytes = 64 << 20};
    struct memory_setup setup = resolved(&options);

    (void)state;
    assert_true(setup.is_flat);
    assert_int_equal(setup.bytes, 64 << 20);
    assert_int_equal(dimm_set_bytes(&setup.dimms), 0);
    options.bytes = 0;
    setup = resolved(&options);
    assert_int_equal(setup.bytes, DEFAULT_SIZE);
    options.has_ecc = true;
    refused(&options, "--flat-memory is memory without modules: leave --ecc out");
    options.has_ecc = false;
    options.dimms = "A0=8G";
    refused(&options, "--flat-memory is memory without modules: leave --dimms out");
}

static void together(void **state)
{
    const struct memory_options options = {.bytes = GIB, .dimms = "A0=8G"};

    (void)state;
    refused(&options, "--memory and --dimms exclude each other");
}

/* What the command line says goes before the file. */
static void with_a_file(void **state)
{
    static const char text[] = "cores: 4\n"
                               "memory: {modules: {A0: {size: 8G}}}\n"
                               "scrub: {demand: off, patrol: 60s}\n";
    char path[] = "/tmp/memory_options_test.XXXXXX";
    struct memory_options options = {.machine_file = path};
    const int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(file), 0);
    struct memory_setup setup = resolved(&options);
    assert_int_equal(setup.cores, 4);
    assert_int_equal(setup.bytes, 8 * GIB);
    assert_true(setup.scrub.is_demand_off);
    assert_int_equal(setup.scrub.patrol_period, VTIME_S(60));
    options.bytes = 32 * GIB;
    options.has_scrub = true;
    options.has_demand_scrub = true;
    setup = resolved(&options);
    assert_int_equal(setup.bytes, 32 * GIB);
    assert_int_equal(setup.dimms.socket[3].bytes, 8 * GIB);
    assert_false(setup.scrub.is_demand_off);
    assert_true(setup.scrub.is_patrol_off);
    options = (struct memory_options){.machine_file = path, .has_ecc = true};
    setup = resolved(&options);
    assert_int_equal(setup.bytes, 8 * GIB);
    assert_false(setup.dimms.socket[0].has_ecc);
    assert_false(setup.dimms.socket[1].has_ecc);
    options.has_ecc = false;
    options.is_flat = true;
    struct error err = ERROR_INIT;
    assert_int_equal(memory_options_resolve(&options, DEFAULT_SIZE, &setup, &err), -1);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given), cmocka_unit_test(modules),
        cmocka_unit_test(wrong_modules), cmocka_unit_test(remarks),
        cmocka_unit_test(scrubbing),     cmocka_unit_test(flat),
        cmocka_unit_test(together),      cmocka_unit_test(with_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
