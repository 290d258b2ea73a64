/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address windows of the four root bridges, for C and ASL alike. ASL takes plain numbers only, so there are base, last
 * address and length; platform.c checks that they agree with each other and with map.h. Only #define lines may stand here.
 * The GPU's windows begin where they do on the real machine (hardware.md 1.6).
 */
#pragma once

#define PC00_BUS_FIRST   0x00
#define PC00_BUS_LAST    0x02
#define PC00_IO_BASE     0x2000
#define PC00_IO_LAST     0x5fff
#define PC00_IO_BYTES    0x4000
#define PC00_MEM32_BASE  0x90000000
#define PC00_MEM32_LAST  0xa7ffffff
#define PC00_MEM32_BYTES 0x18000000
#define PC00_MEM64_BASE  0xc000000000
#define PC00_MEM64_LAST  0xcfffffffff
#define PC00_MEM64_BYTES 0x1000000000

#define PC03_BUS_FIRST   0x03
#define PC03_BUS_LAST    0x04
#define PC03_IO_BASE     0x6000
#define PC03_IO_LAST     0x7fff
#define PC03_IO_BYTES    0x2000
#define PC03_MEM32_BASE  0xa8000000
#define PC03_MEM32_LAST  0xafffffff
#define PC03_MEM32_BYTES 0x08000000
#define PC03_MEM64_BASE  0xd000000000
#define PC03_MEM64_LAST  0xdfffffffff
#define PC03_MEM64_BYTES 0x1000000000

#define PC05_BUS_FIRST   0x05
#define PC05_BUS_LAST    0xef
#define PC05_IO_BASE     0x8000
#define PC05_IO_LAST     0xdfff
#define PC05_IO_BYTES    0x6000
#define PC05_MEM32_BASE  0xb0000000
#define PC05_MEM32_LAST  0xdfffffff
#define PC05_MEM32_BYTES 0x30000000
#define PC05_MEM64_BASE  0xe000000000
#define PC05_MEM64_LAST  0xefffffffff
#define PC05_MEM64_BYTES 0x1000000000

#define PCF0_BUS_FIRST   0xf0
#define PCF0_BUS_LAST    0xff
#define PCF0_IO_BASE     0xe000
#define PCF0_IO_LAST     0xffff
#define PCF0_IO_BYTES    0x2000
#define PCF0_MEM32_BASE  0xe0000000
#define PCF0_MEM32_LAST  0xfbffffff
#define PCF0_MEM32_BYTES 0x1c000000
#define PCF0_MEM64_BASE  0xf000000000
#define PCF0_MEM64_LAST  0xffffffffff
#define PCF0_MEM64_BYTES 0x1000000000
