/* SPDX-License-Identifier: GPL-2.0-only */
/* Who looks on: observers of what comes in, probes of buses and memory. */
#include <string.h>

#include "emu/base/bug.h"
#include "emu/machine/machine_internal.h"

void machine_set_observer(struct machine *machine, const struct machine_observer *observer)
{
    machine->watch.observer = observer != NULL ? *observer : (struct machine_observer){.ctx = NULL};
}

void machine_set_probe(struct machine *machine, const struct machine_probe *probe)
{
    machine->watch.probe = probe != NULL ? *probe : (struct machine_probe){.ctx = NULL};
}

void machine_set_inbox_closed(struct machine *machine, bool on)
{
    machine->watch.is_inbox_closed = on;
}

struct cpu_set *machine_cpus(struct machine *machine)
{
    return machine->cpus;
}

/* ---- Memory ---- */

bool machine_watch_memory(struct machine *machine, const struct machine_range *ranges, size_t count)
{
    struct machine_watch *watch = &machine->watch;

    if (count > CPU_PROBES_MAX) return false;
    if (count > 0) memcpy(watch->ranges, ranges, count * sizeof(*ranges));
    watch->range_count = count;
    machine_faults_loaded(machine);
    if (count > 0) cpu_set_guards_added(machine->cpus);
    return true;
}

static bool overlaps(const struct machine_range *range, uint64_t addr, uint64_t bytes)
{
    return addr - range->addr < range->bytes || range->addr - addr < bytes;
}

static bool is_in_ranges(const struct machine *machine, uint64_t addr, uint64_t bytes)
{
    const struct machine_watch *watch = &machine->watch;

    for (size_t i = 0; i < watch->range_count; i++) {
        if (overlaps(&watch->ranges[i], addr, bytes)) return true;
    }
    return false;
}

bool machine_is_watched(const struct machine *machine, uint64_t page)
{
    return is_in_ranges(machine, page, MACHINE_PAGE_BYTES);
}

void machine_tell_memory(struct machine *machine, unsigned core, bool is_write, uint64_t addr,
                         unsigned bytes)
{
    const struct machine_probe *probe = &machine->watch.probe;

    if (probe->memory != NULL && is_in_ranges(machine, addr, bytes)) {
        probe->memory(probe->ctx, core, is_write, addr, bytes);
    }
}
