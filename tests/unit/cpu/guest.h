/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in the little guest of these tests, for C and assembly. Only #define lines and comments.
 *
 * The runtime (runtime.S) brings a core from the reset vector into the mode that MODE names and jumps to the test's own code at
 * GUEST_CODE. Each exception and interrupt appends a record at RECORDS and then goes on at RESUME when that is not 0 (in
 * ring 0 of the mode, on a fresh stack, RESUME cleared), else where it came from.
 */
#pragma once

#define GUEST_RAM_BYTES  0x400000
#define GUEST_HIGH_BASE  0x100000000 /* a second piece of RAM */
#define GUEST_HIGH_BYTES 0x50000

#define GUEST_RESUME       0x500 /* 64-bit */
#define GUEST_JUMP         0x508 /* the runtime's own */
#define GUEST_MODE         0x510
#define GUEST_ENTRY        0x514 /* where long mode starts: GUEST_CODE unless a test changes it */
#define GUEST_COUNT        0x518 /* records so far */
#define GUEST_ARG          0x520 /* free for tests: 64-bit words */
#define GUEST_GDT          0x1000
#define GUEST_IDT          0x2000
#define GUEST_TSS          0x3000
#define GUEST_PML4         0x4000
#define GUEST_PDPT         0x5000
#define GUEST_PD           0x6000 /* 4 pages, 2 MiB entries up to 4 GiB; the first one is GUEST_PT */
#define GUEST_PT           0xa000 /* 4 KiB entries for the first 2 MiB */
#define GUEST_IST1         0xc000
#define GUEST_STACK        0xf000
#define GUEST_CODE         0x10000
#define GUEST_DATA         0x20000
#define GUEST_RUNTIME      0x30000
#define GUEST_STUBS        0x31000 /* 256 entries of GUEST_STUB_BYTES for each of three modes */
#define GUEST_STUB_BYTES   16
#define GUEST_RECORDS      0x40000
#define GUEST_RECORD_BYTES 64
#define GUEST_ABSENT       0x1ff000 /* page that the tables leave out */
#define GUEST_READ_ONLY    0x1fb000
#define GUEST_NO_EXECUTE   0x1fd000
#define GUEST_SUPERVISOR   0x1fc000 /* all other pages are open to ring 3 */
#define GUEST_ALIAS        0x1f0000 /* maps GUEST_ALIASED */
#define GUEST_ALIASED      0x50000

#define MODE_REAL      0
#define MODE_PROTECTED 1
#define MODE_LONG      2

#define SEL_CODE32      0x08
#define SEL_DATA        0x10
#define SEL_CODE64      0x18
#define SEL_DATA64      0x20
#define SEL_USER_CODE32 0x2b
#define SEL_USER_DATA   0x33
#define SEL_USER_CODE64 0x3b
#define SEL_TSS         0x40
#define SEL_ABSENT      0x50
#define SEL_SMALL       0x58 /* data, limit 0xfff */
#define SEL_BYTES       0x60

/* Ports of the test environment. */
#define PORT_CHAR   0xe9
#define PORT_REPORT 0xf4 /* 32-bit values, kept in order */
#define PORT_INTR   0x10 /* raise the line with this vector */
#define PORT_NMI    0x11
#define PORT_STOP   0x12 /* lowers the deadline to now */
#define PORT_DMA \
    0x13 /* copies 4 bytes from GUEST_ARG + 8 to the address at GUEST_ARG, as a device */
#define PORT_INIT 0x14 /* INIT to the core with this number */
#define PORT_SIPI 0x15 /* SIPI with this vector to the last core */
#define PORT_GUARDS \
    0x16 /* changes which pages are guarded: the value is kept as guest.guards, then the cores are told */

#define MMIO_BASE 0x90000000

/* Where tests put video memory. */
#define VIDEO_BASE  0x40000000
#define VIDEO_OTHER 0x60000000
#define VIDEO_WALK  0x80000000 /* linear: its page table is in video memory */

/* Guarded pages of test_guard.c. */
#define GUARD_BASE  0x300000
#define GUARD_PAGES 0x40
#define GUARD_WALK  0x80000000 /* linear: its page table is in the window */
#define GUARD_ALIAS 0x1e0000   /* linear: a page that is mapped to different places */

/* Pages of snippets_probe.S. */
#define PROBE_CODE 0x60000
#define PROBE_DATA 0x100000
