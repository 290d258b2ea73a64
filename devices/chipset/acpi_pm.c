/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ACPI power management block of the PCH (ACPI 6.3, 4.8.3 and 4.8.4; Intel 200-series PCH data
 * sheet, volume 2).
 *
 * Modelled: PM1 status, enable and control; the 24-bit PM timer and its overflow status; the
 * power button; the alarm of the real-time clock; 128 general-purpose events; the SCI as a level;
 * S5.
 * Not modelled: S1-S4, SMIs (SMI_EN is stored, SMI_STS reads 0, GBL_RLS raises nothing), the
 * four-second override of the button, bus master status, TCO, PM2.
 * Chosen: SCI_EN is 1 from reset, because no SMI command exists that could set it. 24 bits and
 * not 32 for the timer, as the PCH.
 *
 * How it works: the timer is computed from virtual time. TMR_STS follows from whether bit 23
 * changed between `seen` and now; an event is armed only while its interrupt is enabled. update()
 * computes the SCI.
 */
#include "devices/chipset/acpi_pm.h"

#include "devices/chipset/acpi_pm_regs.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"

struct acpi_pm {
    struct device device;
    struct acpi_pm_config config;
    struct reg_window window;
    struct irq_line sci;
    struct event overflow;
    uint16_t pm1_sts; /* TMR as of `seen` */
    uint16_t pm1_en;
    uint32_t pm1_cnt;
    uint32_t smi_en;
    uint32_t gpe0_sts[PM_GPE_WORDS];
    uint32_t gpe0_en[PM_GPE_WORDS];
    vtime seen;
    bool is_rtc_high; /* the input; outside of this device, so no reset touches it */
};

static const struct clock timer_clock = {.hz_num = PM_TMR_HZ, .hz_den = 1};

static const struct trace_desc ev_power_button = {.name = "power_button"};
static const struct trace_desc ev_gpe = {.name = "gpe", .fields = {"gpe"}};
static const struct trace_desc ev_sleep = {.name = "sleep", .fields = {"slp_typ"}};

static struct acpi_pm *pm_of(struct device *device)
{
    return CONTAINER_OF(device, struct acpi_pm, device);
}

/* Counts the changes of the timer's top bit; each sets TMR_STS (ACPI 4.8.3.1.1). */
static uint64_t top_bit_changes(vtime now)
{
    return clock_ticks(&timer_clock, now) >> (PM_TMR_BITS - 1);
}

static uint16_t status_at(const struct acpi_pm *pm, vtime now)
{
    bool is_over = top_bit_changes(now) > top_bit_changes(pm->seen);

    return pm->pm1_sts | (is_over ? PM1_TMR : 0);
}

static void account(struct acpi_pm *pm)
{
    vtime now = device_now(&pm->device);

    pm->pm1_sts = status_at(pm, now);
    pm->seen = now;
}

static bool is_sci(const struct acpi_pm *pm)
{
    if ((pm->pm1_cnt & PM1_CNT_SCI_EN) == 0) return false;
    if ((pm->pm1_sts & pm->pm1_en & PM1_EN_BITS) != 0) return true;
    for (unsigned i = 0; i < PM_GPE_WORDS; i++) {
        if ((pm->gpe0_sts[i] & pm->gpe0_en[i]) != 0) return true;
    }
    return false;
}

static void update(struct acpi_pm *pm)
{
    vtime next = VTIME_NEVER;

    account(pm);
    irq_set(&pm->sci, is_sci(pm));
    if ((pm->pm1_en & PM1_TMR) != 0 && (pm->pm1_sts & PM1_TMR) == 0) {
        next = clock_when(&timer_clock, (top_bit_changes(pm->seen) + 1) << (PM_TMR_BITS - 1));
    }
    sched_at(pm->device.env.sched, &pm->overflow, next);
}

static void overflow_fire(void *owner, vtime when)
{
    (void)when;
    update(owner);
}

void acpi_pm_power_button(struct device *device)
{
    struct acpi_pm *pm = pm_of(device);

    TRACE(device->env.trace, device, &ev_power_button, 0);
    pm->pm1_sts |= PM1_PWRBTN;
    update(pm);
}

void acpi_pm_rtc_in(void *ctx, unsigned input, bool level)
{
    struct acpi_pm *pm = pm_of(ctx);

    (void)input;
    if (level && !pm->is_rtc_high) {
        pm->pm1_sts |= PM1_RTC;
    }
    pm->is_rtc_high = level;
    update(pm);
}

void acpi_pm_raise_gpe(struct device *device, unsigned gpe)
{
    struct acpi_pm *pm = pm_of(device);

    if (gpe >= ACPI_PM_GPE_COUNT) return;
    TRACE(device->env.trace, device, &ev_gpe, gpe);
    pm->gpe0_sts[gpe / PM_GPE_WORD_BITS] |= BIT32(gpe % PM_GPE_WORD_BITS);
    update(pm);
}

/* ---- Registers ---- */

static uint64_t pm1_sts_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return status_at(pm_of(device), device_now(device));
}

/* An overflow that nobody had looked at yet is cleared as well. */
static void pm1_sts_write(struct device *device, const struct reg_write *write)
{
    struct acpi_pm *pm = pm_of(device);

    account(pm);
    pm->pm1_sts &= (uint16_t) ~(write->written & PM1_STS_W1C);
    update(pm);
}

static void plain_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    update(pm_of(device));
}

static void pm1_cnt_write(struct device *device, const struct reg_write *write)
{
    struct acpi_pm *pm = pm_of(device);
    uint64_t type = (write->now >> PM1_CNT_SLP_TYP_SHIFT) & PM1_CNT_SLP_TYP_MASK;

    update(pm);
    if ((write->written & PM1_CNT_GBL_RLS) != 0) {
        device_unimplemented(device, "GBL_RLS: no SMI", write->written, 0);
    }
    if ((write->written & PM1_CNT_SLP_EN) == 0) return;
    TRACE(device->env.trace, device, &ev_sleep, type);
    if (type != ACPI_PM_SLP_TYP_S5) {
        device_unimplemented(device, "sleep type", type, 0);
    } else if (pm->config.power_off != NULL) {
        pm->config.power_off(pm->config.ctx);
    }
}

static uint64_t timer_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return clock_ticks(&timer_clock, device_now(device)) & bits_mask(PM_TMR_BITS);
}

static void smi_en_write(struct device *device, const struct reg_write *write)
{
    if ((write->now & ~write->old) != 0) {
        device_unimplemented(device, "SMI enable", write->now, 0);
    }
}

static uint64_t zero_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0;
}

static const struct reg_field pm1_fields[] = {
    {"WAK", 15, 15}, {"RTC", 10, 10}, {"PWRBTN", 8, 8}, {"GBL", 5, 5},
    {"BM", 4, 4},    {"TMR", 0, 0},   {NULL, 0, 0},
};
static const struct reg_field pm1_cnt_fields[] = {
    {"SLP_EN", 13, 13}, {"SLP_TYP", 12, 10}, {"GBL_RLS", 2, 2},
    {"BM_RLD", 1, 1},   {"SCI_EN", 0, 0},    {NULL, 0, 0},
};

static const struct reg regs[] = {
    {.name = "PM1_STS",
     .offset = PM_PM1_STS,
     .size = 2,
     REG_BACKED(struct acpi_pm, pm1_sts),
     .w1c = PM1_STS_W1C,
     .get = pm1_sts_get,
     .write = pm1_sts_write,
     .fields = pm1_fields},
    {.name = "PM1_EN",
     .offset = PM_PM1_EN,
     .size = 2,
     REG_BACKED(struct acpi_pm, pm1_en),
     .rw = PM1_EN_BITS,
     .write = plain_write,
     .fields = pm1_fields},
    {.name = "PM1_CNT",
     .offset = PM_PM1_CNT,
     .size = 4,
     REG_BACKED(struct acpi_pm, pm1_cnt),
     .reset = PM1_CNT_SCI_EN,
     .rw = PM1_CNT_STORED,
     .write = pm1_cnt_write,
     .fields = pm1_cnt_fields},
    {.name = "PM1_TMR",
     .offset = PM_PM1_TMR,
     .size = 4,
     REG_UNBACKED,
     .is_quiet = true,
     .get = timer_get},
    {.name = "SMI_EN",
     .offset = PM_SMI_EN,
     .size = 4,
     REG_BACKED(struct acpi_pm, smi_en),
     .rw = UINT32_MAX,
     .write = smi_en_write},
    {.name = "SMI_STS", .offset = PM_SMI_STS, .size = 4, REG_UNBACKED, .get = zero_get},
    {.name = "GPE0_STS",
     .offset = PM_GPE0_STS,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct acpi_pm, gpe0_sts),
     .w1c = UINT32_MAX,
     .write = plain_write},
    {.name = "GPE0_EN",
     .offset = PM_GPE0_EN,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct acpi_pm, gpe0_en),
     .rw = UINT32_MAX,
     .write = plain_write},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "acpi_pm", .regs = regs, .bytes = PM_WINDOW_BYTES, .min_access = 1, .max_access = 4},
    {.name = NULL},
};

static const struct snap_field state[] = {
    SNAP_U(struct acpi_pm, seen),
    SNAP_U_MAX(struct acpi_pm, is_rtc_high, 1),
    SNAP_E(struct acpi_pm, overflow),
    SNAP_L(struct acpi_pm, sci),
    SNAP_END,
};

static const struct trace_desc *const events[] = {&ev_power_button, &ev_gpe, &ev_sleep, NULL};

static const struct acpi_pm_config default_config = {.port = 0x1800};

/* ---- Life ---- */

static int pm_init(struct device *device, const void *config, struct error *err)
{
    struct acpi_pm *pm = pm_of(device);

    pm->config = *(const struct acpi_pm_config *)config;
    irq_line_init(&pm->sci, "sci", device);
    event_init(&pm->overflow, "overflow", overflow_fire, pm);
    reg_window_init(&pm->window, device, &banks[0]);
    return bus_map(device->env.ports, &pm->window.region, pm->config.port, err);
}

static void pm_reset(struct device *device, enum reset_kind kind)
{
    struct acpi_pm *pm = pm_of(device);

    (void)kind;
    pm->seen = device_now(device);
    update(pm);
}

static int pm_loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void pm_fini(struct device *device)
{
    struct acpi_pm *pm = pm_of(device);

    sched_cancel(device->env.sched, &pm->overflow);
    bus_unmap(device->env.ports, &pm->window.region);
}

struct irq_line *acpi_pm_sci(struct device *device)
{
    return &pm_of(device)->sci;
}

const struct device_class acpi_pm_class = {
    .name = "acpi_pm",
    .size = sizeof(struct acpi_pm),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = pm_init,
    .reset = pm_reset,
    .loaded = pm_loaded,
    .fini = pm_fini,
};
