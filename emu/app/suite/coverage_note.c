/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes what is touched while a machine runs: each device's observer tells of its registers, a sink of the trace of
 * events, the cores of code that they have translated. Nothing is told of RAM, of MSRs, and of memories of devices.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/pci/pci.h"
#include "emu/app/suite/coverage_file.h"
#include "emu/app/suite/suite_coverage.h"
#include "emu/base/bits.h"
#include "emu/core/device.h"
#include "emu/core/events.h"
#include "emu/cpu/probe.h"
#include "emu/host/file.h"
#include "emu/machine/events.h"
#include "emu/machine/instant.h"

#define CONFIG_BANK  "pci_config"
#define MACHINE_NAME "machine" /* as machine_list_events() has it */
#define NO_REGISTER  UINT16_MAX

/* Where the registers of a bank begin in the model: they have the same order there. */
struct noted_bank {
    const struct reg *regs;
    size_t count;
    size_t first;
};

/* A byte of configuration space: its register in the model, and which byte of that. */
struct noted_byte {
    uint16_t reg;
    uint8_t place;
};

/* A device under observation. */
struct noted {
    struct device *device; /* NULL: the machine itself */
    struct device_observer observer;
    struct coverage_device *model;
    const struct trace_desc **events; /* in the order of the model */
    size_t event_count;
    struct noted_bank *banks;
    size_t bank_count;
    struct noted_byte *config; /* PCI_CONFIG_BYTES of them; NULL: there is none */
};

struct coverage {
    struct machine *machine; /* NULL: it is gone */
    struct coverage_model model;
    struct noted *noted; /* of each device, and the machine last; in the order of the model */
    size_t count;
};

/* ---- While the machine runs ---- */

static struct coverage_register *find_register(const struct noted *noted, const struct reg *reg)
{
    for (size_t i = 0; i < noted->bank_count; i++) {
        const struct noted_bank *bank = &noted->banks[i];
        const uintptr_t distance = (uintptr_t)reg - (uintptr_t)bank->regs;

        if (distance < bank->count * sizeof(*reg)) {
            return &noted->model->registers[bank->first + distance / sizeof(*reg)];
        }
    }
    return NULL;
}

/* How many bytes from `at` on are one behind the other in one register. */
static unsigned stretch_of(const struct noted_byte *at, unsigned left)
{
    unsigned bytes = 1;

    while (bytes < left && at[bytes].reg == at->reg && at[bytes].place == at->place + bytes) {
        bytes++;
    }
    return bytes;
}

/* An access to configuration space meets one register or several, or parts of them. */
static void note_config(const struct noted *noted, const struct device_access *access)
{
    const unsigned size = (unsigned)__builtin_popcountll(access->lanes) / 8;
    unsigned bytes;

    for (unsigned done = 0; done < size; done += bytes) {
        const struct noted_byte *at = &noted->config[access->offset + done];
        uint64_t lanes;

        bytes = stretch_of(at, size - done);
        if (at->reg == NO_REGISTER) continue;
        lanes = bits_mask(8 * bytes);
        coverage_note_access(&noted->model->registers[at->reg], access->is_write,
                             (access->value >> (8 * done) & lanes) << (8 * at->place),
                             lanes << (8 * at->place));
    }
}

static void on_access(void *ctx, const struct device_access *access)
{
    const struct noted *noted = ctx;
    struct coverage_register *reg;

    if (access->reg == NULL) {
        if (noted->config != NULL) note_config(noted, access);
        return;
    }
    reg = find_register(noted, access->reg);
    if (reg != NULL) coverage_note_access(reg, access->is_write, access->value, access->lanes);
}

static struct noted *noted_of(struct coverage *coverage, const struct device *device)
{
    if (device == NULL) return &coverage->noted[coverage->count - 1];
    if (device->observer == NULL || device->observer->access != on_access) return NULL;
    return device->observer->ctx;
}

static void on_record(void *ctx, const struct trace_record *record)
{
    const struct noted *noted = noted_of(ctx, record->device);

    if (noted == NULL || record->desc == &core_event_reg_read ||
        record->desc == &core_event_reg_write)
        return;
    for (size_t i = 0; i < noted->event_count; i++) {
        if (noted->events[i] != record->desc) continue;
        noted->model->events[i].count++;
        return;
    }
}

static void on_block(void *ctx, uint64_t linear, size_t bytes)
{
    struct coverage *coverage = ctx;

    coverage_code_add(&coverage->model.code, linear, bytes);
}

/* ---- What there is ---- */

static int add_fields(struct coverage_register *to, const struct reg *reg, struct error *err)
{
    for (const struct reg_field *field = reg->fields; field != NULL && field->name != NULL;
         field++) {
        if (field->hi >= 8u * reg->size) continue;
        if (coverage_add_field(to, field->name, field->hi, field->lo, err) == NULL) return -1;
    }
    return 0;
}

static int add_register(struct coverage_device *model, const struct reg_bank *bank,
                        const struct reg *reg, struct error *err)
{
    const uint64_t all = bits_mask(8 * reg->size);
    const struct coverage_register added = {
        .offset = reg->offset,
        .size = reg->size,
        .count = reg->count > 1 ? reg->count : 1,
        .writable = reg->write != NULL ? all : (reg->rw | reg->w1c) & all,
    };
    struct coverage_register *to = coverage_add_register(model, bank->name, reg->name, &added, err);

    return to != NULL ? add_fields(to, reg, err) : -1;
}

static int add_bank(struct noted *noted, const struct reg_bank *bank, struct error *err)
{
    const size_t first = noted->model->register_count;
    struct noted_bank *more =
        realloc(noted->banks, (noted->bank_count + 1) * sizeof(*noted->banks));

    if (more == NULL) return error_host(err, "out of memory");
    noted->banks = more;
    for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
        if (add_register(noted->model, bank, reg, err) != 0) return -1;
    }
    more[noted->bank_count++] = (struct noted_bank){
        .regs = bank->regs, .count = noted->model->register_count - first, .first = first};
    return 0;
}

struct config_listing {
    struct noted *noted;
    struct error *err;
    int result;
};

/* A register of configuration space, unless the trace calls all of it something else. */
static void add_config(void *ctx, const struct pci_config_register *reg)
{
    struct config_listing *listing = ctx;
    struct noted *noted = listing->noted;
    const struct coverage_register added = {
        .offset = reg->offset, .size = reg->size, .count = reg->count, .writable = reg->writable};
    const size_t index = noted->model->register_count;
    bool is_new = false;

    if (listing->result != 0 || index >= NO_REGISTER) return;
    for (unsigned i = 0; i < (unsigned)reg->count * reg->size; i++) {
        const unsigned at = reg->offset + i / reg->size * reg->stride + i % reg->size;

        if (at >= PCI_CONFIG_BYTES || noted->config[at].reg != NO_REGISTER) continue;
        noted->config[at] =
            (struct noted_byte){.reg = (uint16_t)index, .place = (uint8_t)(i % reg->size)};
        is_new = true;
    }
    if (is_new &&
        coverage_add_register(noted->model, CONFIG_BANK, reg->name, &added, listing->err) == NULL) {
        listing->result = -1;
    }
}

static int add_config_space(struct noted *noted, struct error *err)
{
    struct config_listing listing = {.noted = noted, .err = err};

    noted->config = calloc(PCI_CONFIG_BYTES, sizeof(*noted->config));
    if (noted->config == NULL) return error_host(err, "out of memory");
    for (unsigned i = 0; i < PCI_CONFIG_BYTES; i++) {
        noted->config[i].reg = NO_REGISTER;
    }
    pci_config_list((const struct pci_fn *)(const void *)noted->device, add_config, &listing);
    return listing.result;
}

static bool declares(const struct device *device, const struct trace_desc *desc)
{
    const struct trace_desc *const *events = device->class->events;

    for (size_t i = 0; events != NULL && events[i] != NULL; i++) {
        if (events[i] == desc) return true;
    }
    return false;
}

/* `kinds` are all of the machine; those of the device come along. */
static int add_events(struct noted *noted, const struct trace_kind *kinds, size_t count,
                      struct error *err)
{
    const char *path = noted->device != NULL ? noted->device->path : MACHINE_NAME;

    noted->events = calloc(count + 1, sizeof(*noted->events));
    if (noted->events == NULL) return error_host(err, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const struct trace_desc *desc = kinds[i].desc;
        enum coverage_event_kind kind = COVERAGE_EVENT_OWN;

        if (strcmp(kinds[i].device, path) != 0) continue;
        if (desc == &core_event_reg_read || desc == &core_event_reg_write) continue;
        if (noted->device != NULL && !declares(noted->device, desc)) kind = COVERAGE_EVENT_ANY;
        if (coverage_add_event(noted->model, desc->name, kind, err) == NULL) return -1;
        noted->events[noted->event_count++] = desc;
    }
    return 0;
}

static int add_registers(struct noted *noted, struct error *err)
{
    for (const struct reg_bank *bank = noted->device->class->banks;
         bank != NULL && bank->name != NULL; bank++) {
        if (add_bank(noted, bank, err) != 0) return -1;
    }
    return pci_is_fn(noted->device) ? add_config_space(noted, err) : 0;
}

static int add_device(struct coverage *coverage, size_t index, const struct trace_kind *kinds,
                      size_t kind_count, struct error *err)
{
    struct noted *noted = &coverage->noted[index];

    noted->model = &coverage->model.devices[index];
    if (noted->device != NULL && add_registers(noted, err) != 0) return -1;
    return add_events(noted, kinds, kind_count, err);
}

static int add_all(struct coverage *coverage, const struct trace_kind *kinds, size_t kind_count,
                   struct error *err)
{
    for (size_t i = 0; i < coverage->count; i++) {
        struct device *device =
            i + 1 < coverage->count ? machine_device(coverage->machine, i) : NULL;
        const char *path = device != NULL ? device->path : MACHINE_NAME;
        const char *class = device != NULL ? device->class->name : MACHINE_NAME;

        coverage->noted[i].device = device;
        if (coverage_add_device(&coverage->model, path, class, err) == NULL) return -1;
    }
    for (size_t i = 0; i < coverage->count; i++) {
        if (add_device(coverage, i, kinds, kind_count, err) != 0) return -1;
    }
    return 0;
}

static int add_machine(struct coverage *coverage, struct error *err)
{
    const size_t kind_count = machine_list_events(coverage->machine, NULL, 0);
    struct trace_kind *kinds = calloc(kind_count + 1, sizeof(*kinds));
    int result;

    coverage->count = machine_device_count(coverage->machine) + 1;
    coverage->noted = calloc(coverage->count, sizeof(*coverage->noted));
    if (kinds == NULL || coverage->noted == NULL) {
        free(kinds);
        return error_host(err, "out of memory");
    }
    (void)machine_list_events(coverage->machine, kinds, kind_count);
    result = add_all(coverage, kinds, kind_count, err);
    free(kinds);
    return result;
}

/* ---- Beginning and end ---- */

static void observe(struct coverage *coverage)
{
    const struct cpu_code_observer code = {.block = on_block, .ctx = coverage};

    for (size_t i = 0; i + 1 < coverage->count; i++) {
        struct noted *noted = &coverage->noted[i];

        noted->observer = (struct device_observer){.access = on_access, .ctx = noted};
        noted->device->observer = &noted->observer;
    }
    cpu_set_code_observer(machine_cpus(coverage->machine), &code);
}

/* Everything but the model. */
static void release_noted(struct coverage *coverage)
{
    for (size_t i = 0; coverage->noted != NULL && i < coverage->count; i++) {
        free(coverage->noted[i].events);
        free(coverage->noted[i].banks);
        free(coverage->noted[i].config);
    }
    free(coverage->noted);
    coverage->noted = NULL;
    coverage->count = 0;
    coverage->machine = NULL;
}

/* The model is that of the machine, with nothing touched. */
static int enter(struct coverage *coverage, struct machine *machine, struct error *err)
{
    const struct trace_sink sink = {.record = on_record, .ctx = coverage};

    coverage->machine = machine;
    if (add_machine(coverage, err) != 0) {
        release_noted(coverage);
        return -1;
    }
    if (!trace_add_sink(machine_trace(machine), &sink)) {
        release_noted(coverage);
        return error_host(err, "too many look at the machine's trace already");
    }
    observe(coverage);
    return 0;
}

struct coverage *coverage_attach(struct machine *machine, struct error *err)
{
    struct coverage *coverage = calloc(1, sizeof(*coverage));

    if (coverage == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    if (enter(coverage, machine, err) == 0) return coverage;
    coverage_model_release(&coverage->model);
    free(coverage);
    return NULL;
}

void coverage_leave(struct coverage *coverage)
{
    if (coverage->machine == NULL) return;
    cpu_set_code_observer(machine_cpus(coverage->machine), NULL);
    for (size_t i = 0; i + 1 < coverage->count; i++) {
        coverage->noted[i].device->observer = NULL;
    }
    trace_remove_sink(machine_trace(coverage->machine), coverage);
    release_noted(coverage);
}

int coverage_follow(struct coverage *coverage, struct machine *machine, struct error *err)
{
    struct coverage_model before = coverage->model;
    int result;

    coverage_leave(coverage);
    coverage->model = (struct coverage_model){.devices = NULL};
    result = enter(coverage, machine, err);
    if (result == 0) result = coverage_model_merge(&coverage->model, &before, err);
    if (result != 0) {
        coverage_leave(coverage);
        coverage_model_release(&coverage->model);
        coverage->model = before;
        return -1;
    }
    coverage_model_release(&before);
    for (size_t i = 0; i < coverage->count; i++) {
        coverage->noted[i].model = &coverage->model.devices[i];
    }
    return 0;
}

void coverage_detach(struct coverage *coverage)
{
    if (coverage == NULL) return;
    coverage_leave(coverage);
    coverage_model_release(&coverage->model);
    free(coverage);
}

void coverage_forget(struct coverage *coverage)
{
    coverage_model_forget(&coverage->model);
}

int coverage_save(const struct coverage *coverage, const char *path, struct error *err)
{
    size_t bytes;
    char *text = coverage_file_format(&coverage->model, &bytes, err);
    int result;

    if (text == NULL) return -1;
    result = host_file_write(path, text, bytes, err);
    free(text);
    return result;
}
