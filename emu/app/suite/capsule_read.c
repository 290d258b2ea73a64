/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens a capsule. What is in it is hostile: the manifest is read first and checked by itself; then come the members that it
 * lists, in its order, and nothing else. Each is written under the name that this program has for it, never under
 * one of the archive, into a new folder that only its owner can enter, and is taken back unless size and hash are right.
 *
 * While the folder is there, signals that would end the program are kept back, so that it does not stay behind.
 */
#define _GNU_SOURCE /* asprintf, mkdtemp, nftw, sigandset */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "emu/app/record_setup.h"
#include "emu/app/suite/capsule_manifest.h"
#include "emu/app/suite/report_internal.h"
#include "emu/app/suite/suite_capsule.h"
#include "emu/base/bits.h"
#include "emu/base/hex.h"
#include "emu/base/utf8.h"
#include "roms/roms.h"

#define PIECE_BYTES    65536u
#define MODE           (S_IRUSR | S_IWUSR)
#define FALLBACK       "/var/tmp"
#define FOLDER_DEPTH   3
#define UTF8_BYTES_MAX 4u

struct unpacker {
    struct archive *archive;
    struct capsule_manifest manifest;
    char *text; /* of the manifest */
    uint8_t *piece;
    int folder; /* descriptor */
    int files;  /* the folder in it */
};

/* ---- The archive ---- */

static int damaged(struct error *err, const char *what)
{
    return error_host(err, "it is damaged: %s", what);
}

static int archive_trouble(struct archive *archive, struct error *err)
{
    const char *why = archive_error_string(archive);

    return damaged(err, why != NULL ? why : "it cannot be unpacked");
}

/* Only the one kind of archive that capsule_write() makes; NULL: no memory, or no file. */
static struct archive *open_archive(const char *path)
{
    struct archive *archive = archive_read_new();

    if (archive != NULL && archive_read_support_format_tar(archive) == ARCHIVE_OK &&
        archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
        archive_read_open_filename(archive, path, PIECE_BYTES) == ARCHIVE_OK) {
        return archive;
    }
    (void)archive_read_free(archive);
    return NULL;
}

/* The next member is a plain file of this name. */
static bool is_plain(struct archive_entry *entry, const char *name)
{
    const char *found = archive_entry_pathname(entry);

    return found != NULL && strcmp(found, name) == 0 && archive_entry_filetype(entry) == AE_IFREG &&
           archive_entry_hardlink(entry) == NULL && archive_entry_symlink(entry) == NULL &&
           archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0 &&
           archive_entry_sparse_count(entry) == 0;
}

static int next_member(struct unpacker *unpacker, const char *name, uint64_t *bytes,
                       struct error *err)
{
    struct archive_entry *entry;
    const int result = archive_read_next_header(unpacker->archive, &entry);

    if (result == ARCHIVE_EOF) return damaged(err, "it ends too early");
    if (result != ARCHIVE_OK) return archive_trouble(unpacker->archive, err);
    if (!is_plain(entry, name)) return damaged(err, "it has other members than its manifest says");
    *bytes = (uint64_t)archive_entry_size(entry);
    return 0;
}

/* Bytes of the present member; 0: there are no more. */
static la_ssize_t read_piece(struct unpacker *unpacker, void *data, size_t bytes, struct error *err)
{
    const la_ssize_t got = archive_read_data(unpacker->archive, data, bytes);

    if (got < 0) (void)archive_trouble(unpacker->archive, err);
    return got;
}

bool capsule_is(const char *path)
{
    struct archive_entry *entry;
    struct archive *archive;
    struct stat info;
    bool is_one;

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    archive = open_archive(path);
    if (archive == NULL) return false;
    is_one = archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
             is_plain(entry, CAPSULE_MANIFEST);
    (void)archive_read_free(archive);
    return is_one;
}

/* ---- The manifest ---- */

static int read_manifest(struct unpacker *unpacker, struct error *err)
{
    uint64_t bytes = 0;
    size_t done = 0;

    if (next_member(unpacker, CAPSULE_MANIFEST, &bytes, err) != 0) return -1;
    if (bytes > CAPSULE_MANIFEST_MAX) return damaged(err, "its manifest is too long");
    unpacker->text = malloc((size_t)bytes + 1);
    if (unpacker->text == NULL) return error_host(err, "out of memory");
    while (done < bytes) {
        const la_ssize_t got =
            read_piece(unpacker, unpacker->text + done, (size_t)bytes - done, err);

        if (got < 0) return -1;
        if (got == 0) return damaged(err, "it ends too early");
        done += (size_t)got;
    }
    return capsule_manifest_read(unpacker->text, done, &unpacker->manifest, err);
}

/* ---- The folder ---- */

/* What the parent has switched off (nohup) stays off: it ends nothing. */
static void ending_signals(sigset_t *set)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    (void)sigemptyset(set);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct sigaction present;

        if (sigaction(numbers[i], NULL, &present) == 0 && present.sa_handler == SIG_IGN) continue;
        (void)sigaddset(set, numbers[i]);
    }
}

struct capsule_signals {
    sigset_t before;
};

static int keep_signals(struct capsule *capsule)
{
    sigset_t set;

    capsule->signals = malloc(sizeof(*capsule->signals));
    if (capsule->signals == NULL) return -1;
    ending_signals(&set);
    return sigprocmask(SIG_BLOCK, &set, &capsule->signals->before);
}

static bool is_interrupted(void)
{
    sigset_t set;
    sigset_t pending;

    ending_signals(&set);
    return sigpending(&pending) == 0 && sigandset(&set, &set, &pending) == 0 &&
           !sigisemptyset(&set);
}

/* free() it; NULL: no memory. */
static char *join(const char *folder, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", folder, name) >= 0 ? path : NULL;
}

static int make_folder(struct capsule *capsule, struct unpacker *unpacker, struct error *err)
{
    const char *told = getenv("TMPDIR");
    const char *where = told != NULL && told[0] != '\0' ? told : FALLBACK;
    char *folder = join(where, "spacegray-capsule-XXXXXX");

    if (folder == NULL) return error_host(err, "out of memory");
    if (mkdtemp(folder) == NULL) {
        free(folder);
        return error_host(err, "%s: no room to unpack it: %s", where, strerror(errno));
    }
    capsule->folder = folder;
    capsule->files = join(folder, "files");
    capsule->recording = join(folder, CAPSULE_RECORDING);
    if (capsule->files == NULL || capsule->recording == NULL) {
        return error_host(err, "out of memory");
    }
    unpacker->folder = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (unpacker->folder < 0 || mkdirat(unpacker->folder, "files", S_IRWXU) != 0) {
        return error_host(err, "%s: %s", folder, strerror(errno));
    }
    unpacker->files = openat(unpacker->folder, "files", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    return unpacker->files >= 0 ? 0 : error_host(err, "%s: %s", capsule->files, strerror(errno));
}

/* Sizes are what somebody says: not all room of the host is filled before the first lie is found. */
static int check_room(const struct capsule *capsule, const struct unpacker *unpacker,
                      struct error *err)
{
    struct statvfs info;
    uint64_t bytes = 0;

    for (size_t i = 0; i < unpacker->manifest.member_count; i++) {
        bytes += unpacker->manifest.members[i].bytes;
    }
    if (fstatvfs(unpacker->folder, &info) != 0) return 0;
    if (bytes / max_u64(info.f_frsize, 1) < info.f_bavail) return 0;
    return error_host(err, "%s: no room to unpack it, %" PRIu64 " MiB", capsule->folder,
                      bytes >> 20);
}

/* ---- Members ---- */

static int write_all(int fd, const uint8_t *data, size_t bytes, struct error *err)
{
    while (bytes > 0) {
        const ssize_t put = write(fd, data, bytes);

        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            return error_host(err, "it cannot be unpacked: %s",
                              strerror(put == 0 ? ENOSPC : errno));
        }
        data += put;
        bytes -= (size_t)put;
    }
    return 0;
}

static int copy_member(struct unpacker *unpacker, int fd, const struct capsule_member *member,
                       struct digest_stream *digest, struct error *err)
{
    uint64_t left = member->bytes;

    while (left > 0) {
        const la_ssize_t got =
            read_piece(unpacker, unpacker->piece, (size_t)min_u64(left, PIECE_BYTES), err);

        if (got < 0) return -1;
        if (got == 0) return damaged(err, "it ends too early");
        if (is_interrupted()) return error_host(err, "interrupted");
        if (digest_stream_add(digest, unpacker->piece, (size_t)got) != 0) {
            return error_host(err, "out of memory");
        }
        if (write_all(fd, unpacker->piece, (size_t)got, err) != 0) return -1;
        left -= (uint64_t)got;
    }
    return 0;
}

static int check_hash(const struct capsule_member *member, struct digest_stream *digest,
                      struct error *err)
{
    uint8_t hash[DIGEST_BYTES];
    char hex[CAPSULE_HEX_BYTES];

    if (digest_stream_finish(digest, hash) != 0) return error_host(err, "out of memory");
    hex_put(hash, sizeof(hash), hex);
    if (strcmp(hex, member->sha256) == 0) return 0;
    return error_host(err, "it is damaged: the SHA-256 of %s is wrong", member->name);
}

static int unpack_member(struct unpacker *unpacker, const struct capsule_member *member,
                         struct error *err)
{
    const size_t prefix = strlen(CAPSULE_FILES);
    const bool is_file = strncmp(member->name, CAPSULE_FILES, prefix) == 0;
    struct digest_stream *digest;
    uint64_t bytes = 0;
    int result;
    int fd;

    if (next_member(unpacker, member->name, &bytes, err) != 0) return -1;
    if (bytes != member->bytes) return damaged(err, "a member has another size than it says");
    fd =
        is_file
            ? openat(unpacker->files, member->sha256, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE)
            : openat(unpacker->folder, member->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    if (fd < 0) return error_host(err, "it cannot be unpacked: %s", strerror(errno));
    digest = digest_stream_create();
    result = digest != NULL ? copy_member(unpacker, fd, member, digest, err)
                            : error_host(err, "out of memory");
    if (result == 0) result = check_hash(member, digest, err);
    digest_stream_destroy(digest);
    if (close(fd) != 0 && result == 0) {
        result = error_host(err, "it cannot be unpacked: %s", strerror(errno));
    }
    return result;
}

static int unpack_members(struct unpacker *unpacker, struct error *err)
{
    struct archive_entry *entry;

    for (size_t i = 0; i < unpacker->manifest.member_count; i++) {
        if (unpack_member(unpacker, &unpacker->manifest.members[i], err) != 0) return -1;
    }
    switch (archive_read_next_header(unpacker->archive, &entry)) {
    case ARCHIVE_EOF: return 0;
    case ARCHIVE_OK: return damaged(err, "it has more members than its manifest says");
    default: return archive_trouble(unpacker->archive, err);
    }
}

/* ---- What is made of them ---- */

/* The built-in firmware of the program that made the capsule, when it is not that of this one. */
static int choose_rom(struct unpacker *unpacker, struct error *err)
{
    const char *wanted = unpacker->manifest.rom;
    uint8_t hash[DIGEST_BYTES];
    char hex[CAPSULE_HEX_BYTES];

    if (digest_sha256(rom_firmware, (size_t)(rom_firmware_end - rom_firmware), hash) != 0) {
        return error_host(err, "out of memory");
    }
    hex_put(hash, sizeof(hash), hex);
    if (strcmp(hex, wanted) == 0) return 0;
    if (linkat(unpacker->files, wanted, unpacker->files, RECORD_SETUP_ROM, 0) == 0) return 0;
    return errno == ENOENT ? damaged(err, "its firmware is missing")
                           : error_host(err, "it cannot be unpacked: %s", strerror(errno));
}

static int write_password(struct capsule *capsule, const struct unpacker *unpacker,
                          struct error *err)
{
    const char *password = unpacker->manifest.password;
    int result;
    int fd;

    if (password[0] == '\0') return 0;
    capsule->password = join(capsule->folder, "password");
    if (capsule->password == NULL) return error_host(err, "out of memory");
    fd = openat(unpacker->folder, "password", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    if (fd < 0) return error_host(err, "it cannot be unpacked: %s", strerror(errno));
    result = write_all(fd, (const uint8_t *)password, strlen(password), err);
    if (close(fd) != 0 && result == 0) {
        result = error_host(err, "it cannot be unpacked: %s", strerror(errno));
    }
    return result;
}

/* As it can be shown on a terminal; free() it. NULL: no memory. */
static char *showable(const char *text)
{
    char *clean = malloc(UTF8_BYTES_MAX * strlen(text) + 1);
    size_t used = 0;
    uint32_t letter;

    while (clean != NULL && report_letter(&text, &letter)) {
        used += utf8_encode(report_plain(letter), clean + used);
    }
    if (clean != NULL) clean[used] = '\0';
    return clean;
}

static int describe(struct capsule *capsule, const struct capsule_manifest *manifest,
                    struct error *err)
{
    const struct suite_result *result = &manifest->result;
    char *text = NULL;

    if (asprintf(&text, "%s:%s %s (%s, line %u of %s): %s", manifest->suite, manifest->test,
                 suite_outcome_name(result->outcome), suite_failure_name(result->failure),
                 result->line, manifest->file, result->sentence) < 0) {
        return error_host(err, "out of memory");
    }
    capsule->sentence = showable(text);
    free(text);
    capsule->seq = result->seq;
    capsule->has_password = manifest->password[0] != '\0';
    return capsule->sentence != NULL ? 0 : error_host(err, "out of memory");
}

/* ---- Life ---- */

static int unpack(struct capsule *capsule, struct unpacker *unpacker, struct error *err)
{
    unpacker->piece = malloc(PIECE_BYTES);
    if (unpacker->piece == NULL) return error_host(err, "out of memory");
    if (read_manifest(unpacker, err) != 0 || make_folder(capsule, unpacker, err) != 0 ||
        check_room(capsule, unpacker, err) != 0 || unpack_members(unpacker, err) != 0 ||
        choose_rom(unpacker, err) != 0 || write_password(capsule, unpacker, err) != 0) {
        return -1;
    }
    return describe(capsule, &unpacker->manifest, err);
}

int capsule_open(const char *path, struct capsule *capsule, struct error *err)
{
    struct unpacker *unpacker = calloc(1, sizeof(*unpacker));
    struct error why = ERROR_INIT;
    int result = -1;

    *capsule = (struct capsule){.folder = NULL};
    if (unpacker == NULL) return error_host(err, "out of memory");
    unpacker->folder = -1;
    unpacker->files = -1;
    /* A limit of the user's is trouble like a full disk. */
    (void)signal(SIGXFSZ, SIG_IGN);
    unpacker->archive = keep_signals(capsule) == 0 ? open_archive(path) : NULL;
    if (unpacker->archive == NULL) {
        (void)error_host(&why, "it cannot be opened");
    } else {
        result = unpack(capsule, unpacker, &why);
    }
    (void)archive_read_free(unpacker->archive);
    if (unpacker->files >= 0) (void)close(unpacker->files);
    if (unpacker->folder >= 0) (void)close(unpacker->folder);
    free(unpacker->piece);
    free(unpacker->text);
    free(unpacker);
    if (result == 0) return 0;
    capsule_close(capsule);
    return error_host(err, "%s: %s", path, why.text);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    (void)remove(path);
    return 0;
}

void capsule_leave(struct capsule *capsule)
{
    if (capsule->folder != NULL) {
        (void)nftw(capsule->folder, remove_one, FOLDER_DEPTH, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    }
    free(capsule->folder);
    free(capsule->files);
    free(capsule->recording);
    free(capsule->password);
    capsule->folder = NULL;
    capsule->files = NULL;
    capsule->recording = NULL;
    capsule->password = NULL;
    if (capsule->signals != NULL) {
        (void)sigprocmask(SIG_SETMASK, &capsule->signals->before, NULL);
    }
    free(capsule->signals);
    capsule->signals = NULL;
}

void capsule_close(struct capsule *capsule)
{
    capsule_leave(capsule);
    free(capsule->sentence);
    *capsule = (struct capsule){.folder = NULL};
}
