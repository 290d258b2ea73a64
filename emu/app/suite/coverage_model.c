/* SPDX-License-Identifier: GPL-2.0-only */
/* What was touched, as data: see coverage_model.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */

#include "emu/app/suite/coverage_model.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"

/* ---- Making ---- */

/* Room for one more element behind `count`: doubled when that is a power of two. */
static void *grow(void *list, size_t count, size_t bytes, struct error *err)
{
    void *more;

    if (count != 0 && !is_power_of_two(count)) return list;
    more = realloc(list, (count == 0 ? 1 : count * 2) * bytes);
    if (more == NULL) (void)error_host(err, "out of memory");
    return more;
}

static char *copy(const char *text, struct error *err)
{
    char *copied = strdup(text);

    if (copied == NULL) (void)error_host(err, "out of memory");
    return copied;
}

struct coverage_device *coverage_add_device(struct coverage_model *model, const char *path,
                                            const char *class, struct error *err)
{
    struct coverage_device *more =
        grow(model->devices, model->device_count, sizeof(*model->devices), err);
    struct coverage_device device = {.path = NULL};

    if (more == NULL) return NULL;
    model->devices = more;
    device.path = copy(path, err);
    device.class = copy(class, err);
    if (device.path == NULL || device.class == NULL) {
        free(device.path);
        free(device.class);
        return NULL;
    }
    more += model->device_count++;
    *more = device;
    return more;
}

struct coverage_register *coverage_add_register(struct coverage_device *device, const char *bank,
                                                const char *name,
                                                const struct coverage_register *reg,
                                                struct error *err)
{
    struct coverage_register *more =
        grow(device->registers, device->register_count, sizeof(*device->registers), err);
    struct coverage_register added = *reg;

    if (more == NULL) return NULL;
    device->registers = more;
    added.fields = NULL;
    added.field_count = 0;
    added.bank = copy(bank, err);
    added.name = copy(name, err);
    if (added.bank == NULL || added.name == NULL) {
        free(added.bank);
        free(added.name);
        return NULL;
    }
    more += device->register_count++;
    *more = added;
    return more;
}

struct coverage_field *coverage_add_field(struct coverage_register *reg, const char *name,
                                          unsigned hi, unsigned lo, struct error *err)
{
    struct coverage_field *more = grow(reg->fields, reg->field_count, sizeof(*reg->fields), err);
    char *copied;

    if (more == NULL) return NULL;
    reg->fields = more;
    copied = copy(name, err);
    if (copied == NULL) return NULL;
    more += reg->field_count++;
    *more = (struct coverage_field){.name = copied, .hi = (uint8_t)hi, .lo = (uint8_t)lo};
    return more;
}

struct coverage_event *coverage_add_event(struct coverage_device *device, const char *name,
                                          enum coverage_event_kind kind, struct error *err)
{
    struct coverage_event *more =
        grow(device->events, device->event_count, sizeof(*device->events), err);
    char *copied;

    if (more == NULL) return NULL;
    device->events = more;
    copied = copy(name, err);
    if (copied == NULL) return NULL;
    more += device->event_count++;
    *more = (struct coverage_event){.name = copied, .kind = kind};
    return more;
}

static void release_register(struct coverage_register *reg)
{
    for (size_t i = 0; i < reg->field_count; i++) {
        free(reg->fields[i].name);
    }
    free(reg->fields);
    free(reg->bank);
    free(reg->name);
}

static void release_device(struct coverage_device *device)
{
    for (size_t i = 0; i < device->register_count; i++) {
        release_register(&device->registers[i]);
    }
    for (size_t i = 0; i < device->event_count; i++) {
        free(device->events[i].name);
    }
    free(device->registers);
    free(device->events);
    free(device->path);
    free(device->class);
}

void coverage_model_release(struct coverage_model *model)
{
    for (size_t i = 0; i < model->device_count; i++) {
        release_device(&model->devices[i]);
    }
    free(model->devices);
    coverage_code_clear(&model->code);
    *model = (struct coverage_model){.devices = NULL};
}

static void forget_register(struct coverage_register *reg)
{
    reg->reads = 0;
    reg->writes = 0;
    reg->read = (struct coverage_bits){.as_zero = 0};
    reg->written = (struct coverage_bits){.as_zero = 0};
    for (size_t i = 0; i < reg->field_count; i++) {
        reg->fields[i].read_values = 0;
        reg->fields[i].written_values = 0;
    }
}

void coverage_model_forget(struct coverage_model *model)
{
    for (size_t i = 0; i < model->device_count; i++) {
        struct coverage_device *device = &model->devices[i];

        for (size_t k = 0; k < device->register_count; k++) {
            forget_register(&device->registers[k]);
        }
        for (size_t k = 0; k < device->event_count; k++) {
            device->events[k].count = 0;
        }
    }
    coverage_code_clear(&model->code);
}

/* ---- Noting ---- */

void coverage_note_access(struct coverage_register *reg, bool is_write, uint64_t value,
                          uint64_t lanes)
{
    struct coverage_bits *bits = is_write ? &reg->written : &reg->read;
    uint64_t *count = is_write ? &reg->writes : &reg->reads;

    if (*count != UINT64_MAX) (*count)++;
    bits->as_one |= value & lanes;
    bits->as_zero |= ~value & lanes;
    for (size_t i = 0; i < reg->field_count; i++) {
        struct coverage_field *field = &reg->fields[i];
        const uint64_t mask = bits_mask(field->hi - field->lo + 1u) << field->lo;

        if (!coverage_field_has_values(field) || (lanes & mask) != mask) continue;
        *(is_write ? &field->written_values : &field->read_values) |=
            BIT(bits_get(value, field->hi, field->lo));
    }
}

/* ---- Sums ---- */

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool is_same_register(const struct coverage_register *a, const struct coverage_register *b)
{
    return a->offset == b->offset && a->size == b->size && strcmp(a->name, b->name) == 0 &&
           strcmp(a->bank, b->bank) == 0;
}

/* Two lists are in the same order mostly: the search begins at `near`. */
static struct coverage_register *find_register(struct coverage_device *device, size_t near,
                                               const struct coverage_register *wanted)
{
    const size_t count = device->register_count;

    for (size_t i = 0; i < count; i++) {
        struct coverage_register *reg = &device->registers[(near + i) % count];

        if (is_same_register(reg, wanted)) return reg;
    }
    return NULL;
}

static struct coverage_field *find_field(struct coverage_register *reg,
                                         const struct coverage_field *wanted)
{
    for (size_t i = 0; i < reg->field_count; i++) {
        struct coverage_field *field = &reg->fields[i];

        if (field->hi == wanted->hi && field->lo == wanted->lo &&
            strcmp(field->name, wanted->name) == 0)
            return field;
    }
    return NULL;
}

static int merge_register(struct coverage_device *device, size_t near,
                          const struct coverage_register *other, struct error *err)
{
    struct coverage_register *reg = find_register(device, near, other);

    if (reg == NULL) {
        reg = coverage_add_register(device, other->bank, other->name, other, err);
        if (reg == NULL) return -1;
        forget_register(reg);
    }
    reg->count = other->count > reg->count ? other->count : reg->count;
    reg->writable |= other->writable;
    reg->reads = add(reg->reads, other->reads);
    reg->writes = add(reg->writes, other->writes);
    reg->read.as_zero |= other->read.as_zero;
    reg->read.as_one |= other->read.as_one;
    reg->written.as_zero |= other->written.as_zero;
    reg->written.as_one |= other->written.as_one;
    for (size_t i = 0; i < other->field_count; i++) {
        const struct coverage_field *from = &other->fields[i];
        struct coverage_field *field = find_field(reg, from);

        if (field == NULL) field = coverage_add_field(reg, from->name, from->hi, from->lo, err);
        if (field == NULL) return -1;
        field->read_values |= from->read_values;
        field->written_values |= from->written_values;
    }
    return 0;
}

static int merge_event(struct coverage_device *device, const struct coverage_event *other,
                       struct error *err)
{
    struct coverage_event *event = NULL;

    for (size_t i = 0; i < device->event_count && event == NULL; i++) {
        if (device->events[i].kind == other->kind &&
            strcmp(device->events[i].name, other->name) == 0)
            event = &device->events[i];
    }
    if (event == NULL) event = coverage_add_event(device, other->name, other->kind, err);
    if (event == NULL) return -1;
    event->count = add(event->count, other->count);
    return 0;
}

static int merge_device(struct coverage_model *model, const struct coverage_device *other,
                        struct error *err)
{
    struct coverage_device *device = NULL;

    for (size_t i = 0; i < model->device_count && device == NULL; i++) {
        if (strcmp(model->devices[i].path, other->path) == 0 &&
            strcmp(model->devices[i].class, other->class) == 0)
            device = &model->devices[i];
    }
    if (device == NULL) device = coverage_add_device(model, other->path, other->class, err);
    if (device == NULL) return -1;
    for (size_t i = 0; i < other->register_count; i++) {
        if (merge_register(device, i, &other->registers[i], err) != 0) return -1;
    }
    for (size_t i = 0; i < other->event_count; i++) {
        if (merge_event(device, &other->events[i], err) != 0) return -1;
    }
    return 0;
}

int coverage_model_merge(struct coverage_model *model, const struct coverage_model *other,
                         struct error *err)
{
    for (size_t i = 0; i < other->device_count; i++) {
        if (merge_device(model, &other->devices[i], err) != 0) return -1;
    }
    coverage_code_merge(&model->code, &other->code);
    return 0;
}

static int compare_devices(const void *a, const void *b)
{
    const struct coverage_device *left = a;
    const struct coverage_device *right = b;
    const int order = strcmp(left->path, right->path);

    return order != 0 ? order : strcmp(left->class, right->class);
}

void coverage_model_sort(struct coverage_model *model)
{
    if (model->device_count == 0) return;
    qsort(model->devices, model->device_count, sizeof(*model->devices), compare_devices);
}

/* ---- Counting ---- */

/* At least two values. */
static bool has_several(uint64_t values)
{
    return (values & (values - 1)) != 0;
}

bool coverage_field_is_exercised(const struct coverage_register *reg,
                                 const struct coverage_field *field)
{
    const uint64_t mask = bits_mask(field->hi - field->lo + 1u) << field->lo;

    if (coverage_field_has_values(field)) {
        return has_several(field->read_values) || has_several(field->written_values);
    }
    return (((reg->read.as_zero & reg->read.as_one) |
             (reg->written.as_zero & reg->written.as_one)) &
            mask) != 0;
}

static void count_one(struct coverage_share *share, bool is_touched)
{
    share->total++;
    if (is_touched) share->touched++;
}

void coverage_count(const struct coverage_device *device, struct coverage_shares *shares)
{
    for (size_t i = 0; i < device->register_count; i++) {
        const struct coverage_register *reg = &device->registers[i];

        count_one(&shares->registers, reg->reads > 0 || reg->writes > 0);
        count_one(&shares->read, reg->reads > 0);
        if (reg->writable != 0) count_one(&shares->written, reg->writes > 0);
        for (size_t k = 0; k < reg->field_count; k++) {
            count_one(&shares->fields, coverage_field_is_exercised(reg, &reg->fields[k]));
        }
    }
    for (size_t i = 0; i < device->event_count; i++) {
        if (device->events[i].kind == COVERAGE_EVENT_OWN) {
            count_one(&shares->events, device->events[i].count > 0);
        }
    }
}

unsigned coverage_permille(const struct coverage_share *share)
{
    if (share->total == 0) return 1000;
    return (unsigned)(share->touched * 1000 / share->total);
}
