/* SPDX-License-Identifier: GPL-2.0-only */
/* What the keys of a suite mean: each kind of step, tests and their order. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/yaml_file.h"
#include "emu/base/bits.h"
#include "tests/unit/suite-load/parse.h"

static const struct suite_step *step_of(const struct suite *suite, size_t index,
                                        enum suite_step_kind kind)
{
    const struct suite_step *step = &suite->tests[0].steps[index];

    assert_true(index < suite->tests[0].step_count);
    assert_int_equal(step->kind, kind);
    return step;
}

static void least(void **state)
{
    struct suite suite;
    const struct suite_test *test;

    (void)state;
    accept_text(ONE WAIT, &suite);
    assert_string_equal(suite.path, "dir/s.yaml");
    assert_string_equal(suite.name, "s");
    assert_null(suite.symbols);
    assert_int_equal(suite.font_count, 0);
    assert_int_equal(suite.test_count, 1);
    test = &suite.tests[0];
    assert_string_equal(test->name, "one");
    assert_int_equal(test->line, 2);
    assert_int_equal(test->tag_count, 0);
    assert_null(test->provides);
    assert_null(test->requires);
    assert_int_equal(test->provider, SIZE_MAX);
    assert_null(test->expected_failure);
    assert_null(test->skipped);
    assert_int_equal(test->timeout, SUITE_TIMEOUT);
    assert_int_equal(test->retries, 0);
    assert_false(test->tolerance.is_strict);
    assert_false(test->tolerance.is_complete);
    assert_int_equal(test->tolerance.except_count, 0);
    assert_int_equal(test->step_count, 1);
    assert_int_equal(test->steps[0].line, 4);
    assert_int_equal(test->steps[0].column, 9);
    suite_release(&suite);
    suite_release(&suite);
}

static void of_a_test(void **state)
{
    static const char text[] =
        "suite: all of it\nsymbols: ${build}/vmlinux\nfonts: [a.psf, /b.psf]\n"
        "defaults: {timeout: 5s, within: 2s, guest-errors: forbidden, unimplemented: ['uart.*']}\n"
        "tests:\n"
        "  - name: one\n    tags: fast\n    provides: up\n    timeout: 9s\n    retries: 2\n"
        "    guest-errors: allowed\n    unimplemented: forbidden\n    expected-failure: why\n"
        "    skip: not now\n    steps: [{expect: a}, {expect: b, within: 7s}]\n"
        "  - name: two\n    tags: [a, b-c]\n    steps: [{expect: a}]\n";
    struct suite suite;
    const struct suite_test *test;

    (void)state;
    accept_text(text, &suite);
    assert_string_equal(suite.name, "all of it");
    assert_string_equal(suite.symbols, "dir/out/vmlinux");
    assert_int_equal(suite.font_count, 2);
    assert_string_equal(suite.fonts[0], "dir/a.psf");
    assert_string_equal(suite.fonts[1], "/b.psf");
    test = &suite.tests[0];
    assert_int_equal(test->tag_count, 1);
    assert_string_equal(test->tags[0], "fast");
    assert_string_equal(test->provides, "up");
    assert_int_equal(test->timeout, VTIME_S(9));
    assert_int_equal(test->retries, 2);
    assert_false(test->tolerance.is_strict);
    assert_true(test->tolerance.is_complete);
    assert_int_equal(test->tolerance.except_count, 0);
    assert_string_equal(test->expected_failure, "why");
    assert_string_equal(test->skipped, "not now");
    assert_int_equal(test->steps[0].within, VTIME_S(2));
    assert_int_equal(test->steps[1].within, VTIME_S(7));
    test = &suite.tests[1];
    assert_int_equal(test->tag_count, 2);
    assert_int_equal(test->timeout, VTIME_S(5));
    assert_true(test->tolerance.is_strict);
    assert_true(test->tolerance.is_complete);
    assert_int_equal(test->tolerance.except_count, 1);
    assert_string_equal(test->tolerance.except[0], "uart.*");
    suite_release(&suite);
}

static void waits(void **state)
{
    static const char text[] =
        ONE "      - expect: \"login: \"\n"
            "      - expect-regex: '^a+$'\n        port: debug-console\n        within: 0s\n"
            "      - expect-event: nvme.* if status != 0\n"
            "      - expect-value: nvme.CSTS\n        at-least: 0x10\n        mask: 0xff\n"
            "      - expect-value: rax\n        is: 5\n        within: 1ms\n"
            "      - expect-screen: $\n        region: [1, 2, 3, 4]\n"
            "      - expect-screen-regex: a|b\n"
            "      - expect-picture: ${build}/a.png\n        tolerance: 255\n"
            "      - expect-picture-hash: 0xfedcba9876543210\n"
            "      - wait: 1500us\n"
            "      - expect-end: exit\n        at-most: 85\n";
    struct suite suite;
    const struct suite_step *step;

    (void)state;
    accept_text(text, &suite);
    step = step_of(&suite, 0, SUITE_EXPECT);
    assert_string_equal(step->pattern.text, "login: ");
    assert_false(step->pattern.is_regex);
    assert_int_equal(step->within, SUITE_STEP_WITHIN);
    assert_int_equal(step->port, SUITE_PORT_SERIAL);
    step = step_of(&suite, 1, SUITE_EXPECT);
    assert_true(step->pattern.is_regex);
    assert_int_equal(regexec(&step->pattern.regex, "b\naaa\n", 0, NULL, 0), 0);
    assert_int_equal(step->port, SUITE_PORT_DEBUG_CONSOLE);
    assert_int_equal(step->within, 0);
    assert_string_equal(step_of(&suite, 2, SUITE_EXPECT_EVENT)->filter, "nvme.* if status != 0");
    step = step_of(&suite, 3, SUITE_EXPECT_VALUE);
    assert_string_equal(step->expression, "nvme.CSTS");
    assert_int_equal(step->range.low, 0x10);
    assert_int_equal(step->range.high, UINT64_MAX);
    assert_int_equal(step->range.mask, 0xff);
    assert_int_equal(step->within, 0);
    step = step_of(&suite, 4, SUITE_EXPECT_VALUE);
    assert_int_equal(step->range.low, 5);
    assert_int_equal(step->range.high, 5);
    assert_int_equal(step->range.mask, UINT64_MAX);
    assert_int_equal(step->within, VTIME_MS(1));
    step = step_of(&suite, 5, SUITE_EXPECT_SCREEN);
    assert_string_equal(step->pattern.text, "$");
    assert_int_equal(step->region.x, 1);
    assert_int_equal(step->region.y, 2);
    assert_int_equal(step->region.width, 3);
    assert_int_equal(step->region.height, 4);
    assert_true(step_of(&suite, 6, SUITE_EXPECT_SCREEN)->pattern.is_regex);
    step = step_of(&suite, 7, SUITE_EXPECT_PICTURE);
    assert_string_equal(step->path, "dir/out/a.png");
    assert_int_equal(step->tolerance, 255);
    assert_int_equal(step_of(&suite, 8, SUITE_EXPECT_PICTURE_HASH)->hash,
                     UINT64_C(0xfedcba9876543210));
    assert_int_equal(step_of(&suite, 9, SUITE_WAIT)->within, VTIME_US(1500));
    step = step_of(&suite, 10, SUITE_EXPECT_END);
    assert_int_equal(step->end, SUITE_END_EXIT);
    assert_int_equal(step->range.low, 0);
    assert_int_equal(step->range.high, 85);
    suite_release(&suite);
}

static void deeds(void **state)
{
    static const char text[] =
        ONE "      - send: \"echo $${HOME} $$$HOME ${kernel}$\\n\"\n"
            "      - type: \"l\\n\"\n"
            "      - type: 'l\\n'\n"
            "      - input: |\n          key enter\n          after 5ms power\n"
            "      - fault: dimm=B0,bank=1,row=5,bits=2\n"
            "      - power-cut: 0x7\n";
    struct suite suite;
    const struct suite_step *step;
    const struct suite_step *same;

    (void)state;
    accept_text(text, &suite);
    step = step_of(&suite, 0, SUITE_SEND);
    assert_int_equal(step->data.bytes, strlen("echo ${HOME} $$HOME /boot/vmlinuz$\n"));
    assert_memory_equal(step->data.data, "echo ${HOME} $$HOME /boot/vmlinuz$\n", step->data.bytes);
    step = step_of(&suite, 1, SUITE_INPUT);
    same = step_of(&suite, 2, SUITE_INPUT);
    assert_int_equal(step->actions.count, 5);
    assert_int_equal(same->actions.count, 5);
    assert_int_equal(step->actions.items[0].kind, ACTION_WAIT_KEYBOARD);
    for (size_t i = 1; i < 5; i++) {
        assert_int_equal(step->actions.items[i].kind, ACTION_KEY);
        assert_int_equal(step->actions.items[i].key.usage, same->actions.items[i].key.usage);
        assert_int_equal(step->actions.items[i].when, same->actions.items[i].when);
    }
    step = step_of(&suite, 3, SUITE_INPUT);
    assert_int_equal(step->actions.items[2].kind, ACTION_POWER_KEY);
    step = step_of(&suite, 4, SUITE_FAULT);
    assert_int_equal(step->fault.fault.where.row, 5);
    assert_false(step->fault.has_when);
    assert_int_equal(step_of(&suite, 5, SUITE_POWER_CUT)->seed, 7);
    suite_release(&suite);
}

static void rest(void **state)
{
    static const char text[] = ONE
        "      - forbid: 'BUG:'\n"
        "      - forbid-regex: 'a.*b'\n        port: debug-console\n"
        "      - forbid-event: '*.* if level == error'\n"
        "      - count-events: lapic0.*\n        as: irqs\n"
        "      - expect-count: irqs\n        is: 0\n"
        "      - mark: start\n"
        "      - measure: time\n        since: start\n        at-least: 1ms\n        at-most: 3s\n"
        "      - expect-end: power-off\n"
        "      - power-cut: 1\n"
        "      - send: a\n";
    struct suite suite;
    const struct suite_step *step;

    (void)state;
    accept_text(text, &suite);
    assert_string_equal(step_of(&suite, 0, SUITE_FORBID)->pattern.text, "BUG:");
    step = step_of(&suite, 1, SUITE_FORBID);
    assert_true(step->pattern.is_regex);
    assert_int_equal(step->port, SUITE_PORT_DEBUG_CONSOLE);
    assert_string_equal(step_of(&suite, 2, SUITE_FORBID_EVENT)->filter, "*.* if level == error");
    step = step_of(&suite, 3, SUITE_COUNT_EVENTS);
    assert_string_equal(step->filter, "lapic0.*");
    assert_string_equal(step->name, "irqs");
    step = step_of(&suite, 4, SUITE_EXPECT_COUNT);
    assert_string_equal(step->name, "irqs");
    assert_int_equal(step->range.high, 0);
    assert_string_equal(step_of(&suite, 5, SUITE_MARK)->name, "start");
    step = step_of(&suite, 6, SUITE_MEASURE);
    assert_string_equal(step->name, "time");
    assert_string_equal(step->since, "start");
    assert_int_equal(step->range.low, VTIME_MS(1));
    assert_int_equal(step->range.high, VTIME_S(3));
    assert_int_equal(step_of(&suite, 7, SUITE_EXPECT_END)->end, SUITE_END_POWER_OFF);
    suite_release(&suite);
}

static void check_order(const char *text, const char *order)
{
    struct suite suite;
    char found[64] = "";

    accept_text(text, &suite);
    for (size_t i = 0; i < suite.test_count; i++) {
        const struct suite_test *test = &suite.tests[i];

        (void)strncat(found, test->name, 1);
        if (test->requires == NULL) {
            assert_int_equal(test->provider, SIZE_MAX);
            continue;
        }
        assert_true(test->provider < i);
        assert_string_equal(suite.tests[test->provider].provides, test->requires);
    }
    assert_string_equal(found, order);
    suite_release(&suite);
}

static void order(void **state)
{
    (void)state;
    check_order("tests:\n" TEST("a", "") TEST("b", "") TEST("c", ""), "abc");
    check_order("tests:\n" TEST("a", "    requires: x\n") TEST("b", "")
                    TEST("c", "    provides: x\n"),
                "cab");
    check_order("tests:\n" TEST("a", "") TEST("b", "    requires: y\n")
                    TEST("c", "    provides: x\n") TEST("d", "    provides: y\n    requires: x\n")
                        TEST("e", "    requires: x\n"),
                "acdbe");
}

static void of_a_file(void **state)
{
    static const char machine[] = "cores: 2\nmemory: {modules: {A0: {size: 2G}}}\n";
    static const char text[] = "machine: {machine: m.yaml}\n" ONE "      - fault: dimm=A0\n";
    char folder[] = "/tmp/suite-XXXXXX";
    char path[64];
    char other[64];
    struct error err = ERROR_INIT;
    struct suite suite;
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a.b.yaml", folder);
    (void)snprintf(other, sizeof(other), "%s/m.yaml", folder);
    assert_int_equal(suite_load(path, NULL, &suite, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    err = (struct error)ERROR_INIT;
    assert_int_equal(suite_load(path, NULL, &suite, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    file = fopen(other, "w");
    assert_non_null(file);
    assert_true(fputs(machine, file) >= 0);
    assert_int_equal(fclose(file), 0);
    err = (struct error)ERROR_INIT;
    if (suite_load(path, NULL, &suite, &err) != 0) fail_msg("%s", err.text);
    assert_string_equal(suite.name, "a.b");
    assert_int_equal(suite.machine.options.cores, 2);
    assert_int_equal(suite.machine.memory.bytes, UINT64_C(2) << 30);
    suite_release(&suite);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(other), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* As many tests as a file may have, and one more. */
static void many(void **state)
{
    const size_t room = YAML_FILE_BYTES_MAX;
    char *text = malloc(room);
    struct error err = ERROR_INIT;
    struct suite suite;
    size_t used;

    (void)state;
    assert_non_null(text);
    used = (size_t)snprintf(text, room, "tests:\n");
    for (unsigned i = 0; i < SUITE_TESTS_MAX; i++) {
        used += (size_t)snprintf(text + used, room - used,
                                 "- {name: %u,%s: %u,provides: %u,steps: [mark: a]}\n", i,
                                 i + 1 < SUITE_TESTS_MAX ? "requires" : "tags", i + 1, i);
        assert_true(used < room);
    }
    accept_text(text, &suite);
    assert_int_equal(suite.test_count, SUITE_TESTS_MAX);
    assert_string_equal(suite.tests[0].name, "4095");
    assert_string_equal(suite.tests[4095].name, "0");
    assert_int_equal(suite.tests[4095].provider, 4094);
    suite_release(&suite);
    (void)snprintf(text + used, room - used, "- {name: x, steps: [{mark: a}]}\n");
    assert_int_equal(parse_text(text, &suite, &err), -1);
    assert_string_equal(err.text, "dir/s.yaml:4098:3: one too many: 4096 can stand here at most");
    free(text);
}

/* Files that nobody writes but to hurt: they are refused before they cost anything. */
static void hostile(void **state)
{
    static const char *const parts[] = {"[", "{a: ", "- ", "? ", "a: &a "};
    char *text = malloc(YAML_FILE_BYTES_MAX);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct error err = ERROR_INIT;
        struct suite suite;
        size_t used = 0;

        while (used + strlen(parts[i]) < YAML_FILE_BYTES_MAX) {
            used += (size_t)snprintf(text + used, YAML_FILE_BYTES_MAX - used, "%s", parts[i]);
        }
        assert_int_equal(parse_text(text, &suite, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
    free(text);
}

static void names_of_steps(void **state)
{
    (void)state;
    assert_string_equal(suite_step_name(SUITE_EXPECT), "expect");
    assert_string_equal(suite_step_name(SUITE_EXPECT_END), "expect-end");
    assert_string_equal(suite_step_name(SUITE_INPUT), "input");
    assert_string_equal(suite_step_name(SUITE_MEASURE), "measure");
    for (unsigned kind = 0; kind <= SUITE_MEASURE; kind++) {
        assert_string_not_equal(suite_step_name((enum suite_step_kind)kind), "?");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least),          cmocka_unit_test(of_a_test), cmocka_unit_test(waits),
        cmocka_unit_test(deeds),          cmocka_unit_test(rest),      cmocka_unit_test(order),
        cmocka_unit_test(of_a_file),      cmocka_unit_test(many),      cmocka_unit_test(hostile),
        cmocka_unit_test(names_of_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
