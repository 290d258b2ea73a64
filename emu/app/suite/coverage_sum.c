/* SPDX-License-Identifier: GPL-2.0-only */
/* The sum of several files, and the folder of its reports. Each file of it is made in memory and written whole. */
#define _GNU_SOURCE /* open_memstream, asprintf */

#include "emu/app/suite/coverage_sum.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/app/suite/coverage_file.h"
#include "emu/app/suite/suite_coverage.h"
#include "emu/host/file.h"

#define NUMBER_BYTES 16u

struct coverage_sum {
    struct coverage_model model;
    unsigned files;
};

struct coverage_sum *coverage_sum_create(struct error *err)
{
    struct coverage_sum *sum = calloc(1, sizeof(*sum));

    if (sum == NULL) (void)error_host(err, "out of memory");
    return sum;
}

void coverage_sum_destroy(struct coverage_sum *sum)
{
    if (sum == NULL) return;
    coverage_model_release(&sum->model);
    free(sum);
}

int coverage_sum_add(struct coverage_sum *sum, const char *path, struct error *err)
{
    struct coverage_model model = {.devices = NULL};
    struct host_file file;
    int result;

    if (host_file_read(path, COVERAGE_FILE_MAX, &file, err) != 0) return -1;
    result = coverage_file_parse(path, (const char *)file.data, file.bytes, &model, err);
    host_file_release(&file);
    if (result == 0) result = coverage_model_merge(&sum->model, &model, err);
    coverage_model_release(&model);
    if (result == 0) {
        coverage_model_sort(&sum->model);
        sum->files++;
    }
    return result;
}

/* ---- Names ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

void coverage_page_name(const struct coverage_report *report, size_t index,
                        char name[COVERAGE_PAGE_NAME_BYTES])
{
    const char *path = report->model->devices[index].path;
    size_t used = (size_t)snprintf(name, NUMBER_BYTES, "%03zu-", index);

    while (*path == '/') {
        path++;
    }
    for (; *path != '\0' && used < COVERAGE_PAGE_NAME_BYTES - sizeof(".html"); path++) {
        name[used] = '-';
        if (is_plain(*path)) name[used] = *path;
        used++;
    }
    (void)snprintf(name + used, COVERAGE_PAGE_NAME_BYTES - used, ".html");
}

/* ---- Folder ---- */

struct writer {
    const struct coverage_report *report;
    const char *folder;
    struct error *err;
    FILE *file; /* under way */
    char *text;
    size_t bytes;
};

static int begin(struct writer *writer)
{
    writer->text = NULL;
    writer->file = open_memstream(&writer->text, &writer->bytes);
    return writer->file != NULL ? 0 : error_host(writer->err, "out of memory");
}

static int finish(struct writer *writer, const char *name, bool is_whole)
{
    char *path = NULL;
    int result = is_whole && ferror(writer->file) == 0 ? 0 : -1;

    if (fclose(writer->file) != 0) result = -1;
    if (result == 0 && asprintf(&path, "%s/%s", writer->folder, name) < 0) {
        path = NULL;
        result = -1;
    }
    if (result != 0) {
        (void)error_host(writer->err, "out of memory");
    } else {
        result = host_file_write(path, writer->text, writer->bytes, writer->err);
    }
    free(path);
    free(writer->text);
    return result;
}

static int write_devices(struct writer *writer)
{
    for (size_t i = 0; i < writer->report->model->device_count; i++) {
        char name[COVERAGE_PAGE_NAME_BYTES];

        if (begin(writer) != 0) return -1;
        coverage_write_device(writer->report, i, writer->file);
        coverage_page_name(writer->report, i, name);
        if (finish(writer, name, true) != 0) return -1;
    }
    return 0;
}

static bool has_unplaced(const struct coverage_guest *guest)
{
    for (size_t i = 0; i < guest->function_count; i++) {
        if (guest->functions[i].file == SIZE_MAX) return true;
    }
    return false;
}

static int write_guest(struct writer *writer)
{
    if (begin(writer) != 0) return -1;
    coverage_write_functions(writer->report, writer->file);
    if (finish(writer, "functions.html", true) != 0) return -1;
    if (begin(writer) != 0) return -1;
    if (finish(writer, "guest.info", coverage_write_lcov(writer->report, writer->file)) != 0) {
        return -1;
    }
    if (!has_unplaced(writer->report->guest)) return 0;
    if (begin(writer) != 0) return -1;
    return finish(writer, COVERAGE_LISTING, coverage_write_listing(writer->report, writer->file));
}

static int write_all(struct writer *writer)
{
    if (begin(writer) != 0) return -1;
    if (finish(writer, "coverage.json", coverage_write_json(writer->report, writer->file)) != 0) {
        return -1;
    }
    if (write_devices(writer) != 0) return -1;
    if (writer->report->guest != NULL && write_guest(writer) != 0) return -1;
    /* Last: who finds it finds everything. */
    if (begin(writer) != 0) return -1;
    coverage_write_index(writer->report, writer->file);
    return finish(writer, "index.html", true);
}

int coverage_sum_write(const struct coverage_sum *sum, const char *folder, const char *elf,
                       struct error *err)
{
    struct coverage_report report = {.model = &sum->model, .files = sum->files};
    struct writer writer = {.report = &report, .folder = folder, .err = err};
    struct coverage_guest guest;
    int result;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_host(err, "cannot make the folder %s: %s", folder, strerror(errno));
    }
    if (elf != NULL) {
        if (coverage_guest_load(elf, &sum->model.code, &guest, err) != 0) return -1;
        report.guest = &guest;
    }
    result = write_all(&writer);
    if (elf != NULL) coverage_guest_release(&guest);
    return result;
}
