/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers as data (DESIGN.md, law 5): declared once, and decode, access masks, reset, trace,
 * snapshot, debugger, generic tests and the fuzzer follow. A device writes code only for side
 * effects.
 *
 * A bank is a window of registers that one region decodes. A register has a backing member in the
 * instance that holds its stored value; it is saved automatically. Arrays repeat a register `count`
 * times at `stride` bytes in the window and `field_stride` bytes in the instance.
 *
 * A write goes: (stored & ~rw) | (value & rw), then bits of w1c that are written as 1 are cleared,
 * for the bytes that the access covers only; then `write` is told the old and the new stored value
 * and the raw written value. A read goes: `get` (pure, may compute from time) or the stored value;
 * then `read` for its side effect. A debugger's peek calls `get` and never `read`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/bus.h"

struct device;

/* A named bit field, for debuggers and documents. Tables end with a NULL name. */
struct reg_field {
    const char *name;
    uint8_t hi;
    uint8_t lo;
};

/* What a side effect is told. */
struct reg_write {
    unsigned index;   /* element of an array register, 0 otherwise */
    uint64_t old;     /* stored value before */
    uint64_t now;     /* stored value after masks */
    uint64_t written; /* what the guest wrote, in the register's lanes; bytes not covered by the
                         access are 0 */
    uint64_t lanes;   /* ones in the bytes that the access covers */
};

struct reg {
    const char *name; /* as in the data sheet; NULL ends a table */
    uint32_t offset;
    uint8_t size;    /* bytes: 1, 2, 4 or 8 */
    uint16_t count;  /* 0 or 1: single */
    uint32_t stride; /* bytes between array elements in the window */
    size_t field;    /* offsetof the backing member; REG_NO_FIELD: no storage (then get gives the
                        value) */
    uint8_t field_size;
    size_t field_stride;
    uint64_t reset;
    uint64_t rw;    /* bits that a write changes */
    uint64_t w1c;   /* bits that writing 1 clears */
    bool is_sticky; /* keeps its value over RESET_BUS and RESET_FUNCTION (for example RTC, error
                       logs) */
    bool is_quiet;  /* not traced and not in the trace hash: polled counters that would flood the
                       ring */
    uint64_t (*get)(struct device *device, unsigned index, uint64_t stored);
    void (*read)(struct device *device, unsigned index, uint64_t value);
    void (*write)(struct device *device, const struct reg_write *write);
    const struct reg_field *fields; /* NULL: none declared */
};

#define REG_NO_FIELD SIZE_MAX
/* Backing member of a register: `REG_BACKED(struct uart16550, lcr)` inside an initialiser. */
#define REG_BACKED(type, member) \
    .field = offsetof(type, member), .field_size = sizeof(((type *)0)->member)
/* Backing member within an array of structures: REG_BACKED_EACH(struct hpet, timer, config). */
#define REG_BACKED_EACH(type, array, member)                                                      \
    .field = offsetof(type, array[0].member), .field_size = sizeof(((type *)0)->array[0].member), \
    .field_stride = sizeof(((type *)0)->array[0]),                                                \
    .count = sizeof(((type *)0)->array) / sizeof(((type *)0)->array[0])
/* Backing member that is an array of integers. */
#define REG_BACKED_ARRAY(type, member)                                             \
    .field = offsetof(type, member), .field_size = sizeof(((type *)0)->member[0]), \
    .field_stride = sizeof(((type *)0)->member[0]),                                \
    .count = sizeof(((type *)0)->member) / sizeof(((type *)0)->member[0])
#define REG_UNBACKED .field = REG_NO_FIELD

struct reg_bank {
    const char *name; /* NULL ends a list of banks */
    const struct reg *regs;
    uint32_t bytes;     /* of the window */
    uint8_t min_access; /* declared sizes for the region, 1..8 */
    uint8_t max_access;
    uint64_t nothing;      /* what offsets without a register read, for example 0 or all ones */
    bool is_nothing_quiet; /* reading those is normal (reserved space that reads 0): not traced */
};

/* Dispatch of one access inside a window; what region callbacks of table-driven devices call. An
 * access that covers several registers is split, one that covers a part of a register goes by byte
 * lanes. */
uint64_t reg_bank_read(struct device *device, const struct reg_bank *bank, uint64_t offset,
                       unsigned size);
void reg_bank_write(struct device *device, const struct reg_bank *bank, uint64_t offset,
                    unsigned size, uint64_t value);
uint64_t reg_bank_peek(struct device *device, const struct reg_bank *bank, uint64_t offset,
                       unsigned size);

/* For data ports whose `get` peeks at the register behind: that it was read there, for observers
 * (device.h). Nothing else happens. */
void reg_bank_note_read(struct device *device, const struct reg_bank *bank, uint64_t offset,
                        unsigned size);

/* A region whose accesses go to a register bank: embed it, reg_window_init() it, bus_map() its
 * region. */
struct reg_window {
    struct region region;
    struct device *device;
    const struct reg_bank *bank;
};
/* The region is named after the bank and is bank->bytes long. */
void reg_window_init(struct reg_window *window, struct device *device, const struct reg_bank *bank);

/* Stored value of a register of a device. */
uint64_t reg_stored(const struct device *device, const struct reg *reg, unsigned index);
void reg_store(struct device *device, const struct reg *reg, unsigned index, uint64_t value);
/* Sets reset values of all registers of the bank; sticky ones only when `is_cold`. */
void reg_bank_reset(struct device *device, const struct reg_bank *bank, bool is_cold);
/* The register at `offset`, its element index in *index; NULL when there is none. */
const struct reg *reg_find(const struct reg_bank *bank, uint64_t offset, unsigned *index);
/* By name, case-sensitive; NULL when there is none. */
const struct reg *reg_find_name(const struct reg_bank *bank, const char *name);
/* Checks a table: sizes, order, overlap, backing members wide enough, masks within the size.
 * Returns NULL or what is wrong. For generic tests. */
const char *reg_bank_check(const struct reg_bank *bank, size_t instance_size);
