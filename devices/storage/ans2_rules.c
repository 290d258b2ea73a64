/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: what the real firmware does not survive, and the controller's fatal state. The table of
 * docs/hardware/t2-nvme.md says for each rule why it is here or among the statuses.
 *
 *  - Command identifiers index a table: they are below the number of entries of their queue.
 *  - The table is one for both queues: no identifier is in use twice.
 */
#include "devices/storage/ans2_internal.h"

const struct trace_desc ans2_trace_violation = {.name = "t2_rule_broken",
                                                .level = TRACE_LEVEL_GUEST_ERROR,
                                                .fields = {"rule:s", "queue", "value", "pc"}};

void ans2_die(struct ans2 *ans2)
{
    struct sched *sched = ans2->fn.device.env.sched;

    ans2->is_dead = true;
    ans2->csts |= NVME_CSTS_CFS;
    sched_cancel(sched, &ans2->ready);
    sched_cancel(sched, &ans2->shutdown);
    ans2_queues_stop(ans2);
}

bool ans2_violation(struct ans2 *ans2, const char *what, uint64_t queue, uint64_t value)
{
    struct device *device = &ans2->fn.device;
    const uint64_t pc = queue < ANS2_QUEUES ? ans2->queue[queue].pc : 0;

    TRACE(device->env.trace, device, &ans2_trace_violation, (uintptr_t)what, queue, value, pc);
    if (ans2->config.rule_broken != NULL) {
        ans2->config.rule_broken(ans2->config.ctx, what, pc);
    }
    if (ans2->config.strict == ANS2_STRICT_WARN) return true;
    ans2_die(ans2);
    if (ans2->config.strict == ANS2_STRICT_PANIC && ans2->config.panic != NULL) {
        ans2->config.panic(ans2->config.ctx, what);
    }
    return false;
}

static bool is_in_use(struct ans2 *ans2, uint16_t cid)
{
    for (unsigned i = 0; i < ANS2_QUEUES; i++) {
        if (ans2_find_slot(ans2, i, cid) != NULL) return true;
    }
    for (unsigned i = 0; i < ans2->event_count; i++) {
        if (ans2->event_cid[i] == cid) return true;
    }
    return false;
}

bool ans2_check_cid(struct ans2 *ans2, unsigned queue, uint16_t cid)
{
    if (cid >= ans2->queue[queue].sq_entries &&
        !ans2_violation(ans2, "command identifier not below the queue's depth", queue, cid)) {
        return false;
    }
    return !is_in_use(ans2, cid) || ans2_violation(ans2, "command identifier in use", queue, cid);
}
