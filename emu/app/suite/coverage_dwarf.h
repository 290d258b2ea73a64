/* SPDX-License-Identifier: GPL-2.0-only */
/* Line numbers of the guest's code, from the DWARF of its ELF file. */
#pragma once

#include "emu/app/suite/coverage_guest.h"

/* Adds files and their lines to `guest`, and to its functions (which ascend by address) where they begin. A file without
 * DWARF adds nothing. -1 with `err`: no memory; the file cannot be read. */
int coverage_dwarf_load(const char *elf, const struct coverage_code *code,
                        struct coverage_guest *guest, struct error *err) MUST_CHECK;
