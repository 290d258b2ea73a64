/* SPDX-License-Identifier: GPL-2.0-only */
/* For self-test: never ends, so virtual time must run out. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    report(true, "before the hang");
    for (;;) {
        cpu_pause();
    }
}
