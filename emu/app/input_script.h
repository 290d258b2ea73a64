/* SPDX-License-Identifier: GPL-2.0-only */
/* Input scripts: what is done to a machine at which virtual time, one command a line
 * (docs/formats/input-script.md). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/app/action.h"

/* A file is not longer. */
#define INPUT_SCRIPT_BYTES_MAX (UINT32_C(1) << 20)
/* Pixels that positions are given in: the panel's. */
#define INPUT_SCRIPT_WIDTH  5120u
#define INPUT_SCRIPT_HEIGHT 2880u

/* Appends the actions of a script to `list`, in their order. `name` is the file's, for sentences.
 * On failure -1 with `err`: a mistake in the script is ERROR_USAGE and names file, line, column and
 * what to write; the list then holds a part of the script. The bytes need not be text. */
int input_script_parse(const char *name, const uint8_t *data, size_t bytes,
                       struct action_list *list, struct error *err) MUST_CHECK;
/* The same from a file. */
int input_script_read(const char *path, struct action_list *list, struct error *err) MUST_CHECK;
