/* SPDX-License-Identifier: GPL-2.0-only */
/* Instants of tests without a machine: they come in the order of their edges. */
#include "emu/machine/instant.h"

int machine_instant_compare(const struct machine *machine, const struct machine_instant *a,
                            const struct machine_instant *b)
{
    (void)machine;
    return a->edge < b->edge ? -1 : a->edge > b->edge;
}
