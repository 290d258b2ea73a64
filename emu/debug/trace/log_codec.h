/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events as bytes: each as what differs from the ones before it, in integers of seven bits a byte. A packet
 * starts anew, so that it can be read alone. docs/formats/trace-log.md has every byte. For log.c and its
 * neighbours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/debug/trace/log_names.h"

/* No event takes more: class, flags, time, core, pc, cause and values. */
#define LOG_EVENT_BYTES_MAX 96u

struct log_event {
    uint64_t seq;
    uint64_t cause;
    vtime when;
    uint64_t pc;
    uint64_t args[TRACE_ARGS]; /* of a text: its number */
    uint32_t class_id;
    uint8_t core;
};

struct log_values {
    uint64_t args[TRACE_ARGS];
};

/* What the next event is told against. Starts as all zero. */
struct log_codec {
    struct log_event last;     /* the event before; its number is one less than the next one's */
    struct log_values *values; /* of the last event of each class, owned */
    uint32_t class_room;
};

void log_codec_release(struct log_codec *codec);
/* A packet begins, with event `first`. False: no memory. */
bool log_codec_begin(struct log_codec *codec, uint64_t first, uint32_t classes);
/* Makes room for a class. False: no memory. */
bool log_codec_reserve(struct log_codec *codec, uint32_t classes);
/* Writes an event, whose class has room; returns how many bytes (at most LOG_EVENT_BYTES_MAX). */
size_t log_codec_put(struct log_codec *codec, const struct log_event *event, uint8_t *data);
/* Reads one of `bytes`; returns how many it took, 0: these are not an event. Classes must be below
 * `classes`, and have room. Values of texts are not checked. */
size_t log_codec_get(struct log_codec *codec, const uint8_t *data, size_t bytes, uint32_t classes,
                     struct log_event *event);
