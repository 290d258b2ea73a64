/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Multiboot 1 image finds: magic, machine state, information structure, memory map that is
 * sane and agrees with the memory there is. Multiboot Specification 0.6.96, 3.2 and 3.3;
 * docs/images.md. Also built as an ELF64 (boot-mbx64.c).
 */
#include "tests/guest/lib/platform.h"
#include "tests/guest/lib/trap.h"

struct __attribute__((packed)) info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4],
        mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name;
};

struct __attribute__((packed)) map_entry {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
};

static uint32_t zero_check[4096];
static const char text[] = "intact";

static void state(void)
{
    report_eq(entry_state.rax, 0x2badb002, "EAX is the magic");
    report(entry_state.rbx != 0 && entry_state.rbx < 0x100000000ull,
           "EBX is the address of the structure");
    report_eq(entry_state.cr0 & (CR0_PE | CR0_PG), CR0_PE, "protected mode without paging");
    report_eq(entry_state.efer & (EFER_LME | EFER_LMA), 0, "no long mode");
    report_eq(entry_state.rflags & (FLAG_IF | FLAG_VM | FLAG_DF), 0, "flags");
    report_eq(entry_state.cs & 3, 0, "ring 0");
    report(entry_state.ds == entry_state.es && entry_state.ds == entry_state.ss,
           "flat data segments");
}

static void image(void)
{
    unsigned dirty = 0;
    for (unsigned i = 0; i < COUNT(zero_check); i++) {
        dirty += zero_check[i] != 0;
    }
    report_eq(dirty, 0, "memory beyond the file data is zero");
    report(memcmp(text, "intact", 7) == 0, "data of the image is there");
}

static bool covers(const struct info *info, uint64_t from, uint64_t to, unsigned type)
{
    const uint8_t *at = (const uint8_t *)(uintptr_t)info->mmap_addr, *end = at + info->mmap_length;
    while (at < end) {
        const struct map_entry *e = (const struct map_entry *)at;
        if (e->type == type && e->base <= from && to <= e->base + e->length) return true;
        at += e->size + 4;
    }
    return false;
}

static void map(const struct info *info)
{
    const uint8_t *at = (const uint8_t *)(uintptr_t)info->mmap_addr, *end = at + info->mmap_length;
    unsigned entries = 0, overlaps = 0, empty = 0;
    uint64_t usable = 0, high = 0;
    while (at < end && entries < 100) {
        const struct map_entry *e = (const struct map_entry *)at;
        print("  %08x%08x %08x%08x %u\n", (uint32_t)(e->base >> 32), (uint32_t)e->base,
              (uint32_t)(e->length >> 32), (uint32_t)e->length, e->type);
        entries++;
        empty += e->length == 0;
        if (e->type == 1) {
            usable += e->length;
            if (e->base >= 0x100000000ull) high += e->length;
        }
        for (const uint8_t *b = at + e->size + 4; b < end;
             b += ((const struct map_entry *)b)->size + 4) {
            const struct map_entry *f = (const struct map_entry *)b;
            overlaps += f->base < e->base + e->length && e->base < f->base + f->length;
        }
        at += e->size + 4;
    }
    report(entries >= 4, "memory map has %u entries", entries);
    report_eq(overlaps, 0, "no two entries overlap");
    report_eq(empty, 0, "no entry is empty");
    report(usable > 100ull << 20, "there is memory");
    report(covers(info, 0x100000, 0x1000000, 1), "memory from 1 MiB up is usable");
    extern char image_end[];
    report(covers(info, 0x200000, (uintptr_t)image_end, 1), "the image lies in usable memory");
    report(!covers(info, MAP_VGA_HOLE_BASE, MAP_VGA_HOLE_END, 1), "the VGA hole is not memory");
    report(!covers(info, MAP_LAPIC_BASE, MAP_LAPIC_BASE + 0x1000, 1),
           "the local APIC is not memory");
    report(!covers(info, MAP_ROM_BASE, MAP_ROM_BASE + 0x1000, 1), "the ROM is not memory");
    uintptr_t rsdp = (uintptr_t)platform()->rsdp;
    report(rsdp != 0 && !covers(info, rsdp, rsdp + 1, 1), "the RSDP does not lie in usable memory");
    uintptr_t root = (uintptr_t)platform()->root;
    report(root != 0 && !covers(info, root, root + 1, 1), "nor do the ACPI tables");
    if (high > 0) report(usable > high, "memory on both sides of the hole");
}

void guest_main(void)
{
    const struct info *info = (const struct info *)(uintptr_t)entry_state.rbx;
    state();
    image();
    report_eq(info->flags & 0x41, 0x41, "flags: memory sizes and memory map");
    report(info->mem_lower >= 500 && info->mem_lower <= 640, "mem_lower in KiB");
    report(info->mem_upper >= 16 * 1024, "mem_upper in KiB");
    map(info);
    if (info->flags & 4) {
        const char *cmdline = (const char *)(uintptr_t)info->cmdline;
        print("  command line \"%s\"\n", cmdline);
        report(cmdline != NULL, "command line");
        const char *want = "one two";
        size_t i = 0;
        while (cmdline[i] != '\0') {
            i++;
        }
        report(i >= 7 && memcmp(cmdline + i - 7, want, 7) == 0,
               "the command line ends with what --append said");
    } else {
        report(false, "no command line, though --append gave one");
    }
    report(info->flags & 0x200 && ((const char *)(uintptr_t)info->boot_loader_name)[0] != 0,
           "boot loader name");
}
