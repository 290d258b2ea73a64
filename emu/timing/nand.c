/* SPDX-License-Identifier: GPL-2.0-only */
/* Booking of dies and channels: each operation takes the first time at which what it needs is free,
 * in the order in which operations are asked for. */
#include "emu/timing/nand.h"

#define PS_PER_S UINT64_C(1000000000000)

static nand_ps later(nand_ps a, nand_ps b)
{
    return a > b ? a : b;
}

nand_ps nand_transfer(uint32_t bytes)
{
    /* A row is 15 bits, a second 40: the product fits with 9 to spare. */
    return bytes * PS_PER_S / NAND_BUS_BYTES_PER_S;
}

nand_ps nand_read(struct nand *nand, unsigned die, uint32_t bytes, nand_ps from)
{
    struct nand_die *d = &nand->die[die];
    struct nand_channel *channel = &nand->channel[nand_channel_of_die(die)];
    nand_ps start = later(from, d->read_free);

    if (d->free > start && d->suspends < NAND_SUSPEND_MAX) {
        start += NAND_SUSPEND_PS;
        d->suspends++;
        d->delayed += NAND_SUSPEND_PS + NAND_READ_PS;
        d->free += NAND_SUSPEND_PS + NAND_READ_PS;
        d->loadable += NAND_SUSPEND_PS + NAND_READ_PS;
    } else {
        start = later(start, d->free);
    }
    d->read_free = start + NAND_READ_PS;
    d->free = later(d->free, d->read_free);
    channel->read_free = later(d->read_free, channel->read_free) + nand_transfer(bytes);
    return channel->read_free;
}

nand_ps nand_program(struct nand *nand, unsigned die, uint32_t bytes, nand_ps from)
{
    struct nand_die *d = &nand->die[die];
    struct nand_channel *channel = &nand->channel[nand_channel_of_die(die)];
    nand_ps start = later(from, d->loadable);

    start = later(start, later(channel->program_free, channel->read_free));
    channel->program_free = start + nand_transfer(bytes);
    d->loadable = later(channel->program_free, d->free);
    d->free = d->loadable + NAND_PROGRAM_PS;
    d->suspends = 0;
    return d->free;
}

nand_ps nand_erase(struct nand *nand, unsigned die, nand_ps from)
{
    struct nand_die *d = &nand->die[die];

    d->loadable = later(d->free, from);
    d->free = d->loadable + NAND_ERASE_PS;
    d->suspends = 0;
    return d->free;
}
