/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentence for each mistake in a suite, with its place in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/suite-load/parse.h"

static void files(void **state)
{
    static const struct mistake mistakes[] = {
        {"", "dir/s.yaml: there is nothing in this file"},
        {"tests: [", "dir/s.yaml:2:1: this is not YAML: did not find expected node content while "
                     "parsing a flow node"},
        {"suite: a\nsuite: b\n", "dir/s.yaml:2:1: this key was there before"},
        {"tets: []\n", "dir/s.yaml:1:1: unknown key tets: did you mean tests?"},
        {"tests: []\n", "dir/s.yaml:1:8: tests: there are none"},
        {"suite: a\n", "dir/s.yaml:1:1: tests: there are none"},
        {"- a\n", "dir/s.yaml:1:1: keys and values must stand here"},
        {"tests: {}\n", "dir/s.yaml:1:8: a list must stand here"},
        {"tests:\n  - steps: *a\n", "dir/s.yaml:2:12: aliases are not understood here"},
        {"suite: [a]\n" ONE WAIT, "dir/s.yaml:1:8: one value must stand here"},
        {"suite: \"a\\0b\"\n" ONE WAIT, "dir/s.yaml:1:8: a zero byte cannot be in a text"},
        {"suite: \"a\\nb\"\n" ONE WAIT,
         "dir/s.yaml:1:8: suite: a name has no control characters, and no blanks at its ends"},
        {"suite: \" a\"\n" ONE WAIT,
         "dir/s.yaml:1:8: suite: a name has no control characters, and no blanks at its ends"},
        {"suite: ''\n" ONE WAIT, "dir/s.yaml:1:8: suite: nothing stands here"},
        {"symbols: ${biuld}/vmlinux\n" ONE WAIT,
         "dir/s.yaml:1:10: nobody said what ${biuld} is: did you mean ${build}?"},
        {"symbols: ${HOME}/vmlinux\n" ONE WAIT,
         "dir/s.yaml:1:10: nobody said what ${HOME} is: say it with --set HOME=VALUE, or write "
         "$${HOME} when a dollar is meant"},
        {"symbols: ${build\n" ONE WAIT, "dir/s.yaml:1:10: ${ begins the name of a variable, as in "
                                        "${NAME}; write $${ when a dollar is meant"},
        {"symbols: ${}\n" ONE WAIT, "dir/s.yaml:1:10: ${ begins the name of a variable, as in "
                                    "${NAME}; write $${ when a dollar is meant"},
        {"fonts: [a, '']\n" ONE WAIT, "dir/s.yaml:1:12: fonts[1]: nothing stands here"},
        {"fonts: {a: b}\n" ONE WAIT, "dir/s.yaml:1:8: one value or a list must stand here"},
        {ONE WAIT "---\n" ONE, "dir/s.yaml:5:1: a second document begins here"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

static void defaults(void **state)
{
    static const struct mistake mistakes[] = {
        {"defaults: {timeout: 0s}\n" ONE WAIT,
         "dir/s.yaml:1:21: timeout: a test takes longer than no time"},
        {"defaults: {timeout: 5}\n" ONE WAIT,
         "dir/s.yaml:1:21: timeout: '5' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {"defaults: {within: 1000001s}\n" ONE WAIT,
         "dir/s.yaml:1:20: within: 1000001s is too long: 1000000s at most"},
        {"defaults: {guest-errors: forbiden}\n" ONE WAIT,
         "dir/s.yaml:1:26: guest-errors: 'forbiden' is none of allowed and forbidden: did you mean "
         "forbidden?"},
        {"defaults: {unimplemented: never}\n" ONE WAIT,
         "dir/s.yaml:1:27: unimplemented: 'never' is none of allowed and forbidden"},
        {"defaults: {unimplemented: [uart.*, 'nvme']}\n" ONE WAIT,
         "dir/s.yaml:1:36: at character 5 of 'nvme': a dot and an event were expected, as in "
         "nvme.*"},
        {"defaults: {withn: 1s}\n" ONE WAIT,
         "dir/s.yaml:1:12: unknown key withn: did you mean within?"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

static void tests(void **state)
{
    static const struct mistake mistakes[] = {
        {"tests:\n  - steps: [{wait: 1ms}]\n",
         "dir/s.yaml:2:5: name is missing: each test has one"},
        {"tests:\n  - name: one\n",
         "dir/s.yaml:2:5: steps: a test has at least one, as in - expect: TEXT"},
        {"tests:\n  - name: one\n    steps: []\n",
         "dir/s.yaml:3:12: steps: a test has at least one, as in - expect: TEXT"},
        {"tests:\n  - name: one\n    step: []\n",
         "dir/s.yaml:3:5: unknown key step: did you mean steps?"},
        {"tests:\n" TEST("one", "") TEST("two", "") TEST("one", ""),
         "dir/s.yaml:6:11: name: 'one' is the name of the test in line 2 already"},
        {"tests:\n" TEST("one", "    tags: [fast, 'a b']\n"),
         "dir/s.yaml:3:11: tags: 'a b' is no word of letters, digits and -_."},
        {"tests:\n" TEST("one", "    timeout: 1h\n"),
         "dir/s.yaml:3:14: timeout: '1h' is not a time, as in 500us, 20ms or 5s (at most 213 "
         "days)"},
        {"tests:\n" TEST("one", "    retries: 11\n"),
         "dir/s.yaml:3:14: retries: '11' is not a number from 0 to 10"},
        {"tests:\n" TEST("one", "    guest-errors: yes\n"),
         "dir/s.yaml:3:19: guest-errors: 'yes' is none of allowed and forbidden"},
        {"tests:\n" TEST("one", "    skip: ''\n"), "dir/s.yaml:3:11: skip: nothing stands here"},
        {"tests:\n" TEST("one", "    requires: booted\n"),
         "dir/s.yaml:3:15: requires: no test provides 'booted'"},
        {"tests:\n" TEST("one", "    provides: booted\n") TEST("two", "    requires: boted\n"),
         "dir/s.yaml:6:15: requires: no test provides 'boted': did you mean booted?"},
        {"tests:\n" TEST("one", "") TEST("two", "    requires: one\n"),
         "dir/s.yaml:5:15: requires: 'one' is a test (line 2), but provides nothing of this name: "
         "add provides: one to it"},
        {"tests:\n" TEST("one", "    provides: a\n") TEST("two", "    provides: a\n"),
         "dir/s.yaml:6:15: provides: the test in line 2 provides 'a' already"},
        {"tests:\n" TEST("one", "    provides: a\n    requires: a\n"),
         "dir/s.yaml:4:15: requires: 'a' goes in a circle: this test would begin after itself"},
        {"tests:\n" TEST("one", "    provides: a\n    requires: b\n")
             TEST("two", "    provides: b\n    requires: a\n"),
         "dir/s.yaml:4:15: requires: 'b' goes in a circle: this test would begin after itself"},
        {"tests:\n" TEST("one", "    provides: a\n")
             TEST("two", "    requires: a\n    machine: {memory: 1G}\n"),
         "dir/s.yaml:7:5: machine: the machine of 'a' is what it is: leave machine or requires "
         "out"},
        {"tests:\n  - name: one\n    provides: a\n    steps: [{expect-end: exit}]\n",
         "dir/s.yaml:3:15: provides: the run has ended at the end of this test: nobody can go on "
         "from there"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

static void steps(void **state)
{
    static const struct mistake mistakes[] = {
        {ONE "      - {}\n",
         "dir/s.yaml:4:9: this step does nothing: it needs a verb, as in expect: TEXT"},
        {ONE "      - expct: a\n", "dir/s.yaml:4:9: unknown key expct: did you mean expect?"},
        {ONE "      - frobnicate: a\n",
         "dir/s.yaml:4:9: unknown key frobnicate: the keys are expect, expect-regex, expect-event, "
         "expect-value, expect-screen, expect-screen-regex, expect-picture, expect-picture-hash, "
         "expect-end, wait, send, type, input, fault, power-cut, forbid, forbid-regex, "
         "forbid-event, count-events, expect-count, mark, measure, within, port, is, ..."},
        {ONE "      - within: 1s\n",
         "dir/s.yaml:4:9: this step does nothing: it needs a verb, as in expect: TEXT"},
        {ONE "      - expect: a\n        send: b\n",
         "dir/s.yaml:5:9: expect and send are two steps: each begins with a dash of its own"},
        {ONE "      - send: b\n        within: 5s\n",
         "dir/s.yaml:5:9: within does not go with send, but with expect, expect-regex, "
         "expect-event, expect-value, expect-screen, expect-screen-regex, expect-picture, "
         "expect-picture-hash, expect-end"},
        {ONE "      - expect: b\n        mask: 5\n",
         "dir/s.yaml:5:9: mask does not go with expect, but with expect-value"},
        {ONE "      - expect: a\n        port: com1\n",
         "dir/s.yaml:5:15: port: 'com1' is none of serial and debug-console"},
        {ONE "      - expect: a\n        within: soon\n",
         "dir/s.yaml:5:17: within: 'soon' is not a time, as in 500us, 20ms or 5s (at most 213 "
         "days)"},
        {ONE "      - expect: ''\n", "dir/s.yaml:4:17: expect: nothing stands here"},
        {ONE "      - expect: a\n        port: \"a\\n\\e\\x85b\"\n",
         "dir/s.yaml:5:15: port: 'a????b' is none of serial and debug-console"},
        {ONE "      - expect: [a]\n", "dir/s.yaml:4:17: one value must stand here"},
        {ONE "      - expect-regex: 'a('\n", "dir/s.yaml:4:23: expect-regex: 'a(' is no extended "
                                             "regular expression: Unmatched ( or \\("},
        {ONE "      - expect-regex: '((a{99}){99}){99}'\n",
         "dir/s.yaml:4:23: expect-regex: this regular expression is too large: at most 512 letters "
         "with all repetitions written out, groups 32 deep, no back-references"},
        {ONE "      - forbid-regex: '(a)\\1'\n",
         "dir/s.yaml:4:23: forbid-regex: this regular expression is too large: at most 512 letters "
         "with all repetitions written out, groups 32 deep, no back-references"},
        {ONE "      - expect-event: nvme\n",
         "dir/s.yaml:4:23: expect-event: at character 5 of 'nvme': a dot and an event were "
         "expected, as in nvme.*"},
        {ONE "      - forbid-event: 'a.b if'\n", "dir/s.yaml:4:23: forbid-event: at character 7 of "
                                                 "'a.b if': a name or a number was expected"},
        {ONE "      - wait: 0s\n", "dir/s.yaml:4:15: wait: no time passes in 0 s"},
        {ONE "      - wait: 5\n",
         "dir/s.yaml:4:15: wait: '5' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

static void deeds(void **state)
{
    static const struct mistake mistakes[] = {
        {ONE WAIT "      - type: \"a\\xe4\"\n",
         "dir/s.yaml:5:15: type: no key of a US keyboard makes 'ä'; only ASCII can be typed"},
        {ONE "      - type: 'a<f99>'\n",
         "dir/s.yaml:4:15: type: no key is called 'f99'; write \\< for the sign '<' itself"},
        {ONE "      - input: |\n          wait-keyboard\n          key nter\n",
         "dir/s.yaml:6:15: no key is called 'nter'; did you mean 'enter'?"},
        {ONE "      - input: 'key nter'\n",
         "dir/s.yaml:4:16: no key is called 'nter'; did you mean 'enter'?"},
        {ONE "      - input: |\n\n\n          key enter\n            screenshot a.png\n",
         "dir/s.yaml:8:11: a test leaves no pictures behind: compare it with expect-picture "
         "instead of screenshot"},
        {ONE "      - fault: dim=0\n",
         "dir/s.yaml:4:16: fault: unknown key dim: did you mean dimm?"},
        {ONE "      - fault: dimm=0,row=5 at=3s\n",
         "dir/s.yaml:4:16: fault: it falls when the test comes here: leave at out"},
        {ONE "      - fault: dimm=0,row=0x3ffff\n",
         "dir/s.yaml:4:16: fault: row=0x3ffff: the module in socket A0 has rows 0 to 0x1fff"},
        {"machine: {flat-memory: on}\n" ONE "      - fault: dimm=0\n",
         "dir/s.yaml:5:16: fault: faults are faults of modules, and a machine with flat-memory has "
         "none"},
        {ONE "      - power-cut: now\n",
         "dir/s.yaml:4:20: power-cut: 'now' is not a number from 0 to 18446744073709551615"},
        {ONE "      - expect-picture-hash: xyz\n", "dir/s.yaml:4:30: expect-picture-hash: 'xyz' is "
                                                   "not a number from 0 to 18446744073709551615"},
        {ONE "      - expect-picture: a.png\n        tolerance: 256\n",
         "dir/s.yaml:5:20: tolerance: '256' is not a number from 0 to 255"},
        {ONE "      - expect-screen: a\n        region: [0, 0, 5]\n",
         "dir/s.yaml:5:17: region: four numbers say it, as in [X, Y, WIDTH, HEIGHT]"},
        {ONE "      - expect-screen: a\n        region: [0, 0, 5, 0]\n",
         "dir/s.yaml:5:27: region: '0' is not a number from 1 to 65535"},
        {ONE "      - expect-screen: a\n        region: [0, 0, 5, 5, 5]\n",
         "dir/s.yaml:5:17: region: 5 are too many: at most 4"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

static void ranges(void **state)
{
    static const struct mistake mistakes[] = {
        {ONE "      - expect-value: rax\n",
         "dir/s.yaml:4:23: expect-value: which value? Say is: N, or at-least and at-most"},
        {ONE "      - expect-value: rax\n        is: 1\n        at-most: 2\n",
         "dir/s.yaml:5:9: is excludes at-least and at-most: leave one of them out"},
        {ONE "      - expect-value: rax\n        at-least: 3\n        at-most: 2\n",
         "dir/s.yaml:6:18: at-most is below at-least: no value is in this range"},
        {ONE "      - expect-value: rax\n        is: 0x10\n        mask: 0xf\n",
         "dir/s.yaml:5:13: is: no value is 0x10 after the mask 0xf"},
        {ONE "      - expect-value: rax\n        at-least: 16\n        mask: 0xf\n",
         "dir/s.yaml:5:19: at-least: no value is 0x10 after the mask 0xf"},
        {ONE "      - expect-value: rax\n        is: 1\n        mask: 0\n",
         "dir/s.yaml:6:15: mask: '0' is not a number from 1 to 18446744073709551615"},
        {ONE "      - expect-value: rax\n        is: -1\n",
         "dir/s.yaml:5:13: is: '-1' is not a number from 0 to 18446744073709551615"},
        {ONE "      - expect-end: exit\n        is: 84\n",
         "dir/s.yaml:5:13: is: this status never comes: it is twice what the guest writes to port "
         "0xf4, plus 1, and at most 255"},
        {ONE "      - expect-end: exit\n        at-least: 256\n",
         "dir/s.yaml:5:19: at-least: this status never comes: it is twice what the guest writes to "
         "port 0xf4, plus 1, and at most 255"},
        {ONE "      - expect-end: exit\n        at-most: 0\n",
         "dir/s.yaml:5:18: at-most: this status never comes: it is twice what the guest writes to "
         "port 0xf4, plus 1, and at most 255"},
        {ONE "      - expect-end: power-off\n        is: 85\n",
         "dir/s.yaml:5:9: is: only expect-end: exit has a status"},
        {ONE "      - expect-end: poweroff\n",
         "dir/s.yaml:4:21: expect-end: 'poweroff' is none of exit, power-off, dead and t2-panic: "
         "did you mean power-off?"},
        {ONE "      - mark: a\n      - measure: b\n        since: a\n        at-most: 5\n",
         "dir/s.yaml:7:18: at-most: '5' is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {ONE "      - mark: a\n      - measure: b\n        since: a\n        at-least: 5s\n        "
             "at-most: 5ms\n",
         "dir/s.yaml:8:18: at-most is below at-least: no value is in this range"},
        {ONE "      - mark: a\n      - measure: b\n        since: a\n        is: 5s\n",
         "dir/s.yaml:7:9: is does not go with measure, but with expect-value, expect-end, "
         "expect-count"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

static void names(void **state)
{
    static const struct mistake mistakes[] = {
        {ONE "      - count-events: a.b\n", "dir/s.yaml:4:23: count-events: as is missing"},
        {ONE "      - count-events: a.b\n        as: irqs\n      - count-events: a.c\n        as: "
             "irqs\n",
         "dir/s.yaml:7:13: as: 'irqs' was there before, in line 4"},
        {ONE "      - expect-count: irqs\n        is: 1\n",
         "dir/s.yaml:4:23: expect-count: no count-events of this test before here is called "
         "'irqs'"},
        {ONE
         "      - count-events: a.b\n        as: irqs\n      - expect-count: irq\n        is: 1\n",
         "dir/s.yaml:6:23: expect-count: no count-events of this test before here is called 'irq': "
         "did you mean irqs?"},
        {ONE "      - mark: a\n      - mark: a\n",
         "dir/s.yaml:5:15: mark: 'a' was there before, in line 4"},
        {ONE "      - measure: a\n", "dir/s.yaml:4:18: measure: since is missing"},
        {ONE "      - measure: a\n        since: start\n",
         "dir/s.yaml:5:16: since: no mark of this test before here is called 'start'"},
        {ONE "      - mark: start\n      - measure: a\n        since: strat\n",
         "dir/s.yaml:6:16: since: no mark of this test before here is called 'strat': did you mean "
         "start?"},
        {ONE "      - mark: start\n      - measure: "
             "0123456789012345678901234567890123456789012345678901234567890123\n"
             "        since: start\n",
         "dir/s.yaml:5:18: measure: a name has at most 63 bytes"},
        {ONE "      - expect-end: exit\n      - send: a\n",
         "dir/s.yaml:5:9: send: the run has ended at the expect-end above"},
        {ONE "      - expect-end: exit\n      - expect-end: exit\n",
         "dir/s.yaml:5:9: expect-end: the run has ended at the expect-end above"},
    };

    (void)state;
    refuse_texts(mistakes, ARRAY_LEN(mistakes));
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(files), cmocka_unit_test(defaults), cmocka_unit_test(tests),
        cmocka_unit_test(steps), cmocka_unit_test(deeds),    cmocka_unit_test(ranges),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
