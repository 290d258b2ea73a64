/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMBus host controller: messages on the wire.
 *
 * A message is a walk through the phases of enum i801_phase, of which each command has some; each
 * takes its bits at 100 kHz and has its effect at its end: a target is addressed, gets or gives a
 * byte. Without the 32-byte buffer the walk stands still after each byte of a block until software
 * has cleared BYTE_DONE: the controller holds the clock.
 * Sources: SMBus 2.0, 5.5 (protocols), appendix B (CRC-8); PCH data sheet, HCTL and HCFG.
 */
#include "devices/smbus/i801_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define BIT_TIME         VTIME_US(10) /* 100 kHz */
#define BYTE_BITS        9u           /* with its acknowledge */
#define CRC8_POLYNOMIAL  0x07u
#define COUNT_BLOCK      0xffu /* as many bytes as a count says */
#define COUNT_STREAM     0xfeu /* until LAST_BYTE */
#define SPD_ADDRESS      0x50u
#define SPD_ADDRESS_MASK 0x78u
#define COMMANDS         8u
#define COMMAND_OF(cnt)  (((cnt)&I801_HSTCNT_CMD) >> 2)
#define SHAPE(cmd, read) (COMMAND_OF(cmd) * 2u + (read))

/* What a command puts on the wire. */
struct shape {
    bool is_read_first; /* the address is sent for reading at once */
    bool has_command;
    bool has_count_out;
    bool has_restart;
    bool has_count_in;
    uint8_t out; /* data bytes */
    uint8_t in;
};

static const struct shape shapes[COMMANDS * 2] = {
    [SHAPE(I801_QUICK, 0)] = {0},
    [SHAPE(I801_QUICK, 1)] = {.is_read_first = true},
    [SHAPE(I801_BYTE, 0)] = {.has_command = true},
    [SHAPE(I801_BYTE, 1)] = {.is_read_first = true, .in = 1},
    [SHAPE(I801_BYTE_DATA, 0)] = {.has_command = true, .out = 1},
    [SHAPE(I801_BYTE_DATA, 1)] = {.has_command = true, .has_restart = true, .in = 1},
    [SHAPE(I801_WORD_DATA, 0)] = {.has_command = true, .out = 2},
    [SHAPE(I801_WORD_DATA, 1)] = {.has_command = true, .has_restart = true, .in = 2},
    [SHAPE(I801_PROC_CALL, 0)] = {.has_command = true, .out = 2, .has_restart = true, .in = 2},
    [SHAPE(I801_PROC_CALL, 1)] = {.has_command = true, .out = 2, .has_restart = true, .in = 2},
    [SHAPE(I801_BLOCK_DATA, 0)] = {.has_command = true, .has_count_out = true, .out = COUNT_BLOCK},
    [SHAPE(I801_BLOCK_DATA, 1)] = {.has_command = true,
                                   .has_restart = true,
                                   .has_count_in = true,
                                   .in = COUNT_BLOCK},
    [SHAPE(I801_I2C_BLOCK_DATA,
           0)] = {.has_command = true, .has_restart = true, .in = COUNT_STREAM},
    [SHAPE(I801_I2C_BLOCK_DATA,
           1)] = {.has_command = true, .has_restart = true, .in = COUNT_STREAM},
    [SHAPE(I801_BLOCK_PROC_CALL, 0)] = {.has_command = true,
                                        .has_count_out = true,
                                        .out = COUNT_BLOCK,
                                        .has_restart = true,
                                        .has_count_in = true,
                                        .in = COUNT_BLOCK},
    [SHAPE(I801_BLOCK_PROC_CALL, 1)] = {.has_command = true,
                                        .has_count_out = true,
                                        .out = COUNT_BLOCK,
                                        .has_restart = true,
                                        .has_count_in = true,
                                        .in = COUNT_BLOCK},
};

const struct trace_desc i801_trace_start = {.name = "smbus_start",
                                            .fields = {"address", "hstcnt", "command", "count"}};
const struct trace_desc i801_trace_end = {.name = "smbus_end",
                                          .fields = {"address", "hststs", "bytes"}};

/* ---- The shape of the message, as I2C_EN changes it ---- */

static uint8_t command_bits(const struct i801_message *message)
{
    return (uint8_t)(message->shape / 2 << 2);
}

static bool has_command(const struct i801_message *message)
{
    if (message->is_i2c && command_bits(message) == I801_PROC_CALL) return false;
    return shapes[message->shape].has_command;
}

static bool has_count_in(const struct i801_message *message)
{
    return shapes[message->shape].has_count_in && !message->is_i2c;
}

static bool has_count_out(const struct i801_message *message)
{
    return shapes[message->shape].has_count_out && !message->is_i2c;
}

static unsigned bytes_of(const struct i801_message *message, uint8_t count)
{
    return count == COUNT_BLOCK || count == COUNT_STREAM ? message->count : count;
}

/* Bytes go by BLKDAT one at a time. */
static bool is_by_byte(const struct i801_message *message)
{
    uint8_t command = command_bits(message);

    return (command == I801_BLOCK_DATA && !message->is_buffered) || command == I801_I2C_BLOCK_DATA;
}

/* ---- Bytes ---- */

static void crc_add(struct i801_message *message, uint8_t byte)
{
    unsigned crc = message->crc ^ byte;

    for (unsigned i = 0; i < 8; i++) {
        crc = (crc & 0x80) != 0 ? crc << 1 ^ CRC8_POLYNOMIAL : crc << 1;
    }
    message->crc = (uint8_t)crc;
}

static bool address_target(struct i801 *i801, bool is_read)
{
    struct i801_message *message = &i801->message;
    uint8_t address = message->address >> 1;

    message->listeners = smbus_start(&i801->bus, address, is_read);
    crc_add(message, (uint8_t)(address << 1 | (is_read ? 1 : 0)));
    return message->listeners != 0;
}

static bool send(struct i801 *i801, uint8_t byte)
{
    crc_add(&i801->message, byte);
    return smbus_put(&i801->bus, i801->message.listeners, byte);
}

static uint8_t receive(struct i801 *i801)
{
    uint8_t byte = smbus_get(&i801->bus, i801->message.listeners);

    crc_add(&i801->message, byte);
    return byte;
}

static uint8_t command_byte(const struct i801 *i801)
{
    return command_bits(&i801->message) == I801_I2C_BLOCK_DATA ? i801->hstdat1 : i801->hstcmd;
}

static uint8_t byte_out(const struct i801 *i801)
{
    const struct i801_message *message = &i801->message;

    if (shapes[message->shape].out != COUNT_BLOCK) {
        return message->position == 0 ? i801->hstdat0 : i801->hstdat1;
    }
    return message->is_buffered ? i801->buffer[message->position % I801_BLOCK_MAX] : i801->blkdat;
}

static void byte_in(struct i801 *i801, uint8_t byte)
{
    struct i801_message *message = &i801->message;
    bool is_block = shapes[message->shape].in >= COUNT_STREAM;

    if (is_block && message->is_buffered) {
        i801->buffer[message->position % I801_BLOCK_MAX] = byte;
    } else if (is_block) {
        i801->blkdat = byte;
    } else if (message->position == 0) {
        i801->hstdat0 = byte;
    } else {
        i801->hstdat1 = byte;
    }
}

/* ---- The walk ---- */

/* Whether the message has this phase, or more of it. */
static bool wants(const struct i801_message *message, enum i801_phase phase)
{
    const struct shape *shape = &shapes[message->shape];

    switch (phase) {
    case I801_PHASE_COMMAND: return has_command(message);
    case I801_PHASE_COUNT_OUT: return has_count_out(message);
    case I801_PHASE_DATA_OUT: return message->position < bytes_of(message, shape->out);
    case I801_PHASE_PEC_OUT: return message->has_pec && shape->in == 0;
    case I801_PHASE_RESTART: return shape->has_restart;
    case I801_PHASE_COUNT_IN: return has_count_in(message);
    case I801_PHASE_DATA_IN: return message->position < bytes_of(message, shape->in);
    case I801_PHASE_PEC_IN: return message->has_pec && shape->in != 0;
    case I801_PHASE_STOP: return true;
    case I801_PHASE_IDLE:
    case I801_PHASE_ADDRESS: break;
    }
    return false;
}

static vtime phase_time(enum i801_phase phase)
{
    if (phase == I801_PHASE_STOP) return BIT_TIME;
    if (phase == I801_PHASE_ADDRESS || phase == I801_PHASE_RESTART) {
        return (1 + BYTE_BITS) * BIT_TIME;
    }
    return BYTE_BITS * BIT_TIME;
}

static void enter(struct i801 *i801, enum i801_phase phase)
{
    struct device *device = &i801->fn.device;

    i801->message.phase = (uint8_t)phase;
    sched_at(device->env.sched, &i801->wire, device_now(device) + phase_time(phase));
}

/* On to what comes behind the present phase, which for data may be more of it. */
static void advance(struct i801 *i801)
{
    struct i801_message *message = &i801->message;
    unsigned phase = message->phase;

    if (phase != I801_PHASE_DATA_OUT && phase != I801_PHASE_DATA_IN) phase++;
    while (phase < I801_PHASE_STOP && !wants(message, (enum i801_phase)phase)) {
        phase++;
    }
    enter(i801, (enum i801_phase)phase);
}

static void end(struct i801 *i801, uint8_t status)
{
    struct i801_message *message = &i801->message;
    struct device *device = &i801->fn.device;

    message->phase = I801_PHASE_IDLE;
    message->listeners = 0;
    message->is_waiting = false;
    i801->hststs = (uint8_t)((i801->hststs & ~I801_HSTSTS_HOST_BUSY) | status);
    TRACE(device->env.trace, device, &i801_trace_end, message->address, i801->hststs,
          message->position);
    i801_update_irq(i801);
}

static void fail_message(struct i801 *i801)
{
    i801->message.result = I801_HSTSTS_DEV_ERR;
    enter(i801, I801_PHASE_STOP);
}

/* A byte of a block is done: on, or wait for software. */
static void data_done(struct i801 *i801)
{
    struct i801_message *message = &i801->message;

    message->position++;
    if (!is_by_byte(message)) {
        advance(i801);
        return;
    }
    if ((i801->hstcnt & I801_HSTCNT_LAST_BYTE) != 0) {
        message->count = message->position;
    }
    message->is_waiting = true;
    i801->hststs |= I801_HSTSTS_BYTE_DONE;
    i801_update_irq(i801);
}

/* The count that a target sends. */
static void count_arrived(struct i801 *i801, uint8_t count)
{
    struct i801_message *message = &i801->message;

    i801->hstdat0 = count;
    message->count = count;
    if (count == 0 || (message->is_buffered && count > I801_BLOCK_MAX)) {
        fail_message(i801);
        return;
    }
    advance(i801);
}

static void pec_arrived(struct i801 *i801)
{
    struct i801_message *message = &i801->message;
    uint8_t expected = message->crc;

    i801->pec = receive(i801);
    if (message->has_crc && i801->pec != expected) {
        i801->auxsts |= I801_AUXSTS_CRCE;
        message->result = I801_HSTSTS_DEV_ERR;
    }
    enter(i801, I801_PHASE_STOP);
}

static void on_if(struct i801 *i801, bool is_acknowledged)
{
    if (is_acknowledged) {
        advance(i801);
    } else {
        fail_message(i801);
    }
}

void i801_wire_fire(void *owner, vtime when)
{
    struct i801 *i801 = owner;
    struct i801_message *message = &i801->message;

    (void)when;
    switch ((enum i801_phase)message->phase) {
    case I801_PHASE_IDLE: break;
    case I801_PHASE_ADDRESS:
        on_if(i801, address_target(i801, shapes[message->shape].is_read_first));
        break;
    case I801_PHASE_COMMAND: on_if(i801, send(i801, command_byte(i801))); break;
    case I801_PHASE_COUNT_OUT: on_if(i801, send(i801, (uint8_t)message->count)); break;
    case I801_PHASE_DATA_OUT:
        if (!send(i801, byte_out(i801))) {
            fail_message(i801);
            break;
        }
        data_done(i801);
        break;
    case I801_PHASE_PEC_OUT:
        on_if(i801, send(i801, message->has_crc ? message->crc : i801->pec));
        break;
    case I801_PHASE_RESTART:
        message->position = 0;
        on_if(i801, address_target(i801, true));
        break;
    case I801_PHASE_COUNT_IN: count_arrived(i801, receive(i801)); break;
    case I801_PHASE_DATA_IN:
        byte_in(i801, receive(i801));
        data_done(i801);
        break;
    case I801_PHASE_PEC_IN: pec_arrived(i801); break;
    case I801_PHASE_STOP:
        smbus_stop(&i801->bus, message->listeners);
        end(i801, message->result);
        break;
    }
}

/* ---- From the registers ---- */

void i801_byte_taken(struct i801 *i801)
{
    if (!i801->message.is_waiting) return;
    i801->message.is_waiting = false;
    advance(i801);
}

void i801_forget(struct i801 *i801)
{
    sched_cancel(i801->fn.device.env.sched, &i801->wire);
    i801->message = (struct i801_message){0};
}

void i801_break(struct i801 *i801, uint8_t status)
{
    if (i801->message.phase == I801_PHASE_IDLE) return;
    sched_cancel(i801->fn.device.env.sched, &i801->wire);
    smbus_stop(&i801->bus, i801->message.listeners);
    end(i801, status);
}

/* Block process calls need the buffer; blocks that are sent, a count that fits. */
static bool is_possible(const struct i801_message *message)
{
    uint8_t command = command_bits(message);
    bool is_out = shapes[message->shape].out == COUNT_BLOCK;

    if (command == I801_BLOCK_PROC_CALL && !message->is_buffered) return false;
    return !is_out ||
           (message->count != 0 && (!message->is_buffered || message->count <= I801_BLOCK_MAX));
}

static bool is_spd_write(const struct i801 *i801)
{
    uint8_t hstcfg = (uint8_t)pci_config_get(&i801->fn, I801_HSTCFG, 1);

    return (hstcfg & I801_HSTCFG_SPD_WD) != 0 && (i801->hstadd & 1) == 0 &&
           (i801->hstadd >> 1 & SPD_ADDRESS_MASK) == SPD_ADDRESS;
}

static bool can_have_pec(const struct i801_message *message)
{
    uint8_t command = command_bits(message);

    return command != I801_QUICK && command != I801_I2C_BLOCK_DATA && !message->is_i2c;
}

void i801_start(struct i801 *i801)
{
    struct i801_message *message = &i801->message;
    struct device *device = &i801->fn.device;
    uint8_t hstcfg = (uint8_t)pci_config_get(&i801->fn, I801_HSTCFG, 1);
    bool is_block = COMMAND_OF(i801->hstcnt) == COMMAND_OF(I801_BLOCK_DATA) ||
                    COMMAND_OF(i801->hstcnt) == COMMAND_OF(I801_BLOCK_PROC_CALL);

    *message = (struct i801_message){
        .shape = (uint8_t)SHAPE(i801->hstcnt, i801->hstadd & 1u),
        .address = i801->hstadd,
        .result = I801_HSTSTS_INTR,
        .is_i2c = (hstcfg & I801_HSTCFG_I2C_EN) != 0,
        .is_buffered = is_block && (i801->auxctl & I801_AUXCTL_E32B) != 0,
        .has_crc = (i801->auxctl & I801_AUXCTL_CRC) != 0,
        .count = is_block ? i801->hstdat0 : UINT16_MAX,
    };
    message->has_pec =
        can_have_pec(message) && (message->has_crc || (i801->hstcnt & I801_HSTCNT_PEC_EN) != 0);
    TRACE(device->env.trace, device, &i801_trace_start, i801->hstadd, i801->hstcnt,
          command_byte(i801), message->count);
    i801->hststs |= I801_HSTSTS_HOST_BUSY;
    if (!is_possible(message)) {
        device_guest_error(device, "impossible SMBus command", i801->hstcnt, message->count);
        end(i801, I801_HSTSTS_DEV_ERR);
        return;
    }
    if (is_spd_write(i801)) {
        device_guest_error(device, "write to an SPD EEPROM while SPD_WD is set", i801->hstadd,
                           i801->hstcnt);
        end(i801, I801_HSTSTS_DEV_ERR);
        return;
    }
    enter(i801, I801_PHASE_ADDRESS);
}

/* ---- Snapshots ---- */

bool i801_is_sane(const struct i801 *i801)
{
    const struct i801_message *message = &i801->message;
    bool is_idle = message->phase == I801_PHASE_IDLE;
    bool is_busy = (i801->hststs & I801_HSTSTS_HOST_BUSY) != 0;

    if (message->shape >= ARRAY_LEN(shapes) || message->phase > I801_PHASE_STOP) return false;
    if (i801->bus.count < SMBUS_TARGETS_MAX && message->listeners >> i801->bus.count != 0) {
        return false;
    }
    if (is_busy == is_idle) return false;
    if (is_idle) return !message->is_waiting && !event_is_armed(&i801->wire);
    return message->is_waiting != event_is_armed(&i801->wire);
}
