/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * YAML files that people write: loaded by libcyaml from a schema, and every mistake told as
 * "FILE:LINE:COLUMN: sentence". libcyaml does not keep where a value stood, so the text is read once
 * more as a tree of libyaml, which does.
 */
#pragma once

#include <cyaml/cyaml.h>
#include <stdbool.h>
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
 * Unknown keys get a suggestion; aliases and zero bytes are refused. A value of type CYAML_IGNORE is one text, or a
 * list of them, for yaml_file_text(): libcyaml has no such type. */
void *yaml_file_load(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                     struct error *err);
void yaml_file_free(const struct cyaml_schema_value *schema, void *data);

/* Sets `err` (ERROR_USAGE) to a sentence about the value at `path`, as in "faults[2].random.window[1]";
 * about the nearest thing around it when there is no such value. Always -1. */
int yaml_file_complain(const struct yaml_file *yaml, struct error *err, const char *path,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same about the key at the end of `path`, not its value. */
int yaml_file_complain_key(const struct yaml_file *yaml, struct error *err, const char *path,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));
/* About a place within a text of several lines (`path`): both count from 1. When the text stands in the file as it is
 * (after |), its place in the file is told, else that of the text. */
struct yaml_place {
    size_t line;
    size_t column;
};
int yaml_file_complain_within(const struct yaml_file *yaml, struct error *err, const char *path,
                              struct yaml_place place, const char *sentence);
/* Where the value at `path` begins, or the nearest thing around it; counts from 1. */
struct yaml_place yaml_file_place(const struct yaml_file *yaml, const char *path);
bool yaml_file_has(const struct yaml_file *yaml, const char *path);
/* The texts of a value of type CYAML_IGNORE: how many, and each of them, borrowed from `yaml` (NULL: there is no such
 * text). */
bool yaml_file_is_list(const struct yaml_file *yaml, const char *path);
size_t yaml_file_text_count(const struct yaml_file *yaml, const char *path);
const char *yaml_file_text(const struct yaml_file *yaml, const char *path, size_t index);
