/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which parts of the machine, and of the guest, a run has touched. Of the machine: device registers (read, written), their
 * fields (bits that were written as 0 and as 1, or read as such), kinds of events. Of the guest: blocks of code that
 * were run, by address; with an ELF of it, by symbol, and by line where it has DWARF (LCOV). Nothing in the machine changes
 * by it, and a run that nobody notes costs nothing more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

struct coverage;
struct machine;

/* Notes from now on. NULL with `err`. */
struct coverage *coverage_attach(struct machine *machine, struct error *err);
/* Before the machine goes. NULL is harmless. */
void coverage_detach(struct coverage *coverage);
/* The machine goes, but another one of the same setup will take its place (after a power cut): what was touched stays. Then
 * the other one. -1 with `err`: nothing is noted any more, what was touched can be saved. */
void coverage_leave(struct coverage *coverage);
int coverage_follow(struct coverage *coverage, struct machine *machine,
                    struct error *err) MUST_CHECK;
/* What was touched so far is somebody else's: in a process that was forked, whose parent saves it. */
void coverage_forget(struct coverage *coverage);
/* What was touched so far, whole or not at all; docs/formats/coverage.md specifies the file. */
int coverage_save(const struct coverage *coverage, const char *path, struct error *err) MUST_CHECK;

/* What several runs, of several machines, have touched together. */
struct coverage_sum;
struct coverage_sum *coverage_sum_create(struct error *err);
void coverage_sum_destroy(struct coverage_sum *sum);
/* Adds a file of coverage_save(). Hostile input. */
int coverage_sum_add(struct coverage_sum *sum, const char *path, struct error *err) MUST_CHECK;
/* FOLDER/index.html and a page per device, coverage.json; with `elf` (may be NULL) guest.info, which genhtml takes. */
int coverage_sum_write(const struct coverage_sum *sum, const char *folder, const char *elf,
                       struct error *err) MUST_CHECK;
