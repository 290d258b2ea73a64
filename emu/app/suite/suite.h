/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A suite of tests, as its YAML file says it: a machine, and tests, each a list of steps. docs/suites.md
 * specifies every key; its tables are made from those of suite_keys.c, as the schema is.
 *
 * All times are virtual. A test is a function of its file and of the files that it names: nothing of the host is
 * in it but limits of last resort, which make it a failure of their own class.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/action.h"
#include "emu/app/fault_spec.h"
#include "emu/app/run_options.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"

#define SUITE_TESTS_MAX   4096u /* of one file */
#define SUITE_STEPS_MAX   1024u /* of one test */
#define SUITE_NAME_MAX    128u  /* bytes of a name, its end included */
#define SUITE_TEXT_MAX    4096u
#define SUITE_TIMEOUT     VTIME_S(60) /* of a test that says none */
#define SUITE_STEP_WITHIN VTIME_S(20) /* of a step that waits and says none */

/* ---- Steps ---- */

/* What a line, or the text on a screen, is to have in it. */
struct suite_pattern {
    const char *text; /* as it stands in the file; NULL: none */
    bool is_regex;    /* POSIX extended with REG_NEWLINE, in `regex`; else found literally */
    regex_t regex;
};

/* Where text comes from. */
enum suite_port {
    SUITE_PORT_SERIAL,        /* COM1 */
    SUITE_PORT_DEBUG_CONSOLE, /* port 0xe9 */
};
#define SUITE_PORTS 2

/* A rectangle of the picture, in pixels. All zero: the whole picture. */
struct suite_region {
    uint32_t x, y, width, height;
};

/* low <= value <= high, after `mask`. */
struct suite_range {
    uint64_t low, high;
    uint64_t mask; /* all ones: the value as it is */
};

enum suite_step_kind {
    /* ---- wait: at most `within`, then the test fails ---- */
    SUITE_EXPECT,        /* `pattern` comes out of `port`, behind what matched there last */
    SUITE_EXPECT_EVENT,  /* an event of the trace that `filter` lets through happens from now on */
    SUITE_EXPECT_VALUE,  /* `expression` is in `range`; looked at every millisecond */
    SUITE_EXPECT_SCREEN, /* `pattern` is on the screen as text */
    SUITE_EXPECT_PICTURE, /* `region` of the picture is that of the PNG file `path`, but for `tolerance` */
    SUITE_EXPECT_PICTURE_HASH, /* `region` of the picture has `hash` */
    SUITE_EXPECT_END,          /* the run ends as `end` says */
    SUITE_WAIT,                /* `within` passes */
    /* ---- look, at once ---- */
    SUITE_EXPECT_COUNT, /* what SUITE_COUNT_EVENTS has counted as `name` is in `range` */
    /* ---- from here to the test's end ---- */
    SUITE_COUNT_EVENTS, /* events of `filter` are counted as `name`, from zero */
    SUITE_FORBID,       /* `pattern` out of `port` fails the test where it comes */
    SUITE_FORBID_EVENT, /* the same of events of `filter` */
    /* ---- do ---- */
    SUITE_SEND,  /* `data` to the serial port */
    SUITE_INPUT, /* `actions`: keys, mouse, tablet, buttons, reset; it is over when all are done */
    SUITE_FAULT, /* `fault` falls now */
    SUITE_POWER_CUT, /* the power goes (`seed` chooses what of the writes on their way is kept), and comes again:
                        the machine is at power-on with what is in the flash */
    /* ---- measure ---- */
    SUITE_MARK, /* now, or where the step before matched, is called `name` */
    SUITE_MEASURE, /* the time from the mark `since` to now, or to where the step before matched, is in `range`
                      (picoseconds), and told in all reports as `name` */
};

enum suite_end {
    SUITE_END_EXIT,      /* the debug exit port; the status (value << 1 | 1) is in `range` */
    SUITE_END_POWER_OFF, /* S5 */
    SUITE_END_DEAD,      /* every core halted for ever */
    SUITE_END_T2_PANIC,
};

/* Of the members only those are set that its kind has. Strings belong to the suite. */
struct suite_step {
    enum suite_step_kind kind;
    unsigned line; /* where it stands in the file, for what is told of it */
    unsigned column;
    vtime within; /* of those that wait; 0 for SUITE_EXPECT_VALUE without it: looked at once */
    struct suite_pattern pattern;
    enum suite_port port;
    const char *filter;     /* trace/filter.h; its syntax has been checked */
    const char *expression; /* as debugger_value() takes it */
    const char *name;
    const char *since;
    struct suite_range range;
    struct suite_region region;
    const char *path; /* PNG; --update-golden writes it */
    uint64_t hash;
    unsigned tolerance; /* of 255, in each colour of each pixel */
    enum suite_end end;
    struct {
        const uint8_t *data;
        size_t bytes;
    } data;
    struct action_list actions; /* `when` counts from the step */
    struct fault_spec fault;
    uint64_t seed;
};

/* ---- Machines ---- */

/* As `spacegray run` makes it. What is not said is as there, with --headless. */
struct suite_machine {
    int argc;
    char **argv;                /* "run", ...: what record_setup_write() takes */
    struct run_options options; /* of argv, resolved */
    struct memory_setup memory;
    uint64_t
        fresh_disk_bytes; /* an empty disk is made for each test that begins at power-on; 0: none. Else
                                  options.disk, whose writes are temporary in any case */
    const char *password; /* of the fresh disk's volume; NULL: none */
};

/* ---- Tests ---- */

/* Which of the machine's complaints fail a test. */
struct suite_tolerance {
    bool is_strict;   /* a guest error (level error) fails the test where it happens */
    bool is_complete; /* so does an access to what is not modelled (level unimplemented), but for */
    const char *const *except; /* those of these filters (DEVICE.EVENT [if CONDITION]) */
    size_t except_count;
};

struct suite_test {
    const char *name; /* unique in the file */
    unsigned line;
    const char *const *tags;
    size_t tag_count;
    const struct suite_machine *machine; /* the suite's, or its own */
    const char
        *provides; /* the machine as it is at its end is what others begin with; NULL: none */
    const char *requires;         /* what it begins with; NULL: power-on, or options.from */
    size_t provider;              /* the test that provides it; SIZE_MAX: none */
    const char *expected_failure; /* the reason, of a test that is known to fail; NULL: it passes */
    const char *skipped;          /* the reason; NULL: it is not */
    vtime timeout;                /* of all its steps together */
    unsigned retries;             /* 0, unless the file says so */
    struct suite_tolerance tolerance;
    struct suite_step *steps;
    size_t step_count;
};

/* ---- Suites ---- */

struct suite {
    const char *path; /* as it was given */
    const char *name; /* its key, or the file's name without end */
    struct suite_machine machine;
    const char
        *symbols; /* ELF or System.map of the guest, for expressions and coverage; NULL: none */
    const char *const
        *fonts; /* PSF files, tried before those that are known by default (suite_screen.h) */
    size_t font_count;
    struct suite_test *tests; /* who provides stands before who requires */
    size_t test_count;
    void *owned; /* what the file was loaded into */
};

/* Values of ${NAME} in a suite: --set NAME=VALUE. */
struct suite_variable {
    const char *name;
    const char *value;
};
struct suite_variables {
    const struct suite_variable *list;
    size_t count;
};

/* Reads the file; paths in it count from its folder. Of the files that it names only machine files are opened: whether the
 * others are there is found out when a machine is made. `variables` may be NULL. -1 with `err` and nothing kept: host trouble, or
 * ERROR_USAGE as "FILE:LINE:COLUMN: sentence", with what may have been meant. */
int suite_load(const char *path, const struct suite_variables *variables, struct suite *suite,
               struct error *err) MUST_CHECK;
/* The same for a text in memory; hostile input. Opens no file: a machine file's memory and cores are not in
 * suite_machine then. */
int suite_parse(const char *path, const uint8_t *text, size_t bytes,
                const struct suite_variables *variables, struct suite *suite,
                struct error *err) MUST_CHECK;
void suite_release(struct suite *suite);
/* The tables of docs/suites.md. */
void suite_print_keys(void (*print)(void *ctx, const char *text), void *ctx);
/* "expect", "send", ...: the key of a step. */
const char *suite_step_name(enum suite_step_kind kind);
