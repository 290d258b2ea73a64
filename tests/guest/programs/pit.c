/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 8254: modes 0 to 5 as far as a program can see them, latch and read-back commands, BCD, byte
 * order, gate and output of channel 2 at port 61h. 8254 data sheet.
 */
#include "tests/guest/lib/dev.h"

#define STATUS(channel) (uint8_t)(0xe0 | 2u << (channel))
#define BOTH(channel)   (uint8_t)(0xc0 | 2u << (channel))

static uint16_t port_of(unsigned channel)
{
    return (uint16_t)(MAP_PORT_PIT + channel);
}

static uint8_t status(unsigned channel)
{
    out8(MAP_PORT_PIT + 3, STATUS(channel));
    return in8(port_of(channel));
}

static bool out_pin(unsigned channel)
{
    return status(channel) >> 7;
}

static void gate2(bool on)
{
    out8(MAP_PORT_SYSTEM_B, (uint8_t)((in8(MAP_PORT_SYSTEM_B) & 0x0e) | on));
}

static void mode0(void)
{
    gate2(true);
    pit_load(2, 0, 1000);
    uint32_t start = pm_timer();
    uint8_t first = status(2);
    bool port = in8(MAP_PORT_SYSTEM_B) & 0x20;
    while (!(in8(MAP_PORT_SYSTEM_B) & 0x20) && pm_before(start, 10)) {}
    uint32_t ticks = pm_timer_delta(start, pm_timer());
    report(!(first & 0x80), "mode 0: OUT low while counting");
    report_eq(first & 0x3f, 0x30, "status: mode 0, both bytes, binary");
    report(!port, "port 61h shows OUT of channel 2");
    report_in(ticks, 2970, 3030, "mode 0: OUT high after the count");
    report(out_pin(2), "mode 0: and in the status");
    report(pit_read(2) > 0xff00, "mode 0: it counts on past 0");
    gate2(false);
    pit_load(2, 0, 5000);
    uint16_t a = pit_read(2);
    pm_wait(100);
    report_eq(pit_read(2), a, "mode 0: gate low stops it");
    gate2(true);
    pm_wait(100);
    report(pit_read(2) < a, "mode 0: gate high lets it go on");
}

static void mode1(void)
{
    gate2(false);
    pit_load(2, 1, 1000);
    pm_wait(10);
    report(out_pin(2), "mode 1: OUT high before the trigger");
    uint32_t start = pm_timer();
    gate2(true);
    pm_wait(6);
    bool pulse = !out_pin(2);
    while (!out_pin(2) && pm_before(start, 10)) {}
    uint32_t ticks = pm_timer_delta(start, pm_timer());
    report(pulse, "mode 1: the gate's edge starts the pulse");
    report_in(ticks, 2970, 3040, "mode 1: length of the pulse");
    gate2(false);
    gate2(true);
    pm_wait(6);
    report(!out_pin(2), "mode 1: it can be triggered again");
}

static void mode2(void)
{
    pit_load(0, 2, 1193); /* 1 kHz */
    unsigned wraps = 0;
    uint16_t last = pit_read(0), low = 0xffff, high = 0;
    uint32_t start = pm_timer();
    while (pm_before(start, 10)) {
        uint16_t now = pit_read(0);
        wraps += now > last;
        last = now;
        if (now < low) low = now;
        if (now > high) high = now;
    }
    report_in(wraps, 9, 11, "mode 2: reloads in 10 ms of 1 kHz");
    report(low >= 1 && high <= 1193, "mode 2: counts from N down to 1 (%u..%u)", low, high);
    report_eq(status(0) & 0x0e, 0x04, "status: mode 2");
    out8(MAP_PORT_PIT + 3, 0x3c); /* mode 6 is mode 2 */
    out8(port_of(0), 0);
    out8(port_of(0), 1);
    report_eq(status(0) & 0x06, 0x04, "mode 6 is mode 2");
}

static void mode3(void)
{
    gate2(true);
    pit_load(2, 3, 2386); /* 500 Hz */
    unsigned edges = 0;
    bool last = out_pin(2);
    uint32_t start = pm_timer();
    unsigned high = 0, low = 0;
    while (pm_before(start, 10)) {
        bool now = out_pin(2);
        edges += now != last;
        last = now;
        high += now;
        low += !now;
    }
    report_in(edges, 9, 11, "mode 3: edges in 10 ms of 500 Hz");
    report(high * 10 > low * 8 && low * 10 > high * 8, "mode 3: half high, half low");
    /* It counts down by two. */
    out8(MAP_PORT_PIT + 3, 0x80);
    uint8_t first = in8(port_of(2));
    in8(port_of(2));
    report_eq(first & 1, 0, "mode 3: even counts only");
}

static void strobes(void)
{
    gate2(true);
    pit_load(2, 4, 1000);
    report(out_pin(2), "mode 4: OUT high while counting");
    pm_wait(3200);
    report(out_pin(2), "mode 4: high again after the strobe");
    report(pit_read(2) > 0xfe00, "mode 4: wraps and counts on");
    gate2(false);
    pit_load(2, 5, 1000);
    pm_wait(50);
    gate2(true);
    pm_wait(50);
    report(pit_read(2) <= 1000 && pit_read(2) > 900, "mode 5: the gate's edge loads the count");
    gate2(false);
}

static void commands(void)
{
    pit_load(0, 2, 0);
    out8(MAP_PORT_PIT + 3, 0x00); /* latch */
    pm_wait(500);
    uint8_t low = in8(port_of(0)), high = in8(port_of(0));
    uint16_t latched = (uint16_t)(low | high << 8);
    uint16_t now = pit_read(0);
    /* 0 is 65536, before the first tick. */
    report((latched == 0 || latched > 0xff00) && now < (uint16_t)(latched - 100),
           "latch command holds the count until it is read");
    out8(MAP_PORT_PIT + 3, 0x00);
    pm_wait(300);
    out8(MAP_PORT_PIT + 3, 0x00);
    low = in8(port_of(0));
    high = in8(port_of(0));
    uint16_t second = (uint16_t)(low | high << 8);
    report(second > pit_read(0) + 50, "a second latch before the reading is ignored");
    out8(MAP_PORT_PIT + 3, BOTH(0));
    uint8_t state = in8(port_of(0));
    low = in8(port_of(0));
    high = in8(port_of(0));
    report_eq(state & 0x3f, 0x34, "read-back: status first");
    report((uint16_t)(low | high << 8) <= second, "then the count");
    out8(MAP_PORT_PIT + 3, 0x30);
    report(status(0) & 0x40, "null count set until the count is loaded");
    out8(port_of(0), 0x10);
    out8(port_of(0), 0x27);
    pm_wait(10);
    report(!(status(0) & 0x40), "null count clear afterwards");
    out8(MAP_PORT_PIT + 3, 0x14); /* low byte only, mode 2 */
    out8(port_of(0), 0x80);
    pm_wait(20);
    uint8_t only = in8(port_of(0));
    report(only <= 0x80 && only > 0, "low byte only");
    out8(MAP_PORT_PIT + 3, 0x31); /* mode 0, BCD */
    out8(port_of(0), 0x00);
    out8(port_of(0), 0x10); /* 1000 */
    pm_wait(60);
    uint16_t bcd = pit_read(0);
    bool is_bcd = true;
    for (unsigned i = 0; i < 4; i++) {
        is_bcd = is_bcd && (bcd >> (4 * i) & 15) < 10;
    }
    report(is_bcd && bcd < 0x1000 && bcd > 0x900, "BCD count");
}

void guest_main(void)
{
    pic_setup();
    ioapic_mask_all();
    mode0();
    mode1();
    mode2();
    mode3();
    strobes();
    commands();
}
