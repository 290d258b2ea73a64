/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of keys: see suite_keys.h. What is said of a key is printed into docs/suites.md as it stands here. */
#include "emu/app/suite/suite_keys.h"

#include <assert.h>
#include <string.h>

#include "emu/app/record_setup.h"
#include "emu/base/bits.h"

#define TEXT(word, meaning) .kind = SUITE_KEY_TEXT, .value = (word), .help = (meaning)

#define TEXTS(word, limit, meaning) \
    .kind = SUITE_KEY_TEXTS, .most = (limit), .value = (word), .help = (meaning)

#define KEYS_OF(table, word, meaning) \
    .kind = SUITE_KEY_MAP, .below = (table), .value = (word), .help = (meaning)

#define LIST_OF(table, limit, word, meaning) \
    .kind = SUITE_KEY_MAPS, .below = (table), .most = (limit), .value = (word), .help = (meaning)

/* ---- The whole ---- */

static const struct suite_key top_keys[] = {
    [TOP_SUITE] = {.name = "suite",
                   TEXT("NAME",
                        "what reports call it; without it the file's name without its end")},
    [TOP_MACHINE] = {.name = "machine",
                     KEYS_OF(SUITE_TABLE_MACHINE, "keys",
                             "the machine that each test begins with, unless it says otherwise")},
    [TOP_DEFAULTS] = {.name = "defaults",
                      KEYS_OF(SUITE_TABLE_DEFAULTS, "keys",
                              "what holds for tests that do not say it")},
    [TOP_TESTS] = {.name = "tests",
                   LIST_OF(SUITE_TABLE_TEST, SUITE_TESTS_MAX, "list",
                           "the tests, at least one; up to 4096")},
    [TOP_SYMBOLS] =
        {.name = "symbols",
         TEXT("FILE", "ELF file or `System.map` of the guest: its names can stand in expressions, "
                      "and coverage is told by them")},
    [TOP_FONTS] =
        {.name = "fonts",
         TEXTS("FILE or list", SUITE_FONTS_MAX,
               "PSF fonts that the guest's console may use, tried before the firmware's own")},
};
static_assert(ARRAY_LEN(top_keys) == TOP_KEYS, "one row for each key");

static const struct suite_key fresh_disk_keys[] = {
    [FRESH_SIZE] = {.name = "size", TEXT("SIZE", "its capacity, 16M to 8T; always needed")},
    [FRESH_PASSWORD] = {.name = "password",
                        TEXT("TEXT", "its volume is encrypted with this password, and unlocked")},
};
static_assert(ARRAY_LEN(fresh_disk_keys) == FRESH_KEYS, "one row for each key");

#define GUEST_ERRORS_HELP                                                                          \
    "`forbidden`: what the guest does wrong (level `error` in the trace) fails the test where it " \
    "happens; `allowed` (default)"
#define UNIMPLEMENTED_HELP                                                                      \
    "`forbidden`: an access to what is not modelled (level `unimplemented`) fails the test; a " \
    "list of trace "                                                                            \
    "filters: forbidden but for these; `allowed` (default)"

static const struct suite_key defaults_keys[] = {
    [DEFAULT_TIMEOUT] = {.name = "timeout",
                         TEXT("TIME", "of a test, all its steps together (default 60s)")},
    [DEFAULT_WITHIN] = {.name = "within", TEXT("TIME", "of a step that waits (default 20s)")},
    [DEFAULT_GUEST_ERRORS] = {.name = "guest-errors",
                              TEXT("`forbidden`, `allowed`", GUEST_ERRORS_HELP)},
    [DEFAULT_UNIMPLEMENTED] = {.name = "unimplemented",
                               TEXTS("`forbidden`, `allowed` or list", SUITE_EXCEPTIONS_MAX,
                                     UNIMPLEMENTED_HELP)},
};
static_assert(ARRAY_LEN(defaults_keys) == DEFAULT_KEYS, "one row for each key");

/* ---- Tests ---- */

static const struct suite_key test_keys[] = {
    [TEST_NAME] = {.name = "name",
                   TEXT("NAME", "unique in the file, up to 127 bytes; always needed")},
    [TEST_STEPS] = {.name = "steps",
                    LIST_OF(SUITE_TABLE_STEP, SUITE_STEPS_MAX, "list",
                            "what is done and expected, in this order; 1 to 1024 steps")},
    [TEST_TAGS] = {.name = "tags",
                   TEXTS("WORD or list", SUITE_TAGS_MAX,
                         "for `--tag WORD`; letters, digits and `-_.`")},
    [TEST_TIMEOUT] = {.name = "timeout",
                      TEXT("TIME",
                           "all its steps together take no longer in virtual time (default 60s)")},
    [TEST_GUEST_ERRORS] = {.name = "guest-errors",
                           TEXT("`forbidden`, `allowed`", GUEST_ERRORS_HELP)},
    [TEST_UNIMPLEMENTED] = {.name = "unimplemented",
                            TEXTS("`forbidden`, `allowed` or list", SUITE_EXCEPTIONS_MAX,
                                  UNIMPLEMENTED_HELP)},
    [TEST_PROVIDES] = {.name = "provides",
                       TEXT("NAME",
                            "the machine as it is at this test's end, for tests that require it")},
    [TEST_REQUIRES] =
        {.name = "requires",
         TEXT("NAME", "begins with the machine that a test of this file provides, wherever that "
                      "stands, instead of at power-on")},
    [TEST_MACHINE] =
        {.name = "machine",
         KEYS_OF(SUITE_TABLE_MACHINE, "keys",
                 "added to the suite's machine, or in place of what that says; not together "
                 "with `requires`")},
    [TEST_EXPECTED_FAILURE] = {.name = "expected-failure",
                               TEXT("REASON",
                                    "the test is known to fail: that is fine (xfail), and that it "
                                    "passes is a failure (xpass)")},
    [TEST_SKIP] = {.name = "skip", TEXT("REASON", "the test is not run")},
    [TEST_RETRIES] = {.name = "retries",
                      TEXT("N",
                           "when it fails, it is tried again up to so often, 0 to 10 (default 0)")},
};
static_assert(ARRAY_LEN(test_keys) == TEST_KEYS, "one row for each key");

/* ---- Steps ---- */

static const struct suite_key step_keys[] = {
    [STEP_EXPECT] =
        {.name = "expect",
         TEXT("TEXT", "waits until the guest has said this, behind what the last such step found "
                      "on the same port")},
    [STEP_EXPECT_REGEX] = {.name = "expect-regex",
                           TEXT("REGEX", "the same of a regular expression")},
    [STEP_EXPECT_EVENT] = {.name = "expect-event",
                           TEXT("FILTER",
                                "waits for an event of the trace that the filter lets through")},
    [STEP_EXPECT_VALUE] = {.name = "expect-value",
                           TEXT("EXPRESSION",
                                "the value of a debugger's expression (registers, MSRs, memory, "
                                "symbols) is in the range; without `within` it is looked at once, "
                                "else every millisecond")},
    [STEP_EXPECT_SCREEN] = {.name = "expect-screen",
                            TEXT("TEXT", "waits until this is to be read on the screen")},
    [STEP_EXPECT_SCREEN_REGEX] = {.name = "expect-screen-regex",
                                  TEXT("REGEX", "the same of a regular expression")},
    [STEP_EXPECT_PICTURE] = {.name = "expect-picture",
                             TEXT("FILE", "waits until the picture is that of the PNG file, which "
                                          "`--update-golden` writes")},
    [STEP_EXPECT_PICTURE_HASH] = {.name = "expect-picture-hash",
                                  TEXT("N", "waits until the picture has this hash of 64 bits")},
    [STEP_EXPECT_END] =
        {.name = "expect-end",
         TEXT("`exit`, `power-off`, `dead`, `t2-panic`",
              "waits for the end of the run: the debug exit port (the exit status can be "
              "given as a range), S5, every core halted for ever, a panic of the T2")},
    [STEP_WAIT] = {.name = "wait", TEXT("TIME", "lets so much virtual time pass")},
    [STEP_SEND] = {.name = "send", TEXT("TEXT", "sends this to the serial port")},
    [STEP_TYPE] =
        {.name = "type",
         TEXT("TEXT",
              "types this at the USB keyboard, as soon as the guest listens to it; `\\n` and "
              "`<f1>` are keys as in `--type`")},
    [STEP_INPUT] = {.name = "input",
                    TEXT(
                        "LINES",
                        "carries out an input script: keys, mouse, tablet, power and reset button; "
                        "its times count from here")},
    [STEP_FAULT] = {.name = "fault",
                    TEXT("FAULT", "plants a memory fault now, as `--fault` does, without `at`")},
    [STEP_POWER_CUT] =
        {.name = "power-cut",
         TEXT("SEED", "the power goes, and comes again: the machine is at power-on with what is in "
                      "its flash; the number chooses what is kept of writes under way")},
    [STEP_FORBID] = {.name = "forbid",
                     TEXT("TEXT", "from here to the test's end the guest must not say this")},
    [STEP_FORBID_REGEX] = {.name = "forbid-regex",
                           TEXT("REGEX", "the same of a regular expression")},
    [STEP_FORBID_EVENT] = {.name = "forbid-event",
                           TEXT("FILTER", "from here to the test's end no such event may happen")},
    [STEP_COUNT_EVENTS] = {.name = "count-events",
                           TEXT("FILTER",
                                "counts these events from here to the test's end, under the name "
                                "that `as` gives")},
    [STEP_EXPECT_COUNT] = {.name = "expect-count",
                           TEXT("NAME", "what was counted under this name is in the range")},
    [STEP_MARK] = {.name = "mark",
                   TEXT("NAME", "names this moment: where the step before was met")},
    [STEP_MEASURE] = {.name = "measure",
                      TEXT("NAME",
                           "the time since a mark, told in all reports under this name; with a "
                           "range it must be in that")},
    [STEP_WITHIN] = {.name = "within",
                     TEXT("TIME", "how long the step may take (default 20s, or the suite's)")},
    [STEP_PORT] = {.name = "port",
                   TEXT("`serial`, `debug-console`",
                        "where the guest says it: COM1 (default), or port 0xe9")},
    [STEP_IS] = {.name = "is",
                 TEXT("N", "the value wanted; not together with `at-least` or `at-most`")},
    [STEP_AT_LEAST] = {.name = "at-least", TEXT("N", "the lowest value; of `measure` a time")},
    [STEP_AT_MOST] = {.name = "at-most", TEXT("N", "the highest value; of `measure` a time")},
    [STEP_MASK] = {.name = "mask", TEXT("N", "only these bits of the value are compared")},
    [STEP_REGION] = {.name = "region",
                     TEXTS("[X, Y, WIDTH, HEIGHT]", 4, "only this part of the picture, in pixels")},
    [STEP_TOLERANCE] = {.name = "tolerance",
                        TEXT("N",
                             "each colour of a pixel may differ by so much, 0 to 255 (default 0)")},
    [STEP_AS] = {.name = "as", TEXT("NAME", "what is counted; always needed")},
    [STEP_SINCE] = {.name = "since", TEXT("NAME", "the mark; always needed")},
};
static_assert(ARRAY_LEN(step_keys) == STEP_KEYS, "one row for each key");

#define WITHIN BIT(STEP_WITHIN)
#define PORT   BIT(STEP_PORT)
#define LIMITS (BIT(STEP_AT_LEAST) | BIT(STEP_AT_MOST))
#define RANGE  (BIT(STEP_IS) | LIMITS)
#define REGION BIT(STEP_REGION)

static const struct suite_verb verbs[] = {
    [STEP_EXPECT] = {SUITE_EXPECT, WITHIN | PORT},
    [STEP_EXPECT_REGEX] = {SUITE_EXPECT, WITHIN | PORT},
    [STEP_EXPECT_EVENT] = {SUITE_EXPECT_EVENT, WITHIN},
    [STEP_EXPECT_VALUE] = {SUITE_EXPECT_VALUE, WITHIN | RANGE | BIT(STEP_MASK)},
    [STEP_EXPECT_SCREEN] = {SUITE_EXPECT_SCREEN, WITHIN | REGION},
    [STEP_EXPECT_SCREEN_REGEX] = {SUITE_EXPECT_SCREEN, WITHIN | REGION},
    [STEP_EXPECT_PICTURE] = {SUITE_EXPECT_PICTURE, WITHIN | REGION | BIT(STEP_TOLERANCE)},
    [STEP_EXPECT_PICTURE_HASH] = {SUITE_EXPECT_PICTURE_HASH, WITHIN | REGION},
    [STEP_EXPECT_END] = {SUITE_EXPECT_END, WITHIN | RANGE},
    [STEP_WAIT] = {SUITE_WAIT, 0},
    [STEP_SEND] = {SUITE_SEND, 0},
    [STEP_TYPE] = {SUITE_INPUT, 0},
    [STEP_INPUT] = {SUITE_INPUT, 0},
    [STEP_FAULT] = {SUITE_FAULT, 0},
    [STEP_POWER_CUT] = {SUITE_POWER_CUT, 0},
    [STEP_FORBID] = {SUITE_FORBID, PORT},
    [STEP_FORBID_REGEX] = {SUITE_FORBID, PORT},
    [STEP_FORBID_EVENT] = {SUITE_FORBID_EVENT, 0},
    [STEP_COUNT_EVENTS] = {SUITE_COUNT_EVENTS, BIT(STEP_AS)},
    [STEP_EXPECT_COUNT] = {SUITE_EXPECT_COUNT, RANGE},
    [STEP_MARK] = {SUITE_MARK, 0},
    [STEP_MEASURE] = {SUITE_MEASURE, LIMITS | BIT(STEP_SINCE)},
};
static_assert(ARRAY_LEN(verbs) == STEP_VERBS, "one row for each verb");

const struct suite_verb *suite_verb(enum suite_step_key key)
{
    return &verbs[key];
}

const char *suite_step_name(enum suite_step_kind kind)
{
    if (kind == SUITE_INPUT) return step_keys[STEP_INPUT].name;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (verbs[i].kind == kind) return step_keys[i].name;
    }
    return "?";
}

/* ---- Machines ---- */

/* Options that say nothing of the machine itself, but belong to its disk or its clock. */
static const struct {
    const char *name;
    bool is_file;
} around[] = {
    {"disk", true},
    {"password-file", true},
    {"passphrase-file", true},
    {"rtc-base", false},
};

static const struct suite_key fresh_disk_key = {
    .name = "fresh-disk",
    KEYS_OF(SUITE_TABLE_FRESH_DISK, "keys",
            "plug in a new, empty disk for each test that begins at power-on"),
};

static bool is_around(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(around); i++) {
        if (strcmp(around[i].name, name) == 0) return true;
    }
    return false;
}

/* Those that may be repeated are lists. */
static void make_machine_key(const struct option_spec *spec, struct suite_key *key)
{
    const bool is_repeated = strcmp(spec->name, "module") == 0;

    *key = (struct suite_key){
        .name = spec->name,
        .kind = is_repeated ? SUITE_KEY_TEXTS : SUITE_KEY_TEXT,
        .most = is_repeated ? RUN_MODULES_MAX : 0,
        .value = is_repeated           ? "FILE or list"
                 : spec->value != NULL ? spec->value
                                       : "`on`, `off`",
        .help = spec->help,
    };
}

static size_t make_machine_keys(struct suite_key room[SUITE_KEYS_MAX])
{
    size_t count = 0;

    for (const struct option_spec *spec = run_option_specs; spec->name != NULL; spec++) {
        if (!record_setup_keeps(spec->name) && !is_around(spec->name)) continue;
        if (count < SUITE_KEYS_MAX - 1) make_machine_key(spec, &room[count++]);
    }
    room[count++] = fresh_disk_key;
    return count;
}

enum suite_machine_key suite_machine_key_kind(const struct suite_key *key)
{
    if (key->kind == SUITE_KEY_MAP) return MACHINE_KEY_FRESH_DISK;
    if (record_setup_is_file(key->name)) return MACHINE_KEY_FILE;
    for (size_t i = 0; i < ARRAY_LEN(around); i++) {
        if (around[i].is_file && strcmp(around[i].name, key->name) == 0) return MACHINE_KEY_FILE;
    }
    for (const struct option_spec *spec = run_option_specs; spec->name != NULL; spec++) {
        if (spec->value == NULL && strcmp(spec->name, key->name) == 0) return MACHINE_KEY_FLAG;
    }
    return MACHINE_KEY_OPTION;
}

const struct suite_key *suite_keys(enum suite_table table, struct suite_key room[SUITE_KEYS_MAX],
                                   size_t *count)
{
    switch (table) {
    case SUITE_TABLE_TOP: *count = ARRAY_LEN(top_keys); return top_keys;
    case SUITE_TABLE_MACHINE: *count = make_machine_keys(room); return room;
    case SUITE_TABLE_FRESH_DISK: *count = ARRAY_LEN(fresh_disk_keys); return fresh_disk_keys;
    case SUITE_TABLE_DEFAULTS: *count = ARRAY_LEN(defaults_keys); return defaults_keys;
    case SUITE_TABLE_TEST: *count = ARRAY_LEN(test_keys); return test_keys;
    case SUITE_TABLE_STEP: break;
    }
    *count = ARRAY_LEN(step_keys);
    return step_keys;
}
