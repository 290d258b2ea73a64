/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring, the hash chain and the sinks. Making a record is a few stores and multiplies; text is
 * made only when somebody reads.
 */
#include "emu/core/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bug.h"
#include "emu/base/hash.h"
#include "emu/core/device.h"

struct trace {
    struct trace_record
        *ring; /* TRACE_RING_RECORDS entries, owned; record seq is at seq % TRACE_RING_RECORDS */
    uint64_t seq;
    uint64_t hash;
    uint64_t cause;
    uint64_t counts[TRACE_LEVEL_UNIMPL + 1];
    struct trace_source source;
    struct trace_sink sinks[TRACE_SINKS_MAX];
    size_t sink_count;
};

struct trace *trace_create(void)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    if (trace == NULL) return NULL;
    trace->ring = calloc(TRACE_RING_RECORDS, sizeof(*trace->ring));
    if (trace->ring == NULL) {
        free(trace);
        return NULL;
    }
    trace->hash = HASH_SEED;
    return trace;
}

void trace_destroy(struct trace *trace)
{
    if (trace == NULL) return;
    free(trace->ring);
    free(trace);
}

void trace_set_source(struct trace *trace, const struct trace_source *source)
{
    trace->source = *source;
}

bool trace_add_sink(struct trace *trace, const struct trace_sink *sink)
{
    if (trace->sink_count >= TRACE_SINKS_MAX) return false;
    trace->sinks[trace->sink_count] = *sink;
    trace->sink_count++;
    return true;
}

void trace_remove_sink(struct trace *trace, const void *ctx)
{
    for (size_t i = 0; i < trace->sink_count; i++) {
        if (trace->sinks[i].ctx == ctx) {
            trace->sink_count--;
            trace->sinks[i] = trace->sinks[trace->sink_count];
            return;
        }
    }
}

static bool is_string_field(const char *field)
{
    size_t length = strlen(field);

    return length > 2 && strcmp(field + length - 2, ":s") == 0;
}

/* Strings count by content: their addresses differ from run to run. */
static uint64_t hash_value(uint64_t hash, const char *field, uint64_t value)
{
    if (is_string_field(field)) return hash_string(hash, (const char *)(uintptr_t)value);
    return hash_u64(hash, value);
}

static uint64_t hash_record(uint64_t hash, const struct trace_record *record)
{
    hash = hash_u64(hash, record->when);
    hash = hash_u64(hash, record->pc);
    hash = hash_u64(hash, record->core | record->cause << 8);
    hash = hash_u64(hash, record->device != NULL ? record->device->path_hash : 0);
    hash = hash_string(hash, record->desc->name);
    for (size_t i = 0; i < TRACE_ARGS && record->desc->fields[i] != NULL; i++) {
        hash = hash_value(hash, record->desc->fields[i], record->args[i]);
    }
    return hash;
}

uint64_t trace_cause(const struct trace *trace)
{
    if (trace == NULL) return 0;
    if (trace->cause != 0 || trace->source.cause == NULL) return trace->cause;
    return trace->source.cause(trace->source.ctx);
}

uint64_t trace_event(struct trace *trace, const struct device *device,
                     const struct trace_desc *desc, const uint64_t args[TRACE_ARGS])
{
    struct trace_record *record;

    if (trace == NULL) return 0;
    trace->seq++;
    record = &trace->ring[trace->seq % TRACE_RING_RECORDS];
    record->seq = trace->seq;
    record->cause = trace_cause(trace);
    record->when = trace->source.now != NULL ? trace->source.now(trace->source.ctx) : 0;
    record->pc = trace->source.pc != NULL ? trace->source.pc(trace->source.ctx) : 0;
    record->core =
        (uint8_t)(trace->source.core != NULL ? trace->source.core(trace->source.ctx) : 0);
    record->device = device;
    record->desc = desc;
    memcpy(record->args, args, sizeof(record->args));
    trace->hash = hash_record(trace->hash, record);
    trace->counts[desc->level]++;
    for (size_t i = 0; i < trace->sink_count; i++) {
        trace->sinks[i].record(trace->sinks[i].ctx, record);
    }
    return trace->seq;
}

uint64_t trace_cause_begin(struct trace *trace, uint64_t seq)
{
    uint64_t previous;

    if (trace == NULL) return 0;
    previous = trace->cause;
    trace->cause = seq;
    return previous;
}

void trace_cause_end(struct trace *trace, uint64_t previous)
{
    if (trace != NULL) {
        trace->cause = previous;
    }
}

uint64_t trace_hash(const struct trace *trace)
{
    return trace->hash;
}

uint64_t trace_seq(const struct trace *trace)
{
    return trace->seq;
}

uint64_t trace_count(const struct trace *trace, enum trace_level level)
{
    return trace->counts[level];
}

void trace_restore(struct trace *trace, uint64_t hash, uint64_t seq)
{
    memset(trace->ring, 0, TRACE_RING_RECORDS * sizeof(*trace->ring));
    trace->hash = hash;
    trace->seq = seq;
    trace->cause = 0;
}

const struct trace_record *trace_find(const struct trace *trace, uint64_t seq)
{
    const struct trace_record *record = &trace->ring[seq % TRACE_RING_RECORDS];

    return seq != 0 && record->seq == seq ? record : NULL;
}

static int format_field(char *text, size_t bytes, const char *field, uint64_t value)
{
    if (is_string_field(field)) {
        return snprintf(text, bytes, " %.*s=%s", (int)(strlen(field) - 2), field,
                        (const char *)(uintptr_t)value);
    }
    return snprintf(text, bytes, " %s=0x%" PRIx64, field, value);
}

size_t trace_format(const struct trace_record *record, char *text, size_t bytes)
{
    const char *path = record->device != NULL ? record->device->path : "machine";
    size_t used;
    int length;

    length = snprintf(text, bytes,
                      "%" PRIu64 ".%06" PRIu64 "us #%" PRIu64 " <-%" PRIu64 " cpu%u pc=%" PRIx64
                      " %s %s",
                      record->when / 1000000u, record->when % 1000000u, record->seq, record->cause,
                      record->core, record->pc, path, record->desc->name);
    used = length > 0 ? (size_t)length : 0;
    for (size_t i = 0; i < TRACE_ARGS && record->desc->fields[i] != NULL && used < bytes; i++) {
        length = format_field(text + used, bytes - used, record->desc->fields[i], record->args[i]);
        used += length > 0 ? (size_t)length : 0;
    }
    return used < bytes ? used : bytes - 1;
}

void trace_dump(const struct trace *trace, int fd, size_t count)
{
    char line[512];

    if (count > TRACE_RING_RECORDS - 1) {
        count = TRACE_RING_RECORDS - 1;
    }
    for (uint64_t seq = trace->seq > count ? trace->seq - count + 1 : 1; seq <= trace->seq; seq++) {
        const struct trace_record *record = trace_find(trace, seq);
        size_t length;

        if (record == NULL) continue;
        length = trace_format(record, line, sizeof(line) - 1);
        line[length] = '\n';
        if (write(fd, line, length + 1) < 0) return;
    }
}
