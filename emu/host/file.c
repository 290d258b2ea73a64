/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole files: see file.h. What cannot be sized in advance (a pipe) is read into a buffer that
 * doubles. */
#define _GNU_SOURCE

#include "emu/host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES ((size_t)65536)

/* Makes room for at least one more byte than `file` has. */
static int grow(struct host_file *file, size_t *capacity, const char *path, struct error *err)
{
    size_t wanted = *capacity ? *capacity * 2 : FIRST_BYTES;
    uint8_t *data = realloc(file->data, wanted);

    if (!data) return error_host(err, "%s: not enough host memory to read it", path);
    file->data = data;
    *capacity = wanted;
    return 0;
}

/* One more piece; *is_end when there was none. */
static int read_piece(int fd, struct host_file *file, size_t room, bool *is_end, const char *path,
                      struct error *err)
{
    ssize_t got = read(fd, file->data + file->bytes, room);

    if (got < 0 && errno == EINTR) return 0;
    if (got < 0) return error_host(err, "%s: cannot be read: %s", path, strerror(errno));
    file->bytes += (size_t)got;
    *is_end = got == 0;
    return 0;
}

static int read_all(int fd, size_t bytes_max, struct host_file *file, const char *path,
                    struct error *err)
{
    struct stat info;
    size_t capacity = 0;
    bool is_end = false;

    if (fstat(fd, &info) != 0) return error_host(err, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode)) return error_host(err, "%s: this is a directory", path);
    if (S_ISREG(info.st_mode) && (uint64_t)info.st_size > bytes_max) {
        const unsigned shift = bytes_max >> 20 == 0 ? 10 : 20;

        return error_host(err, "%s: the file has %lld %s, and at most %zu %s are allowed", path,
                          (long long)info.st_size >> shift, shift == 10 ? "KiB" : "MiB",
                          bytes_max >> shift, shift == 10 ? "KiB" : "MiB");
    }
    if (S_ISREG(info.st_mode) && info.st_size > 0) {
        capacity = (size_t)info.st_size + 1;
        file->data = malloc(capacity);
        if (!file->data) return error_host(err, "%s: not enough host memory to read it", path);
    }
    while (!is_end) {
        if (file->bytes == capacity && grow(file, &capacity, path, err) != 0) return -1;
        if (read_piece(fd, file, capacity - file->bytes, &is_end, path, err) != 0) return -1;
        if (file->bytes > bytes_max) {
            return error_host(err, "%s: the file has more than the allowed %zu MiB", path,
                              bytes_max >> 20);
        }
    }
    if (file->bytes == 0) return error_host(err, "%s: the file is empty", path);
    return 0;
}

int host_file_read(const char *path, size_t bytes_max, struct host_file *file, struct error *err)
{
    *file = (struct host_file){.data = NULL, .bytes = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_host(err, "%s: %s", path, strerror(errno));

    int result = read_all(fd, bytes_max, file, path, err);
    (void)close(fd);
    if (result != 0) host_file_release(file);
    return result;
}

void host_file_release(struct host_file *file)
{
    free(file->data);
    *file = (struct host_file){.data = NULL, .bytes = 0};
}

int host_write_all(int fd, const void *data, size_t bytes)
{
    const uint8_t *from = data;

    while (bytes > 0) {
        const ssize_t put = write(fd, from, bytes);

        if (put < 0 && errno == EINTR) continue;
        if (put == 0) errno = ENOSPC;
        if (put <= 0) return -1;
        from += put;
        bytes -= (size_t)put;
    }
    return 0;
}

int host_file_write(const char *path, const void *data, size_t bytes, struct error *err)
{
    char *part = NULL;
    int reason = 0;
    int fd;

    if (asprintf(&part, "%s.part", path) < 0) return error_host(err, "out of memory");
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        reason = errno;
        free(part);
        return error_host(err, "cannot write %s: %s", path, strerror(reason));
    }
    if (host_write_all(fd, data, bytes) != 0) reason = errno;
    if (close(fd) != 0 && reason == 0) reason = errno;
    if (reason == 0 && rename(part, path) != 0) reason = errno;
    if (reason != 0) (void)unlink(part);
    free(part);
    if (reason != 0) return error_host(err, "cannot write %s: %s", path, strerror(reason));
    return 0;
}

void host_hold_standard_files(void)
{
    int fd = open("/dev/null", O_RDONLY);

    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDONLY);
    }
    if (fd >= 0) (void)close(fd);
}
