/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capsules from hostile hands. The first byte says what the rest is: a file as it is; a tar archive, which is packed; a
 * manifest; or what a good capsule is damaged with, whose checksums are made good again (no fuzzer finds those). Whatever it
 * is: it is refused by one sentence, or what lies in the folder is what the manifest says; nothing is outside of
 * the folder, and no folder stays behind.
 */
#define _GNU_SOURCE /* memfd_create, mkdtemp */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/suite/suite_capsule.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "tests/fuzz/capsule_made.h"
#include "tests/fuzz/input.h"

#define DAMAGES_MAX 6
#define DATA_MAX    600u
#define TAR_BLOCK   512u
#define TAR_SIZE    124u
#define TAR_SUM     148u
#define TAR_SUM_END 156u

/* See machine_fuzz.c. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

/* Where capsules are unpacked: a folder of this process's own, gone with it. */
static struct {
    char folder[32];
} room = {"/tmp/capsule-fuzz-XXXXXX"};

static void remove_room(void)
{
    (void)rmdir(room.folder);
}

static void make_room(void)
{
    if (strstr(room.folder, "XXXXXX") == NULL) return;
    BUG_ON(mkdtemp(room.folder) == NULL || setenv("TMPDIR", room.folder, 1) != 0);
    BUG_ON(atexit(remove_room) != 0);
}

static size_t count_names(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    BUG_ON(folder == NULL);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(folder);
    return count;
}

static void look_at_text(const char *text)
{
    for (; *text != '\0'; text++) {
        BUG_ON((unsigned char)*text < ' ' || *text == 0x7f);
    }
}

static void try_fd(int fd)
{
    struct error err = ERROR_INIT;
    struct capsule capsule;
    struct stat info;
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    (void)capsule_is(path);
    if (capsule_open(path, &capsule, &err) == 0) {
        BUG_ON(!capsule_is(path));
        BUG_ON(strncmp(capsule.folder, room.folder, strlen(room.folder)) != 0);
        BUG_ON(count_names(room.folder) != 1);
        BUG_ON(lstat(capsule.recording, &info) != 0 || !S_ISREG(info.st_mode));
        BUG_ON(lstat(capsule.files, &info) != 0 || !S_ISDIR(info.st_mode));
        look_at_text(capsule.sentence);
        capsule_leave(&capsule);
        look_at_text(capsule.sentence);
    } else {
        BUG_ON(err.kind != ERROR_HOST || strncmp(err.text, path, strlen(path)) != 0);
        BUG_ON(capsule.folder != NULL || capsule.sentence != NULL);
    }
    capsule_close(&capsule);
    BUG_ON(count_names(room.folder) != 0);
    (void)close(fd);
}

static void try_file(const uint8_t *data, size_t bytes)
{
    const int fd = memfd_create("capsule", MFD_CLOEXEC);

    BUG_ON(fd < 0 || write(fd, data, bytes) != (ssize_t)bytes);
    try_fd(fd);
}

/* What is accepted comes back as it is. */
static void try_manifest(const uint8_t *data, size_t bytes)
{
    struct capsule_manifest *first = calloc(2, sizeof(*first));
    struct capsule_manifest *second = first + 1;
    struct error err = ERROR_INIT;
    char *text;

    BUG_ON(first == NULL);
    if (capsule_manifest_read((const char *)data, bytes, first, &err) == 0) {
        text = capsule_manifest_write(first);
        BUG_ON(text == NULL);
        BUG_ON(capsule_manifest_read(text, strlen(text), second, &err) != 0);
        for (size_t i = 0; i < ARRAY_LEN(first->members); i++) {
            BUG_ON(strcmp(first->members[i].name, second->members[i].name) != 0);
            BUG_ON(strcmp(first->members[i].sha256, second->members[i].sha256) != 0);
            BUG_ON(first->members[i].bytes != second->members[i].bytes);
        }
        BUG_ON(strcmp(first->password, second->password) != 0);
        BUG_ON(strcmp(first->suite, second->suite) != 0);
        free(text);
    } else {
        BUG_ON(err.kind != ERROR_HOST);
    }
    free(first);
}

/* ---- Damage ---- */

static void mend_head(uint8_t *head)
{
    unsigned sum = 0;

    memset(head + TAR_SUM, ' ', TAR_SUM_END - TAR_SUM);
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += head[i];
    }
    (void)snprintf((char *)head + TAR_SUM, TAR_SUM_END - TAR_SUM, "%06o", sum);
}

/* Offsets of the heads of a good archive. */
static size_t find_heads(const uint8_t *tar, size_t bytes, size_t heads[16])
{
    size_t count = 0;

    for (size_t at = 0; at + TAR_BLOCK <= bytes && tar[at] != 0 && count < 16;) {
        heads[count++] = at;
        at += TAR_BLOCK + align_up(strtoull((const char *)tar + at + TAR_SIZE, NULL, 8), TAR_BLOCK);
    }
    return count;
}

static void try_damaged(struct fuzz_input *input)
{
    struct capsule_manifest *manifest = calloc(1, sizeof(*manifest));
    uint8_t *tar = malloc(CAPSULE_MADE_ROOM);
    uint8_t data[DATA_MAX];
    const size_t size = fuzz_below(input, DATA_MAX) + 1;
    size_t heads[16];
    size_t count;
    size_t bytes;

    BUG_ON(manifest == NULL || tar == NULL);
    memset(data, 'x', sizeof(data));
    capsule_made_manifest(manifest, data, size);
    if (fuzz_take(input, 1) & 1) {
        manifest->members[fuzz_below(input, manifest->member_count)].bytes = fuzz_take(input, 4);
    }
    bytes = capsule_made_tar(manifest, data, size, tar);
    count = find_heads(tar, bytes, heads);
    for (unsigned i = 0; i < DAMAGES_MAX && fuzz_has_more(input); i++) {
        const size_t which = fuzz_below(input, count + 1);

        if (which == count) {
            tar[fuzz_take(input, 2) % bytes] ^= (uint8_t)fuzz_take(input, 1);
        } else {
            tar[heads[which] + fuzz_below(input, TAR_BLOCK)] = (uint8_t)fuzz_take(input, 1);
            mend_head(tar + heads[which]);
        }
    }
    try_fd(capsule_made_file(tar, bytes));
    free(tar);
    free(manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data + 1, .bytes = size - 1};

    if (size == 0) return 0;
    make_room();
    switch (data[0] & 3) {
    case 0: try_file(data + 1, size - 1); break;
    case 1: try_fd(capsule_made_file(data + 1, size - 1)); break;
    case 2: try_manifest(data + 1, size - 1); break;
    default: try_damaged(&input); break;
    }
    return 0;
}
