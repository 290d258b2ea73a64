/* SPDX-License-Identifier: GPL-2.0-only */
/* GDB's protocol: running, stepping, going back, interrupting, monitor. On the fake machine of fake.h, where it is known
 * what each step does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/debug/gdb/gdb_internal.h"
#include "tests/unit/gdb/wire.h"

static struct wire *wire;

static int open_wire(void **state)
{
    (void)state;
    wire = wire_open(FAKE_CORES, false);
    (void)wire_ask(wire, "qSupported:swbreak+;hwbreak+");
    return 0;
}

static int close_wire(void **state)
{
    (void)state;
    wire_close(wire);
    return 0;
}

#define ASSERT_AT(at) assert_int_equal(fake_at(wire->fake), (at))
/* Stops of a core: number, and what else is told of the stop. */
#define STOP(core, rest) "T05thread:" #core ";core:" rest

static void a_stop_tells_where_and_why(void **state)
{
    (void)state;
    ASSERT_ANSWER("?", "T05thread:1;");
    ASSERT_ANSWER("Z0,1007,1", "OK");
    ASSERT_ANSWER("vCont;c", "T05thread:1;core:0;swbreak:;07:0070000000000000;"
                             "10:0710000000000000;");
    ASSERT_AT(7);
    ASSERT_ANSWER("z0,1007,1", "OK");
    ASSERT_ANSWER("Z1,1007,1", "OK");
    ASSERT_BEGINS("c", STOP(2, "1;hwbreak:;"));
    ASSERT_AT(17);
    ASSERT_ANSWER("?", STOP(2, "1;"));
}

static void a_client_that_knows_no_swbreak_is_told_none(void **state)
{
    (void)state;
    ASSERT_BEGINS("qSupported", "PacketSize");
    ASSERT_ANSWER("Z0,1007,1", "OK");
    ASSERT_BEGINS("c", STOP(1, "0;07:"));
}

static void watchpoints_are_told_with_their_kind(void **state)
{
    static const struct {
        const char *set;
        const char *stop;
    } kinds[] = {{"2,8000,8", STOP(1, "0;watch:8000;")}, {"4,8004,1", STOP(1, "0;awatch:8004;")}};
    char packet[32];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_goto(wire->fake, 0);
        (void)snprintf(packet, sizeof(packet), "Z%s", kinds[i].set);
        ASSERT_ANSWER(packet, "OK");
        ASSERT_BEGINS("c", kinds[i].stop);
        ASSERT_AT(6); /* behind the store */
        packet[0] = 'z';
        ASSERT_ANSWER(packet, "OK");
    }
}

static void backwards_a_watchpoint_stands_in_front_of_the_store(void **state)
{
    (void)state;
    fake_goto(wire->fake, 200);
    ASSERT_ANSWER("Z2,8000,8", "OK");
    ASSERT_BEGINS("bc", "T05");
    const uint64_t first = fake_at(wire->fake);

    assert_non_null(strstr(wire->body, "watch:8000;"));
    ASSERT_BEGINS("bc", "T05");
    assert_true(fake_at(wire->fake) < first);
    fake_goto(wire->fake, first);
    ASSERT_BEGINS("c", "T05");
    ASSERT_AT(first + 1); /* the same store, forwards */
    fake_goto(wire->fake, 0);
    ASSERT_BEGINS("c", STOP(1, "0;watch:8000;"));
    ASSERT_AT(6);
    ASSERT_BEGINS("bc", STOP(1, "0;watch:8000;"));
    ASSERT_AT(5);
    ASSERT_BEGINS("bc", STOP(1, "0;replaylog:begin;"));
    ASSERT_AT(0);
}

static void forwards_and_back_is_the_same_place(void **state)
{
    uint64_t places[20];

    (void)state;
    ASSERT_ANSWER("Z1,1003,1", "OK");
    for (unsigned i = 0; i < 20; i++) {
        ASSERT_BEGINS("c", "T05");
        places[i] = fake_at(wire->fake);
    }
    for (unsigned i = 19; i-- > 0;) {
        ASSERT_BEGINS("bc", "T05");
        ASSERT_AT(places[i]);
    }
}

static void both_ends_are_told(void **state)
{
    (void)state;
    ASSERT_BEGINS("bs", STOP(1, "0;replaylog:begin;"));
    ASSERT_BEGINS("c", "T05");
    assert_non_null(strstr(wire->body, "replaylog:end;"));
    assert_string_equal(wire->console, "The recording ends here.\n");
    ASSERT_AT(FAKE_END);
    ASSERT_BEGINS("s", "T05");
    assert_non_null(strstr(wire->body, "replaylog:end;"));
}

static void a_step_is_of_the_core_that_was_asked_for(void **state)
{
    (void)state;
    ASSERT_BEGINS("vCont;s:3;c", STOP(3, "2;"));
    ASSERT_AT(21);
    ASSERT_BEGINS("vCont;s:3", STOP(3, "2;"));
    ASSERT_AT(22);
    ASSERT_BEGINS("vCont;s:1", STOP(1, "0;"));
    ASSERT_AT(41);
    ASSERT_ANSWER("Hc2", "OK");
    ASSERT_BEGINS("s", STOP(2, "1;"));
    ASSERT_AT(51);
}

static void a_step_back_is_of_the_core_that_was_asked_for(void **state)
{
    (void)state;
    fake_goto(wire->fake, 55);
    ASSERT_ANSWER("Hc2", "OK");
    ASSERT_BEGINS("bs", STOP(2, "1;"));
    ASSERT_AT(54);
    ASSERT_ANSWER("Hc1", "OK");
    ASSERT_BEGINS("bs", STOP(1, "0;"));
    ASSERT_AT(49); /* in front of the last instruction of its turn */
    ASSERT_ANSWER("Hc3", "OK");
    ASSERT_BEGINS("bs", STOP(3, "2;"));
    ASSERT_AT(29);
}

static void a_step_waits_for_a_halted_core(void **state)
{
    (void)state;
    ASSERT_BEGINS("vCont;s:4", "T05"); /* it never gets on */
    assert_non_null(strstr(wire->body, "replaylog:end;"));
}

static void a_range_is_stepped_through(void **state)
{
    (void)state;
    ASSERT_BEGINS("vCont;r1000,1006:1", STOP(1, "0;"));
    ASSERT_AT(6);
    ASSERT_BEGINS("vCont;r1006,1000:1", STOP(1, "0;")); /* no range: a step */
    ASSERT_AT(7);
}

static void nonsense_does_not_move(void **state)
{
    static const char *const packets[] = {"vCont;x",   "vCont;s:9",   "vCont;s:",  "vCont;r1000",
                                          "vCont;r1,", "vCont;C",     "vCont;s1;", "s1000",
                                          "c1000",     "vCont;s:p1.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        ASSERT_ANSWER(packets[i], GDB_EINVAL);
    }
    ASSERT_BEGINS("vCont;t:1;c", "E.");
    ASSERT_BEGINS("vCont;t", "T05thread:"); /* what stands is told so */
    ASSERT_BEGINS("vCont;t:1;t:2", "T05thread:");
    ASSERT_AT(0);
    ASSERT_BEGINS("vCont;C05:1;S05:2;c", STOP(2, "1;")); /* signals mean nothing */
    ASSERT_AT(11);
}

static void the_first_action_of_a_thread_counts(void **state)
{
    (void)state;
    ASSERT_BEGINS("vCont;c:1;s:1;s:2", STOP(2, "1;"));
    ASSERT_BEGINS("vCont;s:2;s:3;s:1", STOP(2, "1;"));
    ASSERT_AT(12);
}

/* ---- Ctrl-C ---- */

static void an_interrupt_stops_what_runs(void **state)
{
    (void)state;
    gdb_server_interrupt(wire->server);
    ASSERT_BEGINS("c", "T02thread:1;");
    ASSERT_AT(0);
    ASSERT_BEGINS("s", "T02");
    ASSERT_AT(0);
    wire_put(wire, "\x03", 1);
    ASSERT_BEGINS("s", "T05");
    ASSERT_AT(1);
}

static void an_interrupt_that_came_too_late_stops_nothing(void **state)
{
    (void)state;
    ASSERT_BEGINS("s", "T05");
    gdb_server_interrupt(wire->server);
    wire_put(wire, "\x03", 1);
    ASSERT_BEGINS("s", "T05");
    wire_put(wire, "\x03\x03\x03", 3); /* nobody announced these */
    ASSERT_BEGINS("s", "T05");
    gdb_server_interrupt(wire->server);
    ASSERT_BEGINS("s", "T02");
}

static void without_a_client_nothing_runs(void **state)
{
    (void)state;
    gdb_server_hang_up(wire->server);
    ASSERT_ANSWER("c", "");
    ASSERT_AT(0);
}

/* ---- Trouble ---- */

static void divergence_is_told(void **state)
{
    (void)state;
    fake_set_divergence(wire->fake);
    fake_goto(wire->fake, FAKE_DIVERGED);
    ASSERT_BEGINS("c", "T06");
    assert_string_equal(wire->console, "event 7 is another one\n");
}

/* ---- monitor ---- */

static const char *monitor(const char *line)
{
    char packet[2048];
    struct gdb_maker out = {.data = packet, .size = sizeof(packet) - 1};

    gdb_put(&out, "qRcmd,");
    gdb_put_bytes(&out, line, strlen(line));
    packet[out.bytes] = '\0';
    return wire_ask(wire, packet);
}

static void monitor_carries_out_lines(void **state)
{
    (void)state;
    assert_string_equal(monitor("help me"), "OK");
    assert_string_equal(wire->console, "line 0 of: help me\n");
    assert_string_equal(monitor(""), "OK");
    assert_string_equal(wire->console, "line 0 of: help\n");
    assert_string_equal(monitor("fail"), "OK");
    assert_string_equal(wire->console, "error: it failed\n");
    assert_string_equal(monitor(" quit "), "OK");
    assert_non_null(strstr(wire->console, "detach"));
    ASSERT_ANSWER("qRcmd,6", GDB_EINVAL);
    ASSERT_ANSWER("qRcmd,6x", GDB_EINVAL);
    ASSERT_ANSWER("qRcmd,", "OK");
}

static void monitor_says_much_in_small_packets(void **state)
{
    const char *at;
    size_t longest = 0;

    (void)state;
    assert_string_equal(monitor("print 10000"), "OK");
    assert_non_null(strstr(wire->console, "line 9999 of: print 10000\n"));
    for (at = wire->got; (at = strchr(at, '$')) != NULL; at++) {
        const size_t bytes = strcspn(at, "#");

        if (bytes > longest) longest = bytes;
    }
    assert_true(longest <= GDB_PACKET_BYTES);
}

static void monitor_that_moves_says_so(void **state)
{
    (void)state;
    assert_string_equal(monitor("goto 15"), "OK");
    assert_non_null(strstr(wire->console, "maintenance flush register-cache"));
    ASSERT_ANSWER("qC", "QC2");
    assert_string_equal(monitor("help"), "OK");
    assert_null(strstr(wire->console, "maintenance"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_wire, close_wire)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stop_tells_where_and_why),
        TEST(a_client_that_knows_no_swbreak_is_told_none),
        TEST(watchpoints_are_told_with_their_kind),
        TEST(backwards_a_watchpoint_stands_in_front_of_the_store),
        TEST(forwards_and_back_is_the_same_place),
        TEST(both_ends_are_told),
        TEST(a_step_is_of_the_core_that_was_asked_for),
        TEST(a_step_back_is_of_the_core_that_was_asked_for),
        TEST(a_step_waits_for_a_halted_core),
        TEST(a_range_is_stepped_through),
        TEST(nonsense_does_not_move),
        TEST(the_first_action_of_a_thread_counts),
        TEST(an_interrupt_stops_what_runs),
        TEST(an_interrupt_that_came_too_late_stops_nothing),
        TEST(without_a_client_nothing_runs),
        TEST(divergence_is_told),
        TEST(monitor_carries_out_lines),
        TEST(monitor_says_much_in_small_packets),
        TEST(monitor_that_moves_says_so),
    };

    return cmocka_run_group_tests_name("gdb_motion", tests, NULL, NULL);
}
