/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From image files to the boot window (docs/formats/boot-window.md, docs/images.md): checks a
 * kernel, initrd or ELF image on the host and lays it out for the firmware. Files are hostile: a
 * truncated, wrong-machine, overlapping or oversized image gives one sentence that names file and
 * reason.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

/* No segment of a payload may lie below: the firmware runs there until it enters the payload, and
 * above it stand the legacy VGA window and the BIOS segment (docs/images.md; the firmware checks
 * again). */
#define IMAGE_SEGMENT_MIN UINT64_C(0x100000)
/* The firmware keeps its ACPI tables in the last bytes of the RAM below 4 GiB (docs/images.md). */
#define IMAGE_TABLES_BYTES UINT64_C(0x40000)
/* Longest command line of an ELF payload, without the NUL. A Linux kernel says its own limit. */
#define IMAGE_COMMAND_LINE_MAX 4095

/* A file in memory. `name` is what error sentences call it. Borrowed. */
struct image_file {
    const char *name;
    const uint8_t *data;
    size_t bytes;
};

/* What to boot. Either kernel (bzImage) with optional initrd and command line, or image (ELF or
 * Multiboot 1) with optional command line and modules. Unused members are NULL. Borrowed. */
struct image_request {
    const struct image_file *kernel;
    const struct image_file *initrd;
    const struct image_file *image;
    const struct image_file *modules;
    size_t module_count;
    const char *command_line;
    uint64_t
        memory_bytes; /* what does not fit is refused here, not in the guest; firmware decodes no
                              more than that. 0: not known */
    uint64_t flags;   /* BOOT_FLAG_* */
    unsigned cores;
};

/* A finished boot window: page-aligned, anonymous host memory, owner: the caller. */
struct boot_window {
    uint8_t *data;
    size_t bytes;
};

/* Builds the window. 0, or -1 with `err`: kind ERROR_USAGE for members that do not go together,
 * ERROR_HOST (exit status 3) for everything else. An empty request gives a window with
 * BOOT_PROTO_NONE. */
int image_build(const struct image_request *request, struct boot_window *window,
                struct error *err) MUST_CHECK;
/* A window for firmware that is to say why the machine does not start (BOOT_PROTO_REFUSED): cores and
 * memory of `request`, and lines of printable ASCII, separated by \n, at most IMAGE_REFUSAL_MAX bytes with the NUL. */
#define IMAGE_REFUSAL_MAX 1024
int image_build_refusal(const char *text, const struct image_request *request,
                        struct boot_window *window, struct error *err) MUST_CHECK;
void image_release(struct boot_window *window);
