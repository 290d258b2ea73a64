/* SPDX-License-Identifier: GPL-2.0-only */
/* The test bench of rig.h: plain composition of the core's parts. */
#include "tests/lib/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/snap.h"

static void rig_message(void *ctx, uint64_t addr, uint32_t data)
{
    struct rig *rig = ctx;

    rig->messages++;
    rig->message_addr = addr;
    rig->message_data = data;
}

static vtime trace_now(void *ctx)
{
    return sched_now(((struct rig *)ctx)->sched);
}

static uint64_t trace_pc(void *ctx)
{
    (void)ctx;
    return 0;
}

static unsigned trace_core(void *ctx)
{
    (void)ctx;
    return 0;
}

struct rig *rig_create(void)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    struct error err = ERROR_INIT;

    assert_non_null(rig);
    rig->trace = trace_create();
    rig->sched = sched_create();
    rig->memory = bus_create("memory", rig->trace);
    rig->ports = bus_create("ports", rig->trace);
    rig->dma = dma_create(rig->memory);
    rig->ram = calloc(1, RIG_RAM_BYTES);
    assert_true(rig->trace != NULL && rig->sched != NULL && rig->memory != NULL);
    assert_true(rig->ports != NULL && rig->dma != NULL && rig->ram != NULL);
    rig->ram_region = (struct region){
        .name = "ram", .bytes = RIG_RAM_BYTES, .kind = REGION_RAM, .host = rig->ram};
    assert_int_equal(bus_map(rig->memory, &rig->ram_region, 0, &err), 0);
    dma_set_hooks(rig->dma, &(struct dma_hooks){.ctx = rig, .message = rig_message});
    trace_set_source(
        rig->trace,
        &(struct trace_source){.ctx = rig, .now = trace_now, .pc = trace_pc, .core = trace_core});
    rig->env = (struct device_env){.sched = rig->sched,
                                   .memory = rig->memory,
                                   .ports = rig->ports,
                                   .dma = rig->dma,
                                   .trace = rig->trace};
    return rig;
}

void rig_destroy(struct rig *rig)
{
    while (rig->device_count > 0) {
        rig->device_count--;
        device_destroy(rig->devices[rig->device_count]);
    }
    bus_unmap(rig->memory, &rig->ram_region);
    dma_destroy(rig->dma);
    bus_destroy(rig->memory);
    bus_destroy(rig->ports);
    sched_destroy(rig->sched);
    trace_destroy(rig->trace);
    free(rig->ram);
    free(rig);
}

void rig_own(struct rig *rig, struct device *device)
{
    assert_non_null(device);
    assert_true(rig->device_count < RIG_DEVICES_MAX);
    rig->devices[rig->device_count] = device;
    rig->device_count++;
}

struct device *rig_device(struct rig *rig, const struct device_class *class, const char *path,
                          const void *config)
{
    struct error err = ERROR_INIT;
    struct device *device = device_create(class, path, &rig->env, config, &err);

    if (device == NULL) {
        fail_msg("%s: %s", path, err.text);
    }
    rig_own(rig, device);
    device_reset(device, RESET_POWER_ON);
    return device;
}

vtime rig_now(struct rig *rig)
{
    return sched_now(rig->sched);
}

void rig_advance_to(struct rig *rig, vtime when)
{
    assert_true(when >= rig_now(rig));
    sched_run_until(rig->sched, when);
}

void rig_advance(struct rig *rig, vtime span)
{
    rig_advance_to(rig, rig_now(rig) + span);
}

uint64_t rig_in(struct rig *rig, uint64_t port, unsigned size)
{
    return bus_read(rig->ports, port, size);
}

void rig_out(struct rig *rig, uint64_t port, unsigned size, uint64_t value)
{
    bus_write(rig->ports, port, size, value);
}

uint64_t rig_read(struct rig *rig, uint64_t addr, unsigned size)
{
    return bus_read(rig->memory, addr, size);
}

void rig_write(struct rig *rig, uint64_t addr, unsigned size, uint64_t value)
{
    bus_write(rig->memory, addr, size, value);
}

uint64_t rig_guest_errors(const struct rig *rig)
{
    return trace_count(rig->trace, TRACE_LEVEL_GUEST_ERROR);
}

uint64_t rig_unimplemented(const struct rig *rig)
{
    return trace_count(rig->trace, TRACE_LEVEL_UNIMPL);
}

void rig_copy_state(struct rig *rig, struct device *from, struct rig *other, struct device *to)
{
    struct snap_writer *writer = snap_writer_create();
    struct snap_reader *reader;
    struct error err = ERROR_INIT;
    const void *data;
    size_t bytes;

    assert_non_null(writer);
    device_save(from, writer);
    data = snap_finish(writer, "rig", &bytes);
    reader = snap_reader_create(data, bytes, "rig", &err);
    if (reader == NULL) {
        fail_msg("snapshot: %s", err.text);
    }
    if (other != rig) {
        sched_restore(other->sched, rig_now(rig), sched_seq(rig->sched));
    }
    if (device_load(to, reader, &err) != 0 || snap_reader_finish(reader, &err) != 0) {
        fail_msg("snapshot: %s", err.text);
    }
    snap_reader_destroy(reader);
    snap_writer_destroy(writer);
}

void probe_sink(void *ctx, unsigned input, bool level)
{
    struct probe *probe = ctx;

    (void)input;
    if (level == probe->level) return;
    probe->level = level;
    if (level) {
        probe->rises++;
        probe->last_rise = probe->rig != NULL ? rig_now(probe->rig) : 0;
    } else {
        probe->falls++;
        probe->last_fall = probe->rig != NULL ? rig_now(probe->rig) : 0;
    }
}

void capture_write(void *ctx, const uint8_t *data, size_t bytes)
{
    struct capture *capture = ctx;

    for (size_t i = 0; i < bytes && capture->bytes < RIG_CAPTURE_BYTES; i++) {
        capture->data[capture->bytes] = data[i];
        capture->bytes++;
    }
}

uint64_t rig_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}
