/* SPDX-License-Identifier: GPL-2.0-only */
/* The log of events: what went in comes out, in any order, cut, saved and loaded; damaged bytes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/device.h"
#include "emu/debug/trace/item.h"

#define EVENTS 20000u

static const struct trace_desc desc_reg = {.name = "reg_write",
                                           .fields = {"reg:s", "index", "written", "now"}};
static const struct trace_desc desc_irq = {.name = "irq_line", .fields = {"line:s", "level"}};
static const struct trace_desc desc_bare = {.name = "vblank"};
static const struct trace_desc desc_error = {
    .name = "guest_error", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"what:s", "value"}};

struct bench {
    struct device rtc;
    struct device nvme;
    struct trace_log *log;
};

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return value ^ value >> 29;
}

/* Event `seq` of a run that never was. */
static struct trace_record make_record(const struct bench *bench, uint64_t seq)
{
    static const char *const words[] = {"CC", "AQA", "ASQ", "INTMS"};
    const uint64_t chance = mix(seq);
    struct trace_record record = {
        .seq = seq,
        .when = seq * 1000 + chance % 5000,
        .pc = chance % 7 == 0 ? 0 : 0xffffffff81000000u + (chance >> 40),
        .cause = chance % 3 == 0 ? 0 : seq - 1 - chance % 5 % seq,
        .core = (uint8_t)(chance >> 20 & 3u),
        .device = chance % 11 == 0      ? NULL
                  : (chance & 64u) != 0 ? &bench->rtc
                                        : &bench->nvme,
    };

    switch (chance >> 8 & 3u) {
    case 0:
        record.desc = &desc_reg;
        record.args[0] = (uintptr_t)words[chance >> 12 & 3u];
        record.args[1] = chance >> 50;
        record.args[2] = chance % 13 == 0 ? UINT64_MAX : chance;
        record.args[3] = chance % 17;
        break;
    case 1:
        record.desc = &desc_irq;
        record.args[0] = (uintptr_t) "INTR";
        record.args[1] = chance & 1u;
        break;
    case 2: record.desc = &desc_bare; break;
    default:
        record.desc = &desc_error;
        record.args[0] = (uintptr_t) "what must not be";
        record.args[1] = ~chance;
        break;
    }
    return record;
}

static void assert_is(const struct trace_item *item, const struct trace_record *record)
{
    struct trace_scratch scratch = {.desc = NULL};
    struct trace_item expected;
    char text[256];
    char wanted[256];

    trace_item_view(record, &scratch, &expected);
    assert_true(trace_item_is_equal(item, &expected));
    (void)trace_item_format(item, text, sizeof(text));
    (void)trace_format(record, wanted, sizeof(wanted));
    assert_string_equal(text, wanted);
}

static void assert_has(const struct bench *bench, struct trace_log *log, uint64_t seq)
{
    const struct trace_items items = trace_log_items(log);
    const struct trace_record record = make_record(bench, seq);
    struct trace_item item;

    assert_true(items.get(items.ctx, seq, &item));
    assert_is(&item, &record);
}

static void append(struct bench *bench, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++) {
        const struct trace_record record = make_record(bench, seq);

        assert_true(trace_log_append(bench->log, &record));
    }
}

static void assert_range(struct trace_log *log, uint64_t first, uint64_t last)
{
    const struct trace_items items = trace_log_items(log);
    struct trace_item item;
    uint64_t found_first;
    uint64_t found_last;

    items.range(items.ctx, &found_first, &found_last);
    assert_int_equal(found_first, first);
    assert_int_equal(found_last, last);
    assert_false(items.get(items.ctx, first - 1, &item));
    assert_false(items.get(items.ctx, last + 1, &item));
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    memcpy(bench->rtc.path, "/pch/rtc", 9);
    memcpy(bench->nvme.path, "/pch/rp0/t2/nvme", 17);
    bench->log = trace_log_create();
    assert_non_null(bench->log);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    trace_log_destroy(bench->log);
    free(bench);
    return 0;
}

static void what_goes_in_comes_out(void **state)
{
    struct bench *bench = *state;

    append(bench, 1, EVENTS);
    assert_range(bench->log, 1, EVENTS);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        assert_has(bench, bench->log, seq);
    }
    for (unsigned i = 0; i < 500; i++) {
        assert_has(bench, bench->log, mix(i) % EVENTS + 1);
    }
}

static void the_open_packet_can_be_read_while_it_grows(void **state)
{
    struct bench *bench = *state;

    for (uint64_t seq = 1; seq <= 9000; seq++) {
        append(bench, seq, seq);
        assert_has(bench, bench->log, seq);
        if (seq % 1000 == 0) assert_has(bench, bench->log, seq / 3 + 1);
    }
}

static void it_is_small(void **state)
{
    struct bench *bench = *state;

    append(bench, 1, EVENTS);
    /* Values are random here; those of real runs are not. */
    assert_true(trace_log_bytes(bench->log) < EVENTS * 40u);
}

static void only_the_next_number_is_taken(void **state)
{
    struct bench *bench = *state;
    struct trace_record record = make_record(bench, 100);

    record.seq = 0;
    assert_false(trace_log_append(bench->log, &record));
    append(bench, 100, 110);
    record.seq = 110;
    assert_false(trace_log_append(bench->log, &record));
    record.seq = 112;
    assert_false(trace_log_append(bench->log, &record));
    append(bench, 111, 111);
    assert_range(bench->log, 100, 111);
}

static void an_empty_log_has_nothing(void **state)
{
    struct bench *bench = *state;
    const struct trace_items items = trace_log_items(bench->log);
    const struct trace_record record = make_record(bench, 1);
    struct trace_item item;
    uint64_t first;
    uint64_t last;
    uint64_t cursor = 0;
    size_t bytes;

    items.range(items.ctx, &first, &last);
    assert_true(first > last);
    assert_false(items.get(items.ctx, 0, &item));
    assert_false(items.get(items.ctx, 1, &item));
    assert_true(trace_log_agrees(bench->log, &record));
    trace_log_cut(bench->log, 0);
    assert_null(trace_log_save(bench->log, true, &cursor, &bytes));
}

static void a_repetition_agrees_until_it_does_not(void **state)
{
    struct bench *bench = *state;
    struct bench other = *bench; /* the devices lie elsewhere */

    append(bench, 1, 10000);
    for (uint64_t seq = 1; seq <= 10100; seq++) {
        const struct trace_record record = make_record(&other, seq);

        assert_true(trace_log_agrees(bench->log, &record));
    }
    for (unsigned change = 0; change < 8; change++) {
        struct trace_record record = make_record(&other, 5003 + change);

        switch (change) {
        case 0: record.when++; break;
        case 1: record.pc ^= 1; break;
        case 2: record.cause ^= 1; break;
        case 3: record.core ^= 1; break;
        case 4: record.device = record.device == &other.rtc ? &other.nvme : &other.rtc; break;
        case 5:
            record.desc = &desc_irq;
            record.args[0] = (uintptr_t) "INTA";
            break;
        case 6:
            record.desc = &desc_error;
            record.args[0] = (uintptr_t) "something new";
            break;
        default:
            memcpy(other.rtc.path, "/pch/other", 11);
            record.device = &other.rtc;
            break;
        }
        assert_false(trace_log_agrees(bench->log, &record));
    }
}

static void a_cut_log_goes_on(void **state)
{
    static const uint64_t cuts[] = {19999, 16384, 16383, 8193, 8192, 8191, 4097, 77, 1, 0};
    struct bench *bench = *state;

    append(bench, 1, EVENTS);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        trace_log_cut(bench->log, cuts[i]);
        trace_log_cut(bench->log, cuts[i] + 5);
        if (cuts[i] > 0) assert_range(bench->log, 1, cuts[i]);
        append(bench, cuts[i] + 1, cuts[i] + 4200);
        for (uint64_t seq = cuts[i] + 4200; seq > 0 && seq + 50 > cuts[i]; seq--) {
            assert_has(bench, bench->log, seq);
        }
    }
}

/* Appends what log A saves from *cursor on to log B. */
static void carry(struct trace_log *from, bool all, uint64_t *cursor, struct trace_log *to)
{
    struct error err = ERROR_INIT;
    size_t bytes;
    const void *data = trace_log_save(from, all, cursor, &bytes);

    if (data == NULL) return;
    assert_int_equal(trace_log_load(to, data, bytes, &err), 0);
}

static void what_is_saved_can_be_loaded(void **state)
{
    struct bench *bench = *state;
    struct trace_log *copy = trace_log_create();
    uint64_t cursor = 0;

    assert_non_null(copy);
    for (uint64_t seq = 1; seq <= EVENTS; seq += 1000) {
        append(bench, seq, seq + 999);
        carry(bench->log, seq % 3000 == 1, &cursor, copy);
    }
    carry(bench->log, true, &cursor, copy);
    assert_range(copy, 1, EVENTS);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        const struct trace_record record = make_record(bench, seq);

        assert_has(bench, copy, seq);
        assert_true(trace_log_agrees(copy, &record));
    }
    trace_log_destroy(bench->log);
    bench->log = copy;
    append(bench, EVENTS + 1, EVENTS + 10);
    assert_has(bench, copy, EVENTS + 10);
}

static void equal_logs_are_equal_bytes(void **state)
{
    struct bench *bench = *state;
    struct trace_log *first = bench->log;
    uint64_t cursors[2] = {0, 0};
    const void *data[2];
    size_t bytes[2];

    append(bench, 1, EVENTS);
    bench->log = trace_log_create();
    append(bench, 1, EVENTS);
    data[0] = trace_log_save(first, true, &cursors[0], &bytes[0]);
    data[1] = trace_log_save(bench->log, true, &cursors[1], &bytes[1]);
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(data[0], data[1], bytes[0]);
    trace_log_destroy(first);
}

/* Everything that is loaded can be read. */
static void read_all(struct trace_log *log)
{
    const struct trace_items items = trace_log_items(log);
    uint64_t first;
    uint64_t last;

    items.range(items.ctx, &first, &last);
    for (uint64_t seq = first; seq <= last; seq++) {
        struct trace_item item;
        char text[512];

        assert_true(items.get(items.ctx, seq, &item));
        (void)trace_item_format(&item, text, sizeof(text));
    }
}

/* Loads `bytes` of data; true: it was taken. */
static bool load(const uint8_t *data, size_t bytes)
{
    struct trace_log *log = trace_log_create();
    struct error err = ERROR_INIT;
    bool is_good;

    assert_non_null(log);
    is_good = trace_log_load(log, data, bytes, &err) == 0;
    if (is_good) {
        read_all(log);
    } else {
        assert_int_equal(err.kind, ERROR_HOST);
        assert_true(strlen(err.text) > 0);
    }
    trace_log_destroy(log);
    return is_good;
}

static void damaged_bytes_are_refused(void **state)
{
    struct bench *bench = *state;
    uint64_t cursor = 0;
    size_t bytes;
    const void *saved;
    uint8_t *data;

    append(bench, 1, 60);
    (void)trace_log_save(bench->log, true, &cursor, &bytes);
    append(bench, 61, 90);
    cursor = 0;
    saved = trace_log_save(bench->log, true, &cursor, &bytes);
    data = malloc(bytes);
    assert_non_null(data);
    memcpy(data, saved, bytes);
    assert_true(load(data, bytes));
    for (size_t cut = 1; cut < bytes; cut++) {
        (void)load(data, cut);
    }
    for (size_t i = 0; i < bytes * 8; i++) {
        data[i / 8] ^= (uint8_t)(1u << i % 8);
        (void)load(data, bytes);
        data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_false(load(data, bytes - 1));
    assert_false(load(data + 4, bytes - 4));
    data[56] = 0x1b; /* in the first word */
    assert_false(load(data, bytes));
    free(data);
}

static void a_packet_that_is_missing_is_noticed(void **state)
{
    struct bench *bench = *state;
    struct trace_log *copy = trace_log_create();
    struct error err = ERROR_INIT;
    uint64_t cursor = 0;
    size_t bytes;
    const void *data;

    append(bench, 1, 100);
    carry(bench->log, true, &cursor, copy);
    append(bench, 101, 200);
    (void)trace_log_save(bench->log, true, &cursor, &bytes);
    append(bench, 201, 300);
    data = trace_log_save(bench->log, true, &cursor, &bytes);
    assert_int_equal(trace_log_load(copy, data, bytes, &err), -1);
    trace_log_destroy(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_goes_in_comes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_open_packet_can_be_read_while_it_grows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_is_small, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_next_number_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_log_has_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_repetition_agrees_until_it_does_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_log_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_saved_can_be_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_logs_are_equal_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_bytes_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_packet_that_is_missing_is_noticed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
