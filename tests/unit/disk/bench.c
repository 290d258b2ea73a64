/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE

#include "tests/unit/disk/bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/hash.h"
#include "emu/crypto/digest.h"
#include "emu/disk/disk_json.h"

#define BUFFERS    64u
#define FILES_MAX  32u
#define PART_BYTES 1000u

/* ---- Folders ---- */

static int make_folder(void **state, const char *parent)
{
    char *path = NULL;

    if (asprintf(&path, "%s/spacegray-disk-XXXXXX", parent) < 0 || mkdtemp(path) == NULL) return -1;
    *bench_trouble() = (struct bench_trouble){.at = 0};
    *state = path;
    return 0;
}

int bench_setup_empty(void **state)
{
    return make_folder(state, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

int bench_setup(void **state)
{
    if (make_folder(state, "/tmp") < 0) return -1;
    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void bench_remove(const char *path)
{
    (void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int bench_teardown(void **state)
{
    bench_remove(*state);
    free(*state);
    return 0;
}

const char *bench_path(void **state, const char *name)
{
    static char buffers[BUFFERS][BENCH_PATH];
    static unsigned next;
    char *buffer = buffers[next++ % BUFFERS];

    (void)snprintf(buffer, BENCH_PATH, "%s/%s", (const char *)*state, name);
    return buffer;
}

const char *bench_disk(void **state)
{
    return bench_path(state, "d");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Sorted; how many. */
static size_t list(const char *path, char names[FILES_MAX][BENCH_PATH])
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL && count < FILES_MAX) {
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(names[count++], BENCH_PATH, "%s", entry->d_name);
    }
    (void)closedir(folder);
    qsort(names, count, BENCH_PATH, compare_names);
    return count;
}

static void join(char out[2 * BENCH_PATH], const char *path, const char *name)
{
    (void)snprintf(out, (size_t)2 * BENCH_PATH, "%s/%s", path, name);
}

/* Data and where it is; a hole is not read. */
static uint64_t hash_file(uint64_t hash, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    uint64_t offset = 0;
    uint64_t end;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    hash = hash_u64(hash_u64(hash, status.st_mode), (uint64_t)status.st_size);
    while (disk_next_data(fd, &offset, (uint64_t)status.st_size, &end)) {
        void *data = malloc(end - offset);

        assert_non_null(data);
        assert_int_equal(disk_read_at(&disk_host_calls, fd, data, end - offset, offset), 0);
        hash = hash_bytes(hash_u64(hash, offset), data, end - offset);
        free(data);
        offset = end;
    }
    (void)close(fd);
    return hash;
}

uint64_t bench_hash(const char *path)
{
    char names[FILES_MAX][BENCH_PATH];
    const size_t count = list(path, names);
    uint64_t hash = HASH_SEED;

    for (size_t i = 0; i < count; i++) {
        char file[2 * BENCH_PATH];

        join(file, path, names[i]);
        hash = hash_file(hash_string(hash, names[i]), file);
    }
    return hash;
}

void bench_copy_file(const char *from, const char *to)
{
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct stat status;
    uint64_t offset = 0;
    uint64_t end;

    assert_true(in >= 0 && out >= 0);
    assert_int_equal(fstat(in, &status), 0);
    assert_int_equal(fchmod(out, status.st_mode & 07777), 0);
    assert_int_equal(ftruncate(out, status.st_size), 0);
    while (disk_next_data(in, &offset, (uint64_t)status.st_size, &end)) {
        void *data = malloc(end - offset);

        assert_non_null(data);
        assert_int_equal(disk_read_at(&disk_host_calls, in, data, end - offset, offset), 0);
        assert_int_equal(disk_write_at(&disk_host_calls, out, data, end - offset, offset), 0);
        free(data);
        offset = end;
    }
    (void)close(in);
    (void)close(out);
}

void bench_copy(const char *from, const char *to)
{
    char names[FILES_MAX][BENCH_PATH];
    const size_t count = list(from, names);

    assert_int_equal(mkdir(to, 0700), 0);
    for (size_t i = 0; i < count; i++) {
        char source[2 * BENCH_PATH];
        char target[2 * BENCH_PATH];

        join(source, from, names[i]);
        join(target, to, names[i]);
        bench_copy_file(source, target);
    }
}

bool bench_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

uint64_t bench_host_bytes(const char *path)
{
    char names[FILES_MAX][BENCH_PATH];
    const size_t count = list(path, names);
    uint64_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        char file[2 * BENCH_PATH];
        struct stat status;

        join(file, path, names[i]);
        assert_int_equal(stat(file, &status), 0);
        bytes += (uint64_t)status.st_blocks * 512;
    }
    return bytes;
}

bool bench_contains(const char *path, const void *pattern, size_t bytes)
{
    char names[FILES_MAX][BENCH_PATH];
    const size_t count = list(path, names);
    bool is_found = false;

    for (size_t i = 0; i < count; i++) {
        char file[2 * BENCH_PATH];
        struct bench_text text;

        join(file, path, names[i]);
        text = bench_read(file);
        is_found = is_found || memmem(text.data, text.bytes, pattern, bytes) != NULL;
        free(text.data);
    }
    return is_found;
}

/* ---- Files ---- */

struct bench_text bench_read(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct bench_text text;
    struct stat status;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    text.bytes = (size_t)status.st_size;
    text.data = calloc(1, text.bytes + 1);
    assert_non_null(text.data);
    assert_int_equal(disk_read_at(&disk_host_calls, fd, text.data, text.bytes, 0), 0);
    (void)close(fd);
    return text;
}

void bench_write(const char *path, const void *data, size_t bytes)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(disk_write_at(&disk_host_calls, fd, data, bytes, 0), 0);
    (void)close(fd);
}

void bench_poke(const char *path, uint64_t offset, const void *data, size_t bytes)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(disk_write_at(&disk_host_calls, fd, data, bytes, offset), 0);
    (void)close(fd);
}

/* The text with the checksum that it should have. */
static void mend(struct bench_text *text)
{
    json_t *root = json_loadb(text->data, text->bytes, 0, NULL);
    char hex[2 * DIGEST_BYTES + 1];
    uint8_t digest[DIGEST_BYTES];
    char *compact;

    assert_non_null(root);
    (void)json_object_del(root, "checksum");
    compact = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(compact);
    assert_int_equal(digest_sha256(compact, strlen(compact), digest), 0);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    assert_int_equal(json_object_set_new(root, "checksum", json_string(hex)), 0);
    free(compact);
    free(text->data);
    text->data = json_dumps(root, JSON_INDENT(2));
    assert_non_null(text->data);
    text->bytes = strlen(text->data);
    json_decref(root);
}

void bench_edit(const char *path, const char *old, const char *now, bool is_mended)
{
    struct bench_text text = bench_read(path);
    const char *at = strstr(text.data, old);
    struct bench_text edited;
    size_t before;

    assert_non_null(at);
    before = (size_t)(at - text.data);
    edited.bytes = text.bytes - strlen(old) + strlen(now);
    edited.data = calloc(1, edited.bytes + 1);
    assert_non_null(edited.data);
    memcpy(edited.data, text.data, before);
    memcpy(edited.data + before, now, strlen(now));
    memcpy(edited.data + before + strlen(now), at + strlen(old), text.bytes - before - strlen(old));
    if (is_mended) mend(&edited);
    bench_write(path, edited.data, edited.bytes);
    free(edited.data);
    free(text.data);
}

/* ---- Disks ---- */

struct disk_secret bench_secret(const char *text)
{
    return (struct disk_secret){.data = text, .bytes = text == NULL ? 0 : strlen(text)};
}

static void assert_fine(int status, const struct error *err)
{
    if (status == 0) return;
    fail_msg("%s", err->text);
}

void bench_create(const char *path, const struct disk_new *wanted)
{
    struct error err = ERROR_INIT;

    assert_fine(disk_create(path, wanted, &err), &err);
}

struct disk *bench_open(const char *path, const struct disk_options *options)
{
    const struct disk_options keep = {.access = DISK_KEEP};
    struct error err = ERROR_INIT;
    struct disk *disk = disk_open_on(&bench_host, path, options == NULL ? &keep : options, &err);

    assert_fine(disk == NULL ? -1 : 0, &err);
    return disk;
}

void bench_close(struct disk *disk)
{
    struct error err = ERROR_INIT;

    assert_fine(disk_close(disk, &err), &err);
}

void bench_assert_sentence(const struct error *err, const char *path, const char *sentence)
{
    char whole[ERROR_TEXT_BYTES];
    size_t at = 0;

    for (const char *c = sentence; *c != '\0' && at < sizeof(whole) - BENCH_PATH; c++) {
        if (*c == '%') {
            at += (size_t)snprintf(whole + at, sizeof(whole) - at, "%s", path);
        } else {
            whole[at++] = *c;
        }
    }
    whole[at] = '\0';
    assert_string_equal(err->text, whole);
}

void bench_refused(const char *path, const struct disk_options *options, const char *sentence)
{
    const struct disk_options keep = {.access = DISK_KEEP};
    struct error err = ERROR_INIT;
    struct disk *disk = disk_open(path, options == NULL ? &keep : options, &err);

    assert_null(disk);
    assert_int_equal(err.kind, ERROR_HOST);
    bench_assert_sentence(&err, path, sentence);
}

/* ---- A host in trouble ---- */

struct bench_trouble *bench_trouble(void)
{
    static struct bench_trouble trouble;

    return &trouble;
}

/* True when the call shall fail; errno is set. */
static bool is_refused(enum bench_kind kind)
{
    struct bench_trouble *t = bench_trouble();

    if (t->kind != BENCH_ANY && t->kind != kind) return false;
    t->calls++;
    if (t->at == 0 || t->calls < t->at) return false;
    if (t->is_stop) _exit(0);
    errno = t->reason;
    return true;
}

/* Every other transfer is interrupted, and the rest are short. */
static bool is_interrupted(size_t *bytes)
{
    static bool turn;

    if (!bench_trouble()->is_partial) return false;
    turn = !turn;
    if (*bytes > PART_BYTES) {
        *bytes = PART_BYTES;
    }
    errno = EINTR;
    return turn;
}

static int on_open(int folder, const char *name, int flags, mode_t mode)
{
    if ((flags & O_CREAT) != 0 && is_refused(BENCH_ANY)) return -1;
    return openat(folder, name, flags, mode);
}

static ssize_t on_read(int fd, void *data, size_t bytes, off_t offset)
{
    if (is_refused(BENCH_READ) || is_interrupted(&bytes)) return -1;
    return pread(fd, data, bytes, offset);
}

static ssize_t on_write(int fd, const void *data, size_t bytes, off_t offset)
{
    if (is_refused(BENCH_WRITE) || is_interrupted(&bytes)) return -1;
    return pwrite(fd, data, bytes, offset);
}

static int on_allocate(int fd, int mode, off_t offset, off_t bytes)
{
    return is_refused(BENCH_ALLOCATE) ? -1 : fallocate(fd, mode, offset, bytes);
}

static int on_resize(int fd, off_t bytes)
{
    return is_refused(BENCH_ANY) ? -1 : ftruncate(fd, bytes);
}

static int on_sync_data(int fd)
{
    return is_refused(BENCH_SYNC) ? -1 : fdatasync(fd);
}

static int on_sync_all(int fd)
{
    return is_refused(BENCH_SYNC) ? -1 : fsync(fd);
}

static int on_rename(int from_folder, const char *from, int to_folder, const char *to)
{
    return is_refused(BENCH_RENAME) ? -1 : renameat(from_folder, from, to_folder, to);
}

/* Cleaning up works to the end, but a program that was stopped cleans nothing. */
static int on_unlink(int folder, const char *name, int flags)
{
    if (bench_trouble()->is_stop && is_refused(BENCH_ANY)) return -1;
    return unlinkat(folder, name, flags);
}

const struct disk_host bench_host = {
    .open = on_open,
    .read = on_read,
    .write = on_write,
    .allocate = on_allocate,
    .resize = on_resize,
    .sync_data = on_sync_data,
    .sync_all = on_sync_all,
    .rename = on_rename,
    .unlink = on_unlink,
};
