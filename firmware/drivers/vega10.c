/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The display controller: see vega10.h. Registers are byte offsets in BAR 5, named as in Linux 6.1 (dce_12_0_offset.h,
 * nbio_6_1_offset.h, mmhub_1_0_offset.h); the mode is the panel's two tiles of 2560x2880 side by side (hardware.md 6).
 */
#include "firmware/drivers/vega10.h"

#include <stddef.h>

#include "firmware/arch/x86/io.h"
#include "firmware/drivers/vega10_aux.h"

#define ID_PRO_VEGA_56 0x68671002u
#define ID_PRO_VEGA_64 0x68601002u

#define RCC_CONFIG_MEMSIZE     0x378c  /* MiB of video memory */
#define MC_VM_FB_LOCATION_BASE 0x6a0b0 /* where it starts for the display, in units of 16 MiB */
#define BIOS_SCRATCH_7         0x14c
#define BIOS_SCRATCH_7_POSTED  0x200u

#define VGA_RENDER_CONTROL                0x300
#define D1VGA_CONTROL                     0x330
#define GRPH_ENABLE                       0xe868
#define GRPH_CONTROL                      0xe86c
#define GRPH_CONTROL_32BPP_LINEAR         2u
#define GRPH_SWAP_CNTL                    0xe874
#define GRPH_PRIMARY_SURFACE_ADDRESS      0xe878
#define GRPH_PITCH                        0xe880
#define GRPH_PRIMARY_SURFACE_ADDRESS_HIGH 0xe884
#define GRPH_SURFACE_OFFSET_X             0xe88c
#define GRPH_SURFACE_OFFSET_Y             0xe890
#define GRPH_X_START                      0xe894
#define GRPH_Y_START                      0xe898
#define GRPH_X_END                        0xe89c
#define GRPH_Y_END                        0xe8a0
#define GRPH_UPDATE                       0xe8a8
#define GRPH_UPDATE_LOCK                  0x10000u
#define CUR_CONTROL                       0xe9a4
#define VIEWPORT_START                    0xedbc
#define VIEWPORT_SIZE                     0xedc0
#define CRTC_H_TOTAL                      0xee4c
#define CRTC_H_BLANK_START_END            0xee50
#define CRTC_H_SYNC_A                     0xee54
#define CRTC_H_SYNC_A_CNTL                0xee58
#define CRTC_V_TOTAL                      0xee68
#define CRTC_V_BLANK_START_END            0xee80
#define CRTC_V_SYNC_A                     0xee84
#define CRTC_V_SYNC_A_CNTL                0xee88
#define CRTC_CONTROL                      0xeebc
#define CRTC_CONTROL_MASTER_EN            0x00000001u
#define CRTC_BLANK_CONTROL                0xeec0
#define CRTC_BLANK_CONTROL_BLANK          0x00000100u
#define SYNC_POSITIVE                     0u
#define SYNC_NEGATIVE                     1u

#define WIDTH                   5120u
#define HEIGHT                  2880u
#define BYTES_PER_PIXEL         (DISPLAY_DEPTH / 8u)
#define H_FRONT                 96u
#define H_SYNC                  64u
#define H_TOTAL                 5440u
#define V_FRONT                 3u
#define V_SYNC                  10u
#define V_TOTAL                 2962u
#define FIRST_LAST(first, last) ((uint32_t)(last) << 16 | (first))
/* Counters start with the sync pulse; what is shown ends where the front porch begins. */
#define BLANK(total, front, shown) FIRST_LAST((total) - (front), (total) - (front) - (shown))

#define BAR0 (PCI_BAR0 + 0 * 4)
#define BAR5 (PCI_BAR0 + 5 * 4)

struct register_value {
    uint32_t reg;
    uint32_t value;
};

/* The picture is off and its timing is set. */
static const struct register_value timing[] = {
    {VGA_RENDER_CONTROL, 0},
    {D1VGA_CONTROL, 0},
    {CRTC_BLANK_CONTROL, CRTC_BLANK_CONTROL_BLANK},
    {CRTC_CONTROL, 0},
    {CRTC_H_TOTAL, H_TOTAL - 1},
    {CRTC_H_BLANK_START_END, BLANK(H_TOTAL, H_FRONT, WIDTH)},
    {CRTC_H_SYNC_A, FIRST_LAST(0, H_SYNC)},
    {CRTC_H_SYNC_A_CNTL, SYNC_POSITIVE},
    {CRTC_V_TOTAL, V_TOTAL - 1},
    {CRTC_V_BLANK_START_END, BLANK(V_TOTAL, V_FRONT, HEIGHT)},
    {CRTC_V_SYNC_A, FIRST_LAST(0, V_SYNC)},
    {CRTC_V_SYNC_A_CNTL, SYNC_NEGATIVE},
};

/* Under GRPH_UPDATE_LOCK, with the address of the surface. */
static const struct register_value surface[] = {
    {GRPH_CONTROL, GRPH_CONTROL_32BPP_LINEAR},
    {GRPH_SWAP_CNTL, 0},
    {GRPH_PITCH, WIDTH},
    {GRPH_SURFACE_OFFSET_X, 0},
    {GRPH_SURFACE_OFFSET_Y, 0},
    {GRPH_X_START, 0},
    {GRPH_Y_START, 0},
    {GRPH_X_END, WIDTH},
    {GRPH_Y_END, HEIGHT},
    {VIEWPORT_START, 0},
    {VIEWPORT_SIZE, FIRST_LAST(HEIGHT, WIDTH)},
    {GRPH_ENABLE, 1},
    {CUR_CONTROL, 0},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_all(uint64_t regs, const struct register_value *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mmio_write32(regs + row[i].reg, row[i].value);
    }
}

static void set_mode(uint64_t regs)
{
    uint64_t start = (uint64_t)mmio_read32(regs + MC_VM_FB_LOCATION_BASE) << 24;

    write_all(regs, timing, COUNT(timing));
    mmio_write32(regs + GRPH_UPDATE, GRPH_UPDATE_LOCK);
    write_all(regs, surface, COUNT(surface));
    mmio_write32(regs + GRPH_PRIMARY_SURFACE_ADDRESS_HIGH, (uint32_t)(start >> 32));
    mmio_write32(regs + GRPH_PRIMARY_SURFACE_ADDRESS, (uint32_t)start);
    mmio_write32(regs + GRPH_UPDATE, 0);
    mmio_write32(regs + CRTC_CONTROL, CRTC_CONTROL_MASTER_EN);
    mmio_write32(regs + CRTC_BLANK_CONTROL, 0);
    mmio_write32(regs + BIOS_SCRATCH_7, mmio_read32(regs + BIOS_SCRATCH_7) | BIOS_SCRATCH_7_POSTED);
}

/* A BAR that has an address, or NULL. */
static const struct pci_resource *find_bar(const struct pci_tree *tree, unsigned owner,
                                           unsigned reg)
{
    for (unsigned i = 0; i < tree->resource_count; i++) {
        const struct pci_resource *resource = &tree->resource[i];

        if (resource->owner == owner && !resource->is_window && resource->reg == reg) {
            return resource->is_dropped ? NULL : resource;
        }
    }
    return NULL;
}

static bool init_function(const struct pci_tree *tree, unsigned index, struct display *display)
{
    const struct pci_resource *memory = find_bar(tree, index, BAR0);
    const struct pci_resource *regs = find_bar(tree, index, BAR5);
    uint32_t mib;

    if (memory == NULL || regs == NULL || memory->bytes < WIDTH * HEIGHT * BYTES_PER_PIXEL) {
        return false;
    }
    mib = mmio_read32(regs->base + RCC_CONFIG_MEMSIZE);
    if (mib == 0 || mib == UINT32_MAX) return false;
    set_mode(regs->base);
    *display = (struct display){
        .pixels = (uint8_t *)(uintptr_t)memory->base,
        .addr = memory->base,
        .bytes = memory->bytes,
        .pitch = WIDTH * BYTES_PER_PIXEL,
        .width = WIDTH,
        .height = HEIGHT,
    };
    (void)vega10_read_panel(regs->base, &display->panel);
    return true;
}

bool vega10_init(const struct pci_tree *tree, struct display *display)
{
    for (unsigned i = 0; i < tree->function_count; i++) {
        uint32_t id = tree->function[i].id;

        if ((id == ID_PRO_VEGA_56 || id == ID_PRO_VEGA_64) && init_function(tree, i, display)) {
            return true;
        }
    }
    return false;
}
