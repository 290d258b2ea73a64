/* SPDX-License-Identifier: GPL-2.0-only */
/* Which test begins with the machine of which. Private to suite_load.c. */
#pragma once

#include "emu/app/suite/suite_reader.h"

/* Finds who provides what each test requires; places[i] is that of tests[i]. Names that are there twice, nobody who
 * provides, and circles are refused. Whoever requires gets its provider's machine; `provider` counts as `tests` does. */
int suite_links_find(const struct suite_reader *reader, const struct suite_place *places,
                     struct suite *suite) MUST_CHECK;
/* Puts who provides before who requires, and leaves the order of the file else. */
int suite_links_sort(const struct suite_reader *reader, struct suite *suite) MUST_CHECK;
