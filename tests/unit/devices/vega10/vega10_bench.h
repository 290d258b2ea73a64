/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Vega 10 alone on a test bench, for its engines: BARs placed, interrupt ring in RAM, the AGP
 * aperture open on the first 16 MiB of system memory, and a ring for the first DMA engine.
 */
#pragma once

#include "devices/display/vega10_sdma_regs.h"
#include "tests/lib/rig.h"

#define BENCH_BAR0  UINT64_C(0x4000000000)
#define BENCH_BAR2  UINT64_C(0x5000000000)
#define BENCH_BAR5  UINT64_C(0xf0200000)
#define BENCH_VIDEO UINT64_C(0xf400000000) /* video memory, for the engines */
#define BENCH_RAM   UINT64_C(0)            /* system memory through the AGP aperture */

#define BENCH_IH_RING    0xf0000u /* in RAM; its write pointer behind it */
#define BENCH_IH_BYTES   0x1000u
#define BENCH_RING       0x100000u /* in video memory */
#define BENCH_RING_BYTES 0x10000u

struct bench {
    struct rig *rig;
    struct device *gpu;
    uint32_t ring[BENCH_RING_BYTES / 4]; /* what was emitted */
    uint64_t wptr;                       /* dwords, never wraps */
    uint64_t told;                       /* dwords that the engine has been told of */
};

/* The engine is on, its GFX ring set up. Ended by bench_destroy(). */
struct bench *bench_create(void);
void bench_destroy(struct bench *bench);
/* A second one, of the same shape and with the state of the first, RAM and video memory. */
struct bench *bench_copy(struct bench *bench);

/* Places the BARs and opens them; what bench_create() has done. */
void bench_place(struct bench *bench);
void bench_write(struct bench *bench, uint32_t offset, uint32_t value);
uint32_t bench_read(struct bench *bench, uint32_t offset);
/* A register of the GFX queue of engine 0. */
void bench_queue_write(struct bench *bench, uint32_t offset, uint32_t value);
uint32_t bench_queue_read(struct bench *bench, uint32_t offset);
/* Video memory, at most the first 256 MiB. */
uint8_t *bench_video(struct bench *bench, uint64_t offset, uint64_t bytes);

/* Packets: into the ring, and the write pointer to the engine. */
void bench_emit(struct bench *bench, uint32_t dword);
void bench_emit_address(struct bench *bench, uint64_t address);
void bench_fill(struct bench *bench, uint64_t to, uint32_t value, uint32_t bytes);
void bench_copy_linear(struct bench *bench, uint64_t to, uint64_t from, uint32_t bytes);
void bench_fence(struct bench *bench, uint64_t to, uint32_t value);
void bench_submit(struct bench *bench);
/* Lets time pass until the engine is idle; ends the test when it is not after `limit`. Returns how
 * long it took, as exact as `step`. */
vtime bench_wait(struct bench *bench, vtime step, vtime limit);

/* Interrupt entries so far, and one dword of one of them. */
unsigned bench_interrupts(struct bench *bench);
uint32_t bench_interrupt(struct bench *bench, unsigned entry, unsigned dword);
