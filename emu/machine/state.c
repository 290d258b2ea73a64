/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole machine as one snapshot: the run loop's own state, RAM and video memory, every device,
 * every core. Taken between two runs, at an edge, where the cores' TLBs start over
 * in the run that goes on as well as in the one that is restored, so that both see the same
 * page-table accesses afterwards (unicorn.md, trap 10).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/storage/ssd_module.h"
#include "emu/base/hash.h"
#include "emu/core/sched.h"
#include "emu/machine/machine_internal.h"

#define CHUNK_MACHINE "/machine"
#define STATE_VERSION 3u

/* The firmware is part of the name: it is not in a snapshot, and what one machine was not allowed to
 * run does not come in as the state of another that runs it. So are the memory modules. */
void machine_get_name(const struct machine *machine, char name[MACHINE_NAME_BYTES])
{
    const uint64_t rom = hash_bytes(HASH_SEED, machine->rom, machine->config.rom_bytes);
    const struct machine_scrub *scrub = &machine->config.scrub;
    uint64_t modules = HASH_SEED;

    for (size_t i = 0; i < DIMM_SOCKETS; i++) {
        uint8_t spd[DIMM_SPD_BYTES];

        dimm_spd(&machine->config.dimms.socket[i], spd);
        modules = hash_bytes(modules, spd, sizeof(spd));
    }
    modules = hash_u64(modules, scrub->is_demand_off);
    modules = hash_u64(modules, scrub->is_patrol_off ? 0 : scrub->patrol_period);
    (void)snprintf(name, MACHINE_NAME_BYTES,
                   "imacpro1,1 memory=%llu modules=%016llx cores=%u rom=%016llx",
                   (unsigned long long)machine->config.memory_bytes, (unsigned long long)modules,
                   machine->config.cores, (unsigned long long)rom);
}

static void save_run_loop(struct machine *machine, struct snap_writer *w)
{
    const struct serial_input *input = &machine->serial_input;

    snap_chunk_begin(w, CHUNK_MACHINE, "machine", STATE_VERSION);
    snap_put_u64(w, machine->now);
    snap_put_u64(w, sched_now(machine->sched));
    snap_put_u64(w, sched_seq(machine->sched));
    snap_put_u64(w, trace_hash(machine->trace));
    snap_put_u64(w, trace_seq(machine->trace));
    snap_put_u64(w, machine->is_reset_pending ? 1 : 0);
    snap_put_u64(w, machine->resets);
    snap_put_u64(w, machine->quanta);
    snap_put_u64(w, machine->car.is_on ? 1 : 0);
    for (unsigned i = 0; i < MAP_IOAPIC_PINS; i++) {
        snap_put_u64(w, machine->pins[i].gate.inputs);
    }
    snap_put_u64(w, input->count);
    for (size_t i = 0; i < input->count; i++) {
        snap_put_bytes(w, &input->data[(input->head + i) % SERIAL_INPUT_BYTES], 1);
    }
    snap_chunk_end(w);
}

/* Where the machine is in time, order and history. */
struct position {
    vtime now;
    vtime sched_now;
    uint64_t sched_seq;
    uint64_t trace_hash;
    uint64_t trace_seq;
};

static int load_position(struct machine *machine, struct snap_reader *r, struct position *position,
                         struct error *err)
{
    uint64_t *const values[] = {&position->now, &position->sched_now, &position->sched_seq,
                                &position->trace_hash, &position->trace_seq};
    uint64_t reset_pending;
    uint64_t car;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (snap_get_u64(r, values[i], err) != 0) return -1;
    }
    if (snap_get_u64(r, &reset_pending, err) != 0) return -1;
    if (snap_get_u64(r, &machine->resets, err) != 0) return -1;
    if (snap_get_u64(r, &machine->quanta, err) != 0) return -1;
    if (snap_get_u64(r, &car, err) != 0) return -1;
    if (reset_pending > 1 || car > 1)
        return error_host(err, "snapshot: value of reset_pending is out of range");
    machine_memory_no_evict(machine, car != 0);
    if (position->sched_now < position->now)
        return error_host(err, "snapshot: the scheduler is behind the machine");
    machine->is_reset_pending = reset_pending != 0;
    machine->is_stop_pending = false;
    machine->exit_status = 0;
    return 0;
}

static void take_position(struct machine *machine, const struct position *position)
{
    machine->now = position->now;
    machine_set_next_beat(machine);
    sched_restore(machine->sched, position->sched_now, position->sched_seq);
    trace_restore(machine->trace, position->trace_hash, position->trace_seq);
}

/* Everything due had happened when the snapshot was taken, and no core was behind. A machine that
 * is told otherwise would have to live through all the time between. */
static int check_times(struct machine *machine, struct error *err)
{
    for (unsigned i = 0; i < machine->config.cores; i++) {
        if (cpu_now(cpu_set_core(machine->cpus, i)) < machine->now)
            return error_host(err, "snapshot: core %u is behind the machine", i);
    }
    if (sched_next(machine->sched) < machine->now)
        return error_host(err, "snapshot: an event lies in the past");
    return 0;
}

static int load_run_loop(struct machine *machine, struct snap_reader *r, struct position *position,
                         struct error *err)
{
    struct serial_input *input = &machine->serial_input;
    uint64_t count;

    if (snap_chunk_open(r, CHUNK_MACHINE, "machine", STATE_VERSION, err) != 0) return -1;
    if (load_position(machine, r, position, err) != 0) return -1;
    for (unsigned i = 0; i < MAP_IOAPIC_PINS; i++) {
        if (snap_get_u64(r, &machine->pins[i].gate.inputs, err) != 0) return -1;
    }
    if (snap_get_u64(r, &count, err) != 0) return -1;
    if (count > SERIAL_INPUT_BYTES) return error_host(err, "snapshot: too much serial input");
    input->head = 0;
    input->count = (size_t)count;
    if (snap_get_bytes(r, input->data, input->count, err) != 0) return -1;
    return snap_chunk_close(r, err);
}

/* What a disk holds is not in a snapshot, but which contents it is good for. */
static void seal_disk(struct machine *machine)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        (void)ssd_module_seal(machine->parts.ssd[i]);
    }
}

static int save_parts(struct machine *machine, struct snap_writer *w, struct error *err)
{
    if (machine_is_at_edge(machine)) machine_faults_settle(machine);
    save_run_loop(machine, w);
    for (size_t i = 0; i < machine->device_count; i++) {
        device_save(machine->devices[i], w);
    }
    for (unsigned i = 0; i < machine->config.cores; i++) {
        if (cpu_save(cpu_set_core(machine->cpus, i), w, err) != 0) return -1;
    }
    return 0;
}

static int save(struct machine *machine, bool has_memories, void **data, size_t *bytes,
                struct error *err)
{
    struct snap_writer *w = snap_writer_create();
    char name[MACHINE_NAME_BYTES];
    const void *finished;
    int result;

    if (w == NULL) return error_host(err, "out of memory");
    result = save_parts(machine, w, err);
    if (result == 0 && has_memories) {
        result = machine_blocks_save(machine, w, err);
    }
    if (result == 0) {
        machine_get_name(machine, name);
        finished = snap_finish(w, name, bytes);
        *data = malloc(*bytes);
        if (*data != NULL) {
            memcpy(*data, finished, *bytes);
        } else {
            result = error_host(err, "out of memory");
        }
    }
    snap_writer_destroy(w);
    return result;
}

static int check_edge(const struct machine *machine, struct error *err)
{
    if (machine_is_at_edge(machine)) return 0;
    return error_host(
        err, "the machine stands within a turn of its cores: it can be saved only at an edge");
}

int machine_save(struct machine *machine, void **data, size_t *bytes, struct error *err)
{
    if (check_edge(machine, err) != 0) return -1;
    seal_disk(machine);
    machine_memory_sync(machine);
    cpu_set_flush(machine->cpus);
    return save(machine, true, data, bytes, err);
}

int machine_checkpoint_save(struct machine *machine, void **data, size_t *bytes, struct error *err)
{
    if (check_edge(machine, err) != 0) return -1;
    return save(machine, false, data, bytes, err);
}

/* Cores before devices: the local APICs have the last word on what a core's interrupt pin is. The
 * position is taken a second time at the end, should loading a device have armed or traced
 * something. */
static int load_parts(struct machine *machine, struct snap_reader *r, bool has_memories,
                      struct error *err)
{
    struct position position;

    if (load_run_loop(machine, r, &position, err) != 0) return -1;
    take_position(machine, &position);
    for (unsigned i = 0; i < machine->config.cores; i++) {
        if (cpu_load(cpu_set_core(machine->cpus, i), r, err) != 0) return -1;
    }
    if (has_memories && machine_blocks_load(machine, r, MACHINE_BLOCKS_DEVICE, err) != 0) return -1;
    for (size_t i = 0; i < machine->device_count; i++) {
        if (device_load(machine->devices[i], r, err) != 0) return -1;
    }
    if (has_memories && machine_blocks_load(machine, r, MACHINE_BLOCKS_GUEST, err) != 0) return -1;
    if (snap_reader_finish(r, err) != 0) return -1;
    take_position(machine, &position);
    return check_times(machine, err);
}

/* A checkpoint comes with pages put one by one, whose code is gone already: all other translations are as good
 * as before (emu/cpu/state.c). Not those that were, or are to be, made with guarded pages in mind: what those
 * announce when they are translated counts. */
static void start_code(struct machine *machine, bool has_memories)
{
    if (!has_memories && !machine->has_odd_code) {
        cpu_set_start_tlbs(machine->cpus);
        return;
    }
    machine->has_odd_code = false;
    machine_faults_loaded(machine);
    cpu_set_flush(machine->cpus);
}

static int load(struct machine *machine, bool has_memories, const void *data, size_t bytes,
                struct error *err)
{
    char name[MACHINE_NAME_BYTES];
    struct snap_reader *r;
    int result;

    machine_get_name(machine, name);
    r = snap_reader_create(data, bytes, name, err);
    if (r == NULL) return -1;
    machine->turn.is_open = false;
    machine->watch.is_break_pending = false;
    result = load_parts(machine, r, has_memories, err);
    snap_reader_destroy(r);
    /* Devices have mapped what they map now; so have those of the run that was saved. */
    machine_faults_loaded(machine);
    machine_memory_sync(machine);
    start_code(machine, has_memories);
    return result;
}

int machine_load(struct machine *machine, const void *data, size_t bytes, struct error *err)
{
    return load(machine, true, data, bytes, err);
}

int machine_checkpoint_load(struct machine *machine, const void *data, size_t bytes,
                            struct error *err)
{
    int result;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        ssd_module_set_media_restored(machine->parts.ssd[i], true);
    }
    result = load(machine, false, data, bytes, err);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        ssd_module_set_media_restored(machine->parts.ssd[i], false);
    }
    return result;
}

uint64_t machine_state_hash(struct machine *machine)
{
    struct snap_writer *w = snap_writer_create();
    uint64_t hash = HASH_SEED;
    const void *data;
    size_t bytes;

    if (w == NULL) return 0;
    if (save_parts(machine, w, NULL) == 0) {
        data = snap_finish(w, "", &bytes);
        hash = hash_bytes(hash, data, bytes);
        hash = machine_blocks_hash(machine, hash);
    }
    snap_writer_destroy(w);
    return hash;
}
