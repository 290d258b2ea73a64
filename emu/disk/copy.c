/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A copy of a disk as it is at this moment, temporary writes included: what a power cut leaves. Of the
 * modules only what holds data is copied, by the host's kernel where it can, and nothing is made
 * durable: a copy can be made again.
 */
#define _GNU_SOURCE /* copy_file_range */

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/disk/disk_internal.h"

#define BUFFER_BYTES (1u << 20)

/* From one file to the same place of another. */
struct transfer {
    const struct disk_host *host;
    int from;
    int to;
};

static int copy_by_hand(const struct transfer *t, uint64_t offset, uint64_t end)
{
    void *buffer = malloc(BUFFER_BYTES);
    int reason = buffer == NULL ? ENOMEM : 0;

    while (offset < end && reason == 0) {
        const size_t part = min_u64(end - offset, BUFFER_BYTES);

        reason = disk_read_at(t->host, t->from, buffer, part, offset);
        if (reason == 0) {
            reason = disk_write_at(t->host, t->to, buffer, part, offset);
        }
        offset += part;
    }
    free(buffer);
    return reason;
}

static int copy_range(const struct transfer *t, uint64_t offset, uint64_t end)
{
    off_t from = (off_t)offset;
    off_t to = (off_t)offset;

    while ((uint64_t)from < end) {
        const ssize_t done = copy_file_range(t->from, &from, t->to, &to, end - (uint64_t)from, 0);

        if (done < 0 && errno == EINTR) continue;
        /* Whatever it cannot do or says is wrong, plain reading and writing tells for certain. */
        if (done <= 0) return copy_by_hand(t, (uint64_t)from, end);
    }
    return 0;
}

static int copy_data(const struct transfer *t, uint64_t offset, uint64_t end)
{
    uint64_t data_end;
    int reason = 0;

    while (reason == 0 && disk_next_data(t->from, &offset, end, &data_end)) {
        reason = copy_range(t, offset, data_end);
        offset = data_end;
    }
    return reason;
}

static int copy_layers(const struct disk_module *module, int to, uint64_t end)
{
    const struct transfer base = {.host = module->disk->host, .from = module->fd, .to = to};
    const struct transfer above = {.host = base.host, .from = module->overlay.fd, .to = to};
    uint64_t offset = DISK_NOTES_OFFSET;
    int reason = 0;

    if (module->overlay.fd < 0) return copy_data(&base, offset, end);
    while (offset < end && reason == 0) {
        bool is_overlaid;
        const uint64_t pages = disk_overlay_run(&module->overlay, offset / MEDIA_BLOCK_BYTES,
                                                (end - offset) / MEDIA_BLOCK_BYTES, &is_overlaid);
        const uint64_t run_end = offset + pages * MEDIA_BLOCK_BYTES;

        reason = copy_data(is_overlaid ? &above : &base, offset, run_end);
        offset = run_end;
    }
    return reason;
}

/* 0 or the errno value. */
static int fill_module(const struct disk_module *module, struct disk_module *copy)
{
    const uint64_t end = disk_module_bytes(module->header.blocks, module->header.notes_bytes);
    const bool is_cloned = module->overlay.fd < 0 && ioctl(copy->fd, FICLONE, module->fd) == 0;
    int reason = 0;

    if (!is_cloned) {
        if (copy->disk->host->resize(copy->fd, (off_t)end) < 0) return errno;
        reason = copy_layers(module, copy->fd, end);
    }
    copy->header = module->header;
    copy->header.is_clean = false;
    /* From here on both have contents of their own, and may not be taken for each other. */
    copy->header.generation =
        hash_u64(HASH_SEED ^ module->header.generation, module->header.sequence);
    for (unsigned i = 0; i < DISK_HEADER_COPIES && reason == 0; i++) {
        reason = disk_write_header(copy);
    }
    return reason;
}

static int copy_module(const struct disk_module *module, struct disk_module *copy,
                       struct error *err)
{
    char where[DISK_WHERE_BYTES];
    int reason;

    copy->fd = copy->disk->host->open(copy->disk->folder, copy->name,
                                      O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, DISK_SEP_MODE);
    reason = copy->fd < 0 ? errno : fill_module(module, copy);
    if (reason == 0) return 0;
    disk_where(copy->disk->path, copy->name, where);
    return error_host(err, "%s: cannot be made: %s", where, strerror(reason));
}

static int fill_copy(struct disk *disk, struct disk *copy, struct error *err)
{
    memcpy(copy->pairing_key, disk->pairing_key, sizeof(copy->pairing_key));
    copy->volume = disk->volume;
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        if (copy_module(&disk->modules[i], &copy->modules[i], err) < 0) return -1;
    }
    return disk_save_files(copy, &disk->sep, &copy->volume, err);
}

int disk_copy(struct disk *disk, const char *path, struct error *err)
{
    const struct disk_options options = {.access = DISK_KEEP, .cache = DISK_CACHE_UNSAFE};
    struct disk *copy;
    int status = -1;

    if (disk->trouble_err.kind != ERROR_NONE) return error_host(err, "%s", disk->trouble_err.text);
    copy = disk_make(disk->host, path, &options, err);
    if (copy == NULL) return -1;
    if (mkdir(path, DISK_FOLDER_MODE) < 0) {
        (void)error_host(err, "%s: cannot be made: %s", path, strerror(errno));
    } else {
        status = disk_open_folder(copy, err);
        if (status == 0) {
            status = fill_copy(disk, copy, err);
        }
        if (status < 0) disk_remove_all(copy, true);
    }
    disk_release(copy);
    return status;
}
