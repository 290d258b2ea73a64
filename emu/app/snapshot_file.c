/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Header, 32 bytes, little-endian: 0 magic "SGSNFILE"; 8 u32 version; 12 u32 CRC-32 of header and setup
 * without these four bytes; 16 u64 length of the setup; 24 u64 length of the snapshot. Then the two.
 */
#define _GNU_SOURCE /* asprintf, mkostemp, strndup */

#include "emu/app/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "emu/base/endian.h"
#include "emu/host/file.h"
#include "emu/machine/machine.h"

#define MAGIC        "SGSNFILE"
#define MAGIC_BYTES  8u
#define VERSION      1u
#define HEADER_BYTES 32u
#define CRC_OFFSET   12u
#define SETUP_MAX    (UINT64_C(1) << 20)
#define FILE_MAX     ((size_t)1 << 40)

static uint32_t crc_of(const uint8_t *header, const char *setup, size_t bytes)
{
    uLong crc = crc32_z(0, header, CRC_OFFSET);

    crc = crc32_z(crc, header + CRC_OFFSET + 4, HEADER_BYTES - CRC_OFFSET - 4);
    return (uint32_t)crc32_z(crc, (const uint8_t *)setup, bytes);
}

/* ---- Saving ---- */

static int write_parts(int fd, const char *setup, const void *data, size_t bytes)
{
    uint8_t header[HEADER_BYTES] = {0};
    const size_t setup_bytes = strlen(setup);

    memcpy(header, MAGIC, MAGIC_BYTES);
    le32_put(header + 8, VERSION);
    le64_put(header + 16, setup_bytes);
    le64_put(header + 24, bytes);
    le32_put(header + CRC_OFFSET, crc_of(header, setup, setup_bytes));
    if (host_write_all(fd, header, sizeof(header)) != 0) return -1;
    if (host_write_all(fd, setup, setup_bytes) != 0) return -1;
    if (host_write_all(fd, data, bytes) != 0) return -1;
    return fdatasync(fd);
}

/* Beside it, in a file of its own (0600: a guest's memory is nobody else's), and then in its place. */
static int write_file(const char *path, char *part, const char *setup, const void *data,
                      size_t bytes, struct error *err)
{
    const int fd = mkostemp(part, O_CLOEXEC);
    int reason = 0;

    if (fd < 0) return error_host(err, "cannot write %s: %s", path, strerror(errno));
    if (write_parts(fd, setup, data, bytes) != 0) reason = errno;
    if (close(fd) != 0 && reason == 0) reason = errno;
    if (reason == 0 && rename(part, path) != 0) reason = errno;
    if (reason == 0) return 0;
    (void)unlink(part);
    return error_host(err, "cannot write %s: %s", path, strerror(reason));
}

int snapshot_file_check_place(const char *path, struct error *err)
{
    struct stat info;

    if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) return 0;
    return error_host(err, "cannot write %s: it is there and no regular file", path);
}

int snapshot_file_save(const char *path, const char *setup, struct machine *machine,
                       struct error *err)
{
    void *data = NULL;
    char *part = NULL;
    size_t bytes;
    int result;

    if (strlen(setup) > SETUP_MAX) return error_host(err, "%s: its setup is too long", path);
    if (snapshot_file_check_place(path, err) != 0) return -1;
    if (asprintf(&part, "%s.XXXXXX", path) < 0) return error_host(err, "out of memory");
    result = machine_save(machine, &data, &bytes, err);
    if (result == 0) result = write_file(path, part, setup, data, bytes, err);
    free(part);
    free(data);
    return result;
}

/* ---- Reading ---- */

static int check(const struct host_file *file, const char *path, struct error *err)
{
    const uint8_t *header = file->data;
    uint64_t setup_bytes;

    if (file->bytes < HEADER_BYTES || memcmp(header, MAGIC, MAGIC_BYTES) != 0) {
        return error_host(err, "%s is no snapshot of spacegray", path);
    }
    if (le32_get(header + 8) != VERSION) {
        return error_host(err, "%s: it has version %u, and this program knows only %u", path,
                          le32_get(header + 8), VERSION);
    }
    setup_bytes = le64_get(header + 16);
    if (setup_bytes > SETUP_MAX || setup_bytes > file->bytes - HEADER_BYTES ||
        le64_get(header + 24) != file->bytes - HEADER_BYTES - setup_bytes) {
        return error_host(err, "%s is damaged: its length is not what it says", path);
    }
    if (le32_get(header + CRC_OFFSET) !=
        crc_of(header, (const char *)header + HEADER_BYTES, (size_t)setup_bytes)) {
        return error_host(err, "%s is damaged: its header's checksum is wrong", path);
    }
    return 0;
}

/* A device would be read without an end, and a large file of another kind for nothing. */
static int check_kind(const char *path, struct error *err)
{
    uint8_t magic[MAGIC_BYTES] = {0};
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_one;

    if (fd < 0) return error_host(err, "%s: %s", path, strerror(errno));
    is_one = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
             pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
             memcmp(magic, MAGIC, sizeof(magic)) == 0;
    (void)close(fd);
    return is_one ? 0 : error_host(err, "%s is no snapshot of spacegray", path);
}

int snapshot_file_read(const char *path, struct snapshot_file *file, struct error *err)
{
    size_t setup_bytes;

    *file = (struct snapshot_file){.setup = NULL};
    if (check_kind(path, err) != 0) return -1;
    if (host_file_read(path, FILE_MAX, &file->file, err) != 0) return -1;
    if (check(&file->file, path, err) != 0) {
        snapshot_file_release(file);
        return -1;
    }
    setup_bytes = (size_t)le64_get(file->file.data + 16);
    file->setup = strndup((const char *)file->file.data + HEADER_BYTES, setup_bytes);
    file->data = file->file.data + HEADER_BYTES + setup_bytes;
    file->bytes = file->file.bytes - HEADER_BYTES - setup_bytes;
    if (file->setup != NULL) return 0;
    snapshot_file_release(file);
    return error_host(err, "out of memory");
}

int snapshot_file_load(const struct snapshot_file *file, const char *path, struct machine *machine,
                       struct error *err)
{
    struct error why = ERROR_INIT;

    if (machine_load(machine, file->data, file->bytes, &why) == 0) return 0;
    return error_host(err, "%s: %s", path, why.text);
}

void snapshot_file_release(struct snapshot_file *file)
{
    host_file_release(&file->file);
    free(file->setup);
    *file = (struct snapshot_file){.setup = NULL};
}
