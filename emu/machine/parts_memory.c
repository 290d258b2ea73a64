/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts list, continued: memory controllers, the contents of the modules, and the System
 * Management Bus with an SPD EEPROM and a temperature sensor for each module.
 */
#include <string.h>

#include "devices/memory/dram.h"
#include "devices/memory/imc.h"
#include "devices/pci/inert.h"
#include "devices/smbus/ee1004.h"
#include "devices/smbus/i801.h"
#include "emu/machine/machine_internal.h"

#define SMBUS_PATH "/pci/00/1f.4"

static void layout_changed(void *ctx)
{
    struct machine *machine = ctx;

    /* During creation the controllers come before what depends on them. */
    if (machine->parts.imc == NULL) return;
    machine_faults_settle(machine); /* while memory is still where it was */
    machine_memory_decode(machine);
    if (machine->parts.dram != NULL) {
        dram_layout_changed(machine->parts.dram);
    }
}

static vtime patrol_period(const struct machine_scrub *scrub)
{
    if (scrub->is_patrol_off) return 0;
    return scrub->patrol_period != 0 ? scrub->patrol_period : MACHINE_PATROL_DEFAULT;
}

static int add_dram(struct machine *machine, struct error *err)
{
    const struct machine_scrub *scrub = &machine->config.scrub;
    const struct dram_config config = {
        .dimms = machine->config.dimms,
        .has_demand_scrub = !scrub->is_demand_off,
        .patrol_period = patrol_period(scrub),
        .env = machine_dram_env(machine),
    };

    machine->parts.dram = machine_add(machine, &dram_class, "/dram", &config, err);
    return machine->parts.dram != NULL ? 0 : -1;
}

int machine_add_memory(struct machine *machine, struct error *err)
{
    const struct imc_config config = {.ctx = machine, .layout_changed = layout_changed};

    machine->parts.imc = machine_add(machine, &imc_class, "/imc", &config, err);
    if (machine->parts.imc == NULL) return -1;
    return machine->config.has_flat_memory ? 0 : add_dram(machine, err);
}

static int attach_module(struct machine *machine, unsigned socket, struct smbus *bus,
                         struct error *err)
{
    static const char *const eeproms[DIMM_SOCKETS] = {"/dimm0/spd", "/dimm1/spd", "/dimm2/spd",
                                                      "/dimm3/spd"};
    static const char *const sensors[DIMM_SOCKETS] = {"/dimm0/sensor", "/dimm1/sensor",
                                                      "/dimm2/sensor", "/dimm3/sensor"};
    uint8_t spd[DIMM_SPD_BYTES];
    const struct ee1004_config eeprom_config = {.socket = socket, .spd = spd};
    const struct jc42_config sensor_config = {.socket = socket};
    struct device *eeprom;
    struct device *sensor;

    dimm_spd(&machine->config.dimms.socket[socket], spd);
    eeprom = machine_add(machine, &ee1004_class, eeproms[socket], &eeprom_config, err);
    if (eeprom == NULL) return -1;
    smbus_attach(bus, ee1004_target(eeprom));
    sensor = machine_add(machine, &jc42_class, sensors[socket], &sensor_config, err);
    if (sensor == NULL) return -1;
    smbus_attach(bus, jc42_target(sensor));
    return 0;
}

static struct device *add_smbus(struct machine *machine, const struct pci_part *part,
                                struct error *err)
{
    const struct i801_config config = {.part = part->part};
    struct device *i801 = pci_part_add_model(machine->parts.pci, part, &i801_class, &config, err);

    for (unsigned i = 0; i801 != NULL && i < DIMM_SOCKETS; i++) {
        if (machine->config.dimms.socket[i].bytes == 0) continue;
        if (attach_module(machine, i, i801_bus(i801), err) != 0) {
            device_destroy(i801);
            return NULL;
        }
    }
    return i801;
}

bool machine_is_memory_function(const struct pci_part *part)
{
    return strcmp(part->path, SMBUS_PATH) == 0 || imc_is_function(part->part->desc);
}

struct device *machine_add_memory_function(struct machine *machine, const struct pci_part *part,
                                           struct error *err)
{
    const struct imc_function_config config = {
        .part = part->part,
        .imc = machine->parts.imc,
        .root = part->root,
        .slot = part->slot,
        .function = part->function,
    };

    if (strcmp(part->path, SMBUS_PATH) == 0) return add_smbus(machine, part, err);
    return pci_part_add_model(machine->parts.pci, part, &imc_function_class, &config, err);
}
