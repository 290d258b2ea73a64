/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Large zeroed host memory that costs nothing until it is touched: guest RAM, video memory. Only
 * the pages that somebody wrote or read exist, so a machine may have far more of it than the host.
 */
#pragma once

#include <stdint.h>

/* What lazy_memory_visit() looks at; sizes are multiples of it. */
#define LAZY_MEMORY_BLOCK 65536u

/* `bytes` of zeros (a multiple of LAZY_MEMORY_BLOCK, not 0). NULL when the host has no address
 * space left. */
void *lazy_memory_create(uint64_t bytes);
/* `memory` NULL is harmless. */
void lazy_memory_destroy(void *memory, uint64_t bytes);
/* All zero again, and free of cost again. */
void lazy_memory_clear(void *memory, uint64_t bytes);
/* Calls `visit` for each block that is not all zero, in order, without touching those that the host
 * has nothing for; stops when it returns non-zero and returns that. */
int lazy_memory_visit(const void *memory, uint64_t bytes,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx);
