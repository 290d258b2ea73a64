/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O APIC: registers, edge interrupts from the 8254, HPET and RTC, mask and pending edges, level
 * interrupts with remote IRR and EOI, polarity, destination and vector changes. 82093AA data sheet;
 * ICH and PCH data sheets (24 pins, version 20h).
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define VECTOR 0x53
/* A pin that HPET timers can route to. Pins from 16 up are the PIRQs: active low (MADT, _PRT). */
#define HPET_PIN 20

static uintptr_t hpet;
static unsigned count, no_eoi, storm_limit;
static uint32_t entry_inside;
static unsigned pin_under_test;

static void on_irq(struct frame *frame)
{
    (void)frame;
    count++;
    entry_inside = ioapic_read(0x10 + 2 * pin_under_test);
    if (count == storm_limit) mmio_write32(hpet + HPET_STATUS, 4);
    if (!no_eoi) lapic_eoi();
}

static void settle(void)
{
    irq_enable();
    pm_wait(30);
    irq_disable();
}

static void registers(void)
{
    report_eq(ioapic_read(1) & 0xff, 0x20, "version");
    report_eq(ioapic_read(1) >> 16 & 0xff, MAP_IOAPIC_PINS - 1, "number of entries");
    report_eq(ioapic_read(0) >> 24 & 15, platform()->ioapic_id, "ID agrees with the MADT");
    uint32_t id = ioapic_read(0);
    ioapic_write(0, 0x05000000);
    report_eq(ioapic_read(0), 0x05000000, "ID can be written");
    ioapic_write(0, id);
    ioapic_write(0x10 + 2 * 7, 0xffffffff);
    report_eq(ioapic_read(0x10 + 2 * 7), 0x0001afff, "reserved and read-only bits of an entry");
    ioapic_write(0x11 + 2 * 7, 0xffffffff);
    report_eq(ioapic_read(0x11 + 2 * 7) & 0xff000000, 0xff000000, "destination field");
    ioapic_write(0x10 + 2 * 7, IOAPIC_MASKED);
    mmio_write32(platform()->ioapic, 0x3f);
    report_eq(mmio_read32(platform()->ioapic) & 0xff, 0x3f, "index register reads back");
}

static void edge(void)
{
    pin_under_test = platform()->isa_gsi[0];
    pit_load(0, 0, 0xffff);
    ioapic_route(pin_under_test, VECTOR);
    count = 0;
    pit_load(0, 0, 100);
    uint32_t start = pm_timer();
    irq_wait();
    uint32_t ticks = pm_timer_delta(start, pm_timer());
    report_eq(count, 1, "edge from the 8254 on its pin");
    report_in(ticks, 300, 340, "at the time of terminal count");
    report_eq(entry_inside & (IOAPIC_REMOTE_IRR | 0x1000), 0, "no remote IRR for an edge");
    settle();
    report_eq(count, 1, "and only one");
    ioapic_write(0x10 + 2 * pin_under_test, IOAPIC_MASKED | VECTOR);
    count = 0;
    pit_load(0, 0, 50);
    pm_wait(400);
    settle();
    report_eq(count, 0, "masked: nothing");
    pit_load(0, 2, 119); /* 10 kHz */
    ioapic_write(0x10 + 2 * pin_under_test, VECTOR);
    count = 0;
    uint32_t from = pm_timer();
    while (pm_before(from, 10)) {
        irq_window();
    }
    report_in(count, 98, 102, "10 ms of 10 kHz in rate generator mode");
    ioapic_write(0x10 + 2 * pin_under_test, IOAPIC_MASKED);
    pit_load(0, 0, 0xffff);
    settle();
}

/* A level source: HPET timer 2 in level mode holds its pin until its status bit is cleared. */
static void hpet_level(bool level, uint32_t ticks)
{
    mmio_write32(hpet + HPET_STATUS, 7);
    uint64_t cfg = (uint64_t)HPET_PIN << 9 | 4 | (level ? 2 : 0);
    mmio_write64(hpet + HPET_TIMER_CFG(2), cfg);
    mmio_write64(hpet + HPET_TIMER_CMP(2), mmio_read64(hpet + HPET_COUNTER) + ticks);
}

static void level(void)
{
    uint32_t routes = (uint32_t)(mmio_read64(hpet + HPET_TIMER_CFG(2)) >> 32);
    report(routes >> HPET_PIN & 1, "HPET timer 2 can route to pin %u", HPET_PIN);
    mmio_write64(hpet + HPET_CFG, 1);
    pin_under_test = HPET_PIN;
    ioapic_route(HPET_PIN, IOAPIC_LOW | IOAPIC_LEVEL | VECTOR);
    count = 0;
    no_eoi = 1;
    hpet_level(true, 240);
    irq_wait();
    report_eq(count, 1, "level interrupt");
    report(entry_inside & IOAPIC_REMOTE_IRR, "remote IRR is set until EOI");
    settle();
    report_eq(count, 1, "no second one before EOI, though the line is high");
    no_eoi = 0;
    storm_limit = 4; /* the handler clears the source then */
    lapic_eoi();
    settle();
    report_eq(count, 4, "after EOI with the line active it comes again and again");
    storm_limit = 0;
    settle();
    unsigned before = count;
    settle();
    report_eq(count, before, "line idle: silence");
    report(!(ioapic_read(0x10 + 2 * HPET_PIN) & IOAPIC_REMOTE_IRR), "remote IRR is clear");

    ioapic_write(0x10 + 2 * HPET_PIN, IOAPIC_MASKED | IOAPIC_LOW | IOAPIC_LEVEL | VECTOR);
    count = 0;
    hpet_level(true, 24);
    pm_wait(30);
    settle();
    report_eq(count, 0, "level while masked: nothing");
    no_eoi = 1;
    ioapic_write(0x10 + 2 * HPET_PIN, IOAPIC_LOW | IOAPIC_LEVEL | VECTOR);
    settle();
    report_eq(count, 1, "unmasked with the line active: delivered");
    mmio_write32(hpet + HPET_STATUS, 4);
    no_eoi = 0;
    lapic_eoi();
    settle();
    report_eq(count, 1, "line idle before EOI: not repeated");
    mmio_write64(hpet + HPET_TIMER_CFG(2), 0);
}

static void hpet_edge(void)
{
    ioapic_route(HPET_PIN, IOAPIC_LOW | VECTOR);
    count = 0;
    hpet_level(false, 240);
    irq_wait();
    report_eq(count, 1, "HPET in edge mode");
    settle();
    report_eq(count, 1, "once");
    ioapic_write(0x10 + 2 * HPET_PIN, IOAPIC_LOW | 0x54);
    hpet_level(false, 240);
    trap_handle(0x54, on_irq);
    irq_wait();
    report_eq(count, 2, "with another vector");
    ioapic_write(0x11 + 2 * HPET_PIN, 0x5f000000);
    hpet_level(false, 240);
    pm_wait(100);
    settle();
    report_eq(count, 2, "to a processor that is not there: lost");
    ioapic_write(0x10 + 2 * HPET_PIN, IOAPIC_MASKED);
    mmio_write64(hpet + HPET_TIMER_CFG(2), 0);
}

static void logical(void)
{
    lapic_write(LAPIC_LDR, 0x08000000);
    ioapic_write(0x10 + 2 * HPET_PIN, IOAPIC_MASKED);
    ioapic_write(0x11 + 2 * HPET_PIN, 0x0c000000);
    ioapic_write(0x10 + 2 * HPET_PIN,
                 IOAPIC_LOW | 0x800 | 0x100 | VECTOR); /* logical, lowest priority */
    count = 0;
    hpet_level(false, 240);
    irq_wait();
    report_eq(count, 1, "logical destination, lowest priority");
    ioapic_write(0x10 + 2 * HPET_PIN, IOAPIC_MASKED);
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    hpet = platform()->hpet;
    trap_handle(VECTOR, on_irq);
    registers();
    edge();
    level();
    hpet_edge();
    logical();
}
