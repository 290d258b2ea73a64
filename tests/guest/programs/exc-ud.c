/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: #UD. Opcodes that are undefined, that 64-bit mode took away, wrong LOCK prefixes,
 * control and debug registers that are not there, instructions of features that are off. And #GP(0)
 * for an instruction longer than 15 bytes. SDM 2.
 */
#include "tests/guest/lib/trap.h"

STUB(ud2, "nop", "ud2");
STUB(ud1, "nop", ".byte 0x0f, 0xb9, 0xc0");
STUB(push_es, "nop", ".byte 0x06");
STUB(pop_es, "nop", ".byte 0x07");
STUB(push_cs, "nop", ".byte 0x0e");
STUB(daa, "nop", ".byte 0x27");
STUB(das, "nop", ".byte 0x2f");
STUB(aaa, "nop", ".byte 0x37");
STUB(aas, "nop", ".byte 0x3f");
STUB(pusha, "nop", ".byte 0x60");
STUB(popa, "nop", ".byte 0x61");
STUB(aam, "nop", ".byte 0xd4, 0x0a");
STUB(aad, "nop", ".byte 0xd5, 0x0a");
STUB(salc, "nop", ".byte 0xd6");
STUB(call_far, "nop", ".byte 0x9a, 0, 0, 0, 0, 8, 0");
STUB(jmp_far, "nop", ".byte 0xea, 0, 0, 0, 0, 8, 0");
STUB(group82, "nop", ".byte 0x82, 0xc0, 0x01");
STUB(lock_mov, "nop", ".byte 0xf0, 0x89, 0x07");
STUB(lock_add_register, "nop", ".byte 0xf0, 0x01, 0xc0");
STUB(lock_nop, "nop", ".byte 0xf0, 0x90");
STUB(lock_cmp, "nop", ".byte 0xf0, 0x39, 0x07");
STUB(lock_fine, "xorl %eax, %eax", "lock addl %eax, (%rdi)");
STUB(mov_cr1, "nop", ".byte 0x0f, 0x20, 0xc8");
STUB(mov_cr5, "nop", ".byte 0x0f, 0x20, 0xe8");
STUB(mov_to_cr7, "nop", ".byte 0x0f, 0x22, 0xf8");
STUB(mov_to_cs, "movl $8, %eax", ".byte 0x8e, 0xc8");
STUB(mov_dr4, "nop", ".byte 0x0f, 0x21, 0xe0");
STUB(rsm, "nop", "rsm");
STUB(vmcall, "nop", ".byte 0x0f, 0x01, 0xc1");
STUB(vmxoff, "nop", ".byte 0x0f, 0x01, 0xc4");
STUB(monitor, "nop", "monitor");
STUB(mwait, "nop", "mwait");
STUB(lea_register, "nop", ".byte 0x8d, 0xc0");
STUB(lgdt_register, "nop", ".byte 0x0f, 0x01, 0xd7");
STUB(cmpxchg8b_register, "nop", ".byte 0x0f, 0xc7, 0xc8");
STUB(grp5_7, "nop", ".byte 0xff, 0xff");
STUB(mov_c6_1, "nop", ".byte 0xc6, 0xcf, 0x00");
STUB(swapgs_fine, "nop", "swapgs\n swapgs");
STUB(length15, "nop",
     ".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90");
STUB(length16, "nop",
     ".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90");
STUB(xgetbv, "xorl %ecx, %ecx", "xgetbv");
STUB(rdfsbase, "nop", "rdfsbase %rax");
STUB(movaps_no_osfxsr, "nop", "movaps %xmm0, %xmm1");

static void undefined(void)
{
    EXPECT(ud2, 0, 0, VECTOR_UD, 0, "#UD: UD2");
    EXPECT(ud1, 0, 0, VECTOR_UD, 0, "#UD: UD1");
    EXPECT(rsm, 0, 0, VECTOR_UD, 0, "#UD: RSM outside SMM");
    EXPECT(vmcall, 0, 0, VECTOR_UD, 0, "#UD: VMCALL outside VMX operation");
    EXPECT(vmxoff, 0, 0, VECTOR_UD, 0, "#UD: VMXOFF outside VMX operation");
    if (!(cpuid(1, 0).ecx & BIT(3))) {
        EXPECT(monitor, 0, 0, VECTOR_UD, 0, "#UD: MONITOR, which CPUID does not promise");
        EXPECT(mwait, 0, 0, VECTOR_UD, 0, "#UD: MWAIT, which CPUID does not promise");
    }
    EXPECT(lea_register, 0, 0, VECTOR_UD, 0, "#UD: LEA of a register");
    EXPECT(lgdt_register, 0, 0, VECTOR_UD, 0, "#UD: LGDT of a register");
    EXPECT(cmpxchg8b_register, 0, 0, VECTOR_UD, 0, "#UD: CMPXCHG8B of a register");
    EXPECT(grp5_7, 0, 0, VECTOR_UD, 0, "#UD: opcode FF /7");
    EXPECT(mov_c6_1, 0, 0, VECTOR_UD, 0, "#UD: opcode C6 /1");
    EXPECT(mov_cr1, 0, 0, VECTOR_UD, 0, "#UD: CR1");
    EXPECT(mov_cr5, 0, 0, VECTOR_UD, 0, "#UD: CR5");
    EXPECT(mov_to_cr7, 0, 0, VECTOR_UD, 0, "#UD: write to CR7");
    EXPECT(mov_to_cs, 0, 0, VECTOR_UD, 0, "#UD: MOV to CS");
}

static void taken_away(void)
{
    EXPECT(push_es, 0, 0, VECTOR_UD, 0, "#UD: PUSH ES in 64-bit mode");
    EXPECT(pop_es, 0, 0, VECTOR_UD, 0, "#UD: POP ES in 64-bit mode");
    EXPECT(push_cs, 0, 0, VECTOR_UD, 0, "#UD: PUSH CS in 64-bit mode");
    EXPECT(daa, 0, 0, VECTOR_UD, 0, "#UD: DAA in 64-bit mode");
    EXPECT(das, 0, 0, VECTOR_UD, 0, "#UD: DAS in 64-bit mode");
    EXPECT(aaa, 0, 0, VECTOR_UD, 0, "#UD: AAA in 64-bit mode");
    EXPECT(aas, 0, 0, VECTOR_UD, 0, "#UD: AAS in 64-bit mode");
    EXPECT(pusha, 0, 0, VECTOR_UD, 0, "#UD: PUSHA in 64-bit mode");
    EXPECT(popa, 0, 0, VECTOR_UD, 0, "#UD: POPA in 64-bit mode");
    EXPECT(aam, 0, 0, VECTOR_UD, 0, "#UD: AAM in 64-bit mode");
    EXPECT(aad, 0, 0, VECTOR_UD, 0, "#UD: AAD in 64-bit mode");
    EXPECT(salc, 0, 0, VECTOR_UD, 0, "#UD: SALC in 64-bit mode");
    EXPECT(call_far, 0, 0, VECTOR_UD, 0, "#UD: CALL ptr16:32 in 64-bit mode");
    EXPECT(jmp_far, 0, 0, VECTOR_UD, 0, "#UD: JMP ptr16:32 in 64-bit mode");
    EXPECT(group82, 0, 0, VECTOR_UD, 0, "#UD: opcode 82 in 64-bit mode");
}

static void lock_prefix(void)
{
    static uint32_t memory;
    EXPECT(lock_mov, &memory, 0, VECTOR_UD, 0, "#UD: LOCK MOV");
    EXPECT(lock_add_register, 0, 0, VECTOR_UD, 0, "#UD: LOCK ADD to a register");
    EXPECT(lock_nop, 0, 0, VECTOR_UD, 0, "#UD: LOCK NOP");
    EXPECT(lock_cmp, &memory, 0, VECTOR_UD, 0, "#UD: LOCK CMP");
    EXPECT_OK(lock_fine, &memory, 0, "LOCK ADD to memory is fine");
}

static void switched_off(void)
{
    word cr4 = read_cr4();
    write_cr4(cr4 | CR4_DE);
    EXPECT(mov_dr4, 0, 0, VECTOR_UD, 0, "#UD: DR4 with CR4.DE");
    write_cr4(cr4 & ~CR4_DE);
    struct fault f = attempt(mov_dr4, 0, 0);
    expect_return(&f, "DR4 is DR6 without CR4.DE");
    report_eq(f.value, read_dr6(), "DR4 reads as DR6");
    EXPECT(xgetbv, 0, 0, VECTOR_UD, 0, "#UD: XGETBV without CR4.OSXSAVE");
    EXPECT(rdfsbase, 0, 0, VECTOR_UD, 0, "#UD: RDFSBASE without CR4.FSGSBASE");
    write_cr4(cr4 & ~CR4_OSFXSR);
    EXPECT(movaps_no_osfxsr, 0, 0, VECTOR_UD, 0, "#UD: SSE without CR4.OSFXSR");
    write_cr4(cr4);
}

void guest_main(void)
{
    undefined();
    taken_away();
    lock_prefix();
    switched_off();
    EXPECT_OK(swapgs_fine, 0, 0, "SWAPGS twice");
    EXPECT_OK(length15, 0, 0, "an instruction of 15 bytes runs");
    EXPECT(length16, 0, 0, VECTOR_GP, 0, "#GP(0): an instruction of 16 bytes");
}
