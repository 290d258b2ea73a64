/* SPDX-License-Identifier: GPL-2.0-only */
/* Listening UNIX sockets that nobody but the user may connect to. */
#pragma once

#include "emu/base/error.h"

/* A new non-blocking socket that listens at `path`, mode 0600 from the first moment on; a socket that
 * a dead process left there is replaced. Owner: the caller, who also removes the file at the
 * end. -1 with `err`, whose sentence begins with `what`. */
int unix_socket_listen(const char *path, const char *what, struct error *err) MUST_CHECK;
