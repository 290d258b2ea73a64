/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt message path between devices, I/O APICs and local APICs. Intel SDM volume 3A
 * (325384), chapter 11.
 *
 * Modelled: fixed, lowest priority, NMI, INIT, start-up and ExtINT messages; physical
 * destinations, flat and cluster logical destinations, broadcast; EOI broadcast; MSI address
 * and data; the local APIC page of the core that accesses it.
 * Not modelled: SMI (traced as unimplemented by the local APIC that receives it), extended
 * destination IDs (interrupt remapping), x2APIC messages, a bus with arbitration and retries: a
 * message arrives at once.
 * Chosen: lowest priority picks the smallest arbitration priority, then the smallest APIC ID:
 * the SDM leaves the choice to the platform, and this one is the same in every run. The
 * destination mode bit of an MSI is honoured whatever the redirection hint says (11.11.1 can be
 * read both ways; Linux sends logical destinations without the hint to real machines). A core's
 * own access to 0xfeexxxxx outside of its local APIC page is no MSI: reads give all ones,
 * writes vanish, both are guest errors. The page itself reads all ones while the core's local
 * APIC is globally disabled.
 */
#include "devices/chipset/apic_bus.h"

#include "devices/chipset/lapic_internal.h"
#include "emu/core/bus.h"

#define MSI_TRIGGER_LEVEL    BIT32(15)
#define MSI_LEVEL_ASSERT     BIT32(14)
#define MSI_REDIRECTION_HINT BIT(3)
#define MSI_LOGICAL          BIT(2)

struct apic_bus {
    struct device device;
    struct region page;
    struct region rest;
    struct device *lapics[APIC_BUS_LAPICS_MAX]; /* borrowed, by core */
    struct apic_io ioapics[APIC_BUS_IOAPICS_MAX];
    unsigned ioapic_count;
};

static const struct trace_desc desc_msi = {.name = "msi", .fields = {"addr", "data"}};
static const struct trace_desc desc_message = {
    .name = "message", .fields = {"destination", "is_logical", "delivery", "vector"}};
static const struct trace_desc desc_unclaimed = {
    .name = "message_unclaimed", .fields = {"destination", "is_logical", "delivery", "vector"}};
static const struct trace_desc *const events[] = {&desc_msi, &desc_message, &desc_unclaimed, NULL};

static struct apic_bus *apic_bus_of(struct device *device)
{
    return (struct apic_bus *)device;
}

/* ---- Who is there ---------------------------------------------------------------------------- */

int apic_bus_add_lapic(struct device *bus, unsigned core, struct device *lapic, struct error *err)
{
    struct apic_bus *self = apic_bus_of(bus);

    if (core >= APIC_BUS_LAPICS_MAX || self->lapics[core] != NULL) {
        return error_host(err, "%s: there is no place for the local APIC of core %u", bus->path,
                          core);
    }
    self->lapics[core] = lapic;
    return 0;
}

void apic_bus_remove_lapic(struct device *bus, const struct device *lapic)
{
    struct apic_bus *self = apic_bus_of(bus);

    for (unsigned i = 0; i < APIC_BUS_LAPICS_MAX; i++) {
        if (self->lapics[i] == lapic) {
            self->lapics[i] = NULL;
        }
    }
}

int apic_bus_add_ioapic(struct device *bus, const struct apic_io *io, struct error *err)
{
    struct apic_bus *self = apic_bus_of(bus);

    if (self->ioapic_count >= APIC_BUS_IOAPICS_MAX) {
        return error_host(err, "%s: too many I/O APICs", bus->path);
    }
    self->ioapics[self->ioapic_count] = *io;
    self->ioapic_count++;
    return 0;
}

void apic_bus_remove_ioapic(struct device *bus, const struct device *ioapic)
{
    struct apic_bus *self = apic_bus_of(bus);
    unsigned kept = 0;

    for (unsigned i = 0; i < self->ioapic_count; i++) {
        if (self->ioapics[i].device != ioapic) {
            self->ioapics[kept] = self->ioapics[i];
            kept++;
        }
    }
    self->ioapic_count = kept;
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* Lowest arbitration priority, then lowest APIC ID; NULL when nobody accepts. */
static struct device *find_lowest(const struct apic_bus *self, const struct apic_message *message,
                                  const struct device *except)
{
    struct device *best = NULL;
    unsigned best_rank = 0;

    for (unsigned i = 0; i < APIC_BUS_LAPICS_MAX; i++) {
        struct device *lapic = self->lapics[i];
        unsigned rank;

        if (lapic == NULL || lapic == except) continue;
        if (!lapic_is_destination(lapic, message) || !lapic_is_accepting(lapic)) continue;
        rank = (unsigned)lapic_arbitration(lapic) << 8 | lapic_id(lapic);
        if (best == NULL || rank < best_rank) {
            best = lapic;
            best_rank = rank;
        }
    }
    return best;
}

static bool send_to_one(const struct apic_bus *self, const struct apic_message *message,
                        const struct device *except)
{
    struct device *lapic = find_lowest(self, message, except);

    return lapic != NULL && lapic_deliver(lapic, message);
}

static bool send_to_all(const struct apic_bus *self, const struct apic_message *message,
                        const struct device *except)
{
    uint32_t chosen = 0;
    bool is_accepted = false;

    /* The group is found before anyone is told: an INIT clears the logical ID that it came by. */
    for (unsigned i = 0; i < APIC_BUS_LAPICS_MAX; i++) {
        struct device *lapic = self->lapics[i];

        if (lapic == NULL || lapic == except) continue;
        if (lapic_is_destination(lapic, message)) {
            chosen |= BIT32(i);
        }
    }
    for (unsigned i = 0; i < APIC_BUS_LAPICS_MAX; i++) {
        if ((chosen & BIT32(i)) != 0 && lapic_deliver(self->lapics[i], message)) {
            is_accepted = true;
        }
    }
    return is_accepted;
}

bool apic_bus_send(struct device *bus, const struct apic_message *message,
                   const struct device *except)
{
    struct apic_bus *self = apic_bus_of(bus);
    struct trace *trace = bus->env.trace;
    uint64_t previous;
    bool is_accepted;

    previous =
        trace_cause_begin(trace, TRACE(trace, bus, &desc_message, message->destination,
                                       message->is_logical, message->delivery, message->vector));
    if (message->delivery == APIC_LOWEST_PRIORITY) {
        is_accepted = send_to_one(self, message, except);
    } else {
        is_accepted = send_to_all(self, message, except);
    }
    if (!is_accepted) {
        TRACE(trace, bus, &desc_unclaimed, message->destination, message->is_logical,
              message->delivery, message->vector);
    }
    trace_cause_end(trace, previous);
    return is_accepted;
}

void apic_bus_msi(void *bus, uint64_t addr, uint32_t data)
{
    struct device *device = bus;
    struct trace *trace = device->env.trace;
    bool has_hint = (addr & MSI_REDIRECTION_HINT) != 0;
    struct apic_message message = {
        .destination = (uint8_t)bits_get(addr, 19, 12),
        .is_logical = (addr & MSI_LOGICAL) != 0,
        .delivery = (enum apic_delivery)bits_get(data, 10, 8),
        .vector = (uint8_t)data,
        .is_level = (data & MSI_TRIGGER_LEVEL) != 0,
        .is_asserted = (data & MSI_LEVEL_ASSERT) != 0,
    };
    uint64_t previous;

    previous = trace_cause_begin(trace, TRACE(trace, device, &desc_msi, addr, data));
    if (bits_get(addr, 63, 20) != APIC_PAGE_BASE >> 20) {
        device_guest_error(device, "message outside of the interrupt address range", addr, data);
    } else if (message.delivery == APIC_RESERVED || message.delivery == APIC_STARTUP) {
        device_guest_error(device, "MSI with a reserved delivery mode", addr, data);
    } else {
        if (has_hint && message.is_logical && message.delivery == APIC_FIXED) {
            message.delivery = APIC_LOWEST_PRIORITY;
        }
        (void)apic_bus_send(device, &message, NULL);
    }
    trace_cause_end(trace, previous);
}

void apic_bus_eoi(struct device *bus, uint8_t vector)
{
    struct apic_bus *self = apic_bus_of(bus);

    for (unsigned i = 0; i < self->ioapic_count; i++) {
        self->ioapics[i].eoi(self->ioapics[i].device, vector);
    }
}

void apic_bus_retry(struct device *bus)
{
    struct apic_bus *self = apic_bus_of(bus);

    for (unsigned i = 0; i < self->ioapic_count; i++) {
        self->ioapics[i].retry(self->ioapics[i].device);
    }
}

/* ---- The local APIC page and the rest of the range ------------------------------------------- */

/* The local APIC that answers the core that is accessing the bus, NULL when that one has none
 * or disabled it. */
static struct device *answering(const struct apic_bus *self)
{
    unsigned core = bus_initiator(self->device.env.memory);
    struct device *lapic = core < APIC_BUS_LAPICS_MAX ? self->lapics[core] : NULL;

    return lapic != NULL && lapic_is_enabled(lapic) ? lapic : NULL;
}

static uint64_t page_read(void *owner, uint64_t offset, unsigned size)
{
    struct apic_bus *self = owner;
    struct device *lapic = answering(self);

    if (lapic == NULL) {
        device_guest_error(&self->device, "read of a disabled local APIC", offset, size);
        return bits_mask(8 * size);
    }
    return lapic_page_read(lapic, offset, size);
}

static void page_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct apic_bus *self = owner;
    struct device *lapic = answering(self);

    if (lapic == NULL) {
        device_guest_error(&self->device, "write to a disabled local APIC", offset, value);
        return;
    }
    lapic_page_write(lapic, offset, size, value);
}

static uint64_t page_peek(void *owner, uint64_t offset, unsigned size)
{
    struct apic_bus *self = owner;
    struct device *lapic = answering(self);

    return lapic != NULL ? lapic_page_peek(lapic, offset, size) : bits_mask(8 * size);
}

static uint64_t rest_read(void *owner, uint64_t offset, unsigned size)
{
    struct apic_bus *self = owner;

    device_guest_error(&self->device, "core reads the message address range",
                       self->rest.base + offset, size);
    return bits_mask(8 * size);
}

static void rest_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct apic_bus *self = owner;

    (void)size;
    device_guest_error(&self->device, "core writes the message address range",
                       self->rest.base + offset, value);
}

static uint64_t rest_peek(void *owner, uint64_t offset, unsigned size)
{
    (void)owner;
    (void)offset;
    return bits_mask(8 * size);
}

static const struct region_ops page_ops = {
    .read = page_read, .write = page_write, .peek = page_peek};
static const struct region_ops rest_ops = {
    .read = rest_read, .write = rest_write, .peek = rest_peek};

/* ---- Life ------------------------------------------------------------------------------------ */

static int init(struct device *device, const void *config, struct error *err)
{
    struct apic_bus *self = apic_bus_of(device);

    (void)config;
    self->page = (struct region){
        .name = "lapic",
        .bytes = APIC_PAGE_BYTES,
        .kind = REGION_MMIO,
        .ops = &page_ops,
        .owner = self,
        .min_access = 4,
        .max_access = 4,
    };
    self->rest = (struct region){
        .name = "interrupt-messages",
        .bytes = APIC_MESSAGE_END - APIC_PAGE_BASE - APIC_PAGE_BYTES,
        .kind = REGION_MMIO,
        .ops = &rest_ops,
        .owner = self,
        .min_access = 1,
        .max_access = 8,
    };
    if (bus_map(device->env.memory, &self->page, APIC_PAGE_BASE, err) != 0) return -1;
    if (bus_map(device->env.memory, &self->rest, APIC_PAGE_BASE + APIC_PAGE_BYTES, err) != 0) {
        bus_unmap(device->env.memory, &self->page);
        return -1;
    }
    return 0;
}

static void reset(struct device *device, enum reset_kind kind)
{
    (void)device;
    (void)kind;
}

static int loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void fini(struct device *device)
{
    struct apic_bus *self = apic_bus_of(device);

    bus_unmap(device->env.memory, &self->rest);
    bus_unmap(device->env.memory, &self->page);
}

static const struct reg_bank banks[] = {{.name = NULL}};
static const struct snap_field state[] = {SNAP_END};

const struct device_class apic_bus_class = {
    .name = "apic_bus",
    .size = sizeof(struct apic_bus),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = NULL,
    .init = init,
    .reset = reset,
    .loaded = loaded,
    .fini = fini,
};
