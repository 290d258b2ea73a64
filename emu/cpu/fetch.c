/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where code is fetched from. The library asks its TLB for a page of code when it looks up a block by
 * physical address, and when it translates. How often it does depends on what is translated and linked
 * already; but a page that is not in the TLB is looked up in the page tables, which sets accessed bits and
 * puts another page out. So what the guest can see would depend on the history of translations: on where
 * runs were cut, probes set, the buffer of translated code emptied.
 *
 * Here each core remembers the pages of code that it has been told, until its TLB is emptied. The first
 * block that is entered in a page since then is always looked up by physical address: what leads there
 * from another page, or from before, goes by the table of blocks that the library empties with the TLB;
 * and blocks are linked directly within a page only, and never to one that reaches into the next. So page
 * tables are asked once for each page of code and each time that the TLB is emptied, whatever is translated.
 */
#include "emu/cpu/internal.h"

#include <string.h>

#define PAGE_BYTES  UINT64_C(4096)
#define PAGE_OFFSET (PAGE_BYTES - 1)
#define USER        1u
#define SUPERVISOR  2u
#define GONE        UINT64_MAX

static uint64_t key_of(const struct cpu *cpu, uint64_t linear)
{
    return (linear & ~PAGE_OFFSET) | ((cpu->env->hflags & SEAM_HF_CPL) == 3 ? USER : SUPERVISOR);
}

/* The place of a page, or the free one where it belongs. There always is one. */
static struct cpu_fetched *place_of(struct cpu *cpu, uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 32) % CPU_FETCHED_SLOTS;

    while (cpu->fetched[i].epoch == cpu->fetch_epoch && cpu->fetched[i].key != key) {
        i = (i + 1) % CPU_FETCHED_SLOTS;
    }
    return &cpu->fetched[i];
}

static const struct cpu_fetched *find(struct cpu *cpu, uint64_t linear)
{
    const struct cpu_fetched *page = place_of(cpu, key_of(cpu, linear));

    return page->epoch == cpu->fetch_epoch && page->ram_addr != GONE ? page : NULL;
}

static void forget_all(struct cpu *cpu)
{
    cpu->fetch_epoch++;
    cpu->fetched_count = 0;
}

static void forget(struct cpu *cpu, uint64_t key)
{
    struct cpu_fetched *page = place_of(cpu, key);

    if (page->epoch == cpu->fetch_epoch) {
        page->ram_addr = GONE;
    }
}

/* When there are too many, the TLB is emptied with them: that is when all of them are forgotten. */
static void remember(struct cpu *cpu, uint64_t linear, uint64_t ram_addr, uint8_t *host)
{
    struct cpu_fetched *page;

    if (cpu->fetched_count == CPU_FETCHED_SLOTS / 2) {
        SEAM(tlb_flush)(cpu->cs);
    }
    page = place_of(cpu, key_of(cpu, linear));
    if (page->epoch != cpu->fetch_epoch) {
        cpu->fetched_count++;
    }
    *page = (struct cpu_fetched){
        .key = key_of(cpu, linear),
        .epoch = cpu->fetch_epoch,
        .ram_addr = ram_addr & ~PAGE_OFFSET,
        .host = host - (linear & PAGE_OFFSET),
    };
}

/* The library's own address of code, and where it is; host NULL: it is not memory. */
uint64_t SEAM_WRAP(get_page_addr_code_hostp)(struct seam_env *env, uint64_t linear, void **host)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    const struct cpu_fetched *page = cpu ? find(cpu, linear) : NULL;
    void *found = NULL;
    uint64_t ram_addr;

    if (page) {
        found = page->host + (linear & PAGE_OFFSET);
        ram_addr = page->ram_addr + (linear & PAGE_OFFSET);
    } else {
        ram_addr = SEAM_REAL(get_page_addr_code_hostp)(env, linear, &found);
        if (cpu && found) {
            remember(cpu, linear, ram_addr, found);
        }
    }
    if (host) {
        *host = found;
    }
    return ram_addr;
}

uint64_t SEAM_WRAP(get_page_addr_code)(struct seam_env *env, uint64_t linear)
{
    return SEAM_WRAP(get_page_addr_code_hostp)(env, linear, NULL);
}

/* Code that lies in a page that is known. */
static bool read_known(struct seam_env *env, uint64_t linear, void *value, size_t bytes)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    const struct cpu_fetched *page = NULL;

    if (cpu && (linear & PAGE_OFFSET) + bytes <= PAGE_BYTES) {
        page = find(cpu, linear);
    }
    if (page) {
        memcpy(value, page->host + (linear & PAGE_OFFSET), bytes);
    }
    return page != NULL;
}

static uint64_t read_unknown(struct seam_env *env, uint64_t linear, size_t bytes)
{
    switch (bytes) {
    case 1: return SEAM_REAL(cpu_ldub_code)(env, linear);
    case 2: return SEAM_REAL(cpu_lduw_code)(env, linear);
    case 4: return SEAM_REAL(cpu_ldl_code)(env, linear);
    default: return SEAM_REAL(cpu_ldq_code)(env, linear);
    }
}

/* What the translator reads. The bytes of memory lie in pages that get known before; what is no memory is
 * read as the library would. */
static uint64_t read_code(struct seam_env *env, uint64_t linear, size_t bytes)
{
    uint64_t value = 0;
    void *host;

    if (read_known(env, linear, &value, bytes)) {
        return value;
    }
    SEAM_WRAP(get_page_addr_code_hostp)(env, linear, &host);
    if (!host) {
        return read_unknown(env, linear, bytes);
    }
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = 0;

        SEAM_WRAP(get_page_addr_code_hostp)(env, linear + i, &host);
        if (!host || !read_known(env, linear + i, &byte, 1)) {
            byte = (uint8_t)read_unknown(env, linear + i, 1);
        }
        value |= (uint64_t)byte << (8 * i);
    }
    return value;
}

uint32_t SEAM_WRAP(cpu_ldub_code)(struct seam_env *env, uint64_t linear)
{
    return (uint32_t)read_code(env, linear, 1);
}

uint32_t SEAM_WRAP(cpu_lduw_code)(struct seam_env *env, uint64_t linear)
{
    return (uint32_t)read_code(env, linear, 2);
}

uint32_t SEAM_WRAP(cpu_ldl_code)(struct seam_env *env, uint64_t linear)
{
    return (uint32_t)read_code(env, linear, 4);
}

uint64_t SEAM_WRAP(cpu_ldq_code)(struct seam_env *env, uint64_t linear)
{
    return read_code(env, linear, 8);
}

void SEAM_WRAP(tlb_flush)(struct seam_cs *cs)
{
    if (cs->opaque) {
        forget_all(cs->opaque);
    }
    SEAM_REAL(tlb_flush)(cs);
}

/* The library keeps 4096 bytes of a large page each by itself, and forgets all of a kind when one of a large
 * page is to go, but not in its table of blocks. */
void SEAM_WRAP(tlb_flush_page)(struct seam_cs *cs, uint64_t linear)
{
    bool is_large = false;

    for (unsigned i = 0; i < SEAM_TLB_KINDS; i++) {
        const struct seam_tlb *tlb = seam_tlb(&cs->env, i);

        is_large = is_large || (linear & tlb->large_page_mask) == tlb->large_page;
    }
    if (is_large) {
        SEAM_WRAP(tlb_flush)(cs);
        return;
    }
    if (cs->opaque) {
        forget(cs->opaque, (linear & ~PAGE_OFFSET) | USER);
        forget(cs->opaque, (linear & ~PAGE_OFFSET) | SUPERVISOR);
    }
    SEAM_REAL(tlb_flush_page)(cs, linear);
}
