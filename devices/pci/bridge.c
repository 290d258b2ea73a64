/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI-to-PCI bridge: the type 1 header and what it does. Used for root ports, switch upstream and
 * downstream ports alike; the capabilities in the description make the difference.
 *
 * Modelled: bus numbers; memory, prefetchable (64-bit) and I/O (16-bit) windows, ISA Enable;
 * secondary bus reset; link disable; D3hot (nothing passes); Received Master Abort in the secondary
 * status; Bus Master Enable gates DMA and messages from below.
 * Not modelled: VGA decoding (the bits are stored: nothing below has legacy VGA ports); error
 * forwarding; the discard timers of conventional PCI (read-only 0 as on PCI Express).
 * Chosen: windows are closed after reset (base above limit), as on Intel root ports; the
 * specification leaves it open.
 * Sources: PCI-to-PCI Bridge 1.2, 3.2.5, 4; PCI Express Base 3.1, 7.5.3.
 */
#include "devices/pci/bridge.h"

#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define WINDOW_MASK      0xfff0u
#define IO_WINDOW_MASK   0xf0u
#define WINDOW_CLOSED    0xfff0u
#define IO_WINDOW_CLOSED 0xf0u
#define CONTROL_BITS                                                                         \
    (PCI_BRIDGE_CTL_PARITY | PCI_BRIDGE_CTL_SERR | PCI_BRIDGE_CTL_ISA | PCI_BRIDGE_CTL_VGA | \
     PCI_BRIDGE_CTL_VGA_16BIT | PCI_BRIDGE_CTL_BUS_RESET)
#define ISA_BLOCK \
    UINT64_C(0x400) /* of each KiB, ISA Enable leaves the first 256 bytes to the bridge */
#define ISA_ALLOWED UINT64_C(0x100)

static const struct trace_desc desc_bus_reset = {.name = "pci_bus_reset", .fields = {"secondary"}};

unsigned pci_bridge_secondary(const struct pci_bridge *bridge)
{
    return pci_config_get(&bridge->fn, PCI_SECONDARY_BUS, 1);
}

unsigned pci_bridge_subordinate(const struct pci_bridge *bridge)
{
    return pci_config_get(&bridge->fn, PCI_SUBORDINATE_BUS, 1);
}

void pci_bridge_header_build(struct pci_fn *fn)
{
    pci_build_mask(fn, PCI_RW, PCI_PRIMARY_BUS, 1, 0xff);
    pci_build_mask(fn, PCI_RW, PCI_SECONDARY_BUS, 1, 0xff);
    pci_build_mask(fn, PCI_RW, PCI_SUBORDINATE_BUS, 1, 0xff);
    pci_build_mask(fn, PCI_RW, PCI_IO_BASE, 1, IO_WINDOW_MASK);
    pci_build_mask(fn, PCI_RW, PCI_IO_LIMIT, 1, IO_WINDOW_MASK);
    pci_build_mask(fn, PCI_W1C, PCI_SEC_STATUS, 2, PCI_STATUS_ERRORS);
    pci_build_mask(fn, PCI_HW, PCI_SEC_STATUS, 2, PCI_STATUS_REC_MASTER_ABORT);
    pci_build_mask(fn, PCI_RW, PCI_MEMORY_BASE, 2, WINDOW_MASK);
    pci_build_mask(fn, PCI_RW, PCI_MEMORY_LIMIT, 2, WINDOW_MASK);
    pci_build_mask(fn, PCI_RW, PCI_PREF_MEMORY_BASE, 2, WINDOW_MASK);
    pci_build_mask(fn, PCI_RW, PCI_PREF_MEMORY_LIMIT, 2, WINDOW_MASK);
    pci_build_mask(fn, PCI_RW, PCI_PREF_BASE_UPPER32, 4, UINT32_MAX);
    pci_build_mask(fn, PCI_RW, PCI_PREF_LIMIT_UPPER32, 4, UINT32_MAX);
    pci_build_mask(fn, PCI_RW, PCI_BRIDGE_CONTROL, 2, CONTROL_BITS);
    pci_build(fn, PCI_IO_BASE, 1, IO_WINDOW_CLOSED);
    pci_build(fn, PCI_MEMORY_BASE, 2, WINDOW_CLOSED);
    pci_build(fn, PCI_PREF_MEMORY_BASE, 2, WINDOW_CLOSED | PCI_PREF_RANGE_TYPE_64);
    pci_build(fn, PCI_PREF_MEMORY_LIMIT, 2, PCI_PREF_RANGE_TYPE_64);
}

bool pci_bridge_is_open(const struct pci_bridge *bridge)
{
    const struct pci_fn *fn = &bridge->fn;

    if (pci_power_state(fn) != PCI_PM_STATE_D0) return false;
    if ((pci_config_get(fn, PCI_BRIDGE_CONTROL, 2) & PCI_BRIDGE_CTL_BUS_RESET) != 0) return false;
    if (fn->cap_express == 0) return true;
    return (pci_config_get(fn, fn->cap_express + PCI_EXP_LNKCTL, 2) & PCI_EXP_LNKCTL_LD) == 0;
}

static bool is_inside(uint64_t base, uint64_t bytes, uint64_t window_base, uint64_t window_limit)
{
    return window_base <= window_limit && base >= window_base && base + (bytes - 1) <= window_limit;
}

static bool forwards_io(const struct pci_fn *fn, uint64_t base, uint64_t bytes)
{
    uint64_t window_base = (uint64_t)(pci_config_get(fn, PCI_IO_BASE, 1) & IO_WINDOW_MASK) << 8;
    uint64_t window_limit =
        (uint64_t)(pci_config_get(fn, PCI_IO_LIMIT, 1) & IO_WINDOW_MASK) << 8 | 0xfff;

    if ((pci_config_get(fn, PCI_COMMAND, 2) & PCI_COMMAND_IO) == 0) return false;
    if ((pci_config_get(fn, PCI_BRIDGE_CONTROL, 2) & PCI_BRIDGE_CTL_ISA) != 0 &&
        (base & (ISA_BLOCK - 1)) + bytes > ISA_ALLOWED) {
        return false;
    }
    return is_inside(base, bytes, window_base, window_limit);
}

static bool forwards_memory(const struct pci_fn *fn, uint64_t base, uint64_t bytes)
{
    uint64_t memory_base = (uint64_t)(pci_config_get(fn, PCI_MEMORY_BASE, 2) & WINDOW_MASK) << 16;
    uint64_t memory_limit =
        (uint64_t)(pci_config_get(fn, PCI_MEMORY_LIMIT, 2) & WINDOW_MASK) << 16 | 0xfffff;
    uint64_t pref_base = (uint64_t)(pci_config_get(fn, PCI_PREF_MEMORY_BASE, 2) & WINDOW_MASK)
                             << 16 |
                         (uint64_t)pci_config_get(fn, PCI_PREF_BASE_UPPER32, 4) << 32;
    uint64_t pref_limit = (uint64_t)(pci_config_get(fn, PCI_PREF_MEMORY_LIMIT, 2) & WINDOW_MASK)
                              << 16 |
                          0xfffff | (uint64_t)pci_config_get(fn, PCI_PREF_LIMIT_UPPER32, 4) << 32;

    if ((pci_config_get(fn, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY) == 0) return false;
    return is_inside(base, bytes, memory_base, memory_limit) ||
           is_inside(base, bytes, pref_base, pref_limit);
}

bool pci_bridge_forwards(const struct pci_bridge *bridge, bool is_io, uint64_t base, uint64_t bytes)
{
    if (!pci_bridge_is_open(bridge)) return false;
    return is_io ? forwards_io(&bridge->fn, base, bytes)
                 : forwards_memory(&bridge->fn, base, bytes);
}

/* Deep, but bounded: the tree is as deep as the parts list made it. */
void pci_bus_reset(struct pci_bus *bus)
{
    for (unsigned i = 0; i < ARRAY_LEN(bus->fn); i++) {
        struct pci_fn *fn = bus->fn[i];

        if (fn == NULL) continue;
        if (fn->as_bridge != NULL) {
            pci_bus_reset(&fn->as_bridge->secondary);
        }
        device_reset(&fn->device, RESET_BUS);
    }
}

void pci_bridge_written(struct pci_bridge *bridge, const struct pci_write *write)
{
    struct pci_fn *fn = &bridge->fn;
    struct trace *trace = fn->device.env.trace;
    uint32_t old;
    uint64_t previous;

    if (!pci_touches(write, PCI_BRIDGE_CONTROL, 2)) return;
    old = pci_old(fn, write, PCI_BRIDGE_CONTROL, 2);
    if ((old & PCI_BRIDGE_CTL_BUS_RESET) != 0) return;
    if ((pci_config_get(fn, PCI_BRIDGE_CONTROL, 2) & PCI_BRIDGE_CTL_BUS_RESET) == 0) return;
    previous = trace_cause_begin(
        trace, TRACE(trace, &fn->device, &desc_bus_reset, pci_bridge_secondary(bridge)));
    pci_bus_reset(&bridge->secondary);
    trace_cause_end(trace, previous);
}

struct pci_bus *pci_bridge_bus(struct device *bridge)
{
    struct pci_fn *fn = (struct pci_fn *)(void *)bridge;

    BUG_ON(fn->as_bridge == NULL);
    return &fn->as_bridge->secondary;
}

/* ---- Class ---- */

static const struct pci_cap default_caps[] = {
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x40,
     .express = {.type = PCI_EXPRESS_ROOT_PORT,
                 .version = 2,
                 .has_slot = true,
                 .lnkcap = PCI_LNKCAP(3, 4, 1) | PCI_LNKCAP_DL_REPORT,
                 .lnksta = PCI_LNKSTA(3, 4),
                 .lnkcap2 = PCI_LNKCAP2_GEN3}},
    {.kind = PCI_CAP_MSI, .offset = 0x80, .msi = {.log2_vectors = 1, .has_mask = true}},
    {.kind = PCI_CAP_PM, .offset = 0xa0, .pm = {.version = 3, .no_soft_reset = true}},
    {.kind = PCI_CAP_END},
};
static const struct pci_desc default_desc = {
    .vendor = 0x8086,
    .device = 0x2030,
    .class_code = 0x060400,
    .is_bridge = true,
    .interrupt_pin = 1,
    .caps = default_caps,
};
static const struct pci_described default_part = {.desc = &default_desc};

static int bridge_init(struct device *device, const void *config, struct error *err)
{
    struct pci_bridge *bridge = (struct pci_bridge *)(void *)device;
    const struct pci_described *part = pci_part(config);

    if (part == NULL) {
        part = &default_part;
    }
    BUG_ON(!part->desc->is_bridge);
    bridge->fn.as_bridge = bridge;
    bridge->secondary.bridge = bridge;
    if (pci_fn_init_described(&bridge->fn, part, config, err) != 0) return -1;
    bridge->secondary.host = bridge->fn.bus != NULL ? bridge->fn.bus->host : NULL;
    return 0;
}

static void bridge_reset(struct device *device, enum reset_kind kind)
{
    pci_fn_reset((struct pci_fn *)(void *)device, kind);
}

static int bridge_loaded(struct device *device, struct error *err)
{
    return pci_fn_loaded((struct pci_fn *)(void *)device, err);
}

static void bridge_fini(struct device *device)
{
    struct pci_bridge *bridge = (struct pci_bridge *)(void *)device;

    BUG_ON(bridge->secondary.fn_count != 0); /* children are destroyed before their parent */
    pci_fn_fini(&bridge->fn);
}

static const struct snap_field bridge_state[] = {PCI_FN_STATE, SNAP_END};
static const struct trace_desc *const bridge_events[] = {PCI_FN_EVENTS, &desc_bus_reset, NULL};

const struct device_class pci_bridge_class = {
    .name = "pci_bridge",
    .size = sizeof(struct pci_bridge),
    .version = 1,
    .state = bridge_state,
    .events = bridge_events,
    .init = bridge_init,
    .reset = bridge_reset,
    .loaded = bridge_loaded,
    .fini = bridge_fini,
};
