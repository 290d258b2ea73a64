/* SPDX-License-Identifier: GPL-2.0-only */
/* Checkpoints of a recording, each with its pages; and the way back from what is to be forgotten. */
#include <stdlib.h>
#include <string.h>

#include "emu/debug/replay/recording_internal.h"

/* ---- Keeping ---- */

/* Blobs of the first `pages` pages, and the state. */
static void drop_blobs(struct recording *recording, const struct recording_checkpoint *checkpoint,
                       size_t pages)
{
    for (size_t i = 0; i < pages; i++) {
        blobs_drop(recording->blobs, checkpoint->pages[i].blob);
    }
    blobs_drop(recording->blobs, checkpoint->state);
}

static bool hold_blobs(struct recording *recording, const struct recording_checkpoint *checkpoint)
{
    if (!blobs_hold(recording->blobs, checkpoint->state)) return false;
    for (size_t i = 0; i < checkpoint->page_count; i++) {
        const uint64_t blob = checkpoint->pages[i].blob;

        if (blob != 0 && !blobs_hold(recording->blobs, blob)) {
            drop_blobs(recording, checkpoint, i);
            return false;
        }
    }
    return true;
}

static bool add_copy(struct recording *recording, const struct recording_checkpoint *checkpoint)
{
    const size_t bytes = checkpoint->page_count * sizeof(*checkpoint->pages);
    struct recording_checkpoint copy = *checkpoint;
    struct recording_page *pages = malloc(bytes == 0 ? 1 : bytes);

    if (pages == NULL) return false;
    if (bytes > 0) {
        memcpy(pages, checkpoint->pages, bytes);
    }
    copy.pages = pages;
    if (steady_add(&recording->checkpoints, &copy) != NULL) return true;
    free(pages);
    return false;
}

bool recording_add_checkpoint(struct recording *recording,
                              const struct recording_checkpoint *checkpoint)
{
    const struct recording_checkpoint *last = steady_last(&recording->checkpoints);

    if (last != NULL && checkpoint->at.when <= last->at.when)
        return recording_fail(recording, "a checkpoint came out of order");
    if (!hold_blobs(recording, checkpoint))
        return recording_fail(recording, "a checkpoint has parts that are not there");
    if (add_copy(recording, checkpoint)) return true;
    drop_blobs(recording, checkpoint, checkpoint->page_count);
    return recording_fail(recording, "memory ran out");
}

size_t recording_checkpoint_count(const struct recording *recording)
{
    return recording->checkpoints.count;
}

const struct recording_checkpoint *recording_checkpoint(const struct recording *recording,
                                                        size_t index)
{
    return steady_get(&recording->checkpoints, index);
}

void recording_release_checkpoints(struct recording *recording, size_t from)
{
    for (size_t i = from; i < recording->checkpoints.count; i++) {
        const struct recording_checkpoint *checkpoint = steady_get(&recording->checkpoints, i);

        drop_blobs(recording, checkpoint, checkpoint->page_count);
        free((void *)(uintptr_t)checkpoint->pages);
    }
    steady_cut(&recording->checkpoints, from);
}
