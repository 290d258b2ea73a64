/* SPDX-License-Identifier: GPL-2.0-only */
/* Chunks of a recording as bytes, gathered in memory before they are written. */
#pragma once

#include "emu/debug/replay/recording_internal.h"

struct recording_out {
    uint8_t *data;
    size_t bytes;
    size_t room;
    bool is_short;          /* memory ran out: something is missing */
    struct steady segments; /* of blobs, that are in it */
};

struct recording_out recording_out_make(void);
void recording_out_release(struct recording_out *out);

/* Magic, version and head. */
void recording_out_front(struct recording_out *out, const struct recording *recording);
void recording_out_segment(struct recording_out *out, const struct blobs *blobs,
                           const struct blobs_segment *segment);
/* The segments that were gathered are in the file now; gathering began at `offset` of it. */
void recording_out_segments_saved(struct recording_out *out, struct blobs *blobs, uint64_t offset);
/* What has come of disks, blocks, inputs and beats. */
void recording_out_lists(struct recording_out *out, struct recording *recording);
void recording_out_events(struct recording_out *out, struct recording *recording, bool all);
void recording_out_checkpoints(struct recording_out *out, struct recording *recording);
void recording_out_end(struct recording_out *out, struct recording *recording);
/* Virtual time of the last beat in the file, in milliseconds, for sentences. */
uint64_t recording_out_reach(const struct recording *recording);
