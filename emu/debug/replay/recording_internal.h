/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of a recording share. */
#pragma once

#include "emu/debug/replay/blobs.h"
#include "emu/debug/replay/recording.h"
#include "emu/debug/replay/steady.h"

/* Modules that blocks can be of. */
#define RECORDING_MODULES 2u

/* Blocks of disks: from module and number to a blob (0: zeros). */
struct block_entry {
    uint64_t key; /* 0: empty */
    uint64_t blob;
};
struct block_table {
    struct block_entry *entries;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* What is not a block but about the disk: its seal when the recording began (disk.c). */
struct recording_disk {
    bool is_known;
    uint64_t seal;
};

/* How much of each list is in the file. */
struct recording_saved {
    size_t inputs;
    size_t beats;
    size_t blocks;
    size_t checkpoints;
    uint64_t events; /* cursor of trace_log_save() */
    bool has_disk[RECORDING_MODULES];
};

struct recording_file {
    int fd;     /* -1: only in memory */
    char *path; /* as the user named it */
    char *part; /* where it is while it is written; NULL: opened for reading */
    uint64_t bytes;
    size_t events_at_beat; /* number of beats when all events were written last */
};

struct recording {
    struct recording_head head;
    char *setup;
    struct steady inputs;
    struct steady beats;
    struct steady checkpoints;
    struct steady blocks; /* struct block_entry, in the order they came */
    struct block_table block_table;
    struct recording_disk disks[RECORDING_MODULES];
    struct replay_disk *fronts[RECORDING_MODULES]; /* that use this recording; NULL: none */
    struct recording_end end;
    bool has_end;
    bool is_ended; /* opened: the file has its end chunk */
    struct trace_log *events;
    struct blobs *blobs;
    struct recording_file file;
    struct recording_saved saved;
    struct error trouble; /* the first thing that could not be kept */
};

/* ---- recording.c ---- */
/* Empty, in memory. NULL with `err`. */
struct recording *recording_make(const char *machine, const char *setup, size_t setup_bytes,
                                 struct error *err);
void recording_free(struct recording *recording);
/* Notes that something is missing from now on. Always false. */
bool recording_fail(struct recording *recording, const char *why);

/* ---- recording_blocks.c ---- */
bool recording_has_block(const struct recording *recording, unsigned module, uint64_t block);
/* Block with a blob that is held already, from a file; false: no memory, or it is there already. */
bool recording_take_block(struct recording *recording, uint64_t key, uint64_t blob);
void recording_set_disk(struct recording *recording, unsigned module, uint64_t seal);
/* 0 when the recording does not tell. */
uint64_t recording_disk_seal(const struct recording *recording, unsigned module);
uint64_t recording_block_key(unsigned module, uint64_t block);
uint64_t recording_key_block(uint64_t key);
unsigned recording_key_module(uint64_t key);

/* ---- disk.c ---- */
/* The recording goes: nothing is recorded any more, and nothing is found in it. */
void replay_disk_detach(struct replay_disk *disk);

/* ---- recording_checkpoints.c ---- */
void recording_release_checkpoints(struct recording *recording, size_t from);

/* ---- recording_file.c ---- */
int recording_file_create(struct recording *recording, const char *path,
                          struct error *err) MUST_CHECK;
/* Writes what is new; the end chunk too when `is_last`. */
int recording_file_flush(struct recording *recording, bool is_last, struct error *err) MUST_CHECK;
/* Takes the place of what was there before. */
int recording_file_publish(struct recording *recording, struct error *err) MUST_CHECK;
void recording_file_release(struct recording *recording);
