/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot window: the read-only memory region through which the firmware finds what to boot. Format:
 * docs/formats/boot-window.md. Everything that is read from it is checked here, once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/machine/map.h"

#define BOOT_NAME_BYTES 24
#define BOOT_CORES_MAX  8

struct boot_entry {
    uint32_t type; /* BOOT_ENTRY_* */
    uint32_t flags;
    const uint8_t *data;
    uint64_t bytes;        /* of data */
    uint64_t load_addr;    /* 0 = the firmware chooses */
    uint64_t memory_bytes; /* >= bytes */
    char name[BOOT_NAME_BYTES + 1];
};

struct boot_window {
    uint64_t bytes; /* of the whole window */
    uint32_t cores; /* 1..BOOT_CORES_MAX */
    uint32_t protocol;
    uint64_t entry_addr;
    uint64_t flags;
    uint64_t memory_limit; /* bytes, a multiple of 1 MiB; 0: none */
    unsigned count;
    struct boot_entry entry[BOOT_ENTRIES_MAX];
};

/* Reads and checks the directory at `base`, of which at most `limit` bytes may be touched. Entries keep pointers into the
 * window. Returns NULL, or the reason why the window is not good; `window` is then not to be used. */
const char *boot_window_parse(struct boot_window *window, const uint8_t *base, uint64_t limit);

/* First entry of a type, or NULL. */
const struct boot_entry *boot_window_find(const struct boot_window *window, uint32_t type);
