/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An SMBus host controller with four SPD EEPROMs for the firmware's driver on the host, written from the data sheet and not with
 * the emulator's own, and the ways in which it may fail. There is one: ports have no owner.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FAKE_SMBUS_SOCKETS 4

struct fake_smbus {
    uint64_t now; /* in cycles of 3.2 GHz */
    uint8_t status, control, command, address, data1, block, aux;
    uint8_t pending;
    uint64_t due; /* when `pending` becomes status */
    unsigned offset, socket, page;
    unsigned transactions;
    bool is_last;
    bool is_present[FAKE_SMBUS_SOCKETS];
    uint8_t spd[FAKE_SMBUS_SOCKETS][512];
    /* Failures. */
    bool is_absent;        /* no port answers */
    bool is_stuck;         /* transactions never end by themselves */
    bool ignores_kill;     /* nor otherwise */
    bool always_fails;     /* FAILED in each of them */
    unsigned collisions;   /* so many transactions meet somebody else */
    unsigned silent_after; /* transactions after which nobody acknowledges; 0: never */
};

struct fake_smbus *fake_smbus(void);
/* All sockets empty, nothing fails. */
void fake_smbus_reset(void);

uint8_t fake_smbus_inb(uint16_t port);
void fake_smbus_outb(uint16_t port, uint8_t value);
uint64_t fake_smbus_clock(void);
