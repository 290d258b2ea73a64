/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: capsule_tool make CAPSULE RECORDING SUITE [KEY=VALUE...]
 *        capsule_tool unpack CAPSULE FOLDER
 *        capsule_tool pack CAPSULE NAME=FILE|NAME@LINK|NAME%HARDLINK|NAME/|NAME!BYTES...
 *
 * For capsule_test: a capsule as capsule_write() makes it of a recording; any archive of the same kind taken apart; any put
 * together: files, symbolic and hard links, folders, and heads that promise bytes which do not follow.
 */
#define _GNU_SOURCE /* asprintf */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/app/suite/suite_capsule.h"
#include "emu/base/bits.h"

#define PIECE_BYTES 65536

static int complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "capsule_tool: %s: %s\n", what, why);
    return 1;
}

/* ---- make ---- */

struct wishes {
    struct suite suite;
    struct suite_machine machine;
    struct suite_test test;
    struct suite_result result;
    struct capsule_content content;
};

static void wish(struct wishes *wishes, char *text)
{
    char *value = strchr(text, '=');

    if (value == NULL) return;
    *value++ = '\0';
    if (strcmp(text, "seq") == 0) {
        wishes->result.seq = strtoull(value, NULL, 0);
    } else if (strcmp(text, "sentence") == 0) {
        (void)snprintf(wishes->result.sentence, sizeof(wishes->result.sentence), "%s", value);
    } else if (strcmp(text, "host_ns") == 0) {
        wishes->result.host_ns = strtoull(value, NULL, 0);
    } else if (strcmp(text, "serial") == 0) {
        wishes->content.serial = value;
    } else if (strcmp(text, "picture") == 0) {
        wishes->content.picture = value;
    } else if (strcmp(text, "password") == 0) {
        wishes->machine.password = value;
    } else if (strcmp(text, "whole") == 0) {
        wishes->content.is_whole = strcmp(value, "yes") == 0;
    }
}

static int make(int argc, char **argv)
{
    struct wishes *wishes = calloc(1, sizeof(*wishes));
    struct error err = ERROR_INIT;
    int result;

    if (argc < 3 || wishes == NULL) return complain("make", "CAPSULE RECORDING SUITE");
    wishes->suite =
        (struct suite){.path = argv[2], .name = "made", .tests = &wishes->test, .test_count = 1};
    wishes->test =
        (struct suite_test){.name = "fails", .machine = &wishes->machine, .provider = SIZE_MAX};
    wishes->result = (struct suite_result){.outcome = SUITE_FAILED,
                                           .failure = SUITE_ASSERT,
                                           .line = 7,
                                           .sentence = "wanted this, and got that",
                                           .tries = 1};
    wishes->content = (struct capsule_content){.suite = &wishes->suite,
                                               .test = &wishes->test,
                                               .result = &wishes->result,
                                               .recording = argv[1],
                                               .is_whole = true};
    for (int i = 3; i < argc; i++) {
        wish(wishes, argv[i]);
    }
    result = capsule_write(argv[0], &wishes->content, &err);
    free(wishes);
    return result == 0 ? 0 : complain("make", err.text);
}

/* ---- unpack ---- */

static int unpack_one(struct archive *archive, struct archive_entry *entry, const char *folder)
{
    uint8_t piece[PIECE_BYTES];
    char *path = NULL;
    la_ssize_t got;
    FILE *file;

    (void)printf("%s %lld %lld %lld %o %lld\n", archive_entry_pathname(entry),
                 (long long)archive_entry_size(entry), (long long)archive_entry_uid(entry),
                 (long long)archive_entry_gid(entry), (unsigned)archive_entry_perm(entry),
                 (long long)archive_entry_mtime(entry));
    if (asprintf(&path, "%s/%s", folder, archive_entry_pathname(entry)) < 0) return 1;
    file = fopen(path, "w");
    free(path);
    if (file == NULL) return complain(archive_entry_pathname(entry), strerror(errno));
    while ((got = archive_read_data(archive, piece, sizeof(piece))) > 0) {
        (void)fwrite(piece, 1, (size_t)got, file);
    }
    return fclose(file) != 0 || got < 0 ? 1 : 0;
}

static int unpack(int argc, char **argv)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    char *files = NULL;
    int result = 0;

    if (argc != 2 || asprintf(&files, "%s/files", argv[1]) < 0) return 2;
    (void)mkdir(files, S_IRWXU);
    free(files);
    (void)archive_read_support_format_tar(archive);
    (void)archive_read_support_filter_zstd(archive);
    if (archive_read_open_filename(archive, argv[0], PIECE_BYTES) != ARCHIVE_OK) {
        return complain(argv[0], archive_error_string(archive));
    }
    while (result == 0 && archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        result = unpack_one(archive, entry, argv[1]);
    }
    (void)archive_read_free(archive);
    return result;
}

/* ---- pack ---- */

static int pack_file(struct archive *archive, struct archive_entry *entry, const char *path)
{
    uint8_t piece[PIECE_BYTES];
    FILE *file = fopen(path, "r");
    struct stat info;
    size_t got;

    if (file == NULL || fstat(fileno(file), &info) != 0) return complain(path, strerror(errno));
    archive_entry_set_size(entry, info.st_size);
    archive_entry_set_filetype(entry, AE_IFREG);
    if (archive_write_header(archive, entry) != ARCHIVE_OK) {
        return complain(path, archive_error_string(archive));
    }
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
        (void)archive_write_data(archive, piece, got);
    }
    return fclose(file);
}

static int pack_one(struct archive *archive, char *item)
{
    struct archive_entry *entry = archive_entry_new();
    char *kind = strpbrk(item, "=@%!");
    const char *value = kind != NULL ? kind + 1 : "";
    char what = '/';
    int result = ARCHIVE_OK;

    if (kind != NULL) {
        what = *kind;
        *kind = '\0';
    }
    archive_entry_set_pathname(entry, item);
    archive_entry_set_perm(entry, S_IRUSR | S_IWUSR);
    switch (what) {
    case '=': result = pack_file(archive, entry, value); break;
    case '@':
        archive_entry_set_filetype(entry, AE_IFLNK);
        archive_entry_set_symlink(entry, value);
        result = archive_write_header(archive, entry);
        break;
    case '%':
        archive_entry_set_hardlink(entry, value);
        result = archive_write_header(archive, entry);
        break;
    case '!': /* archive_write_close() fills it up with zeros */
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_size(entry, strtoll(value, NULL, 0));
        result = archive_write_header(archive, entry);
        break;
    default:
        archive_entry_set_filetype(entry, AE_IFDIR);
        result = archive_write_header(archive, entry);
        break;
    }
    archive_entry_free(entry);
    return result == ARCHIVE_OK ? 0 : complain(item, "it cannot be packed");
}

static int pack(int argc, char **argv)
{
    struct archive *archive = archive_write_new();
    int result = 0;

    if (argc < 1) return complain("pack", "CAPSULE ITEMS...");
    (void)archive_write_set_format_pax_restricted(archive);
    (void)archive_write_add_filter_zstd(archive);
    if (archive_write_open_filename(archive, argv[0]) != ARCHIVE_OK) {
        return complain(argv[0], archive_error_string(archive));
    }
    for (int i = 1; i < argc && result == 0; i++) {
        result = pack_one(archive, argv[i]);
    }
    if (archive_write_close(archive) != ARCHIVE_OK) result = 1;
    (void)archive_write_free(archive);
    return result;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } actions[] = {{"make", make}, {"unpack", unpack}, {"pack", pack}};

    for (size_t i = 0; argc > 2 && i < ARRAY_LEN(actions); i++) {
        if (strcmp(argv[1], actions[i].name) == 0) return actions[i].run(argc - 2, argv + 2);
    }
    return complain("usage", "make, unpack or pack");
}
