/* SPDX-License-Identifier: GPL-2.0-only */
/* A Vega 10 without a machine: its BARs are placed, MSI goes to the rig, and a frame store takes
 * its pictures. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/display/vega10.h"
#include "devices/display/vega10_internal.h"
#include "emu/core/frame.h"
#include "tests/lib/rig.h"

#define BENCH_VRAM      UINT64_C(0x1000000000)
#define BENCH_DOORBELLS UINT64_C(0xd0000000)
#define BENCH_REGS      UINT64_C(0xd0200000)
#define BENCH_ROM       UINT64_C(0xd0300000)
#define BENCH_PORTS     0xe000u
#define BENCH_MESSAGE   UINT64_C(0xfee00000)
#define BENCH_RAM       UINT64_C(0x10000) /* where tests keep rings */

/* Registers that several tests use, as byte offsets in BAR 5. */
#define REG_GRPH_ENABLE          0xe868u
#define REG_GRPH_CONTROL         0xe86cu
#define REG_GRPH_ADDRESS         0xe878u
#define REG_GRPH_PITCH           0xe880u
#define REG_GRPH_ADDRESS_HIGH    0xe884u
#define REG_GRPH_X_END           0xe89cu
#define REG_GRPH_Y_END           0xe8a0u
#define REG_GRPH_UPDATE          0xe8a8u
#define REG_VIEWPORT_SIZE        0xedc0u
#define REG_CRTC_H_TOTAL         0xee4cu
#define REG_CRTC_H_BLANK         0xee50u
#define REG_CRTC_H_SYNC          0xee54u
#define REG_CRTC_V_TOTAL         0xee68u
#define REG_CRTC_V_BLANK         0xee80u
#define REG_CRTC_V_SYNC          0xee84u
#define REG_CRTC_CONTROL         0xeebcu
#define REG_CRTC_BLANK_CONTROL   0xeec0u
#define REG_CRTC_STATUS          0xeed8u
#define REG_CRTC_STATUS_POSITION 0xeedcu
#define REG_CRTC_FRAME_COUNT     0xeee4u
#define REG_PIPE_STRIDE          0x800u
#define REG_IH_RB_CNTL           0x4480u
#define REG_IH_RB_RPTR           0x448cu
#define REG_IH_RB_WPTR           0x4490u
#define REG_IH_DOORBELL_RPTR     0x449cu

/* 5120x2880 over one pipe, the panel's two tiles side by side (hardware.md 6). */
#define BENCH_WIDTH    5120u
#define BENCH_HEIGHT   2880u
#define BENCH_H_TOTAL  5440u
#define BENCH_V_TOTAL  2962u
#define BENCH_H_START  224u /* sync and back porch */
#define BENCH_V_START  79u
#define BENCH_PIXEL_HZ UINT64_C(966500000)

struct vega10_bench {
    struct rig *rig;
    struct vega10 *gpu;
    struct frame_store *frames;
    struct vega10_config config;
};

/* Set-up and tear-down of cmocka tests; *state is the bench. */
int vega10_bench_setup(void **state);
int vega10_bench_teardown(void **state);
#define VEGA10_TEST(test) \
    cmocka_unit_test_setup_teardown(test, vega10_bench_setup, vega10_bench_teardown)
/* The same by hand, with a panel (may be NULL). */
struct vega10_bench *vega10_bench_create(const struct vega10_panel *panel);

uint32_t vega10_get(struct vega10_bench *b, uint32_t offset);
void vega10_set(struct vega10_bench *b, uint32_t offset, uint32_t value);
/* Physical GPU address of an offset in video memory. */
uint64_t vega10_bench_address(struct vega10_bench *b, uint64_t offset);
/* Timing of a pipe for an active area of that size, with the porches of the panel's; not enabled. */
void vega10_bench_timing(struct vega10_bench *b, unsigned pipe, uint32_t width, uint32_t height);
/* A linear ARGB8888 surface of that size at `offset` in video memory, enabled. */
void vega10_bench_surface(struct vega10_bench *b, unsigned pipe, uint64_t offset, uint32_t width,
                          uint32_t height);
/* 5120x2880 on pipe 0 from the start of video memory, running. */
void vega10_bench_mode(struct vega10_bench *b);
/* Length of one frame of vega10_bench_mode(). */
vtime vega10_bench_frame_time(void);
/* An interrupt ring of `bytes` at BENCH_RAM in system memory with write-back at BENCH_RAM - 64, MSI
 * on. */
void vega10_bench_ring(struct vega10_bench *b, uint32_t bytes, uint32_t flags);
/* Dword `index` of entry `entry` of that ring. */
uint32_t vega10_bench_entry(struct vega10_bench *b, unsigned entry, unsigned index);
