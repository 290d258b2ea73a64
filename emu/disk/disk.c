/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk directory while it is open: its life, its trouble, its keys. */
#define _POSIX_C_SOURCE 200809L /* strdup */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bug.h"
#include "emu/disk/disk_internal.h"

void disk_module_name(unsigned slot, char name[DISK_NAME_BYTES])
{
    (void)snprintf(name, DISK_NAME_BYTES, "module%u.img", slot);
}

void disk_where(const char *path, const char *name, char where[DISK_WHERE_BYTES])
{
    (void)snprintf(where, DISK_WHERE_BYTES, "%.*s/%s",
                   (int)(DISK_WHERE_BYTES - DISK_NAME_BYTES - 1), path, name);
}

struct disk_place disk_place_of(const struct disk *disk, const char *name,
                                char where[DISK_WHERE_BYTES])
{
    disk_where(disk->path, name, where);
    return (struct disk_place){
        .host = disk->host,
        .folder = disk->folder,
        .name = name,
        .where = where,
    };
}

void disk_fail(struct disk *disk, const char *name, const char *what, int reason)
{
    char where[DISK_WHERE_BYTES];

    if (disk->trouble_err.kind != ERROR_NONE) return;
    disk_where(disk->path, name, where);
    (void)error_host(&disk->trouble_err, "%s: %s: %s", where, what, strerror(reason));
    if (disk->trouble != NULL) disk->trouble(disk->ctx);
}

void disk_release(struct disk *disk)
{
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        struct disk_module *module = &disk->modules[i];

        disk_overlay_close(&module->overlay);
        free(module->bounce);
        if (module->direct_fd >= 0) (void)close(module->direct_fd);
        if (module->fd >= 0) (void)close(module->fd);
    }
    if (disk->folder >= 0) (void)close(disk->folder);
    disk_sep_wipe(&disk->sep);
    key_wipe(disk->pairing_key, sizeof(disk->pairing_key));
    free(disk->path);
    free(disk);
}

struct disk *disk_make(const struct disk_host *host, const char *path,
                       const struct disk_options *options, struct error *err)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    if (disk == NULL) {
        (void)error_host(err, "%s: out of memory", path);
        return NULL;
    }
    disk->host = host;
    disk->path = strdup(path);
    disk->folder = -1;
    disk->access = options->access;
    disk->cache = options->cache;
    disk->activity = options->activity;
    disk->ctx = options->ctx;
    disk->trouble = options->trouble;
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        struct disk_module *module = &disk->modules[i];

        module->disk = disk;
        module->fd = -1;
        module->direct_fd = -1;
        module->overlay.fd = -1;
        module->is_sealed = true;
        disk_module_name(i, module->name);
    }
    if (disk->path != NULL) return disk;
    (void)error_host(err, "%s: out of memory", path);
    disk_release(disk);
    return NULL;
}

struct disk *disk_open_on(const struct disk_host *host, const char *path,
                          const struct disk_options *options, struct error *err)
{
    struct disk *disk = disk_make(host, path, options, err);

    if (disk == NULL || disk_load(disk, &options->passphrase, err) == 0) return disk;
    disk_release(disk);
    return NULL;
}

struct disk *disk_open(const char *path, const struct disk_options *options, struct error *err)
{
    return disk_open_on(&disk_host_calls, path, options, err);
}

/* A module without a name takes all writes and loses them at the end. */
static void check_still_there(struct disk *disk)
{
    for (unsigned i = 0; i < DISK_MODULES && disk->access == DISK_KEEP; i++) {
        const struct disk_module *module = &disk->modules[i];
        char where[DISK_WHERE_BYTES];
        struct stat status;

        if (fstat(module->fd, &status) < 0 || status.st_nlink > 0) continue;
        disk_where(disk->path, module->name, where);
        (void)error_host(&disk->trouble_err,
                         "%s: deleted while it was in use: what was on it is lost", where);
    }
}

int disk_close(struct disk *disk, struct error *err)
{
    int status = 0;

    if (disk == NULL) return 0;
    disk->trouble = NULL; /* what comes now is in the result */
    check_still_there(disk);
    for (unsigned i = 0; i < DISK_MODULES && disk->trouble_err.kind == ERROR_NONE; i++) {
        const int reason = disk_module_settle(&disk->modules[i]);

        if (reason != 0) disk_fail(disk, disk->modules[i].name, "it cannot be written", reason);
    }
    if (disk->trouble_err.kind != ERROR_NONE) {
        status = error_host(err, "%s", disk->trouble_err.text);
    }
    disk_release(disk);
    return status;
}

uint64_t disk_blocks(const struct disk *disk)
{
    return disk->volume.blocks;
}

const uint8_t *disk_volume_id(const struct disk *disk)
{
    return disk->volume.id;
}

const struct host_media *disk_media(struct disk *disk, unsigned module)
{
    BUG_ON(module >= DISK_MODULES);
    return &disk->modules[module].media;
}

const struct sep_record *disk_sep(const struct disk *disk)
{
    return &disk->sep.record;
}

const struct error *disk_trouble(const struct disk *disk)
{
    return &disk->trouble_err;
}

/* ---- Keys ---- */

static int replace_file(const struct disk *disk, const char *name, const struct disk_text *text,
                        mode_t mode, struct error *err)
{
    char where[DISK_WHERE_BYTES];
    const struct disk_place place = disk_place_of(disk, name, where);

    return disk_text_replace(&place, text, mode, disk->cache != DISK_CACHE_UNSAFE, err);
}

int disk_save_files(const struct disk *disk, const struct disk_sep_file *sep,
                    struct disk_volume_file *volume, struct error *err)
{
    struct disk_text sep_text = {.data = NULL};
    struct disk_text volume_text = {.data = NULL};
    char where[DISK_WHERE_BYTES];
    int status = -1;

    disk_where(disk->path, DISK_SEP_NAME, where);
    if (disk_sep_check(sep, where, err) < 0) return -1;
    volume->update = sep->update;
    if (disk_sep_format(sep, &sep_text, err) == 0 &&
        disk_volume_format(volume, &volume_text, err) == 0 &&
        replace_file(disk, DISK_SEP_NAME, &sep_text, DISK_SEP_MODE, err) == 0 &&
        replace_file(disk, DISK_VOLUME_NAME, &volume_text, DISK_OTHER_MODE, err) == 0) {
        status = 0;
    }
    disk_text_release(&sep_text);
    disk_text_release(&volume_text);
    return status;
}

static int save_record(void *ctx, const struct sep_record *record)
{
    struct disk *disk = ctx;

    if (disk->trouble_err.kind != ERROR_NONE) return -1;
    /* The modules carry the volume's identity, too: new keys do not change it. */
    if (memcmp(record->volume_id, disk->volume.id, SEP_ID_BYTES) != 0 ||
        !disk_sep_is_sound(record)) {
        (void)error_host(&disk->trouble_err, "%s: keys that are not this disk's cannot be kept",
                         disk->path);
        if (disk->trouble != NULL) disk->trouble(disk->ctx);
        return -1;
    }
    disk->sep.record = *record;
    disk->sep.update++;
    if (disk->access == DISK_TEMPORARY) return 0;
    if (disk->access == DISK_KEEP &&
        disk_save_files(disk, &disk->sep, &disk->volume, &disk->trouble_err) == 0) {
        return 0;
    }
    (void)error_host(&disk->trouble_err, "%s: opened for reading only", disk->path);
    if (disk->trouble != NULL) disk->trouble(disk->ctx);
    return -1;
}

struct sep_store disk_sep_store(struct disk *disk)
{
    return (struct sep_store){.ctx = disk, .save = save_record};
}
