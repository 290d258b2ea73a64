/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots on disk (docs/formats/snapshot.md): how the machine was made (record_setup.h), and what
 * machine_save() gave.
 */
#pragma once

#include <stddef.h>

#include "emu/base/error.h"
#include "emu/host/file.h"

struct machine;

struct snapshot_file {
    struct host_file file;
    char *setup;      /* JSON */
    const void *data; /* in `file` */
    size_t bytes;
};

/* Whether a file could be put there: before it is too late. The folder is not looked at. */
int snapshot_file_check_place(const char *path, struct error *err) MUST_CHECK;
/* Saves the machine, which stands at an edge. A run that goes on is not changed when that is a beat or power-on
 * (emu/machine/instant.h). An existing file is replaced when the new one is whole; only its owner can read it. */
int snapshot_file_save(const char *path, const char *setup, struct machine *machine,
                       struct error *err) MUST_CHECK;
/* Hostile input: header and setup are checked here, the rest by machine_load(). -1 with `err`, and nothing
 * kept. */
int snapshot_file_read(const char *path, struct snapshot_file *file, struct error *err) MUST_CHECK;
/* Into a machine that was made by the setup. -1 with `err`: it can only be destroyed. */
int snapshot_file_load(const struct snapshot_file *file, const char *path, struct machine *machine,
                       struct error *err) MUST_CHECK;
/* Harmless when empty. */
void snapshot_file_release(struct snapshot_file *file);
