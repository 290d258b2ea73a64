/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a fuzz target over a stored corpus, without libFuzzer.
 *
 * Linked to every fuzz target in the presets that do not fuzz, so that an input that once crashed
 * stays a test of the fast part and needs no clang. Arguments are files or folders (not walked
 * recursively); the empty input is always run first.
 */

#define _GNU_SOURCE

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs the target on one file. Status 0, or 1 with a message when the file cannot be read. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;

    if (!file || fstat(fileno(file), &info) != 0) {
        perror(path);
        if (file) fclose(file);
        return 1;
    }
    /* Of the exact size on the heap: the address sanitizer then sees an overrun by one byte. */
    size_t size = (size_t)info.st_size;
    uint8_t *input = malloc(size ? size : 1);
    bool is_read = input && fread(input, 1, size, file) == size;
    if (is_read) LLVMFuzzerTestOneInput(input, size);
    if (!is_read) perror(path);
    free(input);
    fclose(file);
    return is_read ? 0 : 1;
}

static int replay_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    int failed = 0;

    if (count < 0) {
        perror(path);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char *name = NULL;
        if (entries[i]->d_name[0] != '.') {
            if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0) abort();
            failed |= replay_file(name);
        }
        free(name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;

    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        struct stat info;
        bool is_folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        failed |= is_folder ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    return failed;
}
