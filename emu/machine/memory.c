/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RAM, firmware ROM and boot window as host memory on the memory bus. RAM is anonymous and not
 * reserved: 256 GiB can be configured on a small host, and only what the guest touches exists.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/machine/machine_internal.h"

#define PAGE_BYTES      4096u
#define PAGES_PER_BLOCK (MACHINE_RAM_BLOCK / PAGE_BYTES)
/* Bits of a /proc/self/pagemap entry: page present, page swapped (Linux, admin-guide/mm/pagemap).
 */
#define PAGEMAP_IN_USE (BIT(63) | BIT(62))

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
    host = mmap(NULL, ram->bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (host == MAP_FAILED) {
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
    if (machine->ram.host != NULL) {
        (void)munmap(machine->ram.host, machine->ram.bytes);
    }
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

static bool is_zero(const uint8_t *block)
{
    return block[0] == 0 && memcmp(block, block + 1, MACHINE_RAM_BLOCK - 1) == 0;
}

/* Whether the host has anything for this block; true when that cannot be known. Looking at the
 * pages themselves would touch 256 GiB. */
static bool is_in_use(int pagemap, const uint8_t *block)
{
    uint64_t entries[PAGES_PER_BLOCK];
    off_t offset = (off_t)((uintptr_t)block / PAGE_BYTES * sizeof(entries[0]));

    if (pagemap < 0 || pread(pagemap, entries, sizeof(entries), offset) != (ssize_t)sizeof(entries))
        return true;
    for (size_t i = 0; i < PAGES_PER_BLOCK; i++) {
        if ((entries[i] & PAGEMAP_IN_USE) != 0) return true;
    }
    return false;
}

int machine_ram_visit(const struct machine *machine,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx)
{
    const struct machine_ram *ram = &machine->ram;
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    int result = 0;

    for (uint64_t offset = 0; offset < ram->bytes && result == 0; offset += MACHINE_RAM_BLOCK) {
        const uint8_t *block = ram->host + offset;

        if (!is_in_use(pagemap, block) || is_zero(block)) continue;
        result = visit(ctx, offset, block);
    }
    if (pagemap >= 0) {
        (void)close(pagemap);
    }
    return result;
}

void machine_ram_clear(struct machine *machine)
{
    /* Private anonymous pages read as zero after this, and cost nothing again. */
    if (madvise(machine->ram.host, machine->ram.bytes, MADV_DONTNEED) != 0) {
        memset(machine->ram.host, 0, machine->ram.bytes);
    }
}
