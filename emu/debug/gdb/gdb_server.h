/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GDB's remote serial protocol (GDB manual, appendix E), as bytes in and bytes out; sockets are somebody
 * else's. docs/gdb.md says what it can do. Cores are threads of one process, forwards and backwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/debug/debugger.h"

struct gdb_server;

struct gdb_server_config {
    struct debugger *debugger; /* borrowed */
    struct history *history;   /* borrowed */
    struct machine *machine;   /* borrowed */
    bool is_writable;          /* registers and memory can be changed: a live machine */
    void *ctx;
    void (*send)(void *ctx, const void *data, size_t bytes);
};
/* A server is for one client. Takes the debugger's output and the history's progress for its life. */
struct gdb_server *gdb_server_create(const struct gdb_server_config *config, struct error *err);
/* Its breakpoints go. NULL is harmless. */
void gdb_server_destroy(struct gdb_server *server);
/* Bytes from the client (hostile, any cut). Packets that run the machine are carried out inside; who reads
 * the socket meanwhile calls gdb_server_interrupt() for each byte 0x03 that it sees between packets, and
 * hands it over here in its turn all the same: so one that comes too late stops nothing. Behind `k` or `D`
 * nothing is taken. */
void gdb_server_receive(struct gdb_server *server, const void *data, size_t bytes);
/* From any thread. */
void gdb_server_interrupt(struct gdb_server *server);
/* From any thread: the client has gone. What runs stops, nothing runs any more, nothing is sent. */
void gdb_server_hang_up(struct gdb_server *server);
/* The client said `D` or `k`. */
bool gdb_server_is_detached(const struct gdb_server *server);
bool gdb_server_is_killed(const struct gdb_server *server);
