/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RAM, firmware ROM and boot window as host memory on the memory bus. RAM is anonymous and not
 * reserved: 256 GiB can be configured on a small host, and only what the guest touches exists.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/lazy_memory.h"
#include "emu/machine/machine_internal.h"

#define PAGE_BYTES 4096u
/* RAM, firmware, boot window. */
#define OWN_REGIONS_MAX (MACHINE_RAM_REGIONS + 2)

static_assert(MACHINE_RAM_BLOCK == LAZY_MEMORY_BLOCK, "one block size");

static void add_ram(struct machine_ram *ram, const char *name, uint64_t offset, uint64_t bytes)
{
    ram->regions[ram->region_count] = (struct region){
        .name = name, .bytes = bytes, .kind = REGION_RAM, .host = ram->host + offset};
    ram->region_count++;
}

static int map_ram(struct machine *machine, struct error *err)
{
    static const uint64_t bases[MACHINE_RAM_REGIONS] = {0, MAP_VGA_HOLE_END, MAP_HIGH_RAM_BASE};
    struct machine_ram *ram = &machine->ram;
    void *host;

    ram->bytes = machine->config.memory_bytes;
    ram->low_bytes = min_u64(ram->bytes, MAP_LOW_RAM_MAX);
    host = lazy_memory_create(ram->bytes);
    if (host == NULL) {
        return error_host(err, "cannot reserve address space for %llu MiB of guest memory",
                          (unsigned long long)(ram->bytes >> 20));
    }
    ram->host = host;
    add_ram(ram, "ram.low", 0, MAP_VGA_HOLE_BASE);
    add_ram(ram, "ram.main", MAP_VGA_HOLE_END, ram->low_bytes - MAP_VGA_HOLE_END);
    if (ram->bytes > ram->low_bytes) {
        add_ram(ram, "ram.high", ram->low_bytes, ram->bytes - ram->low_bytes);
    }
    for (size_t i = 0; i < ram->region_count; i++) {
        if (bus_map(machine->memory, &ram->regions[i], bases[i], err) != 0) return -1;
    }
    return 0;
}

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
    if (map_ram(machine, err) != 0) return -1;
    if (map_rom(machine, err) != 0) return -1;
    return map_window(machine, err);
}

void machine_memory_fini(struct machine *machine)
{
    if (machine->rom != NULL) {
        (void)munmap(machine->rom, machine->config.rom_bytes);
    }
    lazy_memory_destroy(machine->ram.host, machine->ram.bytes);
}

/* ---- The cores' view of it ---- */

static bool is_own(const struct machine *machine, const struct region *region)
{
    for (size_t i = 0; i < machine->ram.region_count; i++) {
        if (region == &machine->ram.regions[i]) return true;
    }
    return region == &machine->rom_region || region == &machine->window_region;
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

    view->count = 0;
    for (size_t i = 0; i < bus_region_count(machine->memory); i++) {
        /* Its owner gave it to the bus to be written to. */
        struct region *region = bus_find(machine->memory, bus_region(machine->memory, i)->base);

        if (!is_for_cores(region)) continue;
        if (!is_own(machine, region)) {
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
    if (machine->is_core_running) {
        cpu_lower_deadline(cpu_set_core(machine->cpus, machine->running_core), 0);
    }
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

void machine_ram_clear(struct machine *machine)
{
    lazy_memory_clear(machine->ram.host, machine->ram.bytes);
}
