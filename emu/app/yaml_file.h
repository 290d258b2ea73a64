/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * YAML files that people write: loaded by libcyaml from a schema, and every mistake told as
 * "FILE:LINE:COLUMN: sentence". libcyaml does not keep where a value stood, so the text is read once
 * more as a tree of libyaml, which does.
 */
#pragma once

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

#define YAML_FILE_BYTES_MAX ((size_t)256 << 10)

struct yaml_file;

/* `name` is for sentences; both are borrowed until yaml_file_close(). NULL with `err` (ERROR_USAGE)
 * when this is no YAML, or not one document. */
struct yaml_file *yaml_file_open(const char *name, const uint8_t *text, size_t bytes,
                                 struct error *err);
void yaml_file_close(struct yaml_file *yaml);

/* What the schema makes of the text, NULL with `err`; to be given back with yaml_file_free().
 * Unknown keys get a suggestion. */
void *yaml_file_load(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                     struct error *err);
void yaml_file_free(const struct cyaml_schema_value *schema, void *data);

/* Sets `err` (ERROR_USAGE) to a sentence about the value at `path`, as in "faults[2].random.window[1]";
 * about the nearest thing around it when there is no such value. Always -1. */
int yaml_file_complain(const struct yaml_file *yaml, struct error *err, const char *path,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
