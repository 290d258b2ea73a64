/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From breakpoints to probes, each the cheapest that tells enough, and from what they tell to hits.
 *
 *     reg, irq, lba, ev      the event trace: a sink
 *     reg that is not traced, bar, port   the bus probe
 *     mem                    data probes of the cores: linear addresses
 *     phys, pixel            watched ranges of physical memory, DMA included
 *     pc, msr, vector        the cores' own probes
 *
 * Where a pixel lies follows the display: each flip, change of timing or move of a BAR is a hit of
 * nobody, and motion.c sets the ranges anew.
 */
#include "emu/debug/debugger_internal.h"

#include <string.h>

/* ---- What a core is doing ---- */

static struct hit hit_of_core(struct debugger *debugger, unsigned core)
{
    struct cpu *cpu = debugger_cpu(debugger, core);

    return (struct hit){.core = core, .pc = cpu != NULL ? cpu_block_pc(cpu) : 0};
}

static bool is_watching(const struct breakpoint *breakpoint, enum source_kind kind)
{
    return breakpoint->number != 0 && breakpoint->is_enabled && breakpoint->source.kind == kind;
}

static bool wants_access(const struct source *source, bool is_write)
{
    return is_write ? source->on_write : source->on_read;
}

/* ---- Events ---- */

static bool moves_pixels(const struct trace_item *item)
{
    static const char *const events[] = {"flip", "crtc_timing", "pci_bar"};

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (strcmp(item->type->name, events[i]) == 0) return true;
    }
    return false;
}

static void on_record(void *ctx, const struct trace_record *record)
{
    struct debugger *debugger = ctx;
    struct trace_item item;

    if (!debugger->is_moving) return;
    hit_flush(debugger);
    trace_item_view(record, &debugger->scratch, &item);
    if (debugger->has_pixel && moves_pixels(&item)) {
        history_hit(debugger->config.history, true, HIDDEN_MOVED);
    }
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        struct hit hit = {.number = 0};

        if (breakpoint->number == 0 || !breakpoint->is_enabled) continue;
        if (!source_meets_item(&breakpoint->source, &item, &hit)) continue;
        if (hit.is_write && breakpoint->has_old) {
            hit.has_old = true;
            hit.old = breakpoint->old;
        }
        hit_take(debugger, breakpoint, &hit, true);
    }
}

/* ---- Accesses of cores to devices ---- */

/* The registers that a mapped region decodes; NULL: not this device's, or not by a table. */
static const struct reg_bank *bank_of(const struct debugger *debugger, const struct device *device,
                                      const struct region *region)
{
    for (const struct reg_bank *bank = device->class->banks; bank != NULL && bank->name != NULL;
         bank++) {
        const struct reg_window *window = (const void *)region;

        /* A window is its own region's owner, and the region has the bank's very name. */
        if (region->owner == (const void *)region && region->name == bank->name &&
            window->device == device)
            return bank;
    }
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct pci_fn *fn = debugger->observer->devices[i].pci;

        if (fn == NULL || debugger->observer->devices[i].device != device) continue;
        for (unsigned n = 0; n < PCI_BARS_MAX; n++) {
            if (fn->bars[n].region == region) return fn->desc->bar[n].bank;
        }
    }
    return NULL;
}

static bool bus_has_bank(const struct debugger *debugger, const struct bus *bus,
                         const struct device *device, const struct reg_bank *bank)
{
    for (size_t i = 0; i < bus_region_count(bus); i++) {
        if (bank_of(debugger, device, bus_region(bus, i)) == bank) return true;
    }
    return false;
}

/* Also of a BAR that the guest has not placed yet. */
bool probes_see_bank(const struct debugger *debugger, const struct device *device,
                     const struct reg_bank *bank)
{
    struct machine *machine = debugger->config.machine;

    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct pci_fn *fn = debugger->observer->devices[i].pci;

        if (fn == NULL || debugger->observer->devices[i].device != device) continue;
        for (unsigned n = 0; n < PCI_BARS_MAX; n++) {
            if (fn->desc->bar[n].bank == bank) return true;
        }
    }
    return bus_has_bank(debugger, machine_memory(machine), device, bank) ||
           bus_has_bank(debugger, machine_ports(machine), device, bank);
}

static void bus_register(struct debugger *debugger, struct breakpoint *breakpoint,
                         const struct region *region, const struct hit *access)
{
    const struct source *source = &breakpoint->source;
    const struct reg *reg = source->place.reg;
    const uint64_t offset = access->addr - region->base;
    struct register_place place = source->place;
    struct hit hit = *access;
    unsigned index;

    if (bank_of(debugger, source->device, region) != source->place.bank) return;
    if (reg_find(source->place.bank, offset, &index) != reg) return;
    if (source->has_index && index != source->place.index) return;
    place.index = index;
    if (!reg->is_quiet) {
        /* Its event follows at once; what a write finds is known only now. */
        breakpoint->has_old = access->is_write;
        breakpoint->old = register_value(source->device, &place);
        return;
    }
    if (!wants_access(source, access->is_write)) return;
    hit.index = index;
    if (access->is_write) {
        hit.has_old = true;
        hit.old = register_value(source->device, &place);
    }
    hit_take(debugger, breakpoint, &hit, true);
}

static bool meets_bar(const struct debugger *debugger, const struct source *source, bool is_port,
                      uint64_t addr)
{
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct pci_fn *fn = debugger->observer->devices[i].pci;
        const struct region *region;

        if (fn == NULL || debugger->observer->devices[i].device != source->device) continue;
        region = fn->bars[source->bar].region;
        return region != NULL && region->is_mapped && addr - region->base < region->bytes &&
               is_port ==
                   (source->bar < PCI_BARS_MAX && fn->desc->bar[source->bar].kind == PCI_BAR_IO);
    }
    return false;
}

static bool meets_ports(const struct source *source, bool is_port, uint64_t addr, unsigned bytes)
{
    return is_port && addr <= source->last && addr + (bytes - 1) >= source->first;
}

static void on_bus(void *ctx, bool is_port, uint64_t addr, unsigned bytes, bool is_write,
                   uint64_t value)
{
    struct debugger *debugger = ctx;
    struct machine *machine = debugger->config.machine;
    const unsigned core = bus_initiator(machine_memory(machine));
    struct hit access = hit_of_core(debugger, core);
    const struct region *region =
        bus_find(is_port ? machine_ports(machine) : machine_memory(machine), addr);

    if (!debugger->is_moving) return;
    hit_flush(debugger);
    access.addr = addr;
    access.bytes = bytes;
    access.is_write = is_write;
    access.has_value = true;
    access.value = value;
    access.written = value;
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        const struct source *source = &breakpoint->source;
        struct hit hit = access;

        if (region != NULL && is_watching(breakpoint, SOURCE_REG)) {
            bus_register(debugger, breakpoint, region, &hit);
        }
        if (!wants_access(source, is_write)) continue;
        if ((is_watching(breakpoint, SOURCE_BAR) && meets_bar(debugger, source, is_port, addr)) ||
            (is_watching(breakpoint, SOURCE_PORT) && meets_ports(source, is_port, addr, bytes))) {
            hit_take(debugger, breakpoint, &hit, true);
        }
    }
}

/* ---- Memory ---- */

static bool meets_range(struct debugger *debugger, const struct source *source, uint64_t addr,
                        unsigned bytes)
{
    uint64_t first = source->first;
    uint64_t last = source->last;
    unsigned pixel_bytes;

    if (source->kind == SOURCE_PIXEL) {
        if (!picture_place(debugger, source->x, source->y, &first, &pixel_bytes)) return false;
        last = first + pixel_bytes - 1;
    }
    return addr <= last && addr + (bytes - 1) >= first;
}

static void on_memory(void *ctx, unsigned core, bool is_write, uint64_t addr, unsigned bytes)
{
    struct debugger *debugger = ctx;
    struct hit access = {.is_dma = core == MACHINE_DMA};

    if (!debugger->is_moving) return;
    hit_flush(debugger);
    if (!access.is_dma) {
        access = hit_of_core(debugger, core);
    }
    access.addr = addr;
    access.bytes = bytes;
    access.is_write = is_write;
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        struct hit hit = access;

        if (!is_watching(breakpoint, SOURCE_PHYS) && !is_watching(breakpoint, SOURCE_PIXEL) &&
            !is_watching(breakpoint, SOURCE_BAR))
            continue;
        if (!wants_access(&breakpoint->source, is_write)) continue;
        if (breakpoint->source.kind == SOURCE_BAR
                ? meets_bar(debugger, &breakpoint->source, false, addr)
                : meets_range(debugger, &breakpoint->source, addr, bytes)) {
            hit_take(debugger, breakpoint, &hit, true);
        }
    }
}

static void on_data(void *ctx, unsigned core, enum cpu_access kind, uint64_t linear, unsigned bytes)
{
    struct debugger *debugger = ctx;
    const bool is_write = kind == CPU_ACCESS_WRITE;

    if (!debugger->is_moving) return;
    hit_flush(debugger);
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        struct hit hit = hit_of_core(debugger, core);

        if (!is_watching(breakpoint, SOURCE_MEM)) continue;
        if (!wants_access(&breakpoint->source, is_write)) continue;
        if (!meets_range(debugger, &breakpoint->source, linear, bytes)) continue;
        hit.addr = linear;
        hit.bytes = bytes;
        hit.is_write = is_write;
        hit_take(debugger, breakpoint, &hit, true);
    }
}

/* ---- Cores ---- */

/* The instruction that it stands in front of was a hit already, or is where it starts from. */
static bool is_start(const struct debugger *debugger, unsigned core, uint64_t pc)
{
    struct machine_instant at;

    if (pc != debugger->start_pc || core != debugger->start.core) return false;
    machine_get_instant(debugger->config.machine, &at);
    return at.ticks == debugger->start.ticks && at.core == debugger->start.core;
}

static void on_code(void *ctx, unsigned core, uint64_t pc)
{
    struct debugger *debugger = ctx;

    if (!debugger->is_moving || is_start(debugger, core, pc)) return;
    hit_flush(debugger);
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        struct hit hit = {.core = core, .pc = pc, .addr = pc};

        if (!is_watching(breakpoint, SOURCE_PC) || breakpoint->source.first != pc) continue;
        hit_take(debugger, breakpoint, &hit, false);
    }
}

static void on_msr(void *ctx, unsigned core, uint32_t msr, bool is_write, uint64_t value)
{
    struct debugger *debugger = ctx;

    if (!debugger->is_moving) return;
    hit_flush(debugger);
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        struct hit hit = hit_of_core(debugger, core);

        if (!is_watching(breakpoint, SOURCE_MSR) || breakpoint->source.first != msr) continue;
        if (!wants_access(&breakpoint->source, is_write)) continue;
        hit.addr = msr;
        hit.is_write = is_write;
        hit.has_value = true;
        hit.value = value;
        hit.written = value;
        hit.has_old = is_write && cpu_peek_msr(debugger_cpu(debugger, core), msr, &hit.old);
        hit_take(debugger, breakpoint, &hit, true);
    }
}

static void on_vector(void *ctx, unsigned core, uint8_t vector, bool is_external)
{
    struct debugger *debugger = ctx;

    if (!debugger->is_moving) return;
    hit_flush(debugger);
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];
        struct hit hit = hit_of_core(debugger, core);

        if (!is_watching(breakpoint, SOURCE_VECTOR) || breakpoint->source.first != vector) continue;
        hit.has_value = true;
        hit.value = vector;
        hit.written = vector;
        hit.is_external = is_external;
        hit_take(debugger, breakpoint, &hit, true);
    }
}

/* ---- Giving them to the machine ---- */

struct needs {
    struct probe_lists lists;
    bool has_sink;
    bool has_bus;
    bool has_msr;
    bool has_vector;
    bool has_pixel;
};

static void add_code(struct probe_lists *lists, uint64_t pc)
{
    for (size_t i = 0; i < lists->code_count; i++) {
        if (lists->code[i] == pc) return;
    }
    lists->code[lists->code_count++] = pc;
}

static void add_data(struct probe_lists *lists, const struct source *source)
{
    struct cpu_probe_range *range = &lists->data[lists->data_count++];

    range->linear = source->first;
    range->bytes = source->last - source->first + 1;
    range->on_read = source->on_read;
    range->on_write = source->on_write;
}

static void add_memory(struct probe_lists *lists, uint64_t first, uint64_t bytes)
{
    lists->memory[lists->memory_count++] = (struct machine_range){.addr = first, .bytes = bytes};
}

/* A BAR with memory behind it is no access to the bus. */
static void add_bar(const struct debugger *debugger, const struct source *source,
                    struct needs *needs)
{
    needs->has_bus = true;
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct pci_fn *fn = debugger->observer->devices[i].pci;
        const struct region *region;

        if (fn == NULL || debugger->observer->devices[i].device != source->device) continue;
        region = fn->bars[source->bar].region;
        if (region != NULL && region->is_mapped && region->kind == REGION_RAM) {
            add_memory(&needs->lists, region->base, region->bytes);
        }
    }
}

static void add_pixel(struct debugger *debugger, const struct source *source, struct needs *needs)
{
    uint64_t addr;
    unsigned bytes;

    needs->has_sink = true;
    needs->has_pixel = true;
    if (picture_place(debugger, source->x, source->y, &addr, &bytes)) {
        add_memory(&needs->lists, addr, bytes);
    }
}

static void add_needs(struct debugger *debugger, const struct source *source, struct needs *needs)
{
    switch (source->kind) {
    case SOURCE_REG:
        needs->has_sink = true;
        needs->has_bus = true;
        break;
    case SOURCE_LINE:
    case SOURCE_LAPIC:
    case SOURCE_LBA:
    case SOURCE_EVENT: needs->has_sink = true; break;
    case SOURCE_BAR: add_bar(debugger, source, needs); break;
    case SOURCE_PORT: needs->has_bus = true; break;
    case SOURCE_MEM: add_data(&needs->lists, source); break;
    case SOURCE_PHYS:
        add_memory(&needs->lists, source->first, source->last - source->first + 1);
        break;
    case SOURCE_PIXEL: add_pixel(debugger, source, needs); break;
    case SOURCE_MSR: needs->has_msr = true; break;
    case SOURCE_VECTOR: needs->has_vector = true; break;
    case SOURCE_PC: add_code(&needs->lists, source->first); break;
    }
}

static void give_callbacks(struct debugger *debugger, const struct needs *needs)
{
    struct machine *machine = debugger->config.machine;
    const struct machine_probe probe = {
        .ctx = debugger,
        .bus = needs->has_bus ? on_bus : NULL,
        .memory = needs->lists.memory_count > 0 ? on_memory : NULL,
    };
    const struct cpu_probe cores = {
        .ctx = debugger,
        .code = needs->lists.code_count > 0 ? on_code : NULL,
        .data = needs->lists.data_count > 0 ? on_data : NULL,
        .msr = needs->has_msr ? on_msr : NULL,
        .vector = needs->has_vector ? on_vector : NULL,
    };

    machine_set_probe(machine, &probe);
    cpu_set_probe(machine_cpus(machine), &cores);
}

static int give_sink(struct debugger *debugger, bool on, struct error *err)
{
    struct trace *trace = machine_trace(debugger->config.machine);
    const struct trace_sink sink = {.record = on_record, .ctx = debugger};

    if (on == debugger->has_sink) return 0;
    if (!on) {
        trace_remove_sink(trace, debugger);
    } else if (!trace_add_sink(trace, &sink)) {
        return error_host(err, "too many look at the event trace already");
    }
    debugger->has_sink = on;
    return 0;
}

static bool is_same_range(const struct cpu_probe_range *a, const struct cpu_probe_range *b)
{
    return a->linear == b->linear && a->bytes == b->bytes && a->on_read == b->on_read &&
           a->on_write == b->on_write;
}

static bool is_new(const struct probe_lists *now, const struct probe_lists *before)
{
    if (now->data_count != before->data_count || now->memory_count != before->memory_count) {
        return true;
    }
    for (size_t i = 0; i < now->data_count; i++) {
        if (!is_same_range(&now->data[i], &before->data[i])) return true;
    }
    for (size_t i = 0; i < now->memory_count; i++) {
        if (now->memory[i].addr != before->memory[i].addr ||
            now->memory[i].bytes != before->memory[i].bytes)
            return true;
    }
    return false;
}

static int give_lists(struct debugger *debugger, const struct probe_lists *lists, struct error *err)
{
    struct machine *machine = debugger->config.machine;
    const struct probe_lists *given = &debugger->given;
    bool is_good = true;

    if (lists->code_count != given->code_count ||
        memcmp(lists->code, given->code, lists->code_count * sizeof(lists->code[0])) != 0) {
        is_good = cpu_set_probe_code(machine_cpus(machine), lists->code, lists->code_count);
    }
    if (is_new(lists, given)) {
        is_good = is_good &&
                  cpu_set_probe_data(machine_cpus(machine), lists->data, lists->data_count) &&
                  machine_watch_memory(machine, lists->memory, lists->memory_count);
    }
    debugger->given = *lists;
    return is_good ? 0 : error_host(err, "the machine has no room for so many probes");
}

int probes_apply(struct debugger *debugger, struct error *err)
{
    struct needs needs = {.has_sink = false};

    if (!debugger->is_dirty) return 0;
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        const struct breakpoint *breakpoint = &debugger->breakpoint[i];

        if (breakpoint->number == 0 || !breakpoint->is_enabled) continue;
        add_needs(debugger, &breakpoint->source, &needs);
    }
    debugger->has_pixel = needs.has_pixel;
    give_callbacks(debugger, &needs);
    if (give_sink(debugger, needs.has_sink, err) != 0) return -1;
    if (give_lists(debugger, &needs.lists, err) != 0) return -1;
    debugger->is_dirty = needs.has_pixel; /* it lies elsewhere at another place */
    return 0;
}

void probes_remove(struct debugger *debugger)
{
    const struct needs none = {.has_sink = false};

    give_callbacks(debugger, &none);
    (void)give_sink(debugger, false, NULL);
    (void)give_lists(debugger, &none.lists, NULL);
}
