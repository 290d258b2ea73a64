/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: #NM for every combination of CR0.TS, EM and MP; #UD for SSE with EM; #MF with CR0.NE,
 * at the next waiting instruction; the x87 status behind it. SDM 3A 2.5, 6.15 (interrupts 7 and
 * 16).
 */
#include "tests/guest/lib/trap.h"

STUB(fld1, "nop", "fld1");
STUB(fninit, "nop", "fninit");
STUB(fnstsw, "nop", "fnstsw %ax");
STUB(fwait, "nop", "fwait");
STUB(movups, "nop", "movups %xmm0, %xmm1");
STUB(movd_mmx, "nop", "movd %eax, %mm0");
STUB(fxsave, "nop", "fxsave (%rdi)");
STUB(emms, "nop", "emms");
STUB(prefetch, "nop", "prefetcht0 (%rdi)");
STUB(sfence, "nop", "sfence");
STUB(divide_by_zero, "fninit\n fldcw (%rdi)\n fld1\n fldz", "fdivrp");
STUB(pending, "fninit\n fldcw (%rdi)\n fld1\n fldz\n fdivrp", "fwait");
STUB(pending_fld, "fninit\n fldcw (%rdi)\n fld1\n fldz\n fdivrp", "fld1");
STUB(pending_fnstsw, "fninit\n fldcw (%rdi)\n fld1\n fldz\n fdivrp", "fnstsw %ax");
STUB(pending_fnclex, "fninit\n fldcw (%rdi)\n fld1\n fldz\n fdivrp\n fnclex", "fwait");
STUB(unmask_later, "fninit\n fld1\n fldz\n fdivrp\n fldcw (%rdi)", "fwait");
STUB(invalid, "fninit\n fldcw (%rdi)\n fldz\n fldz\n fdivrp", "fwait");
STUB(stack_fault, "fninit\n fldcw (%rdi)\n fstp %st(0)", "fwait");

static void device_not_available(void)
{
    static uint8_t area[512] __attribute__((aligned(16)));
    word cr0 = read_cr0();
    write_cr0(cr0 | CR0_TS);
    EXPECT(fld1, 0, 0, VECTOR_NM, 0, "#NM: x87 with TS");
    EXPECT(fninit, 0, 0, VECTOR_NM, 0, "#NM: FNINIT with TS");
    EXPECT(fnstsw, 0, 0, VECTOR_NM, 0, "#NM: FNSTSW with TS");
    EXPECT(movups, 0, 0, VECTOR_NM, 0, "#NM: SSE with TS");
    EXPECT(movd_mmx, 0, 0, VECTOR_NM, 0, "#NM: MMX with TS");
    EXPECT(emms, 0, 0, VECTOR_NM, 0, "#NM: EMMS with TS");
    EXPECT(fxsave, area, 0, VECTOR_NM, 0, "#NM: FXSAVE with TS");
    EXPECT(fwait, 0, 0, VECTOR_NM, 0, "#NM: WAIT with TS and MP");
    EXPECT_OK(prefetch, area, 0, "PREFETCH with TS");
    EXPECT_OK(sfence, 0, 0, "SFENCE with TS");
    EXPECT_USER(movups, 0, 0, VECTOR_NM, 0, "#NM: SSE with TS in ring 3");
    write_cr0((cr0 | CR0_TS) & ~CR0_MP);
    EXPECT_OK(fwait, 0, 0, "WAIT with TS and without MP");
    write_cr0(cr0 | CR0_EM);
    EXPECT(fld1, 0, 0, VECTOR_NM, 0, "#NM: x87 with EM");
    EXPECT(movd_mmx, 0, 0, VECTOR_UD, 0, "#UD: MMX with EM");
    EXPECT(movups, 0, 0, VECTOR_UD, 0, "#UD: SSE with EM");
    EXPECT_OK(fwait, 0, 0, "WAIT with EM and without TS");
    write_cr0(cr0 | CR0_EM | CR0_TS);
    EXPECT(movups, 0, 0, VECTOR_UD, 0, "#UD: SSE with EM and TS");
    write_cr0(cr0 | CR0_TS);
    __asm__ volatile("clts");
    report_eq(read_cr0(), cr0, "CLTS clears TS and nothing else");
    EXPECT_OK(fld1, 0, 0, "x87 after CLTS");
}

static void math_fault(void)
{
    static const uint16_t unmask_zero = 0x037b, unmask_invalid = 0x037e, masked = 0x037f;
    EXPECT_OK(divide_by_zero, &unmask_zero, 0,
              "the instruction that divides does not fault itself");
    EXPECT(pending, &unmask_zero, 0, VECTOR_MF, 0, "#MF: WAIT after an unmasked division by zero");
    EXPECT(pending_fld, &unmask_zero, 0, VECTOR_MF, 0, "#MF: the next x87 instruction");
    struct fault f = attempt(pending_fnstsw, (word)&unmask_zero, 0);
    expect_return(&f, "FNSTSW does not wait");
    report_eq(f.value & 0x80ff, 0x8084, "status: busy, summary and zero divide");
    EXPECT_OK(pending_fnclex, &unmask_zero, 0, "FNCLEX takes the exception back");
    EXPECT_OK(pending, &masked, 0, "masked: no exception");
    EXPECT(unmask_later, &unmask_zero, 0, VECTOR_MF, 0, "#MF: unmasked after the event");
    EXPECT(invalid, &unmask_invalid, 0, VECTOR_MF, 0, "#MF: invalid operation");
    EXPECT(stack_fault, &unmask_invalid, 0, VECTOR_MF, 0, "#MF: stack underflow");
    EXPECT_USER(pending, &unmask_zero, 0, VECTOR_MF, 0, "#MF in ring 3");
    __asm__ volatile("fninit");
}

void guest_main(void)
{
    device_not_available();
    math_fault();
}
