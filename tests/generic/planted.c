/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A widget: two windows, a plain register, one whose value the tables do not hold, a timer, a
 * line, a cache computed from a register. Each fault changes one table or one line of code. What
 * outlives the device on purpose lies in the rig's RAM, so that the checks find a leak and not
 * freed memory.
 */
#include "tests/generic/planted.h"

#include "emu/base/bits.h"
#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"

#define WIDGET_BASE   0xd0000000u
#define WIDGET_PORT   0x300
#define WIDGET_BYTES  0x20
#define TIMER_MASK    0xfffffu
#define LEAKED_REGION 0x100
#define LEAKED_EVENT  0x400

struct widget_config {
    enum planted_fault fault;
};

struct widget {
    struct device device;
    enum planted_fault fault;
    struct reg_window window;
    struct reg_window port_window;
    struct region_ops crossing_ops;
    struct irq_line line;
    struct event timer;
    uint32_t data;
    uint32_t mode;
    uint32_t hidden;
    uint32_t fired;
    uint32_t cache; /* twice mode */
    uint8_t port;
};

static struct widget *widget_of(struct device *device)
{
    return CONTAINER_OF(device, struct widget, device);
}

static uint64_t hidden_get(struct device *device, unsigned index, uint64_t stored)
{
    struct widget *widget = widget_of(device);

    (void)index;
    (void)stored;
    if (widget->fault == PLANTED_PEEK_HAS_EFFECT) {
        widget->hidden++;
    }
    if (widget->fault == PLANTED_HOST_ADDRESS_SEEN) return (uintptr_t)device & UINT32_MAX;
    return widget->hidden;
}

static void hidden_write(struct device *device, const struct reg_write *write)
{
    struct widget *widget = widget_of(device);

    widget->hidden = (uint32_t)((widget->hidden & ~write->lanes) | write->written);
}

static uint64_t timer_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return widget_of(device)->fired;
}

static void timer_write(struct device *device, const struct reg_write *write)
{
    sched_at(device->env.sched, &widget_of(device)->timer,
             device_now(device) + VTIME_NS(write->written & TIMER_MASK));
}

static void timer_fire(void *owner, vtime when)
{
    struct widget *widget = owner;

    (void)when;
    widget->fired++;
}

static uint64_t line_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return widget_of(device)->line.level ? 1 : 0;
}

static void line_write(struct device *device, const struct reg_write *write)
{
    irq_set(&widget_of(device)->line, (write->written & 1) != 0);
}

static uint64_t cache_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return widget_of(device)->cache;
}

static void mode_write(struct device *device, const struct reg_write *write)
{
    widget_of(device)->cache = (uint32_t)write->now * 2;
}

#define WIDGET_REGS                                                                   \
    {.name = "HIDDEN",                                                                \
     .offset = 4,                                                                     \
     .size = 4,                                                                       \
     REG_UNBACKED,                                                                    \
     .get = hidden_get,                                                               \
     .write = hidden_write},                                                          \
        {.name = "TIMER",                                                             \
         .offset = 8,                                                                 \
         .size = 4,                                                                   \
         REG_UNBACKED,                                                                \
         .get = timer_get,                                                            \
         .write = timer_write},                                                       \
        {.name = "LINE",                                                              \
         .offset = 0xc,                                                               \
         .size = 4,                                                                   \
         REG_UNBACKED,                                                                \
         .get = line_get,                                                             \
         .write = line_write},                                                        \
        {.name = "MODE",                                                              \
         .offset = 0x10,                                                              \
         .size = 4,                                                                   \
         REG_BACKED(struct widget, mode),                                             \
         .rw = UINT32_MAX,                                                            \
         .write = mode_write},                                                        \
        {.name = "CACHE", .offset = 0x14, .size = 4, REG_UNBACKED, .get = cache_get}, \
    {                                                                                 \
        .name = NULL                                                                  \
    }

static const struct reg_field bad_fields[] = {{"FAR", 32, 30}, {NULL, 0, 0}};

static const struct reg good_regs[] = {
    {.name = "DATA", .offset = 0, .size = 4, REG_BACKED(struct widget, data), .rw = UINT32_MAX},
    WIDGET_REGS,
};
static const struct reg overlapping_regs[] = {
    {.name = "DATA", .offset = 2, .size = 4, REG_BACKED(struct widget, data), .rw = UINT32_MAX},
    WIDGET_REGS,
};
static const struct reg wide_regs[] = {
    {.name = "DATA", .offset = 0, .size = 4, REG_BACKED(struct widget, data), .rw = UINT64_MAX},
    WIDGET_REGS,
};
static const struct reg field_regs[] = {
    {.name = "DATA",
     .offset = 0,
     .size = 4,
     REG_BACKED(struct widget, data),
     .rw = UINT32_MAX,
     .fields = bad_fields},
    WIDGET_REGS,
};
static const struct reg port_regs[] = {
    {.name = "PORT", .offset = 0, .size = 1, REG_BACKED(struct widget, port), .rw = 0xff},
    {.name = NULL},
};

#define WIDGET_BANKS(table)         \
    {                               \
        {.name = "widget",          \
         .regs = (table),           \
         .bytes = WIDGET_BYTES,     \
         .min_access = 1,           \
         .max_access = 8},          \
            {.name = "widget_port", \
             .regs = port_regs,     \
             .bytes = 1,            \
             .min_access = 1,       \
             .max_access = 1},      \
            {.name = NULL},         \
    }
static const struct reg_bank good_banks[] = WIDGET_BANKS(good_regs);
static const struct reg_bank overlapping_banks[] = WIDGET_BANKS(overlapping_regs);
static const struct reg_bank wide_banks[] = WIDGET_BANKS(wide_regs);
static const struct reg_bank field_banks[] = WIDGET_BANKS(field_regs);

static const struct snap_field good_state[] = {
    SNAP_U(struct widget, hidden),
    SNAP_U(struct widget, fired),
    SNAP_E(struct widget, timer),
    SNAP_L(struct widget, line),
    SNAP_END,
};
static const struct snap_field state_without_hidden[] = {SNAP_U(struct widget, fired),
                                                         SNAP_E(struct widget, timer),
                                                         SNAP_L(struct widget, line), SNAP_END};
static const struct snap_field state_without_line[] = {SNAP_U(struct widget, hidden),
                                                       SNAP_U(struct widget, fired),
                                                       SNAP_E(struct widget, timer), SNAP_END};
static const struct snap_field state_without_timer[] = {SNAP_U(struct widget, hidden),
                                                        SNAP_U(struct widget, fired),
                                                        SNAP_L(struct widget, line), SNAP_END};
static const struct snap_field overlapping_state[] = {SNAP_U(struct widget, hidden),
                                                      SNAP_U(struct widget, fired),
                                                      SNAP_E(struct widget, timer),
                                                      SNAP_L(struct widget, line),
                                                      {.name = "again",
                                                       .offset = offsetof(struct widget, hidden),
                                                       .size = 4,
                                                       .count = 1,
                                                       .kind = SNAP_UINT,
                                                       .max = UINT64_MAX},
                                                      SNAP_END};

/* ---- Life ---- */

/* The fault of table-free windows: the upper half of a wide access is forgotten. */
static uint64_t crossing_read(void *owner, uint64_t offset, unsigned size)
{
    struct reg_window *window = owner;

    return reg_bank_read(window->device, window->bank, offset, size > 4 ? 4 : size);
}

static uint64_t crossing_peek(void *owner, uint64_t offset, unsigned size)
{
    struct reg_window *window = owner;

    return reg_bank_peek(window->device, window->bank, offset, size > 4 ? 4 : size);
}

static uint64_t lying_peek(void *owner, uint64_t offset, unsigned size)
{
    (void)owner;
    (void)offset;
    (void)size;
    return 0;
}

static void plant_ops(struct widget *widget)
{
    widget->crossing_ops = *widget->window.region.ops;
    if (widget->fault == PLANTED_ACCESS_CROSSES_REGISTER) {
        widget->crossing_ops.read = crossing_read;
        widget->crossing_ops.peek = crossing_peek;
    }
    if (widget->fault == PLANTED_PEEK_LIES) {
        widget->crossing_ops.peek = lying_peek;
    }
    widget->window.region.ops = &widget->crossing_ops;
}

/* A region of the widget that nobody will unmap. */
static void leak_region(struct widget *widget)
{
    struct bus *bus = widget->device.env.memory;
    struct region *leaked = bus_host(bus, LEAKED_REGION, sizeof(*leaked), true);
    struct error err = ERROR_INIT;

    *leaked = (struct region){.name = "leaked", .bytes = 1, .kind = REGION_RAM, .host = leaked};
    (void)bus_map(bus, leaked, WIDGET_BASE + WIDGET_BYTES, &err);
}

static void leak_event(struct widget *widget)
{
    struct event *leaked = bus_host(widget->device.env.memory, LEAKED_EVENT, sizeof(*leaked), true);

    event_init(leaked, "leaked", timer_fire, widget);
    sched_at(widget->device.env.sched, leaked, device_now(&widget->device) + VTIME_S(1));
}

static int widget_init(struct device *device, const void *config, struct error *err)
{
    struct widget *widget = widget_of(device);

    widget->fault = ((const struct widget_config *)config)->fault;
    irq_line_init(&widget->line, "line", device);
    event_init(&widget->timer, "timer", timer_fire, widget);
    reg_window_init(&widget->window, device, &device->class->banks[0]);
    reg_window_init(&widget->port_window, device, &device->class->banks[1]);
    plant_ops(widget);
    if (bus_map(device->env.memory, &widget->window.region, WIDGET_BASE, err) != 0) return -1;
    if (bus_map(device->env.ports, &widget->port_window.region, WIDGET_PORT, err) != 0) {
        bus_unmap(device->env.memory, &widget->window.region);
        if (widget->fault == PLANTED_INIT_LEAVES_REGION) {
            leak_region(widget);
        }
        return -1;
    }
    return 0;
}

static void widget_reset(struct device *device, enum reset_kind kind)
{
    struct widget *widget = widget_of(device);

    (void)kind;
    if (widget->fault != PLANTED_TIMER_SURVIVES_RESET) {
        sched_cancel(device->env.sched, &widget->timer);
    }
    if (widget->fault != PLANTED_FIELD_SURVIVES_RESET) {
        widget->hidden = 0;
    }
    if (widget->fault != PLANTED_LINE_SURVIVES_RESET) {
        irq_set(&widget->line, false);
    }
    widget->fired = 0;
    widget->cache = 0;
}

static int widget_loaded(struct device *device, struct error *err)
{
    struct widget *widget = widget_of(device);

    (void)err;
    if (widget->fault != PLANTED_STALE_CACHE_AFTER_LOAD) {
        widget->cache = widget->mode * 2;
    }
    return 0;
}

static void widget_fini(struct device *device)
{
    struct widget *widget = widget_of(device);

    sched_cancel(device->env.sched, &widget->timer);
    bus_unmap(device->env.memory, &widget->window.region);
    bus_unmap(device->env.ports, &widget->port_window.region);
    if (widget->fault == PLANTED_FINI_LEAVES_REGION) {
        leak_region(widget);
    }
    if (widget->fault == PLANTED_FINI_LEAVES_EVENT) {
        leak_event(widget);
    }
}

static const struct widget_config configs[PLANTED_FAULTS] = {
    {PLANTED_NONE},
    {PLANTED_FIELD_NOT_SAVED},
    {PLANTED_LINE_NOT_SAVED},
    {PLANTED_EVENT_NOT_SAVED},
    {PLANTED_TIMER_SURVIVES_RESET},
    {PLANTED_FIELD_SURVIVES_RESET},
    {PLANTED_LINE_SURVIVES_RESET},
    {PLANTED_ACCESS_CROSSES_REGISTER},
    {PLANTED_PEEK_HAS_EFFECT},
    {PLANTED_PEEK_LIES},
    {PLANTED_HOST_ADDRESS_SEEN},
    {PLANTED_STALE_CACHE_AFTER_LOAD},
    {PLANTED_FINI_LEAVES_REGION},
    {PLANTED_FINI_LEAVES_EVENT},
    {PLANTED_INIT_LEAVES_REGION},
    {PLANTED_REGISTERS_OVERLAP},
    {PLANTED_MASK_TOO_WIDE},
    {PLANTED_STATE_OVERLAPS},
    {PLANTED_FIELD_OUTSIDE_REGISTER},
};

#define WIDGET_CLASS(number, bank_table, state_table) \
    [number] = {                                      \
        .name = "widget",                             \
        .size = sizeof(struct widget),                \
        .version = 1,                                 \
        .banks = (bank_table),                        \
        .state = (state_table),                       \
        .default_config = &configs[number],           \
        .init = widget_init,                          \
        .reset = widget_reset,                        \
        .loaded = widget_loaded,                      \
        .fini = widget_fini,                          \
    }

static const struct device_class classes[PLANTED_FAULTS] = {
    WIDGET_CLASS(PLANTED_NONE, good_banks, good_state),
    WIDGET_CLASS(PLANTED_FIELD_NOT_SAVED, good_banks, state_without_hidden),
    WIDGET_CLASS(PLANTED_LINE_NOT_SAVED, good_banks, state_without_line),
    WIDGET_CLASS(PLANTED_EVENT_NOT_SAVED, good_banks, state_without_timer),
    WIDGET_CLASS(PLANTED_TIMER_SURVIVES_RESET, good_banks, good_state),
    WIDGET_CLASS(PLANTED_FIELD_SURVIVES_RESET, good_banks, good_state),
    WIDGET_CLASS(PLANTED_LINE_SURVIVES_RESET, good_banks, good_state),
    WIDGET_CLASS(PLANTED_ACCESS_CROSSES_REGISTER, good_banks, good_state),
    WIDGET_CLASS(PLANTED_PEEK_HAS_EFFECT, good_banks, good_state),
    WIDGET_CLASS(PLANTED_PEEK_LIES, good_banks, good_state),
    WIDGET_CLASS(PLANTED_HOST_ADDRESS_SEEN, good_banks, good_state),
    WIDGET_CLASS(PLANTED_STALE_CACHE_AFTER_LOAD, good_banks, good_state),
    WIDGET_CLASS(PLANTED_FINI_LEAVES_REGION, good_banks, good_state),
    WIDGET_CLASS(PLANTED_FINI_LEAVES_EVENT, good_banks, good_state),
    WIDGET_CLASS(PLANTED_INIT_LEAVES_REGION, good_banks, good_state),
    WIDGET_CLASS(PLANTED_REGISTERS_OVERLAP, overlapping_banks, good_state),
    WIDGET_CLASS(PLANTED_MASK_TOO_WIDE, wide_banks, good_state),
    WIDGET_CLASS(PLANTED_STATE_OVERLAPS, good_banks, overlapping_state),
    WIDGET_CLASS(PLANTED_FIELD_OUTSIDE_REGISTER, field_banks, good_state),
};

const struct device_class *planted_class(enum planted_fault fault)
{
    return &classes[fault];
}
