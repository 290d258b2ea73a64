/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TSC: WRMSR sets it, it goes on from there; RDTSCP gives TSC_AUX; IA32_TSC_ADJUST where promised;
 * time passes in HLT and PAUSE; PAUSE costs as on the real core; empty loops end. SDM 3A 17.17;
 * unicorn.md trap 15.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

static uint64_t rdtscp(uint32_t *aux)
{
    uint32_t low, high;
    __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(*aux));
    return (uint64_t)high << 32 | low;
}

STUB(user_rdtscp, "nop", "rdtscp\n movl %ecx, %eax");

static void registers(void)
{
    uint32_t aux;
    wrmsr(MSR_TSC_AUX, 0xabcd1234);
    uint64_t a = rdtsc(), b = rdtscp(&aux), c = rdtsc();
    report_eq(aux, 0xabcd1234, "RDTSCP gives TSC_AUX in ECX");
    report(a < b && b < c, "RDTSC and RDTSCP show the same counter");
    struct fault f = attempt_user(user_rdtscp, 0, 0);
    report(f.vector == NO_FAULT && f.value == 0xabcd1234, "RDTSCP in ring 3");
    write_cr4(read_cr4() | CR4_TSD);
    EXPECT_USER(user_rdtscp, 0, 0, VECTOR_GP, 0, "#GP(0): RDTSCP in ring 3 with CR4.TSD");
    write_cr4(read_cr4() & ~CR4_TSD);
    uint64_t m = rdmsr(MSR_TSC);
    report(m > c && m - c < 10000000, "MSR 10h is the TSC");
    uint64_t before = rdtsc();
    wrmsr(MSR_TSC, 0x100000000000ull);
    uint64_t after = rdtsc();
    report(after >= 0x100000000000ull && after < 0x100000000000ull + 10000000,
           "WRMSR sets the TSC");
    wrmsr(MSR_TSC, before + 1000000);
    report(rdtsc() > before, "and back");
}

static void adjust(void)
{
    if (!(cpuid(7, 0).ebx & BIT(1))) {
        report(true, "TSC_ADJUST is not promised");
        return;
    }
    uint64_t old = rdmsr(0x3b), t = rdtsc();
    wrmsr(0x3b, old + 0x10000000000ull);
    report(rdtsc() - t >= 0x10000000000ull, "TSC_ADJUST moves the TSC");
    report_eq(rdmsr(0x3b), old + 0x10000000000ull, "TSC_ADJUST reads back");
    wrmsr(0x3b, old);
    wrmsr(MSR_TSC, rdtsc() + 0x1000);
    report(rdmsr(0x3b) != old, "a write of the TSC shows in TSC_ADJUST");
    wrmsr(0x3b, 0);
}

/* PAUSE takes about 140 cycles on this core (timing.md); the test is generous. */
static void pause_cost(void)
{
    uint64_t a = rdtsc();
    for (unsigned i = 0; i < 10000; i++) {
        cpu_pause();
    }
    uint64_t per = (rdtsc() - a) / 10000;
    report_in(per, 100, 200, "cycles of PAUSE and its loop");
    a = rdtsc();
    uint32_t pm = pm_timer();
    while (pm_timer_delta(pm, pm_timer()) < 3580) {
        cpu_pause();
    }
    report_in(rdtsc() - a, 3190000, 3300000, "a PAUSE loop of 1 ms of the PM timer in TSC cycles");
    static volatile unsigned turns;
    for (turns = 0; turns < 100000; turns++) {}
    report_eq(turns, 100000, "an empty loop ends");
    /* A loop that waits for itself to be patched by nothing but time. */
    uint64_t end = rdtsc() + 1000000;
    unsigned spins = 0;
    while (rdtsc() < end) {
        spins++;
    }
    report(spins > 10, "a loop on RDTSC alone ends");
}

static unsigned irq_count;

static void on_irq(struct frame *frame)
{
    (void)frame;
    irq_count++;
    lapic_eoi();
}

static void halted(void)
{
    lapic_setup();
    trap_handle(0x50, on_irq);
    uint32_t per_ms = lapic_ticks_per_ms();
    lapic_write(LAPIC_LVT_TIMER, 0x50);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t a = rdtsc();
        uint32_t pm = pm_timer();
        lapic_write(LAPIC_TIMER_INITIAL, per_ms * 5);
        irq_wait();
        uint64_t cycles = rdtsc() - a;
        pm = pm_timer_delta(pm, pm_timer());
        report_in(cycles, 15990000, 16100000, "TSC goes on in HLT: 5 ms, turn %u", i);
        report_in(pm, 17880, 18010, "so does the PM timer, turn %u", i);
    }
    report_eq(irq_count, 5, "one interrupt each");
}

void guest_main(void)
{
    registers();
    adjust();
    pause_cost();
    halted();
}
