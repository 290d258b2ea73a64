/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DDR4-2666V: banks, rows, buses.
 *
 * A burst needs its row open: ACT, after PRE where another row is open, then the column command, then
 * the data. Each command is given as early as the intervals to earlier commands of its bank, bank
 * group, rank and channel allow. Refresh is applied when a rank is next used: it closes all rows and
 * keeps the rank for tRFC.
 *
 * Chosen: bursts are served in the order of the calls (no reordering towards open rows, no write
 * buffer, a rank's ACT and a channel's column commands never before those of an earlier call), so
 * under load this is slower than a controller that reorders; a burst alone takes what it takes.
 * CWL 14 (the standard allows 18), tRFC of 8 Gbit chips, refresh staggered over the ranks. Commands
 * need not meet a clock edge, and the register of an RDIMM costs nothing.
 * Source: reference/hardware.md 4.4, reference/timing.md 5.1; intervals as in JEDEC 79-4B, 4 and 10.
 */
#include "emu/timing/dram.h"

#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define TCK       UINT64_C(750)
#define CL        (19 * TCK)
#define CWL       (14 * TCK)
#define TRCD      (19 * TCK)
#define TRP       (19 * TCK)
#define TRAS      (43 * TCK)
#define BURST     (4 * TCK)
#define TCCD_S    (4 * TCK)
#define TCCD_L    (7 * TCK)
#define TRRD_S    (4 * TCK)
#define TRRD_L    (7 * TCK)
#define TFAW_X4   (16 * TCK)
#define TFAW_X8   (28 * TCK)
#define TWR       (20 * TCK)
#define TWTR_S    (4 * TCK)
#define TWTR_L    (10 * TCK)
#define TRTP      (10 * TCK)
#define TRTRS     (2 * TCK) /* another rank, or another direction, on the data bus */
#define TREFI     (10400 * TCK)
#define TRFC      (467 * TCK)
#define WIDTH_X4  4u
#define PER_GROUP 4u
#define WINDOW    4u /* activates that tFAW counts */

/* 0 stands for "never" in the times of commands. */
static dram_ps command_time(dram_ps when)
{
    return max_u64(when, 1);
}

static dram_ps after(dram_ps command, dram_ps interval)
{
    return command == 0 ? 0 : command + interval;
}

/* ---- Refresh ---- */

/* The last refresh of the rank that was due at `now`; 0: none yet. */
static dram_ps refresh_due(unsigned rank, dram_ps now)
{
    dram_ps offset = rank * (TREFI / TIMING_DRAM_RANKS);

    return now < offset + TREFI ? 0 : (now - offset) / TREFI * TREFI + offset;
}

/* All rows are closed, then nothing is possible for tRFC. */
static void refresh(struct timing_dram_rank *rank, dram_ps due)
{
    dram_ps idle = due;

    for (unsigned i = 0; i < TIMING_DRAM_BANKS; i++) {
        const struct timing_dram_bank *bank = &rank->bank[i];

        idle = max_u64(idle, bank->is_open != 0 ? bank->precharge + TRP : bank->ready);
    }
    for (unsigned i = 0; i < TIMING_DRAM_BANKS; i++) {
        rank->bank[i].is_open = 0;
        rank->bank[i].ready = idle + TRFC;
    }
    rank->refreshed = due;
}

/* ---- Rows ---- */

/* When an ACT to the bank may be given, as far as the other banks of the rank are concerned. */
static dram_ps activate_after_others(const struct timing_dram_rank *rank, unsigned bank,
                                     unsigned width)
{
    dram_ps when = after(rank->activates[0], width == WIDTH_X4 ? TFAW_X4 : TFAW_X8);

    for (unsigned i = 0; i < TIMING_DRAM_BANKS; i++) {
        bool is_same_group = i / PER_GROUP == bank / PER_GROUP;

        when = max_u64(when, after(rank->bank[i].activated, is_same_group ? TRRD_L : TRRD_S));
    }
    return when;
}

static void activate(struct timing_dram_rank *rank, const struct timing_dram_access *access,
                     dram_ps from)
{
    struct timing_dram_bank *bank = &rank->bank[access->bank];
    dram_ps when = max_u64(from, activate_after_others(rank, access->bank, access->width));

    when = command_time(when);
    for (unsigned i = 0; i + 1 < WINDOW; i++) {
        rank->activates[i] = rank->activates[i + 1];
    }
    rank->activates[WINDOW - 1] = when;
    bank->activated = when;
    bank->ready = when + TRCD;
    bank->precharge = when + TRAS;
    bank->row = access->row;
    bank->is_open = 1;
}

static enum timing_dram_outcome open_row(struct timing_dram_rank *rank,
                                         const struct timing_dram_access *access, dram_ps from)
{
    const struct timing_dram_bank *bank = &rank->bank[access->bank];

    if (bank->is_open == 0) {
        activate(rank, access, max_u64(from, bank->ready));
        return TIMING_DRAM_ROW_MISS;
    }
    if (bank->row == access->row) return TIMING_DRAM_ROW_HIT;
    activate(rank, access, max_u64(from, bank->precharge) + TRP);
    return TIMING_DRAM_ROW_CONFLICT;
}

/* ---- Columns and data ---- */

static dram_ps latency(bool is_write)
{
    return is_write ? CWL : CL;
}

/* Reads wait for the writes of their rank. */
static dram_ps read_after_writes(const struct timing_dram_rank *rank, unsigned group)
{
    dram_ps when = 0;

    for (unsigned i = 0; i < TIMING_DRAM_BANKS / PER_GROUP; i++) {
        when = max_u64(when, after(rank->written[i], i == group ? TWTR_L : TWTR_S));
    }
    return when;
}

/* When the column command may be given, as far as earlier ones on the channel are concerned. */
static dram_ps column_after_others(const struct timing_dram_channel *channel,
                                   const struct timing_dram_access *access)
{
    unsigned group = access->bank / PER_GROUP;
    bool is_same_rank = channel->last_rank == access->rank;
    bool is_same_group = is_same_rank && channel->last_group == group;
    bool is_turn = !is_same_rank || (channel->last_is_write != 0) != access->is_write;
    dram_ps data = channel->bus_free + (is_turn && channel->last_column != 0 ? TRTRS : 0);
    dram_ps gap = is_same_group ? TCCD_L : TCCD_S;
    dram_ps when = after(channel->last_column, is_same_rank ? gap : TCK);

    if (!access->is_write) {
        when = max_u64(when, read_after_writes(&channel->rank[access->rank], group));
    }
    return data > latency(access->is_write) ? max_u64(when, data - latency(access->is_write))
                                            : when;
}

dram_ps timing_dram_burst(struct timing_dram *dram, const struct timing_dram_access *access,
                          dram_ps from, enum timing_dram_outcome *outcome)
{
    struct timing_dram_channel *channel = &dram->channel[access->channel];
    struct timing_dram_rank *rank = &channel->rank[access->rank];
    struct timing_dram_bank *bank = &rank->bank[access->bank];
    dram_ps due;
    dram_ps column;

    BUG_ON(access->channel >= TIMING_DRAM_CHANNELS || access->rank >= TIMING_DRAM_RANKS ||
           access->bank >= TIMING_DRAM_BANKS);
    due = refresh_due(access->rank, from);
    if (due > rank->refreshed) {
        refresh(rank, due);
    }
    *outcome = open_row(rank, access, from);
    column = max_u64(max_u64(from, bank->ready), column_after_others(channel, access));
    column = command_time(column);
    bank->precharge =
        max_u64(bank->precharge, column + (access->is_write ? CWL + BURST + TWR : TRTP));
    if (access->is_close_page) {
        bank->is_open = 0;
        bank->ready = bank->precharge + TRP;
    }
    channel->last_column = column;
    channel->last_rank = access->rank;
    channel->last_group = access->bank / PER_GROUP;
    channel->last_is_write = access->is_write ? 1 : 0;
    channel->bus_free = column + latency(access->is_write) + BURST;
    if (access->is_write) {
        rank->written[channel->last_group] = channel->bus_free;
    }
    return channel->bus_free;
}
