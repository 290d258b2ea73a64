/* SPDX-License-Identifier: GPL-2.0-only */
/* A run that never was, for tests of traces: its records follow from their numbers alone. */
#pragma once

#include "emu/core/device.h"
#include "emu/core/trace.h"
#include "emu/debug/trace/item.h"

struct ctf_run {
    struct device devices[3];
};

void ctf_run_init(struct ctf_run *run);
/* Record `seq` (1...): in order of time, causes are earlier. */
struct trace_record ctf_run_record(const struct ctf_run *run, uint64_t seq);
/* The same as an item; `scratch` as for trace_item_view(). */
struct trace_item ctf_run_item(const struct ctf_run *run, uint64_t seq,
                               struct trace_scratch *scratch);

/* A new directory for a test; its path, and removed again with all that is in it. */
void ctf_run_make_directory(char path[64]);
void ctf_run_remove_directory(const char *path);
