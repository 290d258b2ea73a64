/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain blocks in and out of a volume. Import empties the volume first and then writes what is not
 * zero; export skips what the module files have no data for. Both go through the same encryption
 * and striping as the machine.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/apple/t2_aes.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/crypto/xts.h"
#include "emu/disk/disk_internal.h"
#include "emu/disk/disk_notes.h"

#define CHUNK_BLOCKS 256u
#define CHUNK_BYTES  ((size_t)CHUNK_BLOCKS * MEDIA_BLOCK_BYTES)
#define EXPORT_MODE  0600
#define LOOK_MS      200 /* how often somebody looks whether to stop who waits for a pipe */

struct transfer {
    const struct disk_plain *plain;
    struct disk *disk;
    struct xts *xts;
    const char *file; /* for sentences */
    int fd;
    bool is_regular; /* has holes, and places */
    bool is_pipe;    /* output: takes PIPE_BUF bytes at once when it is ready */
    bool is_removable;
    uint64_t bytes; /* of the file, where that is known */
    uint8_t *chunk;
    struct disk_notes_writer notes[DISK_MODULES]; /* of an import */
};

static int fail_file(const struct transfer *t, const char *what, int reason, struct error *err)
{
    return error_host(err, "%s: %s: %s", t->file, what, strerror(reason));
}

static int fail_disk(const struct transfer *t, struct error *err)
{
    return error_host(err, "%s", disk_trouble(t->disk)->text);
}

static uint64_t volume_bytes(const struct transfer *t)
{
    return disk_blocks(t->disk) * MEDIA_BLOCK_BYTES;
}

static void tell(const struct transfer *t, uint64_t done)
{
    const struct disk_progress *progress = &t->plain->progress;

    if (progress->tell == NULL) return;
    progress->tell(progress->ctx, done, volume_bytes(t));
}

static bool is_stopped(const struct transfer *t)
{
    const atomic_bool *stop = t->plain->progress.stop;

    return stop != NULL && atomic_load(stop);
}

/* Until the pipe is ready, or somebody wants to stop, which is true. */
static bool is_stopped_waiting(const struct transfer *t, short event)
{
    struct pollfd wait = {.fd = t->fd, .events = event};

    while (!is_stopped(t)) {
        if (t->is_regular || poll(&wait, 1, LOOK_MS) != 0) return false;
    }
    return true;
}

static bool is_zero(const uint8_t *block)
{
    return le64_get(block) == 0 && memcmp(block, block + 8, MEDIA_BLOCK_BYTES - 8) == 0;
}

/* Blocks from the first on that are like it, zeros or not. */
static uint32_t run_of(const uint8_t *blocks, uint32_t count, bool *are_zeros)
{
    uint32_t run = 1;

    *are_zeros = is_zero(blocks);
    while (run < count && is_zero(blocks + (size_t)run * MEDIA_BLOCK_BYTES) == *are_zeros) {
        run++;
    }
    return run;
}

/* ---- The volume ---- */

static int unlock(struct transfer *t, struct error *err)
{
    uint8_t vek[XTS_KEY_BYTES];
    int status = disk_unlock(t->disk, &t->plain->password, vek, err);

    if (status == 0) {
        t->xts = xts_create(vek);
        status = t->xts != NULL ? 0 : error_host(err, "%s: out of memory", t->plain->path);
    }
    key_wipe(vek, sizeof(vek));
    return status;
}

/* A volume with a password is opened for writing: a wrong one counts. */
static int open_volume(struct transfer *t, bool is_import, struct error *err)
{
    struct disk_options options = {
        .access = is_import ? DISK_KEEP : DISK_READ,
        .cache = DISK_CACHE_WRITEBACK,
        .passphrase = t->plain->passphrase,
    };

    t->disk = disk_open(t->plain->path, &options, err);
    if (t->disk != NULL && !is_import && disk_sep(t->disk)->has_password) {
        options.access = DISK_KEEP;
        if (disk_close(t->disk, err) < 0) return -1;
        t->disk = disk_open(t->plain->path, &options, err);
    }
    if (t->disk == NULL) return -1;
    t->chunk = aligned_alloc(MEDIA_BLOCK_BYTES, CHUNK_BYTES);
    if (t->chunk == NULL) return error_host(err, "%s: out of memory", t->plain->path);
    return unlock(t, err);
}

static int finish(struct transfer *t, int status, struct error *err)
{
    if (t->disk != NULL && disk_close(t->disk, err) < 0) {
        status = -1;
    }
    if (t->fd > STDERR_FILENO && close(t->fd) < 0 && status == 0) {
        status = fail_file(t, "cannot be written", errno, err);
    }
    if (status < 0 && t->is_removable) (void)unlink(t->plain->file);
    xts_destroy(t->xts);
    if (t->chunk != NULL) key_wipe(t->chunk, CHUNK_BYTES);
    free(t->chunk);
    return status;
}

/* ---- Import ---- */

static int open_input(struct transfer *t, struct error *err)
{
    struct stat status;

    t->fd = STDIN_FILENO;
    if (strcmp(t->plain->file, "-") != 0) {
        t->fd = open(t->plain->file, O_RDONLY | O_CLOEXEC);
    }
    if (t->fd < 0 || fstat(t->fd, &status) < 0) return fail_file(t, "cannot be read", errno, err);
    if (S_ISDIR(status.st_mode)) return fail_file(t, "cannot be read", EISDIR, err);
    t->is_regular = S_ISREG(status.st_mode) && lseek(t->fd, 0, SEEK_CUR) == 0;
    t->bytes = t->is_regular ? (uint64_t)status.st_size : 0;
    if (t->bytes <= volume_bytes(t)) return 0;
    return error_host(err, "%s: too large: it has %" PRIu64 " bytes, the volume %" PRIu64, t->file,
                      t->bytes, volume_bytes(t));
}

/* A chunk, zeros behind the end of the input. The bytes that there were; -1 with `err`. */
static ssize_t read_input(const struct transfer *t, uint64_t offset, struct error *err)
{
    uint8_t *to = t->chunk;
    size_t left = CHUNK_BYTES;

    while (left > 0 && !is_stopped_waiting(t, POLLIN)) {
        const ssize_t n =
            t->is_regular ? pread(t->fd, to, left, (off_t)offset) : read(t->fd, to, left);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_file(t, "cannot be read", errno, err);
        if (n == 0) break;
        to += n;
        offset += (uint64_t)n;
        left -= min_u64((uint64_t)n, left);
    }
    memset(to, 0, left);
    return (ssize_t)(CHUNK_BYTES - left);
}

static int store(struct transfer *t, uint64_t lba, uint8_t *data, uint32_t count)
{
    t2_aes_encrypt(t->xts, lba, data, count);
    while (count > 0) {
        const struct raid0_run run = raid0_run(lba, count);
        const struct host_media *media = disk_media(t->disk, run.module);

        if (media->write(media->ctx, run.block, run.count, data) < 0 ||
            disk_notes_mark(&t->notes[run.module], run.block, run.count) < 0) {
            return -1;
        }
        lba += run.count;
        data += (size_t)run.count * MEDIA_BLOCK_BYTES;
        count -= run.count;
    }
    return 0;
}

static int store_chunk(struct transfer *t, uint64_t lba, uint32_t count)
{
    for (uint32_t at = 0; at < count;) {
        uint8_t *data = t->chunk + (size_t)at * MEDIA_BLOCK_BYTES;
        bool are_zeros;
        const uint32_t run = run_of(data, count - at, &are_zeros);

        if (!are_zeros && store(t, lba + at, data, run) < 0) return -1;
        at += run;
    }
    return 0;
}

/* Where the next chunk with anything in it begins. */
static uint64_t skip_input_holes(const struct transfer *t, uint64_t done)
{
    uint64_t offset = done;
    uint64_t data_end;

    if (!t->is_regular) return done;
    if (!disk_next_data(t->fd, &offset, t->bytes, &data_end)) return t->bytes;
    return max_u64(done, offset - offset % CHUNK_BYTES);
}

static int stop_import(const struct transfer *t, uint64_t done, struct error *err)
{
    return error_host(
        err, "%s: stopped: it holds the first %" PRIu64 " bytes of %s and zeros behind them",
        t->plain->path, done, t->file);
}

/* Somebody may have cut the file short meanwhile. */
static int check_all_read(const struct transfer *t, uint64_t done, struct error *err)
{
    if (!t->is_regular || done >= t->bytes) return 0;
    return error_host(err,
                      "%s: it ended after %" PRIu64 " of %" PRIu64 " bytes, which %s now holds",
                      t->file, done, t->bytes, t->plain->path);
}

static int import_chunks(struct transfer *t, struct error *err)
{
    const uint64_t end = volume_bytes(t);
    uint64_t done = 0;

    for (;;) {
        uint64_t blocks;
        ssize_t got;

        done = skip_input_holes(t, done);
        if (t->is_regular && done >= t->bytes) return 0;
        got = read_input(t, done, err);
        if (got < 0) return -1;
        if (is_stopped(t)) return stop_import(t, done, err);
        if (got == 0) return check_all_read(t, done, err);
        if ((uint64_t)got > end - done) {
            return error_host(err,
                              "%s: larger than the volume of %" PRIu64 " bytes, which now holds "
                              "the beginning of it",
                              t->file, end);
        }
        blocks = align_up((uint64_t)got, MEDIA_BLOCK_BYTES) / MEDIA_BLOCK_BYTES;
        if (store_chunk(t, done / MEDIA_BLOCK_BYTES, (uint32_t)blocks) < 0)
            return fail_disk(t, err);
        done += (uint64_t)got;
        tell(t, done);
        if ((size_t)got < CHUNK_BYTES) return check_all_read(t, done, err);
    }
}

static int import_open(struct transfer *t, struct error *err)
{
    int status;

    for (unsigned i = 0; i < DISK_MODULES; i++) {
        if (disk_module_clear(&t->disk->modules[i]) < 0) return fail_disk(t, err);
        disk_notes_begin(&t->notes[i], disk_media(t->disk, i));
    }
    status = import_chunks(t, err);
    if (disk_trouble(t->disk)->kind != ERROR_NONE) return -1;
    /* What was written before a failure is there, and the map must say so. */
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        const struct host_media *media = disk_media(t->disk, i);

        if (disk_notes_end(&t->notes[i]) < 0 || media->flush(media->ctx) < 0) {
            return fail_disk(t, err);
        }
    }
    if (status == 0) tell(t, volume_bytes(t));
    return status;
}

int disk_import(const struct disk_plain *plain, struct error *err)
{
    struct transfer t = {.plain = plain, .fd = -1, .file = plain->file};
    int status = open_volume(&t, true, err);

    if (strcmp(plain->file, "-") == 0) {
        t.file = "standard input";
    }
    if (status == 0) {
        status = open_input(&t, err);
    }
    if (status == 0) {
        status = import_open(&t, err);
    }
    return finish(&t, status, err);
}

/* ---- Export ---- */

static int open_output(struct transfer *t, struct error *err)
{
    struct stat status;

    t->fd = STDOUT_FILENO;
    if (strcmp(t->plain->file, "-") != 0) {
        t->fd = open(t->plain->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, EXPORT_MODE);
    }
    if (t->fd < 0 || fstat(t->fd, &status) < 0) {
        return fail_file(t, "cannot be written", errno, err);
    }
    t->is_pipe = S_ISFIFO(status.st_mode);
    t->is_removable = t->fd != STDOUT_FILENO && S_ISREG(status.st_mode);
    /* What standard output is, and where in it we are, is not ours to decide. */
    t->is_regular = t->is_removable;
    if (!t->is_regular || ftruncate(t->fd, (off_t)volume_bytes(t)) == 0) return 0;
    return fail_file(t, "cannot be written", errno, err);
}

static int write_stream(const struct transfer *t, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t put;

        if (is_stopped_waiting(t, POLLOUT)) return ECANCELED;
        put = write(t->fd, data, t->is_pipe ? min_u64(bytes, PIPE_BUF) : bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        data += put;
        bytes -= (size_t)put;
    }
    return 0;
}

/* A chunk at its place; zeros are left out where there are places. */
static int write_chunk(const struct transfer *t, uint64_t lba, uint32_t count)
{
    int reason = 0;

    if (!t->is_regular) return write_stream(t, t->chunk, (size_t)count * MEDIA_BLOCK_BYTES);
    for (uint32_t at = 0; at < count && reason == 0;) {
        const uint8_t *data = t->chunk + (size_t)at * MEDIA_BLOCK_BYTES;
        bool are_zeros;
        const uint32_t run = run_of(data, count - at, &are_zeros);

        if (!are_zeros) {
            reason = disk_write_at(&disk_host_calls, t->fd, data, (size_t)run * MEDIA_BLOCK_BYTES,
                                   (lba + at) * MEDIA_BLOCK_BYTES);
        }
        at += run;
    }
    return reason;
}

static int load(struct transfer *t, uint64_t lba, uint32_t count)
{
    const uint64_t first = lba;
    uint8_t *data = t->chunk;

    for (uint32_t left = count; left > 0;) {
        const struct raid0_run run = raid0_run(lba, left);
        const struct host_media *media = disk_media(t->disk, run.module);

        if (media->read(media->ctx, run.block, run.count, data) < 0) return -1;
        lba += run.count;
        data += (size_t)run.count * MEDIA_BLOCK_BYTES;
        left -= run.count;
    }
    t2_aes_decrypt(t->xts, first, t->chunk, count);
    return 0;
}

/* The first chunk from `lba` on that one of the modules has data for, or the end. */
static uint64_t skip_volume_holes(const struct transfer *t, uint64_t lba)
{
    const uint64_t per_module = CHUNK_BLOCKS / DISK_MODULES;
    uint64_t next = disk_blocks(t->disk);

    for (unsigned i = 0; i < DISK_MODULES; i++) {
        const struct disk_module *module = &t->disk->modules[i];
        const uint64_t base = disk_data_offset(module->header.notes_bytes);
        uint64_t offset = base + lba / CHUNK_BLOCKS * per_module * MEDIA_BLOCK_BYTES;
        uint64_t data_end;

        if (disk_next_data(module->fd, &offset,
                           disk_module_bytes(module->header.blocks, module->header.notes_bytes),
                           &data_end)) {
            const uint64_t block = (offset - base) / MEDIA_BLOCK_BYTES;

            next = min_u64(next, block / per_module * CHUNK_BLOCKS);
        }
    }
    return next;
}

static int write_zeros(const struct transfer *t, uint64_t from, uint64_t to)
{
    int reason = 0;

    if (t->is_regular) return 0;
    memset(t->chunk, 0, CHUNK_BYTES);
    while (from < to && reason == 0) {
        const uint64_t count = min_u64(to - from, CHUNK_BLOCKS);

        reason = write_stream(t, t->chunk, count * MEDIA_BLOCK_BYTES);
        from += count;
    }
    return reason;
}

static int stop_export(const struct transfer *t, struct error *err)
{
    if (t->is_removable) {
        return error_host(err, "%s: stopped: removed; the disk is as it was", t->file);
    }
    return error_host(err, "%s: stopped: not all of the disk was written; the disk is as it was",
                      t->file);
}

static int export_open(struct transfer *t, struct error *err)
{
    const uint64_t end = disk_blocks(t->disk);
    uint64_t lba = 0;
    int reason = 0;

    while (lba < end && reason == 0 && !is_stopped(t)) {
        const uint64_t next = skip_volume_holes(t, lba);
        const uint32_t count = (uint32_t)min_u64(end - next, CHUNK_BLOCKS);

        reason = write_zeros(t, lba, next);
        lba = next + count;
        if (count == 0 || reason != 0) break;
        if (load(t, next, count) < 0) return fail_disk(t, err);
        reason = write_chunk(t, next, count);
        tell(t, lba * MEDIA_BLOCK_BYTES);
    }
    if (is_stopped(t)) return stop_export(t, err);
    if (reason == 0 && t->is_regular && fsync(t->fd) < 0) {
        reason = errno;
    }
    if (reason != 0) return fail_file(t, "cannot be written", reason, err);
    tell(t, volume_bytes(t));
    return 0;
}

int disk_export(const struct disk_plain *plain, struct error *err)
{
    struct transfer t = {.plain = plain, .fd = -1, .file = plain->file};
    int status = open_volume(&t, false, err);

    if (strcmp(plain->file, "-") == 0) {
        t.file = "standard output";
    }
    if (status == 0) {
        status = open_output(&t, err);
    }
    if (status == 0) {
        status = export_open(&t, err);
    }
    return finish(&t, status, err);
}
