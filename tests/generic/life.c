/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The random life. It aims: three accesses in four go to a declared register, and values are
 * often small, single bits or RAM addresses, because uniform numbers seldom switch anything on.
 */
#include "tests/generic/life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"

/* Parts of a thousand. */
#define CHANCE_READ   420
#define CHANCE_WRITE  400
#define CHANCE_TIME   140
#define CHANCE_POKE   35
#define CHANCE_OF     1000
#define LONG_WAIT_OF  4000
#define SPAN_BITS_MAX 31 /* 2^31 ps: 2 ms */

struct rig *life_begin(const struct subject *subject)
{
    struct rig *rig = rig_create();

    if (subject->class != NULL) {
        (void)rig_device(rig, subject->class, "/dut", NULL);
    } else {
        subject->build(rig);
        life_reset(rig, RESET_POWER_ON);
    }
    return rig;
}

void life_reset(struct rig *rig, enum reset_kind kind)
{
    for (size_t i = 0; i < rig->device_count; i++) {
        device_reset(rig->devices[i], kind);
    }
}

size_t life_region_count(const struct rig *rig)
{
    /* Without the RAM of the rig. */
    return bus_region_count(rig->memory) + bus_region_count(rig->ports) - 1;
}

const struct region *life_region(const struct rig *rig, size_t index, bool *is_port)
{
    for (size_t i = 0; i < bus_region_count(rig->memory); i++) {
        if (bus_region(rig->memory, i) == &rig->ram_region) continue;
        if (index == 0) {
            *is_port = false;
            return bus_region(rig->memory, i);
        }
        index--;
    }
    *is_port = true;
    return index < bus_region_count(rig->ports) ? bus_region(rig->ports, index) : NULL;
}

const struct reg_bank *life_bank(const struct rig *rig, const char *name)
{
    for (size_t i = 0; i < rig->device_count; i++) {
        const struct reg_bank *bank = rig->devices[i]->class->banks;

        for (; bank != NULL && bank->name != NULL; bank++) {
            if (strcmp(bank->name, name) == 0) return bank;
        }
    }
    return NULL;
}

static uint64_t register_offset(const struct reg_bank *bank, uint64_t *random)
{
    unsigned count = 0;
    const struct reg *reg;

    while (bank->regs[count].name != NULL) {
        count++;
    }
    if (count == 0) return 0;
    reg = &bank->regs[rig_random(random) % count];
    return reg->offset + rig_random(random) % (reg->count > 1 ? reg->count : 1) * reg->stride +
           (rig_random(random) % 4 == 0 ? rig_random(random) % reg->size : 0);
}

uint64_t life_offset(const struct rig *rig, const struct subject *subject,
                     const struct region *region, uint64_t *random)
{
    const struct reg_bank *bank = life_bank(rig, region->name);
    uint64_t offset = rig_random(random);

    if (rig_random(random) % 4 != 0) {
        if (bank != NULL) {
            offset = register_offset(bank, random);
        } else if (subject->aim != NULL) {
            offset = subject->aim(rig, region, rig_random(random));
        }
    }
    return offset % region->bytes;
}

static uint64_t random_value(uint64_t *random)
{
    uint64_t value = rig_random(random);

    switch (rig_random(random) % 8) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    case 2: return BIT(value % 64);
    case 3: return value % 256;
    case 4: return value % RIG_RAM_BYTES;
    case 5: return value % 16;
    default: return value;
    }
}

static vtime random_span(uint64_t *random)
{
    if (rig_random(random) % LONG_WAIT_OF == 0) return VTIME_MS(1500);
    return rig_random(random) % (UINT64_C(1) << rig_random(random) % (SPAN_BITS_MAX + 1));
}

static struct life_step access(struct rig *rig, const struct subject *subject, bool is_write,
                               uint64_t *random)
{
    struct life_step step = {.what = is_write ? "write" : "read"};
    size_t count = life_region_count(rig);
    bool is_port;
    const struct region *region;
    struct bus *bus;

    if (count == 0) return step;
    region = life_region(rig, rig_random(random) % count, &is_port);
    bus = is_port ? rig->ports : rig->memory;
    step.size = 1u << rig_random(random) % (is_port ? 3 : 4);
    step.addr = region->base + life_offset(rig, subject, region, random);
    if (rig_random(random) % 8 != 0) {
        step.addr = align_down(step.addr, step.size);
    }
    if (is_write) {
        step.value = random_value(random);
        bus_write(bus, step.addr, step.size, step.value);
    } else {
        step.value = bus_read(bus, step.addr, step.size);
    }
    return step;
}

struct life_step life_step(struct rig *rig, const struct subject *subject, enum life_kind kind,
                           uint64_t *random)
{
    struct life_step step = {.what = "nothing"};
    uint64_t dice = rig_random(random) % CHANCE_OF;

    if (dice < CHANCE_READ) {
        step = access(rig, subject, false, random);
    } else if (dice < CHANCE_READ + CHANCE_WRITE) {
        step = access(rig, subject, true, random);
    } else if (dice < CHANCE_READ + CHANCE_WRITE + CHANCE_TIME) {
        step.what = "time";
        step.value = random_span(random);
        rig_advance(rig, step.value);
    } else if (dice < CHANCE_READ + CHANCE_WRITE + CHANCE_TIME + CHANCE_POKE) {
        step.what = "poke";
        step.value = rig_random(random);
        if (subject->poke != NULL) {
            subject->poke(rig, step.value);
        }
    } else if (kind == LIFE_WITH_RESETS) {
        step.what = "reset";
        step.value = rig_random(random) % 3;
        life_reset(rig, (enum reset_kind)step.value);
    }
    step.next = sched_next(rig->sched);
    return step;
}

void life_live(struct rig *rig, const struct subject *subject, enum life_kind kind, uint64_t seed,
               unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        (void)life_step(rig, subject, kind, &seed);
    }
}
