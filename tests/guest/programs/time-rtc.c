/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RTC's second against the TSC and the PM timer within 0.1 %, its periodic rates, and the
 * calendar going on. MC146818 data sheet.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define VECTOR 0x58

static unsigned count;
static uint64_t stamp[16];
static uint8_t flags_seen;

static void on_irq(struct frame *frame)
{
    (void)frame;
    if (count < COUNT(stamp)) stamp[count] = rdtsc();
    count++;
    flags_seen = cmos_read(RTC_C);
    lapic_eoi();
}

static unsigned bcd(uint8_t v)
{
    return (v >> 4) * 10 + (v & 15);
}

static void update_interrupt(void)
{
    cmos_write(RTC_B, (cmos_read(RTC_B) & 0x0f) | 0x10); /* UIE */
    cmos_read(RTC_C);
    count = 0;
    while (count < 2) {
        irq_wait();
    }
    cmos_write(RTC_B, cmos_read(RTC_B) & 0x0f);
    report_eq(flags_seen & 0x90, 0x90, "register C: IRQF and UF");
    report_in(stamp[1] - stamp[0], 3196800000ull, 3203200000ull,
              "one second of the RTC in TSC cycles");
}

static void periodic(void)
{
    /* Rates 6 (1024 Hz), 8 (256 Hz) and 13 (8 Hz would take long): 32768 >> (rate - 1) Hz. */
    static const uint8_t rates[] = {3, 6, 8, 10};
    for (unsigned i = 0; i < COUNT(rates); i++) {
        uint8_t rate = rates[i];
        cmos_write(RTC_A, 0x20 | rate);
        cmos_read(RTC_C);
        count = 0;
        cmos_write(RTC_B, (cmos_read(RTC_B) & 0x0f) | 0x40); /* PIE */
        while (count < 9) {
            irq_wait();
        }
        cmos_write(RTC_B, cmos_read(RTC_B) & 0x0f);
        uint64_t want = MAP_HZ_TSC * 8ull * (1u << (rate - 1)) / 32768;
        report_in(stamp[8] - stamp[0], want - want / 1000 - 3200, want + want / 1000 + 3200,
                  "periodic rate %u", rate);
        irq_window();
        cmos_read(RTC_C);
    }
}

static void calendar(void)
{
    cmos_write(RTC_B, (cmos_read(RTC_B) & 0x0f) | 0x80); /* SET */
    report_eq(cmos_read(RTC_B) & 4, 0, "BCD mode as the firmware left it");
    cmos_write(RTC_SECONDS, 0x59);
    cmos_write(RTC_MINUTES, 0x59);
    cmos_write(RTC_HOURS, 0x23);
    cmos_write(RTC_DAY, 0x28);
    cmos_write(RTC_MONTH, 0x02);
    cmos_write(RTC_YEAR, 0x24);
    cmos_write(RTC_WEEKDAY, 0x04);
    report_eq(cmos_read(RTC_SECONDS), 0x59, "with SET the time stands still");
    cmos_write(RTC_B, (cmos_read(RTC_B) & 0x0f) | 0x10);
    cmos_read(RTC_C);
    count = 0;
    while (count < 1) {
        irq_wait();
    }
    cmos_write(RTC_B, cmos_read(RTC_B) & 0x0f);
    report_eq(bcd(cmos_read(RTC_SECONDS)), 0, "seconds roll over");
    report_eq(bcd(cmos_read(RTC_MINUTES)), 0, "minutes roll over");
    report_eq(bcd(cmos_read(RTC_HOURS)), 0, "hours roll over");
    report_eq(bcd(cmos_read(RTC_DAY)), 29, "29 February of a leap year");
    report_eq(bcd(cmos_read(RTC_MONTH)), 2, "month stays");
    report_eq(cmos_read(RTC_WEEKDAY), 5, "day of the week goes on");
}

static void alarm(void)
{
    cmos_write(RTC_SECONDS_ALARM, (uint8_t)(cmos_read(RTC_SECONDS) + 1));
    cmos_write(RTC_MINUTES_ALARM, 0xc0);
    cmos_write(RTC_HOURS_ALARM, 0xff);
    cmos_read(RTC_C);
    cmos_write(RTC_B, (cmos_read(RTC_B) & 0x0f) | 0x20); /* AIE */
    count = 0;
    uint64_t start = rdtsc();
    while (count < 1) {
        irq_wait();
    }
    cmos_write(RTC_B, cmos_read(RTC_B) & 0x0f);
    report_eq(flags_seen & 0xa0, 0xa0, "register C: IRQF and AF");
    report(rdtsc() - start < MAP_HZ_TSC * 3ull / 2,
           "alarm with don't-care minutes and hours in the next second");
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(VECTOR, on_irq);
    ioapic_route(platform()->isa_gsi[8], VECTOR);
    report_eq(cmos_read(RTC_D) & 0x80, 0x80, "register D: valid RAM and time");
    report_eq(cmos_read(RTC_A) & 0x70, 0x20, "register A: divider for 32.768 kHz");
    periodic();
    cmos_write(RTC_A, 0x26);
    update_interrupt();
    calendar();
    alarm();
}
