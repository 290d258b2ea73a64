/* SPDX-License-Identifier: GPL-2.0-only */
/* The SEP of the T2 as a subject: alone, and with a volume that has a password. */
#pragma once

#include "tests/generic/subject.h"

/* A driver with a bad memory: registers buffers, gives right and wrong passwords, reads answers. */
void subject_sep_poke(struct rig *rig, uint64_t random);
void subject_sep_build(struct rig *rig);
/* The registers of the mailbox. */
uint64_t subject_sep_aim(const struct rig *rig, const struct region *region, uint64_t random);
