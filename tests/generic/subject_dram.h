/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory modules with faults, decoded by fixed registers into the rig's RAM. */
#pragma once

#include "tests/generic/subject.h"

/* The DRAM, then the stage: what surrounds it. */
void subject_dram_build(struct rig *rig);
/* Faults come and go, cores and devices access memory, the layout goes away and comes back. */
void subject_dram_poke(struct rig *rig, uint64_t random);
void subject_dram_calm(struct rig *rig);
