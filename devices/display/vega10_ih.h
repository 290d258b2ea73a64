/* SPDX-License-Identifier: GPL-2.0-only */
/* State of the interrupt handler (vega10_ih.c). */
#pragma once

#include <stdint.h>

#define VEGA10_IH_BASE  0x4280u
#define VEGA10_IH_BYTES 0x700u

#define VEGA10_IH_VMIDS 16

struct vega10_ih {
    uint32_t vmid_lut[VEGA10_IH_VMIDS];
    uint32_t vmid_lut_mm[VEGA10_IH_VMIDS];
    uint32_t rb_cntl;
    uint32_t rb_base;
    uint32_t rb_base_hi;
    uint32_t rb_rptr;
    uint32_t rb_wptr; /* OFFSET and RB_OVERFLOW */
    uint32_t wptr_addr_hi;
    uint32_t wptr_addr_lo;
    uint32_t doorbell_rptr;
    uint32_t cntl;
    uint32_t storm_client_list_cntl;
    uint32_t int_flood_cntl;
    uint32_t chicken;
};
