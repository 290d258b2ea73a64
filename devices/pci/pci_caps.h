/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capabilities as data. A description lists them in the order of the chain that software walks;
 * standard ones (offset below 0x100) are chained from 0x34, extended ones from 0x100, where the
 * first extended one must stand. caps.c turns the list into configuration space; msi.c and caps.c
 * do what they do. Values are raw register contents, as `lspci -vvv` of the real part decodes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum pci_cap_kind {
    PCI_CAP_END,
    /* standard */
    PCI_CAP_PM,
    PCI_CAP_MSI,
    PCI_CAP_MSIX,
    PCI_CAP_EXPRESS,
    PCI_CAP_VENDOR,
    PCI_CAP_SUBSYSTEM, /* of a bridge */
    /* extended */
    PCI_CAP_NULL, /* identity 0 with a next pointer: a capability that firmware has switched off */
    PCI_CAP_AER,
    PCI_CAP_VC,
    PCI_CAP_SERIAL,
    PCI_CAP_POWER_BUDGET,
    PCI_CAP_VSEC,
    PCI_CAP_ACS,
    PCI_CAP_ATS,
    PCI_CAP_PRI,
    PCI_CAP_PASID,
    PCI_CAP_REBAR,
    PCI_CAP_LTR,
    PCI_CAP_SECONDARY,
    PCI_CAP_L1SS,
};

/* Device/port type, PCI_EXP_FLAGS bits 7:4 */
enum pci_express_type {
    PCI_EXPRESS_ENDPOINT = 0,
    PCI_EXPRESS_LEGACY = 1,
    PCI_EXPRESS_ROOT_PORT = 4,
    PCI_EXPRESS_UPSTREAM = 5,
    PCI_EXPRESS_DOWNSTREAM = 6,
    PCI_EXPRESS_INTEGRATED = 9, /* root complex integrated endpoint: no link registers */
};

struct pci_cap_pm {
    uint16_t pmc; /* PMC register without the version: PME support, D1, D2, aux current */
    uint8_t version;
    bool no_soft_reset; /* keeps its configuration from D3hot to D0 */
};

struct pci_cap_msi {
    uint8_t log2_vectors; /* 0..5 */
    bool is_64;
    bool has_mask;
};

struct pci_cap_msix {
    uint16_t vectors; /* 1..PCI_VECTORS_MAX */
    uint8_t table_bar;
    uint8_t pba_bar;
    uint32_t table; /* offsets in the BAR, multiples of 8 */
    uint32_t pba;
};

struct pci_cap_express {
    enum pci_express_type type;
    uint8_t version; /* 1 or 2 */
    bool has_slot;
    bool has_aux_power; /* DEVSTA says that auxiliary power is there */
    uint32_t devcap;
    uint16_t devctl; /* reset value */
    uint32_t lnkcap;
    /* after training; data-link-active and presence follow from the tree where the port reports
     * them */
    uint16_t lnksta;
    uint32_t sltcap;
    uint16_t rtcap;
    uint32_t devcap2;
    uint32_t lnkcap2;
    uint16_t lnkctl2;
    uint16_t lnksta2;
};

struct pci_cap_vendor {
    uint8_t bytes; /* length of the whole capability */
};

struct pci_cap_subsystem {
    uint16_t vendor;
    uint16_t id;
};

struct pci_cap_aer {
    bool is_root;      /* root port: command, status and source registers too */
    uint32_t severity; /* reset value */
    uint16_t control;  /* ECRC capability bits */
};

struct pci_cap_vsec {
    uint16_t id;
    uint8_t revision;
    uint16_t bytes;
};

struct pci_cap_acs {
    uint16_t bits; /* what can be switched */
};

struct pci_cap_pri {
    uint32_t capacity;
};

struct pci_cap_pasid {
    uint16_t bits;
};

/* One or two resizable BARs: bit n of sizes = 2^(n + 20) bytes. */
struct pci_cap_rebar {
    uint8_t bar[2];
    uint32_t sizes[2]; /* [1] = 0: only one */
};

struct pci_cap_vc {
    uint8_t extra; /* virtual channels beyond VC0 */
};

struct pci_cap_l1ss {
    uint32_t capabilities;
};

struct pci_cap {
    enum pci_cap_kind kind;
    uint16_t offset;
    uint8_t version; /* extended capabilities: 0 = 1 */
    union {
        struct pci_cap_pm pm;
        struct pci_cap_msi msi;
        struct pci_cap_msix msix;
        struct pci_cap_express express;
        struct pci_cap_vendor vendor;
        struct pci_cap_subsystem subsystem;
        struct pci_cap_aer aer;
        struct pci_cap_vsec vsec;
        struct pci_cap_acs acs;
        struct pci_cap_pri pri;
        struct pci_cap_pasid pasid;
        struct pci_cap_rebar rebar;
        struct pci_cap_vc vc;
        struct pci_cap_l1ss l1ss;
    };
};

/* Fields of PCI_EXP_LNKCAP and _LNKSTA. speed: 1 = 2.5, 2 = 5, 3 = 8 GT/s */
#define PCI_LNKCAP(speed, width, port) \
    ((uint32_t)(speed) | (uint32_t)(width) << 4 | (uint32_t)(port) << 24)
#define PCI_LNKCAP_ASPM_L0S      UINT32_C(0x00000400)
#define PCI_LNKCAP_ASPM_L1       UINT32_C(0x00000800)
#define PCI_LNKCAP_L0S_EXIT(n)   ((uint32_t)(n) << 12)
#define PCI_LNKCAP_L1_EXIT(n)    ((uint32_t)(n) << 15)
#define PCI_LNKCAP_CLOCK_PM      UINT32_C(0x00040000)
#define PCI_LNKCAP_SURPRISE      UINT32_C(0x00080000)
#define PCI_LNKCAP_DL_REPORT     UINT32_C(0x00100000)
#define PCI_LNKCAP_BW_NOTIFY     UINT32_C(0x00200000)
#define PCI_LNKCAP_ASPM_OPT      UINT32_C(0x00400000)
#define PCI_LNKSTA(speed, width) ((uint16_t)((speed) | (width) << 4))
#define PCI_LNKSTA_SLOT_CLOCK    UINT16_C(0x1000)
#define PCI_LNKCAP2_GEN1         UINT32_C(0x02)
#define PCI_LNKCAP2_GEN2         UINT32_C(0x06)
#define PCI_LNKCAP2_GEN3         UINT32_C(0x0e)
#define PCI_LNKSTA2_EQUALIZED    UINT16_C(0x001e) /* all four equalization flags */
#define PCI_LNKSTA2_DEEMPH_3_5   UINT16_C(0x0001)
/* Fields of PCI_EXP_DEVCAP: payload 0 = 128, 1 = 256, 2 = 512 bytes */
#define PCI_DEVCAP_PAYLOAD(n)   ((uint32_t)(n))
#define PCI_DEVCAP_EXT_TAG      UINT32_C(0x20)
#define PCI_DEVCAP_L0S(n)       ((uint32_t)(n) << 6)
#define PCI_DEVCAP_L1(n)        ((uint32_t)(n) << 9)
#define PCI_DEVCAP_RBE          UINT32_C(0x8000)
#define PCI_DEVCAP_POWER(value) ((uint32_t)(value) << 18) /* slot power limit in watts */
/* Reset value of PCI_EXP_DEVCTL of endpoints and switch ports: relaxed ordering, no snoop,
 * 512-byte reads; extended tags */
#define PCI_DEVCTL_ENDPOINT UINT16_C(0x2810)
#define PCI_DEVCTL_EXT_TAG  UINT16_C(0x0100)
/* Fields of PCI_EXP_SLTCAP */
#define PCI_SLTCAP_HOTPLUG        UINT32_C(0x60) /* surprise, capable */
#define PCI_SLTCAP_NO_COMPLETED   UINT32_C(0x40000)
#define PCI_SLTCAP(number, watts) ((uint32_t)(number) << 19 | (uint32_t)(watts) << 7)
