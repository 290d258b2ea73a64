/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a suite's file, each with what docs/suites.md says of it. The schema by which libcyaml loads a file
 * (suite_schema.h), the page's tables (suite_print_keys()) and the sentences about mistakes are made from these tables.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/suite.h"

enum suite_table {
    SUITE_TABLE_TOP,
    SUITE_TABLE_MACHINE,
    SUITE_TABLE_FRESH_DISK,
    SUITE_TABLE_DEFAULTS,
    SUITE_TABLE_TEST,
    SUITE_TABLE_STEP,
};
#define SUITE_TABLES 6

enum suite_key_kind {
    SUITE_KEY_TEXT,
    SUITE_KEY_TEXTS, /* one text, or a list of them */
    SUITE_KEY_MAP,   /* keys of the table `below` */
    SUITE_KEY_MAPS,  /* a list of those */
};

struct suite_key {
    const char *name;
    enum suite_key_kind kind;
    enum suite_table below;
    uint32_t most;     /* that are in a list */
    const char *value; /* as the page calls it */
    const char *help;  /* the page's words; lines of those of `spacegray run` are separated by \n */
};

#define SUITE_TAGS_MAX       32u
#define SUITE_FONTS_MAX      32u
#define SUITE_EXCEPTIONS_MAX 256u
#define SUITE_KEYS_MAX       64u    /* of one table */
#define SUITE_STEP_TEXT_MAX  65536u /* bytes of one value */

enum suite_top_key {
    TOP_SUITE,
    TOP_MACHINE,
    TOP_DEFAULTS,
    TOP_TESTS,
    TOP_SYMBOLS,
    TOP_FONTS,
    TOP_KEYS,
};
enum suite_fresh_disk_key {
    FRESH_SIZE,
    FRESH_PASSWORD,
    FRESH_KEYS,
};
enum suite_defaults_key {
    DEFAULT_TIMEOUT,
    DEFAULT_WITHIN,
    DEFAULT_GUEST_ERRORS,
    DEFAULT_UNIMPLEMENTED,
    DEFAULT_KEYS,
};
enum suite_test_key {
    TEST_NAME,
    TEST_STEPS,
    TEST_TAGS,
    TEST_TIMEOUT,
    TEST_GUEST_ERRORS,
    TEST_UNIMPLEMENTED,
    TEST_PROVIDES,
    TEST_REQUIRES,
    TEST_MACHINE,
    TEST_EXPECTED_FAILURE,
    TEST_SKIP,
    TEST_RETRIES,
    TEST_KEYS,
};
/* Verbs stand before what goes with them. */
enum suite_step_key {
    STEP_EXPECT,
    STEP_EXPECT_REGEX,
    STEP_EXPECT_EVENT,
    STEP_EXPECT_VALUE,
    STEP_EXPECT_SCREEN,
    STEP_EXPECT_SCREEN_REGEX,
    STEP_EXPECT_PICTURE,
    STEP_EXPECT_PICTURE_HASH,
    STEP_EXPECT_END,
    STEP_WAIT,
    STEP_SEND,
    STEP_TYPE,
    STEP_INPUT,
    STEP_FAULT,
    STEP_POWER_CUT,
    STEP_FORBID,
    STEP_FORBID_REGEX,
    STEP_FORBID_EVENT,
    STEP_COUNT_EVENTS,
    STEP_EXPECT_COUNT,
    STEP_MARK,
    STEP_MEASURE,
    STEP_VERBS,
    STEP_WITHIN = STEP_VERBS,
    STEP_PORT,
    STEP_IS,
    STEP_AT_LEAST,
    STEP_AT_MOST,
    STEP_MASK,
    STEP_REGION,
    STEP_TOLERANCE,
    STEP_AS,
    STEP_SINCE,
    STEP_KEYS,
};

/* Of a table; *count of them. That of machines follows the options of `spacegray run`: what makes the machine there is a
 * key here, and it is made in `room`. The others are constants. */
const struct suite_key *suite_keys(enum suite_table table, struct suite_key room[SUITE_KEYS_MAX],
                                   size_t *count);

/* What a key of the table of machines is. */
enum suite_machine_key {
    MACHINE_KEY_OPTION, /* an option with a value */
    MACHINE_KEY_FLAG,   /* one without: on or off */
    MACHINE_KEY_FILE,   /* one whose value is a path */
    MACHINE_KEY_FRESH_DISK,
};
enum suite_machine_key suite_machine_key_kind(const struct suite_key *key);

/* The step that a verb makes, and what may stand beside it: bit N is key N. */
struct suite_verb {
    enum suite_step_kind kind;
    uint64_t with;
};
const struct suite_verb *suite_verb(enum suite_step_key key);
