/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes that are kept by number: pages and states of checkpoints, blocks of disks. Equal ones are one
 * blob (by a 128-bit hash, which is not a cryptographic one: a guest that makes two pages collide on
 * purpose gets a wrong page back, and with it a repetition that is seen to diverge).
 *
 * Small blobs are packed together, in segments of SEGMENT_BYTES; a large one is a segment of its own. Segments
 * stay as they are while there is room (blobs_set_room()): packing and unpacking cost more than everything else
 * about a checkpoint. A segment that is in a file needs no memory: it is read back when somebody wants it.
 *
 * A blob lives as long as somebody holds it; one that is in a file, as long as the store.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

#define BLOBS_SEGMENT_BYTES (256u << 10)
#define BLOBS_BYTES_MAX     (UINT32_C(1) << 30) /* of one blob */
/* A blob of a segment as files have it: offset (32 bits) and length (32 bits) in the raw bytes, hash. */
#define BLOBS_ENTRY_BYTES 24u
/* Before the entries: number of blobs (32 bits), raw bytes (32 bits). */
#define BLOBS_COUNTS_BYTES 8u

struct blobs;

struct blobs *blobs_create(void); /* NULL: no memory */
void blobs_destroy(struct blobs *blobs);

/* Bytes for segments that are not packed; the few that were used last stay so anyway. */
void blobs_set_room(struct blobs *blobs, uint64_t bytes);

/* 1 and up, held once more; 0: no memory, or `bytes` is not 1..BLOBS_BYTES_MAX. */
uint32_t blobs_put(struct blobs *blobs, const void *data, size_t bytes);
/* Once more. False: there is none. */
bool blobs_hold(struct blobs *blobs, uint64_t blob);
void blobs_drop(struct blobs *blobs, uint64_t blob);
size_t blobs_bytes(const struct blobs *blobs, uint64_t blob); /* 0: there is none */
/* -1 with `err`: it cannot be read, or it is not what was put. */
int blobs_get(struct blobs *blobs, uint64_t blob, void *data, struct error *err);
/* Host memory in use. */
uint64_t blobs_total(const struct blobs *blobs);

/* ---- With a file ---- */

/* Segments are read back from here (borrowed). `name` opens sentences (borrowed). */
void blobs_set_file(struct blobs *blobs, int fd, const char *name);
/* The segment that is being filled is complete. False: no memory, it stays open. */
bool blobs_finish(struct blobs *blobs);
/* The first segment from number `from` on that is not in the file yet. In a file: counts, entries, packed
 * bytes (NULL: no memory to pack them). False: there is none. */
struct blobs_segment {
    size_t number;
    uint32_t blob_count;
    uint32_t raw_bytes;
    const uint8_t *packed;
    uint32_t packed_bytes;
};
bool blobs_unsaved(struct blobs *blobs, size_t from, struct blobs_segment *segment);
/* Fills blob_count * BLOBS_ENTRY_BYTES. */
void blobs_put_entries(const struct blobs *blobs, size_t segment, uint8_t *entries);
/* Its packed bytes are at `offset` of the file; they leave memory. Blobs have numbers of their own there, 1,
 * 2, 3 ... in the order in which they were written. */
void blobs_saved(struct blobs *blobs, size_t segment, uint64_t offset);
/* The number of a blob in the file; 0: it is not there. */
uint64_t blobs_saved_number(const struct blobs *blobs, uint64_t blob);
/* Blobs that the file has. */
uint64_t blobs_saved_count(const struct blobs *blobs);
/* A segment as the file has it at `offset` (of the payload); hostile. Blobs are numbered as in the file. -1
 * with `err`. */
int blobs_load(struct blobs *blobs, const uint8_t *payload, size_t bytes, uint64_t offset,
               struct error *err);
