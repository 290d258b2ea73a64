/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot 1. Source: Multiboot Specification 0.6.96, section 3.3 (boot information format). */
#pragma once

#include "firmware/boot/loader.h"

#define MULTIBOOT_BOOTLOADER_MAGIC 0x2badb002u

/* Loads segments and modules and makes the information structure, whose address goes to *info. Returns NULL or the reason. */
const char *multiboot_load(struct loader *loader, uint64_t *info);
