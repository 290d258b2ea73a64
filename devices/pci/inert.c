/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions without a model.
 *
 * Modelled: configuration space with everything of the description, BAR placement, power states,
 * function-level reset; storage for the description's extra registers. The xHCI variant also
 * answers capability and operational registers: halted, no ports.
 * Not modelled: whatever the functions do. Accesses to their BARs are traced as unimplemented and
 * read 0.
 * Chosen: 0 rather than all ones, because a driver that finds all ones believes that the device was
 * unplugged and says so, and one that finds 0 stops at its first identification register.
 * docs/hardware/pci-inert.md lists who reads what.
 * Source for the xHCI registers: eXtensible Host Controller Interface 1.1, 5.3, 5.4.
 */
#include "devices/pci/inert.h"

#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define TOLM_OFFSET      0xd0u
#define TOHM_LOW_OFFSET  0xd4u
#define TOHM_HIGH_OFFSET 0xd8u

struct pci_inert {
    struct pci_fn fn;
};

struct pci_inert_xhci {
    struct pci_fn fn;
    uint32_t usbcmd;
    uint32_t dnctrl;
    uint64_t crcr;
    uint64_t dcbaap;
    uint32_t config;
};

static void inert_reset(struct device *device, enum reset_kind kind)
{
    pci_fn_reset((struct pci_fn *)(void *)device, kind);
}

static int inert_loaded(struct device *device, struct error *err)
{
    return pci_fn_loaded((struct pci_fn *)(void *)device, err);
}

static void inert_fini(struct device *device)
{
    pci_fn_fini((struct pci_fn *)(void *)device);
}

/* ---- Plain ---- */

static const struct pci_cap default_caps[] = {
    {.kind = PCI_CAP_PM, .offset = 0x40, .pm = {.version = 3, .pmc = PCI_PM_CAP_D1}},
    {.kind = PCI_CAP_MSI,
     .offset = 0x50,
     .msi = {.log2_vectors = 2, .is_64 = true, .has_mask = true}},
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x70,
     .express = {.type = PCI_EXPRESS_ENDPOINT, .version = 2, .devcap = PCI_EXP_DEVCAP_FLR}},
    {.kind = PCI_CAP_MSIX,
     .offset = 0xb0,
     .msix = {.vectors = 4, .table_bar = 0, .pba_bar = 0, .pba = 0x800}},
    {.kind = PCI_CAP_AER, .offset = 0x100, .aer = {.control = 0xa0}},
    {.kind = PCI_CAP_REBAR, .offset = 0x140, .rebar = {.bar = {2}, .sizes = {0x7}}},
    {.kind = PCI_CAP_END},
};
static const struct pci_desc default_desc = {
    .vendor = 0x8086,
    .device = 0x2021,
    .class_code = 0x088000,
    .interrupt_pin = 1,
    .bar = {[0] = {.kind = PCI_BAR_MEM32, .bytes = 0x1000},
            [1] = {.kind = PCI_BAR_IO, .bytes = 0x20},
            [2] = {.kind = PCI_BAR_MEM64, .is_prefetchable = true, .bytes = 0x100000}},
    .rom_bytes = 0x800,
    .caps = default_caps,
};
static const struct pci_described default_part = {.desc = &default_desc};

static int inert_init(struct device *device, const void *config, struct error *err)
{
    const struct pci_described *part = pci_part(config);

    return pci_fn_init_described((struct pci_fn *)(void *)device,
                                 part != NULL ? part : &default_part, config, err);
}

static const struct snap_field inert_state[] = {PCI_FN_STATE, SNAP_END};
static const struct trace_desc *const inert_events[] = {PCI_FN_EVENTS, NULL};

const struct device_class pci_inert_class = {
    .name = "pci_inert",
    .size = sizeof(struct pci_inert),
    .version = 1,
    .state = inert_state,
    .events = inert_events,
    .init = inert_init,
    .reset = inert_reset,
    .loaded = inert_loaded,
    .fini = inert_fini,
};

/* ---- xHCI ---- */

#define XHCI_CAPLENGTH        UINT32_C(0x80)
#define XHCI_VERSION          UINT32_C(0x0110)
#define XHCI_MAX_SLOTS        UINT32_C(0x20)
#define XHCI_MAX_INTERRUPTERS UINT32_C(8)
#define XHCI_DBOFF            UINT32_C(0x3000)
#define XHCI_RTSOFF           UINT32_C(0x2000)
#define XHCI_BANK_BYTES       0x500u
#define XHCI_USBCMD_RW \
    UINT32_C(0x00000c0c) /* INTE, HSEE, EWE, EU3S; RS and HCRST read 0: nothing ever runs */
#define XHCI_USBSTS_HCH UINT32_C(1)
#define XHCI_PAGE_4K    UINT32_C(1)

static uint64_t xhci_caplength(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return XHCI_CAPLENGTH | XHCI_VERSION << 16;
}

static uint64_t xhci_hcsparams1(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return XHCI_MAX_SLOTS | XHCI_MAX_INTERRUPTERS << 8;
}

/* HCSPARAMS2, 3, HCCPARAMS1, 2: no scratchpads, no latencies, no extended capabilities (pointer
 * 0), 32-bit contexts. */
static uint64_t xhci_zero(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static uint64_t xhci_dboff(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return XHCI_DBOFF;
}

static uint64_t xhci_rtsoff(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return XHCI_RTSOFF;
}

static uint64_t xhci_usbsts(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return XHCI_USBSTS_HCH;
}

static uint64_t xhci_pagesize(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return XHCI_PAGE_4K;
}

static void xhci_usbcmd_write(struct device *device, const struct reg_write *write)
{
    if ((write->written & 1) != 0) {
        device_unimplemented(device, "xHCI started, but it has no model", write->written, 0);
    }
}

static const struct reg xhci_regs[] = {
    {.name = "CAPLENGTH", .offset = 0x00, .size = 4, REG_UNBACKED, .get = xhci_caplength},
    {.name = "HCSPARAMS1", .offset = 0x04, .size = 4, REG_UNBACKED, .get = xhci_hcsparams1},
    {.name = "HCSPARAMS2", .offset = 0x08, .size = 4, REG_UNBACKED, .get = xhci_zero},
    {.name = "HCSPARAMS3", .offset = 0x0c, .size = 4, REG_UNBACKED, .get = xhci_zero},
    {.name = "HCCPARAMS1", .offset = 0x10, .size = 4, REG_UNBACKED, .get = xhci_zero},
    {.name = "DBOFF", .offset = 0x14, .size = 4, REG_UNBACKED, .get = xhci_dboff},
    {.name = "RTSOFF", .offset = 0x18, .size = 4, REG_UNBACKED, .get = xhci_rtsoff},
    {.name = "HCCPARAMS2", .offset = 0x1c, .size = 4, REG_UNBACKED, .get = xhci_zero},
    {.name = "USBCMD",
     .offset = 0x80,
     .size = 4,
     REG_BACKED(struct pci_inert_xhci, usbcmd),
     .rw = XHCI_USBCMD_RW,
     .write = xhci_usbcmd_write},
    {.name = "USBSTS", .offset = 0x84, .size = 4, REG_UNBACKED, .get = xhci_usbsts},
    {.name = "PAGESIZE", .offset = 0x88, .size = 4, REG_UNBACKED, .get = xhci_pagesize},
    {.name = "DNCTRL",
     .offset = 0x94,
     .size = 4,
     REG_BACKED(struct pci_inert_xhci, dnctrl),
     .rw = 0xffff},
    {.name = "CRCR",
     .offset = 0x98,
     .size = 8,
     REG_BACKED(struct pci_inert_xhci, crcr),
     .rw = UINT64_C(0xffffffffffffffc7)},
    {.name = "DCBAAP",
     .offset = 0xb0,
     .size = 8,
     REG_BACKED(struct pci_inert_xhci, dcbaap),
     .rw = UINT64_C(0xffffffffffffffc0)},
    {.name = "CONFIG",
     .offset = 0xb8,
     .size = 4,
     REG_BACKED(struct pci_inert_xhci, config),
     .rw = 0xff},
    {.name = NULL},
};

const struct reg_bank pci_inert_xhci_banks[] = {
    {.name = "xhci", .regs = xhci_regs, .bytes = XHCI_BANK_BYTES, .min_access = 1, .max_access = 8},
    {.name = NULL},
};

static const struct pci_desc default_xhci_desc = {
    .vendor = 0x8086,
    .device = 0xa2af,
    .class_code = 0x0c0330,
    .interrupt_pin = 1,
    .bar = {[0] = {.kind = PCI_BAR_MEM64, .bytes = 0x10000, .bank = &pci_inert_xhci_banks[0]}},
};
static const struct pci_described default_xhci_part = {.desc = &default_xhci_desc};

static int xhci_init(struct device *device, const void *config, struct error *err)
{
    const struct pci_described *part = pci_part(config);

    return pci_fn_init_described((struct pci_fn *)(void *)device,
                                 part != NULL ? part : &default_xhci_part, config, err);
}

const struct device_class pci_inert_xhci_class = {
    .name = "pci_inert_xhci",
    .size = sizeof(struct pci_inert_xhci),
    .version = 1,
    .banks = pci_inert_xhci_banks,
    .state = inert_state,
    .events = inert_events,
    .init = xhci_init,
    .reset = inert_reset,
    .loaded = inert_loaded,
    .fini = inert_fini,
};

/* ---- Rows ---- */

struct device *pci_part_add_model(struct device *host, const struct pci_part *part,
                                  const struct device_class *class, const void *config,
                                  struct error *err)
{
    struct pci_bus *bus = part->parent != NULL ? pci_host_bus_behind(host, part->parent)
                                               : pci_host_root(host, part->root);

    BUG_ON(bus == NULL);
    return pci_add(bus, PCI_DEVFN(part->slot, part->function), part->path, class, config, err);
}

struct device *pci_part_add(struct device *host, const struct pci_part *part,
                            const struct pci_memory_layout *memory, struct error *err)
{
    const struct pci_preset layout[] = {
        {.offset = TOLM_OFFSET, .size = 4, .value = (uint32_t)memory->tolm},
        {.offset = TOHM_LOW_OFFSET, .size = 4, .value = (uint32_t)memory->tohm},
        {.offset = TOHM_HIGH_OFFSET, .size = 4, .value = (uint32_t)(memory->tohm >> 32)},
    };
    struct pci_described own = *part->part;

    if (part->has_memory_layout) {
        own.presets = layout;
        own.preset_count = ARRAY_LEN(layout);
    }
    return pci_part_add_model(host, part, part->class, &own, err);
}
