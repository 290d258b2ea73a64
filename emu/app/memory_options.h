/* SPDX-License-Identifier: GPL-2.0-only */
/* The options that say what memory a machine has, and what comes of them together with a machine file:
 * used by `run` and by `machine`. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/memory/dimm.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/machine/machine.h"

/* As given; strings are borrowed from the command line. All zero: nothing is given. */
struct memory_options {
    uint64_t bytes;           /* --memory; 0: not given */
    const char *dimms;        /* --dimms */
    const char *machine_file; /* --machine */
    bool has_ecc;             /* --ecc */
    bool ecc;
    bool has_scrub; /* --scrub */
    bool has_demand_scrub;
    bool has_patrol_scrub;
    vtime patrol_period; /* --patrol-period; 0: not given */
    bool is_flat;        /* --flat-memory */
};

/* What a machine is made with. */
struct memory_setup {
    struct dimm_set dimms; /* nothing when flat */
    struct machine_scrub scrub;
    bool is_flat;
    uint64_t bytes; /* of machine_config */
    unsigned cores; /* of the machine file; 0: it does not say */
    /* dimm_set_remark(), NULL also when a size was asked for that four modules are too large for. */
    const char *remark;
};

/* Values of options. -1 with `err` (ERROR_USAGE). */
int memory_options_dimms(struct memory_options *options, const char *value,
                         struct error *err) MUST_CHECK;
int memory_options_ecc(struct memory_options *options, const char *value,
                       struct error *err) MUST_CHECK;
int memory_options_scrub(struct memory_options *options, const char *value,
                         struct error *err) MUST_CHECK;
int memory_options_patrol(struct memory_options *options, const char *value,
                          struct error *err) MUST_CHECK;

/* Reads the machine file, if there is one, and puts all together; what the command line says goes before
 * the file. `default_bytes`: when neither says how much memory there is. */
int memory_options_resolve(const struct memory_options *options, uint64_t default_bytes,
                           struct memory_setup *setup, struct error *err) MUST_CHECK;

/* Modules in sockets as text: "A0=8G,B0=8G"; sockets that are not named are empty. */
int memory_options_read_dimms(const char *text, bool has_ecc, struct dimm_set *set,
                              struct error *err) MUST_CHECK;
