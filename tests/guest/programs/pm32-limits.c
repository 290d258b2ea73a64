/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit protected mode: segment limits. Expand-up and expand-down, byte and page granularity,
 * accesses that straddle the end, stack and code limits, limits of GDT, LDT and IDT entries, wrap
 * of 16-bit addresses. SDM 3A 5.3.
 */
#include "tests/guest/lib/trap.h"

#define SEL_TEST      SEL_FREE
#define SEL_CODE_TEST (SEL_FREE + 8)

STUB(load1, "movl %eax, %es", "movb %es:(%edx), %al");
STUB(load2, "movl %eax, %es", "movw %es:(%edx), %ax");
STUB(load4, "movl %eax, %es", "movl %es:(%edx), %eax");
STUB(store4, "movl %eax, %es", "movl %eax, %es:(%edx)");
STUB(lods, "movl %eax, %ds\n movl %edx, %esi", "lodsl");
STUB(stos, "movl %eax, %es\n movl %edx, %edi", "stosl");
STUB(rep_stos, "movl %eax, %es\n movl %edx, %edi\n movl $16, %ecx", "rep stosb");
STUB(stack_load, "movl %esp, %ecx\n movl %eax, %ss",
     "movl %ss:(%edx), %eax\n movl $0x10, %edx\n movl %edx, %ss\n movl %ecx, %esp");
STUB(stack_push, "movl %esp, %ecx\n movl %eax, %ss\n movl %edx, %esp",
     "pushl %eax\n movl $0x10, %edx\n movl %edx, %ss\n movl %ecx, %esp");
STUB(jump_in, "movl %edx, 1f+1\n jmp 1f\n 1:", "ljmp $0x78, $0\n ");
STUB(sgdt_edge, "movl %eax, %es", "sgdt %es:(%edx)");
STUB(ebp_load, "movl %esp, %ecx\n movl %eax, %ss\n movl %edx, %ebp",
     "movl (%ebp), %eax\n movl $0x10, %edx\n movl %edx, %ss\n movl %ecx, %esp");

static uint8_t memory[3 * 4096] __attribute__((aligned(4096)));

static void segment(uint32_t limit, unsigned access, unsigned flags)
{
    gdt_set(SEL_TEST,
            descriptor((uint32_t)(uintptr_t)memory, limit, ACCESS_PRESENT | access, flags));
}

static void expand_up(void)
{
    segment(0xfff, ACCESS_DATA, FLAG_D);
    EXPECT_OK(load1, SEL_TEST, 0xfff, "byte at the limit");
    EXPECT(load1, SEL_TEST, 0x1000, VECTOR_GP, 0, "#GP(0): byte beyond the limit");
    EXPECT_OK(load4, SEL_TEST, 0xffc, "4 bytes that end at the limit");
    EXPECT(load4, SEL_TEST, 0xffd, VECTOR_GP, 0, "#GP(0): 4 bytes that straddle the limit");
    EXPECT(load2, SEL_TEST, 0xfff, VECTOR_GP, 0, "#GP(0): 2 bytes that straddle the limit");
    EXPECT(store4, SEL_TEST, 0x1000, VECTOR_GP, 0, "#GP(0): store beyond the limit");
    EXPECT(load4, SEL_TEST, 0xfffffffe, VECTOR_GP, 0, "#GP(0): an access that wraps");
    EXPECT(lods, SEL_TEST, 0x1000, VECTOR_GP, 0, "#GP(0): LODS");
    EXPECT(stos, SEL_TEST, 0xffd, VECTOR_GP, 0, "#GP(0): STOS");
    struct fault f = attempt(rep_stos, SEL_TEST, 0x1000 - 10);
    report(f.vector == VECTOR_GP && f.frame.cx == 6 && f.frame.di == 0x1000,
           "#GP(0): REP STOS stops at the limit");
    EXPECT(sgdt_edge, SEL_TEST, 0xffc, VECTOR_GP, 0,
           "#GP(0): SGDT of 6 bytes that straddle the limit");
    segment(1, ACCESS_DATA, FLAG_D | FLAG_G);
    EXPECT_OK(load1, SEL_TEST, 0x1fff, "page granularity: last byte");
    EXPECT(load1, SEL_TEST, 0x2000, VECTOR_GP, 0, "#GP(0): page granularity");
    segment(0, ACCESS_DATA, FLAG_D);
    EXPECT_OK(load1, SEL_TEST, 0, "limit 0 is one byte");
    EXPECT(load1, SEL_TEST, 1, VECTOR_GP, 0, "#GP(0): limit 0");
}

static void expand_down(void)
{
    segment(0xfff, ACCESS_DATA | 4, FLAG_D);
    EXPECT(load1, SEL_TEST, 0xfff, VECTOR_GP, 0, "#GP(0): expand-down, at the limit");
    EXPECT_OK(load1, SEL_TEST, 0x1000, "expand-down, just above the limit");
    EXPECT(load4, SEL_TEST, 0xffe, VECTOR_GP, 0, "#GP(0): expand-down, straddling");
    EXPECT_OK(load1, SEL_TEST, 0x2000, "expand-down, far above");
    segment(0xfff, ACCESS_DATA | 4, 0);
    EXPECT(load1, SEL_TEST, 0x10000, VECTOR_GP, 0,
           "#GP(0): expand-down with B clear ends at 64 KiB");
    EXPECT_OK(load1, SEL_TEST, 0x1800, "expand-down with B clear, inside");
}

static void stack(void)
{
    /*
     * The handlers need a stack: exceptions of ring 0 with a bad SS would not have one, so the base
     * keeps ESP usable.
     */
    gdt_set(SEL_TEST, descriptor(0, 0x7fffff, ACCESS_PRESENT | ACCESS_DATA, FLAG_D));
    EXPECT_OK(stack_load, SEL_TEST, 0x7ffffc, "stack segment at its limit");
    EXPECT(stack_load, SEL_TEST, 0x7ffffd, VECTOR_SS, 0,
           "#SS(0): load through SS beyond the limit");
    EXPECT(ebp_load, SEL_TEST, 0x900000, VECTOR_SS, 0, "#SS(0): load through EBP");
}

static void code(void)
{
    gdt_set(SEL_CODE_TEST, descriptor(0, 0xfff, ACCESS_PRESENT | ACCESS_CODE, FLAG_D));
    struct fault f = attempt(jump_in, 0, 0x1000);
    report(f.vector == VECTOR_GP && f.error == 0 && f.frame.cs == SEL_CODE32,
           "#GP(0): far jump beyond the code limit");
    /* A nop at the very end of a code segment, then falling off it. */
    for (unsigned i = 0; i < sizeof(memory); i += 2) {
        memory[i] = i < 0x100 ? 0x90 : 0x0f; /* beyond it UD2, so that a missing check shows */
        memory[i + 1] = i < 0x100 ? 0x90 : 0x0b;
    }
    gdt_set(SEL_CODE_TEST,
            descriptor((uint32_t)(uintptr_t)memory, 0xff, ACCESS_PRESENT | ACCESS_CODE, FLAG_D));
    f = attempt(jump_in, 0, 0xfe);
    report(f.vector == VECTOR_GP && f.error == 0 && f.frame.cs == SEL_CODE_TEST &&
               f.frame.ip == 0x100,
           "#GP(0): running off the end of a code segment");
    memory[0xfd] = 0xb8; /* mov $imm32, %eax: three of its bytes are beyond the limit */
    f = attempt(jump_in, 0, 0xfd);
    report(f.vector == VECTOR_GP && f.frame.ip == 0xfd,
           "#GP(0): an instruction that straddles the limit");
    memory[0x10] = 0xeb; /* jmp to 0x180, beyond */
    memory[0x11] = 0x7f;
    memory[0x80] = 0xe9;
    memory[0x81] = 0xfb;
    memory[0x82] = memory[0x83] = memory[0x84] = 0;
    f = attempt(jump_in, 0, 0x80);
    report(f.vector == VECTOR_GP && f.frame.ip == 0x80,
           "#GP(0): near jump beyond the limit faults at the jump");
}

STUB(load_sel, "nop", "movl %eax, %ds");
static void tables(void)
{
    gdt_load(SEL_TEST + 6);
    EXPECT(load_sel, SEL_TEST, 0, VECTOR_GP, SEL_TEST,
           "#GP(sel): descriptor that straddles the GDT limit");
    gdt_load(SEL_TEST + 7);
    segment(0xfffff, ACCESS_DATA, FLAG_D | FLAG_G);
    EXPECT_OK(load_sel, SEL_TEST, 0, "descriptor that ends at the GDT limit");
    gdt_load(GDT_ENTRIES * 8 - 1);
}

void guest_main(void)
{
    expand_up();
    expand_down();
    stack();
    code();
    tables();
}
