/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures whose hashes are known without this emulator: tests/golden/frames computes them from the same formula. The frame
 * buffer is Multiboot's (frame-multiboot1.c checks it).
 */
#include "tests/guest/programs/frame-buffer.h"

#define ROWS     8 /* then they repeat */
#define DOTS     4
#define DOT_TIME 143182 /* 40 ms between two: each is a picture of its own */

static uint32_t pattern(uint32_t x, uint32_t y)
{
    return (x * 0x000301 + y % ROWS * 0x1f0000) & 0xffffff;
}

static void paint(const struct frame_buffer *fb)
{
    for (uint32_t y = 0; y < fb->height; y++) {
        volatile uint64_t *row = (volatile uint64_t *)frame_pixel(fb, 0, y);

        for (uint32_t x = 0; x < fb->width; x += 2) {
            row[x / 2] = pattern(x, y) | (uint64_t)pattern(x + 1, y) << 32;
        }
    }
}

void guest_main(void)
{
    const uint8_t *info = (const uint8_t *)(uintptr_t)entry_state.rbx;
    struct frame_buffer fb = {.bits = 32};

    memcpy(&fb.addr, info + 88, 8);
    memcpy(&fb.pitch, info + 96, 4);
    memcpy(&fb.width, info + 100, 4);
    memcpy(&fb.height, info + 104, 4);
    paint(&fb);
    pm_wait(DOT_TIME);
    for (uint32_t i = 0; i < DOTS; i++) {
        *frame_pixel(&fb, 1000 * i, 500 * i) = 0xffffff;
        pm_wait(DOT_TIME);
    }
    report(true, "painted");
}
