/* SPDX-License-Identifier: GPL-2.0-only */
/* Local APIC timer: one-shot, periodic, each divider, mask, current count, stop. SDM 3A 11.5.4. */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define VECTOR          0x52
#define CYCLES_PER_TICK (MAP_HZ_TSC / MAP_HZ_LAPIC) /* 128 */

static unsigned count;
static uint64_t stamp[32];

static void on_irq(struct frame *frame)
{
    (void)frame;
    if (count < COUNT(stamp)) stamp[count] = rdtsc();
    count++;
    lapic_eoi();
}

static void one_shot(void)
{
    count = 0;
    lapic_write(LAPIC_TIMER_DIVIDE, 0xb);
    lapic_write(LAPIC_LVT_TIMER, VECTOR);
    uint64_t start = rdtsc();
    lapic_write(LAPIC_TIMER_INITIAL, 25000);
    uint32_t current = lapic_read(LAPIC_TIMER_CURRENT);
    report_in(current, 24000, 25000, "current count begins at the initial count");
    irq_wait();
    report_eq(count, 1, "one-shot: one interrupt");
    report_in(stamp[0] - start, 3200000, 3210000, "after 1 ms");
    report_eq(lapic_read(LAPIC_TIMER_CURRENT), 0, "current count stays at 0");
    report_eq(lapic_read(LAPIC_TIMER_INITIAL), 25000, "initial count reads back");
    irq_enable();
    pm_wait(PM_HZ / 200);
    irq_disable();
    report_eq(count, 1, "and no second one");
}

static void dividers(void)
{
    static const struct {
        uint8_t code, by;
    } list[] = {{0xb, 1}, {0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {0xa, 128}};
    for (unsigned i = 0; i < COUNT(list); i++) {
        lapic_write(LAPIC_TIMER_DIVIDE, list[i].code);
        report_eq(lapic_read(LAPIC_TIMER_DIVIDE), list[i].code,
                  "divide configuration %x reads back", list[i].code);
        count = 0;
        uint64_t start = rdtsc();
        lapic_write(LAPIC_TIMER_INITIAL, 1000);
        irq_wait();
        uint64_t want = 1000ull * list[i].by * CYCLES_PER_TICK;
        report_in(stamp[0] - start, want - want / 100 - CYCLES_PER_TICK * list[i].by,
                  want + want / 100 + 10000, "divide by %u", list[i].by);
    }
    lapic_write(LAPIC_TIMER_DIVIDE, 0xb);
}

static void periodic(void)
{
    count = 0;
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | VECTOR);
    lapic_write(LAPIC_TIMER_INITIAL, 2500);
    while (count < 11) {
        irq_wait();
    }
    uint64_t ten = stamp[10] - stamp[0];
    report_in(ten, 3200000 - 3200, 3200000 + 3200, "periodic: ten periods of 100 us");
    uint32_t current = lapic_read(LAPIC_TIMER_CURRENT);
    report(current > 0 && current <= 2500, "current count is reloaded");
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | LVT_MASKED | VECTOR);
    unsigned before = count;
    irq_enable();
    pm_wait(PM_HZ / 1000);
    irq_disable();
    report(count <= before + 1, "masked: no more interrupts");
    uint32_t a = lapic_read(LAPIC_TIMER_CURRENT);
    pm_wait(20);
    report(a != lapic_read(LAPIC_TIMER_CURRENT), "masked: it counts on");
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    report_eq(lapic_read(LAPIC_TIMER_CURRENT), 0, "initial count 0 stops it");
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | VECTOR);
    before = count;
    irq_enable();
    pm_wait(PM_HZ / 1000);
    irq_disable();
    report_eq(count, before, "stopped: nothing comes");
}

/* Overruns: a period shorter than the handler keeps one interrupt pending, no more. */
static void overrun(void)
{
    count = 0;
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | VECTOR);
    lapic_write(LAPIC_TIMER_INITIAL, 250);
    pm_wait(PM_HZ / 1000); /* 100 periods with IF clear */
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    irq_window();
    pm_wait(10);
    irq_window();
    report_eq(count, 1, "many periods with IF clear are one interrupt");
    lapic_write(LAPIC_LVT_TIMER, VECTOR);
    count = 0;
    lapic_write(LAPIC_TIMER_INITIAL, 250000);
    lapic_write(LAPIC_TIMER_INITIAL, 2500);
    uint64_t start = rdtsc();
    irq_wait();
    report_in(stamp[0] - start, 300000, 330000, "writing the initial count again starts anew");
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(VECTOR, on_irq);
    report_eq(lapic_read(LAPIC_TIMER_CURRENT), 0, "stopped at first");
    one_shot();
    dividers();
    periodic();
    overrun();
}
