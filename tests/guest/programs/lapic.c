/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Local APIC: identification, self IPIs, IRR and ISR, EOI, priorities by TPR, PPR and CR8, software
 * disable, spurious vector, logical destinations, error status. SDM 3A 11.4 to 11.9.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

static uint8_t order[32];
static unsigned ordered;
static unsigned spurious;
static uint32_t ppr_inside, isr_inside, irr_inside;

static void on_irq(struct frame *frame)
{
    if (ordered < COUNT(order)) order[ordered] = (uint8_t)frame->vector;
    ordered++;
    ppr_inside = lapic_read(LAPIC_PPR);
    isr_inside = lapic_bit(LAPIC_ISR, frame->vector & 0xff);
    irr_inside = lapic_bit(LAPIC_IRR, frame->vector & 0xff);
    lapic_eoi();
}

static void on_irq_no_eoi(struct frame *frame)
{
    if (ordered < COUNT(order)) order[ordered] = (uint8_t)frame->vector;
    ordered++;
}

/* Leaves interrupts on inside the handler, so that a higher one nests. */
static void on_irq_nest(struct frame *frame)
{
    if (ordered < COUNT(order)) order[ordered] = (uint8_t)frame->vector;
    ordered++;
    lapic_self_ipi(0x45); /* lower class: waits */
    lapic_self_ipi(0x5f); /* same class: waits */
    lapic_self_ipi(0x71); /* higher class: nests */
    irq_enable();
    pm_wait(10);
    irq_disable();
    if (ordered < COUNT(order)) order[ordered] = 0xee; /* end of the outer handler */
    ordered++;
    lapic_eoi();
}

static void on_spurious(struct frame *frame)
{
    (void)frame;
    spurious++;
}

static void settle(void)
{
    irq_enable();
    pm_wait(10);
    irq_disable();
}

static void identification(void)
{
    uint32_t version = lapic_read(LAPIC_VERSION);
    report_eq(version & 0xff, 0x15, "version 15h");
    report_in(version >> 16 & 0xff, 5, 6, "number of LVT entries less one");
    report_eq(lapic_read(LAPIC_ID) >> 24, cpuid(1, 0).ebx >> 24, "ID is the initial APIC ID");
    report_eq(lapic_read(LAPIC_DFR), 0xffffffff, "DFR after reset: flat");
    lapic_write(LAPIC_LDR, 0x01000000);
    report_eq(lapic_read(LAPIC_LDR), 0x01000000, "LDR holds its upper byte");
    lapic_write(LAPIC_TPR, 0x1ff);
    report_eq(lapic_read(LAPIC_TPR), 0xff, "TPR has 8 bits");
    lapic_write(LAPIC_TPR, 0);
    report_eq(lapic_read(LAPIC_ICR_LOW) & 0x1000, 0, "delivery status idle");
}

/* Each LVT entry holds vector and mask; bits that the entry does not have stay 0. */
static void local_vectors(void)
{
    static const struct {
        uint16_t reg;
        uint32_t writable;
        const char *name;
    } list[] = {
        {LAPIC_LVT_TIMER, 0x300ff, "timer"},      {LAPIC_LVT_THERMAL, 0x107ff, "thermal"},
        {LAPIC_LVT_PERF, 0x107ff, "performance"}, {LAPIC_LVT_LINT0, 0x1a7ff, "LINT0"},
        {LAPIC_LVT_LINT1, 0x1a7ff, "LINT1"},      {LAPIC_LVT_ERROR, 0x100ff, "error"},
        {LAPIC_LVT_CMCI, 0x107ff, "CMCI"},
    };
    for (unsigned i = 0; i < COUNT(list); i++) {
        lapic_write(list[i].reg, 0xffffffff);
        report_eq(lapic_read(list[i].reg) & 0x3e7ff, list[i].writable & 0x3e7ff, "LVT %s: its bits",
                  list[i].name);
        lapic_write(list[i].reg, LVT_MASKED | 0x5a);
        report_eq(lapic_read(list[i].reg), LVT_MASKED | 0x5a, "LVT %s: reads back", list[i].name);
        lapic_write(list[i].reg, LVT_MASKED);
    }
}

static void one_ipi(void)
{
    trap_handle(0x51, on_irq);
    ordered = 0;
    lapic_self_ipi(0x51);
    pm_wait(4);
    report(lapic_bit(LAPIC_IRR, 0x51), "IF clear: the vector waits in IRR");
    report_eq(ordered, 0, "and is not delivered");
    settle();
    report(ordered == 1 && order[0] == 0x51, "delivered with IF set");
    report(isr_inside == 1 && irr_inside == 0, "in the handler: in ISR, not in IRR");
    report_eq(ppr_inside, 0x50, "PPR is the class in service");
    report(!lapic_bit(LAPIC_ISR, 0x51), "EOI clears ISR");
    report_eq(lapic_read(LAPIC_PPR), 0, "PPR after EOI");
    ordered = 0;
    lapic_self_ipi(0x51);
    lapic_self_ipi(0x51);
    pm_wait(4);
    settle();
    report_eq(ordered, 1, "two requests of one vector with IF clear are one interrupt");
}

static void priorities(void)
{
    static const uint8_t sent[] = {0x45, 0x71, 0x33, 0x5f, 0x51, 0xe0};
    static const uint8_t want[] = {0xe0, 0x71, 0x5f, 0x51, 0x45, 0x33};
    ordered = 0;
    for (unsigned i = 0; i < COUNT(sent); i++) {
        trap_handle(sent[i], on_irq);
        lapic_self_ipi(sent[i]);
    }
    pm_wait(4);
    settle();
    report(ordered == 6 && memcmp(order, want, 6) == 0,
           "pending vectors come from the highest down");
    ordered = 0;
    trap_handle(0x51, on_irq_nest);
    lapic_self_ipi(0x51);
    settle();
    static const uint8_t nested[] = {0x51, 0x71, 0xee, 0x5f, 0x45};
    report(ordered == 5 && memcmp(order, nested, 5) == 0,
           "a higher class nests, same and lower wait for EOI");
    if (ordered != 5 || memcmp(order, nested, 5) != 0) {
        for (unsigned i = 0; i < ordered && i < 8; i++) {
            print("  %x", order[i]);
        }
        print("\n");
    }
    trap_handle(0x51, on_irq);
}

static void task_priority(void)
{
    ordered = 0;
    lapic_write(LAPIC_TPR, 0x50);
    report_eq(lapic_read(LAPIC_PPR), 0x50, "PPR follows TPR");
    lapic_self_ipi(0x51);
    lapic_self_ipi(0x71);
    settle();
    report(ordered == 1 && order[0] == 0x71, "TPR 50h holds 51h back and lets 71h in");
    lapic_write(LAPIC_TPR, 0x4f);
    settle();
    report(ordered == 2 && order[1] == 0x51, "lowering TPR lets it in");
    lapic_write(LAPIC_TPR, 0xf0);
    lapic_self_ipi(0xe0);
    settle();
    report_eq(ordered, 2, "TPR f0h holds everything back");
    lapic_write(LAPIC_TPR, 0);
    settle();
    report_eq(ordered, 3, "and 0 lets everything in");
    write_cr8(5);
    report_eq(lapic_read(LAPIC_TPR), 0x50, "CR8 is TPR[7:4]");
    ordered = 0;
    lapic_self_ipi(0x51);
    settle();
    report_eq(ordered, 0, "CR8 holds back");
    write_cr8(0);
    settle();
    report_eq(ordered, 1, "CR8 0 lets in");
    lapic_write(LAPIC_TPR, 0x7c);
    report_eq(read_cr8(), 7, "CR8 reads TPR[7:4]");
    lapic_write(LAPIC_TPR, 0);
}

static void in_service(void)
{
    ordered = 0;
    trap_handle(0x61, on_irq_no_eoi);
    lapic_self_ipi(0x61);
    settle();
    report(lapic_bit(LAPIC_ISR, 0x61), "without EOI it stays in service");
    lapic_self_ipi(0x61);
    lapic_self_ipi(0x51);
    settle();
    report_eq(ordered, 1, "same vector and lower ones wait");
    report(lapic_bit(LAPIC_IRR, 0x61) && lapic_bit(LAPIC_IRR, 0x51), "in IRR");
    lapic_eoi();
    settle();
    report_eq(ordered, 2, "EOI lets the next of the same vector in");
    lapic_eoi();
    settle();
    report_eq(ordered, 3, "and then the lower one");
    report_eq(lapic_read(LAPIC_ISR + 0x30), 0, "nothing in service at the end");
}

static void destinations(void)
{
    trap_handle(0x51, on_irq);
    ordered = 0;
    lapic_write(LAPIC_ICR_HIGH, lapic_read(LAPIC_ID));
    lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | 0x51);
    settle();
    report_eq(ordered, 1, "physical destination: own ID");
    lapic_write(LAPIC_LDR, 0x02000000);
    lapic_write(LAPIC_ICR_HIGH, 0x02000000);
    lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | ICR_LOGICAL | 0x51);
    settle();
    report_eq(ordered, 2, "logical destination, flat model");
    lapic_write(LAPIC_ICR_HIGH, 0x04000000);
    lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | ICR_LOGICAL | 0x51);
    settle();
    report_eq(ordered, 2, "logical destination of nobody");
    lapic_write(LAPIC_DFR, 0x0fffffff);
    lapic_write(LAPIC_LDR, 0x31000000);
    lapic_write(LAPIC_ICR_HIGH, 0x31000000);
    lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | ICR_LOGICAL | 0x51);
    settle();
    report_eq(ordered, 3, "logical destination, cluster model");
    lapic_write(LAPIC_DFR, 0xffffffff);
    lapic_write(LAPIC_ICR_HIGH, 0);
    lapic_write(LAPIC_ICR_LOW, 0x80000 | ICR_ASSERT | 0x51);
    settle();
    report_eq(ordered, 4, "shorthand: all including self");
    lapic_write(LAPIC_ICR_LOW, 0xc0000 | ICR_ASSERT | 0x51);
    settle();
    report_eq(ordered, 4, "shorthand: all but self");
    lapic_write(LAPIC_ICR_HIGH, 0xff000000);
    lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | 0x51);
    settle();
    report_eq(ordered, 5, "physical broadcast");
}

static void errors(void)
{
    lapic_write(LAPIC_ESR, 0);
    lapic_write(LAPIC_ESR, 0);
    report_eq(lapic_read(LAPIC_ESR), 0, "ESR clear");
    trap_handle(0x62, on_irq);
    ordered = 0;
    lapic_write(LAPIC_LVT_ERROR, 0x62);
    lapic_self_ipi(0x05);
    settle();
    lapic_write(LAPIC_ESR, 0);
    report_eq(lapic_read(LAPIC_ESR) & 0x20, 0x20, "ESR: illegal vector sent");
    report(ordered >= 1 && order[0] == 0x62, "error interrupt");
    lapic_write(LAPIC_ESR, 0);
    report_eq(lapic_read(LAPIC_ESR), 0, "a write latches anew: clear");
    lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
}

static void disabled(void)
{
    ordered = 0;
    trap_handle(0xff, on_spurious);
    lapic_write(LAPIC_LVT_TIMER, 0x51);
    lapic_write(LAPIC_SVR, 0xff);
    report(lapic_read(LAPIC_LVT_TIMER) & LVT_MASKED, "software disable masks the LVT");
    lapic_write(LAPIC_LVT_TIMER, 0x51);
    report(lapic_read(LAPIC_LVT_TIMER) & LVT_MASKED, "which cannot be unmasked meanwhile");
    lapic_write(LAPIC_SVR, SVR_ENABLE | 0xff);
    report(lapic_read(LAPIC_LVT_TIMER) & LVT_MASKED, "enabling leaves it masked");
    settle();
    report_eq(spurious, 0, "no spurious interrupt so far");
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    identification();
    local_vectors();
    one_ipi();
    priorities();
    task_priority();
    in_service();
    destinations();
    errors();
    disabled();
}
