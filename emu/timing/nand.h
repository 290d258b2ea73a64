/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the flash dies and channels of one SSD module are free: pure arithmetic on a plain structure
 * whose fields its owner saves. All times are virtual picoseconds; nothing here knows what is
 * stored.
 *
 * A die works on one row at a time: the same page in each of its planes, read or programmed
 * together. A page goes over the die's channel after it was read, before it is programmed. The page
 * register is double (cache programming): the next row is taken over while one is programmed. A read
 * interrupts programming and erasing a few times, then it must wait. On a channel, reads go first.
 *
 * Source: reference/timing.md 5.4 (calibration target: 2 modules of 4 channels x 4 dies x 2 planes).
 */
#pragma once

#include <stdint.h>

typedef uint64_t nand_ps; /* virtual time in picoseconds, as emu/core/clock.h has it */

#define NAND_CHANNELS         4u
#define NAND_DIES_PER_CHANNEL 4u
#define NAND_DIES             (NAND_CHANNELS * NAND_DIES_PER_CHANNEL)
#define NAND_PLANES           2u
#define NAND_PAGE_BYTES       16384u

#define NAND_READ_PS    UINT64_C(60000000)   /* tR */
#define NAND_PROGRAM_PS UINT64_C(660000000)  /* tPROG, TLC */
#define NAND_ERASE_PS   UINT64_C(3500000000) /* tBERS */
/* 533 MT/s x 8 bit at 85 %. */
#define NAND_BUS_BYTES_PER_S UINT64_C(453050000)
/* Chosen: what it takes to interrupt a die, and how often that is done to one row or erasure. */
#define NAND_SUSPEND_PS  UINT64_C(5000000)
#define NAND_SUSPEND_MAX 8u

/* Larger times are none: a limit for what comes from snapshots. */
#define NAND_TIME_MAX (UINT64_C(1) << 62)

struct nand_die {
    nand_ps read_free; /* the last read was over */
    nand_ps free;      /* everything is over */
    nand_ps loadable;  /* the page register can be filled */
    nand_ps delayed;   /* sum of the time by which reads put programming off, ever */
    uint32_t suspends; /* since something was begun that can be interrupted */
};

struct nand_channel {
    nand_ps read_free;    /* the last page that was read is through */
    nand_ps program_free; /* and the last one to be programmed */
};

/* All zero: idle. */
struct nand {
    struct nand_die die[NAND_DIES];
    struct nand_channel channel[NAND_CHANNELS];
};

/* Rows follow one another over the channels first, then over the dies of a channel. */
static inline unsigned nand_die_of_row(uint64_t row)
{
    return (unsigned)(row % NAND_DIES);
}

static inline unsigned nand_channel_of_die(unsigned die)
{
    return die % NAND_CHANNELS;
}

/* How long `bytes` are on a channel. */
nand_ps nand_transfer(uint32_t bytes);

/* `bytes` of one row of `die`, asked for at `from`, are over the channel. */
nand_ps nand_read(struct nand *nand, unsigned die, uint32_t bytes, nand_ps from);
/* One row of `die` with `bytes` of data, there at `from`, is programmed. Later reads may put that
 * off: by as much as `delayed` grows. */
nand_ps nand_program(struct nand *nand, unsigned die, uint32_t bytes, nand_ps from);
/* One erase block in each plane of `die` is erased. */
nand_ps nand_erase(struct nand *nand, unsigned die, nand_ps from);
