/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EE1004-v: the SPD EEPROM of a DDR4 module. docs/hardware/ee1004.md.
 *
 * Modelled: two pages of 256 bytes, page select and its query at 0x36 and 0x37, current, random and
 * sequential reads, byte and page writes with their write cycle, query of the write protection.
 * Not modelled: setting and clearing write protection, which needs 7-10 V at SA0 that no board has:
 * those commands are not acknowledged, as by a module in a socket.
 * It has no reset pin: page, address counter and a write cycle under way survive a reset of the
 * machine. What is written lasts until power-on, when the contents are those of the configuration.
 */
#include "devices/smbus/ee1004.h"

#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define PAGE_BYTES      256u /* that one address counter reaches */
#define WRITE_BYTES     16u  /* one write cycle */
#define WRITE_TIME      VTIME_MS(5)
#define SOCKETS         8u
#define ADDRESS_ARRAY   0x50u /* + socket */
#define ADDRESS_PAGE_0  0x36u
#define ADDRESS_PAGE_1  0x37u
#define ADDRESS_BLOCK_0 0x31u /* write protection of 128 bytes each */
#define ADDRESS_BLOCK_1 0x34u
#define ADDRESS_BLOCK_2 0x35u
#define ADDRESS_BLOCK_3 0x30u

enum mode {
    MODE_IDLE,
    MODE_POINTER, /* the next byte is the address */
    MODE_WRITE,   /* the next ones are data */
    MODE_READ,
    MODE_COMMAND, /* bytes mean nothing */
};

struct ee1004 {
    struct device device;
    struct smbus_target target;
    uint8_t address;
    uint8_t spd[EE1004_BYTES]; /* contents at power-on */
    uint8_t array[EE1004_BYTES];
    uint8_t page;
    uint8_t pointer; /* address counter, within the page */
    uint8_t mode;    /* enum mode */
    uint8_t pending[WRITE_BYTES];
    uint16_t pending_mask; /* which of them were sent */
    vtime busy_until;      /* write cycle */
};

static const struct trace_desc trace_page = {.name = "ee1004_page", .fields = {"page"}};
static const struct trace_desc trace_write = {.name = "ee1004_write", .fields = {"offset", "mask"}};

static struct ee1004 *ee1004_of(struct device *device)
{
    return (struct ee1004 *)(void *)device;
}

static bool select_page(struct ee1004 *ee1004, uint8_t page)
{
    ee1004->page = page;
    ee1004->mode = MODE_COMMAND;
    TRACE(ee1004->device.env.trace, &ee1004->device, &trace_page, page);
    return true;
}

/* Commands that all modules hear. */
static bool start_command(struct ee1004 *ee1004, uint8_t address, bool is_read)
{
    switch (address) {
    case ADDRESS_PAGE_0:
        if (!is_read) return select_page(ee1004, 0);
        if (ee1004->page != 0) return false;
        break;
    case ADDRESS_PAGE_1: return !is_read && select_page(ee1004, 1);
    case ADDRESS_BLOCK_0:
    case ADDRESS_BLOCK_1:
    case ADDRESS_BLOCK_2:
    case ADDRESS_BLOCK_3:
        if (!is_read) return false;
        break;
    default: return false;
    }
    ee1004->mode = MODE_COMMAND;
    return true;
}

static bool target_start(void *owner, uint8_t address, bool is_read)
{
    struct ee1004 *ee1004 = owner;

    ee1004->mode = MODE_IDLE;
    ee1004->pending_mask = 0;
    if (device_now(&ee1004->device) < ee1004->busy_until) return false;
    if (address != ee1004->address) return start_command(ee1004, address, is_read);
    ee1004->mode = is_read ? MODE_READ : MODE_POINTER;
    return true;
}

/* The low bits of the address count, so that a write wraps within its 16 bytes. */
static void put_data(struct ee1004 *ee1004, uint8_t byte)
{
    unsigned at = ee1004->pointer % WRITE_BYTES;

    ee1004->pending[at] = byte;
    ee1004->pending_mask = (uint16_t)(ee1004->pending_mask | BIT32(at));
    ee1004->pointer = (uint8_t)(ee1004->pointer - at + (at + 1) % WRITE_BYTES);
}

static bool target_put(void *owner, uint8_t byte)
{
    struct ee1004 *ee1004 = owner;

    switch ((enum mode)ee1004->mode) {
    case MODE_POINTER:
        ee1004->pointer = byte;
        ee1004->mode = MODE_WRITE;
        return true;
    case MODE_WRITE: put_data(ee1004, byte); return true;
    case MODE_COMMAND: return true;
    case MODE_IDLE:
    case MODE_READ: break;
    }
    return false;
}

static uint8_t target_get(void *owner)
{
    struct ee1004 *ee1004 = owner;
    uint8_t byte;

    if (ee1004->mode != MODE_READ) return UINT8_MAX;
    byte = ee1004->array[ee1004->page * PAGE_BYTES + ee1004->pointer];
    ee1004->pointer++;
    return byte;
}

static void target_stop(void *owner)
{
    struct ee1004 *ee1004 = owner;
    unsigned base = ee1004->page * PAGE_BYTES + (ee1004->pointer & ~(WRITE_BYTES - 1));

    ee1004->mode = MODE_IDLE;
    if (ee1004->pending_mask == 0) return;
    for (unsigned i = 0; i < WRITE_BYTES; i++) {
        if ((ee1004->pending_mask >> i & 1) == 0) continue;
        ee1004->array[base + i] = ee1004->pending[i];
    }
    TRACE(ee1004->device.env.trace, &ee1004->device, &trace_write, base, ee1004->pending_mask);
    ee1004->pending_mask = 0;
    ee1004->busy_until = device_now(&ee1004->device) + WRITE_TIME;
}

/* ---- Life ---- */

static int ee1004_init(struct device *device, const void *config, struct error *err)
{
    struct ee1004 *ee1004 = ee1004_of(device);
    const struct ee1004_config *own = config;

    (void)err;
    BUG_ON(own->socket >= SOCKETS);
    ee1004->address = (uint8_t)(ADDRESS_ARRAY + own->socket);
    if (own->spd != NULL) {
        memcpy(ee1004->spd, own->spd, EE1004_BYTES);
    } else {
        memset(ee1004->spd, 0xff, EE1004_BYTES);
    }
    ee1004->target = (struct smbus_target){
        .owner = ee1004,
        .start = target_start,
        .put = target_put,
        .get = target_get,
        .stop = target_stop,
    };
    return 0;
}

static void ee1004_reset(struct device *device, enum reset_kind kind)
{
    struct ee1004 *ee1004 = ee1004_of(device);

    if (kind != RESET_POWER_ON) return;
    memcpy(ee1004->array, ee1004->spd, EE1004_BYTES);
    memset(ee1004->pending, 0, sizeof(ee1004->pending));
    ee1004->pending_mask = 0;
    ee1004->page = 0;
    ee1004->pointer = 0;
    ee1004->mode = MODE_IDLE;
    ee1004->busy_until = 0;
}

static int ee1004_loaded(struct device *device, struct error *err)
{
    (void)device, (void)err;
    return 0;
}

static void ee1004_fini(struct device *device)
{
    (void)device;
}

const struct smbus_target *ee1004_target(struct device *ee1004)
{
    BUG_ON(ee1004->class != &ee1004_class);
    return &ee1004_of(ee1004)->target;
}

static const struct ee1004_config blank = {.socket = 0};
static const struct snap_field state[] = {
    SNAP_B(struct ee1004, array),      SNAP_U_MAX(struct ee1004, page, 1),
    SNAP_U(struct ee1004, pointer),    SNAP_U_MAX(struct ee1004, mode, MODE_COMMAND),
    SNAP_B(struct ee1004, pending),    SNAP_U(struct ee1004, pending_mask),
    SNAP_U(struct ee1004, busy_until), SNAP_END,
};
static const struct trace_desc *const events[] = {&trace_page, &trace_write, NULL};

const struct device_class ee1004_class = {
    .name = "ee1004",
    .size = sizeof(struct ee1004),
    .version = 1,
    .state = state,
    .events = events,
    .default_config = &blank,
    .init = ee1004_init,
    .reset = ee1004_reset,
    .loaded = ee1004_loaded,
    .fini = ee1004_fini,
};
