/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an emulator gets wrong when it leaves its translated code: instructions in front of an
 * access run twice, a loop that never looks for interrupts, flags and registers lost over an
 * interrupt, CR2 and the double-fault memory disturbed by the emulator's own look-ups. unicorn.md
 * traps 1, 5, 8, 16; cores.md 5, traps 1 and 4.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

#define VECTOR 0x52
#define TURNS  1000

static volatile unsigned irqs;
static word jump_out_from, jump_out_to;

static void on_irq(struct frame *frame)
{
    irqs++;
    if (jump_out_from != 0 && frame->ip >= jump_out_from && frame->ip < jump_out_from + 16)
        frame->ip = jump_out_to;
    lapic_eoi();
}

/*
 * Each turn counts once before and once behind the access; RAX = turns before, RDX = behind. RDI:
 * address or port, RSI: value.
 */
#define COUNTED(name, access)                                                                     \
    STUB(name, "movl $1000, %ecx\n xorl %r8d, %r8d\n xorl %r9d, %r9d\n sti\n 1: incq %r8",        \
         access "\n incq %r9\n decl %ecx\n jnz 1b\n cli\n shlq $32, %r9\n movl %r8d, %eax\n orq " \
                "%r9, %rax")
COUNTED(mmio_store, "movl %esi, (%rdi)");
/* 600 multiplications, 190 ns or more: longer than the timer that the store arms. */
COUNTED(store_and_wait, "movl %esi, (%rdi)\n .rept 600\n imulq %r10, %r10\n .endr");
COUNTED(mmio_load, "movl (%rdi), %eax");
COUNTED(mmio_add, "addl $0, (%rdi)");
COUNTED(port_out, "movl %edi, %edx\n movl %esi, %eax\n outb %al, %dx");
COUNTED(port_in, "movl %edi, %edx\n inb %dx, %al");
COUNTED(push_store, "pushq %rsi\n movl %esi, (%rdi)\n popq %rax");
COUNTED(read_tsc, "rdtsc");
COUNTED(pause_insn, "pause");
COUNTED(halt_insn, "hlt");
COUNTED(cpuid_insn, "movl %ecx, %r10d\n xorl %eax, %eax\n cpuid\n movl %r10d, %ecx");
COUNTED(msr_write, "movl %ecx, %r10d\n movl $0xc0000103, %ecx\n movl %esi, %eax\n xorl %edx, "
                   "%edx\n wrmsr\n movl %r10d, %ecx");

static void counted(const char *stub, word a, word b, unsigned least_irqs, const char *name)
{
    irqs = 0;
    struct fault f = attempt(stub, a, b);
    if (f.vector != NO_FAULT || f.value != ((word)TURNS << 32 | TURNS)) {
        print("  vector %lu, before %lu, behind %lu\n", f.vector, f.value & 0xffffffff,
              f.value >> 32);
    }
    report(f.vector == NO_FAULT && f.value == ((word)TURNS << 32 | TURNS), "once each: %s", name);
    if (irqs < least_irqs) print("  %u interrupts, want at least %u\n", irqs, least_irqs);
    report(irqs >= least_irqs, "interrupts came meanwhile: %s", name);
}

static void rain(uint32_t ns)
{
    lapic_write(LAPIC_TIMER_DIVIDE, 0xb);
    lapic_write(LAPIC_LVT_TIMER, ns ? LVT_PERIODIC | VECTOR : LVT_MASKED);
    lapic_write(LAPIC_TIMER_INITIAL, ns ? ns * (MAP_HZ_LAPIC / 1000000) / 1000 : 0);
    if (!ns) irq_window();
}

static void accesses(void)
{
    const word lapic = (word)MAP_LAPIC_BASE;
    counted(mmio_store, lapic + LAPIC_ICR_LOW, ICR_SELF | ICR_ASSERT | VECTOR, TURNS,
            "a store that interrupts the processor itself");
    counted(push_store, lapic + LAPIC_ICR_LOW, ICR_SELF | ICR_ASSERT | VECTOR, TURNS,
            "the same between PUSH and POP");
    counted(mmio_store, lapic + LAPIC_TIMER_INITIAL, 1, 0, "a store that arms a timer each time");
    lapic_write(LAPIC_LVT_TIMER, VECTOR);
    counted(store_and_wait, lapic + LAPIC_TIMER_INITIAL, 1, TURNS / 4,
            "a store that arms a timer whose interrupt comes at once");
    rain(3000);
    counted(mmio_load, lapic + LAPIC_TIMER_CURRENT, 0, 5, "a load of a device register");
    counted(mmio_add, lapic + LAPIC_TPR, 0, 5, "a read-modify-write of a device register");
    counted(port_out, MAP_PORT_PIT + 3, 0, 5, "OUT");
    counted(port_in, MAP_PORT_SYSTEM_B, 0, 5, "IN");
    counted(read_tsc, 0, 0, 0, "RDTSC");
    counted(pause_insn, 0, 0, 5, "PAUSE");
    counted(halt_insn, 0, 0, TURNS - 5, "HLT");
    counted(cpuid_insn, 0, 0, 0, "CPUID");
    counted(msr_write, 0, 7, 0, "WRMSR");
    rain(0);
}

/* Loops without any access: only the interrupt ends them. */
STUB(spin_self, "sti",
     "spin_self_loop: jmp spin_self_loop\n .globl spin_self_out\n spin_self_out: cli");
STUB(spin_two, "sti",
     "1: incq %rax\n jmp 2f\n 2: jmp 1b\n .globl spin_two_out\n spin_two_out: cli");
STUB(spin_call, "sti", "1: call 3f\n jmp 1b\n 3: ret\n .globl spin_call_out\n spin_call_out: cli");
STUB(spin_memory, "sti",
     "1: cmpl $0, (%rdi)\n je 1b\n .globl spin_memory_out\n spin_memory_out: cli");
extern const char spin_self_out[], spin_two_out[], spin_call_out[], spin_memory_out[];

static void spin(const char *stub, const char *from, const char *out, const char *name)
{
    static uint32_t zero;
    jump_out_from = (word)from;
    jump_out_to = (word)out;
    irqs = 0;
    lapic_write(LAPIC_LVT_TIMER, VECTOR);
    lapic_write(LAPIC_TIMER_INITIAL, 2500); /* 100 us */
    struct fault f;
    if (stub == spin_call) {
        /*
         * The way out of the called function leaves one word on the stack: attempt() does not mind.
         */
        trap_handle(VECTOR, NULL);
        f = attempt(stub, (word)&zero, 0);
        trap_handle(VECTOR, on_irq);
        lapic_eoi();
        report(f.vector == VECTOR, "%s", name);
    } else {
        f = attempt(stub, (word)&zero, 0);
        report(f.vector == NO_FAULT && irqs == 1, "%s", name);
    }
    jump_out_from = 0;
}

/*
 * Arithmetic that lives in flags and registers, with and without interrupts: the results must
 * agree.
 */
STUB(adc_chain,
     "movl $200000, %ecx\n xorl %eax, %eax\n movabs $0x9e3779b97f4a7c15, %rdx\n clc\n sti",
     "1: adcq %rdx, %rax\n rclq $7, %rax\n adcq $0, %rdx\n decl %ecx\n jnz 1b\n cli\n xorq %rdx, "
     "%rax");
STUB(sse_chain,
     "movl $50000, %ecx\n movabs $0x123456789abcdef1, %rax\n movq %rax, %xmm3\n movq %rax, "
     "%xmm12\n sti",
     "1: paddq %xmm12, %xmm3\n pshufd $0x39, %xmm3, %xmm3\n pmuludq %xmm3, %xmm12\n paddq %xmm3, "
     "%xmm12\n decl %ecx\n jnz 1b\n"
     " cli\n paddq %xmm12, %xmm3\n movq %xmm3, %rax");
STUB(x87_chain, "movl $20000, %ecx\n fninit\n fld1\n fldl2e\n sti",
     "1: fmul %st, %st(1)\n fxch\n fsqrt\n fxch\n decl %ecx\n jnz 1b\n cli\n faddp\n subq $8, "
     "%rsp\n fstpl (%rsp)\n popq %rax");

static void same_result(const char *stub, const char *name)
{
    struct fault quiet = attempt(stub, 0, 0);
    irqs = 0;
    rain(2000);
    struct fault noisy = attempt(stub, 0, 0);
    rain(0);
    report(quiet.vector == NO_FAULT && noisy.vector == NO_FAULT && quiet.value == noisy.value,
           "the same result: %s", name);
    report(irqs >= 5, "interrupts came meanwhile: %s", name);
}

STUB(load, "nop", "movq (%rdi), %rax");

/*
 * Nothing is mapped at 0 while events end the emulator's runs: its own look-ups must not show in
 * CR2 or make #DF of a #PF.
 */
static void hidden_faults(void)
{
    volatile uint64_t *low = page_entry(0, 2);
    uint64_t saved = *low;
    *low = 0;
    page_flush();
    idt[VECTOR_DF].ist = 1;
    irqs = 0;
    unsigned changed = 0, wrong = 0;
    rain(20000);
    for (unsigned i = 0; i < 200; i++) {
        write_cr2(0x1234567000ul + i);
        irq_wait();
        cpu_pause();
        changed += read_cr2() != 0x1234567000ul + i;
        struct fault f = attempt(load, TEST_VA, 0);
        wrong += f.vector != VECTOR_PF || f.error != 0 || f.cr2 != TEST_VA;
    }
    rain(0);
    report_eq(changed, 0, "CR2 holds over 200 sleeps with nothing mapped at 0");
    report_eq(wrong, 0, "a page fault after each is a plain page fault");
    *low = saved;
    page_flush();
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(VECTOR, on_irq);
    accesses();
    spin(spin_self, spin_self_at, spin_self_out, "a jump to itself is interrupted");
    spin(spin_two, spin_two_at, spin_two_out, "a loop of two blocks is interrupted");
    spin(spin_call, spin_call_at, spin_call_out, "a loop of CALL and RET is interrupted");
    spin(spin_memory, spin_memory_at, spin_memory_out,
         "a loop that waits for memory is interrupted");
    same_result(adc_chain, "carry chain");
    same_result(sse_chain, "SSE2 chain");
    same_result(x87_chain, "x87 chain");
    hidden_faults();
}
