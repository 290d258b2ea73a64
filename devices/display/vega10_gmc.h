/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the memory hubs (vega10_gmc.c, vega10_gmc_regs.c). The MMHUB serves display and DMA and
 * is the one that translates; the GFXHUB serves shaders, which are not modelled: its registers are
 * there for drivers that program both alike.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;
struct vega10;

#define VEGA10_HUB_CONTEXTS 16u
#define VEGA10_HUB_ENGINES  18u /* invalidation engines */

enum vega10_hub_index { VEGA10_MMHUB, VEGA10_GFXHUB, VEGA10_HUBS };

/* One member behind each register, in the words of Linux's mmhub_1_0_offset.h. */
struct vega10_hub {
    uint32_t l2_cntl;
    uint32_t l2_cntl2;
    uint32_t l2_cntl3;
    uint32_t l2_cntl4;
    uint32_t dummy_page_fault[3]; /* CNTL, ADDR_LO32, ADDR_HI32 */
    uint32_t fault_cntl;
    uint32_t fault_cntl2;
    uint32_t fault_mm_cntl[2]; /* MM_CNTL3, MM_CNTL4 */
    uint32_t fault_status;
    uint32_t fault_addr_lo; /* page number, address bits 43:12 */
    uint32_t fault_addr_hi;
    uint32_t fault_default_addr[2];
    uint32_t identity[6]; /* CONTEXT1_IDENTITY_APERTURE_* and CONTEXT_IDENTITY_PHYSICAL_OFFSET */
    uint32_t context_cntl[VEGA10_HUB_CONTEXTS];
    uint32_t contexts_disable;
    uint32_t sem[VEGA10_HUB_ENGINES]; /* 1: somebody holds it */
    uint32_t req[VEGA10_HUB_ENGINES];
    uint32_t ack[VEGA10_HUB_ENGINES];
    uint32_t range_lo[VEGA10_HUB_ENGINES];
    uint32_t range_hi[VEGA10_HUB_ENGINES];
    uint32_t base_lo[VEGA10_HUB_CONTEXTS]; /* page tables: address and flags of a PDE */
    uint32_t base_hi[VEGA10_HUB_CONTEXTS];
    uint32_t start_lo[VEGA10_HUB_CONTEXTS]; /* first and last page that the context translates */
    uint32_t start_hi[VEGA10_HUB_CONTEXTS];
    uint32_t end_lo[VEGA10_HUB_CONTEXTS];
    uint32_t end_hi[VEGA10_HUB_CONTEXTS];
    uint32_t fb_offset;
    uint32_t aperture_default[2];
    uint32_t fb_location_base; /* units of 16 MiB; the TOP registers are inclusive */
    uint32_t fb_location_top;
    uint32_t agp_top;
    uint32_t agp_bot;
    uint32_t agp_base;
    uint32_t aperture_low; /* units of 256 KiB */
    uint32_t aperture_high;
    uint32_t l1_tlb_cntl;
};

struct vega10_gmc {
    struct vega10_hub hub[VEGA10_HUBS];
    /* Whose access is being translated, as the fault status names clients. Every user sets it before
     * its accesses, so what an earlier one left is never seen and not part of a snapshot. */
    uint16_t read_client;
    uint16_t write_client;
    bool is_reporting; /* an interrupt about a fault is under way: its own faults make no more */
};

#define VEGA10_GMC_BASE     0x68000u
#define VEGA10_GMC_BYTES    0x4000u
#define VEGA10_GFXHUB_BASE  0xa100u
#define VEGA10_GFXHUB_BYTES 0x600u

/* Where video memory lies for the engines after power-on, in units of 16 MiB: what Vega 10's
 * firmware sets and Linux reports (0xf400000000). */
#define VEGA10_FB_LOCATION_BASE 0xf400u
#define VEGA10_FB_LOCATION_TOP  0xf5ffu

/* Fields of VM_L2_PROTECTION_FAULT_STATUS and _CNTL, VM_CONTEXTn_CNTL. */
#define VM_FAULT_MORE_FAULTS   0x00000001u
#define VM_FAULT_WALKER_ERROR  0x0000000eu
#define VM_FAULT_PERMISSION    0x000000f0u
#define VM_FAULT_MAPPING_ERROR 0x00000100u
#define VM_FAULT_CID_SHIFT     9
#define VM_FAULT_RW            0x00040000u
#define VM_FAULT_VMID_SHIFT    20
#define VM_FAULT_CNTL_CLEAR    0x00000001u
#define VM_FAULT_CNTL_UPDATE   0x00000002u /* later faults overwrite the status of earlier ones */
#define VM_CONTEXT_ENABLE      0x00000001u
#define VM_REQ_CLEAR_FAULT     0x00800000u

/* Bits of page directory and page table entries. */
#define VEGA10_PTE_VALID    (UINT64_C(1) << 0)
#define VEGA10_PTE_SYSTEM   (UINT64_C(1) << 1)
#define VEGA10_PTE_SNOOPED  (UINT64_C(1) << 2)
#define VEGA10_PTE_READABLE (UINT64_C(1) << 5)
#define VEGA10_PTE_WRITABLE (UINT64_C(1) << 6)
#define VEGA10_PTE_FURTHER  (UINT64_C(1) << 56)
#define VEGA10_PDE_PTE      (UINT64_C(1) << 54)
#define VEGA10_PDE_ADDRESS  UINT64_C(0x0000ffffffffffc0)
#define VEGA10_PTE_ADDRESS  UINT64_C(0x0000fffffffff000)

/* Forgets the fault that the status registers tell of. */
void vega10_gmc_clear_fault(struct vega10_hub *hub);
