/* SPDX-License-Identifier: GPL-2.0-only */
/* State of the bus interface (vega10_nbio.c). */
#pragma once

#include <stdint.h>

#define VEGA10_BIF_BASE   0x0u
#define VEGA10_BIF_BYTES  0x300u
#define VEGA10_NBIO_BASE  0x3480u
#define VEGA10_NBIO_BYTES 0x800u
#define VEGA10_ROM_BASE   0x5a0a0u
#define VEGA10_ROM_BYTES  0x8u

#define VEGA10_SBIOS_SCRATCHES 4
#define VEGA10_BIOS_SCRATCHES  16

/* Registers that give a block its doorbells: OFFSET 11:2 and SIZE 20:16, both in dwords of BAR 2. */
enum vega10_doorbell_range {
    VEGA10_DOORBELL_SDMA0,
    VEGA10_DOORBELL_SDMA1,
    VEGA10_DOORBELL_IH,
    VEGA10_DOORBELL_MMSCH,
    VEGA10_DOORBELL_RANGES,
};

struct vega10_nbio {
    uint32_t mm_index;
    uint32_t mm_index_hi;
    uint32_t pcie_index2;
    uint32_t sbios_scratch[VEGA10_SBIOS_SCRATCHES];
    uint32_t bios_scratch[VEGA10_BIOS_SCRATCHES];
    uint32_t doorbell_aper_en;
    uint32_t bus_cntl;
    uint32_t bif_scratch[2];
    uint32_t interrupt_cntl;
    uint32_t interrupt_cntl2;
    uint32_t selfring_base_high;
    uint32_t selfring_base_low;
    uint32_t selfring_cntl;
    uint32_t doorbell_int_cntl;
    uint32_t fb_en;
    uint32_t hdp_flush_req;
    uint32_t remap_hdp[2];
    uint32_t doorbell_range[VEGA10_DOORBELL_RANGES];
    uint32_t rom_index;
};
