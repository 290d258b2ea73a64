/* SPDX-License-Identifier: GPL-2.0-only */
/* What each verb of a step takes: one function for each kind of value, one row of a table for each verb. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/input_script.h"
#include "emu/app/input_text.h"
#include "emu/app/parse.h"
#include "emu/app/suite/suite_machine.h"
#include "emu/app/suite/suite_regex.h"
#include "emu/app/suite/suite_result.h"
#include "emu/app/suite/suite_steps.h"
#include "emu/base/bits.h"
#include "emu/base/suggest.h"
#include "emu/debug/trace/filter.h"

#define SCRIPT_NAME "input"
#define STATUS_MAX  255u

static const char *verb_name(const struct suite_step_reader *r)
{
    return suite_reader_key(r->reader, &r->place, r->verb);
}

static int refuse(const struct suite_step_reader *r, const struct error *trouble)
{
    if (trouble->kind == ERROR_HOST) return error_host(r->reader->err, "%s", trouble->text);
    return suite_reader_refuse(r->reader, &r->place, r->verb, "%s: %s", verb_name(r),
                               trouble->text);
}

/* ---- Texts ---- */

static int read_literal(const struct suite_step_reader *r)
{
    r->step->pattern.text = r->text;
    return 0;
}

static int read_regex(const struct suite_step_reader *r)
{
    struct suite_pattern *pattern = &r->step->pattern;
    struct error trouble = ERROR_INIT;

    pattern->text = r->text;
    if (suite_regex_compile(r->text, &r->reader->regex_room, &pattern->regex, &trouble) != 0)
        return refuse(r, &trouble);
    pattern->is_regex = true;
    return 0;
}

static int read_send(const struct suite_step_reader *r)
{
    r->step->data.data = (const uint8_t *)r->text;
    r->step->data.bytes = strlen(r->text);
    return 0;
}

/* ---- Events and values ---- */

static int read_filter(const struct suite_step_reader *r)
{
    struct error trouble = ERROR_INIT;
    struct trace_filter *filter;

    filter = trace_filter_parse(r->text, &trouble);
    if (filter == NULL) return refuse(r, &trouble);
    trace_filter_destroy(filter);
    r->step->filter = r->text;
    return 0;
}

static int read_expression(const struct suite_step_reader *r)
{
    r->step->expression = r->text;
    return 0;
}

/* ---- Names ---- */

/* Of an earlier step of this kind; NULL: there is none. */
static const struct suite_step *find_named(const struct suite_step_reader *r,
                                           enum suite_step_kind kind, const char *name,
                                           struct suggestion *meant)
{
    suggest_begin(meant, name);
    for (size_t i = 0; i + 1 < r->test->step_count; i++) {
        const struct suite_step *step = &r->test->steps[i];

        if (step->kind != kind) continue;
        if (strcmp(step->name, name) == 0) return step;
        suggest_try(meant, step->name);
    }
    return NULL;
}

/* A name that this step gives, and nobody before it. */
static int read_new_name(const struct suite_step_reader *r, unsigned key)
{
    const struct suite_step *earlier;
    struct suggestion meant;

    if (suite_reader_name(r->reader, &r->place, key, &r->step->name) != 0) return -1;
    if (r->step->name == NULL) {
        return suite_reader_refuse(r->reader, &r->place, r->verb, "%s: %s is missing", verb_name(r),
                                   suite_reader_key(r->reader, &r->place, key));
    }
    earlier = find_named(r, r->step->kind, r->step->name, &meant);
    if (earlier == NULL) return 0;
    return suite_reader_refuse(r->reader, &r->place, key, "%s: '%s' was there before, in line %u",
                               suite_reader_key(r->reader, &r->place, key), r->step->name,
                               earlier->line);
}

/* A name that a step before has given. */
static int read_known_name(const struct suite_step_reader *r, unsigned key,
                           enum suite_step_kind kind, const char **name)
{
    struct suggestion meant;

    if (suite_reader_name(r->reader, &r->place, key, name) != 0) return -1;
    if (*name == NULL) {
        return suite_reader_refuse(r->reader, &r->place, r->verb, "%s: %s is missing", verb_name(r),
                                   suite_reader_key(r->reader, &r->place, key));
    }
    if (find_named(r, kind, *name, &meant) != NULL) return 0;
    if (meant.word != NULL) {
        return suite_reader_refuse(r->reader, &r->place, key,
                                   "%s: no %s of this test before here is called '%s': did you "
                                   "mean %s?",
                                   suite_reader_key(r->reader, &r->place, key),
                                   suite_step_name(kind), *name, meant.word);
    }
    return suite_reader_refuse(
        r->reader, &r->place, key, "%s: no %s of this test before here is called '%s'",
        suite_reader_key(r->reader, &r->place, key), suite_step_name(kind), *name);
}

static int read_count(const struct suite_step_reader *r)
{
    if (read_filter(r) != 0) return -1;
    return read_new_name(r, STEP_AS);
}

static int read_expect_count(const struct suite_step_reader *r)
{
    return read_known_name(r, r->verb, SUITE_COUNT_EVENTS, &r->step->name);
}

static int read_mark(const struct suite_step_reader *r)
{
    return read_new_name(r, STEP_MARK);
}

static int read_measure(const struct suite_step_reader *r)
{
    const size_t room = sizeof(((struct suite_measure *)NULL)->name);

    if (read_new_name(r, STEP_MEASURE) != 0) return -1;
    if (strlen(r->step->name) >= room) {
        return suite_reader_refuse(r->reader, &r->place, STEP_MEASURE,
                                   "measure: a name has at most %zu bytes", room - 1);
    }
    return read_known_name(r, STEP_SINCE, SUITE_MARK, &r->step->since);
}

/* ---- The screen ---- */

static int read_picture(const struct suite_step_reader *r)
{
    return suite_reader_file(r->reader, &r->place, r->verb, &r->step->path);
}

static int read_hash(const struct suite_step_reader *r)
{
    return suite_reader_number(r->reader, &r->place, r->verb, (struct yaml_bounds){0, UINT64_MAX},
                               &r->step->hash);
}

/* ---- Times and ends ---- */

static int read_wait(const struct suite_step_reader *r)
{
    if (suite_reader_time(r->reader, &r->place, r->verb, &r->step->within) != 0) return -1;
    if (r->step->within > 0) return 0;
    return suite_reader_refuse(r->reader, &r->place, r->verb, "wait: no time passes in 0 s");
}

static const unsigned range_keys[] = {STEP_IS, STEP_AT_LEAST, STEP_AT_MOST};

/* The first key of a range that is there; STEP_KEYS: none. */
static unsigned range_key(const struct suite_step_reader *r)
{
    for (size_t i = 0; i < ARRAY_LEN(range_keys); i++) {
        if (suite_reader_has(r->reader, &r->place, range_keys[i])) return range_keys[i];
    }
    return STEP_KEYS;
}

/* The status is what the guest wrote, times two, plus one; cut to what a process can say. */
static int check_status(const struct suite_step_reader *r)
{
    struct suite_range *range = &r->step->range;
    const unsigned key = range_key(r);

    if (range->high > STATUS_MAX) range->high = STATUS_MAX;
    if (range->low <= range->high && (range->low < range->high || (range->low & 1) != 0)) return 0;
    return suite_reader_refuse(r->reader, &r->place, key,
                               "%s: this status never comes: it is twice what the guest writes "
                               "to port 0xf4, plus 1, and at most 255",
                               suite_reader_key(r->reader, &r->place, key));
}

static int read_end(const struct suite_step_reader *r)
{
    static const char *const names[] = {
        [SUITE_END_EXIT] = "exit",
        [SUITE_END_POWER_OFF] = "power-off",
        [SUITE_END_DEAD] = "dead",
        [SUITE_END_T2_PANIC] = "t2-panic",
    };
    unsigned chosen;

    if (suite_reader_choose(r->reader, &r->place, r->verb, r->text,
                            (struct suite_words){names, ARRAY_LEN(names)}, &chosen) != 0) {
        return -1;
    }
    r->step->end = (enum suite_end)chosen;
    if (r->step->end == SUITE_END_EXIT) return check_status(r);
    if (range_key(r) == STEP_KEYS) return 0;
    return suite_reader_refuse_key(r->reader, &r->place, range_key(r),
                                   "%s: only expect-end: exit has a status",
                                   suite_reader_key(r->reader, &r->place, range_key(r)));
}

/* ---- Input ---- */

/* As people type it: what YAML has made a control character of is the escape of a text again. */
static char *escape(const char *text)
{
    static const char control[] = "\n\r\t\b\033";
    static const char letters[] = "nrtbe";
    char *escaped = malloc(2 * strlen(text) + 1);
    char *to = escaped;

    if (escaped == NULL) return NULL;
    for (; *text != '\0'; text++) {
        const char *found = strchr(control, *text);

        if (found != NULL) {
            *to++ = '\\';
            *to++ = letters[found - control];
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return escaped;
}

static int read_type(const struct suite_step_reader *r)
{
    const struct action wait = {.kind = ACTION_WAIT_KEYBOARD, .line = r->step->line};
    struct typist typist = {
        .list = &r->step->actions,
        .down = TYPIST_DOWN,
        .up = TYPIST_UP,
        .line = r->step->line,
    };
    struct error trouble = ERROR_INIT;
    char *escaped;
    size_t where;
    int result;

    escaped = escape(r->text);
    if (escaped == NULL) return error_host(r->reader->err, "out of memory");
    result = action_list_add(&r->step->actions, &wait, &trouble);
    if (result == 0) {
        result = typist_type(&typist, escaped, strlen(escaped), &where, &trouble);
    }
    free(escaped);
    return result == 0 ? 0 : refuse(r, &trouble);
}

/* "input: line 2, column 5: sentence": the place is one in the file. */
static int refuse_script(const struct suite_step_reader *r, const struct error *trouble)
{
    static const char begin[] = SCRIPT_NAME ": line ";
    struct yaml_place place = {.line = 0};
    char where[SUITE_WHERE_BYTES];
    char *behind;

    if (trouble->kind == ERROR_HOST || strncmp(trouble->text, begin, strlen(begin)) != 0)
        return refuse(r, trouble);
    place.line = strtoul(trouble->text + strlen(begin), &behind, 10);
    behind += strcspn(behind, "0123456789:");
    place.column = strtoul(behind, &behind, 10);
    if (strncmp(behind, ": ", 2) != 0) return refuse(r, trouble);
    suite_reader_where(r->reader, &r->place, r->verb, where);
    return yaml_file_complain_within(r->reader->yaml, r->reader->err, where, place, behind + 2);
}

static int read_input(const struct suite_step_reader *r)
{
    struct action_list *actions = &r->step->actions;
    struct error trouble = ERROR_INIT;

    if (input_script_parse(SCRIPT_NAME, (const uint8_t *)r->text, strlen(r->text), actions,
                           &trouble) != 0) {
        return refuse_script(r, &trouble);
    }
    for (size_t i = 0; i < actions->count; i++) {
        char where[SUITE_WHERE_BYTES];

        if (actions->items[i].kind != ACTION_SCREENSHOT) continue;
        suite_reader_where(r->reader, &r->place, r->verb, where);
        return yaml_file_complain_within(r->reader->yaml, r->reader->err, where,
                                         (struct yaml_place){actions->items[i].line, 1},
                                         "a test leaves no pictures behind: compare it with "
                                         "expect-picture instead of screenshot");
    }
    return 0;
}

/* ---- Trouble ---- */

static int read_fault(const struct suite_step_reader *r)
{
    const struct suite_machine *machine = r->test->machine;
    struct error trouble = ERROR_INIT;

    if (fault_spec_parse(r->text, &r->step->fault, &trouble) != 0) return refuse(r, &trouble);
    if (r->step->fault.has_when) {
        return suite_reader_refuse(r->reader, &r->place, r->verb,
                                   "fault: it falls when the test comes here: leave at out");
    }
    if (!suite_machine_knows_modules(r->reader, machine)) return 0;
    if (machine->memory.is_flat) {
        return suite_reader_refuse(r->reader, &r->place, r->verb,
                                   "fault: faults are faults of modules, and a machine with "
                                   "flat-memory has none");
    }
    if (fault_spec_check(&r->step->fault, &machine->memory.dimms, &trouble) == 0) return 0;
    return refuse(r, &trouble);
}

static int read_power_cut(const struct suite_step_reader *r)
{
    return suite_reader_number(r->reader, &r->place, r->verb, (struct yaml_bounds){0, UINT64_MAX},
                               &r->step->seed);
}

typedef int (*verb_reader)(const struct suite_step_reader *r);

static const verb_reader readers[] = {
    [STEP_EXPECT] = read_literal,
    [STEP_EXPECT_REGEX] = read_regex,
    [STEP_EXPECT_EVENT] = read_filter,
    [STEP_EXPECT_VALUE] = read_expression,
    [STEP_EXPECT_SCREEN] = read_literal,
    [STEP_EXPECT_SCREEN_REGEX] = read_regex,
    [STEP_EXPECT_PICTURE] = read_picture,
    [STEP_EXPECT_PICTURE_HASH] = read_hash,
    [STEP_EXPECT_END] = read_end,
    [STEP_WAIT] = read_wait,
    [STEP_SEND] = read_send,
    [STEP_TYPE] = read_type,
    [STEP_INPUT] = read_input,
    [STEP_FAULT] = read_fault,
    [STEP_POWER_CUT] = read_power_cut,
    [STEP_FORBID] = read_literal,
    [STEP_FORBID_REGEX] = read_regex,
    [STEP_FORBID_EVENT] = read_filter,
    [STEP_COUNT_EVENTS] = read_count,
    [STEP_EXPECT_COUNT] = read_expect_count,
    [STEP_MARK] = read_mark,
    [STEP_MEASURE] = read_measure,
};
static_assert(ARRAY_LEN(readers) == STEP_VERBS, "one reader for each verb");

int suite_verb_read(const struct suite_step_reader *step)
{
    return readers[step->verb](step);
}
