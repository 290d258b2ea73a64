/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces on disk: Common Trace Format 1.8 (docs/formats/trace.md), a directory that babeltrace2 and Trace
 * Compass read as it is.
 */
#pragma once

#include <stdbool.h>

#include "emu/debug/trace/filter.h"
#include "emu/debug/trace/item.h"

/* ---- Writing ---- */
struct ctf_writer;
/* Makes the directory, which must not exist or be an empty one. `machine` describes the run
 * (machine_get_name()). */
struct ctf_writer *ctf_writer_open(const char *path, const char *machine, struct error *err);
/* For trace_add_sink(): events that `filter` lets through (borrowed; NULL: all). Trouble is kept for
 * ctf_writer_close(), and later events are left out then. The machine's devices must live as long as the writer gets
 * events. A run that goes back in time is trouble, too: numbers must ascend and times not descend. */
struct trace_sink ctf_writer_sink(struct ctf_writer *writer, const struct trace_filter *filter);
/* What a machine did before somebody could listen, while it was created: the records that the ring still has go in
 * first. Between ctf_writer_sink() and trace_add_sink(). */
void ctf_writer_catch_up(struct ctf_writer *writer, const struct trace *trace);
/* The same for events that are read from somewhere, whose types and devices stay until ctf_writer_close(). */
void ctf_writer_put(struct ctf_writer *writer, const struct trace_item *item);
/* -1 with `err`: not everything is on disk. Frees it. NULL is harmless. */
int ctf_writer_close(struct ctf_writer *writer, struct error *err);

/* ---- Reading what ctf_writer wrote; hostile input ---- */
/* The memory it takes is at most some ten times that of the files, in practice little more than a packet. */
struct ctf_reader;
struct ctf_reader *ctf_reader_open(const char *path, struct error *err);
void ctf_reader_close(struct ctf_reader *reader);
struct trace_items ctf_reader_items(struct ctf_reader *reader);
/* The description that it was written with. */
const char *ctf_reader_machine(const struct ctf_reader *reader);
/* What was wrong with the first packet that could not be read, so that get() had to say false; NULL: all that was
 * asked for could be read. Headers are checked when a trace is opened, events when they are asked for. */
const char *ctf_reader_trouble(const struct ctf_reader *reader);
