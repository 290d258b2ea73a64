/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bytes of code were executed, by linear address: a bit per byte, in pages that come as they are needed.
 * Bounded: what does not fit is left out, and told as incomplete.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

#define COVERAGE_PAGE_BYTES 4096u
#define COVERAGE_PAGES_MAX  65536u /* 256 MiB of code; 35 MiB of host memory */

struct coverage_page;

/* All zero: empty. */
struct coverage_code {
    struct coverage_page *pages; /* in the order in which they came */
    uint32_t *slots;             /* hash table: index of a page plus one; 0: free */
    uint32_t page_count;
    uint32_t slot_count; /* a power of two, or 0 */
    bool is_incomplete;
};

void coverage_code_add(struct coverage_code *code, uint64_t linear, uint64_t bytes);
/* All of `other`. */
void coverage_code_merge(struct coverage_code *code, const struct coverage_code *other);
/* Empties it; memory is given back. */
void coverage_code_clear(struct coverage_code *code);

/* How many of these bytes were executed. */
uint64_t coverage_code_count(const struct coverage_code *code, uint64_t linear, uint64_t bytes);
uint64_t coverage_code_bytes(const struct coverage_code *code);
/* Calls `range` for each stretch, in order; `last` is its last byte. -1 when there is no memory to sort. */
int coverage_code_visit(const struct coverage_code *code,
                        void (*range)(void *ctx, uint64_t first, uint64_t last), void *ctx,
                        struct error *err) MUST_CHECK;
