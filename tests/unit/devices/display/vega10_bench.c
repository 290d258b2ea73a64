/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/devices/display/vega10_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/base/endian.h"

#define CONFIG(offset) (PCI_LONE_BASE + (offset))
#define CAP_MSI        0xa0u

static void place(struct rig *rig, unsigned bar, uint64_t address)
{
    rig_write(rig, CONFIG(PCI_BASE_ADDRESS_0 + 4 * bar), 4, address & UINT32_MAX);
    if (bar == 0 || bar == 2) {
        rig_write(rig, CONFIG(PCI_BASE_ADDRESS_0 + 4 * bar + 4), 4, address >> 32);
    }
}

struct vega10_bench *vega10_bench_create(const struct vega10_panel *panel)
{
    struct vega10_bench *b = calloc(1, sizeof(*b));
    struct pci_config config = {.part = &b->config};

    assert_non_null(b);
    b->frames = frame_store_create(false);
    assert_non_null(b->frames);
    b->config = (struct vega10_config){.frames = b->frames, .panel = panel};
    b->rig = rig_create();
    b->gpu = vega10_of(rig_device(b->rig, &vega10_class, "/gpu", &config));
    place(b->rig, 0, BENCH_VRAM);
    place(b->rig, 2, BENCH_DOORBELLS);
    place(b->rig, 4, BENCH_PORTS);
    place(b->rig, 5, BENCH_REGS);
    rig_write(b->rig, CONFIG(PCI_COMMAND), 2,
              PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    return b;
}

int vega10_bench_setup(void **state)
{
    *state = vega10_bench_create(NULL);
    return 0;
}

int vega10_bench_teardown(void **state)
{
    struct vega10_bench *b = *state;

    rig_destroy(b->rig);
    frame_store_destroy(b->frames);
    free(b);
    return 0;
}

uint32_t vega10_get(struct vega10_bench *b, uint32_t offset)
{
    return (uint32_t)rig_read(b->rig, BENCH_REGS + offset, 4);
}

void vega10_set(struct vega10_bench *b, uint32_t offset, uint32_t value)
{
    rig_write(b->rig, BENCH_REGS + offset, 4, value);
}

uint64_t vega10_bench_address(struct vega10_bench *b, uint64_t offset)
{
    return vega10_gmc_fb_base(b->gpu) + offset;
}

void vega10_bench_timing(struct vega10_bench *b, unsigned pipe, uint32_t width, uint32_t height)
{
    uint32_t at = pipe * REG_PIPE_STRIDE;
    uint32_t h_total = BENCH_H_TOTAL - BENCH_WIDTH + width;
    uint32_t v_total = BENCH_V_TOTAL - BENCH_HEIGHT + height;

    vega10_set(b, at + REG_CRTC_H_TOTAL, h_total - 1);
    vega10_set(b, at + REG_CRTC_H_BLANK, BENCH_H_START << 16 | (BENCH_H_START + width));
    vega10_set(b, at + REG_CRTC_H_SYNC, 64u << 16);
    vega10_set(b, at + REG_CRTC_V_TOTAL, v_total - 1);
    vega10_set(b, at + REG_CRTC_V_BLANK, BENCH_V_START << 16 | (BENCH_V_START + height));
    vega10_set(b, at + REG_CRTC_V_SYNC, 10u << 16);
}

void vega10_bench_surface(struct vega10_bench *b, unsigned pipe, uint64_t offset, uint32_t width,
                          uint32_t height)
{
    uint32_t at = pipe * REG_PIPE_STRIDE;
    uint64_t address = vega10_bench_address(b, offset);

    vega10_set(b, at + REG_GRPH_CONTROL, 2);
    vega10_set(b, at + REG_GRPH_PITCH, width);
    vega10_set(b, at + REG_GRPH_X_END, width);
    vega10_set(b, at + REG_GRPH_Y_END, height);
    vega10_set(b, at + REG_VIEWPORT_SIZE, width << 16 | height);
    vega10_set(b, at + REG_GRPH_ADDRESS_HIGH, (uint32_t)(address >> 32));
    vega10_set(b, at + REG_GRPH_ADDRESS, (uint32_t)address);
    vega10_set(b, at + REG_GRPH_ENABLE, 1);
}

void vega10_bench_mode(struct vega10_bench *b)
{
    vega10_bench_timing(b, 0, BENCH_WIDTH, BENCH_HEIGHT);
    vega10_bench_surface(b, 0, 0, BENCH_WIDTH, BENCH_HEIGHT);
    vega10_set(b, REG_CRTC_CONTROL, 1);
}

vtime vega10_bench_frame_time(void)
{
    const struct clock clock = {.hz_num = BENCH_PIXEL_HZ, .hz_den = 1};

    return clock_duration(&clock, (uint64_t)BENCH_H_TOTAL * BENCH_V_TOTAL);
}

void vega10_bench_ring(struct vega10_bench *b, uint32_t bytes, uint32_t flags)
{
    uint32_t log2_dwords = (uint32_t)__builtin_ctz(bytes / 4);

    rig_write(b->rig, CONFIG(CAP_MSI + 4), 4, BENCH_MESSAGE);
    rig_write(b->rig, CONFIG(CAP_MSI + 12), 2, 0x41);
    rig_write(b->rig, CONFIG(CAP_MSI + 2), 2, PCI_MSI_FLAGS_ENABLE);
    vega10_set(b, 0x4484, (uint32_t)(BENCH_RAM >> 8));
    vega10_set(b, 0x4488, 0);
    vega10_set(b, 0x4494, 0);
    vega10_set(b, 0x4498, (uint32_t)(BENCH_RAM - 64));
    /* MC_SPACE 1: the system bus; writeback, interrupts, on */
    vega10_set(b, REG_IH_RB_CNTL, 1u << 28 | 1u << 17 | 1u << 8 | log2_dwords << 1 | 1u | flags);
}

uint32_t vega10_bench_entry(struct vega10_bench *b, unsigned entry, unsigned index)
{
    return le32_get(b->rig->ram + BENCH_RAM + (size_t)entry * 32 + (size_t)index * 4);
}
