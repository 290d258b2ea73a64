/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NMI: delivered with IF clear, blocked from its delivery to the next IRET whoever executes it, one
 * latched meanwhile, wakes HLT, also by way of the I/O APIC. SDM 3A 6.7.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

static unsigned count, depth, depth_max, ud_count, send_inside, undefined_inside;
static word last_ip;

static void send_nmi(void)
{
    lapic_write(LAPIC_ICR_HIGH, lapic_read(LAPIC_ID));
    lapic_write(LAPIC_ICR_LOW, ICR_NMI | ICR_ASSERT);
    /* The message takes its time: some microseconds are plenty. */
    pm_wait(10);
}

static void on_ud(struct frame *frame)
{
    ud_count++;
    frame->ip += 2;
}

static void on_nmi(struct frame *frame)
{
    count++;
    last_ip = frame->ip;
    if (++depth > depth_max) depth_max = depth;
    while (send_inside > 0) {
        send_inside--;
        send_nmi();
    }
    if (undefined_inside) {
        undefined_inside = 0;
        __asm__ volatile("ud2\n nop\n nop");
    }
    depth--;
}

static void start(void)
{
    count = depth = depth_max = ud_count = 0;
}

STUB(nmi_here, "movl 0x20(%rdi), %eax\n movl %eax, 0x310(%rdi)",
     "movl $0x4400, 0x300(%rdi)\n movl $100, %ecx\n 1: pause\n decl %ecx\n jnz 1b");

static void delivery(void)
{
    start();
    irq_disable();
    send_nmi();
    report_eq(count, 1, "NMI with IF clear");
    trap_handle(VECTOR_NMI, NULL);
    struct fault f = attempt(nmi_here, (word)MAP_LAPIC_BASE, 0);
    report(f.vector == VECTOR_NMI && f.error == 0, "NMI is vector 2 without an error code");
    report(f.frame.ip > (word)nmi_here_at && f.frame.ip <= (word)nmi_here_next,
           "return address behind the ICR write");
    f = attempt(nmi_here, (word)MAP_LAPIC_BASE, 0);
    report(f.vector == VECTOR_NMI, "the next one comes as well: IRET unblocked");
    trap_handle(VECTOR_NMI, on_nmi);
}

static void blocking(void)
{
    start();
    send_inside = 1;
    send_nmi();
    report_eq(depth_max, 1, "an NMI in the handler waits");
    report_eq(count, 2, "and is delivered after IRET");
    start();
    send_inside = 3;
    send_nmi();
    report_eq(count, 2, "of three only one is kept");
    start();
    send_inside = 1;
    undefined_inside = 1;
    send_nmi();
    report_eq(ud_count, 1, "an exception in the handler");
    report_eq(depth_max, 2, "its IRET unblocks NMI inside the handler");
    report_eq(count, 2, "two NMIs in all");
}

static void pit_to_nmi(unsigned ticks)
{
    unsigned pin = platform()->isa_gsi[0];
    ioapic_route(pin, IOAPIC_NMI);
    pit_load(0, 0, (uint16_t)ticks);
}

static void by_ioapic(void)
{
    start();
    uint32_t from = pm_timer();
    pit_to_nmi(1000);
    __asm__ volatile("cli\n hlt\n .globl behind_hlt\n behind_hlt:");
    extern const char behind_hlt[];
    uint32_t ticks = pm_timer_delta(from, pm_timer());
    report_eq(count, 1, "NMI from the I/O APIC wakes HLT with IF clear");
    report_eq(last_ip, (word)behind_hlt, "and returns behind the HLT");
    report_in(ticks, 2990, 3400, "it came when the 8254 said");
    ioapic_mask_all();
}

static unsigned irq_count;

static void on_irq(struct frame *frame)
{
    (void)frame;
    irq_count++;
    lapic_eoi();
}

static void with_interrupts(void)
{
    start();
    trap_handle(0x50, on_irq);
    irq_disable();
    lapic_self_ipi(0x50);
    send_nmi();
    report(count == 1 && irq_count == 0, "NMI does not let an interrupt in");
    irq_window();
    report_eq(irq_count, 1, "which comes with STI");
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(VECTOR_NMI, on_nmi);
    trap_handle(VECTOR_UD, on_ud);
    delivery();
    blocking();
    by_ioapic();
    with_interrupts();
}
