/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start information of the PVH boot ABI, which plain ELF64 payloads are given too. Source: Xen
 * docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h (version 1).
 */
#pragma once

#include "firmware/boot/loader.h"

#define PVH_MAGIC 0x336ec578u

/* Places modules (an INITRD entry comes first) and makes hvm_start_info, whose address goes to *info. NULL or the reason. */
const char *pvh_load(struct loader *loader, uint64_t *info);
