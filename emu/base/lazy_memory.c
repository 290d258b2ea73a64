/* SPDX-License-Identifier: GPL-2.0-only */
/* Anonymous memory that is not reserved, and the host kernel's own list of which pages exist. */
#define _GNU_SOURCE
#include "emu/base/lazy_memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/base/bits.h"

#define PAGE_BYTES      4096u
#define PAGES_PER_BLOCK (LAZY_MEMORY_BLOCK / PAGE_BYTES)
#define BLOCKS_PER_LOOK 32u
/* Bits of a /proc/self/pagemap entry: page present, page swapped (Linux, admin-guide/mm/pagemap).
 */
#define PAGEMAP_IN_USE (BIT(63) | BIT(62))

void *lazy_memory_create(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory != MAP_FAILED ? memory : NULL;
}

void lazy_memory_destroy(void *memory, uint64_t bytes)
{
    if (memory != NULL) {
        (void)munmap(memory, bytes);
    }
}

void lazy_memory_clear(void *memory, uint64_t bytes)
{
    /* Private anonymous pages read as zero after this, and cost nothing again. */
    if (madvise(memory, bytes, MADV_DONTNEED) != 0) {
        memset(memory, 0, bytes);
    }
}

static bool is_zero(const uint8_t *block)
{
    return block[0] == 0 && memcmp(block, block + 1, LAZY_MEMORY_BLOCK - 1) == 0;
}

/* Which blocks of the 32 from `start` the host has something for, as bits; all of them when that
 * cannot be known. Looking at the pages themselves would make all of them exist. */
static uint32_t find_used(int pagemap, const uint8_t *start)
{
    uint64_t entries[BLOCKS_PER_LOOK * PAGES_PER_BLOCK];
    off_t offset = (off_t)((uintptr_t)start / PAGE_BYTES * sizeof(entries[0]));
    uint32_t used = 0;

    if (pagemap < 0 || pread(pagemap, entries, sizeof(entries), offset) != (ssize_t)sizeof(entries))
        return UINT32_MAX;
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        if ((entries[i] & PAGEMAP_IN_USE) != 0) {
            used |= BIT32(i / PAGES_PER_BLOCK);
        }
    }
    return used;
}

int lazy_memory_visit(const void *memory, uint64_t bytes,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx)
{
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uint32_t used = 0;
    int result = 0;

    for (uint64_t i = 0; i < bytes / LAZY_MEMORY_BLOCK && result == 0; i++) {
        const uint8_t *block = (const uint8_t *)memory + i * LAZY_MEMORY_BLOCK;

        if (i % BLOCKS_PER_LOOK == 0) {
            used = find_used(pagemap, block);
        }
        if ((used & BIT32(i % BLOCKS_PER_LOOK)) == 0 || is_zero(block)) continue;
        result = visit(ctx, i * LAZY_MEMORY_BLOCK, block);
    }
    if (pagemap >= 0) {
        (void)close(pagemap);
    }
    return result;
}
