/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening a disk directory: everything is checked before anything is written, and each way in which
 * something does not belong has its own sentence.
 */
#define _GNU_SOURCE /* O_DIRECT */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/disk/disk_internal.h"

#define BOUNCE_BYTES (1u << 20)
#define WRITE_BITS   (S_IWUSR | S_IWGRP | S_IWOTH)
/* When one copy of a header is lost, the other may be one change behind: a number that neither had. */
#define GENERATIONS_UNKNOWN 2u

static int lock(const struct disk *disk, int fd, struct error *err)
{
    const int kind = disk->access == DISK_KEEP ? LOCK_EX : LOCK_SH;
    int status;

    if (disk->access == DISK_LOOK) return 0;
    do {
        status = flock(fd, kind | LOCK_NB);
    } while (status < 0 && errno == EINTR);
    if (status == 0) return 0;
    if (errno == EWOULDBLOCK) {
        return error_host(err, "%s: in use by another spacegray", disk->path);
    }
    return error_host(err, "%s: cannot be locked: %s", disk->path, strerror(errno));
}

int disk_open_folder(struct disk *disk, struct error *err)
{
    disk->folder = open(disk->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (disk->folder >= 0) return lock(disk, disk->folder, err);
    if (errno == ENOENT) {
        return error_host(err, "%s: there is no such disk; spacegray disk create makes one",
                          disk->path);
    }
    if (errno == ENOTDIR) {
        return error_host(err, "%s: not a directory, which a disk is", disk->path);
    }
    return error_host(err, "%s: %s", disk->path, strerror(errno));
}

/* A mode without write permission counts for root, too. */
static int check_writable(const struct disk *disk, const char *name, struct error *err)
{
    char where[DISK_WHERE_BYTES];
    struct stat status;
    int reason = 0;

    if (fstatat(disk->folder, name, &status, 0) < 0 ||
        faccessat(disk->folder, name, W_OK, AT_EACCESS) < 0) {
        reason = errno;
    } else if ((status.st_mode & WRITE_BITS) == 0) {
        reason = EACCES;
    }
    /* What is missing has a better sentence later. */
    if (reason == 0 || reason == ENOENT) return 0;
    disk_where(disk->path, name, where);
    return error_host(err, "%s: write-protected (%s)", strcmp(name, ".") == 0 ? disk->path : where,
                      strerror(reason));
}

static int check_all_writable(const struct disk *disk, struct error *err)
{
    if (disk->access != DISK_KEEP) return 0;
    if (check_writable(disk, ".", err) < 0 || check_writable(disk, DISK_SEP_NAME, err) < 0 ||
        check_writable(disk, DISK_VOLUME_NAME, err) < 0) {
        return -1;
    }
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        if (check_writable(disk, disk->modules[i].name, err) < 0) return -1;
    }
    return 0;
}

/* ---- The JSON files ---- */

int disk_load_sep(struct disk *disk, const struct disk_secret *passphrase, struct error *err)
{
    char where[DISK_WHERE_BYTES];
    const struct disk_place place = disk_place_of(disk, DISK_SEP_NAME, where);
    struct disk_text text;
    enum sep_result result;
    int status;

    if (disk_text_read(&place, DISK_TEXT_MAX, true, &text, err) < 0) return -1;
    status = disk_sep_parse(&text, passphrase, where, &disk->sep, err);
    disk_text_release(&text);
    if (status < 0) return -1;
    result = sep_pairing_key(&disk->sep.record, disk->pairing_key);
    if (result == SEP_OK) return 0;
    return error_host(err, "%s: %s", where, sep_result_text(result));
}

int disk_load_volume(struct disk *disk, struct error *err)
{
    char where[DISK_WHERE_BYTES];
    const struct disk_place place = disk_place_of(disk, DISK_VOLUME_NAME, where);
    struct disk_text text;
    int status;

    if (disk_text_read(&place, DISK_TEXT_MAX, false, &text, err) < 0) return -1;
    status = disk_volume_parse(&text, where, &disk->volume, err);
    disk_text_release(&text);
    return status;
}

static int check_pair(const struct disk *disk, struct error *err)
{
    char where[DISK_WHERE_BYTES];

    disk_where(disk->path, DISK_SEP_NAME, where);
    if (memcmp(disk->sep.record.volume_id, disk->volume.id, SEP_ID_BYTES) != 0) {
        return error_host(
            err, "%s: this T2 belongs to another volume than volume.json; " DISK_OR_PAIR, where);
    }
    if (disk->sep.update >= disk->volume.update) return 0;
    return error_host(err,
                      "%s: older than volume.json (update %" PRIu64 ", but there was %" PRIu64
                      "); " DISK_OR_PAIR,
                      where, disk->sep.update, disk->volume.update);
}

/* ---- The modules ---- */

static int open_module(struct disk_module *module, const char *where, struct error *err)
{
    const struct disk *disk = module->disk;
    const int flags = (disk->access == DISK_KEEP ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;

    module->fd = disk->host->open(disk->folder, module->name, flags, 0);
    if (module->fd < 0 && errno == ENOENT) {
        return error_host(err, "%s: missing; " DISK_OR_PAIR, where);
    }
    if (module->fd < 0) return error_host(err, "%s: %s", where, strerror(errno));
    if (lock(disk, module->fd, err) < 0) return -1;
    if (disk->cache != DISK_CACHE_NONE) return 0;
    module->direct_fd = disk->host->open(disk->folder, module->name, flags | O_DIRECT, 0);
    if (module->direct_fd < 0) {
        return error_host(err, "%s: cannot be used past the page cache on this file system: %s",
                          where, strerror(errno));
    }
    module->bounce = aligned_alloc(MEDIA_BLOCK_BYTES, BOUNCE_BYTES);
    return module->bounce == NULL ? error_host(err, "%s: out of memory", where) : 0;
}

static int refuse_header(enum disk_header_state state, const char *where, struct error *err)
{
    switch (state) {
    case DISK_HEADER_MAGIC:
        return error_host(err, "%s: this is no module of a disk; " DISK_OR_PAIR, where);
    case DISK_HEADER_VERSION:
        return error_host(err, "%s: made by a later version of spacegray", where);
    case DISK_HEADER_CHECKSUM:
        return error_host(err, "%s: damaged: both copies of its header are; " DISK_OR_PAIR, where);
    case DISK_HEADER_LAYOUT:
        return error_host(err, "%s: damaged: its header makes no sense; " DISK_OR_PAIR, where);
    case DISK_HEADER_GOOD: break;
    }
    return 0;
}

/* The later of both copies. */
static int read_header(struct disk_module *module, const char *where, bool *has_mac,
                       struct error *err)
{
    enum disk_header_state worst = DISK_HEADER_GOOD;
    bool is_later = false;
    unsigned good = 0;
    uint8_t bytes[DISK_HEADER_BYTES];

    for (unsigned copy = 0; copy < DISK_HEADER_COPIES; copy++) {
        struct disk_header header;
        enum disk_header_state state;
        bool has_this_mac;
        const int reason = disk_read_at(module->disk->host, module->fd, bytes, sizeof(bytes),
                                        (uint64_t)copy * DISK_HEADER_BYTES);

        if (reason != 0) return error_host(err, "%s: cannot be read: %s", where, strerror(reason));
        state = disk_header_get(bytes, module->disk->pairing_key, &header, &has_this_mac);
        if (state != DISK_HEADER_GOOD) {
            worst = state > worst ? state : worst;
            is_later = is_later || state == DISK_HEADER_VERSION;
            continue;
        }
        if (good == 0 || header.sequence > module->header.sequence) {
            module->header = header;
            module->newest = copy;
            *has_mac = has_this_mac;
        }
        good++;
    }
    /* What a later version did to the rest is unknown, however good the other copy looks. */
    if (is_later) return refuse_header(DISK_HEADER_VERSION, where, err);
    if (good == 0) return refuse_header(worst, where, err);
    if (good < DISK_HEADER_COPIES) module->header.generation += GENERATIONS_UNKNOWN;
    return 0;
}

static int check_length(const struct disk_module *module, uint64_t bytes, const char *where,
                        struct error *err)
{
    const uint64_t wanted = disk_module_bytes(module->header.blocks, module->header.notes_bytes);

    if (bytes == wanted) return 0;
    return error_host(
        err, "%s: %s: it has %" PRIu64 " bytes, and should have %" PRIu64 "; " DISK_OR_PAIR, where,
        bytes < wanted ? "truncated" : "too long", bytes, wanted);
}

static int check_identity(const struct disk_module *module, unsigned slot, bool has_mac,
                          const char *where, struct error *err)
{
    const struct disk_header *header = &module->header;
    const struct disk_volume_file *volume = &module->disk->volume;

    if (memcmp(header->volume_id, volume->id, SEP_ID_BYTES) != 0) {
        return error_host(err, "%s: this module belongs to another volume; " DISK_OR_PAIR, where);
    }
    if (!has_mac) {
        return error_host(
            err, "%s: this module is paired with another T2 than that of sep.json; " DISK_OR_PAIR,
            where);
    }
    if (header->slot != slot) {
        return error_host(err,
                          "%s: swapped: this is module %u of the volume; exchange module0.img and "
                          "module1.img",
                          where, header->slot);
    }
    if (memcmp(header->module_id, volume->module_id[slot], SEP_ID_BYTES) != 0 ||
        header->blocks != raid0_module_blocks(volume->blocks)) {
        return error_host(
            err, "%s: this module is not the one that volume.json names; " DISK_OR_PAIR, where);
    }
    return 0;
}

static int load_module(struct disk *disk, unsigned slot, struct error *err)
{
    struct disk_module *module = &disk->modules[slot];
    char where[DISK_WHERE_BYTES];
    struct stat status;
    bool has_mac = false;

    disk_where(disk->path, module->name, where);
    if (open_module(module, where, err) < 0) return -1;
    if (fstat(module->fd, &status) < 0) return error_host(err, "%s: %s", where, strerror(errno));
    if (!S_ISREG(status.st_mode)) return error_host(err, "%s: not a regular file", where);
    if ((uint64_t)status.st_size < DISK_NOTES_OFFSET) {
        return error_host(err,
                          "%s: truncated: it has %lld bytes, too few for a header; " DISK_OR_PAIR,
                          where, (long long)status.st_size);
    }
    if (read_header(module, where, &has_mac, err) < 0 ||
        check_length(module, (uint64_t)status.st_size, where, err) < 0 ||
        check_identity(module, slot, has_mac, where, err) < 0) {
        return -1;
    }
    if (disk->access == DISK_TEMPORARY &&
        disk_overlay_open(&module->overlay, (uint64_t)status.st_size, err) < 0) {
        return -1;
    }
    /* What a program that crashed has written may still be on its way to the host's disk. */
    module->is_unsynced = !module->header.is_clean;
    disk_media_init(module);
    return 0;
}

static void clean_leftovers(const struct disk *disk)
{
    const char *const names[] = {
        DISK_SEP_NAME,
        DISK_VOLUME_NAME,
        disk->modules[0].name,
        disk->modules[1].name,
    };

    if (disk->access != DISK_KEEP) return;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct disk_place place = {
            .host = disk->host,
            .folder = disk->folder,
            .name = names[i],
        };

        disk_text_clean(&place);
    }
}

int disk_load(struct disk *disk, const struct disk_secret *passphrase, struct error *err)
{
    if (disk_open_folder(disk, err) < 0 || check_all_writable(disk, err) < 0 ||
        disk_load_sep(disk, passphrase, err) < 0 || disk_load_volume(disk, err) < 0 ||
        check_pair(disk, err) < 0) {
        return -1;
    }
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        if (load_module(disk, i, err) < 0) return -1;
    }
    clean_leftovers(disk);
    return 0;
}
