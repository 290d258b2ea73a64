/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBus controller as a subject: alone, and with two memory modules' chips on its bus. */
#pragma once

#include "tests/generic/subject.h"

void subject_smbus_build(struct rig *rig);
/* What firmware does first, then a driver that sends a message, clears, kills or reads. */
void subject_smbus_poke(struct rig *rig, uint64_t random);
