/* SPDX-License-Identifier: GPL-2.0-only */
/* Real-time pace: see pacer.h. */
#include "emu/host/pacer.h"

#include <poll.h>
#include <stddef.h>

#include "emu/base/bits.h"
#include "emu/core/clock.h"
#include "emu/core/inbox.h"
#include "emu/host/clock.h"

#define PS_PER_NS   1000u
#define LAG_MAX     VTIME_MS(20) /* a wait that the host ended late is caught up; more is not */
#define WAIT_MS_MAX 1000u

static uint64_t on_schedule(const struct pacer *pacer, uint64_t host_ns)
{
    return pacer->anchor_time + (host_ns - pacer->anchor_ns) * PS_PER_NS;
}

uint64_t pacer_target(struct pacer *pacer, uint64_t now, uint64_t host_ns)
{
    uint64_t target = on_schedule(pacer, host_ns);

    if (pacer->has_anchor && (target < now || target - now <= LAG_MAX)) return target;
    pacer->has_anchor = true;
    pacer->anchor_ns = host_ns;
    pacer->anchor_time = now;
    return now;
}

/* See struct host_pacer. With nothing to come (VTIME_NEVER) only input ends the wait. The anchor
 * stays while it waits. */
static uint64_t pacer_idle(void *ctx, uint64_t now, uint64_t next)
{
    struct pacer *pacer = ctx;

    if (!pacer->inbox) return next;
    uint64_t target = pacer_target(pacer, now, host_monotonic_ns());
    bool is_pending = !inbox_is_empty(pacer->inbox);
    /* Input that the machine does not take (its serial port is full) must not keep the host busy. */
    if (is_pending && pacer->was_pending && target < next) (void)poll(NULL, 0, 1);
    pacer->was_pending = is_pending;
    while (target < next && inbox_is_empty(pacer->inbox)) {
        uint64_t wait_ms = (next - target) / VTIME_MS(1) + 1;

        inbox_wait(pacer->inbox, (int)min_u64(wait_ms, WAIT_MS_MAX));
        target = on_schedule(pacer, host_monotonic_ns());
    }
    return min_u64(next, max_u64(now, target));
}

struct host_pacer pacer_hook(struct pacer *pacer)
{
    return (struct host_pacer){.ctx = pacer, .idle = pacer_idle};
}
