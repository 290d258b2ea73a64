/* SPDX-License-Identifier: GPL-2.0-only */
/* The NVMe controller of the T2 as a subject: alone without a disk, and with modules and a volume. */
#pragma once

#include <stdbool.h>

#include "tests/generic/subject.h"

/* A driver with a bad memory: sets the controller up, fills its queues, rings doorbells with any
 * value. Nothing it does changes what is on the modules: their media are no device's state. */
void subject_ans2_poke(struct rig *rig, uint64_t random);
void subject_ans2_build(struct rig *rig);
/* The same with what a test asks for; returns the controller, whose first reset is to come. */
struct device *subject_ans2_make(struct rig *rig, bool is_functional, unsigned strict);
/* The registers and the first doorbells. */
uint64_t subject_ans2_aim(const struct rig *rig, const struct region *region, uint64_t random);
