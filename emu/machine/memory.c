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

size_t machine_memory_list(const struct machine *machine, struct cpu_memory *list)
{
    size_t count = 0;

    for (size_t i = 0; i < bus_region_count(machine->memory); i++) {
        const struct region *region = bus_region(machine->memory, i);

        if (region->kind == REGION_MMIO) continue;
        BUG_ON(count >= MACHINE_RAM_REGIONS + 2);
        list[count] = (struct cpu_memory){
            .base = region->base,
            .bytes = region->bytes,
            .host = region->host,
            .is_read_only = region->kind == REGION_ROM,
        };
        count++;
    }
    return count;
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
