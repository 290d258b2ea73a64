/* SPDX-License-Identifier: GPL-2.0-only */
/* Executed code: see coverage_code.h. */
#include "emu/app/suite/coverage_code.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"

#define WORD_BITS   64u
#define PAGE_WORDS  (COVERAGE_PAGE_BYTES / WORD_BITS)
#define FIRST_SLOTS 1024u

struct coverage_page {
    uint64_t number; /* address divided by COVERAGE_PAGE_BYTES */
    uint64_t words[PAGE_WORDS];
};

/* The slot of the page, or the free one where it belongs. */
static uint32_t *slot_of(const struct coverage_code *code, uint64_t number)
{
    const uint32_t mask = code->slot_count - 1;
    uint32_t at = (uint32_t)hash_u64(HASH_SEED, number) & mask;

    while (code->slots[at] != 0 && code->pages[code->slots[at] - 1].number != number) {
        at = (at + 1) & mask;
    }
    return &code->slots[at];
}

static const struct coverage_page *find(const struct coverage_code *code, uint64_t number)
{
    uint32_t slot;

    if (code->slot_count == 0) return NULL;
    slot = *slot_of(code, number);
    return slot != 0 ? &code->pages[slot - 1] : NULL;
}

/* Slots are twice the pages there is room for. */
static bool grow(struct coverage_code *code)
{
    const uint32_t slot_count = code->slot_count == 0 ? FIRST_SLOTS : code->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    struct coverage_page *pages;

    if (slots == NULL) return false;
    pages = realloc(code->pages, (size_t)(slot_count / 2) * sizeof(*pages));
    if (pages == NULL) {
        free(slots);
        return false;
    }
    free(code->slots);
    code->pages = pages;
    code->slots = slots;
    code->slot_count = slot_count;
    for (uint32_t i = 0; i < code->page_count; i++) {
        *slot_of(code, pages[i].number) = i + 1;
    }
    return true;
}

/* NULL: there is no room for it. */
static struct coverage_page *find_or_add(struct coverage_code *code, uint64_t number)
{
    const struct coverage_page *found = find(code, number);
    struct coverage_page *page;

    if (found != NULL) return &code->pages[found - code->pages];
    if (code->page_count >= COVERAGE_PAGES_MAX) return NULL;
    if (code->page_count >= code->slot_count / 2 && !grow(code)) return NULL;
    *slot_of(code, number) = code->page_count + 1;
    page = &code->pages[code->page_count++];
    *page = (struct coverage_page){.number = number};
    return page;
}

/* Bits from..to-1 of word `index`, of those of a page. */
static uint64_t word_mask(unsigned index, unsigned from, unsigned to)
{
    const unsigned base = index * WORD_BITS;
    const unsigned low = from > base ? from - base : 0;
    const unsigned high = to - base < WORD_BITS ? to - base : WORD_BITS;

    return bits_mask(high) & ~bits_mask(low);
}

static void mark(struct coverage_page *page, unsigned from, unsigned to)
{
    for (unsigned i = from / WORD_BITS; i * WORD_BITS < to; i++) {
        page->words[i] |= word_mask(i, from, to);
    }
}

static unsigned count(const struct coverage_page *page, unsigned from, unsigned to)
{
    unsigned sum = 0;

    for (unsigned i = from / WORD_BITS; i * WORD_BITS < to; i++) {
        sum += (unsigned)__builtin_popcountll(page->words[i] & word_mask(i, from, to));
    }
    return sum;
}

/* The part of [linear, linear + bytes) that lies in its first page. */
static unsigned part_of(uint64_t linear, uint64_t bytes)
{
    return (unsigned)min_u64(bytes, COVERAGE_PAGE_BYTES - linear % COVERAGE_PAGE_BYTES);
}

void coverage_code_add(struct coverage_code *code, uint64_t linear, uint64_t bytes)
{
    while (bytes > 0) {
        struct coverage_page *page = find_or_add(code, linear / COVERAGE_PAGE_BYTES);
        const unsigned from = (unsigned)(linear % COVERAGE_PAGE_BYTES);
        const unsigned part = part_of(linear, bytes);

        if (page != NULL) {
            mark(page, from, from + part);
        } else {
            code->is_incomplete = true;
        }
        linear += part;
        bytes -= part;
    }
}

void coverage_code_merge(struct coverage_code *code, const struct coverage_code *other)
{
    for (uint32_t i = 0; i < other->page_count; i++) {
        const struct coverage_page *from = &other->pages[i];
        struct coverage_page *page = find_or_add(code, from->number);

        for (unsigned k = 0; page != NULL && k < PAGE_WORDS; k++) {
            page->words[k] |= from->words[k];
        }
        code->is_incomplete = code->is_incomplete || page == NULL;
    }
    code->is_incomplete = code->is_incomplete || other->is_incomplete;
}

void coverage_code_clear(struct coverage_code *code)
{
    free(code->pages);
    free(code->slots);
    *code = (struct coverage_code){.pages = NULL};
}

uint64_t coverage_code_count(const struct coverage_code *code, uint64_t linear, uint64_t bytes)
{
    uint64_t sum = 0;

    while (bytes > 0) {
        const struct coverage_page *page = find(code, linear / COVERAGE_PAGE_BYTES);
        const unsigned from = (unsigned)(linear % COVERAGE_PAGE_BYTES);
        const unsigned part = part_of(linear, bytes);

        if (page != NULL) sum += count(page, from, from + part);
        linear += part;
        bytes -= part;
    }
    return sum;
}

uint64_t coverage_code_bytes(const struct coverage_code *code)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < code->page_count; i++) {
        sum += count(&code->pages[i], 0, COVERAGE_PAGE_BYTES);
    }
    return sum;
}

/* ---- Stretches ---- */

struct stretch {
    void (*range)(void *ctx, uint64_t first, uint64_t last);
    void *ctx;
    uint64_t first;
    uint64_t last;
    bool is_open;
};

static void flush(struct stretch *stretch)
{
    if (stretch->is_open) stretch->range(stretch->ctx, stretch->first, stretch->last);
    stretch->is_open = false;
}

static void extend(struct stretch *stretch, uint64_t first, uint64_t last)
{
    if (stretch->is_open && stretch->last + 1 == first) {
        stretch->last = last;
        return;
    }
    flush(stretch);
    stretch->first = first;
    stretch->last = last;
    stretch->is_open = true;
}

static void visit_word(struct stretch *stretch, uint64_t base, uint64_t word)
{
    while (word != 0) {
        const unsigned from = (unsigned)__builtin_ctzll(word);
        const uint64_t rest = ~(word >> from);
        const unsigned length = rest != 0 ? (unsigned)__builtin_ctzll(rest) : WORD_BITS;

        extend(stretch, base + from, base + from + length - 1);
        word &= ~(bits_mask(length) << from);
    }
}

static int compare(const void *a, const void *b)
{
    const struct coverage_page *const *left = a;
    const struct coverage_page *const *right = b;

    if ((*left)->number == (*right)->number) return 0;
    return (*left)->number < (*right)->number ? -1 : 1;
}

int coverage_code_visit(const struct coverage_code *code,
                        void (*range)(void *ctx, uint64_t first, uint64_t last), void *ctx,
                        struct error *err)
{
    struct stretch stretch = {.range = range, .ctx = ctx};
    const struct coverage_page **sorted;

    if (code->page_count == 0) return 0;
    sorted = calloc(code->page_count, sizeof(*sorted));
    if (sorted == NULL) return error_host(err, "out of memory");
    for (uint32_t i = 0; i < code->page_count; i++) {
        sorted[i] = &code->pages[i];
    }
    qsort(sorted, code->page_count, sizeof(*sorted), compare);
    for (uint32_t i = 0; i < code->page_count; i++) {
        for (unsigned k = 0; k < PAGE_WORDS; k++) {
            visit_word(&stretch, sorted[i]->number * COVERAGE_PAGE_BYTES + k * WORD_BITS,
                       sorted[i]->words[k]);
        }
    }
    flush(&stretch);
    free(sorted);
    return 0;
}
