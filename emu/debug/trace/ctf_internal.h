/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the writer and the reader of CTF traces share: where what is in a packet and in an event, and the
 * kinds of event with their metadata. docs/formats/trace.md is the specification.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/base/error.h"
#include "emu/debug/trace/item.h"

#define CTF_METADATA_FILE "metadata"
#define CTF_STREAM_FILE   "events"

/* ---- Limits ---- */
#define CTF_PACKET_BYTES  65536u /* a packet is at most so long */
#define CTF_CLASSES_MAX   65535u
#define CTF_NAME_BYTES    128u  /* of a device's path, an event, a field, with the zero */
#define CTF_TEXT_BYTES    4096u /* of a text in an event, with the zero */
#define CTF_MACHINE_BYTES 128u
#define CTF_METADATA_MAX  (UINT32_C(64) << 20)

/* ---- A packet: header, then context; the offsets are bytes ---- */
#define CTF_MAGIC               UINT32_C(0xc1fc1fc1)
#define CTF_PACKET_MAGIC        0u
#define CTF_PACKET_STREAM       4u
#define CTF_PACKET_BEGIN        8u
#define CTF_PACKET_END          16u
#define CTF_PACKET_CONTENT_BITS 24u
#define CTF_PACKET_PACKET_BITS  32u
#define CTF_PACKET_NUMBER       40u
#define CTF_PACKET_HEADER_BYTES 48u

/* ---- An event: header, context of the stream, context of the class; then its fields ---- */
#define CTF_EVENT_CLASS        0u
#define CTF_EVENT_WHEN         2u
#define CTF_EVENT_SEQ          10u
#define CTF_EVENT_CAUSE        18u
#define CTF_EVENT_PC           26u
#define CTF_EVENT_CORE         34u
#define CTF_EVENT_DEVICE       35u
#define CTF_EVENT_HEADER_BYTES 37u

/* A kind of event of one device. */
struct ctf_class {
    unsigned number;  /* its place in the list, and the event id in the stream */
    unsigned device;  /* number of the device, in the order of their first events */
    const char *path; /* of the device */
    struct trace_type type;
};

/* All of a trace. Never moves a class once it is made. */
struct ctf_classes {
    struct ctf_class **items; /* owned, each in one piece with its strings */
    size_t count;
    size_t capacity;
    size_t device_count;
    uint16_t *
        table; /* open addressing: numbers of classes + 1, by path and event and by path alone; 0: unused */
    size_t table_size;
};

void ctf_classes_release(struct ctf_classes *classes);
/* The class of `type` at `path` which is new there; copies everything. NULL with `err`: no memory, too many, or names
 * that the metadata cannot carry. */
struct ctf_class *ctf_classes_add(struct ctf_classes *classes, const char *path,
                                  const struct trace_type *type, struct error *err);
/* NULL: there is none. */
struct ctf_class *ctf_classes_find(const struct ctf_classes *classes, const char *path,
                                   const struct trace_type *type);

/* ---- Metadata ---- */

/* What every trace begins with: up to the machine's name, and behind it. */
extern const char ctf_metadata_before[];
extern const char ctf_metadata_behind[];
/* How levels are told in the metadata (`loglevel`), and back; false: none of ours. */
unsigned ctf_loglevel(enum trace_level level);
bool ctf_level_of(uint64_t loglevel, enum trace_level *level);

/* Both write a piece of the metadata to `file`, whose errors are the caller's to ask for. */
void ctf_metadata_put_head(FILE *file, const char *machine);
void ctf_metadata_put_class(FILE *file, const struct ctf_class *class);

/* Takes the metadata of a trace apart. `text` ends with a zero at `text[bytes]`. 0, or -1 with `err`. */
int ctf_metadata_parse(const char *text, size_t bytes, char machine[CTF_MACHINE_BYTES],
                       struct ctf_classes *classes, struct error *err) MUST_CHECK;

/* ---- Reading ---- */

/* Where a packet is, and what is in it. */
struct ctf_packet {
    uint64_t offset;
    uint64_t first; /* number of the first event */
    uint64_t begin; /* times of the first and the last event */
    uint64_t end;
    uint32_t bytes;
};

/* What a packet has at least: its header and that of one event. */
#define CTF_PACKET_LEAST_BYTES (CTF_PACKET_HEADER_BYTES + CTF_EVENT_HEADER_BYTES)
/* Most events that a packet can hold. */
#define CTF_PACKET_EVENTS ((CTF_PACKET_BYTES - CTF_PACKET_HEADER_BYTES) / CTF_EVENT_HEADER_BYTES)

/* Checks the beginning of the packet at `packet->offset`, of which `left` bytes of the file are left, and fills in
 * the rest. What is wrong, or NULL. `before` NULL: this is the first one. */
const char *ctf_packet_parse(const uint8_t start[CTF_PACKET_LEAST_BYTES], uint64_t number,
                             uint64_t left, const struct ctf_packet *before,
                             struct ctf_packet *packet);
/* Checks all of a packet and says where its events begin; their numbers are below `limit`. What is wrong, or
 * NULL. */
struct ctf_index {
    size_t count;
    uint16_t offsets[CTF_PACKET_EVENTS];
};
const char *ctf_packet_index(const struct ctf_packet *packet, const uint8_t *data, uint64_t limit,
                             const struct ctf_classes *classes, struct ctf_index *index);

struct ctf_reader;
/* ctf_reader_open() behind the files: takes over `text` (from malloc, with a zero at its end) and `stream`, a file
 * descriptor or -1 (no events), also when it fails. `name` is for error sentences. */
struct ctf_reader *ctf_reader_start(const char *name, char *text, size_t bytes, int stream,
                                    struct error *err);
