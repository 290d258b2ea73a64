/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls, MSRs, CPUID, XSAVE, time-stamp counter. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/error.h"

SNIPPET(syscall64);
SNIPPET(syscall_edges);
SNIPPET(sysenter_pair);
SNIPPET(msr_faults);
SNIPPET(msr_values);
SNIPPET(tsc);
SNIPPET(cpuid);
SNIPPET(xsave);

static void test_self_check(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(cpu_self_check(&err), 0);
    assert_int_equal(cpu_self_check(&err), 0);
}

static void test_syscall(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(syscall64));

    (void)state;
    assert_int_equal(guest->report_count, 5);
    assert_int_equal(guest->report[0], 0);
    assert_int_equal(guest->report[1], 0x603); /* R11: the flags before */
    assert_int_equal(guest->report[2], 0x3);   /* masked: IF DF gone */
    assert_int_equal(guest->report[3], 0x18);
    assert_int_equal(guest->report[4], 0x20);
    assert_int_equal(guest_u64(guest, GUEST_ARG + 16) & 0xfff, 0x603); /* restored */
    assert_int_equal(guest_u64(guest, GUEST_ARG + 24) & 0xffff, SEL_USER_CODE64);
    assert_int_equal(guest_u64(guest, GUEST_ARG + 32) & 0xffff, SEL_USER_DATA);
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(guest_record(guest, 0).vector, 13);
    guest_destroy(guest);
}

static void test_syscall_edges(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(syscall_edges));

    (void)state;
    assert_int_equal(guest_record_count(guest), 3);
    assert_int_equal(guest_record(guest, 0).vector, 6);
    assert_int_equal(guest_record(guest, 1).vector, 6);
    assert_int_equal(guest_record(guest, 1).cs, SEL_CODE32);
    assert_int_equal(guest_record(guest, 2).vector, 13);
    assert_int_equal(guest_record(guest, 2).cs, SEL_CODE64);
    guest_destroy(guest);
}

static void test_sysenter(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(sysenter_pair));

    (void)state;
    assert_int_equal(guest->report_count, 5);
    assert_int_equal(guest->report[0], 1); /* CF survived */
    assert_int_equal(guest->report[1], SEL_USER_CODE32);
    assert_int_equal(guest->report[2], GUEST_STACK - 0x100);
    assert_int_equal(guest->report[3], SEL_CODE64);
    assert_int_equal(guest->report[4] & 0x200, 0); /* IF is off */
    assert_int_equal(guest_u64(guest, GUEST_ARG) & 0xffff, SEL_USER_CODE64);
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(guest_record(guest, 0).vector, 13);
    assert_int_equal(guest_record(guest, 0).rsp, GUEST_STACK - 0x1000);
    guest_destroy(guest);
}

static void test_msr_faults(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(msr_faults));

    (void)state;
    assert_int_equal(guest_record_count(guest), 11);
    for (size_t i = 0; i < 11; i++) {
        assert_int_equal(guest_record(guest, i).vector, 13);
        assert_int_equal(guest_record(guest, i).error, 0);
    }
    guest_destroy(guest);
}

static void test_msr_values(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(msr_values));
    static const uint32_t expected[] = {
        0,          0x0200005e, /* microcode */
        0x2000,     0x00000c00, /* platform: ratio 32, minimum 12 */
        0x01000c14, 0,          /* 20 banks, CMCI, threshold status, recovery */
        0x00070406, 0x00070406, /* PAT after reset */
        0xfee00900, 0,          /* APIC base */
        0xffffffff, 0xffffffff, /* MC7_CTL */
        0x40000001, 0,          /* MC7_CTL2 */
        0x80000006, 0,          /* MTRR_PHYSBASE0 */
        0x00001000, 0xffff8880, /* KERNEL_GS_BASE */
        0x55,                   /* TSC_AUX by RDTSCP */
    };

    (void)state;
    assert_int_equal(guest->report_count, sizeof(expected) / sizeof(expected[0]));
    assert_memory_equal(guest->report, expected, sizeof(expected));
    guest_destroy(guest);
}

static void test_tsc(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(tsc));

    (void)state;
    assert_in_range(guest->report[0], 20, 60);
    assert_int_equal(guest->report[1], 0x1000);
    assert_in_range(guest->report[2], 0xfff,
                    0x1000); /* TSC_ADJUST: a little less than what was written */
    assert_int_equal(guest->report[3], 0);
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(guest_record(guest, 0).vector, 13);
    guest_destroy(guest);
}

/* EAX EBX ECX EDX of the leaves that cpuid (snippets.S) asks for, in its order. */
static void test_cpuid(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(cpuid));
    const uint32_t(*leaf)[4] = (const uint32_t(*)[4])guest->report;
    char brand[49] = {0};

    (void)state;
    assert_int_equal(leaf[0][0], 0x16);
    assert_int_equal(leaf[0][1], 0x756e6547);
    assert_int_equal(leaf[1][0], 0x50654);
    assert_int_equal(leaf[1][2] & (1u << 31), 0); /* no hypervisor */
    assert_int_equal(leaf[1][2] & (1u << 28 | 1u << 24 | 1u << 21 | 1u << 3),
                     0);                                    /* AVX, TSC deadline, x2APIC, MONITOR */
    assert_int_equal(leaf[1][3] & (1u << 9), 1u << 9);      /* APIC */
    assert_int_equal(leaf[2][2], 16383);                    /* L3 sets */
    assert_int_equal(leaf[2][1] >> 22, 10);                 /* L3 ways - 1 */
    assert_int_equal(leaf[3][1] & (1u << 5 | 1u << 16), 0); /* AVX2, AVX-512F */
    assert_int_equal(leaf[4][1], 1);
    assert_int_equal(leaf[5][0], 3);
    assert_int_equal(leaf[6][0], 2);
    assert_int_equal(leaf[6][1], 0x100);
    assert_int_equal(leaf[7][0], 3200);
    assert_int_equal(leaf[8][3], 0x100);
    assert_int_equal(leaf[9][0], 0x3028);
    memcpy(brand, leaf[10], 48);
    assert_string_equal(brand, "Intel(R) Xeon(R) W-2140B CPU @ 3.20GHz");
    guest_destroy(guest);
}

static void test_xsave(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(xsave));

    (void)state;
    assert_int_equal(guest->report[0], 1); /* XCR0 after power-on */
    assert_int_equal(guest->report[1], 0x55667788);
    assert_int_equal(guest->report[2], 1);
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(guest_record(guest, 0).vector, 13);
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_self_check),    cmocka_unit_test(test_syscall),
        cmocka_unit_test(test_syscall_edges), cmocka_unit_test(test_sysenter),
        cmocka_unit_test(test_msr_faults),    cmocka_unit_test(test_msr_values),
        cmocka_unit_test(test_tsc),           cmocka_unit_test(test_cpuid),
        cmocka_unit_test(test_xsave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
