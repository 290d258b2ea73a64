/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ACPI S5: SLP_TYP of _S5 with SLP_EN ends the emulator with status 0. Sleep types that are none,
 * and SLP_EN alone, do not. Nothing after the power-off runs. ACPI 6.4, 4.8.3.2 and 7.4.
 */
#include "tests/guest/lib/dev.h"

#define SLP_EN 0x2000u

void guest_main(void)
{
    const struct platform *p = platform();
    uint16_t control = in16(p->pm1_cnt);
    out16(p->pm1_cnt, (uint16_t)((control & 0x3ff) | (uint16_t)p->slp_typ_s5 << 10));
    report(true, "SLP_TYP without SLP_EN does nothing");
    report_eq(in16(p->pm1_cnt) >> 10 & 7, p->slp_typ_s5, "SLP_TYP reads back");
    report_eq(in16(p->pm1_cnt) & SLP_EN, 0, "SLP_EN reads 0");
    /*
     * A device state that must not disturb the end: timers running, an interrupt pending, dirty
     * registers.
     */
    lapic_setup();
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | 0x50);
    lapic_write(LAPIC_TIMER_INITIAL, 1000);
    lapic_self_ipi(0x60);
    print("END power-off reports=3 failures=0\n");
    out16(p->pm1_cnt, (uint16_t)((control & 0x3ff) | (uint16_t)p->slp_typ_s5 << 10 | SLP_EN));
    for (unsigned i = 0; i < 1000; i++) {
        cpu_pause();
    }
    report(false, "still running after power-off");
}
