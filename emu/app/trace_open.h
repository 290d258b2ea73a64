/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the trace commands get events from: a trace on disk (a directory in CTF) or a recording (a file). */
#pragma once

#include "emu/base/error.h"
#include "emu/debug/trace/item.h"

struct ctf_reader;
struct recording;

struct trace_file {
    const char *path;         /* borrowed */
    struct trace_items items; /* as long as it is open */
    struct ctf_reader *ctf;   /* one of these */
    struct recording *recording;
    bool is_whole; /* its end is there, too */
};

/* Hostile input. -1 with `err`, which names the path. */
int trace_file_open(const char *path, struct trace_file *source, struct error *err) MUST_CHECK;
void trace_file_close(struct trace_file *source);
/* What the machine was, as machine_get_name() says it. */
const char *trace_file_machine(const struct trace_file *source);
/* What could not be read, so that events seemed to end early; NULL: nothing. Until it is closed. */
const char *trace_file_trouble(const struct trace_file *source);
