/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selectors, stacks and low-memory addresses of the guest library, for C and assembly. Only #define
 * lines may stand here.
 */
#pragma once

/*
 * GDT. The order serves SYSCALL (08, 10), SYSRET (18 + 0, + 8, + 16), SYSENTER (08, 10) and SYSEXIT
 * (+16, +24, +32, +40).
 */
#define SEL_CODE64      0x08
#define SEL_DATA        0x10
#define SEL_USER_CODE32 0x18
#define SEL_USER_DATA   0x20
#define SEL_USER_CODE64 0x28
#define SEL_USER_DATA2  0x30
#define SEL_CODE32      0x38
#define SEL_CODE16      0x40 /* base 0, limit 0xffff */
#define SEL_DATA16      0x48 /* base 0, limit 0xffff */
#define SEL_TSS         0x50
#define SEL_LDT         0x60
#define SEL_FREE        0x70 /* from here to the limit: for the program's own descriptors */
#define GDT_ENTRIES     32

#ifdef GUEST_32
#define SEL_KERNEL_CODE SEL_CODE32
#define SEL_USER_CODE   SEL_USER_CODE32
#else
#define SEL_KERNEL_CODE SEL_CODE64
#define SEL_USER_CODE   SEL_USER_CODE64
#endif

/* INT vector by which ring 3 hands control back. */
#define VECTOR_USER_RETURN 0x81

#define STACK_BYTES 0x4000
#define IST_COUNT   7

/* Low memory: the copy of the real-mode code, its stack below it, and one free page above it. */
#define REAL_BASE  0x8000
#define REAL_STACK 0x7ff0
#define REAL_FREE  0xa000
