/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the chipset's interrupt controllers and timers, and the steps that programs share.
 */
#pragma once

#include "tests/guest/lib/platform.h"

/* ---- Local APIC, SDM 3A 11.4 ---- */
#define LAPIC_ID            0x020
#define LAPIC_VERSION       0x030
#define LAPIC_TPR           0x080
#define LAPIC_APR           0x090
#define LAPIC_PPR           0x0a0
#define LAPIC_EOI           0x0b0
#define LAPIC_LDR           0x0d0
#define LAPIC_DFR           0x0e0
#define LAPIC_SVR           0x0f0
#define LAPIC_ISR           0x100
#define LAPIC_TMR           0x180
#define LAPIC_IRR           0x200
#define LAPIC_ESR           0x280
#define LAPIC_LVT_CMCI      0x2f0
#define LAPIC_ICR_LOW       0x300
#define LAPIC_ICR_HIGH      0x310
#define LAPIC_LVT_TIMER     0x320
#define LAPIC_LVT_THERMAL   0x330
#define LAPIC_LVT_PERF      0x340
#define LAPIC_LVT_LINT0     0x350
#define LAPIC_LVT_LINT1     0x360
#define LAPIC_LVT_ERROR     0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE  0x3e0
#define LVT_MASKED          0x10000u
#define LVT_PERIODIC        0x20000u
#define LVT_EXTINT          0x700u
#define LVT_NMI             0x400u
#define ICR_SELF            0x40000u
#define ICR_ASSERT          0x4000u
#define ICR_LOGICAL         0x800u
#define ICR_NMI             0x400u
#define SVR_ENABLE          0x100u

static inline uint32_t lapic_read(unsigned reg)
{
    return mmio_read32((uintptr_t)MAP_LAPIC_BASE + reg);
}

static inline void lapic_write(unsigned reg, uint32_t value)
{
    mmio_write32((uintptr_t)MAP_LAPIC_BASE + reg, value);
}

static inline bool lapic_bit(unsigned block, unsigned vector)
{
    return lapic_read(block + (vector / 32) * 16) >> (vector % 32) & 1;
}

static inline void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

/*
 * Rate of the timer at divider 1 as measured against the PM timer, in one millisecond. Leaves the
 * timer stopped.
 */
uint32_t lapic_ticks_per_ms(void);

static inline void lapic_self_ipi(unsigned vector)
{
    lapic_write(LAPIC_ICR_LOW, ICR_SELF | ICR_ASSERT | vector);
}

/* Enabled with spurious vector 0xff, TPR 0, every LVT masked, nothing in service. */
void lapic_setup(void);
/* Both 8259 initialised at vectors 0x20 and 0x28 with everything masked. */
void pic_setup(void);
void pic_mask(uint16_t mask);
void pic_eoi(unsigned irq);
#define PIC_VECTOR 0x20

/* ---- I/O APIC ---- */
#define IOAPIC_MASKED     0x10000u
#define IOAPIC_LEVEL      0x8000u
#define IOAPIC_REMOTE_IRR 0x4000u
#define IOAPIC_LOW        0x2000u
#define IOAPIC_NMI        0x400u
uint32_t ioapic_read(unsigned index);
void ioapic_write(unsigned index, uint32_t value);
/* Redirection entry `pin`: low half with destination 0 (the bootstrap processor). */
void ioapic_route(unsigned pin, uint32_t low);
void ioapic_mask_all(void);

/* ---- Timers ---- */
#define PIT_HZ 1193182u
/* Programs channel 0, 1 or 2 (lobyte, hibyte) and loads the count. */
void pit_load(unsigned channel, unsigned mode, uint16_t count);
uint16_t pit_read(unsigned channel);

#define PM_HZ 3579545u
/* The PM timer extended to its full width of 24 or 32 bits. */
uint32_t pm_timer(void);
uint32_t pm_timer_delta(uint32_t from, uint32_t to);
/* Spins with PAUSE until the PM timer has advanced by this much. */
void pm_wait(uint32_t ticks);
/*
 * A time limit for polling loops: true while fewer than `ms` milliseconds have passed since `start`
 * = pm_timer().
 */
bool pm_before(uint32_t start, unsigned ms);

#define HPET_CAP          0x000
#define HPET_CFG          0x010
#define HPET_STATUS       0x020
#define HPET_COUNTER      0x0f0
#define HPET_TIMER_CFG(n) (0x100 + 0x20 * (n))
#define HPET_TIMER_CMP(n) (0x108 + 0x20 * (n))

/* ---- RTC, MC146818 ---- */
#define RTC_SECONDS       0
#define RTC_SECONDS_ALARM 1
#define RTC_MINUTES       2
#define RTC_MINUTES_ALARM 3
#define RTC_HOURS         4
#define RTC_HOURS_ALARM   5
#define RTC_WEEKDAY       6
#define RTC_DAY           7
#define RTC_MONTH         8
#define RTC_YEAR          9
#define RTC_A             0x0a
#define RTC_B             0x0b
#define RTC_C             0x0c
#define RTC_D             0x0d

/* ---- PCI ---- */
uint32_t pci_cf8_read32(unsigned bus, unsigned dev, unsigned fn, unsigned reg);
void pci_cf8_write32(unsigned bus, unsigned dev, unsigned fn, unsigned reg, uint32_t value);
static inline uintptr_t pci_ecam(unsigned bus, unsigned dev, unsigned fn, unsigned reg)
{
    return platform()->ecam + (bus << 20 | dev << 15 | fn << 12 | reg);
}
/*
 * First function with this vendor and device (id = device << 16 | vendor): its ECAM address, or 0.
 */
uintptr_t pci_find(uint32_t id);
/* Offset of a capability in a function, or 0. */
unsigned pci_capability(uintptr_t function, uint8_t id);
