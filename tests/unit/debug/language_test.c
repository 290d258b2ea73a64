/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be said to the debugger, and what it answers without moving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/debug/debugger_internal.h"
#include "tests/unit/debug/session.h"

static int open_session(void **state)
{
    *state = session_open(2, NULL);
    return 0;
}

static int close_session(void **state)
{
    session_close(*state);
    return 0;
}

static void times_are_exact(void **state)
{
    char text[DEBUGGER_TIME_BYTES];
    vtime when;

    (void)state;
    assert_true(time_parse("500ms", &when));
    assert_int_equal(when, VTIME_MS(500));
    assert_true(time_parse("2.5s", &when));
    assert_int_equal(when, VTIME_MS(2500));
    assert_true(time_parse("2.500s", &when));
    assert_int_equal(when, VTIME_MS(2500));
    assert_true(time_parse("1.000000000001s", &when));
    assert_int_equal(when, VTIME_S(1) + 1);
    assert_string_equal(time_text(when, text), "1.000000000001s");
    assert_string_equal(time_text(VTIME_MS(2500), text), "2.500000s");
    assert_true(time_parse(time_text(VTIME_MS(77) + 13, text), &when));
    assert_int_equal(when, VTIME_MS(77) + 13);
    assert_false(time_parse("1.0000000000001s", &when));
    assert_false(time_parse("5", &when));
    assert_false(time_parse(".5s", &when));
    assert_false(time_parse("1.s", &when));
    assert_false(time_parse("18446745s", &when));
    assert_false(time_parse("1h", &when));
    assert_false(time_parse("-1s", &when));
}

static void expressions_are_as_in_c(void **state)
{
    static const struct {
        const char *line;
        const char *answer;
    } cases[] = {
        {"p 1+2*3", "0x7 (7)"},    {"p (1+2)*3", "0x9 (9)"},
        {"p 1<<4|1", "0x11 (17)"}, {"p 0xff&~0xf", "0xf0 (240)"},
        {"p 7%4", "0x3 (3)"},      {"p -1", "0xffffffffffffffff"},
        {"p 6^3", "0x5 (5)"},      {"p 1<<64", "0x0 (0)"},
        {"p/d 255", "255"},        {"p/t 5", "101"},
        {"p $rip", "0xfff0"},      {"p $cs_base", "0xffff0000"},
        {"p $pc", "0xfffffff0"},   {"p $eflags", "0x2"},
        {"p uart.LCR", "0x"},      {"p/x hpet.GCAP_ID & 0xff", "0x"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_says(session_say(*state, cases[i].line), cases[i].answer);
    }
}

/* As RDMSR, a load, and a port's reader would have it, and without side effects. */
static void machines_are_read(void **state)
{
    static const struct {
        const char *line;
        const char *answer;
    } cases[] = {
        {"p msr(0x1b)", "0xfee00900"},
        {"p msr(0x1b)@1", "0xfee00800"},
        {"p $IA32_APIC_BASE", "0xfee00900"},
        {"p $IA32_APIC_BASE@1 & 0x100", "0x0 (0)"},
        {"p msr(0x10 + 0xb)", "0xfee00900"},
        {"p $rip@0", "0xfff0"},
        {"p phys32(0xfee00030) & 0xff", "0x15"},
        {"p phys8(0xfee00030)", "0x15"},
        {"p phys8(0xfee00030) + phys8(0xfee00030)", "0x2a"},
        {"p u8($pc)", "0xe9"},
        {"p u8(phys64(0) * 0 + $pc)@0", "0xe9"},
        {"p u16($pc) & 0xff", "0xe9"},
        {"p (u32($pc) ^ u64($pc)) & 0xffffffff", "0x0 (0)"},
        {"p *$pc - u64($pc)", "0x0 (0)"},
        {"p phys8($pc) - u8($pc)", "0x0 (0)"},
        {"p port8(0x3fd) - uart.LSR", "0x0 (0)"},
        {"p port16(0x3fa) & 0", "0x0 (0)"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_says(session_say(*state, cases[i].line), cases[i].answer);
    }
    assert_says(session_refuse(*state, "p msr(0x7fffffff)"), "there is no MSR 0x7fffffff");
    assert_says(session_refuse(*state, "p msr(0x100000010)"), "there is no MSR 0x100000010");
    assert_says(session_refuse(*state, "p msr(0x10)@9"), "no core '9'");
    assert_says(session_refuse(*state, "p msr(0x10)@"), "no core ''");
    assert_says(session_refuse(*state, "p phys8(0)@1"), "same on all cores");
    assert_says(session_refuse(*state, "p phys8(0xf000000000)"), "physical 0xf000000000");
    assert_says(session_refuse(*state, "p phys64(-1)"), "physical 0xffffffffffffffff");
    assert_says(session_refuse(*state, "p port8(0x1f0)"), "port 0x1f0");
    assert_says(session_refuse(*state, "p phys23(0)"), "did you mean 'phys32()'");
    assert_says(session_refuse(*state, "p nothing(0)"), "help values");
    assert_says(session_refuse(*state, "p u8(0"), "parenthesis");
    assert_says(session_refuse(*state, "p $IA32_LSTRA"), "did you mean '$IA32_LSTAR'");
    assert_says(session_refuse(*state, "p $rax@7"), "no register is called 'rax@7'");
    assert_says(session_refuse(*state, "p $rax@"), "no register is called 'rax@'");
    assert_says(session_say(*state, "help values"), "phys8");
}

static void bad_expressions_are_refused(void **state)
{
    char deep[200] = "p ";

    memset(deep + 2, '(', 100);
    assert_says(session_refuse(*state, deep), "nested");
    assert_says(session_refuse(*state, "p 1/0"), "zero");
    assert_says(session_refuse(*state, "p"), "expression");
    assert_says(session_refuse(*state, "p 1+"), "value was expected");
    assert_says(session_refuse(*state, "p (1"), "parenthesis");
    assert_says(session_refuse(*state, "p 1 2"), "not expected");
    assert_says(session_refuse(*state, "p 0x1ffffffffffffffff"), "64 bits");
    assert_says(session_refuse(*state, "p $rxx"), "no register");
    assert_says(session_refuse(*state, "p startup_64"), "symbols");
    assert_says(session_refuse(*state, "p *0x700000000000"), "mapped");
}

static void names_are_checked(void **state)
{
    assert_says(session_refuse(*state, "b reg nvne.CC"), "did you mean 'nvme'");
    assert_says(session_refuse(*state, "b reg uart.LCX"), "did you mean 'LCR'");
    assert_says(session_refuse(*state, "b reg uart"), "DEVICE.REGISTER");
    assert_says(session_refuse(*state, "b reg lapic0.LVT_TIMERX"), "did you mean");
    assert_says(session_refuse(*state, "b irq hpet:irg0"), "did you mean 'irq0'");
    assert_says(session_refuse(*state, "b ev nvme.nvme_comand"), "did you mean 'nvme_command'");
    assert_says(session_refuse(*state, "b rge uart.LCR"), "did you mean 'reg'");
    assert_says(session_refuse(*state, "brake reg uart.LCR"), "did you mean 'break'");
    assert_says(session_refuse(*state, "b vector 256"), "0 to 255");
    assert_says(session_refuse(*state, "b port 0x10000"), "ports");
    assert_says(session_refuse(*state, "b lba 7..3"), "FIRST..LAST");
    assert_says(session_refuse(*state, "b mem 0x1000 w 0"), "range");
    assert_says(session_refuse(*state, "b mem 0xffffffffffffffff w 8"), "range");
    assert_says(session_refuse(*state, "b bar uart.0"), "no PCI function");
    assert_says(session_refuse(*state, "b bar gpu.9"), "BAR");
    assert_says(session_refuse(*state, "b pixel 1"), "X,Y");
    assert_says(session_refuse(*state, "b reg lapic0.TMCCT"), "polled");
    assert_says(session_refuse(*state, "b msr 0x100000000"), "MSRs");
    assert_says(session_refuse(*state, "b reg uart.LCR if"), "condition");
    assert_says(session_refuse(*state, "b reg uart.LCR if value =="), "");
    assert_says(session_refuse(*state, "b reg uart.LCR r 3"), "not expected");
    assert_says(session_refuse(*state, "info dve"), "did you mean 'dev");
    assert_says(session_refuse(*state, "info dev 00.0"), "whole path");
    assert_says(session_refuse(*state, "goto 5"), "place");
    assert_says(session_refuse(*state, "goto ev 99999999"), "has events");
    assert_says(session_refuse(*state, "goto found"), "nothing");
    assert_says(session_refuse(*state, "x/5000gx 0"), "at most");
    assert_says(session_refuse(*state, "x/8q 0"), "format");
    assert_says(session_refuse(*state, "delete 7"), "no breakpoint");
}

/* A name behind `if` that no hit can know is a mistake, not a breakpoint that never hits. */
static void names_of_conditions_are_checked(void **state)
{
    static const char *const good[] = {
        "b ev nvme.nvme_command if opcode == 1 and cid > 3",
        "b ev *.irq_line if line == irq0 and level == 1 and device == hpet",
        "b ev *.* if level == error or what == nonsense",
        "b ev machine.cpu_reset if is_init",
        "b reg uart.LCR if DLAB == 1 and old != new and written",
        "b reg uart.LCR w if now == 3",
        "b irq hpet:irq0 if value and level",
        "b irq lapic0:0x40 if vector == 0x40",
        "b lba 0..7 if opcode == 1",
        "b mem 0x1000 if new > $rax and nvme.CC.EN == 0",
        "b pc 0x8000 if core == 0 and time > 5ms",
        "b vector 14 if external",
        "b msr 0x1b if old == value",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        (void)session_say(*state, good[i]);
    }
    assert_says(session_refuse(*state, "break ev nvme.nvme_completion if statsu==3"),
                "'statsu' is not known of 'ev nvme.nvme_completion'; did you mean 'status'");
    assert_says(session_refuse(*state, "b ev nvme.nvme_command if opcode == 1 and not (cdi > 3)"),
                "did you mean 'cid'");
    /* That an event of another kind has it is of no use. */
    assert_says(session_refuse(*state, "b ev machine.cpu_reset if opcode == 1"), "not known");
    assert_says(session_refuse(*state, "b ev nvme.nvme_command if value == 1"), "not known");
    assert_says(session_refuse(*state, "b reg uart.LCR if DLBA == 1"), "did you mean 'DLAB'");
    assert_says(session_refuse(*state, "b mem 0x1000 if vlaue == 1"), "did you mean 'value'");
    assert_says(session_refuse(*state, "b pc 0x8000 if value == 1"), "not known");
    assert_says(session_refuse(*state, "b pc 0x8000 if $rxa == 1"), "not known");
    assert_says(session_refuse(*state, "b vector 14 if value == somthing"), "'somthing'");
    assert_says(session_refuse(*state, "trace ev nvme.* if 3 == lbaa & 1"), "did you mean 'lba'");
    assert_says(session_refuse(*state, "events 1..9 nvme.nvme_command if opcod == 1"),
                "nvme.nvme_command has no field 'opcod'; did you mean 'opcode'");
    (void)session_say(*state, "delete");
}

/* Who checks names must know of everything that can happen. */
static void every_event_is_of_a_kind(void **state)
{
    const struct session *session = *state;
    struct trace_items events = history_events(session->world.history);
    const size_t count = machine_list_events(session->world.machine, NULL, 0);
    struct trace_kind *kinds = calloc(count, sizeof(*kinds));
    struct trace_item item;
    uint64_t first;
    uint64_t last;

    assert_non_null(kinds);
    assert_int_equal(machine_list_events(session->world.machine, kinds, count), count);
    events.range(events.ctx, &first, &last);
    assert_true(last > 1000);
    for (uint64_t seq = first; seq <= last; seq++) {
        size_t i = 0;

        assert_true(events.get(events.ctx, seq, &item));
        while (i < count && (strcmp(kinds[i].device, item.device) != 0 ||
                             strcmp(kinds[i].desc->name, item.type->name) != 0)) {
            i++;
        }
        if (i == count) {
            print_error("%s %s is not declared\n", item.device, item.type->name);
        }
        assert_true(i < count);
        for (unsigned field = 0; field < item.type->field_count; field++) {
            assert_int_equal(trace_kind_meaning(&kinds[i], item.type->fields[field]),
                             item.type->is_text[field] ? CONDITION_TEXT : CONDITION_NUMBER);
        }
    }
    free(kinds);
}

/* What `list` shows can be typed again, and is the same then. */
static void the_list_can_be_typed(void **state)
{
    static const char *const lines[] = {
        "break reg uart.LCR rw",  "break reg uart.LCR w if value == 3",
        "trace ev lapic0.accept", "trace ev *.irq_line if level == 1",
        "break mem 0x1000 w 8",   "break mem 0x1000 rw 16 if new > old",
        "break phys 0x2000 r 1",  "break port 0x3f8 rw 8",
        "break irq hpet:irq0",    "break irq lapic0:0x40",
        "break vector 14",        "break msr 0xc0000080 w",
        "break lba 0..7 rw",      "break pixel 100,200",
        "break bar gpu.5 rw",     "break pc 0x8000",
    };
    char expected[300];
    char said[1024];

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
            const size_t number = pass * sizeof(lines) / sizeof(lines[0]) + i + 1;

            (void)snprintf(expected, sizeof(expected), "%zu: %s\n", number, lines[i]);
            (void)snprintf(said, sizeof(said), "%s", session_say(*state, lines[i]));
            assert_string_equal(said, expected);
        }
        (void)session_say(*state, "delete");
        assert_says(session_say(*state, "list"), "nothing");
    }
}

/* What a front end shows of them. */
static void breakpoints_are_listed(void **state)
{
    struct session *session = *state;
    struct debugger_breakpoint list[DEBUGGER_BREAKPOINTS_MAX];
    struct trace_item item = {.device = "/pch/hpet", .type = &(struct trace_type){.name = "odd"}};
    char text[80];

    assert_int_equal(debugger_breakpoints(session->debugger, list), 0);
    assert_int_equal(debugger_breakpoint_of(session->debugger, &item), 0);
    (void)session_say(session, "b 0x8000");
    (void)session_say(session, "trace ev hpet.irq_line if level == 1");
    (void)session_say(session, "b pc 0x9000 if $rax == 1");
    (void)session_say(session, "delete 1");
    (void)session_say(session, "disable 3");
    assert_int_equal(debugger_breakpoints(session->debugger, list), 2);
    assert_int_equal(list[0].number, 2);
    assert_true(list[0].is_trace && list[0].is_enabled && !list[0].is_code);
    assert_int_equal(list[1].number, 3);
    assert_true(list[1].is_code && !list[1].is_enabled && !list[1].is_trace);
    assert_int_equal(list[1].addr, 0x9000);
    debugger_breakpoint_text(session->debugger, 3, text, sizeof(text));
    assert_string_equal(text, "break pc 0x9000 if $rax == 1");
    debugger_breakpoint_text(session->debugger, 1, text, sizeof(text));
    assert_string_equal(text, "");
    assert_int_equal(debugger_breakpoint_of(session->debugger, &item), 0);
    item.type = &(struct trace_type){.name = "irq_line"};
    assert_int_equal(debugger_breakpoint_of(session->debugger, &item), 2);
    (void)session_say(session, "disable 2");
    assert_int_equal(debugger_breakpoint_of(session->debugger, &item), 0);
}

static void breakpoints_are_switched(void **state)
{
    /* Those before are forgotten, their numbers are not given again. */
    assert_says(session_say(*state, "b 0x8000"), "33: break pc 0x8000");
    (void)session_say(*state, "watch 0x500 4");
    (void)session_say(*state, "disable 33");
    assert_says(session_say(*state, "list"), "(disabled)");
    (void)session_say(*state, "enable");
    assert_null(strstr(session_say(*state, "list"), "(disabled)"));
    assert_says(session_say(*state, "ignore 33 3"), "passes the next 3");
    assert_says(session_say(*state, "i b"), "34: break mem 0x500 w 4");
    assert_says(session_refuse(*state, "ignore 33"), "NUMBER COUNT");
    (void)session_say(*state, "d 33 34");
    assert_says(session_refuse(*state, "d 33"), "no breakpoint");
}

static void too_many_are_refused(void **state)
{
    for (unsigned i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        (void)session_say(*state, "b 0x8000");
    }
    assert_says(session_refuse(*state, "b 0x8000"), "already");
    (void)session_say(*state, "delete");
    (void)session_say(*state, "b 0x8000");
    (void)session_say(*state, "delete");
}

static void it_looks_at_everything(void **state)
{
    assert_says(session_say(*state, "info regs"), "rip");
    assert_says(session_say(*state, "i r"), "IA32_APIC_BASE");
    assert_says(session_say(*state, "i r rip"), "0xfff0");
    assert_says(session_say(*state, "i r float"), "xmm15");
    assert_says(session_say(*state, "info cores"), "* 0");
    assert_says(session_say(*state, "info devices"), "vega10");
    assert_says(session_say(*state, "info dev uart"), "/pch/uart0");
    assert_says(session_say(*state, "info dev uart LCR"), "LCR");
    assert_says(session_say(*state, "info dev nvme"), "called nvme");
    assert_says(session_say(*state, "info memory"), "ram");
    assert_says(session_say(*state, "info events"), "lapic0.accept");
    assert_says(session_say(*state, "info checkpoints"), "checkpoints");
    assert_says(session_say(*state, "info where"), "edge 0.000000s");
    assert_says(session_say(*state, "disas"), "=> 00000000fffffff0");
    assert_says(session_say(*state, "x/4bx $pc"), "0xe9");
    assert_says(session_say(*state, "x/2i $pc"), "jmp");
    assert_says(session_say(*state, "x/2wxp 0xfffffff0"), "0x");
    assert_says(session_say(*state, "help"), "last-write");
    assert_says(session_say(*state, "help break"), "SOURCE");
    assert_says(session_say(*state, "help sources"), "pixel");
    assert_says(session_say(*state, "help conditions"), "old");
    assert_says(session_refuse(*state, "bt"), "64-bit");
    assert_says(session_refuse(*state, "screen a.png"), "cannot be saved");
    assert_says(session_say(*state, "set syntax intel"), "");
    assert_says(session_say(*state, "set syntax att"), "");
}

/* Commands about blocks, as their events tell them. */
static bool meets_blocks(const char *blocks, uint64_t opcode, uint64_t lba, uint64_t count)
{
    static const struct trace_type type = {
        .name = "nvme_io", .field_count = 4, .fields = {"opcode", "lba", "blocks", "cid"}};
    const struct trace_item item = {
        .seq = 9, .device = "/pci/00/1c.0/00.0", .type = &type, .args = {opcode, lba, count}};
    struct error err = ERROR_INIT;
    struct source source;
    struct words words;
    struct hit hit;
    unsigned at = 0;

    assert_int_equal(words_split(&words, blocks, &err), 0);
    assert_int_equal(source_parse(NULL, &words, &at, &source, &err), 0);
    return source_meets_item(&source, &item, &hit) && hit.seq == 9 &&
           hit.is_write == (opcode == 1 || opcode == 8);
}

static void blocks_are_those_of_commands(void **state)
{
    (void)state;
    assert_true(meets_blocks("lba 0..7", 1, 7, 1));
    assert_true(meets_blocks("lba 5", 2, 0, 8));
    assert_true(meets_blocks("lba 5 w", 8, 0, 8));
    assert_false(meets_blocks("lba 5 w", 2, 0, 8));
    assert_false(meets_blocks("lba 5 r", 1, 0, 8));
    assert_false(meets_blocks("lba 8..9", 1, 0, 8));
    assert_false(meets_blocks("lba 0..7", 1, 8, 1));
}

struct words_found {
    char text[8192];
    size_t count;
};

static void note(void *ctx, const char *word)
{
    struct words_found *found = ctx;
    const size_t used = strlen(found->text);

    found->count++;
    (void)snprintf(found->text + used, sizeof(found->text) - used, "%s ", word);
}

static const char *complete(struct session *session, const char *line, struct words_found *found)
{
    *found = (struct words_found){.count = 0};
    debugger_complete(session->debugger, line, note, found);
    return found->text;
}

static void words_are_completed(void **state)
{
    struct words_found found;

    assert_string_equal(complete(*state, "reverse-s", &found),
                        "reverse-step reverse-step-block reverse-step-event reverse-stepi ");
    assert_says(complete(*state, "break r", &found), "reg ");
    assert_string_equal(complete(*state, "break reg nv", &found), "nvme. ");
    assert_says(complete(*state, "break reg nvme.C", &found), "nvme.CAP nvme.CC ");
    assert_string_equal(complete(*state, "info ch", &found), "checkpoints ");
    assert_says(complete(*state, "break irq hp", &found), "hpet:irq0 ");
    assert_says(complete(*state, "trace ev lapic0.", &found), "lapic0.accept ");
    assert_string_equal(complete(*state, "goto be", &found), "begin ");
    assert_string_equal(complete(*state, "nonsense ", &found), "");
}

static void hostile_lines_do_nothing(void **state)
{
    char line[5000];

    memset(line, 'a', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    assert_says(session_refuse(*state, line), "characters");
    memset(line, ' ', 1000);
    for (unsigned i = 0; i < 500; i++) {
        line[2 * i] = 'a';
    }
    line[1000] = '\0';
    assert_says(session_refuse(*state, line), "words");
    assert_says(session_refuse(*state, "b \x01"), "no text");
    (void)session_say(*state, "x/2bx $pc");
    assert_says(session_say(*state, "   "), "00000000fffffff2:  0x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_exact),
        cmocka_unit_test(expressions_are_as_in_c),
        cmocka_unit_test(machines_are_read),
        cmocka_unit_test(bad_expressions_are_refused),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test_setup_teardown(names_of_conditions_are_checked, open_session,
                                        close_session),
        cmocka_unit_test(every_event_is_of_a_kind),
        cmocka_unit_test(the_list_can_be_typed),
        cmocka_unit_test_setup_teardown(breakpoints_are_listed, open_session, close_session),
        cmocka_unit_test(breakpoints_are_switched),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(it_looks_at_everything),
        cmocka_unit_test(blocks_are_those_of_commands),
        cmocka_unit_test(words_are_completed),
        cmocka_unit_test(hostile_lines_do_nothing),
    };

    return cmocka_run_group_tests(tests, open_session, close_session);
}
