/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259: initialisation, masks, IRR and ISR, EOI forms, priorities, cascade, spurious
 * interrupts, auto EOI, rotation, polling; the way to the processor as ExtINT through LINT0
 * (virtual wire). 8259A data sheet; SDM 3A 11.5.1.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

static uint8_t order[16];
static unsigned ordered, no_eoi;

static void on_irq(struct frame *frame)
{
    if (ordered < COUNT(order)) order[ordered] = (uint8_t)(frame->vector - PIC_VECTOR);
    ordered++;
    if (!no_eoi) pic_eoi((unsigned)frame->vector - PIC_VECTOR);
}

static void settle(void)
{
    irq_enable();
    pm_wait(20);
    irq_disable();
}

static uint8_t read_irr(uint16_t port)
{
    out8(port, 0x0a);
    return in8(port);
}

static uint8_t read_isr(uint16_t port)
{
    out8(port, 0x0b);
    return in8(port);
}

/* One edge of IRQ 0: the 8254 in mode 0 counts down to it. */
static void raise_irq0(void)
{
    pit_load(0, 0, 5);
    pm_wait(40);
}

/* IRQ 8 stays up until register C is read: the periodic interrupt of the RTC. */
static void raise_irq8(void)
{
    cmos_write(RTC_A, 0x23); /* 8192 Hz */
    cmos_read(RTC_C);
    cmos_write(RTC_B, (cmos_read(RTC_B) & 0x0f) | 0x40);
    pm_wait(1000);
    cmos_write(RTC_B, cmos_read(RTC_B) & 0x0f);
}

static void masks(void)
{
    pic_setup();
    report_eq(in8(MAP_PORT_PIC0 + 1), 0xff, "mask register reads back, master");
    pic_mask(0xa55a);
    report_eq(in8(MAP_PORT_PIC0 + 1), 0x5a, "mask register, master");
    report_eq(in8(MAP_PORT_PIC1 + 1), 0xa5, "mask register, slave");
    pic_mask(0xffff);
    ordered = 0;
    raise_irq0();
    report(read_irr(MAP_PORT_PIC0) & 1, "a masked request shows in IRR");
    settle();
    report_eq(ordered, 0, "and is not delivered");
    pic_mask(0xfffe);
    no_eoi = 1;
    settle();
    report(ordered == 1 && order[0] == 0, "unmasked: delivered as ExtINT with the 8259's vector");
    report(!(read_irr(MAP_PORT_PIC0) & 1), "IRR bit is gone");
    report_eq(read_isr(MAP_PORT_PIC0), 1, "ISR bit is set");
    raise_irq0();
    settle();
    report_eq(ordered, 1, "no second one before EOI");
    no_eoi = 0;
    out8(MAP_PORT_PIC0, 0x20);
    settle();
    report_eq(ordered, 2, "non-specific EOI lets it in");
    report_eq(read_isr(MAP_PORT_PIC0), 0, "ISR clear");
}

static void cascade(void)
{
    pic_mask(0xfefb);
    ordered = 0;
    no_eoi = 1;
    raise_irq8();
    settle();
    report(ordered == 1 && order[0] == 8, "IRQ 8 through the cascade, vector of the slave");
    report_eq(read_isr(MAP_PORT_PIC1), 1, "ISR of the slave");
    report_eq(read_isr(MAP_PORT_PIC0), 4, "ISR of the master: cascade");
    out8(MAP_PORT_PIC1, 0x60);
    out8(MAP_PORT_PIC0, 0x62);
    report(read_isr(MAP_PORT_PIC0) == 0 && read_isr(MAP_PORT_PIC1) == 0, "specific EOI");
    no_eoi = 0;
    cmos_read(RTC_C);
    pic_mask(0xffff);
    raise_irq8();
    raise_irq0();
    ordered = 0;
    pic_mask(0xfefa);
    settle();
    report(ordered == 2 && order[0] == 0 && order[1] == 8, "priority: IRQ 0 before IRQ 8");
    cmos_read(RTC_C);
    /* Lowest priority set to 0: then 8 (by way of 2) comes before 0. */
    pic_mask(0xffff);
    raise_irq8();
    raise_irq0();
    out8(MAP_PORT_PIC0, 0xc0);
    ordered = 0;
    pic_mask(0xfefa);
    settle();
    report(ordered == 2 && order[0] == 8 && order[1] == 0, "rotated priority: IRQ 8 before IRQ 0");
    out8(MAP_PORT_PIC0, 0xc7);
    cmos_read(RTC_C);
}

static void level_request(void)
{
    /*
     * A request that goes away between INTR and INTA is spurious: IRQ 7, no ISR bit. The output of
     * the 8254 in mode 0 drops with a new control word.
     */
    pic_mask(0xfffe);
    ordered = 0;
    no_eoi = 1;
    raise_irq0();
    out8(MAP_PORT_PIT + 3, 0x30); /* OUT low: the edge is taken back */
    settle();
    report(ordered <= 1, "at most one interrupt for a request taken back");
    if (ordered == 1) {
        report(order[0] == 7 || order[0] == 0, "spurious IRQ 7, or the latched IRQ 0");
        report((order[0] == 7) == (read_isr(MAP_PORT_PIC0) == 0),
               "a spurious interrupt sets no ISR bit");
    } else {
        report(true, "the request is gone");
        report_eq(read_isr(MAP_PORT_PIC0), 0, "no ISR bit");
    }
    out8(MAP_PORT_PIC0, 0x20);
    no_eoi = 0;
}

static void automatic_eoi(void)
{
    out8(MAP_PORT_PIC0, 0x11);
    out8(MAP_PORT_PIC0 + 1, PIC_VECTOR);
    out8(MAP_PORT_PIC0 + 1, 4);
    out8(MAP_PORT_PIC0 + 1, 3);
    out8(MAP_PORT_PIC0 + 1, 0xfe);
    no_eoi = 1;
    ordered = 0;
    raise_irq0();
    settle();
    report(ordered == 1 && read_isr(MAP_PORT_PIC0) == 0, "automatic EOI leaves no ISR bit");
    raise_irq0();
    settle();
    report_eq(ordered, 2, "the next one comes without EOI");
    no_eoi = 0;
    pic_setup();
}

static void polling(void)
{
    raise_irq0();
    pic_mask(0xfffe);
    out8(MAP_PORT_PIC0, 0x0c);
    report_eq(in8(MAP_PORT_PIC0), 0x80, "poll command: interrupt 0");
    report_eq(read_isr(MAP_PORT_PIC0), 1, "a poll acknowledges");
    out8(MAP_PORT_PIC0, 0x20);
    out8(MAP_PORT_PIC0, 0x0c);
    report_eq(in8(MAP_PORT_PIC0) & 0x80, 0, "poll command: none");
    pic_mask(0xffff);
}

static void special_mask(void)
{
    pic_setup();
    pic_mask(0xfefa);
    no_eoi = 1;
    ordered = 0;
    raise_irq0();
    settle(); /* IRQ 0 in service */
    raise_irq8();
    settle();
    report_eq(ordered, 1, "IRQ 8 waits while IRQ 0 is in service");
    out8(MAP_PORT_PIC0 + 1, 0xfb); /* mask IRQ 0 .. */
    out8(MAP_PORT_PIC0, 0x68);     /* .. in special mask mode */
    settle();
    report(ordered == 2 && order[1] == 8, "special mask mode lets it in");
    out8(MAP_PORT_PIC0, 0x48);
    out8(MAP_PORT_PIC1, 0x20);
    out8(MAP_PORT_PIC0, 0x62);
    out8(MAP_PORT_PIC0, 0x60);
    cmos_read(RTC_C);
    no_eoi = 0;
    pic_mask(0xffff);
}

static void virtual_wire(void)
{
    raise_irq0();
    pic_mask(0xfffe);
    ordered = 0;
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED | LVT_EXTINT);
    settle();
    report_eq(ordered, 0, "LINT0 masked: the 8259 is not heard");
    lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
    settle();
    report_eq(ordered, 1, "LINT0 as ExtINT: it is");
    lapic_write(LAPIC_TPR, 0xf0);
    raise_irq0();
    settle();
    report_eq(ordered, 2, "ExtINT does not look at TPR");
    lapic_write(LAPIC_TPR, 0);
    pic_mask(0xffff);
}

static void elcr(void)
{
    uint8_t old = in8(MAP_PORT_ELCR + 1);
    out8(MAP_PORT_ELCR + 1, 0xff);
    report_eq(in8(MAP_PORT_ELCR + 1) & 0x21, 0, "ELCR: IRQ 8 and 13 are always edge");
    out8(MAP_PORT_ELCR + 1, old);
    out8(MAP_PORT_ELCR, 0xff);
    report_eq(in8(MAP_PORT_ELCR) & 7, 0, "ELCR: IRQ 0, 1 and 2 are always edge");
    out8(MAP_PORT_ELCR, 0);
}

void guest_main(void)
{
    uint32_t lint0 = lapic_read(LAPIC_LVT_LINT0), lint1 = lapic_read(LAPIC_LVT_LINT1);
    report_eq(lint0 & 0x10700, LVT_EXTINT, "the firmware leaves LINT0 as ExtINT (virtual wire)");
    report_eq(lint1 & 0x10700, LVT_NMI, "and LINT1 as NMI");
    report(lapic_read(LAPIC_SVR) & SVR_ENABLE, "and the local APIC enabled");
    lapic_setup();
    lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
    ioapic_mask_all();
    for (unsigned i = 0; i < 16; i++) {
        trap_handle(PIC_VECTOR + i, on_irq);
    }
    masks();
    cascade();
    level_request();
    automatic_eoi();
    polling();
    special_mask();
    virtual_wire();
    elcr();
}
