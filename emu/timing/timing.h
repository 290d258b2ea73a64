/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What executed code costs in time.
 *
 * The core asks once per translated block and keeps the answer next to the translation, so the cost
 * of asking does not matter and the cost of charging is one subtraction. An answer may depend on
 * the code bytes and the mode alone: not on addresses, not on when or how often it was asked, not
 * on how code was cut into blocks before. Two runs that execute the same instructions are charged
 * the same, whatever the translation cache did in between.
 *
 * Everything that is not a plain instruction (device accesses, interrupt delivery, PAUSE, RDTSC) is
 * an event with a cost of its own.
 *
 * Unit: the tick, 1/64 of a core cycle, so that four one-slot instructions cost exactly one cycle
 * and a REP iteration can cost less than a slot. 3.2 GHz x 64 fits 64 bits for 2.8 years.
 *
 * A model that needs more than a constant per block (branch prediction, caches, DRAM) replaces
 * timing.c and block.c behind this header: it keeps the constant part here and adds its dynamic
 * part to a core's clock when the core drains an access log.
 *
 * Sources: reference/timing.md 3.2, 3.3, 4.1, 4.5; Intel SDM volume 2 for the opcode maps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMING_TICKS_PER_CYCLE 64u
#define TIMING_BLOCK_INSNS_MAX 512u

struct error;
struct timing;

enum timing_mode {
    TIMING_MODE_16,
    TIMING_MODE_32,
    TIMING_MODE_64,
};

/* A run of instructions that execute one after the other. */
struct timing_code {
    const uint8_t *bytes;
    size_t size;            /* bytes; every instruction ends at or before it */
    const uint16_t *starts; /* offset of each instruction, ascending, the first is 0 */
    size_t count;           /* instructions, 1..TIMING_BLOCK_INSNS_MAX */
    enum timing_mode mode;  /* size of the code segment */
};

enum timing_event {
    TIMING_APIC_READ, /* load from the core's own local APIC page */
    TIMING_APIC_WRITE,
    TIMING_MMIO_READ,  /* load from a device: the core waits for the completion */
    TIMING_MMIO_WRITE, /* posted */
    TIMING_PORT_READ,  /* IN and OUT are both non-posted, through DMI and LPC */
    TIMING_PORT_WRITE,
    TIMING_INTERRUPT, /* from acknowledge to the first instruction of the handler */
    TIMING_EXCEPTION, /* the same for exceptions and INT n */
    TIMING_PAUSE,
    TIMING_RDTSC,
    TIMING_RDRAND,
    TIMING_EVENT_COUNT,
};

/* Creates the model; NULL with `err` when memory is short. Owner: the caller; outlives every core
 * that uses it. */
struct timing *timing_create(struct error *err);
void timing_destroy(struct timing *timing);

/* Cost of one pass through the block, in ticks: at least 1, at most 2^30. */
uint32_t timing_block_ticks(const struct timing *timing, const struct timing_code *code);

/* Cost of one event, in ticks: below 2^30. */
uint32_t timing_event_ticks(const struct timing *timing, enum timing_event event);
