/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBIOS tables. Source: DMTF DSP0134 3.1.1; strings and numbers of the real machine: hardware.md 1.7 and 8. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/lib/arena.h"

struct smbios_config {
    uint64_t memory_bytes;  /* RAM of the machine */
    uint64_t low_ram_end;   /* first address that is not RAM below 4 GiB */
    uint64_t high_ram_end;  /* first address behind RAM above 4 GiB; 4 GiB when there is none */
    uint32_t cpu_signature; /* CPUID leaf 1, EAX */
    uint32_t cpu_features;  /* CPUID leaf 1, EDX */
    unsigned core_count;
};

/* Makes the structures and both entry points (_SM3_ and _SM_) in `arena`, which lies within 0xf0000-0xfffff. Returns NULL or
 * the reason why it cannot. */
const char *smbios_build(const struct smbios_config *config, struct arena *arena);

/* The size of each of the four DIMMs: a quarter of the memory when DDR4 modules of that size exist (4 to 128 GiB, a
 * power of two). Otherwise 0: then the tables show all memory as one module in the first slot. */
uint64_t smbios_dimm_bytes(uint64_t memory_bytes);
