/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MC146818A real-time clock (Motorola data sheet MC146818A/D) as the PCH contains it: 128 + 128
 * bytes, ports 0x70-0x77.
 *
 * Modelled: time and calendar in BCD or binary, 12 or 24 hours; SET; divider reset and its half
 * second; update in progress; the update-ended, alarm (with wildcards) and periodic interrupts,
 * register C cleared by reading; valid RAM bit; century byte; the mask bit of port 0x70 as
 * storage. Time and memory live through RESET_BUS.
 * Not modelled: daylight saving (DSE is stored and traced), the square wave pin, the PCH's day
 * alarm, lock bits of the RAM, other time bases than 32.768 kHz (they stop the clock), loss of
 * the battery (VRT is always 1).
 * Chosen: UIP is 1 for the last 1984 us of each second (PCH; the chip alone: 244 us of warning
 * and 1984 us of update). Time bytes read within that window show the old second. Changing DM or
 * 24/12 while the clock runs re-encodes the time; on the chip the bytes stay and become wrong.
 * Bytes that are no time are brought into range when the clock starts. The century byte advances
 * with the year, as firmware on a real machine makes it do. Leap years are Gregorian.
 *
 * How it works: the time is `second_offset` + the number of seconds since power-on; nothing is
 * ticked. The flags of register C are computed from what lies between `seen` and now, so a clock
 * nobody asks has no events; an event stands only where an enabled interrupt will be raised next.
 * While SET holds the clock, the time is in `held`.
 */
#include "devices/chipset/mc146818.h"

#include "devices/chipset/mc146818_internal.h"

/* The indexed banks are reached through the index and data ports, not mapped by themselves. */
enum {
    BANK_PORTS,
    BANK_CMOS,
    BANK_CMOS_EXT,
    BANK_COUNT,
};
static const struct reg_bank banks[BANK_COUNT + 1];

/* ---- Indexed registers ---- */

/* SECONDS, MINUTES, HOURS: every second byte, between the alarm bytes. */
static uint64_t time_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return rtc_time_get(device, (enum time_byte)(TIME_SECONDS + index));
}

static void time_write(struct device *device, const struct reg_write *write)
{
    rtc_time_set(device, (enum time_byte)(TIME_SECONDS + write->index), (uint8_t)write->written);
}

static uint64_t date_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return rtc_time_get(device, (enum time_byte)(TIME_DAY_OF_WEEK + index));
}

static void date_write(struct device *device, const struct reg_write *write)
{
    rtc_time_set(device, (enum time_byte)(TIME_DAY_OF_WEEK + write->index),
                 (uint8_t)write->written);
}

static uint64_t century_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return rtc_time_get(device, TIME_CENTURY);
}

static void century_write(struct device *device, const struct reg_write *write)
{
    rtc_time_set(device, TIME_CENTURY, (uint8_t)write->written);
}

static uint64_t reg_a_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    return stored | (rtc_is_update_in_progress(rtc_of(device), device_now(device)) ? RTC_A_UIP : 0);
}

static void reg_a_write(struct device *device, const struct reg_write *write)
{
    struct mc146818 *rtc = rtc_of(device);
    bool was_on = ((write->old >> RTC_A_DV_SHIFT) & RTC_A_DV_MASK) == RTC_A_DV_RUN;

    if (rtc_is_divider_on(rtc) && !was_on) {
        rtc_restart_divider(rtc);
    }
    rtc_control_changed(rtc);
}

static void reg_b_write(struct device *device, const struct reg_write *write)
{
    struct mc146818 *rtc = rtc_of(device);

    if ((write->now & ~write->old & RTC_B_DSE) != 0) {
        device_unimplemented(device, "RTC daylight saving", write->now, 0);
    }
    if ((write->now & RTC_B_SET) != 0) {
        /* The held bytes are those of the format before this write. */
        rtc->reg_b = (uint8_t)write->old;
        rtc_hold(rtc);
        rtc->reg_b = (uint8_t)write->now;
    }
    if ((write->now & ~write->old & RTC_B_SET) != 0) {
        rtc->reg_b &= (uint8_t)~RTC_B_UIE;
    }
    rtc_control_changed(rtc);
}

static uint64_t reg_c_get(struct device *device, unsigned index, uint64_t stored)
{
    struct mc146818 *rtc = rtc_of(device);
    uint8_t flags = rtc_flags_at(rtc, device_now(device));

    (void)index;
    (void)stored;
    return flags | (rtc_is_interrupting(rtc, flags) ? RTC_C_IRQF : 0);
}

static void reg_c_read(struct device *device, unsigned index, uint64_t value)
{
    struct mc146818 *rtc = rtc_of(device);

    (void)index;
    (void)value;
    rtc_account(rtc);
    rtc->flags = 0;
    rtc_update(rtc);
}

static uint64_t reg_d_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return RTC_D_VRT;
}

static const struct reg_field reg_a_fields[] = {
    {"UIP", 7, 7},
    {"DV", 6, 4},
    {"RS", 3, 0},
    {NULL, 0, 0},
};
static const struct reg_field reg_b_fields[] = {
    {"SET", 7, 7}, {"PIE", 6, 6},   {"AIE", 5, 5}, {"UIE", 4, 4}, {"SQWE", 3, 3},
    {"DM", 2, 2},  {"24/12", 1, 1}, {"DSE", 0, 0}, {NULL, 0, 0},
};
static const struct reg_field reg_c_fields[] = {
    {"IRQF", 7, 7}, {"PF", 6, 6}, {"AF", 5, 5}, {"UF", 4, 4}, {NULL, 0, 0},
};

/* Part of the RAM: bytes [first, first + bytes) of the bank. */
#define RTC_RAM_REG(reg_name, member, first, bytes)                                               \
    {                                                                                             \
        .name = (reg_name), .offset = (first), .size = 1, .count = (bytes), .stride = 1,          \
        .field = offsetof(struct mc146818, member) + (first), .field_size = 1, .field_stride = 1, \
        .rw = 0xff, .is_sticky = true                                                             \
    }

static const struct reg cmos_regs[] = {
    {.name = "TIME",
     .offset = RTC_SECONDS,
     .size = 1,
     .count = 3,
     .stride = 2,
     REG_UNBACKED,
     .get = time_get,
     .write = time_write},
    {.name = "ALARM",
     .offset = RTC_SECONDS_ALARM,
     .size = 1,
     .stride = 2,
     REG_BACKED_ARRAY(struct mc146818, alarm),
     .rw = 0xff,
     .is_sticky = true},
    {.name = "DATE",
     .offset = RTC_DAY_OF_WEEK,
     .size = 1,
     .count = 4,
     .stride = 1,
     REG_UNBACKED,
     .get = date_get,
     .write = date_write},
    {.name = "REG_A",
     .offset = RTC_REG_A,
     .size = 1,
     REG_BACKED(struct mc146818, reg_a),
     .reset = RTC_A_DV_RUN << RTC_A_DV_SHIFT | 6,
     .rw = 0x7f,
     .is_sticky = true,
     .is_quiet = true,
     .get = reg_a_get,
     .write = reg_a_write,
     .fields = reg_a_fields},
    {.name = "REG_B",
     .offset = RTC_REG_B,
     .size = 1,
     REG_BACKED(struct mc146818, reg_b),
     .reset = RTC_B_24H,
     .rw = 0xff,
     .is_sticky = true,
     .write = reg_b_write,
     .fields = reg_b_fields},
    {.name = "REG_C",
     .offset = RTC_REG_C,
     .size = 1,
     REG_UNBACKED,
     .get = reg_c_get,
     .read = reg_c_read,
     .fields = reg_c_fields},
    {.name = "REG_D", .offset = RTC_REG_D, .size = 1, REG_UNBACKED, .get = reg_d_get},
    RTC_RAM_REG("RAM", ram, RTC_RAM, RTC_CENTURY - RTC_RAM),
    {.name = "CENTURY",
     .offset = RTC_CENTURY,
     .size = 1,
     REG_UNBACKED,
     .get = century_get,
     .write = century_write},
    RTC_RAM_REG("RAM_HIGH", ram, RTC_CENTURY + 1, RTC_BANK_BYTES - RTC_CENTURY - 1),
    {.name = NULL},
};

static const struct reg ext_regs[] = {
    RTC_RAM_REG("EXT_RAM", ext_ram, 0, RTC_BANK_BYTES),
    {.name = NULL},
};

/* ---- Ports ---- */

static uint64_t ones_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0xff;
}

static uint64_t data_get(struct device *device, unsigned index, uint64_t stored)
{
    struct mc146818 *rtc = rtc_of(device);

    (void)index;
    (void)stored;
    return reg_bank_peek(device, &banks[BANK_CMOS], rtc->index & RTC_INDEX_BITS, 1);
}

static void data_read(struct device *device, unsigned index, uint64_t value)
{
    struct mc146818 *rtc = rtc_of(device);

    (void)index;
    (void)value;
    (void)reg_bank_read(device, &banks[BANK_CMOS], rtc->index & RTC_INDEX_BITS, 1);
}

static void data_write(struct device *device, const struct reg_write *write)
{
    struct mc146818 *rtc = rtc_of(device);

    rtc_account(rtc);
    reg_bank_write(device, &banks[BANK_CMOS], rtc->index & RTC_INDEX_BITS, 1, write->written);
    rtc_update(rtc);
}

static uint64_t ext_data_get(struct device *device, unsigned index, uint64_t stored)
{
    struct mc146818 *rtc = rtc_of(device);

    (void)index;
    (void)stored;
    return reg_bank_peek(device, &banks[BANK_CMOS_EXT], rtc->ext_index & RTC_INDEX_BITS, 1);
}

static void ext_data_read(struct device *device, unsigned index, uint64_t value)
{
    struct mc146818 *rtc = rtc_of(device);

    (void)index;
    (void)value;
    reg_bank_note_read(device, &banks[BANK_CMOS_EXT], rtc->ext_index & RTC_INDEX_BITS, 1);
}

static void ext_data_write(struct device *device, const struct reg_write *write)
{
    struct mc146818 *rtc = rtc_of(device);

    reg_bank_write(device, &banks[BANK_CMOS_EXT], rtc->ext_index & RTC_INDEX_BITS, 1,
                   write->written);
}

/* Port 0x74: the index can be read there, and writing leaves the NMI mask alone (PCH, RTC I/O
 * registers). */
static uint64_t index_alias_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return rtc_of(device)->index & RTC_INDEX_BITS;
}

static void index_alias_write(struct device *device, const struct reg_write *write)
{
    struct mc146818 *rtc = rtc_of(device);

    rtc->index = (uint8_t)bits_set(rtc->index, 6, 0, write->written);
}

static uint64_t ext_index_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return rtc_of(device)->ext_index;
}

static void ext_index_write(struct device *device, const struct reg_write *write)
{
    rtc_of(device)->ext_index = (uint8_t)write->written & RTC_INDEX_BITS;
}

/* The data ports are quiet: the indexed register behind them is traced by its own name. */
static const struct reg port_regs[] = {
    {.name = "INDEX",
     .offset = RTC_PORT_INDEX,
     .size = 1,
     REG_BACKED(struct mc146818, index),
     .reset = RTC_INDEX_NMI_MASK,
     .rw = 0xff,
     .get = ones_get,
     .is_quiet = true},
    {.name = "DATA",
     .offset = RTC_PORT_DATA,
     .size = 1,
     .count = 2,
     .stride = RTC_PORT_ALIAS,
     REG_UNBACKED,
     .is_quiet = true,
     .get = data_get,
     .read = data_read,
     .write = data_write},
    {.name = "EXT_INDEX",
     .offset = RTC_PORT_EXT_INDEX,
     .size = 1,
     .count = 2,
     .stride = RTC_PORT_ALIAS,
     REG_UNBACKED,
     .is_quiet = true,
     .get = ext_index_get,
     .write = ext_index_write},
    {.name = "EXT_DATA",
     .offset = RTC_PORT_EXT_DATA,
     .size = 1,
     .count = 2,
     .stride = RTC_PORT_ALIAS,
     REG_UNBACKED,
     .get = ext_data_get,
     .read = ext_data_read,
     .write = ext_data_write},
    {.name = "INDEX_ALIAS",
     .offset = RTC_PORT_ALIAS,
     .size = 1,
     REG_UNBACKED,
     .is_quiet = true,
     .get = index_alias_get,
     .write = index_alias_write},
    {.name = NULL},
};

static const struct reg_bank banks[BANK_COUNT + 1] = {
    [BANK_PORTS] =
        {.name = "rtc", .regs = port_regs, .bytes = RTC_PORTS, .min_access = 1, .max_access = 1},
    [BANK_CMOS] = {.name = "cmos",
                   .regs = cmos_regs,
                   .bytes = RTC_BANK_BYTES,
                   .min_access = 1,
                   .max_access = 1},
    [BANK_CMOS_EXT] = {.name = "cmos_ext",
                       .regs = ext_regs,
                       .bytes = RTC_BANK_BYTES,
                       .min_access = 1,
                       .max_access = 1},
    {.name = NULL},
};

static const struct snap_field state[] = {
    SNAP_U_MAX(struct mc146818, ext_index, RTC_INDEX_BITS),
    SNAP_U_MAX(struct mc146818, flags, RTC_C_FLAGS),
    SNAP_U(struct mc146818, seen),
    SNAP_U_MAX(struct mc146818, phase, RTC_SECOND - 1),
    SNAP_U(struct mc146818, second_offset),
    SNAP_U_MAX(struct mc146818, dow_shift, RTC_WEEK_DAYS - 1),
    SNAP_U_ARRAY(struct mc146818, held, UINT64_MAX),
    SNAP_U_MAX(struct mc146818, is_running, 1),
    SNAP_E(struct mc146818, interrupt),
    SNAP_L(struct mc146818, irq),
    SNAP_L(struct mc146818, alarm_line),
    SNAP_END,
};

static const struct trace_desc *const events[] = {NULL};

/* 2026-11-21 00:00:00 UTC: any fixed time will do for tests. */
static const struct mc146818_config default_config = {
    .port = 0x70, .wall = {.start_seconds = INT64_C(1795219200)}};

/* ---- Life ---- */

static int rtc_init(struct device *device, const void *config, struct error *err)
{
    const struct mc146818_config *settings = config;
    struct mc146818 *rtc = rtc_of(device);

    rtc->wall = settings->wall;
    irq_line_init(&rtc->irq, "irq", device);
    irq_line_init(&rtc->alarm_line, "alarm", device);
    event_init(&rtc->interrupt, "interrupt", rtc_interrupt_fire, rtc);
    reg_window_init(&rtc->window, device, &banks[BANK_PORTS]);
    return bus_map(device->env.ports, &rtc->window.region, settings->port, err);
}

static void rtc_reset(struct device *device, enum reset_kind kind)
{
    struct mc146818 *rtc = rtc_of(device);

    rtc->ext_index = 0;
    rtc->flags = 0;
    rtc->seen = device_now(device);
    if (kind == RESET_POWER_ON) {
        for (unsigned i = 0; i < TIME_BYTES; i++) {
            rtc->held[i] = 0;
        }
        rtc_set_from_wall(rtc);
    }
    rtc->reg_b &= (uint8_t) ~(RTC_B_PIE | RTC_B_AIE | RTC_B_UIE | RTC_B_SQWE);
    rtc_update(rtc);
}

static int rtc_loaded(struct device *device, struct error *err)
{
    const struct mc146818 *rtc = rtc_of(device);
    bool is_on = rtc_is_divider_on(rtc) && (rtc->reg_b & RTC_B_SET) == 0;

    if (rtc->is_running != is_on) {
        return error_host(err, "%s: the clock in the snapshot disagrees with its control bits",
                          device->path);
    }
    return 0;
}

static void rtc_fini(struct device *device)
{
    struct mc146818 *rtc = rtc_of(device);

    sched_cancel(device->env.sched, &rtc->interrupt);
    bus_unmap(device->env.ports, &rtc->window.region);
}

struct irq_line *mc146818_irq(struct device *device)
{
    return &rtc_of(device)->irq;
}

struct irq_line *mc146818_alarm(struct device *device)
{
    return &rtc_of(device)->alarm_line;
}

bool mc146818_is_nmi_masked(const struct device *device)
{
    const struct mc146818 *rtc = (const struct mc146818 *)(const void *)device;

    return (rtc->index & RTC_INDEX_NMI_MASK) != 0;
}

const struct device_class mc146818_class = {
    .name = "mc146818",
    .size = sizeof(struct mc146818),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = rtc_init,
    .reset = rtc_reset,
    .loaded = rtc_loaded,
    .fini = rtc_fini,
};
