/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the display controller engine, the pipes' all declared once: element n of each is
 * pipe n's, 800h bytes on. What a write means is in vega10_dce.c, vega10_crtc.c and
 * vega10_scanout.c. Registers that are not listed belong to functions that are not modelled; they
 * read 0 and are traced.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"

#define VGA_AT(offset) ((offset)-VEGA10_VGA_BASE)
#define DCE_AT(offset) ((offset)-VEGA10_DCE_BASE)

#define CLOCK_STRIDE 0x10u /* registers of one pipe's pixel clock */

#define STATUS_OCCURRED    BIT32(0)
#define STATUS_CLEAR       BIT32(8)
#define PFLIP_MASK         BIT32(0)
#define V_UPDATE_MASK      BIT32(4)
#define VBLANK_MASK        BIT32(0)
#define VBLANK_ACK         BIT32(4)
#define VBLANK_STAT        BIT32(12)
#define VBLANK_INTERRUPT   BIT32(16)
#define VINT0_ENABLE       BIT32(8)
#define VINT0_STATUS       BIT32(12)
#define VINT0_INT_STATUS   BIT32(16)
#define VINT0_CLEAR        BIT32(20)
#define CUR_UPDATE_PENDING BIT32(0)
#define CONTROL_STATE      BIT32(16)
#define BLANK_STATE        BIT32(0)
#define BLANK_DATA_EN      BIT32(8)
#define CRTC_V_BLANK       BIT32(0)

/* Bits that can be written. */
#define GRPH_UPDATE_BITS  UINT32_C(0x11110000)
#define FLIP_BITS         UINT32_C(0x31)
#define CUR_CONTROL_BITS  UINT32_C(0x0711fb11)
#define CUR_UPDATE_BITS   UINT32_C(0x07010000)
#define CUR_SIZE_BITS     UINT32_C(0x007f007f)
#define COUNT_PAIR        UINT32_C(0x3fff3fff) /* two counts of 14 bits */
#define CRTC_CONTROL_BITS UINT32_C(0xe0707311)
#define COLOR_BITS        UINT32_C(0x3fffffff)
#define VINT0_BITS        UINT32_C(0x01000110)
#define OVERSCAN_BITS     UINT32_C(0x1fff1fff)

static struct vega10_pipe *pipe_of(struct device *device, unsigned index)
{
    return &vega10_of(device)->dce.pipe[index];
}

/* ---- Surface and cursor ---- */

static void mode_write(struct device *device, const struct reg_write *write)
{
    vega10_plane_written(pipe_of(device, write->index), false);
}

static void address_write(struct device *device, const struct reg_write *write)
{
    vega10_plane_written(pipe_of(device, write->index), true);
}

static void unlock_write(struct device *device, const struct reg_write *write)
{
    vega10_plane_unlocked(pipe_of(device, write->index));
}

static uint64_t address_inuse_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return pipe_of(device, index)->taken.address;
}

static uint64_t address_high_inuse_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return pipe_of(device, index)->taken.address_high;
}

static void pflip_status_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & STATUS_CLEAR) != 0) {
        pipe_of(device, write->index)->pflip_status &= ~STATUS_OCCURRED;
    }
}

/* A condition that was there before it was enabled becomes true now. */
static bool is_new_condition(const struct reg_write *write, uint32_t enable, bool is_status_set)
{
    return is_status_set && (write->now & ~write->old & enable) != 0;
}

static void pflip_control_write(struct device *device, const struct reg_write *write)
{
    struct vega10_pipe *pipe = pipe_of(device, write->index);

    if (is_new_condition(write, PFLIP_MASK, (pipe->pflip_status & STATUS_OCCURRED) != 0)) {
        vega10_send_pflip(pipe);
    }
}

static uint64_t cur_update_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct vega10_pipe *pipe = pipe_of(device, index);

    return stored | (memcmp(&pipe->cursor, &pipe->cursor_taken, sizeof(pipe->cursor)) != 0
                         ? CUR_UPDATE_PENDING
                         : 0);
}

/* ---- Line buffer ---- */

static uint64_t vblank_status_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct vega10_pipe *pipe = pipe_of(device, index);
    bool is_blank = (vega10_crtc_status(pipe) & CRTC_V_BLANK) != 0;
    bool is_interrupt =
        (stored & STATUS_OCCURRED) != 0 && (pipe->lb_interrupt_mask & VBLANK_MASK) != 0;

    return stored | (is_blank ? VBLANK_STAT : 0) | (is_interrupt ? VBLANK_INTERRUPT : 0);
}

static void vblank_status_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & VBLANK_ACK) != 0) {
        pipe_of(device, write->index)->lb_vblank_status &= ~STATUS_OCCURRED;
    }
}

/* ---- Timing ---- */

static void timing_write(struct device *device, const struct reg_write *write)
{
    if (write->now != write->old) {
        vega10_crtc_changed(pipe_of(device, write->index));
    }
}

static void line_write(struct device *device, const struct reg_write *write)
{
    vega10_crtc_arm(pipe_of(device, write->index));
}

static uint64_t control_get(struct device *device, unsigned index, uint64_t stored)
{
    return stored | (pipe_of(device, index)->timing.is_running ? CONTROL_STATE : 0);
}

static uint64_t blank_control_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index;
    return stored | ((stored & BLANK_DATA_EN) != 0 ? BLANK_STATE : 0);
}

static uint64_t status_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return vega10_crtc_status(pipe_of(device, index));
}

static uint64_t position_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return vega10_crtc_position(pipe_of(device, index));
}

static uint64_t frame_count_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return vega10_crtc_frame_count(pipe_of(device, index));
}

static uint64_t zero_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static void count_reset_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & 1) != 0) {
        vega10_crtc_reset_count(pipe_of(device, write->index));
    }
}

static void interrupt_control_write(struct device *device, const struct reg_write *write)
{
    struct vega10_pipe *pipe = pipe_of(device, write->index);

    vega10_pipe_judge(pipe);
    if (is_new_condition(write, V_UPDATE_MASK, (pipe->v_update_status & STATUS_OCCURRED) != 0)) {
        vega10_send_v_update(pipe);
    }
}

static void v_update_status_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & STATUS_CLEAR) != 0) {
        pipe_of(device, write->index)->v_update_status &= ~STATUS_OCCURRED;
    }
}

static uint64_t vint0_control_get(struct device *device, unsigned index, uint64_t stored)
{
    bool is_interrupt = (stored & VINT0_STATUS) != 0 && (stored & VINT0_ENABLE) != 0;

    (void)device, (void)index;
    return stored | (is_interrupt ? VINT0_INT_STATUS : 0);
}

static void vint0_control_write(struct device *device, const struct reg_write *write)
{
    struct vega10_pipe *pipe = pipe_of(device, write->index);

    if ((write->written & VINT0_CLEAR) != 0) {
        pipe->vint0_control &= ~VINT0_STATUS;
    }
    if (is_new_condition(write, VINT0_ENABLE, (pipe->vint0_control & VINT0_STATUS) != 0)) {
        vega10_send_vint0(pipe);
    }
    vega10_crtc_arm(pipe);
}

/* ---- Tables ---- */

#define PIPE_REG(text, at, member)                                                 \
    .name = (text), .offset = DCE_AT(at), .size = 4, .stride = VEGA10_PIPE_STRIDE, \
    REG_BACKED_EACH(struct vega10, dce.pipe, member)
#define STORED(text, at, member, bits)           \
    {                                            \
        PIPE_REG(text, at, member), .rw = (bits) \
    }
#define HOOKED(text, at, member, bits, hook)                      \
    {                                                             \
        PIPE_REG(text, at, member), .rw = (bits), .write = (hook) \
    }
#define COMPUTED(text, at, hook, quiet)                                                \
    {                                                                                  \
        .name = (text), .offset = DCE_AT(at), .size = 4, .count = VEGA10_PIPES,        \
        .stride = VEGA10_PIPE_STRIDE, REG_UNBACKED, .is_quiet = (quiet), .get = (hook) \
    }

static const struct reg_field grph_control_fields[] = {
    {"GRPH_SW_MODE", 24, 20}, {"GRPH_FORMAT", 10, 8}, {"GRPH_DEPTH", 1, 0}, {NULL, 0, 0}};
static const struct reg_field grph_update_fields[] = {{"GRPH_SURFACE_IGNORE_UPDATE_LOCK", 20, 20},
                                                      {"GRPH_UPDATE_LOCK", 16, 16},
                                                      {"GRPH_SURFACE_UPDATE_TAKEN", 3, 3},
                                                      {"GRPH_SURFACE_UPDATE_PENDING", 2, 2},
                                                      {"GRPH_MODE_UPDATE_TAKEN", 1, 1},
                                                      {"GRPH_MODE_UPDATE_PENDING", 0, 0},
                                                      {NULL, 0, 0}};
static const struct reg_field cur_control_fields[] = {
    {"CURSOR_2X_MAGNIFY", 16, 16}, {"CURSOR_MODE", 9, 8}, {"CURSOR_EN", 0, 0}, {NULL, 0, 0}};

const struct reg vega10_dce_regs[] = {
    HOOKED("GRPH_ENABLE", 0xe868, plane.enable, 0x3, mode_write),
    {PIPE_REG("GRPH_CONTROL", 0xe86c, plane.control), .rw = UINT32_C(0xf1ff77f7),
     .write = mode_write, .fields = grph_control_fields},
    STORED("GRPH_LUT_10BIT_BYPASS", 0xe870, lut_bypass, 0x10100),
    HOOKED("GRPH_SWAP_CNTL", 0xe874, plane.swap_cntl, 0xff3, mode_write),
    HOOKED("GRPH_PRIMARY_SURFACE_ADDRESS", 0xe878, plane.address, 0xffffff00, address_write),
    HOOKED("GRPH_PITCH", 0xe880, plane.pitch, 0x7fff, mode_write),
    STORED("GRPH_PRIMARY_SURFACE_ADDRESS_HIGH", 0xe884, plane.address_high, 0xff),
    HOOKED("GRPH_SURFACE_OFFSET_X", 0xe88c, plane.offset_x, 0x3fff, mode_write),
    HOOKED("GRPH_SURFACE_OFFSET_Y", 0xe890, plane.offset_y, 0x3fff, mode_write),
    HOOKED("GRPH_X_START", 0xe894, plane.x_start, 0x3fff, mode_write),
    HOOKED("GRPH_Y_START", 0xe898, plane.y_start, 0x3fff, mode_write),
    HOOKED("GRPH_X_END", 0xe89c, plane.x_end, 0x7fff, mode_write),
    HOOKED("GRPH_Y_END", 0xe8a0, plane.y_end, 0x7fff, mode_write),
    {PIPE_REG("GRPH_UPDATE", 0xe8a8, grph_update), .rw = GRPH_UPDATE_BITS, .write = unlock_write,
     .fields = grph_update_fields},
    STORED("GRPH_FLIP_CONTROL", 0xe8ac, flip_control, FLIP_BITS),
    COMPUTED("GRPH_SURFACE_ADDRESS_INUSE", 0xe8b0, address_inuse_get, false),
    HOOKED("GRPH_INTERRUPT_STATUS", 0xe8bc, pflip_status, 0, pflip_status_write),
    HOOKED("GRPH_INTERRUPT_CONTROL", 0xe8c0, pflip_control, 0x101, pflip_control_write),
    COMPUTED("GRPH_SURFACE_ADDRESS_HIGH_INUSE", 0xe8c4, address_high_inuse_get, false),
    {PIPE_REG("CUR_CONTROL", 0xe9a4, cursor.control), .rw = CUR_CONTROL_BITS, .write = unlock_write,
     .fields = cur_control_fields},
    HOOKED("CUR_SURFACE_ADDRESS", 0xe9a8, cursor.address, UINT32_MAX, unlock_write),
    HOOKED("CUR_SIZE", 0xe9ac, cursor.size, CUR_SIZE_BITS, unlock_write),
    HOOKED("CUR_SURFACE_ADDRESS_HIGH", 0xe9b0, cursor.address_high, 0xff, unlock_write),
    HOOKED("CUR_POSITION", 0xe9b4, cursor.position, COUNT_PAIR, unlock_write),
    HOOKED("CUR_HOT_SPOT", 0xe9b8, cursor.hot_spot, CUR_SIZE_BITS, unlock_write),
    HOOKED("CUR_COLOR1", 0xe9bc, cursor.color1, 0xffffff, unlock_write),
    HOOKED("CUR_COLOR2", 0xe9c0, cursor.color2, 0xffffff, unlock_write),
    {PIPE_REG("CUR_UPDATE", 0xe9c4, cur_update), .rw = CUR_UPDATE_BITS, .get = cur_update_get,
     .write = unlock_write},
    STORED("LB_DATA_FORMAT", 0xeb68, lb_data_format, UINT32_C(0x8100113f)),
    STORED("LB_DESKTOP_HEIGHT", 0xeb74, lb_desktop_height, 0x7fff),
    STORED("LB_INTERRUPT_MASK", 0xeb88, lb_interrupt_mask, 0x111),
    {PIPE_REG("LB_VBLANK_STATUS", 0xeb94, lb_vblank_status), .get = vblank_status_get,
     .write = vblank_status_write},
    STORED("VIEWPORT_START", 0xedbc, viewport_start, COUNT_PAIR),
    STORED("VIEWPORT_SIZE", 0xedc0, viewport_size, COUNT_PAIR),
    STORED("EXT_OVERSCAN_LEFT_RIGHT", 0xedc4, overscan_lr, OVERSCAN_BITS),
    STORED("EXT_OVERSCAN_TOP_BOTTOM", 0xedc8, overscan_tb, OVERSCAN_BITS),
    HOOKED("CRTC_H_TOTAL", 0xee4c, h_total, 0x3fff, timing_write),
    STORED("CRTC_H_BLANK_START_END", 0xee50, h_blank, COUNT_PAIR),
    STORED("CRTC_H_SYNC_A", 0xee54, h_sync, COUNT_PAIR),
    STORED("CRTC_H_SYNC_A_CNTL", 0xee58, h_sync_cntl, UINT32_C(0x30001)),
    HOOKED("CRTC_V_TOTAL", 0xee68, v_total, 0x3fff, timing_write),
    HOOKED("CRTC_V_BLANK_START_END", 0xee80, v_blank, COUNT_PAIR, line_write),
    STORED("CRTC_V_SYNC_A", 0xee84, v_sync, COUNT_PAIR),
    STORED("CRTC_V_SYNC_A_CNTL", 0xee88, v_sync_cntl, 0x1),
    {PIPE_REG("CRTC_CONTROL", 0xeebc, control), .rw = CRTC_CONTROL_BITS, .get = control_get,
     .write = timing_write},
    {PIPE_REG("CRTC_BLANK_CONTROL", 0xeec0, blank_control), .rw = UINT32_C(0x10100),
     .get = blank_control_get},
    COMPUTED("CRTC_STATUS", 0xeed8, status_get, true),
    COMPUTED("CRTC_STATUS_POSITION", 0xeedc, position_get, true),
    COMPUTED("CRTC_STATUS_FRAME_COUNT", 0xeee4, frame_count_get, true),
    {.name = "CRTC_COUNT_RESET",
     .offset = DCE_AT(0xeef4),
     .size = 4,
     .count = VEGA10_PIPES,
     .stride = VEGA10_PIPE_STRIDE,
     REG_UNBACKED,
     .get = zero_get,
     .write = count_reset_write},
    STORED("CRTC_START_LINE_CONTROL", 0xef18, start_line_control, UINT32_C(0xff107)),
    HOOKED("CRTC_INTERRUPT_CONTROL", 0xef1c, interrupt_control, UINT32_C(0xff030333),
           interrupt_control_write),
    STORED("CRTC_UPDATE_LOCK", 0xef20, update_lock, 0x1),
    STORED("CRTC_DOUBLE_BUFFER_CONTROL", 0xef24, double_buffer, UINT32_C(0x01010100)),
    HOOKED("CRTC_MASTER_UPDATE_LOCK", 0xef38, master_update_lock, 0x10101, unlock_write),
    STORED("CRTC_MASTER_UPDATE_MODE", 0xef3c, master_update_mode, 0x30007),
    HOOKED("CRTC_V_UPDATE_INT_STATUS", 0xef54, v_update_status, 0, v_update_status_write),
    STORED("CRTC_OVERSCAN_COLOR", 0xef5c, overscan_color, COLOR_BITS),
    STORED("CRTC_BLANK_DATA_COLOR", 0xef64, blank_data_color, COLOR_BITS),
    STORED("CRTC_BLACK_COLOR", 0xef6c, black_color, COLOR_BITS),
    HOOKED("CRTC_VERTICAL_INTERRUPT0_POSITION", 0xef74, vint0_position, COUNT_PAIR, line_write),
    {PIPE_REG("CRTC_VERTICAL_INTERRUPT0_CONTROL", 0xef78, vint0_control), .rw = VINT0_BITS,
     .get = vint0_control_get, .write = vint0_control_write},
    {.name = NULL},
};

#define CLOCK_REG(text, at, member, bits, hook)                                         \
    {                                                                                   \
        .name = (text), .offset = VGA_AT(at), .size = 4, .stride = CLOCK_STRIDE,        \
        REG_BACKED_EACH(struct vega10, dce.pipe, member), .rw = (bits), .write = (hook) \
    }
#define VGA_REG(text, at, member, bits)                                                         \
    {                                                                                           \
        .name = (text), .offset = VGA_AT(at), .size = 4, REG_BACKED(struct vega10, dce.member), \
        .rw = (bits)                                                                            \
    }

const struct reg vega10_vga_regs[] = {
    VGA_REG("VGA_RENDER_CONTROL", 0x300, vga_render_control, UINT32_C(0x030301ff)),
    VGA_REG("VGA_HDP_CONTROL", 0x328, vga_hdp_control, UINT32_C(0x01000111)),
    {.name = "D1VGA_CONTROL",
     .offset = VGA_AT(0x330),
     .size = 4,
     .stride = 8,
     REG_BACKED_ARRAY(struct vega10, dce.dvga_control),
     .rw = UINT32_C(0x03010301)},
    {.name = "D3VGA_CONTROL",
     .offset = VGA_AT(0x3e0),
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct vega10, dce.dvga_control_high),
     .rw = UINT32_C(0x03010301)},
    CLOCK_REG("CRTC_PIXEL_RATE_CNTL", 0x500, pixel_rate, 0x833, timing_write),
    CLOCK_REG("DP_DTO_PHASE", 0x504, dto_phase, UINT32_MAX, timing_write),
    CLOCK_REG("DP_DTO_MODULO", 0x508, dto_modulo, UINT32_MAX, timing_write),
    CLOCK_REG("CRTC_PHYPLL_PIXEL_RATE_CNTL", 0x50c, phypll_pixel_rate, 0x17, NULL),
    {.name = NULL},
};
