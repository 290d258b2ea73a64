/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit protected mode: hardware task switching. CALL, JMP and IRET between tasks, task gates in
 * GDT and IDT, busy bits, back link and NT, CR0.TS, what is saved, errors (#TS, #GP, #NP), double
 * fault through a task gate, debug trap on switch. SDM 3A 7.
 */
#include "tests/guest/lib/trap.h"

#define SEL_OTHER      SEL_FREE        /* the other task's TSS */
#define SEL_GATE       (SEL_FREE + 8)  /* task gate to it */
#define SEL_FAULT_TASK (SEL_FREE + 16) /* TSS of the #DF task */

struct tss other, fault_task;
static uint8_t other_stack[4096] __attribute__((aligned(16)));
static uint8_t fault_stack[4096] __attribute__((aligned(16)));
uint32_t other_ran, other_flags, other_eax, other_tr, other_cr0, leave_by_jump, resumed, main_link;

__asm__(".pushsection .text.stub, \"ax\"\n"
        ".globl other_entry, fault_entry, back_iret\n"
        "other_entry:\n"
        " incl other_ran\n movl %eax, other_eax\n"
        " pushfl\n popl other_flags\n str %eax\n movl %eax, other_tr\n movl %cr0, %eax\n movl "
        "%eax, other_cr0\n clts\n"
        " cmpl $0, leave_by_jump\n jne 1f\n"
        "back_iret: iretl\n incl resumed\n jmp other_entry\n"
        "1: ljmp $0x50, $0\n incl resumed\n jmp other_entry\n"
        "fault_entry:\n"
        " popl fault_error\n incl fault_ran\n clts\n"
        " movl $attempt_finish, tss+32\n movl $0x10002, tss+36\n"
        " iretl\n jmp fault_entry\n"
        ".popsection");
extern const char other_entry[], fault_entry[];
uint32_t fault_error = 0xffff, fault_ran;

STUB(call_tss, "movl $0x1234, %eax", "lcall $0x70, $0\n movl $77, %eax");
STUB(call_gate, "movl $0x1234, %eax", "lcall $0x78, $0\n movl $77, %eax");
STUB(jump_tss, "movl $0x1234, %eax", "ljmp $0x70, $0\n movl $78, %eax");
STUB(interrupt, "movl $0x4321, %eax", "int $0x62\n movl $79, %eax");
STUB(iret_nt,
     "pushl $0x38\n pushl $1f\n pushfl\n popl %ecx\n orl $0x4000, %ecx\n pushl %ecx\n popfl",
     "iretl\n 1:");
STUB(undefined, "nop", "ud2");

static void fresh(struct tss *t, const char *entry, uint8_t *stack)
{
    memset(t, 0, 104);
    t->eip = (uint32_t)entry;
    t->eflags = 2;
    t->esp = (uint32_t)stack + 4096;
    t->cs = SEL_CODE32;
    t->ss = t->ds = t->es = t->fs = t->gs = SEL_DATA;
    t->esp0 = t->esp;
    t->ss0 = SEL_DATA;
    t->eax = 0x5555;
    t->io_map = 104;
}

static void tss_descriptor(unsigned selector, struct tss *t, uint32_t limit, unsigned access)
{
    gdt_set(selector, descriptor((uint32_t)t, limit, access, 0));
}

static bool is_busy(unsigned selector)
{
    return gdt[selector >> 3] >> 41 & 1;
}

static void set_up(void)
{
    fresh(&other, other_entry, other_stack);
    tss_descriptor(SEL_OTHER, &other, 103, ACCESS_PRESENT | ACCESS_TSS);
    gdt_set(SEL_GATE, (uint64_t)SEL_OTHER << 16 | (uint64_t)(GATE_PRESENT | GATE_TASK) << 40);
    other_ran = 0;
    resumed = 0;
    leave_by_jump = 0;
}

static void calls(void)
{
    set_up();
    struct fault f = attempt(call_tss, 0, 0);
    expect_return(&f, "CALL to a TSS and IRET back");
    report_eq(f.value, 77, "execution goes on behind the CALL");
    report_eq(other_ran, 1, "the other task ran");
    report_eq(other_eax, 0x5555, "with its own registers");
    report_eq(other_tr, SEL_OTHER, "TR names it");
    report(other_flags & FLAG_NT, "NT is set in the called task");
    report_eq(other.link & 0xffff, SEL_TSS, "back link");
    report(other_cr0 & CR0_TS, "CR0.TS is set by the switch");
    report_eq(tss.eax, 0x1234, "EAX of the old task is saved in its TSS");
    report_eq(tss.eip, (uint32_t)call_tss_at + 7, "EIP saved behind the CALL");
    report(!is_busy(SEL_OTHER) && is_busy(SEL_TSS), "busy bits after IRET");
    __asm__ volatile("clts");
    f = attempt(call_tss, 0, 0);
    report_eq(resumed, 1, "the task goes on behind its IRET");
    __asm__ volatile("clts");
    set_up();
    f = attempt(call_gate, 0, 0);
    report(f.value == 77 && other_ran == 1, "CALL through a task gate");
    __asm__ volatile("clts");
}

static void jumps(void)
{
    set_up();
    leave_by_jump = 1;
    struct fault f = attempt(jump_tss, 0, 0);
    report(f.vector == NO_FAULT && f.value == 78 && other_ran == 1, "JMP to a TSS and JMP back");
    report(!(other_flags & FLAG_NT), "JMP does not set NT");
    report_eq(other.link & 0xffff, 0, "and writes no back link");
    report(!is_busy(SEL_OTHER), "JMP clears the busy bit of the task left");
    __asm__ volatile("clts");
}

static void interrupts(void)
{
    set_up();
    gate_set(0x62, 0, SEL_OTHER, GATE_PRESENT | GATE_TASK, 0);
    struct fault f = attempt(interrupt, 0, 0);
    report(f.vector == NO_FAULT && f.value == 79 && other_ran == 1,
           "INT through a task gate and back");
    report(other_flags & FLAG_NT, "NT is set");
    __asm__ volatile("clts");
    gate_reset(0x62);
}

static void double_fault(void)
{
    fresh(&fault_task, fault_entry, fault_stack);
    tss_descriptor(SEL_FAULT_TASK, &fault_task, 103, ACCESS_PRESENT | ACCESS_TSS);
    gate_set(VECTOR_DF, 0, SEL_FAULT_TASK, GATE_PRESENT | GATE_TASK, 0);
    idt[VECTOR_NP].type = GATE_INTERRUPT;
    idt[VECTOR_UD].type = GATE_INTERRUPT;
    attempt(undefined, 0, 0);
    report_eq(fault_ran, 1, "#DF through a task gate");
    report_eq(fault_error, 0, "its error code 0 is on the stack of the task");
    report_eq(fault_task.link & 0xffff, SEL_TSS, "back link of the #DF task");
    gate_reset(VECTOR_DF);
    gate_reset(VECTOR_NP);
    gate_reset(VECTOR_UD);
    __asm__ volatile("clts");
}

static void errors(void)
{
    set_up();
    tss_descriptor(SEL_OTHER, &other, 103, ACCESS_PRESENT | ACCESS_TSS | 2);
    EXPECT(call_tss, 0, 0, VECTOR_GP, SEL_OTHER, "#GP(sel): CALL to a busy TSS");
    tss_descriptor(SEL_OTHER, &other, 103, ACCESS_TSS);
    EXPECT(call_tss, 0, 0, VECTOR_NP, SEL_OTHER, "#NP(sel): TSS not present");
    tss_descriptor(SEL_OTHER, &other, 102, ACCESS_PRESENT | ACCESS_TSS);
    EXPECT(call_tss, 0, 0, VECTOR_TS, SEL_OTHER, "#TS(sel): TSS limit below 67h");
    set_up();
    tss.link = 0;
    EXPECT(iret_nt, 0, 0, VECTOR_TS, 0, "#TS: IRET with NT and a null back link");
    tss.link = SEL_DATA;
    EXPECT(iret_nt, 0, 0, VECTOR_TS, SEL_DATA, "#TS(sel): back link to data");
    EXPECT_USER(call_tss, 0, 0, VECTOR_GP, SEL_OTHER, "#GP(sel): TSS of DPL 0 from ring 3");
    /* Found after the switch: reported in the new task, with the selector at fault. */
    set_up();
    other.ss = 0;
    struct fault f = attempt(call_tss, 0, 0);
    report(f.vector == VECTOR_TS && f.error == 0, "#TS: null SS in the new TSS");
    tss_load();
    set_up();
    other.cs = SEL_DATA;
    f = attempt(call_tss, 0, 0);
    report(f.vector == VECTOR_TS && f.error == SEL_DATA, "#TS(sel): CS of data in the new TSS");
    tss_load();
    __asm__ volatile("clts");
}

void guest_main(void)
{
    calls();
    jumps();
    interrupts();
    double_fault();
    errors();
}
