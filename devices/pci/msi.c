/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of a function: the INTx pin, MSI, MSI-X.
 *
 * A function has up to PCI_VECTORS_MAX interrupt conditions ("vectors"). With MSI-X or MSI enabled,
 * a condition that becomes true sends one message; a masked one sets its pending bit instead, which
 * is sent when the mask goes and cleared when the condition goes first. Otherwise the pin is high
 * while any condition is true and Interrupt Disable is clear.
 * Sources: PCI Local Bus 3.0, 6.2.3 (Interrupt Status), 6.8; PCI Express Base 3.1, 6.1, 7.7.
 * Chosen: vectors beyond the number of MSI messages that software granted share messages modulo
 * that number (6.8.3.1 leaves the mapping to the function). Enabling messages while a condition is
 * already true sends nothing. A message while bus mastering is off is lost and a guest error: the
 * specification forbids software to do that (6.8.3.4). The MSI-X table takes accesses of any size
 * by byte lanes; the specification allows 4 and 8 bytes (6.8.2).
 */
#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define MSI_DATA        0x08u
#define MSI_DATA_64     0x0cu
#define MSI_LOG2_MAX    5u
#define MSIX_ADDRESS_LO 0u
#define MSIX_ADDRESS_HI 4u
#define MSIX_DATA       8u
#define MSIX_CONTROL    12u

const struct trace_desc pci_trace_message = {.name = "pci_message",
                                             .fields = {"vector", "address", "data"}};

static uint32_t msi_flags(const struct pci_fn *fn)
{
    return fn->cap_msi != 0 ? pci_config_get(fn, fn->cap_msi + PCI_MSI_FLAGS, 2) : 0;
}

static uint32_t msix_flags(const struct pci_fn *fn)
{
    return fn->cap_msix != 0 ? pci_config_get(fn, fn->cap_msix + PCI_MSIX_FLAGS, 2) : 0;
}

bool pci_msi_is_enabled(const struct pci_fn *fn)
{
    return (msi_flags(fn) & PCI_MSI_FLAGS_ENABLE) != 0;
}

bool pci_msix_is_enabled(const struct pci_fn *fn)
{
    return (msix_flags(fn) & PCI_MSIX_FLAGS_ENABLE) != 0;
}

static void send(struct pci_fn *fn, unsigned vector, uint64_t address, uint32_t data)
{
    struct trace *trace = fn->device.env.trace;
    uint64_t previous;

    if (!pci_can_master(fn)) {
        device_guest_error(&fn->device, "interrupt message while bus mastering is off", vector,
                           address);
        return;
    }
    previous = trace_cause_begin(
        trace, TRACE(trace, &fn->device, &pci_trace_message, vector, address, data));
    dma_send_message(fn->device.env.dma, address, data);
    trace_cause_end(trace, previous);
}

/* ---- MSI ---- */

static unsigned msi_data_offset(const struct pci_fn *fn)
{
    return fn->cap_msi + ((msi_flags(fn) & PCI_MSI_FLAGS_64BIT) != 0 ? MSI_DATA_64 : MSI_DATA);
}

/* log2 of the messages in use: what software enabled, at most what is offered. */
static unsigned msi_log2(const struct pci_fn *fn)
{
    unsigned enabled = (msi_flags(fn) & PCI_MSI_FLAGS_QSIZE) >> 4;
    unsigned capable = (msi_flags(fn) & PCI_MSI_FLAGS_QMASK) >> 1;

    return enabled < capable ? enabled : capable;
}

static void msi_send(struct pci_fn *fn, unsigned message)
{
    uint32_t low_bits = (uint32_t)bits_mask(msi_log2(fn));
    uint64_t address = pci_config_get(fn, fn->cap_msi + PCI_MSI_ADDRESS_LO, 4);
    uint32_t data = pci_config_get(fn, msi_data_offset(fn), 2);

    if ((msi_flags(fn) & PCI_MSI_FLAGS_64BIT) != 0) {
        address |= (uint64_t)pci_config_get(fn, fn->cap_msi + PCI_MSI_ADDRESS_HI, 4) << 32;
    }
    send(fn, message, address, (data & ~low_bits) | message);
}

static bool msi_has_mask(const struct pci_fn *fn)
{
    return (msi_flags(fn) & PCI_MSI_FLAGS_MASKBIT) != 0;
}

static uint32_t msi_masked(const struct pci_fn *fn)
{
    return msi_has_mask(fn) ? pci_config_get(fn, msi_data_offset(fn) + 4, 4) : 0;
}

static uint32_t msi_pending(const struct pci_fn *fn)
{
    return msi_has_mask(fn) ? pci_config_get(fn, msi_data_offset(fn) + 8, 4) : 0;
}

static void msi_set_pending(struct pci_fn *fn, uint32_t pending)
{
    if (msi_has_mask(fn)) {
        pci_config_set(fn, msi_data_offset(fn) + 8, 4, pending);
    }
}

static void msi_notify(struct pci_fn *fn, unsigned vector)
{
    unsigned message = vector & (unsigned)bits_mask(msi_log2(fn));

    if ((msi_masked(fn) >> message & 1) != 0) {
        msi_set_pending(fn, msi_pending(fn) | BIT32(message));
    } else {
        msi_send(fn, message);
    }
}

static void msi_flush(struct pci_fn *fn)
{
    uint32_t ready = msi_pending(fn) & ~msi_masked(fn);

    if (!pci_msi_is_enabled(fn)) return;
    msi_set_pending(fn, msi_pending(fn) & ~ready);
    for (unsigned message = 0; message < 1u << MSI_LOG2_MAX; message++) {
        if ((ready >> message & 1) != 0) {
            msi_send(fn, message);
        }
    }
}

/* ---- MSI-X ---- */

static bool msix_is_masked(const struct pci_fn *fn, unsigned vector)
{
    return (msix_flags(fn) & PCI_MSIX_FLAGS_MASKALL) != 0 ||
           (fn->msix_table[vector].control & PCI_MSIX_ENTRY_CTRL_MASKBIT) != 0;
}

static void msix_send(struct pci_fn *fn, unsigned vector)
{
    const struct pci_msix_entry *entry = &fn->msix_table[vector];

    send(fn, vector, entry->address_lo | (uint64_t)entry->address_hi << 32, entry->data);
}

static void msix_notify(struct pci_fn *fn, unsigned vector)
{
    if (vector >= fn->msix->msix.vectors) return;
    if (msix_is_masked(fn, vector)) {
        fn->msix_pending |= BIT(vector);
    } else {
        msix_send(fn, vector);
    }
}

static void msix_flush(struct pci_fn *fn)
{
    if (!pci_msix_is_enabled(fn)) return;
    for (unsigned vector = 0; vector < fn->msix->msix.vectors; vector++) {
        if ((fn->msix_pending >> vector & 1) == 0 || msix_is_masked(fn, vector)) continue;
        fn->msix_pending &= ~BIT(vector);
        msix_send(fn, vector);
    }
}

static uint32_t *msix_word(struct pci_fn *fn, uint64_t offset)
{
    struct pci_msix_entry *entry = &fn->msix_table[offset / PCI_MSIX_ENTRY_BYTES];

    switch (offset % PCI_MSIX_ENTRY_BYTES & ~UINT64_C(3)) {
    case MSIX_ADDRESS_LO: return &entry->address_lo;
    case MSIX_ADDRESS_HI: return &entry->address_hi;
    case MSIX_DATA: return &entry->data;
    default: return &entry->control;
    }
}

static uint32_t msix_writable(uint64_t offset)
{
    switch (offset % PCI_MSIX_ENTRY_BYTES & ~UINT64_C(3)) {
    case MSIX_ADDRESS_LO: return ~UINT32_C(3);
    case MSIX_CONTROL: return PCI_MSIX_ENTRY_CTRL_MASKBIT;
    default: return UINT32_MAX;
    }
}

/* `offset` is inside the table or the PBA; an access is naturally aligned, so it stays inside. */
uint64_t pci_msix_read(struct pci_fn *fn, bool is_pba, uint64_t offset, unsigned size)
{
    uint64_t value = 0;

    if (is_pba) return fn->msix_pending >> (8 * offset) & bits_mask(8 * size);
    for (unsigned done = 0; done < size;) {
        unsigned lane = (unsigned)(offset + done) & 3;
        unsigned part = size - done < 4 - lane ? size - done : 4 - lane;

        value |= ((uint64_t)*msix_word(fn, offset + done) >> (8 * lane) & bits_mask(8 * part))
                 << (8 * done);
        done += part;
    }
    return value;
}

void pci_msix_write(struct pci_fn *fn, uint64_t offset, unsigned size, uint64_t value)
{
    for (unsigned done = 0; done < size;) {
        unsigned lane = (unsigned)(offset + done) & 3;
        unsigned part = size - done < 4 - lane ? size - done : 4 - lane;
        uint32_t *word = msix_word(fn, offset + done);
        uint32_t mask =
            (uint32_t)(bits_mask(8 * part) << (8 * lane)) & msix_writable(offset + done);

        *word = (*word & ~mask) | ((uint32_t)(value >> (8 * done) << (8 * lane)) & mask);
        done += part;
    }
    msix_flush(fn);
}

/* ---- INTx and the interface to models ---- */

void pci_intx_update(struct pci_fn *fn)
{
    uint32_t command = pci_config_get(fn, PCI_COMMAND, 2);
    uint32_t status = pci_config_get(fn, PCI_STATUS, 2) & ~PCI_STATUS_INTERRUPT;
    bool is_pending = fn->levels != 0 && fn->desc->interrupt_pin != 0 && !pci_msi_is_enabled(fn) &&
                      !pci_msix_is_enabled(fn);

    pci_config_set(fn, PCI_STATUS, 2, status | (is_pending ? PCI_STATUS_INTERRUPT : 0));
    irq_set(&fn->intx, is_pending && (command & PCI_COMMAND_INTX_DISABLE) == 0 &&
                           pci_power_state(fn) == PCI_PM_STATE_D0);
}

void pci_msi_update(struct pci_fn *fn)
{
    msi_flush(fn);
    msix_flush(fn);
    pci_intx_update(fn);
}

bool pci_message(struct pci_fn *fn, unsigned vector)
{
    BUG_ON(vector >= PCI_VECTORS_MAX);
    if (pci_msix_is_enabled(fn)) {
        msix_notify(fn, vector);
        return true;
    }
    if (pci_msi_is_enabled(fn)) {
        msi_notify(fn, vector);
        return true;
    }
    return false;
}

void pci_irq(struct pci_fn *fn, unsigned vector, bool level)
{
    bool was = (fn->levels >> vector & 1) != 0;

    BUG_ON(vector >= PCI_VECTORS_MAX);
    if (level == was) return;
    fn->levels ^= BIT(vector);
    if (level) {
        (void)pci_message(fn, vector);
    } else {
        fn->msix_pending &= ~BIT(vector);
        msi_set_pending(fn, msi_pending(fn) & ~BIT32(vector & (unsigned)bits_mask(msi_log2(fn))));
    }
    pci_intx_update(fn);
}
