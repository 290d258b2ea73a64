/* SPDX-License-Identifier: GPL-2.0-only */
/* The images that the machine is built with; roms/MANIFEST tells where each is from. Library: sg_roms. */
#pragma once

#include <stdint.h>

/* The boot firmware, a multiple of 64 KiB; its last byte stands at 4 GiB - 1. */
extern const uint8_t rom_firmware[];
extern const uint8_t rom_firmware_end[];

/* The build's development key, and what it signed the firmware with (docs/hardware/t2-boot.md). */
#define ROM_KEY_BYTES       32
#define ROM_SIGNATURE_BYTES 64
extern const uint8_t rom_firmware_key[ROM_KEY_BYTES];
extern const uint8_t rom_firmware_signature[ROM_SIGNATURE_BYTES];
