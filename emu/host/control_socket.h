/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket through which another program drives this one, line by line: listens at a UNIX socket
 * (mode 0600), one client at a time. Lines come in on a thread of its own and are kept until the
 * machine's thread takes them between two runs, which INBOX_ATTENTION asks it for; what is put goes
 * out on that thread. What lines mean is emu/app/control.c's business.
 *
 * A client that sends more than it lets be answered is not read further; one that does not read its
 * answers is disconnected when CONTROL_OUTPUT_BYTES wait for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/base/error.h"

#define CONTROL_LINE_BYTES   65536u /* longest line, without its end */
#define CONTROL_OUTPUT_BYTES (1u << 20)

struct control_socket;
struct inbox;

/* `greeting` (borrowed) is what each client is told first. NULL with `err` when `path` cannot be had. */
struct control_socket *control_socket_open(const char *path, const char *greeting,
                                           struct error *err);
/* Begins to accept clients. Signals must be blocked already (signals.h). The inbox must outlive
 * control_socket_finish(). */
int control_socket_start(struct control_socket *control, struct inbox *inbox,
                         struct error *err) MUST_CHECK;

/* Machine thread: the oldest line that came in, NUL-terminated, in `line` (CONTROL_LINE_BYTES + 1 bytes),
 * true; false: none. `*is_too_long`: it was longer and its rest is gone. */
bool control_socket_take(struct control_socket *control, char *line, bool *is_too_long);
/* Machine thread: sends a line to the client that is there (its end is added). Nothing without one, or
 * when the line that is being answered came from an earlier one. */
void control_socket_put(struct control_socket *control, const char *text);

/* Ends the thread after what is left has gone out (a client that does not read has two seconds), and
 * removes the socket. NULL is harmless. */
void control_socket_close(struct control_socket *control);
