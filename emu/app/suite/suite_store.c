/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces are cut one behind the other from blocks; what is larger than a block gets one of its own. */
#include "emu/app/suite/suite_store.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"

#define BLOCK_BYTES ((size_t)16 << 10)

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) uint8_t bytes[];
};

struct suite_store {
    struct block *blocks; /* the one that is cut from stands first */
};

struct suite_store *suite_store_create(void)
{
    return calloc(1, sizeof(struct suite_store));
}

void suite_store_destroy(struct suite_store *store)
{
    struct block *next;

    if (store == NULL) return;
    for (struct block *block = store->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(store);
}

static struct block *add_block(struct suite_store *store, size_t bytes)
{
    const size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    struct block *block = calloc(1, sizeof(*block) + size);

    if (block == NULL) return NULL;
    block->size = size;
    block->next = store->blocks;
    store->blocks = block;
    return block;
}

void *suite_store_take(struct suite_store *store, size_t bytes, struct error *err)
{
    const size_t needed = (size_t)align_up(bytes, alignof(max_align_t));
    struct block *block = store->blocks;
    void *piece;

    if (block == NULL || block->size - block->used < needed) block = add_block(store, needed);
    if (block == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    piece = block->bytes + block->used;
    block->used += needed;
    return piece;
}

char *suite_store_text(struct suite_store *store, const char *text, size_t bytes, struct error *err)
{
    char *copy = suite_store_take(store, bytes + 1, err);

    if (copy != NULL) memcpy(copy, text, bytes);
    return copy;
}
