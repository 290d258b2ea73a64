/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tests run, and in which order: see suite_schedule.h. First what the filters name, then one shard of it, then what
 * that requires, then the order. Shards do not depend on the order by chance, so that all of them together are
 * everything, whatever seed each was given.
 */
#define _GNU_SOURCE /* fnmatch */

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/suite_schedule.h"
#include "emu/base/hash.h"
#include "emu/base/suggest.h"

#define TAG   "tag:"
#define NONE  SIZE_MAX
#define TITLE (SUITE_PATH_BYTES + SUITE_NAME_MAX)

/* All tests of all suites, in the order of their files. */
struct candidate {
    struct suite_entry entry;
    size_t provider; /* candidate; NONE */
    size_t root;     /* the candidate at power-on that it stands on, or itself */
    bool is_chosen;
    bool is_needed; /* by one that is chosen */
    bool is_placed; /* in the list */
};

struct choice {
    struct candidate *all;
    size_t count;
    size_t *order;  /* of candidates that remain */
    size_t ordered; /* their number */
};

/* ---- Candidates ---- */

static int collect(struct choice *choice, const struct suite *suites, size_t suite_count,
                   struct error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < suite_count; i++) {
        count += suites[i].test_count;
    }
    choice->all = calloc(count + 1, sizeof(*choice->all));
    choice->order = calloc(count + 1, sizeof(*choice->order));
    if (choice->all == NULL || choice->order == NULL) return error_host(err, "out of memory");
    for (size_t i = 0; i < suite_count; i++) {
        const size_t first = choice->count;

        for (size_t t = 0; t < suites[i].test_count; t++) {
            const struct suite_test *test = &suites[i].tests[t];
            struct candidate *candidate = &choice->all[choice->count];
            /* Who provides stands before who requires. */
            const bool is_root = test->provider >= t;

            candidate->entry = (struct suite_entry){.suite = &suites[i], .test = test};
            candidate->provider = is_root ? NONE : first + test->provider;
            candidate->root = is_root ? choice->count : choice->all[candidate->provider].root;
            choice->count++;
        }
    }
    return 0;
}

/* ---- Filters ---- */

static bool pattern_fits(const char *pattern, const struct suite_entry *entry)
{
    const struct suite_test *test = entry->test;
    char title[TITLE];

    if (strncmp(pattern, TAG, strlen(TAG)) == 0) {
        for (size_t i = 0; i < test->tag_count; i++) {
            if (fnmatch(pattern + strlen(TAG), test->tags[i], 0) == 0) return true;
        }
        return false;
    }
    (void)snprintf(title, sizeof(title), "%s:%s", entry->suite->name, test->name);
    return fnmatch(pattern, title, 0) == 0 || fnmatch(pattern, test->name, 0) == 0;
}

static int refuse_tag(const struct choice *choice, const char *filter, struct error *err)
{
    struct suggestion near;

    suggest_begin(&near, filter + strlen(TAG));
    for (size_t i = 0; i < choice->count; i++) {
        const struct suite_test *test = choice->all[i].entry.test;

        for (size_t t = 0; t < test->tag_count; t++) {
            suggest_try(&near, test->tags[t]);
        }
    }
    if (near.word == NULL) return error_usage(err, "no test fits the filter '%s'", filter);
    return error_usage(err, "no test fits the filter '%s'; did you mean '" TAG "%s'?", filter,
                       near.word);
}

/* The test's own name first: a suite's name says little about which test was meant. */
static int refuse_filter(const struct choice *choice, const char *filter, struct error *err)
{
    const char *colon = strchr(filter, ':');
    const char *name = colon != NULL ? colon + 1 : filter;
    struct suggestion near;

    if (strncmp(filter, TAG, strlen(TAG)) == 0) return refuse_tag(choice, filter, err);
    suggest_begin(&near, name);
    for (size_t i = 0; i < choice->count; i++) {
        suggest_try(&near, choice->all[i].entry.test->name);
    }
    for (size_t i = 0; i < choice->count; i++) {
        const struct suite_entry *entry = &choice->all[i].entry;

        if (near.word != entry->test->name) continue;
        return error_usage(err, "no test fits the filter '%s'; did you mean '%s:%s'?", filter,
                           entry->suite->name, near.word);
    }
    return error_usage(err, "no test fits the filter '%s'", filter);
}

static int choose(struct choice *choice, const struct suite_selection *selection, struct error *err)
{
    for (size_t f = 0; f < selection->filter_count; f++) {
        bool is_used = false;

        for (size_t i = 0; i < choice->count; i++) {
            struct candidate *candidate = &choice->all[i];

            if (!pattern_fits(selection->filters[f], &candidate->entry)) continue;
            candidate->is_chosen = true;
            is_used = true;
        }
        if (!is_used) return refuse_filter(choice, selection->filters[f], err);
    }
    for (size_t i = 0; i < choice->count && selection->filter_count == 0; i++) {
        choice->all[i].is_chosen = true;
    }
    return 0;
}

/* From the end: who requires stands behind who provides. */
static void follow_providers(struct choice *choice)
{
    for (size_t i = choice->count; i-- > 0;) {
        struct candidate *candidate = &choice->all[i];

        candidate->is_needed = candidate->is_needed || candidate->is_chosen;
        candidate->entry.is_only_provider = !candidate->is_chosen;
        if (candidate->is_needed && candidate->provider != NONE) {
            choice->all[candidate->provider].is_needed = true;
        }
    }
}

/* ---- Shards ---- */

/* Tests that stay together. */
struct part {
    size_t number;
    size_t size;
};

/* Which part a candidate is in; of those that are chosen. */
struct parts {
    struct part *list;
    size_t *of;      /* by candidate */
    size_t *current; /* by root: the part that its tests go to; NONE: none yet */
    size_t count;
};

static int by_size(const void *a, const void *b)
{
    const struct part *left = a;
    const struct part *right = b;

    if (left->size != right->size) return left->size < right->size ? 1 : -1;
    return left->number < right->number ? -1 : 1;
}

/* Tests that begin with one power-on stay together, because it costs; but not more of them than a shard's part of
 * all, or a suite of one boot could not be shared out. */
static void divide(const struct choice *choice, unsigned shards, struct parts *parts)
{
    size_t chosen = 0;
    size_t most;

    for (size_t i = 0; i < choice->count; i++) {
        chosen += choice->all[i].is_chosen;
        parts->current[i] = NONE;
    }
    most = (chosen + shards - 1) / shards;
    for (size_t i = 0; i < choice->count; i++) {
        size_t *current = &parts->current[choice->all[i].root];

        if (!choice->all[i].is_chosen) continue;
        if (*current == NONE || parts->list[*current].size == most) {
            *current = parts->count;
            parts->list[parts->count] = (struct part){.number = parts->count};
            parts->count++;
        }
        parts->list[*current].size++;
        parts->of[i] = *current;
    }
}

/* The largest part first, each to the shard that has least. */
static void deal(struct parts *parts, size_t *loads, unsigned shards, unsigned *shard_of)
{
    qsort(parts->list, parts->count, sizeof(*parts->list), by_size);
    for (size_t i = 0; i < parts->count; i++) {
        unsigned least = 0;

        for (unsigned s = 1; s < shards; s++) {
            if (loads[s] < loads[least]) least = s;
        }
        loads[least] += parts->list[i].size;
        shard_of[parts->list[i].number] = least + 1;
    }
}

/* What is chosen and in another shard is not chosen here. */
static int take_shard(struct choice *choice, const struct suite_selection *selection,
                      struct error *err)
{
    const unsigned shards = selection->shards;
    const size_t room = choice->count + 1;
    struct parts parts = {.count = 0};
    unsigned *shard_of;
    size_t *loads;
    int result = 0;

    if (shards == 0) return 0;
    if (selection->shard == 0 || selection->shard > shards) {
        return error_usage(err, "there is no shard %u of %u", selection->shard, shards);
    }
    parts.list = calloc(room, sizeof(*parts.list));
    parts.of = calloc(room, sizeof(*parts.of));
    parts.current = calloc(room, sizeof(*parts.current));
    shard_of = calloc(room, sizeof(*shard_of));
    loads = calloc(shards, sizeof(*loads));
    if (parts.list == NULL || parts.of == NULL || parts.current == NULL || shard_of == NULL ||
        loads == NULL) {
        result = error_host(err, "out of memory");
    } else {
        divide(choice, shards, &parts);
        deal(&parts, loads, shards, shard_of);
        for (size_t i = 0; i < choice->count; i++) {
            struct candidate *candidate = &choice->all[i];

            candidate->is_chosen =
                candidate->is_chosen && shard_of[parts.of[i]] == selection->shard;
        }
    }
    free(parts.list);
    free(parts.of);
    free(parts.current);
    free(shard_of);
    free(loads);
    return result;
}

/* ---- Order ---- */

static void shuffle(size_t *order, size_t count, uint64_t seed)
{
    for (size_t i = count; i > 1; i--) {
        /* The bias of the remainder is below 2^-50. */
        const size_t other = (size_t)(hash_u64(hash_u64(HASH_SEED, seed), i) % i);
        const size_t kept = order[i - 1];

        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* A candidate, with those providers in front of it that are not in the list yet. */
static void place(struct choice *choice, size_t candidate, struct suite_entry *list, size_t *count)
{
    while (!choice->all[candidate].is_placed) {
        size_t next = candidate;

        while (choice->all[next].provider != NONE &&
               !choice->all[choice->all[next].provider].is_placed) {
            next = choice->all[next].provider;
        }
        choice->all[next].is_placed = true;
        list[(*count)++] = choice->all[next].entry;
    }
}

static int order_all(struct choice *choice, const struct suite_selection *selection,
                     struct suite_entry **list, size_t *count, struct error *err)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (choice->all[i].is_needed) choice->order[choice->ordered++] = i;
    }
    *list = calloc(choice->ordered + 1, sizeof(**list));
    if (*list == NULL) return error_host(err, "out of memory");
    if (selection->has_seed) shuffle(choice->order, choice->ordered, selection->seed);
    *count = 0;
    for (size_t i = 0; i < choice->ordered; i++) {
        place(choice, choice->order[i], *list, count);
    }
    return 0;
}

int suite_select(const struct suite *suites, size_t suite_count,
                 const struct suite_selection *selection, struct suite_entry **list, size_t *count,
                 struct error *err)
{
    struct choice choice = {.all = NULL};
    int result = collect(&choice, suites, suite_count, err);

    *list = NULL;
    *count = 0;
    if (result == 0) result = choose(&choice, selection, err);
    if (result == 0) result = take_shard(&choice, selection, err);
    if (result == 0) {
        follow_providers(&choice);
        result = order_all(&choice, selection, list, count, err);
    }
    free(choice.all);
    free(choice.order);
    return result;
}
