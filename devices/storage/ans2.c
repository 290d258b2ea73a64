/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2, the NVMe controller of the T2 (106b:2005, class 0180): class and life. What it is made of
 * says ans2_internal.h; what is modelled and what was chosen docs/hardware/t2-nvme.md.
 *
 * Sources: NVM Express 1.2.1 (numbers in parentheses in these files are its sections), for Verify and
 * Sanitize 1.3 and 1.4; hardware.md 1.3 and 2; Linux 6.1 drivers/nvme/host, whose quirks for this
 * part tell how it differs from the standard.
 * Not modelled: firmware download and activation, namespace management, security commands,
 * directives, host memory buffer, interrupt coalescing (the feature is stored), whatever else is in
 * BAR 0 beyond the NVMe registers, in BAR 2 and in BAR 4 (reads 0, traced as unimplemented).
 */
#include "devices/storage/ans2.h"

#include <stdlib.h>
#include <string.h>

#include "devices/apple/t2_aes.h"
#include "devices/pci/inert_parts.h"
#include "devices/storage/ans2_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define BOUNCE_BYTES ((size_t)RAID0_STRIPE * T2_BLOCK_BYTES)

/* ---- Life ---- */

static void init_events(struct ans2 *ans2)
{
    event_init(&ans2->due, "due", ans2_due_fire, ans2);
    event_init(&ans2->fetch, "fetch", ans2_fetch_fire, ans2);
    event_init(&ans2->ready, "ready", ans2_ready_fire, ans2);
    event_init(&ans2->shutdown, "shutdown", ans2_shutdown_fire, ans2);
}

static int ans2_init(struct device *device, const void *config, struct error *err)
{
    struct ans2 *ans2 = ans2_of(device);
    const struct ans2_config *own = pci_part(config);

    if (own != NULL) {
        ans2->config = *own;
    }
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        BUG_ON(ans2->config.blocks != 0 && ans2->config.module[i] == NULL);
    }
    ans2->desc = *pci_part_t2_nvme.desc;
    ans2->desc.bar[0].bank = &ans2_banks[0];
    /* Whole pages: the host reads past its cache only into those. */
    ans2->bounce = aligned_alloc(T2_BLOCK_BYTES, BOUNCE_BYTES);
    if (ans2->bounce == NULL) return error_host(err, "%s: no memory", device->path);
    init_events(ans2);
    if (pci_fn_init(&ans2->fn, &ans2->desc, config, err) != 0) {
        free(ans2->bounce);
        return -1;
    }
    return 0;
}

/* Everything but registers, queues, and what counts over the life of the machine. */
static void reset_settings(struct ans2 *ans2)
{
    memset(ans2->features, 0, sizeof(ans2->features));
    ans2->features[NVME_FEAT_TEMPERATURE] = ANS2_HOT_DEFAULT;
    ans2->cold_threshold = 0;
    ans2->is_write_cache_on = true;
    ans2->is_dead = false;
    memset(ans2->event, 0, sizeof(ans2->event));
    ans2->warnings = 0;
}

void ans2_controller_reset(struct ans2 *ans2)
{
    struct sched *sched = ans2->fn.device.env.sched;

    sched_cancel(sched, &ans2->ready);
    sched_cancel(sched, &ans2->shutdown);
    ans2_queues_stop(ans2);
    reset_settings(ans2);
}

static void power_on(struct ans2 *ans2)
{
    ans2->order = 0;
    ans2->sanitize_status = 0;
    ans2->sanitize_command = 0;
    memset(ans2->error, 0, sizeof(ans2->error));
    ans2_notes_load(ans2);
    ans2_notes_keep(ans2, false);
}

static void ans2_reset(struct device *device, enum reset_kind kind)
{
    struct ans2 *ans2 = ans2_of(device);

    pci_fn_reset(&ans2->fn, kind);
    ans2_controller_reset(ans2);
    if (kind == RESET_POWER_ON) {
        power_on(ans2);
    }
}

/* A queue as a running controller can have it. */
static bool is_sane_queue(const struct ans2_queue *queue)
{
    const uint32_t sq = queue->sq_entries;
    const uint32_t cq = queue->cq_entries;

    if (queue->has_sq && (sq < 2 || queue->sq_head >= sq || queue->sq_tail >= sq)) return false;
    if (queue->has_cq && (cq < 2 || queue->cq_head >= cq || queue->cq_tail >= cq)) return false;
    return !queue->has_sq || queue->has_cq;
}

static int ans2_loaded(struct device *device, struct error *err)
{
    struct ans2 *ans2 = ans2_of(device);

    if (pci_fn_loaded(&ans2->fn, err) != 0) return -1;
    if (ans2_is_running(ans2) && !(ans2->queue[0].has_sq && ans2->queue[0].has_cq)) {
        return error_host(err, "%s: no admin queue in the snapshot", device->path);
    }
    for (unsigned i = 0; i < ANS2_QUEUES; i++) {
        if (is_sane_queue(&ans2->queue[i])) continue;
        return error_host(err, "%s: queue %u in the snapshot cannot be", device->path, i);
    }
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        const struct ans2_slot *slot = &ans2->slot[i];

        if (slot->state == ANS2_SLOT_FREE) continue;
        if (ans2->queue[slot->queue].has_cq && (slot->queue == 0) == (i < ANS2_ADMIN_SLOTS)) {
            continue;
        }
        return error_host(err, "%s: command %u in the snapshot cannot be", device->path, i);
    }
    return 0;
}

static void ans2_fini(struct device *device)
{
    struct ans2 *ans2 = ans2_of(device);

    ans2_controller_reset(ans2);
    pci_fn_fini(&ans2->fn);
    free(ans2->bounce);
}

void ans2_attach_sep(struct device *ans2, struct device *sep)
{
    BUG_ON(ans2->class != &ans2_class || ans2_of(ans2)->sep != NULL);
    ans2_of(ans2)->sep = sep;
}

/* ---- Tables ---- */

#define QUEUE(member, limit) SNAP_U_EACH(struct ans2, queue, member, limit)
#define SLOT(member, limit)  SNAP_U_EACH(struct ans2, slot, member, limit)
#define ERROR(member)        SNAP_U_EACH(struct ans2, error, member, UINT64_MAX)

static const struct snap_field state[] = {
    PCI_FN_STATE,
    SNAP_E(struct ans2, due),
    SNAP_E(struct ans2, fetch),
    SNAP_E(struct ans2, ready),
    SNAP_E(struct ans2, shutdown),
    QUEUE(has_sq, 1),
    QUEUE(has_cq, 1),
    QUEUE(has_interrupt, 1),
    QUEUE(sq_base, UINT64_MAX),
    QUEUE(cq_base, UINT64_MAX),
    QUEUE(sq_entries, ANS2_ADMIN_ENTRIES_MAX),
    QUEUE(cq_entries, ANS2_ADMIN_ENTRIES_MAX),
    QUEUE(sq_head, UINT32_MAX),
    QUEUE(sq_tail, UINT32_MAX),
    QUEUE(cq_tail, UINT32_MAX),
    QUEUE(cq_head, UINT32_MAX),
    QUEUE(phase, 1),
    QUEUE(pc, UINT64_MAX),
    SNAP_T_EACH(struct ans2, queue, rung),
    SLOT(state, ANS2_SLOT_WAITING),
    SLOT(queue, ANS2_QUEUES - 1),
    SLOT(is_aborted, 1),
    SLOT(status, UINT64_MAX),
    SLOT(result, UINT64_MAX),
    SLOT(order, UINT64_MAX),
    SNAP_T_EACH(struct ans2, slot, cause),
    SLOT(started, UINT64_MAX),
    SLOT(done, UINT64_MAX),
    {.name = "slot.command",
     .offset = offsetof(struct ans2, slot[0].command),
     .size = NVME_COMMAND_BYTES,
     .count = ANS2_SLOTS,
     .stride = sizeof(struct ans2_slot),
     .kind = SNAP_BYTES,
     .max = UINT64_MAX},
    SNAP_U(struct ans2, order),
    SNAP_U_MAX(struct ans2, turn, ANS2_QUEUES - 1),
    SNAP_U(struct ans2, turn_left),
    SNAP_U_ARRAY(struct ans2, event_cid, UINT64_MAX),
    SNAP_U_MAX(struct ans2, event_count, ANS2_EVENTS_MAX),
    SNAP_U_EACH(struct ans2, event, is_pending, 1),
    SNAP_U_EACH(struct ans2, event, is_masked, 1),
    SNAP_U_EACH(struct ans2, event, info, UINT64_MAX),
    SNAP_U(struct ans2, warnings),
    SNAP_U_ARRAY(struct ans2, features, UINT64_MAX),
    SNAP_U(struct ans2, cold_threshold),
    SNAP_U_MAX(struct ans2, is_write_cache_on, 1),
    SNAP_U_MAX(struct ans2, is_dead, 1),
    SNAP_U(struct ans2, sanitize_status),
    SNAP_U(struct ans2, sanitize_command),
    SNAP_U(struct ans2, pipe_until),
    SNAP_U(struct ans2, aes_until),
    SNAP_U(struct ans2, to_host_until),
    SNAP_U(struct ans2, from_host_until),
    SNAP_U(struct ans2, commands_read),
    SNAP_U(struct ans2, commands_written),
    SNAP_U(struct ans2, bytes_read),
    SNAP_U(struct ans2, bytes_written),
    SNAP_U(struct ans2, busy_since),
    SNAP_U(struct ans2, busy_time),
    SNAP_U(struct ans2, on_before),
    SNAP_U(struct ans2, error_count),
    SNAP_U(struct ans2, media_errors),
    ERROR(count),
    ERROR(lba),
    ERROR(nsid),
    ERROR(queue),
    ERROR(cid),
    ERROR(status),
    SNAP_U(struct ans2, power_cycles),
    SNAP_U(struct ans2, unsafe_shutdowns),
    SNAP_END,
};

static const struct trace_desc *const events[] = {
    PCI_FN_EVENTS,       &ans2_trace_command,   &ans2_trace_completion, &ans2_trace_io,
    &ans2_trace_load,    &ans2_trace_store,     &ans2_trace_decrypt,    &ans2_trace_encrypt,
    &ans2_trace_to_host, &ans2_trace_from_host, &ans2_trace_violation,  NULL,
};

const struct device_class ans2_class = {
    .name = "ans2",
    .size = sizeof(struct ans2),
    .version = 2,
    .banks = ans2_banks,
    .state = state,
    .events = events,
    .init = ans2_init,
    .reset = ans2_reset,
    .loaded = ans2_loaded,
    .fini = ans2_fini,
};
