/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alignment check: #AC(0) in ring 3 with CR0.AM and RFLAGS.AC, and only then. SDM 3A 6.15
 * (interrupt 17), table 6-7.
 */
#include "tests/guest/lib/trap.h"

STUB(load2, "nop", "movw (%rdi), %ax");
STUB(load4, "nop", "movl (%rdi), %eax");
STUB(load8, "nop", "movq (%rdi), %rax");
STUB(store4, "nop", "movl %eax, (%rdi)");
STUB(load1, "nop", "movb (%rdi), %al");
STUB(load_fpu, "nop", "fldl (%rdi)");
STUB(push8, "movq %rsp, %r8\n subq $3, %rsp", "pushq %rax\n movq %r8, %rsp");
STUB(kernel_load, "pushfq\n orl $0x40000, (%rsp)\n popfq", "movl 1(%rdi), %eax");

static uint8_t memory[64] __attribute__((aligned(64)));

void guest_main(void)
{
    struct fault f;
    user_flags = FLAG_AC;
    f = attempt_user(load4, (word)memory + 1, 0);
    expect_return(&f, "AC without AM: no check");
    write_cr0(read_cr0() | CR0_AM);
    EXPECT_USER(load2, memory + 1, 0, VECTOR_AC, 0, "#AC(0): 2 bytes at 1");
    EXPECT_USER(load4, memory + 2, 0, VECTOR_AC, 0, "#AC(0): 4 bytes at 2");
    EXPECT_USER(load8, memory + 4, 0, VECTOR_AC, 0, "#AC(0): 8 bytes at 4");
    EXPECT_USER(store4, memory + 3, 0, VECTOR_AC, 0, "#AC(0): store of 4 bytes at 3");
    EXPECT_USER(load_fpu, memory + 4, 0, VECTOR_AC, 0, "#AC(0): 8 bytes of x87 at 4");
    EXPECT_USER(push8, 0, 0, VECTOR_AC, 0, "#AC(0): PUSH with a misaligned stack");
    f = attempt_user(load1, (word)memory + 1, 0);
    expect_return(&f, "bytes are always aligned");
    f = attempt_user(load4, (word)memory + 4, 0);
    expect_return(&f, "4 bytes at 4");
    f = attempt_user(load8, (word)memory + 8, 0);
    expect_return(&f, "8 bytes at 8");
    f = attempt(kernel_load, (word)memory, 0);
    expect_return(&f, "no check in ring 0");
    user_flags = 0;
    f = attempt_user(load4, (word)memory + 1, 0);
    expect_return(&f, "AM without AC: no check");
    write_cr0(read_cr0() & ~CR0_AM);
    f = attempt_user(load4, (word)memory + 1, 0);
    expect_return(&f, "neither: no check");
}
