/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 16550A on COM1: scratch, divisor latch, FIFO identification, line status, loopback with modem
 * lines, transmitter and receiver interrupts through the I/O APIC, time of a character. TL16C550
 * data sheet.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define RBR (MAP_PORT_COM1 + 0)
#define IER (MAP_PORT_COM1 + 1)
#define IIR (MAP_PORT_COM1 + 2)
#define LCR (MAP_PORT_COM1 + 3)
#define MCR (MAP_PORT_COM1 + 4)
#define LSR (MAP_PORT_COM1 + 5)
#define MSR (MAP_PORT_COM1 + 6)
#define SCR (MAP_PORT_COM1 + 7)

static unsigned count;
static uint8_t iir_seen;

static void on_irq(struct frame *frame)
{
    (void)frame;
    count++;
    iir_seen = in8(IIR);
    lapic_eoi();
}

/*
 * Reports go to COM1 themselves: checks are kept here while the line is looped back or interrupts.
 */
static struct {
    bool passed;
    const char *name;
} notes[40];
static unsigned note_count;

static void note(bool passed, const char *name)
{
    notes[note_count].passed = passed;
    notes[note_count++].name = name;
    if (!passed) print("  failed: %s\n", name);
}

static void drain(void)
{
    uint32_t start = pm_timer();
    while ((in8(LSR) & 0x60) != 0x60 && pm_before(start, 50)) {}
}

static void registers(void)
{
    out8(SCR, 0x5a);
    report_eq(in8(SCR), 0x5a, "scratch register");
    uint8_t lcr = in8(LCR);
    out8(LCR, 0x83);
    uint8_t low = in8(RBR), high = in8(IER);
    out8(RBR, 0x34);
    out8(IER, 0x12);
    report(in8(RBR) == 0x34 && in8(IER) == 0x12, "divisor latch");
    out8(RBR, low);
    out8(IER, high);
    out8(LCR, lcr);
    print("  divisor %u, LCR %x\n", low | high << 8, lcr);
    out8(IER, 0x0f);
    report_eq(in8(IER), 0x0f, "interrupt enable register");
    out8(IER, 0);
    out8(IIR, 0x01);
    report_eq(in8(IIR) & 0xc0, 0xc0, "FIFOs on: 16550A");
    out8(IIR, 0x00);
    report_eq(in8(IIR) & 0xc0, 0, "FIFOs off");
    out8(LCR, 0x03);
    report_eq(in8(LCR), 0x03, "line control: 8N1");
}

static void loopback(void)
{
    out8(MCR, 0x10);
    note((in8(MSR) & 0xf0) == 0, "loopback: modem lines low");
    out8(MCR, 0x1f);
    note((in8(MSR) & 0xf0) == 0xf0, "loopback: modem lines high");
    note((in8(MSR) & 0x0f) == 0, "delta bits are cleared by reading");
    out8(MCR, 0x10);
    note((in8(MSR) & 0x0b) == 0x0b, "delta bits after a change");
    out8(IIR, 0x07);
    drain();
    out8(RBR, 'x');
    uint32_t start = pm_timer();
    while (!(in8(LSR) & 1) && pm_before(start, 20)) {}
    note(in8(LSR) & 1, "loopback: data ready");
    note(in8(RBR) == 'x', "loopback: the character comes back");
    note(!(in8(LSR) & 1), "data ready is clear after reading");
    for (unsigned i = 0; i < 5; i++) {
        out8(RBR, (uint8_t)('a' + i));
    }
    drain();
    pm_wait(4000);
    unsigned right = 0;
    for (unsigned i = 0; i < 5; i++) {
        right += in8(RBR) == 'a' + i;
    }
    note(right == 5, "loopback: five characters through the FIFO");
    out8(IIR, 0x00);
    drain();
    out8(RBR, '1');
    drain();
    out8(RBR, '2'); /* reading LSR would clear the error */
    pm_wait(4000);
    note(in8(LSR) & 2, "without FIFO the second character overruns the first");
    in8(RBR);
}

/*
 * OUT2 lets the interrupt out to the I/O APIC; in loopback its pin is inactive, so the receiver is
 * looked at through IIR.
 */
static void interrupts(void)
{
    ioapic_route(platform()->isa_gsi[MAP_IRQ_COM1], 0x54);
    drain();
    out8(IIR, 0x01);
    out8(MCR, 0x0b);
    count = 0;
    out8(IER, 2);
    irq_enable();
    pm_wait(20);
    irq_disable();
    note(count == 1, "transmitter empty interrupt as soon as it is enabled");
    note((iir_seen & 0x0f) == 2, "IIR: transmitter empty");
    note((in8(IIR) & 1) == 1, "reading IIR takes it back");
    out8(MCR, 0x03);
    out8(IER, 0);
    count = 0;
    out8(IER, 2);
    irq_enable();
    pm_wait(20);
    irq_disable();
    note(count == 0 && (in8(IIR) & 0x0f) == 2, "without OUT2 the interrupt does not get out");
    out8(MCR, 0x1b);
    out8(IER, 1);
    note((in8(IIR) & 1) == 1, "IIR: nothing pending");
    out8(RBR, 'z');
    uint32_t start = pm_timer();
    while ((in8(IIR) & 1) && pm_before(start, 20)) {}
    note((in8(IIR) & 0x0f) == 4, "IIR: received data");
    note(in8(RBR) == 'z' && (in8(IIR) & 1) == 1, "reading the data takes it back");
    out8(IIR, 0x81); /* trigger level 8 */
    out8(RBR, 'y');
    start = pm_timer();
    while ((in8(IIR) & 1) && pm_before(start, 20)) {}
    note((in8(IIR) & 0x0f) == 0x0c, "IIR: character timeout below the trigger level");
    note(in8(RBR) == 'y', "its character");
    out8(IER, 0);
    out8(MCR, 0x0b);
    ioapic_write(0x10 + 2 * platform()->isa_gsi[MAP_IRQ_COM1], IOAPIC_MASKED);
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(0x54, on_irq);
    drain();
    uint8_t mcr = in8(MCR), lcr = in8(LCR);
    registers();
    drain();
    loopback();
    interrupts();
    out8(MCR, mcr);
    out8(LCR, lcr);
    out8(IER, 0);
    out8(IIR, 0x07);
    for (unsigned i = 0; i < note_count; i++) {
        report(notes[i].passed, "%s", notes[i].name);
    }
}
