/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot 1 headers. Source: Multiboot Specification version 0.6.96, section 3.1, "OS image
 * format".
 *
 * Chosen: page-aligned modules (flag 0), memory information (flag 1) and what is known of the video
 * mode (flag 2) are always given; which mode the header would like is not looked at, there is one.
 * A header that requires any other feature among the lower 16 flags is refused, as the
 * specification asks of a loader that cannot give it. Of the upper flags only 16 (addresses in
 * the header) has a meaning; the others are optional and ignored.
 */
#include "emu/machine/image/image_internal.h"

#include <inttypes.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define SEARCH_BYTES        8192u
#define HEADER_MAGIC        0x1badb002u
#define HEADER_BYTES        12u /* magic, flags, checksum */
#define HEADER_KLUDGE_BYTES 32u /* with the five addresses */

#define FLAGS_GIVEN    0x0007u
#define FLAGS_REQUIRED 0xffffu
#define FLAG_KLUDGE    0x10000u

static int flags_check(const struct image_file *file, uint32_t flags, struct error *err)
{
    uint32_t unknown = flags & FLAGS_REQUIRED & ~FLAGS_GIVEN;

    if (unknown == 0) return 0;
    return error_host(
        err,
        "%s: the Multiboot header requires features that do not exist here (flags 0x%" PRIx32 ")",
        file->name, unknown);
}

int multiboot_find(const struct image_file *file, struct multiboot_header *header,
                   struct error *err)
{
    size_t limit = (size_t)min_u64(file->bytes, SEARCH_BYTES);

    *header = (struct multiboot_header){.kind = MULTIBOOT_NONE};
    for (size_t offset = 0; offset + HEADER_BYTES <= limit; offset += 4) {
        const uint8_t *p = file->data + offset;
        uint32_t flags = le32_get(p + 4);

        if (le32_get(p) != HEADER_MAGIC || (uint32_t)(HEADER_MAGIC + flags + le32_get(p + 8)) != 0)
            continue;
        header->kind = flags & FLAG_KLUDGE ? MULTIBOOT_KLUDGE : MULTIBOOT_ELF;
        header->offset = offset;
        header->flags = flags;
        if (header->kind == MULTIBOOT_KLUDGE && offset + HEADER_KLUDGE_BYTES > limit) {
            return error_host(err, "%s: the file ends within its Multiboot header", file->name);
        }
        return flags_check(file, flags, err);
    }
    return 0;
}

int multiboot_plan_kludge(const struct image_file *file, const struct multiboot_header *header,
                          uint64_t memory_bytes, struct image_plan *plan, struct error *err)
{
    const uint8_t *p = file->data + header->offset;
    uint32_t header_addr = le32_get(p + 12);
    uint32_t load_addr = le32_get(p + 16);
    uint32_t load_end = le32_get(p + 20);
    uint32_t bss_end = le32_get(p + 24);
    uint32_t entry = le32_get(p + 28);

    if (load_addr > header_addr || header_addr - load_addr > header->offset) {
        return error_host(err,
                          "%s: the Multiboot header says that loading starts before the file does",
                          file->name);
    }
    size_t start = header->offset - (header_addr - load_addr);
    uint64_t bytes = file->bytes - start;
    if (load_end != 0) {
        if (load_end <= load_addr) {
            return error_host(err,
                              "%s: the Multiboot header ends the image (0x%" PRIx32
                              ") before its start (0x%" PRIx32 ")",
                              file->name, load_end, load_addr);
        }
        if (load_end - load_addr > bytes) {
            return error_host(err,
                              "%s: the file is cut short: the Multiboot header wants %" PRIu32
                              " bytes loaded, %" PRIu64 " are there",
                              file->name, load_end - load_addr, bytes);
        }
        bytes = load_end - load_addr;
    }
    if (bss_end != 0 && bss_end < load_addr + bytes) {
        return error_host(err,
                          "%s: the Multiboot header ends the zeroed memory (0x%" PRIx32
                          ") before the loaded part",
                          file->name, bss_end);
    }
    const struct image_part segment = {
        .type = BOOT_ENTRY_SEGMENT,
        .name = "multiboot",
        .data = file->data + start,
        .bytes = bytes,
        .load_addr = load_addr,
        .memory_bytes = bss_end != 0 ? bss_end - load_addr : bytes,
    };
    if (plan_add_segment(plan, &segment, file, memory_bytes, err) != 0) return -1;
    if (!plan_has_addr(plan, entry)) {
        return error_host(err, "%s: the entry point 0x%" PRIx32 " is in no segment", file->name,
                          entry);
    }
    plan->protocol = BOOT_PROTO_MULTIBOOT1;
    plan->entry_addr = entry;
    return 0;
}
