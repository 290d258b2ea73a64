/* SPDX-License-Identifier: GPL-2.0-only */
/* Instants: where a machine stands, and how it gets to another one. The motion itself is run_loop.c's. */
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/machine/machine_internal.h"

vtime machine_beat_from(vtime when)
{
    const vtime beats = when / MACHINE_BEAT + (when % MACHINE_BEAT != 0);

    return beats > VTIME_NEVER / MACHINE_BEAT ? when : beats * MACHINE_BEAT;
}

static struct cpu *whose_turn(const struct machine *machine, unsigned *core)
{
    const struct machine_turn *turn = &machine->turn;

    *core = turn->is_open && turn->core < machine->config.cores ? turn->core : 0;
    return cpu_set_core(machine->cpus, *core);
}

void machine_get_instant(struct machine *machine, struct machine_instant *at)
{
    unsigned core;
    const struct cpu *cpu = whose_turn(machine, &core);

    *at = (struct machine_instant){.edge = machine->now,
                                   .quantum = machine->quanta,
                                   .ticks = cpu_boundary(cpu),
                                   .core = core,
                                   .looked = cpu_look_count(cpu)};
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* With one core the clock of that core orders everything, and edges do not: a caller's limits make some.
 * With several, quanta are the same in each run, and a quantum without a core that ran is passed in no
 * time. */
int machine_instant_compare(const struct machine *machine, const struct machine_instant *a,
                            const struct machine_instant *b)
{
    int order = 0;

    if (machine->config.cores > 1) {
        order = compare(a->quantum, b->quantum);
        if (order == 0) order = compare(a->edge, b->edge);
        if (order == 0) order = compare(a->core, b->core);
    }
    if (order == 0) order = compare(a->ticks, b->ticks);
    return order != 0 ? order : compare(a->looked, b->looked);
}

bool machine_is_at_edge(const struct machine *machine)
{
    return !machine->turn.is_open;
}

vtime machine_look_now(struct machine *machine)
{
    unsigned core;
    const struct cpu *cpu = whose_turn(machine, &core);

    return machine->turn.is_open ? max_u64(machine->now, cpu_now(cpu)) : machine->now;
}

/* An edge that a caller's limit or the host's pace has made is made again: its time is the limit first.
 * Steps inside the block never reach past it: `to` is a place where the run comes by. */
enum machine_stop machine_run_to_within(struct machine *machine, const struct machine_instant *to,
                                        vtime until)
{
    const vtime limit = to->edge > machine->now ? min_u64(to->edge, until) : until;
    const struct machine_goal goals[] = {{.until = limit, .to = to}, {.until = until, .to = to}};
    enum machine_stop stop = machine_run_goal(machine, &goals[0]);
    struct machine_instant here;

    if (stop == MACHINE_TIME_LIMIT && limit < until) stop = machine_run_goal(machine, &goals[1]);
    machine_get_instant(machine, &here);
    while (stop == MACHINE_BREAK && here.ticks == to->ticks && here.core == to->core &&
           here.looked < to->looked) {
        stop = machine_look(machine);
        machine_get_instant(machine, &here);
    }
    return stop;
}

void machine_break(struct machine *machine)
{
    machine->watch.is_break_pending = true;
    if (machine->is_core_running) cpu_break(cpu_set_core(machine->cpus, machine->running_core));
}

static enum machine_stop step(struct machine *machine, enum machine_step how, vtime until)
{
    return machine_run_goal(machine, &(struct machine_goal){.until = until, .step = how});
}

enum machine_stop machine_look_within(struct machine *machine, vtime until)
{
    return step(machine, MACHINE_STEP_LOOK, until);
}

enum machine_stop machine_step_block_within(struct machine *machine, vtime until)
{
    return step(machine, MACHINE_STEP_BLOCK, until);
}

enum machine_stop machine_run_to(struct machine *machine, const struct machine_instant *to)
{
    return machine_run_to_within(machine, to, VTIME_NEVER);
}

enum machine_stop machine_look(struct machine *machine)
{
    return machine_look_within(machine, VTIME_NEVER);
}

enum machine_stop machine_step_block(struct machine *machine)
{
    return machine_step_block_within(machine, VTIME_NEVER);
}
