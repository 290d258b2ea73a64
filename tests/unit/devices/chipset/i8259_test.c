/* SPDX-License-Identifier: GPL-2.0-only */
/* The 8259A pair. The names follow the headings of the Intel 8259A data sheet (231468-003). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/i8259.h"
#include "tests/lib/rig.h"

#define CMD0  0x20
#define DATA0 0x21
#define CMD1  0xa0
#define DATA1 0xa1
#define ELCR1 0x4d0
#define ELCR2 0x4d1

struct bench {
    struct rig *rig;
    struct device *pic;
    struct probe intr;
};

static void out(struct bench *b, uint64_t port, uint8_t value)
{
    rig_out(b->rig, port, 1, value);
}

static uint8_t in(struct bench *b, uint64_t port)
{
    return (uint8_t)rig_in(b->rig, port, 1);
}

static void initialise(struct bench *b, uint8_t icw4)
{
    out(b, CMD0, 0x11);
    out(b, DATA0, 0x20);
    out(b, DATA0, 0x04);
    out(b, DATA0, icw4);
    out(b, CMD1, 0x11);
    out(b, DATA1, 0x28);
    out(b, DATA1, 0x02);
    out(b, DATA1, 0x01);
}

static void irq(struct bench *b, unsigned input, bool level)
{
    i8259_irq(b->pic, input, level);
}

static void pulse(struct bench *b, unsigned input)
{
    irq(b, input, true);
    irq(b, input, false);
}

static uint8_t isr(struct bench *b, uint64_t port)
{
    out(b, port, 0x0b);
    return in(b, port);
}

static uint8_t irr(struct bench *b, uint64_t port)
{
    out(b, port, 0x0a);
    return in(b, port);
}

static struct bench *create(void)
{
    struct bench *b = test_calloc(1, sizeof(*b));

    b->rig = rig_create();
    b->pic = rig_device(b->rig, &i8259_class, "/pic", NULL);
    irq_connect(i8259_int(b->pic), probe_sink, &b->intr, 0);
    return b;
}

static int setup(void **state)
{
    struct bench *b = create();

    initialise(b, 0x01);
    *state = b;
    return 0;
}

static int setup_raw(void **state)
{
    *state = create();
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    rig_destroy(b->rig);
    test_free(b);
    return 0;
}

static void silent_until_initialised(void **state)
{
    struct bench *b = *state;

    irq(b, 0, true);
    assert_false(b->intr.level);
    out(b, CMD0, 0x11);
    out(b, DATA0, 0x20);
    out(b, DATA0, 0x04);
    assert_false(b->intr.level);
    out(b, DATA0, 0x01);
    assert_false(b->intr.level); /* ICW1 cleared the edge; the line must rise again */
    irq(b, 0, false);
    irq(b, 0, true);
    assert_true(b->intr.level);
    assert_int_equal(i8259_ack(b->pic), 0x20);
}

/* ICW1 without ICW4, and in single mode without ICW3. */
static void initialisation_command_words(void **state)
{
    struct bench *b = *state;

    out(b, CMD0, 0x10);
    out(b, DATA0, 0x77); /* bits 2:0 are not used in 8086 mode */
    out(b, DATA0, 0x04);
    out(b, DATA0, 0xfe); /* OCW1 already */
    assert_int_equal(in(b, DATA0), 0xfe);
    pulse(b, 0);
    assert_int_equal(i8259_ack(b->pic), 0x70);
    out(b, CMD0, 0x12);
    out(b, DATA0, 0x30);
    assert_int_equal(in(b, DATA0), 0x00); /* ICW1 cleared the mask */
    pulse(b, 1);
    assert_int_equal(i8259_ack(b->pic), 0x31);
}

static void icw1_resets_modes(void **state)
{
    struct bench *b = *state;

    pulse(b, 3);
    assert_int_equal(i8259_ack(b->pic), 0x23);
    out(b, DATA0, 0x55);
    out(b, CMD0, 0xc4); /* priorities rotated */
    pulse(b, 5);
    initialise(b, 0x01);
    assert_int_equal(isr(b, CMD0), 0);
    assert_int_equal(irr(b, CMD0), 0);
    assert_int_equal(in(b, DATA0), 0);
    pulse(b, 5);
    pulse(b, 1);
    assert_int_equal(i8259_ack(b->pic), 0x21);
}

/* Fully nested mode: IR0 first; what is in service holds back equal and lower ones. */
static void fully_nested_mode(void **state)
{
    struct bench *b = *state;

    pulse(b, 5);
    pulse(b, 3);
    assert_int_equal(i8259_ack(b->pic), 0x23);
    assert_int_equal(isr(b, CMD0), 0x08);
    assert_int_equal(irr(b, CMD0), 0x20);
    assert_false(b->intr.level);
    pulse(b, 3);
    assert_false(b->intr.level);
    pulse(b, 1);
    assert_true(b->intr.level);
    assert_int_equal(i8259_ack(b->pic), 0x21);
    out(b, CMD0, 0x20);
    assert_int_equal(isr(b, CMD0), 0x08);
    out(b, CMD0, 0x20);
    assert_int_equal(i8259_ack(b->pic), 0x23);
    out(b, CMD0, 0x20);
    assert_int_equal(i8259_ack(b->pic), 0x25);
    out(b, CMD0, 0x20);
    assert_false(b->intr.level);
}

static void ocw1_masks(void **state)
{
    struct bench *b = *state;

    out(b, DATA0, 0x10);
    pulse(b, 4);
    assert_false(b->intr.level);
    assert_int_equal(irr(b, CMD0), 0x10);
    out(b, DATA0, 0x00);
    assert_true(b->intr.level);
    out(b, DATA0, 0x10);
    assert_false(b->intr.level);
}

static void cascade(void **state)
{
    struct bench *b = *state;

    pulse(b, 8);
    pulse(b, 14);
    assert_int_equal(irr(b, CMD0), 0x04);
    assert_int_equal(i8259_ack(b->pic), 0x28);
    assert_int_equal(isr(b, CMD0), 0x04);
    assert_int_equal(isr(b, CMD1), 0x01);
    assert_false(b->intr.level);
    out(b, CMD1, 0x20);
    assert_false(b->intr.level); /* the master's IR2 is still in service */
    out(b, CMD0, 0x20);
    assert_int_equal(i8259_ack(b->pic), 0x2e);
    out(b, CMD1, 0x20);
    out(b, CMD0, 0x20);
    irq(b, 2, true); /* the cascade input is no pin */
    assert_false(b->intr.level);
    irq(b, 16, true);
    assert_false(b->intr.level);
}

static void slave_is_masked_by_ir2(void **state)
{
    struct bench *b = *state;

    out(b, DATA0, 0x04);
    pulse(b, 9);
    assert_false(b->intr.level);
    out(b, DATA0, 0x00);
    assert_int_equal(i8259_ack(b->pic), 0x29);
}

/* Special fully nested mode: a higher slave request interrupts a slave's own handler. */
static void special_fully_nested_mode(void **state)
{
    struct bench *b = *state;

    pulse(b, 12);
    assert_int_equal(i8259_ack(b->pic), 0x2c);
    pulse(b, 9);
    assert_false(b->intr.level); /* plain mode: held back by IR2 */
    initialise(b, 0x11);
    pulse(b, 12);
    assert_int_equal(i8259_ack(b->pic), 0x2c);
    pulse(b, 13);
    assert_false(b->intr.level); /* lower than the one in service in the slave */
    pulse(b, 9);
    assert_true(b->intr.level);
    assert_int_equal(i8259_ack(b->pic), 0x29);
}

static void specific_eoi(void **state)
{
    struct bench *b = *state;

    pulse(b, 4);
    assert_int_equal(i8259_ack(b->pic), 0x24);
    pulse(b, 1);
    assert_int_equal(i8259_ack(b->pic), 0x21);
    out(b, CMD0, 0x64);
    assert_int_equal(isr(b, CMD0), 0x02);
    out(b, CMD0, 0x40); /* no operation */
    assert_int_equal(isr(b, CMD0), 0x02);
}

static void automatic_eoi(void **state)
{
    struct bench *b = *state;

    initialise(b, 0x03);
    pulse(b, 4);
    assert_int_equal(i8259_ack(b->pic), 0x24);
    assert_int_equal(isr(b, CMD0), 0);
    pulse(b, 6);
    assert_int_equal(i8259_ack(b->pic), 0x26);
}

/* Automatic rotation: the one served becomes the lowest. */
static void rotate_on_non_specific_eoi(void **state)
{
    struct bench *b = *state;

    pulse(b, 1);
    assert_int_equal(i8259_ack(b->pic), 0x21);
    out(b, CMD0, 0xa0);
    pulse(b, 1);
    pulse(b, 0);
    pulse(b, 3);
    assert_int_equal(i8259_ack(b->pic), 0x23);
    out(b, CMD0, 0x20);
    assert_int_equal(i8259_ack(b->pic), 0x20);
    out(b, CMD0, 0x20);
    assert_int_equal(i8259_ack(b->pic), 0x21);
}

static void rotate_in_automatic_eoi_mode(void **state)
{
    struct bench *b = *state;

    initialise(b, 0x03);
    out(b, CMD0, 0x80);
    pulse(b, 3);
    assert_int_equal(i8259_ack(b->pic), 0x23);
    pulse(b, 0);
    pulse(b, 5);
    assert_int_equal(i8259_ack(b->pic), 0x25);
    out(b, CMD0, 0x00); /* rotation off: order stays as it is now */
    assert_int_equal(i8259_ack(b->pic), 0x20);
    pulse(b, 6);
    pulse(b, 5);
    assert_int_equal(i8259_ack(b->pic), 0x26);
}

/* Specific rotation: OCW2 110 and 111. */
static void specific_rotation(void **state)
{
    struct bench *b = *state;

    out(b, CMD0, 0xc5); /* IR5 lowest, IR6 highest */
    pulse(b, 5);
    pulse(b, 0);
    pulse(b, 6);
    assert_int_equal(i8259_ack(b->pic), 0x26);
    out(b, CMD0, 0xe6); /* specific EOI of 6, which becomes the lowest */
    assert_int_equal(isr(b, CMD0), 0);
    pulse(b, 7);
    assert_int_equal(i8259_ack(b->pic), 0x27);
}

/* Special mask mode: a masked in-service level lets lower ones through. */
static void special_mask_mode(void **state)
{
    struct bench *b = *state;

    pulse(b, 3);
    assert_int_equal(i8259_ack(b->pic), 0x23);
    pulse(b, 6);
    assert_false(b->intr.level);
    out(b, DATA0, 0x08);
    assert_false(b->intr.level);
    out(b, CMD0, 0x68);
    assert_true(b->intr.level);
    assert_int_equal(i8259_ack(b->pic), 0x26);
    out(b, CMD0, 0x20); /* the masked bit is passed over */
    assert_int_equal(isr(b, CMD0), 0x08);
    out(b, CMD0, 0x48);
    pulse(b, 6);
    assert_false(b->intr.level);
    out(b, CMD0, 0x63);
    assert_true(b->intr.level);
}

/* Poll command: the next read is the INTA. */
static void poll_command(void **state)
{
    struct bench *b = *state;

    out(b, CMD0, 0x0c);
    assert_int_equal(in(b, CMD0), 0x00);
    pulse(b, 4);
    out(b, CMD0, 0x0c);
    assert_int_equal(in(b, CMD0), 0x84);
    assert_int_equal(isr(b, CMD0), 0x10);
    assert_false(b->intr.level);
    pulse(b, 11);
    out(b, CMD1, 0x0c);
    assert_int_equal(in(b, DATA1), 0x83);
    assert_int_equal(isr(b, CMD1), 0x08);
}

static void peek_does_not_poll(void **state)
{
    struct bench *b = *state;

    pulse(b, 4);
    out(b, CMD0, 0x0c);
    assert_int_equal(bus_peek(b->rig->ports, CMD0, 1), 0x84);
    assert_int_equal(bus_peek(b->rig->ports, CMD0, 1), 0x84);
    assert_true(b->intr.level);
    assert_int_equal(in(b, CMD0), 0x84);
}

/* Level mode by ELCR: asked for as long as the line is high. */
static void level_triggered(void **state)
{
    struct bench *b = *state;

    out(b, ELCR1, 0x20);
    irq(b, 5, true);
    assert_int_equal(i8259_ack(b->pic), 0x25);
    assert_false(b->intr.level);
    out(b, CMD0, 0x20);
    assert_true(b->intr.level);
    irq(b, 5, false);
    assert_false(b->intr.level);
}

/* The PCH keeps timer, keyboard, cascade, RTC and coprocessor edge-triggered. */
static void elcr_masks(void **state)
{
    struct bench *b = *state;

    out(b, ELCR1, 0xff);
    out(b, ELCR2, 0xff);
    assert_int_equal(in(b, ELCR1), 0xf8);
    assert_int_equal(in(b, ELCR2), 0xde);
}

/* An edge stays requested when the line falls before INTA (chosen; sources here may pulse). */
static void edge_is_latched(void **state)
{
    struct bench *b = *state;

    pulse(b, 0);
    assert_true(b->intr.level);
    assert_int_equal(i8259_ack(b->pic), 0x20);
    out(b, CMD0, 0x20);
    assert_false(b->intr.level);
    irq(b, 0, true);
    assert_int_equal(i8259_ack(b->pic), 0x20);
    irq(b, 0, true); /* no second edge */
    out(b, CMD0, 0x20);
    assert_false(b->intr.level);
}

/* Interrupt sequence: the request went before INTA: IR7 of the chip, with no ISR bit. */
static void spurious_interrupts(void **state)
{
    struct bench *b = *state;

    out(b, ELCR1, 0x20);
    irq(b, 5, true);
    irq(b, 5, false);
    assert_int_equal(i8259_ack(b->pic), 0x27);
    assert_int_equal(isr(b, CMD0), 0);
    /* The slave's request was taken by a poll: the cascade input falls with it. */
    pulse(b, 12);
    out(b, CMD1, 0x0c);
    assert_int_equal(in(b, CMD1), 0x84);
    assert_int_equal(i8259_ack(b->pic), 0x27);
}

static void unusual_modes_are_reported(void **state)
{
    struct bench *b = *state;

    out(b, CMD0, 0x11);
    out(b, DATA0, 0x20);
    out(b, DATA0, 0x08);
    out(b, DATA0, 0x0c);
    assert_int_equal(rig_unimplemented(b->rig), 2);
}

static void word_access_is_both_ports(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, CMD0, 2, 0xfe0b);
    assert_int_equal(in(b, DATA0), 0xfe);
    assert_int_equal(rig_in(b->rig, CMD0, 2), 0xfe00);
}

static void reset_keeps_the_lines(void **state)
{
    struct bench *b = *state;

    irq(b, 5, true);
    device_reset(b->pic, RESET_BUS);
    assert_false(b->intr.level);
    out(b, ELCR1, 0x20);
    initialise(b, 0x01);
    assert_true(b->intr.level);
}

static void snapshot_in_service_and_requested(void **state)
{
    struct bench *b = *state;
    struct bench *other = create();

    out(b, ELCR2, 0x08);
    pulse(b, 6);
    assert_int_equal(i8259_ack(b->pic), 0x26);
    irq(b, 11, true);
    out(b, CMD0, 0xc0);
    rig_copy_state(b->rig, b->pic, other->rig, other->pic);
    assert_int_equal(device_state_hash(b->pic), device_state_hash(other->pic));
    assert_int_equal(isr(other, CMD0), 0x40);
    assert_int_equal(i8259_ack(other->pic), 0x2b);
    assert_int_equal(isr(other, CMD1), 0x08);
    rig_destroy(other->rig);
    test_free(other);
}

static void snapshot_keeps_the_modes_and_the_output(void **state)
{
    struct bench *b = *state;
    struct bench *other = create();

    initialise(b, 0x13); /* special fully nested, automatic EOI */
    out(b, CMD0, 0x80);
    pulse(b, 3);
    rig_copy_state(b->rig, b->pic, other->rig, other->pic);
    assert_true(i8259_int(other->pic)->level);
    assert_int_equal(i8259_ack(other->pic), 0x23);
    pulse(other, 0);
    pulse(other, 5);
    assert_int_equal(i8259_ack(other->pic), 0x25); /* rotated by the automatic EOI of 3 */
    rig_destroy(other->rig);
    test_free(other);
    other = create();
    initialise(b, 0x11);
    pulse(b, 12);
    assert_int_equal(i8259_ack(b->pic), 0x2c);
    rig_copy_state(b->rig, b->pic, other->rig, other->pic);
    pulse(other, 9);
    assert_int_equal(i8259_ack(other->pic), 0x29); /* special fully nested */
    rig_destroy(other->rig);
    test_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(silent_until_initialised, setup_raw, teardown),
        cmocka_unit_test_setup_teardown(initialisation_command_words, setup_raw, teardown),
        cmocka_unit_test_setup_teardown(icw1_resets_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(fully_nested_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(ocw1_masks, setup, teardown),
        cmocka_unit_test_setup_teardown(cascade, setup, teardown),
        cmocka_unit_test_setup_teardown(slave_is_masked_by_ir2, setup, teardown),
        cmocka_unit_test_setup_teardown(special_fully_nested_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(specific_eoi, setup, teardown),
        cmocka_unit_test_setup_teardown(automatic_eoi, setup, teardown),
        cmocka_unit_test_setup_teardown(rotate_on_non_specific_eoi, setup, teardown),
        cmocka_unit_test_setup_teardown(rotate_in_automatic_eoi_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(specific_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(special_mask_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(poll_command, setup, teardown),
        cmocka_unit_test_setup_teardown(peek_does_not_poll, setup, teardown),
        cmocka_unit_test_setup_teardown(level_triggered, setup, teardown),
        cmocka_unit_test_setup_teardown(elcr_masks, setup, teardown),
        cmocka_unit_test_setup_teardown(edge_is_latched, setup, teardown),
        cmocka_unit_test_setup_teardown(spurious_interrupts, setup, teardown),
        cmocka_unit_test_setup_teardown(unusual_modes_are_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(word_access_is_both_ports, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_keeps_the_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_in_service_and_requested, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_keeps_the_modes_and_the_output, setup, teardown),
    };

    return cmocka_run_group_tests_name("i8259", tests, NULL, NULL);
}
