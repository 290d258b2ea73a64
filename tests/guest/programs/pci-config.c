/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space: CF8/CFC and ECAM show the same, widths, root buses 00 03 05 f0,
 * functions of the real machine, absent functions read all ones, BAR sizing and placement, command
 * register, bridges' windows. PCI 3.0, 3.2.2.3 and 6; reference/hardware.md 1.
 */
#include "tests/guest/lib/dev.h"

static void mechanisms(void)
{
    static const uint8_t where[][3] = {{0, 0, 0}, {0, 0x1f, 0}, {3, 5, 0},
                                       {5, 8, 0}, {0xf0, 0, 0}, {0, 8, 2}};
    unsigned different = 0;
    for (unsigned i = 0; i < COUNT(where); i++) {
        for (unsigned reg = 0; reg < 256; reg += 4) {
            uint32_t a = pci_cf8_read32(where[i][0], where[i][1], where[i][2], reg);
            uint32_t b = mmio_read32(pci_ecam(where[i][0], where[i][1], where[i][2], reg));
            different += a != b;
        }
    }
    report_eq(different, 0, "CF8/CFC and ECAM read the same");
    uintptr_t lpc = pci_ecam(0, 0x1f, 0, 0);
    uint32_t id = mmio_read32(lpc);
    report_eq(mmio_read16(lpc), id & 0xffff, "ECAM, 2 bytes");
    report_eq(mmio_read8(lpc + 3), id >> 24, "ECAM, 1 byte");
    out32(MAP_PORT_PCI_ADDRESS, 0x80000000u | 0x1f << 11);
    report_eq(in8(MAP_PORT_PCI_DATA + 3), id >> 24, "CFC + 3, 1 byte");
    out32(MAP_PORT_PCI_ADDRESS, 0x1f << 11);
    report_eq(in32(MAP_PORT_PCI_DATA), 0xffffffff, "CF8 without its enable bit: all ones");
    out32(MAP_PORT_PCI_ADDRESS, 0x80000000u);
    out8(MAP_PORT_PCI_ADDRESS, 0x55);
    report_eq(in32(MAP_PORT_PCI_ADDRESS), 0x80000000u, "CF8 takes only 4-byte accesses");
    uint8_t line = mmio_read8(pci_ecam(0, 0x1f, 4, 0x3c));
    pci_cf8_write32(0, 0x1f, 4, 0x3c, 0xa5);
    report_eq(mmio_read8(pci_ecam(0, 0x1f, 4, 0x3c)), 0xa5, "written by CFC, read by ECAM");
    mmio_write8(pci_ecam(0, 0x1f, 4, 0x3c), line);
}

static void absent(void)
{
    report_eq(mmio_read32(pci_ecam(0, 2, 0, 0)), 0xffffffff, "no function: all ones");
    report_eq(mmio_read32(pci_ecam(0x40, 0, 0, 0)), 0xffffffff, "no bus: all ones");
    report_eq(mmio_read32(pci_ecam(0xff, 31, 7, 0xffc)), 0xffffffff, "the last register of ECAM");
    report_eq(mmio_read64(pci_ecam(0, 2, 0, 0)), ~0ull, "no function, 8 bytes");
    report_eq(pci_cf8_read32(0, 2, 0, 0), 0xffffffff, "no function by CF8");
}

static void machine(void)
{
    static const struct {
        uint8_t bus, dev, fn;
        uint32_t id;
    } list[] = {
        {0x00, 0x00, 0, 0x20208086}, {0x00, 0x05, 0, 0x20248086}, {0x00, 0x08, 2, 0x20168086},
        {0x00, 0x14, 0, 0xa2af8086}, {0x00, 0x1c, 0, 0xa2948086}, {0x00, 0x1f, 0, 0xa2d48086},
        {0x00, 0x1f, 4, 0xa2a38086}, {0x03, 0x00, 0, 0x20308086}, {0x03, 0x05, 0, 0x20348086},
        {0x03, 0x1d, 0, 0x20548086}, {0x03, 0x1d, 1, 0x20558086}, {0x05, 0x05, 0, 0x20348086},
        {0x05, 0x0a, 0, 0x20408086}, {0x05, 0x0c, 3, 0x20438086}, {0xf0, 0x00, 0, 0x20308086},
        {0xf0, 0x05, 0, 0x20348086},
    };
    for (unsigned i = 0; i < COUNT(list); i++) {
        report_eq(mmio_read32(pci_ecam(list[i].bus, list[i].dev, list[i].fn, 0)), list[i].id,
                  "%02x:%02x.%u", list[i].bus, list[i].dev, list[i].fn);
    }
}

struct census {
    unsigned functions, bridges, bad_header, multi_wrong, bars, bad_bars, overlaps, disabled;
};
static struct {
    uint64_t base, size;
    bool io;
} placed[256];
static unsigned placed_count;

/*
 * Sizes one BAR as PCI 3.0, 6.2.5.1 says and puts it back. Returns the number of registers it
 * takes.
 */
static unsigned size_bar(uintptr_t fn, unsigned reg, struct census *c)
{
    uint32_t old = mmio_read32(fn + reg), old_high = 0, high = 0xffffffff;
    bool io = old & 1, wide = !io && (old & 6) == 4;
    mmio_write32(fn + reg, 0xffffffff);
    uint32_t mask = mmio_read32(fn + reg);
    mmio_write32(fn + reg, old);
    if (wide) {
        old_high = mmio_read32(fn + reg + 4);
        mmio_write32(fn + reg + 4, 0xffffffff);
        high = mmio_read32(fn + reg + 4);
        mmio_write32(fn + reg + 4, old_high);
    }
    if (mask == 0) return 1;
    c->bars++;
    uint64_t m = (uint64_t)high << 32 | (mask & (io ? ~3u : ~15u));
    if (io) m |= 0xffff0000ull | 0xffffffff00000000ull;
    uint64_t size = ~m + 1, base = ((uint64_t)old_high << 32 | old) & ~(uint64_t)(io ? 3 : 15);
    bool is_power = size != 0 && (size & (size - 1)) == 0;
    bool is_placed = base != 0 && base % size == 0;
    if (!is_power || (mask & (io ? 3u : 15u)) != (old & (io ? 3u : 15u)) || !is_placed)
        c->bad_bars++;
    for (unsigned i = 0; i < placed_count; i++) {
        if (placed[i].io == io && base < placed[i].base + placed[i].size &&
            placed[i].base < base + size)
            c->overlaps++;
    }
    if (placed_count < COUNT(placed)) {
        placed[placed_count].base = base;
        placed[placed_count].size = size;
        placed[placed_count++].io = io;
    }
    return wide ? 2 : 1;
}

static void one_function(uintptr_t fn, struct census *c)
{
    c->functions++;
    unsigned type = mmio_read8(fn + 0x0e) & 0x7f;
    if (type > 1) c->bad_header++;
    c->bridges += type == 1;
    uint16_t command = mmio_read16(fn + 4);
    mmio_write16(fn + 4, (uint16_t)(command & ~3u));
    unsigned bars = type == 1 ? 2 : 6;
    for (unsigned i = 0; i < bars;) {
        i += size_bar(fn, 0x10 + 4 * i, c);
    }
    mmio_write16(fn + 4, command);
}

static void census(void)
{
    struct census c = {0};
    for (unsigned bus = 0; bus < 256; bus++) {
        for (unsigned dev = 0; dev < 32; dev++) {
            uintptr_t first = pci_ecam(bus, dev, 0, 0);
            if (mmio_read32(first) == 0xffffffff) continue;
            unsigned last = mmio_read8(first + 0x0e) & 0x80 ? 8 : 1;
            for (unsigned fn = 0; fn < last; fn++) {
                uintptr_t function = pci_ecam(bus, dev, fn, 0);
                if (mmio_read32(function) != 0xffffffff) one_function(function, &c);
            }
        }
    }
    print("  %u functions, %u bridges, %u BARs\n", c.functions, c.bridges, c.bars);
    report(c.functions >= 100, "at least 100 functions");
    report(c.bridges >= 4, "bridges");
    report_eq(c.bad_header, 0, "header types are 0 or 1");
    report(c.bars >= 10, "BARs");
    report_eq(c.bad_bars, 0,
              "each BAR has a power of two as size and is placed on a multiple of it");
    report_eq(c.overlaps, 0, "no two BARs overlap");
}

static void read_only(void)
{
    uintptr_t host = pci_ecam(0, 0, 0, 0);
    uint32_t id = mmio_read32(host), class = mmio_read32(host + 8);
    mmio_write32(host, 0);
    mmio_write32(host + 8, 0);
    report(mmio_read32(host) == id && mmio_read32(host + 8) == class,
           "ids and class are read only");
    report_eq(class >> 16, 0x0600, "00:00.0 is a host bridge");
}

void guest_main(void)
{
    mechanisms();
    absent();
    machine();
    read_only();
    census();
}
