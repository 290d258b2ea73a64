/* SPDX-License-Identifier: GPL-2.0-only */
/* Birth and death of a machine, and what others may ask of it. Parts are created in the order of
 * DESIGN.md 2, from below. */
#include "emu/machine/machine.h"

#include <stdlib.h>

#include "devices/chipset/lapic.h"
#include "devices/storage/ans2.h"
#include "emu/base/bug.h"
#include "emu/core/inbox.h"
#include "emu/core/sched.h"
#include "emu/machine/machine_internal.h"
#include "emu/timing/timing.h"

static vtime source_now(void *ctx)
{
    struct machine *machine = ctx;

    return sched_now(machine->sched);
}

static vtime core_now(void *ctx)
{
    struct machine *machine = ctx;

    if (!machine->is_core_running) return 0;
    return cpu_now(cpu_set_core(machine->cpus, machine->running_core));
}

static uint64_t source_pc(void *ctx)
{
    struct machine *machine = ctx;

    if (!machine->is_core_running) return 0;
    return cpu_block_pc(cpu_set_core(machine->cpus, machine->running_core));
}

static unsigned source_core(void *ctx)
{
    struct machine *machine = ctx;

    return machine->running_core;
}

/* What a core does while it serves an interrupt follows from that. */
static uint64_t source_cause(void *ctx)
{
    struct machine *machine = ctx;

    if (!machine->is_core_running) return 0;
    if (cpu_cause(cpu_set_core(machine->cpus, machine->running_core)) != 0) {
        return cpu_cause(cpu_set_core(machine->cpus, machine->running_core));
    }
    return lapic_cause(machine->parts.lapic[machine->running_core]);
}

static uint64_t hook_cause(void *ctx)
{
    struct machine *machine = ctx;

    return trace_cause(machine->trace);
}

static uint64_t hook_cause_begin(void *ctx, uint64_t seq)
{
    struct machine *machine = ctx;

    return trace_cause_begin(machine->trace, seq);
}

static void hook_cause_end(void *ctx, uint64_t previous)
{
    struct machine *machine = ctx;

    trace_cause_end(machine->trace, previous);
}

static void event_earlier(void *ctx, vtime when)
{
    machine_lower_deadline(ctx, when);
}

static bool has_modules(const struct dimm_set *set)
{
    for (size_t i = 0; i < DIMM_SOCKETS; i++) {
        if (set->socket[i].bytes != 0) return true;
    }
    return false;
}

static int check_config(const struct machine_config *config, struct error *err)
{
    if (config->memory_bytes < MACHINE_MEMORY_MIN || config->memory_bytes > MACHINE_MEMORY_MAX ||
        config->memory_bytes % (UINT64_C(1) << 20) != 0) {
        return error_usage(err, "memory must be 16M to 256G, in whole MiB");
    }
    if (config->cores < 1 || config->cores > MACHINE_CORES_MAX) {
        return error_usage(err, "the number of cores must be 1 to %u", MACHINE_CORES_MAX);
    }
    return 0;
}

/* What is plugged in decides how much memory there is. */
static int check_modules(struct machine_config *config, struct error *err)
{
    const struct machine_scrub *scrub = &config->scrub;

    if (scrub->patrol_period != 0 &&
        (scrub->patrol_period < MACHINE_PATROL_MIN || scrub->patrol_period > MACHINE_PATROL_MAX)) {
        return error_usage(err, "one patrol through memory takes 1 second to 30 days");
    }
    if (config->has_flat_memory) {
        config->dimms = (struct dimm_set){.limit = 0};
        return 0;
    }
    if (!has_modules(&config->dimms) &&
        dimm_set_make(&config->dimms, config->memory_bytes, true, err) != 0) {
        return -1;
    }
    if (dimm_set_check(&config->dimms, err) != 0) return -1;
    if (dimm_set_bytes(&config->dimms) != config->memory_bytes) {
        return error_usage(err, "the memory modules do not hold what the machine is to have");
    }
    return 0;
}

static int create_core_objects(struct machine *machine, struct error *err)
{
    machine->sched = sched_create();
    machine->trace = trace_create();
    machine->memory = bus_create("memory", machine->trace);
    machine->ports = bus_create("port", machine->trace);
    machine->inbox = inbox_create();
    if (machine->memory != NULL) {
        machine->dma = dma_create(machine->memory);
    }
    if (machine->sched == NULL || machine->trace == NULL || machine->ports == NULL ||
        machine->inbox == NULL || machine->dma == NULL) {
        return error_host(err, "out of memory");
    }
    return 0;
}

static void connect_core_objects(struct machine *machine)
{
    const struct trace_source source = {
        .ctx = machine,
        .now = source_now,
        .pc = source_pc,
        .core = source_core,
        .cause = source_cause,
    };
    const struct sched_hooks hooks = {
        .ctx = machine,
        .now = core_now,
        .earlier = event_earlier,
        .cause = hook_cause,
        .cause_begin = hook_cause_begin,
        .cause_end = hook_cause_end,
    };

    trace_set_source(machine->trace, &source);
    sched_set_hooks(machine->sched, &hooks);
}

static int build(struct machine *machine, struct error *err)
{
    if (check_config(&machine->config, err) != 0) return -1;
    if (check_modules(&machine->config, err) != 0) return -1;
    if (create_core_objects(machine, err) != 0) return -1;
    if (machine_secure_boot(machine, err) != 0) return -1;
    if (machine_memory_init(machine, err) != 0) return -1;
    if (machine_cores_init(machine, err) != 0) return -1;
    connect_core_objects(machine);
    if (machine_parts_init(machine, err) != 0) return -1;
    for (size_t i = 0; i < machine->device_count; i++) {
        device_reset(machine->devices[i], RESET_POWER_ON);
    }
    return 0;
}

struct machine *machine_create(const struct machine_config *config, struct error *err)
{
    struct machine *machine = calloc(1, sizeof(*machine));

    if (machine == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    machine->config = *config;
    machine_set_next_beat(machine);
    if (build(machine, err) != 0) {
        machine_destroy(machine);
        return NULL;
    }
    return machine;
}

void machine_destroy(struct machine *machine)
{
    if (machine == NULL) return;
    if (machine->sched != NULL) {
        sched_set_hooks(machine->sched, &(struct sched_hooks){.ctx = NULL});
    }
    machine_parts_fini(machine);
    if (machine->cpus != NULL) {
        cpu_set_destroy(machine->cpus);
    }
    if (machine->timing != NULL) {
        timing_destroy(machine->timing);
    }
    machine_memory_fini(machine);
    machine_secure_boot_fini(machine);
    dma_destroy(machine->dma);
    inbox_destroy(machine->inbox);
    bus_destroy(machine->ports);
    bus_destroy(machine->memory);
    trace_destroy(machine->trace);
    sched_destroy(machine->sched);
    free(machine);
}

int machine_exit_status(const struct machine *machine)
{
    return machine->exit_status;
}

void machine_set_no_reboot(struct machine *machine, bool on)
{
    machine->is_no_reboot = on;
}

const char *machine_panic_text(const struct machine *machine)
{
    return machine->panic_text;
}

const struct machine_t2_breaches *machine_t2_breaches(const struct machine *machine)
{
    return &machine->breaches;
}

void machine_power_cut(struct machine *machine, const struct host_media *const target[2],
                       uint64_t seed)
{
    if (machine->config.disk != NULL) {
        ans2_cut(machine->parts.ans2, target, seed);
    }
}

uint64_t machine_reset_count(const struct machine *machine)
{
    return machine->resets;
}

bool machine_is_dead(const struct machine *machine)
{
    return machine->is_dead;
}

bool machine_is_paused(const struct machine *machine)
{
    return machine->is_paused;
}

vtime machine_idle_time(const struct machine *machine)
{
    return machine->idle_time;
}

vtime machine_now(struct machine *machine)
{
    return machine->now;
}

struct inbox *machine_inbox(struct machine *machine)
{
    return machine->inbox;
}

struct trace *machine_trace(struct machine *machine)
{
    return machine->trace;
}

struct sched *machine_sched(struct machine *machine)
{
    return machine->sched;
}

struct bus *machine_memory(struct machine *machine)
{
    return machine->memory;
}

struct bus *machine_ports(struct machine *machine)
{
    return machine->ports;
}

struct cpu *machine_cpu(struct machine *machine, unsigned core)
{
    BUG_ON(core >= machine->config.cores);
    return cpu_set_core(machine->cpus, core);
}

size_t machine_device_count(const struct machine *machine)
{
    return machine->device_count;
}

struct device *machine_device(struct machine *machine, size_t index)
{
    BUG_ON(index >= machine->device_count);
    return machine->devices[index];
}

uint64_t machine_trace_hash(struct machine *machine)
{
    return trace_hash(machine->trace);
}
