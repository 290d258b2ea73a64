/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ans2_io.c, ans2_data.c and ans2_cut.c share: how an I/O command is read, and where its blocks
 * are. A slot's command was copied from the guest once, so these give the same each time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/apple/t2_aes.h"
#include "devices/storage/ans2_internal.h"
#include "emu/base/endian.h"

struct ans2_range {
    uint64_t lba;
    uint64_t blocks;
};

static inline uint8_t ans2_opcode(const struct ans2_slot *slot)
{
    return slot->command[0];
}

/* SLBA and NLB (which counts from 0) of Read, Write, Compare, Write Zeroes and Verify. */
static inline struct ans2_range ans2_range(const struct ans2_slot *slot)
{
    return (struct ans2_range){
        .lba = le64_get(slot->command + NVME_AT_CDW10),
        .blocks = UINT64_C(1) + le16_get(slot->command + NVME_AT_CDW12),
    };
}

/* Whether the range is within the namespace; its end may be beyond the last number there is. */
static inline bool ans2_is_within(const struct ans2 *ans2, struct ans2_range range)
{
    return range.lba <= ans2->config.blocks && range.blocks <= ans2->config.blocks - range.lba;
}

/* The command's data must be in flash before it is over: FUA, or there is no write cache. */
static inline bool ans2_is_through(const struct ans2 *ans2, const struct ans2_slot *slot)
{
    return !ans2->is_write_cache_on || (le32_get(slot->command + NVME_AT_CDW12) & NVME_RW_FUA) != 0;
}

/* What encrypts the volume; NULL while it is locked, or there is no SEP. */
static inline struct xts *ans2_volume(struct ans2 *ans2)
{
    return ans2->sep == NULL ? NULL : t2_sep_volume(ans2->sep);
}

/* RAID-0: the namespace is gone as soon as one of its modules is. */
static inline bool ans2_is_failed(const struct ans2 *ans2)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        if (ans2->config.module[i] == NULL || ssd_module_is_failed(ans2->config.module[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the command is one that can be carried out at all: NVME_OK or the status to refuse it
 * with. What follows from a command that passed: its range is within the namespace, its data within
 * MDTS. */
uint16_t ans2_io_check(const struct ans2 *ans2, const struct ans2_slot *slot);
/* After that: whether keys and modules are there for it now. */
uint16_t ans2_io_check_access(struct ans2 *ans2, const struct ans2_slot *slot);
