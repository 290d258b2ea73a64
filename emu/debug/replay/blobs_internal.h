/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the blob store share. */
#pragma once

#include "emu/debug/replay/blobs.h"

#define BLOBS_NO_SEGMENT UINT32_MAX
/* Of segments that were packed so much stays raw, whatever the room: those that were read last. */
#define BLOBS_READ_ROOM (UINT64_C(8) * BLOBS_SEGMENT_BYTES)

struct blob {
    uint64_t low; /* XXH3, 128 bits */
    uint64_t high;
    uint32_t segment; /* BLOBS_NO_SEGMENT: the entry is free, `next` is the next free one */
    uint32_t offset;  /* in its raw bytes */
    uint32_t bytes;
    uint32_t holders; /* 0: only the file has it */
    uint32_t next;    /* blobs of the segment, in both directions; 0: the end */
    uint32_t previous;
    uint32_t saved_as; /* number in the file; 0: not there */
};

struct segment {
    uint8_t *raw;    /* NULL: open (`filling`), free, or only packed */
    uint8_t *packed; /* NULL: open, free, only raw, or only in the file */
    uint64_t used;   /* raw bytes: the larger, the later */
    uint64_t offset; /* of the packed bytes in the file; 0: not there */
    uint32_t packed_bytes;
    uint32_t raw_bytes;
    uint32_t live_bytes;
    uint32_t first; /* blob */
    uint32_t last;
    uint32_t blob_count;
    bool is_used;
};

struct blobs {
    struct blob *blob; /* by number; 0 is nobody */
    uint32_t count;    /* numbers given, with 0 */
    uint32_t room;
    uint32_t free_blob;
    uint32_t *index; /* hash table of numbers */
    size_t index_room;
    size_t index_count;
    struct segment *segment;
    uint32_t segment_count;
    uint32_t segment_room;
    uint32_t free_hint; /* no free segment before it */
    uint32_t open;      /* segment that is being filled; BLOBS_NO_SEGMENT */
    uint8_t *filling;   /* its raw bytes */
    uint64_t packed_total;
    uint64_t raw_total;
    uint64_t raw_room; /* of raw_total */
    uint32_t pinned;   /* a segment that stays raw for now; BLOBS_NO_SEGMENT */
    uint32_t saved_count;
    uint64_t clock; /* of `used` */
    int fd;         /* -1: no file */
    const char *name;
};

/* ---- blobs_segment.c ---- */

/* A new entry's bytes go into a segment. False: no memory. */
bool blobs_place(struct blobs *blobs, uint32_t blob, const void *data);
void blobs_link(struct blobs *blobs, uint32_t blob, uint32_t segment, uint32_t offset);
/* It is no longer wanted there; its segment may go away or be packed anew. */
void blobs_unplace(struct blobs *blobs, uint32_t blob);
/* The number of an empty segment, or BLOBS_NO_SEGMENT. */
uint32_t blobs_new_segment(struct blobs *blobs);
int blobs_read(struct blobs *blobs, const struct blob *blob, void *data, struct error *err);

/* ---- blobs.c ---- */

/* The number of an empty entry; 0: no memory. */
uint32_t blobs_new_entry(struct blobs *blobs);
void blobs_free_entry(struct blobs *blobs, uint32_t blob);
/* Makes it findable by its hash. False: no memory. */
bool blobs_index(struct blobs *blobs, uint32_t blob);
struct blob *blobs_find(const struct blobs *blobs, uint64_t number);
