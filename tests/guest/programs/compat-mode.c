/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compatibility mode: 32-bit code under long mode, ring 0 and 3. Exceptions with 64-bit frames,
 * instructions that exist here and not in 64-bit mode, segment bases, 32-bit wrap of addresses,
 * zero-extended registers, far jumps between the modes. SDM 3A 9.8, 5.3.1, 3.2.4.
 */
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

#define SEL_BASED SEL_FREE /* data, base 0x1000 */
#define SEL_GATE  0x80     /* 16 bytes */

STUB32(ud, "nop", "ud2");
STUB32(divide, "xorl %ecx, %ecx\n xorl %edx, %edx", "divl %ecx");
STUB32(into_of, "movl $0x7fffffff, %eax\n addl $1, %eax", "into");
STUB32(into_none, "xorl %eax, %eax", "into");
STUB32(bound_bad, "movl $9, %eax", "boundl %eax, (%edi)");
STUB32(bound_good, "movl $5, %eax", "boundl %eax, (%edi)");
STUB32(int3, "nop", "int3");
STUB32(int40, "nop", "int $0x40");
STUB32(load, "nop", "movl (%edi), %eax");
STUB32(store, "nop", "movl %eax, (%edi)");
STUB32(load_ds, "nop", "movl %edi, %ds");
STUB32(load_ss, "nop", "movl %edi, %ss");
STUB32(hlt, "nop", "hlt");
STUB32(pusha, "movl $1, %eax\n movl $2, %ebx",
       "pushal\n movl 28(%esp), %eax\n movl 16(%esp), %ebx\n addl $32, %esp");
STUB32(aam, "movl $123, %eax", "aam\n movzwl %ax, %eax");
STUB32(daa, "movl $0x3c, %eax", "daa\n movzbl %al, %eax");
STUB32(push_es, "nop", "pushl %es\n popl %eax");
STUB32(wrap, "movl $0xfffffff0, %ecx", "movl 0x10(%edi,%ecx), %eax");
STUB32(inc_short, "movl $7, %eax", ".byte 0x40");
STUB32(salc, "stc", ".byte 0xd6");
STUB32(lahf, "stc", "lahf");
STUB32(based, "movl $0x70, %eax\n movl %eax, %es", "movl %es:(%edi), %eax");
STUB32(null_ds, "xorl %eax, %eax\n movl %eax, %ds", "movl (%edi), %eax");
STUB32(rex_is_dec, "movl $7, %ecx\n movl $7, %eax", ".byte 0x48, 0x01, 0xc8");
STUB32(lock_lea, "nop", ".byte 0x8d, 0xc0");
STUB32(jump_long, "nop",
       "ljmp $8, $1f\n .code64\n 1: movabs $0x123456789abcdef0, %rax\n shrq $32, %rax\n"
       " subq $16, %rsp\n movl $2f, (%rsp)\n movl $0x38, 4(%rsp)\n ljmp *(%rsp)\n .code32\n 2: "
       "addl $16, %esp");
STUB32(call_gate_64, "nop", "lcall $0x80, $0");
STUB32(swapgs, "nop", ".byte 0x0f, 0x01, 0xf8");
STUB32(jump_bad, "nop", "jmp *%edi");

__asm__(".pushsection .text.stub, \"ax\"\n.globl ud64\nud64: ud2\n.popsection");
extern const char ud64[];

static void exceptions(bool user)
{
    struct fault f;
    struct fault (*go)(const void *, word, word) = user ? attempt_compat_user : attempt_compat;
    const char *ring = user ? "ring 3" : "ring 0";
    static const struct {
        const char *code, *at;
        word a;
        unsigned vector;
        word error;
        const char *name;
    } list[] = {
        {ud, ud_at, 0, VECTOR_UD, 0, "#UD"},
        {divide, divide_at, 0, VECTOR_DE, 0, "#DE"},
        {load_ds, load_ds_at, 0x100, VECTOR_GP, 0x100, "#GP(sel)"},
        {load_ss, load_ss_at, 0, VECTOR_GP, 0, "#GP(0): null SS is not allowed here"},
        {lock_lea, lock_lea_at, 0, VECTOR_UD, 0, "#UD: LEA of a register"},
        {swapgs, swapgs_at, 0, VECTOR_UD, 0, "#UD: SWAPGS"},
    };
    for (unsigned i = 0; i < COUNT(list); i++) {
        f = go(list[i].code, list[i].a, 0);
        report(f.vector == list[i].vector && f.error == list[i].error &&
                   f.frame.ip == (word)list[i].at,
               "%s, %s", list[i].name, ring);
    }
    f = go(ud, 0, 0);
    report_eq(f.frame.cs, user ? SEL_USER_CODE32 | 3 : SEL_CODE32, "CS in the frame, %s", ring);
    f = go(load, 0xfffffffful - 3 - 0x100000, 0);
    report(f.vector == NO_FAULT || f.vector == VECTOR_PF, "load near 4 GiB, %s", ring);
}

static void traps(void)
{
    static const uint32_t bounds[2] = {1, 8};
    /* In long mode the gates of #OF and INT3 need DPL 3 only from ring 3. */
    struct fault f = attempt_compat(into_of, 0, 0);
    expect_fault(&f, VECTOR_OF, 0, into_of_next, "#OF: INTO with OF set, a trap");
    f = attempt_compat(into_none, 0, 0);
    expect_return(&f, "INTO with OF clear");
    f = attempt_compat(bound_bad, (word)bounds, 0);
    expect_fault(&f, VECTOR_BR, 0, bound_bad_at, "#BR: BOUND outside, a fault");
    f = attempt_compat(bound_good, (word)bounds, 0);
    expect_return(&f, "BOUND inside");
    f = attempt_compat(int3, 0, 0);
    expect_fault(&f, VECTOR_BP, 0, int3_next, "#BP");
    f = attempt_compat(int40, 0, 0);
    expect_fault(&f, 0x40, 0, int40_next, "INT 0x40");
    f = attempt_compat_user(into_of, 0, 0);
    expect_fault(&f, VECTOR_GP, ERROR_IDT_VECTOR(VECTOR_OF), into_of_at,
                 "#GP(IDT): INTO in ring 3, gate DPL 0");
    f = attempt_compat_user(hlt, 0, 0);
    expect_fault(&f, VECTOR_GP, 0, hlt_at, "#GP(0): HLT in ring 3");
    f = attempt_compat_user(load, 0xffffff000ul & 0xffffffff, 0);
    report(f.vector == VECTOR_PF || f.vector == NO_FAULT, "load from the top page");
    *page_entry(0x200000 * 8, 2) &= ~PTE_P;
    page_flush();
    f = attempt_compat_user(store, 0x1000004, 0);
    report(f.vector == VECTOR_PF && f.error == (PF_W | PF_U) && f.cr2 == 0x1000004,
           "#PF: store in ring 3");
    f = attempt_compat(jump_bad, 0x1000010, 0);
    report(f.vector == VECTOR_PF && f.error == PF_I && f.frame.ip == 0x1000010, "#PF: fetch");
    *page_entry(0x200000 * 8, 2) |= PTE_P;
    page_flush();
}

static void instructions(void)
{
    static uint32_t cell = 0xc0ffee00;
    struct fault f = attempt_compat(pusha, 0, 0);
    report_eq(f.value, 1, "PUSHA");
    f = attempt_compat(aam, 0, 0);
    report_eq(f.value, 0x0c03, "AAM");
    f = attempt_compat(daa, 0, 0);
    report_eq(f.value, 0x42, "DAA");
    f = attempt_compat(push_es, 0, 0);
    report_eq(f.value & 0xffff, SEL_DATA, "PUSH ES");
    f = attempt_compat(inc_short, 0, 0);
    report_eq(f.value, 8, "opcode 40 is INC, not REX");
    f = attempt_compat(rex_is_dec, 0, 0);
    report_eq(f.value, 13, "opcode 48 is DEC, not REX.W");
    f = attempt_compat(wrap, (word)&cell, 0);
    report_eq(f.value, cell, "addresses wrap at 4 GiB");
    gdt_set(SEL_BASED, descriptor(0x1000, 0xfffff, ACCESS_PRESENT | ACCESS_DATA, FLAG_G | FLAG_D));
    f = attempt_compat(based, (word)&cell - 0x1000, 0);
    report_eq(f.value, cell, "the base of ES counts");
    f = attempt_compat(null_ds, (word)&cell, 0);
    expect_fault(&f, VECTOR_GP, 0, null_ds_at, "#GP(0): access through a null DS");
    f = attempt_compat(jump_long, 0, 0);
    report_eq(f.value, 0x12345678, "far jump to 64-bit mode and back");
}

static void far_transfers(void)
{
    word target = (word)ud64;
    gdt[SEL_GATE / 8] = (target & 0xffff) | (uint64_t)SEL_CODE64 << 16 |
                        (uint64_t)(GATE_PRESENT | GATE_CALL) << 40 |
                        (uint64_t)(target >> 16 & 0xffff) << 48;
    gdt[SEL_GATE / 8 + 1] = 0;
    struct fault f = attempt_compat(call_gate_64, 0, 0);
    report(f.vector == VECTOR_UD && f.frame.ip == target && f.frame.cs == SEL_CODE64,
           "64-bit call gate from compatibility mode");
    f = attempt_compat_user(call_gate_64, 0, 0);
    expect_fault(&f, VECTOR_GP, SEL_GATE, call_gate_64_at, "#GP(sel): a gate of DPL 0 from ring 3");
    gdt[SEL_GATE / 8] |= (uint64_t)ACCESS_DPL3 << 40;
    f = attempt_compat_user(call_gate_64, 0, 0);
    report(f.vector == VECTOR_UD && f.frame.ip == target && f.frame.cs == SEL_CODE64,
           "64-bit call gate from ring 3 to ring 0");
    report_eq(f.frame.sp & 15, (word)(ring0_stack + STACK_BYTES - 32) & 15,
              "on the stack of the TSS");
    report_eq(f.frame.ss, 0, "with a null SS");
    gdt[SEL_GATE / 8] &= ~((uint64_t)ACCESS_PRESENT << 40);
    f = attempt_compat(call_gate_64, 0, 0);
    expect_fault(&f, VECTOR_NP, SEL_GATE, call_gate_64_at, "#NP(sel): a gate that is not present");
}

void guest_main(void)
{
    exceptions(false);
    exceptions(true);
    traps();
    instructions();
    far_transfers();
}
