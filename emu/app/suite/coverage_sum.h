/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that write reports say to each other. */
#pragma once

#include <stdio.h>

#include "emu/app/suite/coverage_guest.h"
#include "emu/app/suite/coverage_model.h"

struct coverage_report {
    const struct coverage_model *model; /* sorted */
    const struct coverage_guest *guest; /* NULL: no ELF file */
    unsigned files;                     /* that were summed */
};

/* Each writes one file. What the file cannot hold shows in ferror(). Those that return something return false when there
 * is no memory. */
bool coverage_write_json(const struct coverage_report *report, FILE *file);
void coverage_write_index(const struct coverage_report *report, FILE *file);
/* Of devices[index]. */
void coverage_write_device(const struct coverage_report *report, size_t index, FILE *file);
/* Only with `guest`. */
void coverage_write_functions(const struct coverage_report *report, FILE *file);
bool coverage_write_lcov(const struct coverage_report *report, FILE *file);
/* Functions as a text, a line each: what guest.info names as source when there are no line numbers. */
bool coverage_write_listing(const struct coverage_report *report, FILE *file);

/* File name of a device's page: its number among those of the report and what of its path a file name can hold. */
#define COVERAGE_PAGE_NAME_BYTES 128u
void coverage_page_name(const struct coverage_report *report, size_t index,
                        char name[COVERAGE_PAGE_NAME_BYTES]);
#define COVERAGE_LISTING "guest.functions.txt"
