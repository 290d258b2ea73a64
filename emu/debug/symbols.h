/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of a guest's addresses: System.map, ELF with .symtab. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

struct symbols;

/* Format by content. NULL with `err`. `slide` is added to each address. */
struct symbols *symbols_load(const char *path, uint64_t slide, struct error *err);
void symbols_destroy(struct symbols *symbols);
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *addr);
/* name+offset of an address; false: none is near. */
bool symbols_name(const struct symbols *symbols, uint64_t addr, char *text, size_t bytes);
struct symbols_function {
    const char *name;
    uint64_t addr;
    uint64_t
        bytes; /* 1..SYMBOLS_FUNCTION_MAX; where the file does not say it, up to the next function */
};
#define SYMBOLS_FUNCTION_MAX (UINT64_C(1) << 24)
/* Functions, one at each address, ascending. *next is 0 at first. False: no more. */
bool symbols_next_function(const struct symbols *symbols, size_t *next,
                           struct symbols_function *function);
/* The name that may have been meant; NULL: none is near. */
const char *symbols_suggest(const struct symbols *symbols, const char *name);
