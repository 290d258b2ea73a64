/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: Set Features and Get Features (5.9, 5.14).
 *
 * Chosen: no feature is saveable (saved values are the defaults). The namespace identifier is not
 * looked at: every feature is the controller's here. Reserved bits are not stored. Interrupt
 * coalescing and power management are stored only. The write cache is emptied before switching it
 * off is completed.
 */
#include "devices/storage/ans2_admin.h"

#define FEATURE_SAVE    0x80000000u
#define SELECT(dw10)    ((dw10) >> 8 & 7)
#define SELECT_CURRENT  0u
#define SELECT_DEFAULT  1u
#define SELECT_SAVED    2u
#define SELECT_CAN      3u
#define CAN_CHANGE      0x4u
#define POWER_STATE     0x1fu
#define ERROR_DULBE     0x10000u
#define VECTOR_NUMBER   0xffffu
#define VECTOR_CD       0x10000u
#define QUEUES_NONE     0xffffu /* not a number of queues */
#define QUEUES_GRANTED  0u      /* one of each, counted from 0 */
#define SENSOR(dw11)    ((dw11) >> 16 & 0xf)
#define SENSOR_WHOLE    0u
#define SENSOR_ALL      0xfu
#define THRESHOLD(dw11) ((dw11) >> 20 & 3)
#define THRESHOLD_HOT   0u
#define THRESHOLD_COLD  1u

/* Bits that are stored; 0: there is no such feature, or it is not stored so. */
static uint32_t stored_bits(uint32_t id)
{
    static const uint32_t bits[NVME_FEATURES] = {
        [NVME_FEAT_ARBITRATION] = 0xffffff07u,
        [NVME_FEAT_POWER] = 0xffu,
        [NVME_FEAT_ERROR] = 0xffffu,
        [NVME_FEAT_COALESCING] = 0xffffu,
        [NVME_FEAT_VECTOR] = VECTOR_CD,
        [NVME_FEAT_ATOMICITY] = 1,
        [NVME_FEAT_EVENTS] = 0x1fu,
    };

    return id < NVME_FEATURES ? bits[id] : 0;
}

static bool exists(uint32_t id)
{
    return stored_bits(id) != 0 || id == NVME_FEAT_TEMPERATURE || id == NVME_FEAT_WRITE_CACHE ||
           id == NVME_FEAT_QUEUES;
}

/* ---- Set ---- */

static uint16_t set_temperature(struct ans2 *ans2, uint32_t value)
{
    if (SENSOR(value) != SENSOR_WHOLE && SENSOR(value) != SENSOR_ALL) return NVME_INVALID_FIELD;
    switch (THRESHOLD(value)) {
    case THRESHOLD_HOT: ans2->features[NVME_FEAT_TEMPERATURE] = (uint16_t)value; break;
    case THRESHOLD_COLD: ans2->cold_threshold = (uint16_t)value; break;
    default: return NVME_INVALID_FIELD;
    }
    return NVME_OK;
}

static uint16_t set_write_cache(struct ans2 *ans2, uint32_t value)
{
    const bool is_on = (value & 1) != 0;

    if (!is_on && ans2->is_write_cache_on && !ans2_flush_modules(ans2)) return NVME_INTERNAL_ERROR;
    ans2->is_write_cache_on = is_on;
    return NVME_OK;
}

static uint16_t set_queues(const struct ans2 *ans2, struct ans2_slot *slot, uint32_t value)
{
    if (ans2->queue[1].has_sq || ans2->queue[1].has_cq) return NVME_SEQUENCE_ERROR;
    if ((value & QUEUES_NONE) == QUEUES_NONE || value >> 16 == QUEUES_NONE) {
        return NVME_INVALID_FIELD;
    }
    slot->result = QUEUES_GRANTED;
    return NVME_OK;
}

static uint16_t check_stored(uint32_t id, uint32_t value)
{
    if (id == NVME_FEAT_POWER && (value & POWER_STATE) != 0) return NVME_INVALID_FIELD;
    if (id == NVME_FEAT_ERROR && (value & ERROR_DULBE) != 0) return NVME_INVALID_FIELD;
    if (id == NVME_FEAT_VECTOR && (value & VECTOR_NUMBER) != 0) return NVME_INVALID_FIELD;
    return NVME_OK;
}

uint16_t ans2_set_features(struct ans2 *ans2, struct ans2_slot *slot)
{
    const uint32_t dw10 = ans2_dword(slot, 10);
    const uint32_t value = ans2_dword(slot, 11);
    const uint32_t id = dw10 & 0xff;
    uint16_t status;

    if (!exists(id)) return NVME_INVALID_FIELD;
    if ((dw10 & FEATURE_SAVE) != 0) return NVME_NOT_SAVEABLE;
    switch (id) {
    case NVME_FEAT_TEMPERATURE: return set_temperature(ans2, value);
    case NVME_FEAT_WRITE_CACHE: return set_write_cache(ans2, value);
    case NVME_FEAT_QUEUES: return set_queues(ans2, slot, value);
    default: break;
    }
    status = check_stored(id, value);
    if (status == NVME_OK) {
        ans2->features[id] = value & stored_bits(id);
    }
    return status;
}

vtime ans2_features_extra(struct ans2 *ans2, const struct ans2_slot *slot)
{
    const bool is_cache = (ans2_dword(slot, 10) & 0xff) == NVME_FEAT_WRITE_CACHE;
    const vtime now = device_now(&ans2->fn.device);

    if (!is_cache || (ans2_dword(slot, 11) & 1) != 0) return 0;
    return ans2_book_flush(ans2, now) - now;
}

/* ---- Get ---- */

static uint16_t get_temperature(const struct ans2 *ans2, uint32_t dw11, bool is_default,
                                uint32_t *value)
{
    if (SENSOR(dw11) != SENSOR_WHOLE) return NVME_INVALID_FIELD;
    switch (THRESHOLD(dw11)) {
    case THRESHOLD_HOT:
        *value = is_default ? ANS2_HOT_DEFAULT : ans2->features[NVME_FEAT_TEMPERATURE];
        return NVME_OK;
    case THRESHOLD_COLD: *value = is_default ? 0 : ans2->cold_threshold; return NVME_OK;
    default: return NVME_INVALID_FIELD;
    }
}

uint16_t ans2_get_features(struct ans2 *ans2, struct ans2_slot *slot)
{
    const uint32_t dw10 = ans2_dword(slot, 10);
    const uint32_t dw11 = ans2_dword(slot, 11);
    const uint32_t id = dw10 & 0xff;
    const bool is_default = SELECT(dw10) != SELECT_CURRENT;

    if (!exists(id) || SELECT(dw10) > SELECT_CAN) return NVME_INVALID_FIELD;
    if (SELECT(dw10) == SELECT_CAN) {
        slot->result = CAN_CHANGE;
        return NVME_OK;
    }
    switch (id) {
    case NVME_FEAT_TEMPERATURE: return get_temperature(ans2, dw11, is_default, &slot->result);
    case NVME_FEAT_WRITE_CACHE: slot->result = is_default || ans2->is_write_cache_on; break;
    case NVME_FEAT_QUEUES: slot->result = QUEUES_GRANTED; break;
    case NVME_FEAT_VECTOR:
        if ((dw11 & VECTOR_NUMBER) != 0) return NVME_INVALID_FIELD;
        slot->result = is_default ? 0 : ans2->features[id];
        break;
    default: slot->result = is_default ? 0 : ans2->features[id]; break;
    }
    return NVME_OK;
}
