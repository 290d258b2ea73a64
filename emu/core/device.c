/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a device, and its saved form: registers of all banks in table order, then the state
 * fields in table order. */
#include "emu/core/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/fifo.h"
#include "emu/base/hash.h"
#include "emu/base/member.h"
#include "emu/core/events.h"
#include "emu/core/irq.h"

struct device *device_create(const struct device_class *class, const char *path,
                             const struct device_env *env, const void *config, struct error *err)
{
    struct device *device;

    BUG_ON(class->init == NULL || class->reset == NULL || class->loaded == NULL ||
           class->fini == NULL);
    BUG_ON(class->size < sizeof(struct device) || strlen(path) >= DEVICE_PATH_BYTES);
    device = calloc(1, class->size);
    if (device == NULL) {
        (void)error_host(err, "out of memory creating device %s", path);
        return NULL;
    }
    device->class = class;
    device->env = *env;
    (void)snprintf(device->path, sizeof(device->path), "%s", path);
    device->path_hash = hash_string(HASH_SEED, path);
    if (class->init(device, config != NULL ? config : class->default_config, err) != 0) {
        free(device);
        return NULL;
    }
    return device;
}

void device_destroy(struct device *device)
{
    if (device == NULL) return;
    device->class->fini(device);
    free(device);
}

void device_reset(struct device *device, enum reset_kind kind)
{
    TRACE(device->env.trace, device, &core_event_reset, kind);
    for (const struct reg_bank *bank = device->class->banks; bank != NULL && bank->name != NULL;
         bank++) {
        reg_bank_reset(device, bank, kind == RESET_POWER_ON);
    }
    device->class->reset(device, kind);
}

static void *member(struct device *device, const struct snap_field *field, size_t index)
{
    return (uint8_t *)device + field->offset + index * field->stride;
}

/* How many elements of the field there are in a snapshot: what the instance says now. */
static size_t used(struct device *device, const struct snap_field *field)
{
    if (field->used == 0) return field->count;
    return *(const uint32_t *)(const void *)((const uint8_t *)device + field->used);
}

static void save_fifo(const struct fifo *fifo, struct snap_writer *w)
{
    snap_put_u64(w, fifo->count);
    for (unsigned i = 0; i < fifo->count; i++) {
        snap_put_u64(w, fifo->data[(fifo->head + i) % FIFO_BYTES]);
    }
}

/* `has_trace`: with numbers of trace records. */
static void save_member(const void *p, const struct snap_field *field, bool has_trace,
                        struct snap_writer *w)
{
    const struct event *event = p;

    switch (field->kind) {
    case SNAP_UINT: snap_put_u64(w, member_get(p, field->size)); break;
    case SNAP_TRACE: snap_put_u64(w, has_trace ? member_get(p, field->size) : 0); break;
    case SNAP_BYTES: snap_put_bytes(w, p, field->size); break;
    case SNAP_FIFO: save_fifo(p, w); break;
    case SNAP_LINE: snap_put_u64(w, ((const struct irq_line *)p)->level ? 1 : 0); break;
    case SNAP_EVENT:
        snap_put_u64(w, event_is_armed(event) ? 1 : 0);
        snap_put_u64(w, event_is_armed(event) ? event->when : 0);
        snap_put_u64(w, event_is_armed(event) ? event->seq : 0);
        snap_put_u64(w, event_is_armed(event) && has_trace ? event->cause : 0);
        break;
    }
}

static void save(struct device *device, bool has_trace, struct snap_writer *w)
{
    const struct device_class *class = device->class;

    snap_chunk_begin(w, device->path, class->name, class->version);
    for (const struct reg_bank *bank = class->banks; bank != NULL && bank->name != NULL; bank++) {
        for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
            if (reg->field == REG_NO_FIELD) continue;
            for (unsigned i = 0; i < (reg->count > 1 ? reg->count : 1); i++) {
                snap_put_u64(w, reg_stored(device, reg, i));
            }
        }
    }
    for (const struct snap_field *field = class->state; field != NULL && field->name != NULL;
         field++) {
        BUG_ON(used(device, field) > field->count);
        for (size_t i = 0; i < used(device, field); i++) {
            save_member(member(device, field, i), field, has_trace, w);
        }
    }
    snap_chunk_end(w);
}

void device_save(struct device *device, struct snap_writer *w)
{
    save(device, true, w);
}

static int load_uint(struct snap_reader *r, uint64_t max, size_t size, uint64_t *value,
                     const char *name, struct error *err)
{
    if (snap_get_u64(r, value, err) != 0) return -1;
    if (*value > max || *value > bits_mask((unsigned)(8 * size))) {
        return error_host(err, "snapshot: value of %s is out of range", name);
    }
    return 0;
}

static int load_fifo(struct fifo *fifo, struct snap_reader *r, struct error *err)
{
    uint64_t count;
    uint64_t byte;

    if (load_uint(r, fifo->limit, 1, &count, "fifo", err) != 0) return -1;
    fifo_clear(fifo);
    for (uint64_t i = 0; i < count; i++) {
        if (load_uint(r, 0xff, 1, &byte, "fifo", err) != 0) return -1;
        (void)fifo_push(fifo, (uint8_t)byte);
    }
    return 0;
}

static int load_event(struct device *device, struct event *event, struct snap_reader *r,
                      struct error *err)
{
    uint64_t armed;
    uint64_t when;
    uint64_t seq;
    uint64_t cause;

    if (load_uint(r, 1, 1, &armed, event->name, err) != 0) return -1;
    if (snap_get_u64(r, &when, err) != 0 || snap_get_u64(r, &seq, err) != 0) return -1;
    if (snap_get_u64(r, &cause, err) != 0) return -1;
    sched_cancel(device->env.sched, event);
    if (armed != 0) {
        sched_restore_event(device->env.sched, event, when, seq, cause);
    }
    return 0;
}

static int load_member(struct device *device, void *p, const struct snap_field *field,
                       struct snap_reader *r, struct error *err)
{
    uint64_t value;

    switch (field->kind) {
    case SNAP_UINT:
    case SNAP_TRACE:
        if (load_uint(r, field->max, field->size, &value, field->name, err) != 0) return -1;
        member_put(p, field->size, value);
        return 0;
    case SNAP_LINE:
        if (load_uint(r, 1, 1, &value, field->name, err) != 0) return -1;
        ((struct irq_line *)p)->level = value != 0;
        return 0;
    case SNAP_BYTES: return snap_get_bytes(r, p, field->size, err);
    case SNAP_FIFO: return load_fifo(p, r, err);
    case SNAP_EVENT: return load_event(device, p, r, err);
    }
    return -1;
}

static int load_field(struct device *device, const struct snap_field *field, struct snap_reader *r,
                      struct error *err)
{
    size_t count = used(device, field);

    if (count > field->count) {
        return error_host(err, "snapshot: there are too many of %s", field->name);
    }
    for (size_t i = 0; i < count; i++) {
        if (load_member(device, member(device, field, i), field, r, err) != 0) return -1;
    }
    for (size_t i = count; i < field->count; i++) {
        memset(member(device, field, i), 0, field->size);
    }
    return 0;
}

static int load_registers(struct device *device, struct snap_reader *r, struct error *err)
{
    for (const struct reg_bank *bank = device->class->banks; bank != NULL && bank->name != NULL;
         bank++) {
        for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
            if (reg->field == REG_NO_FIELD) continue;
            for (unsigned i = 0; i < (reg->count > 1 ? reg->count : 1); i++) {
                uint64_t value;

                if (load_uint(r, UINT64_MAX, reg->field_size, &value, reg->name, err) != 0)
                    return -1;
                reg_store(device, reg, i, value);
            }
        }
    }
    return 0;
}

int device_load(struct device *device, struct snap_reader *r, struct error *err)
{
    const struct device_class *class = device->class;

    if (snap_chunk_open(r, device->path, class->name, class->version, err) != 0) return -1;
    if (load_registers(device, r, err) != 0) return -1;
    for (const struct snap_field *field = class->state; field != NULL && field->name != NULL;
         field++) {
        if (load_field(device, field, r, err) != 0) return -1;
    }
    if (snap_chunk_close(r, err) != 0) return -1;
    return class->loaded(device, err);
}

uint64_t device_state_hash(struct device *device)
{
    struct snap_writer *w = snap_writer_create();
    const void *data;
    size_t bytes;
    uint64_t hash;

    BUG_ON(w == NULL);
    save(device, false, w);
    data = snap_finish(w, "", &bytes);
    hash = hash_bytes(HASH_SEED, data, bytes);
    snap_writer_destroy(w);
    return hash;
}

void device_guest_error(struct device *device, const char *what, uint64_t value, uint64_t value2)
{
    TRACE(device->env.trace, device, &core_event_guest_error, (uintptr_t)what, value, value2);
}

void device_unimplemented(struct device *device, const char *what, uint64_t value, uint64_t value2)
{
    TRACE(device->env.trace, device, &core_event_unimplemented, (uintptr_t)what, value, value2);
}
