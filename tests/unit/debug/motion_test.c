/* SPDX-License-Identifier: GPL-2.0-only */
/* Going forth and back with breakpoints of all kinds, and asking who did it. The guest is that of the history's
 * tests: a timer interrupt each millisecond counts at TICKS, the main loop at MARKED. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/debug/session.h"
#include "tests/unit/replay/history_guest.h"

static int open_session(void **state)
{
    *state = session_open(1, NULL);
    return 0;
}

static int close_session(void **state)
{
    session_close(*state);
    return 0;
}

static int begin(void **state)
{
    (void)session_say(*state, "delete");
    (void)session_say(*state, "goto begin");
    return 0;
}

static void keep(char where[512], const char *text)
{
    (void)snprintf(where, 512, "%s", text);
}

static uint32_t word_at(struct session *session, uint64_t addr)
{
    char line[64];

    (void)snprintf(line, sizeof(line), "p *0x%" PRIx64 "&0xffffffff", addr);
    return (uint32_t)strtoul(session_say(session, line), NULL, 16);
}

static unsigned lines_with(const char *text, const char *part)
{
    unsigned count = 0;

    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        count++;
    }
    return count;
}

/* The same places in both directions. */
static void there_and_back(struct session *session, const char *breakpoint, const char *says)
{
    char where[6][512];

    (void)session_say(session, "delete");
    (void)session_say(session, "goto 60ms");
    (void)session_say(session, breakpoint);
    for (unsigned i = 0; i < 6; i++) {
        assert_says(session_say(session, i == 0 ? "continue" : ""), says);
        keep(where[i], session_say(session, "info where"));
        if (i > 0) assert_string_not_equal(where[i], where[i - 1]);
    }
    for (unsigned i = 5; i > 0; i--) {
        assert_says(session_say(session, "rc"), says);
        assert_string_equal(session_say(session, "info where"), where[i - 1]);
    }
}

static void breakpoints_work_both_ways(void **state)
{
    there_and_back(*state, "break ev lapic0.accept", "lapic0 accept");
    there_and_back(*state, "break irq lapic0:0x40", "vector=0x40");
    there_and_back(*state, "break reg lapic0.EOI", "lapic0.EOI <- 0x0");
    /* Not traced: known from the bus. */
    (void)session_say(*state, "delete");
    (void)session_say(*state, "goto 60ms");
    (void)session_say(*state, "break reg uart.LSR");
    assert_says(session_say(*state, "c"), "uart.LSR -> 0x61");
    assert_says(session_say(*state, "c"), "uart.LSR -> 0x61");
    assert_says(session_say(*state, "rc"), "uart.LSR -> 0x61");
    there_and_back(*state, "break port 0x40", "port 0x40 rw 1: read of 1 byte");
}

static void probes_of_cores_work_both_ways(void **state)
{
    there_and_back(*state, "break vector 0x40", "vector 64 (interrupt)");
    there_and_back(*state, "watch 0x500 4", "mem 0x500 w 4: write of 4 bytes at 0x500 <- 0x");
    there_and_back(*state, "break phys 0x500 w 4", "phys 0x500 w 4: write of 4 bytes");
    there_and_back(*state, "rwatch 0x500 4", "mem 0x500 r 4: read of 4 bytes at 0x500");
}

static void values_are_those_of_the_access(void **state)
{
    const char *text = session_say(*state, "run-until mem 0x500 w 4 if new == 5");

    assert_says(text, "<- 0x5 (was 0x4)");
    assert_int_equal(word_at(*state, TICKS), 5);
    (void)session_say(*state, "goto 200ms");
    (void)session_say(*state, "watch 0x500 4");
    (void)session_say(*state, "disable");
    (void)session_say(*state, "break mem 0x500 w 4 if old == 6");
    assert_says(session_say(*state, "rc"), "<- 0x7 (was 0x6)");
    assert_int_equal(word_at(*state, TICKS), 7);
    assert_says(session_say(*state, "list"), "(1 hit)");
}

static void conditions_see_fields_and_registers(void **state)
{
    (void)session_say(*state, "run-until ev lapic0.accept if vector == 0x41");
    assert_says(session_say(*state, "events 1..9999999 lapic0.accept if vector == 0x41"),
                "vector=0x41");
    (void)session_say(*state, "goto 60ms");
    assert_says(session_say(*state, "run-until port 0x40 r if value < 0x80"), "-> 0x");
    assert_says(session_say(*state, "run-until vector 0x40 if $rsp != 0"), "vector 64");
    assert_says(session_refuse(*state, "wait-for ev lapic0.accept if vector == 0x77"),
                "ended before");
}

/* Also of pages that a core has in its TLB already, and without going anywhere else for it. */
static void memory_is_watched_at_once(void **state)
{
    static const char *const lines[] = {"watch 0x500 4", "b phys 0x500 w 4", "b phys 0x400 rw 512"};
    struct session *session = *state;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct history_stats before;
        struct history_stats after;
        uint32_t ticks;

        (void)session_say(session, "delete");
        (void)session_say(session, "goto 73ms");
        ticks = word_at(session, TICKS);
        history_get_stats(session->world.history, &before);
        (void)session_say(session, lines[i]);
        (void)session_say(session, "c");
        if (i == 2) (void)session_say(session, "c"); /* it is read before it is written */
        assert_int_equal(word_at(session, TICKS), ticks + 1);
        history_get_stats(session->world.history, &after);
        assert_int_equal(after.restores - before.restores <= 2, 1); /* to the place of each hit */
    }
}

/* Of the newest breakpoint. */
static unsigned number_of(struct session *session, const char *breakpoint)
{
    return (unsigned)strtoul(session_say(session, breakpoint), NULL, 10);
}

static void hits_are_passed(void **state)
{
    uint32_t ticks;
    char line[64];

    (void)session_say(*state, "goto 60ms");
    ticks = word_at(*state, TICKS);
    (void)snprintf(line, sizeof(line), "ignore %u 3", number_of(*state, "watch 0x500 4"));
    assert_says(session_say(*state, line), "(passes the next 3)");
    (void)session_say(*state, "c");
    assert_int_equal(word_at(*state, TICKS), ticks + 4);
    assert_says(session_say(*state, "list"), "(4 hits)");
    (void)session_say(*state, line);
    (void)session_say(*state, "rc");
    assert_int_equal(word_at(*state, TICKS), ticks);
    (void)session_say(*state, "delete");
    (void)session_say(*state, "tbreak mem 0x500 w 4");
    (void)session_say(*state, "c");
    assert_int_equal(word_at(*state, TICKS), ticks + 1);
    assert_says(session_say(*state, "list"), "nothing");
}

static void traces_do_not_stop(void **state)
{
    struct session *session = *state;
    static const char line[] = "mem 0x500 w 4: write of 4 bytes at 0x500 <- ";
    unsigned lines;
    uint32_t ticks;

    (void)session_say(session, "goto 60ms");
    ticks = word_at(session, TICKS);
    (void)session_say(session, "trace mem 0x500 w 4");
    lines = lines_with(session_say(session, "run-until irq lapic0:0x41"), line);
    assert_int_equal(lines, word_at(session, TICKS) - ticks);
    assert_true(lines > 10);
    lines = lines_with(session_say(session, "rc"), line);
    assert_int_equal(lines, 0);
}

static void instructions_are_stepped(void **state)
{
    char where[8][512];

    (void)session_say(*state, "goto 60ms");
    (void)session_say(*state, "run-until vector 0x40");
    keep(where[0], session_say(*state, "info where"));
    for (unsigned i = 1; i < 8; i++) {
        (void)session_say(*state, i == 1 ? "si" : "");
        keep(where[i], session_say(*state, "info where"));
    }
    for (unsigned i = 7; i > 0; i--) {
        (void)session_say(*state, "rsi");
        assert_string_equal(session_say(*state, "info where"), where[i - 1]);
    }
    (void)session_say(*state, "si 7");
    assert_string_equal(session_say(*state, "info where"), where[7]);
    (void)session_say(*state, "step-event");
    (void)session_say(*state, "rse");
    (void)session_say(*state, "sb");
    (void)session_say(*state, "rsb");
    (void)session_say(*state, "next");
    (void)session_say(*state, "rn");
}

static void the_last_writer_is_found(void **state)
{
    char where[512];
    char text[4096];

    (void)session_say(*state, "goto 123ms");
    keep(where, session_say(*state, "info where"));
    (void)snprintf(text, sizeof(text), "%s", session_say(*state, "last-write mem 0x500 w 4"));
    assert_says(text, "mem 0x500 w 4: write of 4 bytes at 0x500 <- 0x");
    assert_says(text, "core 0, ");
    assert_says(text, "incl 0x500(%di)");
    assert_string_equal(session_say(*state, "info where"), where);
    (void)session_say(*state, "goto found");
    assert_string_not_equal(session_say(*state, "info where"), where);
    (void)session_say(*state, "goto 123ms");
    (void)snprintf(text, sizeof(text), "%s", session_say(*state, "lw reg lapic0.EOI"));
    assert_says(text, "lapic0.EOI <- 0x0");
    assert_says(text, "movl $0, 0xb0(%ebx)");
    assert_says(text, "because of:");
    assert_string_equal(session_say(*state, "info where"), where);
    assert_says(session_say(*state, "lw reg nvme.CC"), "nobody has");
    assert_says(session_say(*state, "lw mem 0x20000000 w 4"), "nobody has");
    assert_says(session_say(*state, "last-write irq lapic0:0x40 goto"), "accept");
    assert_string_not_equal(session_say(*state, "info where"), where);
}

static void causes_are_told(void **state)
{
    (void)session_say(*state, "run-until irq lapic0:0x41");
    assert_says(session_say(*state, "why"), "irq_line line=irq level=0x1");
    assert_says(session_say(*state, "why ev 1500"), "ev 1500");
    assert_says(session_say(*state, "events"), "lapic accept");
    assert_says(session_say(*state, "events 1503..1504"), "#1503 ");
    assert_says(session_refuse(*state, "why ev 99999999"), "has events");
}

static void places_are_gone_to(void **state)
{
    char where[512];

    assert_says(session_say(*state, "goto 100ms"), "0.1000");
    assert_says(session_say(*state, "goto ev 1500"), "ev ");
    assert_says(session_say(*state, "goto cycle 320000000"), "0.1000");
    (void)session_say(*state, "goto end");
    keep(where, session_say(*state, "info where"));
    assert_says(where, "which is here");
    assert_says(session_say(*state, "c"), "the end of the run");
    (void)session_say(*state, "goto begin");
    assert_says(session_say(*state, "info where"), "edge 0.000000s");
    assert_says(session_say(*state, "rc"), "power-on is reached");
}

static void changes_are_marked(void **state)
{
    struct debugger_register reg;
    struct session *session = *state;
    unsigned changed = 0;

    (void)session_say(session, "goto 60ms");
    (void)session_say(session, "run-until irq lapic0:0x40");
    for (size_t i = 0; debugger_device_path(session->debugger, i) != NULL; i++) {
        for (size_t n = 0; debugger_register(session->debugger, i, n, &reg); n++) {
            changed += reg.is_changed ? 1 : 0;
        }
    }
    assert_true(changed > 0);
    assert_says(session_say(session, "info dev lapic0 changed"), "* ");
}

static void front_ends_have_their_own(void **state)
{
    struct session *session = *state;
    struct debugger_reason reason;
    struct error err = ERROR_INIT;
    int number;

    (void)session_say(session, "goto 60ms");
    number = debugger_add_watch(session->debugger, DEBUGGER_WRITE, TICKS, 4, &err);
    assert_true(number > 0);
    assert_int_equal(debugger_continue(session->debugger, false, &err), HISTORY_HIT);
    debugger_reason(session->debugger, &reason);
    assert_int_equal(reason.number, number);
    assert_int_equal(reason.kind, DEBUGGER_WRITE);
    assert_int_equal(reason.addr, TICKS);
    assert_int_equal(debugger_delete(session->debugger, (unsigned)number, &err), 0);
    assert_int_equal(debugger_delete(session->debugger, (unsigned)number, &err), -1);
    assert_int_equal(debugger_step(session->debugger, HISTORY_INSN, false, &err), HISTORY_THERE);
}

/* Cores take turns: hits of all of them, in the same order both ways. */
static void several_cores_are_watched(void **state)
{
    struct session *session = session_open(3, NULL);

    (void)state;
    there_and_back(session, "watch 0x540 4", "mem 0x540 w 4: write of 4 bytes at 0x540");
    there_and_back(session, "break vector 0x40", "vector 64 (interrupt)");
    there_and_back(session, "break vector 0x40 if core == 2", "vector 64 (interrupt)");
    assert_int_equal(debugger_core(session->debugger), 2);
    assert_says(session_say(session, "core 1"), "core 1");
    assert_says(session_refuse(session, "core 3"), "no core");
    assert_says(session_say(session, "last-write mem 0x540 w 4"), "lock");
    session_close(session);
}

static void step_and_return(struct session *session, bool is_back)
{
    const struct place place = world_here(&session->world);
    struct error err = ERROR_INIT;

    if (debugger_step(session->debugger, HISTORY_INSN, is_back, &err) != HISTORY_THERE) return;
    assert_int_equal(debugger_step(session->debugger, HISTORY_INSN, !is_back, &err), HISTORY_THERE);
    world_expect(&session->world, &place);
}

/* A step back undoes a step, and the other way round, wherever it stands and however it came there. */
static void steps_undo_each_other(struct session *session)
{
    struct error err = ERROR_INIT;
    struct place place;

    step_and_return(session, false);
    step_and_return(session, true);
    place = world_here(&session->world);
    for (unsigned i = 0; i < 3; i++) {
        (void)debugger_step(session->debugger, HISTORY_INSN, true, &err);
    }
    for (unsigned i = 0; i < 3; i++) {
        (void)debugger_step(session->debugger, HISTORY_INSN, false, &err);
    }
    world_expect(&session->world, &place);
}

#define STEPPED_PLACES 20
#define HALTED_PLACES  6

static void steps_have_inverses(void **state)
{
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct session *session = session_open(cores, NULL);
        unsigned halted = 0;
        uint64_t seed = 5;
        char line[64];

        for (unsigned i = 0; i < STEPPED_PLACES; i++) {
            (void)snprintf(line, sizeof(line), "goto ev %u", 1 + world_random(&seed) % 900);
            (void)session_say(session, line);
            (void)snprintf(line, sizeof(line), "%s %u", i % 2 == 0 ? "si" : "sb",
                           1 + world_random(&seed) % 12);
            (void)session_say(session, line);
            steps_undo_each_other(session);
        }
        /* A time within a wait for an interrupt is no place that steps come by of themselves. */
        while (halted < HALTED_PLACES) {
            (void)snprintf(line, sizeof(line), "goto %uus", 1000 + world_random(&seed) % 400000);
            (void)session_say(session, line);
            if (!cpu_is_halted(machine_cpu(session->world.machine, 0))) continue;
            halted++;
            steps_undo_each_other(session);
        }
        (void)session_say(session, "goto end");
        step_and_return(session, true);
        session_close(session);
    }
}

static void code_is_shown(void **state)
{
    struct session *session = *state;
    struct debugger_insn list[8];

    (void)session_say(session, "goto 60ms");
    assert_int_equal(debugger_disassemble(session->debugger, GUEST_COPY, list, 8), 8);
    assert_string_equal(list[0].text, "cli");
    assert_string_equal(list[1].text, "xorw %ax, %ax");
    assert_int_equal(debugger_back_up(session->debugger, list[7].addr, 3), list[4].addr);
    assert_says(session_say(session, "disas 0x8000 3"), "xorw %ax, %ax");
    assert_says(session_say(session, "x/3i 0x8000"), "cli");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(breakpoints_work_both_ways, begin),
        cmocka_unit_test_setup(probes_of_cores_work_both_ways, begin),
        cmocka_unit_test_setup(values_are_those_of_the_access, begin),
        cmocka_unit_test_setup(conditions_see_fields_and_registers, begin),
        cmocka_unit_test_setup(memory_is_watched_at_once, begin),
        cmocka_unit_test_setup(hits_are_passed, begin),
        cmocka_unit_test_setup(traces_do_not_stop, begin),
        cmocka_unit_test_setup(instructions_are_stepped, begin),
        cmocka_unit_test_setup(the_last_writer_is_found, begin),
        cmocka_unit_test_setup(causes_are_told, begin),
        cmocka_unit_test_setup(places_are_gone_to, begin),
        cmocka_unit_test_setup(changes_are_marked, begin),
        cmocka_unit_test_setup(front_ends_have_their_own, begin),
        cmocka_unit_test_setup(several_cores_are_watched, begin),
        cmocka_unit_test_setup(steps_have_inverses, begin),
        cmocka_unit_test_setup(code_is_shown, begin),
    };

    return cmocka_run_group_tests(tests, open_session, close_session);
}
