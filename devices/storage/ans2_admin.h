/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the admin commands share: ans2_admin.c, ans2_identify.c, ans2_features.c,
 * ans2_log.c, ans2_erase.c. A function named after a command carries it out: NVME_OK, or the status
 * (nvme.h) that the standard names; slot->result is completion dword 0.
 */
#pragma once

#include "devices/storage/ans2_internal.h"
#include "emu/base/endian.h"

#define ANS2_ABORTS_MAX      4u   /* ACL + 1 */
#define ANS2_TEMPERATURE     313u /* kelvin: 40 degrees Celsius, always (chosen) */
#define ANS2_SPARE_THRESHOLD 10u  /* percent */
#define ANS2_FIRMWARE        "1294    "

/* Dword `n` of the command. */
static inline uint32_t ans2_dword(const struct ans2_slot *slot, unsigned n)
{
    return le32_get(slot->command + (size_t)n * 4);
}

static inline uint32_t ans2_nsid(const struct ans2_slot *slot)
{
    return le32_get(slot->command + NVME_AT_NSID);
}

/* Data to the host: `bytes` of the command's buffer become `data`, and zeros after `data_bytes`. */
struct ans2_gift {
    const void *data;
    uint32_t data_bytes;
    uint32_t bytes; /* > 0 */
};
uint16_t ans2_admin_give(struct ans2 *ans2, const struct ans2_slot *slot,
                         const struct ans2_gift *gift);

uint16_t ans2_identify(struct ans2 *ans2, struct ans2_slot *slot);
uint16_t ans2_set_features(struct ans2 *ans2, struct ans2_slot *slot);
uint16_t ans2_get_features(struct ans2 *ans2, struct ans2_slot *slot);
/* Emptying the write cache takes time. */
vtime ans2_features_extra(struct ans2 *ans2, const struct ans2_slot *slot);
uint16_t ans2_get_log(struct ans2 *ans2, struct ans2_slot *slot);
uint16_t ans2_format(struct ans2 *ans2, struct ans2_slot *slot);
uint16_t ans2_sanitize(struct ans2 *ans2, struct ans2_slot *slot);
vtime ans2_erase_extra(struct ans2 *ans2, const struct ans2_slot *slot);
