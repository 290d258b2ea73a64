/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of the memory modules, as far as they are not simply host memory: faults and what
 * comes of them (docs/hardware/ecc.md). This file: the device, its saved state, guarded pages.
 *
 * Not modelled: the symbol code of the real controllers, which corrects a whole chip, sparing and
 * mirroring; errors of the data wires between module and controller as such (a fault of the module's
 * cells looks the same); caches between cores and controllers, so that an access to a faulty word
 * meets it each time; refresh and retention. Errors found are reported, but no retry is.
 */
#include "devices/memory/dram.h"

#include <stdlib.h>
#include <string.h>

#include "devices/memory/dram_internal.h"

/* ---- For others ---- */

bool dram_has_faults(const struct device *device)
{
    return CONTAINER_OF(device, const struct dram, device)->fault_count > 0;
}

static bool has_faulty_line(const struct dram *dram, uint64_t page)
{
    for (unsigned i = 0; i < DRAM_PAGE_LINES; i++) {
        struct dram_place place;

        if (dram_find_line(dram, page + (uint64_t)i * DRAM_LINE_BYTES, &place) &&
            dram_is_line_faulty(dram, &place)) {
            return true;
        }
    }
    return false;
}

bool dram_is_guarded(const struct device *device, uint64_t addr)
{
    const struct dram *dram = CONTAINER_OF(device, const struct dram, device);
    uint64_t page = align_down(addr, DRAM_PAGE_BYTES);
    struct dram_guard *guard = &dram->guards[page / DRAM_PAGE_BYTES % DRAM_GUARD_SLOTS];
    uint32_t at;

    if (dram->fault_count == 0) return false;
    at = dram_index_from(dram, page);
    if (at < dram->index.addr_count && dram->index.addrs[at] - page < DRAM_PAGE_BYTES) return true;
    if (dram->index.pattern_count == 0) return false;
    if (guard->generation != dram->index.generation || guard->page != page) {
        guard->page = page;
        guard->generation = dram->index.generation;
        guard->is_guarded = has_faulty_line(dram, page);
    }
    return guard->is_guarded;
}

size_t dram_fault_count(const struct device *device)
{
    return CONTAINER_OF(device, const struct dram, device)->fault_count;
}

const struct dram_fault *dram_fault(const struct device *device, size_t index)
{
    return &CONTAINER_OF(device, const struct dram, device)->faults[index];
}

const struct dram_counts *dram_counts(const struct device *device)
{
    return &CONTAINER_OF(device, const struct dram, device)->counts;
}

void dram_layout_changed(struct device *device)
{
    struct dram *dram = dram_of(device);
    const struct dram_env *env = &dram->config.env;
    bool is_stale = dram_patrol_is_stale(dram);

    if (is_stale) {
        dram_settle(device);
        dram_patrol_begin(dram);
    }
    if (dram->fault_count == 0) return;
    dram_index_build(dram);
    if (is_stale) {
        dram_patrol_arm(dram);
        env->guards_changed(env->ctx);
    }
}

/* ---- Life ---- */

static int dram_init(struct device *device, const void *config, struct error *err)
{
    struct dram *dram = dram_of(device);

    dram->config = *(const struct dram_config *)config;
    if (dram->config.patrol_period != 0 && dram->config.patrol_period < VTIME_S(1)) {
        return error_usage(err,
                           "a patrol through memory takes %llu ps: it is off or takes 1 s at "
                           "least",
                           (unsigned long long)dram->config.patrol_period);
    }
    dram->guards = calloc(DRAM_GUARD_SLOTS, sizeof(*dram->guards));
    if (dram->guards == NULL) return error_host(err, "out of memory");
    event_init(&dram->patrol, "patrol", dram_patrol_fire, dram);
    return 0;
}

/* Power-on means the modules of the configuration, as good as new. Other resets are none to them. */
static void dram_reset(struct device *device, enum reset_kind kind)
{
    struct dram *dram = dram_of(device);

    dram_settle(device);
    if (kind != RESET_POWER_ON) return;
    sched_cancel(device->env.sched, &dram->patrol);
    memset(dram->faults, 0, sizeof(dram->faults));
    dram->fault_count = 0;
    dram->counts = (struct dram_counts){0};
    dram->timing = (struct timing_dram){0};
    dram->timing_used = 0;
    dram_index_build(dram);
    dram_patrol_begin(dram);
}

static void dram_fini(struct device *device)
{
    struct dram *dram = dram_of(device);

    sched_cancel(device->env.sched, &dram->patrol);
    free(dram->guards);
}

/* ---- Snapshots ---- */

static bool is_timing_sound(const struct dram *dram)
{
    if (dram->timing_used != 0 && dram->timing_used != DRAM_TIMING_U64) return false;
    for (unsigned i = 0; i < TIMING_DRAM_CHANNELS; i++) {
        const struct timing_dram_channel *channel = &dram->timing.channel[i];

        if (channel->last_rank >= TIMING_DRAM_RANKS || channel->last_group >= DIMM_BANK_GROUPS ||
            channel->last_is_write > 1 || channel->unused != 0) {
            return false;
        }
        for (unsigned j = 0; j < TIMING_DRAM_RANKS * TIMING_DRAM_BANKS; j++) {
            const struct timing_dram_rank *rank = &channel->rank[j / TIMING_DRAM_BANKS];

            if (rank->bank[j % TIMING_DRAM_BANKS].is_open > 1) return false;
        }
    }
    return true;
}

static bool is_fault_sound(const struct dram *dram, uint32_t index)
{
    const struct dram_fault *fault = &dram->faults[index];
    struct dram_fault good = *fault;
    struct error err = ERROR_INIT;

    if (dram_fault_check(dram, &good, &err) != 0) return false;
    if (dram_key(&good.where) != dram_key(&fault->where) || good.value != fault->value ||
        good.mask.data != fault->mask.data || good.mask.check != fault->mask.check ||
        good.line != fault->line || good.line_bit != fault->line_bit ||
        good.has_parity != fault->has_parity) {
        return false;
    }
    if (fault->kind != DRAM_FAULT_FLIP) return true;
    if (!dram->config.dimms.socket[dram_socket(&fault->where)].has_ecc) return false;
    for (uint32_t i = 0; i < index; i++) {
        if (dram->faults[i].kind == DRAM_FAULT_FLIP &&
            dram_key(&dram->faults[i].where) == dram_key(&fault->where)) {
            return false;
        }
    }
    return true;
}

static int dram_loaded(struct device *device, struct error *err)
{
    struct dram *dram = dram_of(device);

    for (uint32_t i = 0; i < dram->fault_count; i++) {
        if (!is_fault_sound(dram, i)) {
            return error_host(err, "snapshot: memory fault %u cannot be", (unsigned)i);
        }
    }
    for (uint32_t i = 0; i < dram->astray_count; i++) {
        const struct dram_astray *word = &dram->astray[i];

        if (word->addr % DRAM_WORD_BYTES != 0 ||
            (!word->is_lost && word->other % DRAM_WORD_BYTES != 0)) {
            return error_host(err, "snapshot: a memory word that is none");
        }
    }
    if (!is_timing_sound(dram)) return error_host(err, "snapshot: memory timing that cannot be");
    if (dram->patrol_place % DRAM_LINE_BYTES != 0) {
        return error_host(err, "snapshot: the patrol is nowhere");
    }
    dram_index_build(dram);
    return 0;
}

#define FAULT(member, limit)  SNAP_U_EACH_USED(struct dram, faults, member, limit, fault_count)
#define ASTRAY(member, limit) SNAP_U_EACH_USED(struct dram, astray, member, limit, astray_count)

static const struct snap_field dram_state[] = {
    SNAP_U_MAX(struct dram, fault_count, DRAM_FAULTS_MAX),
    FAULT(kind, DRAM_FAULT_KINDS - 1),
    FAULT(where.imc, IMC_COUNT - 1),
    FAULT(where.channel, IMC_CHANNELS - 1),
    FAULT(where.dimm, IMC_DIMMS - 1),
    FAULT(where.rank, DIMM_RANKS_MAX - 1),
    FAULT(where.bank_group, DIMM_BANK_GROUPS - 1),
    FAULT(where.bank, DIMM_BANKS - 1),
    FAULT(where.column, UINT64_MAX),
    FAULT(where.row, UINT64_MAX),
    FAULT(mask.data, UINT64_MAX),
    FAULT(mask.check, UINT64_MAX),
    FAULT(value, 1),
    FAULT(line, DRAM_LINE_BANK_GROUP),
    FAULT(line_bit, UINT64_MAX),
    FAULT(has_parity, 1),
    SNAP_U(struct dram, counts.corrected),
    SNAP_U(struct dram, counts.uncorrected),
    SNAP_U(struct dram, counts.parity),
    SNAP_U(struct dram, counts.miscorrected),
    SNAP_U(struct dram, counts.undetected),
    SNAP_U_MAX(struct dram, astray_count, DRAM_PAGE_WORDS),
    ASTRAY(addr, UINT64_MAX),
    ASTRAY(other, UINT64_MAX),
    ASTRAY(is_lost, 1),
    SNAP_U(struct dram, layout_hash),
    SNAP_U(struct dram, patrol_epoch),
    SNAP_U(struct dram, patrol_pass),
    SNAP_U(struct dram, patrol_place),
    SNAP_E(struct dram, patrol),
    SNAP_U_MAX(struct dram, timing_used, DRAM_TIMING_U64),
    SNAP_U_ARRAY_USED(struct dram, timing_u64, UINT64_MAX, timing_used),
    SNAP_END,
};

/* ---- Alone, for generic tests: modules without anything around them ---- */

static uint8_t *no_memory(void *ctx, uint64_t page)
{
    (void)ctx;
    (void)page;
    return NULL;
}

static void no_report(void *ctx, const struct dram_error *error)
{
    (void)ctx;
    (void)error;
}

static void no_change(void *ctx, uint64_t addr, uint64_t bytes)
{
    (void)ctx;
    (void)addr;
    (void)bytes;
}

static void no_guards(void *ctx)
{
    (void)ctx;
}

static const struct imc_layout *no_layout(void *ctx)
{
    static const struct imc_layout empty = {.zone_count = 0};

    (void)ctx;
    return &empty;
}

#define MODULE                                                                                 \
    {                                                                                          \
        .bytes = UINT64_C(8) << 30, .ranks = 1, .width = 8, .row_bits = 16, .column_bits = 10, \
        .has_ecc = true                                                                        \
    }

static const struct dram_config default_config = {
    .dimms.socket = {MODULE, MODULE, MODULE, MODULE},
    .has_demand_scrub = true,
    .patrol_period = VTIME_S(86400),
    .env = {.memory = no_memory,
            .report = no_report,
            .changed = no_change,
            .guards_changed = no_guards,
            .layout = no_layout},
};

const struct device_class dram_class = {
    .name = "dram",
    .size = sizeof(struct dram),
    .version = 1,
    .state = dram_state,
    .events = dram_events,
    .default_config = &default_config,
    .init = dram_init,
    .reset = dram_reset,
    .loaded = dram_loaded,
    .fini = dram_fini,
};
