/* SPDX-License-Identifier: GPL-2.0-only */
/* See fake_smbus.h. */
#include "tests/unit/firmware/fake_smbus.h"

#include <assert.h>
#include <string.h>

#include "emu/machine/map.h"

#define ACCESS    3200u   /* cycles of a port access: 1 us */
#define BYTE_TIME 288000u /* of a byte and its acknowledge at 100 kHz: 90 us */
#define BUSY      0x01u
#define INTR      0x02u
#define DEV_ERR   0x04u
#define BUS_ERR   0x08u
#define FAILED    0x10u
#define BYTE_DONE 0x80u
#define EVENTS    0x9eu
#define KILL      0x02u
#define LAST      0x20u
#define START     0x40u

struct fake_smbus *fake_smbus(void)
{
    static struct fake_smbus fake;

    return &fake;
}

void fake_smbus_reset(void)
{
    memset(fake_smbus(), 0, sizeof(struct fake_smbus));
    memset(fake_smbus()->spd, 0xff, sizeof(fake_smbus()->spd));
}

static void later(struct fake_smbus *fake, unsigned bytes, unsigned events)
{
    fake->due = fake->now + (uint64_t)bytes * BYTE_TIME;
    fake->pending = (uint8_t)events;
}

static bool answers(const struct fake_smbus *fake)
{
    uint8_t address = fake->address >> 1;
    bool is_any = false;

    if (fake->silent_after != 0 && fake->transactions > fake->silent_after) {
        return false;
    }
    for (unsigned i = 0; i < FAKE_SMBUS_SOCKETS; i++) {
        is_any = is_any || fake->is_present[i];
    }
    if (address == 0x36 || address == 0x37) {
        return is_any;
    }
    return address >= 0x50 && address < 0x50 + FAKE_SMBUS_SOCKETS &&
           fake->is_present[address - 0x50];
}

static void start(struct fake_smbus *fake)
{
    assert((fake->status & (BUSY | EVENTS)) == 0 && fake->aux == 0);
    fake->status |= BUSY;
    fake->transactions++;
    if (fake->is_stuck) {
        fake->pending = 0;
    } else if (fake->always_fails) {
        later(fake, 1, FAILED);
    } else if (fake->collisions > 0) {
        fake->collisions--;
        later(fake, 1, BUS_ERR);
    } else if (!answers(fake)) {
        later(fake, 1, DEV_ERR);
    } else if ((fake->control >> 2 & 7) == 1) {
        assert((fake->address & 1) == 0);
        fake->page = (fake->address >> 1) - 0x36u;
        later(fake, 2, INTR);
    } else {
        assert((fake->control >> 2 & 7) == 6);
        fake->socket = (fake->address >> 1) - 0x50u;
        fake->offset = fake->data1;
        later(fake, 4, BYTE_DONE);
    }
}

static void come_true(struct fake_smbus *fake)
{
    if (fake->pending == 0 || fake->now < fake->due) {
        return;
    }
    fake->status |= fake->pending;
    if ((fake->pending & BYTE_DONE) != 0) {
        fake->block = fake->spd[fake->socket][256 * fake->page + fake->offset++ % 256];
        fake->is_last = (fake->control & LAST) != 0; /* it was not acknowledged */
    } else {
        fake->status &= (uint8_t)~BUSY;
    }
    fake->pending = 0;
}

uint8_t fake_smbus_inb(uint16_t port)
{
    struct fake_smbus *fake = fake_smbus();

    fake->now += ACCESS;
    come_true(fake);
    if (fake->is_absent) {
        return 0xff;
    }
    switch (port - MAP_PORT_SMBUS_BASE) {
    case 0: return fake->status;
    case 2: return fake->control;
    case 7: return fake->block;
    default: assert(false); return 0;
    }
}

static void write_status(struct fake_smbus *fake, uint8_t value)
{
    bool goes_on = (fake->status & value & BYTE_DONE) != 0;

    fake->status &= (uint8_t) ~(value & EVENTS);
    if (goes_on) {
        later(fake, 1, fake->is_last ? INTR : BYTE_DONE);
    }
}

static void write_control(struct fake_smbus *fake, uint8_t value)
{
    fake->control = value & (uint8_t)~START;
    if ((value & KILL) != 0 && !fake->ignores_kill) {
        fake->status = (uint8_t)((fake->status & ~BUSY) | FAILED);
        fake->pending = 0;
    } else if ((value & START) != 0) {
        start(fake);
    }
}

void fake_smbus_outb(uint16_t port, uint8_t value)
{
    struct fake_smbus *fake = fake_smbus();

    fake->now += ACCESS;
    come_true(fake);
    switch (port - MAP_PORT_SMBUS_BASE) {
    case 0: write_status(fake, value); break;
    case 2: write_control(fake, value); break;
    case 3: fake->command = value; break;
    case 4: fake->address = value; break;
    case 6: fake->data1 = value; break;
    case 13: fake->aux = value; break;
    default: assert(false);
    }
}

uint64_t fake_smbus_clock(void)
{
    return fake_smbus()->now += 25;
}
