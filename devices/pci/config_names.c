/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of configuration registers for the trace, and the check of descriptions. */
#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"

struct header_name {
    uint8_t offset;
    uint8_t bytes;
    const char *name;
};

static const struct header_name common_names[] = {
    {0x00, 2, "VENDOR_ID"}, {0x02, 2, "DEVICE_ID"}, {0x04, 2, "COMMAND"},   {0x06, 2, "STATUS"},
    {0x08, 1, "REVISION"},  {0x09, 3, "CLASS"},     {0x0c, 1, "CACHELINE"}, {0x0d, 1, "LATENCY"},
    {0x0e, 1, "HEADER"},    {0x0f, 1, "BIST"},      {0x10, 4, "BAR0"},      {0x14, 4, "BAR1"},
    {0x34, 1, "CAPLIST"},   {0x3c, 1, "INT_LINE"},  {0x3d, 1, "INT_PIN"},
};
static const struct header_name endpoint_names[] = {
    {0x18, 4, "BAR2"},    {0x1c, 4, "BAR3"},      {0x20, 4, "BAR4"},  {0x24, 4, "BAR5"},
    {0x28, 4, "CIS"},     {0x2c, 2, "SUBVENDOR"}, {0x2e, 2, "SUBID"}, {0x30, 4, "ROM"},
    {0x3e, 1, "MIN_GNT"}, {0x3f, 1, "MAX_LAT"},
};
static const struct header_name bridge_names[] = {
    {0x18, 1, "PRIMARY"},       {0x19, 1, "SECONDARY"},  {0x1a, 1, "SUBORDINATE"},
    {0x1b, 1, "SEC_LATENCY"},   {0x1c, 1, "IO_BASE"},    {0x1d, 1, "IO_LIMIT"},
    {0x1e, 2, "SEC_STATUS"},    {0x20, 2, "MEM_BASE"},   {0x22, 2, "MEM_LIMIT"},
    {0x24, 2, "PREF_BASE"},     {0x26, 2, "PREF_LIMIT"}, {0x28, 4, "PREF_BASE_HI"},
    {0x2c, 4, "PREF_LIMIT_HI"}, {0x30, 2, "IO_BASE_HI"}, {0x32, 2, "IO_LIMIT_HI"},
    {0x38, 4, "ROM"},           {0x3e, 2, "BRIDGE_CTL"},
};

static const char *find(const struct header_name *names, size_t count, unsigned offset)
{
    for (size_t i = 0; i < count; i++) {
        if (offset >= names[i].offset && offset < (unsigned)names[i].offset + names[i].bytes)
            return names[i].name;
    }
    return NULL;
}

static const char *reg_name(const struct pci_fn *fn, unsigned offset)
{
    for (const struct pci_reg *reg = fn->desc->regs; reg != NULL && reg->name != NULL; reg++) {
        for (unsigned i = 0; i < (reg->count > 1 ? reg->count : 1u); i++) {
            unsigned start = reg->offset + i * reg->stride;

            if (offset >= start && offset < start + reg->size) return reg->name;
        }
    }
    return NULL;
}

const char *pci_config_name(const struct pci_fn *fn, unsigned offset)
{
    const char *name = find(common_names, ARRAY_LEN(common_names), offset);

    if (name == NULL && fn->desc->is_bridge) {
        name = find(bridge_names, ARRAY_LEN(bridge_names), offset);
    } else if (name == NULL) {
        name = find(endpoint_names, ARRAY_LEN(endpoint_names), offset);
    }
    if (name == NULL) {
        name = pci_caps_name(fn, offset);
    }
    if (name == NULL) {
        name = reg_name(fn, offset);
    }
    return name != NULL ? name : "none";
}

/* ---- All of them ---- */

bool pci_is_fn(const struct device *device)
{
    const struct trace_desc *const *events = device->class->events;

    for (size_t i = 0; events != NULL && events[i] != NULL; i++) {
        if (events[i] == &pci_trace_config_read) return true;
    }
    return false;
}

struct listing {
    const struct pci_fn *fn;
    void (*found)(void *ctx, const struct pci_config_register *reg);
    void *ctx;
};

static void list_reg(const struct listing *listing, const char *name, unsigned offset,
                     unsigned bytes)
{
    const struct pci_masks *masks = listing->fn->masks;
    struct pci_config_register reg = {
        .name = name, .offset = (uint16_t)offset, .size = (uint8_t)bytes, .count = 1};

    /* Long ones, of capabilities, are stretches of double words. */
    if (bytes > sizeof(reg.writable)) {
        reg.size = 4;
        reg.stride = 4;
        reg.count = (uint8_t)(bytes / 4);
    }
    for (unsigned i = 0; i < reg.size; i++) {
        uint8_t bits = masks->rw[offset + i] | masks->w1c[offset + i];

        reg.writable |= (uint64_t)bits << (8 * i);
    }
    listing->found(listing->ctx, &reg);
}

static void list_header(const struct listing *listing, const struct header_name *names,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list_reg(listing, names[i].name, names[i].offset, names[i].bytes);
    }
}

static void list_cap(const struct listing *listing, const struct pci_cap *cap)
{
    const struct pci_cap_info *info = pci_cap_info(cap);
    unsigned bytes = pci_cap_bytes(listing->fn->desc, cap);

    list_reg(listing, "CAP_HEADER", cap->offset, info->is_extended ? 4 : 2);
    for (const struct pci_cap_reg *reg = info->regs; reg->name != NULL; reg++) {
        if (reg->offset >= bytes) continue;
        list_reg(listing, reg->name, cap->offset + reg->offset,
                 (unsigned)min_u64(reg->size, bytes - reg->offset));
    }
}

static void list_own(const struct listing *listing, const struct pci_reg *own)
{
    const struct pci_config_register reg = {
        .name = own->name,
        .offset = own->offset,
        .size = own->size,
        .count = own->count > 1 ? own->count : 1,
        .stride = own->stride,
        .writable = own->rw | own->w1c,
    };

    listing->found(listing->ctx, &reg);
}

void pci_config_list(const struct pci_fn *fn,
                     void (*found)(void *ctx, const struct pci_config_register *reg), void *ctx)
{
    const struct listing listing = {.fn = fn, .found = found, .ctx = ctx};

    list_header(&listing, common_names, ARRAY_LEN(common_names));
    if (fn->desc->is_bridge) {
        list_header(&listing, bridge_names, ARRAY_LEN(bridge_names));
    } else {
        list_header(&listing, endpoint_names, ARRAY_LEN(endpoint_names));
    }
    for (const struct pci_cap *cap = fn->desc->caps; cap != NULL && cap->kind != PCI_CAP_END;
         cap++) {
        list_cap(&listing, cap);
    }
    for (const struct pci_reg *reg = fn->desc->regs; reg != NULL && reg->name != NULL; reg++) {
        list_own(&listing, reg);
    }
}

/* ---- Descriptions ---- */

static const char *check_bars(const struct pci_desc *desc)
{
    for (unsigned i = 0; i < PCI_BARS_MAX; i++) {
        const struct pci_bar_desc *bar = &desc->bar[i];

        if (bar->kind == PCI_BAR_NONE) continue;
        if (!is_power_of_two(bar->bytes)) return "BAR size is no power of two";
        if (bar->kind == PCI_BAR_IO ? bar->bytes < 4 || bar->bytes > 256 : bar->bytes < 16)
            return "BAR size";
        if (bar->kind == PCI_BAR_MEM32 && bar->bytes > UINT64_C(0x80000000)) return "BAR size";
        if (desc->is_bridge && i + (bar->kind == PCI_BAR_MEM64) > 1) return "a bridge has two BARs";
        if (bar->kind != PCI_BAR_MEM64) continue;
        if (i + 1 >= PCI_BARS_MAX || desc->bar[i + 1].kind != PCI_BAR_NONE)
            return "64-bit BAR without its pair";
    }
    if (desc->rom_bytes != 0 && (!is_power_of_two(desc->rom_bytes) || desc->rom_bytes < 0x800))
        return "ROM size";
    return NULL;
}

static const char *check_msix(const struct pci_desc *desc, const struct pci_cap_msix *msix)
{
    const struct pci_bar_desc *table;
    const struct pci_bar_desc *pba;

    if (msix->vectors == 0 || msix->vectors > PCI_VECTORS_MAX) return "MSI-X vectors";
    if (msix->table_bar >= PCI_BARS_MAX || msix->pba_bar >= PCI_BARS_MAX) return "MSI-X BAR";
    table = &desc->bar[msix->table_bar];
    pba = &desc->bar[msix->pba_bar];
    if ((msix->table & 7) != 0 || (msix->pba & 7) != 0) return "MSI-X alignment";
    if (table->kind == PCI_BAR_NONE ||
        msix->table + (uint64_t)msix->vectors * PCI_MSIX_ENTRY_BYTES > table->bytes) {
        return "MSI-X table outside of its BAR";
    }
    if (pba->kind == PCI_BAR_NONE || msix->pba + align_up(msix->vectors, 64) / 8 > pba->bytes) {
        return "MSI-X pending bits outside of their BAR";
    }
    return NULL;
}

static const char *check_cap(const struct pci_desc *desc, const struct pci_cap *cap)
{
    bool is_extended = pci_cap_info(cap)->is_extended;
    unsigned end = cap->offset + pci_cap_bytes(desc, cap);

    if ((cap->offset & 3) != 0) return "capability alignment";
    if (is_extended ? cap->offset < 0x100 || end > 0x1000 : cap->offset < 0x40 || end > 0x100) {
        return "capability outside of its space";
    }
    for (const struct pci_cap *other = desc->caps; other != cap; other++) {
        if (cap->offset < other->offset + pci_cap_bytes(desc, other) && other->offset < end) {
            return "capabilities overlap";
        }
    }
    return cap->kind == PCI_CAP_MSIX ? check_msix(desc, &cap->msix) : NULL;
}

const char *pci_desc_check(const struct pci_desc *desc)
{
    const char *problem = check_bars(desc);
    bool is_first = true;

    if (desc->interrupt_pin > 4) return "interrupt pin";
    for (const struct pci_cap *cap = desc->caps;
         cap != NULL && cap->kind != PCI_CAP_END && problem == NULL; cap++) {
        problem = check_cap(desc, cap);
        if (problem == NULL && pci_cap_info(cap)->is_extended && is_first) {
            problem = cap->offset != 0x100 ? "first extended capability is not at 0x100" : NULL;
            is_first = false;
        }
    }
    for (const struct pci_reg *reg = desc->regs;
         reg != NULL && reg->name != NULL && problem == NULL; reg++) {
        unsigned count = reg->count > 1 ? reg->count : 1u;

        if (reg->offset < 0x40 || (reg->offset & (reg->size - 1u)) != 0)
            problem = "register placement";
        if (reg->offset + (count - 1) * reg->stride + reg->size > PCI_CONFIG_BYTES)
            problem = "register placement";
        if ((reg->rw & reg->w1c) != 0) problem = "a bit is both rw and w1c";
    }
    return problem;
}
