/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts what goes through a byte stream out of the machine, for the window's lights. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "emu/core/host.h"

struct activity_sink {
    struct host_sink to;
    atomic_uint_least64_t *bytes;
};

/* A sink that counts and hands on; `counted` outlives the machine. A sink without a function stays
 * one. */
struct host_sink activity_count(struct activity_sink *counted);
