/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the DRAM device, shared by dram*.c:
 *
 *     dram.c         class, life, guarded pages
 *     dram_plant.c   faults come and go: what can be planted where
 *     dram_index.c   which faults touch a word, a line, a page: sorted lists that follow from the
 *                    faults and the layout
 *     dram_word.c    one word as the controller reads it
 *     dram_access.c  announced accesses; writes that go astray
 *     dram_patrol.c  the patrol scrubber
 *     dram_report.c  trace and reports
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dram.h"
#include "emu/base/bits.h"
#include "emu/timing/dram.h"

#define DRAM_PAGE_WORDS  (DRAM_PAGE_BYTES / DRAM_WORD_BYTES)
#define DRAM_PAGE_LINES  (DRAM_PAGE_BYTES / DRAM_LINE_BYTES)
#define DRAM_LINE_WORDS  (DRAM_LINE_BYTES / DRAM_WORD_BYTES)
#define DRAM_BURST_BITS  3u /* column bits that stand inside a line */
#define DRAM_NOWHERE     UINT64_MAX
#define DRAM_GUARD_SLOTS 1024u
#define DRAM_TIMING_U64  (sizeof(struct timing_dram) / sizeof(uint64_t))

static_assert(sizeof(struct timing_dram) % sizeof(uint64_t) == 0, "saved as 64-bit numbers");

/* A FLIP or STUCK fault, for finding it by its cell or by its address. */
struct dram_word_fault {
    uint64_t key;   /* dram_key() of the cell */
    uint64_t addr;  /* of the word, DRAM_NOWHERE while nothing decodes to it */
    uint32_t fault; /* index */
};

/* What follows from the faults and the layout; not saved. */
struct dram_index {
    struct dram_word_fault words[DRAM_FAULTS_MAX]; /* sorted by key, then fault */
    uint64_t addrs[DRAM_FAULTS_MAX];               /* those that are somewhere, sorted */
    uint16_t patterns[DRAM_FAULTS_MAX];            /* ROW..ADDRESS that are somewhere, by index */
    uint32_t word_count;
    uint32_t addr_count;
    uint32_t pattern_count;
    uint32_t line_count; /* of the patterns: ADDRESS */
    uint64_t generation; /* of the answers in `guards` */
};

/* An answer of dram_is_guarded() that is remembered. */
struct dram_guard {
    uint64_t page;
    uint64_t generation; /* 0: none */
    bool is_guarded;
};

/* A word that a write was announced for which does not go where it seems to. */
struct dram_astray {
    uint64_t addr;
    uint64_t other; /* lost: what the word held; else: address of the word that is really written */
    uint8_t is_lost; /* 0 or 1 */
};

struct dram {
    struct device device;
    struct dram_config config;

    struct dram_fault faults[DRAM_FAULTS_MAX];
    uint32_t fault_count;
    struct dram_counts counts;
    struct dram_astray astray[DRAM_PAGE_WORDS];
    uint32_t astray_count;

    struct event patrol;
    uint64_t layout_hash;  /* of the zones that `patrol_epoch` belongs to */
    vtime patrol_epoch;    /* when the first pass began */
    uint64_t patrol_pass;  /* looked at so far: all before this place of this pass; */
    uint64_t patrol_place; /* counted through the zones, without the gaps between */

    union {
        struct timing_dram timing;
        uint64_t timing_u64[DRAM_TIMING_U64];
    };
    uint32_t timing_used; /* 0: nothing yet, all zero; else DRAM_TIMING_U64 */

    struct dram_index index;
    struct dram_guard *guards; /* DRAM_GUARD_SLOTS */
};

/* Where a line of 64 bytes is. */
struct dram_place {
    uint64_t addr;          /* system address */
    struct dram_address at; /* as the controller decodes it */
    const struct dimm *dimm;
    struct dram_address cell; /* what the module understands: another place when a line is stuck */
    uint64_t cell_addr;       /* whose host memory holds the cells' data */
    uint64_t key;             /* of the line's first word; those of the others follow */
    bool is_alias;            /* cell_addr is another line than addr */
    bool is_refused;          /* the module sees wrong parity and does nothing */
};

static inline struct dram *dram_of(struct device *device)
{
    return CONTAINER_OF(device, struct dram, device);
}

static inline const struct imc_layout *dram_layout(const struct dram *dram)
{
    return dram->config.env.layout(dram->config.env.ctx);
}

/* ---- dram_index.c ---- */
/* A number for each word of all modules. */
uint64_t dram_key(const struct dram_address *at);
/* Builds the index anew. */
void dram_index_build(struct dram *dram);
/* Fault `fault` has been added at the end, or is about to be taken out of the list. */
void dram_index_add(struct dram *dram, uint32_t fault);
void dram_index_remove(struct dram *dram, uint32_t fault);
/* An address at which a fault of this kind and place can be met; false when nothing decodes to one. */
bool dram_fault_address(const struct dram *dram, const struct dram_fault *fault, uint64_t *addr);
/* Index of the FLIP of this cell, fault_count when there is none. */
uint32_t dram_index_flip(const struct dram *dram, uint64_t key);
/* A FLIP or STUCK fault is in [key, key + words). */
bool dram_index_has_word(const struct dram *dram, uint64_t key, unsigned words);
/* First of `index.addrs` that is not below `addr`: its position. */
uint32_t dram_index_from(const struct dram *dram, uint64_t addr);
/* Where the line at `addr` (aligned) is; false: in no module. */
bool dram_find_line(const struct dram *dram, uint64_t addr, struct dram_place *place);
/* A fault can touch some of the line's words. */
bool dram_is_line_faulty(const struct dram *dram, const struct dram_place *place);
/* `stored` as the cells of the line's word `word` give it: stuck ones forced. */
void dram_force(const struct dram *dram, const struct dram_place *place, unsigned word,
                struct ecc_word *stored);

/* ---- dram_plant.c ---- */
/* Could this be planted, wherever the layout puts it? -1 with `err`. Sets members that the kind does
 * not use to 0. */
int dram_fault_check(const struct dram *dram, struct dram_fault *fault,
                     struct error *err) MUST_CHECK;
/* The difference of a cell is now `flips`: the FLIP changes, comes if there is room, or goes. */
void dram_set_flips(struct dram *dram, uint64_t key, struct ecc_word flips);

/* ---- dram_word.c ---- */
/* Host memory of the word at `addr`, NULL when there is none. */
uint8_t *dram_host(const struct dram *dram, uint64_t addr);
/* Changes host memory from inside. Nothing when there is none. */
void dram_host_set(struct dram *dram, uint64_t addr, uint64_t data);
/* The controller reads word `word` of the line. Afterwards host memory holds what the reader gets
 * (unless uncorrectable). Counted, not reported. `is_written_back`: a corrected word goes back into
 * the cells. `*bit` as ecc_decode(). */
enum ecc_result dram_read_word(struct dram *dram, const struct dram_place *place, unsigned word,
                               bool is_written_back, unsigned *bit);
/* The word has been, or will be before anything else happens, written completely. */
void dram_rewrite_word(struct dram *dram, const struct dram_place *place, unsigned word);

/* ---- dram_patrol.c ---- */
void dram_patrol_fire(void *owner, vtime when);
/* Faults or layout have changed: when is the next one met? */
void dram_patrol_arm(struct dram *dram);
/* The walk begins at the present time. */
void dram_patrol_begin(struct dram *dram);
/* The layout is another one than the walk's. */
bool dram_patrol_is_stale(const struct dram *dram);

/* ---- dram_report.c ---- */
extern const struct trace_desc *const dram_events[];
/* Where and during what an error was found. */
struct dram_finder {
    enum dram_access_kind during;
    bool is_patrol;
    enum timing_dram_outcome row;
};
/* Traces and reports what dram_read_word() found (`result` not ECC_CLEAN). */
void dram_report_word(struct dram *dram, const struct dram_finder *finder,
                      const struct dram_place *place, unsigned word, enum ecc_result result,
                      unsigned bit);
/* Counts, traces and reports a command that the module refused. */
void dram_report_refused(struct dram *dram, const struct dram_finder *finder,
                         const struct dram_place *place, unsigned word);
void dram_trace_planted(struct dram *dram, const struct dram_fault *fault);
void dram_trace_repaired(struct dram *dram, const struct dram_fault *fault);
/* A difference is gone because its word was written. */
void dram_trace_scrubbed(struct dram *dram, uint64_t addr, const struct ecc_word *flips);
void dram_trace_patrol(struct dram *dram, uint64_t addr, uint64_t errors);
