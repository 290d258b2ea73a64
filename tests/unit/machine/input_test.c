/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys, mouse and tablet on their way into the machine: when they take effect, and that a trace
 * tells them apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/device.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/machine/machine.h"
#include "tests/unit/machine/halted.h"

#define POST_AT   VTIME_MS(5)
#define RUN_UNTIL VTIME_MS(10)

struct watch {
    unsigned records;
    struct trace_record last;
    char path[DEVICE_PATH_BYTES]; /* of its device, which the record only points to */
};

static void watch_record(void *ctx, const struct trace_record *record)
{
    struct watch *watch = ctx;

    if (record->device == NULL || strncmp(record->device->path, "/usb/", 5) != 0) return;
    watch->records++;
    watch->last = *record;
    memcpy(watch->path, record->device->path, sizeof(watch->path));
}

/* Runs a machine that gets this message at POST_AT; returns its trace hash. */
static uint64_t run_with(const struct inbox_message *message, struct watch *watch)
{
    struct machine *machine = halted_machine();
    const struct trace_sink sink = {.record = watch_record, .ctx = watch};
    uint64_t hash;

    *watch = (struct watch){0};
    assert_int_equal(machine_run(machine, POST_AT), MACHINE_TIME_LIMIT);
    assert_true(trace_add_sink(machine_trace(machine), &sink));
    assert_true(inbox_post(machine_inbox(machine), message));
    assert_int_equal(machine_run(machine, RUN_UNTIL), MACHINE_TIME_LIMIT);
    hash = machine_trace_hash(machine);
    assert_false(machine_is_keyboard_listening(machine));
    assert_int_equal(machine_keyboard_leds(machine), 0);
    machine_destroy(machine);
    return hash;
}

static struct inbox_message key_message(unsigned usage, bool is_down)
{
    const struct input_key key = {.usage = (uint16_t)usage, .is_down = is_down};
    struct inbox_message message = {.kind = INBOX_KEY, .bytes = sizeof(key)};

    memcpy(message.payload, &key, sizeof(key));
    return message;
}

static void a_key_takes_effect_at_the_edge_and_is_traced(void **state)
{
    const struct inbox_message message = key_message(0x04, true);
    struct watch watch;

    (void)state;
    (void)run_with(&message, &watch);
    assert_int_equal(watch.records, 1);
    assert_int_equal(watch.last.when, POST_AT);
    assert_string_equal(watch.path, "/usb/keyboard");
    assert_string_equal(watch.last.desc->name, "key");
    assert_int_equal(watch.last.args[0], 0x04);
    assert_int_equal(watch.last.args[1], 1);
}

static void usage_and_direction_are_in_the_trace_hash(void **state)
{
    const struct inbox_message a_down = key_message(0x04, true);
    const struct inbox_message a_up = key_message(0x04, false);
    const struct inbox_message b_down = key_message(0x05, true);
    struct watch watch;
    const uint64_t hash = run_with(&a_down, &watch);

    (void)state;
    assert_true(run_with(&a_down, &watch) == hash);
    assert_true(run_with(&a_up, &watch) != hash);
    assert_true(run_with(&b_down, &watch) != hash);
}

static void mouse_and_tablet_get_theirs(void **state)
{
    const struct input_pointer pointer = {.dx = -3, .dy = 4, .wheel = -1, .buttons = 2};
    const struct input_tablet tablet = {.x = 7, .y = 32767, .wheel = 1, .buttons = 1};
    struct inbox_message message = {.kind = INBOX_POINTER, .bytes = sizeof(pointer)};
    struct watch watch;

    (void)state;
    memcpy(message.payload, &pointer, sizeof(pointer));
    (void)run_with(&message, &watch);
    assert_string_equal(watch.last.desc->name, "pointer");
    assert_true((int64_t)watch.last.args[0] == -3);
    assert_int_equal(watch.last.args[1], 4);
    assert_int_equal(watch.last.args[3], 2);
    message.kind = INBOX_TABLET;
    memcpy(message.payload, &tablet, sizeof(tablet));
    (void)run_with(&message, &watch);
    assert_string_equal(watch.last.desc->name, "tablet");
    assert_int_equal(watch.last.args[0], 7);
    assert_int_equal(watch.last.args[1], 32767);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_takes_effect_at_the_edge_and_is_traced),
        cmocka_unit_test(usage_and_direction_are_in_the_trace_hash),
        cmocka_unit_test(mouse_and_tablet_get_theirs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
