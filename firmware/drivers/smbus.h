/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMBus host controller of the 200-series PCH (8086:a2a3, 00:1f.4), polled. Source: 200-series PCH data sheet, volume 2,
 * SMBus interface (D31:F4). A byte on the bus takes 90 us.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/pci.h"

#define SMBUS_BLOCK_MAX 256 /* 32 is the limit of SMBus blocks, not of I2C reads */

enum smbus_status {
    SMBUS_OK,
    SMBUS_NO_ANSWER, /* nobody acknowledged */
    SMBUS_COLLISION, /* somebody else was on the bus, several times */
    SMBUS_FAILED,    /* the controller gave up, or did not end in time */
};

/* Turns the controller on, at MAP_PORT_SMBUS_BASE. False: it is not there, or stays busy. */
bool smbus_open(const struct pci_access *pci);
/* Turns it off again and gives its address back. */
void smbus_close(const struct pci_access *pci);

/* Send Byte (SMBus 2.0, 5.5.2). `address` has 7 bits. Both functions end within a second. */
enum smbus_status smbus_send_byte(uint8_t address, uint8_t byte);
/* Writes `offset`, then reads 1..SMBUS_BLOCK_MAX bytes: the I2C block read of EEPROMs. Of what was read before an error,
 * nothing is to be used. */
enum smbus_status smbus_read_block(uint8_t address, uint8_t offset, uint8_t *to, unsigned bytes);
