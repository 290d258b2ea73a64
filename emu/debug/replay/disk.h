/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flash of a machine that is recorded or repeated, as struct host_media.
 *
 * Recorded: the real media, and the recording gets each block that is read before the run has written it.
 * Repeated: those blocks, and the run's own writes in memory; nothing reaches a disk. A run that goes back
 * takes its writes back: they are pages of a space of their own in checkpoints.
 * Live: recorded, and the run can go back: its own writes are in memory, the real media is only read.
 *
 * A recording may be closed before its disks go (a machine that is destroyed still writes): nothing is recorded
 * from then on. There is one disk for a module of a recording at a time.
 *
 * The number of the contents (seal) is the real media's while recording; otherwise the same one until the run
 * changes its disk, then 0, because what it wrote will be gone.
 */
#pragma once

#include "emu/debug/replay/recording.h"

struct replay_disk;

/* Stands in front of `real` (borrowed). */
struct replay_disk *replay_disk_record(struct recording *recording, unsigned module,
                                       const struct host_media *real, struct error *err);
/* Writes never get to `real` (borrowed). */
struct replay_disk *replay_disk_live(struct recording *recording, unsigned module,
                                     const struct host_media *real, struct error *err);
/* As large as told. */
struct replay_disk *replay_disk_repeat(struct recording *recording, unsigned module,
                                       uint64_t blocks, uint64_t notes_bytes, struct error *err);
void replay_disk_destroy(struct replay_disk *disk);
/* For struct machine_disk; lives as long as `disk`. */
const struct host_media *replay_disk_media(struct replay_disk *disk);
/* While repeating: a block was wanted that the recorded run never read. `block` as in recording.h. */
bool replay_disk_has_missed(const struct replay_disk *disk, uint64_t *block);

/* Pages written by the run, for checkpoints: calls `visit` for each page that was written (discarded, or all
 * zero: data NULL) since the last call; of all when `all`. Page numbers as blocks of recording.h. What was
 * discarded without having been written is told in bitmaps, which are pages, too: number REPLAY_DISK_ZEROS + n
 * has a bit for each of the blocks from 32768 n on. So a call takes as long as what was written since, and
 * 32768 blocks of a discard cost as much as one. Stops when `visit` returns non-zero and returns that; -1 when
 * the real media cannot be read. */
#define REPLAY_DISK_ZEROS (UINT64_C(1) << 62)
int replay_disk_visit(struct replay_disk *disk, bool all,
                      int (*visit)(void *ctx, uint64_t page, const uint8_t *data), void *ctx);
/* A page is again as the run had it then (`data` NULL: zeros); `is_written` false: as before the run wrote it.
 * Not while recording. Pages that there are not are left alone. */
void replay_disk_put(struct replay_disk *disk, uint64_t page, bool is_written, const uint8_t *data);
