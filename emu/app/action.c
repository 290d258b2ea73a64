/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of actions: growth within a bound, ownership of paths, order. */
#define _GNU_SOURCE /* strdup */

#include "emu/app/action.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64u

static bool has_path(const struct action *action)
{
    return action->kind == ACTION_SCREENSHOT || action->kind == ACTION_SNAPSHOT ||
           (action->kind == ACTION_POWER_CUT && action->path != NULL);
}

bool action_is_wait(const struct action *action)
{
    return action->kind == ACTION_WAIT_KEYBOARD || action->kind == ACTION_WAIT_REST ||
           action->kind == ACTION_WAIT_MEMORY;
}

void action_list_release(struct action_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (has_path(&list->items[i])) {
            free(list->items[i].path);
        }
    }
    free(list->items);
    *list = (struct action_list)ACTION_LIST_INIT;
}

static int make_room(struct action_list *list, struct error *err)
{
    size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity * 2;
    struct action *items;

    if (list->count < list->capacity) return 0;
    if (list->count >= ACTIONS_MAX) {
        return error_usage(err, "more than %u key presses and other actions; leave some out",
                           ACTIONS_MAX);
    }
    items = realloc(list->items, capacity * sizeof(*items));
    if (items == NULL) return error_host(err, "no memory for %zu actions", capacity);
    list->items = items;
    list->capacity = capacity;
    return 0;
}

int action_list_add(struct action_list *list, const struct action *action, struct error *err)
{
    struct action copy = *action;

    if (make_room(list, err) != 0) return -1;
    if (has_path(action)) {
        copy.path = strdup(action->path);
        if (copy.path == NULL) return error_host(err, "no memory for a file name");
    }
    copy.order = (uint32_t)list->count;
    list->items[list->count] = copy;
    list->count++;
    return 0;
}

static int compare_times(const void *left, const void *right)
{
    const struct action *a = left;
    const struct action *b = right;

    if (a->when != b->when) return a->when < b->when ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void action_list_sort(struct action_list *list)
{
    size_t start = 0;

    for (size_t i = 0; i <= list->count; i++) {
        if (i < list->count && !action_is_wait(&list->items[i])) continue;
        if (i > start) {
            qsort(&list->items[start], i - start, sizeof(*list->items), compare_times);
        }
        start = i + 1;
    }
}
