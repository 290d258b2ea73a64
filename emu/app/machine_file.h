/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine file: what a machine is made of, as far as it can be chosen. YAML;
 * docs/formats/machine-file.md specifies every key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dimm.h"
#include "emu/base/error.h"
#include "emu/machine/machine.h"

struct machine_file {
    bool has_dimms;
    struct dimm_set dimms; /* checked by dimm_set_check() */
    struct machine_scrub scrub;
    unsigned cores; /* 0: it does not say */
};

/* -1 with `err`: host trouble, or ERROR_USAGE as "FILE:LINE:COLUMN: sentence". */
int machine_file_load(const char *path, struct machine_file *file, struct error *err) MUST_CHECK;
/* The same for a text in memory; `name` stands for the file in sentences. */
int machine_file_parse(const char *name, const uint8_t *text, size_t bytes,
                       struct machine_file *file, struct error *err) MUST_CHECK;
