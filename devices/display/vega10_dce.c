/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The display controller engine of the Vega 10 (DCE 12): vertical blanks and what hangs on them.
 *
 * Each running pipe has one event a frame, at the start of its vertical blank: pending surfaces are
 * taken, status bits set, interrupts sent, and the first running pipe offers the picture. Vertical
 * interrupt 0 has an event of its own, which is armed only while its status is clear. An interrupt
 * source sends one entry into the ring when its condition (status and enable) becomes true, so a
 * guest that never acknowledges gets one. Events from which no interrupt can follow are background:
 * a machine with nothing else to wait for may be called dead.
 *
 * Not modelled: vertical interrupts 1 and 2, VLINE, GSL, triggers, CRCs, the underlay pipes, DMCU,
 * ABM, audio, HDMI and the digital front and back ends beyond the AUX channels.
 * Chosen: the update point (V_UPDATE) is the start of the vertical blank. The TYPE bits of
 * interrupts are storage: conditions are edges in any case.
 * Sources: hardware.md 5.1, 5.2; register fields of dce_12_0.
 */
#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"
#include "emu/core/frame.h"

#define STATUS_OCCURRED BIT32(0)
#define PFLIP_INT_MASK  BIT32(0)
#define V_UPDATE_MASK   BIT32(4)
#define VINT0_ENABLE    BIT32(8)
#define VINT0_STATUS    BIT32(12)

/* Sources of client DCE in the interrupt ring (ivsrcid_vislands30). */
#define SOURCE_V_UPDATE 7 /* and every second number from here */
#define SOURCE_PFLIP    8
#define SOURCE_VINT0    19 /* and the next ones */
#define EXTENDED_VINT0  7

const struct trace_desc vega10_trace_vblank = {.name = "vblank", .fields = {"pipe", "frame"}};

static void send(struct vega10_pipe *pipe, unsigned source, uint32_t extended)
{
    const struct vega10_interrupt interrupt = {
        .client = VEGA10_CLIENT_DCE,
        .source = (uint8_t)source,
        .data = {extended},
    };

    vega10_interrupt(pipe->gpu, &interrupt);
}

/* A vertical blank without interrupts, with nothing to take, is the consumer's alone; vertical
 * interrupt 0 without its enable sets a bit that somebody must read. */
void vega10_pipe_judge(struct vega10_pipe *pipe)
{
    pipe->vblank.is_background =
        (pipe->interrupt_control & V_UPDATE_MASK) == 0 && !vega10_plane_is_waiting(pipe);
    pipe->vline.is_background = (pipe->vint0_control & VINT0_ENABLE) == 0;
}

void vega10_send_pflip(struct vega10_pipe *pipe)
{
    send(pipe, SOURCE_PFLIP + 2 * pipe->index, 0);
}

void vega10_send_v_update(struct vega10_pipe *pipe)
{
    send(pipe, SOURCE_V_UPDATE + 2 * pipe->index, 0);
}

void vega10_send_vint0(struct vega10_pipe *pipe)
{
    send(pipe, SOURCE_VINT0 + pipe->index, EXTENDED_VINT0);
}

void vega10_pflip(struct vega10_pipe *pipe)
{
    bool was = (pipe->pflip_status & STATUS_OCCURRED) != 0;

    pipe->pflip_status |= STATUS_OCCURRED;
    if (!was && (pipe->pflip_control & PFLIP_INT_MASK) != 0) {
        vega10_send_pflip(pipe);
    }
}

static void v_update(struct vega10_pipe *pipe)
{
    bool was = (pipe->v_update_status & STATUS_OCCURRED) != 0;

    pipe->v_update_status |= STATUS_OCCURRED;
    if (!was && (pipe->interrupt_control & V_UPDATE_MASK) != 0) {
        vega10_send_v_update(pipe);
    }
}

static bool is_first_running(const struct vega10_pipe *pipe)
{
    for (unsigned i = 0; i < pipe->index; i++) {
        if (pipe->gpu->dce.pipe[i].timing.is_running) return false;
    }
    return true;
}

static void vblank_fire(void *owner, vtime when)
{
    struct vega10_pipe *pipe = owner;
    struct device *device = &pipe->gpu->fn.device;
    uint64_t previous =
        trace_cause_begin(device->env.trace, TRACE(device->env.trace, device, &vega10_trace_vblank,
                                                   pipe->index, vega10_crtc_frame_count(pipe)));

    (void)when;
    if (vega10_plane_take(pipe)) {
        vega10_pflip(pipe);
    }
    pipe->lb_vblank_status |= STATUS_OCCURRED;
    v_update(pipe);
    vega10_crtc_arm(pipe);
    if (is_first_running(pipe)) {
        vega10_scanout_offer(pipe->gpu);
    }
    trace_cause_end(device->env.trace, previous);
}

static void vline_fire(void *owner, vtime when)
{
    struct vega10_pipe *pipe = owner;

    (void)when;
    pipe->vint0_control |= VINT0_STATUS;
    if ((pipe->vint0_control & VINT0_ENABLE) != 0) {
        vega10_send_vint0(pipe);
    }
}

void vega10_dce_init(struct vega10 *gpu)
{
    static const char *const vblank_names[VEGA10_PIPES] = {"vblank0", "vblank1", "vblank2",
                                                           "vblank3", "vblank4", "vblank5"};
    static const char *const vline_names[VEGA10_PIPES] = {"vline0", "vline1", "vline2",
                                                          "vline3", "vline4", "vline5"};

    for (unsigned i = 0; i < VEGA10_PIPES; i++) {
        struct vega10_pipe *pipe = &gpu->dce.pipe[i];

        pipe->gpu = gpu;
        pipe->index = i;
        event_init(&pipe->vblank, vblank_names[i], vblank_fire, pipe);
        event_init(&pipe->vline, vline_names[i], vline_fire, pipe);
    }
}

void vega10_dce_reset(struct vega10 *gpu, enum reset_kind kind)
{
    struct sched *sched = gpu->fn.device.env.sched;

    if (kind == RESET_POWER_ON) {
        gpu->dce.frame_number = 0;
    }
    for (unsigned i = 0; i < VEGA10_PIPES; i++) {
        struct vega10_pipe *pipe = &gpu->dce.pipe[i];

        sched_cancel(sched, &pipe->vblank);
        sched_cancel(sched, &pipe->vline);
        pipe->timing = (struct vega10_timing){.is_running = false};
        pipe->taken = (struct vega10_plane){0};
        pipe->cursor_taken = (struct vega10_cursor){0};
    }
}

int vega10_dce_loaded(struct vega10 *gpu, struct error *err)
{
    for (unsigned i = 0; i < VEGA10_PIPES; i++) {
        struct vega10_pipe *pipe = &gpu->dce.pipe[i];

        vega10_pipe_judge(pipe);

        if (!vega10_timing_is_sane(&pipe->timing)) {
            return error_host(err, "%s: display timing of pipe %u is out of range",
                              gpu->fn.device.path, i);
        }
        if (pipe->timing.is_running != event_is_armed(&pipe->vblank)) {
            return error_host(err, "%s: pipe %u disagrees with its event", gpu->fn.device.path, i);
        }
    }
    return 0;
}

void vega10_dce_fini(struct vega10 *gpu)
{
    for (unsigned i = 0; i < VEGA10_PIPES; i++) {
        sched_cancel(gpu->fn.device.env.sched, &gpu->dce.pipe[i].vblank);
        sched_cancel(gpu->fn.device.env.sched, &gpu->dce.pipe[i].vline);
    }
}
