/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the observer. Which file is what:
 *
 *     observer.c         life, kinds of events
 *     names.c            devices, registers and fields by name, and what was meant
 *     core_registers.c   registers and MSRs of a core by name
 *     expression.c       values: numbers, $registers, dev.REG.FIELD, symbols, memory, arithmetic
 */
#pragma once

#include "devices/pci/pci.h"
#include "emu/base/suggest.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"
#include "emu/cpu/probe.h"
#include "emu/debug/observer.h"
#include "emu/machine/machine.h"

#define DEBUGGER_NAME_BYTES 80u

struct observer {
    struct machine *machine;
    const struct symbols *symbols; /* NULL: none */
    unsigned core;                 /* that questions without a core are about */
    struct device_view *devices;   /* paths ascending */
    size_t device_count;
    struct trace_kind *kinds; /* of events that there can be */
    size_t kind_count;
};

/* NULL: there is no such core. */
struct cpu *observer_cpu(const struct observer *observer, unsigned core);

/* ---- names.c ---- */

/* An element of a register: one row of `info dev`. */
struct register_place {
    const struct reg_bank *bank;
    const struct reg *reg;
    unsigned index;
};

struct device_view {
    struct device *device;
    const struct pci_fn *pci;      /* NULL: no PCI function */
    char alias[DEVICE_PATH_BYTES]; /* empty: none */
    struct register_place *registers;
    size_t register_count;
    uint64_t *before; /* values at the place before, register_count of them */
};

struct register_name {
    struct device *device;
    struct register_place place;
    bool has_index;
    const struct reg_field *field; /* NULL: the whole */
};

/* Tables of all devices, paths ascending. */
int names_create(struct observer *observer, struct error *err) MUST_CHECK;
void names_destroy(struct observer *observer);
/* By path, last part of it, alias, or class name when there is one such device. NULL with `err` (with a
 * suggestion). */
struct device_view *names_device(struct observer *observer, const char *name, struct error *err);
/* The short name that finds it again: alias or path. */
const char *names_short(const struct observer *observer, const struct device *device);
/* DEV.REG[INDEX].FIELD. -1 with `err`. */
int names_register(struct observer *observer, const char *text, struct register_name *name,
                   struct error *err) MUST_CHECK;
uint64_t names_register_value(const struct register_name *name);
uint64_t register_value(struct device *device, const struct register_place *place);
uint64_t field_value(const struct reg_field *field, uint64_t value);
/* An interrupt line of a device by name. */
const struct irq_line *names_line(struct device *device, const char *name,
                                  struct suggestion *suggestion);
/* Values of all registers of devices are kept in `before`. */
void names_remember(struct observer *observer);

/* ---- core_registers.c ---- */
/* By its name without `$`: rax, efer, IA32_LSTAR. False: there is none. */
bool core_register(struct cpu *cpu, const char *name, uint64_t *value);
void core_register_suggest(struct suggestion *meant);
/* As SDM volume 4 calls it; empty: not known. */
const char *msr_name(uint32_t msr);

/* ---- expression.c ---- */
/* Decimal, or hexadecimal behind 0x; all of `text`. */
bool number_parse(const char *text, uint64_t *value);
/* All of `text`. -1 with `err` (ERROR_USAGE). */
int expression_value(struct observer *observer, const char *text, uint64_t *value,
                     struct error *err) MUST_CHECK;
/* A lone name as in expressions: $rax, nvme.CC.EN, a symbol. */
bool expression_name(struct observer *observer, const char *name, uint64_t *value);
