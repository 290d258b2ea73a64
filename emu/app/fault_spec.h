/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory faults as people write them: "dimm=2,rank=0,row=0x12a,col=7,bits=1 at=3s". The grammar is in
 * docs/faults.md; the command line, suites and the control socket share it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dimm.h"
#include "devices/memory/dram_fault.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"

struct machine;

#define FAULT_SPEC_TEXT_BYTES 512

struct fault_spec {
    bool has_when;
    vtime when;    /* since power-on; without one: as soon as firmware has set up memory */
    bool has_addr; /* `addr` says where instead of fault.where, which is 0 */
    uint64_t addr; /* system address of a byte of the word */
    bool has_chip; /* `chip` says which cells instead of fault.mask, which is 0 */
    uint8_t chip;  /* of DRAM_FAULT_CHIP: its cells depend on how wide the module's chips are */
    struct dram_fault fault;
};

/* The names of kinds, as after kind=. */
const char *fault_spec_kind_name(enum dram_fault_kind kind);
/* False: `name` (of `length` letters) is none. */
bool fault_spec_kind_find(const char *name, size_t length, enum dram_fault_kind *kind);

/* -1 with `err` (ERROR_USAGE): one sentence that names the key, what is wrong, and the allowed
 * range. Ranges of one machine's modules are checked when the fault is planted. */
int fault_spec_parse(const char *text, struct fault_spec *spec, struct error *err) MUST_CHECK;
/* The same fault as text that fault_spec_parse() reads back. */
void fault_spec_format(const struct fault_spec *spec, char text[FAULT_SPEC_TEXT_BYTES]);
/* Whether two ask for the same. */
bool fault_spec_equal(const struct fault_spec *a, const struct fault_spec *b);
/* Whether the modules have such a place and such cells; a place by address is not looked at. -1 with
 * `err` (ERROR_USAGE). Before there is a machine, too. */
int fault_spec_check(const struct fault_spec *spec, const struct dimm_set *dimms,
                     struct error *err) MUST_CHECK;
/* Plants it now; an address is looked up first (and must be decoded). */
int fault_spec_plant(struct machine *machine, const struct fault_spec *spec,
                     struct error *err) MUST_CHECK;

/* The cells of chip `chip` on a module of chips `width` bits wide: for DRAM_FAULT_CHIP. Nothing when the
 * module has no such chip (`code_bits`: 64 or 72). */
struct ecc_word fault_spec_lanes(unsigned chip, unsigned width, unsigned code_bits);
/* Leaves of the place only what a fault of its kind needs. */
void fault_spec_keep_place(struct dram_fault *fault);
