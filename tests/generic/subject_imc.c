/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory controllers with one function of each kind that counts, and both channels of each
 * controller that have a socket. Random writes alone would never make a zone: the poke writes the
 * 32 GB of reference/hardware.md 3.4 and then turns bits of it over. */
#include "tests/generic/subject_imc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "devices/memory/imc.h"
#include "devices/pci/host.h"
#include "devices/pci/inert.h"
#include "emu/base/bits.h"

#define CONFIG_BYTES 0x1000u
#define PLACES       ARRAY_LEN(places)
#define FIRST_DEVICE 2u /* after the host bridge and what the controllers share */

struct place {
    uint16_t id;
    uint8_t root;
    uint8_t slot;
    uint8_t function;
};

static const struct place places[] = {
    {0x2034, 0x03, 0x05, 0}, {0x208e, 0x03, 0x0e, 0}, {0x2054, 0x03, 0x1d, 0},
    {0x2040, 0x05, 0x0a, 0}, {0x2044, 0x05, 0x0a, 4}, {0x2048, 0x05, 0x0b, 0},
    {0x2040, 0x05, 0x0c, 0}, {0x2044, 0x05, 0x0c, 4}, {0x2043, 0x05, 0x0a, 3},
    {0x2047, 0x05, 0x0a, 7}, {0x2043, 0x05, 0x0c, 3},
};

struct value {
    uint16_t id;
    uint16_t offset;
    uint32_t value;
};

static const struct value values[] = {
    {0x2034, 0x0d0, 0x80000000}, {0x2034, 0x0d4, 0x80000000}, {0x2034, 0x0d8, 8},
    {0x208e, 0x0b4, 0x01100240}, {0x2040, 0x854, 0x00040000}, {0x2040, 0x880, 0x0001f500},
    {0x2040, 0x884, 0x0021f500}, {0x2040, 0x87c, 4},          {0x2040, 0x094, 0x200},
    {0x2040, 0x108, 0x8000001e}, {0x2040, 0x080, 0x8110},     {0x2044, 0x094, 0x200},
    {0x2044, 0x108, 0x8000001e}, {0x2044, 0x080, 0x8110},     {0x2054, 0x064, 0xba98ba98},
    {0x2054, 0x074, 0xba98ba98}, {0x2054, 0x060, 0x00000f81}, {0x2054, 0x068, 0x00001f80},
    {0x2054, 0x070, 0x00010f81},
};

static void own(struct rig *rig, struct device *device, const struct error *err)
{
    if (device == NULL) {
        fail_msg("%s", err->text);
    }
    rig_own(rig, device);
}

static const struct pci_part *row_of(const struct place *place)
{
    for (size_t i = 0; i < pci_part_count; i++) {
        const struct pci_part *row = &pci_parts[i];

        if (row->parent == NULL && row->root == place->root && row->slot == place->slot &&
            row->function == place->function && row->part->desc->device == place->id) {
            return row;
        }
    }
    fail_msg("no row for %x", place->id);
    return NULL;
}

void subject_imc_build(struct rig *rig)
{
    struct error err = ERROR_INIT;
    struct device *host = device_create(&pci_host_class, "/pci", &rig->env, NULL, &err);
    struct device *imc;

    own(rig, host, &err);
    imc = device_create(&imc_class, "/imc", &rig->env, NULL, &err);
    own(rig, imc, &err);
    for (size_t i = 0; i < PLACES; i++) {
        const struct pci_part *row = row_of(&places[i]);
        const struct imc_function_config config = {.part = row->part,
                                                   .imc = imc,
                                                   .root = row->root,
                                                   .slot = row->slot,
                                                   .function = row->function};

        own(rig, pci_part_add_model(host, row, &imc_function_class, &config, &err), &err);
    }
}

static struct pci_fn *function_at(const struct rig *rig, size_t index)
{
    return (struct pci_fn *)(void *)rig->devices[FIRST_DEVICE + index];
}

static void write_value(struct rig *rig, const struct value *value, uint32_t flip)
{
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].id == value->id) {
            pci_config_write(function_at(rig, i), value->offset, 4, value->value ^ flip);
        }
    }
}

static void error(struct rig *rig, uint64_t random)
{
    const struct dram_error error = {
        .kind = (enum dram_error_kind)((random & 0xff) % 3),
        .is_patrol = (random >> 8 & 1) != 0,
        .at = {.imc = random >> 9 & 1,
               .channel = (random >> 10 & 3) % IMC_CHANNELS,
               .dimm = (random >> 12 & 3) % IMC_DIMMS,
               .rank = random >> 14 & 3,
               .bank = random >> 16 & 3,
               .bank_group = random >> 18 & 3,
               .column = random >> 20 & 0x3ff,
               .row = random >> 30 & 0x3ffff},
        .bit = (random >> 48 & 0xff) % 72,
    };

    imc_count_error(rig->devices[1], &error);
}

void subject_imc_poke(struct rig *rig, uint64_t random)
{
    switch (random % 4) {
    case 0:
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
            write_value(rig, &values[i], 0);
        }
        break;
    case 1:
        write_value(rig, &values[(random >> 8) % ARRAY_LEN(values)], BIT32(random >> 32 & 31));
        break;
    default: error(rig, random >> 2); break;
    }
}

void subject_imc_calm(struct rig *rig)
{
    (void)rig;
}

uint64_t subject_imc_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    const struct place *place = &places[(random >> 32) % PLACES];

    (void)rig;
    if (region->bytes < CONFIG_BYTES) return random;
    return (uint64_t)place->root << 20 | PCI_DEVFN(place->slot, place->function) << 12 |
           random % CONFIG_BYTES;
}
