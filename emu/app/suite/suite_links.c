/* SPDX-License-Identifier: GPL-2.0-only */
/* See suite_links.h. A chain of tests that require each other may be as long as the file has tests: nothing here calls itself. */
#include "emu/app/suite/suite_links.h"

#include <string.h>

#include "emu/base/suggest.h"

#define NOBODY SIZE_MAX

static int check_names(const struct suite_reader *reader, const struct suite_place *places,
                       const struct suite *suite)
{
    for (size_t i = 0; i < suite->test_count; i++) {
        const struct suite_test *test = &suite->tests[i];

        for (size_t k = 0; k < i; k++) {
            const struct suite_test *other = &suite->tests[k];

            if (strcmp(other->name, test->name) == 0) {
                return suite_reader_refuse(reader, &places[i], TEST_NAME,
                                           "name: '%s' is the name of the test in line %u already",
                                           test->name, other->line);
            }
            if (test->provides == NULL || other->provides == NULL ||
                strcmp(other->provides, test->provides) != 0)
                continue;
            return suite_reader_refuse(reader, &places[i], TEST_PROVIDES,
                                       "provides: the test in line %u provides '%s' already",
                                       other->line, test->provides);
        }
    }
    return 0;
}

static size_t find_provider(const struct suite *suite, const char *name, struct suggestion *meant)
{
    suggest_begin(meant, name);
    for (size_t i = 0; i < suite->test_count; i++) {
        if (suite->tests[i].provides == NULL) continue;
        if (strcmp(suite->tests[i].provides, name) == 0) return i;
        suggest_try(meant, suite->tests[i].provides);
    }
    return NOBODY;
}

static int refuse_nobody(const struct suite_reader *reader, const struct suite_place *place,
                         const struct suite *suite, const char *name, const char *meant)
{
    if (meant != NULL) {
        return suite_reader_refuse(reader, place, TEST_REQUIRES,
                                   "requires: no test provides '%s': did you mean %s?", name,
                                   meant);
    }
    for (size_t i = 0; i < suite->test_count; i++) {
        if (strcmp(suite->tests[i].name, name) != 0) continue;
        return suite_reader_refuse(reader, place, TEST_REQUIRES,
                                   "requires: '%s' is a test (line %u), but provides nothing of "
                                   "this name: add provides: %s to it",
                                   name, suite->tests[i].line, name);
    }
    return suite_reader_refuse(reader, place, TEST_REQUIRES, "requires: no test provides '%s'",
                               name);
}

/* Follows the chain from each test on; one that is longer than there are tests goes in a circle. */
static int check_circles(const struct suite_reader *reader, const struct suite_place *places,
                         const struct suite *suite)
{
    for (size_t i = 0; i < suite->test_count; i++) {
        size_t at = suite->tests[i].provider;

        for (size_t steps = 0; at != NOBODY && at != i && steps < suite->test_count; steps++) {
            at = suite->tests[at].provider;
        }
        if (at != i) continue;
        return suite_reader_refuse(reader, &places[i], TEST_REQUIRES,
                                   "requires: '%s' goes in a circle: this test would begin after "
                                   "itself",
                                   suite->tests[i].requires);
    }
    return 0;
}

/* The machine of a chain is that of the test that begins at power-on. */
static const struct suite_machine *machine_of(const struct suite *suite, size_t index)
{
    while (suite->tests[index].provider != NOBODY) {
        index = suite->tests[index].provider;
    }
    return suite->tests[index].machine;
}

int suite_links_find(const struct suite_reader *reader, const struct suite_place *places,
                     struct suite *suite)
{
    if (check_names(reader, places, suite) != 0) return -1;
    for (size_t i = 0; i < suite->test_count; i++) {
        struct suite_test *test = &suite->tests[i];
        struct suggestion meant;

        test->provider = NOBODY;
        if (test->requires == NULL) continue;
        if (suite_reader_has(reader, &places[i], TEST_MACHINE)) {
            return suite_reader_refuse_key(reader, &places[i], TEST_MACHINE,
                                           "machine: the machine of '%s' is what it is: leave "
                                           "machine or requires out",
                                           test->requires);
        }
        test->provider = find_provider(suite, test->requires, &meant);
        if (test->provider == NOBODY)
            return refuse_nobody(reader, &places[i], suite, test->requires, meant.word);
    }
    if (check_circles(reader, places, suite) != 0) return -1;
    for (size_t i = 0; i < suite->test_count; i++) {
        if (suite->tests[i].provider == NOBODY) continue;
        suite->tests[i].machine = machine_of(suite, i);
    }
    return 0;
}

/* The new order: order[i] is the old number of the test that stands there, place[n] where old number n is. */
struct order {
    size_t *order;
    size_t *place;
    size_t *chain;
    size_t count;
};

static void append_chain(const struct suite *suite, struct order *order, size_t index)
{
    size_t length = 0;

    while (index != NOBODY && order->place[index] == NOBODY) {
        order->chain[length++] = index;
        index = suite->tests[index].provider;
    }
    while (length > 0) {
        index = order->chain[--length];
        order->place[index] = order->count;
        order->order[order->count++] = index;
    }
}

int suite_links_sort(const struct suite_reader *reader, struct suite *suite)
{
    const size_t count = suite->test_count;
    size_t *numbers = suite_store_take(reader->store, 3 * count * sizeof(*numbers), reader->err);
    struct suite_test *sorted =
        suite_store_take(reader->store, count * sizeof(*sorted), reader->err);
    struct order order = {.order = numbers};

    if (numbers == NULL || sorted == NULL) return -1;
    order.place = numbers + count;
    order.chain = numbers + 2 * count;
    for (size_t i = 0; i < count; i++) {
        order.place[i] = NOBODY;
    }
    for (size_t i = 0; i < count; i++) {
        append_chain(suite, &order, i);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = suite->tests[order.order[i]];
        if (sorted[i].provider != NOBODY) sorted[i].provider = order.place[sorted[i].provider];
    }
    suite->tests = sorted;
    return 0;
}
