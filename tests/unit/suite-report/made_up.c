/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/suite-report/made_up.h"

#define BAD_NAME  "# TODO ]]> \"q\" 'a' <b>&\\ \x1b[2J \xff\xc3 \xc2\x9b*?[x]"
#define LONG_LINE "01234567890123456789012345678901234567890123456789012345678901234567890123456789"

static const struct suite_test tests[MADE_UP_TESTS] = {
    {.name = "passes", .line = 3},
    {.name = "fails", .line = 7},
    {.name = BAD_NAME, .line = 9},
    {.name = "is left out", .line = 11, .skipped = "no # of it"},
    {.name = "known to fail", .line = 13, .expected_failure = "bug # 17\nsee there"},
    {.name = "passes too soon", .line = 15, .expected_failure = "bug 18"},
    {.name = "crashes", .line = 17},
    {.name = "hangs", .line = 19},
    {.name = "\xd0\x96\xe2\x82\xac", .line = 21},
    {.name = "provider that passes", .line = 23, .provides = "x"},
    {.name = "provider that fails", .line = 25, .provides = "y"},
    {.name = "nobody came", .line = 27},
};

static const struct suite first = {.path = "some/where/first.yaml", .name = "first"};
static const struct suite second = {.path = "it's here/" BAD_NAME ".yaml", .name = BAD_NAME};

static const struct suite_entry entries[MADE_UP_TESTS] = {
    {.suite = &first, .test = &tests[0]},
    {.suite = &first, .test = &tests[1]},
    {.suite = &second, .test = &tests[2]},
    {.suite = &first, .test = &tests[3]},
    {.suite = &second, .test = &tests[4]},
    {.suite = &first, .test = &tests[5]},
    {.suite = &first, .test = &tests[6]},
    {.suite = &second, .test = &tests[7]},
    {.suite = &first, .test = &tests[8]},
    {.suite = &first, .test = &tests[9], .is_only_provider = true},
    {.suite = &first, .test = &tests[10], .is_only_provider = true},
    {.suite = &first, .test = &tests[11]},
};

static const struct suite_result results[MADE_UP_TESTS] = {
    {
        .outcome = SUITE_PASSED,
        .step = 4,
        .begin = VTIME_MS(10),
        .end = VTIME_MS(1530),
        .host_ns = 12345678901,
        .start_ns = 83000000,
        .trace_hash = UINT64_C(0xfedcba9876543210),
        .seq = 123456,
        .measure_count = 2,
        .measures = {{"boot-time", VTIME_MS(1500)}, {"a<b\"&\n", INT64_MAX}},
        .tries = 1,
    },
    {
        .outcome = SUITE_FAILED,
        .failure = SUITE_TIME_OUT,
        .step = 2,
        .line = 42,
        .sentence = "\"login:\" did not come out of COM1 within 5 s; the last line was \"panic\"",
        .end = VTIME_S(20),
        .host_ns = 130000000000,
        .trace_hash = 1,
        .seq = 7,
        .tail_count = 2,
        .tail = {"Booting.", "panic: no root"},
        .capsule = "capsules/first-fails.capsule",
        .tries = 2,
    },
    {
        .outcome = SUITE_FAILED,
        .failure = SUITE_FORBIDDEN,
        .step = 1,
        .line = 43,
        .sentence = "came: \x1b]0;title\x07 \xf0\x28 ]]> # \\ \" ' & < > \r\n...\n---\nok 7\nend",
        .tail_count = SUITE_TAIL_LINES,
        .tail = {"", "\x1b[31mred", "\xff\xfe\xef\xbf\xbf", "a\tb\rc", "...", "- \"x\"", "]]>",
                 "# line", LONG_LINE, "\xed\xa0\x80"},
        .capsule = "caps ules/'\x1b.capsule",
        .tries = 1,
    },
    {.outcome = SUITE_SKIPPED, .sentence = "no # of it"},
    {
        .outcome = SUITE_XFAILED,
        .failure = SUITE_ASSERT,
        .line = 44,
        .sentence = "nvme.CSTS is 3, and not 1",
        .tries = 1,
    },
    {
        .outcome = SUITE_XPASSED,
        .sentence = "it passed, and is said to fail: bug 18",
        .tries = 1,
    },
    {
        .outcome = SUITE_FAILED,
        .failure = SUITE_CRASH,
        .signal = 11,
        .sentence = "the emulator crashed: Segmentation fault",
        .tries = 1,
    },
    {
        .outcome = SUITE_FAILED,
        .failure = SUITE_HANG,
        .sentence = "the limit of 60 s on the host is over",
        .tries = 1,
    },
    {.outcome = SUITE_PASSED, .host_ns = 1500000, .tries = 1},
    {.outcome = SUITE_PASSED, .tries = 1},
    {
        .outcome = SUITE_FAILED,
        .failure = SUITE_HOST_TROUBLE,
        .sentence = "disk full",
        .tries = 1,
    },
    {.outcome = SUITE_NOT_RUN, .sentence = "the run was stopped"},
};

const struct suite_entry *made_up_entry(size_t i)
{
    return &entries[i];
}

const struct suite_result *made_up_result(size_t i)
{
    return &results[i];
}
