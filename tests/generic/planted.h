/* SPDX-License-Identifier: GPL-2.0-only */
/* A small device with one fault built in, to see that the generic checks find it (style.md 10). */
#pragma once

struct device_class;

enum planted_fault {
    PLANTED_NONE,
    PLANTED_FIELD_NOT_SAVED,
    PLANTED_LINE_NOT_SAVED,
    PLANTED_EVENT_NOT_SAVED,
    PLANTED_TIMER_SURVIVES_RESET,
    PLANTED_FIELD_SURVIVES_RESET,
    PLANTED_LINE_SURVIVES_RESET,
    PLANTED_ACCESS_CROSSES_REGISTER,
    PLANTED_PEEK_HAS_EFFECT,
    PLANTED_PEEK_LIES,
    PLANTED_HOST_ADDRESS_SEEN,
    PLANTED_STALE_CACHE_AFTER_LOAD,
    PLANTED_FINI_LEAVES_REGION,
    PLANTED_FINI_LEAVES_EVENT,
    PLANTED_INIT_LEAVES_REGION,
    PLANTED_REGISTERS_OVERLAP,
    PLANTED_MASK_TOO_WIDE,
    PLANTED_STATE_OVERLAPS,
    PLANTED_FIELD_OUTSIDE_REGISTER,
    PLANTED_FAULTS,
};

/* The class with that fault; constant. */
const struct device_class *planted_class(enum planted_fault fault);
