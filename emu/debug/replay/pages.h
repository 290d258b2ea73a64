/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of 4096 bytes, what is in them now and what was in them at checkpoints. Contents are known by a
 * 128-bit hash; the bytes are blobs of the recording.
 *
 * Pages belong to spaces: the machine's large memories by number, behind them its disks. A page nobody has
 * told of has its space's first contents: zeros in memory, not written on a disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/clock.h"

#define PAGES_BYTES     4096u
#define PAGES_PER_BLOCK 16u

struct page_hash {
    uint64_t low;
    uint64_t high;
};

/* Contents of a page from a checkpoint on, until the next version's. */
struct page_version {
    vtime key; /* the checkpoint's */
    struct page_hash hash;
    uint64_t blob;  /* 0: no bytes belong to it (zeros, or not written) */
    bool is_hashed; /* else `hash` is not known yet: the bytes come from a file */
    bool is_held;   /* the blob was put for this version, and is dropped with it */
};

struct page {
    struct page_hash now;
    struct page_version *versions; /* ascending by key */
    uint32_t count;
    uint32_t room;
};

struct pages;

/* Spaces from `first_disk` on are disks. NULL: no memory. */
struct pages *pages_create(uint32_t first_disk);
/* Does not drop blobs. */
void pages_destroy(struct pages *pages);

struct page_hash page_hash_of(const struct pages *pages, const uint8_t *data);
struct page_hash page_hash_zeros(void);
struct page_hash page_hash_unwritten(void);
bool page_hash_is_equal(struct page_hash a, struct page_hash b);

/* ---- What is there now ---- */

/* All blocks of memories are told between begin and end, those that are all zero excepted. False: no
 * memory. */
void pages_scan_begin(struct pages *pages);
bool pages_scan_block(struct pages *pages, uint32_t space, uint64_t block, const uint8_t *data);
void pages_scan_end(struct pages *pages);
/* NULL: no memory. */
struct page *pages_find(struct pages *pages, uint32_t space, uint64_t page);

/* ---- Versions ---- */

/* The version that was current at `key`; NULL: the first contents. */
struct page_version *page_at(const struct page *page, vtime key);
/* What a page of this space is when there is no version. */
struct page_version pages_first(const struct pages *pages, uint32_t space);
/* From version->key on; takes the place of one with the same key, which must hold nothing. False: no
 * memory. */
bool page_add(struct page *page, const struct page_version *version);
/* Versions that none of the ascending `keys` can see are told to `drop` and go. */
void page_prune(struct page *page, const vtime *keys, size_t count,
                void (*drop)(void *ctx, const struct page_version *version), void *ctx);
/* Versions behind `key` go in the same way. */
void page_cut(struct page *page, vtime key,
              void (*drop)(void *ctx, const struct page_version *version), void *ctx);

/* Every page that was ever told of, in an order that follows from their numbers; stops when `visit` returns
 * non-zero, and returns that. */
int pages_each(struct pages *pages,
               int (*visit)(void *ctx, uint32_t space, uint64_t number, struct page *page),
               void *ctx);
