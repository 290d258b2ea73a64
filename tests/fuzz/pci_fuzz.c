/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration space of a small PCI tree, written by hostile software. After every step:
 * identities stand, the capability list ends, and what the bus shows of BARs is consistent.
 * Accesses to wherever the BARs have been moved follow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/host.h"
#include "emu/base/bits.h"
#include "tests/fuzz/input.h"
#include "tests/generic/life.h"

#define OPS_MAX        600
#define OFFSET_COMMAND 0x04
#define OFFSET_STATUS  0x06
#define OFFSET_CAPS    0x34
#define STATUS_CAPS    0x10
#define CAPS_MAX       48

static struct subject find_subject(const char *name)
{
    for (size_t i = 0; i < subject_count(); i++) {
        struct subject subject = subject_at(i);

        if (strcmp(subject.name, name) == 0) return subject;
    }
    fail_msg("there is no subject %s", name);
    return subject_at(0);
}

static void check_function(struct pci_fn *fn)
{
    unsigned next;

    assert_int_equal(pci_config_read(fn, 0, 4),
                     fn->desc->vendor | (uint32_t)fn->desc->device << 16);
    assert_int_equal(pci_config_read(fn, 8, 4) >> 8, fn->desc->class_code);
    if (!(pci_config_read(fn, OFFSET_STATUS, 2) & STATUS_CAPS)) return;
    next = pci_config_read(fn, OFFSET_CAPS, 1);
    for (unsigned i = 0; next != 0; i++) {
        assert_true(i < CAPS_MAX);
        assert_true(next >= 0x40 && next % 4 == 0);
        next = pci_config_read(fn, next + 1, 1);
    }
}

/* No region overlaps another: the bus refuses it, and nobody hides it. */
static void check_bus(const struct bus *bus)
{
    uint64_t end = 0;

    for (size_t i = 0; i < bus_region_count(bus); i++) {
        const struct region *region = bus_region(bus, i);

        assert_true(region->base >= end);
        end = region->base + region->bytes;
    }
}

static void write_config(struct device *host, struct fuzz_input *input)
{
    struct pci_fn *fn = pci_host_fn(host, fuzz_below(input, pci_host_fn_count(host)));
    unsigned size = 1u << (fuzz_take(input, 1) % 3);
    unsigned offset = (unsigned)align_down(fuzz_take(input, 2) & 0x3ff, size);

    /* Three in four go to the first 256 bytes. */
    if (offset >= 0x100 && offset < 0x300) offset &= 0xff;
    pci_config_write(fn, offset, size, (uint32_t)fuzz_take(input, size));
}

static void write_by_bus(struct device *host, struct fuzz_input *input)
{
    unsigned bus = (unsigned)fuzz_take(input, 1);
    unsigned devfn = (unsigned)fuzz_take(input, 1);
    unsigned offset = (unsigned)align_down(fuzz_take(input, 1), 4);

    pci_host_config_write(host, bus, devfn, offset, 4, (uint32_t)fuzz_take(input, 4));
    (void)pci_host_config_read(host, bus, devfn, offset, 4);
}

/* Somewhere in a region that is mapped now. */
static void use_region(struct rig *rig, struct fuzz_input *input)
{
    struct bus *bus = fuzz_take(input, 1) & 1 ? rig->ports : rig->memory;
    size_t count = bus_region_count(bus);
    size_t index = fuzz_below(input, count ? count : 1);
    uint64_t offset = fuzz_take(input, 2);
    unsigned size = 1u << (fuzz_take(input, 1) % 3);

    if (count == 0) return;
    uint64_t addr = bus_region(bus, index)->base + offset % bus_region(bus, index)->bytes;
    if (fuzz_take(input, 1) & 1) {
        bus_write(bus, addr, size, fuzz_take(input, size));
    } else {
        (void)bus_read(bus, addr, size);
    }
}

static void save_load(struct rig *rig)
{
    for (size_t i = 0; i < rig->device_count; i++) {
        rig_copy_state(rig, rig->devices[i], rig, rig->devices[i]);
    }
}

static void step(struct rig *rig, struct device *host, struct fuzz_input *input)
{
    switch (fuzz_take(input, 1) % 8) {
    case 0: use_region(rig, input); break;
    case 1: write_by_bus(host, input); break;
    case 2: rig_advance(rig, fuzz_take(input, 2) << 16); break;
    case 3: life_reset(rig, (enum reset_kind)fuzz_below(input, RESET_FUNCTION + 1)); break;
    case 4: save_load(rig); break;
    default: write_config(host, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    struct subject subject = find_subject("PCI tree");
    struct rig *rig = life_begin(&subject);
    struct device *host = rig->devices[0];

    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        step(rig, host, &input);
        for (size_t k = 0; k < pci_host_fn_count(host); k++) {
            check_function(pci_host_fn(host, k));
        }
        check_bus(rig->memory);
        check_bus(rig->ports);
    }
    rig_destroy(rig);
    return 0;
}
