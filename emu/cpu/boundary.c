/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boundaries between blocks (probe.h), by the core's clock.
 *
 * Each block keeps what was left of the slice when it began (meter.c); whatever moves the end of a slice
 * moves that along, so the end less that is the clock as the block began. Between blocks both are the
 * clock: a turn of the loop says so, and so does what looks up a block to jump to.
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/cpu/probe.h"

#define NOWHERE UINT64_MAX

uint64_t cpu_boundary(const struct cpu *cpu)
{
    return cpu->slice_end - (uint64_t)cpu->env->meter_begin;
}

void cpu_block_ends(struct seam_env *env)
{
    env->meter_begin = env->meter_left;
}

void cpu_move_slice_end(struct cpu *cpu, uint64_t ticks)
{
    int64_t earlier = (int64_t)(cpu->slice_end - ticks);

    cpu->env->meter_left -= earlier;
    cpu->env->meter_begin -= earlier;
    cpu->slice_end = ticks;
}

void cpu_set_stop_at(struct cpu *cpu, uint64_t ticks)
{
    cpu->stop_at = ticks;
}

bool cpu_has_break(const struct cpu *cpu)
{
    return cpu->is_breaking || (cpu->stop_at != NOWHERE && cpu_ticks(cpu) >= cpu->stop_at);
}

void cpu_break(struct cpu *cpu)
{
    if (cpu->is_running) {
        cpu->is_breaking = true;
        cpu_kick(cpu);
    }
}
