/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYSENTER and SYSEXIT, from and to 64-bit and compatibility mode. SDM 2 SYSENTER, SYSEXIT; SDM 3A
 * 5.8.7.
 */
#include "tests/guest/lib/trap.h"

__asm__(".pushsection .text.stub, \"ax\"\n"
        ".globl sysenter_entry\n"
        "sysenter_entry:\n"
        " movq %rsp, enter_rsp\n pushfq\n popq enter_flags\n"
        " movl %cs, %eax\n movl %eax, enter_cs\n movl %ss, %eax\n movl %eax, enter_ss\n"
        " movl $0x5678, %eax\n"
        " cmpl $0, exit_32\n jne 1f\n"
        " .byte 0x48\n sysexit\n"
        "1: sysexit\n"
        ".popsection");
extern const char sysenter_entry[];
word enter_rsp, enter_flags;
uint32_t enter_cs, enter_ss, exit_32;

/* RDX return address, RCX stack, as SYSEXIT wants them. */
STUB(enter64, "leaq 1f(%rip), %rdx\n movq %rsp, %rcx",
     "sysenter\n1: movl %cs, %r8d\n movl %ss, %r9d\n"
     " shll $16, %r9d\n orl %r9d, %r8d\n movq %r8, %rax");
STUB32(enter32, "movl $2f, %edx\n movl %esp, %ecx",
       "sysenter\n2: movl %cs, %eax\n movl %ss, %edx\n"
       " shll $16, %edx\n orl %edx, %eax");
STUB(enter_ud, "leaq 1f(%rip), %rdx\n movq %rsp, %rcx", "sysenter\n1: ud2");
STUB(exit_bad, "movq %rdi, %rdx\n movq %rsi, %rcx", ".byte 0x48\n sysexit");

static uint8_t enter_stack[4096] __attribute__((aligned(16)));

void guest_main(void)
{
    wrmsr(MSR_SYSENTER_CS, 0);
    EXPECT_USER(enter64, 0, 0, VECTOR_GP, 0, "#GP(0): SYSENTER with a null SYSENTER_CS");
    EXPECT(exit_bad, 0, 0, VECTOR_GP, 0, "#GP(0): SYSEXIT with a null SYSENTER_CS");
    wrmsr(MSR_SYSENTER_CS, SEL_CODE64);
    wrmsr(MSR_SYSENTER_ESP, (word)enter_stack + sizeof(enter_stack));
    wrmsr(MSR_SYSENTER_EIP, (word)sysenter_entry);
    report_eq(rdmsr(MSR_SYSENTER_CS), SEL_CODE64, "SYSENTER_CS reads back");
    report_eq(rdmsr(MSR_SYSENTER_ESP), (word)enter_stack + sizeof(enter_stack),
              "SYSENTER_ESP reads back");
    report_eq(rdmsr(MSR_SYSENTER_EIP), (word)sysenter_entry, "SYSENTER_EIP reads back");

    user_flags = FLAG_IF;
    struct fault f = attempt_user(enter64, 0, 0);
    expect_return(&f, "SYSENTER from 64-bit mode, SYSEXIT to 64-bit mode");
    report_eq(enter_rsp, (word)enter_stack + sizeof(enter_stack), "RSP from its MSR");
    report_eq(enter_cs, SEL_CODE64, "CS from its MSR");
    report_eq(enter_ss, SEL_DATA, "SS is CS + 8");
    report(!(enter_flags & FLAG_IF), "SYSENTER clears IF");
    report_eq(f.value & 0xffff, (SEL_CODE64 + 32) | 3, "CS after SYSEXIT: + 32, RPL 3");
    report_eq(f.value >> 16 & 0xffff, (SEL_CODE64 + 40) | 3, "SS after SYSEXIT: + 40, RPL 3");
    user_flags = 0;

    exit_32 = 1;
    f = attempt_compat_user(enter32, 0, 0);
    expect_return(&f, "SYSENTER from compatibility mode, SYSEXIT back to it");
    report_eq(enter_cs, SEL_CODE64, "SYSENTER from compatibility mode enters 64-bit mode");
    report_eq(f.value & 0xffff, (SEL_CODE64 + 16) | 3, "CS after SYSEXIT: + 16, RPL 3");
    report_eq(f.value >> 16 & 0xffff, (SEL_CODE64 + 24) | 3, "SS after SYSEXIT: + 24, RPL 3");
    exit_32 = 0;

    f = attempt(enter_ud, 0, 0);
    report(f.vector == VECTOR_UD && f.frame.cs == ((SEL_CODE64 + 32) | 3),
           "SYSENTER in ring 0 returns to ring 3");
    EXPECT(exit_bad, 0x0000800000000000ul, 0, VECTOR_GP, 0,
           "#GP(0): SYSEXIT to a non-canonical RDX");
    EXPECT(exit_bad, sysenter_entry, 0x0000800000000000ul, VECTOR_GP, 0,
           "#GP(0): SYSEXIT with a non-canonical RCX");
    EXPECT_USER(exit_bad, 0, 0, VECTOR_GP, 0, "#GP(0): SYSEXIT in ring 3");
}
