/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RAM, cache as RAM, firmware ROM and boot window as host memory on the memory bus. RAM is anonymous
 * and not reserved: 256 GiB can be configured on a small host, and only what the guest touches exists.
 *
 * RAM is mapped where the memory controllers decode addresses to a module that is there (imc.h), so not
 * at all before firmware has programmed them. Chosen: contents stay with the system address, not with
 * the cell; software that decodes the same addresses in another way than before finds its data, where
 * real modules would give it shuffled.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "devices/memory/imc.h"
#include "devices/pci/host.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/lazy_memory.h"
#include "emu/machine/events.h"
#include "emu/machine/machine_internal.h"

#define PAGE_BYTES 4096u
/* Neighbouring rules of the memory controllers merge: more pieces of RAM than this only a confused guest
 * makes; what is left over is reached through the bus. */
#define RAM_REGIONS_USUAL 8
/* RAM, cache as RAM, firmware, boot window. */
#define OWN_REGIONS_MAX (RAM_REGIONS_USUAL + 3)

static_assert(MACHINE_RAM_BLOCK == LAZY_MEMORY_BLOCK, "one block size");
static_assert(MAP_CAR_SIZE % LAZY_MEMORY_BLOCK == 0, "whole blocks");

/* ---- RAM ---- */

/* A stretch of system addresses. */
struct stretch {
    uint64_t base;
    uint64_t end;
};

/* What is there of RAM, whatever is decoded. */
static struct stretch ram_limit(const struct machine_ram *ram, bool is_high)
{
    return is_high ? (struct stretch){.base = MAP_HIGH_RAM_BASE,
                                      .end = MAP_HIGH_RAM_BASE + (ram->bytes - ram->low_bytes)}
                   : (struct stretch){.base = 0, .end = ram->low_bytes};
}

static uint8_t *ram_host(const struct machine_ram *ram, uint64_t addr)
{
    return ram->host +
           (addr < MAP_HIGH_RAM_BASE ? addr : addr - MAP_HIGH_RAM_BASE + ram->low_bytes);
}

/* Appends [base, end) to a sorted list; neighbours become one. */
static void put_stretch(struct stretch *list, size_t *count, uint64_t base, uint64_t end)
{
    if (base >= end) return;
    if (*count > 0 && list[*count - 1].end == base) {
        list[*count - 1].end = end;
    } else {
        BUG_ON(*count >= MACHINE_RAM_REGIONS);
        list[*count] = (struct stretch){.base = base, .end = end};
        (*count)++;
    }
}

/* The part of [base, end) that RAM can be in, without the VGA window. */
static void put_ram(const struct machine_ram *ram, struct stretch *list, size_t *count,
                    struct stretch wanted)
{
    const struct stretch limit = ram_limit(ram, wanted.base >= MAP_HIGH_RAM_BASE);

    wanted.base = max_u64(wanted.base, limit.base);
    wanted.end = min_u64(wanted.end, limit.end);
    if (wanted.base >= wanted.end) return;
    put_stretch(list, count, wanted.base, min_u64(wanted.end, MAP_VGA_HOLE_BASE));
    put_stretch(list, count, max_u64(wanted.base, MAP_VGA_HOLE_END), wanted.end);
}

static size_t decoded_stretches(const struct machine *machine, struct stretch *list)
{
    const struct imc_layout *layout = imc_layout(machine->parts.imc);
    size_t count = 0;

    for (size_t i = 0; i < layout->zone_count; i++) {
        put_ram(&machine->ram, list, &count,
                (struct stretch){.base = layout->zones[i].base, .end = layout->zones[i].end});
    }
    return count;
}

static const char *ram_name(uint64_t base)
{
    if (base < MAP_VGA_HOLE_BASE) return "ram.low";
    return base < MAP_HIGH_RAM_BASE ? "ram.main" : "ram.high";
}

static bool has_stretch(const struct stretch *list, size_t count, const struct region *region)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].base == region->base && list[i].end == region->base + region->bytes)
            return true;
    }
    return false;
}

static struct region *find_ram(struct machine_ram *ram, const struct stretch *stretch)
{
    for (size_t i = 0; i < MACHINE_RAM_REGIONS; i++) {
        struct region *region = &ram->regions[i];

        if (stretch == NULL && region->bytes == 0) return region;
        if (stretch != NULL && region->bytes == stretch->end - stretch->base &&
            region->base == stretch->base) {
            return region;
        }
    }
    return NULL;
}

/* RAM comes before BARs that a guest has put in its place, whichever was there first: so a snapshot need
 * not tell who was. */
static int map_first(struct machine *machine, struct region *region, uint64_t base,
                     struct error *err)
{
    if (machine->parts.pci != NULL) {
        pci_host_make_room(machine->parts.pci, base, region->bytes);
    }
    return bus_map(machine->memory, region, base, err);
}

static void let_others_in(struct machine *machine)
{
    if (machine->parts.pci != NULL) {
        pci_host_settle(machine->parts.pci);
    }
}

/* What is there already stays untouched. */
static int map_stretches(struct machine *machine, const struct stretch *list, size_t count,
                         struct error *err)
{
    struct machine_ram *ram = &machine->ram;
    int result = 0;

    for (size_t i = 0; i < MACHINE_RAM_REGIONS; i++) {
        struct region *region = &ram->regions[i];

        if (region->bytes == 0 || has_stretch(list, count, region)) continue;
        bus_unmap(machine->memory, region);
        region->bytes = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct region *region = find_ram(ram, &list[i]);

        if (region != NULL) continue;
        region = find_ram(ram, NULL);
        BUG_ON(region == NULL);
        *region = (struct region){.name = ram_name(list[i].base),
                                  .bytes = list[i].end - list[i].base,
                                  .kind = REGION_RAM,
                                  .host = ram_host(ram, list[i].base)};
        if (map_first(machine, region, list[i].base, err) != 0) {
            region->bytes = 0;
            result = -1;
        }
    }
    return result;
}

void machine_memory_decode(struct machine *machine)
{
    struct stretch list[MACHINE_RAM_REGIONS];
    struct error overlap = ERROR_INIT; /* a guest's mistake: traced */
    size_t count;

    if (machine->config.has_flat_memory) return;
    count = decoded_stretches(machine, list);
    if (map_stretches(machine, list, count, &overlap) != 0) {
        TRACE(machine->trace, NULL, &machine_event_ram_overlap, count);
    }
    let_others_in(machine);
}

static int map_flat(struct machine *machine, struct error *err)
{
    struct stretch list[MACHINE_RAM_REGIONS];
    size_t count = 0;

    put_ram(&machine->ram, list, &count, ram_limit(&machine->ram, false));
    put_ram(&machine->ram, list, &count, ram_limit(&machine->ram, true));
    return map_stretches(machine, list, count, err);
}

static int make_ram(struct machine *machine, struct error *err)
{
    struct machine_ram *ram = &machine->ram;

    ram->bytes = machine->config.memory_bytes;
    ram->low_bytes = min_u64(ram->bytes, MAP_LOW_RAM_MAX);
    ram->host = lazy_memory_create(ram->bytes);
    if (ram->host == NULL) {
        return error_host(err, "cannot reserve address space for %llu MiB of guest memory",
                          (unsigned long long)(ram->bytes >> 20));
    }
    return machine->config.has_flat_memory ? map_flat(machine, err) : 0;
}

uint8_t *machine_memory_page(const struct machine *machine, uint64_t addr)
{
    const uint64_t page = addr & ~(uint64_t)(PAGE_BYTES - 1);

    for (size_t i = 0; i < MACHINE_RAM_REGIONS; i++) {
        const struct region *region = &machine->ram.regions[i];

        if (region->bytes != 0 && page - region->base < region->bytes)
            return (uint8_t *)region->host + (page - region->base);
    }
    return NULL;
}

/* ---- Cache as RAM ---- */

static int make_car(struct machine *machine, struct error *err)
{
    machine->car.host = lazy_memory_create(MAP_CAR_SIZE);
    if (machine->car.host == NULL) return error_host(err, "out of memory");
    machine->car.region = (struct region){.name = "cache_as_ram",
                                          .bytes = MAP_CAR_SIZE,
                                          .kind = REGION_RAM,
                                          .host = machine->car.host};
    return 0;
}

void machine_memory_no_evict(struct machine *machine, bool is_on)
{
    struct error overlap = ERROR_INIT;

    if (is_on == machine->car.is_on) return;
    machine->car.is_on = is_on;
    if (!is_on) {
        bus_unmap(machine->memory, &machine->car.region);
        lazy_memory_clear(machine->car.host, MAP_CAR_SIZE);
    } else if (map_first(machine, &machine->car.region, MAP_CAR_BASE, &overlap) != 0) {
        TRACE(machine->trace, NULL, &machine_event_ram_overlap, MAP_CAR_BASE);
    }
    let_others_in(machine);
}

/* ---- ROM and boot window ---- */

static int map_rom(struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;
    uint64_t base = MAP_HIGH_RAM_BASE - config->rom_bytes;

    if (config->rom == NULL || config->rom_bytes == 0 || config->rom_bytes > MAP_ROM_SIZE ||
        config->rom_bytes % PAGE_BYTES != 0) {
        return error_usage(err,
                           "the firmware image must have 4 KiB to 1 MiB in multiples of 4 KiB");
    }
    machine->rom =
        mmap(NULL, config->rom_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (machine->rom == MAP_FAILED) {
        machine->rom = NULL;
        return error_host(err, "out of memory");
    }
    memcpy(machine->rom, config->rom, config->rom_bytes);
    machine->rom_region = (struct region){
        .name = "rom", .bytes = config->rom_bytes, .kind = REGION_ROM, .host = machine->rom};
    return bus_map(machine->memory, &machine->rom_region, base, err);
}

static int map_window(struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;

    if (config->boot_window == NULL) return 0;
    if (config->boot_window_bytes == 0 || config->boot_window_bytes % PAGE_BYTES != 0 ||
        config->boot_window_bytes > MAP_BOOT_WINDOW_MAX) {
        return error_usage(err, "the boot window must be a multiple of 4 KiB and at most %llu GiB",
                           (unsigned long long)(MAP_BOOT_WINDOW_MAX >> 30));
    }
    machine->window_region = (struct region){
        .name = "boot_window",
        .bytes = config->boot_window_bytes,
        .kind = REGION_ROM,
        .host = (void *)(uintptr_t)config->boot_window, /* a ROM region is never written */
    };
    return bus_map(machine->memory, &machine->window_region, MAP_BOOT_WINDOW_BASE, err);
}

int machine_memory_init(struct machine *machine, struct error *err)
{
    if (make_ram(machine, err) != 0) return -1;
    if (make_car(machine, err) != 0) return -1;
    if (map_rom(machine, err) != 0) return -1;
    return map_window(machine, err);
}

void machine_memory_fini(struct machine *machine)
{
    if (machine->rom != NULL) {
        (void)munmap(machine->rom, machine->config.rom_bytes);
    }
    lazy_memory_destroy(machine->car.host, MAP_CAR_SIZE);
    lazy_memory_destroy(machine->ram.host, machine->ram.bytes);
}

/* ---- The cores' view of it ---- */

static bool is_ram(const struct machine *machine, const struct region *region)
{
    const struct region *first = machine->ram.regions;

    return region >= first && region < first + MACHINE_RAM_REGIONS;
}

static bool is_other_own(const struct machine *machine, const struct region *region)
{
    return region == &machine->car.region || region == &machine->rom_region ||
           region == &machine->window_region;
}

static bool is_for_cores(const struct region *region)
{
    const uint64_t limit = UINT64_C(1) << MAP_PHYS_BITS;

    return region->kind != REGION_MMIO && region->base < limit &&
           region->bytes <= limit - region->base && region->base % PAGE_BYTES == 0 &&
           region->bytes % PAGE_BYTES == 0 && (uintptr_t)region->host % PAGE_BYTES == 0;
}

void machine_memory_list(struct machine *machine)
{
    struct machine_memory_view *view = &machine->view;
    size_t room = CPU_MEMORY_MAX - OWN_REGIONS_MAX; /* for those of devices */
    size_t ram_room = RAM_REGIONS_USUAL;

    view->count = 0;
    for (size_t i = 0; i < bus_region_count(machine->memory); i++) {
        /* Its owner gave it to the bus to be written to. */
        struct region *region = bus_find(machine->memory, bus_region(machine->memory, i)->base);

        if (!is_for_cores(region)) continue;
        if (is_ram(machine, region)) {
            if (ram_room == 0) continue;
            ram_room--;
        } else if (!is_other_own(machine, region)) {
            if (room == 0) continue;
            room--;
        }
        view->regions[view->count] = region;
        view->list[view->count] = (struct cpu_memory){
            .base = region->base,
            .bytes = region->bytes,
            .host = region->host,
            .is_read_only = region->kind == REGION_ROM,
            .is_watched = region->before_write != NULL,
        };
        view->count++;
    }
}

/* The block that maps or unmaps memory is the last that its core runs with the old view: the other
 * cores must not see the new one later than this one does, nor earlier. */
static void memory_changed(void *ctx)
{
    struct machine *machine = ctx;

    machine->is_view_stale = true;
    machine_lower_deadline(machine, 0);
}

/* By region, not by address: it may have moved since the cores were told. */
static void memory_watch(void *ctx, const struct region *region, uint64_t offset, uint64_t bytes)
{
    struct machine *machine = ctx;
    const struct machine_memory_view *view = &machine->view;

    for (size_t i = 0; i < view->count; i++) {
        if (view->regions[i] == region && offset < view->list[i].bytes) {
            cpu_set_watch(machine->cpus, view->list[i].base + offset,
                          min_u64(bytes, view->list[i].bytes - offset));
        }
    }
}

void machine_memory_before_write(void *ctx, uint64_t addr)
{
    const struct machine *machine = ctx;
    const struct machine_memory_view *view = &machine->view;

    for (size_t i = 0; i < view->count; i++) {
        if (addr - view->list[i].base < view->list[i].bytes) {
            const struct region *region = view->regions[i];

            region->before_write(region->owner, addr - view->list[i].base);
        }
    }
}

void machine_memory_connect(struct machine *machine)
{
    const struct bus_ram_hooks hooks = {
        .ctx = machine, .changed = memory_changed, .watch = memory_watch};

    bus_set_ram_hooks(machine->memory, &hooks);
}

void machine_memory_sync(struct machine *machine)
{
    struct error err = ERROR_INIT;

    if (!machine->is_view_stale) return;
    machine->is_view_stale = false;
    machine_memory_list(machine);
    /* The library has room for any valid list: else it or the host is broken. */
    BUG_ON(cpu_set_memory(machine->cpus, machine->view.list, machine->view.count, &err) != 0);
}

int machine_ram_visit(const struct machine *machine,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx)
{
    return lazy_memory_visit(machine->ram.host, machine->ram.bytes, visit, ctx);
}
