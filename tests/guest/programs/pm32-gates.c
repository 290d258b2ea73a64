/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit protected mode: call gates with and without change of privilege, parameters, far return to
 * ring 3, conforming code, LDT segments, I/O permission bitmap, IOPL, VERR and VERW, LAR and LSL,
 * ARPL. SDM 3A 5.8, 5.10; SDM 1 18.5.
 */
#include "tests/guest/lib/trap.h"

#define SEL_GATE0       (SEL_FREE + 0x00) /* call gate, DPL 0 */
#define SEL_GATE3       (SEL_FREE + 0x08) /* call gate, DPL 3, two parameters */
#define SEL_CONFORMING  (SEL_FREE + 0x10) /* conforming code, DPL 0 */
#define SEL_CONFORMING3 (SEL_FREE + 0x18)
#define SEL_ABSENT      (SEL_FREE + 0x20)
#define SEL_READ_ONLY   (SEL_FREE + 0x28)

uint32_t gate_cs, gate_ss, gate_esp, gate_parameters[2], gate_return_cs, gate_return_esp;
__asm__(".pushsection .text.stub, \"ax\"\n"
        ".globl gate_entry, gate_same\n"
        "gate_entry:\n"
        " movl %ss, %eax\n movl %eax, %ss:gate_ss\n movl %cs, %eax\n movl %eax, %ss:gate_cs\n"
        " movl %esp, %ss:gate_esp\n movl 4(%esp), %eax\n movl %eax, %ss:gate_return_cs\n"
        " movl 8(%esp), %eax\n movl %eax, %ss:gate_parameters\n movl 12(%esp), %eax\n movl %eax, "
        "%ss:gate_parameters+4\n"
        " movl 16(%esp), %eax\n movl %eax, %ss:gate_return_esp\n"
        " movl $0x99, %eax\n lret $8\n"
        "gate_same:\n movl %cs, %eax\n lret\n"
        ".popsection");
extern const char gate_entry[], gate_same[];

STUB(call_gate0, "nop", "lcall $0x70, $0x12345678");
STUB(call_gate3, "movl %esp, %ecx\n pushl $0x1111\n pushl $0x2222",
     "lcall $0x78+3, $0\n subl %esp, %ecx");
STUB(call_conforming, "nop", ".byte 0x9a\n .long conforming_code\n .word 0x80");
STUB(call_conforming3, "nop", ".byte 0x9a\n .long conforming_code\n .word 0x88");
__asm__(".pushsection .text.stub, \"ax\"\n conforming_code: movl %cs, %eax\n lret\n.popsection");
STUB(call_code0, "nop", ".byte 0x9a\n .long conforming_code\n .word 0x38");
STUB(jump_gate3, "nop", "ljmp $0x78, $0");
STUB(load_ldt_data, "movl %eax, %es", "movl %es:(%edx), %eax");
STUB(in_port, "movl %eax, %edx", "inb %dx, %al");
STUB(in_port4, "movl %eax, %edx", "inl %dx, %eax");
STUB(out_port, "movl %eax, %edx", "outb %al, %dx");
STUB(ins_port, "movl %edx, %edi\n movl %eax, %edx\n movl $4, %ecx", "rep insb");
STUB(cli, "nop", "cli\n sti");
STUB(popf, "pushl %eax", "popfl\n pushfl\n popl %eax");
STUB(verr, "nop", "verr %ax\n setz %al\n movzbl %al, %eax");
STUB(verw, "nop", "verw %ax\n setz %al\n movzbl %al, %eax");
STUB(lar, "nop", "lar %eax, %eax\n jz 1f\n xorl %eax, %eax\n 1:");
STUB(lsl, "nop", "lsl %eax, %eax\n jz 1f\n movl $-1, %eax\n 1:");
STUB(arpl, "nop", "arpl %dx, %ax\n setz %dl\n movb %dl, %ah\n movzwl %ax, %eax");

static uint64_t gate(const void *target, unsigned selector, unsigned parameters, unsigned dpl3)
{
    word address = (word)target;
    return (address & 0xffff) | (uint64_t)selector << 16 | (uint64_t)parameters << 32 |
           (uint64_t)(GATE_PRESENT | GATE_CALL | dpl3) << 40 | (uint64_t)(address >> 16) << 48;
}

static void call_gates(void)
{
    gdt_set(SEL_GATE0, gate(gate_same, SEL_CODE32, 0, 0));
    gdt_set(SEL_GATE3, gate(gate_entry, SEL_CODE32, 2, GATE_DPL3));
    struct fault f = attempt(call_gate0, 0, 0);
    report(f.vector == NO_FAULT && f.value == SEL_CODE32, "call gate in ring 0");
    EXPECT_USER(call_gate0, 0, 0, VECTOR_GP, SEL_GATE0, "#GP(sel): gate of DPL 0 from ring 3");
    f = attempt_user(call_gate3, 0, 0);
    expect_return(&f, "call gate from ring 3 to ring 0 and back");
    report_eq(f.value, 0x99, "its result");
    report_eq(gate_cs, SEL_CODE32, "CS in ring 0");
    report_eq(gate_ss, SEL_DATA, "SS0 of the TSS");
    report_eq(gate_esp, (word)ring0_stack + STACK_BYTES - 24,
              "ESP0 less SS, ESP, two parameters, CS, EIP");
    report(gate_parameters[0] == 0x2222 && gate_parameters[1] == 0x1111, "parameters are copied");
    report_eq(gate_return_cs, SEL_USER_CODE | 3, "return CS");
    report(gate_return_esp > (word)user_stack && gate_return_esp < (word)user_stack + STACK_BYTES,
           "ESP of ring 3 above the parameters");
    EXPECT_USER(jump_gate3, 0, 0, VECTOR_GP, SEL_CODE32,
                "#GP(sel): JMP through a gate to more privileged code");
    gdt_set(SEL_GATE3, gate(gate_entry, SEL_CODE32, 2, GATE_DPL3) & ~((uint64_t)0x80 << 40));
    EXPECT_USER(call_gate3, 0, 0, VECTOR_NP, SEL_GATE3, "#NP(sel): gate not present");
    gdt_set(SEL_GATE3, gate(gate_entry, SEL_DATA, 2, GATE_DPL3));
    EXPECT_USER(call_gate3, 0, 0, VECTOR_GP, SEL_DATA, "#GP(sel): gate to data");
    gdt_set(SEL_GATE3, gate(gate_entry, 0, 2, GATE_DPL3));
    EXPECT_USER(call_gate3, 0, 0, VECTOR_GP, 0, "#GP(0): gate to null");
    gdt_set(SEL_GATE3, gate(gate_entry, SEL_CODE32, 2, GATE_DPL3));
}

static void conforming(void)
{
    gdt_set(SEL_CONFORMING, descriptor(0, 0xfffff, ACCESS_PRESENT | ACCESS_CODE | ACCESS_CONFORMING,
                                       FLAG_G | FLAG_D));
    gdt_set(SEL_CONFORMING3,
            descriptor(0, 0xfffff, ACCESS_PRESENT | ACCESS_CODE | ACCESS_CONFORMING | ACCESS_DPL3,
                       FLAG_G | FLAG_D));
    struct fault f = attempt_user(call_conforming, 0, 0);
    report(f.vector == NO_FAULT && f.value == (SEL_CONFORMING | 3),
           "conforming code of DPL 0 runs in ring 3");
    f = attempt(call_conforming, 0, 0);
    report(f.vector == NO_FAULT && f.value == SEL_CONFORMING, "and in ring 0");
    EXPECT(call_conforming3, 0, 0, VECTOR_GP, SEL_CONFORMING3,
           "#GP(sel): conforming code of DPL 3 from ring 0");
    EXPECT_USER(call_code0, 0, 0, VECTOR_GP, SEL_CODE32,
                "#GP(sel): non-conforming code of DPL 0 from ring 3");
}

static void ldt(void)
{
    static uint64_t table[4];
    static uint32_t cell = 0x600d;
    table[1] =
        descriptor((word)&cell - 0x40, 0xfff, ACCESS_PRESENT | ACCESS_DATA | ACCESS_DPL3, FLAG_D);
    gdt_set(SEL_LDT, descriptor((word)table, sizeof(table) - 1, ACCESS_PRESENT | ACCESS_LDT, 0));
    __asm__ volatile("lldt %w0" : : "r"(SEL_LDT));
    struct fault f = attempt(load_ldt_data, 0x0c, 0x40);
    report(f.vector == NO_FAULT && f.value == cell, "segment of the LDT");
    f = attempt_user(load_ldt_data, 0x0f, 0x40);
    report(f.vector == NO_FAULT && f.value == cell, "in ring 3 too");
    struct fault g = attempt(load_ldt_data, 0x24, 0);
    report(g.vector == VECTOR_GP && g.error == 0x24,
           "#GP(sel): beyond the LDT's limit, TI in the error code");
    uint32_t selector;
    __asm__ volatile("sldt %w0" : "=r"(selector));
    report_eq(selector & 0xffff, SEL_LDT, "SLDT");
    __asm__ volatile("lldt %w0" : : "r"(0));
    g = attempt(load_ldt_data, 0x0c, 0x40);
    report(g.vector == VECTOR_GP && g.error == 0x0c, "#GP(sel): no LDT any more");
}

static void io_bitmap(void)
{
    static uint8_t buffer[16];
    EXPECT_USER(in_port, 0x80, 0, VECTOR_GP, 0, "#GP(0): port whose bit is set");
    tss.io_bitmap[0x80 / 8] &= (uint8_t)~1u;
    struct fault f = attempt_user(in_port, 0x80, 0);
    expect_return(&f, "port whose bit is clear");
    EXPECT_USER(in_port, 0x81, 0, VECTOR_GP, 0, "#GP(0): the next port");
    EXPECT_USER(in_port4, 0x80, 0, VECTOR_GP, 0, "#GP(0): 4 bytes, not all of them allowed");
    tss.io_bitmap[0x80 / 8] &= (uint8_t)~0xfu;
    f = attempt_user(in_port4, 0x80, 0);
    expect_return(&f, "4 bytes, all allowed");
    f = attempt_user(ins_port, 0x80, (word)buffer);
    expect_return(&f, "REP INSB");
    f = attempt_user(out_port, 0x80, 0);
    expect_return(&f, "OUT");
    tss.io_bitmap[0xffff / 8] &= 0x7f;
    f = attempt_user(in_port, 0xffff, 0);
    expect_return(&f, "the last port");
    /* A limit that ends the bitmap early. */
    gdt_set(SEL_TSS, descriptor((word)&tss, offsetof(struct tss, io_bitmap) + 0x80 / 8,
                                ACCESS_PRESENT | ACCESS_TSS, 0));
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
    EXPECT_USER(in_port, 0x80, 0, VECTOR_GP, 0,
                "#GP(0): the second byte of the bitmap is beyond the limit");
    tss_load();
    user_flags = FLAG_IOPL3;
    f = attempt_user(in_port, 0x60, 0);
    expect_return(&f, "IOPL 3: no bitmap");
    f = attempt_user(cli, 0, 0);
    expect_return(&f, "IOPL 3: CLI");
    user_flags = 0;
    EXPECT_USER(cli, 0, 0, VECTOR_GP, 0, "#GP(0): CLI with IOPL 0");
    f = attempt_user(popf, FLAG_IOPL3 | FLAG_IF | FLAG_CF | FLAG_FIXED, 0);
    report_eq(f.value & (FLAG_IOPL3 | FLAG_IF | FLAG_CF), FLAG_CF,
              "POPF in ring 3 changes neither IOPL nor IF");
    f = attempt(popf, FLAG_IOPL3 | FLAG_CF | FLAG_FIXED, 0);
    report_eq(f.value & (FLAG_IOPL3 | FLAG_CF), FLAG_IOPL3 | FLAG_CF,
              "POPF in ring 0 changes IOPL");
    write_flags(FLAG_FIXED);
}

static void inspection(void)
{
    gdt_set(SEL_ABSENT, descriptor(0, 0xfffff, ACCESS_DATA, FLAG_G | FLAG_D));
    gdt_set(SEL_READ_ONLY, descriptor(0, 0x1234, ACCESS_PRESENT | 0x10 | ACCESS_DPL3, FLAG_D));
    report_eq(attempt(verr, SEL_DATA, 0).value, 1, "VERR of data");
    report_eq(attempt(verr, 0, 0).value, 0, "VERR of null");
    report_eq(attempt_user(verr, SEL_DATA, 0).value, 0, "VERR of DPL 0 in ring 3");
    report_eq(attempt(verw, SEL_READ_ONLY, 0).value, 0, "VERW of a read-only segment");
    report_eq(attempt(verw, SEL_DATA, 0).value, 1, "VERW of data");
    report_eq(attempt(verw, SEL_CODE32, 0).value, 0, "VERW of code");
    report_eq(attempt(verr, SEL_TSS, 0).value, 0, "VERR of a TSS");
    report_eq(attempt(lar, SEL_READ_ONLY, 0).value & 0xff00,
              (ACCESS_PRESENT | 0x10 | ACCESS_DPL3) << 8, "LAR of data");
    report_eq(attempt(lar, SEL_TSS, 0).value & 0xff00, (ACCESS_PRESENT | ACCESS_TSS | 2) << 8,
              "LAR of a TSS");
    report_eq(attempt(lar, 0xff8, 0).value, 0, "LAR beyond the GDT");
    report_eq(attempt(lsl, SEL_READ_ONLY, 0).value, 0x1234, "LSL, bytes");
    report_eq(attempt(lsl, SEL_DATA, 0).value, 0xffffffff, "LSL, pages");
    report_eq(attempt(arpl, 0x20, 3).value, 0x123, "ARPL raises RPL and sets ZF");
    report_eq(attempt(arpl, 0x23, 0).value, 0x023, "ARPL leaves a higher RPL");
}

void guest_main(void)
{
    call_gates();
    conforming();
    ldt();
    io_bitmap();
    inspection();
}
