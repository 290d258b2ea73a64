/* SPDX-License-Identifier: GPL-2.0-only */
/* See test_golden.h. */
#include "emu/app/suite/test_golden.h"

#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/report_internal.h"
#include "emu/base/hash.h"
#include "emu/host/file.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)

struct picture {
    const char *path;
    uint64_t hash; /* 0: it cannot be read */
};

struct test_golden {
    struct picture *pictures;
    size_t count;
};

static uint64_t hash_of(const char *path)
{
    struct host_file file;
    struct error ignored = ERROR_INIT;
    uint64_t hash;

    if (host_file_read(path, FILE_BYTES_MAX, &file, &ignored) != 0) return 0;
    hash = hash_bytes(HASH_SEED, file.data, file.bytes);
    host_file_release(&file);
    return hash;
}

static bool is_known(const struct test_golden *golden, const char *path)
{
    for (size_t i = 0; i < golden->count; i++) {
        if (strcmp(golden->pictures[i].path, path) == 0) return true;
    }
    return false;
}

static int add_test(struct test_golden *golden, const struct suite_test *test, struct error *err)
{
    for (size_t i = 0; i < test->step_count; i++) {
        const struct suite_step *step = &test->steps[i];
        struct picture *grown;

        if (step->kind != SUITE_EXPECT_PICTURE || is_known(golden, step->path)) continue;
        grown = realloc(golden->pictures, (golden->count + 1) * sizeof(*grown));
        if (grown == NULL) return error_host(err, "out of memory");
        golden->pictures = grown;
        grown[golden->count++] = (struct picture){.path = step->path, .hash = hash_of(step->path)};
    }
    return 0;
}

struct test_golden *test_golden_open(const struct suite_entry *entries, size_t count,
                                     struct error *err)
{
    struct test_golden *golden = calloc(1, sizeof(*golden));

    if (golden == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (add_test(golden, entries[i].test, err) != 0) {
            test_golden_close(golden);
            return NULL;
        }
    }
    return golden;
}

void test_golden_close(struct test_golden *golden)
{
    if (golden == NULL) return;
    free(golden->pictures);
    free(golden);
}

void test_golden_print(const struct test_golden *golden, FILE *file)
{
    for (size_t i = 0; i < golden->count; i++) {
        const struct picture *picture = &golden->pictures[i];
        const uint64_t now = hash_of(picture->path);

        if (now == picture->hash) continue;
        (void)fputs("written: ", file);
        report_put(file, picture->path);
        (void)fputc('\n', file);
    }
}
