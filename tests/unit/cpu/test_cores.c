/* SPDX-License-Identifier: GPL-2.0-only */
/* Several cores: INIT, SIPI, code shared between engines, two sets in one process. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define QUANTUM VTIME_US(10)

SNIPPET(two_cores);
SNIPPET(endless);
SNIPPET(mixed);
extern const uint8_t two_cores_second[];

static struct guest *run_two(void)
{
    const struct guest_options options = {.cores = 2};
    struct guest *guest = guest_create(MODE_LONG, CODE(two_cores), &options);
    vtime limit = VTIME_MS(20);

    guest_plant_second(guest, GUEST_CODE + (uint64_t)(two_cores_second - two_cores_begin));
    assert_int_equal(cpu_run(guest_core(guest, 1), QUANTUM), CPU_STOP_WAIT_SIPI);
    for (vtime t = QUANTUM; t < limit && guest_u64(guest, GUEST_ARG + 24) == 0; t += QUANTUM) {
        for (unsigned i = 0; i < 2; i++) {
            enum cpu_stop stop = cpu_run(guest_core(guest, i), t);

            if (stop == CPU_STOP_WAIT_SIPI) {
                cpu_skip_to(guest_core(guest, i), t);
            }
            assert_int_not_equal(stop, CPU_STOP_TRIPLE_FAULT);
        }
    }
    assert_int_equal(guest_u64(guest, GUEST_ARG + 24), 1);
    return guest;
}

/* Core 0 patches, by another virtual address, a function that core 1 runs. */
static void test_two_cores(void **state)
{
    struct guest *a = run_two();
    struct guest *b = run_two();

    (void)state;
    assert_int_equal(a->report_count, 20);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(a->report[i], 20 - i);
    }
    assert_int_equal(cpu_cycles(guest_core(a, 0)), cpu_cycles(guest_core(b, 0)));
    assert_int_equal(cpu_cycles(guest_core(a, 1)), cpu_cycles(guest_core(b, 1)));
    assert_memory_equal(a->ram, b->ram, GUEST_RAM_BYTES);
    guest_destroy(a);
    guest_destroy(b);
}

static void test_init_sipi(void **state)
{
    const struct guest_options options = {.cores = 2};
    struct guest *guest = guest_create(MODE_LONG, CODE(endless), &options);
    struct cpu *core = guest_core(guest, 1);
    struct cpu_regs regs;

    (void)state;
    guest->ram[0x12345 & ~0xfffu] = 0xf4;
    cpu_sipi(core, 0x12);
    cpu_get_regs(core, &regs);
    assert_int_equal(regs.segment[1].selector, 0x1200);
    assert_int_equal(regs.segment[1].base, 0x12000);
    assert_int_equal(regs.rip, 0);
    assert_int_equal(cpu_run(core, VTIME_US(1)), CPU_STOP_HALTED);
    cpu_sipi(core, 0x13); /* without INIT: ignored */
    assert_int_equal(cpu_run(core, VTIME_US(1)), CPU_STOP_HALTED);
    cpu_init(core);
    assert_int_equal(cpu_run(core, VTIME_US(2)), CPU_STOP_WAIT_SIPI);
    /* INIT takes the bootstrap processor back to the reset vector, out of whatever it did. */
    assert_int_equal(guest_run(guest, VTIME_US(50)), CPU_STOP_DEADLINE);
    cpu_init(guest_core(guest, 0));
    cpu_get_regs(guest_core(guest, 0), &regs);
    assert_int_equal(regs.rip, 0xfff0);
    assert_int_equal(regs.cr4, 0);
    assert_int_equal(guest_run(guest, VTIME_US(50)), CPU_STOP_DEADLINE);
    cpu_get_regs(guest_core(guest, 0), &regs);
    assert_true(regs.efer & 0x400);
    guest_destroy(guest);
}

/* Two sets run alternately as they run alone. */
static void test_two_sets(void **state)
{
    struct guest *alone = guest_run_all(MODE_LONG, CODE(mixed));
    struct guest *a = guest_create(MODE_LONG, CODE(mixed), NULL);
    struct guest *b = guest_create(MODE_LONG, CODE(mixed), NULL);
    vtime end = cpu_now(guest_core(alone, 0)) + VTIME_US(100);

    (void)state;
    for (vtime t = VTIME_US(3); t < end; t += VTIME_US(3)) {
        cpu_run(guest_core(a, 0), t);
        cpu_run(guest_core(b, 0), t);
    }
    assert_memory_equal(a->ram, alone->ram, GUEST_RAM_BYTES);
    assert_memory_equal(b->ram, alone->ram, GUEST_RAM_BYTES);
    assert_int_equal(cpu_cycles(guest_core(a, 0)), cpu_cycles(guest_core(alone, 0)));
    guest_destroy(alone);
    guest_destroy(a);
    guest_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_cores),
        cmocka_unit_test(test_init_sipi),
        cmocka_unit_test(test_two_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
