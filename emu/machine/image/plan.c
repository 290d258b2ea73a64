/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan of a boot window: parts in order, and the checks that hold for a segment of every kind
 * of image. The machine's RAM is [0, low) and, when there is more, [4 GiB, 4 GiB + rest) (map.h).
 */
#include "emu/machine/image/image_internal.h"

#include <inttypes.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"

uint64_t image_low_ram(uint64_t memory_bytes)
{
    return min_u64(memory_bytes, MAP_LOW_RAM_MAX) - IMAGE_TABLES_BYTES;
}

bool image_is_elf(const struct image_file *file)
{
    return file->bytes >= 4 && memcmp(file->data, "\177ELF", 4) == 0;
}

bool image_is_bzimage(const struct image_file *file)
{
    return file->bytes >= 0x206 && le16_get(file->data + 0x1fe) == 0xaa55 &&
           memcmp(file->data + 0x202, "HdrS", 4) == 0;
}

int plan_add(struct image_plan *plan, const struct image_part *part, const char *file,
             struct error *err)
{
    if (plan->count == BOOT_ENTRIES_MAX) {
        return error_host(
            err, "%s: the image has more than %d parts, which is all the boot window takes", file,
            BOOT_ENTRIES_MAX);
    }
    plan->parts[plan->count++] = *part;
    return 0;
}

static bool is_in_ram(uint64_t base, uint64_t last, uint64_t memory_bytes)
{
    uint64_t low = min_u64(memory_bytes, MAP_LOW_RAM_MAX);

    if (last < low) return true;
    return base >= MAP_HIGH_RAM_BASE && last - MAP_HIGH_RAM_BASE < memory_bytes - low;
}

int plan_add_segment(struct image_plan *plan, const struct image_part *segment,
                     const struct image_file *file, uint64_t memory_bytes, struct error *err)
{
    uint64_t base = segment->load_addr;
    uint64_t last = base + segment->memory_bytes - 1;

    if (segment->memory_bytes == 0) return 0;
    if (last < base) {
        return error_host(err, "%s: the segment at 0x%" PRIx64 " is longer than the address space",
                          file->name, base);
    }
    if (base < IMAGE_SEGMENT_MIN) {
        return error_host(
            err, "%s: the segment at 0x%" PRIx64 " lies below 1 MiB, where the firmware is",
            file->name, base);
    }
    if (!is_in_ram(base, last, memory_bytes)) {
        return error_host(err,
                          "%s: the segment 0x%" PRIx64 "-0x%" PRIx64
                          " is not all in the machine's %" PRIu64 " MiB of memory",
                          file->name, base, last, memory_bytes >> 20);
    }
    if (base < MAP_HIGH_RAM_BASE && last >= image_low_ram(memory_bytes)) {
        return error_host(err,
                          "%s: the segment 0x%" PRIx64 "-0x%" PRIx64
                          " reaches into the firmware's tables, the last %" PRIu64
                          " KiB of low memory",
                          file->name, base, last, IMAGE_TABLES_BYTES >> 10);
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct image_part *other = &plan->parts[i];

        if (other->type == BOOT_ENTRY_SEGMENT && base - other->load_addr < other->memory_bytes) {
            return error_host(err, "%s: the segments at 0x%" PRIx64 " and 0x%" PRIx64 " overlap",
                              file->name, other->load_addr, base);
        }
        if (other->type == BOOT_ENTRY_SEGMENT && other->load_addr - base < segment->memory_bytes) {
            return error_host(err, "%s: the segments at 0x%" PRIx64 " and 0x%" PRIx64 " overlap",
                              file->name, base, other->load_addr);
        }
    }
    return plan_add(plan, segment, file->name, err);
}

bool plan_has_addr(const struct image_plan *plan, uint64_t addr)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct image_part *part = &plan->parts[i];

        if (part->type == BOOT_ENTRY_SEGMENT && addr - part->load_addr < part->memory_bytes)
            return true;
    }
    return false;
}
