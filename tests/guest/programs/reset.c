/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way to reset the machine boots it again, with devices and processor in their reset state
 * and CMOS kept: port cf9h (hard and full), the FADT's reset register, port 92h is not one here.
 * PCH data sheet, reset control; ACPI 6.4, 4.8.3.6.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

GUEST_EXPECTS_RESET;

#define CMOS_FAILED 0x72

static void dirty(void)
{
    lapic_setup();
    lapic_write(LAPIC_TPR, 0x70);
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | 0x50);
    lapic_write(LAPIC_TIMER_INITIAL, 100000);
    pic_setup();
    pic_mask(0x1234);
    ioapic_route(5, 0x55);
    pit_load(0, 2, 1000);
    mmio_write64(platform()->hpet + HPET_CFG, 1);
    wrmsr(MSR_LSTAR, 0x12345000);
    wrmsr(MSR_TSC_AUX, 77);
    write_dr0(0x1000);
    write_cr4(read_cr4() | CR4_PGE);
    cmos_write(RTC_B, cmos_read(RTC_B) | 0x40);
}

/* What a reset must have taken back, seen at the next boot. */
static bool is_clean(void)
{
    bool clean = true;
    clean = clean && lapic_read(LAPIC_TPR) == 0 && lapic_read(LAPIC_TIMER_INITIAL) == 0;
    clean = clean && (ioapic_read(0x10 + 2 * 5) & IOAPIC_MASKED);
    clean = clean && rdmsr(MSR_LSTAR) == 0 && rdmsr(MSR_TSC_AUX) == 0;
    clean = clean && read_dr0() == 0 && read_dr7() == 0x400;
    clean = clean && !(mmio_read32(platform()->hpet + HPET_CFG) & 1);
    clean = clean && !(cmos_read(RTC_B) & 0x40);
    return clean;
}

static void wait_for_reset(void)
{
    uint32_t start = pm_timer();
    while (pm_before(start, 50)) {}
}

void guest_main(void)
{
    const struct platform *p = platform();
    uint8_t boot = cmos_read(CMOS_BOOT_COUNT);
    if (boot > 0 && !is_clean())
        cmos_write(CMOS_FAILED, (uint8_t)(cmos_read(CMOS_FAILED) | 1u << boot));
    cmos_write(CMOS_BOOT_COUNT, (uint8_t)(boot + 1));
    if (boot < 3) dirty();
    switch (boot) {
    case 0:
        cmos_write(CMOS_FAILED, 0);
        out8(MAP_PORT_RESET_CONTROL, 0x02);
        out8(MAP_PORT_RESET_CONTROL, 0x06);
        break;
    case 1: out8((uint16_t)p->reset_reg.address, p->reset_value); break;
    case 2:
        out8(MAP_PORT_RESET_CONTROL, 0x0a);
        out8(MAP_PORT_RESET_CONTROL, 0x0e);
        break;
    default:
        report(boot == 3, "three resets were three boots");
        uint8_t failed = cmos_read(CMOS_FAILED);
        report(!(failed & 2), "port cf9h, 02h then 06h: everything is in its reset state");
        report(!(failed & 4), "reset register of the FADT: the same");
        report(!(failed & 8), "port cf9h, full reset: the same");
        out8(MAP_PORT_RESET_CONTROL, 0x02);
        report_eq(in8(MAP_PORT_RESET_CONTROL) & 0x04, 0, "port cf9h without RST_CPU does nothing");
        cmos_write(CMOS_BOOT_COUNT, 0);
        return;
    }
    wait_for_reset();
    guest_panic("still running after reset number %u", boot);
}
