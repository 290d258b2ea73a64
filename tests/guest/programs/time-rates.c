/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's counters against each other within 0.1 %: TSC (3.2 GHz), ACPI PM timer, HPET (24
 * MHz), 8254 (1.193182 MHz), local APIC timer (25 MHz), over 20 ms; none ever goes back. Law 1 of
 * DESIGN.md: all of them show one virtual time.
 */
#include "tests/guest/lib/dev.h"

#define WINDOW_PM (PM_HZ / 50) /* 20 ms */

struct sample {
    uint64_t tsc, pm, hpet, lapic, pit;
};

static uintptr_t hpet;

static struct sample take(void)
{
    struct sample s;
    /* Wait for an edge of the PM timer, so that its coarse tick does not add to the error. */
    uint32_t edge = pm_timer();
    do {
        s.pm = pm_timer();
    } while (s.pm == edge);
    s.tsc = rdtsc();
    s.hpet = mmio_read64(hpet + HPET_COUNTER);
    s.lapic = lapic_read(LAPIC_TIMER_CURRENT);
    s.pit = pit_read(0);
    return s;
}

static uint64_t scale(uint64_t ticks, uint64_t hz)
{
    uint64_t result = ticks;
    __asm__("mulq %2\n\tdivq %1" : "+a"(result) : "r"(hz), "r"(1000000000000ull) : "rdx", "cc");
    return result;
}

/* |a / b - a_hz / b_hz| within 0.1 %, in integers. */
static void ratio(uint64_t a, uint64_t a_hz, uint64_t b, uint64_t b_hz, const char *name)
{
    /* a / a_hz and b / b_hz in picoseconds. */
    uint64_t ta = scale(a, a_hz), tb = scale(b, b_hz);
    uint64_t difference = ta > tb ? ta - tb : tb - ta;
    print("  %s: %llu ps and %llu ps\n", name, (unsigned long long)ta, (unsigned long long)tb);
    report(tb > 15000000000ull && difference * 1000 <= tb, "%s within 0.1 %%", name);
}

static void rates(void)
{
    mmio_write64(hpet + HPET_CFG, 1);
    lapic_write(LAPIC_TIMER_DIVIDE, 0xb);
    lapic_write(LAPIC_TIMER_INITIAL, 0xffffffff);
    pit_load(0, 2, 0); /* 65536, 54.9 ms: no wrap inside the window after this start */
    struct sample a = take();
    pm_wait(WINDOW_PM);
    struct sample b = take();
    uint64_t pm = pm_timer_delta((uint32_t)a.pm, (uint32_t)b.pm);
    ratio(b.tsc - a.tsc, MAP_HZ_TSC, pm, PM_HZ, "TSC and PM timer");
    ratio(b.hpet - a.hpet, MAP_HZ_HPET, pm, PM_HZ, "HPET and PM timer");
    ratio(a.lapic - b.lapic, MAP_HZ_LAPIC, pm, PM_HZ, "local APIC timer and PM timer");
    ratio((a.pit - b.pit) & 0xffff, PIT_HZ, pm, PM_HZ, "8254 and PM timer");
    ratio(b.hpet - a.hpet, MAP_HZ_HPET, b.tsc - a.tsc, MAP_HZ_TSC, "HPET and TSC");
    ratio(a.lapic - b.lapic, MAP_HZ_LAPIC, b.tsc - a.tsc, MAP_HZ_TSC, "local APIC timer and TSC");
}

static void hpet_says(void)
{
    uint64_t cap = mmio_read64(hpet + HPET_CAP);
    uint64_t period = cap >> 32;
    report_in(period, 1000000000000000ull / MAP_HZ_HPET, 1000000000000000ull / MAP_HZ_HPET + 1,
              "HPET period in femtoseconds");
}

static void monotonic(void)
{
    uint64_t tsc = rdtsc(), counter = mmio_read64(hpet + HPET_COUNTER);
    unsigned backwards = 0, stuck = 0;
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t t = rdtsc(), c = mmio_read64(hpet + HPET_COUNTER);
        backwards += t < tsc;
        backwards += c < counter;
        stuck += t == tsc;
        tsc = t;
        counter = c;
    }
    report_eq(backwards, 0, "TSC and HPET never go back");
    report_eq(stuck, 0, "TSC moves between two readings");
}

static void wrap(void)
{
    /*
     * 24 or 32 bits: delta arithmetic must hold over the wrap; here only that the upper bits are 0
     * for 24.
     */
    uint32_t raw = in32(platform()->pm_tmr);
    report((platform()->fadt_flags & 0x100) || raw >> 24 == 0,
           "PM timer is as wide as the FADT says");
}

void guest_main(void)
{
    hpet = platform()->hpet;
    lapic_setup();
    pic_setup();
    report_eq(hpet, MAP_HPET_BASE, "HPET where the map says");
    rates();
    hpet_says();
    monotonic();
    wrap();
}
