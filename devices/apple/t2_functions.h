/* SPDX-License-Identifier: GPL-2.0-only */
/* T2 functions 1 and 3: BCE (106b:1801) and audio (106b:1803). They say who they are, take and never
 * answer mailbox messages. docs/hardware/t2.md. */
#pragma once

#include "emu/core/device.h"

/* PCI functions; no configuration of their own. */
extern const struct device_class t2_bce_class;
extern const struct device_class t2_audio_class;
