/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: capsule_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of capsules starts from: a good one as a file, as a tar archive, its manifest, and damages. */
#define _GNU_SOURCE /* pread */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bug.h"
#include "tests/fuzz/capsule_made.h"
#include "tests/fuzz/seed_file.h"

#define DATA  "what was recorded"
#define BYTES (sizeof(DATA) - 1)

/* With the byte in front that says what it is. */
static void write_seed(const char *folder, const char *name, char kind, const void *data,
                       size_t bytes)
{
    uint8_t *seed = malloc(bytes + 1);

    BUG_ON(seed == NULL);
    seed[0] = (uint8_t)kind;
    memcpy(seed + 1, data, bytes);
    seed_file_write(folder, "capsule_fuzz", name, seed, bytes + 1);
    free(seed);
}

int main(int argc, char **argv)
{
    static const uint8_t damages[] = {40, 0, 0, 1, 0, '.', 2, 156, '2', 3, 124, '7', 5, 9, 1};
    struct capsule_manifest *manifest = calloc(1, sizeof(*manifest));
    uint8_t *tar = malloc(CAPSULE_MADE_ROOM);
    char *text;
    size_t bytes;
    int fd;

    if (argc != 2 || manifest == NULL || tar == NULL) {
        (void)fprintf(stderr, "usage: capsule_fuzz_seeds FOLDER\n");
        return 2;
    }
    capsule_made_manifest(manifest, (const uint8_t *)DATA, BYTES);
    text = capsule_manifest_write(manifest);
    BUG_ON(text == NULL);
    write_seed(argv[1], "manifest", 2, text, strlen(text));
    bytes = capsule_made_tar(manifest, (const uint8_t *)DATA, BYTES, tar);
    write_seed(argv[1], "tar", 1, tar, bytes);
    fd = capsule_made_file(tar, bytes);
    bytes = (size_t)lseek(fd, 0, SEEK_END);
    BUG_ON(pread(fd, tar, bytes, 0) != (ssize_t)bytes);
    write_seed(argv[1], "file", 0, tar, bytes);
    (void)close(fd);
    for (size_t i = 1; i < sizeof(damages); i += 3) {
        char name[32];

        (void)snprintf(name, sizeof(name), "damage-%zu", i);
        write_seed(argv[1], name, 3, damages, i);
    }
    free(text);
    free(tar);
    free(manifest);
    return 0;
}
