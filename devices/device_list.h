/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every device class, in one explicit table: what tests and fuzzers that hold for all devices go
 * through. A new device adds one line to device_list.c and, when the machine has it, one to its
 * parts list.
 */
#pragma once

#include <stddef.h>

#include "emu/core/device.h"

extern const struct device_class *const device_list[];
extern const size_t device_list_count;
