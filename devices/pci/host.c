/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The root complex: how configuration requests find a function, and where INTx pins end.
 *
 * Modelled: ECAM for all 256 buses of segment 0; configuration mechanism 1 (0xcf8, 0xcfc); several
 * root buses; routing by the bridges' bus numbers as they are now; INTx swizzling and sharing.
 * Not modelled: the IIO's own range registers (every root bus decodes whatever its functions and
 * bridges claim); extended configuration access through 0xcf8; configuration retry status.
 * Chosen: a root bus owns the bus numbers from its own to the next root's (the real part has
 * CPUBUSNO registers for that). Byte and word accesses to 0xcf8..0xcfb are not configuration
 * accesses (PCI Local Bus 3.0, 3.2.2.3.2): they read ones and write nothing, except one byte at
 * 0xcf9, which is the reset control register of the PCH.
 * Sources: PCI Local Bus 3.0, 3.2.2.3; PCI Express Base 3.1, 7.2, 7.3.1; PCI-to-PCI Bridge 1.2,
 * 9.1; Intel 200 series PCH data sheet volume 1 (0xcf9).
 */
#include "devices/pci/host.h"

#include <string.h>

#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define ECAM_BYTES       UINT64_C(0x10000000)
#define ADDRESS_PORT     0xcf8u
#define PORT_BYTES       8u
#define ADDRESS_BYTES    4u
#define RESET_OFFSET     1u
#define ADDRESS_ENABLE   UINT32_C(0x80000000)
#define ADDRESS_WRITABLE UINT32_C(0x80fffffc)
#define TREE_DEPTH_MAX   16u

static const struct trace_desc desc_address = {.name = "pci_address", .fields = {"value"}};
static const struct trace_desc desc_nobody = {.name = "pci_nobody",
                                              .fields = {"bus", "devfn", "offset", "write"}};

/* ---- Routing ---- */

static struct pci_host *host_of(struct device *device)
{
    return (struct pci_host *)(void *)device;
}

static struct pci_bus *root_for(struct pci_host *host, unsigned bus)
{
    struct pci_bus *found = NULL;

    for (unsigned i = 0; i < host->config->root_count && host->root[i].number <= bus; i++) {
        found = &host->root[i];
    }
    return found;
}

/* The bus one step nearer to `number`; NULL when no bridge claims it. */
static struct pci_bus *step(const struct pci_bus *bus, unsigned number, struct pci_bridge **through)
{
    for (unsigned i = 0; i < bus->bridge_count; i++) {
        struct pci_bridge *bridge = bus->bridges[i];

        if (number < pci_bridge_secondary(bridge) || number > pci_bridge_subordinate(bridge))
            continue;
        if (!pci_bridge_is_open(bridge)) continue;
        *through = bridge;
        return &bridge->secondary;
    }
    return NULL;
}

/* The bus with this number, and the bridge in front of it. */
static struct pci_bus *find_bus(struct pci_host *host, unsigned number, struct pci_bridge **through)
{
    struct pci_bus *bus = root_for(host, number);

    *through = NULL;
    if (bus == NULL || bus->number == number) return bus;
    for (unsigned depth = 0; depth < TREE_DEPTH_MAX; depth++) {
        bus = step(bus, number, through);
        if (bus == NULL || pci_bridge_secondary(*through) == number) return bus;
    }
    return NULL;
}

struct pci_fn *pci_host_find(struct device *device, unsigned bus, unsigned devfn)
{
    struct pci_bridge *through;
    struct pci_bus *found = find_bus(host_of(device), bus, &through);

    BUG_ON(devfn > 0xff);
    return found != NULL ? found->fn[devfn] : NULL;
}

struct request {
    unsigned bus;
    unsigned devfn;
    unsigned offset;
    unsigned size;
};

void pci_host_make_room(struct device *device, uint64_t base, uint64_t bytes)
{
    const struct pci_host *host = host_of(device);

    for (size_t i = 0; i < host->fn_count; i++) {
        pci_decode_yield(host->fns[i], base, bytes);
    }
}

void pci_host_settle(struct device *device)
{
    const struct pci_host *host = host_of(device);

    if (host->fn_count > 0) {
        pci_decode_settle(host->fns[0]);
    }
}

/* Like pci_host_find(), and what hardware does when nobody is there: the bridge in front notes
 * the master abort. */
static struct pci_fn *route(struct pci_host *host, const struct request *request, bool is_write)
{
    struct pci_bridge *through;
    struct pci_bus *bus = find_bus(host, request->bus, &through);
    struct pci_fn *fn = bus != NULL ? bus->fn[request->devfn] : NULL;

    if (fn != NULL) return fn;
    TRACE(host->device.env.trace, &host->device, &desc_nobody, request->bus, request->devfn,
          request->offset, is_write ? 1 : 0);
    if (bus != NULL && through != NULL) {
        uint32_t status = pci_config_get(&through->fn, PCI_SEC_STATUS, 2);

        pci_config_set(&through->fn, PCI_SEC_STATUS, 2, status | PCI_STATUS_REC_MASTER_ABORT);
    }
    return NULL;
}

static uint32_t request_read(struct pci_host *host, const struct request *request)
{
    struct pci_fn *fn = route(host, request, false);

    if (fn == NULL) return (uint32_t)bits_mask(8 * request->size);
    return pci_config_read(fn, request->offset, request->size);
}

static void request_write(struct pci_host *host, const struct request *request, uint32_t value)
{
    struct pci_fn *fn = route(host, request, true);

    if (fn != NULL) {
        pci_config_write(fn, request->offset, request->size, value);
    }
}

static uint32_t request_peek(struct pci_host *host, const struct request *request)
{
    struct pci_fn *fn = pci_host_find(&host->device, request->bus, request->devfn);

    if (fn == NULL) return (uint32_t)bits_mask(8 * request->size);
    return pci_config_get(fn, request->offset, request->size);
}

uint32_t pci_host_config_read(struct device *device, unsigned bus, unsigned devfn, unsigned offset,
                              unsigned size)
{
    struct request request = {.bus = bus, .devfn = devfn, .offset = offset, .size = size};

    return request_read(host_of(device), &request);
}

void pci_host_config_write(struct device *device, unsigned bus, unsigned devfn, unsigned offset,
                           unsigned size, uint32_t value)
{
    struct request request = {.bus = bus, .devfn = devfn, .offset = offset, .size = size};

    request_write(host_of(device), &request, value);
}

/* ---- ECAM ---- */

static struct request ecam_request(uint64_t offset, unsigned size)
{
    return (struct request){
        .bus = (unsigned)(offset >> 20),
        .devfn = (unsigned)(offset >> 12) & 0xff,
        .offset = (unsigned)offset & (PCI_CONFIG_BYTES - 1),
        .size = size,
    };
}

static uint64_t ecam_read(void *owner, uint64_t offset, unsigned size)
{
    struct request request = ecam_request(offset, size);

    return request_read(owner, &request);
}

static void ecam_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct request request = ecam_request(offset, size);

    request_write(owner, &request, (uint32_t)value);
}

static uint64_t ecam_peek(void *owner, uint64_t offset, unsigned size)
{
    struct request request = ecam_request(offset, size);

    return request_peek(owner, &request);
}

static const struct region_ops ecam_ops = {
    .read = ecam_read, .write = ecam_write, .peek = ecam_peek};

/* ---- Ports 0xcf8 to 0xcff ---- */

static struct request port_request(const struct pci_host *host, uint64_t offset, unsigned size)
{
    return (struct request){
        .bus = host->config_address >> 16 & 0xff,
        .devfn = host->config_address >> 8 & 0xff,
        .offset = (host->config_address & 0xfc) + (unsigned)(offset - ADDRESS_BYTES),
        .size = size,
    };
}

static bool is_data(const struct pci_host *host, uint64_t offset)
{
    return offset >= ADDRESS_BYTES && (host->config_address & ADDRESS_ENABLE) != 0;
}

static uint64_t port_read(void *owner, uint64_t offset, unsigned size)
{
    struct pci_host *host = owner;

    if (is_data(host, offset)) {
        struct request request = port_request(host, offset, size);

        return request_read(host, &request);
    }
    if (offset == 0 && size == ADDRESS_BYTES) return host->config_address;
    if (offset == RESET_OFFSET && size == 1 && host->reset_port.read != NULL) {
        return host->reset_port.read(host->reset_port.ctx);
    }
    return bits_mask(8 * size);
}

static void port_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct pci_host *host = owner;

    if (is_data(host, offset)) {
        struct request request = port_request(host, offset, size);

        request_write(host, &request, (uint32_t)value);
    } else if (offset == 0 && size == ADDRESS_BYTES) {
        host->config_address = (uint32_t)value & ADDRESS_WRITABLE;
        TRACE(host->device.env.trace, &host->device, &desc_address, host->config_address);
    } else if (offset == RESET_OFFSET && size == 1 && host->reset_port.write != NULL) {
        host->reset_port.write(host->reset_port.ctx, (uint8_t)value);
    }
}

static uint64_t port_peek(void *owner, uint64_t offset, unsigned size)
{
    struct pci_host *host = owner;

    if (is_data(host, offset)) {
        struct request request = port_request(host, offset, size);

        return request_peek(host, &request);
    }
    if (offset == 0 && size == ADDRESS_BYTES) return host->config_address;
    return bits_mask(8 * size);
}

static const struct region_ops port_ops = {
    .read = port_read, .write = port_write, .peek = port_peek};

void pci_host_set_reset_port(struct device *device, const struct pci_reset_port *port)
{
    host_of(device)->reset_port = *port;
}

/* ---- Interrupt pins ---- */

unsigned pci_host_pirq_of(unsigned slot, unsigned intx)
{
    return (slot + intx) % PCI_PIRQS;
}

/* Through each bridge, pin n of device d becomes pin (d + n) mod 4 of the bridge (9.1). */
static uint8_t pirq_for(const struct pci_fn *fn)
{
    unsigned pin = (fn->desc->interrupt_pin + 3u) & 3;
    const struct pci_bus *bus = fn->bus;
    unsigned slot = PCI_SLOT((unsigned)fn->devfn);

    while (bus->bridge != NULL && bus->bridge->fn.bus != NULL) {
        pin = (slot + pin) & 3;
        slot = PCI_SLOT((unsigned)bus->bridge->fn.devfn);
        bus = bus->bridge->fn.bus;
    }
    return (uint8_t)pci_host_pirq_of(slot, pin);
}

void pci_host_intx(void *ctx, unsigned input, bool level)
{
    struct pci_fn *fn = ctx;
    struct pci_host *host = fn->bus->host;
    bool is_high = level;

    for (size_t i = 0; i < host->fn_count && !is_high; i++) {
        is_high = host->fns[i]->pirq == input && host->fns[i]->intx.level;
    }
    irq_set(&host->pirq[input], is_high);
}

struct irq_line *pci_host_pirq(struct device *device, unsigned pirq)
{
    BUG_ON(pirq >= PCI_PIRQS);
    return &host_of(device)->pirq[pirq];
}

/* ---- The tree ---- */

static void mark_multi_function(struct pci_bus *bus, unsigned slot)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 8; i++) {
        count += bus->fn[PCI_DEVFN(slot, i)] != NULL;
    }
    for (unsigned i = 0; count > 1 && i < 8; i++) {
        struct pci_fn *fn = bus->fn[PCI_DEVFN(slot, i)];

        if (fn == NULL) continue;
        pci_fn_preset(fn, PCI_HEADER_TYPE, 1,
                      fn->masks->reset[PCI_HEADER_TYPE] | PCI_HEADER_TYPE_MULTI_FUNC);
    }
}

int pci_bus_attach(struct pci_bus *bus, struct pci_fn *fn, struct error *err)
{
    struct pci_host *host = bus->host;

    BUG_ON(host == NULL);
    if (bus->fn[fn->devfn] != NULL) {
        return error_host(err, "%s: its place is taken by %s", fn->device.path,
                          bus->fn[fn->devfn]->device.path);
    }
    if (host->fn_count >= PCI_FNS_MAX ||
        (fn->as_bridge != NULL && bus->bridge_count >= PCI_BUS_BRIDGES_MAX)) {
        return error_host(err, "%s: too many PCI functions", fn->device.path);
    }
    bus->fn[fn->devfn] = fn;
    bus->fn_count++;
    if (fn->as_bridge != NULL) {
        bus->bridges[bus->bridge_count++] = fn->as_bridge;
    }
    host->fns[host->fn_count++] = fn;
    fn->pirq = pirq_for(fn);
    irq_connect(&fn->intx, pci_host_intx, fn, fn->pirq);
    mark_multi_function(bus, PCI_SLOT((unsigned)fn->devfn));
    if (bus->bridge != NULL) {
        pci_port_update(bus->bridge);
    }
    return 0;
}

static size_t index_of(struct pci_fn *const *fns, size_t count, const struct pci_fn *fn)
{
    size_t index = 0;

    while (index < count && fns[index] != fn) {
        index++;
    }
    BUG_ON(index == count);
    return index;
}

static void forget_bridge(struct pci_bus *bus, const struct pci_bridge *bridge)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < bus->bridge_count; i++) {
        if (bus->bridges[i] != bridge) {
            bus->bridges[kept++] = bus->bridges[i];
        }
    }
    bus->bridge_count = (uint8_t)kept;
}

void pci_bus_detach(struct pci_fn *fn)
{
    struct pci_bus *bus = fn->bus;
    struct pci_host *host = bus->host;
    size_t index = index_of(host->fns, host->fn_count, fn);

    host->fn_count--;
    memmove(&host->fns[index], &host->fns[index + 1],
            (host->fn_count - index) * sizeof(host->fns[0]));
    bus->fn[fn->devfn] = NULL;
    bus->fn_count--;
    if (fn->as_bridge != NULL) {
        forget_bridge(bus, fn->as_bridge);
    }
    fn->bus = NULL;
}

struct device *pci_add(struct pci_bus *bus, unsigned devfn, const char *path,
                       const struct device_class *class, const void *part, struct error *err)
{
    struct pci_config config = {.bus = bus, .devfn = devfn, .part = part};

    BUG_ON(bus->host == NULL || devfn > 0xff);
    return device_create(class, path, &bus->host->device.env, &config, err);
}

struct pci_bus *pci_host_root(struct device *device, unsigned number)
{
    struct pci_host *host = host_of(device);

    for (unsigned i = 0; i < host->config->root_count; i++) {
        if (host->root[i].number == number) return &host->root[i];
    }
    return NULL;
}

struct pci_bus *pci_host_bus_behind(struct device *device, const char *path)
{
    struct pci_host *host = host_of(device);

    for (size_t i = 0; i < host->fn_count; i++) {
        struct pci_fn *fn = host->fns[i];

        if (fn->as_bridge != NULL && strcmp(fn->device.path, path) == 0)
            return &fn->as_bridge->secondary;
    }
    return NULL;
}

size_t pci_host_fn_count(const struct device *device)
{
    return ((const struct pci_host *)(const void *)device)->fn_count;
}

struct pci_fn *pci_host_fn(struct device *device, size_t index)
{
    struct pci_host *host = host_of(device);

    BUG_ON(index >= host->fn_count);
    return host->fns[index];
}

/* ---- Class ---- */

static const struct pci_host_config default_config = {
    .ecam_base = UINT64_C(0x80000000), .roots = {0x00, 0x03, 0x05, 0xf0}, .root_count = 4};

static const char *const pirq_names[PCI_PIRQS] = {"pirqa", "pirqb", "pirqc", "pirqd",
                                                  "pirqe", "pirqf", "pirqg", "pirqh"};

static int map_regions(struct pci_host *host, struct error *err)
{
    host->ecam = (struct region){.name = "pci_ecam",
                                 .bytes = ECAM_BYTES,
                                 .kind = REGION_MMIO,
                                 .ops = &ecam_ops,
                                 .owner = host,
                                 .min_access = 1,
                                 .max_access = 4};
    host->config_ports = (struct region){.name = "pci_config_ports",
                                         .bytes = PORT_BYTES,
                                         .kind = REGION_MMIO,
                                         .ops = &port_ops,
                                         .owner = host,
                                         .min_access = 1,
                                         .max_access = 4};
    if (bus_map(host->device.env.memory, &host->ecam, host->config->ecam_base, err) != 0) return -1;
    if (bus_map(host->device.env.ports, &host->config_ports, ADDRESS_PORT, err) != 0) {
        bus_unmap(host->device.env.memory, &host->ecam);
        return -1;
    }
    return 0;
}

static int host_init(struct device *device, const void *config, struct error *err)
{
    struct pci_host *host = host_of(device);

    host->config = config;
    BUG_ON(host->config->root_count == 0 || host->config->root_count > PCI_ROOTS_MAX);
    for (unsigned i = 0; i < host->config->root_count; i++) {
        host->root[i].host = host;
        host->root[i].number = host->config->roots[i];
        BUG_ON(i > 0 && host->root[i].number <= host->root[i - 1].number);
    }
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        irq_line_init(&host->pirq[i], pirq_names[i], device);
    }
    return map_regions(host, err);
}

static void host_reset(struct device *device, enum reset_kind kind)
{
    (void)kind; /* the address register alone has state; the lines follow the functions */
    host_of(device)->config_address = 0;
}

static int host_loaded(struct device *device, struct error *err)
{
    if ((host_of(device)->config_address & ~ADDRESS_WRITABLE) != 0) {
        return error_host(err, "snapshot: impossible PCI configuration address");
    }
    return 0;
}

static void host_fini(struct device *device)
{
    struct pci_host *host = host_of(device);

    BUG_ON(host->fn_count != 0); /* functions are destroyed before the host */
    bus_unmap(device->env.memory, &host->ecam);
    bus_unmap(device->env.ports, &host->config_ports);
}

static const struct snap_field host_state[] = {
    SNAP_U(struct pci_host, config_address), SNAP_L(struct pci_host, pirq[0]),
    SNAP_L(struct pci_host, pirq[1]),        SNAP_L(struct pci_host, pirq[2]),
    SNAP_L(struct pci_host, pirq[3]),        SNAP_L(struct pci_host, pirq[4]),
    SNAP_L(struct pci_host, pirq[5]),        SNAP_L(struct pci_host, pirq[6]),
    SNAP_L(struct pci_host, pirq[7]),        SNAP_END};
static const struct trace_desc *const host_events[] = {&desc_address, &desc_nobody, NULL};

const struct device_class pci_host_class = {
    .name = "pci_host",
    .size = sizeof(struct pci_host),
    .version = 1,
    .state = host_state,
    .events = host_events,
    .default_config = &default_config,
    .init = host_init,
    .reset = host_reset,
    .loaded = host_loaded,
    .fini = host_fini,
};
