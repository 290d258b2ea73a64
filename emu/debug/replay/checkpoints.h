/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checkpoints of a run: the machine's state and the pages that changed from one to the next. Taken at beats
 * (emu/machine/instant.h) or where the run began, in any order of time; when they cost too much memory, some
 * are dropped so that the distances between those that stay grow with their age.
 */
#pragma once

#include "emu/debug/replay/disk.h"
#include "emu/debug/replay/recording.h"

struct checkpoint {
    vtime key; /* the edge where it is: no two have the same */
    struct recording_beat at;
    size_t next_input; /* inputs that had taken effect */
    uint64_t state;    /* blob */
    bool is_held;      /* of `state`: not the file's */
    bool is_extra;     /* taken near where somebody looks; the first to go */
};

struct checkpoints;

struct checkpoints_config {
    struct machine *machine; /* all borrowed */
    struct recording *recording;
    struct replay_disk *disks[2];
    uint64_t budget; /* bytes of blobs */
};

/* Takes over the checkpoints that the recording has. NULL with `err`. */
struct checkpoints *checkpoints_create(const struct checkpoints_config *config, struct error *err);
void checkpoints_destroy(struct checkpoints *checkpoints);

enum checkpoint_kind {
    CHECKPOINT_KEPT,
    CHECKPOINT_EXTRA,
    CHECKPOINT_FILED, /* kept, and added to the recording */
};
/* The machine stands at a beat, or where the run began. Nothing when there is one already. -1 with `err`:
 * host trouble; the others are as good as before. */
int checkpoints_take(struct checkpoints *checkpoints, const struct checkpoint *place,
                     enum checkpoint_kind kind, struct error *err) MUST_CHECK;
/* Puts the machine there. -1 with `err`: it can only be destroyed. */
int checkpoints_restore(struct checkpoints *checkpoints, size_t index,
                        struct error *err) MUST_CHECK;
/* Those behind `key` are of another run from now on. */
void checkpoints_cut(struct checkpoints *checkpoints, vtime key);

/* In the order of time. */
size_t checkpoints_count(const struct checkpoints *checkpoints);
const struct checkpoint *checkpoints_get(const struct checkpoints *checkpoints, size_t index);
bool checkpoints_has(const struct checkpoints *checkpoints, vtime key);
/* Number of checkpoints that are not behind `at`. */
size_t checkpoints_until(const struct checkpoints *checkpoints, const struct machine_instant *at);
uint64_t checkpoints_bytes(const struct checkpoints *checkpoints);
