/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Linux/x86 boot protocol, 64-bit and 32-bit entry. Source: Documentation/x86/boot.rst and zero-page.rst of Linux 6.1.
 */
#pragma once

#include "firmware/boot/loader.h"

#define LINUX_HEADER_OFFSET  0x1f1
#define LINUX_HEADER_END_MAX 0x290 /* where the E820 table and others begin in the zero page */
#define LINUX_PARAMS_BYTES   4096
#define LINUX_ENTRY64_OFFSET 0x200

struct linux_image {
    uint16_t version; /* of the protocol */
    bool has_entry64;
    bool is_relocatable;
    uint32_t header_bytes;   /* of the setup header, from LINUX_HEADER_OFFSET on */
    uint64_t payload_offset; /* of the protected-mode part in the file */
    uint64_t payload_bytes;
    uint64_t load_addr;  /* wished */
    uint64_t init_bytes; /* memory the kernel needs from its load address on, >= payload_bytes */
    uint64_t align;      /* of the load address, when relocatable */
    uint64_t initrd_end_max; /* first address above the highest allowed initrd byte */
    uint32_t cmdline_max;    /* without the NUL */
};

/* Checks a bzImage file. Returns NULL or the reason why it cannot be booted. */
const char *linux_parse(struct linux_image *image, const uint8_t *file, uint64_t bytes);

/* How a loaded kernel is entered. */
struct linux_entry {
    uint64_t params_addr; /* RSI */
    uint64_t load_addr;
    uint64_t entry_addr;
    bool is_entry64;
    uint64_t initrd_addr;
    uint64_t initrd_bytes;
};

/* Loads kernel and initrd, makes the zero page. Returns NULL or the reason why the boot cannot go on. */
const char *linux_load(struct loader *loader, struct linux_entry *entry);
