/* SPDX-License-Identifier: GPL-2.0-only */
/* What the DRAM says: to the trace, and to the controllers' counters and banks. */
#include "devices/memory/dram_internal.h"

static const struct trace_desc desc_planted = {.name = "planted",
                                               .fields = {"kind:s", "place", "mask", "mask_check"}};
static const struct trace_desc desc_repaired = {
    .name = "repaired", .fields = {"kind:s", "place", "mask", "mask_check"}};
static const struct trace_desc desc_corrected = {.name = "corrected",
                                                 .fields = {"addr", "bit", "during:s", "row:s"}};
static const struct trace_desc desc_uncorrected = {
    .name = "uncorrected", .fields = {"addr", "place", "during:s", "row:s"}};
static const struct trace_desc desc_parity = {.name = "parity",
                                              .fields = {"addr", "place", "during:s", "row:s"}};
static const struct trace_desc desc_scrubbed = {.name = "scrubbed",
                                                .fields = {"addr", "mask", "mask_check"}};
static const struct trace_desc desc_patrol = {.name = "patrol",
                                              .fields = {"addr", "errors", "pass"}};

const struct trace_desc *const dram_events[] = {
    &desc_planted, &desc_repaired, &desc_corrected, &desc_uncorrected,
    &desc_parity,  &desc_scrubbed, &desc_patrol,    NULL,
};

static uint64_t kind_name(const struct dram_fault *fault)
{
    static const char *const names[DRAM_FAULT_KINDS] = {
        [DRAM_FAULT_FLIP] = "flip",       [DRAM_FAULT_STUCK] = "stuck", [DRAM_FAULT_ROW] = "row",
        [DRAM_FAULT_COLUMN] = "column",   [DRAM_FAULT_CHIP] = "chip",   [DRAM_FAULT_DIMM] = "dimm",
        [DRAM_FAULT_ADDRESS] = "address",
    };

    return (uintptr_t)names[fault->kind];
}

static uint64_t during_name(const struct dram_finder *finder)
{
    static const char *const names[] = {
        [DRAM_ACCESS_READ] = "read",         [DRAM_ACCESS_WRITE] = "write",
        [DRAM_ACCESS_FETCH] = "fetch",       [DRAM_ACCESS_WALK] = "walk",
        [DRAM_ACCESS_DMA_READ] = "dma_read", [DRAM_ACCESS_DMA_WRITE] = "dma_write",
    };

    return (uintptr_t)(finder->is_patrol ? "patrol" : names[finder->during]);
}

static uint64_t row_name(const struct dram_finder *finder)
{
    static const char *const names[] = {
        [TIMING_DRAM_ROW_HIT] = "hit",
        [TIMING_DRAM_ROW_MISS] = "miss",
        [TIMING_DRAM_ROW_CONFLICT] = "conflict",
    };

    return (uintptr_t)(finder->is_patrol ? "none" : names[finder->row]);
}

/* The number of a word, or the line and value of a stuck line. */
static uint64_t place_of(const struct dram_fault *fault)
{
    return dram_key(&fault->where);
}

void dram_trace_planted(struct dram *dram, const struct dram_fault *fault)
{
    TRACE(dram->device.env.trace, &dram->device, &desc_planted, kind_name(fault), place_of(fault),
          fault->mask.data, fault->mask.check);
}

void dram_trace_repaired(struct dram *dram, const struct dram_fault *fault)
{
    TRACE(dram->device.env.trace, &dram->device, &desc_repaired, kind_name(fault), place_of(fault),
          fault->mask.data, fault->mask.check);
}

void dram_trace_scrubbed(struct dram *dram, uint64_t addr, const struct ecc_word *flips)
{
    TRACE(dram->device.env.trace, &dram->device, &desc_scrubbed, addr, flips->data, flips->check);
}

void dram_trace_patrol(struct dram *dram, uint64_t addr, uint64_t errors)
{
    TRACE(dram->device.env.trace, &dram->device, &desc_patrol, addr, errors, dram->patrol_pass);
}

/* Reports with the record as the cause of what follows. */
static void report(struct dram *dram, const struct dram_error *error, uint64_t record)
{
    const struct dram_env *env = &dram->config.env;
    uint64_t previous = trace_cause_begin(dram->device.env.trace, record);

    env->report(env->ctx, error);
    trace_cause_end(dram->device.env.trace, previous);
}

static struct dram_error error_at(const struct dram_finder *finder, const struct dram_place *place,
                                  unsigned word)
{
    struct dram_error error = {
        .during = finder->during,
        .is_patrol = finder->is_patrol,
        .addr = place->addr + (uint64_t)word * DRAM_WORD_BYTES,
        .at = place->at,
    };

    error.at.column = (uint16_t)(error.at.column | word);
    return error;
}

void dram_report_word(struct dram *dram, const struct dram_finder *finder,
                      const struct dram_place *place, unsigned word, enum ecc_result result,
                      unsigned bit)
{
    struct dram_error error = error_at(finder, place, word);
    bool is_corrected = result == ECC_CORRECTED;
    uint64_t record;

    error.kind = is_corrected ? DRAM_ERROR_CORRECTED : DRAM_ERROR_UNCORRECTED;
    error.bit = is_corrected ? (uint8_t)bit : 0;
    record = TRACE(dram->device.env.trace, &dram->device,
                   is_corrected ? &desc_corrected : &desc_uncorrected, error.addr,
                   is_corrected ? bit : dram_key(&error.at), during_name(finder), row_name(finder));
    report(dram, &error, record);
}

void dram_report_refused(struct dram *dram, const struct dram_finder *finder,
                         const struct dram_place *place, unsigned word)
{
    struct dram_error error = error_at(finder, place, word);
    uint64_t record;

    error.kind = DRAM_ERROR_COMMAND_PARITY;
    dram->counts.parity++;
    record = TRACE(dram->device.env.trace, &dram->device, &desc_parity, error.addr,
                   dram_key(&error.at), during_name(finder), row_name(finder));
    report(dram, &error, record);
}
