/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INIT sent to the bootstrap processor itself: it starts at the reset vector again, the machine is
 * not reset. Memory, MSRs, MTRRs, TSC and devices keep their state; control and debug registers are
 * those of INIT. SDM 3A 9.1, table 9-1.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

GUEST_EXPECTS_RESET;

#define KEPT 0x5a5a1234u

void guest_main(void)
{
    volatile uint32_t *kept = (volatile uint32_t *)(free_ram_2m() + 0x100000);
    uint8_t boot = cmos_read(CMOS_BOOT_COUNT);
    cmos_write(CMOS_BOOT_COUNT, (uint8_t)(boot + 1));
    if (boot == 0) {
        *kept = KEPT;
        wrmsr(MSR_TSC_AUX, 0x77);
        wrmsr(MSR_TSC, 1ull << 45);
        write_dr0(0x1234);
        lapic_write(LAPIC_ICR_HIGH, lapic_read(LAPIC_ID));
        lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | 0x500);
        uint32_t start = pm_timer();
        while (pm_before(start, 50)) {}
        guest_panic("still running after INIT");
    }
    report_eq(boot, 1, "INIT starts the firmware again");
    report_eq(*kept, KEPT, "memory is kept");
    report_eq(rdmsr(MSR_TSC_AUX), 0x77, "TSC_AUX is kept");
    report(rdtsc() > 1ull << 45 && rdtsc() < 1ull << 46, "the TSC goes on");
    report_eq(read_dr0(), 0, "DR0 is cleared");
    report_eq(read_dr7(), 0x400, "DR7 is reset");
    cmos_write(CMOS_BOOT_COUNT, 0);
}
