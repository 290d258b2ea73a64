/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of random bytes in each mode, with interrupts, NMI, INIT and single steps thrown in: the
 * host survives, and a second run goes the same way. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAMS   30
#define CODE_BYTES 4096
#define ROUNDS     12

SNIPPET(endless);

/* Bytes that are more often the start of something interesting. */
static const uint8_t spice[] = {
    0x0f, 0x66, 0xf3, 0xf2, 0x48, 0xff, 0xf7, 0x8e, 0xcd, 0xcf, 0x9d, 0xfa, 0xfb,
    0xc4, 0xc5, 0xd9, 0x01, 0x20, 0x22, 0x30, 0x32, 0x21, 0x23, 0x05, 0x07, 0xae,
    0xc7, 0xe6, 0xee, 0xec, 0x6c, 0x6e, 0xa4, 0xab, 0x17, 0xf4, 0xf1, 0xcc,
};

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *seed >> 33;
}

static void disturb(struct guest *guest, unsigned round, uint64_t *seed)
{
    struct cpu *core = guest_core(guest, 0);
    struct cpu_regs regs;
    uint8_t bytes[16];

    if (round % 4 == 0) {
        guest_raise(guest, 0, (int)(next(seed) & 0xff));
    } else if (round % 7 == 3) {
        cpu_nmi(core);
    } else if (round % 9 == 5) {
        cpu_init(core);
    } else {
        cpu_step(core);
    }
    cpu_get_regs(core, &regs);
    cpu_peek_linear(core, regs.rip, bytes, sizeof(bytes));
}

static struct guest *run_program(uint64_t seed)
{
    struct guest *guest = guest_create((uint8_t)(next(&seed) % 3), CODE(endless), NULL);

    for (size_t i = 0; i < CODE_BYTES; i++) {
        guest->ram[GUEST_CODE + i] =
            next(&seed) % 3 ? (uint8_t)next(&seed) : spice[next(&seed) % sizeof(spice)];
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (guest_run(guest, VTIME_US(20)) == CPU_STOP_TRIPLE_FAULT) {
            break;
        }
        disturb(guest, round, &seed);
    }
    return guest;
}

static void test_random_programs(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < PROGRAMS; i++) {
        struct guest *a = run_program(i);
        struct guest *b = run_program(i);

        assert_int_equal(cpu_cycles(guest_core(a, 0)), cpu_cycles(guest_core(b, 0)));
        assert_memory_equal(a->ram, b->ram, GUEST_RAM_BYTES);
        guest_destroy(a);
        guest_destroy(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_programs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
