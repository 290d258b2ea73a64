/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The server's insides, a file each:
 *
 *   gdb_server.c     creation, what comes in, which packet is whose
 *   packets.c        framing, checksums, acknowledgement (GDB manual E.1)
 *   text.c           numbers and bytes in packets
 *   query.c          q, Q and v packets that ask and agree
 *   documents.c      what qXfer reads: threads, memory map
 *   target_xml.c     ... and the target description, made from
 *   register_list.c  the list of all registers
 *   registers.c      g, G, p, P
 *   memory.c         m, M, X
 *   breakpoints.c    Z and z, kept from stop to stop
 *   run.c            s, c, vCont, bs, bc, and what is told of a stop
 *   motion.c         stepping one core; stepping through a range; interruption
 *   console.c        text for the user; `monitor`
 *
 * Threads are cores: thread N is core N - 1, and all stop together.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "emu/debug/gdb/gdb_server.h"
#include "emu/debug/gdb/text.h"
#include "emu/machine/instant.h"

/* Longest packet in either direction, without `$` and checksum. */
#define GDB_PACKET_BYTES    16384u
#define GDB_DOCUMENT_BYTES  32768u
#define GDB_CONSOLE_BYTES   1024u
#define GDB_BREAKPOINTS_MAX 128u
#define GDB_RESENDS_MAX     8u

/* Errors of packets, as UNIX numbers them. */
#define GDB_EPERM  "E01"
#define GDB_EFAULT "E14"
#define GDB_EINVAL "E22"
#define GDB_ENOSPC "E28"

enum gdb_frame {
    GDB_FRAME_NONE,
    GDB_FRAME_BODY,
    GDB_FRAME_SUM,  /* the first digit of the checksum comes next */
    GDB_FRAME_LAST, /* the second */
};

/* What the packets Z0 to Z4 are about. */
enum gdb_point_kind {
    GDB_POINT_SOFTWARE,
    GDB_POINT_HARDWARE,
    GDB_POINT_WRITE,
    GDB_POINT_READ,
    GDB_POINT_ACCESS,
    GDB_POINT_KINDS,
};

struct gdb_point {
    enum gdb_point_kind kind;
    uint64_t addr;
    uint64_t bytes;
    unsigned number; /* of the debugger's breakpoint; 0: this place is free */
    bool
        is_wanted; /* z has not come for it. GDB takes all away at each stop and brings them back */
};

struct gdb_server {
    struct gdb_server_config config;
    unsigned cores;

    /* What comes in. */
    enum gdb_frame frame;
    uint8_t sum;
    uint8_t told_sum;
    bool is_too_long;
    size_t in_bytes;
    char in[GDB_PACKET_BYTES];

    /* What goes out: `$`, body, `#`, two digits. Kept to be sent again. */
    struct gdb_maker out;
    unsigned resends;
    bool has_acks;
    char out_data[GDB_PACKET_BYTES + 4];

    char console[GDB_CONSOLE_BYTES];
    size_t console_bytes;
    bool takes_console; /* a packet is under way to which `O` may be an answer */

    struct gdb_maker document;
    char document_data[GDB_DOCUMENT_BYTES];

    struct gdb_point points[GDB_BREAKPOINTS_MAX];
    bool knows_swbreak; /* the client understands these words of a stop */
    bool knows_hwbreak;

    unsigned general;  /* core of Hg */
    unsigned run_core; /* core of Hc ... */
    bool is_any_core;  /* ... or whose turn it is */
    bool is_broken;    /* HISTORY_TROUBLE: nothing moves any more */
    bool is_detached;
    bool is_killed;
    uint8_t thread_next;           /* of qsThreadInfo */
    char last_stop[160];           /* for `?` */
    struct debugger_reason behind; /* of a watchpoint: the machine stands behind its access ... */
    struct machine_instant behind_at; /* ... while it is here */

    /* Bytes 0x03 that were seen by whoever reads the socket, and those that receive() has come to. The difference
     * is what stands behind the packet that is carried out now. */
    atomic_uint interrupts_seen;
    unsigned interrupts_passed;
    unsigned stale_stops; /* of the motion under way */
    atomic_bool has_hung_up;
};

/* ---- packets.c ---- */

/* An answer is made in server->out between begin and send. */
void gdb_begin(struct gdb_server *server);
void gdb_send(struct gdb_server *server);
void gdb_answer(struct gdb_server *server, const char *text);
/* "E." and a sentence, which GDB shows where it can. */
void gdb_refuse(struct gdb_server *server, const char *why);
void gdb_resend(struct gdb_server *server);
/* One byte of the stream. True: a whole packet with the right checksum is in `in`. */
bool gdb_frame_byte(struct gdb_server *server, char c);

/* ---- query.c ---- */

/* Answers, or leaves it: false. */
bool gdb_query(struct gdb_server *server, struct gdb_reader *in);
bool gdb_set(struct gdb_server *server, struct gdb_reader *in);
/* Thread of a packet: 0 any, -1 all, else 1..cores. */
bool gdb_take_thread(const struct gdb_server *server, struct gdb_reader *in, int *thread);

/* ---- documents.c, target_xml.c: into server->document ---- */

bool gdb_document(struct gdb_server *server, struct gdb_reader *in);
void gdb_make_target_xml(struct gdb_maker *out);

/* ---- registers.c ---- */

void gdb_read_registers(struct gdb_server *server);
void gdb_read_register(struct gdb_server *server, struct gdb_reader *in);
void gdb_write_registers(struct gdb_server *server, struct gdb_reader *in);
void gdb_write_register(struct gdb_server *server, struct gdb_reader *in);
/* The registers that each stop tells: "NUMBER:VALUE;". */
void gdb_put_expedited(struct gdb_server *server);
/* Linear address of the core's next instruction. */
uint64_t gdb_pc(struct gdb_server *server, unsigned core);

/* ---- memory.c ---- */

void gdb_read_memory(struct gdb_server *server, struct gdb_reader *in);
void gdb_write_memory(struct gdb_server *server, struct gdb_reader *in, bool is_binary);
/* The machine can be changed here and now; answers when not. */
bool gdb_may_change(struct gdb_server *server, unsigned core);

/* ---- breakpoints.c ---- */

void gdb_point(struct gdb_server *server, struct gdb_reader *in, bool is_set);
/* What nobody wants any more goes: before the machine moves. */
void gdb_points_settle(struct gdb_server *server);
void gdb_points_drop(struct gdb_server *server);
const struct gdb_point *gdb_point_of(const struct gdb_server *server, unsigned number);

/* ---- run.c ---- */

void gdb_resume(struct gdb_server *server, bool is_step, struct gdb_reader *in);
void gdb_back(struct gdb_server *server, bool is_step);
void gdb_vcont(struct gdb_server *server, struct gdb_reader *in);
void gdb_last_stop(struct gdb_server *server);
/* The machine stands elsewhere, or was found where it is: threads are those of the place. */
void gdb_arrive(struct gdb_server *server);

/* ---- motion.c ---- */

bool gdb_is_interrupted(struct gdb_server *server);
/* Until `core` has executed an instruction or taken an interrupt; GDB_ANY_CORE: whoever comes. */
#define GDB_ANY_CORE UINT32_MAX
enum history_stop gdb_step(struct gdb_server *server, unsigned core, bool is_back,
                           struct error *err);
/* Steps until the core's instruction pointer is outside [first, end). */
enum history_stop gdb_step_range(struct gdb_server *server, unsigned core, uint64_t first,
                                 uint64_t end, struct error *err);
enum history_stop gdb_continue(struct gdb_server *server, bool is_back, struct error *err);

/* ---- console.c ---- */

void gdb_console_write(void *ctx, const char *text, size_t bytes);
void gdb_console_flush(struct gdb_server *server);
/* gdb_console_say(server, "...", ...): as printf(); a macro as gdb_format() is. */
#define GDB_SAY_BYTES 768
#define gdb_console_say(server, ...)                       \
    do {                                                   \
        char said_[GDB_SAY_BYTES];                         \
                                                           \
        (void)snprintf(said_, sizeof(said_), __VA_ARGS__); \
        gdb_console_write((server), said_, strlen(said_)); \
    } while (0)
void gdb_monitor(struct gdb_server *server, struct gdb_reader *in);
