/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: Get Log Page (5.10), the Error Information log, asynchronous events (5.2), critical warnings.
 *
 * Chosen:
 *  - The real part answers page 01h with Invalid Log Page; ours has it (the standard asks for it).
 *  - Every command that fails is logged, unless the host asked for its end (Abort, deleted queue).
 *  - Reading beyond the end of a page gives zeros. The namespace is looked at for page 02h only, which
 *    is the controller's: namespace 0 or FFFFFFFFh.
 *  - The temperature is constant. A critical warning is an event when it becomes true and is enabled,
 *    or is enabled while it is true. After an event its type is silent until its page is read.
 */
#include <string.h>

#include "devices/storage/ans2_admin.h"
#include "emu/base/bits.h"

#define LOG_DWORDS(dw10) (((dw10) >> 16) + 1)
#define ERROR_BYTES      64u
#define SMART_BYTES      512u
#define PARAMETER_NONE   0xffffu
#define UNIT_BYTES       UINT64_C(512000) /* data unit: a thousand times 512 bytes */
#define FIRMWARE_SLOT_1  0x01u
#define WARN_SPARE       0x01u
#define WARN_TEMPERATURE 0x02u
#define WARN_RELIABILITY 0x04u
#define INFO_RELIABILITY 0x00u
#define INFO_TEMPERATURE 0x01u
#define INFO_SPARE       0x02u
#define SANITIZE_IDLE    0xffffu
#define SANITIZE_UNKNOWN 0xffffffffu

/* ---- Errors ---- */

void ans2_log_error(struct ans2 *ans2, const struct ans2_slot *slot)
{
    const uint16_t status = slot->status & (uint16_t)~NVME_DNR;
    struct ans2_error *error = &ans2->error[ans2->error_count % ANS2_ERRORS];

    if (slot->is_aborted) return;
    if (status == NVME_READ_ERROR || status == NVME_WRITE_FAULT) {
        ans2->media_errors++;
    }
    ans2->error_count++;
    *error = (struct ans2_error){
        .count = ans2->error_count,
        .lba = slot->queue != 0 ? le64_get(slot->command + NVME_AT_CDW10) : 0,
        .nsid = ans2_nsid(slot),
        .queue = slot->queue,
        .cid = le16_get(slot->command + 2),
        .status = slot->status,
    };
}

/* Newest first. */
static uint16_t get_errors(struct ans2 *ans2, const struct ans2_slot *slot, uint32_t bytes)
{
    uint8_t data[ANS2_ERRORS * ERROR_BYTES] = {0};
    const struct ans2_gift gift = {.data = data, .data_bytes = sizeof(data), .bytes = bytes};

    for (uint64_t i = 0; i < min_u64(ans2->error_count, ANS2_ERRORS); i++) {
        const struct ans2_error *error = &ans2->error[(ans2->error_count - 1 - i) % ANS2_ERRORS];
        uint8_t *at = data + i * ERROR_BYTES;

        if (error->count == 0) break; /* from before this power-on: only their number is known */
        le64_put(at, error->count);
        le16_put(at + 8, error->queue);
        le16_put(at + 10, error->cid);
        le16_put(at + 12, (uint16_t)(error->status << 1));
        le16_put(at + 14, PARAMETER_NONE);
        le64_put(at + 16, error->lba);
        le32_put(at + 24, error->nsid);
    }
    return ans2_admin_give(ans2, slot, &gift);
}

/* ---- SMART ---- */

/* Both modules as one. */
static struct ssd_counters counters(const struct ans2 *ans2)
{
    struct ssd_counters sum = {.spare_percent = 100};

    if (ans2->config.blocks == 0) return sum;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct ssd_counters one = ssd_module_counters(ans2->config.module[i]);

        sum.spare_percent = (uint32_t)min_u64(sum.spare_percent, one.spare_percent);
        sum.used_percent = (uint32_t)max_u64(sum.used_percent, one.used_percent);
    }
    return sum;
}

static bool is_degraded(const struct ans2 *ans2)
{
    if (ans2->config.blocks == 0) return false;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        if (ssd_module_is_failed(ans2->config.module[i])) return true;
    }
    return false;
}

/* Those of `wanted` that are true now. */
static uint8_t warnings_now(const struct ans2 *ans2, uint32_t wanted)
{
    uint8_t warnings = 0;

    if ((wanted & WARN_SPARE) != 0 && counters(ans2).spare_percent < ANS2_SPARE_THRESHOLD) {
        warnings |= WARN_SPARE;
    }
    if (ANS2_TEMPERATURE >= ans2->features[NVME_FEAT_TEMPERATURE] ||
        ANS2_TEMPERATURE <= ans2->cold_threshold) {
        warnings |= WARN_TEMPERATURE;
    }
    if (is_degraded(ans2)) {
        warnings |= WARN_RELIABILITY;
    }
    return (uint8_t)(warnings & wanted);
}

void ans2_warnings_update(struct ans2 *ans2)
{
    const uint8_t now = warnings_now(ans2, ans2->features[NVME_FEAT_EVENTS]);
    const unsigned fresh = now & ~(unsigned)ans2->warnings;

    ans2->warnings = now;
    if ((fresh & WARN_RELIABILITY) != 0) {
        ans2_event(ans2, ANS2_EVENT_SMART, INFO_RELIABILITY);
    } else if ((fresh & WARN_TEMPERATURE) != 0) {
        ans2_event(ans2, ANS2_EVENT_SMART, INFO_TEMPERATURE);
    } else if ((fresh & WARN_SPARE) != 0) {
        ans2_event(ans2, ANS2_EVENT_SMART, INFO_SPARE);
    }
}

static uint64_t data_units(uint64_t bytes)
{
    return bytes / UNIT_BYTES + (bytes % UNIT_BYTES != 0);
}

static uint16_t get_smart(struct ans2 *ans2, const struct ans2_slot *slot, uint32_t bytes)
{
    const vtime now = device_now(&ans2->fn.device);
    const struct ssd_counters sum = counters(ans2);
    const vtime busy =
        ans2->busy_time + (ans2->busy_since != VTIME_NEVER ? now - ans2->busy_since : 0);
    uint8_t data[SMART_BYTES] = {0};
    const struct ans2_gift gift = {.data = data, .data_bytes = sizeof(data), .bytes = bytes};

    if (ans2_nsid(slot) != 0 && ans2_nsid(slot) != NVME_NSID_ALL) return NVME_INVALID_FIELD;
    data[0] = warnings_now(ans2, UINT32_MAX);
    le16_put(data + 1, ANS2_TEMPERATURE);
    data[3] = (uint8_t)sum.spare_percent;
    data[4] = ANS2_SPARE_THRESHOLD;
    data[5] = (uint8_t)min_u64(sum.used_percent, UINT8_MAX);
    le64_put(data + 32, data_units(ans2->bytes_read));
    le64_put(data + 48, data_units(ans2->bytes_written));
    le64_put(data + 64, ans2->commands_read);
    le64_put(data + 80, ans2->commands_written);
    le64_put(data + 96, busy / VTIME_S(60));
    le64_put(data + 112, ans2->power_cycles);
    le64_put(data + 128, (ans2->on_before + now) / VTIME_S(3600));
    le64_put(data + 144, ans2->unsafe_shutdowns);
    le64_put(data + 160, ans2->media_errors);
    le64_put(data + 176, ans2->error_count);
    return ans2_admin_give(ans2, slot, &gift);
}

/* ---- Other pages ---- */

static uint16_t get_firmware(struct ans2 *ans2, const struct ans2_slot *slot, uint32_t bytes)
{
    uint8_t data[16] = {FIRMWARE_SLOT_1};
    const struct ans2_gift gift = {.data = data, .data_bytes = sizeof(data), .bytes = bytes};

    memcpy(data + 8, ANS2_FIRMWARE, sizeof(ANS2_FIRMWARE) - 1);
    return ans2_admin_give(ans2, slot, &gift);
}

static uint16_t get_sanitize(struct ans2 *ans2, const struct ans2_slot *slot, uint32_t bytes)
{
    uint8_t data[20] = {0};
    const struct ans2_gift gift = {.data = data, .data_bytes = sizeof(data), .bytes = bytes};

    le16_put(data, SANITIZE_IDLE);
    le16_put(data + 2, ans2->sanitize_status);
    le32_put(data + 4, ans2->sanitize_command);
    le32_put(data + 8, SANITIZE_UNKNOWN);
    le32_put(data + 12, SANITIZE_UNKNOWN);
    le32_put(data + 16, 1);
    return ans2_admin_give(ans2, slot, &gift);
}

uint16_t ans2_get_log(struct ans2 *ans2, struct ans2_slot *slot)
{
    const uint32_t dw10 = ans2_dword(slot, 10);
    const uint32_t bytes = LOG_DWORDS(dw10) * 4;
    uint16_t status;

    switch (dw10 & 0xff) {
    case NVME_LOG_ERROR: status = get_errors(ans2, slot, bytes); break;
    case NVME_LOG_SMART: status = get_smart(ans2, slot, bytes); break;
    case NVME_LOG_FIRMWARE: return get_firmware(ans2, slot, bytes);
    case NVME_LOG_SANITIZE: return get_sanitize(ans2, slot, bytes);
    default: return NVME_INVALID_LOG_PAGE;
    }
    if (status == NVME_OK) {
        ans2->event[(dw10 & 0xff) - NVME_LOG_ERROR].is_masked = false;
    }
    return status;
}

/* ---- Asynchronous events ---- */

void ans2_event(struct ans2 *ans2, unsigned type, uint8_t info)
{
    struct ans2_event *event = &ans2->event[type];

    if (event->is_masked || event->is_pending) return;
    event->is_pending = true;
    event->info = info;
    ans2_events_send(ans2);
}

void ans2_event_remove(struct ans2 *ans2, unsigned index)
{
    ans2->event_count--;
    for (unsigned i = index; i < ans2->event_count; i++) {
        ans2->event_cid[i] = ans2->event_cid[i + 1];
    }
    ans2->event_cid[ans2->event_count] = 0;
}

void ans2_events_send(struct ans2 *ans2)
{
    for (unsigned type = 0; type < ANS2_EVENT_TYPES; type++) {
        struct ans2_event *event = &ans2->event[type];
        const uint32_t result =
            type | (uint32_t)event->info << 8 | (uint32_t)(NVME_LOG_ERROR + type) << 16;

        if (!event->is_pending || ans2->event_count == 0) continue;
        if (!ans2_post_event(ans2, ans2->event_cid[0], NVME_OK, result)) return;
        ans2_event_remove(ans2, 0);
        event->is_pending = false;
        event->is_masked = true;
    }
}
