/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the flash of one SSD module is on the host, as its model sees it (host.h: small structures
 * of functions that the host side implements and tests replace). Called on the machine's thread;
 * each call returns when it is done. What is in a block is ciphertext.
 *
 * After host trouble a function returns -1, now and at every later call; the back end keeps the
 * sentence, and sees to it that the run ends.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MEDIA_BLOCK_BYTES 4096u

struct host_media {
    void *ctx;
    uint64_t blocks;      /* that hold data; ranges below are within them */
    uint64_t notes_bytes; /* room for the module's own notes (what is mapped, wear); a multiple of
                             MEDIA_BLOCK_BYTES. Zeros at first. */
    int (*read)(void *ctx, uint64_t block, size_t count, void *data);
    int (*write)(void *ctx, uint64_t block, size_t count, const void *data);
    /* They read as zeros afterwards, and cost the host no room. */
    int (*discard)(void *ctx, uint64_t block, uint64_t count);
    /* Everything written, discarded and noted before survives a crash of the host. */
    int (*flush)(void *ctx);
    int (*read_notes)(void *ctx, uint64_t offset, void *data, size_t bytes);
    int (*write_notes)(void *ctx, uint64_t offset, const void *data, size_t bytes);
    /* A number that stands for the present contents and is kept with them: the next change gives
     * them another one. For snapshots. 0: these contents will be gone (temporary writes, of which
     * there were some). */
    uint64_t (*seal)(void *ctx);
};
