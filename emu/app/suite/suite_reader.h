/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A suite's file while it is read: values by key, with ${NAME} replaced, and the sentences about mistakes, which tell the
 * place in the file. Private to suite_load.c and its parts.
 */
#pragma once

#include <stdbool.h>

#include "emu/app/suite/suite.h"
#include "emu/app/suite/suite_schema.h"
#include "emu/app/suite/suite_store.h"
#include "emu/app/yaml_file.h"
#include "emu/app/yaml_value.h"

struct suite_reader {
    const char *path; /* the suite's */
    const struct yaml_file *yaml;
    const struct suite_schema *schema;
    const struct suite_variables *variables;
    struct suite_store *store; /* what is kept */
    struct run_options *scratch;
    size_t regex_room; /* how much may still be compiled (suite_regex.h) */
    bool opens_files;
    struct error *err;
};

#define SUITE_PLACE_BYTES 64u

/* A map of the file. */
struct suite_place {
    enum suite_table table;
    const struct suite_slot *slots; /* NULL: it is not there */
    char path[SUITE_PLACE_BYTES];
};

/* `key` is of the place's table in all of these. Those that read leave *value alone (a text: set it to NULL) when the
 * key is not there. 0, or -1 with the reader's error. */

const char *suite_reader_key(const struct suite_reader *reader, const struct suite_place *place,
                             unsigned key);
bool suite_reader_has(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key);
/* A text of 1 to `max` bytes. */
int suite_reader_text(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, size_t max, const char **value) MUST_CHECK;
/* A text that people read in one line: up to SUITE_NAME_MAX with its end, no control characters, no blank at its ends. */
int suite_reader_name(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, const char **value) MUST_CHECK;
/* A path that counts from the suite's folder. */
int suite_reader_file(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, const char **value) MUST_CHECK;
int suite_reader_number(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, struct yaml_bounds bounds, uint64_t *value) MUST_CHECK;
/* At most a million seconds, so that sums of times stay times. */
int suite_reader_time(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, vtime *value) MUST_CHECK;

/* `text`, the value of the key, is one of the names: its index in *chosen. */
struct suite_words {
    const char *const *names;
    size_t count;
};
int suite_reader_choose(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, const char *text, struct suite_words words,
                        unsigned *chosen) MUST_CHECK;

struct suite_texts {
    const char **list;
    size_t count;
};
/* One text or several, each of 1 to SUITE_TEXT_MAX bytes. */
int suite_reader_texts(const struct suite_reader *reader, const struct suite_place *place,
                       unsigned key, struct suite_texts *texts) MUST_CHECK;
/* They are paths. */
int suite_reader_files(const struct suite_reader *reader, const struct suite_place *place,
                       unsigned key, struct suite_texts *texts) MUST_CHECK;
/* `text`, as it stands somewhere, with its variables; in the store. */
int suite_reader_replace(const struct suite_reader *reader, const char *where, const char *text,
                         const char **value) MUST_CHECK;

#define SUITE_WHERE_BYTES (SUITE_PLACE_BYTES + 48u)
/* The path of a key. */
void suite_reader_where(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, char where[SUITE_WHERE_BYTES]);
/* A sentence about a value, or about the nearest thing around it; always -1. */
int suite_reader_refuse(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* About the key itself. */
int suite_reader_refuse_key(const struct suite_reader *reader, const struct suite_place *place,
                            unsigned key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
