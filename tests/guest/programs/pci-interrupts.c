/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of a PCI function (--test-device, devices/pci/test_function.h): INTx through the I/O
 * APIC, MSI with one and several vectors and masking, MSI-X with its table, masks and pending bits,
 * interrupt disable, bus mastering. PCI 3.0, 2.2.6, 6.8.
 */
#include "devices/pci/test_function.h"
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

static uintptr_t fn, bar, table;
static unsigned counts[256];
static unsigned clear_level;

static void on_irq(struct frame *frame)
{
    counts[frame->vector & 255]++;
    if (clear_level) mmio_write32(bar + PCI_TEST_LEVEL, 0);
    lapic_eoi();
}

static void settle(void)
{
    irq_enable();
    pm_wait(20);
    irq_disable();
}

static void forget(void)
{
    memset(counts, 0, sizeof(counts));
}

static uint64_t bar_address(unsigned n)
{
    uint32_t low = mmio_read32(fn + 0x10 + 4 * n);
    uint64_t address = low & ~15u;
    if ((low & 6) == 4) address |= (uint64_t)mmio_read32(fn + 0x14 + 4 * n) << 32;
    return address;
}

static void intx(void)
{
    unsigned pin = MAP_PCI_INTX_PIN(PCI_TEST_SLOT, mmio_read8(fn + 0x3d) - 1u);
    report_in(mmio_read8(fn + 0x3d), 1, 4, "interrupt pin");
    ioapic_route(pin, IOAPIC_LEVEL | IOAPIC_LOW | 0x50);
    forget();
    clear_level = 1;
    mmio_write32(bar + PCI_TEST_LEVEL, 1);
    pm_wait(4);
    report(mmio_read16(fn + 6) & 8, "status: interrupt pending");
    settle();
    report_eq(counts[0x50], 1, "INTx arrives at its I/O APIC pin");
    report(!(mmio_read16(fn + 6) & 8), "status: not pending");
    mmio_write16(fn + 4, (uint16_t)(mmio_read16(fn + 4) | 0x400));
    mmio_write32(bar + PCI_TEST_LEVEL, 1);
    settle();
    report_eq(counts[0x50], 1, "command: interrupt disable holds it back");
    report(mmio_read16(fn + 6) & 8, "status shows it all the same");
    mmio_write16(fn + 4, (uint16_t)(mmio_read16(fn + 4) & ~0x400u));
    settle();
    report_eq(counts[0x50], 2, "and it comes when allowed");
    ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
    clear_level = 0;
}

static void msi(void)
{
    unsigned cap = pci_capability(fn, 5);
    report(cap != 0, "MSI capability");
    if (cap == 0) return;
    uint16_t control = mmio_read16(fn + cap + 2);
    bool wide = control & 0x80, maskable = control & 0x100;
    unsigned log_vectors = control >> 1 & 7;
    report(wide, "MSI: 64-bit address");
    mmio_write32(fn + cap + 4, 0xfee00000 | (lapic_read(LAPIC_ID) >> 24) << 12);
    mmio_write32(fn + cap + 8, 0);
    mmio_write16(fn + cap + (wide ? 12 : 8), 0x60);
    mmio_write16(fn + cap + 2, (uint16_t)((control & ~0x70u) | 1));
    forget();
    mmio_write32(bar + PCI_TEST_SEND, 0);
    settle();
    report_eq(counts[0x60], 1, "MSI with one vector");
    forget();
    mmio_write32(bar + PCI_TEST_SEND, 3);
    settle();
    report_eq(counts[0x60] + counts[0x63], 1,
              "with one vector enabled, others become it or are lost");
    mmio_write16(fn + cap + 2, (uint16_t)((control & ~0x70u) | log_vectors << 4 | 1));
    forget();
    for (unsigned i = 0; i < 1u << log_vectors; i++) {
        mmio_write32(bar + PCI_TEST_SEND, i);
    }
    settle();
    bool all = true;
    for (unsigned i = 0; i < 1u << log_vectors; i++) {
        all = all && counts[0x60 + i] == 1;
    }
    report(all, "MSI with %u vectors", 1u << log_vectors);
    if (maskable) {
        unsigned mask = cap + (wide ? 16 : 12);
        mmio_write32(fn + mask, 4);
        forget();
        mmio_write32(bar + PCI_TEST_LEVEL, 4);
        settle();
        report(counts[0x62] == 0 && (mmio_read32(fn + mask + 4) & 4), "MSI masked: pending");
        mmio_write32(fn + mask, 0);
        settle();
        report_eq(counts[0x62], 1, "MSI unmasked: sent");
        mmio_write32(bar + PCI_TEST_LEVEL, 0);
    }
    forget();
    mmio_write16(fn + 4, (uint16_t)(mmio_read16(fn + 4) & ~4u));
    mmio_write32(bar + PCI_TEST_SEND, 0);
    settle();
    report_eq(counts[0x60], 0, "no bus mastering, no message");
    mmio_write16(fn + 4, (uint16_t)(mmio_read16(fn + 4) | 4));
    mmio_write16(fn + cap + (wide ? 12 : 8), 0x80);
    mmio_write32(bar + PCI_TEST_SEND, 0);
    settle();
    report_eq(counts[0x80], 1, "the data register counts at each message");
    mmio_write16(fn + cap + 2, control);
}

static void entry(unsigned n, uint32_t vector, uint32_t control)
{
    mmio_write32(table + 16 * n, 0xfee00000 | (lapic_read(LAPIC_ID) >> 24) << 12);
    mmio_write32(table + 16 * n + 4, 0);
    mmio_write32(table + 16 * n + 8, vector);
    mmio_write32(table + 16 * n + 12, control);
}

static void msix(void)
{
    unsigned cap = pci_capability(fn, 0x11);
    report(cap != 0, "MSI-X capability");
    if (cap == 0) return;
    uint32_t where = mmio_read32(fn + cap + 4), pending_where = mmio_read32(fn + cap + 8);
    uint16_t control = mmio_read16(fn + cap + 2);
    unsigned vectors = (control & 0x7ff) + 1;
    table = (uintptr_t)bar_address(where & 7) + (where & ~7u);
    uintptr_t pending = (uintptr_t)bar_address(pending_where & 7) + (pending_where & ~7u);
    report(vectors == PCI_TEST_VECTORS, "MSI-X: table size");
    report_eq(mmio_read32(table + 12) & 1, 1, "MSI-X: entries are masked after reset");
    for (unsigned i = 0; i < vectors; i++) {
        entry(i, 0x70 + i, 0);
    }
    report_eq(mmio_read64(table + 16 + 8), 0x71, "MSI-X: table read by 8 bytes");
    mmio_write16(fn + cap + 2, (uint16_t)(control | 0x8000));
    forget();
    for (unsigned i = 0; i < vectors; i++) {
        mmio_write32(bar + PCI_TEST_SEND, i);
    }
    settle();
    bool all = true;
    for (unsigned i = 0; i < vectors; i++) {
        all = all && counts[0x70 + i] == 1;
    }
    report(all, "MSI-X: %u vectors", vectors);
    forget();
    mmio_write32(table + 16 * 3 + 12, 1);
    mmio_write32(bar + PCI_TEST_SEND, 3);
    settle();
    report(counts[0x73] == 0 && (mmio_read32(pending) & 8), "MSI-X: masked entry is pending");
    mmio_write32(table + 16 * 3 + 12, 0);
    settle();
    report(counts[0x73] == 1 && !(mmio_read32(pending) & 8), "MSI-X: unmasked, sent");
    mmio_write16(fn + cap + 2, (uint16_t)(control | 0xc000));
    mmio_write32(bar + PCI_TEST_SEND, 5);
    settle();
    report_eq(counts[0x75], 0, "MSI-X: function mask");
    mmio_write16(fn + cap + 2, (uint16_t)(control | 0x8000));
    settle();
    report_eq(counts[0x75], 1, "MSI-X: function mask lifted");
    entry(6, 0x90, 0);
    forget();
    mmio_write32(bar + PCI_TEST_TIMER_NS, 0);
    mmio_write32(bar + PCI_TEST_SEND, 6);
    settle();
    report_eq(counts[0x90], 1, "MSI-X: entry changed while enabled");
    mmio_write16(fn + cap + 2, control);
}

static void timer(void)
{
    unsigned pin = MAP_PCI_INTX_PIN(PCI_TEST_SLOT, mmio_read8(fn + 0x3d) - 1u);
    ioapic_route(pin, IOAPIC_LEVEL | IOAPIC_LOW | 0x50);
    forget();
    clear_level = 1;
    uint64_t start = rdtsc();
    mmio_write32(bar + PCI_TEST_TIMER_NS, 500000);
    irq_wait();
    uint64_t cycles = rdtsc() - start;
    report_in(cycles, 1600000, 1620000, "a device timer of 500 us wakes HLT in time");
    report_eq(mmio_read32(bar + PCI_TEST_TIMER_COUNT), 1, "fired once");
    ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    fn = pci_find((uint32_t)PCI_TEST_DEVICE << 16 | PCI_TEST_VENDOR);
    report(fn != 0, "the test function is there (--test-device)");
    if (fn == 0) return;
    mmio_write16(fn + 4, 7);
    bar = (uintptr_t)bar_address(0);
    report_eq(mmio_read32(bar + PCI_TEST_ID), PCI_TEST_ID_VALUE, "BAR 0 answers");
    for (unsigned v = 0x50; v < 0xa0; v++) {
        trap_handle(v, on_irq);
    }
    intx();
    msi();
    msix();
    timer();
}
