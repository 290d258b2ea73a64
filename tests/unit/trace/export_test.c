/* SPDX-License-Identifier: GPL-2.0-only */
/* Exports of a few events, to the letter; tests/ctf judges those of whole runs. */
#define _GNU_SOURCE /* open_memstream */

#include "emu/debug/trace/export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/debug/trace/ctf.h"
#include "tests/unit/trace/ctf_run.h"

/* ---- Events in an array ---- */

static const struct trace_type type_write = {.name = "reg_write",
                                             .field_count = 4,
                                             .fields = {"reg", "index", "written", "now"},
                                             .is_text = {true}};
static const struct trace_type type_line = {
    .name = "irq_line", .field_count = 2, .fields = {"line", "level"}, .is_text = {true}};
static const struct trace_type type_interrupt = {
    .name = "cpu_interrupt", .field_count = 1, .fields = {"vector"}};
static const struct trace_type type_error = {.name = "guest_error",
                                             .level = TRACE_LEVEL_GUEST_ERROR,
                                             .field_count = 1,
                                             .fields = {"what"},
                                             .is_text = {true}};

static const struct trace_item events[] = {
    {.seq = 1,
     .when = 1500000,
     .pc = 0xfff0,
     .core = 2,
     .device = "/pch/hpet",
     .type = &type_write,
     .args = {0, 3, 0x1ff, 0x104},
     .texts = {"CONF"}},
    {.seq = 2,
     .cause = 1,
     .when = 1500000,
     .pc = 0xfff0,
     .core = 2,
     .device = "/pch/hpet",
     .type = &type_line,
     .args = {0, 1},
     .texts = {"timer0"}},
    {.seq = 3,
     .cause = 2,
     .when = 2000007,
     .core = 2,
     .device = "machine",
     .type = &type_interrupt,
     .args = {0x31}},
    {.seq = 4, .when = 2000007, .device = "/pch/rtc", .type = &type_error, .texts = {"\"\\\n\xff"}},
};

static void array_range(void *ctx, uint64_t *first, uint64_t *last)
{
    (void)ctx;
    *first = 1;
    *last = 4;
}

static bool array_get(void *ctx, uint64_t seq, struct trace_item *item)
{
    const uint64_t *missing = ctx;

    if (seq < 1 || seq > 4 || seq == *missing) return false;
    *item = events[seq - 1];
    return true;
}

typedef int export_function(const struct trace_items *items, const struct trace_filter *filter,
                            FILE *file, struct error *err);

static void assert_export(export_function *export_events, const char *filter_text,
                          const char *wanted)
{
    uint64_t missing = 0;
    const struct trace_items items = {.ctx = &missing, .range = array_range, .get = array_get};
    struct error err = ERROR_INIT;
    struct trace_filter *filter = NULL;
    char *text;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    assert_non_null(file);
    if (filter_text != NULL) {
        filter = trace_filter_parse(filter_text, &err);
        assert_non_null(filter);
    }
    assert_int_equal(export_events(&items, filter, file, &err), 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, wanted);
    free(text);
    trace_filter_destroy(filter);
}

/* ---- Tests ---- */

static void json_lines(void **state)
{
    (void)state;
    assert_export(
        export_json, NULL,
        "{\"seq\":1,\"cause\":0,\"virtual-time\":1500000,\"core\":2,\"pc\":\"0xfff0\",\"device\":"
        "\"/pch/"
        "hpet\","
        "\"event\":\"reg_write\",\"level\":\"normal\",\"fields\":{\"reg\":\"CONF\",\"index\":"
        "\"0x3\","
        "\"written\":\"0x1ff\",\"now\":\"0x104\"}}\n"
        "{\"seq\":2,\"cause\":1,\"virtual-time\":1500000,\"core\":2,\"pc\":\"0xfff0\",\"device\":"
        "\"/pch/"
        "hpet\","
        "\"event\":\"irq_line\",\"level\":\"normal\",\"fields\":{\"line\":\"timer0\",\"level\":"
        "\"0x1\"}}\n"
        "{\"seq\":3,\"cause\":2,\"virtual-time\":2000007,\"core\":2,\"pc\":\"0x0\",\"device\":"
        "\"machine\","
        "\"event\":\"cpu_interrupt\",\"level\":\"normal\",\"fields\":{\"vector\":\"0x31\"}}\n"
        "{\"seq\":4,\"cause\":0,\"virtual-time\":2000007,\"core\":0,\"pc\":\"0x0\",\"device\":\"/"
        "pch/"
        "rtc\","
        "\"event\":\"guest_error\",\"level\":\"error\",\"fields\":{\"what\":"
        "\"\\\"\\\\\\u000a\\u00ff\"}}\n");
    assert_export(export_json, "rtc.nothing", "");
}

static void vcd_signals(void **state)
{
    (void)state;
    assert_export(export_vcd, NULL,
                  "$version spacegray $end\n"
                  "$timescale 1 ps $end\n"
                  "$scope module machine $end\n"
                  "$scope module core2 $end\n"
                  "$var event 1 # cpu_interrupt_event $end\n"
                  "$var reg 8 $ cpu_interrupt_vector $end\n"
                  "$upscope $end\n"
                  "$scope module pch_hpet $end\n"
                  "$var reg 16 ! CONF_3 $end\n"
                  "$var wire 1 \" timer0_line $end\n"
                  "$upscope $end\n"
                  "$scope module pch_rtc $end\n"
                  "$var event 1 % guest_error_event $end\n"
                  "$upscope $end\n"
                  "$upscope $end\n"
                  "$enddefinitions $end\n"
                  "#0\n"
                  "$dumpvars\n"
                  "bx !\n"
                  "x\"\n"
                  "bx $\n"
                  "$end\n"
                  "#1500000\n"
                  "b100000100 !\n"
                  "1\"\n"
                  "#2000007\n"
                  "1#\n"
                  "b110001 $\n"
                  "1%\n");
}

static void perfetto_slices_and_arrows(void **state)
{
    (void)state;
    assert_export(export_perfetto, "*.* if seq <= 3",
                  "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
                  "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,"
                  "\"args\":{\"name\":\"cores\"}},\n"
                  "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":2,\"tid\":0,"
                  "\"args\":{\"name\":\"devices\"}},\n"
                  "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":2,\"tid\":257,"
                  "\"args\":{\"name\":\"/pch/hpet\"}},\n"
                  "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":3,"
                  "\"args\":{\"name\":\"core 2\"}},\n"
                  "{\"ph\":\"X\",\"name\":\"reg_write\",\"cat\":\"normal\",\"pid\":1,\"tid\":3,"
                  "\"ts\":1.500000,\"dur\":0.001,\"args\":{\"seq\":1,\"cause\":0,\"core\":2,"
                  "\"pc\":\"0xfff0\",\"device\":\"/pch/hpet\",\"fields\":{\"reg\":\"CONF\","
                  "\"index\":\"0x3\",\"written\":\"0x1ff\",\"now\":\"0x104\"}}},\n"
                  "{\"ph\":\"s\",\"name\":\"access\",\"cat\":\"flow\",\"id\":1,\"pid\":1,"
                  "\"tid\":3,\"ts\":1.500000},\n"
                  "{\"ph\":\"X\",\"name\":\"reg_write\",\"cat\":\"normal\",\"pid\":2,"
                  "\"tid\":257,\"ts\":1.500000,\"dur\":0.001,\"args\":{\"seq\":1,\"cause\":0,"
                  "\"core\":2,\"pc\":\"0xfff0\",\"device\":\"/pch/hpet\","
                  "\"fields\":{\"reg\":\"CONF\",\"index\":\"0x3\",\"written\":\"0x1ff\","
                  "\"now\":\"0x104\"}}},\n"
                  "{\"ph\":\"f\",\"name\":\"access\",\"cat\":\"flow\",\"id\":1,\"bp\":\"e\","
                  "\"pid\":2,\"tid\":257,\"ts\":1.500000},\n"
                  "{\"ph\":\"s\",\"name\":\"cause\",\"cat\":\"flow\",\"id\":1,\"pid\":2,"
                  "\"tid\":257,\"ts\":1.500000},\n"
                  "{\"ph\":\"X\",\"name\":\"irq_line\",\"cat\":\"normal\",\"pid\":2,"
                  "\"tid\":257,\"ts\":1.500000,\"dur\":0.001,\"args\":{\"seq\":2,\"cause\":1,"
                  "\"core\":2,\"pc\":\"0xfff0\",\"device\":\"/pch/hpet\","
                  "\"fields\":{\"line\":\"timer0\",\"level\":\"0x1\"}}},\n"
                  "{\"ph\":\"f\",\"name\":\"cause\",\"cat\":\"flow\",\"id\":1,\"bp\":\"e\","
                  "\"pid\":2,\"tid\":257,\"ts\":1.500000},\n"
                  "{\"ph\":\"s\",\"name\":\"cause\",\"cat\":\"flow\",\"id\":2,\"pid\":2,"
                  "\"tid\":257,\"ts\":1.500000},\n"
                  "{\"ph\":\"X\",\"name\":\"cpu_interrupt\",\"cat\":\"normal\",\"pid\":1,"
                  "\"tid\":3,\"ts\":2.000007,\"dur\":0.001,\"args\":{\"seq\":3,\"cause\":2,"
                  "\"core\":2,\"pc\":\"0x0\",\"device\":\"machine\","
                  "\"fields\":{\"vector\":\"0x31\"}}},\n"
                  "{\"ph\":\"f\",\"name\":\"cause\",\"cat\":\"flow\",\"id\":2,\"bp\":\"e\","
                  "\"pid\":1,\"tid\":3,\"ts\":2.000007}\n"
                  "]}\n");
}

static void no_arrow_comes_from_what_was_filtered_out(void **state)
{
    (void)state;
    assert_export(export_perfetto, "*.cpu_interrupt",
                  "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
                  "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,"
                  "\"args\":{\"name\":\"cores\"}},\n"
                  "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":2,\"tid\":0,"
                  "\"args\":{\"name\":\"devices\"}},\n"
                  "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":3,"
                  "\"args\":{\"name\":\"core 2\"}},\n"
                  "{\"ph\":\"X\",\"name\":\"cpu_interrupt\",\"cat\":\"normal\",\"pid\":1,"
                  "\"tid\":3,\"ts\":2.000007,\"dur\":0.001,\"args\":{\"seq\":3,\"cause\":2,"
                  "\"core\":2,\"pc\":\"0x0\",\"device\":\"machine\","
                  "\"fields\":{\"vector\":\"0x31\"}}}\n"
                  "]}\n");
}

static void what_cannot_be_read_is_told(void **state)
{
    uint64_t missing = 3;
    const struct trace_items items = {.ctx = &missing, .range = array_range, .get = array_get};
    struct error err = ERROR_INIT;
    FILE *file = fopen("/dev/null", "w");

    (void)state;
    assert_non_null(file);
    assert_int_equal(export_json(&items, NULL, file, &err), -1);
    assert_string_equal(err.text, "the events from 3 on cannot be read");
    (void)fclose(file);
}

static void a_full_disk_is_told(void **state)
{
    uint64_t missing = 0;
    const struct trace_items items = {.ctx = &missing, .range = array_range, .get = array_get};
    export_function *const functions[] = {export_json, export_perfetto, export_vcd};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct error err = ERROR_INIT;
        FILE *file = fopen("/dev/full", "w");

        assert_non_null(file);
        assert_int_equal(functions[i](&items, NULL, file, &err), -1);
        assert_string_equal(err.text, "No space left on device");
        (void)fclose(file);
    }
}

static void a_trace_is_filtered_into_another(void **state)
{
    uint64_t missing = 0;
    const struct trace_items items = {.ctx = &missing, .range = array_range, .get = array_get};
    struct error err = ERROR_INIT;
    struct trace_filter *filter = trace_filter_parse("hpet.*", &err);
    struct ctf_reader *reader;
    struct trace_items written;
    struct trace_item item;
    char directory[64];

    (void)state;
    ctf_run_make_directory(directory);
    assert_int_equal(export_ctf(&items, filter, directory, "a machine", &err), 0);
    reader = ctf_reader_open(directory, &err);
    assert_non_null(reader);
    written = ctf_reader_items(reader);
    for (uint64_t seq = 1; seq <= 2; seq++) {
        assert_true(trace_items_from(&written, seq, &item));
        assert_true(trace_item_is_equal(&item, &events[seq - 1]));
    }
    assert_false(trace_items_from(&written, 3, &item));
    ctf_reader_close(reader);
    trace_filter_destroy(filter);
    ctf_run_remove_directory(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines),
        cmocka_unit_test(vcd_signals),
        cmocka_unit_test(perfetto_slices_and_arrows),
        cmocka_unit_test(no_arrow_comes_from_what_was_filtered_out),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_trace_is_filtered_into_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
