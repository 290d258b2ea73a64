/* SPDX-License-Identifier: GPL-2.0-only */
/* For self-test: a triple fault that nobody asked for must be a failure, not a second try. */
#include "tests/guest/lib/trap.h"

void guest_main(void)
{
    report(true, "before the reset");
    idt_load(0);
    __asm__ volatile("ud2");
}
