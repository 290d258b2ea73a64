/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event trace: an always-on ring of the last TRACE_RING_RECORDS records, a rolling hash over
 * everything that was ever put into it, and optional sinks. One record says when, on which core and
 * where in the program, which device, what, with up to four values, and which record was the cause.
 * The hash covers time, core, PC, device, event and values, so two runs with the same hash went the
 * same way (docs/determinism.md).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/clock.h"

struct device;
struct sched;

#define TRACE_RING_RECORDS 65536u
#define TRACE_ARGS         4

enum trace_level {
    TRACE_LEVEL_NORMAL,      /* what the hardware did */
    TRACE_LEVEL_GUEST_ERROR, /* the guest did what it must not */
    TRACE_LEVEL_UNIMPL,      /* the guest asked for what is not modelled */
};

/* A kind of event, declared once as `static const`: name, level and the names of its values
 * (NULL-terminated when fewer). A field name that ends in ":s" marks a value that is a pointer to a
 * string constant (hashed by content). */
struct trace_desc {
    const char *name;
    enum trace_level level;
    const char *fields[TRACE_ARGS];
};

struct trace_record {
    vtime when;
    uint64_t seq;   /* 1, 2, 3 ... */
    uint64_t cause; /* seq of the record that led to this one, 0 = a core's own doing */
    uint64_t pc;    /* start of the block that the core executes; 0 when no core runs */
    const struct device *device; /* NULL: the machine itself */
    const struct trace_desc *desc;
    uint64_t args[TRACE_ARGS];
    uint8_t core;
};

/* A sink is told each record as it is made. It must not touch the machine. */
struct trace_sink {
    void (*record)(void *ctx, const struct trace_record *record);
    void *ctx;
};

/* Where a record gets its time, core and PC from; set by the machine. */
struct trace_source {
    void *ctx;
    vtime (*now)(void *ctx);
    uint64_t (*pc)(void *ctx);
    unsigned (*core)(void *ctx);
    /* What a record follows from that is made outside of trace_cause_begin(): what the core that runs is
     * about. 0: a core's own doing. May be NULL. */
    uint64_t (*cause)(void *ctx);
};

struct trace;

struct trace *trace_create(void);
void trace_destroy(struct trace *trace);
void trace_set_source(struct trace *trace, const struct trace_source *source);
/* At most TRACE_SINKS_MAX sinks; false when full. Removal by context. */
#define TRACE_SINKS_MAX 4
bool trace_add_sink(struct trace *trace, const struct trace_sink *sink);
void trace_remove_sink(struct trace *trace, const void *ctx);

/* Makes a record; returns its seq. `device` and `trace` may be NULL (nothing happens without a
 * trace). */
uint64_t trace_event(struct trace *trace, const struct device *device,
                     const struct trace_desc *desc, const uint64_t args[TRACE_ARGS]);

/* Shorthand for up to four values. */
#define TRACE(trace, device, desc, ...) \
    trace_event((trace), (device), (desc), (const uint64_t[TRACE_ARGS]){__VA_ARGS__})

/* Cause links: records made between begin and end have `seq` as their cause. Calls nest; end takes
 * what begin returned. */
uint64_t trace_cause_begin(struct trace *trace, uint64_t seq);
void trace_cause_end(struct trace *trace, uint64_t previous);
/* The cause that a record made now would have; to be kept by who will go on with something later. 0 without a
 * trace. */
uint64_t trace_cause(const struct trace *trace);

uint64_t trace_hash(const struct trace *trace);
uint64_t trace_seq(const struct trace *trace); /* seq of the newest record */
uint64_t trace_count(const struct trace *trace, enum trace_level level);
/* Hash and counters go into snapshots, so that a resumed run continues the chain. */
void trace_restore(struct trace *trace, uint64_t hash, uint64_t seq);

/* Record by seq while it is in the ring, else NULL. */
const struct trace_record *trace_find(const struct trace *trace, uint64_t seq);
/* One record as one line of text: `vtime path event key=value...`. Returns the length, at most
 * `bytes` - 1 is written. */
size_t trace_format(const struct trace_record *record, char *text, size_t bytes);
/* The newest `count` records, oldest first, as lines on file descriptor `fd` (for bug reports). */
void trace_dump(const struct trace *trace, int fd, size_t count);
