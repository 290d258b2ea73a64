/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The T2 and the flash behind it, as parts: two SSD modules, the NVMe controller, the SEP that has
 * the volume's key, and the two functions that only say who they are.
 *
 * The modules are created before the controller that works on them, so that they are gone after it.
 * The SEP is a later row of the table than the controller, which is told of it then.
 */
#include <string.h>

#include "devices/apple/t2_functions.h"
#include "devices/apple/t2_sep.h"
#include "devices/pci/inert.h"
#include "devices/storage/ans2.h"
#include "devices/storage/ssd_module.h"
#include "emu/base/bits.h"
#include "emu/core/sched.h"
#include "emu/machine/machine_disk.h"
#include "emu/machine/machine_internal.h"

int machine_add_modules(struct machine *machine, struct error *err)
{
    static const char *const paths[RAID0_MODULES] = {"/ssd0", "/ssd1"};
    const struct machine_disk *disk = machine->config.disk;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct ssd_module_config config = {
            .media = disk != NULL ? disk->media[i] : NULL,
            .is_functional = machine->config.fidelity == MACHINE_FIDELITY_FUNCTIONAL,
        };

        machine->parts.ssd[i] = machine_add(machine, &ssd_module_class, paths[i], &config, err);
        if (machine->parts.ssd[i] == NULL) return -1;
    }
    return 0;
}

static void rule_broken(void *ctx, const char *what, uint64_t pc)
{
    struct machine *machine = ctx;
    struct machine_t2_breaches *breaches = &machine->breaches;

    breaches->count++;
    if (breaches->what != NULL) return;
    breaches->what = what;
    breaches->pc = pc;
    breaches->when = sched_now(machine->sched);
}

static void panic(void *ctx, const char *what)
{
    struct machine *machine = ctx;

    machine->panic_text = what;
    machine_request_stop(machine, MACHINE_PANIC, 1);
}

static enum ans2_strict strict(const struct machine *machine)
{
    switch (machine->config.t2_strict) {
    case MACHINE_T2_WARN: return ANS2_STRICT_WARN;
    case MACHINE_T2_PANIC: return ANS2_STRICT_PANIC;
    case MACHINE_T2_FATAL: break;
    }
    return ANS2_STRICT_FATAL;
}

static struct device *add_ans2(struct machine *machine, const struct pci_part *part,
                               struct error *err)
{
    const struct machine_disk *disk = machine->config.disk;
    struct machine_parts *parts = &machine->parts;
    struct ans2_config config = {
        .module = {parts->ssd[0], parts->ssd[1]},
        .strict = strict(machine),
        .is_functional = machine->config.fidelity == MACHINE_FIDELITY_FUNCTIONAL,
        .ctx = machine,
        .rule_broken = rule_broken,
        .panic = panic,
    };

    if (disk != NULL) {
        config.blocks = disk->blocks;
        memcpy(config.volume_id, disk->volume_id, sizeof(config.volume_id));
    }
    parts->ans2 = pci_part_add_model(parts->pci, part, &ans2_class, &config, err);
    return parts->ans2;
}

static struct device *add_sep(struct machine *machine, const struct pci_part *part,
                              struct error *err)
{
    const struct machine_disk *disk = machine->config.disk;
    struct machine_parts *parts = &machine->parts;
    struct t2_sep_config config = {.record = NULL};

    if (disk != NULL) {
        config.record = disk->sep;
        config.store = disk->sep_store;
        config.password = disk->password;
    }
    parts->sep = pci_part_add_model(parts->pci, part, &t2_sep_class, &config, err);
    if (parts->sep != NULL) {
        ans2_attach_sep(parts->ans2, parts->sep);
    }
    return parts->sep;
}

static struct device *add_bce(struct machine *machine, const struct pci_part *part,
                              struct error *err)
{
    return pci_part_add_model(machine->parts.pci, part, &t2_bce_class, NULL, err);
}

static struct device *add_audio(struct machine *machine, const struct pci_part *part,
                                struct error *err)
{
    return pci_part_add_model(machine->parts.pci, part, &t2_audio_class, NULL, err);
}

const struct machine_t2_function *machine_t2_function(const struct pci_part *part)
{
    static const struct machine_t2_function functions[] = {
        {"/pci/00/1c.0/00.0", add_ans2},
        {"/pci/00/1c.0/00.1", add_bce},
        {"/pci/00/1c.0/00.2", add_sep},
        {"/pci/00/1c.0/00.3", add_audio},
    };

    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (strcmp(part->path, functions[i].path) == 0) return &functions[i];
    }
    return NULL;
}
