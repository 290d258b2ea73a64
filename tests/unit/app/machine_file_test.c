/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine files: what is understood, and that each mistake is told with its place. */
#include "emu/app/machine_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/clock.h"

static int parse(const char *text, struct machine_file *file, struct error *err)
{
    *err = (struct error)ERROR_INIT;
    return machine_file_parse("m.yaml", (const uint8_t *)text, strlen(text), file, err);
}

static struct machine_file parsed(const char *text)
{
    struct machine_file file;
    struct error err;

    if (parse(text, &file, &err) != 0) fail_msg("%s: %s", text, err.text);
    return file;
}

/* Their SPD says all that there is to say of a module. */
static void assert_same_module(const struct dimm *a, const struct dimm *b)
{
    uint8_t spd[2][DIMM_SPD_BYTES];

    dimm_spd(a, spd[0]);
    dimm_spd(b, spd[1]);
    assert_memory_equal(spd[0], spd[1], DIMM_SPD_BYTES);
}

static void everything(void **state)
{
    const struct machine_file file = parsed("cores: 4\n"
                                            "memory:\n"
                                            "  modules:\n"
                                            "    A0: {size: 8G}\n"
                                            "    C0:\n"
                                            "      size: 16G\n"
                                            "      ranks: 1\n"
                                            "      width: 4\n"
                                            "      serial: 0xcafe0001\n"
                                            "      part: MY-PART 7\n"
                                            "scrub:\n"
                                            "  demand: off\n"
                                            "  patrol: 3600s\n");
    const struct dimm *first = &file.dimms.socket[0];
    const struct dimm *third = &file.dimms.socket[2];
    struct dimm usual;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(file.cores, 4);
    assert_true(file.has_dimms);
    assert_int_equal(dimm_make(&usual, UINT64_C(8) << 30, 0, true, &err), 0);
    assert_same_module(first, &usual);
    assert_int_equal(file.dimms.socket[1].bytes, 0);
    assert_int_equal(third->bytes, UINT64_C(16) << 30);
    assert_int_equal(third->ranks, 1);
    assert_int_equal(third->width, 4);
    assert_int_equal(third->row_bits, 17);
    assert_int_equal(third->serial, 0xcafe0001);
    assert_string_equal(third->part, "MY-PART 7");
    assert_true(third->has_ecc);
    assert_true(file.scrub.is_demand_off);
    assert_false(file.scrub.is_patrol_off);
    assert_int_equal(file.scrub.patrol_period, VTIME_S(3600));
}

static void parts(void **state)
{
    struct machine_file file = parsed("cores: 8\n");

    (void)state;
    assert_int_equal(file.cores, 8);
    assert_false(file.has_dimms);
    file = parsed("memory: {size: 32G, ecc: off}\n");
    assert_int_equal(file.cores, 0);
    assert_int_equal(dimm_set_bytes(&file.dimms), UINT64_C(32) << 30);
    assert_false(file.dimms.socket[3].has_ecc);
    file = parsed("memory: {ecc: off, modules: {D0: {size: 4G}}}\n");
    assert_false(file.dimms.socket[3].has_ecc);
    assert_int_equal(file.dimms.socket[0].bytes, 0);
    file = parsed("scrub: {patrol: off}\n");
    assert_true(file.scrub.is_patrol_off);
    assert_false(file.scrub.is_demand_off);
    file = parsed("scrub: {patrol: on}\n");
    assert_false(file.scrub.is_patrol_off);
    assert_int_equal(file.scrub.patrol_period, 0);
}

static void refusals(void **state)
{
    static const struct {
        const char *text;
        const char *sentence; /* its beginning */
    } cases[] = {
        {"", "m.yaml: there is nothing in this file"},
        {"cores: 9\n", "m.yaml:1:8: cores: '9' is not a number from 1 to 8"},
        {"core: 2\n", "m.yaml:1:1: unknown key core: did you mean cores?"},
        {"cores: [1\n", "m.yaml:"},
        {"cores: {}\n", "m.yaml:1:8: one value must stand here"},
        {"memory: 4G\n", "m.yaml:1:9: keys and values must stand here"},
        {"memory: {ecc: on}\n", "m.yaml:1:9: memory: say size or modules"},
        {"memory:\n  size: 4G\n  modules: {A0: {size: 8G}}\n",
         "m.yaml:2:9: size and modules exclude each other"},
        {"memory:\n  size: 5M\n", "m.yaml:2:9: memory: 5M is not possible: 16M to 256G"},
        {"memory:\n  modules:\n    A1: {size: 8G}\n",
         "m.yaml:3:5: unknown key A1: the keys are A0, B0, C0, D0"},
        {"memory:\n  modules:\n    A0: {ranks: 2}\n",
         "m.yaml:3:9: size is missing, as in size: 8G"},
        {"memory:\n  modules:\n    A0: {size: 9G}\n", "m.yaml:3:16: there is no memory module of "},
        {"memory:\n  modules:\n    A0: {size: 8x}\n", "m.yaml:3:16: size: '8x' is not a size"},
        {"memory:\n  modules:\n    A0: {size: 8G, rank: 2}\n",
         "m.yaml:3:20: unknown key rank: did you mean ranks?"},
        {"memory:\n  modules:\n    A0: {size: 8G, ranks: 5}\n",
         "m.yaml:3:27: ranks: '5' is not a number from 1 to 4"},
        {"memory:\n  modules:\n    A0: {size: 8G, ranks: 3}\n", "m.yaml:3:5: "},
        {"memory:\n  modules:\n    A0: {size: 8G, rows: 17}\n", "m.yaml:3:5: "},
        {"memory:\n  modules:\n    A0: {size: 8G, ecc: maybe}\n",
         "m.yaml:3:25: ecc: 'maybe' is neither on nor off"},
        {"memory:\n  modules:\n    A0: {size: 8G, serial: 0x100000000}\n",
         "m.yaml:3:28: serial: '0x100000000' is not a number from 0 to 4294967295"},
        {"memory:\n  modules:\n    A0: {size: 8G, part: 123456789012345678901}\n",
         "m.yaml:3:26: part: a part number is 1 to 20 printable ASCII characters"},
        {"memory:\n  modules:\n    A0: {size: 8G}\n    B0: {size: 8G, ecc: off}\n", "m.yaml:3:5: "},
        {"memory:\n  modules: {}\n", "m.yaml:2:12: no memory module is installed"},
        {"scrub: {patrol: 5}\n",
         "m.yaml:1:17: patrol: '5' is neither on nor off nor a time from 1s to 2592000s (30 days) "
         "for one walk"},
        {"scrub: {patrol: 10ms}\n",
         "m.yaml:1:17: patrol: '10ms' is neither on nor off nor a time from 1s to 2592000s"},
        {"cores: 1\n---\ncores: 2\n", "m.yaml:"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct machine_file file;
        struct error err;

        assert_int_equal(parse(cases[i].text, &file, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strncmp(err.text, cases[i].sentence, strlen(cases[i].sentence)) != 0) {
            fail_msg("%s%s", cases[i].text, err.text);
        }
    }
}

static void no_file(void **state)
{
    struct machine_file file;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(machine_file_load("/nowhere/m.yaml", &file, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything),
        cmocka_unit_test(parts),
        cmocka_unit_test(refusals),
        cmocka_unit_test(no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
