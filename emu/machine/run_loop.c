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

void machine_request_stop(struct machine *machine, enum machine_stop stop, int status)
{
    /* The first one counts; but who only wants attention gets it the next time. */
    if (machine->is_stop_pending && machine->stop != MACHINE_ATTENTION) return;
    machine->is_stop_pending = true;
    machine->stop = stop;
    if (stop != MACHINE_ATTENTION) {
        machine->exit_status = status;
    }
    if (machine->is_core_running) {
        cpu_lower_deadline(cpu_set_core(machine->cpus, machine->running_core), 0);
    }
}

void machine_request_reset(struct machine *machine)
{
    machine->resets++;
    if (machine->is_no_reboot) {
        machine_request_stop(machine, MACHINE_POWER_OFF, 0);
        return;
    }
    machine->is_reset_pending = true;
    if (machine->is_core_running) {
        cpu_lower_deadline(cpu_set_core(machine->cpus, machine->running_core), 0);
    }
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
    if (!machine->is_paused &&
        machine->serial_input.count + INBOX_PAYLOAD_BYTES <= SERIAL_INPUT_BYTES) {
        return inbox_take(machine->inbox, message);
    }
    return inbox_take_control(machine->inbox, message);
}

static void drain_inbox(struct machine *machine)
{
    struct inbox_message message;

    while (take_message(machine, &message)) {
        machine->is_dead = false;
        switch (message.kind) {
        case INBOX_SERIAL: serial_typed(&machine->serial_input, &message); break;
        case INBOX_POWER_KEY: acpi_pm_power_button(machine->parts.acpi_pm); break;
        case INBOX_STOP:
            machine->is_paused = false;
            machine_request_stop(machine, MACHINE_STOPPED, 0);
            break;
        case INBOX_RESET: machine_request_reset(machine); break;
        case INBOX_ATTENTION: machine_request_stop(machine, MACHINE_ATTENTION, 0); break;
        case INBOX_KEY:
        case INBOX_POINTER:
        case INBOX_TABLET: machine_input(machine, &message); break;
        case INBOX_PAUSE: machine->is_paused = true; break;
        case INBOX_RESUME: machine->is_paused = false; break;
        case INBOX_NMI:
            if (message.target < machine->config.cores) {
                cpu_nmi(cpu_set_core(machine->cpus, message.target));
            }
            break;
        }
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

/* Runs every core up to `deadline`. Returns the edge that was reached, which no running core is
 * behind; VTIME_NEVER when every core is halted or waits for a start-up IPI, and none was woken. */
static vtime run_cores(struct machine *machine, vtime deadline)
{
    vtime edge = VTIME_NEVER;

    machine->signalled_at = VTIME_NEVER;
    for (unsigned i = 0; i < machine->config.cores; i++) {
        struct cpu *cpu = cpu_set_core(machine->cpus, i);
        enum cpu_stop stop;

        machine_memory_sync(machine);
        machine->running_core = i;
        machine->is_core_running = true;
        bus_set_initiator(machine->memory, i);
        bus_set_initiator(machine->ports, i);
        stop = cpu_run(cpu, deadline);
        machine->is_core_running = false;
        if (stop == CPU_STOP_TRIPLE_FAULT) {
            machine_request_reset(machine);
        }
        if (stop == CPU_STOP_DEADLINE) {
            edge = min_u64(edge, cpu_now(cpu));
        }
    }
    machine->running_core = 0;
    bus_set_initiator(machine->memory, 0);
    bus_set_initiator(machine->ports, 0);
    if (edge == VTIME_NEVER && machine->signalled_at != VTIME_NEVER) {
        edge = min_u64(machine->signalled_at, deadline);
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

    return min_u64(min_u64(sched_next(machine->sched), end), is_alone ? until : VTIME_NEVER);
}

/* Every core is halted: time jumps to the next event, as far as the host's pace allows. When no
 * event is left that could wake a core, only input can, and the screen will not change any more.
 * False when nothing will ever happen. */
static bool skip_idle(struct machine *machine, vtime until)
{
    const struct host_pacer *pacer = &machine->config.pacer;
    const vtime before = machine->now;
    vtime next = min_u64(sched_next(machine->sched), until);

    if (sched_next_waking(machine->sched) == VTIME_NEVER) {
        vega10_show(machine->parts.display);
        next = until;
        machine->is_dead = pacer->idle == NULL;
    }
    if (next > machine->now && pacer->idle != NULL) {
        next = pacer->idle(pacer->ctx, machine->now, next);
    }
    if (next == VTIME_NEVER) return false;
    machine->now = max_u64(machine->now, next);
    machine->idle_time += machine->now - before;
    return true;
}

static void fire_events(struct machine *machine)
{
    sched_run_until(machine->sched, machine->now);
    for (unsigned i = 0; i < machine->config.cores; i++) {
        /* A core that ran is not behind; one that is halted wakes now at the earliest. */
        cpu_skip_to(cpu_set_core(machine->cpus, i), machine->now);
    }
}

static void dump_trace(void *ctx)
{
    const struct machine *machine = ctx;

    trace_dump(machine->trace, STDERR_FILENO, BUG_DUMP_RECORDS);
}

static enum machine_stop run(struct machine *machine, vtime until)
{
    machine->is_dead = false;
    for (;;) {
        vtime deadline;
        vtime edge;

        drain_inbox(machine);
        /* Who asked for attention finds the machine as a reset that was asked for before has left it. */
        if (machine->is_reset_pending &&
            (!machine->is_stop_pending || machine->stop == MACHINE_ATTENTION)) {
            reset_all(machine);
        }
        if (machine->is_stop_pending) {
            machine->is_stop_pending = false;
            return machine->stop;
        }
        if (machine->now >= until) return MACHINE_TIME_LIMIT;
        if (machine->is_paused) {
            inbox_wait_more(machine->inbox, -1);
            continue;
        }
        deadline = next_edge(machine, until);
        edge = run_cores(machine, deadline);
        machine_faults_settle(machine);
        if (edge != VTIME_NEVER) {
            machine->is_dead = false;
            machine->now = max_u64(machine->now, edge);
        } else if (!machine->is_stop_pending && !machine->is_reset_pending &&
                   !skip_idle(machine, until)) {
            return MACHINE_DEAD;
        }
        fire_events(machine);
    }
}

enum machine_stop machine_run(struct machine *machine, vtime until)
{
    const struct bug_reporter reporter = {.dump = dump_trace, .ctx = machine};
    struct bug_reporter previous;
    enum machine_stop stop;

    bug_reporter_set(&reporter, &previous);
    stop = run(machine, until);
    bug_reporter_set(&previous, NULL);
    return stop;
}
