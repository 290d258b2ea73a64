/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that were announced. Errors are looked for in the words that the access touches, not in
 * the rest of their lines: with no cache in between, each access to a line would report anew what a
 * real controller reports once when it fills the line.
 *
 * A write is announced before it happens, and it happens in host memory whatever we say. When the
 * module refuses it or puts it elsewhere, the words are remembered and put right as soon as anything
 * else is asked of us, or the machine comes to an edge (dram_settle()).
 */
#include "devices/memory/dram_internal.h"
#include "emu/base/bug.h"
#include "emu/base/endian.h"

#define MCMTR_CLOSE_PAGE BIT32(0)

struct access {
    struct dram_finder finder;
    bool is_write;
    uint64_t addr;
    uint64_t end;
    enum dram_result result;
    uint64_t poison;
};

void dram_settle(struct device *device)
{
    struct dram *dram = dram_of(device);

    for (uint32_t i = 0; i < dram->astray_count; i++) {
        const struct dram_astray *word = &dram->astray[i];
        const uint8_t *host = dram_host(dram, word->addr);

        if (host == NULL) continue;
        if (word->is_lost) {
            dram_host_set(dram, word->addr, word->other);
        } else {
            dram_host_set(dram, word->other, le64_get(host));
        }
    }
    dram->astray_count = 0;
}

static void go_astray(struct dram *dram, const struct dram_place *place, unsigned word)
{
    uint64_t offset = (uint64_t)word * DRAM_WORD_BYTES;
    struct dram_astray *astray = &dram->astray[dram->astray_count];
    const uint8_t *host = dram_host(dram, place->addr + offset);

    BUG_ON(dram->astray_count >= DRAM_PAGE_WORDS);
    if (host == NULL) return;
    astray->addr = place->addr + offset;
    astray->is_lost = place->is_refused;
    astray->other = place->is_refused ? le64_get(host) : place->cell_addr + offset;
    dram->astray_count++;
}

/* An instruction can be abandoned after its write was announced, so that what will be carried over is
 * what was there. */
static void show_alias(struct dram *dram, const struct dram_place *place, unsigned word)
{
    uint64_t offset = (uint64_t)word * DRAM_WORD_BYTES;
    const uint8_t *host = dram_host(dram, place->cell_addr + offset);

    if (host != NULL) {
        dram_host_set(dram, place->addr + offset, le64_get(host));
    }
}

static void poison(struct access *access, const struct dram_place *place, unsigned word)
{
    if (access->is_write || access->result == DRAM_POISONED) return;
    access->result = DRAM_POISONED;
    access->poison = place->addr + (uint64_t)word * DRAM_WORD_BYTES;
}

static void read_word(struct dram *dram, struct access *access, const struct dram_place *place,
                      unsigned word)
{
    unsigned bit = 0;
    enum ecc_result result = dram_read_word(dram, place, word, dram->config.has_demand_scrub, &bit);

    if (result == ECC_UNCORRECTABLE) {
        poison(access, place, word);
    } else if (access->is_write) {
        dram_rewrite_word(dram, place, word);
    }
    if (result != ECC_CLEAN) {
        dram_report_word(dram, &access->finder, place, word, result, bit);
    }
}

static void access_word(struct dram *dram, struct access *access, const struct dram_place *place,
                        unsigned word)
{
    uint64_t addr = place->addr + (uint64_t)word * DRAM_WORD_BYTES;
    bool is_whole = access->addr <= addr && access->end >= addr + DRAM_WORD_BYTES;

    if (access->is_write && is_whole) {
        dram_rewrite_word(dram, place, word);
    } else {
        read_word(dram, access, place, word);
    }
    if (access->is_write && place->is_alias) {
        show_alias(dram, place, word);
        go_astray(dram, place, word);
    }
}

/* One command for the whole line, refused. */
static void access_refused(struct dram *dram, struct access *access, const struct dram_place *place,
                           unsigned first, unsigned last)
{
    poison(access, place, first);
    for (unsigned word = first; word <= last && access->is_write; word++) {
        go_astray(dram, place, word);
    }
    dram_report_refused(dram, &access->finder, place, first);
}

static enum timing_dram_outcome burst(struct dram *dram, const struct dram_place *place,
                                      bool is_write)
{
    const struct dram_address *at = &place->at;
    const struct imc_registers *registers = &dram_layout(dram)->registers;
    enum timing_dram_outcome outcome = TIMING_DRAM_ROW_MISS;
    struct timing_dram_access access = {
        .channel = (uint8_t)(at->imc * IMC_CHANNELS + at->channel),
        .rank = at->rank % TIMING_DRAM_RANKS,
        .bank = (uint8_t)((at->bank_group * DIMM_BANKS + at->bank) % TIMING_DRAM_BANKS),
        .is_write = is_write,
        .is_close_page = (registers->imc[at->imc].mcmtr & MCMTR_CLOSE_PAGE) != 0,
        .width = place->dimm->width,
        .row = at->row,
    };

    dram->timing_used = DRAM_TIMING_U64;
    (void)timing_dram_burst(&dram->timing, &access, device_now(&dram->device), &outcome);
    return outcome;
}

static void access_line(struct dram *dram, struct access *access, uint64_t line)
{
    struct dram_place place;
    unsigned first = 0;
    unsigned last = DRAM_LINE_WORDS - 1;

    if (!dram_find_line(dram, line, &place)) return;
    access->finder.row = burst(dram, &place, access->is_write);
    if (!dram_is_line_faulty(dram, &place)) return;
    if (access->addr > line) {
        first = (unsigned)(access->addr - line) / DRAM_WORD_BYTES;
    }
    if (access->end < line + DRAM_LINE_BYTES) {
        last = (unsigned)(access->end - line - 1) / DRAM_WORD_BYTES;
    }
    if (place.is_refused) {
        access_refused(dram, access, &place, first, last);
        return;
    }
    for (unsigned word = first; word <= last; word++) {
        access_word(dram, access, &place, word);
    }
}

enum dram_result dram_access(struct device *device, enum dram_access_kind kind, uint64_t addr,
                             unsigned bytes, uint64_t *poison_addr)
{
    struct dram *dram = dram_of(device);
    struct access access = {
        .finder.during = kind,
        .is_write = kind == DRAM_ACCESS_WRITE || kind == DRAM_ACCESS_DMA_WRITE,
        .addr = addr,
        .end = addr + bytes,
        .result = DRAM_GOOD,
    };

    BUG_ON(bytes > DRAM_PAGE_BYTES - addr % DRAM_PAGE_BYTES);
    dram_settle(device);
    if (bytes == 0 || !dram_is_guarded(device, addr)) return DRAM_GOOD;
    for (uint64_t line = align_down(addr, DRAM_LINE_BYTES); line < access.end;
         line += DRAM_LINE_BYTES) {
        access_line(dram, &access, line);
    }
    if (access.result == DRAM_POISONED) {
        *poison_addr = access.poison;
    }
    return access.result;
}
