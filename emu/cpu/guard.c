/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guarded pages: each access of a core to one of them is announced before it happens.
 *
 * - Loads and stores. A page enters the TLB of the library with a mark that makes every access to
 *   it come by cpu_check_watchpoint() (debug.c), whatever its width and whoever makes it:
 *   generated code, string instructions, helpers, the delivery of interrupts. Which physical page
 *   that is travels in the attributes of the TLB entry (seam.h), so there is no second table that
 *   could disagree with the TLB. An access that is not aligned comes as the aligned pieces that it
 *   touches; a read-modify-write as a read and a write.
 * - Code. A block with bytes in a guarded page begins with a call of the helper of VMMCALL, which
 *   no block has otherwise, and which announces the block's bytes each time it is executed. What is
 *   about to be translated is announced as well, in code words of eight bytes, as far as the
 *   instructions go: the translator reads host memory, which the guard may change.
 * - Page walks read table entries with x86_ldq_phys() and its like; so do no others that a guest
 *   can reach. cpu_peek_linear() goes other ways.
 *
 * An access may be announced twice when the instruction is abandoned and runs again: a data
 * breakpoint on it, a store to the page that the running code is in, a page fault on its second
 * half.
 */
#include "emu/cpu/internal.h"

#include "emu/cpu/mca.h"

#include <string.h>

#define PAGE_BYTES     4096u
#define PAGE_OFFSET    UINT64_C(0xfff)
#define PAGE_SHIFT     12
#define LOW_MASK       ((UINT64_C(1) << SEAM_ATTR_LOW_BITS) - 1)
#define WORD_BYTES     8u
#define INSN_BYTES_MAX 15u
#define NO_PAGE        UINT64_MAX
#define HOST_PC        ((uintptr_t)__builtin_return_address(0))

bool cpu_guard_has(const struct cpu_set *set, uint64_t addr)
{
    return set->env.is_guarded && set->env.is_guarded(set->env.ctx, addr & ~PAGE_OFFSET);
}

/* ---- Loads and stores ---- */

static uint32_t attributes(uint32_t attrs, uint64_t physical)
{
    uint64_t page = physical >> PAGE_SHIFT;

    return attrs | SEAM_ATTR_GUARDED | (uint32_t)((page & LOW_MASK) << SEAM_ATTR_LOW_SHIFT) |
           (uint32_t)(page >> SEAM_ATTR_LOW_BITS << SEAM_ATTR_HIGH_SHIFT);
}

static uint64_t physical_page(uint32_t attrs)
{
    uint64_t low = attrs >> SEAM_ATTR_LOW_SHIFT & LOW_MASK;
    uint64_t high = attrs >> SEAM_ATTR_HIGH_SHIFT;

    return (high << SEAM_ATTR_LOW_BITS | low) << PAGE_SHIFT;
}

void SEAM_WRAP(tlb_set_page_with_attrs)(struct seam_cs *cs, uint64_t linear, uint64_t physical,
                                        uint32_t attrs, int prot, int mmu_index, uint64_t bytes)
{
    struct cpu *cpu = cs->opaque;

    if (cpu && cpu_guard_has(cpu->set, physical)) {
        cpu->is_guard_fill = true;
        attrs = attributes(attrs, physical);
    }
    SEAM_REAL(tlb_set_page_with_attrs)(cs, linear, physical, attrs, prot, mmu_index, bytes);
    if (cpu) {
        cpu->is_guard_fill = false;
    }
}

static void announce(struct cpu *cpu, enum cpu_access kind, uint64_t addr, unsigned bytes,
                     uintptr_t host_pc)
{
    uintptr_t outer = cpu->host_pc;
    uint64_t poison = addr;
    bool is_good;

    cpu->host_pc = host_pc;
    is_good = cpu->set->env.guard(cpu->set->env.ctx, cpu->index, kind, addr, bytes, &poison);
    cpu->host_pc = outer;
    if (!is_good && kind != CPU_ACCESS_WRITE) {
        cpu_mca_poison_consumed(cpu, kind, poison, host_pc);
    }
}

bool cpu_is_told(struct cpu *cpu, struct cpu_told *told, uint64_t linear, uint64_t bytes,
                 uintptr_t host_pc)
{
    uint64_t now = cpu_ticks(cpu);
    bool is_same = host_pc == told->host_pc && now == told->ticks;

    if (is_same && bytes == 1 && linear == told->next && linear < told->end) {
        told->next++;
        return true;
    }
    if (is_same && bytes > 1 && linear == told->end && (linear & PAGE_OFFSET) == 0) {
        told->end += bytes;
        return false;
    }
    *told = (struct cpu_told){.next = linear,
                              .end = bytes > 1 ? linear + bytes : linear,
                              .host_pc = host_pc,
                              .ticks = now};
    return false;
}

void cpu_guard_data(struct cpu *cpu, uint64_t linear, uint64_t bytes, uint32_t attrs, bool is_write,
                    uintptr_t host_pc)
{
    uint64_t addr = physical_page(attrs) | (linear & PAGE_OFFSET);

    if (is_write && cpu_is_told(cpu, &cpu->told, linear, bytes, host_pc)) {
        return;
    }
    announce(cpu, is_write ? CPU_ACCESS_WRITE : CPU_ACCESS_READ, addr, (unsigned)bytes, host_pc);
}

/* ---- Page walks ---- */

/* Where the access is made that the walk is for. */
bool SEAM_WRAP(x86_cpu_tlb_fill)(struct seam_cs *cs, uint64_t linear, int bytes, int access,
                                 int mmu_index, bool is_probe, uintptr_t host_pc)
{
    if (cs->opaque) {
        cs->opaque->walk_pc = host_pc;
    }
    return SEAM_REAL(x86_cpu_tlb_fill)(cs, linear, bytes, access, mmu_index, is_probe, host_pc);
}

/* The same few tables are read again and again; those that are healthy are kept in mind until
 * guards change. */
static bool is_table_guarded(struct cpu *cpu, uint64_t addr)
{
    uint64_t page = addr >> PAGE_SHIFT;
    uint64_t *healthy = &cpu->healthy_table[page % CPU_TABLES];

    if (*healthy == page + 1) {
        return false;
    }
    if (cpu_guard_has(cpu->set, addr)) {
        return true;
    }
    *healthy = page + 1;
    return false;
}

void cpu_guard_forget(struct cpu *cpu)
{
    memset(cpu->healthy_table, 0, sizeof(cpu->healthy_table));
}

static void walk_reads(struct seam_cs *cs, uint64_t addr, unsigned bytes)
{
    struct cpu *cpu = cs->opaque;

    if (cpu && is_table_guarded(cpu, addr)) {
        announce(cpu, CPU_ACCESS_WALK, addr, bytes, cpu->walk_pc);
    }
}

void cpu_guard_walk_write(struct cpu *cpu, uint64_t addr, unsigned bytes)
{
    if (is_table_guarded(cpu, addr)) {
        announce(cpu, CPU_ACCESS_WRITE, addr, bytes, cpu->walk_pc);
    }
}

uint32_t SEAM_WRAP(x86_ldl_phys)(struct seam_cs *cs, uint64_t addr)
{
    walk_reads(cs, addr, sizeof(uint32_t));
    return SEAM_REAL(x86_ldl_phys)(cs, addr);
}

uint64_t SEAM_WRAP(x86_ldq_phys)(struct seam_cs *cs, uint64_t addr)
{
    walk_reads(cs, addr, sizeof(uint64_t));
    return SEAM_REAL(x86_ldq_phys)(cs, addr);
}

/* ---- Code ---- */

/* Guarded memory that code is fetched from; `host` is NULL when it is none. */
struct guarded {
    uint64_t physical;
    uint8_t *host;
};

/* The page at an address of the library's own. */
static struct guarded guarded_at(const struct cpu_set *set, uint64_t ram_addr)
{
    struct guarded page = {0};
    uint64_t offset;
    size_t index = cpu_memory_of_ram_addr(set, ram_addr & ~PAGE_OFFSET, &offset);

    if (index < set->memory_count && cpu_guard_has(set, set->memory[index].base + offset)) {
        page.physical = set->memory[index].base + offset;
        page.host = (uint8_t *)set->memory[index].host + offset;
    }
    return page;
}

static struct guarded code_page(struct cpu *cpu, uint64_t linear)
{
    void *host = NULL;
    uint64_t ram_addr = SEAM(get_page_addr_code_hostp)(cpu->env, linear, &host);

    return host ? guarded_at(cpu->set, ram_addr) : (struct guarded){0};
}

/* The same for a page that the core may have no right to fetch from: nothing happens then. */
static struct guarded next_code_page(struct cpu *cpu, uint64_t linear)
{
    uint32_t attrs;
    uint64_t physical = SEAM(x86_cpu_get_phys_page_attrs_debug)(cpu->cs, linear, &attrs);

    for (size_t i = 0; i < cpu->set->memory_count && physical != NO_PAGE; i++) {
        const struct cpu_memory *memory = &cpu->set->memory[i];
        uint64_t offset = physical - memory->base;

        if (offset < memory->bytes && cpu_guard_has(cpu->set, physical)) {
            return (struct guarded){.physical = physical, .host = (uint8_t *)memory->host + offset};
        }
    }
    return (struct guarded){0};
}

bool cpu_guard_has_code(struct cpu *cpu)
{
    uint64_t linear = cpu->env->segs[1].base + cpu->env->eip;

    return cpu->set->env.is_guarded &&
           (next_code_page(cpu, linear).host != NULL ||
            next_code_page(cpu, linear + INSN_BYTES_MAX - 1).host != NULL);
}

static bool fetch(struct cpu *cpu, uint64_t addr, size_t bytes, uint64_t *poison)
{
    *poison = addr;
    return cpu->set->env.guard(cpu->set->env.ctx, cpu->index, CPU_ACCESS_FETCH, addr,
                               (unsigned)bytes, poison);
}

/* Announces bytes [offset, ...) of the page as far as an instruction goes whose first `count` bytes
 * are in `code` and lie in front of them; each word once for a block, or the guard could change
 * what the translator has read. False: `*poison` is met on the way. */
static bool announce_insn(struct cpu *cpu, const struct guarded *page, size_t offset,
                          uint8_t code[INSN_BYTES_MAX], size_t count, uint64_t *poison)
{
    while (offset < PAGE_BYTES && count < INSN_BYTES_MAX) {
        size_t stop = (offset | (WORD_BYTES - 1)) + 1;
        size_t part = stop - offset;
        uint64_t end = page->physical + stop;

        if (cpu->block.announced != end && !fetch(cpu, end - part, part, poison)) {
            return false;
        }
        cpu->block.announced = end;
        part = part < INSN_BYTES_MAX - count ? part : INSN_BYTES_MAX - count;
        memcpy(code + count, page->host + offset, part);
        count += part;
        offset = stop;
        if (cpu_code_is_whole(code, count, cpu->block.flags)) {
            return true;
        }
    }
    return true;
}

bool cpu_guard_next_insn(struct cpu *cpu, uint64_t linear)
{
    uint8_t code[INSN_BYTES_MAX];
    struct guarded page;
    uint64_t poison;

    if (!cpu->block.is_guarded) {
        return true;
    }
    page = code_page(cpu, linear);
    return !page.host ||
           announce_insn(cpu, &page, (size_t)(linear & PAGE_OFFSET), code, 0, &poison);
}

/* The first instruction, of which the first `count` bytes are in `code`, as far as it lies in a
 * page. */
static void begin_page(struct cpu *cpu, const struct guarded *page, size_t offset,
                       uint8_t code[INSN_BYTES_MAX], size_t count)
{
    uint64_t poison;

    if (!page->host) {
        return;
    }
    cpu->block.is_guarded = true;
    if (!announce_insn(cpu, page, offset, code, count, &poison)) {
        cpu_mca_poison_consumed(cpu, CPU_ACCESS_FETCH, poison, 0);
    }
}

/* Only the first instruction of a block may reach into the next page (meter.c). */
void cpu_guard_block_begin(struct cpu *cpu, uint64_t linear)
{
    size_t offset = (size_t)(linear & PAGE_OFFSET);
    size_t left = PAGE_BYTES - offset;
    uint8_t code[INSN_BYTES_MAX];
    void *host = NULL;
    struct guarded page;

    cpu->block.is_guarded = false;
    cpu->block.announced = 0;
    if (!cpu->set->env.is_guarded) {
        return;
    }
    page = code_page(cpu, linear);
    begin_page(cpu, &page, offset, code, 0);
    if (left >= INSN_BYTES_MAX) {
        return;
    }
    SEAM(get_page_addr_code_hostp)(cpu->env, linear, &host);
    if (!host) {
        return;
    }
    memcpy(code, host, left);
    if (!cpu_code_is_whole(code, left, cpu->block.flags)) {
        page = next_code_page(cpu, linear + left);
        begin_page(cpu, &page, 0, code, left);
    }
}

/* Announces [offset, offset + bytes) of a page of a block that is about to run. When that has
 * changed the bytes, the block is none of theirs any more, and its translation goes. */
static bool announce_code(struct cpu *cpu, const struct guarded *page, size_t offset, size_t bytes,
                          uintptr_t host_pc)
{
    uint8_t before[PAGE_BYTES];
    uint64_t poison;

    memcpy(before, page->host + offset, bytes);
    cpu->host_pc = host_pc;
    if (!fetch(cpu, page->physical + offset, bytes, &poison)) {
        cpu_mca_poison_consumed(cpu, CPU_ACCESS_FETCH, poison, host_pc);
    }
    cpu->host_pc = 0;
    if (memcmp(before, page->host + offset, bytes) == 0) {
        return true;
    }
    cpu_set_code_written(cpu->set, page->physical + offset, bytes);
    return false;
}

/* meter.c has put it at the beginning of a block that lies in guarded memory. */
void SEAM_WRAP(helper_vmmcall)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    uintptr_t host_pc = HOST_PC;
    const struct seam_tb *tb = SEAM(tcg_tb_lookup)(seam_field(cpu->uc, SEAM_UC_TCG), host_pc);
    size_t offset = (size_t)(tb->pc & PAGE_OFFSET);
    size_t bytes = tb->size;
    bool is_same = true;

    for (size_t n = 0; n < 2 && bytes > 0; n++) {
        size_t part = bytes < PAGE_BYTES - offset ? bytes : PAGE_BYTES - offset;
        struct guarded page = guarded_at(cpu->set, tb->page_addr[n]);

        if (page.host) {
            is_same = announce_code(cpu, &page, offset, part, host_pc) && is_same;
        }
        bytes -= part;
        offset = 0;
    }
    if (is_same) {
        return;
    }
    if ((tb->cflags & SEAM_COUNT_MASK) == SEAM_ONE_INSN) {
        cpu->cs->cflags_next_tb = SEAM_ONE_INSN;
    }
    SEAM(cpu_restore_state)(cpu->cs, host_pc, true);
    SEAM(cpu_loop_exit_noexc)(cpu->cs);
}

/* ---- Changes ---- */

static bool is_guarded(struct cpu *cpu, uint64_t linear, uint64_t physical, uint32_t *attrs)
{
    (void)linear;
    if (!cpu_guard_has(cpu->set, physical)) return false;
    *attrs = attributes(*attrs, physical);
    return true;
}

void cpu_set_guards_added(struct cpu_set *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        cpu_guard_forget(set->core[i]);
    }
    cpu_set_mark_tlbs(set, is_guarded);
}

void cpu_set_guards_changed(struct cpu_set *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct cpu *cpu = set->core[i];

        cpu->is_flush_pending = true;
        cpu->is_tlb_flush_pending = true;
        if (cpu->is_running) {
            cpu_kick(cpu);
        }
    }
}
