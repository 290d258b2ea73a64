/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists that grow at their end and whose items never move, so that pointers to them stay good. */
#pragma once

#include <stddef.h>

struct steady {
    size_t item_bytes;
    size_t count;
    void **parts; /* of STEADY_PART_ITEMS items each */
    size_t part_count;
    size_t part_room;
};

#define STEADY_PART_ITEMS 256u

/* A list of items of this size; nothing is allocated yet. */
static inline struct steady steady_of(size_t item_bytes)
{
    return (struct steady){.item_bytes = item_bytes};
}

/* Copies `item` to the end; where it is now. NULL: no memory, nothing has changed. */
void *steady_add(struct steady *list, const void *item);
/* NULL: there is none with this index. */
void *steady_get(const struct steady *list, size_t index);
/* The last one, or NULL. */
void *steady_last(const struct steady *list);
/* Forgets items from `count` on. */
void steady_cut(struct steady *list, size_t count);
void steady_release(struct steady *list);
/* Host memory in use. */
size_t steady_bytes(const struct steady *list);
