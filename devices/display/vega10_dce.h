/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the display controller engine: six pipes, each a surface and a cursor (DCP), a line
 * buffer (LB), a viewport (SCL) and a timing generator (CRTC); and what its files share.
 *
 *   vega10_dce.c       life, vertical blank, interrupts
 *   vega10_dce_regs.c  registers
 *   vega10_crtc.c      timing: where a pipe is, computed from virtual time
 *   vega10_scanout.c   surfaces, flips, cursor: the picture that a vertical blank offers
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/clock.h"
#include "emu/core/sched.h"

struct vega10;

#define VEGA10_VGA_BASE  0x300u /* VGA and display clocks */
#define VEGA10_VGA_BYTES 0x300u
#define VEGA10_DCE_BASE  0xd300u /* the pipes */
#define VEGA10_DCE_BYTES 0x5600u

#define VEGA10_PIPES       6
#define VEGA10_PIPE_STRIDE 0x800u

/* A surface and its place on the picture, as the pipe fetches it: the registers of the same names
 * at the last update that was taken. */
struct vega10_plane {
    uint32_t enable;
    uint32_t control;
    uint32_t swap_cntl;
    uint32_t address;
    uint32_t address_high;
    uint32_t pitch;
    uint32_t offset_x;
    uint32_t offset_y;
    uint32_t x_start;
    uint32_t y_start;
    uint32_t x_end;
    uint32_t y_end;
};

struct vega10_cursor {
    uint32_t control;
    uint32_t address;
    uint32_t address_high;
    uint32_t size;
    uint32_t position;
    uint32_t hot_spot;
    uint32_t color1;
    uint32_t color2;
};

/* The timing that runs: taken over from the registers when one of them changes, so that the time
 * before the change can still be counted. */
struct vega10_timing {
    bool is_running;
    uint32_t h_total; /* pixels a line */
    uint32_t v_total; /* lines a frame */
    uint64_t hz;      /* pixel clock */
    vtime origin;     /* line 0, pixel 0 of a frame */
    uint64_t frames;  /* counted before `origin` */
};

struct vega10_pipe {
    struct vega10 *gpu; /* set by init, with the index */
    unsigned index;
    struct event vblank; /* start of the vertical blank; armed while the CRTC runs */
    struct event vline;  /* vertical interrupt 0; armed while it runs and STATUS is clear */

    /* DCP */
    struct vega10_plane plane; /* as written */
    uint32_t lut_bypass;
    uint32_t grph_update;
    uint32_t flip_control;
    uint32_t pflip_status;
    uint32_t pflip_control;
    struct vega10_cursor cursor; /* as written */
    uint32_t cur_update;
    /* LB and SCL */
    uint32_t lb_interrupt_mask;
    uint32_t lb_vblank_status;
    uint32_t lb_desktop_height;
    uint32_t lb_data_format;
    uint32_t viewport_start;
    uint32_t viewport_size;
    uint32_t overscan_lr;
    uint32_t overscan_tb;
    /* CRTC */
    uint32_t h_total;
    uint32_t h_blank;
    uint32_t h_sync;
    uint32_t h_sync_cntl;
    uint32_t v_total;
    uint32_t v_blank;
    uint32_t v_sync;
    uint32_t v_sync_cntl;
    uint32_t control;
    uint32_t blank_control;
    uint32_t start_line_control;
    uint32_t interrupt_control;
    uint32_t update_lock;
    uint32_t double_buffer;
    uint32_t master_update_lock;
    uint32_t master_update_mode;
    uint32_t v_update_status;
    uint32_t overscan_color;
    uint32_t blank_data_color;
    uint32_t black_color;
    uint32_t vint0_position;
    uint32_t vint0_control;
    /* DCCG */
    uint32_t pixel_rate;
    uint32_t phypll_pixel_rate;
    uint32_t dto_phase;
    uint32_t dto_modulo;

    /* what the registers do not hold */
    struct vega10_plane taken; /* as scanned out */
    struct vega10_cursor cursor_taken;
    struct vega10_timing timing;
};

struct vega10_dce {
    uint32_t vga_render_control;
    uint32_t vga_hdp_control;
    uint32_t dvga_control[2];
    uint32_t dvga_control_high[4];
    struct vega10_pipe pipe[VEGA10_PIPES];
    uint64_t frame_number; /* vertical blanks that were offered since power-on */
};

/* ---- vega10_crtc.c ---- */
/* A register that decides about timing has changed: frames so far are counted with the old timing,
 * the new one starts at line 0 now. */
void vega10_crtc_changed(struct vega10_pipe *pipe);
/* Arms the two events for what comes next after the present. */
void vega10_crtc_arm(struct vega10_pipe *pipe);
/* Pixels of the active area; 0 when the blank registers leave none. */
uint32_t vega10_crtc_width(const struct vega10_pipe *pipe);
uint32_t vega10_crtc_height(const struct vega10_pipe *pipe);
/* For loaded state: a timing that the registers could have made. */
bool vega10_timing_is_sane(const struct vega10_timing *timing);
/* Computed registers. */
uint32_t vega10_crtc_status(const struct vega10_pipe *pipe);
uint32_t vega10_crtc_position(const struct vega10_pipe *pipe);
uint64_t vega10_crtc_frame_count(const struct vega10_pipe *pipe);
void vega10_crtc_reset_count(struct vega10_pipe *pipe);

/* ---- vega10_scanout.c ---- */
/* Registers of the surface were written: pending until the next vertical blank, or taken at once
 * where that is asked for or no timing runs. is_address: the one that starts a flip. */
void vega10_plane_written(struct vega10_pipe *pipe, bool is_address);
/* The update lock may have been opened. */
void vega10_plane_unlocked(struct vega10_pipe *pipe);
/* Will the next vertical blank take something? */
bool vega10_plane_is_waiting(const struct vega10_pipe *pipe);
/* At a vertical blank: what is pending is taken. True when a flip was. */
bool vega10_plane_take(struct vega10_pipe *pipe);
/* Shows the picture of all pipes to the frame store. */
void vega10_scanout_offer(struct vega10 *gpu);
/* The timing of a pipe has stopped: the last one leaves the panel dark. */
void vega10_scanout_stopped(const struct vega10_pipe *pipe);

/* ---- vega10_dce.c ---- */
/* After a change of what hangs on the pipe's events: whether they are background (sched.h). */
void vega10_pipe_judge(struct vega10_pipe *pipe);
/* A flip was taken. */
void vega10_pflip(struct vega10_pipe *pipe);
/* An entry into the interrupt ring: a status and its enable are both set now. */
void vega10_send_pflip(struct vega10_pipe *pipe);
void vega10_send_v_update(struct vega10_pipe *pipe);
void vega10_send_vint0(struct vega10_pipe *pipe);

/* Entries for the state table and the table of events of the device, each with its comma. */
#define VEGA10_PLANE_STATE(member)                                             \
    SNAP_U_EACH(struct vega10, dce.pipe, member.enable, UINT64_MAX),           \
        SNAP_U_EACH(struct vega10, dce.pipe, member.control, UINT64_MAX),      \
        SNAP_U_EACH(struct vega10, dce.pipe, member.swap_cntl, UINT64_MAX),    \
        SNAP_U_EACH(struct vega10, dce.pipe, member.address, UINT64_MAX),      \
        SNAP_U_EACH(struct vega10, dce.pipe, member.address_high, UINT64_MAX), \
        SNAP_U_EACH(struct vega10, dce.pipe, member.pitch, UINT64_MAX),        \
        SNAP_U_EACH(struct vega10, dce.pipe, member.offset_x, UINT64_MAX),     \
        SNAP_U_EACH(struct vega10, dce.pipe, member.offset_y, UINT64_MAX),     \
        SNAP_U_EACH(struct vega10, dce.pipe, member.x_start, UINT64_MAX),      \
        SNAP_U_EACH(struct vega10, dce.pipe, member.y_start, UINT64_MAX),      \
        SNAP_U_EACH(struct vega10, dce.pipe, member.x_end, UINT64_MAX),        \
        SNAP_U_EACH(struct vega10, dce.pipe, member.y_end, UINT64_MAX)
#define VEGA10_CURSOR_STATE(member)                                            \
    SNAP_U_EACH(struct vega10, dce.pipe, member.control, UINT64_MAX),          \
        SNAP_U_EACH(struct vega10, dce.pipe, member.address, UINT64_MAX),      \
        SNAP_U_EACH(struct vega10, dce.pipe, member.address_high, UINT64_MAX), \
        SNAP_U_EACH(struct vega10, dce.pipe, member.size, UINT64_MAX),         \
        SNAP_U_EACH(struct vega10, dce.pipe, member.position, UINT64_MAX),     \
        SNAP_U_EACH(struct vega10, dce.pipe, member.hot_spot, UINT64_MAX),     \
        SNAP_U_EACH(struct vega10, dce.pipe, member.color1, UINT64_MAX),       \
        SNAP_U_EACH(struct vega10, dce.pipe, member.color2, UINT64_MAX)
#define VEGA10_DCE_STATE                                                                           \
    VEGA10_PLANE_STATE(taken), VEGA10_CURSOR_STATE(cursor_taken),                                  \
        SNAP_U_EACH(struct vega10, dce.pipe, timing.is_running, 1),                                \
        SNAP_U_EACH(struct vega10, dce.pipe, timing.h_total, UINT64_MAX),                          \
        SNAP_U_EACH(struct vega10, dce.pipe, timing.v_total, UINT64_MAX),                          \
        SNAP_U_EACH(struct vega10, dce.pipe, timing.hz, UINT64_MAX),                               \
        SNAP_U_EACH(struct vega10, dce.pipe, timing.origin, UINT64_MAX),                           \
        SNAP_U_EACH(struct vega10, dce.pipe, timing.frames, UINT64_MAX),                           \
        SNAP_E_EACH(struct vega10, dce.pipe, vblank), SNAP_E_EACH(struct vega10, dce.pipe, vline), \
        SNAP_U(struct vega10, dce.frame_number),
extern const struct trace_desc vega10_trace_vblank;
extern const struct trace_desc vega10_trace_timing;
extern const struct trace_desc vega10_trace_flip;
#define VEGA10_DCE_EVENTS &vega10_trace_vblank, &vega10_trace_timing, &vega10_trace_flip,
