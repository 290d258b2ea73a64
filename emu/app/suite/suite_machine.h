/* SPDX-License-Identifier: GPL-2.0-only */
/* From the keys of a machine to the command line of `spacegray run`, and what that means. Private to suite_load.c. */
#pragma once

#include "emu/app/suite/suite_reader.h"

/* `own`: what a test says besides (slots NULL: nothing). Of a key that both have the test's counts, and what excludes
 * it goes. */
int suite_machine_read(const struct suite_reader *reader, const struct suite_place *base,
                       const struct suite_place *own, struct suite_machine *machine) MUST_CHECK;
/* Whether the modules of its memory are known: not from a snapshot, nor from a machine file that nobody opened. */
bool suite_machine_knows_modules(const struct suite_reader *reader,
                                 const struct suite_machine *machine);
