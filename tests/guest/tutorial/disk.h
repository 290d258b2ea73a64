/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the disk: some reads at a time, each with a number of the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BLOCK      4096u
#define READS      4u           /* at a time, numbered from 0 */
#define READ_BYTES (2u * BLOCK) /* the most that one may ask for */

void disk_start(void);
/* Starts read `number`: the first `bytes` bytes from `block` on come to `to`, a page. */
void disk_read(unsigned number, uint64_t block, uint32_t bytes, void *to);
/* Sleeps until read `number` is over. */
void disk_wait(unsigned number);
