/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: #PF with every bit of its error code, and CR2. Not present, write, user, reserved bits
 * at each level, instruction fetch with NX, CR0.WP, rights combined over the levels, SMEP and SMAP
 * where CPUID promises them. SDM 3A 4.6, 4.7.
 */
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

STUB(load, "nop", "movq (%rdi), %rax");
STUB(load_byte, "nop", "movb (%rdi), %al");
STUB(store, "nop", "movq %rdi, (%rdi)");
STUB(store_byte, "nop", "movb %al, (%rdi)");
STUB(run, "nop", "call *%rdi");
STUB(ac_load, "pushfq\n orl $0x40000, (%rsp)\n popfq", "movq (%rdi), %rax");

static uint8_t *frame_page;

static void *map(uint64_t flags)
{
    void *va = page_map(TEST_VA, (uintptr_t)frame_page, flags, 1);
    invlpg(va);
    return va;
}

static void expect_cr2(const struct fault *f, word error, word cr2, const char *name)
{
    if (f->vector != VECTOR_PF || f->error != error || f->cr2 != cr2) {
        print("  got vector %lu error %lx cr2 %lx; want #PF error %lx cr2 %lx\n", f->vector,
              f->error, f->cr2, error, cr2);
    }
    report(f->vector == VECTOR_PF && f->error == error && f->cr2 == cr2, "%s", name);
}

static void not_present(void)
{
    map(0);
    struct fault f = attempt(load, TEST_VA + 8, 0);
    expect_cr2(&f, 0, TEST_VA + 8, "#PF: read, not present");
    f = attempt(store, TEST_VA + 16, 0);
    expect_cr2(&f, PF_W, TEST_VA + 16, "#PF: write, not present");
    f = attempt_user(load, TEST_VA + 3, 0);
    expect_cr2(&f, PF_U, TEST_VA + 3, "#PF: read in ring 3, not present");
    f = attempt_user(store_byte, TEST_VA + 5, 0);
    expect_cr2(&f, PF_U | PF_W, TEST_VA + 5, "#PF: write in ring 3, not present");
    f = attempt(run, TEST_VA, 0);
    expect_cr2(&f, PF_I, TEST_VA, "#PF: fetch, not present");
    report_eq(f.frame.ip, TEST_VA, "fetch: RIP is the address that cannot be fetched");
    f = attempt_user(run, TEST_VA, 0);
    expect_cr2(&f, PF_I | PF_U, TEST_VA, "#PF: fetch in ring 3, not present");
    f = attempt(load, 0x00007ffffffff000ul, 0);
    report(f.vector == VECTOR_PF && f.error == 0, "#PF: no PML4 entry");
}

static void rights(void)
{
    map(PTE_P);
    struct fault f = attempt(store, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_W, TEST_VA, "#PF: write to a read-only page in ring 0 with WP");
    write_cr0(read_cr0() & ~CR0_WP);
    f = attempt(store, TEST_VA, 0);
    expect_return(&f, "write to a read-only page in ring 0 without WP");
    write_cr0(read_cr0() | CR0_WP);
    f = attempt(store, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_W, TEST_VA, "#PF: WP set again takes effect");
    f = attempt_user(load, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_U, TEST_VA, "#PF: read of a supervisor page in ring 3");
    f = attempt_user(store, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_U | PF_W, TEST_VA, "#PF: write of a supervisor page in ring 3");
    map(PTE_P | PTE_U);
    f = attempt_user(load, TEST_VA, 0);
    expect_return(&f, "read of a user page in ring 3");
    f = attempt_user(store, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_U | PF_W, TEST_VA, "#PF: write to a read-only page in ring 3");
    write_cr0(read_cr0() & ~CR0_WP);
    f = attempt_user(store, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_U | PF_W, TEST_VA, "#PF: WP does not matter in ring 3");
    write_cr0(read_cr0() | CR0_WP);
}

static void no_execute(void)
{
    frame_page[0] = 0xc3; /* ret */
    map(PTE_P | PTE_W | PTE_U);
    struct fault f = attempt(run, TEST_VA, 0);
    expect_return(&f, "fetch from an executable page");
    map(PTE_P | PTE_W | PTE_U | PTE_NX);
    f = attempt(run, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_I, TEST_VA, "#PF: fetch with NX");
    f = attempt_user(run, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_I | PF_U, TEST_VA, "#PF: fetch with NX in ring 3");
    f = attempt(load, TEST_VA, 0);
    expect_return(&f, "NX does not keep data from being read");
    volatile uint64_t *pde = page_entry(TEST_VA, 2);
    map(PTE_P | PTE_W | PTE_U);
    *pde |= PTE_NX;
    page_flush();
    f = attempt(run, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_I, TEST_VA, "#PF: NX in the page directory");
    *pde &= ~PTE_NX;
    page_flush();
    map(PTE_P | PTE_W | PTE_U | PTE_NX);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_NXE);
    page_flush();
    f = attempt(load, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_RSVD, TEST_VA, "#PF: bit 63 is reserved without EFER.NXE");
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
    page_flush();
}

static void upper_levels(void)
{
    map(PTE_P | PTE_W | PTE_U);
    for (unsigned level = 2; level <= 4; level++) {
        volatile uint64_t *entry = page_entry(TEST_VA, level), saved = *entry;
        *entry = saved & ~PTE_W;
        page_flush();
        struct fault f = attempt(store, TEST_VA, 0);
        expect_cr2(&f, PF_P | PF_W, TEST_VA, "#PF: W clear at a higher level");
        *entry = saved & ~PTE_U;
        page_flush();
        f = attempt_user(load, TEST_VA, 0);
        expect_cr2(&f, PF_P | PF_U, TEST_VA, "#PF: U clear at a higher level");
        *entry = saved & ~PTE_P;
        page_flush();
        f = attempt(load, TEST_VA, 0);
        expect_cr2(&f, 0, TEST_VA, "#PF: P clear at a higher level");
        *entry = saved;
        page_flush();
    }
}

static void reserved(void)
{
    static const uint8_t bits[] = {51, 46, MAP_PHYS_BITS};
    map(PTE_P | PTE_W | PTE_U);
    for (unsigned level = 1; level <= 4; level++) {
        volatile uint64_t *entry = page_entry(TEST_VA, level), saved = *entry;
        for (unsigned i = 0; i < COUNT(bits); i++) {
            *entry = saved | BIT64(bits[i]);
            page_flush();
            struct fault f = attempt(load, TEST_VA, 0);
            report(f.vector == VECTOR_PF && f.error == (PF_P | PF_RSVD) && f.cr2 == TEST_VA,
                   "#PF: reserved address bit %u at level %u", bits[i], level);
            f = attempt_user(store, TEST_VA, 0);
            report(f.vector == VECTOR_PF && f.error == (PF_P | PF_RSVD | PF_W | PF_U),
                   "#PF: reserved bit %u at level %u, write in ring 3", bits[i], level);
        }
        *entry = saved;
        page_flush();
    }
    volatile uint64_t *pml4e = page_entry(TEST_VA, 4), saved = *pml4e;
    *pml4e |= PTE_PS;
    page_flush();
    struct fault f = attempt(load, TEST_VA, 0);
    expect_cr2(&f, PF_P | PF_RSVD, TEST_VA, "#PF: PS in the PML4");
    *pml4e = saved;
    *page_entry(TEST_VA2, 2) = (uintptr_t)0x400000 | BIT64(13) | PTE_P | PTE_W | PTE_PS;
    page_flush();
    f = attempt(load, TEST_VA2, 0);
    expect_cr2(&f, PF_P | PF_RSVD, TEST_VA2, "#PF: reserved bit 13 of a 2 MiB page");
}

static void crossing(void)
{
    page_map(TEST_VA, (uintptr_t)frame_page, PTE_P | PTE_W | PTE_U, 1);
    *page_entry(TEST_VA + 0x1000, 1) = 0;
    page_flush();
    struct fault f = attempt(load, TEST_VA + 0xffc, 0);
    expect_cr2(&f, 0, TEST_VA + 0x1000, "#PF: CR2 of a load across pages is the second page");
    memset(frame_page + 0xff0, 0x55, 16);
    f = attempt(store, TEST_VA + 0xffc, 0);
    expect_cr2(&f, PF_W, TEST_VA + 0x1000, "#PF: CR2 of a store across pages");
    report_eq(frame_page[0xffc], 0x55, "a store that faults on its second page writes nothing");
    frame_page[0xffe] = 0x0f; /* first byte of a two-byte instruction */
    frame_page[0xfff] = 0x1f;
    f = attempt(run, TEST_VA + 0xffe, 0);
    expect_cr2(&f, PF_I, TEST_VA + 0x1000, "#PF: an instruction that reaches into a missing page");
    report_eq(f.frame.ip, TEST_VA + 0xffe, "and RIP is its first byte");
}

static void smep_smap(void)
{
    struct cpuid seven = cpuid(7, 0);
    frame_page[0] = 0xc3;
    map(PTE_P | PTE_W | PTE_U);
    /*
     * The code of this program lies on user pages: make the 2 MiB around the image supervisor pages
     * first.
     */
    for (uint64_t va = 0x200000; va < 0x1000000; va += 0x200000) {
        *page_entry(va, 2) &= ~PTE_U;
    }
    *page_entry(0, 2) &= ~PTE_U;
    page_flush();
    if (seven.ebx & BIT(7)) {
        write_cr4(read_cr4() | CR4_SMEP);
        struct fault f = attempt(run, TEST_VA, 0);
        expect_cr2(&f, PF_P | PF_I, TEST_VA, "#PF: SMEP, fetch from a user page in ring 0");
        f = attempt(load, TEST_VA, 0);
        expect_return(&f, "SMEP does not concern data");
        write_cr4(read_cr4() & ~CR4_SMEP);
    }
    if (seven.ebx & BIT(20)) {
        write_cr4(read_cr4() | CR4_SMAP);
        struct fault f = attempt(load, TEST_VA, 0);
        expect_cr2(&f, PF_P, TEST_VA, "#PF: SMAP, read of a user page in ring 0");
        f = attempt(store, TEST_VA, 0);
        expect_cr2(&f, PF_P | PF_W, TEST_VA, "#PF: SMAP, write of a user page in ring 0");
        f = attempt(ac_load, TEST_VA, 0);
        expect_return(&f, "RFLAGS.AC suspends SMAP");
        write_cr4(read_cr4() & ~CR4_SMAP);
    }
    struct fault f = attempt(load, TEST_VA, 0);
    expect_return(&f, "user page from ring 0 without SMAP");
}

void guest_main(void)
{
    frame_page = pages_alloc(1);
    not_present();
    rights();
    no_execute();
    upper_levels();
    reserved();
    crossing();
    smep_smap();
}
