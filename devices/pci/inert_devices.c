/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptions of the chipset's functions and of everything behind bridges: PCH (200 series, ids
 * a2xx), Wi-Fi, T2, AQC107, Thunderbolt 3 (Alpine Ridge), Vega 10.
 *
 * Values from `lspci -vvnn` of an iMacPro1,1 (hardware.md 1, 11: LSPCI-A, LSPCI-B). Latency and
 * power fields are encoded as in PCI Express Base 3.1, 7.8. Chosen: capability contents that lspci
 * does not print (vendor-specific bodies, serial numbers, power budgets) are 0. The GPU is the base
 * machine's Vega 56.
 */
#include "devices/pci/inert_parts.h"

#define INTEL         0x8086
#define APPLE         0x106b
#define BROADCOM      0x14e4
#define AQUANTIA      0x1d6a
#define AMD           0x1022
#define ATI           0x1002
#define PCH_SUBSYSTEM 0x7270

#define KIB(n) (UINT64_C(n) << 10)
#define MIB(n) (UINT64_C(n) << 20)

/* PMC register bits */
#define PME_D0_D3 0xc800
#define PME_D3    0xc000
#define PME_D3HOT 0x4000
#define PME_ALL   0xf800
#define PME_D1_UP 0xf000
#define D1_D2     0x0600
#define AUX_375   0x01c0

#define AER_SEVERITY            UINT32_C(0x00062030)
#define AER_SEVERITY_TB         UINT32_C(0x00062010) /* without surprise down */
#define AER_ECRC                0x00a0
#define DEVCAP2_LTR             UINT32_C(0x0800)
#define DEVCAP2_TIMEOUT_DISABLE UINT32_C(0x0010)
#define LNKSTA(speed, width)    (PCI_LNKSTA(speed, width) | PCI_LNKSTA_SLOT_CLOCK)
#define EQUALIZED               (PCI_LNKSTA2_EQUALIZED | PCI_LNKSTA2_DEEMPH_3_5)
#define DEVCTL_TAGS             (PCI_DEVCTL_ENDPOINT | PCI_DEVCTL_EXT_TAG)
#define ASPM_BOTH               (PCI_LNKCAP_ASPM_L0S | PCI_LNKCAP_ASPM_L1)
/* Port common mode restore time in us, T_power_on scale and value */
#define L1SS(restore, scale, count) \
    (UINT32_C(0x1f) | (uint32_t)(restore) << 8 | (uint32_t)(scale) << 16 | (uint32_t)(count) << 19)

#define MEM64(size)                            \
    {                                          \
        .kind = PCI_BAR_MEM64, .bytes = (size) \
    }
#define MEM64_PREF(size)                                                \
    {                                                                   \
        .kind = PCI_BAR_MEM64, .is_prefetchable = true, .bytes = (size) \
    }
#define MEM32(size)                            \
    {                                          \
        .kind = PCI_BAR_MEM32, .bytes = (size) \
    }
#define PM(at, ver, bits, keeps)                    \
    {                                               \
        .kind = PCI_CAP_PM, .offset = (at), .pm = { \
            .version = (ver),                       \
            .pmc = (bits),                          \
            .no_soft_reset = (keeps)                \
        }                                           \
    }
#define MSI64(at, log2)                                                                      \
    {                                                                                        \
        .kind = PCI_CAP_MSI, .offset = (at), .msi = {.log2_vectors = (log2), .is_64 = true } \
    }
#define VENDOR(at, len)                                                     \
    {                                                                       \
        .kind = PCI_CAP_VENDOR, .offset = (at), .vendor = {.bytes = (len) } \
    }
#define VSEC(at, number, rev, len)                      \
    {                                                   \
        .kind = PCI_CAP_VSEC, .offset = (at), .vsec = { \
            .id = (number),                             \
            .revision = (rev),                          \
            .bytes = (len)                              \
        }                                               \
    }
#define AER(at, ver, fatal, ecrc)                                       \
    {                                                                   \
        .kind = PCI_CAP_AER, .offset = (at), .version = (ver), .aer = { \
            .severity = (fatal),                                        \
            .control = (ecrc)                                           \
        }                                                               \
    }
#define PLAIN(cap, at)                \
    {                                 \
        .kind = (cap), .offset = (at) \
    }
#define ACS(at, able)                                                 \
    {                                                                 \
        .kind = PCI_CAP_ACS, .offset = (at), .acs = {.bits = (able) } \
    }
#define L1(at, value)                                                            \
    {                                                                            \
        .kind = PCI_CAP_L1SS, .offset = (at), .l1ss = {.capabilities = (value) } \
    }
#define SSVID(at, sub_vendor, sub_id)                             \
    {                                                             \
        .kind = PCI_CAP_SUBSYSTEM, .offset = (at), .subsystem = { \
            .vendor = (sub_vendor),                               \
            .id = (sub_id)                                        \
        }                                                         \
    }
#define END                 \
    {                       \
        .kind = PCI_CAP_END \
    }

#define PART(name, ...)                                       \
    static const struct pci_desc desc_##name = {__VA_ARGS__}; \
    const struct pci_described pci_part_##name = {.desc = &desc_##name}

/* ---- PCH ---- */

static const struct pci_cap caps_a2af[] = {PM(0x70, 2, AUX_375 | PME_D3, true), MSI64(0x80, 3),
                                           END};
PART(a2af, .vendor = INTEL, .device = 0xa2af, .class_code = 0x0c0330, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM, .interrupt_pin = 1, .bar = {[0] = MEM64(KIB(64))},
     .caps = caps_a2af);

static const struct pci_cap caps_a2ba[] = {PM(0x50, 3, PME_D3HOT, true), MSI64(0x8c, 0), END};
PART(a2ba, .vendor = INTEL, .device = 0xa2ba, .class_code = 0x078000, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM, .interrupt_pin = 1, .bar = {[0] = MEM64(KIB(4))},
     .caps = caps_a2ba);

#define PCH_LNKCAP(speed, width, port)                                              \
    (PCI_LNKCAP(speed, width, port) | PCI_LNKCAP_DL_REPORT | PCI_LNKCAP_BW_NOTIFY | \
     PCI_LNKCAP_ASPM_OPT)
#define PCH_DEVCAP2 (UINT32_C(0x7) | DEVCAP2_TIMEOUT_DISABLE | UINT32_C(0x20) | DEVCAP2_LTR)
#define PCH_ACS     0x000f

static const struct pci_cap caps_a2eb[] = {
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x40,
     .express = {.type = PCI_EXPRESS_ROOT_PORT,
                 .version = 2,
                 .has_slot = true,
                 .has_aux_power = true,
                 .devcap = PCI_DEVCAP_PAYLOAD(1) | PCI_DEVCAP_RBE,
                 .lnkcap = PCH_LNKCAP(1, 1, 21) | ASPM_BOTH | PCI_LNKCAP_L0S_EXIT(4) |
                           PCI_LNKCAP_L1_EXIT(4),
                 .lnksta = LNKSTA(1, 1),
                 .sltcap = PCI_SLTCAP(20, 10) | PCI_SLTCAP_NO_COMPLETED,
                 .devcap2 = PCH_DEVCAP2,
                 .lnkcap2 = PCI_LNKCAP2_GEN1,
                 .lnkctl2 = 1,
                 .lnksta2 = PCI_LNKSTA2_DEEMPH_3_5}},
    {.kind = PCI_CAP_MSI, .offset = 0x80},
    SSVID(0x90, INTEL, PCH_SUBSYSTEM),
    PM(0xa0, 3, PME_D0_D3, false),
    PLAIN(PCI_CAP_NULL, 0x100),
    ACS(0x140, PCH_ACS),
    L1(0x200, L1SS(40, 0, 22)),
    END,
};
PART(a2eb, .vendor = INTEL, .device = 0xa2eb, .class_code = 0x060400, .revision = 0xf0,
     .is_bridge = true, .interrupt_pin = 1, .caps = caps_a2eb);

static const struct pci_cap caps_a294[] = {
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x40,
     .express = {.type = PCI_EXPRESS_ROOT_PORT,
                 .version = 2,
                 .has_slot = true,
                 .has_aux_power = true,
                 .devcap = PCI_DEVCAP_PAYLOAD(1) | PCI_DEVCAP_RBE,
                 .lnkcap = PCH_LNKCAP(3, 4, 5),
                 .lnksta = LNKSTA(3, 4),
                 .sltcap = PCI_SLTCAP(4, 25) | PCI_SLTCAP_NO_COMPLETED,
                 .devcap2 = PCH_DEVCAP2,
                 .lnkcap2 = PCI_LNKCAP2_GEN3,
                 .lnkctl2 = 3,
                 .lnksta2 = EQUALIZED}},
    {.kind = PCI_CAP_MSI, .offset = 0x80},
    SSVID(0x90, INTEL, PCH_SUBSYSTEM),
    PM(0xa0, 3, PME_D0_D3, false),
    PLAIN(PCI_CAP_NULL, 0x100),
    ACS(0x140, PCH_ACS),
    PLAIN(PCI_CAP_SECONDARY, 0x220),
    END,
};
PART(a294, .vendor = INTEL, .device = 0xa294, .class_code = 0x060400, .revision = 0xf0,
     .is_bridge = true, .interrupt_pin = 1, .caps = caps_a294);

static const struct pci_cap caps_lpss[] = {PM(0x80, 3, 0, true), VENDOR(0x90, 0x14), END};
PART(a2a7, .vendor = INTEL, .device = 0xa2a7, .class_code = 0x118000, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM, .interrupt_pin = 1, .bar = {[0] = MEM64(KIB(4))},
     .caps = caps_lpss);
PART(a2a8, .vendor = INTEL, .device = 0xa2a8, .class_code = 0x118000, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM, .interrupt_pin = 2, .bar = {[0] = MEM64(KIB(4))},
     .caps = caps_lpss);
PART(a2d4, .vendor = INTEL, .device = 0xa2d4, .class_code = 0x060100, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM);
PART(a2a1, .vendor = INTEL, .device = 0xa2a1, .class_code = 0x058000, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM, .bar = {[0] = MEM32(KIB(16))});
PART(a2a3, .vendor = INTEL, .device = 0xa2a3, .class_code = 0x0c0500, .subsystem_vendor = INTEL,
     .subsystem = PCH_SUBSYSTEM, .interrupt_pin = 1,
     .bar = {[0] = MEM64(256), [4] = {.kind = PCI_BAR_IO, .bytes = 32}});

/* ---- Wi-Fi ---- */

static const struct pci_cap caps_wifi[] = {
    PM(0x48, 3, D1_D2 | PME_ALL, true),
    MSI64(0x58, 4),
    VENDOR(0x68, 0x44),
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0xac,
     .express = {.type = PCI_EXPRESS_ENDPOINT,
                 .version = 2,
                 .has_aux_power = true,
                 .devcap = PCI_DEVCAP_PAYLOAD(2) | PCI_DEVCAP_L0S(6) | PCI_DEVCAP_L1(7) |
                           PCI_DEVCAP_RBE | PCI_DEVCAP_POWER(10),
                 .devctl = PCI_DEVCTL_ENDPOINT,
                 .lnkcap = PCI_LNKCAP(1, 1, 0) | ASPM_BOTH | PCI_LNKCAP_L0S_EXIT(5) |
                           PCI_LNKCAP_L1_EXIT(5) | PCI_LNKCAP_CLOCK_PM | PCI_LNKCAP_ASPM_OPT,
                 .lnksta = LNKSTA(1, 1),
                 .devcap2 = UINT32_C(0x8000f) | DEVCAP2_TIMEOUT_DISABLE | DEVCAP2_LTR,
                 .lnkcap2 = PCI_LNKCAP2_GEN1,
                 .lnkctl2 = 1,
                 .lnksta2 = PCI_LNKSTA2_DEEMPH_3_5}},
    AER(0x100, 1, AER_SEVERITY, AER_ECRC),
    PLAIN(PCI_CAP_SERIAL, 0x13c),
    PLAIN(PCI_CAP_POWER_BUDGET, 0x150),
    PLAIN(PCI_CAP_VC, 0x160),
    PLAIN(PCI_CAP_LTR, 0x1b0),
    {.kind = PCI_CAP_REBAR, .offset = 0x220, .rebar = {.bar = {2}, .sizes = {0x7}}},
    L1(0x240, L1SS(0, 0, 5)),
    END,
};
PART(wifi, .vendor = BROADCOM, .device = 0x4464, .class_code = 0x028000, .revision = 0x03,
     .subsystem_vendor = APPLE, .subsystem = 0x07bf, .interrupt_pin = 1,
     .bar = {[0] = MEM64(KIB(32)), [2] = MEM64(MIB(4))}, .caps = caps_wifi);

/* ---- T2 ---- */

#define T2_LNKCAP                                                                             \
    (PCI_LNKCAP(3, 4, 0) | PCI_LNKCAP_ASPM_L1 | PCI_LNKCAP_L1_EXIT(6) | PCI_LNKCAP_CLOCK_PM | \
     PCI_LNKCAP_ASPM_OPT)
#define T2_COMMON(gens, target, status2)                                                      \
    PM(0x40, 3, AUX_375 | PME_D0_D3, true), MSI64(0x50, 3),                                   \
        {.kind = PCI_CAP_EXPRESS,                                                             \
         .offset = 0x70,                                                                      \
         .express = {.type = PCI_EXPRESS_ENDPOINT,                                            \
                     .version = 2,                                                            \
                     .has_aux_power = true,                                                   \
                     .devcap = PCI_DEVCAP_PAYLOAD(1) | PCI_DEVCAP_L0S(7) | PCI_DEVCAP_L1(7) | \
                               PCI_DEVCAP_RBE | PCI_DEVCAP_POWER(25),                         \
                     .devctl = PCI_DEVCTL_ENDPOINT,                                           \
                     .lnkcap = T2_LNKCAP,                                                     \
                     .lnksta = LNKSTA(3, 4),                                                  \
                     .devcap2 = UINT32_C(0xf) | DEVCAP2_TIMEOUT_DISABLE | DEVCAP2_LTR,        \
                     .lnkcap2 = (gens),                                                       \
                     .lnkctl2 = (target),                                                     \
                     .lnksta2 = (status2)}},                                                  \
        AER(0x100, 2, AER_SEVERITY, 0)
#define T2_REBAR                                                                       \
    {                                                                                  \
        .kind = PCI_CAP_REBAR, .offset = 0x280, .rebar = {.bar = {0}, .sizes = {0x7} } \
    }
#define T2_BARS                                                                         \
    {                                                                                   \
        [0] = MEM64_PREF(MIB(4)), [2] = MEM64_PREF(KIB(512)), [4] = MEM64_PREF(KIB(64)) \
    }

static const struct pci_cap caps_t2_nvme[] = {
    T2_COMMON(PCI_LNKCAP2_GEN3, 3, PCI_LNKSTA2_EQUALIZED),
    PLAIN(PCI_CAP_SECONDARY, 0x148),
    PLAIN(PCI_CAP_LTR, 0x168),
    L1(0x170, L1SS(0, 0, 0)),
    VSEC(0x180, 2, 1, 0x100),
    T2_REBAR,
    END,
};
static const struct pci_cap caps_t2[] = {T2_COMMON(0, 0, 0), VSEC(0x180, 2, 1, 0x100), T2_REBAR,
                                         END};

PART(t2_nvme, .vendor = APPLE, .device = 0x2005, .class_code = 0x018002, .revision = 0x01,
     .subsystem_vendor = APPLE, .subsystem = 0x1800, .bar = T2_BARS, .caps = caps_t2_nvme);
PART(t2_bce, .vendor = APPLE, .device = 0x1801, .class_code = 0x000000, .revision = 0x01,
     .subsystem_vendor = APPLE, .subsystem = 0x1801, .bar = T2_BARS, .caps = caps_t2);
PART(t2_sep, .vendor = APPLE, .device = 0x1802, .class_code = 0x000000, .revision = 0x01,
     .subsystem_vendor = APPLE, .subsystem = 0x1802, .bar = T2_BARS, .caps = caps_t2);
PART(t2_audio, .vendor = APPLE, .device = 0x1803, .class_code = 0x040100, .revision = 0x01,
     .subsystem_vendor = APPLE, .subsystem = 0x1803, .bar = T2_BARS, .caps = caps_t2);

/* ---- Ethernet ---- */

static const struct pci_cap caps_aqc107[] = {
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x40,
     .express = {.type = PCI_EXPRESS_ENDPOINT,
                 .version = 2,
                 .has_aux_power = true,
                 .devcap = PCI_DEVCAP_PAYLOAD(2) | PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE |
                           PCI_EXP_DEVCAP_FLR,
                 .devctl = DEVCTL_TAGS,
                 .lnkcap = PCI_LNKCAP(3, 4, 0) | ASPM_BOTH | PCI_LNKCAP_L0S_EXIT(7) |
                           PCI_LNKCAP_L1_EXIT(7) | PCI_LNKCAP_ASPM_OPT,
                 .lnksta = LNKSTA(2, 4),
                 .devcap2 = DEVCAP2_TIMEOUT_DISABLE,
                 .lnkcap2 = PCI_LNKCAP2_GEN3,
                 .lnkctl2 = 3,
                 .lnksta2 = PCI_LNKSTA2_DEEMPH_3_5}},
    PM(0x80, 3, D1_D2 | AUX_375 | PME_ALL, true),
    {.kind = PCI_CAP_MSIX,
     .offset = 0x90,
     .msix = {.vectors = 32, .table_bar = 2, .table = 0, .pba_bar = 2, .pba = 0x200}},
    MSI64(0xa0, 5),
    AER(0x100, 2, AER_SEVERITY, AER_ECRC),
    VSEC(0x150, 1, 1, 0x24),
    PLAIN(PCI_CAP_SECONDARY, 0x180),
    END,
};
PART(aqc107, .vendor = AQUANTIA, .device = 0x07b1, .class_code = 0x020000, .revision = 0x02,
     .subsystem_vendor = APPLE, .subsystem = 0x0187, .interrupt_pin = 1,
     .bar = {[0] = MEM64(KIB(64)), [2] = MEM64(KIB(4)), [4] = MEM64(MIB(4))}, .caps = caps_aqc107);

/* ---- Thunderbolt 3 ---- */

#define TB_PM(keeps) PM(0x80, 3, D1_D2 | AUX_375 | PME_ALL, keeps)
#define TB_EXITS     (PCI_LNKCAP_L0S_EXIT(5) | PCI_LNKCAP_L1_EXIT(2))
#define TB_ASPM      (ASPM_BOTH | TB_EXITS | PCI_LNKCAP_ASPM_OPT)
#define TB_ENDPOINT                                                                               \
    {                                                                                             \
        .kind = PCI_CAP_EXPRESS, .offset = 0xc0, .express = {                                     \
            .type = PCI_EXPRESS_ENDPOINT,                                                         \
            .version = 2,                                                                         \
            .has_aux_power = true,                                                                \
            .devcap = PCI_DEVCAP_L0S(6) | PCI_DEVCAP_L1(3) | PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE, \
            .devctl = DEVCTL_TAGS,                                                                \
            .lnkcap = PCI_LNKCAP(1, 4, 0) | TB_ASPM | PCI_LNKCAP_CLOCK_PM,                        \
            .lnksta = LNKSTA(1, 4),                                                               \
            .devcap2 = UINT32_C(0x2) | DEVCAP2_TIMEOUT_DISABLE | DEVCAP2_LTR,                     \
            .lnkcap2 = PCI_LNKCAP2_GEN3,                                                          \
            .lnkctl2 = 1,                                                                         \
            .lnksta2 = PCI_LNKSTA2_DEEMPH_3_5                                                     \
        }                                                                                         \
    }
#define TB_EXTENDED(fatal, channels, len)                                   \
    PLAIN(PCI_CAP_SERIAL, 0x100), AER(0x200, 1, fatal, 0),                  \
        {.kind = PCI_CAP_VC, .offset = 0x300, .vc = {.extra = (channels)}}, \
        PLAIN(PCI_CAP_POWER_BUDGET, 0x400), VSEC(0x500, 0x1234, 1, len)

static const struct pci_cap caps_tb_upstream[] = {
    TB_PM(true),
    MSI64(0x88, 0),
    SSVID(0xac, INTEL, 0),
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0xc0,
     .express = {.type = PCI_EXPRESS_UPSTREAM,
                 .version = 2,
                 .has_aux_power = true,
                 .devcap = PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE,
                 .devctl = DEVCTL_TAGS,
                 .lnkcap = PCI_LNKCAP(3, 4, 0) | TB_ASPM | PCI_LNKCAP_CLOCK_PM,
                 .lnksta = LNKSTA(3, 4),
                 .devcap2 = DEVCAP2_LTR,
                 .lnkcap2 = PCI_LNKCAP2_GEN3,
                 .lnkctl2 = 3,
                 .lnksta2 = PCI_LNKSTA2_EQUALIZED}},
    TB_EXTENDED(AER_SEVERITY_TB, 0, 0xd8),
    PLAIN(PCI_CAP_LTR, 0x600),
    PLAIN(PCI_CAP_SECONDARY, 0x700),
    END,
};
PART(tb_upstream, .vendor = INTEL, .device = 0x1578, .class_code = 0x060400, .revision = 0x02,
     .is_bridge = true, .interrupt_pin = 1, .caps = caps_tb_upstream);

/* Ports 1 and 4 lead to the sockets, 0 to the NHI, 2 to the xHCI. */
#define TB_PORT(number, slot, link_flags, channels)                                                \
    static const struct pci_cap caps_tb_port##number[] = {                                         \
        TB_PM(true),                                                                               \
        MSI64(0x88, 0),                                                                            \
        SSVID(0xac, INTEL, 0),                                                                     \
        {.kind = PCI_CAP_EXPRESS,                                                                  \
         .offset = 0xc0,                                                                           \
         .express = {.type = PCI_EXPRESS_DOWNSTREAM,                                               \
                     .version = 2,                                                                 \
                     .has_aux_power = true,                                                        \
                     .has_slot = true,                                                             \
                     .devcap = PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE,                                \
                     .devctl = DEVCTL_TAGS,                                                        \
                     .lnkcap =                                                                     \
                         PCI_LNKCAP(1, 4, number) | TB_ASPM | PCI_LNKCAP_BW_NOTIFY | (link_flags), \
                     .lnksta = LNKSTA(1, 4),                                                       \
                     .sltcap = (slot) | PCI_SLTCAP_NO_COMPLETED,                                   \
                     .devcap2 = DEVCAP2_LTR,                                                       \
                     .lnkcap2 = PCI_LNKCAP2_GEN3,                                                  \
                     .lnkctl2 = 1,                                                                 \
                     .lnksta2 = PCI_LNKSTA2_DEEMPH_3_5}},                                          \
        TB_EXTENDED(AER_SEVERITY_TB, channels, 0xd8),                                              \
        PLAIN(PCI_CAP_SECONDARY, 0x700),                                                           \
        END,                                                                                       \
    };                                                                                             \
    PART(tb_port##number, .vendor = INTEL, .device = 0x15d3, .class_code = 0x060400,               \
         .revision = 0x02, .is_bridge = true, .interrupt_pin = 1, .caps = caps_tb_port##number)

TB_PORT(0, 0, 0, 1);
TB_PORT(1, PCI_SLTCAP_HOTPLUG | PCI_SLTCAP(1, 0), PCI_LNKCAP_DL_REPORT, 0);
TB_PORT(2, PCI_SLTCAP_HOTPLUG, PCI_LNKCAP_DL_REPORT, 0);
TB_PORT(4, PCI_SLTCAP_HOTPLUG | PCI_SLTCAP(4, 0), PCI_LNKCAP_DL_REPORT, 0);

static const struct pci_cap caps_tb_nhi[] = {
    TB_PM(true),
    MSI64(0x88, 0),
    TB_ENDPOINT,
    {.kind = PCI_CAP_MSIX,
     .offset = 0xa0,
     .msix = {.vectors = 16, .table_bar = 1, .table = 0, .pba_bar = 1, .pba = 0xfa0}},
    TB_EXTENDED(AER_SEVERITY, 0, 0x88),
    PLAIN(PCI_CAP_LTR, 0x600),
    END,
};
PART(tb_nhi, .vendor = INTEL, .device = 0x15d2, .class_code = 0x088000, .revision = 0x02,
     .subsystem_vendor = INTEL, .interrupt_pin = 1,
     .bar = {[0] = MEM32(KIB(256)), [1] = MEM32(KIB(4))}, .caps = caps_tb_nhi);

static const struct pci_cap caps_tb_xhci[] = {
    TB_PM(false),
    MSI64(0x88, 3),
    TB_ENDPOINT,
    TB_EXTENDED(AER_SEVERITY_TB, 0, 0xd8),
    PLAIN(PCI_CAP_LTR, 0x600),
    PLAIN(PCI_CAP_SECONDARY, 0x700),
    END,
};
PART(tb_xhci, .vendor = INTEL, .device = 0x15d4, .class_code = 0x0c0330, .revision = 0x02,
     .subsystem_vendor = INTEL, .interrupt_pin = 1, .bar = {[0] = MEM32(KIB(64))},
     .caps = caps_tb_xhci);

/* ---- Vega 10 ---- */

#define VEGA_PREFIXES(count) \
    (UINT32_C(0x300000) | (uint32_t)(count) << 22) /* extended format, end-to-end prefixes */
#define VEGA_X16 (PCI_LNKCAP(3, 16, 0) | PCI_LNKCAP_ASPM_OPT)

static const struct pci_cap caps_vega_upstream[] = {
    VENDOR(0x48, 0x08),
    PM(0x50, 3, PME_D0_D3, true),
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x58,
     .express = {.type = PCI_EXPRESS_UPSTREAM,
                 .version = 2,
                 .devcap = PCI_DEVCAP_PAYLOAD(2) | PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE,
                 .devctl = DEVCTL_TAGS,
                 .lnkcap =
                     VEGA_X16 | PCI_LNKCAP_ASPM_L1 | PCI_LNKCAP_L1_EXIT(6) | PCI_LNKCAP_CLOCK_PM,
                 .lnksta = LNKSTA(3, 16),
                 .devcap2 = DEVCAP2_LTR | VEGA_PREFIXES(0) | UINT32_C(0x40),
                 .lnkcap2 = PCI_LNKCAP2_GEN3,
                 .lnkctl2 = 3,
                 .lnksta2 = EQUALIZED}},
    MSI64(0xa0, 0),
    VSEC(0x100, 1, 1, 0x10),
    AER(0x150, 2, AER_SEVERITY, AER_ECRC),
    PLAIN(PCI_CAP_SECONDARY, 0x270),
    PLAIN(PCI_CAP_LTR, 0x320),
    L1(0x370, L1SS(250, 1, 17)),
    END,
};
PART(vega_upstream, .vendor = AMD, .device = 0x1470, .class_code = 0x060400, .is_bridge = true,
     .interrupt_pin = 1, .bar = {[0] = MEM32(KIB(16))}, .caps = caps_vega_upstream);

static const struct pci_cap caps_vega_downstream[] = {
    PM(0x50, 3, PME_D0_D3, true),
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x58,
     .express = {.type = PCI_EXPRESS_DOWNSTREAM,
                 .version = 2,
                 .devcap = PCI_DEVCAP_PAYLOAD(2) | PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE,
                 .devctl = DEVCTL_TAGS,
                 .lnkcap = VEGA_X16 | ASPM_BOTH | PCI_LNKCAP_DL_REPORT | PCI_LNKCAP_BW_NOTIFY,
                 .lnksta = LNKSTA(3, 16),
                 .devcap2 = DEVCAP2_LTR | VEGA_PREFIXES(0) | UINT32_C(0x40),
                 .lnkcap2 = PCI_LNKCAP2_GEN3,
                 .lnkctl2 = 3,
                 .lnksta2 = EQUALIZED}},
    MSI64(0xa0, 0),
    SSVID(0xc0, AMD, 0x1471),
    VSEC(0x100, 1, 1, 0x10),
    AER(0x150, 2, AER_SEVERITY, AER_ECRC),
    PLAIN(PCI_CAP_SECONDARY, 0x270),
    ACS(0x2a0, 0x5f),
    END,
};
PART(vega_downstream, .vendor = AMD, .device = 0x1471, .class_code = 0x060400, .is_bridge = true,
     .interrupt_pin = 1, .caps = caps_vega_downstream);

#define VEGA_FUNCTION(kind_of, gens, target, status2)                                         \
    VENDOR(0x48, 0x08), PM(0x50, 3, D1_D2 | PME_D1_UP, true),                                 \
        {.kind = PCI_CAP_EXPRESS,                                                             \
         .offset = 0x64,                                                                      \
         .express = {.type = (kind_of),                                                       \
                     .version = 2,                                                            \
                     .devcap = PCI_DEVCAP_PAYLOAD(1) | PCI_DEVCAP_L0S(6) | PCI_DEVCAP_L1(7) | \
                               PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE,                           \
                     .devctl = DEVCTL_TAGS,                                                   \
                     .lnkcap = VEGA_X16 | ASPM_BOTH | PCI_LNKCAP_CLOCK_PM,                    \
                     .lnksta = LNKSTA(3, 16),                                                 \
                     .devcap2 = DEVCAP2_LTR | VEGA_PREFIXES(1),                               \
                     .lnkcap2 = (gens),                                                       \
                     .lnkctl2 = (target),                                                     \
                     .lnksta2 = (status2)}},                                                  \
        MSI64(0xa0, 0), VSEC(0x100, 1, 1, 0x10), AER(0x150, 2, AER_SEVERITY, AER_ECRC)

static const struct pci_cap caps_vega[] = {
    VEGA_FUNCTION(PCI_EXPRESS_LEGACY, PCI_LNKCAP2_GEN3, 3, EQUALIZED),
    {.kind = PCI_CAP_REBAR, .offset = 0x200, .rebar = {.bar = {0, 2}, .sizes = {0x7f00, 0x01fe}}},
    PLAIN(PCI_CAP_SECONDARY, 0x270),
    ACS(0x2a0, 0),
    PLAIN(PCI_CAP_ATS, 0x2b0),
    {.kind = PCI_CAP_PRI, .offset = 0x2c0, .pri = {.capacity = 0x20}},
    {.kind = PCI_CAP_PASID, .offset = 0x2d0, .pasid = {.bits = 0x1006}},
    PLAIN(PCI_CAP_LTR, 0x320),
    END,
};
PART(vega, .vendor = ATI, .device = 0x6867, .class_code = 0x030000, .subsystem_vendor = APPLE,
     .subsystem = 0x017b, .interrupt_pin = 1,
     .bar = {[0] = MEM64_PREF(MIB(256)),
             [2] = MEM64_PREF(MIB(2)),
             [4] = {.kind = PCI_BAR_IO, .bytes = 256},
             [5] = MEM32(KIB(512))},
     .rom_bytes = 0x20000, .caps = caps_vega);

static const struct pci_cap caps_vega_audio[] = {VEGA_FUNCTION(PCI_EXPRESS_ENDPOINT, 0, 0, 0),
                                                 ACS(0x2a0, 0), END};
PART(vega_audio, .vendor = ATI, .device = 0xaaf8, .class_code = 0x040300, .subsystem_vendor = ATI,
     .subsystem = 0xaaf8, .interrupt_pin = 2, .bar = {[0] = MEM32(KIB(16))},
     .caps = caps_vega_audio);
