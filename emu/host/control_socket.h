/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket through which another program drives this one, line by line: listens at a UNIX socket
 * (mode 0600), one client at a time; a second one waits until the first has left. Lines come in on a
 * thread of its own and are kept until the machine's thread takes them between two runs, which
 * INBOX_ATTENTION asks it for; what is put goes out on that thread. What lines mean is
 * emu/app/control.c's business.
 *
 * Every line that a client sent is taken, also when the client has gone by then; the end of what it
 * sends ends a line, too. While CONTROL_HELD_BYTES of answers are not read, no further line is taken;
 * a client for whom CONTROL_OUTPUT_BYTES wait all the same (it was told much) is disconnected.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/base/error.h"

#define CONTROL_LINE_BYTES   65536u /* longest line, without its end */
#define CONTROL_OUTPUT_BYTES (8u << 20)
#define CONTROL_HELD_BYTES   (CONTROL_OUTPUT_BYTES / 2)

struct control_socket;
struct inbox;

/* `greeting` (borrowed) is what each client is told first. NULL with `err` when `path` cannot be had. */
struct control_socket *control_socket_open(const char *path, const char *greeting,
                                           struct error *err);
/* For lines that may take long to be carried out. */
struct control_urgency {
    void *ctx;
    /* This line (`bytes` long) wants the one before it to come to an end. */
    bool (*is_urgent)(const char *line, size_t bytes);
    /* What is carried out is to come to an end. Harmless when nothing is. */
    void (*interrupt)(void *ctx);
};
/* Both are called on the socket's thread. While a line is carried out and an urgent one waits behind it, or its
 * client has gone, `interrupt` is called, again and again (ten milliseconds apart) until that is over. Copied; before
 * control_socket_start(). */
void control_socket_set_urgency(struct control_socket *control,
                                const struct control_urgency *urgency);
/* From any thread: `interrupt` is called from here on as if an urgent line waited, whoever is connected. */
void control_socket_interrupt(struct control_socket *control);

/* Begins to accept clients. Signals must be blocked already (signals.h). The inbox must outlive
 * control_socket_close(). */
int control_socket_start(struct control_socket *control, struct inbox *inbox,
                         struct error *err) MUST_CHECK;

/* Machine thread: the oldest line that came in, in `line` (CONTROL_LINE_BYTES + 1 bytes), its end
 * replaced by a NUL; there may be others in it, `*bytes` is its length. False: none, or the client has
 * to read first. `*is_too_long`: it was longer, and its rest is gone. */
bool control_socket_take(struct control_socket *control, char *line, size_t *bytes,
                         bool *is_too_long);
/* Machine thread: sends a line (its end is added) to the client whose line was taken last; nothing when
 * that one has gone. Less than CONTROL_HELD_BYTES. */
void control_socket_answer(struct control_socket *control, const char *text);
/* Machine thread: sends a line to the client that is there, if one is. */
void control_socket_tell(struct control_socket *control, const char *text);

/* Ends the thread after what is left has gone out (for which the client has two seconds), and removes
 * the socket, unless another stands in its place. NULL is harmless. */
void control_socket_close(struct control_socket *control);
