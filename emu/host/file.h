/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole files, read into memory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

/* Owner of `data`: whoever read it. */
struct host_file {
    uint8_t *data;
    size_t bytes; /* > 0 */
};

/* Reads all of `path`, which must not be empty nor longer than `bytes_max`. 0, or -1 with `err`
 * (ERROR_HOST: one sentence that names the file) and `file` empty. Pipes and devices are read up to
 * their end. */
int host_file_read(const char *path, size_t bytes_max, struct host_file *file,
                   struct error *err) MUST_CHECK;
/* Harmless when empty. */
void host_file_release(struct host_file *file);

/* All of it. 0, or -1 with errno. */
int host_write_all(int fd, const void *data, size_t bytes) MUST_CHECK;
/* Makes `path` a file with these bytes, or changes nothing: it is written beside, and then put in its
 * place. -1 with `err` (ERROR_HOST). */
int host_file_write(const char *path, const void *data, size_t bytes, struct error *err) MUST_CHECK;

/* Call first in main(): a standard descriptor that the parent left closed would otherwise become
 * some file of ours. Input is then at its end, output fails as it should. */
void host_hold_standard_files(void);
