/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Motion. The debugger steps the core whose turn it is; GDB wants one of its choice to get on by an instruction. So the
 * others have their turns until it did. Backwards they have them block by block, for each step back costs
 * a run from a checkpoint; when that went past instructions of the core, the last of them is looked for forwards.
 */
#include "emu/cpu/cpu.h"
#include "emu/cpu/probe.h"
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/machine/instant.h"
#include "emu/machine/machine.h"

#define STALE_MAX 64u

bool gdb_is_interrupted(struct gdb_server *server)
{
    return atomic_load(&server->has_hung_up) ||
           atomic_load(&server->interrupts_seen) != server->interrupts_passed;
}

/* An interrupt that came just before the run began is not lost. */
static void progress(void *ctx, int permille)
{
    struct gdb_server *server = ctx;

    (void)permille;
    if (gdb_is_interrupted(server)) history_interrupt(server->config.history);
}

/* A stop that nobody asked for: the message of an interrupt that has done its work already. Not for ever: a machine
 * that does not get on looks the same. */
static bool is_stale(struct gdb_server *server, enum history_stop stop)
{
    if (stop != HISTORY_INTERRUPTED || gdb_is_interrupted(server)) return false;
    if (history_machine_stop(server->config.history) == MACHINE_STOPPED) return false;
    server->stale_stops++;
    return server->stale_stops <= STALE_MAX;
}

enum history_stop gdb_continue(struct gdb_server *server, bool is_back, struct error *err)
{
    enum history_stop stop;

    server->stale_stops = 0;
    history_set_progress(server->config.history, progress, server);
    do {
        if (gdb_is_interrupted(server)) return HISTORY_INTERRUPTED;
        stop = debugger_continue(server->config.debugger, is_back, err);
    } while (is_stale(server, stop));
    return stop;
}

/* ---- One core ---- */

/* Where a core is in its own course. */
struct course {
    uint64_t ticks;
    unsigned looked;
    bool is_halted;
};

static struct course course_of(struct gdb_server *server, unsigned core)
{
    struct cpu *cpu = machine_cpu(server->config.machine, core);

    return (struct course){
        .ticks = cpu_boundary(cpu), .looked = cpu_look_count(cpu), .is_halted = cpu_is_halted(cpu)};
}

/* The clock of a halted core is moved, too. */
static bool has_moved(const struct course *before, const struct course *now)
{
    if (before->is_halted && now->is_halted) return false;
    return before->ticks != now->ticks || before->looked != now->looked;
}

static unsigned whose_turn(struct gdb_server *server)
{
    struct history_place here;

    history_here(server->config.history, &here);
    return here.at.core;
}

static enum history_stop one(struct gdb_server *server, enum history_step step, bool is_back,
                             struct error *err)
{
    enum history_stop stop;

    if (gdb_is_interrupted(server)) return HISTORY_INTERRUPTED;
    stop = debugger_step(server->config.debugger, step, is_back, err);
    /* Who steps looks whether the core has got on. */
    return is_stale(server, stop) ? HISTORY_THERE : stop;
}

static enum history_stop step_forward(struct gdb_server *server, unsigned core, struct error *err)
{
    const struct course before = course_of(server, core);
    struct course now = before;
    enum history_stop stop = HISTORY_THERE;

    while (stop == HISTORY_THERE && !has_moved(&before, &now)) {
        const bool is_turn = whose_turn(server) == core;

        stop = one(server, is_turn ? HISTORY_INSN : HISTORY_BLOCK, false, err);
        now = course_of(server, core);
    }
    return stop;
}

/* Forwards by instructions until the core stands at `there` again, then back over the last of them. */
static enum history_stop find_last(struct gdb_server *server, unsigned core,
                                   const struct course *there, struct error *err)
{
    struct course now = course_of(server, core);
    enum history_stop stop = HISTORY_THERE;

    while (stop == HISTORY_THERE && (now.ticks < there->ticks ||
                                     (now.ticks == there->ticks && now.looked < there->looked))) {
        stop = one(server, HISTORY_INSN, false, err);
        now = course_of(server, core);
    }
    return stop == HISTORY_THERE ? one(server, HISTORY_INSN, true, err) : stop;
}

static enum history_stop step_back(struct gdb_server *server, unsigned core, struct error *err)
{
    const struct course before = course_of(server, core);
    struct course now = before;
    enum history_stop stop = HISTORY_THERE;
    bool is_turn = true;

    while (stop == HISTORY_THERE && !has_moved(&before, &now)) {
        is_turn = whose_turn(server) == core;
        stop = one(server, is_turn ? HISTORY_INSN : HISTORY_BLOCK, true, err);
        now = course_of(server, core);
    }
    return stop == HISTORY_THERE && !is_turn ? find_last(server, core, &before, err) : stop;
}

enum history_stop gdb_step(struct gdb_server *server, unsigned core, bool is_back,
                           struct error *err)
{
    server->stale_stops = 0;
    if (server->cores == 1) core = 0;
    if (core == GDB_ANY_CORE) return one(server, HISTORY_INSN, is_back, err);
    return is_back ? step_back(server, core, err) : step_forward(server, core, err);
}

enum history_stop gdb_step_range(struct gdb_server *server, unsigned core, uint64_t first,
                                 uint64_t end, struct error *err)
{
    enum history_stop stop;
    uint64_t pc;

    do {
        stop = gdb_step(server, core, false, err);
        pc = gdb_pc(server, core);
    } while (stop == HISTORY_THERE && pc >= first && pc < end);
    return stop;
}
