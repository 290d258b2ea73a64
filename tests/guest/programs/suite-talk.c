/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does what it is told on COM1, for tests of suites (tests/unit/suite-session): one command a line,
 * after "> ". When nobody says anything it passes by itself.
 *
 *   say TEXT    TEXT on COM1           log TEXT   TEXT on port 0xE9
 *   part TEXT   the same without end   exit N     N (decimal) to port 0xF4
 *   dead        halts for ever         off        ACPI S5
 *   panic       what Linux says then, and nothing more
 *   wrong       an access that no guest must make
 *   missing     asks for what is not modelled
 */
#include "tests/guest/lib/dev.h"

#define DATA        (MAP_PORT_COM1 + 0)
#define STATUS      (MAP_PORT_COM1 + 5)
#define HAS_DATA    0x01u
#define HAS_ROOM    0x20u
#define SLP_EN      0x2000u
#define PATIENCE_MS 300u
#define LINE_BYTES  128u
#define BETWEEN     0x024u /* registers of the local APIC */

static void put(char byte)
{
    while (!(in8(STATUS) & HAS_ROOM)) {
        cpu_pause();
    }
    out8(DATA, (uint8_t)byte);
}

static void say(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') put('\r');
        put(*text);
    }
}

/* False: nobody said anything for a while. */
static bool read_line(char line[LINE_BYTES], bool is_first)
{
    const uint32_t start = pm_timer();
    unsigned length = 0;

    for (;;) {
        if (is_first && !pm_before(start, PATIENCE_MS)) return false;
        if (!(in8(STATUS) & HAS_DATA)) {
            cpu_pause();
            continue;
        }
        is_first = false;
        const char byte = (char)in8(DATA);
        if (byte == '\n') break;
        if (length < LINE_BYTES - 1) line[length++] = byte;
    }
    line[length] = '\0';
    return true;
}

/* What stands behind `verb` and a blank in `line`; NULL: it begins with another word. */
static const char *after(const char *line, const char *verb)
{
    while (*verb && *line == *verb) {
        line++;
        verb++;
    }
    if (*verb) return NULL;
    if (*line == ' ') return line + 1;
    return *line ? NULL : line;
}

static uint8_t number(const char *text)
{
    unsigned value = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (unsigned)(*text - '0');
    }
    return (uint8_t)value;
}

static void power_off(void)
{
    const struct platform *p = platform();

    out16(p->pm1_cnt, (uint16_t)((uint16_t)p->slp_typ_s5 << 10 | SLP_EN));
}

static void halt(void)
{
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

static void panic(void)
{
    say("BUG: unable to handle a request\nKernel panic - not syncing: asked to\n");
    for (;;) {
        cpu_pause();
    }
}

static void obey(const char *line)
{
    const char *rest;

    if ((rest = after(line, "say"))) {
        say(rest);
        say("\n");
    } else if ((rest = after(line, "part"))) {
        say(rest);
    } else if ((rest = after(line, "log"))) {
        print("%s\n", rest);
    } else if ((rest = after(line, "exit"))) {
        out8(0xf4, number(rest));
    } else if (after(line, "dead")) {
        halt();
    } else if (after(line, "off")) {
        power_off();
    } else if (after(line, "panic")) {
        panic();
    } else if (after(line, "wrong")) {
        (void)mmio_read32(platform()->lapic + BETWEEN);
    } else if (after(line, "missing")) {
        cmos_write(RTC_B, (uint8_t)(cmos_read(RTC_B) | 1u));
    } else {
        say("what?\n");
    }
}

void guest_main(void)
{
    char line[LINE_BYTES];

    say("talk: ready\n> ");
    if (!read_line(line, true)) {
        report(true, "nobody talks");
        return;
    }
    for (;;) {
        obey(line);
        say("> ");
        (void)read_line(line, false);
    }
}
