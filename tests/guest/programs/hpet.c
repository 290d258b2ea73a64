/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HPET: capabilities, 32- and 64-bit accesses, main counter halt and write, one-shot and periodic
 * timers, legacy replacement of 8254 and RTC, edge and level, 32-bit mode. IA-PC HPET specification
 * 1.0a.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

static uintptr_t base;
static unsigned count, legacy_count;
static uint64_t stamp[16];

static uint64_t get(unsigned reg)
{
    return mmio_read64(base + reg);
}

static void set(unsigned reg, uint64_t value)
{
    mmio_write64(base + reg, value);
}

static void on_irq(struct frame *frame)
{
    (void)frame;
    if (count < COUNT(stamp)) stamp[count] = rdtsc();
    count++;
    lapic_eoi();
}

static void on_legacy(struct frame *frame)
{
    (void)frame;
    legacy_count++;
    lapic_eoi();
}

static void capabilities(void)
{
    uint64_t cap = get(HPET_CAP);
    report_eq(cap >> 16 & 0xffff, 0x8086, "vendor");
    report(cap & 0x2000, "64-bit counter");
    report(cap & 0x8000, "legacy replacement capable");
    report((cap >> 8 & 31) >= 2, "at least three timers");
    report((cap & 0xff) != 0, "revision");
    report_eq(mmio_read32(base + HPET_CAP), (uint32_t)cap, "32-bit access: low half");
    report_eq(mmio_read32(base + HPET_CAP + 4), cap >> 32, "32-bit access: high half");
    mmio_write32(base + HPET_CAP, 0);
    report_eq(get(HPET_CAP), cap, "capabilities are read only");
    const uint8_t *table = (const uint8_t *)platform()->hpet_table;
    uint32_t block;
    memcpy(&block, table + 36, 4);
    report_eq(block, (uint32_t)cap, "the ACPI table's block id is the register");
}

static void counter(void)
{
    set(HPET_CFG, 0);
    set(HPET_COUNTER, 0x123456789abcdef0ull);
    report_eq(get(HPET_COUNTER), 0x123456789abcdef0ull, "halted: 64-bit write and read");
    pm_wait(20);
    report_eq(get(HPET_COUNTER), 0x123456789abcdef0ull, "halted: it stands still");
    mmio_write32(base + HPET_COUNTER, 0x11111111);
    report_eq(get(HPET_COUNTER), 0x1234567811111111ull, "32-bit write of the low half");
    mmio_write32(base + HPET_COUNTER + 4, 0x22222222);
    report_eq(get(HPET_COUNTER), 0x2222222211111111ull, "32-bit write of the high half");
    report_eq(mmio_read32(base + HPET_COUNTER + 4), 0x22222222, "32-bit read of the high half");
    set(HPET_COUNTER, 0xfffffff0);
    set(HPET_CFG, 1);
    pm_wait(10);
    uint64_t now = get(HPET_COUNTER);
    report(now > 0x100000000ull && now < 0x100010000ull, "the carry goes into the high half");
    unsigned torn = 0;
    set(HPET_CFG, 0);
    set(HPET_COUNTER, 0xfffff000);
    set(HPET_CFG, 1);
    uint64_t last = 0;
    for (unsigned i = 0; i < 3000; i++) {
        now = get(HPET_COUNTER);
        torn += now < last;
        last = now;
    }
    report_eq(torn, 0, "64-bit reads are never torn across the carry");
    set(HPET_CFG, 0);
    set(HPET_COUNTER, 0);
}

static void route(unsigned timer, unsigned pin, uint64_t bits)
{
    set(HPET_TIMER_CFG(timer), (uint64_t)pin << 9 | bits);
}

static unsigned pin_for(unsigned timer)
{
    uint32_t can = (uint32_t)(get(HPET_TIMER_CFG(timer)) >> 32);
    for (unsigned pin = 23; pin > 15; pin--) {
        if (can >> pin & 1) return pin;
    }
    return 0;
}

static void one_shot(void)
{
    for (unsigned timer = 0; timer < 3; timer++) {
        unsigned pin = pin_for(timer);
        report(pin != 0, "timer %u can route to an I/O APIC pin above 15", timer);
        ioapic_route(pin, IOAPIC_LOW | 0x55);
        count = 0;
        set(HPET_CFG, 1);
        route(timer, pin, 4);
        uint64_t start = rdtsc();
        set(HPET_TIMER_CMP(timer), get(HPET_COUNTER) + 24000);
        irq_wait();
        report_eq(count, 1, "timer %u: one-shot", timer);
        report_in(stamp[0] - start, 3195000, 3215000, "timer %u: after 1 ms", timer);
        report_eq(mmio_read32(base + HPET_STATUS) & 7, 0, "timer %u: no status bit in edge mode",
                  timer);
        route(timer, pin, 0);
        set(HPET_TIMER_CMP(timer), get(HPET_COUNTER) + 240);
        irq_enable();
        pm_wait(100);
        irq_disable();
        report_eq(count, 1, "timer %u: disabled, nothing comes", timer);
        ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
    }
}

static void periodic(void)
{
    report(get(HPET_TIMER_CFG(0)) & 0x10, "timer 0 can be periodic");
    unsigned pin = pin_for(0);
    ioapic_route(pin, IOAPIC_LOW | 0x55);
    count = 0;
    set(HPET_CFG, 0);
    set(HPET_COUNTER, 0);
    route(0, pin, 4 | 8 | 0x40); /* enable, periodic, value set */
    set(HPET_TIMER_CMP(0), 2400);
    set(HPET_TIMER_CMP(0), 2400);
    set(HPET_CFG, 1);
    while (count < 11) {
        irq_wait();
    }
    report_in(stamp[10] - stamp[0], 3200000 - 3200, 3200000 + 3200,
              "periodic: ten periods of 100 us");
    report(get(HPET_TIMER_CMP(0)) > 2400 * 10, "the comparator moves on");
    route(0, pin, 0);
    ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
}

static void legacy(void)
{
    ioapic_route(platform()->isa_gsi[0], 0x56);
    ioapic_route(platform()->isa_gsi[8], 0x57);
    trap_handle(0x56, on_irq);
    trap_handle(0x57, on_legacy);
    pit_load(0, 2, 119); /* 10 kHz: must fall silent */
    set(HPET_CFG, 3);
    report_eq(get(HPET_CFG) & 3, 3, "legacy replacement on");
    irq_window();
    count = 0;
    uint32_t start = pm_timer();
    while (pm_before(start, 2)) {
        irq_window();
    }
    report(count <= 1, "the 8254 does not reach pin 2 any more");
    count = 0;
    legacy_count = 0;
    set(HPET_TIMER_CFG(0), 4);
    set(HPET_TIMER_CFG(1), 4);
    uint64_t now = get(HPET_COUNTER);
    set(HPET_TIMER_CMP(0), now + 2400);
    set(HPET_TIMER_CMP(1), now + 4800);
    irq_wait();
    report(count == 1 && legacy_count == 0, "timer 0 takes the place of IRQ 0");
    irq_wait();
    report(count == 1 && legacy_count == 1, "timer 1 takes the place of IRQ 8");
    set(HPET_TIMER_CFG(0), 0);
    set(HPET_TIMER_CFG(1), 0);
    set(HPET_CFG, 1);
    count = 0;
    start = pm_timer();
    while (pm_before(start, 2)) {
        irq_window();
    }
    report(count >= 15, "legacy replacement off: the 8254 is back");
    ioapic_mask_all();
}

static void narrow(void)
{
    set(HPET_CFG, 0);
    set(HPET_COUNTER, 0x5ffffff00ull);
    route(2, 0, 0x100); /* 32-bit mode */
    set(HPET_TIMER_CMP(2), 0xffffffff00000010ull);
    report_eq(get(HPET_TIMER_CMP(2)) & 0xffffffff, 0x10, "32-bit comparator");
    unsigned pin = pin_for(2);
    ioapic_route(pin, IOAPIC_LOW | 0x55);
    route(2, pin, 0x104);
    count = 0;
    set(HPET_CFG, 1);
    irq_enable();
    uint32_t start = pm_timer();
    while (count == 0 && pm_before(start, 2)) {}
    irq_disable();
    report_eq(count, 1, "32-bit mode matches the low half, across its wrap");
    route(2, 0, 0);
    ioapic_mask_all();
}

void guest_main(void)
{
    base = platform()->hpet;
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(0x55, on_irq);
    capabilities();
    counter();
    one_shot();
    periodic();
    legacy();
    narrow();
}
