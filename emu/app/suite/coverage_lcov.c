/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.info, a tracefile as geninfo(1) of LCOV describes them. How often a function or line was executed is not
 * known, so counts are 0 and 1. Functions of which no source is known are lines of a listing that is written beside.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/coverage_sum.h"

static int compare_places(const void *a, const void *b)
{
    const struct coverage_function *const *left = a;
    const struct coverage_function *const *right = b;

    if ((*left)->file != (*right)->file) return (*left)->file < (*right)->file ? -1 : 1;
    if ((*left)->line != (*right)->line) return (*left)->line < (*right)->line ? -1 : 1;
    if ((*left)->addr == (*right)->addr) return strcmp((*left)->name, (*right)->name);
    return (*left)->addr < (*right)->addr ? -1 : 1;
}

/* Functions by file, line and address; those without a file last. NULL: no memory. */
static const struct coverage_function **by_place(const struct coverage_guest *guest)
{
    const struct coverage_function **list = calloc(guest->function_count + 1, sizeof(*list));

    for (size_t i = 0; list != NULL && i < guest->function_count; i++) {
        list[i] = &guest->functions[i];
    }
    if (list != NULL && guest->function_count > 0) {
        qsort(list, guest->function_count, sizeof(*list), compare_places);
    }
    return list;
}

/* `first_line` is not 0: the functions' lines are numbered from there. */
static void put_functions(FILE *file, const struct coverage_function *const *list, size_t count,
                          unsigned first_line)
{
    size_t hit = 0;

    for (size_t i = 0; i < count; i++) {
        const unsigned line = first_line != 0 ? first_line + (unsigned)i : list[i]->line;

        (void)fprintf(file, "FN:%u,%s\n", line, list[i]->name);
    }
    for (size_t i = 0; i < count; i++) {
        const bool is_hit = list[i]->covered > 0;

        (void)fprintf(file, "FNDA:%d,%s\n", is_hit ? 1 : 0, list[i]->name);
        if (is_hit) hit++;
    }
    (void)fprintf(file, "FNF:%zu\nFNH:%zu\n", count, hit);
}

static void put_lines(FILE *file, const struct coverage_source *source)
{
    size_t hit = 0;

    for (size_t i = 0; i < source->line_count; i++) {
        const struct coverage_line *line = &source->lines[i];

        (void)fprintf(file, "DA:%u,%d\n", line->line, line->is_covered ? 1 : 0);
        if (line->is_covered) hit++;
    }
    (void)fprintf(file, "LF:%zu\nLH:%zu\nend_of_record\n", source->line_count, hit);
}

/* Each is a line of the listing. */
static void put_listed(FILE *file, const struct coverage_function *const *list, size_t count)
{
    size_t hit = 0;

    (void)fputs("TN:\nSF:" COVERAGE_LISTING "\n", file);
    put_functions(file, list, count, 1);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(file, "DA:%zu,%d\n", i + 1, list[i]->covered > 0 ? 1 : 0);
        if (list[i]->covered > 0) hit++;
    }
    (void)fprintf(file, "LF:%zu\nLH:%zu\nend_of_record\n", count, hit);
}

bool coverage_write_lcov(const struct coverage_report *report, FILE *file)
{
    const struct coverage_guest *guest = report->guest;
    const struct coverage_function **list = by_place(guest);
    size_t next = 0;

    if (list == NULL) return false;
    for (size_t i = 0; i < guest->file_count; i++) {
        const size_t first = next;

        while (next < guest->function_count && list[next]->file == i) {
            next++;
        }
        (void)fprintf(file, "TN:\nSF:%s\n", guest->files[i].path);
        put_functions(file, list + first, next - first, 0);
        put_lines(file, &guest->files[i]);
    }
    if (next < guest->function_count) put_listed(file, list + next, guest->function_count - next);
    free(list);
    return true;
}

bool coverage_write_listing(const struct coverage_report *report, FILE *file)
{
    const struct coverage_function **list = by_place(report->guest);

    if (list == NULL) return false;
    for (size_t i = 0; i < report->guest->function_count; i++) {
        if (list[i]->file != SIZE_MAX) continue;
        (void)fprintf(file, "%016" PRIx64 " %8" PRIu64 " of %8" PRIu64 " bytes  %s\n",
                      list[i]->addr, list[i]->covered, list[i]->bytes, list[i]->name);
    }
    free(list);
    return true;
}
