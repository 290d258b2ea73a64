/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What memory modules say of themselves: the SPD EEPROMs (EE1004) at SMBus addresses 50h + socket. Sources: JEDEC 21-C,
 * 4.1.6 (EE1004-v) and annex L (contents, DDR4 release 4).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/core/memory.h"

#define SPD_BASE_BYTES  128 /* bytes 0-127: geometry, timing, their checksum */
#define SPD_MAKER_FIRST 320
#define SPD_MAKER_BYTES 29 /* bytes 320-348: manufacturer, date, serial number, part number */

/* CRC-16 of bytes 0-125: polynomial 1021h, begins with 0, highest bit first. */
uint16_t spd_crc(const uint8_t *data, size_t bytes);

/* Reads modules 0 to MEMORY_SOCKETS - 1 over the SMBus, which is open. Sockets where nobody answers are empty. Returns NULL,
 * or the reason why not; *failed is then the socket, or MEMORY_SOCKETS for none in particular. */
const char *spd_read(struct memory_module *modules, unsigned *failed);

/* Bytes 0-127. Fills in all but maker, serial number and part number. Returns NULL or what is wrong. */
const char *spd_parse_base(const uint8_t raw[SPD_BASE_BYTES], struct memory_module *module);
/* Bytes 320-348. Whatever is there makes sense. */
void spd_parse_maker(const uint8_t raw[SPD_MAKER_BYTES], struct memory_module *module);
