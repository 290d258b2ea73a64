/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of the host: whole transfers, holes, atomic replacement. */
#define _GNU_SOURCE /* fallocate, SEEK_DATA */

#include "emu/disk/disk_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/crypto/keys.h"

/* Of a replacement that is being written. */
#define NEW_SUFFIX     ".new"
#define NEW_NAME_BYTES 64
/* What others may not have on a private file. */
#define OTHERS (S_IRWXG | S_IRWXO)
/* Zeros are written in pieces of this size where holes cannot be punched. */
#define ZERO_BYTES 65536u

static int open_file(int folder, const char *name, int flags, mode_t mode)
{
    return openat(folder, name, flags, mode);
}

const struct disk_host disk_host_calls = {
    .open = open_file,
    .read = pread,
    .write = pwrite,
    .allocate = fallocate,
    .resize = ftruncate,
    .sync_data = fdatasync,
    .sync_all = fsync,
    .rename = renameat,
    .unlink = unlinkat,
};

int disk_read_at(const struct disk_host *host, int fd, void *data, size_t bytes, uint64_t offset)
{
    char *to = data;

    while (bytes > 0) {
        const ssize_t got = host->read(fd, to, bytes, (off_t)offset);

        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return EIO;
        to += got;
        bytes -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

int disk_write_at(const struct disk_host *host, int fd, const void *data, size_t bytes,
                  uint64_t offset)
{
    const char *from = data;

    while (bytes > 0) {
        const ssize_t put = host->write(fd, from, bytes, (off_t)offset);

        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return ENOSPC;
        from += put;
        bytes -= (size_t)put;
        offset += (uint64_t)put;
    }
    return 0;
}

bool disk_next_data(int fd, uint64_t *offset, uint64_t end, uint64_t *data_end)
{
    off_t from;
    off_t to;

    if (*offset >= end) return false;
    from = lseek(fd, (off_t)*offset, SEEK_DATA);
    if (from < 0 && errno == ENXIO) return false;
    to = from < 0 ? from : lseek(fd, from, SEEK_HOLE);
    if (to < 0) {
        *data_end = end;
        return true;
    }
    if ((uint64_t)from >= end) return false;
    *offset = (uint64_t)from;
    *data_end = min_u64((uint64_t)to, end);
    return true;
}

/* Zeros over what holds data, so that a hole does not become larger than it was. */
static int write_zeros(const struct disk_host *host, int fd, uint64_t offset, uint64_t end)
{
    void *zeros = calloc(1, ZERO_BYTES);
    uint64_t data_end;
    int reason = zeros == NULL ? ENOMEM : 0;

    while (reason == 0 && disk_next_data(fd, &offset, end, &data_end)) {
        const uint64_t bytes = min_u64(data_end - offset, ZERO_BYTES);

        reason = disk_write_at(host, fd, zeros, (size_t)bytes, offset);
        offset += bytes;
    }
    free(zeros);
    return reason;
}

int disk_punch(const struct disk_host *host, int fd, uint64_t offset, uint64_t bytes)
{
    int status;

    if (bytes == 0) return 0;
    do {
        status = host->allocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                                (off_t)bytes);
    } while (status < 0 && errno == EINTR);
    if (status == 0) return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS) return errno;
    return write_zeros(host, fd, offset, offset + bytes);
}

static int check_private(const struct disk_place *place, int fd, struct stat *status,
                         bool is_private, struct error *err)
{
    if (fstat(fd, status) < 0) {
        return error_host(err, "%s: %s", place->where, strerror(errno));
    }
    if (!S_ISREG(status->st_mode)) return error_host(err, "%s: not a regular file", place->where);
    if (!is_private || (status->st_mode & OTHERS) == 0) return 0;
    return error_host(err,
                      "%s: others may open it (mode %04o), but it holds the keys of the disk; "
                      "chmod 600 makes it yours alone",
                      place->where, (unsigned)(status->st_mode & 07777));
}

static int read_open_text(const struct disk_place *place, int fd, size_t bytes,
                          struct disk_text *text, struct error *err)
{
    int reason;

    text->data = calloc(1, bytes + 1);
    if (text->data == NULL) return error_host(err, "%s: out of memory", place->where);
    text->bytes = bytes;
    reason = disk_read_at(place->host, fd, text->data, bytes, 0);
    if (reason == 0) return 0;
    disk_text_release(text);
    return error_host(err, "%s: cannot be read: %s", place->where, strerror(reason));
}

int disk_text_read(const struct disk_place *place, size_t bytes_max, bool is_private,
                   struct disk_text *text, struct error *err)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (is_private ? O_NOFOLLOW : 0);
    const int fd = place->host->open(place->folder, place->name, flags, 0);
    struct stat status;
    int result = -1;

    *text = (struct disk_text){.data = NULL};
    if (fd < 0 && errno == ENOENT) return error_host(err, "%s: missing", place->where);
    if (fd < 0 && errno == ELOOP) {
        return error_host(err,
                          "%s: a symbolic link: keys that are destroyed here would stay where it "
                          "leads; put the file itself in its place",
                          place->where);
    }
    if (fd < 0) return error_host(err, "%s: %s", place->where, strerror(errno));
    if (check_private(place, fd, &status, is_private, err) == 0) {
        if (status.st_size <= 0) {
            (void)error_host(err, "%s: empty", place->where);
        } else if ((uint64_t)status.st_size > bytes_max) {
            (void)error_host(err, "%s: too long: %lld bytes, at most %zu are possible",
                             place->where, (long long)status.st_size, bytes_max);
        } else {
            result = read_open_text(place, fd, (size_t)status.st_size, text, err);
        }
    }
    (void)close(fd);
    return result;
}

void disk_text_release(struct disk_text *text)
{
    if (text->data != NULL) {
        key_wipe(text->data, text->bytes);
        free(text->data);
    }
    *text = (struct disk_text){.data = NULL};
}

/* 0 or the errno value. */
static int sync_folder(const struct disk_place *place)
{
    /* Some file systems have nothing to be done for a folder, and say so like this. */
    if (place->host->sync_all(place->folder) < 0 && errno != EINVAL) return errno;
    return 0;
}

static int write_new(const struct disk_place *place, const char *name, const struct disk_text *text,
                     mode_t mode, bool is_durable)
{
    const int fd = place->host->open(place->folder, name,
                                     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    int reason;

    if (fd < 0) return errno;
    reason = fchmod(fd, mode) < 0 ? errno : 0; /* whatever the umask took away */
    if (reason == 0) {
        reason = disk_write_at(place->host, fd, text->data, text->bytes, 0);
    }
    if (reason == 0 && is_durable && place->host->sync_all(fd) < 0) {
        reason = errno;
    }
    if (close(fd) < 0 && reason == 0) {
        reason = errno;
    }
    return reason;
}

int disk_text_replace(const struct disk_place *place, const struct disk_text *text, mode_t mode,
                      bool is_durable, struct error *err)
{
    const struct disk_host *host = place->host;
    char name[NEW_NAME_BYTES];
    int reason;

    (void)snprintf(name, sizeof(name), "%s" NEW_SUFFIX, place->name);
    disk_text_clean(place);
    reason = write_new(place, name, text, mode, is_durable);
    if (reason == 0 && host->rename(place->folder, name, place->folder, place->name) < 0) {
        reason = errno;
    }
    if (reason != 0) {
        disk_text_clean(place);
    } else if (is_durable) {
        reason = sync_folder(place);
    }
    if (reason == 0) return 0;
    return error_host(err, "%s: cannot be written: %s", place->where, strerror(reason));
}

void disk_text_clean(const struct disk_place *place)
{
    char name[NEW_NAME_BYTES];

    (void)snprintf(name, sizeof(name), "%s" NEW_SUFFIX, place->name);
    (void)place->host->unlink(place->folder, name, 0);
}
