/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was touched, as data: devices with their registers, fields and kinds of events; code. Made from a machine
 * (coverage_note.c), from a file (coverage_file.c), or as the sum of several.
 *
 * Elements of an array of registers count as one register. Of a field of up to COVERAGE_VALUE_BITS bits each value is
 * noted, of a wider one only which bits were seen as 0 and as 1: what a driver does with a mode or a state shows in
 * its values; an address or a counter has too many to tell anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/coverage_code.h"
#include "emu/base/error.h"

#define COVERAGE_VALUE_BITS 6u

/* What was seen of something that is read or written. */
struct coverage_bits {
    uint64_t as_zero; /* bits that were 0 at least once */
    uint64_t as_one;
};

struct coverage_field {
    char *name;
    uint8_t hi;
    uint8_t lo;
    /* Bit n: the value n; of fields of up to COVERAGE_VALUE_BITS bits, by accesses that covered all of it. */
    uint64_t read_values;
    uint64_t written_values;
};

struct coverage_register {
    char *bank;
    char *name;
    uint32_t offset;   /* into the bank; of the first element */
    uint8_t size;      /* bytes, 1..8 */
    uint32_t count;    /* elements, 1 or more */
    uint64_t writable; /* bits that do something when they are written, as far as is known */
    uint64_t reads;    /* accesses; they stay at the largest number */
    uint64_t writes;
    struct coverage_bits read;
    struct coverage_bits written;
    struct coverage_field *fields;
    size_t field_count;
};

enum coverage_event_kind {
    COVERAGE_EVENT_OWN, /* declared by the class */
    COVERAGE_EVENT_ANY, /* what any device may do: be reset, be asked for what is not modelled... */
};

struct coverage_event {
    char *name;
    enum coverage_event_kind kind;
    uint64_t count;
};

struct coverage_device {
    char *path;
    char *class;
    struct coverage_register *registers;
    size_t register_count;
    struct coverage_event *events;
    size_t event_count;
};

/* All zero: empty. */
struct coverage_model {
    struct coverage_device *devices;
    size_t device_count;
    struct coverage_code code;
};

/* ---- Making one. What is added is nowhere else yet; names are copied. NULL with `err`: no memory. What was returned
 * before moves. ---- */
struct coverage_device *coverage_add_device(struct coverage_model *model, const char *path,
                                            const char *class, struct error *err);
/* `reg` without its names and fields. */
struct coverage_register *coverage_add_register(struct coverage_device *device, const char *bank,
                                                const char *name,
                                                const struct coverage_register *reg,
                                                struct error *err);
struct coverage_field *coverage_add_field(struct coverage_register *reg, const char *name,
                                          unsigned hi, unsigned lo, struct error *err);
struct coverage_event *coverage_add_event(struct coverage_device *device, const char *name,
                                          enum coverage_event_kind kind, struct error *err);
void coverage_model_release(struct coverage_model *model);
/* Nothing was touched. */
void coverage_model_forget(struct coverage_model *model);

/* An access; `value` and `lanes` as in struct device_access. */
void coverage_note_access(struct coverage_register *reg, bool is_write, uint64_t value,
                          uint64_t lanes);

/* All of `other`: a device is the same by path and class, a register by bank, name, offset and size, a field by name
 * and place. -1 with `err`: no memory; some of it is added then. */
int coverage_model_merge(struct coverage_model *model, const struct coverage_model *other,
                         struct error *err) MUST_CHECK;
/* Devices by path, then class. */
void coverage_model_sort(struct coverage_model *model);

/* ---- Counting ---- */

struct coverage_share {
    uint64_t touched;
    uint64_t total;
};
struct coverage_shares {
    struct coverage_share registers; /* read or written */
    struct coverage_share read;
    struct coverage_share written; /* of those that have bits that can be written */
    struct coverage_share fields;  /* coverage_field_is_exercised() */
    struct coverage_share events;  /* COVERAGE_EVENT_OWN */
};

static inline bool coverage_field_has_values(const struct coverage_field *field)
{
    return field->hi - field->lo < (int)COVERAGE_VALUE_BITS;
}
/* It had two different values at least, in reads or in writes; a wide one: a bit of it that was 0 and 1. */
bool coverage_field_is_exercised(const struct coverage_register *reg,
                                 const struct coverage_field *field);
/* Adds those of the device. */
void coverage_count(const struct coverage_device *device, struct coverage_shares *shares);
/* Tenths of a percent, rounded down; nothing of nothing is 1000. */
unsigned coverage_permille(const struct coverage_share *share);
