/* SPDX-License-Identifier: GPL-2.0-only */
/* The xHCI controller as a subject: alone, and with keyboard, mouse and tablet at its ports. */
#pragma once

#include "tests/generic/subject.h"

/* Decodes its registers, wherever the random life has put them. */
void subject_xhci_poke(struct rig *rig, uint64_t random);
uint64_t subject_xhci_aim(const struct rig *rig, const struct region *region, uint64_t random);

void subject_usb_build(struct rig *rig);
/* Keys, movements, and a driver that enumerates all three devices. */
void subject_usb_poke(struct rig *rig, uint64_t random);
