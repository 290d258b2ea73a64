/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the machine of a run is made again: the `setup` of a recording (docs/formats/recording.md). Options of
 * `run` that make the machine, the files that they name with their SHA-256, when the clock began, what was
 * plugged in as a disk. What only the host had of it (windows, sockets, output) is not in it.
 */
#pragma once

#include <stdint.h>

#include "emu/app/run_options.h"
#include "emu/machine/machine_disk.h"

/* Of a disk, without its contents. It holds the keys as sep.json does: a recording is to be kept as safe as
 * the disk. The password is not in it. */
struct record_disk {
    bool is_there;
    uint64_t blocks; /* of the namespace */
    uint8_t volume_id[SEP_ID_BYTES];
    struct sep_record sep;
    uint64_t media_blocks[RAID0_MODULES]; /* 0: the socket is empty */
    uint64_t notes_bytes[RAID0_MODULES];
};

struct record_setup {
    struct run_options options; /* as run_options_parse() gave them; strings are those of argv */
    int argc;
    char **argv;
    char *module_names[RUN_MODULES_MAX]; /* those of `options` */
    int64_t rtc_base;
    struct record_disk disk;
};

/* Whether an option of `run` makes the machine, and so is kept. */
bool record_setup_keeps(const char *option);
/* Whether such an option names a file whose contents make the machine. */
bool record_setup_is_file(const char *option);
/* How a run is described: its command line, and what it was given besides. */
struct record_run {
    int argc;
    char **argv;
    int64_t rtc_base;
    const struct machine_disk *disk; /* NULL: none */
};
/* JSON; free() it. NULL with `err`. `has_start`: with the snapshot that the run began at, if it did. */
char *record_setup_write(const struct record_run *run, bool has_start, struct error *err);
/* In a folder of files that are named by their SHA-256: the firmware of setups that name none, when the built-in one
 * was another. */
#define RECORD_SETUP_ROM "rom"
/* Hostile input. `files`: a folder where files are named by their SHA-256 (lower-case hexadecimal); what is there is
 * taken from there, the rest from where it was. NULL: there is no such folder. -1 with `err`: no setup, or a file is
 * gone or not what it was; its name is said. `setup` is all zero or good for record_setup_release() then. */
int record_setup_read(const char *json, const char *files, struct record_setup *setup,
                      struct error *err) MUST_CHECK;
/* The same, but nobody looks for the files. */
int record_setup_look(const char *json, struct record_setup *setup, struct error *err) MUST_CHECK;
void record_setup_release(struct record_setup *setup);

/* A file that a setup names. */
struct record_file {
    const char *option;
    const char *path;
    const char *sha256; /* lower-case hexadecimal */
};
/* Calls `visit` for each, until that returns -1. Nobody looks for them. -1 with `err`: that, or no setup. */
int record_setup_each_file(const char *json,
                           int (*visit)(void *ctx, const struct record_file *file,
                                        struct error *err),
                           void *ctx, struct error *err) MUST_CHECK;
