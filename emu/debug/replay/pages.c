/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table of blocks of sixteen pages: memories are sparse and large, and page numbers of disks
 * go up to 2^64. Blocks are never taken out: they are bounded by the memory that the guest has touched.
 */
#include "emu/debug/replay/pages.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"

#define TABLE_ROOM_FIRST 1024u

struct block {
    uint64_t number;
    uint32_t space;
    uint32_t seen; /* the scan that met it last */
    struct page pages[PAGES_PER_BLOCK];
};

struct pages {
    struct block **table;
    size_t room; /* a power of two */
    size_t count;
    uint32_t first_disk;
    uint32_t scan;
    struct page_hash zeros; /* what XXH3 makes of a page of zeros */
};

static struct page_hash hash_raw(const uint8_t *data)
{
    const XXH128_hash_t hash = XXH3_128bits(data, PAGES_BYTES);

    return (struct page_hash){.low = hash.low64, .high = hash.high64};
}

struct page_hash page_hash_zeros(void)
{
    return (struct page_hash){0};
}

struct page_hash page_hash_unwritten(void)
{
    return (struct page_hash){.low = 1};
}

bool page_hash_is_equal(struct page_hash a, struct page_hash b)
{
    return a.low == b.low && a.high == b.high;
}

struct page_hash page_hash_of(const struct pages *pages, const uint8_t *data)
{
    const struct page_hash hash = hash_raw(data);

    return page_hash_is_equal(hash, pages->zeros) ? page_hash_zeros() : hash;
}

struct pages *pages_create(uint32_t first_disk)
{
    static const uint8_t nothing[PAGES_BYTES];
    struct pages *pages = calloc(1, sizeof(*pages));

    if (pages == NULL) return NULL;
    pages->table = calloc(TABLE_ROOM_FIRST, sizeof(struct block *));
    if (pages->table == NULL) {
        free(pages);
        return NULL;
    }
    pages->room = TABLE_ROOM_FIRST;
    pages->first_disk = first_disk;
    pages->zeros = hash_raw(nothing);
    return pages;
}

static void block_free(struct block *block)
{
    if (block == NULL) return;
    for (size_t i = 0; i < PAGES_PER_BLOCK; i++) {
        free(block->pages[i].versions);
    }
    free(block);
}

void pages_destroy(struct pages *pages)
{
    if (pages == NULL) return;
    for (size_t i = 0; i < pages->room; i++) {
        block_free(pages->table[i]);
    }
    free(pages->table);
    free(pages);
}

/* ---- The table ---- */

static struct block **place_of(struct block **table, size_t room, uint32_t space, uint64_t number)
{
    size_t i = (size_t)hash_u64(hash_u64(HASH_SEED, space), number) & (room - 1);

    while (table[i] != NULL && (table[i]->space != space || table[i]->number != number)) {
        i = (i + 1) & (room - 1);
    }
    return &table[i];
}

static bool grow(struct pages *pages)
{
    const size_t room = pages->room * 2;
    struct block **table;

    if (pages->count < pages->room / 2) return true;
    table = calloc(room, sizeof(struct block *));
    if (table == NULL) return false;
    for (size_t i = 0; i < pages->room; i++) {
        struct block *block = pages->table[i];

        if (block != NULL) *place_of(table, room, block->space, block->number) = block;
    }
    free(pages->table);
    pages->table = table;
    pages->room = room;
    return true;
}

static struct block *find_block(struct pages *pages, uint32_t space, uint64_t number)
{
    struct block **place = place_of(pages->table, pages->room, space, number);
    struct block *block = *place;

    if (block != NULL) return block;
    if (!grow(pages)) return NULL;
    block = calloc(1, sizeof(*block));
    if (block == NULL) return NULL;
    block->space = space;
    block->number = number;
    for (size_t i = 0; i < PAGES_PER_BLOCK; i++) {
        block->pages[i].now = pages_first(pages, space).hash;
    }
    *place_of(pages->table, pages->room, space, number) = block;
    pages->count++;
    return block;
}

struct page *pages_find(struct pages *pages, uint32_t space, uint64_t page)
{
    struct block *block = find_block(pages, space, page / PAGES_PER_BLOCK);

    return block != NULL ? &block->pages[page % PAGES_PER_BLOCK] : NULL;
}

int pages_each(struct pages *pages,
               int (*visit)(void *ctx, uint32_t space, uint64_t number, struct page *page),
               void *ctx)
{
    for (size_t i = 0; i < pages->room; i++) {
        struct block *block = pages->table[i];
        int result = 0;

        if (block == NULL) continue;
        for (size_t k = 0; k < PAGES_PER_BLOCK && result == 0; k++) {
            result =
                visit(ctx, block->space, block->number * PAGES_PER_BLOCK + k, &block->pages[k]);
        }
        if (result != 0) return result;
    }
    return 0;
}

/* ---- What is there now ---- */

void pages_scan_begin(struct pages *pages)
{
    pages->scan++;
}

bool pages_scan_block(struct pages *pages, uint32_t space, uint64_t block, const uint8_t *data)
{
    struct block *found = find_block(pages, space, block);

    if (found == NULL) return false;
    found->seen = pages->scan;
    for (size_t i = 0; i < PAGES_PER_BLOCK; i++) {
        found->pages[i].now = page_hash_of(pages, data + i * PAGES_BYTES);
    }
    return true;
}

void pages_scan_end(struct pages *pages)
{
    for (size_t i = 0; i < pages->room; i++) {
        struct block *block = pages->table[i];

        if (block == NULL || block->space >= pages->first_disk || block->seen == pages->scan)
            continue;
        for (size_t k = 0; k < PAGES_PER_BLOCK; k++) {
            block->pages[k].now = page_hash_zeros();
        }
    }
}

/* ---- Versions ---- */

struct page_version pages_first(const struct pages *pages, uint32_t space)
{
    return (struct page_version){
        .hash = space >= pages->first_disk ? page_hash_unwritten() : page_hash_zeros(),
        .is_hashed = true,
    };
}

/* How many versions are not behind `key`. */
static uint32_t count_until(const struct page *page, vtime key)
{
    uint32_t low = 0;
    uint32_t high = page->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (page->versions[middle].key <= key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct page_version *page_at(const struct page *page, vtime key)
{
    const uint32_t count = count_until(page, key);

    return count > 0 ? &page->versions[count - 1] : NULL;
}

bool page_add(struct page *page, const struct page_version *version)
{
    const uint32_t at = count_until(page, version->key);

    if (at > 0 && page->versions[at - 1].key == version->key) {
        page->versions[at - 1] = *version;
        return true;
    }
    if (page->count == page->room) {
        const uint32_t room = page->room == 0 ? 1 : page->room * 2;
        struct page_version *versions = realloc(page->versions, room * sizeof(*versions));

        if (versions == NULL) return false;
        page->versions = versions;
        page->room = room;
    }
    memmove(&page->versions[at + 1], &page->versions[at],
            (page->count - at) * sizeof(*page->versions));
    page->versions[at] = *version;
    page->count++;
    return true;
}

/* Does one of the ascending keys lie in [from, to)? */
static bool is_seen(const vtime *keys, size_t count, vtime from, vtime to)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (keys[middle] < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && keys[low] < to;
}

void page_prune(struct page *page, const vtime *keys, size_t count,
                void (*drop)(void *ctx, const struct page_version *version), void *ctx)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < page->count; i++) {
        const vtime end = i + 1 < page->count ? page->versions[i + 1].key : VTIME_NEVER;

        if (is_seen(keys, count, page->versions[i].key, end)) {
            page->versions[kept] = page->versions[i];
            kept++;
        } else {
            drop(ctx, &page->versions[i]);
        }
    }
    page->count = kept;
}

void page_cut(struct page *page, vtime key,
              void (*drop)(void *ctx, const struct page_version *version), void *ctx)
{
    const uint32_t count = count_until(page, key);

    for (uint32_t i = count; i < page->count; i++) {
        drop(ctx, &page->versions[i]);
    }
    page->count = count;
}
