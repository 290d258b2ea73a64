/* SPDX-License-Identifier: GPL-2.0-only */
/* See test_coverage.h. */
#define _GNU_SOURCE /* asprintf */

#include "emu/app/suite/test_coverage.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/suite_coverage.h"

#define FILE_END ".coverage"

static bool is_coverage(const char *name)
{
    const size_t length = strlen(name);
    const size_t end = strlen(FILE_END);

    return length > end && strcmp(name + length - end, FILE_END) == 0;
}

static int add_one(struct coverage_sum *sum, const char *folder, const char *name,
                   struct error *err)
{
    char *path = NULL;
    int result;

    if (!is_coverage(name)) return 0;
    if (asprintf(&path, "%s/%s", folder, name) < 0) return error_host(err, "out of memory");
    result = coverage_sum_add(sum, path, err);
    free(path);
    return result;
}

/* In any order: sums do not depend on it. */
static int add_all(struct coverage_sum *sum, const char *folder, struct error *err)
{
    DIR *directory = opendir(folder);
    int result = 0;

    if (directory == NULL) return error_host(err, "%s: %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(directory); entry != NULL && result == 0;
         entry = readdir(directory)) {
        result = add_one(sum, folder, entry->d_name, err);
    }
    (void)closedir(directory);
    return result;
}

int test_coverage_write(const char *from, const char *folder, const struct suite *suites,
                        size_t suite_count, struct error *err)
{
    struct coverage_sum *sum = coverage_sum_create(err);
    const char *symbols = NULL;
    int result;

    if (sum == NULL) return -1;
    for (size_t i = 0; i < suite_count && symbols == NULL; i++) {
        symbols = suites[i].symbols;
    }
    result = add_all(sum, from, err);
    if (result == 0) result = coverage_sum_write(sum, folder, symbols, err);
    coverage_sum_destroy(sum);
    return result;
}
