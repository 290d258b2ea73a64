/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: exceptions that name a selector or a gate in their error code: #GP(selector),
 * #NP(selector), #SS(selector) of segment loads, far jumps and IRET; #GP and #NP with the IDT bit
 * of INT n; the EXT bit of events that are not INT n. SDM 3A 6.13, 6.15; SDM 2 MOV, LLDT, LTR, JMP,
 * IRET, INT n.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define SEL_ABSENT      (SEL_FREE + 0x00) /* data, not present */
#define SEL_EXECUTE     (SEL_FREE + 0x08) /* code, execute only */
#define SEL_READ_ONLY   (SEL_FREE + 0x10) /* data, read only */
#define SEL_CODE_ABSENT (SEL_FREE + 0x18) /* 64-bit code, not present */
#define SEL_CODE_LD     (SEL_FREE + 0x20) /* code with L and D both set */
#define SEL_LDT_ABSENT  (SEL_FREE + 0x28) /* 16 bytes */
#define SEL_TSS_ABSENT  (SEL_FREE + 0x38) /* 16 bytes */
#define SEL_BEYOND      0x100
#define TEST_VECTOR     0x60

STUB(load_ds, "nop", "movl %edi, %ds");
STUB(load_es, "nop", "movl %edi, %es");
STUB(load_fs, "nop", "movl %edi, %fs");
STUB(load_ss, "nop", "movl %edi, %ss");
STUB(lldt, "nop", "lldt %di");
STUB(ltr, "nop", "ltr %di");
STUB(jump_far, "subq $16, %rsp\n movl $0x200000, (%rsp)\n movw %di, 4(%rsp)", "ljmp *(%rsp)");
STUB(return_far, "pushq %rdi\n pushq $0x200000", "lretq");
STUB(iret_code, "pushq $0x10\n pushq %rsp\n pushfq\n pushq %rdi\n pushq $0x200000", "iretq");
STUB(iret_stack, "pushq %rsi\n pushq %rsp\n pushfq\n pushq %rdi\n pushq $0x200000", "iretq");
STUB(interrupt, "nop", "int $0x60");
STUB(interrupt_high, "nop", "int $0xf0");
STUB(undefined, "nop", "ud2");
STUB(breakpoint, "nop", "int3");

static void make_descriptors(void)
{
    const unsigned code = ACCESS_PRESENT | 0x18, data = ACCESS_PRESENT | 0x10;
    gdt_set(SEL_ABSENT, descriptor(0, 0xfffff, ACCESS_DATA, FLAG_G | FLAG_D));
    gdt_set(SEL_EXECUTE, descriptor(0, 0xfffff, code, FLAG_G | FLAG_D));
    gdt_set(SEL_READ_ONLY, descriptor(0, 0xfffff, data, FLAG_G | FLAG_D));
    gdt_set(SEL_CODE_ABSENT, descriptor(0, 0xfffff, ACCESS_CODE, FLAG_G | FLAG_L));
    gdt_set(SEL_CODE_LD, descriptor(0, 0xfffff, code | 2, FLAG_G | FLAG_L | FLAG_D));
    gdt_set_system(SEL_LDT_ABSENT, 0, 0xff, ACCESS_LDT);
    gdt_set_system(SEL_TSS_ABSENT, (word)&tss, 0xff, ACCESS_TSS);
}

static void data_segments(void)
{
    EXPECT(load_ds, SEL_BEYOND, 0, VECTOR_GP, SEL_BEYOND, "#GP(sel): DS beyond the GDT");
    EXPECT(load_es, SEL_BEYOND | 3, 0, VECTOR_GP, SEL_BEYOND,
           "#GP(sel): RPL is not in the error code");
    EXPECT(load_fs, 0xfff8, 0, VECTOR_GP, 0xfff8, "#GP(sel): last selector there can be");
    EXPECT(load_ds, SEL_TSS, 0, VECTOR_GP, SEL_TSS, "#GP(sel): DS of a system descriptor");
    EXPECT(load_ds, SEL_EXECUTE, 0, VECTOR_GP, SEL_EXECUTE, "#GP(sel): DS of execute-only code");
    EXPECT(load_ds, SEL_ABSENT, 0, VECTOR_NP, SEL_ABSENT, "#NP(sel): DS not present");
    EXPECT(load_ds, 0x14, 0, VECTOR_GP, 0x14, "#GP(sel): TI set and no LDT");
    EXPECT_OK(load_ds, 0, 0, "null DS");
    EXPECT_OK(load_ds, 3, 0, "null DS with RPL 3");
    EXPECT_OK(load_ds, SEL_READ_ONLY, 0, "DS read only");
    EXPECT_USER(load_ds, SEL_DATA, 0, VECTOR_GP, SEL_DATA, "#GP(sel): DS of DPL 0 in ring 3");
    EXPECT_USER(load_ds, SEL_DATA | 3, 0, VECTOR_GP, SEL_DATA, "#GP(sel): the same with RPL 3");
}

static void stack_segment(void)
{
    EXPECT(load_ss, SEL_ABSENT, 0, VECTOR_SS, SEL_ABSENT, "#SS(sel): SS not present");
    EXPECT(load_ss, SEL_BEYOND, 0, VECTOR_GP, SEL_BEYOND, "#GP(sel): SS beyond the GDT");
    EXPECT(load_ss, SEL_READ_ONLY, 0, VECTOR_GP, SEL_READ_ONLY, "#GP(sel): SS read only");
    EXPECT(load_ss, SEL_CODE64, 0, VECTOR_GP, SEL_CODE64, "#GP(sel): SS of code");
    EXPECT(load_ss, SEL_DATA | 3, 0, VECTOR_GP, SEL_DATA, "#GP(sel): SS with RPL 3 in ring 0");
    EXPECT(load_ss, SEL_USER_DATA, 0, VECTOR_GP, SEL_USER_DATA,
           "#GP(sel): SS with DPL 3 in ring 0");
    EXPECT(load_ss, 3, 0, VECTOR_GP, 0, "#GP(0): null SS with RPL 3 in ring 0");
    EXPECT_OK(load_ss, 0, 0, "null SS in ring 0 of 64-bit mode");
}

static void system_segments(void)
{
    EXPECT(lldt, SEL_DATA, 0, VECTOR_GP, SEL_DATA, "#GP(sel): LLDT of a data segment");
    EXPECT(lldt, SEL_LDT_ABSENT, 0, VECTOR_NP, SEL_LDT_ABSENT, "#NP(sel): LLDT not present");
    EXPECT(lldt, 0x14, 0, VECTOR_GP, 0x14, "#GP(sel): LLDT with TI set");
    EXPECT_OK(lldt, 0, 0, "LLDT of null");
    EXPECT(ltr, SEL_TSS, 0, VECTOR_GP, SEL_TSS, "#GP(sel): LTR of a busy TSS");
    EXPECT(ltr, SEL_TSS_ABSENT, 0, VECTOR_NP, SEL_TSS_ABSENT, "#NP(sel): LTR not present");
    EXPECT(ltr, SEL_BEYOND, 0, VECTOR_GP, SEL_BEYOND, "#GP(sel): LTR beyond the GDT");
    EXPECT(ltr, 0, 0, VECTOR_GP, 0, "#GP(0): LTR of null");
    tss_load();
}

static void far_transfers(void)
{
    EXPECT(jump_far, 0, 0, VECTOR_GP, 0, "#GP(0): far jump to null");
    EXPECT(jump_far, SEL_DATA, 0, VECTOR_GP, SEL_DATA, "#GP(sel): far jump to data");
    EXPECT(jump_far, SEL_BEYOND, 0, VECTOR_GP, SEL_BEYOND, "#GP(sel): far jump beyond the GDT");
    EXPECT(jump_far, SEL_CODE_ABSENT, 0, VECTOR_NP, SEL_CODE_ABSENT,
           "#NP(sel): far jump, not present");
    EXPECT(jump_far, SEL_CODE_LD, 0, VECTOR_GP, SEL_CODE_LD,
           "#GP(sel): far jump to code with L and D");
    EXPECT(jump_far, SEL_USER_CODE64, 0, VECTOR_GP, SEL_USER_CODE64, "#GP(sel): far jump to DPL 3");
    EXPECT(return_far, 0, 0, VECTOR_GP, 0, "#GP(0): far return to null");
    EXPECT(return_far, SEL_CODE_ABSENT, 0, VECTOR_NP, SEL_CODE_ABSENT,
           "#NP(sel): far return, not present");
    EXPECT(iret_code, 0, 0, VECTOR_GP, 0, "#GP(0): IRET to null CS");
    EXPECT(iret_code, SEL_BEYOND, 0, VECTOR_GP, SEL_BEYOND, "#GP(sel): IRET beyond the GDT");
    EXPECT(iret_code, SEL_CODE_ABSENT, 0, VECTOR_NP, SEL_CODE_ABSENT,
           "#NP(sel): IRET, not present");
    EXPECT(iret_stack, SEL_USER_CODE64 | 3, 3, VECTOR_GP, 0, "#GP(0): IRET to ring 3 with null SS");
    EXPECT(iret_stack, SEL_USER_CODE64 | 3, SEL_DATA | 3, VECTOR_GP, SEL_DATA,
           "#GP(sel): IRET to ring 3 with SS of DPL 0");
    EXPECT(iret_stack, SEL_USER_CODE64 | 3, SEL_ABSENT | 3, VECTOR_GP, SEL_ABSENT,
           "#GP(sel): IRET to ring 3 with SS of DPL 0 that is not present");
}

static void gates(void)
{
    const word idt_error = ERROR_IDT_VECTOR(TEST_VECTOR);
    EXPECT_USER(interrupt, 0, 0, VECTOR_GP, idt_error,
                "#GP(IDT): INT n in ring 3 through a DPL 0 gate");
    gate_set(TEST_VECTOR, interrupt, SEL_CODE64, GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_NP, idt_error, "#NP(IDT): gate not present");
    gate_set(TEST_VECTOR, interrupt, SEL_CODE64, GATE_PRESENT | GATE_TASK, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, idt_error, "#GP(IDT): task gate in long mode");
    gate_set(TEST_VECTOR, interrupt, SEL_CODE64, GATE_PRESENT | 0x06, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, idt_error, "#GP(IDT): 16-bit gate in long mode");
    gate_set(TEST_VECTOR, interrupt, 0, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, 0, "#GP(0): gate with a null selector");
    gate_set(TEST_VECTOR, interrupt, SEL_DATA, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, SEL_DATA, "#GP(sel): gate to a data segment");
    gate_set(TEST_VECTOR, interrupt, SEL_CODE32, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_GP, SEL_CODE32, "#GP(sel): gate to 32-bit code");
    gate_set(TEST_VECTOR, interrupt, SEL_CODE_ABSENT, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(interrupt, 0, 0, VECTOR_NP, SEL_CODE_ABSENT,
           "#NP(sel): gate to code that is not present");
    gate_reset(TEST_VECTOR);
    idt_load(0xf0 * 16 - 1);
    EXPECT(interrupt_high, 0, 0, VECTOR_GP, ERROR_IDT_VECTOR(0xf0),
           "#GP(IDT): vector beyond the IDT");
    idt_load(sizeof(idt) - 1);
    gate_set(VECTOR_BP, trap_init, SEL_CODE64, GATE_INTERRUPT, 0);
    EXPECT(breakpoint, 0, 0, VECTOR_NP, ERROR_IDT_VECTOR(VECTOR_BP),
           "#NP(IDT): INT3 is a software event, EXT clear");
    gate_reset(VECTOR_BP);
}

static void external_events(void)
{
    gate_set(VECTOR_UD, trap_init, SEL_CODE64, GATE_INTERRUPT, 0);
    EXPECT(undefined, 0, 0, VECTOR_NP, ERROR_IDT_VECTOR(VECTOR_UD) | ERROR_EXT,
           "#NP(IDT, EXT): an exception through a gate that is not present");
    gate_set(VECTOR_UD, trap_init, SEL_DATA, GATE_PRESENT | GATE_INTERRUPT, 0);
    EXPECT(undefined, 0, 0, VECTOR_GP, SEL_DATA | ERROR_EXT,
           "#GP(sel, EXT): an exception through a gate to a data segment");
    gate_reset(VECTOR_UD);
}

STUB(let_in, "movl $0xfee00300, %edx\n movl $0x44060, (%rdx)\n sti\n nop", "nop\n nop\n cli");
static void interrupt_event(void)
{
    lapic_setup();
    gate_set(TEST_VECTOR, trap_init, SEL_CODE64, GATE_INTERRUPT, 0);
    struct fault f = attempt(let_in, 0, 0);
    report(f.vector == VECTOR_NP && f.error == (ERROR_IDT_VECTOR(TEST_VECTOR) | ERROR_EXT),
           "#NP(IDT, EXT): a hardware interrupt through a gate that is not present");
    gate_reset(TEST_VECTOR);
    lapic_eoi();
}

void guest_main(void)
{
    make_descriptors();
    data_segments();
    stack_segment();
    system_segments();
    far_transfers();
    gates();
    external_events();
    interrupt_event();
}
