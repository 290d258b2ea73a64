/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Self-modifying code on one processor: a store is seen by the next fetch whatever the distance.
 * Same block, same page, after data writes to the page, through another virtual alias, across a
 * page boundary, by string and wide stores, in a loop that patches itself. SDM 3A 8.1.3; unicorn.md
 * trap 12.
 */
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

#define TURNS 20

typedef uint32_t (*code_fn)(void);

static uint8_t *page;  /* two pages, executable by the identity map */
static uint8_t *alias; /* the same two pages at another address */

/* mov $imm32, %eax; ret */
static void emit(uint8_t *at, uint32_t value)
{
    uint8_t code[6] = {
        0xb8, (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24),
        0xc3};
    for (unsigned i = 0; i < sizeof(code); i++) {
        ((volatile uint8_t *)at)[i] = code[i];
    }
}

static void store32(uint8_t *at, uint32_t value)
{
    __asm__ volatile("movl %1, (%0)" : : "r"(at), "r"(value) : "memory");
}

static uint32_t run(const uint8_t *at)
{
    return ((code_fn)(uintptr_t)at)();
}

static void turns(const uint8_t *where, uint8_t *patch, void (*between)(void), const char *name)
{
    unsigned stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        store32(patch, 0x1000 + i);
        if (between != NULL) between();
        stale += run(where) != 0x1000 + i;
    }
    if (stale) print("  %u of %u runs were stale\n", stale, TURNS);
    report(stale == 0, "%s", name);
}

static void data_write(void)
{
    ((volatile uint8_t *)page)[0x800] = 1;
}

static void data_write_alias(void)
{
    ((volatile uint8_t *)alias)[0x800] = 1;
}

static void run_neighbour(void)
{
    run(page + 0x400);
}

static void simple(void)
{
    emit(page, 1);
    report_eq(run(page), 1, "fresh code runs");
    emit(page, 2);
    report_eq(run(page), 2, "code written anew runs");
    turns(page, page + 1, NULL, "patch, run");
    turns(page, page + 1, data_write, "patch, write data on the page, run");
    emit(page + 0x400, 7);
    turns(page, page + 1, run_neighbour, "patch, run another block of the page, run");
}

/*
 * Data first: the write that takes the protection off the page must not hide the patch that
 * follows.
 */
static void data_then_patch(void)
{
    unsigned stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        stale += run(page) == 0xdead;
        data_write();
        store32(page + 1, 0x2000 + i);
        stale += run(page) != 0x2000 + i;
    }
    report_eq(stale, 0, "run, write data, patch, run: T5 of cores.md");
    stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        run(page);
        data_write();
        data_write();
        run(page + 0x400);
        data_write();
        store32(page + 1, 0x3000 + i);
        stale += run(page) != 0x3000 + i;
    }
    report_eq(stale, 0, "several data writes and another block between");
}

static void through_alias(void)
{
    turns(page, alias + 1, NULL, "patch through another virtual address: T6 of cores.md");
    turns(alias, page + 1, NULL, "run at the alias, patch at the original");
    turns(page, alias + 1, data_write_alias, "patch and data write through the alias");
    unsigned stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        run(page);
        run(alias);
        store32(alias + 1, 0x4000 + i);
        stale += run(page) != 0x4000 + i;
        stale += run(alias) != 0x4000 + i;
        store32(page + 1, 0x5000 + i);
        stale += run(alias) != 0x5000 + i;
        stale += run(page) != 0x5000 + i;
    }
    report_eq(stale, 0, "both addresses run and patched in turn");
}

static void across_pages(void)
{
    uint8_t *at = page + 4096 - 3; /* opcode and two immediate bytes on the first page */
    emit(at, 0);
    turns(at, at + 1, NULL, "instruction across a page boundary, both sides patched");
    unsigned stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        ((volatile uint8_t *)page)[4096] = (uint8_t)i; /* third byte of the immediate */
        stale += run(at) >> 16 != i || (run(at) >> 16 & 0xff) != i;
        ((volatile uint8_t *)alias)[4097] = 0;
    }
    report_eq(stale, 0, "only the second page patched");
    emit(page + 4096, 5);
    emit(page, 6);
    stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        store32(page + 4096 + 1, i);
        store32(page + 1, i + 1);
        stale += run(page + 4096) != i;
        stale += run(page) != i + 1;
    }
    report_eq(stale, 0, "two pages patched in turn");
}

/* A block that changes an instruction further down in itself. */
STUB(same_block, "movl $1, %eax\n movb $2, same_block_target+1(%rip)",
     "same_block_target: movl $1, %eax");
STUB(next_insn, "nop",
     "movl $0x90909090, next_insn_target(%rip)\n next_insn_target: .byte 0x0f, 0x0b, 0x0f, 0x0b\n "
     "movl $3, %eax");
STUB(patch_loop, "xorl %eax, %eax\n movl $10, %ecx\n 1:",
     "patch_loop_target: addl $1, %eax\n incb patch_loop_target+2(%rip)\n decl %ecx\n jnz 1b");
STUB(rep_patch, "leaq rep_patch_target(%rip), %rdi\n movl $4, %ecx\n movb $0x90, %al",
     "rep stosb\n rep_patch_target: .byte 0x0f, 0x0b, 0x0f, 0x0b\n movl $9, %eax");

static void writable_image(void)
{
    /* The image's code is writable in the identity map: nothing to do but say so. */
    struct fault f = attempt(same_block, 0, 0);
    report_eq(f.value, 2, "an instruction further down the same block");
    f = attempt(next_insn, 0, 0);
    report(f.vector == NO_FAULT && f.value == 3, "the very next instruction");
    f = attempt(patch_loop, 0, 0);
    report_eq(f.value, 55, "a loop that increments its own immediate");
    f = attempt(rep_patch, 0, 0);
    report(f.vector == NO_FAULT && f.value == 9, "REP STOS onto the instruction behind it");
}

static void wide_stores(void)
{
    static const uint8_t code[16]
        __attribute__((aligned(16))) = {0xb8, 0x44, 0x33, 0x22, 0x11, 0xc3};
    unsigned stale = 0;
    for (unsigned i = 0; i < TURNS; i++) {
        emit(page + 0x40, i);
        run(page + 0x40);
        __asm__ volatile("movaps (%0), %%xmm0\n movaps %%xmm0, (%1)"
                         :
                         : "r"(code), "r"(page + 0x40)
                         : "memory");
        stale += run(page + 0x40) != 0x11223344;
        run(page + 0x40);
        __asm__ volatile("lock cmpxchgl %2, (%1)"
                         :
                         : "a"(0x22334 << 8 | 0x4b8 << 20), "r"(page + 0x40), "r"(0x12345678)
                         : "memory", "cc");
        __asm__ volatile("xchgl %0, (%1)" : : "r"(0x778899b8), "r"(page + 0x40) : "memory");
        stale += run(page + 0x40) != 0x11778899;
        __asm__ volatile("lock addl $0x100, (%0)" : : "r"(page + 0x40) : "memory", "cc");
        stale += run(page + 0x40) != 0x1177889a;
    }
    report_eq(stale, 0, "16-byte store, XCHG and LOCK ADD on code");
}

static void by_string_copy(void)
{
    uint8_t *source = pages_alloc(1);
    unsigned stale = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        emit(source, 0x6000 + i);
        emit(source + 4090, i);
        memcpy(page, source, 4096);
        stale += run(page) != 0x6000 + i;
        stale += run(page + 4090) != i;
    }
    report_eq(stale, 0, "a whole page copied over");
}

/* The page tables change what an address means: other code at the same virtual address. */
static void remapped(void)
{
    uint8_t *other = pages_alloc(1);
    uint8_t *va = (uint8_t *)(uintptr_t)TEST_VA2;
    unsigned stale = 0;
    emit(page, 0x111);
    emit(other, 0x222);
    for (unsigned i = 0; i < TURNS; i++) {
        bool first = (i & 1) == 0;
        page_map(TEST_VA2, (uintptr_t)(first ? page : other), PTE_P | PTE_W | PTE_U, 1);
        invlpg(va);
        stale += run(va) != (first ? 0x111u : 0x222u);
    }
    report_eq(stale, 0, "the same virtual address mapped to other code");
}

void guest_main(void)
{
    page = pages_alloc(2);
    alias = page_map(TEST_VA, (uintptr_t)page, PTE_P | PTE_W | PTE_U, 1);
    page_map(TEST_VA + 0x1000, (uintptr_t)page + 0x1000, PTE_P | PTE_W | PTE_U, 1);
    simple();
    data_then_patch();
    through_alias();
    across_pages();
    writable_image();
    wide_stores();
    by_string_copy();
    remapped();
}
