/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYSCALL and SYSRET in 64-bit mode and with compatibility mode: registers, masks, selectors, and
 * what must fault. On an Intel processor SYSCALL outside 64-bit mode is #UD, and SYSRET checks RCX
 * in ring 0. SDM 2 SYSCALL, SYSRET; SDM 3A 5.8.8.
 */
#include "tests/guest/lib/trap.h"

/* LSTAR: saves what arrived and goes back with SYSRETQ to RCX. */
__asm__(".pushsection .text.stub, \"ax\"\n"
        ".globl syscall_entry, syscall_entry_compat\n"
        "syscall_entry:\n"
        " movq %rcx, seen_rcx\n movq %r11, seen_r11\n movq %rsp, seen_rsp\n"
        " pushfq\n popq seen_flags\n"
        " movl %cs, %eax\n movl %eax, seen_cs\n movl %ss, %eax\n movl %eax, seen_ss\n"
        " movq override_r11, %rax\n testq %rax, %rax\n jz 1f\n movq %rax, %r11\n1:\n"
        " movl $0x1234, %eax\n"
        " sysretq\n"
        "syscall_entry_compat:\n"
        " movl $0x4321, %eax\n movl %eax, %eax\n"
        " sysretl\n"
        ".popsection");
extern const char syscall_entry[], syscall_entry_compat[];
word seen_rcx, seen_r11, seen_rsp, seen_flags, override_r11;
uint32_t seen_cs, seen_ss;

STUB(call_kernel, "movq %rsp, %rdx", "syscall");
STUB(call_with_flags, "pushfq\n orq %rdi, (%rsp)\n popfq", "syscall\n pushfq\n popq %rax");
STUB(call_selectors, "nop",
     "syscall\n movl %cs, %eax\n movl %ss, %edx\n shll $16, %edx\n orl %edx, %eax");
STUB32(compat_call, "nop", "syscall");
STUB32(compat_target, "nop", "movl %cs, %eax\n movl %ss, %edx\n shll $16, %edx\n orl %edx, %eax");
STUB(sysret_to, "movq %rdi, %rcx\n movl $0x202, %r11d", "sysretq");
STUB(sysret_flags, "movq %rdi, %rcx\n movq %rsi, %r11", "sysretq");
STUB(sysretl_to, "movq %rdi, %rcx\n movl $0x2, %r11d", "sysretl");

static void program_msrs(uint64_t mask)
{
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    wrmsr(MSR_STAR, (uint64_t)SEL_CODE64 << 32 | (uint64_t)(SEL_USER_CODE32 | 3) << 48);
    wrmsr(MSR_LSTAR, (word)syscall_entry);
    wrmsr(MSR_CSTAR, (word)syscall_entry_compat);
    wrmsr(MSR_FMASK, mask);
}

static void disabled(void)
{
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SCE);
    EXPECT_USER(call_kernel, 0, 0, VECTOR_UD, 0, "#UD: SYSCALL with EFER.SCE clear");
    EXPECT(sysret_to, 0, 0, VECTOR_UD, 0, "#UD: SYSRET with EFER.SCE clear");
}

static void plain(void)
{
    program_msrs(FLAG_IF);
    struct fault f = attempt_user(call_kernel, 0, 0);
    expect_return(&f, "SYSCALL and SYSRETQ");
    report_eq(f.value, 0x1234, "RAX from the kernel");
    report_eq(seen_rcx, (word)call_kernel_next, "RCX holds the return address");
    report_eq(seen_cs, SEL_CODE64, "CS from STAR");
    report_eq(seen_ss, SEL_DATA, "SS from STAR + 8");
    report(seen_rsp >= (word)user_stack && seen_rsp < (word)user_stack + STACK_BYTES,
           "RSP is not changed by SYSCALL");
    f = attempt_user(call_selectors, 0, 0);
    report_eq(f.value & 0xffff, SEL_USER_CODE64 | 3, "CS after SYSRETQ: STAR[63:48] + 16");
    report_eq(f.value >> 16, SEL_USER_DATA | 3, "SS after SYSRETQ: STAR[63:48] + 8");
}

static void flags(void)
{
    program_msrs(FLAG_IF | FLAG_CF | FLAG_DF);
    user_flags = FLAG_IF;
    struct fault f = attempt_user(call_with_flags, FLAG_CF | FLAG_ZF | FLAG_DF | FLAG_AC, 0);
    expect_return(&f, "SYSCALL with flags");
    report_eq(seen_flags & (FLAG_IF | FLAG_CF | FLAG_DF), 0, "FMASK clears its bits");
    report_eq(seen_flags & (FLAG_ZF | FLAG_AC), FLAG_ZF | FLAG_AC, "and no others");
    report_eq(seen_r11 & (FLAG_IF | FLAG_CF | FLAG_ZF | FLAG_DF | FLAG_AC),
              FLAG_IF | FLAG_CF | FLAG_ZF | FLAG_DF | FLAG_AC, "R11 holds the flags as they were");
    report_eq(seen_r11 & FLAG_RF, 0, "R11 has RF clear");
    report_eq(f.value & (FLAG_IF | FLAG_CF | FLAG_ZF | FLAG_DF | FLAG_AC),
              FLAG_IF | FLAG_CF | FLAG_ZF | FLAG_DF | FLAG_AC, "SYSRET brings them back");
    override_r11 = FLAG_RF | FLAG_VM | FLAG_ZF | BIT(15);
    f = attempt_user(call_with_flags, 0, 0);
    report_eq(f.value & ~FLAG_IF, FLAG_ZF | FLAG_FIXED,
              "SYSRET drops RF, VM and reserved bits, sets bit 1");
    override_r11 = 0;
    user_flags = 0;
    program_msrs(~0ul & 0xffffffff);
    attempt_user(call_kernel, 0, 0);
    report_eq(seen_flags, FLAG_FIXED, "FMASK of all ones leaves bit 1");
}

static void compatibility(void)
{
    program_msrs(0);
    struct fault f = attempt_compat_user(compat_call, 0, 0);
    expect_fault(&f, VECTOR_UD, 0, compat_call_at, "#UD: SYSCALL in compatibility mode on Intel");
    f = attempt_compat(compat_call, 0, 0);
    expect_fault(&f, VECTOR_UD, 0, compat_call_at, "#UD: the same in ring 0");
    /*
     * SYSRETL: STAR[63:48] itself is CS. The code there returns to ring 0 by an interrupt it cannot
     * take: use its UD.
     */
    gate_set(VECTOR_USER_RETURN,
             (const void *)(word)(idt[VECTOR_USER_RETURN].offset_low |
                                  idt[VECTOR_USER_RETURN].offset_mid << 16),
             SEL_CODE64, GATE_PRESENT | GATE_INTERRUPT | GATE_DPL3, 1);
    extern const char user_return32[];
    f = attempt(sysretl_to, (word)user_return32, 0);
    expect_return(&f, "SYSRETL enters compatibility mode in ring 3");
    gate_reset(VECTOR_USER_RETURN);
}

STUB32(compat_fault, "movl %cs, %eax", "ud2");
static void sysretl(void)
{
    struct fault f = attempt(sysretl_to, (word)compat_fault, 0);
    expect_fault(&f, VECTOR_UD, 0, compat_fault_at, "code after SYSRETL runs");
    report_eq(f.frame.cs, SEL_USER_CODE32 | 3, "CS after SYSRETL: STAR[63:48]");
    report_eq(f.frame.ss, SEL_USER_DATA | 3, "SS after SYSRETL: STAR[63:48] + 8");
    f = attempt(sysretl_to, 0xffff000000000000ul | (word)compat_fault, 0);
    expect_fault(&f, VECTOR_UD, 0, compat_fault_at, "SYSRETL uses ECX only");
}

static void faults(void)
{
    program_msrs(0);
    EXPECT(sysret_to, 0x0000800000000000ul, 0, VECTOR_GP, 0,
           "#GP(0): SYSRETQ to a non-canonical RCX");
    struct fault f = attempt(sysret_to, 0x0000800000000000ul, 0);
    report_eq(f.frame.cs & 3, 0, "and it is taken in ring 0, as on Intel");
    f = attempt(sysret_to, 0x00007ffffffff000ul, 0);
    report(f.vector == VECTOR_PF && f.error == (PF_I | PF_U) && (f.frame.cs & 3) == 3,
           "SYSRETQ to a canonical page that is not there: #PF in ring 3");
    static const char tf_code[] = {0x0f, 0x0b};
    f = attempt(sysret_flags, (word)tf_code, FLAG_FIXED);
    report(f.vector == VECTOR_UD && f.frame.ip == (word)tf_code,
           "SYSRETQ to a faulting instruction");
}

/* A STAR whose RPL bits are wrong: SYSCALL and SYSRET force them. */
static void forced_rpl(void)
{
    program_msrs(0);
    wrmsr(MSR_STAR, (uint64_t)(SEL_CODE64 | 3) << 32 | (uint64_t)SEL_USER_CODE32 << 48);
    struct fault f = attempt_user(call_selectors, 0, 0);
    report_eq(seen_cs, SEL_CODE64, "SYSCALL forces RPL 0 into CS");
    report_eq(f.value & 0xffff, SEL_USER_CODE64 | 3, "SYSRETQ forces RPL 3 into CS");
    report_eq(f.value >> 16, SEL_USER_DATA | 3, "SYSRETQ forces RPL 3 into SS");
}

static void from_ring0(void)
{
    program_msrs(0);
    /* SYSCALL in ring 0 is legal; SYSRET then lands in ring 3. */
    struct fault f = attempt(call_selectors, 0, 0);
    report(f.vector == VECTOR_PF || f.vector == NO_FAULT || (f.frame.cs & 3) == 3,
           "SYSCALL in ring 0 returns to ring 3");
    report_eq(seen_rcx, (word)call_selectors_at + 2, "RCX after SYSCALL in ring 0");
}

void guest_main(void)
{
    disabled();
    plain();
    flags();
    compatibility();
    sysretl();
    faults();
    forced_rpl();
    from_ring0();
    report_eq(rdmsr(MSR_CSTAR), (word)syscall_entry_compat,
              "CSTAR keeps what was written, used or not");
}
