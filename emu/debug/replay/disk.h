/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flash of a machine that is recorded or repeated, as struct host_media.
 *
 * Recorded: the real media, and the recording gets each block that is read before the run has written it.
 * Repeated: those blocks, and the run's own writes in memory; nothing reaches a disk. A run that goes back
 * takes its writes back: they are pages of a space of their own in checkpoints.
 */
#pragma once

#include "emu/debug/replay/recording.h"

struct replay_disk;

/* Stands in front of `real` (borrowed). */
struct replay_disk *replay_disk_record(struct recording *recording, unsigned module,
                                       const struct host_media *real, struct error *err);
/* As large as told. */
struct replay_disk *replay_disk_repeat(struct recording *recording, unsigned module,
                                       uint64_t blocks, uint64_t notes_bytes, struct error *err);
void replay_disk_destroy(struct replay_disk *disk);
/* For struct machine_disk; lives as long as `disk`. */
const struct host_media *replay_disk_media(struct replay_disk *disk);
/* While repeating: a block was wanted that the recorded run never read. `block` as in recording.h. */
bool replay_disk_has_missed(const struct replay_disk *disk, uint64_t *block);

/* Pages written by the run, for checkpoints: calls `visit` for each page that was written (discarded: data
 * NULL) since the last call; of all when `all`. Page numbers as blocks of recording.h. */
int replay_disk_visit(struct replay_disk *disk, bool all,
                      int (*visit)(void *ctx, uint64_t page, const uint8_t *data), void *ctx);
/* A page is again as the run had it then; `is_written` false: as before the run wrote it. */
void replay_disk_put(struct replay_disk *disk, uint64_t page, bool is_written, const uint8_t *data);
