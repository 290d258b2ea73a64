/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 8254 programmable interval timer (Intel data sheet 231164-005), three counters at 105/88 MHz,
 * with port 0x61 of the PCH.
 *
 * Modelled: modes 0 to 5, binary and BCD, one-byte and two-byte access, counter latch, read-back
 * of count and status, NULL COUNT, gates, new counts written while counting, the loading of the
 * count on the clock pulse after it was written.
 * Not modelled: the speaker (bit 1 of port 0x61 is stored), NMI from SERR# and IOCHK# (bits 6 and
 * 7 read 0).
 * Chosen: at reset every counter is in mode 0 without a count, OUT low (the data sheet:
 * undefined). A count of 1 in modes 2 and 3 is illegal and counts as 2. BCD digits above 9 count
 * with their value. The control port reads as ones. The refresh toggle changes every 18 clocks
 * (15.1 us).
 *
 * How it works: nothing is ticked. A counter holds its state at one clock pulse, `at_tick`:
 * `left` pulses until its next terminal count or reload. counter_at() computes the state at any
 * later pulse with divisions. Reads work on a copy, writes advance the counter itself first. Only
 * counter 0 has an event, at its next change of OUT, because only it has a line.
 */
#include "devices/chipset/i8254.h"

#include "devices/chipset/i8254_regs.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"

#define COUNTERS       3
#define MODULUS_BINARY 65536u
#define MODULUS_BCD    10000u
#define NO_TICK        UINT64_MAX
#define REFRESH_TICKS  18
#define BYTE_BITS      8

struct counter {
    uint8_t control;    /* RW, M, BCD as written */
    uint16_t count;     /* count register, as written */
    uint8_t low;        /* first byte of a two-byte write */
    bool is_write_high; /* the next write is the second byte */
    bool is_read_high;
    bool has_count; /* a whole count was written since the control word */
    bool is_null;   /* the count register has not been loaded yet */
    bool is_loaded; /* the counting element has been loaded since the control word */
    bool is_halted; /* mode 0 between a write and the load */
    bool is_gate;
    bool is_expired; /* modes 0, 1, 4, 5: terminal count was reached */
    bool is_high;    /* mode 3: which half */
    /* pulses to terminal count, reload or end of the half; 0 before the first load */
    uint32_t left;
    uint32_t period;    /* mode 3: count of the present half */
    uint64_t at_tick;   /* pulse at which all this holds */
    uint64_t load_tick; /* pulse that will load the counting element, or NO_TICK */
    uint64_t expired_tick;
    uint16_t latch;
    bool is_latched;
    uint8_t status_latch;
    bool is_status_latched;
};

struct i8254 {
    struct device device;
    struct reg_window window;
    struct reg_window system_b_window;
    struct irq_line out0;
    struct event edge;
    struct counter counter[COUNTERS];
    uint8_t system_b;
};

static const struct clock pit_clock = {.hz_num = PIT_HZ_NUM, .hz_den = PIT_HZ_DEN};

static struct i8254 *pit_of(struct device *device)
{
    return CONTAINER_OF(device, struct i8254, device);
}

static uint64_t tick_now(struct i8254 *pit)
{
    return clock_ticks(&pit_clock, device_now(&pit->device));
}

/* ---- One counter as a function of the clock pulse ---- */

/* Modes 6 and 7 are 2 and 3: the high bit of M is a don't-care then. */
static unsigned mode_of(const struct counter *counter)
{
    unsigned mode = (counter->control >> PIT_CONTROL_M_SHIFT) & PIT_CONTROL_M_MASK;

    return mode > 5 ? mode - 4 : mode;
}

static bool is_repeating(const struct counter *counter)
{
    return mode_of(counter) == 2 || mode_of(counter) == 3;
}

/* Modes 1 and 5 start on a rising gate and ignore its level. */
static bool is_gate_triggered(const struct counter *counter)
{
    return mode_of(counter) == 1 || mode_of(counter) == 5;
}

static uint32_t modulus(const struct counter *counter)
{
    return (counter->control & PIT_CONTROL_BCD) != 0 ? MODULUS_BCD : MODULUS_BINARY;
}

static uint32_t bcd_to_binary(uint32_t bcd)
{
    return (bcd & 0xf) + 10 * (bcd >> 4 & 0xf) + 100 * (bcd >> 8 & 0xf) + 1000 * (bcd >> 12 & 0xf);
}

static uint32_t binary_to_bcd(uint32_t value)
{
    return value % 10 | (value / 10 % 10) << 4 | (value / 100 % 10) << 8 |
           (value / 1000 % 10) << 12;
}

/* The count register as a number of pulses: 0 stands for the modulus. */
static uint32_t count_of(const struct counter *counter)
{
    uint32_t count = counter->count;

    if ((counter->control & PIT_CONTROL_BCD) != 0) {
        count = bcd_to_binary(count) % MODULUS_BCD;
    }
    if (count == 0) return modulus(counter);
    return count == 1 && is_repeating(counter) ? 2 : count;
}

static bool is_counting(const struct counter *counter)
{
    return counter->is_loaded && !counter->is_halted &&
           (counter->is_gate || is_gate_triggered(counter));
}

/* Mode 3: an odd count is high one pulse longer than low. */
static uint32_t half_period(const struct counter *counter)
{
    return counter->is_high ? (counter->period + 1) / 2 : counter->period / 2;
}

static void load_element(struct counter *counter)
{
    counter->left = count_of(counter);
    counter->is_loaded = true;
    counter->is_null = false;
    counter->is_halted = false;
    counter->is_expired = false;
    counter->load_tick = NO_TICK;
    if (mode_of(counter) == 3) {
        counter->period = counter->left;
        counter->is_high = true;
        counter->left = half_period(counter);
    }
}

/* Modes 0, 1, 4, 5: after terminal count the element wraps and counts on. */
static void run_once(struct counter *counter, uint64_t pulses)
{
    uint32_t rest = (uint32_t)(pulses % modulus(counter));

    if (!counter->is_expired && pulses >= counter->left) {
        counter->is_expired = true;
        counter->expired_tick = counter->at_tick - (pulses - counter->left);
    }
    counter->left =
        counter->left > rest ? counter->left - rest : counter->left + modulus(counter) - rest;
}

static void run_rate(struct counter *counter, uint64_t pulses)
{
    if (pulses < counter->left) {
        counter->left -= (uint32_t)pulses;
        return;
    }
    pulses -= counter->left;
    counter->is_null = false;
    counter->left = count_of(counter) - (uint32_t)(pulses % count_of(counter));
}

static void run_square(struct counter *counter, uint64_t pulses)
{
    if (pulses < counter->left) {
        counter->left -= (uint32_t)pulses;
        return;
    }
    pulses -= counter->left;
    counter->is_null = false;
    counter->period = count_of(counter);
    pulses %= counter->period;
    counter->is_high = !counter->is_high;
    if (pulses >= half_period(counter)) {
        pulses -= half_period(counter);
        counter->is_high = !counter->is_high;
    }
    counter->left = half_period(counter) - (uint32_t)pulses;
}

static void run_to(struct counter *counter, uint64_t tick)
{
    uint64_t pulses = tick > counter->at_tick ? tick - counter->at_tick : 0;

    counter->at_tick = tick;
    if (pulses == 0 || !is_counting(counter)) return;
    switch (mode_of(counter)) {
    case 2: run_rate(counter, pulses); break;
    case 3: run_square(counter, pulses); break;
    default: run_once(counter, pulses); break;
    }
}

static void advance(struct counter *counter, uint64_t tick)
{
    if (counter->load_tick <= tick) {
        run_to(counter, counter->load_tick);
        load_element(counter);
    }
    run_to(counter, tick);
}

static struct counter counter_at(const struct counter *counter, uint64_t tick)
{
    struct counter copy = *counter;

    advance(&copy, tick);
    return copy;
}

/* Modes 2 and 3: a low gate raises OUT at once, and it stays high until the load that the rising
 * gate asked for. */
static bool is_held_high(const struct counter *counter)
{
    return !counter->is_loaded || !counter->is_gate || counter->load_tick != NO_TICK;
}

/* OUT at `at_tick`. */
static bool output(const struct counter *counter)
{
    switch (mode_of(counter)) {
    case 0: return counter->is_expired;
    case 1: return !counter->is_loaded || counter->is_expired;
    case 2: return is_held_high(counter) || counter->left != 1;
    case 3: return is_held_high(counter) || counter->is_high;
    default: return !(counter->is_expired && counter->at_tick == counter->expired_tick);
    }
}

/* The next pulse at which OUT may change, without a write or a gate. */
static uint64_t next_change(const struct counter *counter)
{
    uint64_t next = counter->load_tick;

    if (counter->is_expired && mode_of(counter) >= 4 && counter->at_tick == counter->expired_tick) {
        return min_u64(next, counter->at_tick + 1);
    }
    if (!is_counting(counter)) return next;
    if (mode_of(counter) == 2) {
        return min_u64(next, counter->at_tick + (counter->left > 1 ? counter->left - 1 : 1));
    }
    if (mode_of(counter) == 3 || !counter->is_expired) {
        return min_u64(next, counter->at_tick + counter->left);
    }
    return next;
}

/* What the counting element shows. Mode 3 counts by two, an odd count starting one lower. */
static uint16_t element(const struct counter *counter)
{
    uint32_t value = counter->left;

    if (mode_of(counter) == 3 && counter->is_loaded) {
        value = 2 * counter->left - ((counter->period & 1) != 0 && counter->is_high ? 2 : 0);
    }
    value %= modulus(counter);
    return (uint16_t)((counter->control & PIT_CONTROL_BCD) != 0 ? binary_to_bcd(value) : value);
}

static void set_gate(struct counter *counter, bool is_gate, uint64_t tick)
{
    advance(counter, tick);
    if (is_gate && !counter->is_gate && counter->has_count &&
        (is_gate_triggered(counter) || is_repeating(counter))) {
        counter->load_tick = tick + 1;
    }
    counter->is_gate = is_gate;
}

/* ---- Programming ---- */

static unsigned access_of(const struct counter *counter)
{
    return (counter->control >> PIT_CONTROL_RW_SHIFT) & PIT_CONTROL_RW_MASK;
}

static void set_control(struct counter *counter, uint8_t control, uint64_t tick)
{
    advance(counter, tick);
    counter->left = 0;
    counter->control = control;
    counter->is_write_high = false;
    counter->is_read_high = false;
    counter->has_count = false;
    counter->is_null = true;
    counter->is_loaded = false;
    counter->is_halted = false;
    counter->is_expired = false;
    counter->is_high = false;
    counter->period = 0;
    counter->load_tick = NO_TICK;
    counter->is_latched = false;
    counter->is_status_latched = false;
}

/* A whole count is in the count register now. */
static void count_written(struct counter *counter, uint64_t tick)
{
    counter->has_count = true;
    counter->is_null = true;
    if (mode_of(counter) == 0) {
        counter->is_expired = false;
        counter->is_halted = true;
    }
    /* Triggered counters wait for their gate; repeating ones that run take the count at their
     * next reload. */
    if (is_gate_triggered(counter) || (is_repeating(counter) && counter->is_loaded)) return;
    counter->load_tick = tick + 1;
}

static void write_count(struct counter *counter, uint8_t value, uint64_t tick)
{
    advance(counter, tick);
    switch (access_of(counter)) {
    case PIT_RW_LOW: counter->count = value; break;
    case PIT_RW_HIGH: counter->count = (uint16_t)(value << BYTE_BITS); break;
    default:
        if (!counter->is_write_high) {
            counter->is_write_high = true;
            counter->low = value;
            if (mode_of(counter) == 0) {
                /* The first byte stops the count and drives OUT low at once. */
                counter->is_halted = true;
                counter->is_expired = false;
                counter->load_tick = NO_TICK;
            }
            return;
        }
        counter->is_write_high = false;
        counter->count = (uint16_t)(value << BYTE_BITS | counter->low);
        break;
    }
    count_written(counter, tick);
}

static void latch_count(struct counter *counter, uint64_t tick)
{
    struct counter now = counter_at(counter, tick);

    if (counter->is_latched) return;
    counter->latch = element(&now);
    counter->is_latched = true;
}

static void latch_status(struct counter *counter, uint64_t tick)
{
    struct counter now = counter_at(counter, tick);

    if (counter->is_status_latched) return;
    counter->status_latch = counter->control;
    counter->status_latch |= output(&now) ? PIT_STATUS_OUT : 0;
    counter->status_latch |= now.is_null ? PIT_STATUS_NULL_COUNT : 0;
    counter->is_status_latched = true;
}

static void update_at(struct i8254 *pit, uint64_t tick)
{
    struct counter *counter = &pit->counter[0];
    uint64_t next;

    advance(counter, tick);
    irq_set(&pit->out0, output(counter));
    next = next_change(counter);
    sched_at(pit->device.env.sched, &pit->edge,
             next == NO_TICK ? VTIME_NEVER : clock_when(&pit_clock, next));
}

static void update(struct i8254 *pit)
{
    update_at(pit, tick_now(pit));
}

/* At the edge's own time: when a core is late by more than a pulse of OUT, the line still shows the
 * pulse. */
static void edge_fire(void *owner, vtime when)
{
    update_at(owner, clock_ticks(&pit_clock, when));
}

/* ---- Registers ---- */

static uint64_t counter_get(struct device *device, unsigned index, uint64_t stored)
{
    struct i8254 *pit = pit_of(device);
    const struct counter *counter = &pit->counter[index];
    struct counter now = counter_at(counter, tick_now(pit));
    uint16_t value = counter->is_latched ? counter->latch : element(&now);
    bool is_high = access_of(counter) == PIT_RW_HIGH || counter->is_read_high;

    (void)stored;
    if (counter->is_status_latched) return counter->status_latch;
    return is_high ? value >> BYTE_BITS : value & 0xffu;
}

static void counter_read(struct device *device, unsigned index, uint64_t value)
{
    struct counter *counter = &pit_of(device)->counter[index];

    (void)value;
    if (counter->is_status_latched) {
        counter->is_status_latched = false;
        return;
    }
    if (access_of(counter) == PIT_RW_LOW_HIGH) {
        counter->is_read_high = !counter->is_read_high;
    }
    if (!counter->is_read_high) {
        counter->is_latched = false;
    }
}

static void counter_write(struct device *device, const struct reg_write *write)
{
    struct i8254 *pit = pit_of(device);

    write_count(&pit->counter[write->index], (uint8_t)write->written, tick_now(pit));
    update(pit);
}

static void read_back(struct i8254 *pit, uint8_t command)
{
    for (unsigned i = 0; i < COUNTERS; i++) {
        if ((command & PIT_READ_BACK_COUNTER(i)) == 0) continue;
        if ((command & PIT_READ_BACK_NO_COUNT) == 0) {
            latch_count(&pit->counter[i], tick_now(pit));
        }
        if ((command & PIT_READ_BACK_NO_STATUS) == 0) {
            latch_status(&pit->counter[i], tick_now(pit));
        }
    }
}

static uint64_t control_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0xff;
}

static void control_write(struct device *device, const struct reg_write *write)
{
    struct i8254 *pit = pit_of(device);
    uint8_t value = (uint8_t)write->written;
    unsigned select = value >> PIT_CONTROL_SC_SHIFT;

    if (select == PIT_CONTROL_READ_BACK) {
        read_back(pit, value);
    } else if (((value >> PIT_CONTROL_RW_SHIFT) & PIT_CONTROL_RW_MASK) == PIT_RW_LATCH) {
        latch_count(&pit->counter[select], tick_now(pit));
    } else {
        set_control(&pit->counter[select], value & PIT_CONTROL_STORED, tick_now(pit));
    }
    update(pit);
}

static uint64_t system_b_get(struct device *device, unsigned index, uint64_t stored)
{
    struct i8254 *pit = pit_of(device);
    uint64_t tick = tick_now(pit);
    struct counter now = counter_at(&pit->counter[2], tick);

    (void)index;
    stored |= tick / REFRESH_TICKS % 2 != 0 ? SYSTEM_B_REF_TOGGLE : 0;
    return stored | (output(&now) ? SYSTEM_B_TMR2_OUT_STS : 0);
}

static void system_b_write(struct device *device, const struct reg_write *write)
{
    struct i8254 *pit = pit_of(device);

    set_gate(&pit->counter[2], (write->now & SYSTEM_B_TIM_CNT2_EN) != 0, tick_now(pit));
}

static const struct reg_field control_fields[] = {
    {"SC", 7, 6}, {"RW", 5, 4}, {"M", 3, 1}, {"BCD", 0, 0}, {NULL, 0, 0},
};
static const struct reg_field system_b_fields[] = {
    {"SERR_NMI_STS", 7, 7}, {"IOCHK_NMI_STS", 6, 6}, {"TMR2_OUT_STS", 5, 5},
    {"REF_TOGGLE", 4, 4},   {"IOCHK_NMI_EN", 3, 3},  {"PCI_SERR_EN", 2, 2},
    {"SPKR_DAT_EN", 1, 1},  {"TIM_CNT2_EN", 0, 0},   {NULL, 0, 0},
};

static const struct reg pit_regs[] = {
    {.name = "COUNTER",
     .offset = PIT_COUNTER,
     .size = 1,
     .count = COUNTERS,
     .stride = 1,
     REG_UNBACKED,
     .get = counter_get,
     .read = counter_read,
     .write = counter_write},
    {.name = "CONTROL",
     .offset = PIT_CONTROL,
     .size = 1,
     REG_UNBACKED,
     .get = control_get,
     .write = control_write,
     .fields = control_fields},
    {.name = NULL},
};

/* Polled for its toggle and its output, so quiet. */
static const struct reg system_b_regs[] = {
    {.name = "NMI_STS_CNT",
     .offset = 0,
     .size = 1,
     REG_BACKED(struct i8254, system_b),
     .rw = SYSTEM_B_WRITABLE,
     .is_quiet = true,
     .get = system_b_get,
     .write = system_b_write,
     .fields = system_b_fields},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "pit", .regs = pit_regs, .bytes = PIT_WINDOW_BYTES, .min_access = 1, .max_access = 1},
    {.name = "system_b", .regs = system_b_regs, .bytes = 1, .min_access = 1, .max_access = 1},
    {.name = NULL},
};

static const struct snap_field state[] = {
    SNAP_U_EACH(struct i8254, counter, control, PIT_CONTROL_STORED),
    SNAP_U_EACH(struct i8254, counter, count, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, low, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, is_write_high, 1),
    SNAP_U_EACH(struct i8254, counter, is_read_high, 1),
    SNAP_U_EACH(struct i8254, counter, has_count, 1),
    SNAP_U_EACH(struct i8254, counter, is_null, 1),
    SNAP_U_EACH(struct i8254, counter, is_loaded, 1),
    SNAP_U_EACH(struct i8254, counter, is_halted, 1),
    SNAP_U_EACH(struct i8254, counter, is_gate, 1),
    SNAP_U_EACH(struct i8254, counter, is_expired, 1),
    SNAP_U_EACH(struct i8254, counter, is_high, 1),
    SNAP_U_EACH(struct i8254, counter, left, MODULUS_BINARY),
    SNAP_U_EACH(struct i8254, counter, period, MODULUS_BINARY),
    SNAP_U_EACH(struct i8254, counter, at_tick, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, load_tick, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, expired_tick, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, latch, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, is_latched, 1),
    SNAP_U_EACH(struct i8254, counter, status_latch, UINT64_MAX),
    SNAP_U_EACH(struct i8254, counter, is_status_latched, 1),
    SNAP_E(struct i8254, edge),
    SNAP_L(struct i8254, out0),
    SNAP_END,
};

static const struct trace_desc *const events[] = {NULL};

static const struct i8254_config default_config = {
    .port = 0x40,
    .system_b_port = 0x61,
};

/* ---- Life ---- */

static int pit_init(struct device *device, const void *config, struct error *err)
{
    const struct i8254_config *ports = config;
    struct i8254 *pit = pit_of(device);

    irq_line_init(&pit->out0, "out0", device);
    event_init(&pit->edge, "edge", edge_fire, pit);
    reg_window_init(&pit->window, device, &banks[0]);
    reg_window_init(&pit->system_b_window, device, &banks[1]);
    if (bus_map(device->env.ports, &pit->window.region, ports->port, err) != 0) return -1;
    if (bus_map(device->env.ports, &pit->system_b_window.region, ports->system_b_port, err) != 0) {
        bus_unmap(device->env.ports, &pit->window.region);
        return -1;
    }
    return 0;
}

static void pit_reset(struct device *device, enum reset_kind kind)
{
    struct i8254 *pit = pit_of(device);

    (void)kind;
    for (unsigned i = 0; i < COUNTERS; i++) {
        /* The gates of counters 0 and 1 are tied high; that of counter 2 is bit 0 of port 0x61. */
        pit->counter[i] = (struct counter){
            .control = PIT_RW_LOW_HIGH << PIT_CONTROL_RW_SHIFT,
            .is_null = true,
            .is_gate = i != 2,
            .at_tick = tick_now(pit),
            .load_tick = NO_TICK,
        };
    }
    update(pit);
}

static int pit_loaded(struct device *device, struct error *err)
{
    const struct i8254 *pit = pit_of(device);

    for (unsigned i = 0; i < COUNTERS; i++) {
        const struct counter *counter = &pit->counter[i];

        if (access_of(counter) == PIT_RW_LATCH || (counter->is_loaded && counter->left == 0)) {
            return error_host(err, "%s: counter %u in the snapshot is impossible", device->path, i);
        }
    }
    return 0;
}

static void pit_fini(struct device *device)
{
    struct i8254 *pit = pit_of(device);

    sched_cancel(device->env.sched, &pit->edge);
    bus_unmap(device->env.ports, &pit->window.region);
    bus_unmap(device->env.ports, &pit->system_b_window.region);
}

struct irq_line *i8254_out0(struct device *device)
{
    return &pit_of(device)->out0;
}

const struct device_class i8254_class = {
    .name = "i8254",
    .size = sizeof(struct i8254),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = pit_init,
    .reset = pit_reset,
    .loaded = pit_loaded,
    .fini = pit_fini,
};
