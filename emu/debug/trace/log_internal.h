/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a log of events: whole packets, the open one that grows, and the few that are unpacked for
 * readers. log.c keeps it, log_file.c turns packets into bytes of a file and back.
 */
#pragma once

#include "emu/debug/trace/log_codec.h"

#define LOG_PACKET_BYTES  65536u /* unpacked */
#define LOG_PACKET_EVENTS 4096u
#define LOG_SLOTS         4u
#define LOG_NO_PACKET     SIZE_MAX

struct log_packet {
    uint64_t first; /* event */
    uint32_t count;
    uint32_t raw_bytes;
    uint32_t stored_bytes; /* fewer than raw_bytes: compressed by zlib; else as it is */
    uint8_t *data;         /* owned */
    /* So many strings, types and classes had been seen at its end. */
    uint32_t strings_end;
    uint32_t types_end;
    uint32_t classes_end;
};

/* A packet that a reader has asked for. Of the open packet: as much as was asked for. */
struct log_slot {
    size_t packet; /* index; the open one's is packet_count */
    struct log_codec codec;
    size_t used; /* bytes of it that are read */
    uint32_t count;
    struct trace_item *items; /* LOG_PACKET_EVENTS, owned; NULL: never used */
    uint64_t asked;           /* when, in questions */
};

struct trace_log {
    struct log_names names;
    struct log_packet *packets;
    size_t packet_count, packet_room;
    uint64_t packet_bytes;
    /* The open packet. Its data has room for one event more than fits. */
    struct log_packet open;
    struct log_codec codec;
    struct log_slot slots[LOG_SLOTS];
    struct log_slot *last_slot;
    uint64_t questions;
    uint8_t *raw;   /* LOG_PACKET_BYTES: a packet that is being unpacked */
    uint8_t *saved; /* by trace_log_save(); NULL: nothing yet */
};

/* Ends the open packet when there is something in it. False: no memory; nothing changed. */
bool log_close_packet(struct trace_log *log);
/* Room for one more in `packets`. */
bool log_reserve_packet(struct trace_log *log);
/* Number of the last event; 0: there is none. */
uint64_t log_last(const struct trace_log *log);
/* The packet's bytes as they were; in `raw` when they had to be unpacked. NULL: damaged. */
const uint8_t *log_unpack(const struct log_packet *packet, uint8_t raw[LOG_PACKET_BYTES]);
/* Values that are numbers of texts are below `strings`. */
bool log_event_is_good(const struct log_names *names, const struct log_event *event,
                       uint32_t strings);
