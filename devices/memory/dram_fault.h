/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be wrong with a memory module: plain data, filled from the command line, a suite or the
 * control socket (emu/app) and planted in a machine. docs/faults.md tells it for users. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dram_address.h"
#include "devices/memory/ecc.h"
#include "emu/base/error.h"

#define DRAM_FAULTS_MAX 1024u

enum dram_fault_kind {
    DRAM_FAULT_FLIP,    /* bits of one word are inverted once; gone when the word is rewritten */
    DRAM_FAULT_STUCK,   /* cells of one word always read as `value` */
    DRAM_FAULT_ROW,     /* cells of each word of one row of one bank, likewise */
    DRAM_FAULT_COLUMN,  /* of one column in each row of one bank */
    DRAM_FAULT_CHIP,    /* of every word of one rank: `mask` is the lanes of the chip */
    DRAM_FAULT_DIMM,    /* of every word of the module */
    DRAM_FAULT_ADDRESS, /* an address line into the module's chips is stuck at `value` */
    DRAM_FAULT_KINDS,
};

/* Lines of DRAM_FAULT_ADDRESS. */
enum dram_line {
    DRAM_LINE_ROW,
    DRAM_LINE_COLUMN, /* bits 0-2 stand inside a burst and are no lines: bits 3 and up */
    DRAM_LINE_BANK,
    DRAM_LINE_BANK_GROUP,
};

/* Members that a kind does not use are 0. */
struct dram_fault {
    enum dram_fault_kind kind;
    struct dram_address where; /* FLIP, STUCK: all of it; ROW: not column; COLUMN: not row; CHIP: to
                                  rank; DIMM, ADDRESS: to dimm (ADDRESS holds for all ranks) */
    struct ecc_word mask;      /* cells concerned; not 0 except for ADDRESS */
    bool value;                /* STUCK..ADDRESS */
    enum dram_line line;       /* ADDRESS */
    uint8_t line_bit;
    /* ADDRESS: the wire is broken before the place where the register clock driver checks the parity
     * of commands (JESD82-31), so each access with a wrong address is reported and not carried out.
     * false: behind it, so that reads and writes silently go to the other address. */
    bool has_parity;
};
