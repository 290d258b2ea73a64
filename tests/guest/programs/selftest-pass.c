/* SPDX-License-Identifier: GPL-2.0-only */
/* For self-test: a program that passes with two reports. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    report(true, "one");
    report_eq(1 + 1, 2, "two");
}
