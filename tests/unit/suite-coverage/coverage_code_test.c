/* SPDX-License-Identifier: GPL-2.0-only */
/* Which bytes of code were executed: against a plain array, at page ends, beyond the bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/suite/coverage_code.h"
#include "emu/base/hash.h"

#define BASE  UINT64_C(0xffffffff81000ff0)
#define BYTES 20000u

struct shown {
    uint8_t bytes[BYTES];
    uint64_t next; /* behind the stretch before */
    unsigned stretches;
};

static void show(void *ctx, uint64_t first, uint64_t last)
{
    struct shown *shown = ctx;

    assert_true(first <= last);
    /* In order, and never two that touch. */
    assert_true(shown->stretches == 0 || first > shown->next);
    for (uint64_t at = first; at <= last; at++) {
        shown->bytes[at - BASE] = 1;
    }
    shown->next = last + 1;
    shown->stretches++;
}

static void assert_same(const struct coverage_code *code, const uint8_t *wanted)
{
    struct shown shown = {.stretches = 0};
    uint64_t count = 0;

    assert_int_equal(coverage_code_visit(code, show, &shown, NULL), 0);
    assert_memory_equal(shown.bytes, wanted, BYTES);
    for (size_t i = 0; i < BYTES; i++) {
        count += wanted[i];
    }
    assert_int_equal(coverage_code_bytes(code), count);
}

static void it_is_as_an_array_would_have_it(void **state)
{
    struct coverage_code code = {.pages = NULL};
    struct coverage_code other = {.pages = NULL};
    uint8_t wanted[BYTES] = {0};
    uint64_t random = 1;

    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        unsigned from;
        unsigned bytes;
        uint64_t count = 0;

        random = hash_u64(random, round);
        from = (unsigned)(random % (BYTES - 300));
        bytes = (unsigned)(random >> 32) % 200 + 1;
        coverage_code_add(round % 2 == 0 ? &code : &other, BASE + from, bytes);
        memset(wanted + from, 1, bytes);
        coverage_code_merge(&code, &other);
        for (unsigned i = 0; i < 300; i++) {
            count += wanted[from + i];
        }
        assert_int_equal(coverage_code_count(&code, BASE + from, 300), count);
        if (round % 40 == 39) assert_same(&code, wanted);
    }
    assert_false(code.is_incomplete);
    coverage_code_clear(&code);
    coverage_code_clear(&other);
}

static void whole_words_and_whole_pages(void **state)
{
    struct coverage_code code = {.pages = NULL};
    uint8_t wanted[BYTES] = {0};

    (void)state;
    coverage_code_add(&code, BASE + 0x10, 4 * 4096);
    memset(wanted + 0x10, 1, (size_t)4 * 4096);
    assert_same(&code, wanted);
    assert_int_equal(coverage_code_count(&code, BASE, 5 * 4096), 4 * 4096);
    coverage_code_clear(&code);
    assert_int_equal(coverage_code_count(&code, BASE, BYTES), 0);
    assert_int_equal(coverage_code_bytes(&code), 0);
}

static void the_end_of_addresses_is_no_trap(void **state)
{
    struct coverage_code code = {.pages = NULL};

    (void)state;
    coverage_code_add(&code, UINT64_MAX - 1, 4);
    assert_int_equal(coverage_code_bytes(&code), 4);
    assert_int_equal(coverage_code_count(&code, UINT64_MAX - 1, 2), 2);
    assert_int_equal(coverage_code_count(&code, 0, 8), 2);
    coverage_code_clear(&code);
}

static void more_than_the_bound_is_told(void **state)
{
    struct coverage_code code = {.pages = NULL};

    (void)state;
    for (uint64_t i = 0; i < COVERAGE_PAGES_MAX; i++) {
        coverage_code_add(&code, i * 3 * COVERAGE_PAGE_BYTES, 1);
    }
    assert_false(code.is_incomplete);
    coverage_code_add(&code, UINT64_C(1) << 60, 1);
    assert_true(code.is_incomplete);
    assert_int_equal(coverage_code_bytes(&code), COVERAGE_PAGES_MAX);
    /* Pages that are known go on. */
    coverage_code_add(&code, 6 * COVERAGE_PAGE_BYTES + 8, 2);
    assert_int_equal(coverage_code_bytes(&code), COVERAGE_PAGES_MAX + 2);
    coverage_code_clear(&code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_an_array_would_have_it),
        cmocka_unit_test(whole_words_and_whole_pages),
        cmocka_unit_test(the_end_of_addresses_is_no_trap),
        cmocka_unit_test(more_than_the_bound_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
