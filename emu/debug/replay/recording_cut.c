/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run that goes another way from some instant. What was read from disks stays: the disk is the same
 * whichever way the run takes.
 */
#include "emu/base/bug.h"
#include "emu/debug/replay/recording_internal.h"

/* Beats and checkpoints up to and at `at`; the instant is the first member of a beat. */
static size_t count_until(const struct steady *list, const struct machine *machine,
                          const struct machine_instant *at)
{
    size_t count = list->count;

    while (count > 0 && machine_instant_compare(machine, steady_get(list, count - 1), at) > 0) {
        count--;
    }
    return count;
}

void recording_cut(struct recording *recording, const struct machine *machine,
                   const struct machine_instant *at, uint64_t seq, size_t inputs)
{
    BUG_ON(recording->file.fd >= 0);
    BUG_ON(inputs > recording->inputs.count);
    steady_cut(&recording->inputs, inputs);
    steady_cut(&recording->beats, count_until(&recording->beats, machine, at));
    recording_release_checkpoints(recording, count_until(&recording->checkpoints, machine, at));
    trace_log_cut(recording->events, seq);
    recording->has_end = false;
}
