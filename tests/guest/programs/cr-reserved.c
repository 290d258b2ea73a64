/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: #GP(0) for reserved bits and impossible combinations of CR0, CR3, CR4, CR8, DR6, DR7,
 * EFER and for MSRs that hold addresses. SDM 3A 2.5, 17.2, 4; SDM 2 "MOV - Move to/from Control
 * Registers", WRMSR.
 */
#include "tests/guest/lib/trap.h"

#define NONCANONICAL 0x0000800000000000ull

STUB(to_cr0, "nop", "movq %rdi, %cr0");
STUB(to_cr4, "nop", "movq %rdi, %cr4");
STUB(to_cr8, "nop", "movq %rdi, %cr8");
STUB(to_dr7, "nop", "movq %rdi, %db7");
STUB(to_dr6, "nop", "movq %rdi, %db6");
STUB(to_msr, "movl %edi, %ecx\n movl %esi, %eax\n movq %rsi, %rdx\n shrq $32, %rdx", "wrmsr");
STUB(to_cr3, "nop", "movq %rdi, %cr3");

static void control_registers(void)
{
    word cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();
    EXPECT(to_cr0, cr0 & ~CR0_PE, 0, VECTOR_GP, 0, "#GP(0): CR0.PG without PE");
    EXPECT(to_cr0, (cr0 & ~CR0_CD) | CR0_NW, 0, VECTOR_GP, 0, "#GP(0): CR0.NW without CD");
    EXPECT(to_cr0, cr0 | BIT(32), 0, VECTOR_GP, 0, "#GP(0): CR0 bit 32");
    EXPECT(to_cr3, cr3 | BIT(62), 0, VECTOR_GP, 0, "#GP(0): CR3 bit 62");
    EXPECT(to_cr4, cr4 & ~CR4_PAE, 0, VECTOR_GP, 0, "#GP(0): CR4.PAE cleared in long mode");
    EXPECT(to_cr4, cr4 | BIT(15), 0, VECTOR_GP, 0, "#GP(0): CR4 bit 15");
    EXPECT(to_cr4, cr4 | BIT(31), 0, VECTOR_GP, 0, "#GP(0): CR4 bit 31");
    EXPECT(to_cr4, cr4 | BIT(32), 0, VECTOR_GP, 0, "#GP(0): CR4 bit 32");
    EXPECT(to_cr4, cr4 | CR4_LA57, 0, VECTOR_GP, 0, "#GP(0): CR4.LA57 on a processor without it");
    EXPECT(to_cr8, 16, 0, VECTOR_GP, 0, "#GP(0): CR8 above 15");
    EXPECT(to_dr7, BIT(32), 0, VECTOR_GP, 0, "#GP(0): DR7 bit 32");
    EXPECT(to_dr6, BIT(63), 0, VECTOR_GP, 0, "#GP(0): DR6 bit 63");
    report(read_cr0() == cr0 && read_cr3() == cr3 && read_cr4() == cr4,
           "nothing of it was written");
}

static void msrs(void)
{
    uint64_t efer = rdmsr(MSR_EFER);
    EXPECT(to_msr, MSR_EFER, efer | BIT(1), VECTOR_GP, 0, "#GP(0): EFER bit 1");
    EXPECT(to_msr, MSR_EFER, efer | BIT(12), VECTOR_GP, 0, "#GP(0): EFER.SVME is reserved here");
    EXPECT(to_msr, MSR_EFER, efer & ~EFER_LME, VECTOR_GP, 0,
           "#GP(0): EFER.LME cleared while paging is on");
    report_eq(rdmsr(MSR_EFER), efer, "EFER is as it was");
    EXPECT(to_msr, MSR_LSTAR, NONCANONICAL, VECTOR_GP, 0, "#GP(0): non-canonical LSTAR");
    EXPECT(to_msr, MSR_FS_BASE, NONCANONICAL, VECTOR_GP, 0, "#GP(0): non-canonical FS_BASE");
    EXPECT(to_msr, MSR_KERNEL_GS_BASE, NONCANONICAL, VECTOR_GP, 0,
           "#GP(0): non-canonical KERNEL_GS_BASE");
    EXPECT(to_msr, MSR_SYSENTER_EIP, NONCANONICAL, VECTOR_GP, 0,
           "#GP(0): non-canonical SYSENTER_EIP");
}

void guest_main(void)
{
    control_registers();
    msrs();
}
