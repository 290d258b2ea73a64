/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 8254 against a naive one. The device computes its counters from time with divisions; the
 * model here counts one clock pulse after the other, as the data sheet tells it. Both are
 * programmed at random and must agree on OUT, NULL COUNT, count and edges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/i8254.h"
#include "devices/chipset/i8254_regs.h"
#include "tests/lib/rig.h"

#define CONTROL  0x43
#define SYSTEM_B 0x61
#define STEPS    40000

struct model {
    unsigned mode;
    bool is_bcd;
    unsigned access;
    unsigned low; /* first byte of a pair */
    bool has_low;
    unsigned count; /* count register, as a number; 0 is the modulus */
    bool has_count;
    bool is_null;
    bool is_loaded;
    bool is_load_pending; /* the next pulse loads */
    bool is_halted;
    bool is_done; /* modes 4 and 5: the strobe was given */
    bool is_odd;  /* mode 3: parity of the count in use */
    bool is_gate;
    bool out;
    unsigned element;
    unsigned falls;
};

static unsigned modulus(const struct model *m)
{
    return m->is_bcd ? 10000 : 65536;
}

static void set_out(struct model *m, bool out)
{
    m->falls += m->out && !out ? 1 : 0;
    m->out = out;
}

static void reload(struct model *m)
{
    unsigned n = m->count == 0 ? modulus(m) : m->count;

    if ((m->mode == 2 || m->mode == 3) && n == 1) {
        n = 2;
    }
    m->is_null = false;
    m->is_odd = m->mode == 3 && n % 2 != 0;
    m->element = m->is_odd ? n - 1 : n;
}

static void load(struct model *m)
{
    m->is_load_pending = false;
    m->is_loaded = true;
    m->is_halted = false;
    m->is_done = false;
    reload(m);
    if (m->mode != 0) {
        set_out(m, m->mode != 1);
    }
}

static void count_down(struct model *m)
{
    m->element = m->element == 0 ? modulus(m) - 1 : m->element - 1;
}

static void pulse_square(struct model *m)
{
    if (!(m->is_odd && m->out && m->element == 0)) {
        m->element -= 2;
        if (m->element != 0 || (m->is_odd && m->out)) return;
    }
    set_out(m, !m->out);
    reload(m);
}

static void pulse(struct model *m)
{
    if (m->mode >= 4 && !m->out) {
        set_out(m, true);
    }
    if (m->is_load_pending) {
        load(m);
        return;
    }
    if (!m->is_loaded || m->is_halted) return;
    if (!m->is_gate && m->mode != 1 && m->mode != 5) return;
    if (m->mode == 3) {
        pulse_square(m);
        return;
    }
    count_down(m);
    if (m->mode == 2 && m->element == 1) {
        set_out(m, false);
    } else if (m->mode == 2 && m->element == 0) {
        reload(m);
        set_out(m, true);
    } else if (m->mode <= 1 && m->element == 0) {
        set_out(m, true);
    } else if (m->mode >= 4 && m->element == 0 && !m->is_done) {
        m->is_done = true;
        set_out(m, false);
    }
}

static void model_control(struct model *m, unsigned access, unsigned mode, bool is_bcd)
{
    m->access = access;
    m->mode = mode;
    m->is_bcd = is_bcd;
    m->has_low = m->has_count = m->is_loaded = m->is_load_pending = m->is_halted = false;
    m->is_null = true;
    set_out(m, mode != 0);
}

static void model_write(struct model *m, unsigned byte)
{
    unsigned raw = byte;

    if (m->access == PIT_RW_HIGH) {
        raw = byte << 8;
    } else if (m->access == PIT_RW_LOW_HIGH && !m->has_low) {
        m->has_low = true;
        m->low = byte;
        if (m->mode == 0) {
            m->is_halted = true;
            m->is_load_pending = false;
            set_out(m, false);
        }
        return;
    } else if (m->access == PIT_RW_LOW_HIGH) {
        m->has_low = false;
        raw = byte << 8 | m->low;
    }
    m->count = raw;
    if (m->is_bcd) {
        m->count = (raw & 15) + 10 * (raw >> 4 & 15) + 100 * (raw >> 8 & 15) + 1000 * (raw >> 12);
    }
    m->has_count = true;
    m->is_null = true;
    if (m->mode == 0) {
        m->is_halted = true;
        set_out(m, false);
    }
    if (m->mode == 0 || m->mode == 4 || ((m->mode == 2 || m->mode == 3) && !m->is_loaded)) {
        m->is_load_pending = true;
    }
}

static void model_gate(struct model *m, bool is_gate)
{
    bool is_rising = is_gate && !m->is_gate;

    m->is_gate = is_gate;
    if ((m->mode == 2 || m->mode == 3) && !is_gate) {
        set_out(m, true);
    }
    if (is_rising && m->has_count && m->mode != 0 && m->mode != 4) {
        m->is_load_pending = true;
    }
}

/* ---- Both at once ---- */

struct bench {
    struct rig *rig;
    struct probe out0;
    struct model model;
    unsigned counter;
    uint64_t tick;
    uint64_t random;
    unsigned falls_before;
};

static const struct clock clk = {.hz_num = PIT_HZ_NUM, .hz_den = PIT_HZ_DEN};

static unsigned roll(struct bench *b, unsigned below)
{
    return (unsigned)(rig_random(&b->random) % below);
}

static void pass(struct bench *b, unsigned pulses)
{
    for (unsigned i = 0; i < pulses; i++) {
        pulse(&b->model);
    }
    b->tick += pulses;
    rig_advance_to(b->rig, clock_when(&clk, b->tick));
}

static void control(struct bench *b)
{
    unsigned access = 1 + roll(b, 3);
    unsigned mode = roll(b, 6);
    unsigned bcd = roll(b, 4) == 0 ? 1 : 0;

    rig_out(b->rig, CONTROL, 1, b->counter << 6 | access << 4 | mode << 1 | bcd);
    model_control(&b->model, access, mode, bcd != 0);
}

static void write_byte(struct bench *b)
{
    unsigned byte = roll(b, 3) == 0 ? roll(b, 256) : roll(b, 8);

    if (b->model.is_bcd) {
        byte = byte % 10 | byte / 16 % 10 << 4;
    }
    rig_out(b->rig, 0x40 + b->counter, 1, byte);
    model_write(&b->model, byte);
}

static void gate(struct bench *b)
{
    bool is_gate = roll(b, 2) == 0;

    if (b->counter != 2) return;
    rig_out(b->rig, SYSTEM_B, 1, is_gate ? 1 : 0);
    model_gate(&b->model, is_gate);
}

static unsigned bcd(unsigned value)
{
    return value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 | value / 1000 % 10 << 12;
}

/* Status first, then the count, both latched by one read-back; the bytes in the order of the
 * access mode. */
static void compare(struct bench *b)
{
    const struct model *m = &b->model;
    unsigned element = m->element % modulus(m);
    unsigned port = 0x40 + b->counter;
    unsigned status;

    rig_out(b->rig, CONTROL, 1, 0xc0 | BIT32(1 + b->counter));
    status = (unsigned)rig_in(b->rig, port, 1);
    assert_int_equal((status & PIT_STATUS_OUT) != 0, m->out);
    assert_int_equal((status & PIT_STATUS_NULL_COUNT) != 0, m->is_null);
    element = m->is_bcd ? bcd(element) : element;
    for (unsigned byte = 0; byte < 2; byte++) {
        unsigned wanted = byte == 0 ? element & 0xff : element >> 8;

        if (m->access == (byte == 0 ? PIT_RW_HIGH : PIT_RW_LOW)) continue;
        if (m->is_loaded) {
            assert_int_equal(rig_in(b->rig, port, 1), wanted);
        } else {
            (void)rig_in(b->rig, port, 1);
        }
    }
    if (b->counter == 0) {
        assert_int_equal(b->out0.level, m->out);
        assert_int_equal(b->out0.falls, m->falls);
    } else if (b->counter == 2) {
        assert_int_equal((rig_in(b->rig, SYSTEM_B, 1) & SYSTEM_B_TMR2_OUT_STS) != 0, m->out);
    }
}

static void step(struct bench *b)
{
    switch (roll(b, 16)) {
    case 0: control(b); break;
    case 1:
    case 2:
    case 3: write_byte(b); break;
    case 4:
    case 5: gate(b); break;
    case 6: pass(b, roll(b, 70000)); break;
    case 7:
    case 8: pass(b, roll(b, 300)); break;
    default: pass(b, roll(b, 12)); break;
    }
    compare(b);
}

static void run(unsigned counter)
{
    struct bench b = {.rig = rig_create(), .counter = counter, .random = 0x8254 + counter};
    struct device *pit = rig_device(b.rig, &i8254_class, "/pit", NULL);

    irq_connect(i8254_out0(pit), probe_sink, &b.out0, 0);
    b.model.is_gate = counter != 2;
    b.model.access = PIT_RW_LOW_HIGH;
    b.model.is_null = true;
    for (unsigned i = 0; i < STEPS; i++) {
        step(&b);
    }
    rig_destroy(b.rig);
}

static void counter_0_and_its_line(void **state)
{
    (void)state;
    run(0);
}

static void counter_1(void **state)
{
    (void)state;
    run(1);
}

static void counter_2_and_its_gate(void **state)
{
    (void)state;
    run(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counter_0_and_its_line),
        cmocka_unit_test(counter_1),
        cmocka_unit_test(counter_2_and_its_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
