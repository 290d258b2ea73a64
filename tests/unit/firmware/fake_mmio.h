/* SPDX-License-Identifier: GPL-2.0-only */
/* Put before a driver of the firmware (gcc -include): its accesses go to the device of fake_vega10.c. */
#pragma once

#include "firmware/arch/x86/io.h"
#include "tests/unit/firmware/fake_vega10.h"

#define mmio_read32  fake_vega10_read
#define mmio_write32 fake_vega10_write
