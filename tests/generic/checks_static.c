/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks that need no life: tables, creation and destruction, peeking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/generic/checks.h"
#include "tests/generic/life.h"

#define PEEK_STATES  40
#define PEEK_STEPS   60
#define PEEK_PER     40
#define EVENTS_MAX   64
#define CONFLICT_MAX 64

bool finding_set(struct finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(finding->text, sizeof(finding->text), format, args);
    va_end(args);
    return false;
}

/* ---- Tables ---- */

static bool check_reg_fields(const struct reg_bank *bank, const struct reg *reg,
                             struct finding *finding)
{
    uint64_t seen = 0;

    for (const struct reg_field *f = reg->fields; f != NULL && f->name != NULL; f++) {
        uint64_t mask = bits_mask(f->hi - f->lo + 1u) << f->lo;

        if (f->hi < f->lo || f->hi >= 8 * reg->size) {
            return finding_set(finding, "%s.%s: field %s outside of the register", bank->name,
                               reg->name, f->name);
        }
        if ((seen & mask) != 0) {
            return finding_set(finding, "%s.%s: field %s overlaps another", bank->name, reg->name,
                               f->name);
        }
        seen |= mask;
    }
    return true;
}

static bool check_bank(const struct reg_bank *bank, size_t instance_size, struct finding *finding)
{
    const char *problem = reg_bank_check(bank, instance_size);

    if (problem != NULL) return finding_set(finding, "%s: %s", bank->name, problem);
    for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
        if (reg_find_name(bank, reg->name) != reg) {
            return finding_set(finding, "%s: two registers named %s", bank->name, reg->name);
        }
        if (!check_reg_fields(bank, reg, finding)) return false;
    }
    return true;
}

static bool is_overlapping(const struct snap_field *a, const struct snap_field *b)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            size_t start_a = a->offset + i * a->stride;
            size_t start_b = b->offset + j * b->stride;

            if (start_a < start_b + b->size && start_b < start_a + a->size) return true;
        }
    }
    return false;
}

/* What says how many elements are in use must be saved, and before them. */
static bool check_used(const struct device_class *class, const struct snap_field *field,
                       struct finding *finding)
{
    if (field->used == 0) return true;
    for (const struct snap_field *f = class->state; f != field; f++) {
        if (f->offset == field->used && f->kind == SNAP_UINT && f->count == 1 &&
            f->size == sizeof(uint32_t)) {
            return true;
        }
    }
    return finding_set(finding, "how many of %s are in use is not saved before them", field->name);
}

static bool check_state(const struct device_class *class, struct finding *finding)
{
    for (const struct snap_field *f = class->state; f != NULL && f->name != NULL; f++) {
        if (f->count == 0 || f->offset + (f->count - 1) * f->stride + f->size > class->size) {
            return finding_set(finding, "state field %s lies outside of the instance", f->name);
        }
        if (!check_used(class, f, finding)) return false;
        for (const struct snap_field *other = class->state; other != f; other++) {
            if (strcmp(other->name, f->name) == 0) {
                return finding_set(finding, "two state fields named %s", f->name);
            }
            if (is_overlapping(f, other)) {
                return finding_set(finding, "state fields %s and %s overlap", f->name, other->name);
            }
        }
    }
    return true;
}

bool check_tables(const struct device_class *class, struct finding *finding)
{
    if (class->name == NULL || class->init == NULL || class->reset == NULL ||
        class->loaded == NULL || class->fini == NULL) {
        return finding_set(finding, "name or one of the four functions is missing");
    }
    if (class->version == 0) return finding_set(finding, "version 0");
    for (const struct reg_bank *b = class->banks; b != NULL && b->name != NULL; b++) {
        if (!check_bank(b, class->size, finding)) return false;
        for (const struct reg_bank *other = class->banks; other != b; other++) {
            if (strcmp(other->name, b->name) == 0) {
                return finding_set(finding, "two banks named %s", b->name);
            }
        }
    }
    return check_state(class, finding);
}

/* ---- Life ---- */

static bool is_rig_empty(struct rig *rig, const char *when, struct finding *finding)
{
    if (bus_region_count(rig->memory) != 1 || bus_region_count(rig->ports) != 0) {
        return finding_set(finding, "%s left a region mapped", when);
    }
    if (sched_next(rig->sched) != VTIME_NEVER) {
        return finding_set(finding, "%s left an event armed", when);
    }
    return true;
}

static void destroy_devices(struct rig *rig)
{
    while (rig->device_count > 0) {
        rig->device_count--;
        device_destroy(rig->devices[rig->device_count]);
    }
}

/* Creation with each of the device's regions taken by somebody else, in turn. */
static bool check_conflicts(const struct device_class *class, const struct rig *model,
                            struct finding *finding)
{
    static const struct region_ops none = {NULL, NULL, NULL};
    size_t count = life_region_count(model);

    for (size_t i = 0; i < count && i < CONFLICT_MAX; i++) {
        bool is_port;
        const struct region *wanted = life_region(model, i, &is_port);
        struct rig *rig = rig_create();
        struct bus *bus = is_port ? rig->ports : rig->memory;
        struct region taken = {
            .name = "taken", .bytes = 1, .kind = REGION_RAM, .host = rig->ram, .ops = &none};
        struct error err = ERROR_INIT;
        struct device *device;
        bool is_good;

        assert_int_equal(bus_map(bus, &taken, wanted->base, &err), 0);
        device = device_create(class, "/dut", &rig->env, NULL, &err);
        bus_unmap(bus, &taken);
        is_good = device == NULL ? is_rig_empty(rig, "failed creation", finding)
                                 : finding_set(finding, "created over another region");
        if (is_good && err.kind == ERROR_NONE) {
            is_good = finding_set(finding, "failed creation without a reason");
        }
        device_destroy(device);
        rig_destroy(rig);
        if (!is_good) return false;
    }
    return true;
}

bool check_life(const struct subject *subject, struct finding *finding)
{
    struct rig *rig = life_begin(subject);
    struct rig *second = life_begin(subject); /* two of them in one process */
    bool is_good = true;

    life_live(second, subject, LIFE_WITH_RESETS, 1, 100);
    life_live(rig, subject, LIFE_WITH_RESETS, 2, 300);
    destroy_devices(second);
    is_good = is_rig_empty(second, "destruction", finding);
    rig_destroy(second);
    life_reset(rig, RESET_POWER_ON);
    if (is_good && subject->class != NULL) {
        is_good = check_conflicts(subject->class, rig, finding);
    }
    destroy_devices(rig);
    is_good = is_good && is_rig_empty(rig, "destruction", finding);
    rig_destroy(rig);
    return is_good;
}

/* ---- Peek ---- */

static uint64_t rig_state_hash(struct rig *rig)
{
    uint64_t hash = trace_hash(rig->trace);

    for (size_t i = 0; i < rig->device_count; i++) {
        hash = hash * 31 + device_state_hash(rig->devices[i]);
    }
    return hash;
}

/* A wide look at registers of a table is the narrow looks put together. */
static bool check_peek_parts(const struct region *region, uint64_t offset, struct bus *bus,
                             struct finding *finding)
{
    uint64_t start = align_down(offset, 8);
    uint64_t left = region->bytes - start;
    unsigned size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    uint64_t whole = bus_peek(bus, region->base + start, size);

    for (unsigned i = 0; i < size; i++) {
        if (bus_peek(bus, region->base + start + i, 1) != (whole >> (8 * i) & 0xff)) {
            return finding_set(finding,
                               "%s+0x%llx: %u bytes peeked at once differ from single bytes",
                               region->name, (unsigned long long)start, size);
        }
    }
    return true;
}

static bool check_peek_read(const struct region *region, uint64_t offset, struct bus *bus,
                            struct finding *finding)
{
    uint64_t start = align_down(offset, region->min_access);
    uint64_t peeked;
    uint64_t read;

    if (region->min_access > region->bytes - start) return true;
    peeked = bus_peek(bus, region->base + start, region->min_access);
    read = bus_read(bus, region->base + start, region->min_access);
    if (peeked != read) {
        return finding_set(finding, "%s+0x%llx: peek says 0x%llx, read says 0x%llx", region->name,
                           (unsigned long long)start, (unsigned long long)peeked,
                           (unsigned long long)read);
    }
    return true;
}

static bool peek_around(struct rig *rig, const struct subject *subject, uint64_t seed,
                        struct finding *finding)
{
    size_t count = life_region_count(rig);
    uint64_t before = rig_state_hash(rig);
    bool is_port;

    for (unsigned i = 0; i < PEEK_PER && count > 0; i++) {
        const struct region *region = life_region(rig, rig_random(&seed) % count, &is_port);
        uint64_t offset = life_offset(rig, subject, region, &seed);

        (void)bus_peek(is_port ? rig->ports : rig->memory, region->base + offset, 1);
    }
    if (rig_state_hash(rig) != before) return finding_set(finding, "a peek changed the state");
    for (unsigned i = 0; i < PEEK_PER && count > 0; i++) {
        const struct region *region = life_region(rig, rig_random(&seed) % count, &is_port);
        uint64_t offset = life_offset(rig, subject, region, &seed);
        struct bus *bus;

        if (region->kind != REGION_MMIO) continue;
        bus = is_port ? rig->ports : rig->memory;
        /* Windows without a table may answer by size, as port 0xcf8 does. */
        if (life_bank(rig, region->name) != NULL &&
            !check_peek_parts(region, offset, bus, finding)) {
            return false;
        }
        if (!check_peek_read(region, offset, bus, finding)) return false;
    }
    return true;
}

bool check_peek(const struct subject *subject, struct finding *finding)
{
    bool is_good = true;

    for (uint64_t seed = 1; seed <= PEEK_STATES && is_good; seed++) {
        struct rig *rig = life_begin(subject);

        life_live(rig, subject, LIFE_WITHOUT_RESETS, seed, PEEK_STEPS);
        is_good = peek_around(rig, subject, seed + 1000, finding);
        rig_destroy(rig);
    }
    return is_good;
}
