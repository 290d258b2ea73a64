/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of a 64-bit guest program. The boot tables map the first 4 GiB one to one with 2 MiB
 * pages; everything below is added to them. Nothing here flushes a TLB: the program does, when that
 * is not what it tests.
 */
#pragma once

#include "tests/guest/lib/guest.h"

#define PTE_P       BIT64(0)
#define PTE_W       BIT64(1)
#define PTE_U       BIT64(2)
#define PTE_PWT     BIT64(3)
#define PTE_PCD     BIT64(4)
#define PTE_A       BIT64(5)
#define PTE_D       BIT64(6)
#define PTE_PS      BIT64(7)
#define PTE_G       BIT64(8)
#define PTE_NX      BIT64(63)
#define PTE_ADDRESS 0x000ffffffffff000ull

/* Virtual addresses that the boot tables leave free: 512 GiB each. */
#define TEST_VA  0x10000000000ull
#define TEST_VA2 0x20000000000ull

extern uint64_t boot_pml4[512];

/*
 * The entry of `va` at a level (1 = PTE, 2 = PDE, 3 = PDPTE, 4 = PML4E); tables on the way are
 * made, open to everything.
 */
volatile uint64_t *page_entry(uint64_t va, unsigned level);
/*
 * Maps one page: 4 KiB, 2 MiB and 1 GiB for levels 1, 2 and 3. Returns the virtual address as a
 * pointer.
 */
void *page_map(uint64_t va, uint64_t pa, uint64_t flags, unsigned level);
/* Reloads CR3. */
void page_flush(void);
