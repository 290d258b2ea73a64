/* SPDX-License-Identifier: GPL-2.0-only */
/* The 16550A, one test per sentence of the PC16550D data sheet; numbers in the names are its
 * sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/serial/uart16550.h"
#include "devices/serial/uart16550_regs.h"
#include "tests/lib/rig.h"

#define PORT 0x3f8
/* 10 bits of 16 clocks of 1.8432 MHz at divisor 1: 86.8 us */
#define CHARACTER VTIME_NS(86806)
#define LCR_8N1   0x03

struct bench {
    struct rig *rig;
    struct device *uart;
    struct capture out;
    struct probe irq;
    unsigned room_calls;
};

static void count_room(void *ctx)
{
    ((struct bench *)ctx)->room_calls++;
}

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));
    struct uart16550_config config = {
        .port = PORT,
        .clock_hz = 1843200,
        .modem = UART16550_CTS | UART16550_DSR | UART16550_DCD,
        .sink = {.ctx = &b->out, .write = capture_write},
        .room = count_room,
        .room_ctx = b,
    };

    b->rig = rig_create();
    b->uart = rig_device(b->rig, &uart16550_class, "/com1", &config);
    b->irq.rig = b->rig;
    irq_connect(uart16550_irq(b->uart), probe_sink, &b->irq, 4);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    rig_destroy(b->rig);
    test_free(b);
    return 0;
}

static uint8_t get(struct bench *b, unsigned reg)
{
    return (uint8_t)rig_in(b->rig, PORT + reg, 1);
}

static void put(struct bench *b, unsigned reg, uint8_t value)
{
    rig_out(b->rig, PORT + reg, 1, value);
}

/* 115200 8N1, interrupt gate open. */
static void open_port(struct bench *b, uint8_t fcr, uint8_t ier)
{
    put(b, UART_LCR, UART_LCR_DLAB);
    put(b, UART_RBR_THR_DLL, 1);
    put(b, UART_IER_DLM, 0);
    put(b, UART_LCR, LCR_8N1);
    put(b, UART_IIR_FCR, fcr);
    put(b, UART_MCR, UART_MCR_OUT2);
    put(b, UART_IER_DLM, ier);
}

/* The far end sends; as fast as the line goes. */
static void type(struct bench *b, const char *text)
{
    for (; *text != '\0'; text++) {
        assert_true(uart16550_receive(b->uart, (uint8_t)*text));
        rig_advance(b->rig, CHARACTER);
    }
}

static uint8_t iir_source(struct bench *b)
{
    return (uint8_t)(get(b, UART_IIR_FCR) & ~UART_IIR_FIFOS);
}

/* ---- Registers after reset (8.0, table I) ---- */

static void reset_values_table_1(void **state)
{
    struct bench *b = *state;

    assert_int_equal(get(b, UART_IER_DLM), 0);
    assert_int_equal(get(b, UART_IIR_FCR), UART_IIR_NONE);
    assert_int_equal(get(b, UART_LCR), 0);
    assert_int_equal(get(b, UART_MCR), 0);
    assert_int_equal(get(b, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    assert_int_equal(get(b, UART_MSR), UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD);
    assert_false(b->irq.level);
}

static void dlab_opens_the_divisor_8_3(void **state)
{
    struct bench *b = *state;

    put(b, UART_LCR, UART_LCR_DLAB | LCR_8N1);
    put(b, UART_RBR_THR_DLL, 0x34);
    put(b, UART_IER_DLM, 0x12);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 0x34);
    assert_int_equal(get(b, UART_IER_DLM), 0x12);
    put(b, UART_LCR, LCR_8N1);
    assert_int_equal(get(b, UART_IER_DLM), 0);
    assert_int_equal(b->out.bytes, 0);
}

static void scratch_holds_anything_8_10(void **state)
{
    struct bench *b = *state;

    put(b, UART_SCR, 0xa5);
    assert_int_equal(get(b, UART_SCR), 0xa5);
}

static void ier_upper_bits_are_zero_8_7(void **state)
{
    struct bench *b = *state;

    put(b, UART_IER_DLM, 0xff);
    assert_int_equal(get(b, UART_IER_DLM), 0x0f);
}

/* ---- Transmitter ---- */

static void byte_leaves_after_ten_bit_times_8_1(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, 0);
    put(b, UART_RBR_THR_DLL, 'x');
    rig_advance(b->rig, CHARACTER - VTIME_NS(10));
    assert_int_equal(b->out.bytes, 0);
    rig_advance(b->rig, VTIME_NS(20));
    assert_int_equal(b->out.bytes, 1);
    assert_int_equal(b->out.data[0], 'x');
}

static void line_format_sets_the_time_8_1(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, 0);
    /* 5 data bits, parity, 1.5 stop bits: 8.5 bit times of 8.68 us */
    put(b, UART_LCR, UART_LCR_STB | UART_LCR_PEN);
    put(b, UART_RBR_THR_DLL, 0xff);
    rig_advance(b->rig, VTIME_NS(73700));
    assert_int_equal(b->out.bytes, 0);
    rig_advance(b->rig, VTIME_NS(200));
    assert_int_equal(b->out.bytes, 1);
    assert_int_equal(b->out.data[0], 0x1f);
}

static void thre_and_temt_follow_the_transmitter_8_4(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, 0);
    put(b, UART_RBR_THR_DLL, 'a'); /* goes to the shift register at once */
    assert_int_equal(get(b, UART_LSR), UART_LSR_THRE);
    put(b, UART_RBR_THR_DLL, 'b');
    assert_int_equal(get(b, UART_LSR), 0);
    rig_advance(b->rig, CHARACTER);
    assert_int_equal(get(b, UART_LSR), UART_LSR_THRE);
    rig_advance(b->rig, CHARACTER);
    assert_int_equal(get(b, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    assert_memory_equal(b->out.data, "ab", 2);
}

static void fifo_holds_sixteen_behind_the_shifter_8_11(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, 0);
    for (unsigned i = 0; i < 17; i++) {
        put(b, UART_RBR_THR_DLL, (uint8_t)('A' + i));
    }
    assert_int_equal(rig_guest_errors(b->rig), 0);
    put(b, UART_RBR_THR_DLL, 'z');
    assert_int_equal(rig_guest_errors(b->rig), 1);
    rig_advance(b->rig, 18 * CHARACTER);
    assert_int_equal(b->out.bytes, 17);
    assert_memory_equal(b->out.data, "ABCDEFGHIJKLMNOPQ", 17);
}

static void break_holds_the_output_8_1(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, 0);
    put(b, UART_LCR, LCR_8N1 | UART_LCR_SBRK);
    put(b, UART_RBR_THR_DLL, 'x');
    rig_advance(b->rig, CHARACTER);
    assert_int_equal(b->out.bytes, 0);
    assert_int_equal(get(b, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
}

static void thre_interrupt_comes_and_goes_table_4(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, UART_IER_ETBEI); /* empty at enable: at once */
    assert_true(b->irq.level);
    assert_int_equal(iir_source(b), UART_IIR_THRE);
    assert_false(b->irq.level); /* reading IIR cleared it */
    assert_int_equal(iir_source(b), UART_IIR_NONE);
    put(b, UART_RBR_THR_DLL, 'a');
    assert_true(b->irq.level); /* holding register emptied into the shifter */
    put(b, UART_RBR_THR_DLL, 'b');
    assert_false(b->irq.level); /* writing cleared it */
    rig_advance(b->rig, CHARACTER);
    assert_true(b->irq.level);
}

static void enabling_thre_again_raises_it_again(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, UART_IER_ETBEI);
    (void)get(b, UART_IIR_FCR);
    assert_false(b->irq.level);
    put(b, UART_IER_DLM, 0);
    put(b, UART_IER_DLM, UART_IER_ETBEI);
    assert_int_equal(iir_source(b), UART_IIR_THRE);
}

/* ---- Receiver ---- */

static void byte_arrives_after_its_time_8_4(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, UART_IER_ERBFI);
    assert_true(uart16550_receive(b->uart, 'k'));
    assert_false(uart16550_can_receive(b->uart));
    assert_false(uart16550_receive(b->uart, 'l'));
    rig_advance(b->rig, CHARACTER - VTIME_NS(10));
    assert_false(b->irq.level);
    rig_advance(b->rig, VTIME_NS(20));
    assert_true(b->irq.level);
    assert_int_equal(iir_source(b), UART_IIR_DATA);
    assert_true(get(b, UART_LSR) & UART_LSR_DR);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 'k');
    assert_false(b->irq.level);
    assert_false(get(b, UART_LSR) & UART_LSR_DR);
}

static void host_waits_while_the_receiver_is_full(void **state)
{
    struct bench *b = *state;
    unsigned calls;

    open_port(b, UART_FCR_ENABLE, 0);
    type(b, "0123456789abcdef");
    assert_false(uart16550_can_receive(b->uart));
    calls = b->room_calls;
    assert_int_equal(get(b, UART_RBR_THR_DLL), '0');
    assert_int_equal(b->room_calls, calls + 1);
    assert_true(uart16550_can_receive(b->uart));
    assert_false(get(b, UART_LSR) & UART_LSR_OE);
}

static void trigger_level_8_11_a(void **state)
{
    static const uint8_t levels[] = {1, 4, 8, 14};
    struct bench *b = *state;

    for (unsigned i = 0; i < 4; i++) {
        open_port(b, (uint8_t)(UART_FCR_ENABLE | UART_FCR_RCVR_RESET | i << 6), UART_IER_ERBFI);
        for (unsigned n = 1; n <= levels[i]; n++) {
            assert_false(b->irq.level);
            type(b, "x");
        }
        assert_int_equal(iir_source(b), UART_IIR_DATA);
        (void)get(b, UART_RBR_THR_DLL); /* below the level: drops */
        assert_false(b->irq.level);
    }
}

static void timeout_after_four_characters_8_11_a(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE | 0xc0, UART_IER_ERBFI);
    type(b, "ab");
    rig_advance(b->rig, 4 * CHARACTER - VTIME_US(1));
    assert_false(b->irq.level);
    rig_advance(b->rig, VTIME_US(2));
    assert_int_equal(iir_source(b), UART_IIR_TIMEOUT);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 'a');
    assert_false(b->irq.level); /* a read restarts the timer */
    rig_advance(b->rig, 4 * CHARACTER + VTIME_US(1));
    assert_int_equal(iir_source(b), UART_IIR_TIMEOUT);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 'b');
    rig_advance(b->rig, 10 * CHARACTER);
    assert_int_equal(iir_source(b), UART_IIR_NONE);
}

static void fcr_change_empties_both_fifos_8_5(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, 0);
    type(b, "abc");
    put(b, UART_IIR_FCR, 0);
    assert_false(get(b, UART_LSR) & UART_LSR_DR);
    assert_int_equal(get(b, UART_IIR_FCR), UART_IIR_NONE);
    put(b, UART_IIR_FCR, 0xc0); /* bit 0 clear: the rest is not programmed */
    assert_int_equal(get(b, UART_IIR_FCR), UART_IIR_NONE);
}

static void receiver_reset_leaves_the_shifter_8_5(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, 0);
    type(b, "abc");
    assert_true(uart16550_receive(b->uart, 'd'));
    put(b, UART_IIR_FCR, UART_FCR_ENABLE | UART_FCR_RCVR_RESET);
    assert_false(get(b, UART_LSR) & UART_LSR_DR);
    rig_advance(b->rig, CHARACTER);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 'd');
}

/* ---- Loopback (8.8) ---- */

static void loopback_returns_bytes_8_8(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, 0);
    put(b, UART_MCR, UART_MCR_LOOP);
    put(b, UART_RBR_THR_DLL, 'q');
    rig_advance(b->rig, CHARACTER);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 'q');
    assert_int_equal(b->out.bytes, 0);
    assert_false(uart16550_can_receive(b->uart));
}

static void loopback_crosses_the_modem_lines_8_8(void **state)
{
    struct bench *b = *state;

    put(b, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_OUT2);
    assert_int_equal(get(b, UART_MSR) & 0xf0, UART_MSR_CTS | UART_MSR_DCD);
    put(b, UART_MCR, UART_MCR_LOOP | UART_MCR_DTR | UART_MCR_OUT1);
    assert_int_equal(get(b, UART_MSR) & 0xf0, UART_MSR_DSR | UART_MSR_RI);
}

static void overrun_without_fifo_replaces_8_4(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, 0);
    put(b, UART_MCR, UART_MCR_LOOP);
    put(b, UART_RBR_THR_DLL, '1');
    rig_advance(b->rig, CHARACTER);
    put(b, UART_RBR_THR_DLL, '2');
    rig_advance(b->rig, CHARACTER);
    assert_true(get(b, UART_LSR) & UART_LSR_OE);
    assert_false(get(b, UART_LSR) & UART_LSR_OE); /* reading cleared it */
    assert_int_equal(get(b, UART_RBR_THR_DLL), '2');
}

static void overrun_with_fifo_loses_the_new_8_4(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, 0);
    put(b, UART_MCR, UART_MCR_LOOP);
    for (unsigned i = 0; i < 17; i++) {
        put(b, UART_RBR_THR_DLL, (uint8_t)i);
        rig_advance(b->rig, CHARACTER);
    }
    assert_true(get(b, UART_LSR) & UART_LSR_OE);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(get(b, UART_RBR_THR_DLL), i);
    }
    assert_false(get(b, UART_LSR) & UART_LSR_DR);
}

static void break_shows_with_its_character_8_4(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, UART_IER_ELSI);
    put(b, UART_MCR, UART_MCR_LOOP);
    put(b, UART_RBR_THR_DLL, 'a');
    rig_advance(b->rig, CHARACTER);
    put(b, UART_LCR, LCR_8N1 | UART_LCR_SBRK);
    /* The break stands second in the FIFO: only the summary bit shows it. */
    assert_int_equal(get(b, UART_LSR) & (UART_LSR_BI | UART_LSR_FIFOE), UART_LSR_FIFOE);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 'a');
    assert_int_equal(iir_source(b), UART_IIR_LINE);
    assert_int_equal(get(b, UART_LSR) & (UART_LSR_BI | UART_LSR_FIFOE),
                     UART_LSR_BI | UART_LSR_FIFOE);
    assert_int_equal(iir_source(b), UART_IIR_NONE);
    assert_int_equal(get(b, UART_RBR_THR_DLL), 0);
}

/* ---- Interrupts ---- */

static void priority_table_4(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, UART_IER_BITS);
    put(b, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS); /* DSR and DCD drop: modem status */
    put(b, UART_RBR_THR_DLL, '1');
    rig_advance(b->rig, CHARACTER);
    put(b, UART_RBR_THR_DLL, '2');
    rig_advance(b->rig, CHARACTER); /* overrun */
    assert_int_equal(iir_source(b), UART_IIR_LINE);
    (void)get(b, UART_LSR);
    assert_int_equal(iir_source(b), UART_IIR_DATA);
    (void)get(b, UART_RBR_THR_DLL);
    assert_int_equal(iir_source(b), UART_IIR_THRE);
    assert_int_equal(iir_source(b), UART_IIR_MODEM);
    (void)get(b, UART_MSR);
    assert_int_equal(iir_source(b), UART_IIR_NONE);
}

static void out2_gates_the_line(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, UART_IER_ETBEI);
    assert_true(b->irq.level);
    put(b, UART_MCR, 0);
    assert_false(b->irq.level);
    put(b, UART_MCR, UART_MCR_OUT2);
    assert_true(b->irq.level);
}

static void modem_deltas_8_9(void **state)
{
    struct bench *b = *state;

    open_port(b, 0, UART_IER_EDSSI);
    uart16550_set_modem(b->uart, UART16550_CTS | UART16550_DSR | UART16550_RI);
    assert_true(b->irq.level);
    assert_int_equal(get(b, UART_MSR), UART_MSR_CTS | UART_MSR_DSR | UART_MSR_RI | UART_MSR_DDCD);
    assert_false(b->irq.level);
    uart16550_set_modem(b->uart, UART16550_CTS | UART16550_DSR); /* trailing edge of RI */
    assert_int_equal(get(b, UART_MSR), UART_MSR_CTS | UART_MSR_DSR | UART_MSR_TERI);
}

/* ---- Linux ---- */

/* The probes by which Linux tells a 16550A from its relatives (drivers/tty/serial/8250). */
static void linux_finds_a_16550a(void **state)
{
    struct bench *b = *state;

    put(b, UART_IER_DLM, 0);
    assert_int_equal(get(b, UART_IER_DLM) & 0x0f, 0);
    put(b, UART_IER_DLM, 0x0f);
    assert_int_equal(get(b, UART_IER_DLM) & 0x0f, 0x0f);
    put(b, UART_MCR, UART_MCR_LOOP | 0x0a);
    assert_int_equal(get(b, UART_MSR) & 0xf0, 0x90);
    put(b, UART_MCR, 0);
    put(b, UART_IIR_FCR, UART_FCR_ENABLE);
    assert_int_equal(get(b, UART_IIR_FCR) >> 6, 3);
    put(b, UART_LCR, 0xbf); /* no enhanced feature register */
    assert_int_not_equal(get(b, UART_IIR_FCR), 0);
    put(b, UART_LCR, UART_LCR_DLAB); /* no 64-byte FIFO */
    put(b, UART_IIR_FCR, UART_FCR_ENABLE | 0x20);
    assert_int_equal(get(b, UART_IIR_FCR) >> 5, 6);
}

/* ---- Time and life ---- */

static void fixed_character_time_is_kept(void **state)
{
    struct bench *b = *state;
    struct capture out = {0};
    struct uart16550_config config = {.port = 0x2f8,
                                      .clock_hz = 1843200,
                                      .character_time = VTIME_US(1),
                                      .sink = {.ctx = &out, .write = capture_write}};

    (void)rig_device(b->rig, &uart16550_class, "/com2", &config);
    rig_out(b->rig, 0x2f8, 1, 'x');
    rig_advance(b->rig, VTIME_US(1));
    assert_int_equal(out.bytes, 1);
}

static void reset_stops_everything(void **state)
{
    struct bench *b = *state;

    open_port(b, UART_FCR_ENABLE, UART_IER_BITS);
    put(b, UART_RBR_THR_DLL, 'a');
    put(b, UART_RBR_THR_DLL, 'b');
    assert_true(uart16550_receive(b->uart, 'c'));
    device_reset(b->uart, RESET_BUS);
    assert_false(b->irq.level);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(b->out.bytes, 0);
    reset_values_table_1(state);
}

static void impossible_clock_is_refused(void **state)
{
    struct bench *b = *state;
    struct uart16550_config config = {.port = 0x2f8};
    struct error err = ERROR_INIT;

    assert_null(device_create(&uart16550_class, "/com2", &b->rig->env, &config, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reset_values_table_1),
        TEST(dlab_opens_the_divisor_8_3),
        TEST(scratch_holds_anything_8_10),
        TEST(ier_upper_bits_are_zero_8_7),
        TEST(byte_leaves_after_ten_bit_times_8_1),
        TEST(line_format_sets_the_time_8_1),
        TEST(thre_and_temt_follow_the_transmitter_8_4),
        TEST(fifo_holds_sixteen_behind_the_shifter_8_11),
        TEST(break_holds_the_output_8_1),
        TEST(thre_interrupt_comes_and_goes_table_4),
        TEST(enabling_thre_again_raises_it_again),
        TEST(byte_arrives_after_its_time_8_4),
        TEST(host_waits_while_the_receiver_is_full),
        TEST(trigger_level_8_11_a),
        TEST(timeout_after_four_characters_8_11_a),
        TEST(fcr_change_empties_both_fifos_8_5),
        TEST(receiver_reset_leaves_the_shifter_8_5),
        TEST(loopback_returns_bytes_8_8),
        TEST(loopback_crosses_the_modem_lines_8_8),
        TEST(overrun_without_fifo_replaces_8_4),
        TEST(overrun_with_fifo_loses_the_new_8_4),
        TEST(break_shows_with_its_character_8_4),
        TEST(priority_table_4),
        TEST(out2_gates_the_line),
        TEST(modem_deltas_8_9),
        TEST(linux_finds_a_16550a),
        TEST(fixed_character_time_is_kept),
        TEST(reset_stops_everything),
        TEST(impossible_clock_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
