/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the guest program of the history's tests has things, for C and assembly. Only #define lines. */
#pragma once

#define TICKS  0x500 /* a dword per core: timer interrupts */
#define SHARED 0x540 /* counted up by all cores */
#define MARKED 0x548 /* the same, without a lock */
#define TYPED  0x550 /* the last byte that was typed */

#define TIMER_COUNT 25000
#define ROUND_STEPS 200

#define GUEST_COPY 0x8000
