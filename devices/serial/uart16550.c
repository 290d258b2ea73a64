/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 16550A asynchronous serial port (National Semiconductor PC16550D data sheet, June 1995; numbers
 * in parentheses below are its sections).
 *
 * Modelled: all registers; 16-byte FIFOs with trigger levels and the receiver timeout; overrun,
 * break, error bits per character in the FIFO; the five interrupts with their priority and
 * identification; loopback; the time that a character takes (start, data, parity and stop bits at
 * the programmed baud rate); OUT2 as the gate of the interrupt line (PC/AT).
 * Not modelled: parity and framing errors from outside (the host's bytes are good); DMA mode
 * signals RXRDY and TXRDY; the one-character delay of the first THRE interrupt after a FIFO went
 * empty (8.11 B).
 * Chosen: a byte is given to the sink when its last stop bit has left. Bytes from the host wait
 * outside until there is room, as if the far end obeyed perfect flow control: overrun happens in
 * loopback only. A write into a full transmitter is lost and a guest error. Divisor 0 counts as
 * 1. The divisor is 12 (9600 baud) after any reset; on the chip it is undefined. Characters of
 * fewer than 8 data bits drop the high bits.
 *
 * How it works: the transmitter is a FIFO (one byte deep when the FIFOs are off: the holding register)
 * and a shift register whose end is an event. The receiver likewise: a byte in the shift
 * register, an event, a FIFO; next to each received byte stands its error byte. update() alone
 * computes the interrupt line.
 */
#include "devices/serial/uart16550.h"

#include "devices/serial/uart16550_regs.h"
#include "emu/base/fifo.h"
#include "emu/core/device.h"
#include "emu/core/irq.h"

#define FIFO_DEPTH        16
#define DIVISOR_RESET     12
#define TIMEOUT_CHARS     4 /* 8.11 A: four character times without a receive or a read */
#define CLOCKS_PER_BIT    16
#define DATA_BITS_MIN     5
#define LCR_WLS           0x03u
#define FCR_TRIGGER_SHIFT 6

struct uart16550 {
    struct device device;
    struct uart16550_config config;
    struct reg_window window;
    struct irq_line irq;
    /* backed registers */
    uint8_t lcr;
    uint8_t mcr;
    uint8_t scr;
    /* the rest */
    uint8_t ier;
    uint8_t fcr;
    uint16_t divisor;
    uint8_t errors;      /* LSR bits 1-4 */
    uint8_t modem;       /* outside inputs, MSR bits 4-7 */
    uint8_t modem_seen;  /* inputs after loopback at the last look, for the delta bits */
    uint8_t modem_delta; /* MSR bits 0-3 */
    bool is_thre_pending;
    bool is_timeout_pending;
    bool is_sending;
    bool is_receiving;
    uint8_t tx_shift;
    uint8_t rx_shift;
    uint8_t rx_shift_errors;
    struct fifo tx;
    struct fifo rx;
    struct fifo rx_errors; /* LSR error bits of the byte at the same place in rx */
    struct event tx_done;
    struct event rx_done;
    struct event rx_timeout;
};

static struct uart16550 *uart_of(struct device *device)
{
    return CONTAINER_OF(device, struct uart16550, device);
}

static const struct trace_desc ev_transmit = {
    .name = "transmit", .level = TRACE_LEVEL_NORMAL, .fields = {"byte"}};
static const struct trace_desc ev_receive = {
    .name = "receive", .level = TRACE_LEVEL_NORMAL, .fields = {"byte", "errors"}};
static const struct trace_desc ev_overrun = {
    .name = "overrun", .level = TRACE_LEVEL_NORMAL, .fields = {"byte"}};

static bool has_fifos(const struct uart16550 *uart)
{
    return (uart->fcr & UART_FCR_ENABLE) != 0;
}

/* Without FIFOs the same queues are the holding registers, one byte deep. */
static unsigned depth(const struct uart16550 *uart)
{
    return has_fifos(uart) ? FIFO_DEPTH : 1;
}

static bool is_loopback(const struct uart16550 *uart)
{
    return (uart->mcr & UART_MCR_LOOP) != 0;
}

static uint8_t data_mask(const struct uart16550 *uart)
{
    return (uint8_t)bits_mask(DATA_BITS_MIN + (uart->lcr & LCR_WLS));
}

/* One character: start bit, data, parity, stop bits (8.1); counted in half bits because 5-bit
 * characters may have 1.5 stops. */
static vtime character_time(const struct uart16550 *uart)
{
    unsigned data = DATA_BITS_MIN + (uart->lcr & LCR_WLS);
    unsigned half_bits = 2 * (1 + data + ((uart->lcr & UART_LCR_PEN) != 0 ? 1u : 0u) + 1);
    struct clock clock = {.hz_num = uart->config.clock_hz, .hz_den = 1};

    if (uart->config.character_time != 0) return uart->config.character_time;
    if ((uart->lcr & UART_LCR_STB) != 0) {
        half_bits += data == DATA_BITS_MIN ? 1 : 2;
    }
    return clock_duration(&clock, (uint64_t)half_bits * (CLOCKS_PER_BIT / 2) *
                                      (uart->divisor == 0 ? 1 : uart->divisor));
}

static unsigned trigger_level(const struct uart16550 *uart)
{
    static const uint8_t levels[] = {1, 4, 8, 14};

    return has_fifos(uart) ? levels[uart->fcr >> FCR_TRIGGER_SHIFT] : 1;
}

/* ---- Interrupts (8.6, table IV) ---- */

static uint8_t iir_now(const struct uart16550 *uart)
{
    uint8_t fifos = has_fifos(uart) ? UART_IIR_FIFOS : 0;

    if ((uart->ier & UART_IER_ELSI) != 0 && uart->errors != 0) return fifos | UART_IIR_LINE;
    if ((uart->ier & UART_IER_ERBFI) != 0) {
        if (uart->rx.count >= trigger_level(uart)) return fifos | UART_IIR_DATA;
        if (uart->is_timeout_pending) return fifos | UART_IIR_TIMEOUT;
    }
    if ((uart->ier & UART_IER_ETBEI) != 0 && uart->is_thre_pending) return fifos | UART_IIR_THRE;
    if ((uart->ier & UART_IER_EDSSI) != 0 && uart->modem_delta != 0) return fifos | UART_IIR_MODEM;
    return fifos | UART_IIR_NONE;
}

static void update(struct uart16550 *uart)
{
    bool is_pending = (iir_now(uart) & UART_IIR_NONE) == 0;

    /* Loopback disconnects the modem outputs (8.8), so OUT2 is off then. */
    irq_set(&uart->irq, is_pending && (uart->mcr & UART_MCR_OUT2) != 0 && !is_loopback(uart));
}

/* ---- Receiver ---- */

/* The errors of a character show in LSR when it gets to the top of the FIFO (8.4). */
static void show_top_errors(struct uart16550 *uart)
{
    if (!fifo_is_empty(&uart->rx)) {
        uart->errors |= fifo_peek(&uart->rx_errors);
    }
}

static void restart_timeout(struct uart16550 *uart)
{
    uart->is_timeout_pending = false;
    if (!has_fifos(uart) || fifo_is_empty(&uart->rx)) {
        sched_cancel(uart->device.env.sched, &uart->rx_timeout);
        return;
    }
    sched_at(uart->device.env.sched, &uart->rx_timeout,
             device_now(&uart->device) + TIMEOUT_CHARS * character_time(uart));
}

/* A whole character has been shifted in (from outside, or from the transmitter in loopback). */
static void receive_character(struct uart16550 *uart, uint8_t byte, uint8_t errors)
{
    struct trace *trace = uart->device.env.trace;

    if (uart->rx.count >= depth(uart)) {
        /* 8.4 bit 1: without FIFOs the new character replaces the old; with FIFOs it is lost. */
        TRACE(trace, &uart->device, &ev_overrun, byte);
        uart->errors |= UART_LSR_OE;
        if (has_fifos(uart)) return;
        fifo_clear(&uart->rx);
        fifo_clear(&uart->rx_errors);
    }
    TRACE(trace, &uart->device, &ev_receive, byte, errors);
    (void)fifo_push(&uart->rx, byte);
    (void)fifo_push(&uart->rx_errors, errors);
    if (uart->rx.count == 1) {
        show_top_errors(uart);
    }
    restart_timeout(uart);
}

bool uart16550_can_receive(const struct device *device)
{
    const struct uart16550 *uart = (const struct uart16550 *)(const void *)device;

    return !uart->is_receiving && uart->rx.count < depth(uart) && !is_loopback(uart);
}

static void tell_room(struct uart16550 *uart)
{
    if (uart->config.room != NULL && uart16550_can_receive(&uart->device)) {
        uart->config.room(uart->config.room_ctx);
    }
}

bool uart16550_receive(struct device *device, uint8_t byte)
{
    struct uart16550 *uart = uart_of(device);

    if (!uart16550_can_receive(device)) return false;
    uart->is_receiving = true;
    uart->rx_shift = byte & data_mask(uart);
    uart->rx_shift_errors = 0;
    sched_at(device->env.sched, &uart->rx_done, device_now(device) + character_time(uart));
    return true;
}

static void rx_done_fire(void *owner, vtime when)
{
    struct uart16550 *uart = owner;

    (void)when;
    uart->is_receiving = false;
    receive_character(uart, uart->rx_shift, uart->rx_shift_errors);
    update(uart);
    tell_room(uart);
}

static void rx_timeout_fire(void *owner, vtime when)
{
    struct uart16550 *uart = owner;

    (void)when;
    uart->is_timeout_pending = true;
    update(uart);
}

/* ---- Transmitter ---- */

static void start_shifting(struct uart16550 *uart)
{
    uart->tx_shift = fifo_pop(&uart->tx) & data_mask(uart);
    uart->is_sending = true;
    sched_at(uart->device.env.sched, &uart->tx_done,
             device_now(&uart->device) + character_time(uart));
    if (fifo_is_empty(&uart->tx)) {
        uart->is_thre_pending = true;
    }
}

static void tx_done_fire(void *owner, vtime when)
{
    struct uart16550 *uart = owner;

    (void)when;
    uart->is_sending = false;
    if (is_loopback(uart)) {
        receive_character(uart, uart->tx_shift, 0);
    } else if ((uart->lcr & UART_LCR_SBRK) == 0) {
        /* While break is set the output is held low and no character can be told from it (8.1 bit
         * 6). */
        TRACE(uart->device.env.trace, &uart->device, &ev_transmit, uart->tx_shift);
        if (uart->config.sink.write != NULL) {
            uart->config.sink.write(uart->config.sink.ctx, &uart->tx_shift, 1);
        }
    }
    if (!fifo_is_empty(&uart->tx)) {
        start_shifting(uart);
    }
    update(uart);
}

static void transmit(struct uart16550 *uart, uint8_t byte)
{
    uart->is_thre_pending = false;
    if (uart->tx.count >= depth(uart)) {
        device_guest_error(&uart->device, "transmitter full", byte, uart->tx.count);
        return;
    }
    (void)fifo_push(&uart->tx, byte);
    if (!uart->is_sending) {
        start_shifting(uart);
    }
}

/* ---- Modem lines (8.8, 8.9) ---- */

static uint8_t modem_inputs(const struct uart16550 *uart)
{
    uint8_t lines = 0;

    if (!is_loopback(uart)) return uart->modem;
    lines |= (uart->mcr & UART_MCR_RTS) != 0 ? UART_MSR_CTS : 0;
    lines |= (uart->mcr & UART_MCR_DTR) != 0 ? UART_MSR_DSR : 0;
    lines |= (uart->mcr & UART_MCR_OUT1) != 0 ? UART_MSR_RI : 0;
    lines |= (uart->mcr & UART_MCR_OUT2) != 0 ? UART_MSR_DCD : 0;
    return lines;
}

static void modem_changed(struct uart16550 *uart)
{
    uint8_t lines = modem_inputs(uart);
    uint8_t changed = lines ^ uart->modem_seen;

    uart->modem_seen = lines;
    /* RI reports its trailing edge only (8.9 bit 2). */
    if ((lines & UART_MSR_RI) != 0) {
        changed &= (uint8_t)~UART_MSR_RI;
    }
    uart->modem_delta |= changed >> 4;
}

void uart16550_set_modem(struct device *device, uint8_t lines)
{
    struct uart16550 *uart = uart_of(device);

    uart->modem = lines & (UART16550_CTS | UART16550_DSR | UART16550_RI | UART16550_DCD);
    modem_changed(uart);
    update(uart);
}

/* ---- Registers ---- */

static bool is_divisor_open(struct device *device)
{
    return (uart_of(device)->lcr & UART_LCR_DLAB) != 0;
}

static uint64_t data_get(struct device *device, unsigned index, uint64_t stored)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    (void)stored;
    return is_divisor_open(device) ? uart->divisor & 0xffu : fifo_peek(&uart->rx);
}

static void data_read(struct device *device, unsigned index, uint64_t value)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    (void)value;
    if (is_divisor_open(device)) return;
    (void)fifo_pop(&uart->rx);
    (void)fifo_pop(&uart->rx_errors);
    show_top_errors(uart);
    restart_timeout(uart);
    update(uart);
    tell_room(uart);
}

static void data_write(struct device *device, const struct reg_write *write)
{
    struct uart16550 *uart = uart_of(device);

    if (is_divisor_open(device)) {
        uart->divisor = (uint16_t)bits_set(uart->divisor, 7, 0, write->written);
        return;
    }
    transmit(uart, (uint8_t)write->written);
    update(uart);
}

static uint64_t ier_get(struct device *device, unsigned index, uint64_t stored)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    (void)stored;
    return is_divisor_open(device) ? uart->divisor >> 8 : uart->ier;
}

static void ier_write(struct device *device, const struct reg_write *write)
{
    struct uart16550 *uart = uart_of(device);
    uint8_t was = uart->ier;

    if (is_divisor_open(device)) {
        uart->divisor = (uint16_t)bits_set(uart->divisor, 15, 8, write->written);
        return;
    }
    uart->ier = (uint8_t)write->written & UART_IER_BITS;
    /* Enabling the interrupt while the transmitter is empty raises it at once: drivers start
     * output that way. */
    if ((uart->ier & ~was & UART_IER_ETBEI) != 0 && fifo_is_empty(&uart->tx)) {
        uart->is_thre_pending = true;
    }
    update(uart);
}

static uint64_t iir_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    (void)stored;
    return iir_now(uart_of(device));
}

/* Reading IIR clears the THRE interrupt when it is the one reported (table IV). */
static void iir_read(struct device *device, unsigned index, uint64_t value)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    if ((value & ~(uint64_t)UART_IIR_FIFOS) == UART_IIR_THRE) {
        uart->is_thre_pending = false;
        update(uart);
    }
}

static void clear_receiver(struct uart16550 *uart)
{
    fifo_clear(&uart->rx);
    fifo_clear(&uart->rx_errors);
    restart_timeout(uart);
}

static void clear_transmitter(struct uart16550 *uart)
{
    fifo_clear(&uart->tx);
    uart->is_thre_pending = true;
}

/* 8.5: bit 0 must be 1 for the others to count; changing it empties both FIFOs; the reset bits
 * clear themselves. */
static void fcr_write(struct device *device, const struct reg_write *write)
{
    struct uart16550 *uart = uart_of(device);
    uint8_t value = (uint8_t)write->written;
    uint8_t was = uart->fcr;

    uart->fcr = (value & UART_FCR_ENABLE) != 0 ? value & UART_FCR_STORED : 0;
    if (((uart->fcr ^ was) & UART_FCR_ENABLE) != 0) {
        value |= UART_FCR_RCVR_RESET | UART_FCR_XMIT_RESET;
    } else if ((value & UART_FCR_ENABLE) == 0) {
        return;
    }
    if ((value & UART_FCR_RCVR_RESET) != 0) {
        clear_receiver(uart);
    }
    if ((value & UART_FCR_XMIT_RESET) != 0) {
        clear_transmitter(uart);
    }
    update(uart);
    tell_room(uart);
}

/* In loopback a break set now is a character of zeros with BI at our own receiver; outside nobody
 * listens for it. */
static void lcr_write(struct device *device, const struct reg_write *write)
{
    struct uart16550 *uart = uart_of(device);

    if ((write->now & ~write->old & UART_LCR_SBRK) != 0 && is_loopback(uart)) {
        receive_character(uart, 0, UART_LSR_BI);
    }
    update(uart);
}

static void mcr_write(struct device *device, const struct reg_write *write)
{
    struct uart16550 *uart = uart_of(device);

    (void)write;
    modem_changed(uart);
    update(uart);
    tell_room(uart);
}

static uint64_t lsr_get(struct device *device, unsigned index, uint64_t stored)
{
    struct uart16550 *uart = uart_of(device);
    uint64_t lsr = uart->errors;

    (void)index;
    (void)stored;
    lsr |= fifo_is_empty(&uart->rx) ? 0 : UART_LSR_DR;
    if (fifo_is_empty(&uart->tx)) {
        lsr |= UART_LSR_THRE | (uart->is_sending ? 0 : UART_LSR_TEMT);
    }
    for (unsigned i = 0; has_fifos(uart) && i < uart->rx_errors.count; i++) {
        if (uart->rx_errors.data[(uart->rx_errors.head + i) % FIFO_BYTES] != 0) {
            lsr |= UART_LSR_FIFOE;
        }
    }
    return lsr;
}

/* Reading LSR clears the error bits (8.4); those of the top character have been delivered with
 * it. */
static void lsr_read(struct device *device, unsigned index, uint64_t value)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    (void)value;
    uart->errors = 0;
    if (!fifo_is_empty(&uart->rx_errors)) {
        uart->rx_errors.data[uart->rx_errors.head % FIFO_BYTES] = 0;
    }
    update(uart);
}

static uint64_t msr_get(struct device *device, unsigned index, uint64_t stored)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    (void)stored;
    return (uint64_t)modem_inputs(uart) | uart->modem_delta;
}

static void msr_read(struct device *device, unsigned index, uint64_t value)
{
    struct uart16550 *uart = uart_of(device);

    (void)index;
    (void)value;
    uart->modem_delta = 0;
    update(uart);
}

/* ---- Tables ---- */

static const struct reg_field ier_fields[] = {
    {"EDSSI", 3, 3}, {"ELSI", 2, 2}, {"ETBEI", 1, 1}, {"ERBFI", 0, 0}, {NULL, 0, 0},
};
static const struct reg_field lcr_fields[] = {
    {"DLAB", 7, 7}, {"SBRK", 6, 6}, {"SP", 5, 5},  {"EPS", 4, 4},
    {"PEN", 3, 3},  {"STB", 2, 2},  {"WLS", 1, 0}, {NULL, 0, 0},
};
static const struct reg_field mcr_fields[] = {
    {"LOOP", 4, 4}, {"OUT2", 3, 3}, {"OUT1", 2, 2}, {"RTS", 1, 1}, {"DTR", 0, 0}, {NULL, 0, 0},
};
static const struct reg_field lsr_fields[] = {
    {"FIFOE", 7, 7}, {"TEMT", 6, 6}, {"THRE", 5, 5}, {"BI", 4, 4}, {"FE", 3, 3},
    {"PE", 2, 2},    {"OE", 1, 1},   {"DR", 0, 0},   {NULL, 0, 0},
};
static const struct reg_field msr_fields[] = {
    {"DCD", 7, 7},  {"RI", 6, 6},   {"DSR", 5, 5},  {"CTS", 4, 4}, {"DDCD", 3, 3},
    {"TERI", 2, 2}, {"DDSR", 1, 1}, {"DCTS", 0, 0}, {NULL, 0, 0},
};

static const struct reg regs[] = {
    {.name = "RBR_THR_DLL",
     .offset = UART_RBR_THR_DLL,
     .size = 1,
     REG_UNBACKED,
     .get = data_get,
     .read = data_read,
     .write = data_write},
    {.name = "IER_DLM",
     .offset = UART_IER_DLM,
     .size = 1,
     REG_UNBACKED,
     .get = ier_get,
     .write = ier_write,
     .fields = ier_fields},
    {.name = "IIR_FCR",
     .offset = UART_IIR_FCR,
     .size = 1,
     REG_UNBACKED,
     .get = iir_get,
     .read = iir_read,
     .write = fcr_write},
    {.name = "LCR",
     .offset = UART_LCR,
     .size = 1,
     REG_BACKED(struct uart16550, lcr),
     .rw = 0xff,
     .write = lcr_write,
     .fields = lcr_fields},
    {.name = "MCR",
     .offset = UART_MCR,
     .size = 1,
     REG_BACKED(struct uart16550, mcr),
     .rw = UART_MCR_BITS,
     .write = mcr_write,
     .fields = mcr_fields},
    /* Polled in tight loops: the bytes themselves are traced, the waiting is not. */
    {.name = "LSR",
     .offset = UART_LSR,
     .size = 1,
     REG_UNBACKED,
     .is_quiet = true,
     .get = lsr_get,
     .read = lsr_read,
     .fields = lsr_fields},
    {.name = "MSR",
     .offset = UART_MSR,
     .size = 1,
     REG_UNBACKED,
     .get = msr_get,
     .read = msr_read,
     .fields = msr_fields},
    {.name = "SCR", .offset = UART_SCR, .size = 1, REG_BACKED(struct uart16550, scr), .rw = 0xff},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "uart", .regs = regs, .bytes = UART_WINDOW_BYTES, .min_access = 1, .max_access = 1},
    {.name = NULL},
};

static const struct snap_field state[] = {
    SNAP_U_MAX(struct uart16550, ier, UART_IER_BITS),
    SNAP_U(struct uart16550, fcr),
    SNAP_U(struct uart16550, divisor),
    SNAP_U_MAX(struct uart16550, errors, UART_LSR_ERRORS),
    SNAP_U(struct uart16550, modem),
    SNAP_U(struct uart16550, modem_seen),
    SNAP_U_MAX(struct uart16550, modem_delta, 0x0f),
    SNAP_U_MAX(struct uart16550, is_thre_pending, 1),
    SNAP_U_MAX(struct uart16550, is_timeout_pending, 1),
    SNAP_U_MAX(struct uart16550, is_sending, 1),
    SNAP_U_MAX(struct uart16550, is_receiving, 1),
    SNAP_U(struct uart16550, tx_shift),
    SNAP_U(struct uart16550, rx_shift),
    SNAP_U(struct uart16550, rx_shift_errors),
    SNAP_F(struct uart16550, tx),
    SNAP_F(struct uart16550, rx),
    SNAP_F(struct uart16550, rx_errors),
    SNAP_E(struct uart16550, tx_done),
    SNAP_E(struct uart16550, rx_done),
    SNAP_E(struct uart16550, rx_timeout),
    SNAP_L(struct uart16550, irq),
    SNAP_END,
};

static const struct trace_desc *const events[] = {&ev_transmit, &ev_receive, &ev_overrun, NULL};

static const struct uart16550_config default_config = {
    .port = 0x3f8,
    .clock_hz = 1843200,
    .modem = UART16550_CTS | UART16550_DSR | UART16550_DCD,
};

/* ---- Life ---- */

static int uart_init(struct device *device, const void *config, struct error *err)
{
    struct uart16550 *uart = uart_of(device);

    uart->config = *(const struct uart16550_config *)config;
    if (uart->config.clock_hz == 0) {
        return error_usage(err, "%s: a serial port needs a clock above 0 Hz", device->path);
    }
    uart->modem = uart->config.modem;
    irq_line_init(&uart->irq, "irq", device);
    event_init(&uart->tx_done, "tx_done", tx_done_fire, uart);
    event_init(&uart->rx_done, "rx_done", rx_done_fire, uart);
    event_init(&uart->rx_timeout, "rx_timeout", rx_timeout_fire, uart);
    fifo_init(&uart->tx, FIFO_DEPTH);
    fifo_init(&uart->rx, FIFO_DEPTH);
    fifo_init(&uart->rx_errors, FIFO_DEPTH);
    reg_window_init(&uart->window, device, &banks[0]);
    return bus_map(device->env.ports, &uart->window.region, uart->config.port, err);
}

static void uart_reset(struct device *device, enum reset_kind kind)
{
    struct uart16550 *uart = uart_of(device);
    struct sched *sched = device->env.sched;

    sched_cancel(sched, &uart->tx_done);
    sched_cancel(sched, &uart->rx_done);
    sched_cancel(sched, &uart->rx_timeout);
    uart->ier = 0;
    uart->fcr = 0;
    uart->divisor = DIVISOR_RESET;
    uart->errors = 0;
    uart->is_thre_pending = false;
    uart->is_timeout_pending = false;
    uart->is_sending = false;
    uart->is_receiving = false;
    uart->tx_shift = 0;
    uart->rx_shift = 0;
    uart->rx_shift_errors = 0;
    fifo_clear(&uart->tx);
    fifo_clear(&uart->rx);
    fifo_clear(&uart->rx_errors);
    /* The modem inputs belong to the far end; only a new power-on puts them back to what the
     * machine was built with. */
    if (kind == RESET_POWER_ON) {
        uart->modem = uart->config.modem;
    }
    uart->modem_seen = uart->modem;
    uart->modem_delta = 0;
    update(uart);
    tell_room(uart);
}

static int uart_loaded(struct device *device, struct error *err)
{
    struct uart16550 *uart = uart_of(device);

    if (uart->tx.count > depth(uart) || uart->rx.count > depth(uart) ||
        uart->rx.count != uart->rx_errors.count) {
        return error_host(err, "%s: FIFOs in the snapshot do not agree", device->path);
    }
    if (uart->is_sending != event_is_armed(&uart->tx_done) ||
        uart->is_receiving != event_is_armed(&uart->rx_done)) {
        return error_host(err, "%s: shift registers in the snapshot have no end", device->path);
    }
    return 0;
}

static void uart_fini(struct device *device)
{
    struct uart16550 *uart = uart_of(device);

    sched_cancel(device->env.sched, &uart->tx_done);
    sched_cancel(device->env.sched, &uart->rx_done);
    sched_cancel(device->env.sched, &uart->rx_timeout);
    bus_unmap(device->env.ports, &uart->window.region);
}

struct irq_line *uart16550_irq(struct device *device)
{
    return &uart_of(device)->irq;
}

const struct device_class uart16550_class = {
    .name = "uart16550",
    .size = sizeof(struct uart16550),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = uart_init,
    .reset = uart_reset,
    .loaded = uart_loaded,
    .fini = uart_fini,
};
