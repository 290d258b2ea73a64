/* SPDX-License-Identifier: GPL-2.0-only */
/* A core's clock and its run loop from outside: deadlines, slices, stops. */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/cpu/probe.h"

/* 3.2 GHz: a cycle is 625/2 ps. */
#define PS_PER_TWO_CYCLES 625u

static uint64_t ticks_of_vtime(vtime time)
{
    uint64_t cycles = muldiv_up_u64(time, 2, PS_PER_TWO_CYCLES);

    return cycles > UINT64_MAX / 2 / TIMING_TICKS_PER_CYCLE ? UINT64_MAX / 2
                                                            : cycles * TIMING_TICKS_PER_CYCLE;
}

uint64_t cpu_ticks(const struct cpu *cpu)
{
    return cpu->slice_end - (uint64_t)cpu->env->meter_left;
}

uint64_t cpu_cycles(const struct cpu *cpu)
{
    return cpu_ticks(cpu) / TIMING_TICKS_PER_CYCLE;
}

vtime cpu_now(const struct cpu *cpu)
{
    return muldiv_u64(cpu_cycles(cpu), PS_PER_TWO_CYCLES, 2);
}

void cpu_charge(struct cpu *cpu, enum timing_event event)
{
    cpu->env->meter_left -= timing_event_ticks(cpu->set->timing, event);
}

void cpu_kick(struct cpu *cpu)
{
    if (cpu->env->meter_left > 0) {
        cpu_move_slice_end(cpu, cpu_ticks(cpu));
    }
}

static void slice_begin(struct cpu *cpu, bool is_for_one)
{
    uint64_t now = cpu_ticks(cpu);
    uint64_t end = cpu->deadline < cpu->stop_at ? cpu->deadline : cpu->stop_at;
    uint64_t left = end > now ? end - now : 0;

    if (left > (uint64_t)CPU_SLICE_TICKS) {
        left = (uint64_t)CPU_SLICE_TICKS;
    }
    if (is_for_one) {
        left = 1;
    }
    cpu->instructions += cpu->env->meter_tally % CPU_TALLY_BLOCK;
    cpu->blocks += cpu->env->meter_tally / CPU_TALLY_BLOCK;
    cpu->env->meter_tally = 0;
    cpu_move_slice_end(cpu, now + left);
}

void cpu_slice_begin(struct cpu *cpu)
{
    slice_begin(cpu, cpu->is_stepping);
}

void cpu_slice_begin_for_one(struct cpu *cpu)
{
    slice_begin(cpu, true);
}

enum cpu_stop cpu_run_loop(struct cpu *cpu)
{
    struct cpu *previous;

    cpu_thread_enter(cpu, &previous);
    cpu_watch_begin(cpu);
    cpu->is_running = true;
    cpu->has_stop = false;
    cpu_slice_begin(cpu);
    while (!cpu->has_stop) {
        uc_err status = uc_emu_start(cpu->uc, cpu->env->eip, 0, 0, 0);

        BUG_ON(status != UC_ERR_OK);
    }
    cpu->is_running = false;
    cpu->is_breaking = false;
    cpu->is_continued = cpu->stop == CPU_STOP_BREAK || cpu->stop == CPU_STOP_STEP;
    cpu->host_pc = 0;
    cpu_slice_begin(cpu);
    cpu_block_ends(cpu->env);
    cpu_thread_leave(previous);
    return cpu->stop;
}

/* A core that waits for a start-up IPI takes nothing else but a machine check, and that only to
 * shut down: INIT has cleared CR4.MCE. */
static enum cpu_stop stop_waiting(struct cpu *cpu)
{
    if (cpu->mca.is_pending && !mca_begin(cpu)) {
        return CPU_STOP_TRIPLE_FAULT;
    }
    return CPU_STOP_WAIT_SIPI;
}

static uint64_t due(const struct cpu *cpu, vtime deadline)
{
    uint64_t ticks = ticks_of_vtime(deadline);

    return cpu->is_continued && cpu->lowered < ticks ? cpu->lowered : ticks;
}

bool cpu_is_due(const struct cpu *cpu, vtime deadline)
{
    return !cpu->look.is_inside && cpu_ticks(cpu) >= due(cpu, deadline);
}

static enum cpu_stop turn_ends(struct cpu *cpu, enum cpu_stop stop)
{
    cpu->is_continued = false;
    return stop;
}

enum cpu_stop cpu_run(struct cpu *cpu, vtime deadline)
{
    if (cpu->look.is_inside) {
        cpu->deadline = due(cpu, deadline);
        return cpu_look_go_on(cpu, CPU_LOOK_FINISH);
    }
    BUG_ON(cpu->is_running);
    if (cpu->is_continued && cpu_is_due(cpu, deadline)) {
        return turn_ends(cpu, CPU_STOP_DEADLINE);
    }
    if (cpu->waits_for_sipi) {
        return turn_ends(cpu, stop_waiting(cpu));
    }
    if (cpu->is_halted && !cpu_can_take_interrupt(cpu)) {
        return turn_ends(cpu, CPU_STOP_HALTED);
    }
    if (cpu_is_due(cpu, deadline)) {
        return turn_ends(cpu, CPU_STOP_DEADLINE);
    }
    if (!cpu->is_continued) {
        cpu->lowered = UINT64_MAX;
    }
    if (cpu_has_break(cpu)) {
        cpu->is_continued = true;
        return CPU_STOP_BREAK;
    }
    cpu->deadline = due(cpu, deadline);
    return cpu_run_loop(cpu);
}

enum cpu_stop cpu_step(struct cpu *cpu)
{
    enum cpu_stop stop;

    BUG_ON(cpu->is_running);
    if (cpu->waits_for_sipi) {
        return stop_waiting(cpu);
    }
    if (cpu->is_halted && !cpu_can_take_interrupt(cpu)) {
        return CPU_STOP_HALTED;
    }
    cpu->deadline = UINT64_MAX / 2;
    cpu->is_stepping = true;
    cpu->has_stepped = false;
    stop = cpu_run_loop(cpu);
    cpu->is_stepping = false;
    return stop;
}

enum cpu_stop cpu_look(struct cpu *cpu)
{
    if (cpu->look.is_inside) {
        return cpu_look_go_on(cpu, CPU_LOOK_STEP);
    }
    BUG_ON(cpu->is_running);
    if (cpu->waits_for_sipi) {
        return stop_waiting(cpu);
    }
    if (cpu->is_halted && !cpu_can_take_interrupt(cpu)) {
        return CPU_STOP_HALTED;
    }
    cpu->deadline = UINT64_MAX / 2;
    if (!cpu->is_continued) {
        cpu->lowered = UINT64_MAX;
    }
    return cpu_look_begin(cpu);
}

void cpu_lower_deadline(struct cpu *cpu, vtime deadline)
{
    uint64_t ticks = ticks_of_vtime(deadline);

    if (!cpu->is_running || ticks >= cpu->deadline) {
        return;
    }
    cpu->deadline = ticks;
    cpu->lowered = ticks < cpu->lowered ? ticks : cpu->lowered;
    if (ticks < cpu->slice_end) {
        cpu_move_slice_end(cpu, ticks);
    }
}

void cpu_skip_to(struct cpu *cpu, vtime now)
{
    uint64_t ticks = ticks_of_vtime(now);

    BUG_ON(cpu->is_running);
    if (ticks > cpu_ticks(cpu)) {
        cpu->slice_end = ticks;
        cpu->env->meter_left = 0;
        cpu_block_ends(cpu->env);
    }
}

bool cpu_is_halted(const struct cpu *cpu)
{
    return cpu->is_halted;
}

uint64_t cpu_block_count(const struct cpu *cpu)
{
    return cpu->blocks + cpu->env->meter_tally / CPU_TALLY_BLOCK;
}

uint64_t cpu_insn_count(const struct cpu *cpu)
{
    return cpu->instructions + cpu->env->meter_tally % CPU_TALLY_BLOCK;
}

void cpu_set_intr(struct cpu *cpu, bool level)
{
    cpu->intr = level;
    if (level && cpu->is_running) {
        cpu_kick(cpu);
    }
}

void cpu_nmi(struct cpu *cpu)
{
    cpu->nmi_pending = true;
    if (cpu->is_running) {
        cpu_kick(cpu);
    }
}
