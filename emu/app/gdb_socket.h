/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GDB's way in: a socket, one client after the other. The machine is this thread's; another one reads the socket,
 * so that Ctrl-C in GDB stops what runs.
 *
 * WHERE is tcp:PORT or localhost:PORT (loopback only; port 0 takes a free one), tcp:ADDRESS:PORT with a numeric address of
 * this host, by which anybody who reaches it may do with the machine what he likes, or unix:PATH (mode 0600).
 */
#pragma once

#include <stdbool.h>

#include "emu/base/error.h"

struct debugger;
struct history;
struct machine;

/* Listens, says on stderr how to connect, and serves until a client detaches (`D`), kills (`k`), or INBOX_STOP is in
 * the machine's inbox; one that just goes away is followed by the next. After `k` there is an INBOX_STOP in the inbox,
 * so that a run which would go on ends. `is_writable`: the machine may be changed. 0; -1 with `err`. */
int gdb_serve(const char *where, struct debugger *debugger, struct history *history,
              struct machine *machine, bool is_writable, struct error *err) MUST_CHECK;

/* `where` can be understood: 0, or -1 with `err` (ERROR_USAGE). */
int gdb_where_check(const char *where, struct error *err) MUST_CHECK;
