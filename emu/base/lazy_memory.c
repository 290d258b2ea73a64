/* SPDX-License-Identifier: GPL-2.0-only */
/* Anonymous memory that is not reserved, and the host kernel's own list of which pages exist. */
#define _GNU_SOURCE
#include "emu/base/lazy_memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/base/bits.h"

#define PAGE_BYTES      4096u
#define PAGES_PER_BLOCK (LAZY_MEMORY_BLOCK / PAGE_BYTES)
#define BLOCKS_PER_LOOK 32u
/* Bits of a /proc/self/pagemap entry: page present, page swapped (Linux, admin-guide/mm/pagemap).
 */
#define PAGEMAP_IN_USE (BIT(63) | BIT(62))

/* The host's kernel can name the stretches that exist, from Linux 6.7 on (admin-guide/mm/pagemap, PAGEMAP_SCAN):
 * one call instead of eight bytes for each page of the address space, of which most of it has none. Headers may be
 * older. */
struct scan {
    uint64_t bytes;
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end; /* filled in: how far it came */
    uint64_t stretches;
    uint64_t stretch_count;
    uint64_t page_limit;
    uint64_t inverted;
    uint64_t wanted;
    uint64_t wanted_any;
    uint64_t told;
};
struct stretch {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
};
#define SCAN           _IOWR('f', 16, struct scan)
#define SCAN_PRESENT   BIT(3)
#define SCAN_SWAPPED   BIT(4)
#define SCAN_STRETCHES 256u

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

/* What is looked through, and how far. */
struct visit {
    const uint8_t *memory;
    uint64_t bytes;
    int (*visit)(void *ctx, uint64_t offset, const uint8_t *block);
    void *ctx;
    uint64_t next; /* the first block that has not been looked at */
    int result;
};

static void visit_block(struct visit *visit, uint64_t number)
{
    const uint8_t *block = visit->memory + number * LAZY_MEMORY_BLOCK;

    visit->next = number + 1;
    if (!is_zero(block)) {
        visit->result = visit->visit(visit->ctx, number * LAZY_MEMORY_BLOCK, block);
    }
}

static void visit_stretch(struct visit *visit, const struct stretch *stretch)
{
    const uint64_t base = (uintptr_t)visit->memory;
    const uint64_t last = (stretch->end - 1 - base) / LAZY_MEMORY_BLOCK;

    for (uint64_t i = max_u64(visit->next, (stretch->start - base) / LAZY_MEMORY_BLOCK);
         i <= last && visit->result == 0; i++) {
        visit_block(visit, i);
    }
}

/* False: the host does not know how; nothing has been visited then. */
static bool visit_stretches(struct visit *visit, int pagemap)
{
    struct stretch stretches[SCAN_STRETCHES];
    struct scan scan = {
        .bytes = sizeof(scan),
        .start = (uintptr_t)visit->memory,
        .end = (uintptr_t)visit->memory + visit->bytes,
        .stretches = (uintptr_t)stretches,
        .stretch_count = SCAN_STRETCHES,
        .wanted_any = SCAN_PRESENT | SCAN_SWAPPED,
        .told = SCAN_PRESENT | SCAN_SWAPPED,
    };

    while (scan.start < scan.end && visit->result == 0) {
        const int count = ioctl(pagemap, SCAN, &scan);

        if (count < 0 || scan.walk_end <= scan.start) return false;
        for (int i = 0; i < count && visit->result == 0; i++) {
            visit_stretch(visit, &stretches[i]);
        }
        scan.start = scan.walk_end;
    }
    return true;
}

static void visit_pages(struct visit *visit, int pagemap)
{
    const uint64_t first = visit->next;
    uint32_t used = 0;

    for (uint64_t i = first; i < visit->bytes / LAZY_MEMORY_BLOCK && visit->result == 0; i++) {
        if ((i - first) % BLOCKS_PER_LOOK == 0) {
            used = find_used(pagemap, visit->memory + i * LAZY_MEMORY_BLOCK);
        }
        if ((used & BIT32((i - first) % BLOCKS_PER_LOOK)) != 0) {
            visit_block(visit, i);
        }
    }
}

int lazy_memory_visit(const void *memory, uint64_t bytes,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx)
{
    struct visit all = {.memory = memory, .bytes = bytes, .visit = visit, .ctx = ctx};
    const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

    if (pagemap < 0 || !visit_stretches(&all, pagemap)) {
        visit_pages(&all, pagemap);
    }
    if (pagemap >= 0) {
        (void)close(pagemap);
    }
    return all.result;
}
