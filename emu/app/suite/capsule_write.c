/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a capsule. Its members are read twice: first for their hashes, which stand in front of them in the manifest. Owner
 * and times are nobody's and none, so the same run gives the same bytes.
 */
#define _GNU_SOURCE /* SIGXFSZ, asprintf, mkostemp, open_memstream */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/record_setup.h"
#include "emu/app/suite/capsule_manifest.h"
#include "emu/app/suite/suite_capsule.h"
#include "emu/base/bits.h"
#include "emu/base/hex.h"
#include "emu/debug/replay/recording.h"
#include "emu/debug/trace/export.h"
#include "roms/roms.h"

#define PIECE_BYTES  65536u
#define TRACE_EVENTS 200u
#define PART_SUFFIX  ".part" /* docs/formats/recording.md */
#define MODE         (S_IRUSR | S_IWUSR)

/* Where a member comes from: a file, or memory. */
struct source {
    char *path; /* owned; NULL: `data` */
    const void *data;
};

struct packer {
    const struct capsule_content *content;
    char *path; /* of the recording */
    struct capsule_manifest manifest;
    struct source sources[CAPSULE_MEMBERS_MAX]; /* of the manifest's members */
    struct recording *recording;
    char *trace;
    bool has_rom; /* the setup names its firmware */
    uint8_t *piece;
    struct archive *archive;
};

/* ---- Members ---- */

/* Hash and size of all that can be read. */
static int measure_fd(struct packer *packer, int fd, struct digest_stream *digest, uint64_t *bytes)
{
    for (;;) {
        const ssize_t got = read(fd, packer->piece, PIECE_BYTES);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return (int)got;
        if (digest_stream_add(digest, packer->piece, (size_t)got) != 0) return -1;
        *bytes += (uint64_t)got;
        if (*bytes > CAPSULE_MEMBER_MAX) {
            errno = EFBIG;
            return -1;
        }
    }
}

/* 0 with the member's size and hash; 1: there is no such file; -1 with `err`. */
static int measure(struct packer *packer, const char *path, struct capsule_member *member,
                   struct error *err)
{
    struct digest_stream *digest = digest_stream_create();
    uint8_t hash[DIGEST_BYTES] = {0};
    struct stat info;
    int fd = -1;
    int result = -1;

    errno = ENOMEM;
    if (digest != NULL) fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        result = 1;
    } else if (fd >= 0 && fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
        result = error_host(err, "%s: it has to be a regular file", path);
    } else if (fd < 0 || measure_fd(packer, fd, digest, &member->bytes) != 0 ||
               digest_stream_finish(digest, hash) != 0) {
        result = error_host(err, "%s: %s", path, strerror(errno));
    } else {
        result = 0;
    }
    hex_put(hash, sizeof(hash), member->sha256);
    if (fd >= 0) (void)close(fd);
    digest_stream_destroy(digest);
    return result;
}

/* Room for one more at `index`. */
static struct capsule_member *insert(struct packer *packer, size_t index)
{
    struct capsule_manifest *manifest = &packer->manifest;
    const size_t behind = manifest->member_count - index;

    if (manifest->member_count == CAPSULE_MEMBERS_MAX) return NULL;
    memmove(&manifest->members[index + 1], &manifest->members[index],
            behind * sizeof(manifest->members[0]));
    memmove(&packer->sources[index + 1], &packer->sources[index],
            behind * sizeof(packer->sources[0]));
    manifest->member_count++;
    manifest->members[index] = (struct capsule_member){.bytes = 0};
    packer->sources[index] = (struct source){.path = NULL};
    return &manifest->members[index];
}

static int add_path(struct packer *packer, const struct capsule_member *measured, const char *path,
                    struct error *err)
{
    const size_t index = packer->manifest.member_count;
    struct capsule_member *member = insert(packer, index);

    if (member == NULL) return error_host(err, "%s: a capsule has no room for so many files", path);
    *member = *measured;
    packer->sources[index].path = strdup(path);
    return packer->sources[index].path != NULL ? 0 : error_host(err, "out of memory");
}

/* A file that may be missing when the run ended in the middle. NULL: there was none to begin with. */
static int add_file(struct packer *packer, const char *name, const char *path, struct error *err)
{
    struct capsule_member member = {.bytes = 0};
    int result;

    if (path == NULL) return 0;
    (void)snprintf(member.name, sizeof(member.name), "%s", name);
    result = measure(packer, path, &member, err);
    if (result == 0) result = add_path(packer, &member, path, err);
    return result < 0 ? -1 : 0;
}

static int add_memory(struct packer *packer, size_t index, const char *name, const void *data,
                      size_t bytes)
{
    struct capsule_member *member = insert(packer, index);
    uint8_t hash[DIGEST_BYTES];

    if (member == NULL || digest_sha256(data, bytes, hash) != 0) return -1;
    (void)snprintf(member->name, sizeof(member->name), "%s", name);
    member->bytes = bytes;
    hex_put(hash, sizeof(hash), member->sha256);
    packer->sources[index].data = data;
    return 0;
}

/* ---- Files of the machine, behind the recording, by their hashes ---- */

/* Where a file belongs; SIZE_MAX: it is there already. */
static size_t place_of(const struct packer *packer, const char *name)
{
    size_t index = 1;

    while (index < packer->manifest.member_count) {
        const int order = strcmp(packer->manifest.members[index].name, name);

        if (order == 0) return SIZE_MAX;
        if (order > 0) break;
        index++;
    }
    return index;
}

static void name_file(const char *sha256, char name[CAPSULE_NAME_BYTES])
{
    (void)snprintf(name, CAPSULE_NAME_BYTES, CAPSULE_FILES "%s", sha256);
}

static int take_file(void *ctx, const struct record_file *file, struct error *err)
{
    struct packer *packer = ctx;
    struct capsule_member measured = {.bytes = 0};
    struct capsule_member *member;
    size_t index;

    if (strcmp(file->option, "rom") == 0) {
        packer->has_rom = true;
        (void)snprintf(packer->manifest.rom, sizeof(packer->manifest.rom), "%s", file->sha256);
    }
    name_file(file->sha256, measured.name);
    index = place_of(packer, measured.name);
    if (index == SIZE_MAX) return 0;
    switch (measure(packer, file->path, &measured, err)) {
    case 0: break;
    case 1: return error_host(err, "%s (--%s) is gone", file->path, file->option);
    default: return -1;
    }
    if (strcmp(measured.sha256, file->sha256) != 0) {
        return error_host(err, "%s (--%s) is not the file any more that the run was made with",
                          file->path, file->option);
    }
    member = insert(packer, index);
    if (member == NULL) return error_host(err, "%s: too many files", file->path);
    *member = measured;
    packer->sources[index].path = strdup(file->path);
    return packer->sources[index].path != NULL ? 0 : error_host(err, "out of memory");
}

static int add_built_in_rom(struct packer *packer, struct error *err)
{
    const size_t bytes = (size_t)(rom_firmware_end - rom_firmware);
    char name[CAPSULE_NAME_BYTES];
    uint8_t hash[DIGEST_BYTES];
    size_t index;

    if (packer->has_rom) return 0;
    if (digest_sha256(rom_firmware, bytes, hash) != 0) return error_host(err, "out of memory");
    hex_put(hash, sizeof(hash), packer->manifest.rom);
    name_file(packer->manifest.rom, name);
    index = place_of(packer, name);
    if (index == SIZE_MAX || add_memory(packer, index, name, rom_firmware, bytes) == 0) return 0;
    return error_host(err, "out of memory");
}

/* ---- The last events ---- */

static int add_trace(struct packer *packer, struct error *err)
{
    const struct trace_items items = trace_log_items(recording_events(packer->recording));
    size_t bytes = 0;
    FILE *file = open_memstream(&packer->trace, &bytes);
    struct trace_item item;
    uint64_t first;
    uint64_t last;

    if (file == NULL) return error_host(err, "out of memory");
    items.range(items.ctx, &first, &last);
    if (last - first >= TRACE_EVENTS && last >= first) {
        first = last - TRACE_EVENTS + 1;
    }
    for (uint64_t seq = first; seq <= last && items.get(items.ctx, seq, &item); seq++) {
        export_json_item(&item, file);
    }
    if (fclose(file) == 0 && add_memory(packer, packer->manifest.member_count, CAPSULE_TRACE,
                                        packer->trace, bytes) == 0) {
        return 0;
    }
    return error_host(err, "out of memory");
}

/* ---- Gathering ---- */

/* What a suite says openly; one that is in a file of its own stays there. */
static void keep_password(struct packer *packer)
{
    const struct suite *suite = packer->content->suite;
    const struct suite_test *test = packer->content->test;
    const char *password;

    for (size_t steps = 0; steps < suite->test_count && test->provider < suite->test_count;
         steps++) {
        test = &suite->tests[test->provider];
    }
    password = test->machine != NULL ? test->machine->password : NULL;
    if (password == NULL || strlen(password) > CAPSULE_PASSWORD_MAX || strchr(password, '\n'))
        return;
    (void)snprintf(packer->manifest.password, sizeof(packer->manifest.password), "%s", password);
}

static void describe(struct packer *packer)
{
    const struct capsule_content *content = packer->content;
    struct capsule_manifest *manifest = &packer->manifest;

    (void)snprintf(manifest->spacegray, sizeof(manifest->spacegray), "%s", app_version());
    (void)snprintf(manifest->unicorn, sizeof(manifest->unicorn), "%s", SPACEGRAY_UNICORN_VERSION);
    (void)snprintf(manifest->suite, sizeof(manifest->suite), "%s", content->suite->name);
    (void)snprintf(manifest->file, sizeof(manifest->file), "%s", content->suite->path);
    (void)snprintf(manifest->test, sizeof(manifest->test), "%s", content->test->name);
    manifest->is_whole = content->is_whole;
    manifest->result = *content->result;
    keep_password(packer);
}

/* An emulator that died leaves it under the name that it has until it is whole. */
static int find_recording(struct packer *packer)
{
    const char *path = packer->content->recording;
    char *part = NULL;

    if (asprintf(&part, "%s" PART_SUFFIX, path) < 0) return -1;
    if (access(path, F_OK) != 0 && access(part, F_OK) == 0) {
        packer->path = part;
        return 0;
    }
    free(part);
    packer->path = strdup(path);
    return packer->path != NULL ? 0 : -1;
}

static int gather(struct packer *packer, struct error *err)
{
    const struct capsule_content *content = packer->content;

    describe(packer);
    packer->piece = malloc(PIECE_BYTES);
    if (packer->piece == NULL || find_recording(packer) != 0) {
        return error_host(err, "out of memory");
    }
    packer->recording = recording_open(packer->path, err);
    if (packer->recording == NULL || add_file(packer, CAPSULE_RECORDING, packer->path, err) != 0 ||
        record_setup_each_file(recording_head(packer->recording)->setup, take_file, packer, err) !=
            0 ||
        add_built_in_rom(packer, err) != 0) {
        return -1;
    }
    if (add_file(packer, CAPSULE_SERIAL, content->serial, err) != 0 ||
        add_file(packer, CAPSULE_PICTURE, content->picture, err) != 0) {
        return -1;
    }
    if (add_trace(packer, err) != 0) return -1;
    return add_file(packer, CAPSULE_SUITE, content->suite->path, err);
}

/* ---- Packing ---- */

static int trouble(struct packer *packer, struct error *err)
{
    const int reason = archive_errno(packer->archive);

    return error_host(err, "%s",
                      reason > 0 ? strerror(reason) : archive_error_string(packer->archive));
}

static int put_head(struct packer *packer, const char *name, uint64_t bytes, struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    int result = ARCHIVE_FATAL;

    if (entry == NULL) return error_host(err, "out of memory");
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)bytes);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, MODE);
    archive_entry_set_mtime(entry, 0, 0);
    result = archive_write_header(packer->archive, entry);
    archive_entry_free(entry);
    return result == ARCHIVE_OK ? 0 : trouble(packer, err);
}

static int put_data(struct packer *packer, const void *data, size_t bytes, struct error *err)
{
    if (bytes == 0) return 0;
    return archive_write_data(packer->archive, data, bytes) == (la_ssize_t)bytes
               ? 0
               : trouble(packer, err);
}

/* As many bytes as there were when it was measured. */
static int put_file(struct packer *packer, const char *path, uint64_t bytes, struct error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int result = 0;

    if (fd < 0) return error_host(err, "%s: %s", path, strerror(errno));
    while (bytes > 0 && result == 0) {
        const size_t part = (size_t)min_u64(bytes, PIECE_BYTES);
        const ssize_t got = read(fd, packer->piece, part);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            result = error_host(err, "%s: it has become shorter", path);
        } else {
            result = put_data(packer, packer->piece, (size_t)got, err);
            bytes -= (uint64_t)got;
        }
    }
    (void)close(fd);
    return result;
}

static int put_members(struct packer *packer, struct error *err)
{
    const struct capsule_manifest *manifest = &packer->manifest;
    char *text = capsule_manifest_write(manifest);
    int result;

    if (text == NULL) return error_host(err, "out of memory");
    result = put_head(packer, CAPSULE_MANIFEST, strlen(text), err);
    if (result == 0) result = put_data(packer, text, strlen(text), err);
    for (size_t i = 0; i < manifest->member_count && result == 0; i++) {
        const struct capsule_member *member = &manifest->members[i];
        const struct source *source = &packer->sources[i];

        result = put_head(packer, member->name, member->bytes, err);
        if (result != 0) break;
        result = source->path != NULL ? put_file(packer, source->path, member->bytes, err)
                                      : put_data(packer, source->data, (size_t)member->bytes, err);
    }
    free(text);
    return result;
}

static int pack(struct packer *packer, int fd, struct error *err)
{
    int result;

    packer->archive = archive_write_new();
    if (packer->archive == NULL) return error_host(err, "out of memory");
    if (archive_write_set_format_ustar(packer->archive) != ARCHIVE_OK ||
        archive_write_add_filter_zstd(packer->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(packer->archive, 1) != ARCHIVE_OK ||
        archive_write_open_fd(packer->archive, fd) != ARCHIVE_OK) {
        result = trouble(packer, err);
    } else {
        result = put_members(packer, err);
        /* What is in its buffers is written here; after trouble it would be tried again. */
        if (result != 0) (void)archive_write_fail(packer->archive);
        if (archive_write_close(packer->archive) != ARCHIVE_OK && result == 0) {
            result = trouble(packer, err);
        }
    }
    (void)archive_write_free(packer->archive);
    return result;
}

/* Beside its place, and then there: a run that is disturbed leaves what was there before. */
static int write_file(struct packer *packer, const char *path, char *part, struct error *err)
{
    const int fd = mkostemp(part, O_CLOEXEC);
    int result;

    if (fd < 0) return error_host(err, "%s", strerror(errno));
    result = pack(packer, fd, err);
    if (result == 0 && fdatasync(fd) != 0) result = error_host(err, "%s", strerror(errno));
    if (close(fd) != 0) result = error_host(err, "%s", strerror(errno));
    if (result == 0 && rename(part, path) != 0) result = error_host(err, "%s", strerror(errno));
    if (result != 0) (void)unlink(part);
    return result;
}

int capsule_write(const char *path, const struct capsule_content *content, struct error *err)
{
    struct packer *packer = calloc(1, sizeof(*packer));
    struct error why = ERROR_INIT;
    struct error nobody = ERROR_INIT;
    char *part = NULL;
    int result = -1;

    if (packer == NULL || asprintf(&part, "%s.XXXXXX", path) < 0) {
        free(packer);
        return error_host(err, "out of memory");
    }
    packer->content = content;
    /* A limit of the user's is trouble like a full disk, and no reason to die. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (gather(packer, &why) == 0) result = write_file(packer, path, part, &why);
    for (size_t i = 0; i < packer->manifest.member_count; i++) {
        free(packer->sources[i].path);
    }
    /* Nothing was written to it. */
    (void)!recording_close(packer->recording, &nobody);
    free(packer->trace);
    free(packer->path);
    free(packer->piece);
    free(packer);
    free(part);
    return result == 0 ? 0 : error_host(err, "cannot write the capsule %s: %s", path, why.text);
}
