/* SPDX-License-Identifier: GPL-2.0-only */
/* First C code of every guest program. */
#include "tests/guest/lib/trap.h"

#define CMOS_RUNNING 0x71
#define RUNNING_MARK 0x5a

void guest_start(void);
void guest_start(void)
{
    trap_init();
    /*
     * A second start in one run that the program did not ask for is a triple fault that nobody
     * wanted.
     */
    if (cmos_read(CMOS_RUNNING) == RUNNING_MARK && &guest_expects_reset == NULL) {
        guest_panic("the machine was reset");
    }
    cmos_write(CMOS_RUNNING, RUNNING_MARK);
    guest_main();
    guest_end();
}
