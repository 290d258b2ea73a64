/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kinds of reports have in common: see suite_report.h. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/app/suite/suite_report.h"

#define REPORT_OUTCOMES (SUITE_XPASSED + 1)

struct report_totals {
    size_t count[REPORT_OUTCOMES];
    size_t all; /* that came to an end; without those that nobody came to */
    size_t bad;
};

/* One test that came to an end. */
struct report_test {
    const struct suite_entry *entry;
    unsigned round;
    const struct suite_result *result;
};

/* What one kind does. All but `add` and `finish` may be NULL. */
struct report_kind {
    /* Makes `state`. -1 with `err`. */
    int (*open)(struct suite_report *report, struct error *err);
    void (*begin)(struct suite_report *report, const struct suite_entry *entry, unsigned round);
    /* Also of those that are not told (a provider that passed). */
    void (*end)(struct suite_report *report, const struct suite_entry *entry, unsigned round);
    void (*add)(struct suite_report *report, const struct report_test *test);
    void (*tick)(struct suite_report *report);
    void (*finish)(struct suite_report *report, int caught);
    void (*close)(struct suite_report *report);
};

struct suite_report {
    struct suite_report_config config;
    const struct report_kind *kind;
    FILE *file;
    bool owns_file;
    char *place; /* where the file will be; NULL: it is there already */
    char *part;  /* where it is until then */
    uint64_t began_ns;
    struct report_totals totals;
    bool is_short; /* the host had no memory: the report is not whole */
    void *state;
};

extern const struct report_kind report_text;
extern const struct report_kind report_tap;
extern const struct report_kind report_junit;
extern const struct report_kind report_json;

/* ---- Time, of the host ---- */

uint64_t report_elapsed_ns(const struct suite_report *report);
/* "84 ms", "1.52 s", "12.3 s", "2 min 05 s". */
#define REPORT_TIME_BYTES 32
void report_time(uint64_t ns, char text[REPORT_TIME_BYTES]);

/* ---- Words ---- */

/* The next character of a text that may come from anywhere; what is no UTF-8 gives U+FFFD. False at its end. */
bool report_letter(const char **text, uint32_t *letter);
/* On a line of its own and without harm for a terminal: blanks in place of line ends and tabs, question marks in place of
 * other control characters. */
uint32_t report_plain(uint32_t letter);
void report_put_letter(FILE *file, uint32_t letter);
/* All its characters, plain. */
void report_put(FILE *file, const char *text);
/* As a word of a shell's command line. */
void report_put_word(FILE *file, const char *word);
/* SUITE:TEST, cut, and the round if rounds are told. */
#define REPORT_TITLE_BYTES 512
void report_title(const struct suite_report *report, const struct suite_entry *entry,
                  unsigned round, char title[REPORT_TITLE_BYTES]);
/* As a shell pattern that fits SUITE:TEST and nothing else, for --filter. */
void report_filter(const struct suite_entry *entry, char filter[2 * REPORT_TITLE_BYTES]);
/* What the guest did or did not do, and not the emulator or its host. */
bool report_is_of_guest(enum suite_failure failure);

/* ---- JSON ---- */

/* New references; NULL: no memory. Text that is no UTF-8 has U+FFFD in its place. */
json_t *report_json_text(const char *text);
