/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of a trace as readers see them, wherever they come from: a running machine, a recording, a CTF
 * trace on disk. A `struct trace_record` points into the program that made it; a `struct trace_item` does not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/core/trace.h"

/* A kind of event, as struct trace_desc declares it. */
struct trace_type {
    const char *name;
    enum trace_level level;
    unsigned field_count;
    const char *fields[TRACE_ARGS]; /* without ":s" */
    bool is_text[TRACE_ARGS];
};

struct trace_item {
    uint64_t seq;   /* 1, 2, 3 ... */
    uint64_t cause; /* 0: a core's own doing */
    vtime when;
    uint64_t pc; /* start of the block; 0: no core ran */
    uint8_t core;
    const char *device; /* path; "machine" for the machine itself */
    const struct trace_type *type;
    uint64_t args[TRACE_ARGS];
    const char *texts[TRACE_ARGS]; /* where type->is_text; else NULL */
};

#define TRACE_FIELD_BYTES 48 /* of a field's name; longer ones are cut */
/* Name of field `index` without its mark, and whether it is a text. False: there are no more. */
bool trace_desc_field(const struct trace_desc *desc, unsigned index, char name[TRACE_FIELD_BYTES],
                      bool *is_text);

/* Room for what a record's item points to. Starts as all zero; one for each sink saves work, because a type
 * that follows on itself is made once. */
struct trace_scratch {
    const struct trace_desc *desc; /* of which `type` is */
    struct trace_type type;
    char fields[TRACE_ARGS][TRACE_FIELD_BYTES];
};
/* A record as an item, which is good as long as the record and until the next call with `scratch`. */
void trace_item_view(const struct trace_record *record, struct trace_scratch *scratch,
                     struct trace_item *item);

/* Who has events. All are called on one thread; strings and types live as long as the source. */
struct trace_items {
    void *ctx;
    /* Numbers of the first and the last event that there are; first > last: none. */
    void (*range)(void *ctx, uint64_t *first, uint64_t *last);
    /* False: there is none with this number (any more), or it cannot be read. */
    bool (*get)(void *ctx, uint64_t seq, struct trace_item *item);
    /* Number of the first event from `seq` on, which is in the range; 0: it cannot be read. NULL: numbers have no
     * gaps. */
    uint64_t (*next)(void *ctx, uint64_t seq);
};

/* The first event from number `seq` on; for walks, which must not count through the gaps of a trace that was
 * filtered. False: there is none, or it cannot be read. */
bool trace_items_from(const struct trace_items *items, uint64_t seq, struct trace_item *item);

/* `vtime path event key=value...` as trace_format() writes it; returns the length, at most `bytes` - 1 is
 * written. */
size_t trace_item_format(const struct trace_item *item, char *text, size_t bytes);
/* A level as filters and exports have it: "normal", "error", "unimplemented". */
const char *trace_level_text(enum trace_level level);
/* Same name, level and fields. */
bool trace_type_is_equal(const struct trace_type *a, const struct trace_type *b);
/* Same time, core, pc, device, type, values, cause and number. */
bool trace_item_is_equal(const struct trace_item *a, const struct trace_item *b);
/* Value of a field by name; NULL `text` of a number. False: it has none of that name. */
bool trace_item_field(const struct trace_item *item, const char *name, uint64_t *number,
                      const char **text);

/* ---- A log of events: packed, in host memory ---- */

struct trace_log;
struct trace_log *trace_log_create(void); /* NULL: no memory */
void trace_log_destroy(struct trace_log *log);
/* Host memory that the events take, without caches. */
uint64_t trace_log_bytes(const struct trace_log *log);
/* The next record; numbers must follow on each other. Strings are taken over. False: no memory, or not the
 * next number (the log stays as it is). */
bool trace_log_append(struct trace_log *log, const struct trace_record *record);
/* Borrowed from the log. */
struct trace_items trace_log_items(struct trace_log *log);
/* The record with the next number of a repeated run: is it what the log has? True also behind the log's
 * end. Fast: it is asked for each event of a replay. */
bool trace_log_agrees(struct trace_log *log, const struct trace_record *record);
/* Forgets what is behind `last`. */
void trace_log_cut(struct trace_log *log, uint64_t last);

/* For files: what came since the last call with the same `*cursor` (0 at first), as bytes that
 * trace_log_load() takes in the same order (docs/formats/trace-log.md); NULL: nothing new, or no memory. Valid
 * until the next call with `log`. With `all` false only whole packets. */
const void *trace_log_save(struct trace_log *log, bool all, uint64_t *cursor, size_t *bytes);
/* Hostile input: everything is checked here; the log grows by at most TRACE_LOG_GROWTH times `bytes`. -1 with
 * `err` (ERROR_HOST, does not name the file); the log is to be destroyed then. */
#define TRACE_LOG_GROWTH 64
int trace_log_load(struct trace_log *log, const void *data, size_t bytes, struct error *err);
