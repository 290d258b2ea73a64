/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One SSD module: flash dies on channels, a flash translation layer (FTL) with garbage collection,
 * a volatile write cache, wear counters. It stores ciphertext and knows nothing of NVMe. All calls
 * come from the controller (ans2.h). docs/hardware/ssd-module.md.
 *
 * Time and data are apart: book_*() says when a transfer is over and occupies channels and dies until
 * then; load/store/discard/flush move the data at the moment of the call. The controller books when
 * a command starts and moves data when it is over.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/clock.h"
#include "emu/core/device.h"

struct host_media;

struct ssd_module_config {
    const struct host_media *media; /* borrowed, outlives the device; NULL: the socket is empty */
    /* Time of a transfer is a small constant, there is no write cache: what is stored is in the
     * media at once. */
    bool is_functional;
};

extern const struct device_class ssd_module_class;

enum ssd_result {
    SSD_OK,
    SSD_FAILED, /* socket empty, module failed, or host trouble: a RAID-0 fails with it */
};

/* What host_media.notes_bytes must be at least for a module of `blocks` data blocks (1..2^30). */
uint64_t ssd_module_notes_bytes(uint64_t blocks);

/* Data blocks; 0 with an empty socket. */
uint64_t ssd_module_blocks(const struct device *module);
bool ssd_module_is_failed(const struct device *module);
/* From now on everything is SSD_FAILED (fault injection, tests); survives resets. */
void ssd_module_fail(struct device *module);

/* When `count` blocks from `block`, asked for at `from` (>= now), are in the controller (read: dies
 * and channels; nothing for blocks that are in the cache or nowhere) or in the write cache (write: at
 * 3.32 GB/s; later when the cache is full and must drain first). The controller's own work, the AES
 * engine and the link to the host are not in it. */
vtime ssd_module_book_read(struct device *module, uint64_t block, uint32_t count, vtime from);
vtime ssd_module_book_write(struct device *module, uint64_t block, uint32_t count, vtime from);
/* When everything stored so far is in flash, and what was booked and is still to be stored: so a
 * write with FUA is over at book_flush(book_write(from)). */
vtime ssd_module_book_flush(struct device *module, vtime from);

/* Ciphertext; zeros where nothing is mapped. */
enum ssd_result ssd_module_load(struct device *module, uint64_t block, uint32_t count, void *data);
/* Into the write cache; with `is_fua` through it into flash, and durable on the host. */
enum ssd_result ssd_module_store(struct device *module, uint64_t block, uint32_t count,
                                 const void *data, bool is_fua);
enum ssd_result ssd_module_discard(struct device *module, uint64_t block, uint64_t count);
/* The cache into flash; durable on the host. */
enum ssd_result ssd_module_flush(struct device *module);

/* What a power cut at this moment leaves in the flash is written to `target` (the module's own media,
 * or a copy of it): of the blocks in the write cache, each whole or not at all, as `seed` has it.
 * With the own media the cache is empty afterwards. */
enum ssd_result ssd_module_cut(struct device *module, const struct host_media *target,
                               uint64_t seed);

/* For Identify Namespace and logs; they survive power-off in the media's notes. */
struct ssd_counters {
    uint64_t mapped_blocks;
    uint64_t blocks_read; /* by the host */
    uint64_t blocks_written;
    uint64_t pages_programmed; /* including garbage collection */
    uint64_t blocks_erased;    /* erase blocks */
    uint32_t erase_count_max;
    uint32_t erase_count_mean;
    uint32_t spare_percent; /* of the reserve that is still there */
    uint32_t used_percent;  /* of the rated erase cycles; may exceed 100 */
};
struct ssd_counters ssd_module_counters(const struct device *module);

/* What the controller wants kept beside the counters: part of the header of the notes, and stored with
 * it. A power-on during which the module is not written leaves no trace of them. Zeros at first, and
 * with an empty socket. */
#define SSD_CONTROLLER_NOTES 96u
void ssd_module_controller_notes_get(const struct device *module,
                                     uint8_t notes[SSD_CONTROLLER_NOTES]);
void ssd_module_controller_notes_set(struct device *module,
                                     const uint8_t notes[SSD_CONTROLLER_NOTES]);

/* State too large for tables (maps, write cache): lazy memory (emu/base/lazy_memory.h) that emu/machine
 * saves by the block. `index` from 0; NULL ends. Load it before the device's own state. */
#define SSD_MODULE_MEMORIES 6u /* at most */
void *ssd_module_memory(struct device *module, unsigned index, uint64_t *bytes);
/* A number that stands for the media's contents (media.h, seal); 0 without media. Writes the cache
 * and the notes to the media first, so that the emulator's end changes nothing after it. To be called
 * before a snapshot is taken, before the memories above are saved; the device keeps it in its state
 * and compares it when the snapshot is loaded. */
uint64_t ssd_module_seal(struct device *module);
/* Whoever loads state sees to it that the media hold what they held then: seals are not compared. Not
 * saved. */
void ssd_module_set_media_restored(struct device *module, bool is_restored);
