/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local vector table (SDM 3A 11.5.1) and the two pins.
 *
 * Chosen: LINT1 is edge-triggered whatever its trigger bit says (11.5.1: level is not supported
 * there); a write to an entry with an illegal vector logs nothing until the entry is used (the
 * SDM says "may"); an edge that arrives while the entry is masked is lost; a change of the
 * polarity bit is not an edge.
 */
#include "devices/chipset/lapic_internal.h"

static enum apic_delivery delivery_of(uint32_t entry)
{
    return (enum apic_delivery)bits_get(entry, LVT_DELIVERY_HI, LVT_DELIVERY_LO);
}

static bool is_unmasked(const struct lapic *lapic, enum lapic_lvt entry)
{
    return (lapic->lvt[entry] & LVT_MASK) == 0;
}

void lapic_lvt_signal(struct lapic *lapic, enum lapic_lvt entry)
{
    uint32_t value = lapic->lvt[entry];

    if (!lapic_is_enabled(&lapic->device) || !is_unmasked(lapic, entry)) return;
    if (entry == LVT_PERF) {
        /* 11.5.1: the mask bit is set when the interrupt is delivered, software clears it. */
        lapic->lvt[LVT_PERF] |= LVT_MASK;
    }
    switch (delivery_of(value)) {
    case APIC_FIXED: (void)lapic_accept_fixed(lapic, value & LVT_VECTOR, false); return;
    case APIC_NMI: lapic->outputs.nmi(lapic->outputs.ctx, lapic->core); return;
    case APIC_INIT:
        if (entry == LVT_LINT0 || entry == LVT_LINT1) {
            lapic_receive_init(lapic);
            return;
        }
        break; /* not supported for the sources inside the core */
    case APIC_SMI:
        device_unimplemented(&lapic->device, "SMI through the local vector table", entry, value);
        return;
    case APIC_LOWEST_PRIORITY:
    case APIC_RESERVED:
    case APIC_STARTUP:
    case APIC_EXTINT: break;
    }
    device_guest_error(&lapic->device, "LVT: reserved delivery mode", entry, value);
}

void lapic_lvt_written(struct lapic *lapic, enum lapic_lvt entry)
{
    if (!lapic_is_software_enabled(lapic)) {
        lapic->lvt[entry] |= LVT_MASK; /* 11.4.7.2: the mask bits cannot be cleared */
    }
    if ((lapic->lvt[entry] & LVT_LEVEL) == 0) {
        lapic->lvt[entry] &= ~LVT_REMOTE_IRR;
    }
    lapic_lint_level(lapic);
    lapic_update(lapic);
}

void lapic_lvt_mask_all(struct lapic *lapic)
{
    lapic_timer_catch_up(lapic);
    for (unsigned i = 0; i < LVT_COUNT; i++) {
        lapic->lvt[i] |= LVT_MASK;
    }
}

/* ---- Pins ------------------------------------------------------------------------------------ */

static bool pin_level(const struct lapic *lapic, enum lapic_pin pin)
{
    return (lapic->pins & BIT32(pin)) != 0;
}

static enum lapic_lvt pin_entry(enum lapic_pin pin)
{
    return pin == LAPIC_LINT0 ? LVT_LINT0 : LVT_LINT1;
}

/* The pin after its polarity bit. */
static bool is_pin_active(const struct lapic *lapic, enum lapic_pin pin)
{
    bool is_low = (lapic->lvt[pin_entry(pin)] & LVT_POLARITY_LOW) != 0;

    return pin_level(lapic, pin) != is_low;
}

static bool is_extint_pin(const struct lapic *lapic, enum lapic_pin pin)
{
    enum lapic_lvt entry = pin_entry(pin);

    return is_unmasked(lapic, entry) && delivery_of(lapic->lvt[entry]) == APIC_EXTINT &&
           is_pin_active(lapic, pin);
}

bool lapic_is_extint_requested(const struct lapic *lapic)
{
    /* 11.4.3: globally disabled, LINT0 and LINT1 are the INTR and NMI pins of the core. */
    if (!lapic_is_enabled(&lapic->device)) return pin_level(lapic, LAPIC_LINT0);
    return lapic->is_extint_latched || is_extint_pin(lapic, LAPIC_LINT0) ||
           is_extint_pin(lapic, LAPIC_LINT1);
}

static bool is_level_lint0(const struct lapic *lapic)
{
    uint32_t entry = lapic->lvt[LVT_LINT0];

    return delivery_of(entry) == APIC_FIXED && (entry & LVT_LEVEL) != 0;
}

void lapic_lint_level(struct lapic *lapic)
{
    uint32_t *entry = &lapic->lvt[LVT_LINT0];

    if (!lapic_is_enabled(&lapic->device) || !is_unmasked(lapic, LVT_LINT0)) return;
    if (!is_level_lint0(lapic) || !is_pin_active(lapic, LAPIC_LINT0)) return;
    if ((*entry & LVT_REMOTE_IRR) != 0) return;
    if (lapic_accept_fixed(lapic, *entry & LVT_VECTOR, true)) {
        *entry |= LVT_REMOTE_IRR;
    }
}

void lapic_lint_eoi(struct lapic *lapic, uint8_t vector)
{
    uint32_t *entry = &lapic->lvt[LVT_LINT0];

    if ((*entry & LVT_REMOTE_IRR) == 0 || (*entry & LVT_VECTOR) != vector) return;
    *entry &= ~LVT_REMOTE_IRR;
    lapic_lint_level(lapic);
}

static void lint_edge(struct lapic *lapic, enum lapic_pin pin)
{
    enum lapic_lvt entry = pin_entry(pin);

    if (!is_unmasked(lapic, entry) || delivery_of(lapic->lvt[entry]) == APIC_EXTINT) return;
    if (pin == LAPIC_LINT0 && is_level_lint0(lapic)) return;
    lapic_lvt_signal(lapic, entry);
}

void lapic_lint(void *ctx, unsigned pin, bool level)
{
    struct lapic *lapic = ctx;
    uint8_t bit = pin == LAPIC_LINT0 ? 1 : 2;
    enum lapic_pin which = pin == LAPIC_LINT0 ? LAPIC_LINT0 : LAPIC_LINT1;
    bool was_active = is_pin_active(lapic, which);

    if (pin_level(lapic, which) == level) return;
    lapic->pins = (uint8_t)(level ? lapic->pins | bit : lapic->pins & ~bit);
    if (!lapic_is_enabled(&lapic->device)) {
        if (which == LAPIC_LINT1 && level) {
            lapic->outputs.nmi(lapic->outputs.ctx, lapic->core);
        }
    } else if (!was_active) {
        lint_edge(lapic, which);
    }
    lapic_lint_level(lapic);
    lapic_update(lapic);
}

void lapic_interrupt(struct device *device, enum lapic_source source)
{
    struct lapic *lapic = lapic_of(device);

    switch (source) {
    case LAPIC_SOURCE_CMCI: lapic_lvt_signal(lapic, LVT_CMCI); return;
    case LAPIC_SOURCE_THERMAL: lapic_lvt_signal(lapic, LVT_THERMAL); return;
    case LAPIC_SOURCE_PERF: lapic_lvt_signal(lapic, LVT_PERF); return;
    }
}
