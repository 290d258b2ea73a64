/* SPDX-License-Identifier: GPL-2.0-only */
/* See dev.h. */
#include "tests/guest/lib/dev.h"

void lapic_setup(void)
{
    static const uint16_t lvts[] = {LAPIC_LVT_TIMER, LAPIC_LVT_THERMAL, LAPIC_LVT_PERF,
                                    LAPIC_LVT_LINT0, LAPIC_LVT_LINT1,   LAPIC_LVT_ERROR};
    lapic_write(LAPIC_SVR, SVR_ENABLE | 0xff);
    for (unsigned i = 0; i < COUNT(lvts); i++) {
        lapic_write(lvts[i], LVT_MASKED);
    }
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    lapic_write(LAPIC_TPR, 0);
    for (unsigned i = 0; i < 8 && lapic_read(LAPIC_ISR + 16 * (i % 8)) != 0; i++) {
        lapic_eoi();
    }
}

uint32_t lapic_ticks_per_ms(void)
{
    lapic_write(LAPIC_TIMER_DIVIDE, 0xb);
    lapic_write(LAPIC_TIMER_INITIAL, 0xffffffff);
    pm_wait(PM_HZ / 1000);
    uint32_t ticks = 0xffffffff - lapic_read(LAPIC_TIMER_CURRENT);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    return ticks;
}

void pic_setup(void)
{
    out8(MAP_PORT_PIC0, 0x11);
    out8(MAP_PORT_PIC1, 0x11);
    out8(MAP_PORT_PIC0 + 1, PIC_VECTOR);
    out8(MAP_PORT_PIC1 + 1, PIC_VECTOR + 8);
    out8(MAP_PORT_PIC0 + 1, 4);
    out8(MAP_PORT_PIC1 + 1, 2);
    out8(MAP_PORT_PIC0 + 1, 1);
    out8(MAP_PORT_PIC1 + 1, 1);
    pic_mask(0xffff);
}

void pic_mask(uint16_t mask)
{
    out8(MAP_PORT_PIC0 + 1, (uint8_t)mask);
    out8(MAP_PORT_PIC1 + 1, (uint8_t)(mask >> 8));
}

void pic_eoi(unsigned irq)
{
    if (irq >= 8) out8(MAP_PORT_PIC1, 0x20);
    out8(MAP_PORT_PIC0, 0x20);
}

uint32_t ioapic_read(unsigned index)
{
    mmio_write32(platform()->ioapic, index);
    return mmio_read32(platform()->ioapic + 0x10);
}

void ioapic_write(unsigned index, uint32_t value)
{
    mmio_write32(platform()->ioapic, index);
    mmio_write32(platform()->ioapic + 0x10, value);
}

void ioapic_route(unsigned pin, uint32_t low)
{
    ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
    ioapic_write(0x11 + 2 * pin, (lapic_read(LAPIC_ID) >> 24) << 24);
    ioapic_write(0x10 + 2 * pin, low);
}

void ioapic_mask_all(void)
{
    unsigned pins = (ioapic_read(1) >> 16 & 0xff) + 1;
    for (unsigned pin = 0; pin < pins; pin++) {
        ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
    }
}

void pit_load(unsigned channel, unsigned mode, uint16_t count)
{
    out8(MAP_PORT_PIT + 3, (uint8_t)(channel << 6 | 0x30 | mode << 1));
    out8((uint16_t)(MAP_PORT_PIT + channel), (uint8_t)count);
    out8((uint16_t)(MAP_PORT_PIT + channel), (uint8_t)(count >> 8));
}

uint16_t pit_read(unsigned channel)
{
    out8(MAP_PORT_PIT + 3, (uint8_t)(channel << 6));
    uint8_t low = in8((uint16_t)(MAP_PORT_PIT + channel));
    return (uint16_t)(low | in8((uint16_t)(MAP_PORT_PIT + channel)) << 8);
}

static uint32_t pm_mask(void)
{
    return platform()->fadt_flags & 0x100 ? 0xffffffff : 0xffffff;
}

uint32_t pm_timer(void)
{
    return in32(platform()->pm_tmr) & pm_mask();
}

uint32_t pm_timer_delta(uint32_t from, uint32_t to)
{
    return (to - from) & pm_mask();
}

void pm_wait(uint32_t ticks)
{
    uint32_t start = pm_timer();
    while (pm_timer_delta(start, pm_timer()) < ticks) {
        cpu_pause();
    }
}

bool pm_before(uint32_t start, unsigned ms)
{
    cpu_pause();
    return pm_timer_delta(start, pm_timer()) < ms * (PM_HZ / 1000);
}

static void cf8_select(unsigned bus, unsigned dev, unsigned fn, unsigned reg)
{
    out32(MAP_PORT_PCI_ADDRESS, 0x80000000u | bus << 16 | dev << 11 | fn << 8 | (reg & 0xfc));
}

uint32_t pci_cf8_read32(unsigned bus, unsigned dev, unsigned fn, unsigned reg)
{
    cf8_select(bus, dev, fn, reg);
    return in32(MAP_PORT_PCI_DATA);
}

void pci_cf8_write32(unsigned bus, unsigned dev, unsigned fn, unsigned reg, uint32_t value)
{
    cf8_select(bus, dev, fn, reg);
    out32(MAP_PORT_PCI_DATA, value);
}

uintptr_t pci_find(uint32_t id)
{
    for (unsigned bus = platform()->ecam_first_bus; bus <= platform()->ecam_last_bus; bus++) {
        for (unsigned devfn = 0; devfn < 256; devfn++) {
            uintptr_t function = pci_ecam(bus, devfn >> 3, devfn & 7, 0);
            uint32_t got = mmio_read32(function);
            if (got == id) return function;
            if ((devfn & 7) == 0 && got == 0xffffffff) devfn += 7;
        }
    }
    return 0;
}

unsigned pci_capability(uintptr_t function, uint8_t id)
{
    if (!(mmio_read16(function + 6) & 0x10)) return 0;
    unsigned at = mmio_read8(function + 0x34) & 0xfc;
    for (unsigned guard = 0; at != 0 && guard < 48; guard++) {
        if (mmio_read8(function + at) == id) return at;
        at = mmio_read8(function + at + 1) & 0xfc;
    }
    return 0;
}
