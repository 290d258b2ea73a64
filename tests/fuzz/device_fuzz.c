/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any device class, alone or in the compositions of the generic tests: reads, writes, time, things
 * from outside, resets, saving and loading, bytes in RAM that it may fetch by DMA. First byte:
 * which one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/fuzz/input.h"
#include "tests/generic/life.h"

#define OPS_MAX   3000
#define SPAN_BITS 34 /* at most 17 ms at a time */
#define RAM_BYTES 16

enum op {
    OP_READ,
    OP_READ_AGAIN, /* same place as before: data ports and clear-on-read */
    OP_WRITE,
    OP_WRITE_AGAIN,
    OP_TIME,
    OP_POKE,
    OP_RAM,
    OP_RESET,
    OP_SAVE_LOAD,
    OP_PEEK,
    OP_COUNT,
};

struct place {
    struct bus *bus;
    uint64_t addr;
    unsigned size;
};

static void choose_place(struct rig *rig, const struct subject *subject, struct fuzz_input *input,
                         struct place *place)
{
    size_t count = life_region_count(rig);
    uint64_t seed = fuzz_take(input, 2) << 8 | 0x5a;
    unsigned shape = (unsigned)fuzz_take(input, 1);
    bool is_port;

    place->bus = NULL;
    if (count == 0) return;
    const struct region *region = life_region(rig, (shape >> 4) % count, &is_port);
    place->bus = is_port ? rig->ports : rig->memory;
    place->size = 1u << (shape & (is_port ? 1 : 3));
    place->addr = region->base + life_offset(rig, subject, region, &seed);
    if (shape & 4) place->addr = align_down(place->addr, place->size);
}

/* Saves every device and loads it into itself: nothing may change. */
static void save_load(struct rig *rig)
{
    for (size_t i = 0; i < rig->device_count; i++) {
        struct device *device = rig->devices[i];
        uint64_t before = device_state_hash(device);

        rig_copy_state(rig, device, rig, device);
        assert_int_equal(device_state_hash(device), before);
    }
}

static void write_ram(struct rig *rig, struct fuzz_input *input)
{
    size_t addr = (size_t)fuzz_take(input, 3) % (RIG_RAM_BYTES - RAM_BYTES);

    for (size_t i = 0; i < RAM_BYTES; i++) {
        rig->ram[addr + i] = (uint8_t)fuzz_take(input, 1);
    }
}

static void access(struct fuzz_input *input, const struct place *place, enum op op)
{
    if (!place->bus) return;
    if (op == OP_WRITE || op == OP_WRITE_AGAIN) {
        bus_write(place->bus, place->addr, place->size, fuzz_take(input, place->size));
    } else if (op == OP_PEEK) {
        (void)bus_peek(place->bus, place->addr, place->size);
    } else {
        (void)bus_read(place->bus, place->addr, place->size);
    }
}

static void step(struct rig *rig, const struct subject *subject, struct fuzz_input *input,
                 struct place *place)
{
    enum op op = (enum op)fuzz_below(input, OP_COUNT);
    uint64_t value;

    switch (op) {
    case OP_READ:
    case OP_WRITE:
    case OP_PEEK:
        choose_place(rig, subject, input, place);
        access(input, place, op);
        break;
    case OP_READ_AGAIN:
    case OP_WRITE_AGAIN: access(input, place, op); break;
    case OP_TIME:
        value = fuzz_take(input, 2);
        rig_advance(rig, value << value % (SPAN_BITS - 16));
        break;
    case OP_POKE:
        value = fuzz_take(input, 4);
        if (subject->poke) subject->poke(rig, value);
        break;
    case OP_RAM: write_ram(rig, input); break;
    case OP_RESET: life_reset(rig, (enum reset_kind)fuzz_below(input, RESET_FUNCTION + 1)); break;
    case OP_SAVE_LOAD: save_load(rig); break;
    case OP_COUNT: break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    struct subject subject = subject_at(fuzz_below(&input, subject_count()));
    struct rig *rig = life_begin(&subject);
    struct place place = {.bus = NULL};

    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        step(rig, &subject, &input, &place);
    }
    save_load(rig);
    rig_destroy(rig);
    return 0;
}
