/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When DDR4 channels, ranks and banks are free and which rows are open: pure arithmetic on a plain
 * structure whose owner saves it. All times are virtual picoseconds.
 *
 * The timing of code does not use it yet: whoever knows of an access that reaches memory tells it
 * here (the ECC slow path does), and the cache model will.
 *
 * Source: reference/timing.md (DRAM), reference/hardware.md 4.4 (DDR4-2666V).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t dram_ps;

#define TIMING_DRAM_CHANNELS 6u
#define TIMING_DRAM_RANKS    4u
#define TIMING_DRAM_BANKS    16u /* 4 groups of 4; index = group * 4 + bank */

struct timing_dram_bank {
    dram_ps activated; /* last ACT */
    dram_ps ready;     /* the next column command; closed: the next ACT */
    dram_ps precharge; /* the next PRE may be given */
    uint32_t row;
    uint32_t is_open;
};

struct timing_dram_rank {
    struct timing_dram_bank bank[TIMING_DRAM_BANKS];
    dram_ps activates[4]; /* the last four, for tFAW */
    dram_ps written[4];   /* end of the last write's data by bank group, for tWTR */
    dram_ps refreshed;    /* last refresh taken into account */
};

struct timing_dram_channel {
    struct timing_dram_rank rank[TIMING_DRAM_RANKS];
    dram_ps bus_free;
    dram_ps last_column; /* last column command, for tCCD */
    uint32_t last_rank;
    uint32_t last_group;
    uint32_t last_is_write;
    uint32_t unused;
};

/* All zero: idle, every row closed. */
struct timing_dram {
    struct timing_dram_channel channel[TIMING_DRAM_CHANNELS];
};

enum timing_dram_outcome {
    TIMING_DRAM_ROW_HIT,
    TIMING_DRAM_ROW_MISS,     /* the bank was closed */
    TIMING_DRAM_ROW_CONFLICT, /* another row was open */
};

struct timing_dram_access {
    uint8_t channel; /* imc * 3 + channel */
    uint8_t rank;
    uint8_t bank; /* group * 4 + bank */
    bool is_write;
    bool is_close_page; /* the row is closed behind it (auto-precharge) */
    uint8_t width;      /* bits of a chip, for tFAW: 4 or 8 */
    uint32_t row;
};

/* One burst of 64 bytes, asked for at `from`: when its data is through; what it met in `*outcome`.
 * `from` may be earlier than in an earlier call; bursts of a channel are served in the order of the
 * calls. */
dram_ps timing_dram_burst(struct timing_dram *dram, const struct timing_dram_access *access,
                          dram_ps from, enum timing_dram_outcome *outcome);
