/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots: the state of every part of the machine as named, versioned chunks with a CRC each
 * (docs/formats/snapshot.md).
 *
 * A device does not write code for this: its register tables and its `struct snap_field` table say
 * what there is to save, and device.c does it. Parts that are not devices (cores, RAM, scheduler)
 * write a chunk by hand. Loading is hostile input: lengths, versions, names and ranges are checked
 * before use, and nothing is trusted.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

enum snap_kind {
    SNAP_UINT,  /* unsigned integer or bool or enum of 1, 2, 4 or 8 bytes; `count` of them in a row
                   (array) */
    SNAP_BYTES, /* `size` bytes as they are */
    SNAP_EVENT, /* struct event: armed or not, time, order number */
    SNAP_FIFO,  /* struct fifo */
    SNAP_LINE,  /* struct irq_line: its level */
    SNAP_TRACE, /* like SNAP_UINT of 8 bytes: the number of a trace record. No part of what the device is:
                   device_state_hash() leaves it out, as it does with the causes of events */
};

/* One member of a device's state. Declare with the macros below, end the table with SNAP_END. */
struct snap_field {
    const char *name;
    size_t offset;
    size_t size; /* of one element */
    size_t count;
    size_t stride; /* between elements */
    enum snap_kind kind;
    uint64_t max; /* SNAP_UINT: a larger value is refused on load; UINT64_MAX = any */
    /* 0: all of them. Otherwise only the first ones are saved, and those behind are zero after load:
     * offset of the uint32_t that says how many. That one is saved before, as a field of its own. */
    size_t used;
};

#define SNAP_MEMBER_SIZE(type, member) sizeof(((type *)0)->member)
#define SNAP_U(type, member)                                                                       \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = SNAP_MEMBER_SIZE(type, member), \
        .count = 1, .stride = 0, .kind = SNAP_UINT, .max = UINT64_MAX                              \
    }
/* For indexes, counts, enums and bools: values above `limit` are refused. */
#define SNAP_U_MAX(type, member, limit)                                                            \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = SNAP_MEMBER_SIZE(type, member), \
        .count = 1, .stride = 0, .kind = SNAP_UINT, .max = (limit)                                 \
    }
#define SNAP_U_ARRAY(type, member, limit)                                              \
    {                                                                                  \
        .name = #member, .offset = offsetof(type, member),                             \
        .size = SNAP_MEMBER_SIZE(type, member[0]),                                     \
        .count = SNAP_MEMBER_SIZE(type, member) / SNAP_MEMBER_SIZE(type, member[0]),   \
        .stride = SNAP_MEMBER_SIZE(type, member[0]), .kind = SNAP_UINT, .max = (limit) \
    }
/* One integer member of each element of an array of structures: SNAP_U_EACH(struct hpet, timer,
 * config, UINT64_MAX). */
#define SNAP_U_EACH(type, array, member, limit)                                       \
    {                                                                                 \
        .name = #array "." #member, .offset = offsetof(type, array[0].member),        \
        .size = SNAP_MEMBER_SIZE(type, array[0].member),                              \
        .count = SNAP_MEMBER_SIZE(type, array) / SNAP_MEMBER_SIZE(type, array[0]),    \
        .stride = SNAP_MEMBER_SIZE(type, array[0]), .kind = SNAP_UINT, .max = (limit) \
    }
/* The same two, for arrays of which only the first `type.used_member` are in use. */
#define SNAP_U_EACH_USED(type, array, member, limit, used_member)                      \
    {                                                                                  \
        .name = #array "." #member, .offset = offsetof(type, array[0].member),         \
        .size = SNAP_MEMBER_SIZE(type, array[0].member),                               \
        .count = SNAP_MEMBER_SIZE(type, array) / SNAP_MEMBER_SIZE(type, array[0]),     \
        .stride = SNAP_MEMBER_SIZE(type, array[0]), .kind = SNAP_UINT, .max = (limit), \
        .used = offsetof(type, used_member)                                            \
    }
#define SNAP_U_ARRAY_USED(type, member, limit, used_member)                             \
    {                                                                                   \
        .name = #member, .offset = offsetof(type, member),                              \
        .size = SNAP_MEMBER_SIZE(type, member[0]),                                      \
        .count = SNAP_MEMBER_SIZE(type, member) / SNAP_MEMBER_SIZE(type, member[0]),    \
        .stride = SNAP_MEMBER_SIZE(type, member[0]), .kind = SNAP_UINT, .max = (limit), \
        .used = offsetof(type, used_member)                                             \
    }
/* Numbers of trace records: all of an array, and one of each element of an array of structures. */
#define SNAP_T_ARRAY(type, member)                                                              \
    {                                                                                           \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(uint64_t),            \
        .count = SNAP_MEMBER_SIZE(type, member) / sizeof(uint64_t), .stride = sizeof(uint64_t), \
        .kind = SNAP_TRACE, .max = UINT64_MAX                                                   \
    }
#define SNAP_T_EACH(type, array, member)                                                  \
    {                                                                                     \
        .name = #array "." #member, .offset = offsetof(type, array[0].member),            \
        .size = sizeof(uint64_t),                                                         \
        .count = SNAP_MEMBER_SIZE(type, array) / SNAP_MEMBER_SIZE(type, array[0]),        \
        .stride = SNAP_MEMBER_SIZE(type, array[0]), .kind = SNAP_TRACE, .max = UINT64_MAX \
    }
#define SNAP_B(type, member)                                                                       \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .size = SNAP_MEMBER_SIZE(type, member), \
        .count = 1, .stride = 0, .kind = SNAP_BYTES, .max = UINT64_MAX                             \
    }
#define SNAP_E(type, member)                                                             \
    {                                                                                    \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(struct event), \
        .count = 1, .stride = 0, .kind = SNAP_EVENT, .max = UINT64_MAX                   \
    }
#define SNAP_E_EACH(type, array, member)                                                  \
    {                                                                                     \
        .name = #array "." #member, .offset = offsetof(type, array[0].member),            \
        .size = sizeof(struct event),                                                     \
        .count = SNAP_MEMBER_SIZE(type, array) / SNAP_MEMBER_SIZE(type, array[0]),        \
        .stride = SNAP_MEMBER_SIZE(type, array[0]), .kind = SNAP_EVENT, .max = UINT64_MAX \
    }
#define SNAP_F(type, member)                                                            \
    {                                                                                   \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(struct fifo), \
        .count = 1, .stride = 0, .kind = SNAP_FIFO, .max = UINT64_MAX                   \
    }
#define SNAP_L(type, member)                                                                \
    {                                                                                       \
        .name = #member, .offset = offsetof(type, member), .size = sizeof(struct irq_line), \
        .count = 1, .stride = 0, .kind = SNAP_LINE, .max = UINT64_MAX                       \
    }
#define SNAP_END     \
    {                \
        .name = NULL \
    }

/* ---- Writing: memory grows as needed; host memory only ---- */
struct snap_writer;
struct snap_writer *snap_writer_create(void);
void snap_writer_destroy(struct snap_writer *w);
/* Opens a chunk; put values; close it. Chunks do not nest. `path` and `class_name` at most 63
 * characters. */
void snap_chunk_begin(struct snap_writer *w, const char *path, const char *class_name,
                      uint32_t version);
void snap_put_u64(struct snap_writer *w, uint64_t value);
void snap_put_bytes(struct snap_writer *w, const void *data, size_t bytes);
void snap_chunk_end(struct snap_writer *w);
/* The finished snapshot; owned by the writer. `machine` names what it belongs to (model, memory
 * size, parts hash). */
const void *snap_finish(struct snap_writer *w, const char *machine, size_t *bytes);

/* ---- Reading ---- */
struct snap_reader;
/* Checks header, chunk table and every CRC. `data` is borrowed and must outlive the reader. `machine` NULL: of
 * any machine, for who only looks. NULL with `err` on any defect. */
struct snap_reader *snap_reader_create(const void *data, size_t bytes, const char *machine,
                                       struct error *err);
void snap_reader_destroy(struct snap_reader *r);
/* Stands at the start of the chunk with this path; refuses (-1) a missing one and one of another
 * class or version. */
int snap_chunk_open(struct snap_reader *r, const char *path, const char *class_name,
                    uint32_t version, struct error *err) MUST_CHECK;
int snap_get_u64(struct snap_reader *r, uint64_t *value, struct error *err) MUST_CHECK;
int snap_get_bytes(struct snap_reader *r, void *data, size_t bytes, struct error *err) MUST_CHECK;
/* Bytes not yet read of the open chunk. */
size_t snap_chunk_left(const struct snap_reader *r);
/* Refuses (-1) a chunk with bytes left over. */
int snap_chunk_close(struct snap_reader *r, struct error *err) MUST_CHECK;
/* Refuses (-1) a snapshot with chunks that nobody opened, naming the first. */
int snap_reader_finish(struct snap_reader *r, struct error *err) MUST_CHECK;

/* What there is, for who only looks. */
struct snap_chunk {
    const char *path;
    const char *class_name;
    uint32_t version;
    uint64_t bytes; /* of data */
};
const char *snap_machine(const struct snap_reader *r);
uint32_t snap_chunk_count(const struct snap_reader *r);
/* `index` below the count; in the order of the file. */
struct snap_chunk snap_chunk_describe(const struct snap_reader *r, uint32_t index);
