/* SPDX-License-Identifier: GPL-2.0-only */
/* For self-test: one check fails, so the runner must fail. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    report(true, "this one passes");
    report(false, "this one fails");
}
