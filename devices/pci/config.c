/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration space of one function: built from its description, accessed by byte lanes, reset,
 * checked after loading.
 *
 * Every bit has a nature: read-write, write-1-to-clear, owned by the hardware (this code or the
 * model), sticky, or constant. A write is masked by nature first; then the parts that the written
 * bytes touch act on the difference between old and new.
 * Sources: PCI Local Bus 3.0, 6.1 and 6.2; PCI-to-PCI Bridge 1.2, 3.2; PCI Express Base 3.1, 7.5.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/endian.h"

const struct trace_desc pci_trace_config_read = {.name = "pci_config_read",
                                                 .fields = {"reg:s", "offset", "size", "value"}};
const struct trace_desc pci_trace_config_write = {
    .name = "pci_config_write", .fields = {"reg:s", "offset", "written", "stored"}};

bool pci_touches(const struct pci_write *write, unsigned offset, unsigned size)
{
    return write->offset < offset + size && offset < write->offset + write->size;
}

uint32_t pci_old(const struct pci_fn *fn, const struct pci_write *write, unsigned offset,
                 unsigned size)
{
    uint8_t bytes[4];

    memcpy(bytes, fn->config + offset, size);
    for (unsigned i = 0; i < size; i++) {
        if (offset + i >= write->offset && offset + i < write->offset + write->size) {
            bytes[i] = write->old[offset + i - write->offset];
        }
    }
    return (uint32_t)le_get(bytes, size);
}

uint32_t pci_written(const struct pci_write *write, unsigned offset, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        if (offset + i >= write->offset && offset + i < write->offset + write->size) {
            value |= (write->value >> (8 * (offset + i - write->offset)) & 0xff) << (8 * i);
        }
    }
    return value;
}

uint32_t pci_config_get(const struct pci_fn *fn, unsigned offset, unsigned size)
{
    return (uint32_t)le_get(fn->config + offset, size);
}

void pci_config_set(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t value)
{
    le_put(fn->config + offset, size, value);
}

/* ---- Building ---- */

void pci_build(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t reset)
{
    BUG_ON(offset + size > PCI_CONFIG_BYTES || size > 4);
    le_put(fn->masks->reset + offset, size, reset);
}

void pci_build_mask(struct pci_fn *fn, enum pci_nature nature, unsigned offset, unsigned size,
                    uint32_t bits)
{
    uint8_t *mask = NULL;

    BUG_ON(offset + size > PCI_CONFIG_BYTES || size > 4);
    switch (nature) {
    case PCI_RW: mask = fn->masks->rw; break;
    case PCI_W1C: mask = fn->masks->w1c; break;
    case PCI_HW: mask = fn->masks->hw; break;
    case PCI_KEEP: mask = fn->masks->keep; break;
    }
    le_put(mask + offset, size, bits);
}

static uint32_t command_bits(const struct pci_fn *fn)
{
    const struct pci_desc *desc = fn->desc;
    uint32_t bits =
        PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE;

    if (desc->is_bridge) {
        bits |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
    }
    if (desc->rom_bytes != 0) {
        bits |= PCI_COMMAND_MEMORY;
    }
    for (unsigned i = 0; i < PCI_BARS_MAX; i++) {
        switch (desc->bar[i].kind) {
        case PCI_BAR_NONE: break;
        case PCI_BAR_IO: bits |= PCI_COMMAND_IO; break;
        case PCI_BAR_MEM32:
        case PCI_BAR_MEM64: bits |= PCI_COMMAND_MEMORY; break;
        }
    }
    return bits;
}

static void build_header(struct pci_fn *fn)
{
    const struct pci_desc *desc = fn->desc;

    pci_build(fn, PCI_VENDOR_ID, 2, desc->vendor);
    pci_build(fn, PCI_DEVICE_ID, 2, desc->device);
    pci_build_mask(fn, PCI_RW, PCI_COMMAND, 2, command_bits(fn));
    pci_build_mask(fn, PCI_W1C, PCI_STATUS, 2, PCI_STATUS_ERRORS);
    pci_build_mask(fn, PCI_HW, PCI_STATUS, 2, PCI_STATUS_INTERRUPT);
    pci_build(fn, PCI_REVISION_ID, 4, desc->class_code << 8 | desc->revision);
    pci_build_mask(fn, PCI_RW, PCI_CACHE_LINE_SIZE, 1, 0xff);
    pci_build(fn, PCI_HEADER_TYPE, 1, desc->is_bridge ? PCI_HEADER_TYPE_BRIDGE : 0);
    if (desc->is_bridge) {
        pci_bridge_header_build(fn);
    } else {
        pci_build(fn, PCI_SUBSYSTEM_VENDOR_ID, 2, desc->subsystem_vendor);
        pci_build(fn, PCI_SUBSYSTEM_ID, 2, desc->subsystem);
    }
    pci_build_mask(fn, PCI_RW, PCI_INTERRUPT_LINE, 1, 0xff);
    pci_build(fn, PCI_INTERRUPT_PIN, 1, desc->interrupt_pin);
}

static unsigned reg_count(const struct pci_reg *reg)
{
    return reg->count > 1 ? reg->count : 1;
}

static void build_regs(struct pci_fn *fn)
{
    for (const struct pci_reg *reg = fn->desc->regs; reg != NULL && reg->name != NULL; reg++) {
        uint32_t all = (uint32_t)bits_mask(8 * reg->size);

        for (unsigned i = 0; i < reg_count(reg); i++) {
            unsigned offset = reg->offset + i * reg->stride;

            pci_build(fn, offset, reg->size, reg->reset);
            pci_build_mask(fn, PCI_RW, offset, reg->size, reg->rw);
            pci_build_mask(fn, PCI_W1C, offset, reg->size, reg->w1c);
            pci_build_mask(fn, PCI_HW, offset, reg->size, reg->is_hw ? all : 0);
            pci_build_mask(fn, PCI_KEEP, offset, reg->size, reg->is_sticky ? all : 0);
        }
    }
}

void pci_fn_preset(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t value)
{
    pci_build(fn, offset, size, value);
    pci_config_set(fn, offset, size, value);
}

/* ---- Accesses ---- */

static void tell(struct pci_fn *fn, bool is_write, unsigned offset, unsigned size, uint32_t value)
{
    const struct device_access access = {
        .offset = offset, .is_write = is_write, .value = value, .lanes = bits_mask(8 * size)};

    fn->device.observer->access(fn->device.observer->ctx, &access);
}

uint32_t pci_config_read(struct pci_fn *fn, unsigned offset, unsigned size)
{
    uint32_t value;

    BUG_ON(offset + size > PCI_CONFIG_BYTES);
    value = pci_config_get(fn, offset, size);
    if (fn->device.observer != NULL) tell(fn, false, offset, size, value);
    TRACE(fn->device.env.trace, &fn->device, &pci_trace_config_read,
          (uintptr_t)pci_config_name(fn, offset), offset, size, value);
    return value;
}

static void regs_written(struct pci_fn *fn, const struct pci_write *write)
{
    for (const struct pci_reg *reg = fn->desc->regs; reg != NULL && reg->name != NULL; reg++) {
        if (reg->write == NULL) continue;
        for (unsigned i = 0; i < reg_count(reg); i++) {
            unsigned offset = reg->offset + i * reg->stride;

            if (!pci_touches(write, offset, reg->size)) continue;
            reg->write(fn, i, pci_old(fn, write, offset, reg->size),
                       pci_config_get(fn, offset, reg->size));
        }
    }
}

static void header_written(struct pci_fn *fn, const struct pci_write *write)
{
    if (pci_touches(write, PCI_COMMAND, 2)) {
        pci_intx_update(fn);
    }
    if (fn->as_bridge != NULL) {
        pci_bridge_written(fn->as_bridge, write);
    }
    if (write->offset < PCI_CONFIG_HEADER_BYTES) {
        pci_decode_changed(fn);
    }
}

void pci_config_write(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t value)
{
    struct pci_write write = {.offset = offset, .size = size, .value = value};
    const struct pci_masks *masks = fn->masks;
    struct trace *trace = fn->device.env.trace;
    uint64_t previous;

    BUG_ON(offset + size > PCI_CONFIG_BYTES || size > sizeof(write.old));
    if (fn->device.observer != NULL) tell(fn, true, offset, size, value);
    memcpy(write.old, fn->config + offset, size);
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        uint8_t rw = masks->rw[offset + i];
        uint8_t now = (uint8_t)((write.old[i] & ~rw) | (byte & rw));

        fn->config[offset + i] = (uint8_t)(now & ~(byte & masks->w1c[offset + i]));
    }
    previous = trace_cause_begin(trace, TRACE(trace, &fn->device, &pci_trace_config_write,
                                              (uintptr_t)pci_config_name(fn, offset), offset, value,
                                              pci_config_get(fn, offset, size)));
    header_written(fn, &write);
    regs_written(fn, &write);
    if (pci_caps_written(fn, &write)) {
        device_reset(&fn->device, RESET_FUNCTION);
    }
    trace_cause_end(trace, previous);
}

/* ---- The page of a function that is alone ---- */

static uint64_t lone_read(void *owner, uint64_t offset, unsigned size)
{
    return pci_config_read(owner, (unsigned)offset, size);
}

static void lone_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    pci_config_write(owner, (unsigned)offset, size, (uint32_t)value);
}

static uint64_t lone_peek(void *owner, uint64_t offset, unsigned size)
{
    return pci_config_get(owner, (unsigned)offset, size);
}

static const struct region_ops lone_ops = {
    .read = lone_read, .write = lone_write, .peek = lone_peek};

static int map_lone(struct pci_fn *fn, struct error *err)
{
    fn->lone = (struct region){
        .name = "pci_config",
        .bytes = PCI_CONFIG_BYTES,
        .kind = REGION_MMIO,
        .ops = &lone_ops,
        .owner = fn,
        .min_access = 1,
        .max_access = 4,
    };
    return bus_map(fn->device.env.memory, &fn->lone, PCI_LONE_BASE, err);
}

/* ---- Life ---- */

const void *pci_part(const void *config)
{
    const struct pci_config *place = config;

    return place != NULL ? place->part : NULL;
}

int pci_fn_init(struct pci_fn *fn, const struct pci_desc *desc, const void *config,
                struct error *err)
{
    const struct pci_config *place = config;
    int result;

    BUG_ON(pci_desc_check(desc) != NULL);
    fn->desc = desc;
    fn->masks = calloc(1, sizeof(*fn->masks));
    if (fn->masks == NULL) return error_host(err, "out of memory creating %s", fn->device.path);
    irq_line_init(&fn->intx, "intx", &fn->device);
    build_header(fn);
    pci_bars_init(fn);
    pci_caps_build(fn);
    build_regs(fn);
    if (place != NULL && place->bus != NULL) {
        fn->bus = place->bus;
        fn->devfn = (uint8_t)place->devfn;
        result = pci_bus_attach(fn->bus, fn, err);
    } else {
        result = map_lone(fn, err);
    }
    if (result != 0) {
        free(fn->masks);
        return -1;
    }
    memcpy(fn->config, fn->masks->reset, sizeof(fn->config));
    return 0;
}

int pci_fn_init_described(struct pci_fn *fn, const struct pci_described *described,
                          const void *config, struct error *err)
{
    if (pci_fn_init(fn, described->desc, config, err) != 0) return -1;
    for (size_t i = 0; i < described->preset_count; i++) {
        const struct pci_preset *preset = &described->presets[i];

        pci_fn_preset(fn, preset->offset, preset->size, preset->value);
    }
    return 0;
}

void pci_fn_reset(struct pci_fn *fn, enum reset_kind kind)
{
    const struct pci_masks *masks = fn->masks;
    uint8_t before[PCI_CONFIG_BYTES];

    memcpy(before, fn->config, sizeof(before));
    for (unsigned i = 0; i < PCI_CONFIG_BYTES; i++) {
        uint8_t keep = kind == RESET_POWER_ON ? 0 : masks->keep[i];

        fn->config[i] = (uint8_t)((fn->config[i] & keep) | (masks->reset[i] & ~keep));
    }
    for (unsigned i = 0; i < PCI_VECTORS_MAX; i++) {
        fn->msix_table[i] = (struct pci_msix_entry){.control = PCI_MSIX_ENTRY_CTRL_MASKBIT};
    }
    fn->msix_pending = 0;
    fn->levels = 0;
    pci_caps_reset(fn, kind, before);
    pci_intx_update(fn);
    pci_decode_changed(fn);
}

int pci_fn_loaded(struct pci_fn *fn, struct error *err)
{
    const struct pci_masks *masks = fn->masks;

    if (!pci_rebar_apply(fn)) {
        return error_host(err, "snapshot: %s has a BAR size that it does not offer",
                          fn->device.path);
    }
    for (unsigned i = 0; i < PCI_CONFIG_BYTES; i++) {
        uint8_t variable = masks->rw[i] | masks->w1c[i] | masks->hw[i];

        if (((fn->config[i] ^ masks->reset[i]) & ~variable) != 0) {
            return error_host(err, "snapshot: configuration byte 0x%x of %s is impossible", i,
                              fn->device.path);
        }
    }
    pci_decode_reload(fn);
    return 0;
}

void pci_fn_fini(struct pci_fn *fn)
{
    pci_decode_drop(fn);
    if (fn->bus != NULL) {
        pci_bus_detach(fn);
    } else {
        bus_unmap(fn->device.env.memory, &fn->lone);
    }
    free(fn->masks);
    fn->masks = NULL;
}

/* ---- DMA ---- */

static bool is_master(const struct pci_fn *fn)
{
    return (pci_config_get(fn, PCI_COMMAND, 2) & PCI_COMMAND_MASTER) != 0 &&
           pci_power_state(fn) == PCI_PM_STATE_D0;
}

bool pci_can_master(const struct pci_fn *fn)
{
    const struct pci_bridge *bridge = fn->bus != NULL ? fn->bus->bridge : NULL;

    if (!is_master(fn)) return false;
    while (bridge != NULL) {
        if (!is_master(&bridge->fn) || !pci_bridge_is_open(bridge)) return false;
        bridge = bridge->fn.bus != NULL ? bridge->fn.bus->bridge : NULL;
    }
    return true;
}

enum dma_result pci_dma_read(struct pci_fn *fn, uint64_t addr, void *buf, size_t bytes)
{
    if (!pci_can_master(fn)) {
        device_guest_error(&fn->device, "DMA read while bus mastering is off", addr, bytes);
        memset(buf, 0xff, bytes);
        return DMA_ABORT;
    }
    return dma_read(fn->device.env.dma, addr, buf, bytes);
}

enum dma_result pci_dma_write(struct pci_fn *fn, uint64_t addr, const void *buf, size_t bytes)
{
    if (!pci_can_master(fn)) {
        device_guest_error(&fn->device, "DMA write while bus mastering is off", addr, bytes);
        return DMA_ABORT;
    }
    return dma_write(fn->device.env.dma, addr, buf, bytes);
}
