/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is on a System Management Bus. */
#include "devices/smbus/smbus.h"

#include "emu/base/bug.h"

void smbus_attach(struct smbus *bus, const struct smbus_target *target)
{
    BUG_ON(bus->count >= SMBUS_TARGETS_MAX);
    bus->targets[bus->count] = target;
    bus->count++;
}
