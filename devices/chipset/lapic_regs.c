/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The register page of the local APIC (SDM 3A, table 11-1): 32-bit registers at multiples of 16
 * bytes.
 *
 * Chosen: an access to bytes 4..15 of a 16-byte slot is undefined by 11.4.1: it reads 0,
 * changes nothing and is a guest error. An access to a slot without a register sets ESR bit 7.
 * Accesses narrower than 32 bits are widened by the bus.
 */
#include "devices/chipset/lapic_internal.h"

#define SLOT_BYTES              16
#define VERSION_INTEGRATED      UINT32_C(0x15)
#define VERSION_MAX_LVT_SHIFT   16
#define VERSION_EOI_SUPPRESSION BIT32(24)

#define LVT_RESET     LVT_MASK
#define LVT_RW_FIXED  (LVT_MASK | LVT_VECTOR)
#define LVT_RW_SOURCE (LVT_RW_FIXED | UINT32_C(0x700))
#define LVT_RW_PIN    (LVT_RW_SOURCE | LVT_POLARITY_LOW | LVT_LEVEL)

/* ---- Values that are computed ---------------------------------------------------------------- */

static uint64_t version_get(struct device *device, unsigned index, uint64_t stored)
{
    uint32_t value = VERSION_INTEGRATED | (LVT_COUNT - 1) << VERSION_MAX_LVT_SHIFT;

    (void)index;
    (void)stored;
    return lapic_of(device)->has_eoi_suppression ? value | VERSION_EOI_SUPPRESSION : value;
}

static uint64_t apr_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return lapic_apr(lapic_of(device));
}

static uint64_t ppr_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return lapic_ppr(lapic_of(device));
}

static uint64_t zero_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0;
}

static uint64_t current_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return lapic_timer_current(lapic_of(device));
}

/* ---- Side effects ---------------------------------------------------------------------------- */

static void tpr_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_update(lapic_of(device));
}

static void eoi_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_eoi(lapic_of(device));
}

static void svr_write(struct device *device, const struct reg_write *write)
{
    struct lapic *lapic = lapic_of(device);
    bool was_enabled = (write->old & SVR_ENABLE) != 0;

    if (!lapic->has_eoi_suppression) {
        lapic->svr &= ~SVR_EOI_SUPPRESSION;
    }
    if (was_enabled && !lapic_is_software_enabled(lapic)) {
        lapic_lvt_mask_all(lapic);
    }
    lapic_update(lapic);
    if (!was_enabled && lapic_is_software_enabled(lapic) && lapic->bus != NULL) {
        apic_bus_retry(lapic->bus);
    }
}

/* 11.5.3: a write of any value shows what was logged since the last write, and arms the error
 * interrupt again. */
static void esr_write(struct device *device, const struct reg_write *write)
{
    struct lapic *lapic = lapic_of(device);

    (void)write;
    lapic->esr = lapic->errors;
    lapic->errors = 0;
    lapic->is_error_signalled = false;
}

static void icr_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_send_ipi(lapic_of(device));
}

static void lvt_cmci_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_lvt_written(lapic_of(device), LVT_CMCI);
}

static void lvt_timer_write(struct device *device, const struct reg_write *write)
{
    struct lapic *lapic = lapic_of(device);
    uint32_t now = lapic->lvt[LVT_TIMER];

    /* What is due happens under the entry as it was. */
    lapic->lvt[LVT_TIMER] = (uint32_t)write->old;
    lapic_timer_catch_up(lapic);
    lapic->lvt[LVT_TIMER] = now;
    lapic_lvt_written(lapic, LVT_TIMER);
}

static void lvt_thermal_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_lvt_written(lapic_of(device), LVT_THERMAL);
}

static void lvt_perf_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_lvt_written(lapic_of(device), LVT_PERF);
}

static void lvt_lint0_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_lvt_written(lapic_of(device), LVT_LINT0);
}

static void lvt_lint1_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_lvt_written(lapic_of(device), LVT_LINT1);
}

static void lvt_error_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    lapic_lvt_written(lapic_of(device), LVT_ERROR);
}

static void initial_count_write(struct device *device, const struct reg_write *write)
{
    struct lapic *lapic = lapic_of(device);
    uint32_t now = lapic->initial_count;

    lapic->initial_count = (uint32_t)write->old;
    lapic_timer_catch_up(lapic);
    lapic->initial_count = now;
    lapic_timer_start(lapic);
}

static void divide_write(struct device *device, const struct reg_write *write)
{
    lapic_timer_set_divide(lapic_of(device), (uint32_t)write->old);
}

/* ---- Table ----------------------------------------------------------------------------------- */

static const struct reg_field svr_fields[] = {
    {"vector", 7, 0}, {"enable", 8, 8}, {"focus_disable", 9, 9}, {"eoi_suppression", 12, 12},
    {NULL, 0, 0},
};

static const struct reg_field esr_fields[] = {
    {"send_illegal_vector", 5, 5},
    {"receive_illegal_vector", 6, 6},
    {"illegal_register", 7, 7},
    {NULL, 0, 0},
};

static const struct reg_field icr_fields[] = {
    {"vector", 7, 0},  {"delivery", 10, 8}, {"logical", 11, 11},   {"status", 12, 12},
    {"level", 14, 14}, {"trigger", 15, 15}, {"shorthand", 19, 18}, {NULL, 0, 0},
};

static const struct reg_field lvt_fields[] = {
    {"vector", 7, 0},     {"delivery", 10, 8},    {"status", 12, 12},
    {"polarity", 13, 13}, {"remote_irr", 14, 14}, {"trigger", 15, 15},
    {"mask", 16, 16},     {"timer_mode", 18, 17}, {NULL, 0, 0},
};

#define LVT_REG(reg_name, reg_offset, entry, mask, side_effect)                 \
    {                                                                           \
        .name = (reg_name), .offset = (reg_offset), .size = 4,                  \
        REG_BACKED(struct lapic, lvt[entry]), .reset = LVT_RESET, .rw = (mask), \
        .write = (side_effect), .fields = lvt_fields,                           \
    }

/* The registers that are used most come first: they are found by a walk. */
static const struct reg regs[] = {
    {.name = "EOI", .offset = 0x0b0, .size = 4, REG_UNBACKED, .get = zero_get, .write = eoi_write},
    {.name = "TMICT",
     .offset = 0x380,
     .size = 4,
     REG_BACKED(struct lapic, initial_count),
     .rw = UINT32_MAX,
     .write = initial_count_write},
    {.name = "TMCCT",
     .offset = 0x390,
     .size = 4,
     REG_UNBACKED,
     .is_quiet = true,
     .get = current_get},
    {.name = "ICR",
     .offset = 0x300,
     .size = 4,
     REG_BACKED(struct lapic, icr_low),
     .rw = UINT32_C(0xccfff),
     .write = icr_write,
     .fields = icr_fields},
    {.name = "ICR2",
     .offset = 0x310,
     .size = 4,
     REG_BACKED(struct lapic, icr_high),
     .rw = UINT32_C(0xff000000)},
    {.name = "TPR",
     .offset = 0x080,
     .size = 4,
     REG_BACKED(struct lapic, tpr),
     .rw = 0xff,
     .write = tpr_write},
    {.name = "ID",
     .offset = 0x020,
     .size = 4,
     REG_BACKED(struct lapic, id),
     .rw = UINT32_C(0xff000000),
     .is_sticky = true},
    {.name = "VERSION", .offset = 0x030, .size = 4, REG_UNBACKED, .get = version_get},
    {.name = "APR", .offset = 0x090, .size = 4, REG_UNBACKED, .get = apr_get},
    {.name = "PPR", .offset = 0x0a0, .size = 4, REG_UNBACKED, .get = ppr_get},
    {.name = "RRD", .offset = 0x0c0, .size = 4, REG_UNBACKED, .get = zero_get},
    {.name = "LDR",
     .offset = 0x0d0,
     .size = 4,
     REG_BACKED(struct lapic, ldr),
     .rw = UINT32_C(0xff000000)},
    {.name = "DFR",
     .offset = 0x0e0,
     .size = 4,
     REG_BACKED(struct lapic, dfr),
     .reset = UINT32_MAX,
     .rw = UINT32_C(0xf0000000)},
    {.name = "SVR",
     .offset = 0x0f0,
     .size = 4,
     REG_BACKED(struct lapic, svr),
     .reset = SVR_VECTOR,
     .rw = SVR_VECTOR | SVR_ENABLE | SVR_FOCUS_DISABLE | SVR_EOI_SUPPRESSION,
     .write = svr_write,
     .fields = svr_fields},
    {.name = "ISR",
     .offset = 0x100,
     .size = 4,
     .stride = SLOT_BYTES,
     REG_BACKED_ARRAY(struct lapic, isr)},
    {.name = "TMR",
     .offset = 0x180,
     .size = 4,
     .stride = SLOT_BYTES,
     REG_BACKED_ARRAY(struct lapic, tmr)},
    {.name = "IRR",
     .offset = 0x200,
     .size = 4,
     .stride = SLOT_BYTES,
     REG_BACKED_ARRAY(struct lapic, irr)},
    {.name = "ESR",
     .offset = 0x280,
     .size = 4,
     REG_BACKED(struct lapic, esr),
     .write = esr_write,
     .fields = esr_fields},
    LVT_REG("LVT_CMCI", 0x2f0, LVT_CMCI, LVT_RW_SOURCE, lvt_cmci_write),
    LVT_REG("LVT_TIMER", 0x320, LVT_TIMER, LVT_RW_FIXED | LVT_TIMER_PERIODIC, lvt_timer_write),
    LVT_REG("LVT_THERMAL", 0x330, LVT_THERMAL, LVT_RW_SOURCE, lvt_thermal_write),
    LVT_REG("LVT_PERF", 0x340, LVT_PERF, LVT_RW_SOURCE, lvt_perf_write),
    LVT_REG("LVT_LINT0", 0x350, LVT_LINT0, LVT_RW_PIN, lvt_lint0_write),
    LVT_REG("LVT_LINT1", 0x360, LVT_LINT1, LVT_RW_PIN, lvt_lint1_write),
    LVT_REG("LVT_ERROR", 0x370, LVT_ERROR, LVT_RW_FIXED, lvt_error_write),
    {.name = "TDCR",
     .offset = 0x3e0,
     .size = 4,
     REG_BACKED(struct lapic, divide),
     .rw = 0xb,
     .write = divide_write},
    {.name = NULL},
};

const struct reg_bank lapic_banks[] = {
    {
        .name = "lapic",
        .regs = regs,
        .bytes = LAPIC_PAGE_BYTES,
        .min_access = 4,
        .max_access = 4,
        .is_nothing_quiet = true, /* reserved slots are reported through ESR */
    },
    {.name = NULL},
};

/* ---- The page -------------------------------------------------------------------------------- */

/* Whether the access goes to a register; what it deserves otherwise. */
static bool is_register(struct device *device, uint64_t offset)
{
    unsigned index;

    if (offset % SLOT_BYTES != 0) {
        device_guest_error(device, "access between the registers of the local APIC", offset, 0);
        return false;
    }
    if (reg_find(&lapic_banks[0], offset, &index) != NULL) return true;
    device_guest_error(device, "reserved register of the local APIC", offset, 0);
    lapic_error(lapic_of(device), ESR_ILLEGAL_REGISTER);
    return false;
}

uint64_t lapic_page_read(struct device *device, uint64_t offset, unsigned size)
{
    if (!is_register(device, offset)) return 0;
    return reg_bank_read(device, &lapic_banks[0], offset, size);
}

void lapic_page_write(struct device *device, uint64_t offset, unsigned size, uint64_t value)
{
    if (!is_register(device, offset)) return;
    reg_bank_write(device, &lapic_banks[0], offset, size, value);
}

uint64_t lapic_page_peek(struct device *device, uint64_t offset, unsigned size)
{
    return reg_bank_peek(device, &lapic_banks[0], offset, size);
}
