/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line tables by libdw. A row says that the code from its address up to the next row's was made for a line of a file
 * (DWARF 5, 6.2). Rows outside of what the program loads as code are of functions that the linker has left out.
 */
#define _POSIX_C_SOURCE 200809L /* strdup */

#include "emu/app/suite/coverage_dwarf.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"

#define FIRST_SLOTS 256u
#define ROW_MAX     (UINT64_C(1) << 24) /* bytes of a row: more is none of a compiler's */
#define SEGMENTS    64u

struct segment {
    uint64_t from;
    uint64_t to;
};

struct loader {
    const struct coverage_code *code;
    struct coverage_guest *guest;
    struct segment segments[SEGMENTS]; /* loaded, executable */
    size_t segment_count;
    size_t *slots; /* hash table of files by path: index plus one */
    size_t slot_count;
    const char *last_path; /* what libdw gave for the file before: most rows have the same */
    size_t last_file;
    struct error *err;
};

/* ---- Files ---- */

static size_t *slot_of(const struct loader *loader, const char *path)
{
    size_t at = hash_string(HASH_SEED, path) & (loader->slot_count - 1);

    while (loader->slots[at] != 0 &&
           strcmp(loader->guest->files[loader->slots[at] - 1].path, path) != 0) {
        at = (at + 1) & (loader->slot_count - 1);
    }
    return &loader->slots[at];
}

/* Slots are twice the files there is room for. */
static int grow_files(struct loader *loader)
{
    const size_t slot_count = loader->slot_count == 0 ? FIRST_SLOTS : loader->slot_count * 2;
    struct coverage_guest *guest = loader->guest;
    struct coverage_source *files = realloc(guest->files, slot_count / 2 * sizeof(*files));
    size_t *slots;

    if (files == NULL) return error_host(loader->err, "out of memory");
    guest->files = files;
    slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL) return error_host(loader->err, "out of memory");
    free(loader->slots);
    loader->slots = slots;
    loader->slot_count = slot_count;
    for (size_t i = 0; i < guest->file_count; i++) {
        *slot_of(loader, files[i].path) = i + 1;
    }
    return 0;
}

static int find_file(struct loader *loader, const char *path, size_t *file)
{
    struct coverage_guest *guest = loader->guest;
    size_t *slot;

    if (path == loader->last_path) {
        *file = loader->last_file;
        return 0;
    }
    if (guest->file_count >= loader->slot_count / 2 && grow_files(loader) != 0) return -1;
    slot = slot_of(loader, path);
    if (*slot == 0) {
        guest->files[guest->file_count] = (struct coverage_source){.path = strdup(path)};
        if (guest->files[guest->file_count].path == NULL) {
            return error_host(loader->err, "out of memory");
        }
        *slot = ++guest->file_count;
    }
    *file = *slot - 1;
    loader->last_path = path;
    loader->last_file = *file;
    return 0;
}

static int add_line(struct loader *loader, size_t file, unsigned line, bool is_covered)
{
    struct coverage_source *source = &loader->guest->files[file];
    struct coverage_line *more;

    if (source->line_count == source->room) {
        const size_t room = source->room == 0 ? 64 : source->room * 2;

        more = realloc(source->lines, room * sizeof(*more));
        if (more == NULL) return error_host(loader->err, "out of memory");
        source->lines = more;
        source->room = room;
    }
    source->lines[source->line_count++] =
        (struct coverage_line){.line = line, .is_covered = is_covered};
    return 0;
}

/* ---- Rows ---- */

static bool is_loaded(const struct loader *loader, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < loader->segment_count; i++) {
        if (from >= loader->segments[i].from && to <= loader->segments[i].to) return true;
    }
    return false;
}

/* Functions that begin within the row. */
static void place_functions(struct coverage_guest *guest, uint64_t from, uint64_t to, size_t file,
                            unsigned line)
{
    size_t low = 0;
    size_t high = guest->function_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (guest->functions[middle].addr < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < guest->function_count && guest->functions[low].addr < to; low++) {
        struct coverage_function *function = &guest->functions[low];

        if (function->file != SIZE_MAX) continue;
        function->file = file;
        function->line = line;
    }
}

static int add_row(struct loader *loader, Dwarf_Line *row, Dwarf_Line *next)
{
    Dwarf_Addr from;
    Dwarf_Addr to;
    const char *path;
    bool is_end;
    size_t file = 0;
    int line;

    if (dwarf_lineendsequence(row, &is_end) != 0 || is_end) return 0;
    if (dwarf_lineaddr(row, &from) != 0 || dwarf_lineaddr(next, &to) != 0) return 0;
    if (to <= from || to - from > ROW_MAX || !is_loaded(loader, from, to)) return 0;
    if (dwarf_lineno(row, &line) != 0 || line <= 0) return 0;
    path = dwarf_linesrc(row, NULL, NULL);
    if (path == NULL || path[0] == '\0') return 0;
    if (find_file(loader, path, &file) != 0) return -1;
    place_functions(loader->guest, from, to, file, (unsigned)line);
    return add_line(loader, file, (unsigned)line,
                    coverage_code_count(loader->code, from, to - from) > 0);
}

static int add_unit(struct loader *loader, Dwarf_Die *unit)
{
    Dwarf_Lines *rows;
    size_t count;

    /* Names are those of the unit. */
    loader->last_path = NULL;
    if (dwarf_getsrclines(unit, &rows, &count) != 0) return 0;
    for (size_t i = 0; i + 1 < count; i++) {
        if (add_row(loader, dwarf_onesrcline(rows, i), dwarf_onesrcline(rows, i + 1)) != 0) {
            return -1;
        }
    }
    return 0;
}

static void find_segments(struct loader *loader, Elf *elf)
{
    size_t count;
    GElf_Phdr header;

    if (elf == NULL || elf_getphdrnum(elf, &count) != 0) return;
    for (size_t i = 0; i < count && loader->segment_count < SEGMENTS; i++) {
        if (gelf_getphdr(elf, (int)i, &header) == NULL) return;
        if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
        loader->segments[loader->segment_count++] =
            (struct segment){.from = header.p_vaddr, .to = header.p_vaddr + header.p_memsz};
    }
}

/* ---- In order ---- */

static int compare_lines(const void *a, const void *b)
{
    const struct coverage_line *left = a;
    const struct coverage_line *right = b;

    if (left->line == right->line) return 0;
    return left->line < right->line ? -1 : 1;
}

/* Each line once. */
static void fold_lines(struct coverage_source *source)
{
    size_t kept = 0;

    if (source->line_count == 0) return;
    qsort(source->lines, source->line_count, sizeof(*source->lines), compare_lines);
    for (size_t i = 1; i < source->line_count; i++) {
        if (source->lines[i].line == source->lines[kept].line) {
            source->lines[kept].is_covered |= source->lines[i].is_covered;
        } else {
            source->lines[++kept] = source->lines[i];
        }
    }
    source->line_count = kept + 1;
}

static int compare_files(const void *a, const void *b)
{
    const struct coverage_source *const *left = a;
    const struct coverage_source *const *right = b;

    return strcmp((*left)->path, (*right)->path);
}

/* Files by path; functions come along. */
static int sort_files(struct coverage_guest *guest, struct error *err)
{
    struct coverage_source *sorted = calloc(guest->file_count + 1, sizeof(*sorted));
    const struct coverage_source **order = calloc(guest->file_count + 1, sizeof(*order));
    size_t *places = calloc(guest->file_count + 1, sizeof(*places));

    if (sorted == NULL || order == NULL || places == NULL) {
        free(sorted);
        free(order);
        free(places);
        return error_host(err, "out of memory");
    }
    for (size_t i = 0; i < guest->file_count; i++) {
        order[i] = &guest->files[i];
    }
    if (guest->file_count > 0) qsort(order, guest->file_count, sizeof(*order), compare_files);
    for (size_t i = 0; i < guest->file_count; i++) {
        sorted[i] = *order[i];
        places[order[i] - guest->files] = i;
    }
    for (size_t i = 0; i < guest->function_count; i++) {
        struct coverage_function *function = &guest->functions[i];

        if (function->file != SIZE_MAX) function->file = places[function->file];
    }
    free(guest->files);
    guest->files = sorted;
    free(order);
    free(places);
    return 0;
}

static int load(struct loader *loader, Dwarf *dwarf)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;

    find_segments(loader, dwarf_getelf(dwarf));
    while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
        if (add_unit(loader, &die) != 0) return -1;
    }
    for (size_t i = 0; i < loader->guest->file_count; i++) {
        fold_lines(&loader->guest->files[i]);
    }
    return sort_files(loader->guest, loader->err);
}

int coverage_dwarf_load(const char *elf, const struct coverage_code *code,
                        struct coverage_guest *guest, struct error *err)
{
    struct loader loader = {.code = code, .guest = guest, .err = err};
    const int fd = open(elf, O_RDONLY | O_CLOEXEC);
    Dwarf *dwarf;
    int result = 0;

    if (fd < 0) return error_host(err, "%s: %s", elf, strerror(errno));
    dwarf = dwarf_begin(fd, DWARF_C_READ);
    if (dwarf != NULL) {
        result = load(&loader, dwarf);
        (void)dwarf_end(dwarf);
    }
    (void)close(fd);
    free(loader.slots);
    return result;
}
