/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Byte channels between the machine and the outside: what a serial port or the debug console is
 * plugged into.
 *
 *   stdio      standard input and output; a terminal is set to raw mode, Ctrl-A is the escape key
 *   stdout     standard output only
 *   stderr     standard error only
 *   file:PATH  a file, made or emptied
 *   pty        a new pseudo-terminal, whose name channel_place() tells
 *   unix:PATH  a listening socket for one client at a time; the socket is removed at the end
 *   none       output vanishes, nothing comes in
 *
 * The machine's side only copies into a bounded buffer; a thread per channel moves bytes out and
 * posts input to the machine's inbox (INBOX_SERIAL). When the buffer is full the machine waits for
 * the reader, so nothing is lost. While a pty or socket has no reader, the newest
 * CHANNEL_OUTPUT_BYTES are kept for it and older ones are dropped. Trouble (a full disk, a closed
 * pipe) is kept and told by channel_close().
 */
#pragma once

#include <stdbool.h>

#include "emu/base/error.h"
#include "emu/core/host.h"

#define CHANNEL_OUTPUT_BYTES 262144u

struct channel;
struct inbox;

/* Opens what `spec` says (see above). `what` names the use in error sentences ("--serial"). NULL
 * with `err`: ERROR_USAGE for a bad spec, ERROR_HOST when it cannot be opened. */
struct channel *channel_open(const char *spec, const char *what, struct error *err);

/* The machine's side. Valid until channel_close(). */
struct host_sink channel_sink(struct channel *channel);

/* Starts to move bytes; input goes to `inbox` for serial port 0 (NULL: input is not read). Signals
 * must be blocked already (signals.h). The inbox must outlive channel_finish(). */
int channel_start(struct channel *channel, struct inbox *inbox, struct error *err) MUST_CHECK;

/* Who is asked for the debugger (Ctrl-A d), on the channel's thread: NULL, and nothing more is read until
 * somebody has had the terminal (below); or a sentence that says why not. Before channel_start(). */
void channel_on_debug(struct channel *channel, const char *(*ask)(void *ctx), void *ctx);

/* True when a person types at it: standard input is a terminal. */
bool channel_is_interactive(const struct channel *channel);
/* True when somebody on the host can answer what the guest says: a terminal, a pipe, a pty, a socket.
 * False for a file, /dev/null and nothing. Valid before channel_start(). */
bool channel_has_live_input(const struct channel *channel);
/* The name of a pty's other end or the path of a socket; NULL for the rest. */
const char *channel_place(const struct channel *channel);
/* True once the quit key (Ctrl-A x) was pressed. */
bool channel_has_quit(const struct channel *channel);

/* On the machine's thread, after channel_start(): somebody else gets the terminal, when all output so far is
 * on it; until it is taken back the channel neither reads nor writes, and keeps the newest
 * CHANNEL_OUTPUT_BYTES of the machine's. Nothing changes when the channel's place is no terminal of this
 * program. */
void channel_lend_terminal(struct channel *channel);
void channel_take_back_terminal(struct channel *channel);

/* From the signal thread. */
void channel_hurry(struct channel *channel); /* stop waiting for a reader that does not read */
void channel_leave_terminal(struct channel *channel);  /* terminal settings back */
void channel_return_terminal(struct channel *channel); /* raw mode again, if it was on */

/* The machine has gone: moves out what is left, ends the thread, gives the terminal back and
 * removes the socket. Nothing is posted to the inbox any more. The functions for the signal thread
 * may still be called meanwhile. NULL is harmless. */
void channel_finish(struct channel *channel);
/* Finishes, if that has not been done, and frees. -1 with `err` when output was lost. NULL is
 * harmless. */
int channel_close(struct channel *channel, struct error *err);
