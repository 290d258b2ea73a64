/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: admin commands (5). Identify and Features are in files of their own; here is what all of them
 * have in common, queues, Abort, and taking Asynchronous Event Requests.
 *
 * A command is checked and carried out when its time is over, but for two: Abort acts at once, so
 * that the aborted command is completed first, and an Asynchronous Event Request leaves its slot.
 *
 * Chosen:
 *  - Order of checks: opcode; fused operation and data pointer type (Invalid Field: there are no SGLs
 *    and no fused operations); then as each function has it.
 *  - One I/O queue pair: other identifiers are Invalid Queue Identifier. Vectors other than 0 are
 *    Invalid Interrupt Vector. Both queues have to be contiguous (CAP.CQR) and page-aligned.
 *  - Delete I/O Submission Queue completes commands at work with Aborted due to SQ Deletion; those not
 *    fetched vanish, as do completions that find no room before their completion queue is deleted.
 *  - CC.IOSQES and CC.IOCQES are ignored (hardware.md 2.1).
 */
#include "devices/storage/ans2_admin.h"

#include <string.h>

#include "devices/apple/t2_aes.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define ADMIN_TIME      VTIME_US(10)
#define FUNCTIONAL_TIME VTIME_US(1)
#define IO_QUEUE        1u
#define PAGE_BYTES      4096u
#define CREATE_PC       0x1u
#define CREATE_IEN      0x2u
#define NOT_ABORTED     1u

struct rule {
    uint8_t opcode;
    uint16_t (*finish)(struct ans2 *ans2, struct ans2_slot *slot);
    /* How much longer than other commands it takes; NULL: not. */
    vtime (*extra)(struct ans2 *ans2, const struct ans2_slot *slot);
};

static uint16_t low16(uint32_t value)
{
    return (uint16_t)value;
}

static uint16_t high16(uint32_t value)
{
    return (uint16_t)(value >> 16);
}

/* ---- Data ---- */

uint16_t ans2_admin_give(struct ans2 *ans2, const struct ans2_slot *slot,
                         const struct ans2_gift *gift)
{
    static const uint8_t zeros[PAGE_BYTES];
    struct ans2_transfer transfer;
    uint32_t done = (uint32_t)min_u64(gift->data_bytes, gift->bytes);
    uint16_t status = ans2_prp(ans2, slot->command, gift->bytes, &transfer);

    if (status == NVME_OK) {
        status = ans2_copy_out(ans2, &transfer, 0, gift->data, done);
    }
    while (status == NVME_OK && done < gift->bytes) {
        const uint32_t part = (uint32_t)min_u64(gift->bytes - done, sizeof(zeros));

        status = ans2_copy_out(ans2, &transfer, done, zeros, part);
        done += part;
    }
    return status;
}

/* ---- Queues (5.3 to 5.6) ---- */

static uint16_t check_create(const struct ans2_slot *slot, bool exists)
{
    const uint32_t dw10 = ans2_dword(slot, 10);

    if (low16(dw10) != IO_QUEUE || exists) return NVME_QID_INVALID;
    if (high16(dw10) == 0 || high16(dw10) >= ANS2_ENTRIES_MAX) return NVME_QUEUE_SIZE;
    if ((ans2_dword(slot, 11) & CREATE_PC) == 0) return NVME_INVALID_FIELD;
    if (le64_get(slot->command + NVME_AT_PRP1) % PAGE_BYTES != 0) return NVME_PRP_OFFSET_INVALID;
    return NVME_OK;
}

static uint16_t create_cq(struct ans2 *ans2, struct ans2_slot *slot)
{
    struct ans2_queue *queue = &ans2->queue[IO_QUEUE];
    const uint32_t dw11 = ans2_dword(slot, 11);
    const uint16_t status = check_create(slot, queue->has_cq);

    if (status != NVME_OK) return status;
    if (high16(dw11) != 0) return NVME_INVALID_VECTOR;
    queue->has_cq = true;
    queue->has_interrupt = (dw11 & CREATE_IEN) != 0;
    queue->cq_base = le64_get(slot->command + NVME_AT_PRP1);
    queue->cq_entries = high16(ans2_dword(slot, 10)) + 1u;
    queue->cq_head = 0;
    queue->cq_tail = 0;
    queue->phase = 1;
    return NVME_OK;
}

static uint16_t create_sq(struct ans2 *ans2, struct ans2_slot *slot)
{
    struct ans2_queue *queue = &ans2->queue[IO_QUEUE];
    const uint16_t cqid = high16(ans2_dword(slot, 11));
    const uint16_t status = check_create(slot, queue->has_sq);

    if (status != NVME_OK) return status;
    if (cqid != IO_QUEUE) return NVME_QID_INVALID;
    if (!queue->has_cq) return NVME_CQ_INVALID;
    queue->has_sq = true;
    queue->sq_base = le64_get(slot->command + NVME_AT_PRP1);
    queue->sq_entries = high16(ans2_dword(slot, 10)) + 1u;
    queue->sq_head = 0;
    queue->sq_tail = 0;
    return NVME_OK;
}

static uint16_t delete_sq(struct ans2 *ans2, struct ans2_slot *slot)
{
    struct ans2_queue *queue = &ans2->queue[IO_QUEUE];

    if (low16(ans2_dword(slot, 10)) != IO_QUEUE || !queue->has_sq) return NVME_QID_INVALID;
    ans2_abort_io(ans2);
    queue->has_sq = false;
    queue->sq_base = 0;
    queue->sq_entries = 0;
    queue->sq_head = 0;
    queue->sq_tail = 0;
    return NVME_OK;
}

static uint16_t delete_cq(struct ans2 *ans2, struct ans2_slot *slot)
{
    struct ans2_queue *queue = &ans2->queue[IO_QUEUE];

    if (low16(ans2_dword(slot, 10)) != IO_QUEUE || !queue->has_cq) return NVME_QID_INVALID;
    if (queue->has_sq) return NVME_INVALID_QUEUE;
    ans2_forget_io(ans2);
    memset(queue, 0, sizeof(*queue));
    return NVME_OK;
}

/* ---- Abort (5.1) ---- */

static unsigned count_aborts(const struct ans2 *ans2)
{
    unsigned count = 0;

    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        const struct ans2_slot *slot = &ans2->slot[i];

        count += slot->state != ANS2_SLOT_FREE && slot->queue == 0 &&
                 slot->command[0] == NVME_ADMIN_ABORT;
    }
    return count;
}

/* An Asynchronous Event Request that waits. */
static bool abort_event(struct ans2 *ans2, uint16_t cid)
{
    for (unsigned i = 0; i < ans2->event_count; i++) {
        if (ans2->event_cid[i] != cid) continue;
        if (!ans2_post_event(ans2, cid, NVME_ABORT_REQUESTED, 0)) return false;
        ans2_event_remove(ans2, i);
        return true;
    }
    return false;
}

/* What the command in `slot` means is aborted. */
static bool abort_other(struct ans2 *ans2, const struct ans2_slot *slot)
{
    const uint32_t dw10 = ans2_dword(slot, 10);
    const uint16_t queue = low16(dw10);
    struct ans2_slot *other;

    if (queue >= ANS2_QUEUES) return false;
    if (queue == 0 && abort_event(ans2, high16(dw10))) return true;
    other = ans2_find_slot(ans2, queue, high16(dw10));
    if (other == NULL || other == slot || other->state != ANS2_SLOT_WORKING || other->is_aborted) {
        return false;
    }
    ans2_abort(ans2, other, NVME_ABORT_REQUESTED);
    return true;
}

static uint16_t start_abort(struct ans2 *ans2, struct ans2_slot *slot)
{
    if (count_aborts(ans2) > ANS2_ABORTS_MAX) return NVME_ABORT_LIMIT;
    slot->result = abort_other(ans2, slot) ? 0 : NOT_ABORTED;
    return NVME_OK;
}

static uint16_t nothing(struct ans2 *ans2, struct ans2_slot *slot)
{
    (void)ans2, (void)slot;
    return NVME_OK;
}

/* ---- All of them ---- */

static const struct rule rules[] = {
    {.opcode = NVME_ADMIN_DELETE_SQ, .finish = delete_sq},
    {.opcode = NVME_ADMIN_CREATE_SQ, .finish = create_sq},
    {.opcode = NVME_ADMIN_GET_LOG, .finish = ans2_get_log},
    {.opcode = NVME_ADMIN_DELETE_CQ, .finish = delete_cq},
    {.opcode = NVME_ADMIN_CREATE_CQ, .finish = create_cq},
    {.opcode = NVME_ADMIN_IDENTIFY, .finish = ans2_identify},
    {.opcode = NVME_ADMIN_ABORT, .finish = nothing},
    {.opcode = NVME_ADMIN_SET_FEATURES, .finish = ans2_set_features, .extra = ans2_features_extra},
    {.opcode = NVME_ADMIN_GET_FEATURES, .finish = ans2_get_features},
    {.opcode = NVME_ADMIN_EVENT, .finish = nothing},
    {.opcode = NVME_ADMIN_FORMAT, .finish = ans2_format, .extra = ans2_erase_extra},
    {.opcode = NVME_ADMIN_SANITIZE, .finish = ans2_sanitize, .extra = ans2_erase_extra},
};

static const struct rule *find_rule(uint8_t opcode)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].opcode == opcode) return &rules[i];
    }
    return NULL;
}

static void refuse(struct ans2 *ans2, struct ans2_slot *slot, uint16_t status)
{
    device_guest_error(&ans2->fn.device, "admin command refused", slot->command[0], status);
    slot->status = status | NVME_DNR;
}

static uint16_t check(const struct ans2_slot *slot)
{
    if (find_rule(slot->command[0]) == NULL) return NVME_INVALID_OPCODE;
    return (le32_get(slot->command) & (NVME_DW0_FUSE | NVME_DW0_PSDT)) != 0 ? NVME_INVALID_FIELD
                                                                            : NVME_OK;
}

/* True: the request waits, its slot is free. */
static bool keep_event_request(struct ans2 *ans2, struct ans2_slot *slot)
{
    if (ans2->event_count == ANS2_EVENTS_MAX) return false;
    ans2->event_cid[ans2->event_count] = le16_get(slot->command + 2);
    ans2->event_count++;
    slot->state = ANS2_SLOT_FREE;
    ans2_events_send(ans2);
    return true;
}

void ans2_admin_start(struct ans2 *ans2, struct ans2_slot *slot)
{
    const struct rule *rule = find_rule(slot->command[0]);
    uint16_t status = check(slot);

    slot->done =
        device_now(&ans2->fn.device) + (ans2->config.is_functional ? FUNCTIONAL_TIME : ADMIN_TIME);
    if (status == NVME_OK && slot->command[0] == NVME_ADMIN_EVENT) {
        if (keep_event_request(ans2, slot)) return;
        status = NVME_ASYNC_LIMIT;
    } else if (status == NVME_OK && slot->command[0] == NVME_ADMIN_ABORT) {
        status = start_abort(ans2, slot);
    } else if (status == NVME_OK && rule->extra != NULL) {
        slot->done += rule->extra(ans2, slot);
    }
    if (status != NVME_OK) {
        refuse(ans2, slot, status);
    }
}

void ans2_admin_finish(struct ans2 *ans2, struct ans2_slot *slot)
{
    const struct rule *rule = find_rule(slot->command[0]);
    uint16_t status;

    if (slot->status != NVME_OK || rule == NULL) return;
    status = rule->finish(ans2, slot);
    if (status != NVME_OK) {
        refuse(ans2, slot, status);
    }
}
