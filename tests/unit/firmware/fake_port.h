/* SPDX-License-Identifier: GPL-2.0-only */
/* Put before a driver of the firmware (gcc -include): its ports and its clock are those of fake_smbus.c. */
#pragma once

#include "firmware/arch/x86/io.h"
#include "tests/unit/firmware/fake_smbus.h"

#define inb   fake_smbus_inb
#define outb  fake_smbus_outb
#define rdtsc fake_smbus_clock
