/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of a recording while it is made (docs/formats/recording.md): PATH.part, to which each flush
 * appends whole chunks. A run that is killed leaves it there, good up to its last whole chunk; at the end it
 * takes its own name. When the host cannot keep it, nothing is written any more, and what was there stays.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/debug/replay/recording_internal.h"
#include "emu/debug/replay/recording_out.h"

#define PART_SUFFIX ".part"
/* It has the keys of the disk (record_setup.h). */
#define MODE 0600
/* Chunks are gathered up to this before they are written. */
#define GATHERED_BYTES (8u << 20)
/* Events that do not fill a packet yet are written once in so many beats: a second of virtual time. */
#define BEATS_BETWEEN 20u

/* ---- Making it ---- */

static int refuse(const char *path, const char *what, struct error *err)
{
    return error_host(err, "%s: cannot be written: %s", path, what);
}

/* The name leads to the file that is open: nobody gave it its final name in between. */
static bool is_same_file(int fd, const char *name)
{
    struct stat a;
    struct stat b;

    return fstat(fd, &a) == 0 && stat(name, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static int open_part(struct recording_file *file, struct error *err)
{
    struct stat info;

    if (stat(file->path, &info) == 0 && !S_ISREG(info.st_mode))
        return refuse(file->path, "it is there and no regular file", err);
    file->fd = open(file->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, MODE);
    if (file->fd < 0) return refuse(file->part, strerror(errno), err);
    if (flock(file->fd, LOCK_EX | LOCK_NB) < 0 || !is_same_file(file->fd, file->part)) {
        close(file->fd);
        file->fd = -1;
        return refuse(file->part, "another run is writing it", err);
    }
    if (fstat(file->fd, &info) < 0 || !S_ISREG(info.st_mode) || fchmod(file->fd, MODE) < 0 ||
        ftruncate(file->fd, 0) < 0) {
        return refuse(file->part, "it is there and no regular file", err);
    }
    return 0;
}

int recording_file_create(struct recording *recording, const char *path, struct error *err)
{
    struct recording_file *file = &recording->file;

    file->path = strdup(path);
    if (file->path == NULL || asprintf(&file->part, "%s%s", path, PART_SUFFIX) < 0) {
        file->part = NULL;
        return error_host(err, "out of memory");
    }
    if (open_part(file, err) < 0) return -1;
    blobs_set_file(recording->blobs, file->fd, file->path);
    return 0;
}

void recording_file_release(struct recording *recording)
{
    struct recording_file *file = &recording->file;

    if (file->fd >= 0) {
        if (file->part != NULL && file->bytes == 0) {
            (void)unlink(file->part);
        }
        close(file->fd);
    }
    free(file->part);
    free(file->path);
    *file = (struct recording_file){.fd = -1};
}

/* ---- Writing ---- */

/* Everything that is gathered, in one write where the host takes it. What it does not take whole is taken
 * back. */
static void write_out(struct recording *recording, struct recording_out *out)
{
    struct recording_file *file = &recording->file;
    size_t done = 0;

    if (out->is_short) {
        (void)recording_fail(recording, "memory ran out");
    }
    while (done < out->bytes && recording->trouble.kind == ERROR_NONE) {
        const ssize_t part =
            pwrite(file->fd, out->data + done, out->bytes - done, (off_t)(file->bytes + done));

        if (part >= 0) {
            done += (size_t)part;
        } else if (errno != EINTR) {
            (void)error_host(
                &recording->trouble,
                "%s: cannot be written: %s; the run up to about %llu ms of virtual time is in %s",
                file->path, strerror(errno), (unsigned long long)recording_out_reach(recording),
                file->part);
            (void)!ftruncate(file->fd, (off_t)file->bytes);
            return;
        }
    }
    if (recording->trouble.kind == ERROR_NONE) {
        recording_out_segments_saved(out, recording->blobs, file->bytes);
        file->bytes += done;
    }
    out->bytes = 0;
}

/* Blob segments, and with `is_finishing` the one that is being filled. */
static void write_blobs(struct recording *recording, struct recording_out *out, bool is_finishing)
{
    struct blobs_segment segment = {.number = 0};
    size_t next = 0;

    if (is_finishing && !blobs_finish(recording->blobs)) {
        (void)recording_fail(recording, "memory ran out");
    }
    while (recording->trouble.kind == ERROR_NONE) {
        const bool is_any = blobs_unsaved(recording->blobs, next, &segment);

        if (is_any && segment.packed == NULL) {
            (void)recording_fail(recording, "memory ran out");
            return;
        }
        if (is_any) {
            recording_out_segment(out, recording->blobs, &segment);
            next = segment.number + 1;
        }
        if (!is_any || out->bytes >= GATHERED_BYTES) {
            write_out(recording, out);
        }
        if (!is_any) return;
    }
}

static bool has_waiting(const struct recording *recording)
{
    return recording->saved.blocks < recording->blocks.count ||
           recording->saved.checkpoints < recording->checkpoints.count;
}

static bool is_time_for_all_events(struct recording *recording)
{
    if (recording->beats.count - recording->file.events_at_beat < BEATS_BETWEEN) return false;
    recording->file.events_at_beat = recording->beats.count;
    return true;
}

int recording_file_flush(struct recording *recording, bool is_last, struct error *err)
{
    struct recording_out out = recording_out_make();

    if (recording->trouble.kind == ERROR_NONE && recording->file.bytes == 0) {
        recording_out_front(&out, recording);
    }
    write_blobs(recording, &out, is_last || has_waiting(recording));
    if (recording->trouble.kind == ERROR_NONE) {
        recording_out_lists(&out, recording);
        recording_out_events(&out, recording, is_last || is_time_for_all_events(recording));
        recording_out_checkpoints(&out, recording);
        if (is_last) {
            recording_out_end(&out, recording);
        }
        write_out(recording, &out);
    }
    recording_out_release(&out);
    return recording->trouble.kind == ERROR_NONE ? 0
                                                 : error_host(err, "%s", recording->trouble.text);
}

int recording_file_publish(struct recording *recording, struct error *err)
{
    struct recording_file *file = &recording->file;

    if (fdatasync(file->fd) < 0 || rename(file->part, file->path) < 0)
        return error_host(err, "%s: cannot be written: %s; the recording is in %s", file->path,
                          strerror(errno), file->part);
    return 0;
}
