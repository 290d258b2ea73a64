/* SPDX-License-Identifier: GPL-2.0-only */
/* Pause, resume and the reset button: what a person at the window does to a running machine. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "emu/core/inbox.h"
#include "emu/machine/machine.h"

#define ROM_BYTES    4096u
#define KEY_A        0x04u
#define PAUSE_AT     VTIME_MS(2)
#define RUN_UNTIL    VTIME_MS(5)
#define HOST_WAIT_NS 30000000
#define OUTPUT_MAX   64u
#define POSTS_MAX    8u

/* All programs: 16-bit code at the reset vector, 16 bytes before the end. */

/* mov $0x41, %al; out to port 0xe9; L: inc %ax; jmp L */
static const uint8_t busy_program[] = {0xb0, 0x41, 0xe6, 0xe9, 0x40, 0xeb, 0xfd};

/* mov $0x41, %al; out to port 0xe9; cli; H: hlt; jmp H */
static const uint8_t idle_program[] = {0xb0, 0x41, 0xe6, 0xe9, 0xfa, 0xf4, 0xeb, 0xfd};

struct output {
    uint8_t bytes[OUTPUT_MAX];
    size_t count;
};

static void output_write(void *ctx, const uint8_t *data, size_t bytes)
{
    struct output *output = ctx;

    for (size_t i = 0; i < bytes && output->count < OUTPUT_MAX; i++) {
        output->bytes[output->count++] = data[i];
    }
}

static struct machine *create(const uint8_t *program, size_t bytes, struct output *output)
{
    uint8_t rom[ROM_BYTES] = {0};
    const struct machine_config config = {
        .memory_bytes = UINT64_C(64) << 20,
        .has_flat_memory = true,
        .cores = 1,
        .rom = rom,
        .rom_bytes = ROM_BYTES,
        .debug_console = {.ctx = output, .write = output_write},
    };
    struct error err = ERROR_INIT;
    struct machine *machine;

    *output = (struct output){.count = 0};
    memcpy(rom + ROM_BYTES - 16, program, bytes);
    machine = machine_create(&config, &err);
    assert_non_null(machine);
    return machine;
}

static void post(struct machine *machine, enum inbox_kind kind)
{
    const struct inbox_message message = {.kind = kind};

    assert_true(inbox_post(machine_inbox(machine), &message));
}

static void post_key(struct machine *machine)
{
    const struct input_key key = {.usage = KEY_A, .is_down = true};
    struct inbox_message message = {.kind = INBOX_KEY, .bytes = sizeof(key)};

    memcpy(message.payload, &key, sizeof(key));
    assert_true(inbox_post(machine_inbox(machine), &message));
}

/* Another thread: lets host time pass, then posts these. */
struct person {
    pthread_t thread;
    struct inbox *inbox;
    enum inbox_kind posts[POSTS_MAX];
    size_t count;
};

static void *person_main(void *ctx)
{
    const struct person *person = ctx;
    const struct timespec wait = {.tv_nsec = HOST_WAIT_NS};

    for (size_t i = 0; i < person->count; i++) {
        const struct inbox_message message = {.kind = person->posts[i], .bytes = 1};

        (void)nanosleep(&wait, NULL);
        (void)inbox_post(person->inbox, &message);
    }
    return NULL;
}

static void person_start(struct person *person, struct machine *machine)
{
    person->inbox = machine_inbox(machine);
    assert_int_equal(pthread_create(&person->thread, NULL, person_main, person), 0);
}

static void person_join(struct person *person)
{
    assert_int_equal(pthread_join(person->thread, NULL), 0);
}

/* Both went the same way. */
static void check_alike(struct machine *a, struct machine *b)
{
    assert_int_equal(machine_now(a), machine_now(b));
    assert_int_equal(machine_trace_hash(a), machine_trace_hash(b));
    assert_int_equal(machine_state_hash(a), machine_state_hash(b));
}

static void check_pause(const uint8_t *program, size_t bytes)
{
    struct output outputs[2];
    struct machine *paused = create(program, bytes, &outputs[0]);
    struct machine *other = create(program, bytes, &outputs[1]);
    struct person person = {.posts = {INBOX_RESUME}, .count = 1};

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(machine_run(i == 0 ? paused : other, PAUSE_AT), MACHINE_TIME_LIMIT);
    }
    post(paused, INBOX_PAUSE);
    /* The limit is met as well when nothing moves. */
    assert_int_equal(machine_run(paused, PAUSE_AT), MACHINE_TIME_LIMIT);
    person_start(&person, paused);
    assert_int_equal(machine_run(paused, RUN_UNTIL), MACHINE_TIME_LIMIT);
    person_join(&person);
    assert_int_equal(machine_run(other, RUN_UNTIL), MACHINE_TIME_LIMIT);
    check_alike(paused, other);
    machine_destroy(paused);
    machine_destroy(other);
}

static void the_guest_does_not_notice_a_pause(void **state)
{
    (void)state;
    check_pause(busy_program, sizeof(busy_program));
    check_pause(idle_program, sizeof(idle_program));
}

static void typed_bytes_do_not_hold_up_a_resume(void **state)
{
    struct output output;
    struct machine *machine = create(busy_program, sizeof(busy_program), &output);
    struct person person = {.posts = {INBOX_SERIAL, INBOX_SERIAL, INBOX_RESUME}, .count = 3};
    const struct inbox_message typed = {.kind = INBOX_SERIAL, .bytes = INBOX_PAYLOAD_BYTES};

    (void)state;
    post(machine, INBOX_PAUSE);
    while (inbox_post(machine_inbox(machine), &typed)) {}
    person_start(&person, machine);
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_TIME_LIMIT);
    person_join(&person);
    machine_destroy(machine);
}

static void a_stop_ends_the_pause(void **state)
{
    struct output output;
    struct machine *machine = create(busy_program, sizeof(busy_program), &output);
    struct person person = {.posts = {INBOX_STOP}, .count = 1};

    (void)state;
    post(machine, INBOX_PAUSE);
    person_start(&person, machine);
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_STOPPED);
    person_join(&person);
    assert_int_equal(machine_now(machine), 0);
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_TIME_LIMIT);
    machine_destroy(machine);
}

static void keys_reach_a_paused_machine_when_they_are_pressed(void **state)
{
    struct output outputs[2];
    struct machine *paused = create(idle_program, sizeof(idle_program), &outputs[0]);
    struct machine *other = create(idle_program, sizeof(idle_program), &outputs[1]);

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(machine_run(i == 0 ? paused : other, PAUSE_AT), MACHINE_TIME_LIMIT);
    }
    post(paused, INBOX_PAUSE);
    post_key(paused);
    post(paused, INBOX_RESUME);
    post_key(other);
    assert_int_equal(machine_run(paused, RUN_UNTIL), MACHINE_TIME_LIMIT);
    assert_int_equal(machine_run(other, RUN_UNTIL), MACHINE_TIME_LIMIT);
    check_alike(paused, other);
    machine_destroy(paused);
    machine_destroy(other);
}

static void the_reset_button_starts_the_guest_again(void **state)
{
    struct output output;
    struct machine *machine = create(idle_program, sizeof(idle_program), &output);
    vtime before;

    (void)state;
    assert_int_equal(machine_run(machine, PAUSE_AT), MACHINE_TIME_LIMIT);
    assert_int_equal(output.count, 1);
    before = machine_now(machine);
    post(machine, INBOX_RESET);
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_TIME_LIMIT);
    assert_int_equal(output.count, 2);
    assert_true(machine_now(machine) > before); /* time goes on */
    machine_set_no_reboot(machine, true);
    post(machine, INBOX_RESET);
    assert_int_equal(machine_run(machine, 2 * RUN_UNTIL), MACHINE_POWER_OFF);
    machine_destroy(machine);
}

static void a_paused_machine_takes_a_reset_and_stays_paused(void **state)
{
    struct output output;
    struct machine *machine = create(idle_program, sizeof(idle_program), &output);
    struct person person = {.posts = {INBOX_RESET, INBOX_STOP}, .count = 2};

    (void)state;
    assert_int_equal(machine_run(machine, PAUSE_AT), MACHINE_TIME_LIMIT);
    post(machine, INBOX_PAUSE);
    person_start(&person, machine);
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_STOPPED);
    person_join(&person);
    assert_in_range(machine_now(machine), PAUSE_AT, PAUSE_AT + VTIME_US(10));
    assert_int_equal(output.count, 1);
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_TIME_LIMIT);
    assert_int_equal(output.count, 2);
    machine_destroy(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guest_does_not_notice_a_pause),
        cmocka_unit_test(typed_bytes_do_not_hold_up_a_resume),
        cmocka_unit_test(a_stop_ends_the_pause),
        cmocka_unit_test(keys_reach_a_paused_machine_when_they_are_pressed),
        cmocka_unit_test(the_reset_button_starts_the_guest_again),
        cmocka_unit_test(a_paused_machine_takes_a_reset_and_stays_paused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
