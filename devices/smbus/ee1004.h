/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SPD EEPROM and temperature sensor of one DDR4 module (JEDEC 21-C 4.1.6: EE1004-v and TSE2004av):
 * 512 bytes in two pages at 0x50 + socket, page select at 0x36 and 0x37 for all modules at once, a JC-42.4
 * sensor at 0x18 + socket. docs/hardware/ee1004.md.
 */
#pragma once

#include "devices/smbus/smbus.h"
#include "emu/core/device.h"

#define EE1004_BYTES 512u

struct ee1004_config {
    unsigned socket;    /* 0..7 */
    const uint8_t *spd; /* EE1004_BYTES; copied */
};
extern const struct device_class ee1004_class;
const struct smbus_target *ee1004_target(struct device *ee1004);

struct jc42_config {
    unsigned socket;
};
extern const struct device_class jc42_class;
const struct smbus_target *jc42_target(struct device *jc42);
