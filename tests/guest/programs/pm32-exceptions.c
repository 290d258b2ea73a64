/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit protected mode without paging: the exception classes with their error codes, frames with
 * and without SS:ESP, ring 3 to ring 0 through the TSS, gates of 32 and 16 bits, DPL of gates. SDM
 * 3A 6.12, 6.13, 6.15.
 */
#include "tests/guest/lib/trap.h"

#define SEL_ABSENT      SEL_FREE
#define SEL_EXECUTE     (SEL_FREE + 0x08)
#define SEL_READ_ONLY   (SEL_FREE + 0x10)
#define SEL_CODE_ABSENT (SEL_FREE + 0x18)
#define SEL_LDT_ABSENT  (SEL_FREE + 0x20)
#define SEL_CODE_LOW    (SEL_FREE + 0x28)
#define SEL_BEYOND      0x100

STUB(divide, "xorl %edx, %edx\n xorl %ecx, %ecx", "divl %ecx");
STUB(int1, "nop", ".byte 0xf1");
STUB(int3, "nop", "int3");
STUB(into_of, "movl $0x7fffffff, %eax\n addl $1, %eax", "into");
STUB(into_none, "xorl %eax, %eax", "into");
STUB(bound, "movl %eax, %ecx\n movl $9, %eax", "boundl %eax, (%ecx)");
STUB(ud2, "nop", "ud2");
STUB(fld1, "nop", "fld1");
STUB(pending, "fninit\n fldcw (%eax)\n fld1\n fldz\n fdivrp", "fwait");
STUB(int40, "nop", "int $0x40");
STUB(interrupt, "nop", "int $0x60");
STUB(interrupt_high, "nop", "int $0xf0");
STUB(load_ds, "nop", "movl %eax, %ds");
STUB(load_ss, "nop", "movl %eax, %ss");
STUB(null_access, "xorl %ecx, %ecx\n movl %ecx, %es", "movl %es:(%eax), %eax");
STUB(write_read_only, "movl $0x80, %ecx\n movl %ecx, %es", "movl %eax, %es:(%eax)");
STUB(write_code, "nop", "movl %eax, %cs:(%eax)");
STUB(read_code, "nop", "movl %cs:(%eax), %eax");
STUB(read_execute_only, "nop",
     ".byte 0x9a\n .long 1f\n .word 0x78\n jmp 2f\n 1: movl %cs:(%eax), %eax\n lret\n 2:");
STUB(lldt, "nop", "lldt %ax");
STUB(ltr, "nop", "ltr %ax");
STUB(jump_far, "subl $16, %esp\n movl $0x200000, (%esp)\n movw %ax, 4(%esp)", "ljmp *(%esp)");
STUB(hlt, "nop", "hlt");
STUB(to_cr0, "nop", "movl %eax, %cr0");
STUB(to_cr4, "nop", "movl %eax, %cr4");
STUB(lock_nop, "nop", ".byte 0xf0, 0x90");
STUB(syscall_insn, "nop", ".byte 0x0f, 0x05");
STUB(long_insn, "nop",
     ".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90");

static uint32_t scratch[4];

static void arithmetic(void)
{
    static const uint32_t bounds[2] = {1, 8};
    struct fault f;
    EXPECT(divide, 0, 0, VECTOR_DE, 0, "#DE");
    f = attempt(int1, 0, 0);
    expect_fault(&f, VECTOR_DB, 0, int1_next, "#DB by INT1");
    f = attempt(int3, 0, 0);
    expect_fault(&f, VECTOR_BP, 0, int3_next, "#BP");
    f = attempt(into_of, 0, 0);
    expect_fault(&f, VECTOR_OF, 0, into_of_next, "#OF");
    EXPECT_OK(into_none, 0, 0, "INTO without overflow");
    EXPECT(bound, bounds, 0, VECTOR_BR, 0, "#BR");
    EXPECT(ud2, 0, 0, VECTOR_UD, 0, "#UD: UD2");
    EXPECT(lock_nop, 0, 0, VECTOR_UD, 0, "#UD: LOCK NOP");
    EXPECT(syscall_insn, 0, 0, VECTOR_UD, 0, "#UD: SYSCALL outside long mode");
    EXPECT(long_insn, 0, 0, VECTOR_GP, 0, "#GP(0): instruction of 16 bytes");
    write_cr0(read_cr0() | CR0_TS);
    EXPECT(fld1, 0, 0, VECTOR_NM, 0, "#NM");
    write_cr0(read_cr0() & ~CR0_TS);
    static const uint16_t unmask_zero = 0x037b;
    EXPECT(pending, &unmask_zero, 0, VECTOR_MF, 0, "#MF");
    __asm__ volatile("fninit");
}

static void segments(void)
{
    EXPECT(load_ds, SEL_BEYOND, 0, VECTOR_GP, SEL_BEYOND, "#GP(sel): DS beyond the GDT");
    EXPECT(load_ds, SEL_EXECUTE, 0, VECTOR_GP, SEL_EXECUTE, "#GP(sel): DS of execute-only code");
    EXPECT(load_ds, SEL_ABSENT, 0, VECTOR_NP, SEL_ABSENT, "#NP(sel): DS not present");
    EXPECT(load_ds, 0x14, 0, VECTOR_GP, 0x14, "#GP(sel): TI set and no LDT");
    EXPECT(load_ss, SEL_ABSENT, 0, VECTOR_SS, SEL_ABSENT, "#SS(sel): SS not present");
    EXPECT(load_ss, 0, 0, VECTOR_GP, 0, "#GP(0): null SS");
    EXPECT(load_ss, SEL_READ_ONLY, 0, VECTOR_GP, SEL_READ_ONLY, "#GP(sel): SS read only");
    EXPECT(load_ss, SEL_USER_DATA | 3, 0, VECTOR_GP, SEL_USER_DATA, "#GP(sel): SS of ring 3");
    EXPECT(null_access, scratch, 0, VECTOR_GP, 0, "#GP(0): access through a null ES");
    EXPECT(write_read_only, scratch, 0, VECTOR_GP, 0, "#GP(0): write to a read-only segment");
    EXPECT(write_code, scratch, 0, VECTOR_GP, 0, "#GP(0): write to a code segment");
    EXPECT_OK(read_code, scratch, 0, "read of a readable code segment");
    struct fault f = attempt(read_execute_only, (word)scratch, 0);
    report(f.vector == VECTOR_GP && f.error == 0, "#GP(0): read of an execute-only code segment");
    EXPECT(lldt, SEL_LDT_ABSENT, 0, VECTOR_NP, SEL_LDT_ABSENT, "#NP(sel): LLDT not present");
    EXPECT(lldt, SEL_DATA, 0, VECTOR_GP, SEL_DATA, "#GP(sel): LLDT of data");
    EXPECT(ltr, SEL_TSS, 0, VECTOR_GP, SEL_TSS, "#GP(sel): LTR of a busy TSS");
    EXPECT(jump_far, SEL_CODE_ABSENT, 0, VECTOR_NP, SEL_CODE_ABSENT, "#NP(sel): far jump");
    EXPECT(jump_far, SEL_DATA, 0, VECTOR_GP, SEL_DATA, "#GP(sel): far jump to data");
    EXPECT(jump_far, 0, 0, VECTOR_GP, 0, "#GP(0): far jump to null");
}

static word handler_sp, handler_ss, user_sp, user_ss, handler_flags;

static void note(struct frame *frame)
{
    handler_sp = (word)&frame->sp;
    if (frame->cs & 3) {
        handler_sp += 8;
        user_sp = frame->sp;
        user_ss = frame->ss;
    }
    __asm__ volatile("movl %%ss, %0" : "=r"(handler_ss));
    handler_flags = read_flags();
    frame->ip += 2;
}

static void stacks(void)
{
    trap_handle(VECTOR_UD, note);
    word sp;
    __asm__ volatile("movl %%esp, %0" : "=r"(sp));
    struct fault f = attempt(ud2, 0, 0);
    expect_return(&f, "exception in ring 0, back");
    report(handler_sp < sp && handler_sp > sp - 512, "the same stack in ring 0");
    f = attempt_user(ud2, 0, 0);
    expect_return(&f, "exception in ring 3, back");
    report_eq(handler_sp, (word)ring0_stack + STACK_BYTES, "ESP0 of the TSS from ring 3");
    report_eq(handler_ss, SEL_DATA, "SS0 of the TSS");
    report_eq(user_ss, SEL_USER_DATA | 3, "SS of ring 3 in the frame");
    report(user_sp > (word)user_stack && user_sp < (word)user_stack + STACK_BYTES,
           "ESP of ring 3 in the frame");
    report(!(handler_flags & FLAG_IF), "interrupt gate clears IF");
    trap_handle(VECTOR_UD, NULL);
    EXPECT_USER(hlt, 0, 0, VECTOR_GP, 0, "#GP(0): HLT in ring 3");
    EXPECT_USER(load_ds, SEL_DATA, 0, VECTOR_GP, SEL_DATA, "#GP(sel): DS of ring 0 in ring 3");
    EXPECT_USER(interrupt, 0, 0, VECTOR_GP, ERROR_IDT_VECTOR(0x60),
                "#GP(IDT): gate of DPL 0 from ring 3");
    EXPECT_USER(into_of, 0, 0, VECTOR_GP, ERROR_IDT_VECTOR(VECTOR_OF), "#GP(IDT): INTO in ring 3");
    EXPECT_USER(divide, 0, 0, VECTOR_DE, 0, "#DE in ring 3 does not look at the gate's DPL");
}

static void gates(void)
{
    const word error = ERROR_IDT_VECTOR(0x60);
    gate_set(0x60, ud2, SEL_CODE32, GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_NP, error, "#NP(IDT): gate not present");
    gate_set(0x60, ud2, SEL_CODE32, GATE_PRESENT | 0x02, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, error, "#GP(IDT): not a gate");
    gate_set(0x60, ud2, SEL_CODE32, GATE_PRESENT | GATE_CALL, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, error, "#GP(IDT): a call gate");
    gate_set(0x60, ud2, SEL_DATA, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, SEL_DATA, "#GP(sel): gate to data");
    gate_set(0x60, ud2, 0, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, 0, "#GP(0): gate with a null selector");
    gate_reset(0x60);
    idt_load(0xf0 * 8 - 1);
    EXPECT(interrupt_high, 0, 0, VECTOR_GP, ERROR_IDT_VECTOR(0xf0), "#GP(IDT): beyond the IDT");
    idt_load(sizeof(idt) - 1);
    gate_set(VECTOR_UD, ud2, SEL_CODE32, GATE_INTERRUPT, 0);
    EXPECT(ud2, 0, 0, VECTOR_NP, ERROR_IDT_VECTOR(VECTOR_UD) | ERROR_EXT,
           "#NP(IDT, EXT): of an exception");
    gate_reset(VECTOR_UD);
    struct fault f = attempt(int40, 0, 0);
    expect_fault(&f, 0x40, 0, int40_next, "INT 0x40");
}

/* A 16-bit interrupt gate pushes words. */
uint32_t sp_before, sp_after;
uint16_t frame16[3];
__asm__(".pushsection .text.stub, \"ax\"\n .globl gate16\ngate16:\n movl %esp, sp_after\n"
        " movw (%esp), %ax\n movw %ax, frame16\n movw 2(%esp), %ax\n movw %ax, frame16+2\n"
        " movw 4(%esp), %ax\n movw %ax, frame16+4\n iretw\n.popsection");
extern const char gate16[];
STUB(int_16, "movl %esp, sp_before\n int $0x61\n .globl int_16_back\n int_16_back:", "int $0x81");
extern const char int_16_back[];

static void gate_16(void)
{
    /*
     * A 16-bit IRET returns to a 16-bit EIP: the code must lie in the first 64 KiB of its segment.
     */
    word base = (word)int_16 & ~0xffful;
    gdt_set(SEL_CODE_LOW, descriptor(base, 0xfffff, ACCESS_PRESENT | ACCESS_CODE, FLAG_G | FLAG_D));
    gate_set(0x61, (const void *)((word)gate16 - base), SEL_CODE_LOW, GATE_PRESENT | 0x06, 0);
    struct attempt_frame frame = {
        .code = (word)int_16 - base, .cs = SEL_CODE_LOW, .flags = FLAG_FIXED};
    struct fault f = attempt_iret(&frame);
    expect_return(&f, "16-bit interrupt gate and IRET");
    report(sp_before - sp_after == 6, "16-bit gate pushes 6 bytes");
    report_eq(frame16[0], (uint16_t)((word)int_16_back - base), "IP in its frame");
    report_eq(frame16[1], SEL_CODE_LOW, "CS in its frame");
}

static void control(void)
{
    word cr0 = read_cr0(), cr4 = read_cr4();
    EXPECT(to_cr0, (cr0 & ~CR0_CD) | CR0_NW, 0, VECTOR_GP, 0, "#GP(0): CR0.NW without CD");
    write_cr0(cr0);
    EXPECT(to_cr4, cr4 | CR4_LA57, 0, VECTOR_GP, 0, "#GP(0): CR4.LA57");
    write_cr4(cr4);
    EXPECT(to_cr4, cr4 | BIT(15), 0, VECTOR_GP, 0, "#GP(0): CR4 bit 15");
    write_cr4(cr4);
    EXPECT_USER(to_cr0, cr0, 0, VECTOR_GP, 0, "#GP(0): MOV CR0 in ring 3");
}

void guest_main(void)
{
    gdt_set(SEL_ABSENT, descriptor(0, 0xfffff, ACCESS_DATA, FLAG_G | FLAG_D));
    gdt_set(SEL_EXECUTE, descriptor(0, 0xfffff, ACCESS_PRESENT | 0x18, FLAG_G | FLAG_D));
    gdt_set(SEL_READ_ONLY, descriptor(0, 0xfffff, ACCESS_PRESENT | 0x10, FLAG_G | FLAG_D));
    gdt_set(SEL_CODE_ABSENT, descriptor(0, 0xfffff, ACCESS_CODE, FLAG_G | FLAG_D));
    gdt_set(SEL_LDT_ABSENT, descriptor(0, 0xff, ACCESS_LDT, 0));
    arithmetic();
    segments();
    stacks();
    gates();
    gate_16();
    control();
}
