/* SPDX-License-Identifier: GPL-2.0-only */
/* From a loaded boot window into the payload. */
#pragma once

#include "firmware/boot/loader.h"

/* Loads what the window holds and enters it, or says why not and ends the run. */
_Noreturn void boot_payload(struct loader *loader);
