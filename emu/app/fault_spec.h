/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory faults as people write them: "dimm=2,rank=0,row=0x12a,col=7,bits=1 at=3s". The grammar is in
 * docs/faults.md; the command line, suites and the control socket share it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dram_fault.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"

struct machine;

#define FAULT_SPEC_TEXT_BYTES 256

struct fault_spec {
    bool has_when;
    vtime
        when; /* virtual time since power-on; without one: as soon as firmware has set up memory */
    bool has_addr; /* `addr` says where instead of fault.where */
    uint64_t addr; /* system address of a byte of the word */
    struct dram_fault fault;
};

/* -1 with `err` (ERROR_USAGE): one sentence that names the key, what is wrong, and the allowed
 * range. Ranges of one machine's modules are checked when the fault is planted. */
int fault_spec_parse(const char *text, struct fault_spec *spec, struct error *err) MUST_CHECK;
/* The same fault as text that fault_spec_parse() reads back. */
void fault_spec_format(const struct fault_spec *spec, char text[FAULT_SPEC_TEXT_BYTES]);
/* Plants it now; an address is looked up first (and must be decoded). */
int fault_spec_plant(struct machine *machine, const struct fault_spec *spec,
                     struct error *err) MUST_CHECK;
