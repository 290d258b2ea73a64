/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands of the control socket about memory and its faults (docs/control.md). Each returns a new
 * reference, or NULL with `err`. */
#pragma once

#include <jansson.h>

#include "emu/base/error.h"

struct machine;

json_t *control_query_memory(struct machine *machine);
json_t *control_query_faults(struct machine *machine);
json_t *control_fault_inject(struct machine *machine, json_t *arguments, struct error *err);
json_t *control_fault_repair(struct machine *machine, json_t *arguments, struct error *err);
