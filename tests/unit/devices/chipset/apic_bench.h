/* SPDX-License-Identifier: GPL-2.0-only */
/* A bench with a message bus, some local APICs whose outputs are recorded, an I/O APIC and the
 * 8259 pair. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/chipset/apic_bus.h"
#include "devices/chipset/i8259.h"
#include "devices/chipset/ioapic.h"
#include "devices/chipset/lapic.h"
#include "emu/machine/map.h"
#include "tests/lib/rig.h"

#define BENCH_CORES 4

/* Offsets in the local APIC page (SDM 3A, table 11-1). */
enum {
    R_ID = 0x020,
    R_VERSION = 0x030,
    R_TPR = 0x080,
    R_APR = 0x090,
    R_PPR = 0x0a0,
    R_EOI = 0x0b0,
    R_RRD = 0x0c0,
    R_LDR = 0x0d0,
    R_DFR = 0x0e0,
    R_SVR = 0x0f0,
    R_ISR = 0x100,
    R_TMR = 0x180,
    R_IRR = 0x200,
    R_ESR = 0x280,
    R_CMCI = 0x2f0,
    R_ICR = 0x300,
    R_ICR2 = 0x310,
    R_TIMER = 0x320,
    R_THERMAL = 0x330,
    R_PERF = 0x340,
    R_LINT0 = 0x350,
    R_LINT1 = 0x360,
    R_ERROR = 0x370,
    R_INITIAL = 0x380,
    R_CURRENT = 0x390,
    R_DIVIDE = 0x3e0,
};

#define LVT_MASKED 0x10000u

/* What one core was told. */
struct heard {
    bool intr;
    unsigned intr_changes;
    unsigned nmis;
    unsigned inits;
    unsigned sipis;
    uint8_t sipi_vector;
    unsigned extint_acks;
};

struct bench {
    struct rig *rig;
    struct device *bus;
    struct device *lapic[BENCH_CORES];
    struct device *ioapic;
    struct device *pic;
    struct heard heard[BENCH_CORES];
};

/* Local APIC `i` has APIC ID 2i and is software disabled, as after power-on. The 8259's
 * output goes nowhere yet. */
struct bench *bench_create(void);
void bench_destroy(struct bench *bench);
/* Software enables all local APICs with spurious vector 0xff. */
void bench_enable(struct bench *bench);

uint32_t lapic_get(struct bench *bench, unsigned core, uint32_t offset);
void lapic_put(struct bench *bench, unsigned core, uint32_t offset, uint32_t value);
/* Whether `vector` is set in the 256-bit register at `base` (R_ISR, R_TMR, R_IRR). */
bool lapic_bit(struct bench *bench, unsigned core, uint32_t base, uint8_t vector);
/* A fixed IPI from a core to itself. */
void lapic_self(struct bench *bench, unsigned core, uint8_t vector);
int lapic_ack(struct bench *bench, unsigned core);
void lapic_end(struct bench *bench, unsigned core);
/* ESR after the write that updates it. */
uint32_t lapic_errors(struct bench *bench, unsigned core);

uint32_t ioapic_get(struct bench *bench, uint8_t index);
void ioapic_put(struct bench *bench, uint8_t index, uint32_t value);
void ioapic_entry_put(struct bench *bench, unsigned pin, uint64_t entry);
uint64_t ioapic_entry(struct bench *bench, unsigned pin);

/* Initialises the 8259 pair as a PC does: vectors 20h and 28h, all inputs enabled. */
void pic_init(struct rig *rig);
