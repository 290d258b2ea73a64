/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame buffer as Multiboot tells of it: Multiboot Specification 0.6.96, 3.3, flag 12. The image asks for a video mode
 * (flag 2 of its header).
 */
#include "tests/guest/programs/frame-buffer.h"

#define INFO_VBE         0x800
#define INFO_FRAMEBUFFER 0x1000

void guest_main(void)
{
    const uint8_t *info = (const uint8_t *)(uintptr_t)entry_state.rbx;
    uint32_t flags = *(const uint32_t *)info;
    struct frame_buffer fb;

    report(flags & INFO_FRAMEBUFFER, "flag: frame buffer");
    report(!(flags & INFO_VBE), "no VBE");
    report_eq(info[109], 1, "type: direct colour");
    memcpy(&fb.addr, info + 88, 8);
    memcpy(&fb.pitch, info + 96, 4);
    memcpy(&fb.width, info + 100, 4);
    memcpy(&fb.height, info + 104, 4);
    fb.bits = info[108];
    memcpy(fb.places, info + 110, 6);
    check_frame_buffer(&fb);
}
