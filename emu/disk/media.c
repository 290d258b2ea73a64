/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flash of a module as the emulated SSD sees it (media.h): a part of a file, with temporary writes
 * laid over it. A block is a page of the file, aligned, and written by one call: no crash of this
 * program tears one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/disk/disk_internal.h"
#include "emu/disk/disk_notes.h"

/* Of the buffer that transfers past the page cache go through when the caller's is not aligned. */
#define BOUNCE_BYTES (1u << 20)

static uint64_t data_offset(const struct disk_module *module, uint64_t block)
{
    return disk_data_offset(module->header.notes_bytes) + block * MEDIA_BLOCK_BYTES;
}

static void count_activity(const struct disk_module *module, uint64_t bytes)
{
    if (module->disk->activity == NULL) return;
    atomic_fetch_add_explicit(module->disk->activity, bytes, memory_order_relaxed);
}

static int fail(const struct disk_module *module, const char *what, int reason)
{
    disk_fail(module->disk, module->name, what, reason);
    return -1;
}

/* Of a write or a discard: which of the two files has no room is of interest. */
static int fail_write(const struct disk_module *module, int reason)
{
    return fail(module,
                module->overlay.fd < 0 ? "it cannot be written" : "temporary writes cannot be kept",
                reason);
}

static bool has_failed(const struct disk_module *module)
{
    return module->disk->trouble_err.kind != ERROR_NONE;
}

static bool is_aligned(const void *data)
{
    return (uintptr_t)data % MEDIA_BLOCK_BYTES == 0;
}

/* ---- The file below ---- */

static int read_base(const struct disk_module *module, uint64_t offset, void *data, size_t bytes)
{
    const struct disk_host *host = module->disk->host;
    char *to = data;
    int reason = 0;

    if (module->direct_fd < 0 || offset < disk_data_offset(module->header.notes_bytes)) {
        return disk_read_at(host, module->fd, data, bytes, offset);
    }
    if (is_aligned(data)) return disk_read_at(host, module->direct_fd, data, bytes, offset);
    while (bytes > 0 && reason == 0) {
        const size_t part = min_u64(bytes, BOUNCE_BYTES);

        reason = disk_read_at(host, module->direct_fd, module->bounce, part, offset);
        memcpy(to, module->bounce, part);
        to += part;
        offset += part;
        bytes -= part;
    }
    return reason;
}

static int write_base(const struct disk_module *module, uint64_t offset, const void *data,
                      size_t bytes)
{
    const struct disk_host *host = module->disk->host;
    const char *from = data;
    int reason = 0;

    if (module->direct_fd < 0) return disk_write_at(host, module->fd, data, bytes, offset);
    if (is_aligned(data)) return disk_write_at(host, module->direct_fd, data, bytes, offset);
    while (bytes > 0 && reason == 0) {
        const size_t part = min_u64(bytes, BOUNCE_BYTES);

        memcpy(module->bounce, from, part);
        reason = disk_write_at(host, module->direct_fd, module->bounce, part, offset);
        from += part;
        offset += part;
        bytes -= part;
    }
    return reason;
}

int disk_module_read(struct disk_module *module, uint64_t offset, void *data, size_t bytes)
{
    const struct disk_overlay *overlay = &module->overlay;
    char *to = data;
    int reason = 0;

    if (overlay->fd < 0) return read_base(module, offset, data, bytes);
    while (bytes > 0 && reason == 0) {
        bool is_overlaid;
        const uint64_t pages = disk_overlay_run(overlay, offset / MEDIA_BLOCK_BYTES,
                                                bytes / MEDIA_BLOCK_BYTES, &is_overlaid);
        const size_t part = pages * MEDIA_BLOCK_BYTES;

        reason = is_overlaid ? disk_read_at(module->disk->host, overlay->fd, to, part, offset)
                             : read_base(module, offset, to, part);
        to += part;
        offset += part;
        bytes -= part;
    }
    return reason;
}

/* Whole pages. */
static int write_overlay(struct disk_module *module, uint64_t offset, const void *data,
                         size_t bytes)
{
    const int reason = disk_write_at(module->disk->host, module->overlay.fd, data, bytes, offset);

    if (reason == 0) {
        disk_overlay_mark(&module->overlay, offset / MEDIA_BLOCK_BYTES, bytes / MEDIA_BLOCK_BYTES);
    }
    return reason;
}

/* ---- The header ---- */

int disk_write_header(struct disk_module *module)
{
    const struct disk *disk = module->disk;
    const unsigned copy = (module->newest + 1) % DISK_HEADER_COPIES;
    uint8_t bytes[DISK_HEADER_BYTES];
    int reason;

    module->header.sequence++;
    if (disk_header_put(&module->header, disk->pairing_key, bytes) < 0) return ENOMEM;
    reason = disk_write_at(disk->host, module->fd, bytes, sizeof(bytes),
                           (uint64_t)copy * DISK_HEADER_BYTES);
    if (reason != 0) return reason;
    module->newest = copy;
    if (disk->cache == DISK_CACHE_UNSAFE) return 0;
    return disk->host->sync_data(module->fd) < 0 ? errno : 0;
}

/* Before anything changes: contents that somebody may know by number get another one, on the host
 * first. -1 when nothing can be changed. */
static int begin_change(struct disk_module *module)
{
    int reason;

    switch (module->disk->access) {
    case DISK_TEMPORARY: module->is_overlaid = true; return 0;
    case DISK_READ:
    case DISK_LOOK: return fail(module, "it was opened for reading only", EROFS);
    case DISK_KEEP: break;
    }
    module->is_unsynced = true;
    if (!module->is_sealed) return 0;
    module->header.generation++;
    module->header.is_clean = false;
    reason = disk_write_header(module);
    if (reason != 0) return fail(module, "its header cannot be written", reason);
    module->is_sealed = false;
    return 0;
}

static int sync_module(struct disk_module *module)
{
    if (!module->is_unsynced || module->disk->cache == DISK_CACHE_UNSAFE) return 0;
    if (module->disk->host->sync_data(module->fd) < 0) return errno;
    module->is_unsynced = false;
    return 0;
}

int disk_module_settle(struct disk_module *module)
{
    int reason;

    if (module->disk->access != DISK_KEEP || module->header.is_clean) return 0;
    reason = sync_module(module);
    if (reason != 0) return reason;
    module->header.is_clean = true;
    return disk_write_header(module);
}

int disk_module_clear(struct disk_module *module)
{
    const struct disk_host *host = module->disk->host;
    const struct ssd_geometry geometry = ssd_geometry(module->header.blocks);
    int reason;

    if (has_failed(module) || begin_change(module) < 0) return -1;
    reason = disk_punch(host, module->fd, data_offset(module, 0),
                        module->header.blocks * MEDIA_BLOCK_BYTES);
    if (reason == 0) {
        reason =
            disk_punch(host, module->fd, DISK_NOTES_OFFSET + disk_notes_bitmap_offset(&geometry),
                       disk_notes_bitmap_bytes(&geometry));
    }
    return reason == 0 ? 0 : fail(module, "it cannot be written", reason);
}

/* ---- media.h ---- */

static int media_read(void *ctx, uint64_t block, size_t count, void *data)
{
    struct disk_module *module = ctx;
    const size_t bytes = count * MEDIA_BLOCK_BYTES;
    int reason;

    BUG_ON(block > module->media.blocks || count > module->media.blocks - block);
    if (has_failed(module)) return -1;
    reason = disk_module_read(module, data_offset(module, block), data, bytes);
    if (reason != 0) return fail(module, "it cannot be read", reason);
    count_activity(module, bytes);
    return 0;
}

static int media_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    struct disk_module *module = ctx;
    const size_t bytes = count * MEDIA_BLOCK_BYTES;
    const uint64_t offset = data_offset(module, block);
    int reason;

    BUG_ON(block > module->media.blocks || count > module->media.blocks - block);
    if (has_failed(module) || begin_change(module) < 0) return -1;
    reason = module->overlay.fd < 0 ? write_base(module, offset, data, bytes)
                                    : write_overlay(module, offset, data, bytes);
    if (reason != 0) return fail_write(module, reason);
    count_activity(module, bytes);
    return 0;
}

static int media_discard(void *ctx, uint64_t block, uint64_t count)
{
    struct disk_module *module = ctx;
    const struct disk *disk = module->disk;
    const uint64_t offset = data_offset(module, block);
    int reason;

    BUG_ON(block > module->media.blocks || count > module->media.blocks - block);
    if (has_failed(module)) return -1;
    if (count == 0) return 0;
    if (begin_change(module) < 0) return -1;
    reason = disk_punch(disk->host, module->overlay.fd < 0 ? module->fd : module->overlay.fd,
                        offset, count * MEDIA_BLOCK_BYTES);
    if (reason != 0) return fail_write(module, reason);
    if (module->overlay.fd >= 0) {
        disk_overlay_mark(&module->overlay, offset / MEDIA_BLOCK_BYTES, count);
    }
    return 0;
}

static int media_flush(void *ctx)
{
    struct disk_module *module = ctx;
    int reason;

    if (has_failed(module)) return -1;
    reason = sync_module(module);
    return reason == 0 ? 0 : fail_write(module, reason);
}

/* Notes are read and written by the page where there is an overlay. Calls `use` for the part of
 * each page. */
static int visit_notes(struct disk_module *module, uint64_t offset, char *data, size_t bytes,
                       const char *from)
{
    uint8_t page[MEDIA_BLOCK_BYTES];
    int reason = 0;

    while (bytes > 0 && reason == 0) {
        const uint64_t at = DISK_NOTES_OFFSET + align_down(offset, MEDIA_BLOCK_BYTES);
        const size_t within = offset % MEDIA_BLOCK_BYTES;
        const size_t part = min_u64(bytes, MEDIA_BLOCK_BYTES - within);

        reason = disk_module_read(module, at, page, sizeof(page));
        if (reason == 0 && data != NULL) {
            memcpy(data, page + within, part);
            data += part;
        } else if (reason == 0) {
            memcpy(page + within, from, part);
            from += part;
            reason = write_overlay(module, at, page, sizeof(page));
        }
        offset += part;
        bytes -= part;
    }
    return reason;
}

static int media_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    struct disk_module *module = ctx;
    int reason;

    BUG_ON(offset > module->media.notes_bytes || bytes > module->media.notes_bytes - offset);
    if (has_failed(module)) return -1;
    reason = module->overlay.fd < 0 ? read_base(module, DISK_NOTES_OFFSET + offset, data, bytes)
                                    : visit_notes(module, offset, data, bytes, NULL);
    return reason == 0 ? 0 : fail(module, "it cannot be read", reason);
}

static int media_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    struct disk_module *module = ctx;
    int reason;

    BUG_ON(offset > module->media.notes_bytes || bytes > module->media.notes_bytes - offset);
    if (has_failed(module) || begin_change(module) < 0) return -1;
    reason = module->overlay.fd < 0 ? disk_write_at(module->disk->host, module->fd, data, bytes,
                                                    DISK_NOTES_OFFSET + offset)
                                    : visit_notes(module, offset, NULL, bytes, data);
    return reason == 0 ? 0 : fail_write(module, reason);
}

static uint64_t media_seal(void *ctx)
{
    struct disk_module *module = ctx;

    if (module->is_overlaid || media_flush(module) < 0) return 0;
    if (module->disk->access == DISK_KEEP) module->is_sealed = true;
    return module->header.generation;
}

void disk_media_init(struct disk_module *module)
{
    module->media = (struct host_media){
        .ctx = module,
        .blocks = module->header.blocks,
        .notes_bytes = module->header.notes_bytes,
        .read = media_read,
        .write = media_write,
        .discard = media_discard,
        .flush = media_flush,
        .read_notes = media_read_notes,
        .write_notes = media_write_notes,
        .seal = media_seal,
    };
}
