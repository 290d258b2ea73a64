/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray machine show` prints, and what its --validate checks, of a machine at power-on.
 */
#pragma once

#include <stdio.h>

#include "emu/base/error.h"
#include "emu/machine/machine.h"

/* Memory map, ports, PCI functions, devices and clocks as text. `machine` was made from `config`.
 */
void machine_show(struct machine *machine, const struct machine_config *config, FILE *file);

/* Checks what the parts list and the device classes promise, and what two machines made from
 * `config` have in common. Returns how many defects it printed on `file`; -1 with `err` when a
 * check could not be made. */
int machine_validate(struct machine *machine, const struct machine_config *config, FILE *file,
                     struct error *err);
