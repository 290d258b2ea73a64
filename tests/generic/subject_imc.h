/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory controllers for the generic tests: what is shared, and the functions that matter. */
#pragma once

#include "tests/generic/subject.h"

void subject_imc_build(struct rig *rig);
/* Programs a layout, bends a register of it, or lets an error happen. */
void subject_imc_poke(struct rig *rig, uint64_t random);
/* Nothing is outside. */
void subject_imc_calm(struct rig *rig);
/* A register of a function that is there. */
uint64_t subject_imc_aim(const struct rig *rig, const struct region *region, uint64_t random);
