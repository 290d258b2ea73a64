/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray machine show --validate`: see machine_show.h. Each check prints one line per defect
 * and goes on. */
#include <stdlib.h>
#include <string.h>

#include "devices/pci/host.h"
#include "emu/app/machine_show.h"
#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/machine/map.h"

static int check_class(const struct device *device, FILE *file)
{
    const struct device_class *class = device->class;
    int defects = 0;

    if (!class->name || !class->init || !class->reset || !class->loaded || !class->fini) {
        (void)fprintf(file, "%s: its class lacks a name or one of the four functions\n",
                      device->path);
        defects++;
    }
    for (const struct reg_bank *bank = class->banks; bank && bank->name; bank++) {
        const char *wrong = reg_bank_check(bank, class->size);

        if (!wrong) continue;
        (void)fprintf(file, "%s: register bank %s: %s\n", device->path, bank->name, wrong);
        defects++;
    }
    return defects;
}

static int check_devices(struct machine *machine, FILE *file)
{
    size_t count = machine_device_count(machine);
    int defects = 0;

    for (size_t i = 0; i < count; i++) {
        const struct device *device = machine_device(machine, i);

        defects += check_class(device, file);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(device->path, machine_device(machine, k)->path) != 0) continue;
            (void)fprintf(file, "%s: two devices have this path\n", device->path);
            defects++;
        }
    }
    return defects;
}

static int check_functions(struct machine *machine, FILE *file)
{
    int defects = 0;

    for (size_t i = 0; i < machine_device_count(machine); i++) {
        struct device *host = machine_device(machine, i);

        for (size_t k = 0; host->class == &pci_host_class && k < pci_host_fn_count(host); k++) {
            const struct pci_fn *fn = pci_host_fn(host, k);
            const char *wrong = pci_desc_check(fn->desc);

            if (!wrong) continue;
            (void)fprintf(file, "%s: PCI description: %s\n", fn->device.path, wrong);
            defects++;
        }
    }
    return defects;
}

static int check_regions(const struct bus *bus, uint64_t limit, FILE *file)
{
    uint64_t end = 0;
    int defects = 0;

    for (size_t i = 0; i < bus_region_count(bus); i++) {
        const struct region *region = bus_region(bus, i);

        if (region->base < end || region->bytes == 0 || region->bytes > limit - region->base) {
            (void)fprintf(file,
                          "%s: the region overlaps the one before it or leaves the address space\n",
                          region->name);
            defects++;
        }
        end = region->base + region->bytes;
    }
    return defects;
}

/* Equal configuration, equal state; and a state survives being saved and loaded. */
static int check_twin(struct machine *machine, const struct machine_config *config, FILE *file,
                      struct error *err)
{
    struct machine *twin = machine_create(config, err);
    void *data = NULL;
    size_t bytes = 0;
    int defects = 0;

    if (!twin) return -1;
    if (machine_state_hash(machine) != machine_state_hash(twin)) {
        (void)fprintf(file, "two machines of one configuration differ at power-on\n");
        defects++;
    }
    int result = machine_save(machine, &data, &bytes, err);
    if (result == 0) result = machine_load(twin, data, bytes, err);
    if (result == 0 && machine_state_hash(machine) != machine_state_hash(twin)) {
        (void)fprintf(file, "a machine differs from the one that it was saved from\n");
        defects++;
    }
    free(data);
    machine_destroy(twin);
    return result == 0 ? defects : -1;
}

int machine_validate(struct machine *machine, const struct machine_config *config, FILE *file,
                     struct error *err)
{
    int twins = check_twin(machine, config, file, err);

    if (twins < 0) return -1;
    return twins + check_devices(machine, file) + check_functions(machine, file) +
           check_regions(machine_memory(machine), UINT64_C(1) << MAP_PHYS_BITS, file) +
           check_regions(machine_ports(machine), UINT64_C(1) << 16, file);
}
