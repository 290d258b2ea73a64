/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: exceptions of arithmetic and of the INT family. #DE, #BP, INT n, INT1, and what is no
 * longer an instruction in 64-bit mode (INTO, BOUND). SDM 3A 6.15, SDM 2 for each instruction.
 */
#include "tests/guest/lib/trap.h"

STUB(div32, "xorl %edx, %edx\n xorl %ecx, %ecx\n movl $1, %eax", "divl %ecx");
STUB(div8, "movl $0x1234, %eax\n movl $1, %ecx", "divb %cl");
STUB(div64, "movl $2, %edx\n xorl %eax, %eax\n movl $2, %ecx", "divq %rcx");
STUB(idiv32, "movl $0x80000000, %eax\n cltd\n movl $-1, %ecx", "idivl %ecx");
STUB(idiv64, "movabs $0x8000000000000000, %rax\n cqto\n movq $-1, %rcx", "idivq %rcx");
STUB(idiv16, "movw $0x8000, %ax\n cwtd\n movw $-1, %cx", "idivw %cx");
STUB(div_memory, "xorl %edx, %edx\n movl $5, %eax", "divl (%rdi)");
STUB(div_flags, "movl $0, %edx\n pushfq\n orl $0x8d5, (%rsp)\n popfq", "divl (%rdi)");
STUB(div_fine, "movl $100, %eax\n xorl %edx, %edx\n movl $7, %ecx", "divl %ecx");
STUB(int3, "nop", "int3");
STUB(int3_long, "nop", ".byte 0xcd, 3");
STUB(int1, "nop", ".byte 0xf1");
STUB(int40, "nop", "int $0x40");
STUB(into, "nop", ".byte 0xce");
STUB(bound, "nop", ".byte 0x62, 0x07");
STUB(int_flags, "pushfq\n orl $0xcd5, (%rsp)\n popfq", "int $0x41");

static struct fault seen;

static void divides(void)
{
    static const uint32_t zero;
    EXPECT(div32, 0, 0, VECTOR_DE, 0, "#DE: div by 0, 32 bits");
    EXPECT(div8, 0, 0, VECTOR_DE, 0, "#DE: quotient of 8-bit div too large");
    EXPECT(div64, 0, 0, VECTOR_DE, 0, "#DE: quotient of 64-bit div too large");
    EXPECT(idiv32, 0, 0, VECTOR_DE, 0, "#DE: idiv of the most negative number, 32 bits");
    EXPECT(idiv64, 0, 0, VECTOR_DE, 0, "#DE: idiv of the most negative number, 64 bits");
    EXPECT(idiv16, 0, 0, VECTOR_DE, 0, "#DE: idiv of the most negative number, 16 bits");
    EXPECT(div_memory, &zero, 0, VECTOR_DE, 0, "#DE: div by memory");
    seen = attempt(div_fine, 0, 0);
    report_eq(seen.value, 14, "div that is possible");
    seen = attempt(div32, 0, 0);
    report_eq(seen.frame.ax, 1, "#DE leaves RAX alone");
    report_eq(seen.frame.dx, 0, "#DE leaves RDX alone");
}

/*
 * A fault pushes RF set, a trap and INT n push RF clear (SDM 3A 17.3.1.1); the arithmetic flags are
 * the guest's.
 */
static void flag_images(void)
{
    static const uint32_t zero;
    seen = attempt(div_flags, (word)&zero, 0);
    report(seen.frame.flags & FLAG_RF, "#DE pushes RF set");
    report_eq(seen.frame.flags & 0x8d5, 0x8d5, "#DE pushes the arithmetic flags as they were");
    seen = attempt(int_flags, 0, 0);
    report_eq(seen.frame.flags & 0xcd5, 0xcd5, "INT n pushes the flags as they were");
    report(!(seen.frame.flags & FLAG_RF), "INT n pushes RF clear");
    seen = attempt(int3, 0, 0);
    report(!(seen.frame.flags & FLAG_RF), "#BP pushes RF clear");
}

static void software_interrupts(void)
{
    seen = attempt(int3, 0, 0);
    expect_fault(&seen, VECTOR_BP, 0, int3_next, "#BP: return address behind INT3");
    seen = attempt(int3_long, 0, 0);
    expect_fault(&seen, VECTOR_BP, 0, int3_long_next, "INT 3 of two bytes");
    seen = attempt(int1, 0, 0);
    expect_fault(&seen, VECTOR_DB, 0, int1_next, "#DB by INT1, a trap");
    seen = attempt(int40, 0, 0);
    expect_fault(&seen, 0x40, 0, int40_next, "INT 0x40");
    EXPECT(into, 0, 0, VECTOR_UD, 0, "#UD: INTO in 64-bit mode");
    EXPECT(bound, 0, 0, VECTOR_UD, 0, "#UD: BOUND in 64-bit mode");
}

static void gate_types(void)
{
    seen = attempt(int40, 0, 0);
    report_eq(seen.frame.cs, SEL_CODE64, "CS in the frame");
    report_eq(seen.frame.ss, SEL_DATA, "SS in the frame, same privilege");
    report_eq(seen.frame_top & 15, 0, "the processor aligns the stack to 16");
}

void guest_main(void)
{
    divides();
    flag_images();
    software_interrupts();
    gate_types();
}
