/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All PCI functions of the iMac Pro with the eight-core processor, in the order of hardware.md
 * section 1; parents before children. A device path names the way from the root bus: bus numbers
 * behind bridges are the firmware's business. hardware.md inferred eight CHAs from the eight cores;
 * the dump that it names for this processor (LSPCI-B) shows ten, so there are ten here.
 */
#include "devices/pci/inert_parts.h"
#include "emu/base/bits.h"

/* On a root bus. */
#define ROOT(bus, at, fn, of, kind, text)                                                        \
    {                                                                                            \
        .path = "/pci/" #bus "/" #at "." #fn, .root = 0x##bus, .slot = 0x##at, .function = (fn), \
        .class = &(of), .part = &pci_part_##kind, .what = (text)                                 \
    }
#define INERT(bus, at, fn, kind, text) ROOT(bus, at, fn, pci_inert_class, kind, text)
/* Behind the bridge with this path. */
#define BEHIND(bridge, at, fn, of, kind, text)                                                \
    {                                                                                         \
        .path = bridge "/" #at "." #fn, .parent = (bridge), .slot = 0x##at, .function = (fn), \
        .class = &(of), .part = &pci_part_##kind, .what = (text)                              \
    }

/* VT-d, RAS and I/O xAPIC of one IIO stack. */
#define STACK(bus)                                                                  \
    INERT(bus, 05, 0, 2034, "VT-d, TOLM and TOHM"), INERT(bus, 05, 2, 2035, "RAS"), \
        INERT(bus, 05, 4, 2036, "I/O xAPIC")

#define IMC_PAIR(low, high, name)                                                         \
    INERT(05, low, 0, 2040, name " channel 0"), INERT(05, low, 1, 2041, name),            \
        INERT(05, low, 2, 2042, name), INERT(05, low, 3, 2043, name " channel 0 errors"), \
        INERT(05, low, 4, 2044, name " channel 1"), INERT(05, low, 5, 2045, name),        \
        INERT(05, low, 6, 2046, name), INERT(05, low, 7, 2047, name " channel 1 errors"), \
        INERT(05, high, 0, 2048, name " channel 2"), INERT(05, high, 1, 2049, name),      \
        INERT(05, high, 2, 204a, name), INERT(05, high, 3, 204b, name " channel 2 errors")

#define TB_SWITCH(port)                                                                      \
    BEHIND(port, 00, 0, pci_bridge_class, tb_upstream, "Thunderbolt upstream port"),         \
        BEHIND(port "/00.0", 00, 0, pci_bridge_class, tb_port0, "Thunderbolt port to NHI"),  \
        BEHIND(port "/00.0", 01, 0, pci_bridge_class, tb_port1, "Thunderbolt socket"),       \
        BEHIND(port "/00.0", 02, 0, pci_bridge_class, tb_port2, "Thunderbolt port to xHCI"), \
        BEHIND(port "/00.0", 04, 0, pci_bridge_class, tb_port4, "Thunderbolt socket"),       \
        BEHIND(port "/00.0/00.0", 00, 0, pci_inert_class, tb_nhi, "Thunderbolt NHI"),        \
        BEHIND(port "/00.0/02.0", 00, 0, pci_inert_class, tb_xhci, "Thunderbolt xHCI")

const struct pci_part pci_parts[] = {
    INERT(00, 00, 0, 2020, "DMI3 host bridge"),
    INERT(00, 04, 0, 2021_a, "CBDMA 0"),
    INERT(00, 04, 1, 2021_b, "CBDMA 1"),
    INERT(00, 04, 2, 2021_c, "CBDMA 2"),
    INERT(00, 04, 3, 2021_d, "CBDMA 3"),
    INERT(00, 04, 4, 2021_a, "CBDMA 4"),
    INERT(00, 04, 5, 2021_b, "CBDMA 5"),
    INERT(00, 04, 6, 2021_c, "CBDMA 6"),
    INERT(00, 04, 7, 2021_d, "CBDMA 7"),
    INERT(00, 05, 0, 2024, "MM/VT-d"),
    INERT(00, 05, 2, 2025, "RAS"),
    INERT(00, 05, 4, 2026, "I/O xAPIC"),
    INERT(00, 08, 0, 2014, "Ubox"),
    INERT(00, 08, 1, 2015, "Ubox counters"),
    INERT(00, 08, 2, 2016, "Ubox bus numbers"),
    INERT(00, 14, 0, a2af, "xHCI"),
    INERT(00, 16, 0, a2ba, "HECI 1"),
    ROOT(00, 1b, 0, pci_bridge_class, a2eb, "PCH root port 21"),
    BEHIND("/pci/00/1b.0", 00, 0, pci_inert_class, wifi, "BCM4364 Wi-Fi"),
    ROOT(00, 1c, 0, pci_bridge_class, a294, "PCH root port 5"),
    BEHIND("/pci/00/1c.0", 00, 0, pci_inert_class, t2_nvme, "T2 NVMe"),
    BEHIND("/pci/00/1c.0", 00, 1, pci_inert_class, t2_bce, "T2 BCE"),
    BEHIND("/pci/00/1c.0", 00, 2, pci_inert_class, t2_sep, "T2 SEP mailbox"),
    BEHIND("/pci/00/1c.0", 00, 3, pci_inert_class, t2_audio, "T2 audio"),
    INERT(00, 1e, 0, a2a7, "LPSS UART 0"),
    INERT(00, 1e, 1, a2a8, "LPSS UART 1"),
    INERT(00, 1f, 0, a2d4, "LPC/eSPI bridge"),
    INERT(00, 1f, 2, a2a1, "PMC"),
    INERT(00, 1f, 4, a2a3, "SMBus"),

    ROOT(03, 00, 0, pci_bridge_class, 2030_x4, "root port A, LAN"),
    BEHIND("/pci/03/00.0", 00, 0, pci_inert_class, aqc107, "AQC107 Ethernet"),
    STACK(03),
    INERT(03, 08, 0, 208d, "CHA 0"),
    INERT(03, 08, 1, 208d, "CHA 1"),
    INERT(03, 08, 2, 208d, "CHA 2"),
    INERT(03, 08, 3, 208d, "CHA 3"),
    INERT(03, 08, 4, 208d, "CHA 4"),
    INERT(03, 08, 5, 208d, "CHA 5"),
    INERT(03, 08, 6, 208d, "CHA 6"),
    INERT(03, 08, 7, 208d, "CHA 7"),
    INERT(03, 09, 0, 208d, "CHA 8"),
    INERT(03, 09, 1, 208d, "CHA 9"),
    INERT(03, 0e, 0, 208e, "CHA 0 route"),
    INERT(03, 0e, 1, 208e, "CHA 1 route"),
    INERT(03, 0e, 2, 208e, "CHA 2 route"),
    INERT(03, 0e, 3, 208e, "CHA 3 route"),
    INERT(03, 0e, 4, 208e, "CHA 4 route"),
    INERT(03, 0e, 5, 208e, "CHA 5 route"),
    INERT(03, 0e, 6, 208e, "CHA 6 route"),
    INERT(03, 0e, 7, 208e, "CHA 7 route"),
    INERT(03, 0f, 0, 208e, "CHA 8 route"),
    INERT(03, 0f, 1, 208e, "CHA 9 route"),
    INERT(03, 1d, 0, 2054, "CHA SAD all"),
    INERT(03, 1d, 1, 2055, "CHA util all"),
    INERT(03, 1d, 2, 2056, "CHA"),
    INERT(03, 1d, 3, 2057, "CHA"),
    INERT(03, 1e, 0, 2080, "PCU 0"),
    INERT(03, 1e, 1, 2081, "PCU 1"),
    INERT(03, 1e, 2, 2082, "PCU 2"),
    INERT(03, 1e, 3, 2083, "PCU 3"),
    INERT(03, 1e, 4, 2084, "PCU 4"),
    INERT(03, 1e, 5, 2085, "PCU 5"),
    INERT(03, 1e, 6, 2086, "PCU 6"),

    ROOT(05, 02, 0, pci_bridge_class, 2032, "root port C, Thunderbolt 0"),
    TB_SWITCH("/pci/05/02.0"),
    ROOT(05, 03, 0, pci_bridge_class, 2033, "root port D, Thunderbolt 1"),
    TB_SWITCH("/pci/05/03.0"),
    STACK(05),
    INERT(05, 08, 0, 2066, "IMC 0"),
    INERT(05, 09, 0, 2066, "IMC 1"),
    IMC_PAIR(0a, 0b, "IMC 0"),
    IMC_PAIR(0c, 0d, "IMC 1"),

    ROOT(f0, 00, 0, pci_bridge_class, 2030_x16, "root port A, GPU"),
    BEHIND("/pci/f0/00.0", 00, 0, pci_bridge_class, vega_upstream, "Vega upstream port"),
    BEHIND("/pci/f0/00.0/00.0", 00, 0, pci_bridge_class, vega_downstream, "Vega downstream port"),
    BEHIND("/pci/f0/00.0/00.0/00.0", 00, 0, pci_inert_class, vega, "Radeon Pro Vega 56"),
    BEHIND("/pci/f0/00.0/00.0/00.0", 00, 1, pci_inert_class, vega_audio, "Vega HDMI audio"),
    STACK(f0),
    INERT(f0, 12, 0, 204c, "M3KTI"),
    INERT(f0, 12, 1, 204d, "M3KTI"),
    INERT(f0, 12, 2, 204e, "M3KTI"),
    INERT(f0, 15, 0, 2018, "M2PCI"),
    INERT(f0, 16, 0, 2018, "M2PCI"),
    INERT(f0, 16, 4, 2018, "M2PCI"),
    INERT(f0, 17, 0, 2018_bare, "M2PCI"),
};
const size_t pci_part_count = ARRAY_LEN(pci_parts);
