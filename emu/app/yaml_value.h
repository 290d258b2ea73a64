/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of a YAML file that people write. A schema (yaml_file.h) loads every value as text, because numbers,
 * sizes and times are read in one way everywhere (parse.h) and a wrong one is told with its line. `path` is the
 * value's, as yaml_file_complain() takes it; its last word is what sentences call it. A NULL text is a key that
 * was left out: the value stays as it is. All return 0, or -1 with `err`.
 */
#pragma once

#include <stdbool.h>

#include "emu/app/yaml_file.h"
#include "emu/core/clock.h"

struct machine_scrub;

/* The last word of a path. */
const char *yaml_word(const char *path);
/* Tells at `path` what parse.h or another reader of options found wrong. Always -1. */
int yaml_refuse(const struct yaml_file *yaml, struct error *err, const char *path,
                const struct error *trouble);

/* A path that counts from the folder of the file `name`; free() it. NULL with `err`. */
char *yaml_beside(const char *name, const char *path, struct error *err);

/* A range of numbers, both ends in it. */
struct yaml_bounds {
    uint64_t min;
    uint64_t max;
};
int yaml_number(const struct yaml_file *yaml, struct error *err, const char *path, const char *text,
                struct yaml_bounds bounds, uint64_t *value) MUST_CHECK;
int yaml_time(const struct yaml_file *yaml, struct error *err, const char *path, const char *text,
              vtime *value) MUST_CHECK;
/* on or off. */
int yaml_switch(const struct yaml_file *yaml, struct error *err, const char *path, const char *text,
                bool *value) MUST_CHECK;

/* The part "scrub:" of a machine. */
struct yaml_scrub {
    char *demand; /* on, off */
    char *patrol; /* on, off, or the time of one walk through all memory */
};
extern const struct cyaml_schema_field yaml_scrub_fields[];
/* NULL: the part was left out. */
int yaml_scrub(const struct yaml_file *yaml, struct error *err, const struct yaml_scrub *raw,
               struct machine_scrub *scrub) MUST_CHECK;
