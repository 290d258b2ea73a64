/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBIOS tables. Source: DMTF DSP0134 3.1.1; strings and numbers of the real machine: hardware.md 1.7 and 8. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/core/memory.h"
#include "firmware/lib/arena.h"

struct smbios_config {
    const struct memory *memory; /* borrowed */
    uint32_t cpu_signature;      /* CPUID leaf 1, EAX */
    uint32_t cpu_features;       /* CPUID leaf 1, EDX */
    unsigned core_count;
};

/* Makes the structures and both entry points (_SM3_ and _SM_) in `arena`, which lies within 0xf0000-0xfffff. Returns NULL or
 * the reason why it cannot. */
const char *smbios_build(const struct smbios_config *config, struct arena *arena);
