/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine as text: see machine_show.h. Everything is asked of the machine itself, nothing is
 * listed by hand but the clocks, whose frequencies are constants of map.h. */
#include "emu/app/machine_show.h"

#include <inttypes.h>

#include "devices/pci/host.h"
#include "emu/base/bits.h"
#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/machine/map.h"

void machine_show_bytes(uint64_t bytes, FILE *file)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    unsigned unit = 0;

    while (unit + 1 < ARRAY_LEN(units) && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    (void)fprintf(file, "%8" PRIu64 " %-3s", bytes, units[unit]);
}

static const char *kind_name(enum region_kind kind)
{
    switch (kind) {
    case REGION_MMIO: return "i/o";
    case REGION_RAM: return "ram";
    case REGION_ROM: return "rom";
    }
    return "?";
}

static void show_regions(const struct bus *bus, int digits, FILE *file)
{
    for (size_t i = 0; i < bus_region_count(bus); i++) {
        const struct region *region = bus_region(bus, i);

        (void)fprintf(file, "  %0*" PRIx64 "-%0*" PRIx64, digits, region->base, digits,
                      region->base + region->bytes - 1);
        machine_show_bytes(region->bytes, file);
        (void)fprintf(file, "  %s  %s\n", kind_name(region->kind), region->name);
    }
}

static void show_function(const struct pci_fn *fn, FILE *file)
{
    const struct pci_desc *desc = fn->desc;
    const struct pci_bridge *bridge = fn->bus ? fn->bus->bridge : NULL;

    if (bridge) {
        (void)fprintf(file, "  --:%02x.%x", PCI_SLOT(fn->devfn), PCI_FUNC(fn->devfn));
    } else {
        (void)fprintf(file, "  %02x:%02x.%x", fn->bus ? fn->bus->number : 0, PCI_SLOT(fn->devfn),
                      PCI_FUNC(fn->devfn));
    }
    (void)fprintf(file, "  [%04x] %04x:%04x rev %02x  %s", desc->class_code >> 8, desc->vendor,
                  desc->device, desc->revision, fn->device.path);
    if (bridge) (void)fprintf(file, " (behind %s)", bridge->fn.device.path);
    (void)fputc('\n', file);
}

static void show_pci(struct machine *machine, FILE *file)
{
    for (size_t i = 0; i < machine_device_count(machine); i++) {
        struct device *device = machine_device(machine, i);

        if (device->class != &pci_host_class) continue;
        for (size_t k = 0; k < pci_host_fn_count(device); k++) {
            show_function(pci_host_fn(device, k), file);
        }
    }
}

static size_t register_count(const struct device_class *class)
{
    size_t count = 0;

    for (const struct reg_bank *bank = class->banks; bank && bank->name; bank++) {
        for (const struct reg *reg = bank->regs; reg->name; reg++) {
            count += reg->count > 1 ? reg->count : 1;
        }
    }
    return count;
}

static void show_devices(struct machine *machine, FILE *file)
{
    for (size_t i = 0; i < machine_device_count(machine); i++) {
        const struct device *device = machine_device(machine, i);

        (void)fprintf(file, "  %-32s %-16s %4zu registers, state version %" PRIu32 "\n",
                      device->path, device->class->name, register_count(device->class),
                      device->class->version);
    }
}

static void show_clocks(FILE *file)
{
    static const struct {
        const char *name;
        uint64_t numerator;
        uint64_t denominator;
    } clocks[] = {
        {"time stamp counter", MAP_HZ_TSC, 1},
        {"local APIC timer", MAP_HZ_LAPIC, 1},
        {"HPET", MAP_HZ_HPET, 1},
        {"ACPI PM timer", MAP_HZ_PM_TIMER, 1},
        {"8254", MAP_HZ_PIT_NUM, MAP_HZ_PIT_DEN},
        {"real-time clock", MAP_HZ_RTC, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        (void)fprintf(file, "  %-20s %" PRIu64, clocks[i].name, clocks[i].numerator);
        if (clocks[i].denominator > 1) (void)fprintf(file, "/%" PRIu64, clocks[i].denominator);
        (void)fprintf(file, " Hz\n");
    }
}

void machine_show(struct machine *machine, const struct machine_config *config, FILE *file)
{
    (void)fprintf(file, "iMacPro1,1: %u core%s, %" PRIu64 " MiB of memory\n", config->cores,
                  config->cores == 1 ? "" : "s", config->memory_bytes >> 20);
    if (!config->has_flat_memory) machine_show_modules(config, file);
    (void)fprintf(file, "\nmemory (%d address bits):\n", MAP_PHYS_BITS);
    show_regions(machine_memory(machine), MAP_PHYS_BITS / 4, file);
    if (!config->has_flat_memory) machine_show_ram(config, file);
    (void)fprintf(file, "\ni/o ports:\n");
    show_regions(machine_ports(machine), 4, file);
    (void)fprintf(file, "\nPCI functions (buses behind bridges are numbered by the firmware):\n");
    show_pci(machine, file);
    (void)fprintf(file, "\ndevices:\n");
    show_devices(machine, file);
    (void)fprintf(file, "\nclocks:\n");
    show_clocks(file);
}
