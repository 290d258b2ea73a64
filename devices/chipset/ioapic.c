/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O APIC: Intel 82093AA data sheet (290566-001), with the EOI register and version 20h of the
 * 200-series PCH (335193).
 *
 * Modelled: index and data window, EOI register, ID, version, arbitration ID, 24 redirection
 * entries with every field: edge and level, polarity, mask, remote IRR, delivery status, all
 * delivery and destination modes.
 * Not modelled: the PCH's entries 24 to 119 (fused off by firmware on many boards: version says
 * 24), interrupt remapping format, SMI (traced by the local APIC), write-once locking of the
 * version register.
 * Chosen: NMI, INIT, SMI and ExtINT are edge-triggered whatever the trigger bit says (3.2.4
 * calls the combination wrong). An edge on a masked pin is lost (3.2.4, bit 16); so is an edge
 * that no local APIC accepts. A level that no local APIC accepts keeps its delivery status
 * pending and is offered again when a local APIC is enabled, the entry is written or the pin
 * changes. Writing an entry to edge mode clears its remote IRR: operating systems rely on that
 * for chips without an EOI register. A change of polarity is not an edge. Reserved indexes read
 * 0.
 *
 * The index and data window is why two banks exist: the page, and the indirect registers at 4
 * bytes per index, which the data register dispatches into.
 */
#include "devices/chipset/ioapic.h"

#include "devices/chipset/apic_bus.h"
#include "emu/base/bits.h"

#define IOAPIC_PAGE_BYTES       4096
#define INDIRECT_BYTES          1024 /* 256 indexes of 4 bytes */
#define INDEX_BYTES             4
#define ID_SHIFT                24
#define ID_MAX                  15
#define VERSION_PCH             UINT32_C(0x20)
#define VERSION_MAX_ENTRY_SHIFT 16

#define ENTRY_VECTOR     UINT64_C(0xff)
#define ENTRY_LOGICAL    BIT(11)
#define ENTRY_PENDING    BIT(12) /* delivery status */
#define ENTRY_ACTIVE_LOW BIT(13)
#define ENTRY_REMOTE_IRR BIT(14)
#define ENTRY_LEVEL      BIT(15)
#define ENTRY_MASK       BIT(16)
#define ENTRY_RW         (UINT64_C(0xff00000000000000) | UINT64_C(0x1afff))

enum {
    BANK_PAGE,
    BANK_INDIRECT,
    BANK_END,
};

struct ioapic {
    struct device device;
    struct device *bus; /* borrowed, may be NULL */
    uint8_t initial_id;
    uint32_t active_low;
    struct reg_window window;
    uint32_t index;
    uint32_t id;
    uint64_t redirection[IOAPIC_PINS];
    uint32_t pins; /* electrical levels */
};

static const struct trace_desc desc_deliver = {.name = "deliver",
                                               .fields = {"pin", "entry", "is_accepted"}};
static const struct trace_desc desc_eoi = {.name = "eoi", .fields = {"pin", "vector"}};
static const struct trace_desc *const events[] = {&desc_deliver, &desc_eoi, NULL};

static struct ioapic *ioapic_of(struct device *device)
{
    return (struct ioapic *)device;
}

/* ---- Redirection entries (3.2.4) ------------------------------------------------------------- */

static enum apic_delivery delivery_of(uint64_t entry)
{
    return (enum apic_delivery)bits_get(entry, 10, 8);
}

static bool is_level(uint64_t entry)
{
    enum apic_delivery delivery = delivery_of(entry);

    return (entry & ENTRY_LEVEL) != 0 &&
           (delivery == APIC_FIXED || delivery == APIC_LOWEST_PRIORITY);
}

static bool is_active(const struct ioapic *ioapic, unsigned pin)
{
    bool is_low = (ioapic->redirection[pin] & ENTRY_ACTIVE_LOW) != 0;

    return ((ioapic->pins & BIT32(pin)) != 0) != is_low;
}

static bool send(struct ioapic *ioapic, unsigned pin)
{
    struct device *device = &ioapic->device;
    struct trace *trace = device->env.trace;
    uint64_t entry = ioapic->redirection[pin];
    struct apic_message message = {
        .destination = (uint8_t)(entry >> 56),
        .is_logical = (entry & ENTRY_LOGICAL) != 0,
        .delivery = delivery_of(entry),
        .vector = (uint8_t)entry,
        .is_level = is_level(entry),
        .is_asserted = true,
    };
    bool is_accepted = false;

    if (message.delivery == APIC_RESERVED || message.delivery == APIC_STARTUP) {
        device_guest_error(device, "redirection entry: reserved delivery mode", pin, entry);
        return false;
    }
    if (ioapic->bus != NULL) {
        is_accepted = apic_bus_send(ioapic->bus, &message, NULL);
    }
    TRACE(trace, device, &desc_deliver, pin, entry, is_accepted);
    return is_accepted;
}

/* Level mode: one message while the pin is active and no EOI is outstanding. */
static void service_level(struct ioapic *ioapic, unsigned pin)
{
    uint64_t *entry = &ioapic->redirection[pin];

    if (!is_level(*entry)) return;
    *entry &= ~ENTRY_PENDING;
    if ((*entry & (ENTRY_MASK | ENTRY_REMOTE_IRR)) != 0 || !is_active(ioapic, pin)) return;
    *entry |= send(ioapic, pin) ? ENTRY_REMOTE_IRR : ENTRY_PENDING;
}

static void service_all(struct ioapic *ioapic)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        service_level(ioapic, pin);
    }
}

void ioapic_pin(void *ctx, unsigned pin, bool level)
{
    struct ioapic *ioapic = ctx;
    bool was_active;

    if (pin >= IOAPIC_PINS) return;
    was_active = is_active(ioapic, pin);
    if (level != ((ioapic->active_low & BIT32(pin)) != 0)) {
        ioapic->pins |= BIT32(pin);
    } else {
        ioapic->pins &= ~BIT32(pin);
    }
    service_level(ioapic, pin);
    if (is_level(ioapic->redirection[pin]) || was_active || !is_active(ioapic, pin)) return;
    if ((ioapic->redirection[pin] & ENTRY_MASK) == 0) {
        (void)send(ioapic, pin);
    }
}

static void eoi(struct device *device, uint8_t vector)
{
    struct ioapic *ioapic = ioapic_of(device);

    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        uint64_t *entry = &ioapic->redirection[pin];

        if ((*entry & ENTRY_REMOTE_IRR) == 0 || (*entry & ENTRY_VECTOR) != vector) continue;
        *entry &= ~ENTRY_REMOTE_IRR;
        TRACE(device->env.trace, device, &desc_eoi, pin, vector);
        service_level(ioapic, pin);
    }
}

static void retry(struct device *device)
{
    service_all(ioapic_of(device));
}

/* ---- Registers ------------------------------------------------------------------------------- */

static const struct reg_bank banks[BANK_END + 1];

static uint64_t data_get(struct device *device, unsigned index, uint64_t stored)
{
    uint64_t offset = (uint64_t)ioapic_of(device)->index * INDEX_BYTES;

    (void)index;
    (void)stored;
    return reg_bank_peek(device, &banks[BANK_INDIRECT], offset, INDEX_BYTES);
}

static void data_read(struct device *device, unsigned index, uint64_t value)
{
    (void)index;
    (void)value;
    reg_bank_note_read(device, &banks[BANK_INDIRECT],
                       (uint64_t)ioapic_of(device)->index * INDEX_BYTES, INDEX_BYTES);
}

static void data_write(struct device *device, const struct reg_write *write)
{
    uint64_t offset = (uint64_t)ioapic_of(device)->index * INDEX_BYTES;

    reg_bank_write(device, &banks[BANK_INDIRECT], offset, INDEX_BYTES, write->written);
}

static uint64_t eoi_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0;
}

static void eoi_write(struct device *device, const struct reg_write *write)
{
    eoi(device, (uint8_t)write->written);
}

static uint64_t version_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return VERSION_PCH | (uint32_t)(IOAPIC_PINS - 1) << VERSION_MAX_ENTRY_SHIFT;
}

/* 3.2.3: loaded with the ID whenever that is written. */
static uint64_t arbitration_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return ioapic_of(device)->id;
}

static void redirection_write(struct device *device, const struct reg_write *write)
{
    struct ioapic *ioapic = ioapic_of(device);

    if (!is_level(write->now)) {
        ioapic->redirection[write->index] &= ~(ENTRY_REMOTE_IRR | ENTRY_PENDING);
    }
    service_level(ioapic, write->index);
}

static const struct reg_field redirection_fields[] = {
    {"vector", 7, 0},        {"delivery", 10, 8},    {"logical", 11, 11}, {"status", 12, 12},
    {"polarity", 13, 13},    {"remote_irr", 14, 14}, {"trigger", 15, 15}, {"mask", 16, 16},
    {"destination", 63, 56}, {NULL, 0, 0},
};

static const struct reg page_regs[] = {
    {.name = "IDX", .offset = 0x00, .size = 4, REG_BACKED(struct ioapic, index), .rw = 0xff},
    {.name = "DAT",
     .offset = 0x10,
     .size = 4,
     REG_UNBACKED,
     .get = data_get,
     .read = data_read,
     .write = data_write},
    {.name = "EOIR", .offset = 0x40, .size = 4, REG_UNBACKED, .get = eoi_get, .write = eoi_write},
    {.name = NULL},
};

static const struct reg indirect_regs[] = {
    {.name = "ID",
     .offset = 0x00 * INDEX_BYTES,
     .size = 4,
     REG_BACKED(struct ioapic, id),
     .rw = UINT32_C(0x0f000000)},
    {.name = "VER", .offset = 0x01 * INDEX_BYTES, .size = 4, REG_UNBACKED, .get = version_get},
    {.name = "ARB", .offset = 0x02 * INDEX_BYTES, .size = 4, REG_UNBACKED, .get = arbitration_get},
    {.name = "RTE",
     .offset = 0x10 * INDEX_BYTES,
     .size = 8,
     .stride = 8,
     REG_BACKED_ARRAY(struct ioapic, redirection),
     .reset = ENTRY_MASK,
     .rw = ENTRY_RW,
     .write = redirection_write,
     .fields = redirection_fields},
    {.name = NULL},
};

static const struct reg_bank banks[BANK_END + 1] = {
    [BANK_PAGE] =
        {
            .name = "ioapic",
            .regs = page_regs,
            .bytes = IOAPIC_PAGE_BYTES,
            .min_access = 4,
            .max_access = 4,
        },
    [BANK_INDIRECT] =
        {
            .name = "ioapic-indirect",
            .regs = indirect_regs,
            .bytes = INDIRECT_BYTES,
            .min_access = 4,
            .max_access = 4,
            .is_nothing_quiet = true, /* Linux reads index 3 of version 20h chips */
        },
    [BANK_END] = {.name = NULL},
};

/* ---- Life ------------------------------------------------------------------------------------ */

static int init(struct device *device, const void *config, struct error *err)
{
    struct ioapic *ioapic = ioapic_of(device);
    const struct ioapic_config *own = config;
    const struct apic_io io = {.device = device, .eoi = eoi, .retry = retry};

    if (own->id > ID_MAX) return error_usage(err, "%s: the APIC ID is above 15", device->path);
    ioapic->bus = own->bus;
    ioapic->initial_id = own->id;
    ioapic->active_low = own->active_low & (uint32_t)bits_mask(IOAPIC_PINS);
    ioapic->pins = ioapic->active_low; /* every wire at rest */
    reg_window_init(&ioapic->window, device, &banks[BANK_PAGE]);
    if (bus_map(device->env.memory, &ioapic->window.region, own->base, err) != 0) return -1;
    if (ioapic->bus != NULL && apic_bus_add_ioapic(ioapic->bus, &io, err) != 0) {
        bus_unmap(device->env.memory, &ioapic->window.region);
        return -1;
    }
    return 0;
}

/* The levels of the pins belong to whoever drives them. */
static void reset(struct device *device, enum reset_kind kind)
{
    struct ioapic *ioapic = ioapic_of(device);

    (void)kind;
    ioapic->id = (uint32_t)ioapic->initial_id << ID_SHIFT;
}

static int loaded(struct device *device, struct error *err)
{
    if (ioapic_of(device)->index >= INDIRECT_BYTES / INDEX_BYTES) {
        return error_host(err, "%s: the index register is out of range", device->path);
    }
    return 0;
}

static void fini(struct device *device)
{
    struct ioapic *ioapic = ioapic_of(device);

    if (ioapic->bus != NULL) {
        apic_bus_remove_ioapic(ioapic->bus, device);
    }
    bus_unmap(device->env.memory, &ioapic->window.region);
}

static const struct ioapic_config default_config = {
    .base = UINT64_C(0xfec00000),
    .id = 8,
    .active_low = UINT32_C(0xff0000),
};

static const struct snap_field state[] = {
    SNAP_U_MAX(struct ioapic, pins, (UINT64_C(1) << IOAPIC_PINS) - 1),
    SNAP_END,
};

const struct device_class ioapic_class = {
    .name = "ioapic",
    .size = sizeof(struct ioapic),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = init,
    .reset = reset,
    .loaded = loaded,
    .fini = fini,
};
