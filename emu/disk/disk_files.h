/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's files as emu/disk uses them: a table of system calls that tests replace to inject
 * errors and crashes, and on top of it transfers that are whole, small files with a limit, and
 * replacement that is atomic and durable.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "emu/base/error.h"

/* As openat(), pread() and so on; they set errno. */
struct disk_host {
    int (*open)(int folder, const char *name, int flags, mode_t mode);
    ssize_t (*read)(int fd, void *data, size_t bytes, off_t offset);
    ssize_t (*write)(int fd, const void *data, size_t bytes, off_t offset);
    int (*allocate)(int fd, int mode, off_t offset, off_t bytes);
    int (*resize)(int fd, off_t bytes);
    int (*sync_data)(int fd);
    int (*sync_all)(int fd);
    int (*rename)(int from_folder, const char *from, int to_folder, const char *to);
    int (*unlink)(int folder, const char *name, int flags);
};

extern const struct disk_host disk_host_calls;

/* All of it, through interruptions and short transfers. 0, or the errno value; a file that ends
 * early is EIO. */
int disk_read_at(const struct disk_host *host, int fd, void *data, size_t bytes, uint64_t offset);
int disk_write_at(const struct disk_host *host, int fd, const void *data, size_t bytes,
                  uint64_t offset);
/* [offset, offset + bytes) reads as zeros afterwards; a hole where the file system can, zeros over
 * what holds data where it cannot. 0 or the errno value. */
int disk_punch(const struct disk_host *host, int fd, uint64_t offset, uint64_t bytes);
/* The next part of [offset, end) that holds data: true, with its bounds. False: there is none
 * behind `offset`. Where the file system cannot tell, all of it is data. */
bool disk_next_data(int fd, uint64_t *offset, uint64_t end, uint64_t *data_end);

/* Where a small file is, and what sentences call it. */
struct disk_place {
    const struct disk_host *host;
    int folder;
    const char *name;
    const char *where; /* "mac/sep.json" */
};

struct disk_text {
    char *data; /* ends in a 0 that `bytes` does not count */
    size_t bytes;
};

/* Whole, at most `bytes_max`. With `is_private`, a file that anybody but its owner may open is
 * refused, and so is a symbolic link: replacing it would leave the old contents where it leads. The
 * owner of `text` releases it. */
int disk_text_read(const struct disk_place *place, size_t bytes_max, bool is_private,
                   struct disk_text *text, struct error *err) MUST_CHECK;
/* Wipes and frees. */
void disk_text_release(struct disk_text *text);
/* After it, and after a crash at any moment of it, the file is the old or the new one. `mode`: of
 * the new file. With `is_durable` the new one survives a crash of the host. */
int disk_text_replace(const struct disk_place *place, const struct disk_text *text, mode_t mode,
                      bool is_durable, struct error *err) MUST_CHECK;
/* Removes what a crash in disk_text_replace() left behind. */
void disk_text_clean(const struct disk_place *place);
