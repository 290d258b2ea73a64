/* SPDX-License-Identifier: GPL-2.0-only */
/* From the keys of a step to what it does: which verb it has, and whether what stands beside that goes with it. */
#include "emu/app/suite/suite_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/suite/suite_result.h"
#include "emu/app/suite/suite_watch.h"
#include "emu/base/bits.h"
#include "emu/base/suggest.h"

#define PIXELS_MAX    65535u
#define LIST_BYTES    256
#define TOLERANCE_MAX 255u

/* ---- Which verb ---- */

static const char *key_name(const struct suite_step_reader *r, unsigned key)
{
    return suite_reader_key(r->reader, &r->place, key);
}

static bool has(const struct suite_step_reader *r, unsigned key)
{
    return suite_reader_has(r->reader, &r->place, key);
}

static int find_verb(struct suite_step_reader *r)
{
    int found = -1;

    for (unsigned key = 0; key < STEP_VERBS; key++) {
        if (!has(r, key)) continue;
        if (found >= 0) {
            return suite_reader_refuse_key(r->reader, &r->place, key,
                                           "%s and %s are two steps: each begins with a dash of "
                                           "its own",
                                           key_name(r, (unsigned)found), key_name(r, key));
        }
        found = (int)key;
    }
    if (found < 0) {
        return yaml_file_complain(r->reader->yaml, r->reader->err, r->place.path,
                                  "this step does nothing: it needs a verb, as in expect: TEXT");
    }
    r->verb = (enum suite_step_key)found;
    return 0;
}

/* A modifier that does not go with the verb: those that it goes with. */
static int refuse_modifier(const struct suite_step_reader *r, unsigned key)
{
    char list[LIST_BYTES] = "";
    size_t used = 0;

    for (unsigned verb = 0; verb < STEP_VERBS && used < sizeof(list); verb++) {
        if ((suite_verb((enum suite_step_key)verb)->with & BIT(key)) == 0) continue;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? ", " : "",
                                 key_name(r, verb));
    }
    return suite_reader_refuse_key(r->reader, &r->place, key, "%s does not go with %s, but with %s",
                                   key_name(r, key), key_name(r, r->verb), list);
}

static int check_modifiers(const struct suite_step_reader *r)
{
    for (unsigned key = STEP_VERBS; key < STEP_KEYS; key++) {
        if (has(r, key) && (suite_verb(r->verb)->with & BIT(key)) == 0)
            return refuse_modifier(r, key);
    }
    return 0;
}

/* ---- Modifiers ---- */

static int read_port(const struct suite_step_reader *r)
{
    static const char *const names[SUITE_PORTS] = {
        [SUITE_PORT_SERIAL] = "serial",
        [SUITE_PORT_DEBUG_CONSOLE] = "debug-console",
    };
    const char *text;
    unsigned chosen;

    if (suite_reader_text(r->reader, &r->place, STEP_PORT, SUITE_TEXT_MAX, &text) != 0) return -1;
    if (text == NULL) return 0;
    if (suite_reader_choose(r->reader, &r->place, STEP_PORT, text,
                            (struct suite_words){names, ARRAY_LEN(names)}, &chosen) != 0) {
        return -1;
    }
    r->step->port = (enum suite_port)chosen;
    return 0;
}

static int read_region(const struct suite_step_reader *r)
{
    uint32_t *const parts[] = {&r->step->region.x, &r->step->region.y, &r->step->region.width,
                               &r->step->region.height};
    struct suite_texts texts;

    if (suite_reader_texts(r->reader, &r->place, STEP_REGION, &texts) != 0) return -1;
    if (texts.list == NULL) return 0;
    if (texts.count != ARRAY_LEN(parts)) {
        return suite_reader_refuse(r->reader, &r->place, STEP_REGION,
                                   "region: four numbers say it, as in [X, Y, WIDTH, HEIGHT]");
    }
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct error trouble = ERROR_INIT;
        uint64_t number = 0;

        if (parse_number("region", texts.list[i], i < 2 ? 0 : 1, PIXELS_MAX, &number, &trouble) !=
            0) {
            char where[SUITE_WHERE_BYTES + 8];

            suite_reader_where(r->reader, &r->place, STEP_REGION, where);
            (void)snprintf(where + strlen(where), 8, "[%zu]", i);
            return yaml_refuse(r->reader->yaml, r->reader->err, where, &trouble);
        }
        *parts[i] = (uint32_t)number;
    }
    return 0;
}

/* ---- Ranges ---- */

static int read_limit(const struct suite_step_reader *r, unsigned key, uint64_t *value)
{
    if (r->verb == STEP_MEASURE) return suite_reader_time(r->reader, &r->place, key, value);
    return suite_reader_number(r->reader, &r->place, key, (struct yaml_bounds){0, UINT64_MAX},
                               value);
}

static int check_range(const struct suite_step_reader *r)
{
    const struct suite_range *range = &r->step->range;
    const unsigned low_key = has(r, STEP_IS) ? STEP_IS : STEP_AT_LEAST;

    if (range->low > range->high) {
        return suite_reader_refuse(r->reader, &r->place, STEP_AT_MOST,
                                   "at-most is below at-least: no value is in this range");
    }
    if ((range->low & ~range->mask) == 0 || (!has(r, STEP_IS) && range->low <= range->mask))
        return 0;
    return suite_reader_refuse(r->reader, &r->place, low_key,
                               "%s: no value is 0x%" PRIx64 " after the mask 0x%" PRIx64,
                               key_name(r, low_key), range->low, range->mask);
}

static int read_range(const struct suite_step_reader *r)
{
    struct suite_range *range = &r->step->range;
    const bool has_limits = has(r, STEP_AT_LEAST) || has(r, STEP_AT_MOST);

    if (has(r, STEP_IS) && has_limits) {
        return suite_reader_refuse_key(r->reader, &r->place, STEP_IS,
                                       "is excludes at-least and at-most: leave one of them out");
    }
    if (read_limit(r, STEP_AT_LEAST, &range->low) != 0 ||
        read_limit(r, STEP_AT_MOST, &range->high) != 0 ||
        suite_reader_number(r->reader, &r->place, STEP_MASK, (struct yaml_bounds){1, UINT64_MAX},
                            &range->mask) != 0) {
        return -1;
    }
    if (has(r, STEP_IS)) {
        if (read_limit(r, STEP_IS, &range->low) != 0) return -1;
        range->high = range->low;
    } else if (!has_limits && (r->verb == STEP_EXPECT_VALUE || r->verb == STEP_EXPECT_COUNT)) {
        return suite_reader_refuse(r->reader, &r->place, r->verb,
                                   "%s: which value? Say is: N, or at-least and at-most",
                                   key_name(r, r->verb));
    }
    return check_range(r);
}

static bool waits(enum suite_step_kind kind)
{
    return kind == SUITE_EXPECT || kind == SUITE_EXPECT_EVENT || kind == SUITE_EXPECT_SCREEN ||
           kind == SUITE_EXPECT_PICTURE || kind == SUITE_EXPECT_PICTURE_HASH ||
           kind == SUITE_EXPECT_END;
}

static int read_modifiers(const struct suite_step_reader *r, vtime within)
{
    struct suite_step *step = r->step;
    uint64_t tolerance = 0;

    step->range = (struct suite_range){.low = 0, .high = UINT64_MAX, .mask = UINT64_MAX};
    step->within = waits(step->kind) ? within : 0;
    if (suite_reader_time(r->reader, &r->place, STEP_WITHIN, &step->within) != 0 ||
        suite_reader_number(r->reader, &r->place, STEP_TOLERANCE,
                            (struct yaml_bounds){0, TOLERANCE_MAX}, &tolerance) != 0 ||
        read_port(r) != 0 || read_region(r) != 0) {
        return -1;
    }
    step->tolerance = (unsigned)tolerance;
    return read_range(r);
}

/* ---- All of them ---- */

static size_t length_of(enum suite_step_kind kind)
{
    return kind == SUITE_SEND || kind == SUITE_INPUT ? SUITE_STEP_TEXT_MAX : SUITE_TEXT_MAX;
}

static int read_step(struct suite_step_reader *r, vtime within)
{
    const struct yaml_place at = yaml_file_place(r->reader->yaml, r->place.path);

    r->step->line = (unsigned)at.line;
    r->step->column = (unsigned)at.column;
    if (find_verb(r) != 0 || check_modifiers(r) != 0) return -1;
    r->step->kind = suite_verb(r->verb)->kind;
    if (read_modifiers(r, within) != 0) return -1;
    if (suite_reader_text(r->reader, &r->place, r->verb, length_of(r->step->kind), &r->text) != 0)
        return -1;
    return suite_verb_read(r);
}

/* What the machine does no more when its run has ended. */
static bool needs_run(enum suite_step_kind kind)
{
    return kind == SUITE_SEND || kind == SUITE_INPUT || kind == SUITE_FAULT || kind == SUITE_WAIT ||
           kind == SUITE_EXPECT_END;
}

static bool is_watch(enum suite_step_kind kind)
{
    return kind == SUITE_EXPECT_EVENT || kind == SUITE_COUNT_EVENTS || kind == SUITE_FORBID_EVENT;
}

/* What only the steps together show. */
struct sums {
    size_t watches;
    size_t measures;
    bool has_ended;
};

static int check_step(const struct suite_step_reader *r, struct sums *sums)
{
    const enum suite_step_kind kind = r->step->kind;

    if (sums->has_ended && needs_run(kind)) {
        return suite_reader_refuse_key(r->reader, &r->place, r->verb,
                                       "%s: the run has ended at the expect-end above",
                                       key_name(r, r->verb));
    }
    sums->has_ended = (sums->has_ended || kind == SUITE_EXPECT_END) && kind != SUITE_POWER_CUT;
    if (is_watch(kind) && ++sums->watches > SUITE_WATCHES_MAX) {
        return suite_reader_refuse_key(r->reader, &r->place, r->verb,
                                       "a test looks at events in at most %u steps",
                                       SUITE_WATCHES_MAX);
    }
    if (kind == SUITE_MEASURE && ++sums->measures > SUITE_MEASURES_MAX) {
        return suite_reader_refuse_key(r->reader, &r->place, r->verb,
                                       "a test measures at most %u times", SUITE_MEASURES_MAX);
    }
    return 0;
}

int suite_steps_read(struct suite_reader *reader, const struct suite_place *place, vtime within,
                     struct suite_test *test)
{
    const struct suite_slot *list = place->slots != NULL ? &place->slots[TEST_STEPS] : NULL;
    struct sums sums = {.watches = 0};

    if (list == NULL || list->maps == NULL || list->count == 0) {
        return suite_reader_refuse(reader, place, TEST_STEPS,
                                   "steps: a test has at least one, as in - expect: TEXT");
    }
    test->steps = suite_store_take(reader->store, list->count * sizeof(*test->steps), reader->err);
    if (test->steps == NULL) return -1;
    for (size_t i = 0; i < list->count; i++) {
        struct suite_step_reader r = {
            .reader = reader,
            .place = {.table = SUITE_TABLE_STEP},
            .test = test,
            .step = &test->steps[i],
        };

        r.place.slots = suite_schema_entry(reader->schema, SUITE_TABLE_STEP, list->maps, i);
        (void)snprintf(r.place.path, sizeof(r.place.path), "%.30s.steps[%zu]", place->path, i);
        test->step_count = i + 1;
        if (read_step(&r, within) != 0 || check_step(&r, &sums) != 0) return -1;
    }
    return 0;
}

void suite_steps_release(struct suite_test *test)
{
    for (size_t i = 0; i < test->step_count; i++) {
        struct suite_step *step = &test->steps[i];

        if (step->pattern.is_regex) regfree(&step->pattern.regex);
        action_list_release(&step->actions);
    }
    test->step_count = 0;
}
