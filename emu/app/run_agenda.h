/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray run` does to its machine at which time. */
#pragma once

#include "emu/app/run_options.h"
#include "emu/app/timeline.h"

/* Fills an empty timeline with the screenshots, texts and input scripts of `options`. -1 with `err`;
 * timeline_release() frees what is in it then, too. */
int run_agenda_make(struct timeline *timeline, const struct run_options *options,
                    struct error *err) MUST_CHECK;
/* Screenshots that were asked for the end of the run. */
void run_agenda_finish(struct timeline *timeline, const struct run_options *options);
/* Says on standard error what went otherwise than asked: black pictures, actions not reached. */
void run_agenda_tell(const struct timeline *timeline);
