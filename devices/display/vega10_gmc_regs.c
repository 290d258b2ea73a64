/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the two memory hubs, MMHUB 1.0 and the VM part of GC 9.0 (names, offsets and reset
 * values: Linux, asic_reg/mmhub/mmhub_1_0_*.h and asic_reg/gc/gc_9_0_*.h). Both hubs have the same
 * two groups of registers at other places: VM_L2_CNTL and what follows it, and the apertures from
 * MC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_LSB on.
 *
 * Chosen: reset values of the frame buffer location and of the AGP aperture are what the firmware of
 * a real board leaves, not the zeros of the bare chip. An invalidation semaphore is taken by the
 * read that finds it free.
 */
#include "devices/display/vega10_gmc.h"
#include "devices/display/vega10_internal.h"

/* ---- Side effects ---- */

static struct vega10_hub *mmhub(struct device *device)
{
    return &vega10_of(device)->gmc.hub[VEGA10_MMHUB];
}

static struct vega10_hub *gfxhub(struct device *device)
{
    return &vega10_of(device)->gmc.hub[VEGA10_GFXHUB];
}

/* A semaphore reads 1 for whoever gets it: the stored value says that it is held. */
static uint64_t sem_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    return stored == 0 ? 1 : 0;
}

static void mmhub_sem_read(struct device *device, unsigned index, uint64_t value)
{
    (void)value;
    mmhub(device)->sem[index] = 1;
}

static void gfxhub_sem_read(struct device *device, unsigned index, uint64_t value)
{
    (void)value;
    gfxhub(device)->sem[index] = 1;
}

/* No translation is cached: an invalidation is done when it is asked for. */
static void invalidate(struct vega10_hub *hub, const struct reg_write *write)
{
    uint32_t request = (uint32_t)write->now;

    if ((request & VM_REQ_CLEAR_FAULT) != 0) vega10_gmc_clear_fault(hub);
    hub->ack[write->index] = request & 0xffffu;
}

static void mmhub_req_write(struct device *device, const struct reg_write *write)
{
    invalidate(mmhub(device), write);
}

static void gfxhub_req_write(struct device *device, const struct reg_write *write)
{
    invalidate(gfxhub(device), write);
}

static void mmhub_fault_cntl_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & VM_FAULT_CNTL_CLEAR) != 0) vega10_gmc_clear_fault(mmhub(device));
}

static void gfxhub_fault_cntl_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & VM_FAULT_CNTL_CLEAR) != 0) vega10_gmc_clear_fault(gfxhub(device));
}

/* Nothing is ever under way. */
static uint64_t idle_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

/* ---- Tables ---- */

#define HUB(which) gmc.hub[VEGA10_##which]
#define PLAIN(which, title, at, member, start, bits)                                            \
    {                                                                                           \
        .name = title, .offset = (at), .size = 4, REG_BACKED(struct vega10, HUB(which).member), \
        .reset = (start), .rw = (bits),                                                         \
    }
#define EACH(which, title, at, step, member, start, bits)                                   \
    {                                                                                       \
        .name = title, .offset = (at), .size = 4, .stride = (step),                         \
        REG_BACKED_ARRAY(struct vega10, HUB(which).member), .reset = (start), .rw = (bits), \
    }

/* VM_L2_CNTL stands at `at`. */
#define L2_REGS(which, hooks, at)                                                                  \
    PLAIN(which, "VM_L2_CNTL", (at), l2_cntl, 0x00080602, UINT32_MAX),                             \
        PLAIN(which, "VM_L2_CNTL2", (at) + 0x04, l2_cntl2, 0, UINT32_MAX),                         \
        PLAIN(which, "VM_L2_CNTL3", (at) + 0x08, l2_cntl3, 0x80100007, UINT32_MAX),                \
        {.name = "VM_L2_STATUS", .offset = (at) + 0x0c, .size = 4, REG_UNBACKED, .get = idle_get}, \
        EACH(which, "VM_DUMMY_PAGE_FAULT", (at) + 0x10, 4, dummy_page_fault, 0, UINT32_MAX),       \
        {.name = "VM_L2_PROTECTION_FAULT_CNTL",                                                    \
         .offset = (at) + 0x1c,                                                                    \
         .size = 4,                                                                                \
         REG_BACKED(struct vega10, HUB(which).fault_cntl),                                         \
         .reset = 0x3ffffffc,                                                                      \
         .rw = UINT32_MAX & ~VM_FAULT_CNTL_CLEAR,                                                  \
         .write = hooks##_fault_cntl_write},                                                       \
        PLAIN(which, "VM_L2_PROTECTION_FAULT_CNTL2", (at) + 0x20, fault_cntl2, 0x000a0000,         \
              UINT32_MAX),                                                                         \
        EACH(which, "VM_L2_PROTECTION_FAULT_MM_CNTL", (at) + 0x24, 4, fault_mm_cntl, UINT32_MAX,   \
             UINT32_MAX),                                                                          \
        PLAIN(which, "VM_L2_PROTECTION_FAULT_STATUS", (at) + 0x2c, fault_status, 0, 0),            \
        PLAIN(which, "VM_L2_PROTECTION_FAULT_ADDR_LO32", (at) + 0x30, fault_addr_lo, 0, 0),        \
        PLAIN(which, "VM_L2_PROTECTION_FAULT_ADDR_HI32", (at) + 0x34, fault_addr_hi, 0, 0),        \
        EACH(which, "VM_L2_PROTECTION_FAULT_DEFAULT_ADDR", (at) + 0x38, 4, fault_default_addr, 0,  \
             UINT32_MAX),                                                                          \
        EACH(which, "VM_L2_CONTEXT_IDENTITY", (at) + 0x44, 4, identity, 0, UINT32_MAX),            \
        PLAIN(which, "VM_L2_CNTL4", (at) + 0x5c, l2_cntl4, 0x000000c1, UINT32_MAX)

#define VM_REGS(which, hooks, at)                                                                \
    EACH(which, "VM_CONTEXT_CNTL", (at) + 0x100, 4, context_cntl, 0x007ffe80, 0x007fffff),       \
        PLAIN(which, "VM_CONTEXTS_DISABLE", (at) + 0x140, contexts_disable, 0, 0xffff),          \
        {.name = "VM_INVALIDATE_ENG_SEM",                                                        \
         .offset = (at) + 0x144,                                                                 \
         .size = 4,                                                                              \
         .stride = 4,                                                                            \
         REG_BACKED_ARRAY(struct vega10, HUB(which).sem),                                        \
         .rw = 1,                                                                                \
         .get = sem_get,                                                                         \
         .read = hooks##_sem_read},                                                              \
        {.name = "VM_INVALIDATE_ENG_REQ",                                                        \
         .offset = (at) + 0x18c,                                                                 \
         .size = 4,                                                                              \
         .stride = 4,                                                                            \
         REG_BACKED_ARRAY(struct vega10, HUB(which).req),                                        \
         .reset = 0x017c0000,                                                                    \
         .rw = 0x01ffffff,                                                                       \
         .write = hooks##_req_write},                                                            \
        EACH(which, "VM_INVALIDATE_ENG_ACK", (at) + 0x1d4, 4, ack, 0, 0),                        \
        EACH(which, "VM_INVALIDATE_ENG_ADDR_RANGE_LO32", (at) + 0x21c, 8, range_lo, 0,           \
             UINT32_MAX),                                                                        \
        EACH(which, "VM_INVALIDATE_ENG_ADDR_RANGE_HI32", (at) + 0x220, 8, range_hi, 0, 0x1f),    \
        EACH(which, "VM_CONTEXT_PAGE_TABLE_BASE_ADDR_LO32", (at) + 0x2ac, 8, base_lo, 0,         \
             UINT32_MAX),                                                                        \
        EACH(which, "VM_CONTEXT_PAGE_TABLE_BASE_ADDR_HI32", (at) + 0x2b0, 8, base_hi, 0,         \
             UINT32_MAX),                                                                        \
        EACH(which, "VM_CONTEXT_PAGE_TABLE_START_ADDR_LO32", (at) + 0x32c, 8, start_lo, 0,       \
             UINT32_MAX),                                                                        \
        EACH(which, "VM_CONTEXT_PAGE_TABLE_START_ADDR_HI32", (at) + 0x330, 8, start_hi, 0, 0xf), \
        EACH(which, "VM_CONTEXT_PAGE_TABLE_END_ADDR_LO32", (at) + 0x3ac, 8, end_lo, 0,           \
             UINT32_MAX),                                                                        \
        EACH(which, "VM_CONTEXT_PAGE_TABLE_END_ADDR_HI32", (at) + 0x3b0, 8, end_hi, 0, 0xf)

/* MC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_LSB stands at `at`. */
#define MC_REGS(which, at)                                                                        \
    PLAIN(which, "MC_VM_FB_OFFSET", (at)-0x04, fb_offset, 0, 0),                                  \
        EACH(which, "MC_VM_SYSTEM_APERTURE_DEFAULT_ADDR", (at), 4, aperture_default, 0,           \
             UINT32_MAX),                                                                         \
        PLAIN(which, "MC_VM_FB_LOCATION_BASE", (at) + 0x50, fb_location_base,                     \
              VEGA10_FB_LOCATION_BASE, 0xffffff),                                                 \
        PLAIN(which, "MC_VM_FB_LOCATION_TOP", (at) + 0x54, fb_location_top,                       \
              VEGA10_FB_LOCATION_TOP, 0xffffff),                                                  \
        PLAIN(which, "MC_VM_AGP_TOP", (at) + 0x58, agp_top, 0, 0xffffff),                         \
        PLAIN(which, "MC_VM_AGP_BOT", (at) + 0x5c, agp_bot, 0xffffff, 0xffffff),                  \
        PLAIN(which, "MC_VM_AGP_BASE", (at) + 0x60, agp_base, 0, 0xffffff),                       \
        PLAIN(which, "MC_VM_SYSTEM_APERTURE_LOW_ADDR", (at) + 0x64, aperture_low, 0, 0x3fffffff), \
        PLAIN(which, "MC_VM_SYSTEM_APERTURE_HIGH_ADDR", (at) + 0x68, aperture_high, 0,            \
              0x3fffffff),                                                                        \
        PLAIN(which, "MC_VM_MX_L1_TLB_CNTL", (at) + 0x6c, l1_tlb_cntl, 0x00002501, 0x3fff)

const struct reg vega10_gmc_regs[] = {
    L2_REGS(MMHUB, mmhub, 0x1a00),
    VM_REGS(MMHUB, mmhub, 0x1a00),
    MC_REGS(MMHUB, 0x2060),
    {.name = NULL},
};

/* The window begins at mmVM_L2_CNTL of GC, 0xa100. */
const struct reg vega10_gfxhub_regs[] = {
    L2_REGS(GFXHUB, gfxhub, 0x0),
    VM_REGS(GFXHUB, gfxhub, 0x0),
    MC_REGS(GFXHUB, 0x4b0),
    {.name = NULL},
};
