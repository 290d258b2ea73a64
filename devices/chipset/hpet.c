/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * High precision event timer (IA-PC HPET specification 1.0a, October 2004) as in the 200-series
 * PCH: eight timers, 24 MHz.
 *
 * Modelled: capabilities, the 64-bit main counter (writable while halted), one-shot and periodic
 * comparators with VAL_SET, 32-bit mode, edge and level interrupts with status, routing to I/O
 * APIC pins, legacy replacement of IRQ 0 and IRQ 8.
 * Not modelled: interrupts as messages (FSB delivery; the capability bit is 0, the route register
 * reads 0).
 * Chosen: timer 0 is periodic and 64 bits wide, the others one-shot and 32 bits, as on the PCH.
 * Timers 4-7 offer pins 20-23; on the PCH they have messages only. A route that a timer does not
 * offer leaves the old one. A comparator equal to the present count matches one wrap later. A
 * period of 0 matches once per wrap; periods below 1 us interrupt at most once per microsecond.
 * Legacy routing needs ENABLE_CNF as well (2.3.5). A write to the main counter while it runs is
 * ignored and a guest error.
 *
 * How it works: the counter is computed from virtual time. sync() computes from the ticks since
 * `seen` which comparators were passed, moves periodic ones on in one division, and delivers. A
 * timer has an event only while a match would be noticed.
 */
#include "devices/chipset/hpet.h"

#include "devices/chipset/hpet_regs.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"

#define NO_MATCH         UINT64_MAX
#define PERIOD_MIN_TICKS 24 /* 1 us */
#define LEGACY_TIMERS    2

struct hpet_timer {
    uint64_t config;
    uint64_t comparator; /* periodic: the next match */
    uint64_t period;
    bool is_val_set;
    struct event match;
};

struct hpet {
    struct device device;
    struct reg_window window;
    struct irq_line irq0;
    struct irq_line irq8;
    struct irq_line pin[HPET_PINS];
    struct hpet_timer timer[HPET_TIMERS];
    uint64_t gen_conf;
    uint64_t status;
    uint64_t counter; /* value at `start`, or the halted value */
    vtime start;
    uint64_t seen; /* main counter up to which matches were handled */
    bool is_pit_high;
    bool is_rtc_high;
};

static const uint32_t route_caps[HPET_TIMERS] = {0x00f00000, 0x00f00000, 0x00f00800, 0x00f01000,
                                                 0x00f00000, 0x00f00000, 0x00f00000, 0x00f00000};

static const char *const timer_names[HPET_TIMERS] = {"timer0", "timer1", "timer2", "timer3",
                                                     "timer4", "timer5", "timer6", "timer7"};
static const char *const pin_names[HPET_PINS] = {
    "pin0",  "pin1",  "pin2",  "pin3",  "pin4",  "pin5",  "pin6",  "pin7",
    "pin8",  "pin9",  "pin10", "pin11", "pin12", "pin13", "pin14", "pin15",
    "pin16", "pin17", "pin18", "pin19", "pin20", "pin21", "pin22", "pin23",
};

static const struct trace_desc ev_match = {.name = "match", .fields = {"timer", "comparator"}};

static struct hpet *hpet_of(struct device *device)
{
    return CONTAINER_OF(device, struct hpet, device);
}

/* ---- Counter and matches ---- */

static bool is_running(const struct hpet *hpet)
{
    return (hpet->gen_conf & HPET_CONF_ENABLE) != 0;
}

static struct clock counter_clock(const struct hpet *hpet)
{
    return (struct clock){.hz_num = HPET_HZ, .hz_den = 1, .epoch = hpet->start};
}

static uint64_t count_at(const struct hpet *hpet, vtime now)
{
    struct clock clock = counter_clock(hpet);

    return is_running(hpet) ? hpet->counter + clock_ticks(&clock, now) : hpet->counter;
}

static bool is_periodic(const struct hpet_timer *timer)
{
    return (timer->config & HPET_TN_TYPE) != 0;
}

static bool is_level(const struct hpet_timer *timer)
{
    return (timer->config & HPET_TN_INT_TYPE) != 0;
}

static bool is_enabled(const struct hpet_timer *timer)
{
    return (timer->config & HPET_TN_INT_ENB) != 0;
}

/* Only timer 0 is 64 bits wide. */
static uint64_t width_mask(const struct hpet *hpet, unsigned index)
{
    bool is_wide = index == 0 && (hpet->timer[0].config & HPET_TN_32MODE) == 0;

    return is_wide ? UINT64_MAX : UINT32_MAX;
}

/* Ticks from main counter `count` to the next time that it becomes equal to the comparator; at
 * least 1. */
static uint64_t ticks_to_match(const struct hpet *hpet, unsigned index, uint64_t count)
{
    uint64_t mask = width_mask(hpet, index);
    uint64_t ticks = (hpet->timer[index].comparator - count) & mask;

    if (ticks != 0) return ticks;
    return mask == UINT64_MAX ? NO_MATCH : mask + 1;
}

static uint64_t period_of(const struct hpet *hpet, unsigned index)
{
    const struct hpet_timer *timer = &hpet->timer[index];

    return is_periodic(timer) ? timer->period & width_mask(hpet, index) : 0;
}

/* The comparator after the main counter went on to `count`; `*has_matched` says whether it was
 * passed. */
static uint64_t comparator_at(const struct hpet *hpet, unsigned index, uint64_t count,
                              bool *has_matched)
{
    uint64_t comparator = hpet->timer[index].comparator;
    uint64_t elapsed = count - hpet->seen;
    uint64_t ticks = ticks_to_match(hpet, index, hpet->seen);
    uint64_t period = period_of(hpet, index);

    *has_matched = elapsed >= ticks && ticks != NO_MATCH;
    if (*has_matched && period != 0) {
        comparator += ((elapsed - ticks) / period + 1) * period;
    }
    return comparator & width_mask(hpet, index);
}

/* ---- Lines ---- */

static bool is_legacy(const struct hpet *hpet)
{
    return is_running(hpet) && (hpet->gen_conf & HPET_CONF_LEG_RT) != 0;
}

static unsigned route_of(const struct hpet_timer *timer)
{
    return (unsigned)(timer->config >> HPET_TN_ROUTE_SHIFT) & HPET_TN_ROUTE_MASK;
}

/* Where timer `index` interrupts now; NULL when its route is a pin that it cannot drive. */
static struct irq_line *line_of(struct hpet *hpet, unsigned index)
{
    unsigned pin = route_of(&hpet->timer[index]);

    if (index < LEGACY_TIMERS && is_legacy(hpet)) return index == 0 ? &hpet->irq0 : &hpet->irq8;
    return pin < HPET_PINS && (route_caps[index] & BIT32(pin)) != 0 ? &hpet->pin[pin] : NULL;
}

static bool is_held(struct hpet *hpet, const struct irq_line *line)
{
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        if ((hpet->status & BIT(i)) != 0 && is_enabled(&hpet->timer[i]) &&
            is_level(&hpet->timer[i]) && line_of(hpet, i) == line) {
            return true;
        }
    }
    return false;
}

static void update_lines(struct hpet *hpet)
{
    irq_set(&hpet->irq0, is_legacy(hpet) ? is_held(hpet, &hpet->irq0) : hpet->is_pit_high);
    irq_set(&hpet->irq8, is_legacy(hpet) ? is_held(hpet, &hpet->irq8) : hpet->is_rtc_high);
    for (unsigned pin = 0; pin < HPET_PINS; pin++) {
        irq_set(&hpet->pin[pin], is_held(hpet, &hpet->pin[pin]));
    }
}

void hpet_pit_in(void *ctx, unsigned input, bool level)
{
    struct hpet *hpet = hpet_of(ctx);

    (void)input;
    hpet->is_pit_high = level;
    update_lines(hpet);
}

void hpet_rtc_in(void *ctx, unsigned input, bool level)
{
    struct hpet *hpet = hpet_of(ctx);

    (void)input;
    hpet->is_rtc_high = level;
    update_lines(hpet);
}

/* ---- Events ---- */

static void deliver(struct hpet *hpet, unsigned index)
{
    struct hpet_timer *timer = &hpet->timer[index];
    struct irq_line *line = line_of(hpet, index);

    if (is_level(timer)) {
        hpet->status |= BIT(index);
    } else if (is_enabled(timer) && line != NULL && !line->level) {
        irq_pulse(line);
    }
}

/* Handles every match up to now. Must come before any change of counter, comparators or
 * configuration. */
static void sync(struct hpet *hpet)
{
    uint64_t count = count_at(hpet, device_now(&hpet->device));
    uint32_t matches = 0;

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        bool has_matched;

        hpet->timer[i].comparator = comparator_at(hpet, i, count, &has_matched);
        matches |= has_matched ? BIT32(i) : 0;
    }
    hpet->seen = count;
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        if ((matches & BIT32(i)) == 0) continue;
        if (is_enabled(&hpet->timer[i])) {
            TRACE(hpet->device.env.trace, &hpet->device, &ev_match, i, hpet->timer[i].comparator);
        }
        deliver(hpet, i);
    }
}

/* When the next match of a timer has to be noticed; `seen` is now. */
static vtime next_notice(const struct hpet *hpet, unsigned index)
{
    const struct hpet_timer *timer = &hpet->timer[index];
    struct clock clock = counter_clock(hpet);
    uint64_t ticks = ticks_to_match(hpet, index, hpet->seen);
    uint64_t period = period_of(hpet, index);

    if (!is_running(hpet) || ticks == NO_MATCH) return VTIME_NEVER;
    if (is_level(timer) ? (hpet->status & BIT(index)) != 0 : !is_enabled(timer)) return VTIME_NEVER;
    if (period != 0 && period < PERIOD_MIN_TICKS && ticks < PERIOD_MIN_TICKS) {
        ticks += (PERIOD_MIN_TICKS - ticks + period - 1) / period * period;
    }
    if (ticks > UINT64_MAX - (hpet->seen - hpet->counter)) return VTIME_NEVER;
    return clock_when(&clock, hpet->seen - hpet->counter + ticks);
}

/* After sync() and a change. */
static void update(struct hpet *hpet)
{
    update_lines(hpet);
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        struct event *match = &hpet->timer[i].match;
        vtime when = next_notice(hpet, i);

        if (event_is_armed(match) && match->when == when) continue;
        sched_at(hpet->device.env.sched, match, when);
    }
}

static void match_fire(void *owner, vtime when)
{
    struct hpet *hpet = owner;

    (void)when;
    sync(hpet);
    update(hpet);
}

/* ---- Registers ---- */

static uint64_t gcap_id_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return HPET_CAP_ID;
}

static void gen_conf_write(struct device *device, const struct reg_write *write)
{
    struct hpet *hpet = hpet_of(device);
    vtime now = device_now(device);

    hpet->gen_conf = write->old;
    sync(hpet);
    hpet->counter = count_at(hpet, now);
    hpet->start = now;
    hpet->gen_conf = write->now;
    update(hpet);
}

static void status_write(struct device *device, const struct reg_write *write)
{
    struct hpet *hpet = hpet_of(device);

    hpet->status = write->old;
    sync(hpet);
    hpet->status &= ~write->written;
    update(hpet);
}

static uint64_t main_cnt_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return count_at(hpet_of(device), device_now(device));
}

static void main_cnt_write(struct device *device, const struct reg_write *write)
{
    struct hpet *hpet = hpet_of(device);

    if (is_running(hpet)) {
        device_guest_error(device, "main counter written while it runs", write->written, 0);
        return;
    }
    hpet->counter = (hpet->counter & ~write->lanes) | write->written;
    hpet->seen = hpet->counter;
}

static uint64_t conf_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    stored |= (uint64_t)route_caps[index] << HPET_TN_ROUTE_CAP_SHIFT;
    return stored | (index == 0 ? HPET_TN_PER_INT_CAP | HPET_TN_SIZE_CAP : 0);
}

static void conf_write(struct device *device, const struct reg_write *write)
{
    struct hpet *hpet = hpet_of(device);
    struct hpet_timer *timer = &hpet->timer[write->index];

    timer->config = write->old;
    sync(hpet);
    timer->config = write->now;
    if (write->index != 0) {
        timer->config &= ~(uint64_t)(HPET_TN_TYPE | HPET_TN_32MODE);
    }
    if ((route_caps[write->index] & BIT(route_of(timer))) == 0) {
        timer->config = (timer->config & ~(uint64_t)HPET_TN_ROUTE) | (write->old & HPET_TN_ROUTE);
    }
    timer->is_val_set = is_periodic(timer) && (write->written & HPET_TN_VAL_SET) != 0;
    timer->comparator &= width_mask(hpet, write->index);
    update(hpet);
}

static uint64_t cmp_get(struct device *device, unsigned index, uint64_t stored)
{
    struct hpet *hpet = hpet_of(device);
    bool has_matched;

    (void)stored;
    return comparator_at(hpet, index, count_at(hpet, device_now(device)), &has_matched);
}

/* 2.3.9.2.2: in periodic mode a write sets the period, and the comparator too when VAL_SET was
 * written before. */
static void cmp_write(struct device *device, const struct reg_write *write)
{
    struct hpet *hpet = hpet_of(device);
    struct hpet_timer *timer = &hpet->timer[write->index];

    sync(hpet);
    if (!is_periodic(timer) || timer->is_val_set) {
        timer->comparator = (timer->comparator & ~write->lanes) | write->written;
        timer->comparator &= width_mask(hpet, write->index);
    }
    if (is_periodic(timer)) {
        timer->period = (timer->period & ~write->lanes) | write->written;
    }
    timer->is_val_set = false;
    update(hpet);
}

static uint64_t fsb_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0;
}

static const struct reg_field conf_fields[] = {
    {"INT_ROUTE_CAP", 63, 32},
    {"FSB_INT_DEL_CAP", 15, 15},
    {"FSB_EN_CNF", 14, 14},
    {"INT_ROUTE", 13, 9},
    {"32MODE", 8, 8},
    {"VAL_SET", 6, 6},
    {"SIZE_CAP", 5, 5},
    {"PER_INT_CAP", 4, 4},
    {"TYPE", 3, 3},
    {"INT_ENB", 2, 2},
    {"INT_TYPE", 1, 1},
    {NULL, 0, 0},
};
static const struct reg_field gen_conf_fields[] = {
    {"LEG_RT_CNF", 1, 1}, {"ENABLE_CNF", 0, 0}, {NULL, 0, 0}};

static const struct reg regs[] = {
    {.name = "GCAP_ID", .offset = HPET_GCAP_ID, .size = 8, REG_UNBACKED, .get = gcap_id_get},
    {.name = "GEN_CONF",
     .offset = HPET_GEN_CONF,
     .size = 8,
     REG_BACKED(struct hpet, gen_conf),
     .rw = HPET_CONF_ENABLE | HPET_CONF_LEG_RT,
     .write = gen_conf_write,
     .fields = gen_conf_fields},
    {.name = "GINTR_STA",
     .offset = HPET_GINTR_STA,
     .size = 8,
     REG_BACKED(struct hpet, status),
     .w1c = BIT(HPET_TIMERS) - 1,
     .write = status_write},
    {.name = "MAIN_CNT",
     .offset = HPET_MAIN_CNT,
     .size = 8,
     REG_UNBACKED,
     .is_quiet = true,
     .get = main_cnt_get,
     .write = main_cnt_write},
    {.name = "TIMER_CONF",
     .offset = HPET_TIMER_CONF,
     .size = 8,
     .stride = HPET_TIMER_STRIDE,
     REG_BACKED_EACH(struct hpet, timer, config),
     .rw = HPET_TN_STORED,
     .get = conf_get,
     .write = conf_write,
     .fields = conf_fields},
    {.name = "TIMER_CMP",
     .offset = HPET_TIMER_CMP,
     .size = 8,
     .count = HPET_TIMERS,
     .stride = HPET_TIMER_STRIDE,
     REG_UNBACKED,
     .get = cmp_get,
     .write = cmp_write},
    {.name = "TIMER_FSB",
     .offset = HPET_TIMER_FSB,
     .size = 8,
     .count = HPET_TIMERS,
     .stride = HPET_TIMER_STRIDE,
     REG_UNBACKED,
     .get = fsb_get},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "hpet",
     .regs = regs,
     .bytes = HPET_WINDOW_BYTES,
     .min_access = 1,
     .max_access = 8,
     .is_nothing_quiet = true},
    {.name = NULL},
};

static const struct snap_field state[] = {
    SNAP_U_EACH(struct hpet, timer, comparator, UINT64_MAX),
    SNAP_U_EACH(struct hpet, timer, period, UINT64_MAX),
    SNAP_U_EACH(struct hpet, timer, is_val_set, 1),
    SNAP_E_EACH(struct hpet, timer, match),
    SNAP_U(struct hpet, counter),
    SNAP_U(struct hpet, start),
    SNAP_U(struct hpet, seen),
    SNAP_U_MAX(struct hpet, is_pit_high, 1),
    SNAP_U_MAX(struct hpet, is_rtc_high, 1),
    SNAP_L(struct hpet, irq0),
    SNAP_L(struct hpet, irq8),
    {.name = "pin",
     .offset = offsetof(struct hpet, pin),
     .size = sizeof(struct irq_line),
     .count = HPET_PINS,
     .stride = sizeof(struct irq_line),
     .kind = SNAP_LINE,
     .max = UINT64_MAX},
    SNAP_END,
};

static const struct trace_desc *const events[] = {&ev_match, NULL};

static const struct hpet_config default_config = {.base = 0xfed00000};

/* ---- Life ---- */

static int hpet_init(struct device *device, const void *config, struct error *err)
{
    struct hpet *hpet = hpet_of(device);

    irq_line_init(&hpet->irq0, "irq0", device);
    irq_line_init(&hpet->irq8, "irq8", device);
    for (unsigned i = 0; i < HPET_PINS; i++) {
        irq_line_init(&hpet->pin[i], pin_names[i], device);
    }
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        event_init(&hpet->timer[i].match, timer_names[i], match_fire, hpet);
    }
    reg_window_init(&hpet->window, device, &banks[0]);
    return bus_map(device->env.memory, &hpet->window.region,
                   ((const struct hpet_config *)config)->base, err);
}

static void hpet_reset(struct device *device, enum reset_kind kind)
{
    struct hpet *hpet = hpet_of(device);

    (void)kind;
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        hpet->timer[i].comparator = width_mask(hpet, i);
        hpet->timer[i].period = 0;
        hpet->timer[i].is_val_set = false;
    }
    hpet->counter = 0;
    hpet->seen = 0;
    hpet->start = device_now(device);
    update(hpet);
}

static int hpet_loaded(struct device *device, struct error *err)
{
    const struct hpet *hpet = hpet_of(device);

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        if ((hpet->timer[i].config & ~(uint64_t)HPET_TN_STORED) != 0) {
            return error_host(err, "%s: timer %u in the snapshot is impossible", device->path, i);
        }
    }
    return 0;
}

static void hpet_fini(struct device *device)
{
    struct hpet *hpet = hpet_of(device);

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        sched_cancel(device->env.sched, &hpet->timer[i].match);
    }
    bus_unmap(device->env.memory, &hpet->window.region);
}

struct irq_line *hpet_irq0(struct device *device)
{
    return &hpet_of(device)->irq0;
}

struct irq_line *hpet_irq8(struct device *device)
{
    return &hpet_of(device)->irq8;
}

struct irq_line *hpet_pin(struct device *device, unsigned pin)
{
    return pin < HPET_PINS ? &hpet_of(device)->pin[pin] : NULL;
}

uint32_t hpet_pins(void)
{
    uint32_t pins = 0;

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        pins |= route_caps[i];
    }
    return pins;
}

const struct device_class hpet_class = {
    .name = "hpet",
    .size = sizeof(struct hpet),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = hpet_init,
    .reset = hpet_reset,
    .loaded = hpet_loaded,
    .fini = hpet_fini,
};
