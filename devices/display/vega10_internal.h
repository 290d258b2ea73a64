/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the Vega 10: one file a block, as the chip's own IP blocks are cut.
 *
 *   vega10.c        description, BARs, life
 *   vega10_mmio.c   BAR 5: which block answers at an offset; MM_INDEX and PCIE_INDEX2 windows
 *   vega10_vram.c   video memory, BAR 0, change tracking
 *   vega10_nbio.c   bus interface: identity, memory size, scratch registers, doorbell apertures
 *   vega10_dce.c    display: surfaces and flips (DCP), timing (CRTC), cursor, vertical blank
 *   vega10_aux.c    DP AUX and DDC to the panel
 *   vega10_ih.c     interrupt ring
 *   vega10_gmc.c    what a GPU address means: frame buffer, AGP aperture, GART
 *   vega10_sdma.c   rings, vega10_sdma_packets.c what they execute
 *
 * Offsets are bytes in BAR 5, as Linux's headers give them (dword base of the IP's segment plus
 * register, times 4). Each block has its own register bank, whose window starts at the base that
 * vega10_mmio.c lists.
 */
#pragma once

#include "devices/display/vega10.h"
#include "devices/pci/pci.h"

struct vega10;

/* ---- vega10_vram.c: offsets from the start of video memory ---- */
/* Out of range: reads give ones, writes vanish; the caller has traced it. False then. */
bool vega10_vram_read(struct vega10 *gpu, uint64_t offset, void *buf, size_t bytes);
bool vega10_vram_write(struct vega10 *gpu, uint64_t offset, const void *buf, size_t bytes);
/* Inside the device only, for large moves: the bytes themselves, NULL when out of range. Before a
 * write through it: vega10_vram_touch(). */
uint8_t *vega10_vram_at(struct vega10 *gpu, uint64_t offset, uint64_t bytes);
void vega10_vram_touch(struct vega10 *gpu, uint64_t offset, uint64_t bytes);

/* ---- vega10_gmc.c: addresses as the engines of the GPU see them ---- */
enum vega10_target { VEGA10_TARGET_VRAM, VEGA10_TARGET_SYSTEM, VEGA10_TARGET_FAULT };
struct vega10_span {
    enum vega10_target target;
    uint64_t address; /* offset in video memory, or system physical address */
    uint64_t bytes;   /* contiguous from there, at most what was asked for, at least 1 */
};
/* Translates the start of [address, address + bytes) in VM context `vmid`. A fault has been traced
 * and recorded when it returns. */
struct vega10_span vega10_translate(struct vega10 *gpu, unsigned vmid, uint64_t address,
                                    uint64_t bytes, bool is_write);
/* Whole ranges, span by span. False when any of it faulted (reads give ones there). */
bool vega10_memory_read(struct vega10 *gpu, unsigned vmid, uint64_t address, void *buf,
                        size_t bytes);
bool vega10_memory_write(struct vega10 *gpu, unsigned vmid, uint64_t address, const void *buf,
                         size_t bytes);

/* ---- vega10_ih.c ---- */
#define VEGA10_CLIENT_DCE   0x04u
#define VEGA10_CLIENT_SDMA0 0x08u
#define VEGA10_CLIENT_SDMA1 0x09u
struct vega10_interrupt {
    uint8_t client;
    uint8_t source;
    uint8_t ring;
    uint8_t vmid;
    uint32_t data[4];
};
/* An entry into the interrupt ring, the write pointer to memory, and an MSI. Dropped (and counted
 * by the overflow bit) when the ring is full or off. */
void vega10_interrupt(struct vega10 *gpu, const struct vega10_interrupt *interrupt);

/* ---- What the blocks offer to vega10.c and vega10_mmio.c ---- */
extern const struct reg_bank vega10_nbio_bank;
extern const struct reg_bank vega10_dce_bank;
extern const struct reg_bank vega10_aux_bank;
extern const struct reg_bank vega10_ih_bank;
extern const struct reg_bank vega10_gmc_bank;
extern const struct reg_bank vega10_sdma_bank;

/* A doorbell: a write of `value` to dword `index` of BAR 2, when its aperture is on. */
void vega10_sdma_doorbell(struct vega10 *gpu, unsigned index, uint64_t value);
