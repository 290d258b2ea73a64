/* SPDX-License-Identifier: GPL-2.0-only */
/* Modes, exceptions with their error codes, nested faults. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_ERROR 0u

SNIPPET(real_basic);
SNIPPET(real_faults);
SNIPPET(protected_faults);
SNIPPET(protected_rings);
SNIPPET(long_faults);
SNIPPET(page_faults);
SNIPPET(double_fault);
SNIPPET(triple_fault);
SNIPPET(user_faults);
SNIPPET(user_ports);
SNIPPET(page_end);

struct expected {
    unsigned vector;
    uint64_t error;
};

static void check_records(const struct guest *guest, const struct expected *expected, size_t count)
{
    for (size_t i = 0; i < count && i < guest_record_count(guest); i++) {
        struct guest_record record = guest_record(guest, i);

        if (record.vector != expected[i].vector || record.error != expected[i].error) {
            fail_msg("exception %zu: vector %u error %#llx, not %u %#llx", i,
                     (unsigned)record.vector, (unsigned long long)record.error, expected[i].vector,
                     (unsigned long long)expected[i].error);
        }
    }
    assert_int_equal(guest_record_count(guest), count);
}

#define CHECK(guest, ...)                                           \
    do {                                                            \
        const struct expected list[] = {__VA_ARGS__};               \
        check_records(guest, list, sizeof(list) / sizeof(list[0])); \
    } while (0)

static void gate_absent(struct guest *guest, uint8_t mode, unsigned vector)
{
    guest->ram[GUEST_IDT + (mode == MODE_LONG ? 16 : 8) * vector + 5] &= 0x7f;
}

static void test_power_on(void **state)
{
    struct guest *guest = guest_create(MODE_REAL, CODE(real_basic), NULL);
    struct cpu_regs regs;

    (void)state;
    cpu_get_regs(guest_core(guest, 0), &regs);
    assert_int_equal(regs.rip, 0xfff0);
    assert_int_equal(regs.segment[1].selector, 0xf000);
    assert_int_equal(regs.segment[1].base, 0xffff0000);
    assert_int_equal(regs.rflags, 2);
    assert_int_equal(regs.gpr[2], 0x50654);
    assert_int_equal(regs.cr0, 0x60000010);
    assert_int_equal(regs.cr4, 0);
    assert_int_equal(regs.efer, 0);
    assert_int_equal(regs.dr[6], 0xffff0ff0);
    assert_int_equal(regs.dr[7], 0x400);
    guest_destroy(guest);
}

static void test_real_mode(void **state)
{
    struct guest *guest = guest_run_all(MODE_REAL, CODE(real_basic));
    struct guest_record record = guest_record(guest, 0);

    (void)state;
    assert_int_equal(guest->report_count, 3);
    assert_int_equal(guest->report[0], 0x1234);
    assert_int_equal(guest->report[1], 0x1000);
    assert_int_equal(guest->report[2], 0x60000010);
    assert_int_equal(record.vector, 0x21);
    assert_int_equal(record.cs, 0x1000);
    guest_destroy(guest);
    guest = guest_run_all(MODE_REAL, CODE(real_faults));
    CHECK(guest, {0, 0}, {6, 0}, {4, 0});
    guest_destroy(guest);
}

static void test_protected_mode(void **state)
{
    struct guest *guest = guest_create(MODE_PROTECTED, CODE(protected_faults), NULL);

    (void)state;
    gate_absent(guest, MODE_PROTECTED, 0xff);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    CHECK(guest, {0, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {11, SEL_ABSENT}, {12, SEL_ABSENT},
          {13, 0x7ff8}, {11, 0xff * 8 + 2});
    assert_int_equal(guest->report[0], guest_u64(guest, GUEST_DATA + 4) & 0xffffffff);
    guest_destroy(guest);
}

static void test_protected_rings(void **state)
{
    struct guest *guest = guest_run_all(MODE_PROTECTED, CODE(protected_rings));
    struct guest_record record = guest_record(guest, 0);

    (void)state;
    CHECK(guest, {0x80, 0}, {13, 0});
    assert_int_equal(record.cs, SEL_USER_CODE32);
    assert_int_equal(record.rsp, GUEST_STACK - 0x1000);
    assert_int_equal(record.ss, SEL_USER_DATA);
    assert_int_equal(guest->report[0], 0xabcd);
    guest_destroy(guest);
}

/* The stack segment that the TSS names for ring 0 is not there: #TS with its selector. */
static void test_invalid_tss(void **state)
{
    struct guest *guest = guest_create(MODE_PROTECTED, CODE(protected_rings), NULL);

    (void)state;
    guest_put_u64(guest, GUEST_TSS + 4, GUEST_STACK | (uint64_t)SEL_CODE32 << 32);
    /* #TS cannot be delivered either (the same stack), nor the double fault: shutdown. */
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_TRIPLE_FAULT);
    guest_destroy(guest);
}

static void test_long_mode(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(long_faults), NULL);

    (void)state;
    gate_absent(guest, MODE_LONG, 0xff);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    CHECK(guest, {0, 0}, {3, 0}, {6, 0}, {7, 0}, {11, SEL_ABSENT}, {12, SEL_ABSENT}, {13, 0x7ff8},
          {13, 0}, {11, 0xff * 8 + 2}, {0xfe, 0}, {6, 0}, {6, 0}, {6, 0}, {6, 0}, {1, 0}, {13, 0},
          {13, 0});
    assert_int_equal(guest->report[0], 0xf0f0 & ~0xff00);
    guest_destroy(guest);
}

/* A fault points at its instruction, a trap and INT behind it; a fault on INT's way at the INT. */
static void test_return_addresses(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(long_faults), NULL);

    (void)state;
    gate_absent(guest, MODE_LONG, 0xff);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    for (size_t i = 0; i < guest_record_count(guest); i++) {
        struct guest_record record = guest_record(guest, i);
        const uint8_t *at = guest->ram + record.rip;

        if (i + 2 == guest_record_count(guest)) {
            assert_int_equal(at[1], 0xcf); /* IRETQ */
        } else if (record.vector == 1) {
            assert_int_equal(at[-1], 0xf1);
        } else if (record.vector == 3) {
            assert_int_equal(at[-1], 0xcc);
        } else if (record.vector == 0xfe) {
            assert_int_equal(at[-2], 0xcd);
        } else if (record.vector == 11 && record.error == 0xff * 8 + 2) {
            assert_int_equal(at[0], 0xcd);
        } else if (record.vector == 0) {
            assert_int_equal(at[1], 0xf7);
        }
    }
    guest_destroy(guest);
}

static void test_page_faults(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(page_faults));
    static const uint64_t cr2[] = {
        GUEST_ABSENT + 8, GUEST_ABSENT + 16,     GUEST_READ_ONLY + 24,  GUEST_NO_EXECUTE + 32,
        GUEST_ABSENT,     GUEST_SUPERVISOR + 40, GUEST_SUPERVISOR + 48, GUEST_ABSENT + 56,
    };

    (void)state;
    CHECK(guest, {14, 0}, {14, 2}, {14, 3}, {14, 0x11}, {14, 0x10}, {14, 5}, {14, 7}, {14, 9});
    for (size_t i = 0; i < sizeof(cr2) / sizeof(cr2[0]); i++) {
        assert_int_equal(guest_record(guest, i).cr2, cr2[i]);
    }
    assert_int_equal(guest_record(guest, 3).rip, GUEST_NO_EXECUTE + 32);
    guest_destroy(guest);
}

static void test_double_fault(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(double_fault), NULL);

    (void)state;
    gate_absent(guest, MODE_LONG, 14);
    guest->ram[GUEST_IDT + 16 * 8 + 4] = 1; /* IST 1 */
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    CHECK(guest, {8, 0});
    assert_int_equal(guest_record(guest, 0).cr2, GUEST_ABSENT);
    assert_int_equal(guest_record(guest, 0).rsp, GUEST_STACK);
    assert_int_equal(guest->report[0], 0x77);
    /* The frame is on the IST stack: seven words below its top. */
    assert_int_equal(guest_u64(guest, GUEST_IST1 - 8), SEL_DATA64);
    guest_destroy(guest);
}

static void test_triple_fault(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(triple_fault), NULL);
    struct cpu_regs regs;

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_TRIPLE_FAULT);
    cpu_reset(guest_core(guest, 0), cpu_now(guest_core(guest, 0)));
    cpu_get_regs(guest_core(guest, 0), &regs);
    assert_int_equal(regs.rip, 0xfff0);
    assert_int_equal(regs.efer, 0);
    guest->ram[GUEST_GDT + SEL_TSS + 5] = 0x89; /* not busy */
    assert_int_equal(guest_run(guest, VTIME_MS(10)),
                     CPU_STOP_TRIPLE_FAULT); /* the same way again */
    guest_destroy(guest);
}

/* An external interrupt whose gate is absent: #NP with IDT and EXT in the error code. */
static void test_ext_bit(void **state)
{
    SNIPPET(spin);
    struct guest *guest = guest_create(MODE_LONG, CODE(spin), NULL);

    (void)state;
    gate_absent(guest, MODE_LONG, 0x44);
    assert_int_equal(guest_run(guest, VTIME_US(10)), CPU_STOP_DEADLINE);
    guest_raise(guest, 0, 0x44);
    assert_int_equal(guest_run(guest, VTIME_US(10)), CPU_STOP_HALTED);
    CHECK(guest, {11, 0x44 * 8 + 3});
    guest_destroy(guest);
}

static void test_user_mode(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(user_faults), NULL);

    (void)state;
    guest->ram[GUEST_IDT + 16 * 0xfe + 5] = 0x8e; /* ring 0 only */
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    CHECK(guest, {13, 0}, {13, 0}, {13, 0}, {13, 0xfe * 8 + 2}, {13, 0});
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(guest_record(guest, i).cs, SEL_USER_CODE64);
        assert_int_equal(guest_record(guest, i).ss, SEL_USER_DATA);
    }
    guest_destroy(guest);
}

static void test_io_bitmap(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(user_ports), NULL);

    (void)state;
    guest->ram[GUEST_GDT + SEL_TSS] = 0xff; /* limit: with the bitmap */
    guest->ram[GUEST_TSS + 0x66] = 0x68;
    memset(guest->ram + GUEST_TSS + 0x68, 0xff, 0x80);
    guest->ram[GUEST_TSS + 0x68 + PORT_CHAR / 8] &= (uint8_t) ~(1u << PORT_CHAR % 8);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    CHECK(guest, {13, 0});
    assert_int_equal(guest_u64(guest, GUEST_ARG) & 0xffff, 0xe9);
    guest_destroy(guest);
}

static void test_page_end(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(page_end));

    (void)state;
    CHECK(guest, {14, 0x10});
    assert_int_equal(guest_record(guest, 0).cr2, GUEST_ABSENT);
    assert_int_equal(guest_record(guest, 0).rip, GUEST_ABSENT - 2);
    assert_int_equal(guest_u64(guest, GUEST_ARG), 7);
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_on),         cmocka_unit_test(test_real_mode),
        cmocka_unit_test(test_protected_mode),   cmocka_unit_test(test_protected_rings),
        cmocka_unit_test(test_invalid_tss),      cmocka_unit_test(test_long_mode),
        cmocka_unit_test(test_return_addresses), cmocka_unit_test(test_page_faults),
        cmocka_unit_test(test_double_fault),     cmocka_unit_test(test_triple_fault),
        cmocka_unit_test(test_ext_bit),          cmocka_unit_test(test_user_mode),
        cmocka_unit_test(test_io_bitmap),        cmocka_unit_test(test_page_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
