/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's code by function, and by line where its ELF file has DWARF: what was executed. A function is one of the
 * symbol table; a line is executed when an instruction that the compiler made for it is.
 */
#pragma once

#include "emu/app/suite/coverage_code.h"
#include "emu/base/error.h"

struct coverage_function {
    char *name;
    uint64_t addr;
    uint64_t bytes;
    uint64_t covered; /* bytes */
    size_t file;      /* of files; SIZE_MAX: not known */
    unsigned line;
};

struct coverage_line {
    unsigned line;
    bool is_covered;
};

struct coverage_source {
    char *path;
    struct coverage_line *lines; /* ascending, each once */
    size_t line_count;
    size_t room;
};

struct coverage_guest {
    struct coverage_function *functions; /* most covered first, then by name and address */
    size_t function_count;
    struct coverage_source *files; /* by path; none: the ELF file has no DWARF */
    size_t file_count;
};

/* `elf`: an ELF file, or a System.map (functions without lines). -1 with `err` and nothing to release. */
int coverage_guest_load(const char *elf, const struct coverage_code *code,
                        struct coverage_guest *guest, struct error *err) MUST_CHECK;
void coverage_guest_release(struct coverage_guest *guest);
