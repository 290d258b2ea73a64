/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a logical block is: RAID-0 over two modules in stripes of RAID0_STRIPE blocks. Stripe 0 is on
 * module 0, stripe 1 on module 1, and so on. The size of a stripe is our choice: Apple does not
 * publish it (hardware.md 2.6).
 */
#pragma once

#include <stdint.h>

#define RAID0_MODULES 2u
#define RAID0_STRIPE  32u /* blocks of 4096 bytes: 128 KiB */

/* A run of blocks that is contiguous on one module. */
struct raid0_run {
    unsigned module;
    uint64_t block; /* on that module */
    uint32_t count;
};

/* The first run of [lba, lba + count), count > 0. */
static inline struct raid0_run raid0_run(uint64_t lba, uint64_t count)
{
    const uint64_t stripe = lba / RAID0_STRIPE;
    const uint32_t within = (uint32_t)(lba % RAID0_STRIPE);
    const uint32_t room = RAID0_STRIPE - within;

    return (struct raid0_run){
        .module = (unsigned)(stripe % RAID0_MODULES),
        .block = stripe / RAID0_MODULES * RAID0_STRIPE + within,
        .count = count < room ? (uint32_t)count : room,
    };
}

/* Module blocks needed for a namespace of `blocks` blocks: both modules are of equal size. */
static inline uint64_t raid0_module_blocks(uint64_t blocks)
{
    const uint64_t row = (uint64_t)RAID0_STRIPE * RAID0_MODULES;

    return (blocks + row - 1) / row * RAID0_STRIPE;
}
