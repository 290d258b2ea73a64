/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Register sets of the memory controllers as firmware would program them, made from random modules
 * and random policies; and a second address decoder, written from the description of Linux'
 * skx_edac (reference/hardware.md 3.3, 3.4) without any code of devices/memory.
 */
#pragma once

#include "devices/memory/dram_address.h"

enum plan_kind {
    PLAN_ONE,        /* a single module */
    PLAN_CONTROLLER, /* two of one controller */
    PLAN_ACROSS,     /* two, one of each controller */
    PLAN_FOUR,
    PLAN_MIXED, /* four of different sizes */
    PLAN_KINDS,
};

/* What there is, and how it is to be interleaved. */
struct plan {
    uint8_t row_bits[IMC_COUNT][IMC_CHANNELS]; /* 0: no module */
    uint8_t ranks_log2[IMC_COUNT][IMC_CHANNELS];
    unsigned mode; /* 0..3, as in SAD: channels change every 64 B, 256 B, 4 KiB, 1 GiB */
    bool is_split; /* mode 0: controllers by address bit 8, channels by bit 6 */
    bool is_close_page;
    bool has_bank_xor;
    bool is_fine_grain;
    bool are_ranks_stacked;                   /* one RIR rule for each rank instead of ways */
    uint64_t hole;                            /* TOLM */
    uint8_t logical[IMC_COUNT][IMC_CHANNELS]; /* number in MCROUTE, all different */
};

uint64_t plan_bytes(const struct plan *plan);
struct plan plan_random(enum plan_kind kind, uint64_t *random);
struct imc_registers plan_registers(const struct plan *plan);
/* The system address of byte `offset` of all memory, below plan_bytes(). */
uint64_t plan_address(const struct plan *plan, uint64_t offset);

/* hardware.md 3.4: four modules of 8 GB 1Rx8, and of 32 GB 2Rx4. */
struct imc_registers plan_32g(void);
struct imc_registers plan_128g(void);

/* The second decoder. */
bool plan_decode(const struct imc_registers *registers, uint64_t addr, struct dram_address *out);

/* ---- What must hold; each fails the running test ---- */
void plan_assert_same(const struct dram_address *a, const struct dram_address *b);
/* In range of what modules can have. */
void plan_assert_possible(const struct dram_address *at);
/* For any registers: the word at `addr` decodes exactly when it is in a zone; then it is possible,
 * agrees with the second decoder, and inside its zone nothing else decodes to the same place. Whether
 * it decodes. */
bool plan_check_address(const struct imc_layout *layout, uint64_t addr);
