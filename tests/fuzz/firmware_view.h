/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's own code on the host: what it says to a boot window. (Its header and the
 * emulator's both define struct boot_window, so they are kept apart.) */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The pretended machine: RAM up to here, of which the last 256 KiB are the firmware's. */
#define FIRMWARE_VIEW_MEMORY (UINT64_C(24) << 20)

/* Parses the window and loads its payload as the firmware would. NULL, or the reason that it would
 * print. */
const char *firmware_view_boot(const uint8_t *window, size_t bytes);
