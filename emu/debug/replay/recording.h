/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded run: what the machine was, everything that came in from outside and when, every event that
 * followed, and checkpoints. It lives in host memory, in front of a file (docs/formats/recording.md) or
 * without one. A machine that is made the same way and given the same inputs goes the same way; the events
 * prove it, each time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/inbox.h"
#include "emu/core/media.h"
#include "emu/debug/trace/item.h"
#include "emu/machine/instant.h"

struct recording;

/* ---- Making ---- */

/* What kind of run it is. Strings are copied. */
struct recording_head {
    char machine[MACHINE_NAME_BYTES]; /* machine_get_name() */
    const char *setup; /* JSON that says how to make the machine again; whoever made it reads it */
};
/* `path` NULL: only in memory. An existing file is replaced when recording_close() succeeds (it is written
 * beside it until then). NULL with `err`. */
struct recording *recording_create(const char *path, const struct recording_head *head,
                                   struct error *err);
/* The machine's name, when it was not known yet at recording_create() (empty there): before the first
 * recording_flush(). */
void recording_set_machine(struct recording *recording, const char *machine);
/* What is not in the file yet is written. Now and then; -1 with `err` when the host cannot keep it: nothing
 * more is written then. */
int recording_flush(struct recording *recording, struct error *err);
/* Ends it; frees it. -1 with `err`: the file is not whole (recording_is_whole()). NULL is harmless. */
int recording_close(struct recording *recording, struct error *err);

/* ---- Opening; hostile input ---- */

/* Refuses with one sentence what is foreign, newer, truncated before the head or damaged (CRC); a file
 * whose end is missing is good up to the last whole chunk (recording_is_whole() false). */
struct recording *recording_open(const char *path, struct error *err);
bool recording_is_whole(const struct recording *recording);
const struct recording_head *recording_head(const struct recording *recording);

/* ---- Inputs, ascending ---- */

enum recording_input_kind {
    RECORDING_MESSAGE, /* machine_deliver() */
    RECORDING_FAULT,   /* machine_fault_plant() */
    RECORDING_REPAIR,  /* machine_fault_repair() */
};
struct recording_input {
    struct machine_instant at; /* an edge */
    uint64_t seq;              /* of the last event before it */
    enum recording_input_kind kind;
    struct inbox_message message;
    struct dram_fault fault;
    size_t index; /* of the fault to repair */
};
/* False, here and below: no memory, or it lies before the last one; nothing is added, and the next
 * recording_flush() tells. */
bool recording_add_input(struct recording *recording, const struct recording_input *input);
size_t recording_input_count(const struct recording *recording);
const struct recording_input *recording_input(const struct recording *recording, size_t index);

/* ---- Beats: where checkpoints could be, and how far the run was ---- */

struct recording_beat {
    struct machine_instant at;
    vtime when;
    uint64_t seq;  /* of the last event before it */
    uint64_t hash; /* trace_hash() there */
};
/* The last one once more is no other. */
bool recording_add_beat(struct recording *recording, const struct recording_beat *beat);
size_t recording_beat_count(const struct recording *recording);
const struct recording_beat *recording_beat(const struct recording *recording, size_t index);

/* ---- The end of the run ---- */
struct recording_end {
    struct recording_beat last;
    enum machine_stop stop;
    int exit_status;
};
void recording_set_end(struct recording *recording, const struct recording_end *end);
/* NULL: not known (the run is still going on, or the file was cut). */
const struct recording_end *recording_end(const struct recording *recording);

/* ---- Events ---- */
struct trace_log *recording_events(struct recording *recording);

/* ---- What was read from disks before it was written: 4096-byte blocks by SSD module ---- */
/* Of a module's notes: block numbers from RECORDING_NOTES on. */
#define RECORDING_NOTES (UINT64_C(1) << 63)
bool recording_add_block(struct recording *recording, unsigned module, uint64_t block,
                         const void *data);
/* False: the recorded run never read it. `data` has room for MEDIA_BLOCK_BYTES. */
bool recording_get_block(struct recording *recording, unsigned module, uint64_t block, void *data);

/* ---- Pieces of checkpoints ---- */
/* Keeps bytes (compressed when room is short, at most 1 GiB); equal ones are kept once and have one number. Each put needs a
 * drop. 0: no memory, or the host cannot keep it. */
uint64_t recording_put_blob(struct recording *recording, const void *data, size_t bytes);
/* Length of a blob; 0: there is none with this number. */
size_t recording_blob_bytes(const struct recording *recording, uint64_t blob);
/* -1 with `err` when it cannot be read. `data` has room for recording_blob_bytes(). */
int recording_get_blob(struct recording *recording, uint64_t blob, void *data, struct error *err);
/* Nobody wants it any more; its memory is free again (in a file it stays). */
void recording_drop_blob(struct recording *recording, uint64_t blob);
/* Host bytes for blobs that are not compressed, which makes them quick. */
void recording_set_blob_room(struct recording *recording, uint64_t bytes);
uint64_t
recording_blob_total(const struct recording *recording); /* host bytes that all of them take */

struct recording_page {
    uint32_t memory; /* as machine_memory_name() by number, then replay_media spaces */
    uint64_t page;   /* number */
    uint64_t blob;   /* 0: all zero */
};
struct recording_checkpoint {
    struct recording_beat at;
    uint64_t state; /* blob: machine_checkpoint_save() */
    /* Pages that differ from the checkpoint before; of the first one: that are not zero. */
    const struct recording_page *pages;
    size_t page_count;
};
/* In the order of time. Copied; its blobs are held by the recording, too. Of one that was opened, memory and
 * page numbers are as hostile as the file: they are for the caller to check against the machine. */
bool recording_add_checkpoint(struct recording *recording,
                              const struct recording_checkpoint *checkpoint);
size_t recording_checkpoint_count(const struct recording *recording);
const struct recording_checkpoint *recording_checkpoint(const struct recording *recording,
                                                        size_t index);

/* Forgets everything behind an instant: events behind `seq`, inputs but the first `inputs` (those that the
 * machine has had when it stands there), beats and checkpoints behind `at`, the end. Somebody goes another way
 * from there. Only of a recording without a file. */
void recording_cut(struct recording *recording, const struct machine *machine,
                   const struct machine_instant *at, uint64_t seq, size_t inputs);
