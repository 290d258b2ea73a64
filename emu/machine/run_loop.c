/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run loop. Time advances from edge to edge: an edge is the next event, the end of a quantum or
 * the limit of the caller, whichever comes first. Between two edges the cores run one after the
 * other, always in the same order; at an edge events fire, requests are carried out and host input
 * enters. Nothing else decides what happens when (docs/determinism.md).
 */
#include <unistd.h>

#include "devices/chipset/acpi_pm.h"
#include "devices/display/vega10.h"
#include "devices/serial/uart16550.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/core/inbox.h"
#include "emu/core/sched.h"
#include "emu/machine/machine_internal.h"

/* One core: only host input waits for the edge. Several: also interrupts between cores, hence the
 * shorter quantum (cores.md 3). */
#define QUANTUM_ONE_CORE VTIME_MS(1)
#define QUANTUM_CORES    VTIME_US(10)

/* Records shown when we find a bug of our own. */
#define BUG_DUMP_RECORDS 200

void machine_lower_deadline(struct machine *machine, vtime when)
{
    if (!machine->is_core_running) return;
    machine->turn.core_deadline = min_u64(machine->turn.core_deadline, when);
    cpu_lower_deadline(cpu_set_core(machine->cpus, machine->running_core), when);
}

void machine_set_next_beat(struct machine *machine)
{
    const vtime beats = machine->now / MACHINE_BEAT;

    machine->next_beat =
        beats >= VTIME_NEVER / MACHINE_BEAT ? VTIME_NEVER : (beats + 1) * MACHINE_BEAT;
}

void machine_request_stop(struct machine *machine, enum machine_stop stop, int status)
{
    /* The first one counts; but who only wants attention gets it the next time. */
    if (machine->is_stop_pending && machine->stop != MACHINE_ATTENTION) return;
    machine->is_stop_pending = true;
    machine->stop = stop;
    if (stop != MACHINE_ATTENTION) {
        machine->exit_status = status;
    }
    machine_lower_deadline(machine, 0);
}

void machine_request_reset(struct machine *machine)
{
    machine->resets++;
    if (machine->is_no_reboot) {
        machine_request_stop(machine, MACHINE_POWER_OFF, 0);
        return;
    }
    machine->is_reset_pending = true;
    machine_lower_deadline(machine, 0);
}

/* PCI reset and INIT of every part; RAM and sticky registers keep their contents. */
static void reset_all(struct machine *machine)
{
    machine->is_reset_pending = false;
    machine_memory_no_evict(machine, false);
    for (size_t i = 0; i < machine->device_count; i++) {
        device_reset(machine->devices[i], RESET_BUS);
    }
    for (unsigned i = 0; i < machine->config.cores; i++) {
        cpu_reset(cpu_set_core(machine->cpus, i), machine->now);
    }
}

static void serial_typed(struct serial_input *input, const struct inbox_message *message)
{
    for (size_t i = 0; i < message->bytes && input->count < SERIAL_INPUT_BYTES; i++) {
        input->data[(input->head + input->count) % SERIAL_INPUT_BYTES] = message->payload[i];
        input->count++;
    }
}

void machine_feed_serial(struct machine *machine)
{
    struct serial_input *input = &machine->serial_input;

    while (input->count > 0 && uart16550_can_receive(machine->parts.uart)) {
        uint8_t byte = input->data[input->head];

        input->head = (input->head + 1) % SERIAL_INPUT_BYTES;
        input->count--;
        (void)uart16550_receive(machine->parts.uart, byte);
    }
}

/* Typed bytes wait in the inbox while there is no room for them, or nobody runs who could read them;
 * what controls the machine does not wait behind them. */
static bool take_message(struct machine *machine, struct inbox_message *message)
{
    if (machine->watch.is_inbox_closed) return inbox_take_order(machine->inbox, message);
    if (!machine->is_paused &&
        machine->serial_input.count + INBOX_PAYLOAD_BYTES <= SERIAL_INPUT_BYTES) {
        return inbox_take(machine->inbox, message);
    }
    return inbox_take_control(machine->inbox, message);
}

static void take_effect(struct machine *machine, const struct inbox_message *message)
{
    machine->is_dead = false;
    switch (message->kind) {
    case INBOX_SERIAL: serial_typed(&machine->serial_input, message); break;
    case INBOX_POWER_KEY: acpi_pm_power_button(machine->parts.acpi_pm); break;
    case INBOX_STOP:
        machine->is_paused = false;
        machine_request_stop(machine, MACHINE_STOPPED, 0);
        break;
    case INBOX_RESET: machine_request_reset(machine); break;
    case INBOX_ATTENTION: machine_request_stop(machine, MACHINE_ATTENTION, 0); break;
    case INBOX_KEY:
    case INBOX_POINTER:
    case INBOX_TABLET: machine_input(machine, message); break;
    case INBOX_PAUSE: machine->is_paused = true; break;
    case INBOX_RESUME: machine->is_paused = false; break;
    case INBOX_NMI:
        if (message->target < machine->config.cores) {
            cpu_nmi(cpu_set_core(machine->cpus, message->target));
        }
        break;
    }
}

void machine_deliver(struct machine *machine, const struct inbox_message *message)
{
    BUG_ON(!machine_is_at_edge(machine) || inbox_is_order(message));
    take_effect(machine, message);
}

static void drain_inbox(struct machine *machine)
{
    const struct machine_observer *observer = &machine->watch.observer;
    struct inbox_message message;

    while (take_message(machine, &message)) {
        if (observer->input != NULL && !inbox_is_order(&message)) {
            observer->input(observer->ctx, &message);
        }
        take_effect(machine, &message);
    }
    machine_feed_serial(machine);
}

/* A core that had its turn already may have been woken by a later one: the machine is not idle
 * then. */
void machine_core_signalled(struct machine *machine, unsigned core)
{
    if (machine->is_core_running && core != machine->running_core) {
        machine->signalled_at = sched_now(machine->sched);
    }
}

static void open_turn(struct machine *machine, vtime deadline)
{
    machine->turn = (struct machine_turn){
        .is_open = true, .deadline = deadline, .core_deadline = deadline, .edge = VTIME_NEVER};
    machine->signalled_at = VTIME_NEVER;
}

static enum cpu_stop run_core(struct machine *machine, struct cpu *cpu,
                              const struct machine_goal *goal)
{
    const struct machine_turn *turn = &machine->turn;
    const uint64_t before = cpu_boundary(cpu);
    const unsigned looked = cpu_look_count(cpu);
    enum cpu_stop stop;

    machine_memory_sync(machine);
    machine->running_core = turn->core;
    machine->is_core_running = true;
    bus_set_initiator(machine->memory, turn->core);
    bus_set_initiator(machine->ports, turn->core);
    if (goal->step == MACHINE_STEP_LOOK && (looked > 0 || cpu_now(cpu) < turn->core_deadline)) {
        stop = cpu_look(cpu);
    } else {
        stop = cpu_run(cpu, turn->core_deadline);
    }
    machine->is_core_running = false;
    machine->running_core = 0;
    bus_set_initiator(machine->memory, 0);
    bus_set_initiator(machine->ports, 0);
    if (cpu_boundary(cpu) != before || cpu_look_count(cpu) != looked) {
        machine->turn.has_run = true;
        if (goal->step != MACHINE_STEP_NONE) machine->watch.is_break_pending = true;
    }
    return stop;
}

/* What a core's turn has come to. */
static void end_core(struct machine *machine, struct cpu *cpu, enum cpu_stop stop)
{
    struct machine_turn *turn = &machine->turn;

    if (stop == CPU_STOP_TRIPLE_FAULT) machine_request_reset(machine);
    if (stop == CPU_STOP_DEADLINE) turn->edge = min_u64(turn->edge, cpu_now(cpu));
    turn->core++;
    turn->core_deadline = turn->deadline;
}

/* Where the core whose turn it is has to stop for somebody who looks. */
static uint64_t stop_ticks(struct machine *machine, const struct machine_goal *goal)
{
    const struct machine_instant *to = goal->to;
    struct machine_instant here;

    if (goal->step == MACHINE_STEP_BLOCK) {
        return cpu_boundary(cpu_set_core(machine->cpus, machine->turn.core)) + 1;
    }
    if (to == NULL) return UINT64_MAX;
    machine_get_instant(machine, &here);
    if (machine->config.cores == 1) return to->ticks;
    return to->quantum == here.quantum && to->edge == here.edge && to->core == here.core
               ? to->ticks
               : UINT64_MAX;
}

static bool is_there(struct machine *machine, const struct machine_goal *goal)
{
    struct machine_instant here;

    if (goal->to == NULL) return false;
    machine_get_instant(machine, &here);
    here.looked = goal->to->looked; /* steps inside the block come later */
    return machine_instant_compare(machine, &here, goal->to) >= 0;
}

/* Where a core's turn is over, nobody stands: what comes next would be at the same instant. So however
 * somebody comes to an instant, the same has happened. */
static bool is_over(const struct machine *machine, struct cpu *cpu, enum cpu_stop *stop)
{
    if (cpu_look_count(cpu) > 0) return false;
    cpu_set_stop_at(cpu, 0);
    *stop = cpu_run(cpu, machine->turn.core_deadline);
    return *stop != CPU_STOP_BREAK;
}

/* Each core runs up to the deadline in its turn. False: broken off, the machine stands within a turn. */
static bool take_turns(struct machine *machine, const struct machine_goal *goal)
{
    struct machine_turn *turn = &machine->turn;

    while (turn->core < machine->config.cores) {
        struct cpu *cpu = cpu_set_core(machine->cpus, turn->core);
        enum cpu_stop stop;

        if (machine->watch.is_break_pending || is_there(machine, goal)) {
            if (!is_over(machine, cpu, &stop)) {
                machine->watch.is_break_pending = false;
                return false;
            }
            end_core(machine, cpu, stop);
            continue;
        }
        cpu_set_stop_at(cpu, stop_ticks(machine, goal));
        stop = run_core(machine, cpu, goal);
        if (stop != CPU_STOP_BREAK && stop != CPU_STOP_STEP) end_core(machine, cpu, stop);
    }
    return true;
}

/* The edge that was reached, which no running core is behind; VTIME_NEVER when every core is halted or
 * waits for a start-up IPI, and none was woken. */
static vtime close_turn(struct machine *machine)
{
    struct machine_turn *turn = &machine->turn;
    vtime edge = turn->edge;

    turn->is_open = false;
    /* With one core their number depends on who asked for how much at a time. */
    if (turn->has_run && machine->config.cores > 1) machine->quanta++;
    if (edge == VTIME_NEVER && machine->signalled_at != VTIME_NEVER) {
        edge = min_u64(machine->signalled_at, turn->deadline);
    }
    return edge;
}

/* Where the cores stop at the latest. With one core it makes no difference in how many pieces a run
 * is asked for. With several it would, because they take turns: there the caller's limit waits for
 * the end of the quantum. */
static vtime next_edge(const struct machine *machine, vtime until)
{
    const bool is_alone = machine->config.cores == 1;
    const vtime quantum = is_alone ? QUANTUM_ONE_CORE : QUANTUM_CORES;
    vtime end = machine->now > VTIME_NEVER - quantum ? VTIME_NEVER : machine->now + quantum;

    end = min_u64(min_u64(sched_next(machine->sched), end), machine->next_beat);
    return min_u64(end, is_alone ? until : VTIME_NEVER);
}

/* When the last core halted. What comes in from then on takes effect then, not when the turn began: no edge
 * is behind a core, so each can be made again. */
static vtime rest_begin(const struct machine *machine)
{
    vtime begin = machine->now;

    for (unsigned i = 0; i < machine->config.cores; i++) {
        begin = max_u64(begin, cpu_now(cpu_set_core(machine->cpus, i)));
    }
    return begin;
}

/* Every core is halted: time jumps to the next event, as far as the host's pace allows. When no
 * event is left that could wake a core, only input can, and the screen will not change any more.
 * False when nothing will ever happen. */
static bool skip_idle(struct machine *machine, vtime until)
{
    const struct host_pacer *pacer = &machine->config.pacer;
    const vtime before = machine->now;
    vtime next = min_u64(sched_next(machine->sched), until);
    vtime rest;

    if (sched_next_waking(machine->sched) == VTIME_NEVER) {
        vega10_show(machine->parts.display);
        next = until;
        machine->is_dead = pacer->idle == NULL;
    }
    rest = rest_begin(machine);
    if (next > rest && pacer->idle != NULL) {
        next = pacer->idle(pacer->ctx, rest, next);
    }
    if (next == VTIME_NEVER) return false;
    machine->now = max_u64(machine->now, next);
    machine->idle_time += machine->now - before;
    return true;
}

static void fire_events(struct machine *machine)
{
    for (unsigned i = 0; i < machine->config.cores; i++) {
        /* A core that ran is not behind; one that is halted wakes now at the earliest. */
        cpu_skip_to(cpu_set_core(machine->cpus, i), machine->now);
    }
    sched_run_until(machine->sched, machine->now);
}

/* In every run, whether or not anybody is there who takes a checkpoint: so nobody can tell. */
static void beat(struct machine *machine)
{
    const struct machine_observer *observer = &machine->watch.observer;

    if (machine->now < machine->next_beat) return;
    machine_set_next_beat(machine);
    machine_memory_sync(machine);
    cpu_set_start_tlbs(machine->cpus);
    if (observer->beat != NULL) observer->beat(observer->ctx);
}

static void dump_trace(void *ctx)
{
    const struct machine *machine = ctx;

    trace_dump(machine->trace, STDERR_FILENO, BUG_DUMP_RECORDS);
}

/* Between two quanta. False: there is a reason to come back, in `*stop`. */
static bool at_edge(struct machine *machine, const struct machine_goal *goal,
                    enum machine_stop *stop)
{
    if (machine->watch.is_break_pending || is_there(machine, goal)) {
        machine->watch.is_break_pending = false;
        *stop = MACHINE_BREAK;
        return false;
    }
    drain_inbox(machine);
    /* Who asked for attention finds the machine as a reset that was asked for before has left it. */
    if (machine->is_reset_pending &&
        (!machine->is_stop_pending || machine->stop == MACHINE_ATTENTION)) {
        reset_all(machine);
    }
    if (machine->is_stop_pending) {
        machine->is_stop_pending = false;
        *stop = machine->stop;
        return false;
    }
    *stop = MACHINE_TIME_LIMIT;
    return machine->now < goal->until;
}

/* From the end of a quantum to the next edge. False: nothing will ever happen. */
static bool to_edge(struct machine *machine, const struct machine_goal *goal)
{
    const vtime edge = close_turn(machine);

    machine_faults_settle(machine);
    if (edge != VTIME_NEVER) {
        machine->is_dead = false;
        machine->now = max_u64(machine->now, edge);
    } else if (!machine->is_stop_pending && !machine->is_reset_pending &&
               !skip_idle(machine, goal->until)) {
        return false;
    }
    fire_events(machine);
    beat(machine);
    if (goal->step != MACHINE_STEP_NONE) machine->watch.is_break_pending = true;
    return true;
}

static enum machine_stop run(struct machine *machine, const struct machine_goal *goal)
{
    enum machine_stop stop;

    machine->is_dead = false;
    for (;;) {
        if (!machine->turn.is_open) {
            if (!at_edge(machine, goal, &stop)) return stop;
            if (machine->is_paused) {
                inbox_wait_more(machine->inbox, -1);
                continue;
            }
            open_turn(machine, next_edge(machine, goal->until));
        } else if (machine->config.cores == 1) {
            machine->turn.deadline = min_u64(machine->turn.deadline, goal->until);
            machine->turn.core_deadline = min_u64(machine->turn.core_deadline, goal->until);
        }
        if (!take_turns(machine, goal)) return MACHINE_BREAK;
        if (!to_edge(machine, goal)) return MACHINE_DEAD;
    }
}

enum machine_stop machine_run_goal(struct machine *machine, const struct machine_goal *goal)
{
    const struct bug_reporter reporter = {.dump = dump_trace, .ctx = machine};
    struct bug_reporter previous;
    enum machine_stop stop;

    bug_reporter_set(&reporter, &previous);
    stop = run(machine, goal);
    bug_reporter_set(&previous, NULL);
    return stop;
}

enum machine_stop machine_run(struct machine *machine, vtime until)
{
    return machine_run_goal(machine, &(struct machine_goal){.until = until});
}
