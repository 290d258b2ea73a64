/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flash of an SSD module in memory (emu/core/media.h), for tests: it remembers what would have
 * survived a crash of the host, counts, and fails when it is told to. A call outside of its
 * blocks or notes is a bug of the caller and ends the program. The fields that are not marked are
 * for the test to look at, and to damage.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/media.h"

#define MEMORY_MEDIA_NEVER UINT64_MAX

struct memory_media {
    struct host_media host;
    uint8_t *data; /* NULL: it remembers nothing but its notes, and blocks read as zeros */
    uint8_t *notes;
    uint8_t *durable; /* this and durable_notes: what the last flush left; with `data` only */
    uint8_t *durable_notes;
    uint64_t seal;       /* from 1 on */
    bool is_temporary;   /* set it: seal() is 0 */
    bool is_seal_fixed;  /* set it: every snapshot finds the contents that it was made with */
    bool is_sealed;      /* asked for since the last change */
    uint64_t dirty_from; /* blocks that may not be durable */
    uint64_t dirty_to;
    uint64_t write_calls;
    uint64_t blocks_written;
    uint64_t flushes;
    uint64_t changes;     /* of any kind */
    uint64_t fails_after; /* set it: so many more calls succeed. MEMORY_MEDIA_NEVER at first. */
};

/* Zeros, with the room for notes that ssd_module.h asks for. */
struct memory_media *memory_media_create(uint64_t blocks);
/* The same without `data`. */
struct memory_media *memory_media_create_forgetful(uint64_t blocks);
void memory_media_destroy(struct memory_media *media);
/* The host crashes: what was not flushed is gone. */
void memory_media_crash(struct memory_media *media);
/* The contents of `from`, which has as many blocks, and its seal. Both have `data`. */
void memory_media_copy(struct memory_media *media, const struct memory_media *from);
