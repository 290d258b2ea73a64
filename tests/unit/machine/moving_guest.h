/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the guest programs of moving_test.c find things, for C and assembly. Only #define lines. */
#pragma once

#define MOVER       0x90000000 /* a write of 4 bytes moves the memory there; 0: nowhere */
#define PLACE_A     0xa0000000
#define PLACE_B     0xb0000000
#define COPIER      0x90001000 /* a write of 4 bytes: DMA of one dword to that address */
#define PLACE_BYTES 0x10000000

#define ROUNDS 1000

#define PORT_EXIT  0xf4 /* status << 1 | 1 ends the run */
#define EXIT_GOOD  0x21
#define EXIT_STALE 0x31 /* and up: what went wrong */
