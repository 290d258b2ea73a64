/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts what goes through a byte stream: see activity.h. */
#include "emu/host/activity.h"

static void write_counted(void *ctx, const uint8_t *data, size_t bytes)
{
    struct activity_sink *counted = ctx;

    atomic_fetch_add_explicit(counted->bytes, bytes, memory_order_relaxed);
    counted->to.write(counted->to.ctx, data, bytes);
}

struct host_sink activity_count(struct activity_sink *counted)
{
    if (!counted->to.write) return counted->to;
    return (struct host_sink){.ctx = counted, .write = write_counted};
}
