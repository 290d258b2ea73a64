/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray disk info` prints. No secret is among it. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "emu/disk/disk_look.h"

/* For people; `path` is the disk's directory. */
void disk_show_text(const char *path, const struct disk_look *look, FILE *file);
/* One JSON object, and a newline. Sizes in bytes; ECID and the like are hexadecimal strings. */
void disk_show_json(const struct disk_look *look, FILE *file);

/* A number of bytes in the largest unit of which there is one: "1 TiB", "1.5 GiB"; rounded down. */
#define DISK_SIZE_BYTES 32
void disk_size_text(uint64_t bytes, char text[DISK_SIZE_BYTES]);
