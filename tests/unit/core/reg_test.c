/* SPDX-License-Identifier: GPL-2.0-only */
/* Register tables, device life and snapshots on one small device made for the purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/fifo.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"

struct toy {
    struct device device;
    uint32_t control;
    uint16_t status;
    uint8_t lane[4];
    uint64_t wide;
    uint32_t hidden;
    struct event timer;
    struct fifo fifo;
    struct irq_line line;
    unsigned control_writes;
    unsigned status_reads;
    struct reg_write last;
};

static void control_write(struct device *device, const struct reg_write *write)
{
    struct toy *toy = (struct toy *)device;

    toy->control_writes++;
    toy->last = *write;
}

static void status_read(struct device *device, unsigned index, uint64_t value)
{
    (void)index;
    (void)value;
    ((struct toy *)device)->status_reads++;
}

static uint64_t seven_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)stored;
    return 7 + index;
}

static const struct reg toy_regs[] = {
    {.name = "CTRL",
     .offset = 0,
     .size = 4,
     REG_BACKED(struct toy, control),
     .reset = 0x10,
     .rw = 0x00ff00ff,
     .write = control_write},
    {.name = "STS",
     .offset = 4,
     .size = 2,
     REG_BACKED(struct toy, status),
     .reset = 0xf0,
     .rw = 0x000f,
     .w1c = 0xfff0,
     .read = status_read},
    {.name = "LANE",
     .offset = 8,
     .size = 1,
     .stride = 2,
     REG_BACKED_ARRAY(struct toy, lane),
     .rw = 0xff},
    {.name = "WIDE",
     .offset = 16,
     .size = 8,
     REG_BACKED(struct toy, wide),
     .rw = UINT64_MAX,
     .is_sticky = true},
    {.name = "SEVEN", .offset = 24, .size = 4, REG_UNBACKED, .get = seven_get},
    {.name = NULL},
};

static const struct reg_bank toy_banks[] = {
    {.name = "toy", .regs = toy_regs, .bytes = 32, .min_access = 1, .max_access = 8, .nothing = 0},
    {.name = NULL},
};

static const struct snap_field toy_state[] = {
    SNAP_U_MAX(struct toy, hidden, 100),
    SNAP_E(struct toy, timer),
    SNAP_F(struct toy, fifo),
    SNAP_L(struct toy, line),
    SNAP_END,
};

static void toy_fire(void *owner, vtime when)
{
    struct toy *toy = owner;

    (void)when;
    toy->hidden++;
}

static int toy_init(struct device *device, const void *config, struct error *err)
{
    struct toy *toy = (struct toy *)device;

    (void)config;
    (void)err;
    event_init(&toy->timer, "timer", toy_fire, toy);
    fifo_init(&toy->fifo, 16);
    irq_line_init(&toy->line, "irq", device);
    return 0;
}

static void toy_reset(struct device *device, enum reset_kind kind)
{
    struct toy *toy = (struct toy *)device;

    (void)kind;
    toy->hidden = 0;
    sched_cancel(device->env.sched, &toy->timer);
    fifo_clear(&toy->fifo);
    irq_set(&toy->line, false);
}

static int toy_loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void toy_fini(struct device *device)
{
    sched_cancel(device->env.sched, &((struct toy *)device)->timer);
}

static const struct device_class toy_class = {
    .name = "toy",
    .size = sizeof(struct toy),
    .version = 3,
    .banks = toy_banks,
    .state = toy_state,
    .init = toy_init,
    .reset = toy_reset,
    .loaded = toy_loaded,
    .fini = toy_fini,
};

struct rig {
    struct sched *sched;
    struct trace *trace;
    struct toy *toy;
};

static int rig_up(void **state)
{
    static struct rig rig;
    struct device_env env = {.sched = NULL};

    rig.sched = sched_create();
    rig.trace = trace_create();
    env.sched = rig.sched;
    env.trace = rig.trace;
    rig.toy = (struct toy *)device_create(&toy_class, "/toy", &env, NULL, NULL);
    device_reset(&rig.toy->device, RESET_POWER_ON);
    *state = &rig;
    return 0;
}

static int rig_down(void **state)
{
    struct rig *rig = *state;

    device_destroy(&rig->toy->device);
    trace_destroy(rig->trace);
    sched_destroy(rig->sched);
    return 0;
}

static uint64_t rd(struct toy *toy, uint64_t offset, unsigned size)
{
    return reg_bank_read(&toy->device, toy_banks, offset, size);
}

static void wr(struct toy *toy, uint64_t offset, unsigned size, uint64_t value)
{
    reg_bank_write(&toy->device, toy_banks, offset, size, value);
}

static void masks_and_reset_values_hold(void **state)
{
    struct toy *toy = ((struct rig *)*state)->toy;

    assert_int_equal(rd(toy, 0, 4), 0x10);
    wr(toy, 0, 4, 0xffffffff);
    assert_int_equal(rd(toy, 0, 4), 0x00ff00ff);
    assert_int_equal(toy->last.old, 0x10);
    assert_int_equal(toy->last.now, 0x00ff00ff);
    assert_int_equal(toy->last.written, 0xffffffff);
    wr(toy, 4, 2, 0x0035);
    assert_int_equal(rd(toy, 4, 2), 0xc5); /* bits 4 and 5 cleared by ones, 0..3 written */
}

static void a_part_of_a_register_changes_only_its_lanes(void **state)
{
    struct toy *toy = ((struct rig *)*state)->toy;

    wr(toy, 2, 1, 0x5a);
    assert_int_equal(rd(toy, 0, 4), 0x005a0010);
    assert_int_equal(toy->last.lanes, 0x00ff0000);
    assert_int_equal(toy->last.written, 0x005a0000);
    assert_int_equal(rd(toy, 2, 2), 0x005a);
    wr(toy, 5, 1, 0xff); /* w1c in the high byte leaves the low byte alone */
    assert_int_equal(rd(toy, 4, 2), 0xf0);
}

static void an_access_over_several_registers_touches_each_once(void **state)
{
    struct toy *toy = ((struct rig *)*state)->toy;

    (void)rd(toy, 0, 8);
    assert_int_equal(toy->status_reads, 1);
    wr(toy, 8, 8, UINT64_C(0x0044003300220011));
    assert_int_equal(toy->lane[0], 0x11);
    assert_int_equal(toy->lane[3], 0x44);
    assert_int_equal(rd(toy, 24, 4), 7);
}

static void peek_has_no_side_effect(void **state)
{
    struct rig *rig = *state;
    uint64_t hash = trace_hash(rig->trace);

    assert_int_equal(reg_bank_peek(&rig->toy->device, toy_banks, 4, 2), 0xf0);
    assert_int_equal(rig->toy->status_reads, 0);
    assert_int_equal(trace_hash(rig->trace), hash);
}

static void reset_spares_sticky_registers_unless_cold(void **state)
{
    struct toy *toy = ((struct rig *)*state)->toy;

    wr(toy, 16, 8, 99);
    wr(toy, 0, 4, 1);
    device_reset(&toy->device, RESET_BUS);
    assert_int_equal(rd(toy, 16, 8), 99);
    assert_int_equal(rd(toy, 0, 4), 0x10);
    device_reset(&toy->device, RESET_POWER_ON);
    assert_int_equal(rd(toy, 16, 8), 0);
}

static void offsets_without_a_register_are_traced_as_unimplemented(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(rd(rig->toy, 28, 4), 0);
    wr(rig->toy, 28, 2, 1);
    assert_int_equal(trace_count(rig->trace, TRACE_LEVEL_UNIMPL), 2);
}

static void a_snapshot_restores_registers_state_events_and_lines(void **state)
{
    struct rig *rig = *state;
    struct toy *toy = rig->toy;
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;
    struct snap_reader *r;
    size_t bytes;
    const void *data;

    wr(toy, 16, 8, 0x1234);
    toy->hidden = 42;
    (void)fifo_push(&toy->fifo, 'x');
    irq_set(&toy->line, true);
    sched_at(rig->sched, &toy->timer, 777);
    device_save(&toy->device, w);
    data = snap_finish(w, "m", &bytes);
    device_reset(&toy->device, RESET_POWER_ON);
    r = snap_reader_create(data, bytes, "m", &err);
    assert_non_null(r);
    assert_int_equal(device_load(&toy->device, r, &err), 0);
    assert_int_equal(snap_reader_finish(r, &err), 0);
    assert_int_equal(rd(toy, 16, 8), 0x1234);
    assert_int_equal(toy->hidden, 42);
    assert_int_equal(fifo_pop(&toy->fifo), 'x');
    assert_true(toy->line.level);
    assert_int_equal(sched_next(rig->sched), 777);
    snap_reader_destroy(r);
    snap_writer_destroy(w);
}

static void damaged_snapshots_are_refused(void **state)
{
    struct rig *rig = *state;
    struct snap_writer *w = snap_writer_create();
    uint8_t copy[4096];
    size_t bytes;
    const void *data;

    rig->toy->hidden = 55;
    device_save(&rig->toy->device, w);
    data = snap_finish(w, "m", &bytes);
    assert_true(bytes <= sizeof(copy));
    for (size_t i = 0; i < bytes; i++) {
        struct error err = ERROR_INIT;
        struct snap_reader *r;

        memcpy(copy, data, bytes);
        copy[i] ^= 0x41;
        r = snap_reader_create(copy, bytes, "m", &err);
        assert_null(r);
        assert_true(err.text[0] != 0);
    }
    for (size_t cut = 0; cut < bytes; cut++) {
        struct error err = ERROR_INIT;

        assert_null(snap_reader_create(data, cut, "m", &err));
    }
    snap_writer_destroy(w);
}

static void names_that_would_upset_a_terminal_are_refused(void **state)
{
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;
    size_t bytes;
    const void *data;

    (void)state;
    snap_chunk_begin(w, "/\033[2J", "toy", 3);
    snap_chunk_end(w);
    data = snap_finish(w, "m", &bytes);
    assert_null(snap_reader_create(data, bytes, "m", &err));
    assert_null(strchr(err.text, '\033'));
    snap_writer_destroy(w);
}

static void a_value_out_of_range_is_refused(void **state)
{
    struct rig *rig = *state;
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;
    struct snap_reader *r;
    size_t bytes;
    const void *data;

    rig->toy->hidden = 101;
    device_save(&rig->toy->device, w);
    data = snap_finish(w, "m", &bytes);
    r = snap_reader_create(data, bytes, "m", &err);
    assert_int_equal(device_load(&rig->toy->device, r, &err), -1);
    assert_non_null(strstr(err.text, "hidden"));
    snap_reader_destroy(r);
    snap_writer_destroy(w);
}

static void tables_with_mistakes_are_found(void **state)
{
    static const struct reg overlapping[] = {
        {.name = "A", .offset = 0, .size = 4, REG_BACKED(struct toy, control)},
        {.name = "B", .offset = 2, .size = 2, REG_BACKED(struct toy, status)},
        {.name = NULL},
    };
    static const struct reg narrow[] = {
        {.name = "A", .offset = 0, .size = 4, REG_BACKED(struct toy, status)}, {.name = NULL}};
    static const struct reg beyond[] = {
        {.name = "A", .offset = 30, .size = 4, REG_BACKED(struct toy, control)}, {.name = NULL}};
    static const struct reg *const wrong[] = {overlapping, narrow, beyond};

    (void)state;
    assert_null(reg_bank_check(toy_banks, sizeof(struct toy)));
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct reg_bank bank = toy_banks[0];

        bank.regs = wrong[i];
        assert_non_null(reg_bank_check(&bank, sizeof(struct toy)));
    }
}

static void the_trace_hash_depends_on_what_happened(void **state)
{
    struct rig *rig = *state;
    uint64_t before = trace_hash(rig->trace);
    uint64_t seq = trace_seq(rig->trace);
    char line[256];

    wr(rig->toy, 0, 4, 5);
    assert_int_not_equal(trace_hash(rig->trace), before);
    assert_int_equal(trace_seq(rig->trace), seq + 1);
    (void)trace_format(trace_find(rig->trace, seq + 1), line, sizeof(line));
    assert_non_null(strstr(line, "/toy reg_write reg=CTRL"));
    assert_null(trace_find(rig->trace, seq + 2));
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, rig_up, rig_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGGED(masks_and_reset_values_hold),
        RIGGED(a_part_of_a_register_changes_only_its_lanes),
        RIGGED(an_access_over_several_registers_touches_each_once),
        RIGGED(peek_has_no_side_effect),
        RIGGED(reset_spares_sticky_registers_unless_cold),
        RIGGED(offsets_without_a_register_are_traced_as_unimplemented),
        RIGGED(a_snapshot_restores_registers_state_events_and_lines),
        RIGGED(damaged_snapshots_are_refused),
        RIGGED(names_that_would_upset_a_terminal_are_refused),
        RIGGED(a_value_out_of_range_is_refused),
        RIGGED(tables_with_mistakes_are_found),
        RIGGED(the_trace_hash_depends_on_what_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
