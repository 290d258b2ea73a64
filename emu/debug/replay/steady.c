/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists in parts of a fixed number of items. */
#include "emu/debug/replay/steady.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *place(const struct steady *list, size_t index)
{
    char *part = list->parts[index / STEADY_PART_ITEMS];

    return part + index % STEADY_PART_ITEMS * list->item_bytes;
}

static int add_part(struct steady *list)
{
    void *part;

    if (list->part_count == list->part_room) {
        const size_t room = list->part_room == 0 ? 8 : list->part_room * 2;
        void **parts;

        if (room > SIZE_MAX / sizeof(*parts)) return -1;
        parts = realloc(list->parts, room * sizeof(*parts));
        if (parts == NULL) return -1;
        list->parts = parts;
        list->part_room = room;
    }
    part = calloc(STEADY_PART_ITEMS, list->item_bytes);
    if (part == NULL) return -1;
    list->parts[list->part_count++] = part;
    return 0;
}

void *steady_add(struct steady *list, const void *item)
{
    void *to;

    if (list->count == list->part_count * STEADY_PART_ITEMS && add_part(list) < 0) return NULL;
    to = place(list, list->count);
    memcpy(to, item, list->item_bytes);
    list->count++;
    return to;
}

void *steady_get(const struct steady *list, size_t index)
{
    return index < list->count ? place(list, index) : NULL;
}

void *steady_last(const struct steady *list)
{
    return list->count > 0 ? place(list, list->count - 1) : NULL;
}

void steady_cut(struct steady *list, size_t count)
{
    if (count < list->count) {
        list->count = count;
    }
}

void steady_release(struct steady *list)
{
    for (size_t i = 0; i < list->part_count; i++) {
        free(list->parts[i]);
    }
    free(list->parts);
    *list = steady_of(list->item_bytes);
}

size_t steady_bytes(const struct steady *list)
{
    return list->part_count * STEADY_PART_ITEMS * list->item_bytes +
           list->part_room * sizeof(*list->parts);
}
