/* SPDX-License-Identifier: GPL-2.0-only */
/* Small good images of every kind, made in memory, which tests then damage. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CRAFT_BYTES   0x2000u
#define CRAFT_PATCHES 6

/* Offsets in crafted files. */
enum {
    ELF_NOTE = 0x200,  /* of the PVH note */
    ELF_DATA = 0x1000, /* of the segment's bytes */
    ELF64_PHDR = 64,   /* first program header; the next follow at 56 bytes each */
    ELF64_PHDR_BYTES = 56,
    ELF32_PHDR = 52,
    ELF32_PHDR_BYTES = 32,
    MULTIBOOT_HEADER = 0x1000,
};

enum craft_kind {
    CRAFT_BZIMAGE,   /* relocatable, 64-bit entry, 3 MiB of memory at 16 MiB */
    CRAFT_ELF64,     /* one segment of 4 KiB, 8 KiB in memory, at 1 MiB */
    CRAFT_ELF32,     /* the same; nothing says how to enter it */
    CRAFT_MULTIBOOT, /* CRAFT_ELF32 with a Multiboot header */
    CRAFT_KLUDGE,    /* no ELF: a Multiboot header with addresses, loaded at 1 MiB */
    CRAFT_PVH,       /* CRAFT_ELF64 with a PVH note */
};

/* `size` bytes (0: end of the list) at `offset` become `value`, little-endian. */
struct craft_patch {
    size_t offset;
    unsigned size;
    uint64_t value;
};

/* Fills `data` (CRAFT_BYTES bytes) with a good image. */
void craft_make(uint8_t *data, enum craft_kind kind);
void craft_damage(uint8_t *data, const struct craft_patch patches[CRAFT_PATCHES]);
