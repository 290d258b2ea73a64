/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a log of events, each kept once: strings, types, and classes, which are pairs of a device and
 * a type. They are numbered from 0 in the order in which they came; what is in stays where it is. For
 * log.c and its neighbours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/debug/trace/item.h"

#define LOG_STRINGS_MAX      32768u
#define LOG_TYPES_MAX        4096u
#define LOG_CLASSES_MAX      32768u
#define LOG_STRING_BYTES_MAX 4096u
#define LOG_NONE             UINT32_MAX

struct log_class {
    uint32_t device; /* string */
    uint32_t type;
};

/* Where the types of a record's desc and device were found last: see log_names_class(). */
#define LOG_RECENT 1024u
struct log_recent {
    const struct trace_desc *desc;
    const struct device *device;
    uint32_t class_id;
};

struct log_names {
    char **strings;
    uint64_t *hashes;    /* of the strings */
    uint32_t *slots;     /* a hash table of string numbers; LOG_NONE: free */
    uint32_t slot_count; /* a power of two, or 0 */
    uint32_t string_count, string_room;
    struct trace_type **types;
    uint32_t type_count, type_room;
    struct log_class *classes;
    uint32_t class_count, class_room;
    uint64_t bytes; /* that all of them take */
    struct log_recent recent[LOG_RECENT];
};

/* Starts as all zero. */
void log_names_release(struct log_names *names);
/* Number of a string; LOG_NONE: it is not in. */
uint32_t log_names_find(const struct log_names *names, const char *text, size_t length);
/* The same; puts it in. LOG_NONE: no memory, or too many. */
uint32_t log_names_add(struct log_names *names, const char *text, size_t length);
/* Puts a type in whose strings are in (numbers of `fields` behind that of `name`). LOG_NONE: no memory, too
 * many, or it is in already. */
uint32_t log_names_add_type(struct log_names *names, const struct trace_type *type);
/* The same of a class. */
uint32_t log_names_add_class(struct log_names *names, const struct log_class *class);
/* Class of a record. With `is_adding` it is put in, and LOG_NONE means no memory or too many. */
uint32_t log_names_class(struct log_names *names, const struct trace_record *record,
                         bool is_adding);
