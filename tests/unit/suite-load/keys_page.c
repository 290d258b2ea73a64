/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of docs/suites.md, between two comments of the page: suite_keys_page PAGE compares them with what the
 * program says of its keys, and suite_keys_page PAGE --update writes them. Status 1: they differ, or there is trouble.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/suite.h"
#include "emu/host/file.h"

#define PAGE_BYTES ((size_t)1 << 20)

static const char begin[] = "<!-- keys -->\n";
static const char end[] = "<!-- end of keys -->\n";

struct text {
    char bytes[PAGE_BYTES];
    size_t used;
};

static void add(void *ctx, const char *more)
{
    struct text *text = ctx;
    const size_t bytes = strlen(more);

    if (bytes >= sizeof(text->bytes) - text->used) return;
    memcpy(text->bytes + text->used, more, bytes + 1);
    text->used += bytes;
}

static int write_page(const char *path, const struct text *page)
{
    FILE *file = fopen(path, "w");
    const bool is_written = file != NULL && fwrite(page->bytes, 1, page->used, file) == page->used;
    const bool is_closed = file != NULL && fclose(file) == 0;

    return is_written && is_closed ? 0 : -1;
}

/* The page as it is to be. */
static int make_page(const char *old, struct text *page)
{
    const char *from = strstr(old, begin);
    const char *to = from != NULL ? strstr(from, end) : NULL;

    if (to == NULL) return -1;
    from += strlen(begin);
    memcpy(page->bytes, old, (size_t)(from - old));
    page->used = (size_t)(from - old);
    add(page, "\n");
    suite_print_keys(add, page);
    add(page, "\n");
    add(page, to);
    return 0;
}

static int compare(const char *path, bool is_updated, const char *old)
{
    struct text *page = calloc(1, sizeof(*page));
    int status = EXIT_FAILURE;

    if (page == NULL) return EXIT_FAILURE;
    if (make_page(old, page) != 0) {
        (void)fprintf(stderr, "%s: the comments around the tables are missing\n", path);
    } else if (strcmp(page->bytes, old) == 0) {
        status = EXIT_SUCCESS;
    } else if (!is_updated) {
        (void)fprintf(stderr,
                      "%s: its tables are not those of the program: suite_keys_page %s "
                      "--update writes them\n",
                      path, path);
    } else if (write_page(path, page) == 0) {
        status = EXIT_SUCCESS;
    }
    free(page);
    return status;
}

int main(int argc, char **argv)
{
    const bool is_updated = argc == 3 && strcmp(argv[2], "--update") == 0;
    struct error err = ERROR_INIT;
    struct host_file file;
    char *old;
    int status = EXIT_FAILURE;

    if (argc < 2 || argc > 3 || (argc == 3 && !is_updated)) {
        (void)fprintf(stderr, "usage: suite_keys_page PAGE [--update]\n");
        return EXIT_FAILURE;
    }
    if (host_file_read(argv[1], PAGE_BYTES / 4, &file, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    old = calloc(1, file.bytes + 1);
    if (old != NULL) {
        memcpy(old, file.data, file.bytes);
        status = compare(argv[1], is_updated, old);
    }
    free(old);
    host_file_release(&file);
    return status;
}
