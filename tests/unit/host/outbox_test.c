/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys, mouse and commands on their way to the inbox: order, joining, and what happens when nobody
 * takes them. */
#include "emu/host/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct inbox *inbox;
    struct outbox outbox;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    fixture->inbox = inbox_create();
    outbox_init(&fixture->outbox, fixture->inbox);
    *state = fixture;
    return fixture->inbox ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    inbox_destroy(fixture->inbox);
    test_free(fixture);
    return 0;
}

/* Nothing gets into the inbox any more. */
static void block(struct fixture *fixture)
{
    static const struct inbox_message filler = {.kind = INBOX_NMI};

    while (inbox_post(fixture->inbox, &filler)) {}
}

/* The fillers leave, what waited comes. */
static void unblock(struct fixture *fixture)
{
    struct inbox_message message;

    while (inbox_take(fixture->inbox, &message)) {
        assert_int_equal(message.kind, INBOX_NMI);
    }
    assert_false(outbox_flush(&fixture->outbox));
}

static void expect_key(struct fixture *fixture, uint16_t usage, bool is_down)
{
    struct inbox_message message;
    struct input_key key;

    assert_true(inbox_take(fixture->inbox, &message));
    assert_int_equal(message.kind, INBOX_KEY);
    assert_int_equal(message.bytes, sizeof(key));
    memcpy(&key, message.payload, sizeof(key));
    assert_int_equal(key.usage, usage);
    assert_int_equal(key.is_down, is_down);
}

static struct input_tablet expect_tablet(struct fixture *fixture)
{
    struct inbox_message message;
    struct input_tablet tablet;

    assert_true(inbox_take(fixture->inbox, &message));
    assert_int_equal(message.kind, INBOX_TABLET);
    memcpy(&tablet, message.payload, sizeof(tablet));
    return tablet;
}

static struct input_pointer expect_pointer(struct fixture *fixture)
{
    struct inbox_message message;
    struct input_pointer pointer;

    assert_true(inbox_take(fixture->inbox, &message));
    assert_int_equal(message.kind, INBOX_POINTER);
    memcpy(&pointer, message.payload, sizeof(pointer));
    return pointer;
}

static void keys_once(void **state)
{
    struct fixture *fixture = *state;

    outbox_key(&fixture->outbox, 0x04, false);
    outbox_key(&fixture->outbox, 0x04, true);
    outbox_key(&fixture->outbox, 0x04, true);
    outbox_key(&fixture->outbox, 0xe1, true);
    outbox_key(&fixture->outbox, OUTBOX_KEYS, true);
    assert_true(outbox_is_down(&fixture->outbox, 0xe1));
    expect_key(fixture, 0x04, true);
    expect_key(fixture, 0xe1, true);
    outbox_release_keys(&fixture->outbox);
    outbox_release_keys(&fixture->outbox);
    expect_key(fixture, 0x04, false);
    expect_key(fixture, 0xe1, false);
    assert_true(inbox_is_empty(fixture->inbox));
}

/* Room for every release is kept, however long the machine takes nothing. */
static void releases_get_through(void **state)
{
    struct fixture *fixture = *state;
    bool is_down[OUTBOX_KEYS] = {false};
    struct inbox_message message;
    size_t count = 0;

    block(fixture);
    for (unsigned i = 0; i < 5000; i++) {
        outbox_key(&fixture->outbox, (uint16_t)(4 + i * 7 % 200), i % 3 != 0);
        outbox_wheel(&fixture->outbox, 1);
        outbox_button(&fixture->outbox, INPUT_BUTTON_LEFT, i % 2);
    }
    assert_true(outbox_flush(&fixture->outbox));
    outbox_release_keys(&fixture->outbox);
    outbox_release_buttons(&fixture->outbox);
    outbox_control(&fixture->outbox, INBOX_STOP);
    unblock(fixture);
    while (inbox_take(fixture->inbox, &message)) {
        struct input_key key;

        count++;
        if (message.kind != INBOX_KEY) continue;
        memcpy(&key, message.payload, sizeof(key));
        assert_int_not_equal(is_down[key.usage], key.is_down);
        is_down[key.usage] = key.is_down;
    }
    assert_int_equal(message.kind, INBOX_STOP);
    assert_in_range(count, 400, OUTBOX_MESSAGES);
    for (size_t i = 0; i < OUTBOX_KEYS; i++) {
        assert_false(is_down[i]);
    }
}

static void movements_join(void **state)
{
    struct fixture *fixture = *state;

    block(fixture);
    outbox_place(&fixture->outbox, 10, 10);
    outbox_place(&fixture->outbox, 20, 30);
    outbox_button(&fixture->outbox, INPUT_BUTTON_RIGHT, true);
    outbox_place(&fixture->outbox, 40, 50);
    outbox_wheel(&fixture->outbox, -1000);
    outbox_place(&fixture->outbox, 60, 70);
    outbox_place(&fixture->outbox, 60, 70);
    unblock(fixture);
    struct input_tablet tablet = expect_tablet(fixture);
    assert_int_equal(tablet.x, 20);
    assert_int_equal(tablet.y, 30);
    tablet = expect_tablet(fixture);
    assert_int_equal(tablet.x, 40);
    assert_int_equal(tablet.buttons, INPUT_BUTTON_RIGHT);
    tablet = expect_tablet(fixture);
    assert_int_equal(tablet.wheel, -127);
    tablet = expect_tablet(fixture);
    assert_int_equal(tablet.x, 60);
    assert_int_equal(tablet.wheel, 0);
    assert_true(inbox_is_empty(fixture->inbox));
}

static void mouse_instead_of_tablet(void **state)
{
    struct fixture *fixture = *state;

    outbox_button(&fixture->outbox, INPUT_BUTTON_LEFT, true);
    assert_int_equal(expect_tablet(fixture).buttons, INPUT_BUTTON_LEFT);
    outbox_use_mouse(&fixture->outbox, true);
    assert_int_equal(expect_tablet(fixture).buttons, 0);
    outbox_move(&fixture->outbox, 5, -6);
    struct input_pointer pointer = expect_pointer(fixture);
    assert_int_equal(pointer.dx, 5);
    assert_int_equal(pointer.dy, -6);
    block(fixture);
    outbox_move(&fixture->outbox, 30000, -1);
    outbox_move(&fixture->outbox, 30000, -1);
    outbox_button(&fixture->outbox, INPUT_BUTTON_MIDDLE, true);
    unblock(fixture);
    pointer = expect_pointer(fixture);
    assert_int_equal(pointer.dx, INT16_MAX);
    assert_int_equal(pointer.dy, -2);
    pointer = expect_pointer(fixture);
    assert_int_equal(pointer.dx, 0);
    assert_int_equal(pointer.buttons, INPUT_BUTTON_MIDDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(releases_get_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(movements_join, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mouse_instead_of_tablet, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
