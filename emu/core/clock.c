/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters as exact functions of virtual time: 128-bit products, one division. */
#include "emu/core/clock.h"

#include "emu/base/bug.h"

__extension__ typedef unsigned __int128 u128;

#define PS_PER_SECOND UINT64_C(1000000000000)

static uint64_t saturate(u128 value)
{
    return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

uint64_t muldiv_u64(uint64_t a, uint64_t b, uint64_t c)
{
    BUG_ON(c == 0);
    return saturate((u128)a * b / c);
}

uint64_t muldiv_up_u64(uint64_t a, uint64_t b, uint64_t c)
{
    BUG_ON(c == 0);
    return saturate(((u128)a * b + (c - 1)) / c);
}

uint64_t clock_ticks(const struct clock *clock, vtime now)
{
    if (now <= clock->epoch) return 0;
    return saturate((u128)(now - clock->epoch) * clock->hz_num /
                    ((u128)PS_PER_SECOND * clock->hz_den));
}

vtime clock_duration(const struct clock *clock, uint64_t ticks)
{
    u128 ps_den = (u128)PS_PER_SECOND * clock->hz_den;

    BUG_ON(clock->hz_num == 0);
    /* ticks * ps_den can pass 128 bits only when the result passes 64 bits for any hertz below
     * 2^64. */
    if (ticks > 0 && ps_den > ~(u128)0 / ticks) return VTIME_NEVER;
    return saturate(((u128)ticks * ps_den + (clock->hz_num - 1)) / clock->hz_num);
}

vtime clock_when(const struct clock *clock, uint64_t ticks)
{
    vtime duration = clock_duration(clock, ticks);

    return duration > VTIME_NEVER - clock->epoch ? VTIME_NEVER : clock->epoch + duration;
}
