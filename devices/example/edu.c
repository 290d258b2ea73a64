/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EDU-1, a teaching device (docs/hardware/edu.md; numbers in parentheses below are its sections).
 *
 * Modelled: everything in the data sheet.
 * Not modelled: nothing is left out.
 * Chosen: a COPY while another runs is refused with DMA_ERROR (the data sheet, 4.2, says only
 * that it has no effect on the running one).
 *
 * How it works: COUNT is computed from the time since ENABLE was set; nothing is ticked. The
 * compare event stands at the time at which COUNT reaches COMPARE. COPY latches its three
 * registers, so that the guest may change them at once, and does all its work in the event at the
 * end of its time. update_irq() is the only place that drives the line.
 */
#include "devices/example/edu.h"

#include "devices/example/edu_regs.h"
#include "emu/core/device.h"
#include "emu/core/dma.h"
#include "emu/core/irq.h"

/* 4.3: one microsecond to start, then one nanosecond per byte. */
#define COPY_START    VTIME_US(1)
#define COPY_PER_BYTE VTIME_NS(1)

/* The instance. First the device, then what init makes, then the members behind registers, then
 * the rest of the state. */
struct edu {
    struct device device;
    struct reg_window window;
    struct irq_line irq;
    struct event compare_event;
    struct event copy_event;
    /* registers */
    uint32_t scratch;
    uint32_t control;
    uint32_t status;
    uint64_t compare;
    uint64_t dma_src;
    uint64_t dma_dst;
    uint32_t dma_bytes;
    uint32_t mailbox[EDU_MAILBOXES];
    /* what the registers do not hold */
    vtime enabled_at;  /* COUNT is 0 here; meaningful while ENABLE is set */
    uint64_t copy_src; /* the running COPY */
    uint64_t copy_dst;
    uint32_t copy_bytes;
};

/* Kinds of event that this device makes besides register accesses and line changes, which are
 * traced by themselves. */
static const struct trace_desc ev_compare = {.name = "compare", .fields = {"count"}};
static const struct trace_desc ev_copy = {.name = "copy", .fields = {"src", "dst", "bytes", "ok"}};

static struct edu *edu_of(struct device *device)
{
    return CONTAINER_OF(device, struct edu, device);
}

/* ---- Interrupt (5) ---- */

static void update_irq(struct edu *edu)
{
    bool is_timer =
        (edu->control & EDU_CONTROL_TIMER_IE) != 0 && (edu->status & EDU_STATUS_TIMER) != 0;
    bool is_dma = (edu->control & EDU_CONTROL_DMA_IE) != 0 &&
                  (edu->status & (EDU_STATUS_DMA_DONE | EDU_STATUS_DMA_ERROR)) != 0;

    irq_set(&edu->irq, is_timer || is_dma);
}

/* ---- Counter (3) ---- */

static bool is_enabled(const struct edu *edu)
{
    return (edu->control & EDU_CONTROL_ENABLE) != 0;
}

static struct clock counter_clock(const struct edu *edu)
{
    return (struct clock){.hz_num = EDU_COUNT_HZ, .hz_den = 1, .epoch = edu->enabled_at};
}

static uint64_t count_now(struct edu *edu)
{
    struct clock clock = counter_clock(edu);

    return is_enabled(edu) ? clock_ticks(&clock, device_now(&edu->device)) : 0;
}

/* 3.2: TIMER is set when COUNT reaches COMPARE, also when it has passed it already. */
static void arm_compare(struct edu *edu)
{
    struct clock clock = counter_clock(edu);

    sched_at(edu->device.env.sched, &edu->compare_event,
             is_enabled(edu) ? clock_when(&clock, edu->compare) : VTIME_NEVER);
}

static void compare_fire(void *owner, vtime when)
{
    struct edu *edu = owner;

    (void)when;
    TRACE(edu->device.env.trace, &edu->device, &ev_compare, count_now(edu));
    edu->status |= EDU_STATUS_TIMER;
    update_irq(edu);
}

/* ---- Copy engine (4) ---- */

static void finish_copy(struct edu *edu, bool is_ok)
{
    TRACE(edu->device.env.trace, &edu->device, &ev_copy, edu->copy_src, edu->copy_dst,
          edu->copy_bytes, is_ok ? 1 : 0);
    edu->status &= ~EDU_STATUS_DMA_BUSY;
    edu->status |= is_ok ? EDU_STATUS_DMA_DONE : EDU_STATUS_DMA_ERROR;
    update_irq(edu);
}

/* Guest memory is copied in, then out; no pointer into it exists. */
static void copy_fire(void *owner, vtime when)
{
    struct edu *edu = owner;
    struct dma *dma = edu->device.env.dma;
    uint8_t buffer[EDU_DMA_BYTES_MAX];
    bool is_ok;

    (void)when;
    is_ok = dma_read(dma, edu->copy_src, buffer, edu->copy_bytes) == DMA_OK &&
            dma_write(dma, edu->copy_dst, buffer, edu->copy_bytes) == DMA_OK;
    finish_copy(edu, is_ok);
}

/* Everything is checked before anything is latched: a length out of bounds never gets into the
 * state. */
static void start_copy(struct edu *edu)
{
    if ((edu->status & EDU_STATUS_DMA_BUSY) != 0) {
        device_guest_error(&edu->device, "COPY while one runs", edu->dma_bytes, 0);
        edu->status |= EDU_STATUS_DMA_ERROR;
        return;
    }
    if (edu->dma_bytes == 0 || edu->dma_bytes > EDU_DMA_BYTES_MAX) {
        device_guest_error(&edu->device, "COPY length", edu->dma_bytes, 0);
        edu->status |= EDU_STATUS_DMA_ERROR;
        return;
    }
    edu->copy_src = edu->dma_src;
    edu->copy_dst = edu->dma_dst;
    edu->copy_bytes = edu->dma_bytes;
    edu->status |= EDU_STATUS_DMA_BUSY;
    sched_at(edu->device.env.sched, &edu->copy_event,
             device_now(&edu->device) + COPY_START + edu->copy_bytes * COPY_PER_BYTE);
}

/* ---- Side effects of registers: `get` computes a value, `write` follows a write ---- */

static uint64_t id_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return EDU_ID_VALUE;
}

static void control_write(struct device *device, const struct reg_write *write)
{
    struct edu *edu = edu_of(device);

    if (((write->old ^ write->now) & EDU_CONTROL_ENABLE) != 0) {
        edu->enabled_at = device_now(device);
        arm_compare(edu);
    }
    update_irq(edu);
}

/* The table has cleared the bits already. */
static void status_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    update_irq(edu_of(device));
}

static uint64_t count_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return count_now(edu_of(device));
}

static void compare_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    arm_compare(edu_of(device));
}

static uint64_t command_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0;
}

static void command_write(struct device *device, const struct reg_write *write)
{
    struct edu *edu = edu_of(device);

    if (write->written != EDU_COMMAND_COPY) {
        device_guest_error(device, "unknown command", write->written, 0);
        return;
    }
    start_copy(edu);
    update_irq(edu);
}

/* ---- Tables ---- */

static const struct reg_field control_fields[] = {
    {"DMA_IE", 2, 2}, {"TIMER_IE", 1, 1}, {"ENABLE", 0, 0}, {NULL, 0, 0}};
static const struct reg_field status_fields[] = {
    {"DMA_BUSY", 3, 3}, {"DMA_ERROR", 2, 2}, {"DMA_DONE", 1, 1}, {"TIMER", 0, 0}, {NULL, 0, 0}};

/* Everything that can be said without code: decode, masks, reset values, trace, save and load
 * follow from it. */
static const struct reg regs[] = {
    {.name = "ID", .offset = EDU_ID, .size = 4, REG_UNBACKED, .get = id_get},
    {.name = "SCRATCH",
     .offset = EDU_SCRATCH,
     .size = 4,
     REG_BACKED(struct edu, scratch),
     .rw = UINT32_MAX},
    {.name = "CONTROL",
     .offset = EDU_CONTROL,
     .size = 4,
     REG_BACKED(struct edu, control),
     .rw = EDU_CONTROL_BITS,
     .write = control_write,
     .fields = control_fields},
    {.name = "STATUS",
     .offset = EDU_STATUS,
     .size = 4,
     REG_BACKED(struct edu, status),
     .w1c = EDU_STATUS_W1C,
     .write = status_write,
     .fields = status_fields},
    /* Polled, so not traced. */
    {.name = "COUNT",
     .offset = EDU_COUNT,
     .size = 8,
     REG_UNBACKED,
     .is_quiet = true,
     .get = count_get},
    {.name = "COMPARE",
     .offset = EDU_COMPARE,
     .size = 8,
     REG_BACKED(struct edu, compare),
     .reset = UINT64_MAX,
     .rw = UINT64_MAX,
     .write = compare_write},
    {.name = "DMA_SRC",
     .offset = EDU_DMA_SRC,
     .size = 8,
     REG_BACKED(struct edu, dma_src),
     .rw = UINT64_MAX},
    {.name = "DMA_DST",
     .offset = EDU_DMA_DST,
     .size = 8,
     REG_BACKED(struct edu, dma_dst),
     .rw = UINT64_MAX},
    {.name = "DMA_BYTES",
     .offset = EDU_DMA_BYTES,
     .size = 4,
     REG_BACKED(struct edu, dma_bytes),
     .rw = UINT32_MAX},
    {.name = "COMMAND",
     .offset = EDU_COMMAND,
     .size = 4,
     REG_UNBACKED,
     .get = command_get,
     .write = command_write},
    {.name = "MAILBOX",
     .offset = EDU_MAILBOX,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct edu, mailbox),
     .rw = UINT32_MAX},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "edu", .regs = regs, .bytes = EDU_WINDOW_BYTES, .min_access = 1, .max_access = 8},
    {.name = NULL},
};

/* What the registers do not hold. A limit stands wherever the value sizes or indexes something. */
static const struct snap_field state[] = {
    SNAP_U(struct edu, enabled_at),    SNAP_U(struct edu, copy_src),
    SNAP_U(struct edu, copy_dst),      SNAP_U_MAX(struct edu, copy_bytes, EDU_DMA_BYTES_MAX),
    SNAP_E(struct edu, compare_event), SNAP_E(struct edu, copy_event),
    SNAP_L(struct edu, irq),           SNAP_END,
};

static const struct trace_desc *const events[] = {&ev_compare, &ev_copy, NULL};

static const struct edu_config default_config = {.base = 0xd0000000};

/* ---- Life: the four functions, all required ---- */

static int edu_init(struct device *device, const void *config, struct error *err)
{
    struct edu *edu = edu_of(device);

    irq_line_init(&edu->irq, "irq", device);
    event_init(&edu->compare_event, "compare", compare_fire, edu);
    event_init(&edu->copy_event, "copy", copy_fire, edu);
    reg_window_init(&edu->window, device, &banks[0]);
    return bus_map(device->env.memory, &edu->window.region,
                   ((const struct edu_config *)config)->base, err);
}

/* The registers have their reset values already. */
static void edu_reset(struct device *device, enum reset_kind kind)
{
    struct edu *edu = edu_of(device);

    (void)kind; /* 1.2: the three resets are alike */
    sched_cancel(device->env.sched, &edu->compare_event);
    sched_cancel(device->env.sched, &edu->copy_event);
    edu->enabled_at = 0;
    edu->copy_src = 0;
    edu->copy_dst = 0;
    edu->copy_bytes = 0;
    update_irq(edu);
}

/* A snapshot is hostile input: what the tables cannot check is checked here. */
static int edu_loaded(struct device *device, struct error *err)
{
    const struct edu *edu = edu_of(device);
    bool is_busy = (edu->status & EDU_STATUS_DMA_BUSY) != 0;

    if (is_busy != event_is_armed(&edu->copy_event)) {
        return error_host(err, "%s: DMA_BUSY in the snapshot disagrees with its event",
                          device->path);
    }
    return 0;
}

static void edu_fini(struct device *device)
{
    struct edu *edu = edu_of(device);

    sched_cancel(device->env.sched, &edu->compare_event);
    sched_cancel(device->env.sched, &edu->copy_event);
    bus_unmap(device->env.memory, &edu->window.region);
}

struct irq_line *edu_irq(struct device *device)
{
    return &edu_of(device)->irq;
}

const struct device_class edu_class = {
    .name = "edu",
    .size = sizeof(struct edu),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = edu_init,
    .reset = edu_reset,
    .loaded = edu_loaded,
    .fini = edu_fini,
};
