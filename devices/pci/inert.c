/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions without a model.
 *
 * Modelled: configuration space with everything of the description, BAR placement, power states,
 * function-level reset; storage for the description's extra registers.
 * Not modelled: whatever the functions do. Accesses to their BARs are traced as unimplemented and
 * read 0.
 * Chosen: 0 rather than all ones, because a driver that finds all ones believes that the device was
 * unplugged and says so, and one that finds 0 stops at its first identification register.
 * docs/hardware/pci-inert.md lists who reads what.
 */
#include "devices/pci/inert.h"

#include "emu/base/bug.h"

struct pci_inert {
    struct pci_fn fn;
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

/* ---- The class ---- */

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

struct device *pci_part_add(struct device *host, const struct pci_part *part, struct error *err)
{
    return pci_part_add_model(host, part, part->class, part->part, err);
}
