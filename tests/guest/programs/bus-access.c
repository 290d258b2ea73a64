/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that meet nobody, and widths: unmapped memory and ports read all ones, writes are lost;
 * ROM is read only; 8-byte accesses of registers; ports of each width, string I/O; RAM is there to
 * its end and above 4 GiB.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

#define NOBODY \
    (MAP_MMIO32_END - 0x100000) /* the top of the BAR window: BARs are placed from below */

static void memory_widths(uintptr_t at, const char *name)
{
    report_eq(mmio_read8(at + 3), 0xff, "%s: 1 byte", name);
    report_eq(mmio_read16(at + 2), 0xffff, "%s: 2 bytes", name);
    report_eq(mmio_read32(at + 4), 0xffffffff, "%s: 4 bytes", name);
    report_eq(mmio_read64(at + 8), ~0ull, "%s: 8 bytes", name);
    report_eq(mmio_read32(at + 1), 0xffffffff, "%s: 4 bytes, misaligned", name);
    report_eq(mmio_read64(at + 0xffc), ~0ull, "%s: 8 bytes across a page", name);
    mmio_write8(at, 0);
    mmio_write16(at, 0);
    mmio_write32(at, 0);
    mmio_write64(at, 0);
    report_eq(mmio_read64(at), ~0ull, "%s: writes are lost", name);
    uint64_t low, high;
    __asm__ volatile("movups (%2), %%xmm0\n movq %%xmm0, %0\n psrldq $8, %%xmm0\n movq %%xmm0, %1"
                     : "=r"(low), "=r"(high)
                     : "r"(at)
                     : "memory");
    report(low == ~0ull && high == ~0ull, "%s: 16 bytes", name);
    uint32_t cell = 0;
    __asm__ volatile("lock orl %1, (%2)\n movl (%2), %0"
                     : "=r"(cell)
                     : "r"(1u), "r"(at)
                     : "memory", "cc");
    report_eq(cell, 0xffffffff, "%s: locked access", name);
    static uint8_t copy[64];
    memcpy(copy, (const void *)at, 64);
    report(copy[0] == 0xff && copy[63] == 0xff, "%s: REP MOVS", name);
}

static void memory(void)
{
    memory_widths((uintptr_t)NOBODY, "below 4 GiB");
    page_map(TEST_VA, 0x7000000000ull, PTE_P | PTE_W | PTE_PCD, 1);
    page_map(TEST_VA + 0x1000, 0x7000001000ull, PTE_P | PTE_W | PTE_PCD, 1);
    memory_widths(TEST_VA, "448 GiB up");
    report_eq(mmio_read32(MAP_VGA_HOLE_BASE), 0xffffffff, "VGA hole");
}

static void rom(void)
{
    uint32_t first = mmio_read32(0xfffffff0);
    report(first != 0xffffffff, "the reset vector is there");
    mmio_write32(0xfffffff0, ~first);
    mmio_write8(0xfffffff0, 0);
    report_eq(mmio_read32(0xfffffff0), first, "ROM cannot be written");
    uint32_t by_bytes = 0;
    for (unsigned i = 0; i < 4; i++) {
        by_bytes |= (uint32_t)mmio_read8(0xfffffff0 + i) << (8 * i);
    }
    report_eq(by_bytes, first, "ROM reads the same by bytes");
}

static void ports(void)
{
    const uint16_t port = 0x1234;
    report_eq(in8(port), 0xff, "port of nobody: 1 byte");
    report_eq(in16(port), 0xffff, "port of nobody: 2 bytes");
    report_eq(in32(port), 0xffffffff, "port of nobody: 4 bytes");
    out8(port, 0);
    out16(port, 0);
    out32(port, 0);
    report_eq(in8(port), 0xff, "writes are lost");
    report_eq(in32(0xffff - 3), 0xffffffff, "the last four ports");
    out32(MAP_PORT_PCI_ADDRESS, 0x80000000);
    report_eq(in32(MAP_PORT_PCI_ADDRESS), 0x80000000, "a 4-byte port");
    uint32_t id = in32(MAP_PORT_PCI_DATA);
    uint16_t low = in16(MAP_PORT_PCI_DATA), high = in16(MAP_PORT_PCI_DATA + 2);
    report_eq((uint32_t)high << 16 | low, id, "its halves");
    uint32_t bytes = 0;
    for (unsigned i = 0; i < 4; i++) {
        bytes |= (uint32_t)in8((uint16_t)(MAP_PORT_PCI_DATA + i)) << (8 * i);
    }
    report_eq(bytes, id, "its bytes");
    uint32_t block[4] = {0};
    void *to = block;
    size_t count = 4;
    __asm__ volatile("rep insl"
                     : "+D"(to), "+c"(count)
                     : "d"((uint16_t)MAP_PORT_PCI_DATA)
                     : "memory");
    report(block[0] == id && block[3] == id, "REP INSL");
    static const char text[] = "  string output\n";
    const void *from = text;
    count = sizeof(text) - 1;
    __asm__ volatile("rep outsb"
                     : "+S"(from), "+c"(count)
                     : "d"((uint16_t)MAP_PORT_DEBUG_CONSOLE)
                     : "memory");
    report_eq(count, 0, "REP OUTSB");
}

static void wide_registers(void)
{
    uintptr_t hpet = platform()->hpet;
    mmio_write64(hpet + HPET_CFG, 0);
    mmio_write64(hpet + HPET_COUNTER, 0x1122334455667788ull);
    report_eq(mmio_read64(hpet + HPET_COUNTER), 0x1122334455667788ull,
              "8-byte register: 8 bytes at once");
    report_eq(mmio_read32(hpet + HPET_COUNTER), 0x55667788, "low half");
    report_eq(mmio_read32(hpet + HPET_COUNTER + 4), 0x11223344, "high half");
    mmio_write32(hpet + HPET_COUNTER + 4, 0xaabbccdd);
    report_eq(mmio_read64(hpet + HPET_COUNTER), 0xaabbccdd55667788ull, "high half written");
    uint64_t via_push;
    __asm__ volatile("pushq (%1)\n popq %0" : "=r"(via_push) : "r"(hpet + HPET_COUNTER) : "memory");
    report_eq(via_push, 0xaabbccdd55667788ull, "PUSH of an 8-byte register");
    uint64_t sum = 0;
    __asm__ volatile("addq (%1), %0" : "+r"(sum) : "r"(hpet + HPET_COUNTER) : "memory", "cc");
    report_eq(sum, 0xaabbccdd55667788ull, "ADD from an 8-byte register");
    __asm__ volatile("addq $1, (%0)" : : "r"(hpet + HPET_COUNTER) : "memory", "cc");
    report_eq(mmio_read64(hpet + HPET_COUNTER), 0xaabbccdd55667789ull, "ADD to an 8-byte register");
    mmio_write64(hpet + HPET_TIMER_CMP(0), 0x0123456789abcdefull);
    report_eq(mmio_read64(hpet + HPET_TIMER_CMP(0)), 0x0123456789abcdefull, "comparator");
}

static void ram(void)
{
    uint32_t tolm_dev = mmio_read32(pci_ecam(MAP_ROOT_BUS_IIO0, 5, 0, MAP_TOLM_REG));
    report(tolm_dev >= 0x1000000 && tolm_dev <= MAP_LOW_RAM_MAX, "TOLM");
    uint64_t tohm = mmio_read32(pci_ecam(MAP_ROOT_BUS_IIO0, 5, 0, MAP_TOHM_REG)) |
                    (uint64_t)mmio_read32(pci_ecam(MAP_ROOT_BUS_IIO0, 5, 0, MAP_TOHM_REG + 4))
                        << 32;
    report(tohm > MAP_HIGH_RAM_BASE, "TOHM: there is memory above 4 GiB");
    if (tohm <= MAP_HIGH_RAM_BASE) return;
    volatile uint64_t *first = page_map(TEST_VA2, MAP_HIGH_RAM_BASE, PTE_P | PTE_W, 2);
    volatile uint64_t *last = page_map(TEST_VA2 + 0x200000, tohm - 0x200000, PTE_P | PTE_W, 2);
    first[0] = 0x1111;
    last[0x200000 / 8 - 1] = 0x2222;
    report(first[0] == 0x1111 && last[0x200000 / 8 - 1] == 0x2222,
           "first and last word of high memory");
    volatile uint64_t *beyond = page_map(TEST_VA2 + 0x400000, tohm, PTE_P | PTE_W, 2);
    report_eq(beyond[0], ~0ull, "behind it is nothing");
}

void guest_main(void)
{
    memory();
    rom();
    ports();
    wide_registers();
    ram();
}
