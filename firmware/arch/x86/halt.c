/* SPDX-License-Identifier: GPL-2.0-only */
/* How the firmware stops: see halt.h. */
#include "firmware/arch/x86/halt.h"

#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"
#include "firmware/arch/x86/layout.h"

void halt_forever(void)
{
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

void halt_failed(void)
{
    outb(MAP_PORT_DEBUG_EXIT, FW_EXIT_FAILED);
    halt_forever();
}
