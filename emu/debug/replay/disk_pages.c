/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks in regions, contents in a hash table. */
#include "emu/debug/replay/disk_pages.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"

#define BITMAP_BYTES MEDIA_BLOCK_BYTES
#define FIRST_ROOM   256u

/* ---- Marks ---- */

bool page_marks_init(struct page_marks *marks, uint64_t pages)
{
    *marks = (struct page_marks){
        .region_count = (size_t)((pages + PAGES_REGION - 1) / PAGES_REGION),
        .pages = pages,
    };
    marks->regions = calloc(max_u64(marks->region_count, 1), sizeof(*marks->regions));
    return marks->regions != NULL;
}

static void drop_zeros(struct page_marks *marks, size_t region)
{
    uint8_t **bits = &marks->regions[region].bits[PAGE_ZERO];

    marks->zeros -= *bits != NULL ? 1 : 0;
    if (*bits != marks->ones) {
        free(*bits);
    }
    *bits = NULL;
}

void page_marks_release(struct page_marks *marks)
{
    for (size_t i = 0; i < marks->region_count && marks->regions != NULL; i++) {
        drop_zeros(marks, i);
        for (unsigned k = 0; k < PAGE_MARKS; k++) {
            free(marks->regions[i].bits[k]);
        }
    }
    free(marks->ones);
    free(marks->regions);
    marks->regions = NULL;
}

bool page_marks_has(const struct page_marks *marks, uint64_t page, enum page_mark mark)
{
    const uint8_t *bits = marks->regions[page / PAGES_REGION].bits[mark];

    return bits != NULL && (bits[page % PAGES_REGION / 8] >> page % 8 & 1) != 0;
}

/* The bits of a region, of which there are none yet perhaps; NULL: no memory. */
static uint8_t *own_bits(struct page_marks *marks, size_t region, enum page_mark mark)
{
    uint8_t **bits = &marks->regions[region].bits[mark];

    if (*bits == NULL) {
        *bits = calloc(1, BITMAP_BYTES);
        marks->zeros += *bits != NULL && mark == PAGE_ZERO ? 1 : 0;
    }
    return *bits;
}

bool page_marks_set(struct page_marks *marks, uint64_t page, enum page_mark mark)
{
    uint8_t *bits = own_bits(marks, page / PAGES_REGION, mark);
    const uint8_t bit = (uint8_t)(1u << page % 8);

    if (bits == NULL) return false;
    bits += page % PAGES_REGION / 8;
    if ((*bits & bit) == 0 && mark == PAGE_WRITTEN) {
        marks->written++;
    }
    *bits |= bit;
    return true;
}

void page_marks_clear(struct page_marks *marks, uint64_t page, enum page_mark mark)
{
    if (!page_marks_has(marks, page, mark)) return;
    marks->regions[page / PAGES_REGION].bits[mark][page % PAGES_REGION / 8] &=
        (uint8_t) ~(1u << page % 8);
    marks->written -= mark == PAGE_WRITTEN ? 1 : 0;
}

uint64_t page_marks_next(const struct page_marks *marks, uint64_t page, enum page_mark mark)
{
    while (page < marks->pages) {
        const uint8_t *bits = marks->regions[page / PAGES_REGION].bits[mark];

        if (bits == NULL) {
            page = (page / PAGES_REGION + 1) * PAGES_REGION;
        } else if (page % 8 == 0 && bits[page % PAGES_REGION / 8] == 0) {
            page += 8;
        } else if ((bits[page % PAGES_REGION / 8] >> page % 8 & 1) != 0) {
            return page;
        } else {
            page++;
        }
    }
    return marks->pages;
}

/* ---- Discarded ranges ---- */

/* Bits from `from` to before `to`. */
static void set_bits(uint8_t *bits, uint64_t from, uint64_t to)
{
    while (from < to && from % 8 != 0) {
        bits[from / 8] |= (uint8_t)(1u << from % 8);
        from++;
    }
    if (to - from >= 8) {
        memset(bits + from / 8, 0xff, (to - from) / 8);
        from += (to - from) / 8 * 8;
    }
    while (from < to) {
        bits[from / 8] |= (uint8_t)(1u << from % 8);
        from++;
    }
}

static bool discard_region(struct page_marks *marks, size_t region)
{
    if (marks->ones == NULL) {
        marks->ones = malloc(BITMAP_BYTES);
        if (marks->ones == NULL) return false;
        memset(marks->ones, 0xff, BITMAP_BYTES);
    }
    drop_zeros(marks, region);
    marks->regions[region].bits[PAGE_ZERO] = marks->ones;
    marks->zeros++;
    return true;
}

/* Bits of a region; those that are in common have no bit that is not set. */
static bool discard_part(struct page_marks *marks, size_t region, uint64_t from, uint64_t to)
{
    uint8_t *bits;

    marks->regions[region].is_zero_changed = true;
    if (to - from == PAGES_REGION) return discard_region(marks, region);
    bits = own_bits(marks, region, PAGE_ZERO);
    if (bits == NULL) return false;
    if (bits != marks->ones) {
        set_bits(bits, from, to);
    }
    return true;
}

bool page_marks_discard(struct page_marks *marks, uint64_t page, uint64_t count)
{
    const uint64_t end = page + count;

    while (page < end) {
        const size_t region = (size_t)(page / PAGES_REGION);
        const uint64_t first = (uint64_t)region * PAGES_REGION;
        const uint64_t part = min_u64(end, first + PAGES_REGION);

        if (!discard_part(marks, region, page - first, part - first)) return false;
        page = part;
    }
    return true;
}

const uint8_t *page_marks_zeros(const struct page_marks *marks, size_t region)
{
    return marks->regions[region].bits[PAGE_ZERO];
}

bool page_marks_put_zeros(struct page_marks *marks, size_t region, const uint8_t *bits)
{
    uint8_t *own;

    drop_zeros(marks, region);
    marks->regions[region].is_zero_changed = false;
    if (bits == NULL) return true;
    own = own_bits(marks, region, PAGE_ZERO);
    if (own == NULL) return false;
    memcpy(own, bits, BITMAP_BYTES);
    return true;
}

/* ---- Contents ---- */

static size_t home(const struct page_store *store, uint64_t page)
{
    return (size_t)hash_u64(HASH_SEED, page) & (store->room - 1);
}

/* Where a page is, or would be. */
static size_t place_of(const struct page_store *store, uint64_t page)
{
    size_t place = home(store, page);

    while (store->entries[place].data != NULL && store->entries[place].page != page) {
        place = (place + 1) & (store->room - 1);
    }
    return place;
}

static bool grow(struct page_store *store)
{
    struct page_store larger = {
        .room = store->room == 0 ? FIRST_ROOM : store->room * 2,
        .count = store->count,
    };

    larger.entries = calloc(larger.room, sizeof(*larger.entries));
    if (larger.entries == NULL) return false;
    for (size_t i = 0; i < store->room; i++) {
        if (store->entries[i].data != NULL) {
            larger.entries[place_of(&larger, store->entries[i].page)] = store->entries[i];
        }
    }
    free(store->entries);
    *store = larger;
    return true;
}

/* What comes behind it moves up, so that searches need no marks. */
static void forget(struct page_store *store, uint64_t page)
{
    const size_t mask = store->room - 1;
    size_t hole = place_of(store, page);
    size_t place = (hole + 1) & mask;

    free(store->entries[hole].data);
    store->count--;
    while (store->entries[place].data != NULL) {
        const size_t wanted = home(store, store->entries[place].page);

        if (((place - wanted) & mask) >= ((place - hole) & mask)) {
            store->entries[hole] = store->entries[place];
            hole = place;
        }
        place = (place + 1) & mask;
    }
    store->entries[hole] = (struct page_entry){.data = NULL};
}

void page_store_release(struct page_store *store)
{
    for (size_t i = 0; i < store->room; i++) {
        free(store->entries[i].data);
    }
    free(store->entries);
    *store = (struct page_store){.entries = NULL};
}

const uint8_t *page_store_get(const struct page_store *store, uint64_t page)
{
    return store->room == 0 ? NULL : store->entries[place_of(store, page)].data;
}

bool page_store_put(struct page_store *store, uint64_t page, const uint8_t *data)
{
    struct page_entry *entry;

    if (data == NULL) {
        if (page_store_get(store, page) != NULL) {
            forget(store, page);
        }
        return true;
    }
    if (store->count * 4 >= store->room * 3 && !grow(store)) return false;
    entry = &store->entries[place_of(store, page)];
    if (entry->data == NULL) {
        entry->data = malloc(MEDIA_BLOCK_BYTES);
        if (entry->data == NULL) return false;
        entry->page = page;
        store->count++;
    }
    memcpy(entry->data, data, MEDIA_BLOCK_BYTES);
    return true;
}
