/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: doorbells, fetching, the slots, completions, the interrupt (4.1, 4.6, 4.11, 7.5).
 *
 * A command's way: its doorbell arms `fetch`; that copies commands into free slots, queue by queue in
 * turns of the arbitration burst (feature 01h), and starts them; `due` ends the slot that is due first
 * and posts its completion. Time passes between each two of these, so that a guest cannot keep this
 * code busy at one instant; at one instant at most ANS2_SLOTS commands are fetched.
 *
 * Chosen:
 *  - Entries of the I/O submission queue are 128 bytes apart, of which the first 64 are the command;
 *    those of the admin queue 64 (hardware.md 2.1).
 *  - Each completion sends a message unless vector 0 is masked by INTMS or its queue has no
 *    interrupts; unmasking with completions that were not consumed sends one. (7.5.1.1 would send
 *    none while earlier completions are unconsumed; drivers work with both.)
 *  - Doorbells: a queue that is not there is the event "invalid doorbell register"; a value beyond
 *    the queue, one that says nothing new, more commands than there is room for, and more
 *    completions consumed than were posted are "invalid doorbell write value" (5.2, 4.1.1, 4.1.2).
 *    They have no other effect.
 *  - A completion queue that is full keeps commands in their slots until there is room. Slots are a
 *    queue's own, so the admin queue still works then, and behind commands that take long.
 */
#include <string.h>

#include "devices/storage/ans2_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define FETCH_TIME       VTIME_US(1) /* a doorbell and the read of a command over the link */
#define FETCH_FUNCTIONAL VTIME_NS(100)
#define ADMIN_STRIDE     64u
#define IO_STRIDE        128u
#define BURST_UNLIMITED  7u
#define INFO_NO_DOORBELL 0x00u
#define INFO_BAD_VALUE   0x01u
#define PHASE_BIT        16
#define STATUS_SHIFT     17
#define CID_AT           2u

const struct trace_desc ans2_trace_command = {.name = "nvme_command",
                                              .fields = {"queue", "cid", "opcode", "dword10"}};
const struct trace_desc ans2_trace_completion = {.name = "nvme_completion",
                                                 .fields = {"queue", "cid", "status", "result"}};

static struct sched *sched_of(const struct ans2 *ans2)
{
    return ans2->fn.device.env.sched;
}

static vtime now_of(const struct ans2 *ans2)
{
    return device_now(&ans2->fn.device);
}

/* ---- Doorbells ---- */

static uint32_t distance(uint32_t from, uint32_t to, uint32_t entries)
{
    return (to + entries - from) % entries;
}

static bool has_commands(const struct ans2_queue *queue)
{
    return queue->has_sq && queue->sq_head != queue->sq_tail;
}

/* Of those that are the queue's own; NULL: all are taken. */
static struct ans2_slot *free_slot(struct ans2 *ans2, unsigned queue)
{
    const unsigned first = queue == 0 ? 0 : ANS2_ADMIN_SLOTS;
    const unsigned end = queue == 0 ? ANS2_ADMIN_SLOTS : ANS2_SLOTS;

    for (unsigned i = first; i < end; i++) {
        if (ans2->slot[i].state == ANS2_SLOT_FREE) return &ans2->slot[i];
    }
    return NULL;
}

static bool can_fetch(struct ans2 *ans2, unsigned queue)
{
    return has_commands(&ans2->queue[queue]) && free_slot(ans2, queue) != NULL;
}

/* Commands that wait will be looked at. */
static void kick(struct ans2 *ans2)
{
    if (event_is_armed(&ans2->fetch) || !ans2_is_running(ans2)) return;
    for (unsigned i = 0; i < ANS2_QUEUES; i++) {
        if (!can_fetch(ans2, i)) continue;
        sched_at(sched_of(ans2), &ans2->fetch,
                 now_of(ans2) + (ans2->config.is_functional ? FETCH_FUNCTIONAL : FETCH_TIME));
        return;
    }
}

static bool is_full(const struct ans2_queue *queue)
{
    return distance(queue->cq_head, queue->cq_tail, queue->cq_entries) == queue->cq_entries - 1;
}

/* The slot of a queue that waits for room longest. */
static struct ans2_slot *first_waiting(struct ans2 *ans2, unsigned queue)
{
    struct ans2_slot *first = NULL;

    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        struct ans2_slot *slot = &ans2->slot[i];

        if (slot->state != ANS2_SLOT_WAITING || slot->queue != queue) continue;
        if (first == NULL || slot->done < first->done ||
            (slot->done == first->done && slot->order < first->order)) {
            first = slot;
        }
    }
    return first;
}

static void post_waiting(struct ans2 *ans2, unsigned index)
{
    struct ans2_slot *slot = first_waiting(ans2, index);

    while (slot != NULL && ans2_is_running(ans2) && !is_full(&ans2->queue[index])) {
        ans2_post(ans2, slot);
        slot = first_waiting(ans2, index);
    }
}

static bool ring_sq(struct ans2_queue *queue, uint32_t value)
{
    const uint32_t entries = queue->sq_entries;
    uint32_t added;

    if (value >= entries) return false;
    added = distance(queue->sq_tail, value, entries);
    if (added == 0) return false;
    if (distance(queue->sq_head, queue->sq_tail, entries) + added > entries - 1) return false;
    queue->sq_tail = value;
    return true;
}

static bool ring_cq(struct ans2_queue *queue, uint32_t value)
{
    const uint32_t entries = queue->cq_entries;
    uint32_t taken;

    if (value >= entries) return false;
    taken = distance(queue->cq_head, value, entries);
    if (taken == 0 || taken > distance(queue->cq_head, queue->cq_tail, entries)) return false;
    queue->cq_head = value;
    return true;
}

void ans2_ring(struct ans2 *ans2, unsigned queue, bool is_completion, uint32_t value)
{
    struct device *device = &ans2->fn.device;
    struct ans2_queue *q = queue < ANS2_QUEUES ? &ans2->queue[queue] : NULL;

    if (!ans2_is_running(ans2)) {
        device_guest_error(device, "doorbell of a controller that is not ready", queue, value);
    } else if (q == NULL || !(is_completion ? q->has_cq : q->has_sq)) {
        device_guest_error(device, "doorbell of no queue", queue, value);
        ans2_event(ans2, ANS2_EVENT_ERROR, INFO_NO_DOORBELL);
    } else if (!(is_completion ? ring_cq(q, value) : ring_sq(q, value))) {
        device_guest_error(device, "invalid doorbell value", queue, value);
        ans2_event(ans2, ANS2_EVENT_ERROR, INFO_BAD_VALUE);
    } else if (is_completion) {
        post_waiting(ans2, queue);
        ans2_events_send(ans2);
    } else {
        kick(ans2);
    }
}

/* ---- Fetching ---- */

/* Whose turn it is, of the queues with commands and slots for them; ANS2_QUEUES: nobody's. */
static unsigned next_turn(struct ans2 *ans2)
{
    const uint32_t burst = ans2->features[NVME_FEAT_ARBITRATION] & 7;

    for (unsigned i = 0; i <= ANS2_QUEUES; i++) {
        if (ans2->turn_left > 0 && can_fetch(ans2, ans2->turn)) {
            if (burst != BURST_UNLIMITED) {
                ans2->turn_left--;
            }
            return ans2->turn;
        }
        ans2->turn = (uint8_t)((ans2->turn + 1) % ANS2_QUEUES);
        ans2->turn_left = (uint8_t)(1u << (burst % BURST_UNLIMITED));
    }
    return ANS2_QUEUES;
}

static void update_busy(struct ans2 *ans2)
{
    bool is_busy = false;

    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        is_busy = is_busy || (ans2->slot[i].state != ANS2_SLOT_FREE && ans2->slot[i].queue != 0);
    }
    if (is_busy && ans2->busy_since == VTIME_NEVER) {
        ans2->busy_since = now_of(ans2);
    } else if (!is_busy && ans2->busy_since != VTIME_NEVER) {
        ans2->busy_time += now_of(ans2) - ans2->busy_since;
        ans2->busy_since = VTIME_NEVER;
    }
}

static void start(struct ans2 *ans2, struct ans2_slot *slot)
{
    struct device *device = &ans2->fn.device;
    struct trace *trace = device->env.trace;
    const uint64_t previous = trace_cause_begin(trace, ans2->queue[slot->queue].rung);

    slot->cause =
        TRACE(trace, device, &ans2_trace_command, slot->queue, le16_get(slot->command + CID_AT),
              slot->command[0], le32_get(slot->command + NVME_AT_CDW10));
    (void)trace_cause_begin(trace, slot->cause);
    if (slot->queue == 0) {
        ans2_admin_start(ans2, slot);
    } else {
        ans2_io_start(ans2, slot);
        update_busy(ans2);
    }
    trace_cause_end(trace, previous);
}

/* One command of `index`, which has a slot for it. False: the controller died. */
static bool fetch_one(struct ans2 *ans2, unsigned index)
{
    struct ans2_queue *queue = &ans2->queue[index];
    struct ans2_slot *slot = free_slot(ans2, index);
    const uint64_t addr =
        queue->sq_base + (uint64_t)queue->sq_head * (index == 0 ? ADMIN_STRIDE : IO_STRIDE);
    uint8_t command[NVME_COMMAND_BYTES];

    if (pci_dma_read(&ans2->fn, addr, command, sizeof(command)) != DMA_OK) {
        device_guest_error(&ans2->fn.device, "submission queue is no memory", index, addr);
        ans2_die(ans2);
        return false;
    }
    queue->sq_head = (queue->sq_head + 1) % queue->sq_entries;
    if (!ans2_check_cid(ans2, index, le16_get(command + CID_AT))) return false;
    *slot = (struct ans2_slot){
        .state = ANS2_SLOT_WORKING,
        .queue = (uint8_t)index,
        .order = ans2->order++,
        .started = now_of(ans2),
        .done = now_of(ans2),
    };
    memcpy(slot->command, command, sizeof(command));
    start(ans2, slot);
    return !ans2->is_dead;
}

void ans2_fetch_fire(void *owner, vtime when)
{
    struct ans2 *ans2 = owner;

    (void)when;
    if (!ans2_is_running(ans2)) return;
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        const unsigned queue = next_turn(ans2);

        if (queue == ANS2_QUEUES) break;
        if (!fetch_one(ans2, queue)) return;
    }
    kick(ans2);
    ans2_arm(ans2);
}

/* ---- The end of a command ---- */

static struct ans2_slot *first_due(struct ans2 *ans2)
{
    struct ans2_slot *first = NULL;

    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        struct ans2_slot *slot = &ans2->slot[i];

        if (slot->state != ANS2_SLOT_WORKING) continue;
        if (first == NULL || slot->done < first->done ||
            (slot->done == first->done && slot->order < first->order)) {
            first = slot;
        }
    }
    return first;
}

void ans2_arm(struct ans2 *ans2)
{
    const struct ans2_slot *slot = first_due(ans2);

    if (slot == NULL) {
        sched_cancel(sched_of(ans2), &ans2->due);
    } else if (!event_is_armed(&ans2->due) || ans2->due.when != slot->done) {
        sched_at(sched_of(ans2), &ans2->due, slot->done);
    }
}

static void finish(struct ans2 *ans2, struct ans2_slot *slot)
{
    if (slot->queue == 0) {
        ans2_admin_finish(ans2, slot);
    } else {
        ans2_notes_keep(ans2, false); /* it may make the module store them */
        ans2_io_finish(ans2, slot);
    }
    ans2_post(ans2, slot);
    ans2_warnings_update(ans2);
}

void ans2_due_fire(void *owner, vtime when)
{
    struct ans2 *ans2 = owner;
    struct ans2_slot *slot = first_due(ans2);
    struct trace *trace = ans2->fn.device.env.trace;
    uint64_t previous;

    if (slot == NULL || slot->done > when || ans2->is_dead) {
        ans2_arm(ans2);
        return;
    }
    previous = trace_cause_begin(trace, slot->cause);
    if (slot->is_aborted) {
        ans2_post(ans2, slot);
    } else {
        finish(ans2, slot);
    }
    trace_cause_end(trace, previous);
    ans2_arm(ans2);
    kick(ans2);
}

/* ---- Completions ---- */

static void interrupt(struct ans2 *ans2, const struct ans2_queue *queue)
{
    if (!queue->has_interrupt || (ans2->intms & ANS2_VECTOR_BIT) != 0) return;
    (void)pci_message(&ans2->fn, 0); /* no INTx: without MSI the driver polls */
}

void ans2_unmasked(struct ans2 *ans2)
{
    if (!ans2_is_running(ans2)) return;
    for (unsigned i = 0; i < ANS2_QUEUES; i++) {
        const struct ans2_queue *queue = &ans2->queue[i];

        if (!queue->has_cq || !queue->has_interrupt || queue->cq_head == queue->cq_tail) continue;
        interrupt(ans2, queue);
        return;
    }
}

struct completion {
    uint16_t cid;
    uint16_t status;
    uint32_t result;
};

/* An entry at the tail of a queue that is not full. False: the controller died. */
static bool put_completion(struct ans2 *ans2, unsigned index, const struct completion *completion)
{
    struct ans2_queue *queue = &ans2->queue[index];
    const uint64_t addr = queue->cq_base + (uint64_t)queue->cq_tail * NVME_COMPLETION_BYTES;
    struct device *device = &ans2->fn.device;
    struct trace *trace = device->env.trace;
    uint8_t raw[NVME_COMPLETION_BYTES] = {0};
    uint64_t previous;

    le32_put(raw, completion->result);
    le16_put(raw + 8, (uint16_t)queue->sq_head);
    le16_put(raw + 10, (uint16_t)index);
    le32_put(raw + 12, completion->cid | (uint32_t)queue->phase << PHASE_BIT |
                           (uint32_t)completion->status << STATUS_SHIFT);
    if (pci_dma_write(&ans2->fn, addr, raw, sizeof(raw)) != DMA_OK) {
        device_guest_error(device, "completion queue is no memory", index, addr);
        ans2_die(ans2);
        return false;
    }
    queue->cq_tail++;
    if (queue->cq_tail == queue->cq_entries) {
        queue->cq_tail = 0;
        queue->phase ^= 1;
    }
    previous =
        trace_cause_begin(trace, TRACE(trace, device, &ans2_trace_completion, index,
                                       completion->cid, completion->status, completion->result));
    interrupt(ans2, queue);
    trace_cause_end(trace, previous);
    return true;
}

void ans2_post(struct ans2 *ans2, struct ans2_slot *slot)
{
    const struct completion completion = {
        .cid = le16_get(slot->command + CID_AT), .status = slot->status, .result = slot->result};
    struct trace *trace = ans2->fn.device.env.trace;
    uint64_t previous;
    bool is_put;

    if (ans2->is_dead) return;
    if (slot->state == ANS2_SLOT_WORKING && slot->status != NVME_OK) {
        ans2_log_error(ans2, slot);
    }
    if (is_full(&ans2->queue[slot->queue])) {
        slot->state = ANS2_SLOT_WAITING;
        return;
    }
    previous = trace_cause_begin(trace, slot->cause);
    is_put = put_completion(ans2, slot->queue, &completion);
    trace_cause_end(trace, previous);
    if (!is_put) return;
    slot->state = ANS2_SLOT_FREE;
    update_busy(ans2);
    kick(ans2);
}

bool ans2_post_event(struct ans2 *ans2, uint16_t cid, uint16_t status, uint32_t result)
{
    const struct completion completion = {.cid = cid, .status = status, .result = result};

    if (!ans2_is_running(ans2) || is_full(&ans2->queue[0])) return false;
    return put_completion(ans2, 0, &completion);
}

/* ---- Commands that come to nothing ---- */

struct ans2_slot *ans2_find_slot(struct ans2 *ans2, unsigned queue, uint16_t cid)
{
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        struct ans2_slot *slot = &ans2->slot[i];

        if (slot->state == ANS2_SLOT_FREE || slot->queue != queue) continue;
        if (le16_get(slot->command + CID_AT) == cid) return slot;
    }
    return NULL;
}

void ans2_abort(struct ans2 *ans2, struct ans2_slot *slot, uint16_t status)
{
    slot->is_aborted = true;
    slot->status = status;
    slot->result = 0;
    slot->done = now_of(ans2);
    ans2_arm(ans2);
}

void ans2_abort_io(struct ans2 *ans2)
{
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        struct ans2_slot *slot = &ans2->slot[i];

        if (slot->queue == 0 || slot->state != ANS2_SLOT_WORKING || slot->is_aborted) continue;
        ans2_abort(ans2, slot, NVME_ABORT_SQ_DELETED);
    }
}

void ans2_forget_io(struct ans2 *ans2)
{
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        if (ans2->slot[i].queue != 0) {
            ans2->slot[i] = (struct ans2_slot){.state = ANS2_SLOT_FREE};
        }
    }
    update_busy(ans2);
    ans2_arm(ans2);
}

void ans2_queues_stop(struct ans2 *ans2)
{
    sched_cancel(sched_of(ans2), &ans2->due);
    sched_cancel(sched_of(ans2), &ans2->fetch);
    memset(ans2->slot, 0, sizeof(ans2->slot));
    update_busy(ans2);
    memset(ans2->queue, 0, sizeof(ans2->queue));
    memset(ans2->event_cid, 0, sizeof(ans2->event_cid));
    ans2->event_count = 0;
    ans2->turn = 0;
    ans2->turn_left = 0;
    ans2->pipe_until = 0;
    ans2->aes_until = 0;
    ans2->to_host_until = 0;
    ans2->from_host_until = 0;
}
