/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of a frame buffer that the firmware hands over, shared by the programs that are told of it in different ways:
 * it is BAR 0 of the display controller, shows the firmware's picture, and is memory to draw on.
 */
#pragma once

#include "tests/guest/lib/dev.h"

struct frame_buffer {
    uint64_t addr;
    uint32_t pitch, width, height;
    uint8_t bits, places[6]; /* position and size of red, green and blue */
};

#define GPU_ID               0x68671002u
#define FIRMWARE_BACK        0x1c1c1eu
#define BIOS_SCRATCH_7       0x14c
#define GRPH_PITCH           0xe880
#define CRTC_STATUS_POSITION 0xeedc

static inline volatile uint32_t *frame_pixel(const struct frame_buffer *fb, uint32_t x, uint32_t y)
{
    return (volatile uint32_t *)(uintptr_t)(fb->addr + (uint64_t)y * fb->pitch + x * 4);
}

static inline void check_description(const struct frame_buffer *fb)
{
    static const uint8_t places[6] = {16, 8, 8, 8, 0, 8};

    report_eq(fb->width, 5120, "frame buffer: width");
    report_eq(fb->height, 2880, "height");
    report_eq(fb->pitch, 20480, "bytes from line to line");
    report_eq(fb->bits, 32, "bits a pixel");
    report(memcmp(fb->places, places, 6) == 0, "places of the colours");
}

static inline void check_hardware(const struct frame_buffer *fb)
{
    uintptr_t gpu = pci_find(GPU_ID);

    report(gpu != 0, "the display controller is there");
    if (gpu == 0) return;
    report_eq(fb->addr, mmio_read32(gpu + 0x10) & ~0xfu, "the frame buffer is BAR 0");
    report_eq(fb->addr, 0xe0000000, "where the real machine has it");
    report_eq(mmio_read32(gpu + 0x14), 0, "below 4 GiB");
    report_eq(mmio_read32(gpu + 0x18) & ~0xfu, 0xf0000000, "BAR 2");
    report_eq(mmio_read32(gpu + 0x20), 0xe001, "BAR 4");
    report_eq(mmio_read32(gpu + 0x24), 0xf0200000, "BAR 5");
    uintptr_t regs = mmio_read32(gpu + 0x24);
    report(mmio_read32(regs + BIOS_SCRATCH_7) & 0x200, "the firmware says that it set the mode");
    report_eq(mmio_read32(regs + GRPH_PITCH), 5120, "pitch in pixels");
    uint32_t start = pm_timer(), first = mmio_read32(regs + CRTC_STATUS_POSITION) & 0x3fff;
    while ((mmio_read32(regs + CRTC_STATUS_POSITION) & 0x3fff) == first && pm_before(start, 10)) {}
    report(pm_before(start, 10), "lines are scanned out");
}

/* The corners are background; the logo is left and right of the middle; the log below. */
static inline void check_picture(const struct frame_buffer *fb)
{
    unsigned lit = 0, text = 0;

    report_eq(*frame_pixel(fb, 0, 0), FIRMWARE_BACK, "background, upper left");
    report_eq(*frame_pixel(fb, fb->width - 1, fb->height - 1), FIRMWARE_BACK, "lower right");
    for (uint32_t y = fb->height / 8; y < fb->height / 2; y += 8) {
        for (uint32_t x = fb->width / 4; x < fb->width * 3 / 4; x += 8) {
            lit += *frame_pixel(fb, x, y) != FIRMWARE_BACK;
        }
    }
    report(lit > 1000, "the logo is shown");
    for (uint32_t y = fb->height / 2 - 160; y < fb->height / 2; y++) {
        for (uint32_t x = 1920; x < 2220; x++) {
            text += *frame_pixel(fb, x, y) != FIRMWARE_BACK;
        }
    }
    report(text > 1000, "and the log");
}

static inline uint32_t colour_at(uint32_t i)
{
    return i * 0x010305 & 0xffffff;
}

static inline void check_drawing(const struct frame_buffer *fb)
{
    static const uint32_t corners[][2] = {{0, 0}, {5056, 0}, {0, 2816}, {5056, 2816}, {2528, 1408}};
    unsigned wrong = 0;

    for (unsigned c = 0; c < COUNT(corners); c++) {
        for (uint32_t i = 0; i < 64 * 64; i++) {
            *frame_pixel(fb, corners[c][0] + i % 64, corners[c][1] + i / 64) = colour_at(i + c);
        }
    }
    for (unsigned c = 0; c < COUNT(corners); c++) {
        for (uint32_t i = 0; i < 64 * 64; i++) {
            wrong += *frame_pixel(fb, corners[c][0] + i % 64, corners[c][1] + i / 64) !=
                     colour_at(i + c);
        }
    }
    report_eq(wrong, 0, "what was drawn is there");
    report_eq(*(volatile uint16_t *)frame_pixel(fb, 1, 0), colour_at(1) & 0xffff,
              "and can be read in halves");
}

static inline void check_frame_buffer(const struct frame_buffer *fb)
{
    check_description(fb);
    check_hardware(fb);
    check_picture(fb);
    check_drawing(fb);
}
