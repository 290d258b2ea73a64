/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging that does not fault: accessed and dirty bits at each level, pages of 2 MiB and 1 GiB,
 * global pages, INVLPG, CR3 and CR4 reloads, aliases, the recursive view of the tables. SDM 3A 4.8,
 * 4.10.
 */
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

#define AD (PTE_A | PTE_D)

STUB(store, "nop", "movq %rax, (%rdi)");

static uint8_t *frames;

static uint64_t read64(const void *at)
{
    return *(volatile const uint64_t *)at;
}

static void write64(void *at, uint64_t value)
{
    *(volatile uint64_t *)at = value;
}

static void clear_bits(void)
{
    for (unsigned level = 1; level <= 4; level++) {
        *page_entry(TEST_VA, level) &= ~AD;
    }
    page_flush();
}

static void accessed_dirty(void)
{
    void *va = page_map(TEST_VA, (uintptr_t)frames, PTE_P | PTE_W | PTE_U, 1);
    clear_bits();
    read64(va);
    report_eq(*page_entry(TEST_VA, 1) & AD, PTE_A, "a read sets A and not D");
    for (unsigned level = 2; level <= 4; level++) {
        report_eq(*page_entry(TEST_VA, level) & PTE_A, PTE_A, "A at level %u", level);
        report_eq(*page_entry(TEST_VA, level) & PTE_D, 0, "no D in a table entry of level %u",
                  level);
    }
    write64(va, 1);
    report_eq(*page_entry(TEST_VA, 1) & AD, AD, "a write sets D");
    clear_bits();
    write64(va, 2);
    report_eq(*page_entry(TEST_VA, 1) & AD, AD, "a first write sets both");
    clear_bits();
    frames[0] = 0xc3;
    clear_bits();
    attempt(va, 0, 0);
    report_eq(*page_entry(TEST_VA, 1) & AD, PTE_A, "a fetch sets A");
    clear_bits();
    invlpg(va);
    report_eq(*page_entry(TEST_VA, 1) & AD, 0, "INVLPG sets nothing");
    *page_entry(TEST_VA, 1) = (uintptr_t)frames | PTE_P;
    page_flush();
    attempt(store, TEST_VA, 0);
    report_eq(*page_entry(TEST_VA, 1) & PTE_D, 0, "a write that faults does not set D");
    page_map(TEST_VA, (uintptr_t)frames, PTE_P | PTE_W | PTE_U, 1);
    page_flush();
    read64(va);
    *page_entry(TEST_VA, 1) &= ~AD;
    invlpg(va);
    __asm__ volatile("lock cmpxchgq %1, (%0)"
                     :
                     : "r"(va), "r"(5ul), "a"(read64(va) + 1)
                     : "memory", "cc");
    report_eq(*page_entry(TEST_VA, 1) & AD, AD, "CMPXCHG that does not match still sets D");
}

static void large(void)
{
    uintptr_t big = free_ram_2m();
    volatile uint64_t *pde = page_entry(TEST_VA2, 2);
    page_map(TEST_VA2, big, PTE_P | PTE_W, 2);
    page_flush();
    write64((void *)(uintptr_t)(TEST_VA2 + 0x1ffff8), 0x2222);
    report_eq(read64((void *)(big + 0x1ffff8)), 0x2222, "2 MiB page: last word");
    report_eq(*pde & AD, AD, "2 MiB page: A and D in the directory entry");
    *pde &= ~AD;
    page_flush();
    read64((void *)(uintptr_t)(TEST_VA2 + 0x100000));
    report_eq(*pde & AD, PTE_A, "2 MiB page: a read sets A only");
    uint64_t giant_va = TEST_VA2 + (1ull << 30);
    page_map(giant_va, 0, PTE_P | PTE_W, 3);
    page_flush();
    write64((void *)(uintptr_t)(giant_va + big + 8), 0x3333);
    report_eq(read64((void *)(big + 8)), 0x3333, "1 GiB page");
    report_eq(*page_entry(giant_va, 3) & AD, AD, "1 GiB page: A and D");
    /* PAT bit 12 of a large page is not an address bit. */
    page_map(TEST_VA2, big | BIT64(12), PTE_P | PTE_W, 2);
    page_flush();
    report_eq(read64((void *)(uintptr_t)(TEST_VA2 + 0x1ffff8)), 0x2222,
              "2 MiB page with its PAT bit");
    /* From a large page to a table of small ones and back. */
    uint64_t *table = pages_alloc(1);
    for (unsigned i = 0; i < 512; i++) {
        table[i] = (big + (511 - i) * 4096ul) | PTE_P | PTE_W;
    }
    *pde = (uintptr_t)table | PTE_P | PTE_W;
    page_flush();
    report_eq(read64((void *)(uintptr_t)(TEST_VA2 + 0xff8)), 0x2222,
              "the 2 MiB page split, pages reversed");
    page_map(TEST_VA2, big, PTE_P | PTE_W, 2);
    page_flush();
    report_eq(read64((void *)(uintptr_t)(TEST_VA2 + 0x1ffff8)), 0x2222, "and joined again");
}

static void flushes(void)
{
    uint8_t *first = frames, *other = frames + 4096;
    write64(first, 0x1111);
    write64(other, 0x2222);
    void *va = page_map(TEST_VA, (uintptr_t)first, PTE_P | PTE_W, 1);
    page_flush();
    report_eq(read64(va), 0x1111, "before");
    page_map(TEST_VA, (uintptr_t)other, PTE_P | PTE_W, 1);
    invlpg(va);
    report_eq(read64(va), 0x2222, "INVLPG");
    page_map(TEST_VA, (uintptr_t)first, PTE_P | PTE_W, 1);
    invlpg((uint8_t *)va + 0x7ff);
    report_eq(read64(va), 0x1111, "INVLPG of another byte of the page");
    page_map(TEST_VA, (uintptr_t)other, PTE_P | PTE_W, 1);
    page_flush();
    report_eq(read64(va), 0x2222, "CR3 reload");
    page_map(TEST_VA, (uintptr_t)first, PTE_P | PTE_W, 1);
    write_cr4(read_cr4() ^ CR4_PGE);
    report_eq(read64(va), 0x1111, "change of CR4.PGE");
    page_map(TEST_VA, (uintptr_t)other, PTE_P | PTE_W, 1);
    write_cr4(read_cr4() ^ CR4_PGE);
    report_eq(read64(va), 0x2222, "and back");
}

static void global(void)
{
    uint8_t *first = frames, *other = frames + 4096;
    void *va = (void *)(uintptr_t)TEST_VA;
    write_cr4(read_cr4() | CR4_PGE);
    page_map(TEST_VA, (uintptr_t)first, PTE_P | PTE_W | PTE_G, 1);
    invlpg(va);
    report_eq(read64(va), 0x1111, "global page");
    page_map(TEST_VA, (uintptr_t)other, PTE_P | PTE_W | PTE_G, 1);
    page_flush();
    uint64_t got = read64(va);
    report(got == 0x1111 || got == 0x2222, "after a CR3 reload either mapping is allowed");
    invlpg(va);
    report_eq(read64(va), 0x2222, "INVLPG drops a global page");
    page_map(TEST_VA, (uintptr_t)first, PTE_P | PTE_W | PTE_G, 1);
    write_cr4(read_cr4() & ~CR4_PGE);
    report_eq(read64(va), 0x1111, "clearing CR4.PGE drops it too");
}

static void switch_tables(void)
{
    uint64_t *second = pages_alloc(1);
    memcpy(second, boot_pml4, 4096);
    uint64_t *pdpt = pages_alloc(1), *pd = pages_alloc(1), *pt = pages_alloc(1);
    pt[0] = (uintptr_t)(frames + 4096) | PTE_P | PTE_W;
    pd[0] = (uintptr_t)pt | PTE_P | PTE_W;
    pdpt[0] = (uintptr_t)pd | PTE_P | PTE_W;
    second[(TEST_VA >> 39) & 511] = (uintptr_t)pdpt | PTE_P | PTE_W;
    page_map(TEST_VA, (uintptr_t)frames, PTE_P | PTE_W, 1);
    page_flush();
    unsigned wrong = 0;
    uintptr_t first = read_cr3();
    for (unsigned i = 0; i < 100; i++) {
        write_cr3((uintptr_t)second);
        wrong += read64((void *)(uintptr_t)TEST_VA) != 0x2222;
        write_cr3(first);
        wrong += read64((void *)(uintptr_t)TEST_VA) != 0x1111;
    }
    report_eq(wrong, 0, "two address spaces in turn");
    /* Page tables seen through themselves. */
    boot_pml4[511] = (uintptr_t)boot_pml4 | PTE_P | PTE_W;
    page_flush();
    const uint64_t *self = (const uint64_t *)0xfffffffffffff000ul;
    report_eq(read64(&self[(TEST_VA >> 39) & 511]) & PTE_ADDRESS,
              boot_pml4[(TEST_VA >> 39) & 511] & PTE_ADDRESS, "recursive mapping shows the PML4");
    write64((void *)(uintptr_t)&self[300], (uintptr_t)pdpt | PTE_P | PTE_W);
    report_eq(read64((void *)(0xffff000000000000ul | 300ul << 39)), 0x2222,
              "an entry written through it works");
}

static void high_memory(void)
{
    /* The top canonical page and the last one of the low half. */
    page_map(0x00007ffffffff000ull, (uintptr_t)frames, PTE_P | PTE_W, 1);
    page_flush();
    report_eq(read64((void *)0x00007fffffffff00ull), read64(frames + 0xf00),
              "last page of the low half");
    page_map(0xffff800000000000ull, (uintptr_t)frames, PTE_P | PTE_W, 1);
    report_eq(read64((void *)0xffff800000000000ull), 0x1111, "first page of the high half");
}

void guest_main(void)
{
    frames = pages_alloc(2);
    accessed_dirty();
    large();
    flushes();
    global();
    switch_tables();
    high_memory();
}
