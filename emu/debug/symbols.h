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
/* The name that may have been meant; NULL: none is near. */
const char *symbols_suggest(const struct symbols *symbols, const char *name);
