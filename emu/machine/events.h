/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine itself puts into the trace, and a list of everything that may be in there. */
#pragma once

#include "emu/core/events.h"
#include "emu/machine/machine.h"

extern const struct trace_desc machine_event_secure_boot; /* what the T2 said of the firmware */
extern const struct trace_desc machine_event_ram_overlap; /* place or number: the guest's layout */

/* Every kind of event that there can be in a run of this machine: each device's own, those that any device
 * makes, those of the machine ("machine"). Returns how many there are; writes at most `room` of them. Good as
 * long as the machine. */
size_t machine_list_events(const struct machine *machine, struct trace_kind *list, size_t room);
