/* SPDX-License-Identifier: GPL-2.0-only */
/* Boundaries, looks and probes one by one: what they say, and when. That they change nothing is shown by
 * test_probe.c. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/error.h"
#include "emu/core/snap.h"
#include "emu/cpu/probe.h"

#define TICKS_PER_US (3200u * 64u)
#define FAR          VTIME_MS(10)

SNIPPET(endless);
SNIPPET(pauses);
SNIPPET(long_row);
SNIPPET(pokes);
SNIPPET(stop_from_port);

struct log {
    struct guest *guest;
    char text[1024];
    size_t used;
    unsigned count;
    unsigned break_at; /* cpu_break() at this count; 0: never */
};

static void note(struct log *log, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    log->used +=
        (size_t)vsnprintf(log->text + log->used, sizeof(log->text) - log->used, format, list);
    va_end(list);
    assert_true(log->used < sizeof(log->text));
}

static void on_code(void *ctx, unsigned core, uint64_t pc)
{
    struct log *log = ctx;
    struct cpu_regs regs;

    cpu_get_regs(guest_core(log->guest, core), &regs);
    assert_true(regs.rip == pc);
    log->count++;
    if (log->count == log->break_at) {
        cpu_break(guest_core(log->guest, core));
    }
}

static void on_data(void *ctx, unsigned core, enum cpu_access kind, uint64_t linear, unsigned bytes)
{
    (void)core;
    note(ctx, "%c%llx:%u ", "RW"[kind], (unsigned long long)(linear - GUEST_DATA), bytes);
}

static void on_msr(void *ctx, unsigned core, uint32_t msr, bool is_write, uint64_t value)
{
    (void)core;
    note(ctx, "%s%x=%llx ", is_write ? "w" : "r", msr, (unsigned long long)value);
}

static void on_vector(void *ctx, unsigned core, uint8_t vector, bool is_external)
{
    (void)core;
    note(ctx, "v%u%s ", vector, is_external ? "!" : "");
}

static struct guest *create(const uint8_t *begin, const uint8_t *end, struct log *log)
{
    const struct cpu_probe probe = {
        .ctx = log, .code = on_code, .data = on_data, .msr = on_msr, .vector = on_vector};
    struct guest *guest = guest_create(MODE_LONG, begin, end, NULL);

    *log = (struct log){.guest = guest};
    cpu_set_probe(guest->set, &probe);
    return guest;
}

/* To the first instruction of the snippet. */
static void go_to_code(struct guest *guest)
{
    struct cpu *cpu = guest_core(guest, 0);

    while (cpu_block_pc(cpu) != GUEST_CODE) {
        cpu_set_stop_at(cpu, cpu_boundary(cpu) + 1);
        assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_BREAK);
    }
    cpu_set_stop_at(cpu, UINT64_MAX);
}

static void test_stop(void **state)
{
    struct log log;
    struct guest *guest = create(CODE(endless), &log);
    struct cpu *cpu = guest_core(guest, 0);

    (void)state;
    assert_int_equal(cpu_boundary(cpu), 0);
    cpu_set_stop_at(cpu, 5 * TICKS_PER_US);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(cpu_run(cpu, VTIME_US(9)), CPU_STOP_BREAK);
        assert_in_range(cpu_boundary(cpu), 5 * TICKS_PER_US, 5 * TICKS_PER_US + 1000);
    }
    assert_true(cpu_is_due(cpu, VTIME_US(5)) && !cpu_is_due(cpu, VTIME_US(6)));
    assert_int_equal(cpu_run(cpu, VTIME_US(5)), CPU_STOP_DEADLINE); /* counts more */
    cpu_set_stop_at(cpu, UINT64_MAX);
    assert_int_equal(cpu_run(cpu, VTIME_US(9)), CPU_STOP_DEADLINE);
    guest_destroy(guest);
}

/* A deadline that a device has lowered holds behind a break, for the same turn. */
static void test_lowered(void **state)
{
    struct log log;
    struct guest *guest = create(CODE(stop_from_port), &log);
    struct cpu *cpu = guest_core(guest, 0);

    (void)state;
    go_to_code(guest);
    while (guest->report_count < 2) {
        assert_int_equal(cpu_look(cpu), CPU_STOP_STEP);
    }
    assert_false(cpu_is_due(cpu, FAR)); /* inside a block */
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_DEADLINE);
    assert_int_equal(guest->report_count, 2);
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_HALTED);
    guest_destroy(guest);
}

static void test_look(void **state)
{
    struct log log;
    struct guest *guest = create(CODE(long_row), &log);
    struct cpu *cpu = guest_core(guest, 0);
    struct cpu_regs before;
    struct cpu_regs regs;
    uint64_t boundary;

    (void)state;
    go_to_code(guest);
    boundary = cpu_boundary(cpu);
    cpu_get_regs(cpu, &before);
    assert_int_equal(before.rip, GUEST_CODE);
    assert_int_equal(cpu_code_bits(cpu), 64);
    for (unsigned i = 1; i < 100; i++) {
        assert_int_equal(cpu_look(cpu), CPU_STOP_STEP);
        assert_int_equal(cpu_look_count(cpu), i);
        assert_true(cpu_boundary(cpu) == boundary && cpu_block_pc(cpu) == GUEST_CODE);
        cpu_get_regs(cpu, &regs);
        assert_in_range(regs.rip - before.rip, 1, 15);
        before = regs;
    }
    cpu_set_stop_at(cpu, boundary + 1);
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_BREAK); /* the end of the block */
    assert_int_equal(cpu_look_count(cpu), 0);
    cpu_set_stop_at(cpu, UINT64_MAX);
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_HALTED);
    assert_int_equal(cpu_look(cpu), CPU_STOP_HALTED);
    guest_destroy(guest);
}

static void look_inside(struct guest *guest)
{
    while (cpu_look_count(guest_core(guest, 0)) < 3) {
        assert_int_equal(cpu_look(guest_core(guest, 0)), CPU_STOP_STEP);
    }
}

/* Whoever stands inside a block may load, reset or leave. */
static void test_abandon(void **state)
{
    struct log log;
    struct guest *guest = create(CODE(long_row), &log);
    struct cpu *cpu = guest_core(guest, 0);
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;
    struct snap_reader *r;
    size_t bytes;
    const void *data;

    (void)state;
    go_to_code(guest);
    assert_int_equal(cpu_save(cpu, w, &err), 0);
    data = snap_finish(w, "test", &bytes);
    look_inside(guest);
    r = snap_reader_create(data, bytes, "test", &err);
    assert_int_equal(cpu_load(cpu, r, &err), 0);
    assert_int_equal(cpu_look_count(cpu), 0);
    assert_int_equal(cpu_block_pc(cpu), GUEST_CODE);
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 3);
    for (unsigned i = 0; i < 2; i++) {
        guest->ram[GUEST_GDT + SEL_TSS + 5] = 0x89; /* not busy */
        cpu_reset(cpu, cpu_now(cpu));
        go_to_code(guest);
        look_inside(guest);
    }
    snap_reader_destroy(r);
    snap_writer_destroy(w);
    guest_destroy(guest);
}

static void test_code_probes(void **state)
{
    /* PAUSE and DEC of the loop; the middle of MOV, where no instruction is. */
    static const uint64_t pcs[] = {GUEST_CODE + 7, GUEST_CODE + 5, GUEST_CODE + 2};
    struct log log;
    struct guest *guest = create(CODE(pauses), &log);
    struct cpu *cpu = guest_core(guest, 0);

    (void)state;
    assert_false(cpu_set_probe_code(guest->set, pcs, CPU_PROBE_CODE_MAX + 1));
    assert_true(cpu_set_probe_code(guest->set, pcs, 3));
    log.break_at = 1001;
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_BREAK);
    assert_int_equal(log.count, 1001);
    assert_true(cpu_set_probe_code(guest->set, pcs, 1));
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_HALTED);
    assert_int_equal(log.count, 1501);
    guest_destroy(guest);
}

/* A probe that is set while the core stands in the middle of a block tells of the rest of that block. */
static void test_code_probe_inside(void **state)
{
    struct log log;
    struct guest *guest = create(CODE(long_row), &log);
    struct cpu *cpu = guest_core(guest, 0);
    const uint64_t first = GUEST_CODE + 5;
    struct cpu_regs regs;

    (void)state;
    go_to_code(guest);
    look_inside(guest);
    cpu_get_regs(cpu, &regs);
    assert_true(cpu_set_probe_code(guest->set, (const uint64_t[]){first, regs.rip + 8 + 9}, 2));
    assert_int_equal(cpu_run(cpu, FAR), CPU_STOP_HALTED);
    assert_int_equal(log.count, 2 + 3);
    guest_destroy(guest);
}

static void test_data_probes(void **state)
{
    static const struct cpu_probe_range wrong = {UINT64_MAX, 2, true, true};
    static const struct cpu_probe_range empty = {0, 0, true, true};
    static const struct cpu_probe_range ranges[] = {
        {GUEST_DATA, 0x100, true, true},
        {GUEST_DATA + 0x1000, 1, false, true},
        {GUEST_DATA + 0x100, 1, false, true}, /* it is only read */
    };
    struct log log;
    struct guest *guest = create(CODE(pokes), &log);

    (void)state;
    assert_false(cpu_set_probe_data(guest->set, &wrong, 1));
    assert_false(cpu_set_probe_data(guest->set, &empty, 1));
    go_to_code(guest);
    log.used = 0;
    assert_true(cpu_set_probe_data(guest->set, ranges, 3)); /* pages that are in the TLB, too */
    assert_int_equal(guest_run(guest, FAR), CPU_STOP_HALTED);
    assert_string_equal(log.text, "W0:8 W11:2 W1d:8 R8:4 R40:4 W40:4 W1000:4 W50:8 W58:8 "
                                  "wc0000103=7 rc0000103=7 v3 ");
    guest_destroy(guest);
}

static void test_registers(void **state)
{
    static const uint8_t image[10] = {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f}; /* 1.0 */
    struct log log;
    struct guest *guest = create(CODE(pokes), &log);
    struct cpu *cpu = guest_core(guest, 0);
    struct cpu_float_regs regs;
    uint32_t list[256];
    uint64_t value = 0;
    size_t count;

    (void)state;
    assert_int_equal(guest_run(guest, FAR), CPU_STOP_HALTED);
    cpu_get_float_regs(cpu, &regs);
    assert_memory_equal(regs.st[0], image, sizeof(image));
    assert_int_equal(regs.ftw, 0x80);
    assert_int_equal(regs.fsw >> 11 & 7, 7);
    assert_int_equal(regs.mxcsr, 0x1f80);
    assert_int_equal(regs.xmm[3][2], 0xf0);
    assert_true(cpu_peek_msr(cpu, 0xc0000103, &value));
    assert_int_equal(value, 7);
    assert_true(cpu_peek_msr(cpu, 0x10, &value));
    assert_int_equal(value, cpu_cycles(cpu));
    assert_false(cpu_peek_msr(cpu, 0x12345, &value));
    count = cpu_msr_list(list, 256);
    assert_in_range(count, 100, 255);
    for (size_t i = 0; i < count; i++) {
        assert_true(cpu_peek_msr(cpu, list[i], &value) && (i == 0 || list[i] > list[i - 1]));
    }
    assert_int_equal(cpu_msr_list(list, 3), 3);
    guest_destroy(guest);
}

static void test_changes(void **state)
{
    static const uint8_t halt = 0xf4;
    struct log log;
    struct guest *guest = create(CODE(endless), &log);
    struct cpu *cpu = guest_core(guest, 0);
    struct cpu_regs regs;
    uint64_t physical;
    uint8_t bytes[16] = {0};

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_US(50)), CPU_STOP_DEADLINE);
    assert_true(cpu_translate(cpu, GUEST_ALIAS + 5, &physical));
    assert_int_equal(physical, GUEST_ALIASED + 5);
    assert_false(cpu_translate(cpu, GUEST_ABSENT, &physical));
    assert_false(cpu_poke_linear(cpu, GUEST_ABSENT - 8, bytes, 16));
    assert_false(cpu_poke_linear(cpu, 0xfffffff0, bytes, 16)); /* ROM */
    assert_true(cpu_poke_linear(cpu, GUEST_READ_ONLY, &halt, 1));
    assert_true(cpu_poke_linear(cpu, GUEST_CODE + 3, &halt, 1)); /* runs already */
    assert_int_equal(guest_run(guest, FAR), CPU_STOP_HALTED);
    cpu_get_regs(cpu, &regs);
    assert_int_equal(regs.rip, GUEST_CODE + 4);
    regs.rip = GUEST_CODE;
    regs.gpr[0] = 41;
    regs.rflags |= 1;
    cpu_set_general(cpu, &regs);
    assert_int_equal(guest_run(guest, FAR), CPU_STOP_HALTED);
    cpu_get_regs(cpu, &regs);
    assert_int_equal(regs.gpr[0], 42);
    assert_int_equal(regs.rflags & 1, 1); /* INC leaves it */
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop),        cmocka_unit_test(test_lowered),
        cmocka_unit_test(test_look),        cmocka_unit_test(test_abandon),
        cmocka_unit_test(test_code_probes), cmocka_unit_test(test_code_probe_inside),
        cmocka_unit_test(test_data_probes), cmocka_unit_test(test_registers),
        cmocka_unit_test(test_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
