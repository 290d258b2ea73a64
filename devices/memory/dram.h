/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of the modules as the memory controllers see them: code words with faults. Healthy
 * memory is host memory and never comes by here. A page of 4096 bytes that a fault touches is
 * "guarded": each access to it, by a core, by an instruction fetch, by a page walk or by DMA, is
 * announced first with dram_access(), which decodes the words, corrects, scrubs, reports, or says that
 * the data is poisoned.
 *
 * What host memory holds is the data that was last written, after the corrections that went back to
 * the cells; a fault is kept beside it as difference. So an access that is allowed to go on simply
 * reads host memory. docs/hardware/ecc.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dimm.h"
#include "devices/memory/dram_address.h"
#include "devices/memory/dram_fault.h"
#include "emu/core/clock.h"
#include "emu/core/device.h"

#define DRAM_PAGE_BYTES 4096u

enum dram_access_kind {
    DRAM_ACCESS_READ,
    DRAM_ACCESS_WRITE, /* announced before the write */
    DRAM_ACCESS_FETCH,
    DRAM_ACCESS_WALK,
    DRAM_ACCESS_DMA_READ,
    DRAM_ACCESS_DMA_WRITE,
};

enum dram_result {
    DRAM_GOOD,     /* host memory holds what the access gets */
    DRAM_POISONED, /* some word is uncorrectable: who consumes it must not go on. Never for writes */
};

enum dram_error_kind {
    DRAM_ERROR_CORRECTED,
    DRAM_ERROR_UNCORRECTED,
    DRAM_ERROR_COMMAND_PARITY, /* command/address parity: never corrected */
};

/* One error as the controller's bank and counters report it. */
struct dram_error {
    enum dram_error_kind kind;
    enum dram_access_kind during; /* not for the scrubber */
    bool is_patrol;
    uint64_t addr; /* system address of the word */
    struct dram_address at;
    uint8_t bit; /* CORRECTED: 0..71 */
};

/* What the DRAM asks of the machine around it; all required. Called from its events and resets and
 * from every function below that does not take a const device; those also ask for the layout. Not to
 * be answered by calling one of them. */
struct dram_env {
    void *ctx;
    /* Host memory of the 4096-byte page at system address `page`, NULL when none is mapped there. */
    uint8_t *(*memory)(void *ctx, uint64_t page);
    /* An error was found: counters, MCA banks. */
    void (*report)(void *ctx, const struct dram_error *error);
    /* Host memory at [addr, addr + bytes) was changed from inside: translated code must go. */
    void (*changed)(void *ctx, uint64_t addr, uint64_t bytes);
    /* Pages came under guard that were not: whoever holds on to fast ways must drop them before
     * anything else runs. Not called when a snapshot is loaded: whoever loads one starts with none. */
    void (*guards_changed)(void *ctx);
    const struct imc_layout *(*layout)(void *ctx);
};

struct dram_config {
    struct dimm_set dimms;
    bool has_demand_scrub; /* a corrected word is written back */
    vtime patrol_period;   /* time of one patrol through all memory; 0: off; else >= 1 s */
    struct dram_env env;
};

extern const struct device_class dram_class;

/* Something is planted. One branch, for whoever wants to ask cheaply. */
bool dram_has_faults(const struct device *dram);
/* A fault touches the page that `addr` is in. */
bool dram_is_guarded(const struct device *dram, uint64_t addr);
/* Before an access to [addr, addr + bytes), which does not cross a page: reports what it meets. For
 * DRAM_POISONED, `*poison` is the address of the first such word. A write happens before any other
 * function of this header is called, but for those that take a const device, or not at all: writes that
 * the module refuses or puts elsewhere are put right then. */
enum dram_result dram_access(struct device *dram, enum dram_access_kind kind, uint64_t addr,
                             unsigned bytes, uint64_t *poison);

/* Puts right what the last announced write did, if it went astray (a stuck address line). To be called
 * where somebody else looks at memory: at edges of the run loop, before snapshots. Every other function
 * here does it by itself. */
void dram_settle(struct device *dram);

/* Plants a fault now. -1 with `err` (ERROR_USAGE, one sentence with the allowed range) when it names
 * a place that no module has, nothing is decoded to it, or DRAM_FAULTS_MAX are planted. A flip on a word
 * that has one already inverts more bits of it. */
int dram_plant(struct device *dram, const struct dram_fault *fault, struct error *err) MUST_CHECK;
/* What is planted now, index < dram_fault_count(); flips that were rewritten are gone. */
size_t dram_fault_count(const struct device *dram);
const struct dram_fault *dram_fault(const struct device *dram, size_t index);
/* Repairs fault `index`. */
void dram_repair(struct device *dram, size_t index);
/* The controllers' layout is another one: guarded pages may have moved. The patrol starts anew when the
 * zones differ from those it walks, so that nothing happens when a snapshot brings them. */
void dram_layout_changed(struct device *dram);

/* Errors since power-on, for the end of a run. */
struct dram_counts {
    uint64_t corrected; /* as the controllers see it: the miscorrected ones are among them */
    uint64_t uncorrected;
    uint64_t parity;       /* commands that a module refused */
    uint64_t miscorrected; /* three and more wrong bits that looked like one: nobody but us knows */
    uint64_t undetected;   /* four and more that looked like none */
};
const struct dram_counts *dram_counts(const struct device *dram);
