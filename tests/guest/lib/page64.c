/* SPDX-License-Identifier: GPL-2.0-only */
/* See page.h. */
#include "tests/guest/lib/page.h"

volatile uint64_t *page_entry(uint64_t va, unsigned level)
{
    volatile uint64_t *table = boot_pml4;
    for (unsigned at = 4; at > level; at--) {
        volatile uint64_t *entry = &table[(va >> (12 + 9 * (at - 1))) & 511];
        if (!(*entry & PTE_P)) {
            *entry = (uintptr_t)pages_alloc(1) | PTE_P | PTE_W | PTE_U;
        }
        table = (volatile uint64_t *)(uintptr_t)(*entry & PTE_ADDRESS);
    }
    return &table[(va >> (12 + 9 * (level - 1))) & 511];
}

void *page_map(uint64_t va, uint64_t pa, uint64_t flags, unsigned level)
{
    *page_entry(va, level) = pa | flags | (level > 1 ? PTE_PS : 0);
    return (void *)(uintptr_t)va;
}

void page_flush(void)
{
    write_cr3(read_cr3());
}
