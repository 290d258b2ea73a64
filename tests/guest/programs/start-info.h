/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of hvm_start_info that PVH and plain ELF64 images share. Xen's public header
 * start_info.h; docs/images.md.
 */
#pragma once

#include "tests/guest/lib/platform.h"

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t modlist, cmdline, rsdp, memmap;
    uint32_t memmap_entries, reserved;
};

struct memmap_entry {
    uint64_t addr, size;
    uint32_t type, reserved;
};

static inline void check_start_info(const struct start_info *info)
{
    report_eq(info->magic, 0x336ec578, "start information: magic");
    report(info->version >= 1, "start information: version");
    report_eq(info->flags, 0, "start information: flags");
    const uint8_t *rsdp = (const uint8_t *)(uintptr_t)info->rsdp;
    report(rsdp != NULL && memcmp(rsdp, "RSD PTR ", 8) == 0, "start information: RSDP");
    report(rsdp == platform()->rsdp, "it is the one that a search finds");
    const char *cmdline = (const char *)(uintptr_t)info->cmdline;
    size_t length = 0;
    while (cmdline != NULL && cmdline[length] != '\0') {
        length++;
    }
    report(length >= 7 && memcmp(cmdline + length - 7, "one two", 7) == 0,
           "start information: command line");
    const struct memmap_entry *map = (const struct memmap_entry *)(uintptr_t)info->memmap;
    unsigned usable = 0, overlaps = 0;
    bool low = false, lapic = false;
    for (unsigned i = 0; i < info->memmap_entries && i < 64; i++) {
        usable += map[i].type == 1;
        low = low ||
              (map[i].type == 1 && map[i].addr <= 0x200000 && map[i].addr + map[i].size > 0x800000);
        lapic = lapic || (map[i].type == 1 && map[i].addr <= MAP_LAPIC_BASE &&
                          map[i].addr + map[i].size > MAP_LAPIC_BASE);
        for (unsigned j = 0; j < i; j++) {
            overlaps +=
                map[j].addr < map[i].addr + map[i].size && map[i].addr < map[j].addr + map[j].size;
        }
    }
    report(info->memmap_entries >= 4 && usable >= 1, "start information: memory map of %u entries",
           info->memmap_entries);
    report_eq(overlaps, 0, "no two entries overlap");
    report(low, "the memory the image lies in is usable");
    report(!lapic, "the local APIC is not memory");
}
