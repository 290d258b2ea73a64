/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts, NMI, shadows, halts, debug traps. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

SNIPPET(sti_shadow);
SNIPPET(mov_ss_shadow);
SNIPPET(nmi_blocking);
extern const uint8_t nmi_handler[];
SNIPPET(halt_wake);
SNIPPET(spin);
SNIPPET(popf_opens);
SNIPPET(cr8);
SNIPPET(single_step);
SNIPPET(breakpoints);

static void test_sti_shadow(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(sti_shadow));
    struct guest_record record = guest_record(guest, 0);

    (void)state;
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(record.vector, 0x41);
    /* After exactly one instruction behind STI: that one stores 1 (11 bytes), the next stores 2. */
    assert_int_equal(guest->ram[record.rip + 7], 2);
    assert_int_equal(guest->ram[record.rip - 4], 1);
    assert_int_equal(guest->acks, 1);
    guest_destroy(guest);
}

static void test_mov_ss_shadow(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(mov_ss_shadow));
    struct guest_record record = guest_record(guest, 0);

    (void)state;
    assert_int_equal(record.vector, 2);
    /* The OUT behind MOV SS raised it; it is taken behind that OUT, not before. */
    assert_int_equal(guest->ram[record.rip - 1], 0xee);
    guest_destroy(guest);
}

static void test_nmi_blocking(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(nmi_blocking), NULL);
    uint64_t handler = GUEST_CODE + (uint64_t)(nmi_handler - nmi_blocking_begin);
    static const uint32_t order[] = {1, 0x99, 2, 0xee};

    (void)state;
    memcpy(guest->ram + GUEST_IDT + 16 * 2, &handler, 2);
    memcpy(guest->ram + GUEST_IDT + 16 * 2 + 6, (uint8_t *)&handler + 2, 2);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 4);
    assert_memory_equal(guest->report, order, sizeof(order));
    guest_destroy(guest);
}

static void test_halt(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(halt_wake), NULL);
    struct cpu *core = guest_core(guest, 0);
    uint64_t cycles;

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_true(cpu_is_halted(core));
    assert_int_equal(guest->report_count, 0);
    cycles = cpu_cycles(core);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(cpu_cycles(core), cycles);
    cpu_skip_to(core, VTIME_MS(5));
    assert_int_equal(cpu_now(core), VTIME_MS(5));
    cpu_skip_to(core, VTIME_MS(3));
    assert_int_equal(cpu_now(core), VTIME_MS(5));
    guest_raise(guest, 0, 0x30);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 1);
    assert_int_equal(guest_record(guest, 0).vector, 0x30);
    /* Now halted with interrupts off: only an NMI wakes it. */
    guest_raise(guest, 0, 0x31);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 1);
    cpu_nmi(core);
    guest_put_u64(guest, GUEST_RESUME, 0);
    assert_int_equal(guest_run(guest, VTIME_US(1)), CPU_STOP_DEADLINE);
    assert_int_equal(guest_record_count(guest), 2);
    assert_int_equal(guest_record(guest, 1).vector, 2);
    guest_destroy(guest);
}

/* A line that rises between two turns is taken although only chained blocks run. */
static void test_spin(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(spin), NULL);

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(guest_record_count(guest), 0);
    guest_raise(guest, 0, 0x66);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_HALTED);
    assert_int_equal(guest_record(guest, 0).vector, 0x66);
    assert_int_equal(guest->report[0], 0x22);
    guest_destroy(guest);
}

/* A line that falls before it is taken is not taken. */
static void test_withdrawn(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(spin), NULL);

    (void)state;
    guest_run(guest, VTIME_US(100));
    guest_raise(guest, 0, 0x66);
    cpu_set_intr(guest_core(guest, 0), false);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(guest_record_count(guest), 0);
    guest_destroy(guest);
}

static void test_popf_iret(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(popf_opens));

    (void)state;
    assert_int_equal(guest_record_count(guest), 2);
    assert_int_equal(guest_record(guest, 0).vector, 0x51);
    assert_int_equal(guest->ram[guest_record(guest, 0).rip - 1], 0x9d); /* behind POPF */
    assert_int_equal(guest_record(guest, 1).vector, 0x52);
    assert_int_equal(guest->ram[guest_record(guest, 1).rip - 1], 0xcf); /* behind IRETQ */
    guest_destroy(guest);
}

static void test_cr8(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(cr8));
    struct cpu_regs regs;

    (void)state;
    assert_int_equal(guest->report[0], 5);
    assert_int_equal(guest->tpr[0], 5);
    cpu_get_regs(guest_core(guest, 0), &regs);
    assert_int_equal(regs.cr8, 5);
    assert_int_equal(guest_record(guest, 0).vector, 13);
    guest_destroy(guest);
}

static void test_single_step(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(single_step));

    (void)state;
    assert_int_equal(guest->report[0] & 0x4000, 0x4000); /* DR6.BS */
    assert_int_equal(guest_record_count(guest), 4);      /* NOP NOP PUSH POPF */
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(guest_record(guest, i).vector, 1);
    }
    assert_int_equal(guest_record(guest, 1).rip, guest_record(guest, 0).rip + 1);
    guest_destroy(guest);
}

static void test_breakpoints(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(breakpoints));

    (void)state;
    assert_int_equal(guest_record_count(guest), 4);
    assert_int_equal(guest_record(guest, 0).vector, 1);
    assert_int_equal(guest->report[0] & 0xf, 2);
    assert_int_equal(guest->report[1] & 0xf, 4);
    assert_int_equal(guest->report[2] & 0xf, 1);
    /* Instruction breakpoint: before the NOP. Data: behind the access. */
    assert_int_equal(guest->ram[guest_record(guest, 2).rip], 0x90);
    assert_int_equal(guest->ram[guest_record(guest, 0).rip - 7], 0x88);
    assert_int_equal(guest->report[3] & 0x2000, 0x2000); /* DR6.BD */
    guest_destroy(guest);
}

/* One instruction per step, through calls, faults and halts. */
static void test_step(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(spin), NULL);
    struct cpu *core = guest_core(guest, 0);
    struct cpu_regs regs;
    unsigned steps = 0;

    (void)state;
    do {
        assert_int_equal(cpu_step(core), CPU_STOP_STEP);
        cpu_get_regs(core, &regs);
        steps++;
    } while (regs.rip != GUEST_CODE && steps < 1000);
    assert_int_equal(regs.rip, GUEST_CODE);
    assert_int_equal(cpu_block_count(core), steps);
    assert_int_equal(cpu_step(core), CPU_STOP_STEP); /* STI */
    cpu_get_regs(core, &regs);
    assert_int_equal(regs.rip, GUEST_CODE + 1);
    guest_raise(guest, 0, 0x70);
    assert_int_equal(cpu_step(core), CPU_STOP_STEP); /* still in the shadow */
    cpu_get_regs(core, &regs);
    assert_int_equal(regs.rip, GUEST_CODE + 9);
    assert_int_equal(cpu_step(core), CPU_STOP_STEP); /* the handler's first instruction */
    cpu_get_regs(core, &regs);
    assert_int_equal(regs.rip, GUEST_STUBS + 0x70 * GUEST_STUB_BYTES + 2);
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sti_shadow),   cmocka_unit_test(test_mov_ss_shadow),
        cmocka_unit_test(test_nmi_blocking), cmocka_unit_test(test_halt),
        cmocka_unit_test(test_spin),         cmocka_unit_test(test_withdrawn),
        cmocka_unit_test(test_popf_iret),    cmocka_unit_test(test_cr8),
        cmocka_unit_test(test_single_step),  cmocka_unit_test(test_breakpoints),
        cmocka_unit_test(test_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
