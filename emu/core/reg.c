/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Register tables at work: find, mask, store, side effect, trace. One access may cover several
 * registers or a part of one; every register it touches is read or written once, with the lanes
 * that the access covers.
 */
#include "emu/core/reg.h"

#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/member.h"
#include "emu/core/device.h"
#include "emu/core/events.h"

/* What an access meets at one offset: a part of a register, or one byte of nothing. */
struct hit {
    const struct reg *reg; /* NULL: nothing declared here */
    unsigned index;
    unsigned lane; /* first byte of the register that is accessed */
    unsigned bytes;
};

static unsigned element_count(const struct reg *reg)
{
    return reg->count > 1 ? reg->count : 1;
}

const struct reg *reg_find(const struct reg_bank *bank, uint64_t offset, unsigned *index)
{
    for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
        uint64_t relative = offset - reg->offset;

        if (offset < reg->offset) continue;
        if (element_count(reg) == 1) {
            if (relative >= reg->size) continue;
            *index = 0;
            return reg;
        }
        if (relative / reg->stride < reg->count && relative % reg->stride < reg->size) {
            *index = (unsigned)(relative / reg->stride);
            return reg;
        }
    }
    return NULL;
}

const struct reg *reg_find_name(const struct reg_bank *bank, const char *name)
{
    for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
        if (strcmp(reg->name, name) == 0) return reg;
    }
    return NULL;
}

static void *backing(const struct device *device, const struct reg *reg, unsigned index)
{
    /* The table's offsets are into the instance, whose first member the device is. */
    return (uint8_t *)(uintptr_t)device + reg->field + index * reg->field_stride;
}

uint64_t reg_stored(const struct device *device, const struct reg *reg, unsigned index)
{
    if (reg->field == REG_NO_FIELD) return 0;
    return member_get(backing(device, reg, index), reg->field_size);
}

void reg_store(struct device *device, const struct reg *reg, unsigned index, uint64_t value)
{
    if (reg->field == REG_NO_FIELD) return;
    member_put(backing(device, reg, index), reg->field_size, value);
}

static struct hit find_hit(const struct reg_bank *bank, uint64_t offset, unsigned left)
{
    struct hit hit = {.reg = NULL, .index = 0, .lane = 0, .bytes = 1};

    hit.reg = reg_find(bank, offset, &hit.index);
    if (hit.reg != NULL) {
        hit.lane = (unsigned)(offset - hit.reg->offset - (uint64_t)hit.index * hit.reg->stride);
        hit.bytes = (unsigned)min_u64(left, hit.reg->size - hit.lane);
    }
    return hit;
}

static uint64_t current_value(struct device *device, const struct hit *hit)
{
    uint64_t value = reg_stored(device, hit->reg, hit->index);

    if (hit->reg->get != NULL) {
        value = hit->reg->get(device, hit->index, value);
    }
    return value & bits_mask(8 * hit->reg->size);
}

static uint64_t lanes_of(const struct hit *hit)
{
    return bits_mask(8 * hit->bytes) << (8 * hit->lane);
}

static void tell(struct device *device, const struct hit *hit, bool is_write, uint64_t value)
{
    const struct device_access access = {
        .reg = hit->reg, .is_write = is_write, .value = value, .lanes = lanes_of(hit)};

    device->observer->access(device->observer->ctx, &access);
}

static uint64_t read_hit(struct device *device, const struct hit *hit)
{
    const struct reg *reg = hit->reg;
    uint64_t value = current_value(device, hit);
    struct trace *trace = device->env.trace;

    if (device->observer != NULL) tell(device, hit, false, value);
    if (!reg->is_quiet) {
        TRACE(trace, device, &core_event_reg_read, (uintptr_t)reg->name, hit->index, value);
    }
    if (reg->read != NULL) {
        uint64_t previous = trace_cause_begin(trace, trace != NULL ? trace_seq(trace) : 0);

        reg->read(device, hit->index, value);
        trace_cause_end(trace, previous);
    }
    return value >> (8 * hit->lane) & bits_mask(8 * hit->bytes);
}

uint64_t reg_bank_read(struct device *device, const struct reg_bank *bank, uint64_t offset,
                       unsigned size)
{
    uint64_t value = 0;
    bool is_gap_traced = bank->is_nothing_quiet;

    BUG_ON(size > 8 || offset >= bank->bytes || size > bank->bytes - offset);
    for (unsigned done = 0; done < size;) {
        struct hit hit = find_hit(bank, offset + done, size - done);

        if (hit.reg != NULL) {
            value |= read_hit(device, &hit) << (8 * done);
        } else {
            value |= (bank->nothing & 0xff) << (8 * done);
            if (!is_gap_traced) {
                TRACE(device->env.trace, device, &core_event_reserved_read, (uintptr_t)bank->name,
                      offset + done);
                is_gap_traced = true;
            }
        }
        done += hit.bytes;
    }
    return value;
}

static void write_hit(struct device *device, const struct hit *hit, uint64_t value)
{
    const struct reg *reg = hit->reg;
    struct trace *trace = device->env.trace;
    struct reg_write write = {.index = hit->index};
    uint64_t previous;

    write.lanes = lanes_of(hit);
    write.written = value << (8 * hit->lane) & write.lanes;
    if (device->observer != NULL) tell(device, hit, true, write.written);
    write.old = reg_stored(device, reg, hit->index);
    write.now = (write.old & ~(reg->rw & write.lanes)) | (write.written & reg->rw);
    write.now &= ~(write.written & reg->w1c);
    reg_store(device, reg, hit->index, write.now);
    if (!reg->is_quiet) {
        TRACE(trace, device, &core_event_reg_write, (uintptr_t)reg->name, hit->index, write.written,
              write.now);
    }
    if (reg->write != NULL) {
        previous = trace_cause_begin(trace, trace != NULL ? trace_seq(trace) : 0);
        reg->write(device, &write);
        trace_cause_end(trace, previous);
    }
}

void reg_bank_write(struct device *device, const struct reg_bank *bank, uint64_t offset,
                    unsigned size, uint64_t value)
{
    bool is_gap_traced = bank->is_nothing_quiet;

    BUG_ON(size > 8 || offset >= bank->bytes || size > bank->bytes - offset);
    for (unsigned done = 0; done < size;) {
        struct hit hit = find_hit(bank, offset + done, size - done);
        uint64_t part = value >> (8 * done) & bits_mask(8 * hit.bytes);

        if (hit.reg != NULL) {
            write_hit(device, &hit, part);
        } else if (!is_gap_traced) {
            TRACE(device->env.trace, device, &core_event_reserved_write, (uintptr_t)bank->name,
                  offset + done, part);
            is_gap_traced = true;
        }
        done += hit.bytes;
    }
}

uint64_t reg_bank_peek(struct device *device, const struct reg_bank *bank, uint64_t offset,
                       unsigned size)
{
    uint64_t value = 0;

    BUG_ON(size > 8 || offset >= bank->bytes || size > bank->bytes - offset);
    for (unsigned done = 0; done < size;) {
        struct hit hit = find_hit(bank, offset + done, size - done);
        uint64_t part = bank->nothing & 0xff;

        if (hit.reg != NULL) {
            part = current_value(device, &hit) >> (8 * hit.lane) & bits_mask(8 * hit.bytes);
        }
        value |= part << (8 * done);
        done += hit.bytes;
    }
    return value;
}

void reg_bank_note_read(struct device *device, const struct reg_bank *bank, uint64_t offset,
                        unsigned size)
{
    BUG_ON(size > 8 || offset >= bank->bytes || size > bank->bytes - offset);
    if (device->observer == NULL) return;
    for (unsigned done = 0; done < size;) {
        struct hit hit = find_hit(bank, offset + done, size - done);

        if (hit.reg != NULL) tell(device, &hit, false, current_value(device, &hit));
        done += hit.bytes;
    }
}

static uint64_t window_read(void *owner, uint64_t offset, unsigned size)
{
    struct reg_window *window = owner;

    return reg_bank_read(window->device, window->bank, offset, size);
}

static void window_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct reg_window *window = owner;

    reg_bank_write(window->device, window->bank, offset, size, value);
}

static uint64_t window_peek(void *owner, uint64_t offset, unsigned size)
{
    struct reg_window *window = owner;

    return reg_bank_peek(window->device, window->bank, offset, size);
}

static const struct region_ops window_ops = {
    .read = window_read, .write = window_write, .peek = window_peek};

void reg_window_init(struct reg_window *window, struct device *device, const struct reg_bank *bank)
{
    *window = (struct reg_window){
        .region =
            {
                .name = bank->name,
                .bytes = bank->bytes,
                .kind = REGION_MMIO,
                .ops = &window_ops,
                .owner = window,
                .min_access = bank->min_access,
                .max_access = bank->max_access,
            },
        .device = device,
        .bank = bank,
    };
}

void reg_bank_reset(struct device *device, const struct reg_bank *bank, bool is_cold)
{
    for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
        if (reg->is_sticky && !is_cold) continue;
        for (unsigned i = 0; i < element_count(reg); i++) {
            reg_store(device, reg, i, reg->reset);
        }
    }
}

static const char *check_reg(const struct reg_bank *bank, const struct reg *reg,
                             size_t instance_size)
{
    uint64_t last = reg->offset + (uint64_t)(element_count(reg) - 1) * reg->stride + reg->size;

    if (!is_power_of_two(reg->size) || reg->size > 8) return "size is not 1, 2, 4 or 8";
    if (last > bank->bytes) return "reaches beyond the window";
    if (element_count(reg) > 1 && reg->stride < reg->size) return "elements overlap";
    if (((reg->rw | reg->w1c | reg->reset) & ~bits_mask(8 * reg->size)) != 0)
        return "mask wider than the register";
    if ((reg->rw & reg->w1c) != 0) return "a bit is both rw and w1c";
    if (reg->field == REG_NO_FIELD) {
        if (reg->rw != 0 || reg->w1c != 0 || reg->reset != 0)
            return "has masks or a reset value but no storage";
        return reg->get == NULL && reg->write == NULL ? "has neither storage nor behaviour" : NULL;
    }
    if (!is_power_of_two(reg->field_size) || reg->field_size > 8)
        return "backing member is no integer";
    if (reg->field_size < reg->size) return "backing member is narrower than the register";
    if (element_count(reg) > 1 && reg->field_stride == 0) return "array without field stride";
    if (reg->field + (element_count(reg) - 1) * reg->field_stride + reg->field_size >
        instance_size) {
        return "backing member lies outside the instance";
    }
    return NULL;
}

const char *reg_bank_check(const struct reg_bank *bank, size_t instance_size)
{
    if (!is_power_of_two(bank->min_access) || !is_power_of_two(bank->max_access))
        return "bank: access size";
    if (bank->min_access > bank->max_access || bank->max_access > 8)
        return "bank: access sizes out of order";
    for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
        const char *problem = check_reg(bank, reg, instance_size);

        if (problem != NULL) return problem;
        for (unsigned i = 0; i < element_count(reg); i++) {
            uint64_t start = reg->offset + (uint64_t)i * reg->stride;

            for (uint64_t at = start; at < start + reg->size; at++) {
                unsigned index;

                if (reg_find(bank, at, &index) != reg || index != i)
                    return "two registers share an offset";
            }
        }
    }
    return NULL;
}
