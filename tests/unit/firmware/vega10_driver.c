/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's driver of the display controller, with the device of fake_vega10.c where it accesses memory. */
#include "firmware/arch/x86/io.h"
#include "tests/unit/firmware/fake_vega10.h"

#define mmio_read32  fake_vega10_read
#define mmio_write32 fake_vega10_write

#include "firmware/drivers/vega10.c"
#include "firmware/drivers/vega10_aux.c"
