/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core puts into the trace for any device, and for the buses, which are no device's. */
#pragma once

#include "emu/core/trace.h"

extern const struct trace_desc core_event_reg_read;  /* register, element, value */
extern const struct trace_desc core_event_reg_write; /* ... what was written, what is there now */
/* Where a register table declares nothing. */
extern const struct trace_desc core_event_reserved_read;
extern const struct trace_desc core_event_reserved_write;
extern const struct trace_desc core_event_irq_line;
extern const struct trace_desc core_event_reset;         /* enum reset_kind */
extern const struct trace_desc core_event_guest_error;   /* device_guest_error() */
extern const struct trace_desc core_event_unimplemented; /* device_unimplemented() */
/* Nobody has claimed the address. */
extern const struct trace_desc core_event_unmapped_read;
extern const struct trace_desc core_event_unmapped_write;

/* A kind of event, and who makes it: a device's path, or "machine". */
struct trace_kind {
    const char *device;
    const struct trace_desc *desc;
};
