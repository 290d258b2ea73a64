/* SPDX-License-Identifier: GPL-2.0-only */
/* The cores' way out: memory-mapped and port accesses to the buses, interrupt acknowledge and task
 * priority to the local APICs. */
#include "devices/chipset/lapic.h"
#include "emu/base/bug.h"
#include "emu/machine/machine_internal.h"
#include "emu/timing/timing.h"

static uint64_t mem_read(void *ctx, unsigned core, uint64_t addr, unsigned size)
{
    struct machine *machine = ctx;
    const uint64_t value = bus_read(machine->memory, addr, size);

    (void)core;
    machine_tell_bus(machine, false, addr, size, false, value);
    return value;
}

static void mem_write(void *ctx, unsigned core, uint64_t addr, unsigned size, uint64_t value)
{
    struct machine *machine = ctx;

    (void)core;
    machine_tell_bus(machine, false, addr, size, true, value);
    bus_write(machine->memory, addr, size, value);
}

static uint64_t io_read(void *ctx, unsigned core, uint16_t port, unsigned size)
{
    struct machine *machine = ctx;
    const uint64_t value = bus_read(machine->ports, port, size);

    (void)core;
    machine_tell_bus(machine, true, port, size, false, value);
    return value;
}

static void io_write(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value)
{
    struct machine *machine = ctx;

    (void)core;
    machine_tell_bus(machine, true, port, size, true, value);
    bus_write(machine->ports, port, size, value);
}

static int intr_ack(void *ctx, unsigned core)
{
    struct machine *machine = ctx;

    return lapic_intr_ack(machine->parts.lapic[core]);
}

static uint8_t tpr_get(void *ctx, unsigned core)
{
    struct machine *machine = ctx;

    return lapic_tpr_get(machine->parts.lapic[core]);
}

static void tpr_set(void *ctx, unsigned core, uint8_t tpr)
{
    struct machine *machine = ctx;

    lapic_tpr_set(machine->parts.lapic[core], tpr);
}

static uint64_t apic_base_get(void *ctx, unsigned core)
{
    struct machine *machine = ctx;

    return lapic_base_get(machine->parts.lapic[core]);
}

static bool apic_base_set(void *ctx, unsigned core, uint64_t value)
{
    struct machine *machine = ctx;

    return lapic_base_set(machine->parts.lapic[core], value);
}

/* It has something to take; it may have had its turn already. */
static void core_checked(void *ctx, unsigned core)
{
    machine_core_signalled(ctx, core);
}

static void no_evict(void *ctx, bool is_on)
{
    machine_memory_no_evict(ctx, is_on);
}

int machine_cores_init(struct machine *machine, struct error *err)
{
    struct cpu_set_config config = {
        .core_count = machine->config.cores,
        .memory = machine->view.list,
        .env =
            {
                .ctx = machine,
                .mem_read = mem_read,
                .mem_write = mem_write,
                .io_read = io_read,
                .io_write = io_write,
                .intr_ack = intr_ack,
                .tpr_get = tpr_get,
                .tpr_set = tpr_set,
                .apic_base_get = apic_base_get,
                .apic_base_set = apic_base_set,
                .before_write = machine_memory_before_write,
                .is_guarded = machine_is_guarded,
                .guard = machine_guard,
                .cmci = machine_cmci,
                .machine_check = core_checked,
                .no_evict = no_evict,
            },
        .trace = machine->trace,
        .code_buffer_bytes = machine->config.code_buffer_bytes,
    };

    machine->timing = timing_create(err);
    if (machine->timing == NULL) return -1;
    config.timing = machine->timing;
    machine_memory_list(machine);
    config.memory_count = machine->view.count;
    machine->cpus = cpu_set_create(&config, err);
    if (machine->cpus == NULL) return -1;
    machine_memory_connect(machine);
    return 0;
}
