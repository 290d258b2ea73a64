/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timing model's life cycle and the cost of events.
 *
 * Chosen (timing.md 4.1 and 4.5 give measured ranges, not one number):
 * - a device read stalls the core 0.6 us (0.5 to 1.0 us is typical for 4 to 8 bytes across PCIe);
 * - a device write is posted: the next one can follow 100 ns later (50 to 300 ns);
 * - a port access crosses DMI and LPC and waits for the answer: 1 us each way of access, as
 * ISA-compatible devices take;
 * - the local APIC is on the die: about the latency of the last-level cache for a read, less for a
 * write;
 * - PAUSE takes 140 cycles, RDTSC 25, RDRAND 450 (Skylake-X);
 * - interrupt delivery 0.3 us, an exception through a gate about 160 cycles.
 */
#include "emu/timing/timing.h"

#include "emu/base/bug.h"
#include "emu/base/error.h"

#include <stdlib.h>

#define CYCLES(n) ((n)*TIMING_TICKS_PER_CYCLE)

struct timing {
    uint32_t event_ticks[TIMING_EVENT_COUNT];
};

static const uint32_t event_ticks[TIMING_EVENT_COUNT] = {
    [TIMING_APIC_READ] = CYCLES(80),   [TIMING_APIC_WRITE] = CYCLES(40),
    [TIMING_MMIO_READ] = CYCLES(1920), [TIMING_MMIO_WRITE] = CYCLES(320),
    [TIMING_PORT_READ] = CYCLES(3200), [TIMING_PORT_WRITE] = CYCLES(3200),
    [TIMING_INTERRUPT] = CYCLES(960),  [TIMING_EXCEPTION] = CYCLES(160),
    [TIMING_PAUSE] = CYCLES(140),      [TIMING_RDTSC] = CYCLES(25),
    [TIMING_RDRAND] = CYCLES(450),
};

struct timing *timing_create(struct error *err)
{
    struct timing *timing = calloc(1, sizeof(*timing));

    if (!timing) {
        error_host(err, "no memory for the timing model");
        return NULL;
    }
    for (size_t i = 0; i < TIMING_EVENT_COUNT; i++) {
        timing->event_ticks[i] = event_ticks[i];
    }
    return timing;
}

void timing_destroy(struct timing *timing)
{
    free(timing);
}

uint32_t timing_event_ticks(const struct timing *timing, enum timing_event event)
{
    BUG_ON(event >= TIMING_EVENT_COUNT);
    return timing->event_ticks[event];
}
