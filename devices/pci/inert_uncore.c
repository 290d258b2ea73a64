/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptions of the processor's own functions: IIO stacks, CHAs, power control, memory
 * controllers (Skylake-E ids 20xx).
 *
 * Ids, classes, capabilities: `lspci -vvnn` of an iMacPro1,1 (hardware.md 11, LSPCI-A). Extra
 * registers: hardware.md 3.1 and Linux drivers/edac/skx_base.c, arch/x86/kernel/quirks.c; names as
 * there. The memory controllers' registers are with their model (devices/memory/imc_function.c).
 */
#include "devices/pci/inert_parts.h"

#define INTEL            0x8086
#define REVISION         0x04
#define CLASS_PERIPHERAL 0x088000
#define CLASS_COUNTERS   0x110100
#define CLASS_IOAPIC     0x080020
#define CLASS_HOST       0x060000
#define CLASS_BRIDGE     0x060400
#define ALL              UINT32_C(0xffffffff)
/* 05.0 of each IIO carries bus numbers and memory limits; the four root buses of this machine,
 * one byte each. */
#define CPU_BUS_NUMBERS UINT32_C(0xf0050300)

#define PM_PME_NONE  0x0000
#define PM_PME_D0_D3 0xc800
#define DEVCAP2_IIO  UINT32_C(0x13be) /* timeout ranges BCD, disable, ARI, atomics, TPH */
#define DEVCAP2_DMI  UINT32_C(0x139e)
#define ACS_ROOT     0x001f
#define AER_SEVERITY UINT32_C(0x00062030)
#define AER_ECRC     0x00a0

/* ---- Capabilities ---- */

#define INTEGRATED(at, ver, cap, cap2)                        \
    {                                                         \
        .kind = PCI_CAP_EXPRESS, .offset = (at), .express = { \
            .type = PCI_EXPRESS_INTEGRATED,                   \
            .version = (ver),                                 \
            .devcap = (cap),                                  \
            .devcap2 = (cap2)                                 \
        }                                                     \
    }
#define PM_E0(pme)                                  \
    {                                               \
        .kind = PCI_CAP_PM, .offset = 0xe0, .pm = { \
            .pmc = (pme),                           \
            .version = 3,                           \
            .no_soft_reset = true                   \
        }                                           \
    }
#define VSEC(at, number, rev, len)                      \
    {                                                   \
        .kind = PCI_CAP_VSEC, .offset = (at), .vsec = { \
            .id = (number),                             \
            .revision = (rev),                          \
            .bytes = (len)                              \
        }                                               \
    }

static const struct pci_cap caps_v2[] = {INTEGRATED(0x40, 2, 0, 0), {.kind = PCI_CAP_END}};
static const struct pci_cap caps_v1[] = {INTEGRATED(0x40, 1, 0, 0), {.kind = PCI_CAP_END}};
static const struct pci_cap caps_ioapic[] = {
    INTEGRATED(0x44, 1, 0, 0), PM_E0(PM_PME_NONE), {.kind = PCI_CAP_END}};
static const struct pci_cap caps_cbdma[] = {
    {.kind = PCI_CAP_MSIX,
     .offset = 0x80,
     .msix = {.vectors = 1, .table_bar = 0, .table = 0x2000, .pba_bar = 0, .pba = 0x3000}},
    INTEGRATED(0x90, 2, PCI_DEVCAP_RBE, 0x10),
    PM_E0(PM_PME_NONE),
    {.kind = PCI_CAP_END},
};

#define IIO_LNKCAP(speed, width, port)                                             \
    (PCI_LNKCAP(speed, width, port) | PCI_LNKCAP_ASPM_L1 | PCI_LNKCAP_L1_EXIT(4) | \
     PCI_LNKCAP_SURPRISE | PCI_LNKCAP_DL_REPORT | PCI_LNKCAP_BW_NOTIFY | PCI_LNKCAP_ASPM_OPT)

static const struct pci_cap caps_dmi[] = {
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x90,
     .express = {.type = PCI_EXPRESS_ROOT_PORT,
                 .version = 2,
                 .devcap = PCI_DEVCAP_PAYLOAD(1) | PCI_DEVCAP_RBE,
                 .lnkcap = IIO_LNKCAP(3, 4, 0),
                 .devcap2 = DEVCAP2_DMI,
                 .lnkcap2 = PCI_LNKCAP2_GEN3,
                 .lnkctl2 = 1}},
    PM_E0(PM_PME_NONE),
    VSEC(0x100, 2, 0, 0x0c),
    VSEC(0x144, 4, 1, 0x3c),
    VSEC(0x1d0, 3, 1, 0x0a),
    {.kind = PCI_CAP_SECONDARY, .offset = 0x250},
    VSEC(0x280, 5, 3, 0x18),
    VSEC(0x300, 8, 0, 0x38),
    {.kind = PCI_CAP_END},
};

#define ROOT_PORT_CAPS(speed, width, port, gens, status2)                                        \
    {                                                                                            \
        {.kind = PCI_CAP_SUBSYSTEM, .offset = 0x40, .subsystem = {.vendor = INTEL}},             \
            {.kind = PCI_CAP_MSI, .offset = 0x60, .msi = {.log2_vectors = 1, .has_mask = true}}, \
            {.kind = PCI_CAP_EXPRESS,                                                            \
             .offset = 0x90,                                                                     \
             .express = {.type = PCI_EXPRESS_ROOT_PORT,                                          \
                         .version = 2,                                                           \
                         .devcap = PCI_DEVCAP_PAYLOAD(1) | PCI_DEVCAP_EXT_TAG | PCI_DEVCAP_RBE,  \
                         .devctl = PCI_DEVCTL_EXT_TAG,                                           \
                         .lnkcap = IIO_LNKCAP(speed, width, port),                               \
                         .lnksta = PCI_LNKSTA(speed, width) | PCI_LNKSTA_SLOT_CLOCK,             \
                         .rtcap = 1,                                                             \
                         .devcap2 = DEVCAP2_IIO,                                                 \
                         .lnkcap2 = (gens),                                                      \
                         .lnkctl2 = (speed),                                                     \
                         .lnksta2 = (status2)}},                                                 \
            PM_E0(PM_PME_D0_D3), VSEC(0x100, 2, 0, 0x0c),                                        \
            {.kind = PCI_CAP_ACS, .offset = 0x110, .acs = {.bits = ACS_ROOT}},                   \
            {.kind = PCI_CAP_AER,                                                                \
             .offset = 0x148,                                                                    \
             .aer = {.is_root = true, .severity = AER_SEVERITY, .control = AER_ECRC}},           \
            VSEC(0x1d0, 3, 1, 0x0a), {.kind = PCI_CAP_SECONDARY, .offset = 0x250},               \
            VSEC(0x280, 5, 3, 0x18), VSEC(0x300, 8, 0, 0x38),                                    \
        {                                                                                        \
            .kind = PCI_CAP_END                                                                  \
        }                                                                                        \
    }
#define EQUALIZED (PCI_LNKSTA2_EQUALIZED | PCI_LNKSTA2_DEEMPH_3_5)

static const struct pci_cap caps_port_lan[] =
    ROOT_PORT_CAPS(2, 4, 1, PCI_LNKCAP2_GEN2, PCI_LNKSTA2_DEEMPH_3_5);
static const struct pci_cap caps_port_tb0[] = ROOT_PORT_CAPS(3, 4, 7, PCI_LNKCAP2_GEN3, EQUALIZED);
static const struct pci_cap caps_port_tb1[] = ROOT_PORT_CAPS(3, 4, 8, PCI_LNKCAP2_GEN3, EQUALIZED);
static const struct pci_cap caps_port_gpu[] = ROOT_PORT_CAPS(3, 16, 9, PCI_LNKCAP2_GEN3, EQUALIZED);

/* ---- Extra registers ---- */

static const struct pci_reg regs_bus_numbers[] = {
    {.name = "CPUBUSNO", .offset = 0xcc, .size = 4, .reset = CPU_BUS_NUMBERS},
    {.name = NULL},
};
static const struct pci_reg regs_capid[] = {
    {.name = "CAPID0", .offset = 0x84, .size = 4},
    {.name = "CAPID5", .offset = 0x98, .size = 4},
    {.name = NULL},
};

/* ---- Descriptions ---- */

/* Plain functions: no BAR, no pin. */
#define FUNCTION(id, class, sub, cap_list, reg_list) \
    static const struct pci_desc desc_##id = {       \
        .vendor = INTEL,                             \
        .device = 0x##id,                            \
        .class_code = (class),                       \
        .revision = REVISION,                        \
        .subsystem_vendor = (sub),                   \
        .caps = (cap_list),                          \
        .regs = (reg_list),                          \
    };                                               \
    const struct pci_described pci_part_##id = {.desc = &desc_##id}

FUNCTION(2014, CLASS_PERIPHERAL, INTEL, caps_v2, NULL);
FUNCTION(2015, CLASS_COUNTERS, INTEL, NULL, NULL);
FUNCTION(2016, CLASS_PERIPHERAL, INTEL, caps_v2, regs_bus_numbers);
FUNCTION(2018, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2024, CLASS_PERIPHERAL, INTEL, caps_v2, NULL);
FUNCTION(2025, CLASS_PERIPHERAL, 0, caps_v2, NULL);
FUNCTION(2034, CLASS_PERIPHERAL, INTEL, caps_v2, NULL);
FUNCTION(2035, CLASS_PERIPHERAL, 0, caps_v2, NULL);
FUNCTION(2040, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2041, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2042, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2043, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2044, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2045, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2046, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2047, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2048, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(2049, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(204a, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(204b, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(204c, CLASS_COUNTERS, INTEL, caps_v2, NULL);
FUNCTION(204d, CLASS_COUNTERS, INTEL, NULL, NULL);
FUNCTION(204e, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2054, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2055, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2056, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2057, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2066, CLASS_PERIPHERAL, INTEL, caps_v1, NULL);
FUNCTION(208d, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(208e, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2080, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2081, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2082, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2083, CLASS_PERIPHERAL, INTEL, NULL, regs_capid);
FUNCTION(2084, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2085, CLASS_PERIPHERAL, INTEL, NULL, NULL);
FUNCTION(2086, CLASS_PERIPHERAL, INTEL, NULL, NULL);

/* f0:17.0 has no subsystem, unlike its siblings. */
static const struct pci_desc desc_2018_bare = {
    .vendor = INTEL, .device = 0x2018, .class_code = CLASS_PERIPHERAL, .revision = REVISION};
const struct pci_described pci_part_2018_bare = {.desc = &desc_2018_bare};

static const struct pci_desc desc_2020 = {.vendor = INTEL,
                                          .device = 0x2020,
                                          .class_code = CLASS_HOST,
                                          .revision = REVISION,
                                          .subsystem_vendor = INTEL,
                                          .interrupt_pin = 1,
                                          .caps = caps_dmi};
const struct pci_described pci_part_2020 = {.desc = &desc_2020};

/* I/O xAPICs of the stacks: not in the MADT, so no operating system looks for them. */
#define IOXAPIC(id)                                              \
    static const struct pci_desc desc_##id = {                   \
        .vendor = INTEL,                                         \
        .device = 0x##id,                                        \
        .class_code = CLASS_IOAPIC,                              \
        .revision = REVISION,                                    \
        .subsystem_vendor = INTEL,                               \
        .subsystem = 0x##id,                                     \
        .bar = {[0] = {.kind = PCI_BAR_MEM32, .bytes = 0x1000}}, \
        .caps = caps_ioapic,                                     \
    };                                                           \
    const struct pci_described pci_part_##id = {.desc = &desc_##id}

IOXAPIC(2026);
IOXAPIC(2036);

#define CBDMA(name, pin)                                         \
    static const struct pci_desc desc_2021_##name = {            \
        .vendor = INTEL,                                         \
        .device = 0x2021,                                        \
        .class_code = CLASS_PERIPHERAL,                          \
        .revision = REVISION,                                    \
        .subsystem_vendor = INTEL,                               \
        .interrupt_pin = (pin),                                  \
        .bar = {[0] = {.kind = PCI_BAR_MEM64, .bytes = 0x4000}}, \
        .caps = caps_cbdma,                                      \
    };                                                           \
    const struct pci_described pci_part_2021_##name = {.desc = &desc_2021_##name}

CBDMA(a, 1);
CBDMA(b, 2);
CBDMA(c, 3);
CBDMA(d, 4);

#define ROOT_PORT(name, id, cap_list)            \
    static const struct pci_desc desc_##name = { \
        .vendor = INTEL,                         \
        .device = (id),                          \
        .class_code = CLASS_BRIDGE,              \
        .revision = REVISION,                    \
        .is_bridge = true,                       \
        .interrupt_pin = 1,                      \
        .caps = (cap_list),                      \
    };                                           \
    const struct pci_described pci_part_##name = {.desc = &desc_##name}

ROOT_PORT(2030_x4, 0x2030, caps_port_lan);
ROOT_PORT(2030_x16, 0x2030, caps_port_gpu);
ROOT_PORT(2032, 0x2032, caps_port_tb0);
ROOT_PORT(2033, 0x2033, caps_port_tb1);
