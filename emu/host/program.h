/* SPDX-License-Identifier: GPL-2.0-only */
/* Another program of the host, run to its end. */
#pragma once

#include <stddef.h>

#include "emu/base/error.h"

/* What it said on standard output and standard error, in the order in which it came. */
struct host_program {
    char *said; /* ends with 0; cut at HOST_PROGRAM_BYTES */
    size_t bytes;
    int status; /* as exit() had it; 128 and the signal's number when one ended it */
};
#define HOST_PROGRAM_BYTES ((size_t)1 << 20)

/* `argv` ends with NULL; argv[0] is looked for in PATH. Its standard input is empty. Waits for its end. -1 with `err`
 * (ERROR_HOST) and `program` empty when it cannot be started; whatever its status is, is no error here. */
int host_program_run(const char *const argv[], struct host_program *program,
                     struct error *err) MUST_CHECK;
/* Harmless when empty. */
void host_program_release(struct host_program *program);
