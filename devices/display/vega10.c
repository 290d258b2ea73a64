/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD Vega 10 as the display controller of the iMac Pro: Radeon Pro Vega 56, 1002:6867.
 * docs/hardware/vega10.md says what is modelled, what is not, and what was chosen; the head of each
 * vega10_*.c says it for its block.
 *
 * BAR 0 video memory (resizable), BAR 2 doorbells, BAR 4 the first 256 bytes of the registers as
 * I/O ports, BAR 5 registers. The expansion ROM is empty: there is no video BIOS, and software that
 * wants one (amdgpu) finds none and leaves the adapter as the firmware set it.
 *
 * Not modelled: graphics and compute (GFX), video (UVD, VCE), the security and power processors
 * (PSP, SMU), memory controllers, virtual functions. Their registers read 0 and are traced.
 */
#include "devices/display/vega10.h"

#include "devices/display/vega10_internal.h"
#include "devices/pci/inert_parts.h"
#include "emu/base/bits.h"

/* ---- BARs ---- */

static struct vega10 *gpu_of(struct pci_fn *fn)
{
    return vega10_of(&fn->device);
}

/* BAR 4 shows the start of BAR 5. */
static uint64_t registers_read(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)bar;
    return vega10_mmio_read(gpu_of(fn), offset, size);
}

static void registers_write(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size,
                            uint64_t value)
{
    (void)bar;
    vega10_mmio_write(gpu_of(fn), offset, size, value);
}

static uint64_t registers_peek(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)bar;
    return vega10_mmio_peek(gpu_of(fn), offset, size);
}

static const struct pci_bar_ops register_ops = {
    .read = registers_read,
    .write = registers_write,
    .peek = registers_peek,
    .min_access = 1,
    .max_access = 4,
};

static uint64_t doorbells_read(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)bar;
    device_guest_error(&fn->device, "doorbells cannot be read", offset, size);
    return 0;
}

static void doorbells_write(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size,
                            uint64_t value)
{
    (void)bar;
    vega10_nbio_doorbell(gpu_of(fn), offset, size, value);
}

static uint64_t doorbells_peek(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)fn, (void)bar, (void)offset, (void)size;
    return 0;
}

static const struct pci_bar_ops doorbell_ops = {
    .read = doorbells_read,
    .write = doorbells_write,
    .peek = doorbells_peek,
    .min_access = 4,
    .max_access = 8,
};

/* ---- Life ---- */

static int vega10_init(struct device *device, const void *config, struct error *err)
{
    struct vega10 *gpu = vega10_of(device);
    const struct vega10_config *part = pci_part(config);

    gpu->desc = *pci_part_vega.desc;
    gpu->desc.bar[2].ops = &doorbell_ops;
    gpu->desc.bar[4].ops = &register_ops;
    gpu->desc.bar[5].ops = &register_ops;
    if (part != NULL) {
        gpu->frames = part->frames;
        gpu->panel = part->panel;
    }
    if (vega10_vram_init(gpu, err) != 0) return -1;
    if (pci_fn_init(&gpu->fn, &gpu->desc, config, err) != 0) {
        vega10_vram_fini(gpu);
        return -1;
    }
    pci_bar_set_region(&gpu->fn, 0, &gpu->vram_region);
    vega10_dce_init(gpu);
    vega10_link_init(gpu);
    vega10_sdma_init(gpu);
    return 0;
}

static void vega10_reset(struct device *device, enum reset_kind kind)
{
    struct vega10 *gpu = vega10_of(device);

    if (kind == RESET_POWER_ON) {
        vega10_vram_clear(device);
    }
    pci_fn_reset(&gpu->fn, kind);
    vega10_ih_reset(gpu);
    vega10_link_reset(gpu, kind);
    vega10_gmc_reset(gpu);
    vega10_sdma_reset(gpu);
    vega10_dce_reset(gpu, kind);
}

static int vega10_loaded(struct device *device, struct error *err)
{
    struct vega10 *gpu = vega10_of(device);

    if (pci_fn_loaded(&gpu->fn, err) != 0) return -1;
    vega10_gmc_reset(gpu);
    if (vega10_sdma_loaded(gpu, err) != 0) return -1;
    return vega10_dce_loaded(gpu, err);
}

static void vega10_fini(struct device *device)
{
    struct vega10 *gpu = vega10_of(device);

    vega10_sdma_fini(gpu);
    vega10_link_fini(gpu);
    vega10_dce_fini(gpu);
    pci_fn_fini(&gpu->fn);
    vega10_vram_fini(gpu);
}

/* The lists of the blocks bring their own commas. */
static const struct snap_field state[] = {
    PCI_FN_STATE, VEGA10_DCE_STATE VEGA10_LINK_STATE VEGA10_SDMA_STATE SNAP_END};
static const struct trace_desc *const events[] = {PCI_FN_EVENTS,
                                                  VEGA10_DCE_EVENTS VEGA10_SDMA_EVENTS NULL};

const struct device_class vega10_class = {
    .name = "vega10",
    .size = sizeof(struct vega10),
    .version = 1,
    .banks = vega10_banks,
    .state = state,
    .events = events,
    .init = vega10_init,
    .reset = vega10_reset,
    .loaded = vega10_loaded,
    .fini = vega10_fini,
};
