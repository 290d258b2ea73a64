/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside a block: for now a block is one step (CPU replaces this file). */
#include "emu/cpu/internal.h"
#include "emu/cpu/probe.h"

unsigned cpu_look_count(const struct cpu *cpu)
{
    (void)cpu;
    return 0;
}

enum cpu_stop cpu_look(struct cpu *cpu)
{
    const uint64_t stop_at = cpu->stop_at;
    enum cpu_stop stop;

    cpu_set_stop_at(cpu, cpu_boundary(cpu) + 1);
    stop = cpu_run(cpu, UINT64_MAX / 2);
    cpu_set_stop_at(cpu, stop_at);
    return stop == CPU_STOP_BREAK ? CPU_STOP_STEP : stop;
}
