/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Base address registers: their masks, where they decode, and what answers behind them.
 *
 * The mapping is recomputed as a whole whenever configuration that matters changes: first every
 * function says which ranges it wants (enabled, powered, forwarded by all bridges above); then
 * ranges are granted in creation order, and one that overlaps a granted one, or anything else in
 * the address space, is refused and traced as a guest error. So the result does not depend on the
 * order in which software wrote the registers, and a loaded snapshot maps exactly as the machine
 * that wrote it. On real hardware two functions that claim one address both answer; no software can
 * want that (PCI 3.0, 6.2.5.1).
 * Sources: PCI Local Bus 3.0, 6.2.5; PCI-to-PCI Bridge 1.2, 4.
 */
#include <string.h>

#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define BARS_TOTAL       (PCI_BARS_MAX + 1)
#define WANTED_MAX       (PCI_FNS_MAX * BARS_TOTAL)
#define PORT_SPACE_BYTES UINT64_C(0x10000)
#define ROM_BYTES_MIN    UINT32_C(0x800)
#define MEM_TYPE_BITS    UINT32_C(0xf)
#define IO_TYPE_BITS     UINT32_C(0x3)

const struct trace_desc pci_trace_bar = {.name = "pci_bar",
                                         .fields = {"bar", "base", "bytes", "mapped"}};

unsigned pci_bar_offset(const struct pci_fn *fn, unsigned bar)
{
    if (bar != PCI_ROM_BAR) return PCI_BASE_ADDRESS_0 + 4 * bar;
    return fn->desc->is_bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;
}

enum pci_bar_kind pci_bar_kind(const struct pci_fn *fn, unsigned bar)
{
    if (bar != PCI_ROM_BAR) return fn->desc->bar[bar].kind;
    return fn->desc->rom_bytes != 0 ? PCI_BAR_MEM32 : PCI_BAR_NONE;
}

/* ---- What answers ---- */

static bool in_table(const struct pci_bar *bar, uint64_t offset, bool *is_pba, uint64_t *inside)
{
    const struct pci_cap *cap = bar->fn->msix;
    uint64_t table_bytes;
    uint64_t pba_bytes;

    if (cap == NULL) return false;
    table_bytes = (uint64_t)cap->msix.vectors * PCI_MSIX_ENTRY_BYTES;
    pba_bytes = align_up(cap->msix.vectors, 64) / 8;
    if (bar->index == cap->msix.table_bar && offset - cap->msix.table < table_bytes) {
        *is_pba = false;
        *inside = offset - cap->msix.table;
        return true;
    }
    if (bar->index == cap->msix.pba_bar && offset - cap->msix.pba < pba_bytes) {
        *is_pba = true;
        *inside = offset - cap->msix.pba;
        return true;
    }
    return false;
}

static uint64_t fill_value(const struct pci_bar *bar, unsigned size)
{
    uint8_t fill = bar->index == PCI_ROM_BAR ? 0xff : bar->fn->desc->bar[bar->index].fill;

    return fill * (UINT64_C(0x0101010101010101) & bits_mask(8 * size));
}

static bool in_bank(const struct pci_bar *bar, uint64_t offset, unsigned size)
{
    const struct reg_bank *bank =
        bar->index == PCI_ROM_BAR ? NULL : bar->fn->desc->bar[bar->index].bank;

    return bank != NULL && offset < bank->bytes && size <= bank->bytes - offset;
}

static const struct pci_bar_ops *ops_of(const struct pci_bar *bar)
{
    return bar->index == PCI_ROM_BAR ? NULL : bar->fn->desc->bar[bar->index].ops;
}

static uint64_t bar_read(void *owner, uint64_t offset, unsigned size)
{
    struct pci_bar *bar = owner;
    const struct pci_bar_ops *ops = ops_of(bar);
    struct device *device = &bar->fn->device;
    uint64_t inside;
    bool is_pba;

    if (in_table(bar, offset, &is_pba, &inside))
        return pci_msix_read(bar->fn, is_pba, inside, size);
    if (ops != NULL) return ops->read(bar->fn, bar->index, offset, size);
    if (in_bank(bar, offset, size)) {
        return reg_bank_read(device, bar->fn->desc->bar[bar->index].bank, offset, size);
    }
    device_unimplemented(device, "BAR read", bar->index, offset);
    return fill_value(bar, size);
}

static void bar_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct pci_bar *bar = owner;
    const struct pci_bar_ops *ops = ops_of(bar);
    struct device *device = &bar->fn->device;
    uint64_t inside;
    bool is_pba;

    if (in_table(bar, offset, &is_pba, &inside)) {
        if (is_pba) {
            device_guest_error(device, "write to the MSI-X pending bits", offset, value);
            return;
        }
        pci_msix_write(bar->fn, inside, size, value);
    } else if (ops != NULL) {
        ops->write(bar->fn, bar->index, offset, size, value);
    } else if (in_bank(bar, offset, size)) {
        reg_bank_write(device, bar->fn->desc->bar[bar->index].bank, offset, size, value);
    } else {
        device_unimplemented(device, "BAR write", bar->index, offset);
    }
}

static uint64_t bar_peek(void *owner, uint64_t offset, unsigned size)
{
    struct pci_bar *bar = owner;
    const struct pci_bar_ops *ops = ops_of(bar);
    uint64_t inside;
    bool is_pba;

    if (in_table(bar, offset, &is_pba, &inside))
        return pci_msix_read(bar->fn, is_pba, inside, size);
    if (ops != NULL) return ops->peek(bar->fn, bar->index, offset, size);
    if (in_bank(bar, offset, size)) {
        return reg_bank_peek(&bar->fn->device, bar->fn->desc->bar[bar->index].bank, offset, size);
    }
    return fill_value(bar, size);
}

static const struct region_ops bar_region_ops = {
    .read = bar_read, .write = bar_write, .peek = bar_peek};

/* ---- Building ---- */

/* The write mask follows the present size, so that software that writes ones reads the size
 * back. */
static void build_mask(struct pci_fn *fn, unsigned index)
{
    const struct pci_bar *bar = &fn->bars[index];
    unsigned offset = pci_bar_offset(fn, index);
    uint64_t mask = ~(bar->bytes - 1);

    if (index == PCI_ROM_BAR) {
        pci_build_mask(fn, PCI_RW, offset, 4, (uint32_t)mask | PCI_ROM_ADDRESS_ENABLE);
        return;
    }
    switch (pci_bar_kind(fn, index)) {
    case PCI_BAR_NONE: break;
    case PCI_BAR_IO: pci_build_mask(fn, PCI_RW, offset, 4, (uint32_t)mask & ~IO_TYPE_BITS); break;
    case PCI_BAR_MEM32:
        pci_build_mask(fn, PCI_RW, offset, 4, (uint32_t)mask & ~MEM_TYPE_BITS);
        break;
    case PCI_BAR_MEM64:
        pci_build_mask(fn, PCI_RW, offset, 4, (uint32_t)mask & ~MEM_TYPE_BITS);
        pci_build_mask(fn, PCI_RW, offset + 4, 4, (uint32_t)(mask >> 32));
        break;
    }
}

static uint32_t type_bits(const struct pci_bar_desc *desc)
{
    uint32_t prefetch = desc->is_prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0;

    switch (desc->kind) {
    case PCI_BAR_NONE: return 0;
    case PCI_BAR_IO: return PCI_BASE_ADDRESS_SPACE_IO;
    case PCI_BAR_MEM32: return prefetch;
    case PCI_BAR_MEM64: return prefetch | PCI_BASE_ADDRESS_MEM_TYPE_64;
    }
    return 0;
}

void pci_bars_init(struct pci_fn *fn)
{
    for (unsigned i = 0; i < BARS_TOTAL; i++) {
        struct pci_bar *bar = &fn->bars[i];
        const struct pci_bar_ops *ops = NULL;
        const struct reg_bank *bank = NULL;

        bar->fn = fn;
        bar->index = (uint8_t)i;
        if (pci_bar_kind(fn, i) == PCI_BAR_NONE) continue;
        bar->bytes = i == PCI_ROM_BAR ? fn->desc->rom_bytes : fn->desc->bar[i].bytes;
        if (i != PCI_ROM_BAR) {
            ops = fn->desc->bar[i].ops;
            bank = fn->desc->bar[i].bank;
            pci_build(fn, pci_bar_offset(fn, i), 4, type_bits(&fn->desc->bar[i]));
        }
        bar->own = (struct region){
            .name = fn->device.path,
            .bytes = bar->bytes,
            .kind = REGION_MMIO,
            .ops = &bar_region_ops,
            .owner = bar,
            .min_access = ops != NULL    ? ops->min_access
                          : bank != NULL ? bank->min_access
                                         : 1,
            .max_access = ops != NULL    ? ops->max_access
                          : bank != NULL ? bank->max_access
                                         : 8,
        };
        bar->region = &bar->own;
        bar->region_bytes = UINT64_MAX;
        build_mask(fn, i);
    }
}

void pci_bar_set_region(struct pci_fn *fn, unsigned bar, struct region *region)
{
    BUG_ON(bar > PCI_ROM_BAR || pci_bar_kind(fn, bar) == PCI_BAR_NONE);
    BUG_ON(fn->bars[bar].region->is_mapped);
    fn->bars[bar].region = region;
    fn->bars[bar].region_bytes = region->bytes;
}

static struct bus *space_of(const struct pci_bar *bar)
{
    const struct device_env *env = &bar->fn->device.env;

    return pci_bar_kind(bar->fn, bar->index) == PCI_BAR_IO ? env->ports : env->memory;
}

static void unmap(struct pci_bar *bar, bool is_quiet)
{
    if (bar->region == NULL || !bar->region->is_mapped) return;
    if (!is_quiet) {
        TRACE(bar->fn->device.env.trace, &bar->fn->device, &pci_trace_bar, bar->index,
              bar->region->base, bar->region->bytes, 0);
    }
    bus_unmap(space_of(bar), bar->region);
}

/* ---- Where it is wanted ---- */

static uint64_t bar_address(const struct pci_fn *fn, const struct pci_bar *bar)
{
    unsigned offset = pci_bar_offset(fn, bar->index);
    uint64_t address = pci_config_get(fn, offset, 4);

    if (pci_bar_kind(fn, bar->index) == PCI_BAR_MEM64) {
        address |= (uint64_t)pci_config_get(fn, offset + 4, 4) << 32;
    }
    return address & ~(bar->bytes - 1);
}

static bool is_enabled(const struct pci_fn *fn, const struct pci_bar *bar)
{
    uint32_t command = pci_config_get(fn, PCI_COMMAND, 2);
    bool is_io = pci_bar_kind(fn, bar->index) == PCI_BAR_IO;

    if (pci_power_state(fn) != PCI_PM_STATE_D0) return false;
    if ((command & (is_io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)) == 0) return false;
    return bar->index != PCI_ROM_BAR ||
           (pci_config_get(fn, pci_bar_offset(fn, PCI_ROM_BAR), 4) & PCI_ROM_ADDRESS_ENABLE) != 0;
}

static bool is_forwarded(const struct pci_fn *fn, bool is_io, uint64_t address, uint64_t bytes)
{
    const struct pci_bridge *bridge = fn->bus != NULL ? fn->bus->bridge : NULL;

    while (bridge != NULL) {
        if (!pci_bridge_forwards(bridge, is_io, address, bytes)) return false;
        bridge = bridge->fn.bus != NULL ? bridge->fn.bus->bridge : NULL;
    }
    return true;
}

static bool find_wanted(const struct pci_fn *fn, const struct pci_bar *bar, uint64_t *address)
{
    bool is_io = pci_bar_kind(fn, bar->index) == PCI_BAR_IO;

    if (pci_bar_kind(fn, bar->index) == PCI_BAR_NONE || !is_enabled(fn, bar)) return false;
    *address = bar_address(fn, bar);
    if (*address + (bar->bytes - 1) < *address) return false;
    /* An I/O BAR of 0 is not assigned (PCI 3.0, 6.2.5.1); x86 has 64 KiB of ports. */
    if (is_io && (*address == 0 || *address + bar->bytes > PORT_SPACE_BYTES)) return false;
    return is_forwarded(fn, is_io, *address, bar->bytes);
}

/* Takes over the wish of one BAR; true when it differs from before. */
static bool update_wanted(struct pci_fn *fn, struct pci_bar *bar)
{
    uint64_t address = 0;
    bool is_wanted = find_wanted(fn, bar, &address);
    bool is_changed =
        is_wanted != bar->is_wanted || address != bar->address || bar->wanted_bytes != bar->bytes;

    bar->is_wanted = is_wanted;
    bar->address = address;
    bar->wanted_bytes = bar->bytes;
    return is_changed;
}

/* ---- Granting ---- */

struct plan {
    struct pci_fn **fns;
    size_t fn_count;
    bool is_quiet;
    size_t granted_count;
    struct pci_bar *granted[WANTED_MAX];
};

static bool overlaps(const struct pci_bar *a, const struct pci_bar *b)
{
    if (space_of(a) != space_of(b)) return false;
    return a->address <= b->address + (b->bytes - 1) && b->address <= a->address + (a->bytes - 1);
}

static void refuse(struct plan *plan, struct pci_bar *bar)
{
    if (!bar->is_conflict && !plan->is_quiet) {
        device_guest_error(&bar->fn->device, "BAR overlaps something else and does not decode",
                           bar->index, bar->address);
    }
    bar->is_conflict = true;
}

static void grant(struct plan *plan, struct pci_bar *bar)
{
    for (size_t i = 0; i < plan->granted_count; i++) {
        if (overlaps(plan->granted[i], bar)) {
            refuse(plan, bar);
            return;
        }
    }
    plan->granted[plan->granted_count++] = bar;
}

static bool is_granted(const struct plan *plan, const struct pci_bar *bar)
{
    for (size_t i = 0; i < plan->granted_count; i++) {
        if (plan->granted[i] == bar) return true;
    }
    return false;
}

/* Mapping cuts a region to the present size of its BAR. */
static uint64_t mapped_bytes(const struct pci_bar *bar)
{
    return min_u64(bar->bytes, bar->region_bytes);
}

static void unmap_stale(struct plan *plan, struct pci_bar *bar)
{
    const struct region *region = bar->region;

    if (region == NULL || !region->is_mapped) return;
    if (region->base == bar->address && region->bytes == mapped_bytes(bar) && is_granted(plan, bar))
        return;
    unmap(bar, plan->is_quiet);
}

static void map_granted(struct plan *plan, struct pci_bar *bar)
{
    struct device *device = &bar->fn->device;

    if (bar->region->is_mapped) {
        bar->is_conflict = false;
        return;
    }
    bar->region->bytes = mapped_bytes(bar);
    if (bus_map(space_of(bar), bar->region, bar->address, NULL) != 0) {
        refuse(plan, bar);
        return;
    }
    bar->is_conflict = false;
    if (!plan->is_quiet) {
        TRACE(device->env.trace, device, &pci_trace_bar, bar->index, bar->address, bar->bytes, 1);
    }
}

static void for_each_bar(struct plan *plan, void (*act)(struct plan *plan, struct pci_bar *bar))
{
    for (size_t i = 0; i < plan->fn_count; i++) {
        for (unsigned n = 0; n < BARS_TOTAL; n++) {
            act(plan, &plan->fns[i]->bars[n]);
        }
    }
}

static void collect(struct plan *plan, struct pci_bar *bar)
{
    (void)update_wanted(bar->fn, bar);
    if (bar->is_wanted) {
        grant(plan, bar);
    } else {
        bar->is_conflict = false;
    }
}

static void remap(struct pci_fn *fn, bool is_quiet)
{
    struct pci_fn *alone[1] = {fn};
    struct pci_host *host = fn->bus != NULL ? fn->bus->host : NULL;
    struct plan plan = {.fns = alone, .fn_count = 1, .is_quiet = is_quiet};

    if (host != NULL) {
        plan.fns = host->fns;
        plan.fn_count = host->fn_count;
    }
    for_each_bar(&plan, collect);
    for_each_bar(&plan, unmap_stale);
    for (size_t i = 0; i < plan.granted_count; i++) {
        map_granted(&plan, plan.granted[i]);
    }
}

void pci_decode_changed(struct pci_fn *fn)
{
    bool is_changed = fn->as_bridge != NULL;

    for (unsigned i = 0; i < BARS_TOTAL; i++) {
        if (update_wanted(fn, &fn->bars[i])) {
            is_changed = true;
        }
    }
    if (is_changed) {
        remap(fn, false);
    }
}

void pci_decode_reload(struct pci_fn *fn)
{
    remap(fn, true);
}

void pci_decode_drop(struct pci_fn *fn)
{
    for (unsigned i = 0; i < BARS_TOTAL; i++) {
        unmap(&fn->bars[i], true);
    }
}

void pci_decode_yield(struct pci_fn *fn, uint64_t base, uint64_t bytes)
{
    for (unsigned i = 0; i < BARS_TOTAL; i++) {
        const struct region *region = fn->bars[i].region;

        if (region == NULL || !region->is_mapped || space_of(&fn->bars[i]) != fn->device.env.memory)
            continue;
        if (region->base <= base + (bytes - 1) && base <= region->base + (region->bytes - 1)) {
            unmap(&fn->bars[i], false);
        }
    }
}

void pci_decode_settle(struct pci_fn *fn)
{
    remap(fn, false);
}

bool pci_rebar_apply(struct pci_fn *fn)
{
    const struct pci_cap *cap = pci_cap_find(fn->desc, PCI_CAP_REBAR);

    if (cap == NULL) return true;
    for (unsigned i = 0; i < 2 && cap->rebar.sizes[i] != 0; i++) {
        unsigned bar = cap->rebar.bar[i];
        uint32_t size = pci_config_get(fn, fn->cap_rebar + 8 + 8 * i, 4) >> 8 & 0x3f;

        if (size > 27 || (cap->rebar.sizes[i] >> size & 1) == 0) return false;
        fn->bars[bar].bytes = UINT64_C(1) << (size + 20);
        build_mask(fn, bar);
    }
    return true;
}
