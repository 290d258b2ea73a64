/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the run loop promises whatever the guest does: the time limit is met, a stop gets in, a long run and the same run in
 * odd pieces are alike, a core that another wakes is not slept over, and no snapshot makes time stand still.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/core/inbox.h"
#include "emu/machine/machine.h"
#include "tests/unit/machine/rom_machine.h"

#define EXIT_STATUS (0x21 << 1 | 1)

/* docs/formats/snapshot.md: the first chunk is /machine. */
#define CHUNK              160u
#define CHUNK_CRC          (CHUNK + 132)
#define CHUNK_LENGTH       (CHUNK + 136)
#define CHUNK_DATA         (CHUNK + 144)
#define SNAP_NOW           CHUNK_DATA
#define SNAP_SCHED_NOW     (CHUNK_DATA + 8)
#define SNAP_RESET_PENDING (CHUNK_DATA + 40)

/* All programs: 16-bit code at offset 0xf000 of the reset segment. */

/* cli; jmp . */
static const uint8_t spin_program[] = {0xfa, 0xeb, 0xfe};

/* cli; hlt; jmp to the hlt */
static const uint8_t halt_program[] = {0xfa, 0xf4, 0xeb, 0xfd};

/* Loads an interrupt table of no length, then an undefined instruction. */
static const uint8_t triple_fault_program[] = {
    0x2e, 0x0f, 0x01, 0x1e, 0x10, 0xf0, 0x0f, 0x0b, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* mov $6, %al; out to port 0xcf9; jmp . */
static const uint8_t reset_program[] = {
    0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xeb, 0xfe,
};

/* FIFOs on; for ever { wait; read RBR of COM1; print it }: reads slower than bytes arrive. */
static const uint8_t echo_program[] = {
    0xba, 0xfa, 0x03, 0xb0, 0x01, 0xee, 0xb9, 0x88, 0x13, 0xe2,
    0xfe, 0xba, 0xf8, 0x03, 0xec, 0xe6, 0xe9, 0xeb, 0xf3,
};

/*
 * The bootstrap processor points the NMI vector at { exit with 0x21 }, copies the other core's program to 0x8000, starts
 * that core with INIT and a start-up request, and halts. The other core sends an NMI to APIC 0 and halts.
 */
static const uint8_t wake_program[] = {
    0xc7, 0x06, 0x08, 0x00, 0x00, 0x90, 0xc7, 0x06, 0x0a, 0x00, 0x00, 0x00, 0x66, 0xc7, 0x06,
    0x00, 0x90, 0xb0, 0x21, 0xe6, 0xf4, 0xc6, 0x06, 0x04, 0x90, 0xf4, 0x31, 0xff, 0xb9, 0x22,
    0x00, 0xbe, 0x61, 0xf0, 0xbf, 0x00, 0x80, 0x2e, 0x8a, 0x04, 0x88, 0x05, 0x46, 0x47, 0xe2,
    0xf7, 0x66, 0xbb, 0x00, 0x00, 0xe0, 0xfe, 0x66, 0xb8, 0x00, 0x00, 0x00, 0x01, 0x67, 0x66,
    0x89, 0x83, 0x10, 0x03, 0x00, 0x00, 0x66, 0xb8, 0x00, 0x45, 0x00, 0x00, 0x67, 0x66, 0x89,
    0x83, 0x00, 0x03, 0x00, 0x00, 0x66, 0xb8, 0x08, 0x46, 0x00, 0x00, 0x67, 0x66, 0x89, 0x83,
    0x00, 0x03, 0x00, 0x00, 0xf4, 0xeb, 0xfd, 0x66, 0xbb, 0x00, 0x00, 0xe0, 0xfe, 0x66, 0x31,
    0xc0, 0x67, 0x66, 0x89, 0x83, 0x10, 0x03, 0x00, 0x00, 0x66, 0xb8, 0x00, 0x44, 0x00, 0x00,
    0x67, 0x66, 0x89, 0x83, 0x00, 0x03, 0x00, 0x00, 0xf4, 0xeb, 0xfd,
};

#define CREATE(program) rom_machine((program), sizeof(program), 1, NULL)

static void type_bytes(struct machine *machine, size_t messages)
{
    struct inbox_message message = {.kind = INBOX_SERIAL, .bytes = INBOX_PAYLOAD_BYTES};

    for (size_t i = 0; i < messages; i++) {
        memset(message.payload, (int)('A' + i % 26), sizeof(message.payload));
        (void)inbox_post(machine_inbox(machine), &message);
    }
}

static void a_stop_gets_in_when_nobody_reads_what_was_typed(void **state)
{
    const struct inbox_message stop = {.kind = INBOX_STOP};
    struct machine *machine = CREATE(spin_program);

    (void)state;
    type_bytes(machine, 2 * INBOX_MESSAGES_MAX);
    assert_int_equal(machine_run(machine, VTIME_MS(2)), MACHINE_TIME_LIMIT);
    type_bytes(machine, 2 * INBOX_MESSAGES_MAX);
    assert_true(inbox_post(machine_inbox(machine), &stop));
    assert_int_equal(machine_run(machine, VTIME_MS(10)), MACHINE_STOPPED);
    machine_destroy(machine);
}

static void endless_resets_reach_the_time_limit(void **state)
{
    struct machine *machines[] = {CREATE(triple_fault_program), CREATE(reset_program)};

    (void)state;
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        assert_int_equal(machine_run(machines[i], VTIME_US(50)), MACHINE_TIME_LIMIT);
        assert_in_range(machine_now(machines[i]), VTIME_US(50), VTIME_MS(2));
        machine_destroy(machines[i]);
    }
}

static void typed_bytes_arrive_alike_in_one_run_and_in_pieces(void **state)
{
    struct machine *whole = CREATE(echo_program);
    struct machine *pieces = CREATE(echo_program);
    vtime until = 0;

    (void)state;
    type_bytes(whole, 8);
    type_bytes(pieces, 8);
    assert_int_equal(machine_run(whole, VTIME_MS(5)), MACHINE_TIME_LIMIT);
    while (until < VTIME_MS(5)) {
        until += VTIME_US(17) + 12345;
        until = until < VTIME_MS(5) ? until : VTIME_MS(5);
        assert_int_equal(machine_run(pieces, until), MACHINE_TIME_LIMIT);
    }
    assert_int_equal(machine_trace_hash(pieces), machine_trace_hash(whole));
    assert_int_equal(machine_state_hash(pieces), machine_state_hash(whole));
    machine_destroy(whole);
    machine_destroy(pieces);
}

static void a_core_that_another_wakes_is_not_slept_over(void **state)
{
    struct machine *machine = rom_machine(wake_program, sizeof(wake_program), 2, NULL);

    (void)state;
    assert_int_equal(machine_run(machine, VTIME_S(1)), MACHINE_EXIT);
    assert_int_equal(machine_exit_status(machine), EXIT_STATUS);
    assert_in_range(machine_now(machine), 0, VTIME_MS(1));
    machine_destroy(machine);
}

static void several_cores_run_alike_in_one_run_and_in_pieces(void **state)
{
    struct machine *whole = rom_machine(wake_program, sizeof(wake_program), 2, NULL);
    struct machine *pieces = rom_machine(wake_program, sizeof(wake_program), 2, NULL);
    enum machine_stop stop = MACHINE_TIME_LIMIT;

    (void)state;
    assert_int_equal(machine_run(whole, VTIME_S(1)), MACHINE_EXIT);
    for (vtime until = 0; stop == MACHINE_TIME_LIMIT; until += VTIME_NS(33)) {
        stop = machine_run(pieces, until);
    }
    assert_int_equal(stop, MACHINE_EXIT);
    assert_int_equal(machine_trace_hash(pieces), machine_trace_hash(whole));
    machine_destroy(whole);
    machine_destroy(pieces);
}

/* mov $6, %al; out to port 0xe9; out to port 0xcf9; jmp . */
static const uint8_t say_and_reset_program[] = {0xb0, 0x06, 0xe6, 0xe9, 0xba,
                                                0xf9, 0x0c, 0xee, 0xeb, 0xfe};

/* Asks for a stop as soon as the guest says something. */
static void stop_write(void *ctx, const uint8_t *data, size_t bytes)
{
    const struct inbox_message stop = {.kind = INBOX_STOP};
    struct inbox **inbox = ctx;

    (void)data;
    (void)bytes;
    if (*inbox != NULL) {
        (void)inbox_post(*inbox, &stop);
    }
}

static void a_reset_that_is_pending_goes_into_the_snapshot(void **state)
{
    struct inbox *inbox = NULL;
    const struct rom_machine_host host = {.debug_console = {.ctx = &inbox, .write = stop_write}};
    struct machine *machines[2];
    struct error err = ERROR_INIT;
    uint64_t before;
    void *snapshot;
    size_t bytes;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        machines[i] = rom_machine(say_and_reset_program, sizeof(say_and_reset_program), 1, &host);
    }
    inbox = machine_inbox(machines[0]);
    assert_int_equal(machine_run(machines[0], VTIME_MS(1)), MACHINE_STOPPED);
    inbox = NULL;
    before = machine_trace_hash(machines[0]);
    assert_int_equal(machine_save(machines[0], &snapshot, &bytes, &err), 0);
    assert_int_equal(le64_get((const uint8_t *)snapshot + SNAP_RESET_PENDING), 1);
    assert_int_equal(machine_load(machines[1], snapshot, bytes, &err), 0);
    assert_int_equal(machine_trace_hash(machines[1]), before);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(machine_run(machines[i], VTIME_US(20)), MACHINE_TIME_LIMIT);
    }
    assert_int_equal(machine_trace_hash(machines[1]), machine_trace_hash(machines[0]));
    assert_int_equal(machine_state_hash(machines[1]), machine_state_hash(machines[0]));
    free(snapshot);
    machine_destroy(machines[0]);
    machine_destroy(machines[1]);
}

static uint32_t crc_add(uint32_t crc, const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0xedb88320) : 0);
        }
    }
    return crc;
}

/* The first chunk with its checksum made right again. */
static void repair(uint8_t *snapshot)
{
    size_t length = (size_t)le64_get(snapshot + CHUNK_LENGTH);
    uint32_t crc = crc_add(UINT32_MAX, snapshot + CHUNK, CHUNK_CRC - CHUNK);

    crc = crc_add(crc, snapshot + CHUNK_LENGTH, CHUNK_DATA - CHUNK_LENGTH + length);
    le32_put(snapshot + CHUNK_CRC, ~crc);
}

static void a_snapshot_whose_times_disagree_is_refused(void **state)
{
    static const struct {
        vtime now;
        vtime sched_now;
        const char *why;
    } wrong[] = {
        {VTIME_MS(2), VTIME_MS(1), "scheduler"},
        {UINT64_MAX - 1, UINT64_MAX - 1, "core"},
        {VTIME_S(3), VTIME_S(3), "core"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct machine *machine = CREATE(halt_program);
        struct error err = ERROR_INIT;
        uint8_t *snapshot;
        void *data;
        size_t bytes;

        (void)machine_run(machine, VTIME_MS(1));
        assert_int_equal(machine_save(machine, &data, &bytes, &err), 0);
        snapshot = data;
        le64_put(snapshot + SNAP_NOW, wrong[i].now);
        le64_put(snapshot + SNAP_SCHED_NOW, wrong[i].sched_now);
        repair(snapshot);
        assert_int_equal(machine_load(machine, data, bytes, &err), -1);
        assert_non_null(strstr(err.text, wrong[i].why));
        free(data);
        machine_destroy(machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_gets_in_when_nobody_reads_what_was_typed),
        cmocka_unit_test(endless_resets_reach_the_time_limit),
        cmocka_unit_test(typed_bytes_arrive_alike_in_one_run_and_in_pieces),
        cmocka_unit_test(a_core_that_another_wakes_is_not_slept_over),
        cmocka_unit_test(several_cores_run_alike_in_one_run_and_in_pieces),
        cmocka_unit_test(a_reset_that_is_pending_goes_into_the_snapshot),
        cmocka_unit_test(a_snapshot_whose_times_disagree_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
