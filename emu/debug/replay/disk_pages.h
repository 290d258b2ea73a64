/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run did to the pages of a disk: marks by page, and what it wrote. Memory is taken only for regions
 * in which something happened; discarding a whole disk touches no page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/media.h"

#define PAGES_REGION (MEDIA_BLOCK_BYTES * 8u) /* pages whose marks of a kind fill one page */

enum page_mark {
    PAGE_WRITTEN, /* by the run; a page that it wrote and then discarded is one of zeros */
    PAGE_ZERO,    /* discarded without having been written: zeros, unless PAGE_WRITTEN */
    PAGE_KNOWN,   /* the recording has what was there before */
    PAGE_CHANGED, /* PAGE_WRITTEN since the last visit */
    PAGE_MARKS,
};

struct page_region {
    uint8_t *bits[PAGE_MARKS]; /* MEDIA_BLOCK_BYTES each; NULL: none */
    bool is_zero_changed;      /* PAGE_ZERO, since the last visit */
};

struct page_marks {
    struct page_region *regions;
    size_t region_count;
    uint64_t pages;
    uint64_t written; /* pages with PAGE_WRITTEN */
    size_t zeros;     /* regions with PAGE_ZERO */
    uint8_t *ones;    /* what regions have in common that were discarded whole; NULL: not yet */
};

/* False: no memory. */
bool page_marks_init(struct page_marks *marks, uint64_t pages);
void page_marks_release(struct page_marks *marks);
bool page_marks_has(const struct page_marks *marks, uint64_t page, enum page_mark mark);
/* False: no memory. */
bool page_marks_set(struct page_marks *marks, uint64_t page, enum page_mark mark);
void page_marks_clear(struct page_marks *marks, uint64_t page, enum page_mark mark);
/* The first page with this mark from `page` on; `marks->pages`: there is none. Looks at no region without. */
uint64_t page_marks_next(const struct page_marks *marks, uint64_t page, enum page_mark mark);
/* PAGE_ZERO of `count` pages. False: no memory. */
bool page_marks_discard(struct page_marks *marks, uint64_t page, uint64_t count);
/* PAGE_ZERO of a region as a page; NULL: none of them. */
const uint8_t *page_marks_zeros(const struct page_marks *marks, size_t region);
/* False: no memory. */
bool page_marks_put_zeros(struct page_marks *marks, size_t region, const uint8_t *bits);

/* ---- Contents ---- */

struct page_entry {
    uint64_t page;
    uint8_t *data; /* MEDIA_BLOCK_BYTES; NULL: empty */
};
struct page_store {
    struct page_entry *entries;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

void page_store_release(struct page_store *store);
/* NULL: zeros. */
const uint8_t *page_store_get(const struct page_store *store, uint64_t page);
/* `data` NULL: zeros. False: no memory. */
bool page_store_put(struct page_store *store, uint64_t page, const uint8_t *data);
