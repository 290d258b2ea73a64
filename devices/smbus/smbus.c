/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is on a System Management Bus, and what is on its wires: acknowledges and data of several targets
 * are joined as open-drain lines join them. */
#include "devices/smbus/smbus.h"

#include "emu/base/bits.h"
#include "emu/base/bug.h"

void smbus_attach(struct smbus *bus, const struct smbus_target *target)
{
    BUG_ON(bus->count >= SMBUS_TARGETS_MAX);
    bus->targets[bus->count] = target;
    bus->count++;
}

uint32_t smbus_start(const struct smbus *bus, uint8_t address, bool is_read)
{
    uint32_t listeners = 0;

    for (unsigned i = 0; i < bus->count; i++) {
        if (bus->targets[i]->start(bus->targets[i]->owner, address, is_read)) {
            listeners |= BIT32(i);
        }
    }
    return listeners;
}

bool smbus_put(const struct smbus *bus, uint32_t listeners, uint8_t byte)
{
    bool is_acknowledged = false;

    for (unsigned i = 0; i < bus->count; i++) {
        if ((listeners >> i & 1) == 0) continue;
        is_acknowledged |= bus->targets[i]->put(bus->targets[i]->owner, byte);
    }
    return is_acknowledged;
}

uint8_t smbus_get(const struct smbus *bus, uint32_t listeners)
{
    uint8_t byte = UINT8_MAX;

    for (unsigned i = 0; i < bus->count; i++) {
        if ((listeners >> i & 1) == 0) continue;
        byte &= bus->targets[i]->get(bus->targets[i]->owner);
    }
    return byte;
}

void smbus_stop(const struct smbus *bus, uint32_t listeners)
{
    for (unsigned i = 0; i < bus->count; i++) {
        if ((listeners >> i & 1) == 0) continue;
        bus->targets[i]->stop(bus->targets[i]->owner);
    }
}
