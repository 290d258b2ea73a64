/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timing generator of a display pipe. Counters are computed: pixels since `origin` at the pixel
 * clock, cut into lines and frames. Line 0 starts with the vertical sync pulse; the picture lies
 * between the end and the start of the blank, as the registers give them.
 *
 * Pixel clock: the DP DTO of the pipe, DPREFCLK (600 MHz) * DP_DTO_PHASE / DP_DTO_MODULO, when
 * CRTC_PIXEL_RATE_CNTL.DP_DTO_ENABLE is set; otherwise the clock of the panel over one pipe,
 * 966.5 MHz (twice the 483.25 MHz of a tile, hardware.md 6), because the PHY PLLs are not modelled.
 *
 * Not modelled: interlace, stereo, variable refresh (V_TOTAL_MIN and MAX), triggers, snapshots,
 * double buffering of timing registers: they take effect when they are written.
 * Chosen: a change of timing while the CRTC runs starts a new frame at line 0. A frame shorter than
 * a millisecond or longer than ten seconds is a guest error, and the CRTC stands still; so no guest
 * can make more than a thousand vertical blanks a second and pipe. The frame counter counts up when
 * line 0 begins.
 */
#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"

#define DPREFCLK_HZ      UINT64_C(600000000)
#define DEFAULT_PIXEL_HZ UINT64_C(966500000)
#define DTO_ENABLE       BIT32(4)
#define PIXEL_HZ_MAX     (UINT64_C(1) << 32)

#define FRAME_TIME_MIN VTIME_MS(1)
#define FRAME_TIME_MAX VTIME_S(10)

#define CONTROL_MASTER_EN BIT32(0)
#define VINT0_STATUS      BIT32(12)

#define STATUS_V_BLANK  BIT32(0)
#define STATUS_V_ACTIVE BIT32(1)
#define STATUS_V_SYNC   BIT32(2)
#define STATUS_H_BLANK  BIT32(16)
#define STATUS_H_ACTIVE BIT32(17)
#define STATUS_H_SYNC   BIT32(18)

#define FRAME_COUNT_BITS 24

const struct trace_desc vega10_trace_timing = {.name = "crtc_timing",
                                               .fields = {"pipe", "h_total", "v_total", "hz"}};

/* Fields of registers that hold two counts. */
static uint32_t low_count(uint32_t value)
{
    return (uint32_t)bits_get(value, 13, 0);
}

static uint32_t high_count(uint32_t value)
{
    return (uint32_t)bits_get(value, 29, 16);
}

static struct clock pixel_clock(const struct vega10_timing *timing)
{
    return (struct clock){.hz_num = timing->hz, .hz_den = 1, .epoch = timing->origin};
}

static uint64_t frame_pixels(const struct vega10_timing *timing)
{
    return (uint64_t)timing->h_total * timing->v_total;
}

static uint64_t pixels_now(const struct vega10_pipe *pipe)
{
    struct clock clock = pixel_clock(&pipe->timing);

    return clock_ticks(&clock, device_now(&pipe->gpu->fn.device));
}

/* ---- Where it is ---- */

struct position {
    uint32_t line;
    uint32_t pixel;
};

static struct position position_now(const struct vega10_pipe *pipe)
{
    const struct vega10_timing *timing = &pipe->timing;
    uint64_t inside;

    if (!timing->is_running) return (struct position){0};
    inside = pixels_now(pipe) % frame_pixels(timing);
    return (struct position){.line = (uint32_t)(inside / timing->h_total),
                             .pixel = (uint32_t)(inside % timing->h_total)};
}

uint32_t vega10_crtc_position(const struct vega10_pipe *pipe)
{
    struct position now = position_now(pipe);

    return now.line | now.pixel << 16;
}

uint64_t vega10_crtc_frame_count(const struct vega10_pipe *pipe)
{
    uint64_t count = pipe->timing.frames;

    if (pipe->timing.is_running) {
        count += pixels_now(pipe) / frame_pixels(&pipe->timing);
    }
    return count & bits_mask(FRAME_COUNT_BITS);
}

void vega10_crtc_reset_count(struct vega10_pipe *pipe)
{
    pipe->timing.frames = 0;
    pipe->timing.frames -= vega10_crtc_frame_count(pipe);
}

/* Between `end` and `start`, the two ends of the blank. */
static bool is_active(uint32_t count, uint32_t blank)
{
    return count >= high_count(blank) && count < low_count(blank);
}

static bool is_sync(uint32_t count, uint32_t sync)
{
    return count >= low_count(sync) && count < high_count(sync);
}

uint32_t vega10_crtc_status(const struct vega10_pipe *pipe)
{
    struct position now = position_now(pipe);
    uint32_t status = 0;

    if (!pipe->timing.is_running) return 0;
    status |= is_active(now.line, pipe->v_blank) ? STATUS_V_ACTIVE : STATUS_V_BLANK;
    status |= is_active(now.pixel, pipe->h_blank) ? STATUS_H_ACTIVE : STATUS_H_BLANK;
    status |= is_sync(now.line, pipe->v_sync) ? STATUS_V_SYNC : 0;
    status |= is_sync(now.pixel, pipe->h_sync) ? STATUS_H_SYNC : 0;
    return status;
}

static uint32_t active(uint32_t blank, uint32_t total)
{
    uint32_t start = low_count(blank);
    uint32_t end = high_count(blank);

    return start > end && start <= total ? start - end : 0;
}

uint32_t vega10_crtc_width(const struct vega10_pipe *pipe)
{
    return active(pipe->h_blank, low_count(pipe->h_total) + 1);
}

uint32_t vega10_crtc_height(const struct vega10_pipe *pipe)
{
    return active(pipe->v_blank, low_count(pipe->v_total) + 1);
}

/* ---- What comes next ---- */

/* When `line` next begins, later than now. */
static vtime next_line(const struct vega10_pipe *pipe, uint32_t line)
{
    const struct vega10_timing *timing = &pipe->timing;
    struct clock clock = pixel_clock(timing);
    uint64_t frame = frame_pixels(timing);
    uint64_t now = pixels_now(pipe);
    uint64_t inside = (uint64_t)(line % timing->v_total) * timing->h_total;
    uint64_t next = now - now % frame + inside;

    return clock_when(&clock, next > now ? next : next + frame);
}

void vega10_crtc_arm(struct vega10_pipe *pipe)
{
    struct sched *sched = pipe->gpu->fn.device.env.sched;
    vtime vblank = VTIME_NEVER;
    vtime vline = VTIME_NEVER;

    if (pipe->timing.is_running) {
        vblank = next_line(pipe, low_count(pipe->v_blank));
        if ((pipe->vint0_control & VINT0_STATUS) == 0) {
            vline = next_line(pipe, low_count(pipe->vint0_position));
        }
    }
    vega10_pipe_judge(pipe);
    sched_at(sched, &pipe->vblank, vblank);
    sched_at(sched, &pipe->vline, vline);
}

/* 0: the registers make no clock. */
static uint64_t pixel_hz(const struct vega10_pipe *pipe)
{
    if ((pipe->pixel_rate & DTO_ENABLE) == 0) return DEFAULT_PIXEL_HZ;
    if (pipe->dto_modulo == 0) return 0;
    return min_u64(muldiv_u64(DPREFCLK_HZ, pipe->dto_phase, pipe->dto_modulo), PIXEL_HZ_MAX);
}

static bool is_sane(const struct vega10_timing *timing)
{
    struct clock clock = {.hz_num = timing->hz, .hz_den = 1};
    vtime frame;

    if (timing->hz == 0) return false;
    frame = clock_duration(&clock, frame_pixels(timing));
    return frame >= FRAME_TIME_MIN && frame <= FRAME_TIME_MAX;
}

bool vega10_timing_is_sane(const struct vega10_timing *timing)
{
    const uint32_t most = (uint32_t)bits_mask(14) + 1;

    if (!timing->is_running) return true;
    return timing->h_total >= 1 && timing->h_total <= most && timing->v_total >= 1 &&
           timing->v_total <= most && timing->hz <= PIXEL_HZ_MAX && is_sane(timing);
}

void vega10_crtc_changed(struct vega10_pipe *pipe)
{
    struct device *device = &pipe->gpu->fn.device;
    struct vega10_timing next = {
        .h_total = low_count(pipe->h_total) + 1,
        .v_total = low_count(pipe->v_total) + 1,
        .hz = pixel_hz(pipe),
        .origin = device_now(device),
        .frames = vega10_crtc_frame_count(pipe),
    };
    bool was_running;

    if ((pipe->control & CONTROL_MASTER_EN) != 0) {
        next.is_running = is_sane(&next);
        if (!next.is_running) {
            device_guest_error(device, "timing of no display", frame_pixels(&next), next.hz);
        }
    }
    was_running = pipe->timing.is_running;
    pipe->timing = next;
    TRACE(device->env.trace, device, &vega10_trace_timing, pipe->index,
          next.is_running ? next.h_total : 0, next.v_total, next.hz);
    vega10_crtc_arm(pipe);
    if (was_running && !next.is_running) {
        vega10_plane_unlocked(pipe);
        vega10_scanout_stopped(pipe);
    }
}
