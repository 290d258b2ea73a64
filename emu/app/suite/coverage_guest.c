/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's functions, from its symbol table; coverage_dwarf.c knows their lines. */
#define _POSIX_C_SOURCE 200809L /* strdup */

#include "emu/app/suite/coverage_guest.h"

#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/coverage_dwarf.h"
#include "emu/debug/symbols.h"

/* A name that any reader of a report takes. */
static char *plain_copy(const char *name)
{
    char *copy = strdup(name);

    for (char *c = copy; c != NULL && *c != '\0'; c++) {
        if (*c <= 0x20 || *c > 0x7e || *c == ',') *c = '?';
    }
    return copy;
}

static int add_functions(struct coverage_guest *guest, const struct symbols *symbols,
                         const struct coverage_code *code, struct error *err)
{
    struct symbols_function function;
    size_t count = 0;
    size_t next = 0;

    while (symbols_next_function(symbols, &next, &function)) {
        count++;
    }
    guest->functions = calloc(count + 1, sizeof(*guest->functions));
    if (guest->functions == NULL) return error_host(err, "out of memory");
    next = 0;
    while (symbols_next_function(symbols, &next, &function)) {
        struct coverage_function *added = &guest->functions[guest->function_count];

        *added = (struct coverage_function){
            .name = plain_copy(function.name),
            .addr = function.addr,
            .bytes = function.bytes,
            .covered = coverage_code_count(code, function.addr, function.bytes),
            .file = SIZE_MAX,
        };
        if (added->name == NULL) return error_host(err, "out of memory");
        guest->function_count++;
    }
    return 0;
}

/* Shares without fractions: sizes are at most SYMBOLS_FUNCTION_MAX. */
static int compare(const void *a, const void *b)
{
    const struct coverage_function *left = a;
    const struct coverage_function *right = b;
    const uint64_t left_share = left->covered * right->bytes;
    const uint64_t right_share = right->covered * left->bytes;
    int order;

    if (left_share != right_share) return left_share > right_share ? -1 : 1;
    order = strcmp(left->name, right->name);
    if (order != 0) return order;
    if (left->addr == right->addr) return 0;
    return left->addr < right->addr ? -1 : 1;
}

int coverage_guest_load(const char *elf, const struct coverage_code *code,
                        struct coverage_guest *guest, struct error *err)
{
    struct symbols *symbols = symbols_load(elf, 0, err);
    int result;

    *guest = (struct coverage_guest){.functions = NULL};
    if (symbols == NULL) return -1;
    result = add_functions(guest, symbols, code, err);
    symbols_destroy(symbols);
    if (result == 0) result = coverage_dwarf_load(elf, code, guest, err);
    if (result != 0) {
        coverage_guest_release(guest);
        return -1;
    }
    if (guest->function_count > 0) {
        qsort(guest->functions, guest->function_count, sizeof(*guest->functions), compare);
    }
    return 0;
}

void coverage_guest_release(struct coverage_guest *guest)
{
    for (size_t i = 0; i < guest->function_count; i++) {
        free(guest->functions[i].name);
    }
    for (size_t i = 0; i < guest->file_count; i++) {
        free(guest->files[i].path);
        free(guest->files[i].lines);
    }
    free(guest->functions);
    free(guest->files);
    *guest = (struct coverage_guest){.functions = NULL};
}
