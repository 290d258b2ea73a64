/* SPDX-License-Identifier: GPL-2.0-only */
/* Deadlines, charging, repeatability, save and load. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/error.h"
#include "emu/core/snap.h"

SNIPPET(endless);
SNIPPET(pauses);
SNIPPET(stop_from_port);
SNIPPET(mixed);

static void test_deadline(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(endless), NULL);
    struct cpu *core = guest_core(guest, 0);

    (void)state;
    for (unsigned i = 1; i <= 1000; i++) {
        vtime deadline = VTIME_US(7) * i + 3;

        assert_int_equal(cpu_run(core, deadline), CPU_STOP_DEADLINE);
        assert_true(cpu_now(core) >= deadline && cpu_now(core) - deadline < VTIME_NS(20));
    }
    assert_int_equal(cpu_run(core, 5), CPU_STOP_DEADLINE); /* in the past */
    assert_int_equal(cpu_run(core, cpu_now(core) + VTIME_MS(20)), CPU_STOP_DEADLINE);
    guest_destroy(guest);
}

/* How the time is cut into runs does not matter to the guest. */
static void test_slicing(void **state)
{
    struct guest *one = guest_create(MODE_LONG, CODE(endless), NULL);
    struct guest *many = guest_create(MODE_LONG, CODE(endless), NULL);
    struct cpu_regs a;
    struct cpu_regs b;

    (void)state;
    cpu_run(guest_core(one, 0), VTIME_MS(1));
    for (vtime t = 0; t <= VTIME_MS(1); t += VTIME_NS(900)) {
        cpu_run(guest_core(many, 0), t);
    }
    cpu_run(guest_core(many, 0), VTIME_MS(1));
    assert_int_equal(cpu_cycles(guest_core(one, 0)), cpu_cycles(guest_core(many, 0)));
    assert_int_equal(cpu_block_count(guest_core(one, 0)), cpu_block_count(guest_core(many, 0)));
    cpu_get_regs(guest_core(one, 0), &a);
    cpu_get_regs(guest_core(many, 0), &b);
    assert_memory_equal(&a, &b, sizeof(a));
    guest_destroy(one);
    guest_destroy(many);
}

static void test_pause(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(pauses));

    (void)state;
    assert_in_range(cpu_cycles(guest_core(guest, 0)), 140000, 150000);
    guest_destroy(guest);
}

/* A deadline lowered by a device takes effect at the next block, and the access is not repeated. */
static void test_lowered(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(stop_from_port), NULL);

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_DEADLINE);
    assert_int_equal(guest->report_count, 2);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 3);
    assert_int_equal(guest->report[2], 3);
    guest_destroy(guest);
}

static void assert_same(const struct guest *a, struct guest *b)
{
    assert_int_equal(a->report_count, b->report_count);
    assert_memory_equal(a->report, b->report, a->report_count * 4);
    assert_memory_equal(a->ram, b->ram, GUEST_RAM_BYTES);
}

static void test_twice(void **state)
{
    struct guest *a = guest_run_all(MODE_LONG, CODE(mixed));
    struct guest *b = guest_run_all(MODE_LONG, CODE(mixed));

    (void)state;
    assert_true(a->report_count > 10);
    assert_same(a, b);
    assert_int_equal(cpu_cycles(guest_core(a, 0)), cpu_cycles(guest_core(b, 0)));
    guest_destroy(a);
    guest_destroy(b);
}

static void copy_surroundings(struct guest *to, const struct guest *from)
{
    memcpy(to->ram, from->ram, GUEST_RAM_BYTES);
    memcpy(to->report, from->report, sizeof(to->report));
    to->report_count = from->report_count;
    memcpy(to->vector, from->vector, sizeof(to->vector));
    to->acks = from->acks;
}

static struct snap_writer *save(struct guest *guest, const void **data, size_t *bytes)
{
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;

    assert_int_equal(cpu_save(guest_core(guest, 0), w, &err), 0);
    *data = snap_finish(w, "test", bytes);
    return w;
}

static void load(struct guest *guest, const void *data, size_t bytes)
{
    struct error err = ERROR_INIT;
    struct snap_reader *r = snap_reader_create(data, bytes, "test", &err);

    assert_non_null(r);
    if (cpu_load(guest_core(guest, 0), r, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(snap_reader_finish(r, &err), 0);
    snap_reader_destroy(r);
}

/* Saved in the middle and loaded into another machine, at many places: both end alike. */
static void test_save_load(void **state)
{
    (void)state;
    for (vtime at = VTIME_NS(100); at < VTIME_MS(1); at = at * 3 / 2) {
        struct guest *a = guest_create(MODE_LONG, CODE(mixed), NULL);
        struct guest *b = guest_create(MODE_REAL, CODE(endless), NULL);
        const void *data;
        size_t bytes;
        struct snap_writer *w;

        cpu_run(guest_core(a, 0), at);
        cpu_set_flush(a->set);
        w = save(a, &data, &bytes);
        copy_surroundings(b, a);
        load(b, data, bytes);
        assert_int_equal(guest_run(a, VTIME_MS(100)), CPU_STOP_HALTED);
        assert_int_equal(guest_run(b, VTIME_MS(100)), CPU_STOP_HALTED);
        assert_same(a, b);
        assert_int_equal(cpu_cycles(guest_core(a, 0)), cpu_cycles(guest_core(b, 0)));
        assert_int_equal(cpu_block_count(guest_core(a, 0)), cpu_block_count(guest_core(b, 0)));
        snap_writer_destroy(w);
        guest_destroy(a);
        guest_destroy(b);
    }
}

/* A snapshot made of wrong numbers is refused or harmless: the core runs afterwards or stays as
 * after power-on. */
static void test_load_hostile(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(mixed), NULL);
    struct error err;
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct snap_writer *w = snap_writer_create();
        struct snap_reader *r;
        const void *data;
        size_t bytes;

        err = (struct error)ERROR_INIT;
        snap_chunk_begin(w, "/cpu0", "cpu", 2);
        for (unsigned i = 0; i < 100 + round * 8; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            snap_put_u64(w, round % 3 ? seed >> (seed >> 58) : 0);
        }
        snap_chunk_end(w);
        data = snap_finish(w, "test", &bytes);
        r = snap_reader_create(data, bytes, "test", &err);
        assert_non_null(r);
        assert_int_equal(cpu_load(guest_core(guest, 0), r, &err), -1);
        assert_true(err.text[0] != 0);
        snap_reader_destroy(r);
        snap_writer_destroy(w);
    }
    assert_int_equal(guest_run(guest, VTIME_MS(100)), CPU_STOP_HALTED);
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline),     cmocka_unit_test(test_slicing),
        cmocka_unit_test(test_pause),        cmocka_unit_test(test_lowered),
        cmocka_unit_test(test_twice),        cmocka_unit_test(test_save_load),
        cmocka_unit_test(test_load_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
