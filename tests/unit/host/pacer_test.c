/* SPDX-License-Identifier: GPL-2.0-only */
/* Where virtual time should be, on a hand-driven host clock; and that an idle machine really waits
 * and wakes. */
#include "emu/host/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/core/clock.h"
#include "emu/core/inbox.h"
#include "emu/host/clock.h"

#define MS UINT64_C(1000000) /* host time, ns */

static void follows_the_host(void **state)
{
    struct pacer pacer = {.has_anchor = false};

    (void)state;
    assert_int_equal(pacer_target(&pacer, VTIME_MS(100), 5000 * MS), VTIME_MS(100));
    assert_int_equal(pacer_target(&pacer, VTIME_MS(100), 5001 * MS), VTIME_MS(101));
    assert_int_equal(pacer_target(&pacer, VTIME_MS(101), 5010 * MS), VTIME_MS(110));
}

static void a_machine_that_is_ahead_waits(void **state)
{
    struct pacer pacer = {.has_anchor = false};

    (void)state;
    (void)pacer_target(&pacer, 0, 0);
    assert_int_equal(pacer_target(&pacer, VTIME_S(5), 1 * MS), VTIME_MS(1));
    assert_int_equal(pacer_target(&pacer, VTIME_S(5), 5000 * MS), VTIME_S(5));
}

static void lost_time_is_not_caught_up(void **state)
{
    struct pacer pacer = {.has_anchor = false};

    (void)state;
    (void)pacer_target(&pacer, 0, 0);
    /* The machine computed for ten seconds of the host and got one second further. */
    assert_int_equal(pacer_target(&pacer, VTIME_S(1), 10000 * MS), VTIME_S(1));
    assert_int_equal(pacer_target(&pacer, VTIME_S(1), 10003 * MS), VTIME_S(1) + VTIME_MS(3));
}

static void a_short_lag_is_caught_up(void **state)
{
    struct pacer pacer = {.has_anchor = false};

    (void)state;
    (void)pacer_target(&pacer, 0, 0);
    assert_int_equal(pacer_target(&pacer, VTIME_MS(10), 25 * MS), VTIME_MS(25));
}

static void waits_for_the_event(void **state)
{
    struct pacer pacer = {.inbox = inbox_create()};
    struct host_pacer hook = pacer_hook(&pacer);
    uint64_t start = host_monotonic_ns();

    (void)state;
    assert_non_null(pacer.inbox);
    assert_int_equal(hook.idle(hook.ctx, VTIME_MS(7), VTIME_MS(37)), VTIME_MS(37));
    assert_true(host_monotonic_ns() - start >= 30 * MS);
    inbox_destroy(pacer.inbox);
}

static void input_ends_the_wait(void **state)
{
    static const struct inbox_message message = {.kind = INBOX_POWER_KEY};
    struct pacer pacer = {.inbox = inbox_create()};
    struct host_pacer hook = pacer_hook(&pacer);

    (void)state;
    assert_non_null(pacer.inbox);
    assert_true(inbox_post(pacer.inbox, &message));
    uint64_t reached = hook.idle(hook.ctx, VTIME_MS(7), VTIME_S(3600));
    assert_in_range(reached, VTIME_MS(7), VTIME_S(60));
    reached = hook.idle(hook.ctx, reached, VTIME_NEVER);
    assert_true(reached < VTIME_NEVER);
    inbox_destroy(pacer.inbox);
}

static void without_an_inbox_nothing_is_held_back(void **state)
{
    struct pacer pacer = {.inbox = NULL};
    struct host_pacer hook = pacer_hook(&pacer);

    (void)state;
    assert_int_equal(hook.idle(hook.ctx, 0, VTIME_S(3600)), VTIME_S(3600));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_host),
        cmocka_unit_test(a_machine_that_is_ahead_waits),
        cmocka_unit_test(lost_time_is_not_caught_up),
        cmocka_unit_test(a_short_lag_is_caught_up),
        cmocka_unit_test(waits_for_the_event),
        cmocka_unit_test(input_ends_the_wait),
        cmocka_unit_test(without_an_inbox_nothing_is_held_back),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
