/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TSE2004av: the temperature sensor of a DDR4 module (JEDEC 21-C 4.1.6, JC-42.4).
 * docs/hardware/ee1004.md.
 *
 * Modelled: registers 0-7 with their locks, comparison of the temperature with the limits.
 * Not modelled: the EVENT# pin and what belongs to it (event status and clear read 0), hysteresis
 * (the temperature does not change), the vendor's registers from 8 on (traced, 0).
 * Chosen: 34.0 degrees, the same in every module for ever; no reset pin, so a reset of the machine
 * changes nothing.
 */
#include <string.h>

#include "devices/smbus/ee1004.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define SOCKETS      8u
#define ADDRESS      0x18u /* + socket */
#define UNITS_DEGREE 16
#define TEMPERATURE  (34 * UNITS_DEGREE)

#define REG_CAPABILITY   0u
#define REG_CONFIG       1u
#define REG_UPPER        2u
#define REG_LOWER        3u
#define REG_CRITICAL     4u
#define REG_TEMPERATURE  5u
#define REG_MANUFACTURER 6u
#define REG_DEVICE       7u

/* Interrupts, +-1 degree, below 0, 0.25 degree, high voltage at A0, time-out, EVENT# in shutdown */
#define CAPABILITY   0x00efu
#define MANUFACTURER 0x00b3u /* IDT */
#define DEVICE       0x2200u /* TSE2004 */

#define CONFIG_EVENT_BITS 0x000fu
#define CONFIG_TCRIT_LOCK 0x0040u
#define CONFIG_EVENT_LOCK 0x0080u
#define CONFIG_LOCKS      (CONFIG_TCRIT_LOCK | CONFIG_EVENT_LOCK)
#define CONFIG_SHUTDOWN   0x0100u
#define CONFIG_HYSTERESIS 0x0600u
#define LIMIT_BITS        0x1ffcu
#define LIMIT_SIGN        0x1000

#define ABOVE_CRITICAL 0x8000u
#define ABOVE_UPPER    0x4000u
#define BELOW_LOWER    0x2000u

enum mode {
    MODE_IDLE,
    MODE_POINTER, /* the next byte is a register's number */
    MODE_HIGH,    /* the next byte is its first one */
    MODE_LOW,
    MODE_READ_HIGH,
    MODE_READ_LOW,
};

struct jc42 {
    struct device device;
    struct smbus_target target;
    uint8_t address;
    uint8_t mode; /* enum mode */
    uint8_t pointer;
    uint8_t high; /* first byte of a write */
    uint16_t config;
    uint16_t upper;
    uint16_t lower;
    uint16_t critical;
};

static const struct trace_desc trace_write = {.name = "jc42_write",
                                              .fields = {"register", "value"}};

static struct jc42 *jc42_of(struct device *device)
{
    return (struct jc42 *)(void *)device;
}

/* Two's complement of 13 bits, in 1/16 degree. */
static int degrees(uint16_t limit)
{
    return (limit & (LIMIT_SIGN - 1)) - (limit & LIMIT_SIGN);
}

static uint16_t temperature(const struct jc42 *jc42)
{
    unsigned value = TEMPERATURE;

    if (TEMPERATURE >= degrees(jc42->critical)) value |= ABOVE_CRITICAL;
    if (TEMPERATURE > degrees(jc42->upper)) value |= ABOVE_UPPER;
    if (TEMPERATURE < degrees(jc42->lower)) value |= BELOW_LOWER;
    return (uint16_t)value;
}

static uint16_t register_get(struct jc42 *jc42)
{
    switch (jc42->pointer) {
    case REG_CAPABILITY: return CAPABILITY;
    case REG_CONFIG: return jc42->config;
    case REG_UPPER: return jc42->upper;
    case REG_LOWER: return jc42->lower;
    case REG_CRITICAL: return jc42->critical;
    case REG_TEMPERATURE: return temperature(jc42);
    case REG_MANUFACTURER: return MANUFACTURER;
    case REG_DEVICE: return DEVICE;
    default: break;
    }
    device_unimplemented(&jc42->device, "register of the sensor's maker", jc42->pointer, 0);
    return 0;
}

/* Locks stay until power-on. While one is set the event output keeps its settings and the sensor
 * cannot be shut down. */
static void config_set(struct jc42 *jc42, uint16_t value)
{
    unsigned locks = (jc42->config | value) & CONFIG_LOCKS;
    unsigned open = CONFIG_EVENT_BITS | CONFIG_HYSTERESIS | CONFIG_SHUTDOWN;

    if ((jc42->config & CONFIG_LOCKS) != 0) {
        value &= (uint16_t) ~(CONFIG_SHUTDOWN & ~jc42->config);
        open = CONFIG_SHUTDOWN;
    }
    jc42->config = (uint16_t)((jc42->config & ~open) | (value & open) | locks);
}

static void register_set(struct jc42 *jc42, uint16_t value)
{
    bool is_event_locked = (jc42->config & CONFIG_EVENT_LOCK) != 0;
    bool is_critical_locked = (jc42->config & CONFIG_TCRIT_LOCK) != 0;

    TRACE(jc42->device.env.trace, &jc42->device, &trace_write, jc42->pointer, value);
    switch (jc42->pointer) {
    case REG_CONFIG: config_set(jc42, value); break;
    case REG_UPPER:
        if (!is_event_locked) jc42->upper = value & LIMIT_BITS;
        break;
    case REG_LOWER:
        if (!is_event_locked) jc42->lower = value & LIMIT_BITS;
        break;
    case REG_CRITICAL:
        if (!is_critical_locked) jc42->critical = value & LIMIT_BITS;
        break;
    default:
        device_guest_error(&jc42->device, "write to a register that is not writable", jc42->pointer,
                           value);
        break;
    }
}

/* ---- The bus ---- */

static bool target_start(void *owner, uint8_t address, bool is_read)
{
    struct jc42 *jc42 = owner;

    jc42->mode = MODE_IDLE;
    if (address != jc42->address) return false;
    jc42->mode = is_read ? MODE_READ_HIGH : MODE_POINTER;
    return true;
}

static bool target_put(void *owner, uint8_t byte)
{
    struct jc42 *jc42 = owner;

    switch ((enum mode)jc42->mode) {
    case MODE_POINTER:
        jc42->pointer = byte;
        jc42->mode = MODE_HIGH;
        return true;
    case MODE_HIGH:
        jc42->high = byte;
        jc42->mode = MODE_LOW;
        return true;
    case MODE_LOW:
        register_set(jc42, (uint16_t)(jc42->high << 8 | byte));
        jc42->mode = MODE_IDLE;
        return true;
    case MODE_IDLE:
    case MODE_READ_HIGH:
    case MODE_READ_LOW: break;
    }
    return false;
}

static uint8_t target_get(void *owner)
{
    struct jc42 *jc42 = owner;

    if (jc42->mode == MODE_READ_HIGH) {
        jc42->mode = MODE_READ_LOW;
        return (uint8_t)(register_get(jc42) >> 8);
    }
    if (jc42->mode == MODE_READ_LOW) {
        jc42->mode = MODE_IDLE;
        return (uint8_t)register_get(jc42);
    }
    return UINT8_MAX;
}

static void target_stop(void *owner)
{
    struct jc42 *jc42 = owner;

    jc42->mode = MODE_IDLE;
}

/* ---- Life ---- */

static int jc42_init(struct device *device, const void *config, struct error *err)
{
    struct jc42 *jc42 = jc42_of(device);
    const struct jc42_config *own = config;

    (void)err;
    BUG_ON(own->socket >= SOCKETS);
    jc42->address = (uint8_t)(ADDRESS + own->socket);
    jc42->target = (struct smbus_target){
        .owner = jc42,
        .start = target_start,
        .put = target_put,
        .get = target_get,
        .stop = target_stop,
    };
    return 0;
}

static void jc42_reset(struct device *device, enum reset_kind kind)
{
    struct jc42 *jc42 = jc42_of(device);

    if (kind != RESET_POWER_ON) return;
    jc42->mode = MODE_IDLE;
    jc42->pointer = 0;
    jc42->high = 0;
    jc42->config = 0;
    jc42->upper = 0;
    jc42->lower = 0;
    jc42->critical = 0;
}

static int jc42_loaded(struct device *device, struct error *err)
{
    (void)device, (void)err;
    return 0;
}

static void jc42_fini(struct device *device)
{
    (void)device;
}

const struct smbus_target *jc42_target(struct device *jc42)
{
    BUG_ON(jc42->class != &jc42_class);
    return &jc42_of(jc42)->target;
}

static const struct jc42_config first_socket = {.socket = 0};
static const struct snap_field state[] = {
    SNAP_U_MAX(struct jc42, mode, MODE_READ_LOW),
    SNAP_U(struct jc42, pointer),
    SNAP_U(struct jc42, high),
    SNAP_U(struct jc42, config),
    SNAP_U(struct jc42, upper),
    SNAP_U(struct jc42, lower),
    SNAP_U(struct jc42, critical),
    SNAP_END,
};
static const struct trace_desc *const events[] = {&trace_write, NULL};

const struct device_class jc42_class = {
    .name = "jc42",
    .size = sizeof(struct jc42),
    .version = 1,
    .state = state,
    .events = events,
    .default_config = &first_socket,
    .init = jc42_init,
    .reset = jc42_reset,
    .loaded = jc42_loaded,
    .fini = jc42_fini,
};
