/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC of one core, in xAPIC mode: interrupt priorities, interprocessor interrupts,
 * the local vector table, the timer.
 *
 * Intel SDM volume 3A, chapter 11. Registers answer in the local APIC page of the apic_bus; its
 * outputs are the functions of struct lapic_core. docs/hardware/lapic.md lists what is modelled
 * and how unclear sentences were read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/device.h"

/* Where the local APIC drives its core. All are required; `core` is the index of the
 * configuration. They are called from register accesses, messages, pins, timer events, reset
 * and snapshot load, and may not run the core. */
struct lapic_core {
    void *ctx;
    /* INTR: something may be delivered. Changes only. */
    void (*intr)(void *ctx, unsigned core, bool level);
    void (*nmi)(void *ctx, unsigned core);
    /* INIT was received; the local APIC is in its INIT state already. */
    void (*init)(void *ctx, unsigned core);
    void (*sipi)(void *ctx, unsigned core, uint8_t vector);
    /* INTA cycle that goes through to the 8259: its vector, or -1 when there is none. */
    int (*extint_ack)(void *ctx, unsigned core);
};

/* Address bits of IA32_APIC_BASE: as many as the core has, CPUID 0x80000008. */
#define LAPIC_PHYS_BITS 40

struct lapic_config {
    unsigned core;   /* index of the core, < APIC_BUS_LAPICS_MAX; also its place on the bus */
    uint8_t apic_id; /* initial APIC ID */
    bool is_bsp;     /* bootstrap processor: IA32_APIC_BASE bit 8 */
    bool has_eoi_suppression;  /* version register bit 24 and SVR bit 12 */
    uint64_t timer_hz;         /* input clock of the timer before its divider; > 0 */
    struct lapic_core outputs; /* copied */
    struct device
        *bus; /* apic_bus, outlives this device; NULL: alone, messages reach only itself */
};

/* Pins of lapic_lint(). */
enum lapic_pin {
    LAPIC_LINT0, /* INTR: the 8259's output */
    LAPIC_LINT1, /* NMI */
};

/* Sources inside the core that interrupt through the local vector table. */
enum lapic_source {
    LAPIC_SOURCE_CMCI,
    LAPIC_SOURCE_THERMAL,
    LAPIC_SOURCE_PERF,
};

extern const struct device_class lapic_class;

/* INTA cycle (cpu_env.intr_ack): the vector to deliver now, acknowledged, or -1. The core asks
 * only while its INTR input is high; when the priority was raised meanwhile, it gets the
 * spurious vector (SDM 3A 11.9). */
int lapic_intr_ack(struct device *lapic);
/* The trace record of the acknowledge of the interrupt that is in service, the highest; 0: none is. */
uint64_t lapic_cause(const struct device *lapic);

/* CR8 (SDM 3A 11.8.6): task priority class 0..15. */
uint8_t lapic_tpr_get(struct device *lapic);
void lapic_tpr_set(struct device *lapic, uint8_t tpr);

/* IA32_APIC_BASE (SDM 3A 11.4.4). Setter: false means #GP and nothing changed. */
uint64_t lapic_base_get(struct device *lapic);
bool lapic_base_set(struct device *lapic, uint64_t value);
/* Global enable, IA32_APIC_BASE bit 11: what CPUID.1:EDX bit 9 shows. */
bool lapic_is_enabled(const struct device *lapic);

/* An irq_sink: `ctx` is the struct device, `pin` an enum lapic_pin, `level` the electrical
 * level. */
void lapic_lint(void *ctx, unsigned pin, bool level);
/* One event of a source inside the core. */
void lapic_interrupt(struct device *lapic, enum lapic_source source);
