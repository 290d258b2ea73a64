/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray machine show` prints, and what its --validate checks, of a machine at power-on.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "emu/base/error.h"
#include "emu/machine/machine.h"

/* Memory modules and map, ports, PCI functions, devices and clocks as text. `machine` was made from `config`.
 */
void machine_show(struct machine *machine, const struct machine_config *config, FILE *file);

/* Parts of it, machine_show_memory.c. A number of bytes in the largest unit of which it is a multiple,
 * in columns. */
void machine_show_bytes(uint64_t bytes, FILE *file);
void machine_show_modules(const struct machine_config *config, FILE *file);
void machine_show_ram(const struct machine_config *config, FILE *file);

/* Checks what the parts list and the device classes promise, and what two machines made from
 * `config` have in common. Returns how many defects it printed on `file`; -1 with `err` when a
 * check could not be made. */
int machine_validate(struct machine *machine, const struct machine_config *config, FILE *file,
                     struct error *err);
