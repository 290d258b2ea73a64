/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One word as the controller reads it: the code word of what was written last, with the difference
 * that flips made, with the stuck cells as they are; decoded. Where the decoder is fooled by three
 * and more errors, host memory becomes what it says: nothing behind the controller can tell.
 */
#include "devices/memory/dram_internal.h"
#include "emu/base/endian.h"

static const struct ecc_word no_flips = {0};

static bool is_some(const struct ecc_word *word)
{
    return word->data != 0 || word->check != 0;
}

uint8_t *dram_host(const struct dram *dram, uint64_t addr)
{
    const struct dram_env *env = &dram->config.env;
    uint8_t *page = env->memory(env->ctx, align_down(addr, DRAM_PAGE_BYTES));

    return page != NULL ? page + addr % DRAM_PAGE_BYTES : NULL;
}

void dram_host_set(struct dram *dram, uint64_t addr, uint64_t data)
{
    const struct dram_env *env = &dram->config.env;
    uint8_t *host = dram_host(dram, addr);

    if (host == NULL || le64_get(host) == data) return;
    le64_put(host, data);
    env->changed(env->ctx, addr, DRAM_WORD_BYTES);
}

static struct ecc_word flips_of(const struct dram *dram, uint64_t key)
{
    uint32_t flip = dram_index_flip(dram, key);

    return flip < dram->fault_count ? dram->faults[flip].mask : no_flips;
}

static struct ecc_word difference(const struct ecc_word *stored, uint64_t data)
{
    return (struct ecc_word){
        .data = stored->data ^ data,
        .check = stored->check ^ ecc_encode(data),
    };
}

static void clear_flips(struct dram *dram, uint64_t key, uint64_t addr)
{
    struct ecc_word flips = flips_of(dram, key);

    if (!is_some(&flips)) return;
    dram_trace_scrubbed(dram, addr, &flips);
    dram_set_flips(dram, key, no_flips);
}

static void count(struct dram_counts *counts, enum ecc_result result, bool is_wrong)
{
    switch (result) {
    case ECC_CLEAN: counts->undetected += is_wrong ? 1u : 0u; break;
    case ECC_CORRECTED:
        counts->corrected++;
        counts->miscorrected += is_wrong ? 1u : 0u;
        break;
    case ECC_UNCORRECTABLE: counts->uncorrected++; break;
    }
}

/* What was read of the cells in `*stored`, decoded; *data is what host memory holds, then what the
 * reader gets. */
static enum ecc_result decode(struct dram *dram, const struct ecc_word *stored, uint64_t *data,
                              unsigned *bit)
{
    struct ecc_word seen = *stored;
    enum ecc_result result = ecc_decode(&seen, bit);

    count(&dram->counts, result, result != ECC_UNCORRECTABLE && seen.data != *data);
    if (result != ECC_UNCORRECTABLE) {
        *data = seen.data;
    }
    return result;
}

enum ecc_result dram_read_word(struct dram *dram, const struct dram_place *place, unsigned word,
                               bool is_written_back, unsigned *bit)
{
    uint64_t addr = place->cell_addr + (uint64_t)word * DRAM_WORD_BYTES;
    uint64_t key = place->key + word;
    const uint8_t *host = dram_host(dram, addr);
    struct ecc_word flips = flips_of(dram, key);
    enum ecc_result result = ECC_CLEAN;
    struct ecc_word cells;
    struct ecc_word seen;
    uint64_t data;

    if (host == NULL) return ECC_CLEAN;
    data = le64_get(host);
    cells.data = data ^ flips.data;
    cells.check = ecc_encode(data) ^ flips.check;
    seen = cells;
    dram_force(dram, place, word, &seen);
    if (place->dimm->has_ecc) {
        result = decode(dram, &seen, &data, bit);
    } else {
        data = seen.data;
    }
    if (result == ECC_UNCORRECTABLE) return result;
    if (result == ECC_CORRECTED && is_written_back) {
        clear_flips(dram, key, addr);
    } else if (is_some(&flips)) {
        dram_set_flips(dram, key, difference(&cells, data));
    }
    dram_host_set(dram, addr, data);
    if (place->is_alias) {
        dram_host_set(dram, place->addr + (uint64_t)word * DRAM_WORD_BYTES, data);
    }
    return result;
}

void dram_rewrite_word(struct dram *dram, const struct dram_place *place, unsigned word)
{
    clear_flips(dram, place->key + word, place->cell_addr + (uint64_t)word * DRAM_WORD_BYTES);
}
