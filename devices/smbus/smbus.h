/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The System Management Bus: a host controller talks to targets at 7-bit addresses, byte by byte
 * (SMBus 2.0, section 4-5). A target is plain: it is told when somebody is addressed, takes or gives
 * bytes, and is told of the stop. Several may listen to the same address (EE1004 page select).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smbus_target {
    void *owner;
    /* START or repeated START with this address, whoever has it; whatever went on before is over, and
     * without a stop. False: no acknowledge. */
    bool (*start)(void *owner, uint8_t address, bool is_read);
    /* One byte from the host; false: no acknowledge. Called when start() acknowledged a write. */
    bool (*put)(void *owner, uint8_t byte);
    /* One byte to the host. Called when start() acknowledged a read. */
    uint8_t (*get)(void *owner);
    /* STOP, after a start() that was acknowledged. */
    void (*stop)(void *owner);
};

#define SMBUS_TARGETS_MAX 32u

struct smbus {
    const struct smbus_target *targets[SMBUS_TARGETS_MAX];
    size_t count;
};

/* `target` is borrowed and outlives the bus. */
void smbus_attach(struct smbus *bus, const struct smbus_target *target);

/* ---- For the host controller, which keeps the set of those that answer: bit n is targets[n] ---- */

/* START with a 7-bit address: who acknowledged. */
uint32_t smbus_start(const struct smbus *bus, uint8_t address, bool is_read);
/* One byte to all of `listeners`; true when any of them acknowledged. */
bool smbus_put(const struct smbus *bus, uint32_t listeners, uint8_t byte);
/* One byte from all of them at once: wired-and, ones when there is none. */
uint8_t smbus_get(const struct smbus *bus, uint32_t listeners);
void smbus_stop(const struct smbus *bus, uint32_t listeners);
