/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which faults touch a word. Single words are found in a list sorted by cell, pages and the patrol's
 * next stop in one sorted by address; patterns are asked one by one, after a line has been decoded.
 * All of it is bounded by DRAM_FAULTS_MAX, whatever a guest does.
 */
#include <string.h>

#include "devices/memory/dram_internal.h"
#include "emu/base/bug.h"

#define KEY_ROW        16u
#define KEY_BANK       48u
#define KEY_BANK_GROUP 50u
#define KEY_RANK       52u
#define KEY_DIMM       54u
#define KEY_CHANNEL    56u
#define KEY_IMC        58u
#define WORD_COLUMNS   UINT16_MAX
#define LINE_COLUMNS   (UINT16_MAX & ~(DRAM_LINE_WORDS - 1))

uint64_t dram_key(const struct dram_address *at)
{
    return (uint64_t)at->column | (uint64_t)at->row << KEY_ROW |
           (uint64_t)(at->bank & 3u) << KEY_BANK |
           (uint64_t)(at->bank_group & 3u) << KEY_BANK_GROUP |
           (uint64_t)(at->rank & 3u) << KEY_RANK | (uint64_t)(at->dimm & 3u) << KEY_DIMM |
           (uint64_t)(at->channel & 3u) << KEY_CHANNEL | (uint64_t)(at->imc & 1u) << KEY_IMC;
}

static bool is_word_fault(const struct dram_fault *fault)
{
    return fault->kind == DRAM_FAULT_FLIP || fault->kind == DRAM_FAULT_STUCK;
}

static bool is_same_module(const struct dram_address *a, const struct dram_address *b)
{
    return a->imc == b->imc && a->channel == b->channel && a->dimm == b->dimm;
}

static bool is_same_bank(const struct dram_address *a, const struct dram_address *b)
{
    return a->rank == b->rank && a->bank_group == b->bank_group && a->bank == b->bank;
}

/* Does the pattern touch this place? `columns`: the column bits that count. */
static bool is_hit(const struct dram_fault *fault, const struct dram_address *at, unsigned columns)
{
    const struct dram_address *where = &fault->where;

    if (!is_same_module(where, at)) return false;
    switch (fault->kind) {
    case DRAM_FAULT_ROW: return is_same_bank(where, at) && where->row == at->row;
    case DRAM_FAULT_COLUMN:
        return is_same_bank(where, at) && ((where->column ^ at->column) & columns) == 0;
    case DRAM_FAULT_CHIP: return where->rank == at->rank;
    case DRAM_FAULT_DIMM:
    case DRAM_FAULT_ADDRESS: return true;
    case DRAM_FAULT_FLIP:
    case DRAM_FAULT_STUCK:
    case DRAM_FAULT_KINDS: break;
    }
    return false;
}

/* ---- Where a fault is met ---- */

/* Some bank of some rank, as far as the fault leaves that open. */
static bool any_bank_address(const struct dram *dram, const struct dram_fault *fault,
                             uint64_t *addr)
{
    const struct dimm *dimm = &dram->config.dimms.socket[dram_socket(&fault->where)];
    bool is_of_rank = fault->kind == DRAM_FAULT_CHIP;
    unsigned first = is_of_rank ? fault->where.rank : 0;
    unsigned end = is_of_rank ? first + 1 : dimm->ranks;

    for (unsigned i = first * DIMM_BANK_GROUPS * DIMM_BANKS;
         i < end * DIMM_BANK_GROUPS * DIMM_BANKS; i++) {
        struct dram_address at = fault->where;

        at.rank = (uint8_t)(i / (DIMM_BANK_GROUPS * DIMM_BANKS));
        at.bank_group = (uint8_t)(i / DIMM_BANKS % DIMM_BANK_GROUPS);
        at.bank = (uint8_t)(i % DIMM_BANKS);
        if (imc_layout_encode(dram_layout(dram), &at, addr)) return true;
    }
    return false;
}

bool dram_fault_address(const struct dram *dram, const struct dram_fault *fault, uint64_t *addr)
{
    switch (fault->kind) {
    case DRAM_FAULT_CHIP:
    case DRAM_FAULT_DIMM:
    case DRAM_FAULT_ADDRESS: return any_bank_address(dram, fault, addr);
    case DRAM_FAULT_FLIP:
    case DRAM_FAULT_STUCK:
    case DRAM_FAULT_ROW:
    case DRAM_FAULT_COLUMN:
    case DRAM_FAULT_KINDS: break;
    }
    return imc_layout_encode(dram_layout(dram), &fault->where, addr);
}

/* ---- The sorted lists ---- */

/* First position whose (key, fault) is not below. */
static uint32_t word_from(const struct dram_index *index, uint64_t key, uint32_t fault)
{
    uint32_t low = 0;
    uint32_t high = index->word_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct dram_word_fault *word = &index->words[middle];

        if (word->key < key || (word->key == key && word->fault < fault)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t dram_index_from(const struct dram *dram, uint64_t addr)
{
    const struct dram_index *index = &dram->index;
    uint32_t low = 0;
    uint32_t high = index->addr_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (index->addrs[middle] < addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_word(struct dram *dram, uint32_t fault)
{
    struct dram_index *index = &dram->index;
    struct dram_word_fault word = {.key = dram_key(&dram->faults[fault].where), .fault = fault};
    uint32_t at = word_from(index, word.key, fault);

    if (!dram_fault_address(dram, &dram->faults[fault], &word.addr)) {
        word.addr = DRAM_NOWHERE;
    }
    memmove(&index->words[at + 1], &index->words[at],
            (index->word_count - at) * sizeof(index->words[0]));
    index->words[at] = word;
    index->word_count++;
    if (word.addr == DRAM_NOWHERE) return;
    at = dram_index_from(dram, word.addr);
    memmove(&index->addrs[at + 1], &index->addrs[at],
            (index->addr_count - at) * sizeof(index->addrs[0]));
    index->addrs[at] = word.addr;
    index->addr_count++;
}

static void remove_word(struct dram *dram, uint32_t fault)
{
    struct dram_index *index = &dram->index;
    uint32_t at = word_from(index, dram_key(&dram->faults[fault].where), fault);
    uint64_t addr = index->words[at].addr;

    BUG_ON(at >= index->word_count || index->words[at].fault != fault);
    index->word_count--;
    memmove(&index->words[at], &index->words[at + 1],
            (index->word_count - at) * sizeof(index->words[0]));
    if (addr == DRAM_NOWHERE) return;
    at = dram_index_from(dram, addr);
    index->addr_count--;
    memmove(&index->addrs[at], &index->addrs[at + 1],
            (index->addr_count - at) * sizeof(index->addrs[0]));
}

static void add_pattern(struct dram *dram, uint32_t fault)
{
    struct dram_index *index = &dram->index;
    uint64_t addr;

    if (!dram_fault_address(dram, &dram->faults[fault], &addr)) return;
    index->patterns[index->pattern_count++] = (uint16_t)fault;
    index->line_count += dram->faults[fault].kind == DRAM_FAULT_ADDRESS ? 1u : 0u;
}

static void remove_pattern(struct dram *dram, uint32_t fault)
{
    struct dram_index *index = &dram->index;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < index->pattern_count; i++) {
        if (index->patterns[i] != fault) {
            index->patterns[kept++] = index->patterns[i];
        }
    }
    if (kept < index->pattern_count && dram->faults[fault].kind == DRAM_FAULT_ADDRESS) {
        index->line_count--;
    }
    index->pattern_count = kept;
}

void dram_index_add(struct dram *dram, uint32_t fault)
{
    if (is_word_fault(&dram->faults[fault])) {
        add_word(dram, fault);
    } else {
        add_pattern(dram, fault);
    }
    dram->index.generation++;
}

void dram_index_remove(struct dram *dram, uint32_t fault)
{
    struct dram_index *index = &dram->index;

    if (is_word_fault(&dram->faults[fault])) {
        remove_word(dram, fault);
    } else {
        remove_pattern(dram, fault);
    }
    for (uint32_t i = 0; i < index->word_count; i++) {
        index->words[i].fault -= index->words[i].fault > fault ? 1u : 0u;
    }
    for (uint32_t i = 0; i < index->pattern_count; i++) {
        index->patterns[i] = (uint16_t)(index->patterns[i] - (index->patterns[i] > fault ? 1 : 0));
    }
    index->generation++;
}

void dram_index_build(struct dram *dram)
{
    struct dram_index *index = &dram->index;

    index->word_count = 0;
    index->addr_count = 0;
    index->pattern_count = 0;
    index->line_count = 0;
    for (uint32_t i = 0; i < dram->fault_count; i++) {
        dram_index_add(dram, i);
    }
    index->generation++;
}

uint32_t dram_index_flip(const struct dram *dram, uint64_t key)
{
    const struct dram_index *index = &dram->index;

    for (uint32_t i = word_from(index, key, 0); i < index->word_count && index->words[i].key == key;
         i++) {
        if (dram->faults[index->words[i].fault].kind == DRAM_FAULT_FLIP) {
            return index->words[i].fault;
        }
    }
    return dram->fault_count;
}

bool dram_index_has_word(const struct dram *dram, uint64_t key, unsigned words)
{
    uint32_t at = word_from(&dram->index, key, 0);

    return at < dram->index.word_count && dram->index.words[at].key < key + words;
}

/* ---- Lines and words ---- */

static void stick(const struct dram_fault *fault, struct dram_address *cell)
{
    uint32_t bit = BIT32(fault->line_bit);
    uint32_t on = fault->value ? bit : 0;

    switch (fault->line) {
    case DRAM_LINE_ROW: cell->row = (cell->row & ~bit) | on; break;
    case DRAM_LINE_COLUMN: cell->column = (uint16_t)((cell->column & ~bit) | on); break;
    case DRAM_LINE_BANK: cell->bank = (uint8_t)((cell->bank & ~bit) | on); break;
    case DRAM_LINE_BANK_GROUP: cell->bank_group = (uint8_t)((cell->bank_group & ~bit) | on); break;
    }
}

/* What the module makes of the address. */
static void stick_lines(const struct dram *dram, struct dram_place *place)
{
    uint64_t addr;

    for (uint32_t i = 0; i < dram->index.pattern_count; i++) {
        const struct dram_fault *fault = &dram->faults[dram->index.patterns[i]];
        uint64_t before = dram_key(&place->cell);

        if (fault->kind != DRAM_FAULT_ADDRESS || !is_same_module(&fault->where, &place->at))
            continue;
        stick(fault, &place->cell);
        if (dram_key(&place->cell) != before && fault->has_parity) {
            place->is_refused = true;
        }
    }
    if (dram_key(&place->cell) == dram_key(&place->at)) return;
    /* Cells that no address leads to otherwise belong to this one alone. */
    if (!imc_layout_encode(dram_layout(dram), &place->cell, &addr)) return;
    place->cell_addr = align_down(addr, DRAM_LINE_BYTES);
    place->is_alias = place->cell_addr != place->addr;
}

bool dram_find_line(const struct dram *dram, uint64_t addr, struct dram_place *place)
{
    unsigned socket;

    *place = (struct dram_place){.addr = addr, .cell_addr = addr};
    if (!imc_layout_decode(dram_layout(dram), addr, &place->at)) return false;
    socket = dram_socket(&place->at);
    if (socket >= DIMM_SOCKETS || dram->config.dimms.socket[socket].bytes == 0) return false;
    place->dimm = &dram->config.dimms.socket[socket];
    place->at.column &= LINE_COLUMNS;
    place->cell = place->at;
    if (dram->index.line_count > 0) {
        stick_lines(dram, place);
    }
    place->key = dram_key(&place->cell);
    return true;
}

bool dram_is_line_faulty(const struct dram *dram, const struct dram_place *place)
{
    if (dram_index_has_word(dram, place->key, DRAM_LINE_WORDS)) return true;
    for (uint32_t i = 0; i < dram->index.pattern_count; i++) {
        if (is_hit(&dram->faults[dram->index.patterns[i]], &place->cell, LINE_COLUMNS)) return true;
    }
    return false;
}

static void force(const struct dram_fault *fault, struct ecc_word *stored)
{
    stored->data = (stored->data & ~fault->mask.data) | (fault->value ? fault->mask.data : 0);
    stored->check =
        (uint8_t)((stored->check & ~fault->mask.check) | (fault->value ? fault->mask.check : 0));
}

void dram_force(const struct dram *dram, const struct dram_place *place, unsigned word,
                struct ecc_word *stored)
{
    const struct dram_index *index = &dram->index;
    struct dram_address cell = place->cell;
    uint64_t key = place->key + word;

    cell.column = (uint16_t)(cell.column | word);
    for (uint32_t i = word_from(index, key, 0); i < index->word_count && index->words[i].key == key;
         i++) {
        if (dram->faults[index->words[i].fault].kind == DRAM_FAULT_STUCK) {
            force(&dram->faults[index->words[i].fault], stored);
        }
    }
    for (uint32_t i = 0; i < index->pattern_count; i++) {
        const struct dram_fault *fault = &dram->faults[index->patterns[i]];

        if (fault->kind != DRAM_FAULT_ADDRESS && is_hit(fault, &cell, WORD_COLUMNS)) {
            force(fault, stored);
        }
    }
}
