/* SPDX-License-Identifier: GPL-2.0-only */
/* What a test asks of its machine: values of each kind, events, complaints; and that nobody notices. */
#define _GNU_SOURCE /* mkstemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/suite/suite_watch.h"
#include "emu/base/bits.h"
#include "emu/core/trace.h"
#include "emu/debug/symbols.h"
#include "emu/debug/trace/filter.h"
#include "emu/machine/machine.h"
#include "tests/unit/machine/rom_machine.h"
#include "tests/unit/replay/history_world.h"

extern const uint8_t watch_guest_begin[];
extern const uint8_t watch_guest_end[];

#define END   VTIME_MS(50)
#define SLICE VTIME_US(100)

/* ---- Machines ---- */

struct stand {
    struct machine *machine;
    struct suite_watch *watch;
};

static void watch_it(struct stand *stand, const struct symbols *symbols)
{
    struct error err = ERROR_INIT;

    stand->watch = suite_watch_create(stand->machine, symbols, &err);
    assert_non_null(stand->watch);
}

static void begin(struct stand *stand, unsigned cores)
{
    stand->machine =
        rom_machine(watch_guest_begin, (size_t)(watch_guest_end - watch_guest_begin), cores, NULL);
    watch_it(stand, NULL);
}

static void end(struct stand *stand)
{
    suite_watch_destroy(stand->watch);
    machine_destroy(stand->machine);
}

/* To the end of the guest, or of the time; -> breaks on the way. */
static unsigned run(struct machine *machine, vtime until)
{
    unsigned breaks = 0;

    while (machine_now(machine) < until) {
        const enum machine_stop stop = machine_run(machine, until);

        if (stop == MACHINE_DEAD) break;
        assert_true(stop == MACHINE_BREAK || stop == MACHINE_TIME_LIMIT);
        breaks += stop == MACHINE_BREAK ? 1 : 0;
    }
    return breaks;
}

static unsigned add(struct stand *stand, const char *filter, bool stops)
{
    struct error err = ERROR_INIT;
    unsigned number;

    if (suite_watch_events(stand->watch, filter, stops, &number, &err) != 0) {
        print_error("%s: %s\n", filter, err.text);
        fail();
    }
    return number;
}

static void assert_says(const char *text, const char *part)
{
    if (text != NULL && strstr(text, part) != NULL) return;
    print_error("'%s' is not in: %s\n", part, text != NULL ? text : "(nothing)");
    fail();
}

/* ---- Values ---- */

static uint64_t value_of(struct stand *stand, const char *expression)
{
    struct error err = ERROR_INIT;
    uint64_t value = 0;

    if (suite_watch_value(stand->watch, expression, &value, &err) != OBSERVER_VALUE) {
        print_error("%s: %s\n", expression, err.text);
        fail();
    }
    return value;
}

static void values_of_each_kind_are_read(void **state)
{
    static const struct {
        const char *expression;
        uint64_t value;
    } cases[] = {
        {"0x10 + 2 * 3", 0x16},
        {"$rax & 0xffff", 0xb2c4},
        {"$ebx & 0xffff", 0x1111},
        {"$rip@1", 0xfff0},
        {"msr(0xc0000082)", UINT64_C(0x123400005678)},
        {"$IA32_LSTAR", UINT64_C(0x123400005678)},
        {"$IA32_LSTAR@1", 0},
        {"msr(0xc0000082)@1", 0},
        {"u8(0x500)", 0xef},
        {"u16(0x500)", 0xcdef},
        {"u32(0x500)", 0x89abcdef},
        {"u64(0x500)", UINT64_C(0x0123456789abcdef)},
        {"*0x500", UINT64_C(0x0123456789abcdef)},
        {"phys8(0x503)", 0x89},
        {"phys16(0x503)", 0x6789},
        {"phys32(0x503)", 0x23456789},
        {"phys64(0x500)", UINT64_C(0x0123456789abcdef)},
        {"uart.SCR", 1},
        {"/pch/uart0.SCR", 1},
        {"port8(0x3ff)", 1},
        {"uart.LCR.WLS", 0},
        {"hpet.GCAP_ID >> 16 & 0xffff", 0x8086},
        {"phys16(0xfed00002)", 0x8086},
        {"rtc.REG_B.DSE", 0},
        {"lapic0.ID", 0},
    };
    struct stand stand;

    (void)state;
    begin(&stand, 2);
    (void)run(stand.machine, END);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(value_of(&stand, cases[i].expression), cases[i].value);
    }
    end(&stand);
}

static void what_cannot_be_read_is_told_apart(void **state)
{
    static const struct {
        const char *expression;
        enum observer_result result;
        const char *says;
    } cases[] = {
        {"*0xfffff00000000000", OBSERVER_UNREADABLE, "nothing is mapped"},
        {"phys32(0xf000000000)", OBSERVER_UNREADABLE, "physical 0xf000000000"},
        {"port8(0x1f0)", OBSERVER_UNREADABLE, "port 0x1f0"},
        {"1 / uart.LCR", OBSERVER_UNREADABLE, "zero"},
        {"nvme.CSST", OBSERVER_REFUSED, "did you mean 'CSTS'"},
        {"nvme.CSTS.RDDY", OBSERVER_REFUSED, "did you mean 'RDY'"},
        {"nvne.CSTS", OBSERVER_REFUSED, "did you mean 'nvme'"},
        {"$IA32_LSTARR", OBSERVER_REFUSED, "did you mean '$IA32_LSTAR'"},
        {"phsy8(0)", OBSERVER_REFUSED, "did you mean 'phys8()'"},
        {"msr(0x12345)", OBSERVER_REFUSED, "no MSR 0x12345"},
        {"msr(0x10)@4", OBSERVER_REFUSED, "no core '4'"},
        {"jiffies", OBSERVER_REFUSED, "no symbols"},
        {"1 +", OBSERVER_REFUSED, "value was expected"},
        {"", OBSERVER_REFUSED, "value was expected"},
    };
    struct stand stand;

    (void)state;
    begin(&stand, 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        uint64_t value;

        assert_int_equal(suite_watch_value(stand.watch, cases[i].expression, &value, &err),
                         cases[i].result);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_says(err.text, cases[i].says);
    }
    end(&stand);
}

static void symbols_are_found(void **state)
{
    char path[] = "/tmp/suite_watch_test.XXXXXX";
    const char map[] = "0000000000000500 D the_word\n0000000000008000 T start\n";
    const int fd = mkstemp(path);
    struct error err = ERROR_INIT;
    struct symbols *symbols;
    struct stand stand;
    uint64_t value;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, map, sizeof(map) - 1), (ssize_t)sizeof(map) - 1);
    assert_int_equal(close(fd), 0);
    symbols = symbols_load(path, 0, &err);
    assert_int_equal(unlink(path), 0);
    assert_non_null(symbols);
    begin(&stand, 1);
    suite_watch_destroy(stand.watch);
    watch_it(&stand, symbols);
    (void)run(stand.machine, END);
    assert_int_equal(value_of(&stand, "u16(the_word + 2)"), 0x89ab);
    assert_int_equal(suite_watch_value(stand.watch, "u16(the_wrod)", &value, &err),
                     OBSERVER_REFUSED);
    assert_says(err.text, "did you mean 'the_word'");
    end(&stand);
    symbols_destroy(symbols);
}

/* ---- Events ---- */

static const char *const filters[] = {
    "lapic0.accept",
    "lapic0.accept if vector == 0x40",
    "lapic*.accept, !lapic0.*",
    "*.*",
    "*.reg_write if reg == LVT_TIMER or reg == EOI",
    "!*.reg_write, !*.reg_read",
    "machine.*",
    "uart.*, rtc.*",
    "*.* if level == error",
    "nvme.nvme_completion",
};

/* Every event once more, asked one by one, as `spacegray trace grep -c` does. */
struct tally {
    struct trace_filter *filter[ARRAY_LEN(filters)];
    uint64_t count[ARRAY_LEN(filters)];
    vtime when[ARRAY_LEN(filters)];
    struct trace_scratch scratch;
};

static void tell(void *ctx, const struct trace_record *record)
{
    struct tally *tally = ctx;
    struct trace_item item;

    trace_item_view(record, &tally->scratch, &item);
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        if (!trace_filter_matches(tally->filter[i], &item)) continue;
        if (tally->count[i]++ == 0) {
            tally->when[i] = record->when;
        }
    }
}

static void begin_tally(struct tally *tally, struct machine *machine)
{
    const struct trace_sink sink = {.record = tell, .ctx = tally};
    struct error err = ERROR_INIT;

    *tally = (struct tally){.count = {0}};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        tally->filter[i] = trace_filter_parse(filters[i], &err);
        assert_non_null(tally->filter[i]);
    }
    assert_true(trace_add_sink(machine_trace(machine), &sink));
}

static void end_tally(struct tally *tally, struct machine *machine)
{
    trace_remove_sink(machine_trace(machine), tally);
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        trace_filter_destroy(tally->filter[i]);
    }
}

static uint64_t straight_hash(void)
{
    struct machine *machine = world_machine(2);
    uint64_t hash;

    (void)run(machine, WORLD_END);
    hash = machine_trace_hash(machine);
    machine_destroy(machine);
    return hash;
}

static void events_are_counted_and_nobody_notices(void **state)
{
    struct stand stand = {.machine = world_machine(2)};
    unsigned number[ARRAY_LEN(filters)];
    struct tally tally;
    vtime when;

    (void)state;
    watch_it(&stand, NULL);
    begin_tally(&tally, stand.machine);
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        number[i] = add(&stand, filters[i], i % 3 == 1);
    }
    for (vtime until = SLICE; until < WORLD_END; until += SLICE) {
        (void)run(stand.machine, until);
        (void)value_of(&stand, "lapic0.TMCCT + phys32(0xfee00390) + *$rsp");
    }
    (void)run(stand.machine, WORLD_END);
    assert_true(tally.count[0] > 300);
    assert_true(tally.count[2] > 300);
    assert_int_equal(tally.count[9], 0);
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        assert_int_equal(suite_watch_count(stand.watch, number[i]), tally.count[i]);
        (void)suite_watch_first(stand.watch, number[i], &when);
        assert_int_equal(when, tally.when[i]);
    }
    assert_string_equal(suite_watch_first(stand.watch, number[9], &when), "");
    assert_says(suite_watch_first(stand.watch, number[1], &when), "/cpu0/lapic accept vector=0x40");
    assert_int_equal(machine_trace_hash(stand.machine), straight_hash());
    end_tally(&tally, stand.machine);
    end(&stand);
}

static void an_event_stops_the_run(void **state)
{
    struct stand stand;
    unsigned scratch;
    unsigned transmit;
    vtime when;

    (void)state;
    begin(&stand, 1);
    scratch = add(&stand, "uart.reg_write if reg == SCR and written == 3", true);
    transmit = add(&stand, "uart.transmit", false);
    assert_int_equal(machine_run(stand.machine, END), MACHINE_BREAK);
    assert_int_equal(suite_watch_count(stand.watch, scratch), 1);
    assert_says(suite_watch_first(stand.watch, scratch, &when), "reg=SCR");
    assert_int_equal(value_of(&stand, "uart.SCR"), 3);
    assert_in_range(when, 1, VTIME_US(100));
    assert_int_equal(suite_watch_count(stand.watch, transmit), 0);
    /* Who has what he waited for stops no more. */
    suite_watch_drop(stand.watch, scratch);
    assert_int_equal(run(stand.machine, END), 0);
    assert_int_equal(suite_watch_count(stand.watch, transmit), 20);
    /* A number that is given again counts from none. */
    assert_int_equal(add(&stand, "*.*", false), scratch);
    assert_int_equal(suite_watch_count(stand.watch, scratch), 0);
    assert_string_equal(suite_watch_first(stand.watch, scratch, &when), "");
    assert_int_equal(when, 0);
    end(&stand);
}

static void events_are_counted_from_where_it_stands(void **state)
{
    struct stand stand;
    unsigned first;
    unsigned second;

    (void)state;
    begin(&stand, 1);
    first = add(&stand, "uart.reg_write if reg == SCR", true);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(machine_run(stand.machine, END), MACHINE_BREAK);
    }
    second = add(&stand, "uart.reg_write if reg == SCR", false);
    assert_int_equal(run(stand.machine, END), 6);
    assert_int_equal(suite_watch_count(stand.watch, first), 10);
    assert_int_equal(suite_watch_count(stand.watch, second), 6);
    end(&stand);
}

static void what_there_is_not_is_refused(void **state)
{
    static const struct {
        const char *filter;
        const char *says;
    } cases[] = {
        {"nvne.nvme_completion", "no device is called 'nvne'; did you mean 'nvme'"},
        {"nvme.nvme_completoin", "nvme has no event 'nvme_completoin'; did you mean "
                                 "'nvme_completion'"},
        {"nvme.nvme_completion if statsu != 0", "did you mean 'status'"},
        {"uart.*, lapic9.accept", "did you mean 'lapic"},
        {"uart.*, !rtc.nothing_of_the_kind", "rtc has no event"},
        {"*.zzzzzzzzzz*", "no event"},
        {"uart", "a dot and an event"},
        {"", "DEVICE.EVENT"},
        {"uart.* if", "character"},
    };
    struct stand stand;

    (void)state;
    begin(&stand, 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct suite_tolerance tolerance = {
            .is_complete = true, .except = &cases[i].filter, .except_count = 1};
        struct error err = ERROR_INIT;
        unsigned number;

        assert_int_equal(suite_watch_events(stand.watch, cases[i].filter, true, &number, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_says(err.text, cases[i].says);
        err = (struct error)ERROR_INIT;
        assert_int_equal(suite_watch_tolerate(stand.watch, &tolerance, &err), -1);
        assert_says(err.text, cases[i].says);
    }
    assert_int_equal(run(stand.machine, END), 0);
    assert_null(suite_watch_complaint(stand.watch));
    end(&stand);
}

static void there_is_room_for_so_many(void **state)
{
    struct error err = ERROR_INIT;
    struct stand stand;
    unsigned number;

    (void)state;
    begin(&stand, 1);
    for (unsigned i = 0; i < SUITE_WATCHES_MAX; i++) {
        assert_int_equal(add(&stand, i % 2 == 0 ? "uart.*" : "uart.* if event == transmit", false),
                         i);
    }
    assert_int_equal(suite_watch_events(stand.watch, "uart.*", false, &number, &err), -1);
    assert_says(err.text, "at most 64");
    (void)run(stand.machine, END);
    assert_int_equal(suite_watch_count(stand.watch, 63), 20);
    assert_true(suite_watch_count(stand.watch, 62) > 20);
    suite_watch_clear(stand.watch);
    assert_int_equal(add(&stand, "uart.*", false), 0);
    end(&stand);
}

static void nothing(void *ctx, const struct trace_record *record)
{
    (void)ctx;
    (void)record;
}

static void a_trace_that_has_no_room_is_told(void **state)
{
    struct error err = ERROR_INIT;
    struct stand stand;
    unsigned number;
    int ctx[TRACE_SINKS_MAX];

    (void)state;
    begin(&stand, 1);
    for (size_t i = 0; i < TRACE_SINKS_MAX; i++) {
        const struct trace_sink sink = {.record = nothing, .ctx = &ctx[i]};

        assert_true(trace_add_sink(machine_trace(stand.machine), &sink));
    }
    assert_int_equal(suite_watch_events(stand.watch, "uart.*", false, &number, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_says(err.text, "too many");
    trace_remove_sink(machine_trace(stand.machine), &ctx[0]);
    assert_int_equal(add(&stand, "uart.*", false), 0);
    end(&stand);
}

/* ---- Complaints ---- */

static void tolerate(struct stand *stand, bool is_strict, bool is_complete, const char *except)
{
    const struct suite_tolerance tolerance = {.is_strict = is_strict,
                                              .is_complete = is_complete,
                                              .except = &except,
                                              .except_count = except != NULL ? 1 : 0};
    struct error err = ERROR_INIT;

    assert_int_equal(suite_watch_tolerate(stand->watch, &tolerance, &err), 0);
}

static void errors_of_the_guest_stop_it(void **state)
{
    static const struct {
        bool is_strict;
        bool is_complete;
        const char *except;
        unsigned breaks;
        const char *says; /* NULL: nothing */
    } cases[] = {
        {false, false, NULL, 0, NULL},
        {true, false, NULL, 3, "lapic guest_error what="},
        {false, true, NULL, 2, "rtc unimplemented what=RTC daylight saving"},
        {true, true, NULL, 5, "lapic guest_error"},
        {false, true, "rtc.unimplemented", 0, NULL},
        {false, true, "rtc.unimplemented if what == \"RTC daylight saving\"", 0, NULL},
        {false, true, "rtc.unimplemented if what == \"RTC something\"", 2, "rtc unimplemented"},
        {false, true, "uart.*, hpet.*", 2, "rtc unimplemented"},
        {true, true, "lapic0.guest_error, rtc.*", 3, "lapic guest_error"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stand stand;

        begin(&stand, 1);
        tolerate(&stand, cases[i].is_strict, cases[i].is_complete, cases[i].except);
        assert_int_equal(run(stand.machine, END), cases[i].breaks);
        if (cases[i].says != NULL) {
            assert_says(suite_watch_complaint(stand.watch), cases[i].says);
        } else {
            assert_null(suite_watch_complaint(stand.watch));
        }
        end(&stand);
    }
}

static void the_first_complaint_is_kept(void **state)
{
    struct stand stand;

    (void)state;
    begin(&stand, 1);
    tolerate(&stand, true, true, NULL);
    assert_int_equal(machine_run(stand.machine, END), MACHINE_BREAK);
    assert_says(suite_watch_complaint(stand.watch), "guest_error");
    (void)run(stand.machine, END);
    assert_says(suite_watch_complaint(stand.watch), "guest_error");
    /* The next test begins without any. */
    suite_watch_clear(stand.watch);
    assert_null(suite_watch_complaint(stand.watch));
    end(&stand);
}

/* ---- A forked copy ---- */

static uint64_t rest_of_run(struct stand *stand, unsigned number)
{
    (void)run(stand->machine, END);
    return suite_watch_count(stand->watch, number) << 32 |
           (machine_trace_hash(stand->machine) & 0xffffffff);
}

static void a_forked_copy_goes_on_by_itself(void **state)
{
    struct stand stand;
    uint64_t there = 0;
    int channel[2];
    unsigned number;
    int status;
    pid_t child;

    (void)state;
    begin(&stand, 1);
    number = add(&stand, "uart.reg_write if reg == SCR", true);
    assert_int_equal(machine_run(stand.machine, END), MACHINE_BREAK);
    assert_int_equal(pipe(channel), 0);
    child = fork();
    if (child == 0) {
        there = rest_of_run(&stand, number);
        _exit(write(channel[1], &there, sizeof(there)) == (ssize_t)sizeof(there) ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(suite_watch_count(stand.watch, number), 1);
    assert_int_equal(read(channel[0], &there, sizeof(there)), (ssize_t)sizeof(there));
    assert_int_equal(there, rest_of_run(&stand, number));
    assert_int_equal(suite_watch_count(stand.watch, number), 10);
    assert_int_equal(close(channel[0]) | close(channel[1]), 0);
    end(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_kind_are_read),
        cmocka_unit_test(what_cannot_be_read_is_told_apart),
        cmocka_unit_test(symbols_are_found),
        cmocka_unit_test(events_are_counted_and_nobody_notices),
        cmocka_unit_test(an_event_stops_the_run),
        cmocka_unit_test(events_are_counted_from_where_it_stands),
        cmocka_unit_test(what_there_is_not_is_refused),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(a_trace_that_has_no_room_is_told),
        cmocka_unit_test(errors_of_the_guest_stop_it),
        cmocka_unit_test(the_first_complaint_is_kept),
        cmocka_unit_test(a_forked_copy_goes_on_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
