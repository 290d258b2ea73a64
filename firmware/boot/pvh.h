/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start information of the PVH boot ABI, which plain ELF64 payloads are given too. Source: Xen
 * docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h (version 1).
 */
#pragma once

#include "firmware/boot/loader.h"

#define PVH_MAGIC 0x336ec578u

/* Where our own table of the frame buffer lies, from the start of hvm_start_info on (docs/images.md). */
#define PVH_DISPLAY_OFFSET 64
#define PVH_DISPLAY_MAGIC  "SGFRAME1"

/* Places modules (an INITRD entry comes first) and makes hvm_start_info, whose address goes to *info. NULL or the reason. */
const char *pvh_load(struct loader *loader, uint64_t *info);
