/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the Vega 10: one file a block, as the chip's own IP blocks are cut.
 *
 *   vega10.c        description, BARs, life
 *   vega10_mmio.c   BAR 5: which block answers at an offset; MM_INDEX and PCIE_INDEX2 windows
 *   vega10_vram.c   video memory, BAR 0, change tracking
 *   vega10_nbio.c   bus interface: identity, memory size, scratch registers, doorbell apertures
 *   vega10_dce.c    display: vertical blank; with vega10_crtc.c timing, vega10_scanout.c surfaces,
 *                   flips and cursor, vega10_dce_regs.c registers
 *   vega10_aux.c    DP AUX and hot plug, vega10_panel.c what answers there
 *   vega10_ih.c     interrupt ring
 *   vega10_gmc.c    what a GPU address means: frame buffer, AGP aperture, GART
 *   vega10_sdma.c   rings, vega10_sdma_packets.c what they execute
 *
 * Offsets are bytes in BAR 5, as Linux's headers give them (dword base of the IP's segment plus
 * register, times 4). Each block has its own register tables; vega10_mmio.c lists the windows they
 * stand in, and the offsets of a table count from the base of its window.
 */
#pragma once

#include "devices/display/vega10.h"
#include "devices/display/vega10_dce.h"
#include "devices/display/vega10_gmc.h"
#include "devices/display/vega10_ih.h"
#include "devices/display/vega10_link.h"
#include "devices/display/vega10_nbio.h"
#include "devices/display/vega10_sdma.h"
#include "devices/pci/pci.h"

struct vega10 {
    struct pci_fn fn;
    struct pci_desc desc; /* of the row of the machine's table, with registers behind its BARs */
    struct frame_store *frames;       /* borrowed, may be NULL */
    const struct vega10_panel *panel; /* borrowed, may be NULL */
    uint8_t *vram;                    /* owned: VEGA10_VRAM_BYTES of lazy memory */
    struct region vram_region;
    struct vega10_nbio nbio;
    struct vega10_dce dce;
    struct vega10_link link;
    struct vega10_ih ih;
    struct vega10_gmc gmc;
    struct vega10_sdma sdma;
};

static inline struct vega10 *vega10_of(struct device *device)
{
    return (struct vega10 *)(void *)device;
}

/* ---- vega10_mmio.c: registers by their offset in BAR 5, sizes 1, 2 and 4, aligned ---- */
#define VEGA10_MMIO_BYTES 0x80000u
uint64_t vega10_mmio_read(struct vega10 *gpu, uint64_t offset, unsigned size);
void vega10_mmio_write(struct vega10 *gpu, uint64_t offset, unsigned size, uint64_t value);
uint64_t vega10_mmio_peek(struct vega10 *gpu, uint64_t offset, unsigned size);
/* All register tables, and the end of the list; for the class. */
#define VEGA10_BANKS 11
extern const struct reg_bank vega10_banks[VEGA10_BANKS];
/* Where the window of table `index` begins in BAR 5. */
uint32_t vega10_bank_base(size_t index);

/* ---- vega10_vram.c: offsets from the start of video memory ---- */
int vega10_vram_init(struct vega10 *gpu, struct error *err);
void vega10_vram_fini(struct vega10 *gpu);
/* Out of range: reads give ones, writes vanish; the caller has traced it. False then. */
bool vega10_vram_read(struct vega10 *gpu, uint64_t offset, void *buf, size_t bytes);
bool vega10_vram_write(struct vega10 *gpu, uint64_t offset, const void *buf, size_t bytes);
/* Inside the device only, for large moves: the bytes themselves, NULL when out of range. Before a
 * write through it: vega10_vram_touch(). */
uint8_t *vega10_vram_at(struct vega10 *gpu, uint64_t offset, uint64_t bytes);
void vega10_vram_touch(struct vega10 *gpu, uint64_t offset, uint64_t bytes);

/* ---- vega10_gmc.c: addresses as the engines of the GPU see them ---- */
/* Where video memory starts in physical GPU addresses (MC_VM_FB_LOCATION_BASE). */
uint64_t vega10_gmc_fb_base(const struct vega10 *gpu);
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
extern const struct reg vega10_bif_regs[];
extern const struct reg vega10_nbio_regs[];
extern const struct reg vega10_rom_regs[];
extern const struct reg vega10_ih_regs[];
extern const struct reg vega10_vga_regs[];
extern const struct reg vega10_dce_regs[];
extern const struct reg vega10_link_regs[];
extern const struct reg vega10_gmc_regs[];
extern const struct reg vega10_gfxhub_regs[];
extern const struct reg vega10_sdma_regs[];

/* Life. Registers have their reset values when reset is called; loaded checks what tables cannot
 * and rebuilds what is derived. */
void vega10_dce_init(struct vega10 *gpu);
void vega10_dce_reset(struct vega10 *gpu, enum reset_kind kind);
int vega10_dce_loaded(struct vega10 *gpu, struct error *err);
void vega10_dce_fini(struct vega10 *gpu);
void vega10_link_init(struct vega10 *gpu);
void vega10_link_reset(struct vega10 *gpu, enum reset_kind kind);
void vega10_link_fini(struct vega10 *gpu);
void vega10_ih_reset(struct vega10 *gpu);
/* Also after a snapshot was loaded: nothing of it is saved but registers. */
void vega10_gmc_reset(struct vega10 *gpu);
void vega10_sdma_init(struct vega10 *gpu);
void vega10_sdma_reset(struct vega10 *gpu);
int vega10_sdma_loaded(struct vega10 *gpu, struct error *err);
void vega10_sdma_fini(struct vega10 *gpu);

/* A doorbell: a write of `value` to dword `index` of BAR 2 when its aperture is on. `bytes` is 4 or
 * 8. The bus interface offers it to each block whose range (BIF_*_DOORBELL_RANGE) covers it. */
void vega10_nbio_doorbell(struct vega10 *gpu, uint64_t offset, unsigned bytes, uint64_t value);
void vega10_ih_doorbell(struct vega10 *gpu, unsigned index, uint64_t value);
void vega10_sdma_doorbell(struct vega10 *gpu, unsigned index, uint64_t value);
