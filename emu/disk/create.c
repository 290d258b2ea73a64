/* SPDX-License-Identifier: GPL-2.0-only */
/* New disks, and new modules for a T2 that there is. */
#define _GNU_SOURCE /* asprintf */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/crypto/digest.h"
#include "emu/disk/disk_internal.h"

#define NEW_NAME_BYTES (DISK_NAME_BYTES + 4)

static const struct disk_options options_of_tool = {
    .access = DISK_KEEP,
    .cache = DISK_CACHE_WRITEBACK,
};

static int check_bytes(uint64_t bytes, struct error *err)
{
    if (bytes >= DISK_BYTES_MIN && bytes <= DISK_BYTES_MAX && bytes % MEDIA_BLOCK_BYTES == 0) {
        return 0;
    }
    return error_usage(err,
                       "a disk has 16 MiB to 8 TiB, in multiples of %u bytes; %" PRIu64
                       " bytes are not possible",
                       MEDIA_BLOCK_BYTES, bytes);
}

static int check_new(const struct disk_new *wanted, struct error *err)
{
    if (check_bytes(wanted->bytes, err) < 0) return -1;
    if (wanted->password.bytes > SEP_PASSWORD_MAX) {
        return error_usage(err, "a password has at most %u bytes", SEP_PASSWORD_MAX);
    }
    if (wanted->boot_policy == SEP_BOOT_FULL) {
        return error_usage(err,
                           "a new disk has no ticket for the firmware yet, which full security "
                           "needs");
    }
    return 0;
}

/* ---- Identities and keys ---- */

/* What is drawn: from the host, or number after number from a text. */
struct chance {
    const char *seed; /* NULL: from the host */
    unsigned drawn;
};

/* SHA-256 of the number, a colon and the seed. */
static int draw_digest(struct chance *chance, uint8_t out[DIGEST_BYTES])
{
    char *text = NULL;
    int length = asprintf(&text, "%u:%s", chance->drawn++, chance->seed);
    int result;

    if (length < 0) return -1;
    result = digest_sha256(text, (size_t)length, out);
    free(text);
    return result;
}

static int draw(struct chance *chance, void *out, size_t bytes, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    uint8_t *at = out;

    if (chance->seed == NULL) {
        if (key_random(out, bytes) == 0) return 0;
        return error_host(err, "the host has no random numbers");
    }
    while (bytes > 0) {
        const size_t part = min_u64(bytes, sizeof(digest));

        if (draw_digest(chance, digest) != 0) return error_host(err, "out of memory");
        memcpy(at, digest, part);
        at += part;
        bytes -= part;
    }
    return 0;
}

static int check_result(enum sep_result result, struct error *err)
{
    if (result == SEP_OK) return 0;
    return error_host(err, "no new keys: %s", sep_result_text(result));
}

/* A new volume of `blocks` blocks, in memory: identities and keys. */
static int make_volume(struct disk *disk, uint64_t blocks, struct chance *chance, struct error *err)
{
    struct disk_volume_file *volume = &disk->volume;
    uint8_t noise[KEY_BYTES];
    int status;

    volume->blocks = blocks;
    volume->stripe = RAID0_STRIPE;
    if (draw(chance, volume->id, sizeof(volume->id), err) < 0 ||
        draw(chance, volume->module_id, sizeof(volume->module_id), err) < 0 ||
        draw(chance, noise, sizeof(noise), err) < 0) {
        return -1;
    }
    status = check_result(sep_stir(&disk->sep.record, noise), err);
    key_wipe(noise, sizeof(noise));
    if (status < 0) return -1;
    return check_result(sep_make_volume(&disk->sep.record, volume->id), err);
}

static int make_t2(struct disk *disk, struct chance *chance, struct error *err)
{
    uint8_t seed[KEY_BYTES];
    int status;

    if (draw(chance, seed, sizeof(seed), err) < 0) return -1;
    status = check_result(sep_make(&disk->sep.record, seed), err);
    key_wipe(seed, sizeof(seed));
    return status;
}

static int make_all(struct disk *disk, const struct disk_new *wanted, struct error *err)
{
    const struct sep_password none = {.data = NULL};
    const struct sep_password password = {
        .data = wanted->password.data,
        .bytes = wanted->password.bytes,
    };
    struct sep_record *record = &disk->sep.record;
    struct chance chance = {.seed = wanted->seed};

    if (make_t2(disk, &chance, err) < 0 ||
        make_volume(disk, wanted->bytes / MEDIA_BLOCK_BYTES, &chance, err) < 0 ||
        disk_sep_seal(&disk->sep, &wanted->passphrase, err) < 0) {
        return -1;
    }
    if (password.bytes > 0 &&
        check_result(sep_change_password(record, &none, &password), err) < 0) {
        return -1;
    }
    record->boot_policy = wanted->boot_policy;
    disk->sep.update = 1;
    return check_result(sep_pairing_key(record, disk->pairing_key), err);
}

/* ---- Modules ---- */

static void new_name(const struct disk_module *module, char name[NEW_NAME_BYTES])
{
    (void)snprintf(name, NEW_NAME_BYTES, "%s.new", module->name);
}

/* An empty module: 0 or the errno value. */
static int fill_module(struct disk_module *module, unsigned slot)
{
    const struct disk *disk = module->disk;
    struct disk_header *header = &module->header;
    int reason = 0;

    *header = (struct disk_header){
        .is_clean = true,
        .slot = slot,
        .stripe = disk->volume.stripe,
        .blocks = raid0_module_blocks(disk->volume.blocks),
        .generation = 1,
    };
    header->notes_bytes = disk_notes_bytes(header->blocks);
    memcpy(header->volume_id, disk->volume.id, SEP_ID_BYTES);
    memcpy(header->module_id, disk->volume.module_id[slot], SEP_ID_BYTES);
    if (disk->host->resize(module->fd,
                           (off_t)disk_module_bytes(header->blocks, header->notes_bytes)) < 0) {
        return errno;
    }
    for (unsigned copy = 0; copy < DISK_HEADER_COPIES && reason == 0; copy++) {
        reason = disk_write_header(module);
    }
    if (reason == 0 && disk->host->sync_all(module->fd) < 0) return errno;
    return reason;
}

/* Under the name that says that it is new. */
static int make_module(struct disk *disk, unsigned slot, struct error *err)
{
    struct disk_module *module = &disk->modules[slot];
    char where[DISK_WHERE_BYTES];
    char name[NEW_NAME_BYTES];
    int reason = 0;

    new_name(module, name);
    disk_where(disk->path, module->name, where);
    module->fd =
        disk->host->open(disk->folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, DISK_SEP_MODE);
    reason = module->fd < 0 ? errno : fill_module(module, slot);
    if (reason == 0) return 0;
    return error_host(err, "%s: cannot be made: %s", where, strerror(reason));
}

static void remove_new_modules(const struct disk *disk)
{
    char name[NEW_NAME_BYTES];

    for (unsigned i = 0; i < DISK_MODULES; i++) {
        new_name(&disk->modules[i], name);
        (void)disk->host->unlink(disk->folder, name, 0);
    }
}

static int rename_modules(const struct disk *disk, struct error *err)
{
    char where[DISK_WHERE_BYTES];
    char name[NEW_NAME_BYTES];

    for (unsigned i = 0; i < DISK_MODULES; i++) {
        new_name(&disk->modules[i], name);
        if (disk->host->rename(disk->folder, name, disk->folder, disk->modules[i].name) == 0) {
            continue;
        }
        disk_where(disk->path, disk->modules[i].name, where);
        return error_host(err, "%s: cannot be made: %s", where, strerror(errno));
    }
    return 0;
}

/* Both, complete and durable; nothing else has changed when it fails. */
static int make_modules(struct disk *disk, struct error *err)
{
    remove_new_modules(disk);
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        if (make_module(disk, i, err) < 0) {
            remove_new_modules(disk);
            return -1;
        }
    }
    return 0;
}

/* ---- A new directory ---- */

static int check_empty(const struct disk *disk, struct error *err)
{
    DIR *folder = opendir(disk->path);
    const struct dirent *entry;
    bool is_empty = true;

    if (folder == NULL) return error_host(err, "%s: %s", disk->path, strerror(errno));
    while ((entry = readdir(folder)) != NULL) {
        is_empty =
            is_empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    }
    (void)closedir(folder);
    if (is_empty) return 0;
    return error_host(err, "%s: not empty, and nothing is written over", disk->path);
}

/* The entry of the directory itself survives, too. */
static void sync_parent(const struct disk *disk)
{
    const int parent = disk->host->open(disk->folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

    if (parent < 0) return;
    (void)disk->host->sync_all(parent);
    (void)close(parent);
}

void disk_remove_all(const struct disk *disk, bool has_made_folder)
{
    const char *const names[] = {DISK_SEP_NAME, DISK_VOLUME_NAME};

    remove_new_modules(disk);
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        (void)disk->host->unlink(disk->folder, disk->modules[i].name, 0);
        (void)disk->host->unlink(disk->folder, names[i], 0);
    }
    if (has_made_folder) (void)rmdir(disk->path);
}

static int fill_folder(struct disk *disk, const struct disk_new *wanted, struct error *err)
{
    if (make_all(disk, wanted, err) < 0 || make_modules(disk, err) < 0 ||
        rename_modules(disk, err) < 0 ||
        disk_save_files(disk, &disk->sep, &disk->volume, err) < 0) {
        return -1;
    }
    sync_parent(disk);
    return 0;
}

int disk_create_on(const struct disk_host *host, const char *path, const struct disk_new *wanted,
                   struct error *err)
{
    struct disk *disk;
    bool has_made_folder;
    int status = -1;

    if (check_new(wanted, err) < 0) return -1;
    disk = disk_make(host, path, &options_of_tool, err);
    if (disk == NULL) return -1;
    has_made_folder = mkdir(path, DISK_FOLDER_MODE) == 0;
    if (!has_made_folder && errno != EEXIST) {
        (void)error_host(err, "%s: cannot be made: %s", path, strerror(errno));
    } else if (disk_open_folder(disk, err) == 0 && check_empty(disk, err) == 0) {
        status = fill_folder(disk, wanted, err);
        if (status < 0) disk_remove_all(disk, has_made_folder);
    }
    disk_release(disk);
    return status;
}

int disk_create(const char *path, const struct disk_new *wanted, struct error *err)
{
    return disk_create_on(&disk_host_calls, path, wanted, err);
}

void disk_remove(const char *path)
{
    struct error ignored = ERROR_INIT;
    struct disk *disk = disk_make(&disk_host_calls, path, &options_of_tool, &ignored);

    if (disk == NULL) return;
    /* Without its lock, which somebody may hold. */
    disk->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (disk->folder >= 0) disk_remove_all(disk, true);
    disk_release(disk);
}

/* ---- Pairing ---- */

/* Size and counters for the new volume from what is left of the old one. */
static int prepare_pair(struct disk *disk, uint64_t bytes, const struct disk_secret *passphrase,
                        struct error *err)
{
    struct error ignored = ERROR_INIT;
    struct chance chance = {.seed = NULL};
    char where[DISK_WHERE_BYTES];
    uint64_t last;

    if (disk_load_sep(disk, passphrase, err) < 0) return -1;
    if (disk_load_volume(disk, &ignored) < 0) {
        disk->volume = (struct disk_volume_file){.blocks = 0};
    }
    if (bytes == 0) {
        bytes = disk->volume.blocks * MEDIA_BLOCK_BYTES;
    }
    if (bytes == 0) {
        return error_usage(err,
                           "%s: say how large the new modules shall be (--size), since "
                           "volume.json cannot be read",
                           disk->path);
    }
    if (check_bytes(bytes, err) < 0) return -1;
    last = disk->sep.update > disk->volume.update ? disk->sep.update : disk->volume.update;
    disk->sep.update = last + 1;
    if (make_volume(disk, bytes / MEDIA_BLOCK_BYTES, &chance, err) < 0) return -1;
    disk_where(disk->path, DISK_SEP_NAME, where);
    return disk_sep_check(&disk->sep, where, err);
}

int disk_pair_on(const struct disk_host *host, const char *path, uint64_t bytes,
                 const struct disk_secret *passphrase, struct error *err)
{
    struct disk *disk = disk_make(host, path, &options_of_tool, err);
    int status = -1;

    if (disk == NULL) return -1;
    if (disk_open_folder(disk, err) == 0 && prepare_pair(disk, bytes, passphrase, err) == 0 &&
        make_modules(disk, err) == 0) {
        struct error cause = ERROR_INIT;

        /* From here on only the new modules are of use, and pairing again mends whatever stops. */
        if (rename_modules(disk, &cause) == 0 &&
            disk_save_files(disk, &disk->sep, &disk->volume, &cause) == 0) {
            status = 0;
        } else {
            (void)error_host(err, "%s; the modules are half replaced, pair them again", cause.text);
        }
    }
    disk_release(disk);
    return status;
}

int disk_pair(const char *path, uint64_t bytes, const struct disk_secret *passphrase,
              struct error *err)
{
    return disk_pair_on(&disk_host_calls, path, bytes, passphrase, err);
}
