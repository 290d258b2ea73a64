/* SPDX-License-Identifier: GPL-2.0-only */
/* The store of blobs: equal ones once, dropped ones gone, everything as it was put. */
#define _GNU_SOURCE

#include "emu/debug/replay/blobs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE 4096u

static void fill(uint8_t *data, size_t bytes, uint64_t seed)
{
    for (size_t i = 0; i < bytes; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        data[i] = (uint8_t)(seed >> 56);
    }
}

static void assert_blob(struct blobs *blobs, uint64_t blob, const void *data, size_t bytes)
{
    uint8_t *found = malloc(bytes);
    struct error err = ERROR_INIT;

    assert_non_null(found);
    assert_int_equal(blobs_bytes(blobs, blob), bytes);
    assert_int_equal(blobs_get(blobs, blob, found, &err), 0);
    assert_memory_equal(found, data, bytes);
    free(found);
}

static void test_equal_once(void **state)
{
    struct blobs *blobs = blobs_create();
    uint8_t page[PAGE];
    uint32_t a;
    uint32_t b;

    (void)state;
    fill(page, PAGE, 1);
    a = blobs_put(blobs, page, PAGE);
    assert_int_not_equal(a, 0);
    assert_int_equal(blobs_put(blobs, page, PAGE), a);
    page[PAGE - 1] ^= 1;
    b = blobs_put(blobs, page, PAGE);
    assert_int_not_equal(b, a);
    assert_int_not_equal(blobs_put(blobs, page, PAGE - 1), b);
    blobs_drop(blobs, a);
    assert_int_equal(blobs_bytes(blobs, a), PAGE);
    blobs_drop(blobs, a);
    assert_int_equal(blobs_bytes(blobs, a), 0);
    blobs_drop(blobs, a);
    assert_blob(blobs, b, page, PAGE);
    blobs_destroy(blobs);
}

static void test_refuses(void **state)
{
    struct blobs *blobs = blobs_create();
    struct error err = ERROR_INIT;
    uint8_t byte = 0;

    (void)state;
    assert_int_equal(blobs_put(blobs, &byte, 0), 0);
    assert_int_equal(blobs_put(blobs, &byte, (size_t)BLOBS_BYTES_MAX + 1), 0);
    assert_int_equal(blobs_bytes(blobs, 0), 0);
    assert_int_equal(blobs_bytes(blobs, 1), 0);
    assert_int_equal(blobs_bytes(blobs, UINT64_MAX), 0);
    assert_false(blobs_hold(blobs, 1));
    assert_int_equal(blobs_get(blobs, 1, &byte, &err), -1);
    assert_non_null(strstr(err.text, "blob 1"));
    blobs_drop(blobs, 0);
    blobs_drop(blobs, 77);
    blobs_destroy(blobs);
}

static void test_sizes(void **state)
{
    static const size_t sizes[] = {1,      2,      4095,   4096,   65535, 65536,   65537, 262143,
                                   262144, 262145, 300000, 900000, 4096,  2000000, 7};
    struct blobs *blobs = blobs_create();
    uint8_t *data = malloc(2000000);
    uint32_t blob[sizeof(sizes) / sizeof(sizes[0])];

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fill(data, sizes[i], i);
        blob[i] = blobs_put(blobs, data, sizes[i]);
        assert_int_not_equal(blob[i], 0);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fill(data, sizes[i], i);
        assert_blob(blobs, blob[i], data, sizes[i]);
    }
    free(data);
    blobs_destroy(blobs);
}

/* Random puts and drops against a model that keeps every page; and memory comes back. */
static void test_model(void **state)
{
    enum { SLOTS = 600, STEPS = 30000 };
    struct blobs *blobs = blobs_create();
    uint32_t blob[SLOTS] = {0};
    uint64_t seed_of[SLOTS] = {0};
    uint8_t page[PAGE];
    uint64_t random = 5;
    uint64_t empty;

    (void)state;
    empty = blobs_total(blobs);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned slot;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        slot = (unsigned)(random >> 33) % SLOTS;
        if (blob[slot] != 0) {
            fill(page, PAGE, seed_of[slot]);
            if (step % 16 == 0) {
                assert_blob(blobs, blob[slot], page, PAGE);
            }
            blobs_drop(blobs, blob[slot]);
        }
        seed_of[slot] = (random >> 40) % 2000;
        fill(page, PAGE, seed_of[slot]);
        blob[slot] = random % 3 == 0 ? 0 : blobs_put(blobs, page, PAGE);
        assert_true(random % 3 == 0 || blob[slot] != 0);
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        fill(page, PAGE, seed_of[slot]);
        if (blob[slot] != 0) {
            assert_blob(blobs, blob[slot], page, PAGE);
        }
    }
    /* Incompressible pages: no more than what lives, four times over, and what is always there. */
    assert_in_range(blobs_total(blobs), 1, empty + (uint64_t)SLOTS * PAGE * 4 + (4u << 20));
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        blobs_drop(blobs, blob[slot]);
    }
    assert_in_range(blobs_total(blobs), 1, empty + (4u << 20));
    blobs_destroy(blobs);
}

/* However many were dropped in between, an equal one is found. */
static void test_equal_after_drops(void **state)
{
    enum { COUNT = 700 }; /* more than half of the table of hashes, so that they meet */
    struct blobs *blobs = blobs_create();
    uint32_t blob[COUNT];
    uint8_t page[64];

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        fill(page, sizeof(page), i);
        blob[i] = blobs_put(blobs, page, sizeof(page));
    }
    for (unsigned i = 0; i < COUNT; i++) {
        if (i % 3 == 0) {
            blobs_drop(blobs, blob[i]);
        }
    }
    for (unsigned i = 0; i < COUNT; i++) {
        fill(page, sizeof(page), i);
        if (i % 3 != 0) {
            assert_int_equal(blobs_put(blobs, page, sizeof(page)), blob[i]);
        }
    }
    blobs_destroy(blobs);
}

/* A few that live do not keep what was dropped around them. */
static void test_few_left(void **state)
{
    enum { COUNT = 64 * 40 };
    struct blobs *blobs = blobs_create();
    uint32_t blob[COUNT];
    uint8_t page[PAGE];

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        fill(page, PAGE, i);
        blob[i] = blobs_put(blobs, page, PAGE);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        if (i % 64 != 0) {
            blobs_drop(blobs, blob[i]);
        }
    }
    /* 160 KiB live, of 10 MiB; besides them the segment that is filled, the cache, tables. */
    assert_in_range(blobs_total(blobs), 1, (3u << 20) + (512u << 10));
    for (unsigned i = 0; i < COUNT; i += 64) {
        fill(page, PAGE, i);
        assert_blob(blobs, blob[i], page, PAGE);
    }
    blobs_destroy(blobs);
}

/* Pages that are all alike but for a number take little. */
static void test_packed(void **state)
{
    struct blobs *blobs = blobs_create();
    uint8_t page[PAGE] = {0};

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        memcpy(page, &i, sizeof(i));
        assert_int_equal(blobs_put(blobs, page, PAGE), i + 1);
    }
    assert_in_range(blobs_total(blobs), 1, 8u << 20); /* of 80 MiB */
    for (uint32_t i = 0; i < 20000; i += 777) {
        memcpy(page, &i, sizeof(i));
        assert_blob(blobs, i + 1, page, PAGE);
    }
    blobs_destroy(blobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_once), cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_sizes),      cmocka_unit_test(test_model),
        cmocka_unit_test(test_packed),     cmocka_unit_test(test_equal_after_drops),
        cmocka_unit_test(test_few_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
