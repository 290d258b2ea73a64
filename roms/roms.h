/* SPDX-License-Identifier: GPL-2.0-only */
/* The images that the machine is built with; roms/MANIFEST tells where each is from. Library: sg_roms. */
#pragma once

#include <stdint.h>

/* The boot firmware, a multiple of 64 KiB; its last byte stands at 4 GiB - 1. */
extern const uint8_t rom_firmware[];
extern const uint8_t rom_firmware_end[];
