/* SPDX-License-Identifier: GPL-2.0-only */
/* The inbox: order, its bound, and control messages that overtake typed bytes. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "emu/core/inbox.h"

static bool post(struct inbox *inbox, enum inbox_kind kind, uint8_t target)
{
    const struct inbox_message message = {.kind = kind, .target = target};

    return inbox_post(inbox, &message);
}

static void expect(struct inbox *inbox, enum inbox_kind kind, uint8_t target)
{
    struct inbox_message message;

    assert_true(inbox_take(inbox, &message));
    assert_int_equal(message.kind, kind);
    assert_int_equal(message.target, target);
}

static void messages_come_out_in_the_order_they_went_in(void **state)
{
    struct inbox *inbox = inbox_create();
    struct inbox_message message;

    (void)state;
    assert_true(post(inbox, INBOX_SERIAL, 1));
    assert_true(post(inbox, INBOX_NMI, 2));
    assert_true(post(inbox, INBOX_SERIAL, 3));
    expect(inbox, INBOX_SERIAL, 1);
    expect(inbox, INBOX_NMI, 2);
    expect(inbox, INBOX_SERIAL, 3);
    assert_true(inbox_is_empty(inbox));
    assert_false(inbox_take(inbox, &message));
    inbox_destroy(inbox);
}

static void control_messages_overtake_typed_bytes(void **state)
{
    struct inbox *inbox = inbox_create();
    struct inbox_message message;

    (void)state;
    /* Around the end of the ring. */
    for (unsigned i = 0; i < INBOX_MESSAGES_MAX - 2; i++) {
        assert_true(post(inbox, INBOX_NMI, 0));
        expect(inbox, INBOX_NMI, 0);
    }
    assert_false(inbox_take_control(inbox, &message));
    assert_true(post(inbox, INBOX_SERIAL, 1));
    assert_true(post(inbox, INBOX_SERIAL, 2));
    assert_false(inbox_take_control(inbox, &message));
    assert_true(post(inbox, INBOX_STOP, 3));
    assert_true(post(inbox, INBOX_SERIAL, 4));
    assert_true(post(inbox, INBOX_NMI, 5));
    assert_true(inbox_take_control(inbox, &message));
    assert_int_equal(message.target, 3);
    assert_true(inbox_take_control(inbox, &message));
    assert_int_equal(message.target, 5);
    assert_false(inbox_take_control(inbox, &message));
    expect(inbox, INBOX_SERIAL, 1);
    expect(inbox, INBOX_SERIAL, 2);
    expect(inbox, INBOX_SERIAL, 4);
    inbox_destroy(inbox);
}

static void typed_bytes_leave_room_for_control_messages(void **state)
{
    struct inbox *inbox = inbox_create();
    unsigned typed = 0;
    unsigned others = 0;

    (void)state;
    while (post(inbox, INBOX_SERIAL, 0)) {
        typed++;
    }
    while (post(inbox, INBOX_STOP, 0)) {
        others++;
    }
    assert_int_equal(typed, INBOX_MESSAGES_MAX - INBOX_RESERVED);
    assert_int_equal(others, INBOX_RESERVED);
    inbox_destroy(inbox);
}

/* Typed bytes that were left where they are do not keep a paused machine awake. */
static void a_wait_for_more_sleeps_on_what_was_seen(void **state)
{
    struct inbox *inbox = inbox_create();
    struct inbox_message message;
    struct timespec begin;
    struct timespec end;

    (void)state;
    assert_true(post(inbox, INBOX_SERIAL, 1));
    inbox_wait_more(inbox, -1); /* posted since the last look */
    assert_false(inbox_take_control(inbox, &message));
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    inbox_wait_more(inbox, 20);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true((end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec > 10000000);
    assert_true(post(inbox, INBOX_STOP, 2));
    inbox_wait_more(inbox, -1);
    assert_true(inbox_take_control(inbox, &message));
    inbox_wait(inbox, -1); /* not empty */
    expect(inbox, INBOX_SERIAL, 1);
    inbox_destroy(inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_in_the_order_they_went_in),
        cmocka_unit_test(control_messages_overtake_typed_bytes),
        cmocka_unit_test(typed_bytes_leave_room_for_control_messages),
        cmocka_unit_test(a_wait_for_more_sleeps_on_what_was_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
