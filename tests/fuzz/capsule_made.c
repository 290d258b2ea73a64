/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* memfd_create */

#include "tests/fuzz/capsule_made.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/base/bug.h"
#include "emu/base/hex.h"
#include "roms/roms.h"

static size_t rom_bytes(void)
{
    return (size_t)(rom_firmware_end - rom_firmware);
}

static void hash(const void *data, size_t bytes, char hex[CAPSULE_HEX_BYTES])
{
    uint8_t digest[DIGEST_BYTES];

    BUG_ON(digest_sha256(data, bytes, digest) != 0);
    hex_put(digest, sizeof(digest), hex);
}

static void add(struct capsule_manifest *manifest, const char *name, const void *data, size_t bytes)
{
    struct capsule_member *member = &manifest->members[manifest->member_count++];

    (void)snprintf(member->name, sizeof(member->name), "%s", name);
    member->bytes = bytes;
    hash(data, bytes, member->sha256);
}

void capsule_made_manifest(struct capsule_manifest *manifest, const uint8_t *data, size_t bytes)
{
    char name[CAPSULE_NAME_BYTES];

    *manifest = (struct capsule_manifest){
        .spacegray = "1",
        .unicorn = "2",
        .suite = "s",
        .file = "/x/s.yaml",
        .test = "t",
        .password = "p",
        .is_whole = true,
        .result = {.outcome = SUITE_FAILED, .failure = SUITE_ASSERT, .sentence = "why"},
    };
    hash(rom_firmware, rom_bytes(), manifest->rom);
    add(manifest, CAPSULE_RECORDING, data, bytes);
    hash(data, bytes, manifest->members[1].sha256);
    (void)snprintf(name, sizeof(name), CAPSULE_FILES "%s", manifest->members[1].sha256);
    add(manifest, name, data, bytes);
    add(manifest, CAPSULE_SERIAL, data, bytes);
    add(manifest, CAPSULE_TRACE, "", 0);
}

static void put(struct archive *archive, const char *name, const void *data, size_t bytes)
{
    struct archive_entry *entry = archive_entry_new();

    BUG_ON(entry == NULL);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)bytes);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    BUG_ON(archive_write_header(archive, entry) != ARCHIVE_OK);
    BUG_ON(bytes > 0 && archive_write_data(archive, data, bytes) != (la_ssize_t)bytes);
    archive_entry_free(entry);
}

size_t capsule_made_tar(const struct capsule_manifest *manifest, const uint8_t *data, size_t bytes,
                        uint8_t *tar)
{
    struct archive *archive = archive_write_new();
    char *text = capsule_manifest_write(manifest);
    size_t used = 0;

    BUG_ON(archive == NULL || text == NULL);
    BUG_ON(archive_write_set_format_ustar(archive) != ARCHIVE_OK);
    BUG_ON(archive_write_open_memory(archive, tar, CAPSULE_MADE_ROOM, &used) != ARCHIVE_OK);
    put(archive, CAPSULE_MANIFEST, text, strlen(text));
    for (size_t i = 0; i < manifest->member_count; i++) {
        put(archive, manifest->members[i].name, data, manifest->members[i].bytes > 0 ? bytes : 0);
    }
    BUG_ON(archive_write_close(archive) != ARCHIVE_OK);
    (void)archive_write_free(archive);
    free(text);
    return used;
}

int capsule_made_file(const uint8_t *tar, size_t bytes)
{
    const int fd = memfd_create("capsule", MFD_CLOEXEC);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    BUG_ON(fd < 0 || archive == NULL || entry == NULL);
    BUG_ON(archive_write_set_format_raw(archive) != ARCHIVE_OK ||
           archive_write_add_filter_zstd(archive) != ARCHIVE_OK ||
           archive_write_set_filter_option(archive, "zstd", "compression-level", "1") !=
               ARCHIVE_OK ||
           archive_write_open_fd(archive, fd) != ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    BUG_ON(archive_write_header(archive, entry) != ARCHIVE_OK);
    BUG_ON(bytes > 0 && archive_write_data(archive, tar, bytes) != (la_ssize_t)bytes);
    BUG_ON(archive_write_close(archive) != ARCHIVE_OK);
    archive_entry_free(entry);
    (void)archive_write_free(archive);
    return fd;
}
