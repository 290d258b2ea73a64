/* SPDX-License-Identifier: GPL-2.0-only */
/* Which jobs there are in some rounds, and which of them begins where another ends: see schedule_internal.h. */
#include <stdlib.h>

#include "emu/app/suite/schedule_internal.h"

#define NO_ENTRY SIZE_MAX

/* What is known of an entry while the tree is made. */
struct entry {
    size_t provider;
    bool is_once; /* for all rounds */
    uint32_t job; /* the last one of it */
};

static int find_provider(const struct suite_schedule *schedule, size_t index, size_t *provider,
                         struct error *err)
{
    const struct suite_entry *entry = &schedule->entries[index];
    const struct suite_test *wanted;

    *provider = NO_ENTRY;
    if (entry->test->provider == SIZE_MAX) return 0;
    wanted = &entry->suite->tests[entry->test->provider];
    for (size_t i = index; i-- > 0;) {
        if (schedule->entries[i].test != wanted) continue;
        *provider = i;
        return 0;
    }
    return error_usage(err, "%s:%s: what it requires is not in front of it", entry->suite->name,
                       entry->test->name);
}

static int note_entries(const struct suite_schedule *schedule, struct entry *entries,
                        struct error *err)
{
    for (size_t i = 0; i < schedule->entry_count; i++) {
        struct entry *entry = &entries[i];

        if (find_provider(schedule, i, &entry->provider, err) != 0) return -1;
        entry->is_once = schedule->entries[i].is_only_provider &&
                         (entry->provider == NO_ENTRY || entries[entry->provider].is_once);
    }
    return 0;
}

static void append(struct schedule_tree *tree, uint32_t job)
{
    const uint32_t parent = tree->jobs[job].parent;
    uint32_t *first = &tree->first_root;
    uint32_t *last = &tree->last_root;

    if (parent != SCHEDULE_NONE) {
        first = &tree->jobs[parent].first_child;
        last = &tree->jobs[parent].last_child;
    }
    if (*first == SCHEDULE_NONE) {
        *first = job;
    } else {
        tree->jobs[*last].next_sibling = job;
    }
    *last = job;
}

static void add_round(struct schedule_tree *tree, struct entry *entries, size_t count,
                      unsigned round, bool is_first)
{
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        const bool is_root = entry->provider == NO_ENTRY;

        if (entry->is_once && !is_first) continue;
        entry->job = tree->count++;
        tree->jobs[entry->job] = (struct schedule_job){
            .entry = (uint32_t)i,
            .round = round,
            .parent = is_root ? SCHEDULE_NONE : entries[entry->provider].job,
            .first_child = SCHEDULE_NONE,
            .last_child = SCHEDULE_NONE,
            .next_sibling = SCHEDULE_NONE,
        };
        append(tree, entry->job);
    }
}

int schedule_tree_make(struct schedule_tree *tree, const struct suite_schedule *schedule,
                       struct schedule_rounds rounds, struct error *err)
{
    const size_t count = schedule->entry_count;
    struct entry *entries = calloc(count + 1, sizeof(*entries));
    int result = 0;

    *tree = (struct schedule_tree){.first_root = SCHEDULE_NONE, .last_root = SCHEDULE_NONE};
    tree->jobs = calloc(count * rounds.count + 1, sizeof(*tree->jobs));
    if (entries == NULL || tree->jobs == NULL) {
        result = error_host(err, "out of memory");
    } else {
        result = note_entries(schedule, entries, err);
    }
    for (unsigned i = 0; i < rounds.count && result == 0; i++) {
        add_round(tree, entries, count, rounds.first + i, i == 0);
    }
    free(entries);
    if (result != 0) schedule_tree_release(tree);
    return result;
}

void schedule_tree_release(struct schedule_tree *tree)
{
    free(tree->jobs);
    tree->jobs = NULL;
    tree->count = 0;
}

uint32_t schedule_tree_next(const struct schedule_tree *tree, uint32_t top, uint32_t job)
{
    if (tree->jobs[job].first_child != SCHEDULE_NONE) return tree->jobs[job].first_child;
    while (job != top && tree->jobs[job].next_sibling == SCHEDULE_NONE) {
        job = tree->jobs[job].parent;
    }
    return job != top ? tree->jobs[job].next_sibling : SCHEDULE_NONE;
}
