/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt shadows. A pending interrupt comes exactly one instruction after STI, not at all for
 * STI; CLI, at once after POPF and IRET; never between MOV SS or POP SS and the instruction behind
 * it. SDM 2 STI, MOV, POP; SDM 3A 6.8.3.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define TEST_VECTOR 0x50
#define ROUNDS      4

#define RAISE "movl $0x44050, 0x300(%rdi)\n movl 0x20(%rdi), %eax\n "
STUB(after_sti, RAISE "sti", "nop\n sti_second: nop\n nop\n cli");
STUB(sti_cli, RAISE "sti", "cli\n nop\n nop");
STUB(after_popf, RAISE "pushfq\n orl $0x200, (%rsp)\n popfq", "nop\n nop\n cli");
STUB(sti_hlt, RAISE "sti", "hlt\n sti_hlt_next2: cli");
STUB(sti_long, RAISE "sti", "movabs $0x1122334455667788, %rax\n sti_long_second: nop\n cli");
STUB(sti_memory, RAISE "sti", "movl 0x20(%rdi), %eax\n sti_memory_second: nop\n cli");
STUB(sti_jump, RAISE "sti",
     "jmp 1f\n nop\n nop\n .globl sti_jump_target\n sti_jump_target: 1: nop\n cli");
STUB(sti_sti, RAISE "sti", "sti\n sti_sti_second: nop\n nop\n cli");
STUB(sti_ret, RAISE "call 1f\n .globl sti_ret_target\n sti_ret_target: nop\n jmp 2f\n 1: sti",
     "ret\n 2: cli");
STUB(sti_page, "movl $0x44050, 0x300(%rdi)\n movl 0x20(%rdi), %eax\n sti",
     "nop\n sti_page_second: nop\n cli");
STUB(iret_to,
     RAISE "movl %ss, %eax\n pushq %rax\n leaq 8(%rsp), %rax\n pushq %rax\n pushfq\n"
           " orl $0x200, (%rsp)\n movl %cs, %eax\n pushq %rax\n leaq iret_to_next(%rip), %rax\n "
           "pushq %rax",
     "iretq");
/* Interrupts rain on loops of these; RSI turns. */
STUB(loop_mov_ss, "movl %ss, %ecx\n sti\n 1:",
     "movl %ecx, %ss\n .globl in_mov_ss\n in_mov_ss: nop\n decq %rsi\n"
     " jnz 1b\n cli");
STUB(loop_sti, "cli\n 1: cli\n nop",
     "sti\n .globl in_sti\n in_sti: nop\n nop\n decq %rsi\n jnz 1b\n cli");
extern const char sti_second[], sti_hlt_next2[], sti_long_second[], sti_memory_second[],
    sti_jump_target[], sti_sti_second[], sti_ret_target[], in_mov_ss[], in_sti[];

static unsigned count, forbidden_hits;
static word last_ip, forbidden;

static void on_irq(struct frame *frame)
{
    count++;
    last_ip = frame->ip;
    forbidden_hits += frame->ip == forbidden;
    lapic_eoi();
}

static void run(const char *stub)
{
    count = 0;
    last_ip = 0;
    struct fault f = attempt(stub, (word)MAP_LAPIC_BASE, 0);
    if (f.vector != NO_FAULT) expect_return(&f, "shadow stub returns");
}

/* Several times: an emulator that has seen this code before goes through it another way. */
static void at(const char *stub, const char *where, const char *name)
{
    unsigned right = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        run(stub);
        if (count == 1 && last_ip == (word)where) {
            right++;
        } else {
            print("  taken at %lx, want %lx (%u times)\n", last_ip, (word)where, count);
        }
    }
    report_eq(right, ROUNDS, "%s", name);
}

static void exact(void)
{
    at(after_sti, sti_second, "STI; NOP: taken behind the NOP");
    at(sti_hlt, sti_hlt_next2, "STI; HLT: taken behind the HLT, which does not sleep");
    at(sti_long, sti_long_second, "STI; MOV: taken behind the MOV");
    at(sti_memory, sti_memory_second, "STI; load of a device register");
    at(sti_jump, sti_jump_target, "STI; JMP: taken at the target");
    at(sti_ret, sti_ret_target, "STI; RET: taken at the return address");
    at(sti_sti, sti_sti_second, "STI; STI: the second one casts no shadow");
    at(after_popf, after_popf_at, "POPF: taken at once");
    at(iret_to, iret_to_next, "IRET: taken at once");
    run(sti_cli);
    report_eq(count, 0, "STI; CLI lets nothing in");
    irq_window();
    report_eq(count, 1, "and the interrupt is still pending");
}

/* The same with a page boundary behind the STI, so that it ends a translation in any case. */
static void across_pages(void)
{
    uint8_t *pages = pages_alloc(2);
    size_t to_sti = (size_t)(sti_page_at - sti_page);
    uint8_t *code = pages + 4096 - to_sti;
    memcpy(code, sti_page, 64);
    count = 0;
    struct fault f = attempt(code, (word)MAP_LAPIC_BASE, 0);
    expect_return(&f, "STI at the end of a page");
    report(count == 1 && last_ip == (word)pages + 4097,
           "STI at the end of a page: behind the first instruction of the next");
}

static void rain(const char *stub, const char *where, const char *name)
{
    count = 0;
    forbidden_hits = 0;
    forbidden = (word)where;
    uint32_t period = lapic_ticks_per_ms() / 500; /* 2 microseconds */
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | TEST_VECTOR);
    lapic_write(LAPIC_TIMER_INITIAL, period);
    struct fault f = attempt(stub, (word)MAP_LAPIC_BASE, 200000);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
    irq_window();
    expect_return(&f, name);
    report(count > 100, "%s: interrupts came (%u)", name, count);
    report_eq(forbidden_hits, 0, "%s: none in the shadow", name);
}

void guest_main(void)
{
    lapic_setup();
    trap_handle(TEST_VECTOR, on_irq);
    exact();
    across_pages();
    rain(loop_mov_ss, in_mov_ss, "MOV SS in a loop");
    rain(loop_sti, in_sti, "STI in a loop");
}
