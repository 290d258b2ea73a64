/* SPDX-License-Identifier: GPL-2.0-only */
/* What whole machines touch is noted, whatever way it goes; and nobody in them notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/debug/symbols.h"
#include "emu/machine/machine.h"
#include "tests/unit/suite-coverage/coverage_stand.h"

#define PIT    GUESTS "/pit.elf"
#define UART   "/pch/uart0"
#define IOAPIC "/pch/ioapic"
#define HOST   "/pci/00/00.0"

/* Runs `image`; what it has touched is in the model. */
static void run(const char *image, struct coverage_model *model)
{
    struct coverage_stand stand;

    coverage_stand_begin(&stand, image, true);
    (void)coverage_stand_run(&stand);
    coverage_stand_look(&stand, model);
    coverage_stand_end(&stand);
}

/* ---- What is noted ---- */

static void registers_by_every_path(void **state)
{
    const struct coverage_register *reg;
    struct coverage_model model;

    (void)state;
    run(COVERED_ELF, &model);
    /* A port: once 0x5a, and read once. */
    reg = coverage_register_of(&model, UART, "SCR");
    assert_int_equal(reg->writes, 1);
    assert_int_equal(reg->written.as_one, 0x5a);
    assert_int_equal(reg->written.as_zero, 0xa5);
    assert_int_equal(reg->reads, 1);
    assert_int_equal(reg->read.as_one, 0x5a);
    /* Nobody asks for it. */
    reg = coverage_register_of(&model, UART, "MSR");
    assert_int_equal(reg->reads + reg->writes, 0);
    assert_int_equal(reg->read.as_zero, 0);
    /* Memory, and behind an index. */
    assert_true(coverage_register_of(&model, IOAPIC, "IDX")->writes > 0);
    assert_true(coverage_register_of(&model, IOAPIC, "DAT")->reads > 0);
    assert_true(coverage_register_of(&model, IOAPIC, "VER")->reads > 0);
    /* 0xcf8: one access of four bytes is a read of two registers. */
    assert_true(coverage_register_of(&model, HOST, "VENDOR_ID")->reads > 0);
    assert_int_equal(coverage_register_of(&model, HOST, "VENDOR_ID")->read.as_one, 0x8086);
    assert_int_equal(coverage_register_of(&model, HOST, "VENDOR_ID")->read.as_zero, 0x7f79);
    assert_true(coverage_register_of(&model, HOST, "DEVICE_ID")->reads > 0);
    assert_int_equal(coverage_register_of(&model, HOST, "DEVICE_ID")->writable, 0);
    coverage_model_release(&model);
}

static void fields_by_value(void **state)
{
    const struct coverage_register *reg;
    struct coverage_model model;

    (void)state;
    run(COVERED_ELF, &model);
    /* The firmware: 8 bits, first with the latch of the divisor, then without. */
    reg = coverage_register_of(&model, UART, "LCR");
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct coverage_field *field = &reg->fields[i];
        uint64_t wanted = 1;

        if (strcmp(field->name, "DLAB") == 0) wanted = 3;
        if (strcmp(field->name, "WLS") == 0) wanted = 8;
        assert_int_equal(field->written_values, wanted);
        assert_int_equal(field->read_values, 0);
    }
    coverage_model_release(&model);
}

static void events_by_kind(void **state)
{
    struct coverage_model model;

    (void)state;
    run(COVERED_ELF, &model);
    assert_true(coverage_events_of(&model, UART, "transmit") > 0);
    assert_int_equal(coverage_events_of(&model, UART, "receive"), 0);
    assert_int_equal(coverage_events_of(&model, "machine", "cpu_double_fault"), 0);
    coverage_model_release(&model);
}

/* Bytes of a function that were executed; UINT64_MAX - 1: all, UINT64_MAX: there is none of the name. */
static uint64_t covered(const struct coverage_model *model, const char *function)
{
    struct error err = ERROR_INIT;
    struct symbols *symbols = symbols_load(COVERED_ELF, 0, &err);
    struct symbols_function found;
    uint64_t bytes = UINT64_MAX;
    size_t next = 0;

    assert_non_null(symbols);
    while (symbols_next_function(symbols, &next, &found)) {
        if (strcmp(found.name, function) != 0) continue;
        bytes = coverage_code_count(&model->code, found.addr, found.bytes);
        if (bytes == found.bytes) bytes = UINT64_MAX - 1;
    }
    symbols_destroy(symbols);
    return bytes;
}

static void code_by_address(void **state)
{
    struct coverage_model model;

    (void)state;
    run(COVERED_ELF, &model);
    assert_int_equal(covered(&model, "never"), 0);
    /* Some of it, not all: one branch is not taken. */
    assert_true(covered(&model, "always") > 0 && covered(&model, "always") < UINT64_MAX - 1);
    assert_true(covered(&model, "_start") > 0);
    /* The firmware ran before. */
    assert_true(coverage_code_count(&model.code, 0x10000, 0x30000) > 1000);
    assert_false(model.code.is_incomplete);
    coverage_model_release(&model);
}

static void a_program_of_the_tests(void **state)
{
    const struct coverage_device *timer;
    struct coverage_shares shares = {.registers = {0}};
    struct coverage_model model;

    (void)state;
    run(PIT, &model);
    timer = coverage_device_of(&model, "/pch/i8254");
    coverage_count(timer, &shares);
    assert_int_equal(shares.registers.touched, shares.registers.total);
    assert_true(shares.registers.total > 0);
    /* Which is quiet. */
    assert_true(coverage_register_of(&model, "/pch/i8254", "NMI_STS_CNT")->reads > 10);
    assert_int_equal(coverage_register_of(&model, UART, "SCR")->writes, 0);
    coverage_model_release(&model);
}

/* ---- What is not ---- */

static void who_only_peeks_is_not_noted(void **state)
{
    struct coverage_stand stand;
    struct coverage_model before;
    struct coverage_model after;
    struct device *uart;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, true);
    (void)coverage_stand_run(&stand);
    coverage_stand_look(&stand, &before);
    uart = coverage_stand_device(&stand, UART);
    for (uint64_t i = 0; i < 8; i++) {
        (void)reg_bank_peek(uart, &uart->class->banks[0], i, 1);
    }
    coverage_stand_look(&stand, &after);
    assert_int_equal(coverage_register_of(&after, UART, "MSR")->reads, 0);
    assert_int_equal(coverage_register_of(&after, UART, "LSR")->reads,
                     coverage_register_of(&before, UART, "LSR")->reads);
    (void)reg_bank_read(uart, &uart->class->banks[0], 6, 1);
    coverage_model_release(&after);
    coverage_stand_look(&stand, &after);
    assert_int_equal(coverage_register_of(&after, UART, "MSR")->reads, 1);
    coverage_model_release(&before);
    coverage_model_release(&after);
    coverage_stand_end(&stand);
}

static void nobody_notices(void **state)
{
    static const char *const images[] = {COVERED_ELF, PIT, GUESTS "/smc.elf"};

    (void)state;
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
        uint64_t hashes[2];
        uint64_t states[2];

        for (unsigned k = 0; k < 2; k++) {
            struct coverage_stand stand;

            coverage_stand_begin(&stand, images[i], k == 1);
            hashes[k] = coverage_stand_run(&stand);
            states[k] = machine_state_hash(stand.made.machine);
            coverage_stand_end(&stand);
        }
        assert_int_equal(hashes[0], hashes[1]);
        assert_int_equal(states[0], states[1]);
    }
}

/* ---- Several runs ---- */

static void what_was_forgotten_is_the_parents(void **state)
{
    struct error err = ERROR_INIT;
    struct coverage_stand stand;
    struct coverage_model whole;
    struct coverage_model first;
    struct coverage_model second;
    vtime middle;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, true);
    (void)coverage_stand_run(&stand);
    middle = machine_now(stand.made.machine) / 2;
    coverage_stand_look(&stand, &whole);
    coverage_stand_end(&stand);
    coverage_stand_begin(&stand, COVERED_ELF, true);
    assert_int_equal(machine_run(stand.made.machine, middle), MACHINE_TIME_LIMIT);
    coverage_stand_look(&stand, &first);
    coverage_forget(stand.coverage);
    (void)coverage_stand_run(&stand);
    coverage_stand_look(&stand, &second);
    coverage_stand_end(&stand);
    assert_true(coverage_register_of(&second, UART, "LSR")->reads <
                coverage_register_of(&whole, UART, "LSR")->reads);
    assert_int_equal(coverage_model_merge(&first, &second, &err), 0);
    assert_int_equal(coverage_register_of(&first, UART, "LSR")->reads,
                     coverage_register_of(&whole, UART, "LSR")->reads);
    assert_int_equal(coverage_code_bytes(&first.code), coverage_code_bytes(&whole.code));
    coverage_model_release(&whole);
    coverage_model_release(&first);
    coverage_model_release(&second);
}

static void another_machine_takes_its_place(void **state)
{
    struct error err = ERROR_INIT;
    struct coverage_stand stand;
    struct coverage_stand other;
    struct coverage_model model;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, true);
    (void)coverage_stand_run(&stand);
    coverage_leave(stand.coverage);
    made_machine_destroy(&stand.made);
    /* Nothing is lost while there is none. */
    coverage_stand_look(&stand, &model);
    assert_int_equal(coverage_register_of(&model, UART, "SCR")->writes, 1);
    coverage_model_release(&model);
    coverage_stand_begin(&other, COVERED_ELF, false);
    assert_int_equal(coverage_follow(stand.coverage, other.made.machine, &err), 0);
    (void)coverage_stand_run(&other);
    coverage_stand_look(&stand, &model);
    assert_int_equal(coverage_register_of(&model, UART, "SCR")->writes, 2);
    assert_int_equal(coverage_register_of(&model, UART, "SCR")->reads, 2);
    coverage_model_release(&model);
    coverage_detach(stand.coverage);
    coverage_stand_end(&other);
}

static void record_nothing(void *ctx, const struct trace_record *record)
{
    (void)ctx;
    (void)record;
}

static void without_room_for_a_sink_nothing_is_left_behind(void **state)
{
    struct error err = ERROR_INIT;
    struct coverage_stand stand;
    char ctx[TRACE_SINKS_MAX];

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, false);
    for (unsigned i = 0; i < TRACE_SINKS_MAX; i++) {
        const struct trace_sink sink = {.record = record_nothing, .ctx = &ctx[i]};

        assert_true(trace_add_sink(machine_trace(stand.made.machine), &sink));
    }
    assert_null(coverage_attach(stand.made.machine, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    assert_null(coverage_stand_device(&stand, UART)->observer);
    (void)coverage_stand_run(&stand);
    coverage_stand_end(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_by_every_path),
        cmocka_unit_test(fields_by_value),
        cmocka_unit_test(events_by_kind),
        cmocka_unit_test(code_by_address),
        cmocka_unit_test(a_program_of_the_tests),
        cmocka_unit_test(who_only_peeks_is_not_noted),
        cmocka_unit_test(nobody_notices),
        cmocka_unit_test(what_was_forgotten_is_the_parents),
        cmocka_unit_test(another_machine_takes_its_place),
        cmocka_unit_test(without_room_for_a_sink_nothing_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
