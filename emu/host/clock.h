/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's clocks: the only place that reads them (DESIGN.md, law 1). */
#pragma once

#include <stdint.h>

/* Seconds since 1970-01-01 UTC. */
int64_t host_wall_seconds(void);
/* Nanoseconds since some fixed moment; never goes backwards. */
uint64_t host_monotonic_ns(void);
