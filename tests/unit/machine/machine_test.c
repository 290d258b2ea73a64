/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole machines with a firmware of a few instructions: two in one process, saving and restoring in the middle, equal hashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/device.h"
#include "emu/core/inbox.h"
#include "emu/machine/machine.h"
#include "tests/unit/machine/rom_machine.h"

#define EXIT_STATUS (0x21 << 1 | 1)

/*
 * 16-bit code at offset 0xf000 of the reset segment: 10000 times { store the counter, read the 8254, print what it said },
 * then leave through the debug exit port with 0x21.
 */
static const uint8_t program[] = {
    0xe9, 0x00, 0x00,       /*     jmp   next */
    0xb9, 0x10, 0x27,       /*     mov   $10000, %cx */
    0x89, 0x0e, 0x00, 0x10, /* L:  mov   %cx, 0x1000 */
    0xe4, 0x40,             /*     in    $0x40, %al */
    0xe6, 0xe9,             /*     out   %al, $0xe9 */
    0xe2, 0xf6,             /*     loop  L */
    0xb0, 0x21,             /*     mov   $0x21, %al */
    0xe6, 0xf4,             /*     out   %al, $0xf4 */
    0xf4,                   /* H:  hlt */
    0xeb, 0xfd,             /*     jmp   H */
};

struct output {
    uint8_t bytes[16384];
    size_t count;
};

static void output_write(void *ctx, const uint8_t *data, size_t bytes)
{
    struct output *output = ctx;

    for (size_t i = 0; i < bytes && output->count < sizeof(output->bytes); i++) {
        output->bytes[output->count] = data[i];
        output->count++;
    }
}

static struct machine *create(struct output *output)
{
    const struct rom_machine_host host = {.debug_console = {.ctx = output, .write = output_write}};

    output->count = 0;
    return rom_machine(program, sizeof(program), 1, &host);
}

static void a_machine_runs_and_exits_with_the_guests_status(void **state)
{
    static struct output output;
    struct machine *machine = create(&output);

    (void)state;
    assert_int_equal(machine_run(machine, VTIME_S(1)), MACHINE_EXIT);
    assert_int_equal(machine_exit_status(machine), EXIT_STATUS);
    assert_int_equal(output.count, 10000);
    machine_destroy(machine);
}

static void two_machines_in_one_process_do_not_meet(void **state)
{
    static struct output outputs[3];
    struct machine *alone = create(&outputs[0]);
    struct machine *pair[2];
    uint64_t hash;

    (void)state;
    assert_int_equal(machine_run(alone, VTIME_S(1)), MACHINE_EXIT);
    hash = machine_trace_hash(alone);
    machine_destroy(alone);
    for (int i = 0; i < 2; i++) {
        pair[i] = create(&outputs[1 + i]);
    }
    for (vtime until = VTIME_US(10);; until += VTIME_US(10)) {
        enum machine_stop stops[2];

        for (int i = 0; i < 2; i++) {
            stops[i] = machine_run(pair[i], until);
        }
        assert_int_equal(stops[0], stops[1]);
        if (stops[0] != MACHINE_TIME_LIMIT) break;
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(machine_trace_hash(pair[i]), hash);
        assert_memory_equal(outputs[1 + i].bytes, outputs[0].bytes, sizeof(outputs[0].bytes));
        machine_destroy(pair[i]);
    }
}

static void a_restored_machine_goes_the_way_of_the_one_that_was_saved(void **state)
{
    static struct output outputs[2];
    struct machine *live = create(&outputs[0]);
    struct machine *restored = create(&outputs[1]);
    struct error err = ERROR_INIT;
    size_t first_half;
    void *snapshot;
    size_t bytes;

    (void)state;
    assert_int_equal(machine_run(live, VTIME_US(500)), MACHINE_TIME_LIMIT);
    first_half = outputs[0].count;
    assert_in_range(first_half, 1, 9999);
    assert_int_equal(machine_save(live, &snapshot, &bytes, &err), 0);
    assert_int_equal(machine_load(restored, snapshot, bytes, &err), 0);
    assert_int_equal(machine_state_hash(restored), machine_state_hash(live));
    assert_int_equal(machine_run(live, VTIME_S(1)), MACHINE_EXIT);
    assert_int_equal(machine_run(restored, VTIME_S(1)), MACHINE_EXIT);
    assert_int_equal(machine_trace_hash(restored), machine_trace_hash(live));
    assert_int_equal(machine_state_hash(restored), machine_state_hash(live));
    assert_int_equal(outputs[1].count, 10000 - first_half);
    assert_memory_equal(outputs[1].bytes, outputs[0].bytes + first_half, outputs[1].count);
    free(snapshot);
    machine_destroy(live);
    machine_destroy(restored);
}

static void a_damaged_snapshot_is_refused(void **state)
{
    static struct output output;
    struct machine *machine = create(&output);
    struct error err = ERROR_INIT;
    uint8_t *snapshot;
    void *data;
    size_t bytes;

    (void)state;
    assert_int_equal(machine_save(machine, &data, &bytes, &err), 0);
    snapshot = data;
    snapshot[bytes / 2] ^= 1;
    assert_int_equal(machine_load(machine, snapshot, bytes, &err), -1);
    assert_non_null(strstr(err.text, "snapshot"));
    free(data);
    machine_destroy(machine);
}

static void a_stop_message_ends_the_run_at_an_edge(void **state)
{
    static struct output output;
    struct machine *machine = create(&output);
    const struct inbox_message stop = {.kind = INBOX_STOP};

    (void)state;
    assert_true(inbox_post(machine_inbox(machine), &stop));
    assert_int_equal(machine_run(machine, VTIME_S(1)), MACHINE_STOPPED);
    assert_int_equal(machine_run(machine, VTIME_S(1)), MACHINE_EXIT);
    machine_destroy(machine);
}

static void impossible_configurations_are_refused_in_one_sentence(void **state)
{
    static const uint8_t rom[4096];
    const struct machine_config wrong[] = {
        {.memory_bytes = 1 << 20,
         .has_flat_memory = true,
         .cores = 1,
         .rom = rom,
         .rom_bytes = sizeof(rom)},
        {.memory_bytes = UINT64_C(64) << 20,
         .has_flat_memory = true,
         .cores = 9,
         .rom = rom,
         .rom_bytes = sizeof(rom)},
        {.memory_bytes = UINT64_C(64) << 20,
         .has_flat_memory = true,
         .cores = 1,
         .rom = rom,
         .rom_bytes = 100},
        {.memory_bytes = UINT64_C(64) << 20,
         .has_flat_memory = true,
         .cores = 1,
         .rom = NULL,
         .rom_bytes = 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error err = ERROR_INIT;

        assert_null(machine_create(&wrong[i], &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_true(strlen(err.text) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_runs_and_exits_with_the_guests_status),
        cmocka_unit_test(two_machines_in_one_process_do_not_meet),
        cmocka_unit_test(a_restored_machine_goes_the_way_of_the_one_that_was_saved),
        cmocka_unit_test(a_damaged_snapshot_is_refused),
        cmocka_unit_test(a_stop_message_ends_the_run_at_an_edge),
        cmocka_unit_test(impossible_configurations_are_refused_in_one_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
