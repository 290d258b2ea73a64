/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk directory at a glance. A machine may be writing meanwhile: files of JSON are replaced as a
 * whole, and of a module's header one copy is always good, so that all which can go wrong is a
 * pair of files from different moments. Looking again then gives a pair that fits.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/disk/disk_internal.h"
#include "emu/disk/disk_json.h"
#include "emu/disk/disk_look.h"
#include "emu/disk/disk_notes.h"

#define TRIES         5
#define SECTOR_BYTES  512u /* of st_blocks */
#define LINE_BYTES    256
#define NOTES_MAGIC   "SGSSDNOT"
#define NOTES_VERSION 1u

/* The header of the notes: docs/hardware/ssd-module.md. */
enum notes_header {
    NOTES_HEADER_VERSION = 8,
    NOTES_HEADER_BLOCKS = 16,
    NOTES_HEADER_SEQUENCE = 32,
    NOTES_HEADER_MAPPED = 40,
    NOTES_HEADER_READ = 48,
    NOTES_HEADER_WRITTEN = 56,
    NOTES_HEADER_PROGRAMMED = 64,
    NOTES_HEADER_ERASED = 72,
};

/* ---- Who has it open ---- */

/* "1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF": of /proc/locks. */
static pid_t owner_in(const char *line, const struct stat *status)
{
    char wanted[64];
    long pid;

    (void)snprintf(wanted, sizeof(wanted), " %02x:%02x:%ju ", major(status->st_dev),
                   minor(status->st_dev), (uintmax_t)status->st_ino);
    if (strstr(line, wanted) == NULL || strstr(line, "FLOCK") == NULL ||
        sscanf(line, "%*s %*s %*s %*s %ld", &pid) != 1) {
        return 0;
    }
    return (pid_t)pid;
}

/* False when the host does not tell. */
static bool find_owner(const struct stat *status, pid_t *pid)
{
    FILE *locks = fopen("/proc/locks", "re");
    char line[LINE_BYTES];

    *pid = 0;
    if (locks == NULL) return false;
    while (*pid == 0 && fgets(line, sizeof(line), locks) != NULL) {
        *pid = owner_in(line, status);
    }
    (void)fclose(locks);
    return true;
}

/* A lock of our own, be it only for a moment, could keep a machine from starting: it is the last
 * resort. */
static void look_at_use(int folder, struct disk_look *look)
{
    struct stat status;

    if (fstat(folder, &status) == 0 && find_owner(&status, &look->user)) {
        look->is_in_use = look->user != 0;
        return;
    }
    look->is_in_use = flock(folder, LOCK_SH | LOCK_NB) != 0;
    if (!look->is_in_use) (void)flock(folder, LOCK_UN);
}

/* ---- Modules ---- */

static void read_wear(const struct disk_module *module, struct disk_look_wear *wear)
{
    uint64_t newest = 0;

    for (uint32_t i = 0; i < SSD_NOTES_HEADERS; i++) {
        uint8_t page[SSD_NOTES_PAGE_BYTES];
        const uint64_t offset = DISK_NOTES_OFFSET + (uint64_t)i * sizeof(page);

        if (disk_read_at(module->disk->host, module->fd, page, sizeof(page), offset) != 0 ||
            disk_notes_judge(i, page) != DISK_NOTES_GOOD ||
            memcmp(page, NOTES_MAGIC, sizeof(NOTES_MAGIC) - 1) != 0 ||
            le32_get(page + NOTES_HEADER_VERSION) != NOTES_VERSION ||
            le64_get(page + NOTES_HEADER_BLOCKS) != module->header.blocks ||
            le64_get(page + NOTES_HEADER_SEQUENCE) < newest) {
            continue;
        }
        newest = le64_get(page + NOTES_HEADER_SEQUENCE);
        *wear = (struct disk_look_wear){
            .is_known = true,
            .mapped_blocks = le64_get(page + NOTES_HEADER_MAPPED),
            .blocks_read = le64_get(page + NOTES_HEADER_READ),
            .blocks_written = le64_get(page + NOTES_HEADER_WRITTEN),
            .pages_programmed = le64_get(page + NOTES_HEADER_PROGRAMMED),
            .superblocks_erased = le64_get(page + NOTES_HEADER_ERASED),
        };
    }
}

/* How much of the part that holds data is no hole. */
static uint64_t data_bytes(int fd, const struct disk_look_module *module, uint64_t blocks)
{
    const uint64_t start = disk_data_offset(disk_notes_bytes(blocks));
    uint64_t offset = start;
    uint64_t data_end;
    uint64_t bytes = 0;

    while (disk_next_data(fd, &offset, module->file_bytes, &data_end)) {
        bytes += data_end - offset;
        offset = data_end;
    }
    return bytes;
}

static int look_at_file(const struct disk *disk, unsigned slot, struct disk_look *look,
                        struct error *err)
{
    const char *name = disk->modules[slot].name;
    struct disk_look_module *module = &look->modules[slot];
    const int fd = openat(disk->folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char where[DISK_WHERE_BYTES];
    struct stat status;
    int result = 0;

    disk_where(disk->path, name, where);
    if (fd < 0 && errno == ENOENT) return error_host(err, "%s: missing; " DISK_OR_PAIR, where);
    if (fd < 0 || fstat(fd, &status) < 0) {
        result = error_host(err, "%s: %s", where, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        result = error_host(err, "%s: not a regular file", where);
    } else {
        module->file_bytes = (uint64_t)status.st_size;
        module->host_bytes = (uint64_t)status.st_blocks * SECTOR_BYTES;
        look->used_bytes += data_bytes(fd, module, raid0_module_blocks(disk->volume.blocks));
    }
    if (fd >= 0) (void)close(fd);
    return result;
}

/* ---- The rest ---- */

static int is_sep_sealed(const struct disk *disk, bool *is_sealed, struct error *err)
{
    char where[DISK_WHERE_BYTES];
    const struct disk_place place = disk_place_of(disk, DISK_SEP_NAME, where);
    struct disk_text text;
    json_t *root;

    if (disk_text_read(&place, DISK_TEXT_MAX, true, &text, err) < 0) return -1;
    root = disk_json_open(&text, "spacegray-sep", where, err);
    disk_text_release(&text);
    if (root == NULL) return -1;
    *is_sealed = json_object_get(root, "sealed") != NULL;
    json_decref(root);
    return 0;
}

static void take_t2(const struct sep_record *record, struct disk_look *look)
{
    look->has_t2 = true;
    look->t2 = (struct disk_look_t2){
        .ecid = record->ecid,
        .counter = record->counter,
        .has_password = record->has_password,
        .failures = record->failures,
        .boot_policy = record->boot_policy,
        .has_boot_ticket = record->has_boot_ticket,
    };
    memcpy(look->t2.boot_nonce, record->boot_nonce, sizeof(look->t2.boot_nonce));
}

static int look_at_all(struct disk *disk, const struct disk_secret *passphrase,
                       struct disk_look *look, struct error *err)
{
    if (disk_open_folder(disk, err) < 0 || is_sep_sealed(disk, &look->is_sealed, err) < 0 ||
        disk_load_volume(disk, err) < 0) {
        return -1;
    }
    look->blocks = disk->volume.blocks;
    memcpy(look->volume_id, disk->volume.id, sizeof(look->volume_id));
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        if (look_at_file(disk, i, look, err) < 0) return -1;
    }
    look->used_bytes = min_u64(look->used_bytes, look->blocks * MEDIA_BLOCK_BYTES);
    look_at_use(disk->folder, look);
    if (look->is_sealed && passphrase->data == NULL) return 0;
    (void)close(disk->folder);
    disk->folder = -1;
    if (disk_load(disk, passphrase, err) < 0) return -1;
    take_t2(&disk->sep.record, look);
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        look->modules[i].is_clean = disk->modules[i].header.is_clean;
        read_wear(&disk->modules[i], &look->modules[i].wear);
    }
    return 0;
}

int disk_look_sealed(const char *path, bool *is_sealed, struct error *err)
{
    const struct disk_options options = {.access = DISK_LOOK};
    struct disk *disk = disk_make(&disk_host_calls, path, &options, err);
    int status = -1;

    if (disk == NULL) return -1;
    if (disk_open_folder(disk, err) == 0) {
        status = is_sep_sealed(disk, is_sealed, err);
    }
    disk_release(disk);
    return status;
}

int disk_look(const char *path, const struct disk_secret *passphrase, struct disk_look *look,
              struct error *err)
{
    const struct disk_options options = {.access = DISK_LOOK};
    struct error trouble;
    int status = -1;

    for (unsigned i = 0; i < TRIES && status < 0; i++) {
        struct disk *disk;

        trouble = (struct error)ERROR_INIT;
        *look = (struct disk_look){.blocks = 0};
        disk = disk_make(&disk_host_calls, path, &options, &trouble);
        if (disk == NULL) break;
        status = look_at_all(disk, passphrase, look, &trouble);
        disk_release(disk);
        /* Nobody writes, so it stays as it is. */
        if (!look->is_in_use) break;
    }
    return status == 0 ? 0 : error_host(err, "%s", trouble.text);
}
