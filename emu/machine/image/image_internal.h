/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the image loader share: the plan of a boot window, filled by one reader per
 * kind of image and laid out by window.c. A plan borrows all its bytes from the files of the
 * request.
 */
#pragma once

#include <stdbool.h>

#include "emu/machine/image/image.h"
#include "emu/machine/map.h"

struct image_part {
    uint32_t type;    /* BOOT_ENTRY_* */
    const char *name; /* shown by the firmware and given to guests with modules; cut to 23 bytes */
    const uint8_t *data; /* borrowed; NULL when bytes is 0 */
    uint64_t bytes;
    uint64_t load_addr; /* 0: the firmware chooses */
    uint64_t memory_bytes;
};

/* Invariant: count <= BOOT_ENTRIES_MAX. */
struct image_plan {
    struct image_part parts[BOOT_ENTRIES_MAX];
    size_t count;
    uint32_t protocol; /* BOOT_PROTO_* */
    uint64_t entry_addr;
};

/* Appends a part. `file` is named when there are too many. */
int plan_add(struct image_plan *plan, const struct image_part *part, const char *file,
             struct error *err) MUST_CHECK;

/* Appends a SEGMENT after checking that it lies in RAM where a payload may be, does not wrap and
 * does not overlap an earlier one. A segment without memory is dropped. */
int plan_add_segment(struct image_plan *plan, const struct image_part *segment,
                     const struct image_file *file, uint64_t memory_bytes,
                     struct error *err) MUST_CHECK;

/* Whether a SEGMENT of the plan holds the byte at `addr`. */
bool plan_has_addr(const struct image_plan *plan, uint64_t addr);

/* First address above the RAM below 4 GiB that a payload may use. */
uint64_t image_low_ram(uint64_t memory_bytes);

/* What the file begins with: good for hints in error sentences. */
bool image_is_elf(const struct image_file *file);
bool image_is_bzimage(const struct image_file *file);

/* linux.c: checks a bzImage, its initrd and its command line; adds KERNEL, INITRD and CMDLINE. */
int linux_plan(const struct image_request *request, struct image_plan *plan,
               struct error *err) MUST_CHECK;

/* multiboot.c: looks for a Multiboot 1 header. */
enum multiboot_kind {
    MULTIBOOT_NONE,
    MULTIBOOT_ELF,    /* a header; the ELF program headers say what to load */
    MULTIBOOT_KLUDGE, /* a header that holds the addresses itself (flag bit 16) */
};
struct multiboot_header {
    enum multiboot_kind kind;
    size_t offset; /* in the file */
    uint32_t flags;
};
/* Finds and checks the header. -1 when it asks for what this machine does not give. */
int multiboot_find(const struct image_file *file, struct multiboot_header *header,
                   struct error *err) MUST_CHECK;
/* Adds the one segment of a header with addresses, and sets the entry. */
int multiboot_plan_kludge(const struct image_file *file, const struct multiboot_header *header,
                          uint64_t memory_bytes, struct image_plan *plan,
                          struct error *err) MUST_CHECK;

/* elf.c: adds the segments of an ELF file and sets protocol and entry; `multiboot` is what
 * multiboot_find() said. */
int elf_plan(const struct image_file *file, const struct multiboot_header *multiboot,
             uint64_t memory_bytes, struct image_plan *plan, struct error *err) MUST_CHECK;
