/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole disk on a rig: the ANS2 controller, two SSD modules on media in memory, a SEP that is a
 * pointer (t2_sep.h's functions are here), and a driver (nvme_host.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/raid0.h"
#include "tests/lib/media.h"
#include "tests/lib/nvme_host.h"

#define STACK_DATA       UINT64_C(0x1000000)
#define STACK_DATA_BYTES (UINT64_C(24) << 20)
#define STACK_BLOCK      4096u

struct stack {
    struct nvme_host host;
    struct region region;
    uint8_t *ram;                              /* STACK_DATA_BYTES at STACK_DATA */
    struct memory_media *media[RAID0_MODULES]; /* borrowed */
    struct device *module[RAID0_MODULES];
    struct device sep;
    struct xts *volume;
    uint64_t blocks; /* of the namespace */
};

/* Powered on, queues made; the key is always the same. */
void stack_create(struct stack *stack, struct memory_media *const media[RAID0_MODULES],
                  bool is_functional);
void stack_destroy(struct stack *stack);
