/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The System Management Bus: a host controller talks to targets at 7-bit addresses, byte by byte
 * (SMBus 2.0, section 4-5). A target is plain: it is told when it is addressed, takes or gives bytes,
 * and is told of the stop. Several may listen to the same address (EE1004 page select).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smbus_target {
    void *owner;
    /* START or repeated START with this address. False: no acknowledge. */
    bool (*start)(void *owner, uint8_t address, bool is_read);
    /* One byte from the host; false: no acknowledge. */
    bool (*put)(void *owner, uint8_t byte);
    /* One byte to the host. */
    uint8_t (*get)(void *owner);
    void (*stop)(void *owner);
};

#define SMBUS_TARGETS_MAX 32u

struct smbus {
    const struct smbus_target *targets[SMBUS_TARGETS_MAX];
    size_t count;
};

/* `target` is borrowed and outlives the bus. */
void smbus_attach(struct smbus *bus, const struct smbus_target *target);
