/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's boot path without its hardware: see firmware_view.h. */
#define _GNU_SOURCE

#include "tests/fuzz/firmware_view.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "emu/base/bug.h"
#include "firmware/boot/linux.h"
#include "firmware/boot/loader.h"
#include "firmware/boot/multiboot.h"
#include "firmware/boot/pvh.h"

#define MIB           0x100000u
#define HANDOFF_ADDR  0x40000u
#define HANDOFF_BYTES 0x40000u
#define EBDA_ADDR     0x9fc00u
#define TABLES_BYTES  0x40000u
#define RSDP_ADDR     0xf0010u

static const char *load(struct loader *loader)
{
    const struct boot_entry *failed = NULL;
    struct linux_entry entry;
    const char *reason;
    uint64_t info;

    switch (loader->window->protocol) {
    case BOOT_PROTO_LINUX: return linux_load(loader, &entry);
    case BOOT_PROTO_MULTIBOOT1:
        reason = loader_segments(loader, &failed);
        return reason ? reason : multiboot_load(loader, &info);
    case BOOT_PROTO_PVH:
    case BOOT_PROTO_ELF64:
        reason = loader_segments(loader, &failed);
        return reason ? reason : pvh_load(loader, &info);
    default: return NULL;
    }
}

const char *firmware_view_boot(const uint8_t *window, size_t bytes)
{
    struct boot_window *parsed = calloc(1, sizeof(*parsed));
    struct mem_map map = {.count = 0};
    struct loader loader = {.window = parsed, .rsdp_addr = RSDP_ADDR};
    void *memory = mmap(NULL, FIRMWARE_VIEW_MEMORY, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    BUG_ON(!parsed || memory == MAP_FAILED);
    struct arena handoff = {
        .memory = (uint8_t *)memory + HANDOFF_ADDR, .addr = HANDOFF_ADDR, .bytes = HANDOFF_BYTES};
    loader.memory = memory;
    loader.handoff = &handoff;
    BUG_ON(!memmap_set(&map, 0, EBDA_ADDR, MEM_USABLE));
    BUG_ON(!memmap_set(&map, MIB, FIRMWARE_VIEW_MEMORY - TABLES_BYTES, MEM_USABLE));
    BUG_ON(!memmap_set(&map, FIRMWARE_VIEW_MEMORY - TABLES_BYTES, FIRMWARE_VIEW_MEMORY, MEM_ACPI));
    BUG_ON(!loader_init(&loader, &map));
    const char *reason = boot_window_parse(parsed, window, bytes);
    if (!reason) reason = load(&loader);
    (void)munmap(memory, FIRMWARE_VIEW_MEMORY);
    free(parsed);
    return reason;
}
