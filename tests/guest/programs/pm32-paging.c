/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging in 32-bit protected mode: two-level tables with 4 KiB and 4 MiB pages, and PAE with its
 * four pointers; #PF error codes, accessed and dirty bits, WP, PSE on and off, NX under PAE, PDPTE
 * reserved bits, switches between the forms. SDM 3A 4.3, 4.4.
 */
#include "tests/guest/lib/trap.h"

#define P  1u
#define W  2u
#define U  4u
#define A  0x20u
#define D  0x40u
#define PS 0x80u
#define VA 0x40000000u

STUB(load, "nop", "movl (%eax), %eax");
STUB(store, "nop", "movl %eax, (%eax)");
STUB(run, "nop", "call *%eax");
STUB(to_cr3, "nop", "movl %eax, %cr3");

static volatile uint32_t *directory, *table;
static uint8_t *frame_page;

static void expect(const char *stub, word va, word error, bool user, const char *name)
{
    struct fault f = user ? attempt_user(stub, va, 0) : attempt(stub, va, 0);
    if (f.vector != VECTOR_PF || f.error != error || f.cr2 != va) {
        print("  vector %lu error %lx cr2 %lx, want #PF error %lx cr2 %lx\n", f.vector, f.error,
              f.cr2, error, va);
    }
    report(f.vector == VECTOR_PF && f.error == error && f.cr2 == va, "%s", name);
}

static void flush(void)
{
    write_cr3(read_cr3());
}

static void entry(uint32_t flags)
{
    table[0] = (uint32_t)(uintptr_t)frame_page | flags;
    flush();
}

static void two_levels(void)
{
    directory = pages_alloc(1);
    table = pages_alloc(1);
    frame_page = pages_alloc(1);
    /* The image and its surroundings one to one in 4 MiB pages; the page at VA through a table. */
    for (unsigned i = 0; i < 16; i++) {
        directory[i] = i << 22 | PS | P | W | U;
    }
    directory[VA >> 22] = (uint32_t)(uintptr_t)table | P | W | U;
    write_cr4(read_cr4() | CR4_PSE);
    write_cr3((word)directory);
    write_cr0(read_cr0() | CR0_PG);
    report(read_cr0() & CR0_PG, "paging is on");

    entry(P | W | U);
    *(volatile uint32_t *)VA = 0x1234;
    report_eq(*(volatile uint32_t *)frame_page, 0x1234, "a page of 4 KiB");
    report_eq(table[0] & (A | D), A | D, "accessed and dirty");
    report_eq(directory[VA >> 22] & (A | D), A, "the directory entry is accessed");
    report_eq(directory[0] & A, A, "so is the entry of a 4 MiB page");
    entry(0);
    expect(load, VA, 0, false, "#PF: read, not present");
    expect(store, VA + 4, PF_W, false, "#PF: write, not present");
    expect(load, VA, PF_U, true, "#PF: read in ring 3");
    expect(run, VA, 0, false, "#PF: fetch, no I bit without NX");
    entry(P);
    expect(store, VA, PF_P | PF_W, false, "#PF: write to a read-only page, WP set");
    expect(load, VA, PF_P | PF_U, true, "#PF: supervisor page in ring 3");
    write_cr0(read_cr0() & ~CR0_WP);
    struct fault f = attempt(store, VA, 0);
    expect_return(&f, "write to a read-only page, WP clear");
    write_cr0(read_cr0() | CR0_WP);
    entry(P | U);
    expect(store, VA, PF_P | PF_W | PF_U, true, "#PF: write to a read-only page in ring 3");
    directory[VA >> 22] &= ~P;
    flush();
    expect(load, VA, 0, false, "#PF: no table");
    directory[VA >> 22] |= P;
    flush();
}

static void large(void)
{
    uint32_t big = 0x01000000; /* 16 MiB */
    directory[(VA >> 22) + 1] = big | PS | P | W;
    flush();
    *(volatile uint32_t *)(VA + 0x400000 + 0x3ffffc) = 0x77;
    report_eq(*(volatile uint32_t *)(big + 0x3ffffc), 0x77, "a page of 4 MiB");
    report_eq(directory[(VA >> 22) + 1] & (A | D), A | D, "accessed and dirty in the directory");
    directory[(VA >> 22) + 1] |= 1u << 21;
    flush();
    expect(load, VA + 0x400000, PF_P | PF_RSVD, false, "#PF: reserved bit of a 4 MiB page");
    directory[(VA >> 22) + 1] = 0;
    /* Without PSE the same bit means nothing: the entry points to a table. */
    uint32_t *small = pages_alloc(4);
    for (unsigned i = 0; i < 4 * 1024; i++) {
        small[i] = i << 12 | P | W | U;
    }
    volatile uint32_t *plain = pages_alloc(1);
    for (unsigned i = 0; i < 4; i++) {
        plain[i] = ((uint32_t)(uintptr_t)small + i * 4096) | PS | P | W | U;
    }
    write_cr0(read_cr0() & ~CR0_PG);
    write_cr3((word)plain);
    write_cr4(read_cr4() & ~CR4_PSE);
    write_cr0(read_cr0() | CR0_PG);
    report_eq(*(volatile uint32_t *)frame_page, VA, "PSE off: PS is ignored");
    write_cr0(read_cr0() & ~CR0_PG);
    write_cr4(read_cr4() | CR4_PSE);
    write_cr3((word)directory);
    write_cr0(read_cr0() | CR0_PG);
}

static volatile uint64_t *pointers, *pae_directory, *pae_table;

static void pae(void)
{
    pointers = pages_alloc(1);
    pae_directory = pages_alloc(2);
    pae_table = pages_alloc(1);
    for (unsigned i = 0; i < 32; i++) {
        pae_directory[i] = (uint64_t)i << 21 | PS | P | W | U;
    }
    pointers[0] = (uintptr_t)pae_directory | P;
    pointers[1] = (uintptr_t)(pae_directory + 512) | P;
    pae_directory[512] = (uintptr_t)pae_table | P | W | U;
    pae_table[0] = (uintptr_t)frame_page | P | W | U;
    write_cr0(read_cr0() & ~CR0_PG);
    write_cr4(read_cr4() | CR4_PAE);
    write_cr3((word)pointers);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
    write_cr0(read_cr0() | CR0_PG);
    *(volatile uint32_t *)frame_page = 0x4321;
    report_eq(*(volatile uint32_t *)VA, 0x4321, "PAE: a page of 4 KiB");
    report_eq(pae_table[0] & A, A, "PAE: accessed");
    pae_table[0] = 0;
    flush();
    expect(load, VA, 0, false, "PAE #PF: not present");
    expect(run, VA, PF_I, false, "PAE #PF: fetch with NXE set");
    pae_table[0] = (uintptr_t)frame_page | P | W | U | 1ull << 63;
    flush();
    expect(run, VA, PF_P | PF_I, false, "PAE #PF: NX");
    struct fault f = attempt(load, VA, 0);
    expect_return(&f, "PAE: NX page can be read");
    pae_table[0] = (uintptr_t)frame_page | P | W | U | 1ull << 50;
    flush();
    expect(load, VA, PF_P | PF_RSVD, false, "PAE #PF: reserved bit");
    expect(load, 0x80000000, 0, false, "PAE #PF: pointer not present");
    pointers[2] = (uintptr_t)pae_directory | P;
    flush();
    report_eq(*(volatile uint32_t *)(0x80000000u + (uint32_t)(uintptr_t)frame_page), 0x4321,
              "PAE: a pointer is loaded with CR3");
    pointers[3] = (uintptr_t)pae_directory | P | W;
    f = attempt(to_cr3, (word)pointers, 0);
    expect_fault(&f, VECTOR_GP, 0, to_cr3_at, "PAE #GP(0): reserved bit of a pointer at MOV CR3");
    pointers[3] = 0;
    /* Memory above 4 GiB, when there is some: only PAE can reach it from here. */
    pae_table[1] = MAP_HIGH_RAM_BASE | P | W;
    flush();
    *(volatile uint32_t *)(VA + 0x1000) = 0xabcd;
    report(*(volatile uint32_t *)(VA + 0x1000) == 0xabcd, "PAE: memory above 4 GiB");
}

void guest_main(void)
{
    two_levels();
    large();
    pae();
    write_cr0(read_cr0() & ~CR0_PG);
    report(!(read_cr0() & CR0_PG), "paging off again");
}
