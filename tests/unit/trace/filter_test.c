/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters and conditions: what they let through, and what is said about mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/clock.h"
#include "emu/debug/trace/filter.h"

static const struct trace_type type_reg = {
    .name = "reg_write",
    .field_count = 4,
    .fields = {"reg", "index", "written", "now"},
    .is_text = {true, false, false, false},
};
static const struct trace_type type_error = {
    .name = "guest_error",
    .level = TRACE_LEVEL_GUEST_ERROR,
    .field_count = 2,
    .fields = {"what", "value"},
    .is_text = {true, false},
};

static const struct trace_item item_cc = {
    .seq = 120,
    .cause = 119,
    .when = VTIME_US(2500),
    .pc = UINT64_C(0xffffffff81000040),
    .core = 2,
    .device = "/pci/00/1c.0/00.0",
    .type = &type_reg,
    .args = {0, 3, 0x460001, 0x460000},
    .texts = {"CC"},
};
static const struct trace_item item_error = {
    .seq = 121,
    .when = VTIME_S(3),
    .device = "/pch/rtc",
    .type = &type_error,
    .args = {0, UINT64_MAX},
    .texts = {"a write to a register that is read-only"},
};

static bool lets(const char *text, const struct trace_item *item)
{
    struct error err = ERROR_INIT;
    struct trace_filter *filter = trace_filter_parse(text, &err);
    bool is_let;

    if (filter == NULL) fail_msg("%s: %s", text, err.text);
    is_let = trace_filter_matches(filter, item);
    trace_filter_destroy(filter);
    return is_let;
}

static void patterns(void **state)
{
    static const char *const good[] = {
        "nvme.reg_write",      "nvme.*",      "*.reg_*",    "00.0.reg_write",
        "/pci/00/1c.0/00.0.*", "nv?e.*write", " nvme.* ",   "rtc.*,nvme.*",
        "rtc.* , nvme.*",      "!rtc.*",      "*.*,!rtc.*", "/pci/*.reg_*",
        "!rtc.*,!*.irq_line",  "*.*",
    };
    static const char *const bad[] = {
        "rtc.*",       "nvme.irq_line", "!nvme.*",  "*.*,!nvme.*",
        "!nvme.*,*.*", "nvm.*",         "nvme.reg", "00.1.*",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!lets(good[i], &item_cc)) fail_msg("%s does not fit", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (lets(bad[i], &item_cc)) fail_msg("%s fits", bad[i]);
    }
}

static void conditions_of_an_event(void **state)
{
    static const char *const good[] = {
        "index == 3",
        "index==3",
        "index != 4",
        "index",
        "written & 1",
        "written & 0xff == 1",
        "written > now",
        "written >= now and now <= written",
        "not now & 1",
        "!(index == 4)",
        "reg == CC",
        "reg == \"CC\"",
        "reg == C*",
        "reg != CSTS",
        "index == 4 or index == 3",
        "index == 4 || index == 3 && core == 2",
        "when == 2500us",
        "when >= 2.5ms and when < 0.003s",
        "pc == 0xffffffff81000040",
        "seq == 120",
        "cause == 119",
        "device == nvme",
        "device == \"/pci/*\"",
        "device != gpu",
        "event == reg_write",
        "level == normal",
        "not nothing",
        "index == 3 and (core == 1 or core == 2)",
        "not not index",
        "3 == index",
    };
    static const char *const bad[] = {
        "index == 4",    "nothing",        "nothing == 0",
        "nothing != 0",  "0 == nothing",   "reg == 3",
        "reg < CC",      "index == CC",    "now & 1",
        "device == gpu", "level == error", "index == 3 and core == 1",
        "not index",     "reg & 1",        "0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char text[128] = "nvme.* if ";

        (void)strncat(text, good[i], 100);
        if (!lets(text, &item_cc)) fail_msg("%s does not hold", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[128] = "nvme.* if ";

        (void)strncat(text, bad[i], 100);
        if (lets(text, &item_cc)) fail_msg("%s holds", bad[i]);
    }
    assert_true(lets("*.* if level == error, nvme.*", &item_error));
    assert_true(lets("rtc.* if what == \"*read-only\"", &item_error));
    assert_true(lets("rtc.* if value == 18446744073709551615", &item_error));
    assert_false(lets("*.*, !rtc.* if value > 5", &item_error));
    assert_true(lets("*.*, !rtc.* if value < 5", &item_error));
}

static void refuses(const char *text, const char *sentence)
{
    struct error err = ERROR_INIT;

    assert_null(trace_filter_parse(text, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.text, sentence);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    refuses("", "at character 1 of '': DEVICE.EVENT was expected, as in nvme.*");
    refuses("nvme", "at character 5 of 'nvme': a dot and an event were expected, as in nvme.*");
    refuses("nvme.",
            "at character 6 of 'nvme.': an event was expected behind the dot, as in nvme.irq_line");
    refuses(".x", "at character 3 of '.x': a dot and an event were expected, as in nvme.*");
    refuses("a.b,", "at character 5 of 'a.b,': DEVICE.EVENT was expected, as in nvme.*");
    refuses("a.b c.d", "at character 5 of 'a.b c.d': if, a comma or the end was expected");
    refuses("a.b if", "at character 7 of 'a.b if': a name or a number was expected");
    refuses("a.b if x = 3", "at character 10 of 'a.b if x = 3': did you mean ==?");
    refuses("a.b if x == 3 y",
            "at character 15 of 'a.b if x == 3 y': and, or, a comma or the end was expected");
    refuses("a.b if (x", "at character 10 of 'a.b if (x': a ) was expected");
    refuses(
        "a.b if x == 1.5",
        "at character 16 of 'a.b if x == 1.5': a unit of time was expected: ps, ns, us, ms or s");
    refuses("a.b if x == 1.5ps",
            "at character 18 of 'a.b if x == 1.5ps': this is finer than a picosecond");
    refuses("a.b if x == 0xg", "at character 15 of 'a.b if x == 0xg': a hexadecimal number of at "
                               "most 64 bits was expected");
    refuses("a.b if x == 99999999999999999999",
            "at character 32 of 'a.b if x == 99999999999999999999': this number is too large");
    refuses("a.b if x == \"y", "at character 13 of 'a.b if x == \"y': the closing \" is missing");
}

static void what_is_too_much_is_refused(void **state)
{
    static char text[8192];
    struct error err = ERROR_INIT;

    (void)state;
    memset(text, '(', 4000);
    assert_null(condition_parse(text, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    memset(text, 0, sizeof(text));
    for (size_t i = 0; i + 8 < 4000; i += 5) {
        memcpy(text + i, i == 0 ? "x    " : "or x ", 5);
    }
    err = (struct error)ERROR_INIT;
    assert_null(condition_parse(text, &err));
    memset(text, 0, sizeof(text));
    for (size_t i = 0; i < 4000; i += 4) {
        memcpy(text + i, "a.b,", 4);
    }
    err = (struct error)ERROR_INIT;
    assert_null(trace_filter_parse(text, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
}

static void globs(void **state)
{
    (void)state;
    assert_true(trace_glob_matches("", ""));
    assert_true(trace_glob_matches("*", ""));
    assert_true(trace_glob_matches("**a*", "xxa"));
    assert_true(trace_glob_matches("*ab*ab", "abcabab"));
    assert_false(trace_glob_matches("?", ""));
    assert_false(trace_glob_matches("*ab*ab", "abcaba"));
    assert_false(trace_glob_matches("a", "A"));
}

static void short_names(void **state)
{
    (void)state;
    assert_string_equal(trace_alias_of("/cpu3/lapic"), "lapic3");
    assert_string_equal(trace_alias_path("gpu"), "/pci/f0/00.0/00.0/00.0/00.0");
    assert_null(trace_alias_of("/pch/rtc"));
    assert_true(trace_device_matches("lapic?", "/cpu3/lapic"));
    assert_true(trace_device_matches("lapic", "/cpu3/lapic"));
    assert_true(trace_device_matches("machine", "machine"));
    for (size_t i = 0; trace_alias(i) != NULL; i++) {
        assert_string_equal(trace_alias_of(trace_alias_path(trace_alias(i))), trace_alias(i));
        if (i > 0) assert_true(strcmp(trace_alias(i - 1), trace_alias(i)) < 0);
    }
}

static void one_event(void **state)
{
    struct trace_item other = item_cc;
    char text[200];
    const char *word;
    uint64_t number;

    (void)state;
    number = trace_item_format(&item_cc, text, sizeof(text));
    assert_int_equal(number, strlen(text));
    assert_string_equal(text, "2500.000000us #120 <-119 cpu2 pc=ffffffff81000040 /pci/00/1c.0/00.0 "
                              "reg_write reg=CC index=0x3 written=0x460001 now=0x460000");
    for (size_t bytes = 1; bytes <= strlen(text) + 1; bytes++) {
        char part[200];

        assert_int_equal(trace_item_format(&item_cc, part, bytes), bytes - 1);
        assert_memory_equal(part, text, bytes - 1);
        assert_int_equal(part[bytes - 1], 0);
    }
    assert_true(trace_item_field(&item_cc, "reg", &number, &word));
    assert_string_equal(word, "CC");
    assert_true(trace_item_field(&item_cc, "written", &number, &word));
    assert_null(word);
    assert_int_equal(number, 0x460001);
    assert_false(trace_item_field(&item_cc, "when", &number, &word));
    assert_true(trace_item_is_equal(&item_cc, &other));
    other.texts[0] = "CD";
    assert_false(trace_item_is_equal(&item_cc, &other));
    assert_false(trace_item_is_equal(&item_cc, &item_error));
}

/* Also of a device's own kind, and of several kinds at once. */
static void names_must_be_somebodys(void **state)
{
    static const struct trace_desc desc_command = {.name = "nvme_command",
                                                   .fields = {"queue", "cid", "opcode", "what:s"}};
    static const struct trace_kind kinds[] = {
        {"/pci/00/1c.0/00.0", &core_event_reg_write},
        {"/pci/00/1c.0/00.0", &desc_command},
        {"/pch/rtc", &core_event_reg_write},
        {"machine", &core_event_unmapped_read},
    };
    static const struct {
        const char *filter;
        const char *refusal; /* NULL: it is good */
    } cases[] = {
        {"nvme.*", NULL},
        {"nvme.* if cid == 3 and reg == CC", NULL},
        {"*.reg_write if reg == anything or written & 0xff == now", NULL},
        {"*.* if level == error and device == rtc and event == reg_write", NULL},
        {"*.* if when > 5ms and core == 0 and pc != 0 and cause and seq < 5", NULL},
        {"uart.reg_write if nonsense == 1", NULL}, /* no such device here */
        {"nvme.nvme_command if opcod == 1",
         "nvme.nvme_command has no field 'opcod'; did you mean 'opcode'?"},
        {"rtc.*, !nvme.nvme_command if not (cid or queu)",
         "nvme.nvme_command has no field 'queu'; did you mean 'queue'?"},
        {"rtc.* if cid == 3", "rtc.* has no field 'cid'"},
        {"nvme.nvme_command if written == 1", "nvme.nvme_command has no field 'written'"},
        {"nvme.nvme_command if 1 == cdi", "did you mean 'cid'?"},
        {"nvme.nvme_command if cid == qeue", "did you mean 'queue'?"},
        {"nvme.nvme_command if waht == x", "did you mean 'what'?"},
        {"machine.* if \"w\" == what and spcae == io", "did you mean 'space'?"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = ERROR_INIT;
        struct trace_filter *filter = trace_filter_parse(cases[i].filter, &err);
        const int result =
            trace_filter_check(filter, kinds, sizeof(kinds) / sizeof(kinds[0]), &err);

        trace_filter_destroy(filter);
        if (cases[i].refusal == NULL ? result != 0
                                     : result == 0 || strstr(err.text, cases[i].refusal) == NULL) {
            fail_msg("%s: '%s'", cases[i].filter, err.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(conditions_of_an_event),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(names_must_be_somebodys),
        cmocka_unit_test(globs),
        cmocka_unit_test(short_names),
        cmocka_unit_test(one_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
