/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * String instructions with REP that fault on a page boundary: registers tell exactly what is done,
 * and the instruction goes on from there when the page is there. Both directions, each width,
 * 32-bit addresses, REPE and REPNE, interrupts between iterations. SDM 2 REP.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

STUB(movsb, "movq $64, %rcx", "rep movsb\n movq %rcx, %rax");
STUB(movsq, "movq $16, %rcx", "rep movsq\n movq %rcx, %rax");
STUB(movsb_down, "movq $64, %rcx\n std", "rep movsb\n cld\n movq %rcx, %rax");
STUB(stosb, "movq $64, %rcx\n movb $0x77, %al", "rep stosb\n movq %rcx, %rax");
STUB(stosl, "movq $16, %rcx\n movl $0x99887766, %eax", "rep stosl\n movq %rcx, %rax");
STUB(lodsb, "movq $64, %rcx", "rep lodsb\n movq %rcx, %rax");
STUB(scasb, "movq $64, %rcx\n movb $0xff, %al", "repne scasb\n movq %rcx, %rax");
STUB(cmpsb, "movq $64, %rcx", "repe cmpsb\n movq %rcx, %rax");
STUB(addr32,
     "movabs $0xffffffff00000008, %rcx\n xorl %eax, %eax\n decq %rax\n shlq $32, %rax\n orq %rax, "
     "%rdi",
     ".byte 0x67\n rep stosb\n movq %rcx, %rax");
STUB(zero, "xorl %ecx, %ecx\n movabs $0x800000000000, %rdi", "rep stosb\n movq %rcx, %rax");
STUB(insb, "movl $8, %ecx\n movl $0x3fd, %edx", "rep insb\n movq %rcx, %rax");

static uint8_t *window; /* two pages at TEST_VA; the second comes and goes */
static uint8_t *frames;

static void second(bool present)
{
    *page_entry(TEST_VA + 0x1000, 1) = present ? ((uintptr_t)frames + 4096) | PTE_P | PTE_W : 0;
    invlpg(window + 0x1000);
}

static struct frame seen;
static unsigned fault_count;

static void repair(struct frame *frame)
{
    seen = *frame;
    fault_count++;
    second(true);
}

static void start(void)
{
    fault_count = 0;
    second(false);
    memset(frames, 0, 8192);
}

static void forward(void)
{
    uint8_t *source = pages_alloc(1);
    for (unsigned i = 0; i < 64; i++) {
        source[i] = (uint8_t)(i + 1);
    }
    start();
    struct fault f = attempt(movsb, (word)window + 0x1000 - 24, (word)source);
    report(f.vector == NO_FAULT && fault_count == 1, "REP MOVSB goes on after #PF");
    report(seen.cx == 40 && seen.di == (word)window + 0x1000 && seen.si == (word)source + 24,
           "registers at the fault");
    report_eq(seen.ip, (word)movsb_at, "RIP at the fault is the REP");
    report(memcmp(frames + 4096 - 24, source, 64) == 0, "all 64 bytes are there");
    report_eq(f.value, 0, "RCX is 0 at the end");

    start();
    f = attempt(movsb, (word)frames, (word)window + 0x1000 - 10);
    report(fault_count == 1 && seen.cx == 54 && seen.error == 0,
           "REP MOVSB, the source faults: a read");

    start();
    f = attempt(movsq, (word)window + 0x1000 - 20, (word)source);
    report(fault_count == 1 && seen.cx == 14 && seen.di == (word)window + 0x1000 - 4,
           "REP MOVSQ across the boundary");
    report(memcmp(frames + 4096 - 20, source, 64) == 0, "and complete");

    start();
    f = attempt(stosb, (word)window + 0x1000 - 1, 0);
    report(fault_count == 1 && seen.cx == 63 && (seen.error & PF_W),
           "REP STOSB: one byte, then the fault");
    report(frames[4095] == 0x77 && frames[4096 + 62] == 0x77 && frames[4096 + 63] == 0,
           "64 bytes, no more");

    start();
    f = attempt(stosl, (word)window + 0x1000 - 8, 0);
    report(fault_count == 1 && seen.cx == 14, "REP STOSL");
    start();
    f = attempt(lodsb, 0, (word)window + 0x1000 - 3);
    report(fault_count == 1 && seen.cx == 61, "REP LODSB");
}

static void compare(void)
{
    start();
    struct fault f = attempt(scasb, (word)window + 0x1000 - 5, 0);
    report(fault_count == 1 && seen.cx == 59 && f.value == 0, "REPNE SCASB");
    second(true);
    frames[10] = 0xff;
    f = attempt(scasb, (word)window, 0);
    report_eq(f.value, 64 - 11, "REPNE SCASB stops behind the match");
    start();
    uint8_t *zeros = pages_alloc(1);
    f = attempt(cmpsb, (word)window + 0x1000 - 7, (word)zeros);
    report(fault_count == 1 && seen.cx == 57 && f.value == 0, "REPE CMPSB");
    zeros[20] = 1;
    second(true);
    f = attempt(cmpsb, (word)window, (word)zeros);
    report_eq(f.value, 64 - 21, "REPE CMPSB stops behind the difference");
}

static void backward(void)
{
    uint8_t *source = pages_alloc(1);
    memset(source, 0x42, 64);
    start();
    *page_entry(TEST_VA, 1) = 0;
    second(true);
    invlpg(window);
    fault_count = 0;
    trap_handle(VECTOR_PF, NULL);
    struct fault f = attempt(movsb_down, (word)window + 0x1000 + 15, (word)source + 63);
    report(f.vector == VECTOR_PF && f.cr2 == (word)window + 0xfff && f.frame.cx == 48,
           "DF set: the fault is below");
    report_eq(f.frame.di, (word)window + 0xfff, "RDI is the address that faults");
    trap_handle(VECTOR_PF, repair);
    *page_entry(TEST_VA, 1) = (uintptr_t)frames | PTE_P | PTE_W;
    invlpg(window);
    f = attempt(zero, 0, 0);
    expect_return(&f, "RCX 0: no access at all");
    static uint8_t low[64];
    memset(low, 0x55, sizeof(low));
    f = attempt(addr32, (word)low, 0);
    report(f.vector == NO_FAULT && f.value == 0,
           "32-bit address size: ECX and EDI count, upper halves are ignored");
    report(low[7] == 0, "8 bytes were stored");
    report(low[8] == 0x55, "and no more");
}

static void port_string(void)
{
    start();
    struct fault f = attempt(insb, (word)window + 0x1000 - 4, 0);
    report(f.vector == NO_FAULT && fault_count == 1 && seen.cx == 4, "REP INSB goes on after #PF");
}

static unsigned irq_count;
static word irq_cx, irq_ip;

static void on_irq(struct frame *frame)
{
    irq_count++;
    irq_ip = frame->ip;
    if (frame->ip == (word)stosb_at) irq_cx = frame->cx;
    lapic_eoi();
}

STUB(long_store, "movq $0x100000, %rcx\n sti", "rep stosb\n cli\n movq %rcx, %rax");

static void interrupted(void)
{
    lapic_setup();
    trap_handle(0x50, on_irq);
    uint32_t period = lapic_ticks_per_ms() / 500; /* 2 microseconds */
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | 0x50);
    lapic_write(LAPIC_TIMER_INITIAL, period);
    uint8_t *memory = pages_alloc(256);
    struct fault f = attempt(long_store, (word)memory, 0);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
    irq_window();
    report(f.vector == NO_FAULT && f.value == 0, "REP STOSB of 1 MiB under interrupts");
    report(irq_count > 0, "interrupts came meanwhile (%u)", irq_count);
}

void guest_main(void)
{
    frames = pages_alloc(2);
    window = page_map(TEST_VA, (uintptr_t)frames, PTE_P | PTE_W, 1);
    trap_handle(VECTOR_PF, repair);
    forward();
    compare();
    backward();
    port_string();
    interrupted();
}
