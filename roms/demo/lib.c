/* SPDX-License-Identifier: GPL-2.0-only */
/* What the demo has instead of a library. */
#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"
#include "roms/demo/demo.h"

#define UART_DATA     (MAP_PORT_COM1 + 0)
#define UART_STATUS   (MAP_PORT_COM1 + 5)
#define UART_CAN_SEND 0x20u
#define UART_SENT     0x40u

#define APIC_SPURIOUS      (MAP_LAPIC_BASE + 0xf0)
#define APIC_TIMER         (MAP_LAPIC_BASE + 0x320)
#define APIC_TIMER_INITIAL (MAP_LAPIC_BASE + 0x380)
#define APIC_TIMER_DIVIDE  (MAP_LAPIC_BASE + 0x3e0)
#define APIC_PERIODIC      0x20000u
#define APIC_ON            0x100u
#define DIVIDE_BY_1        0xbu
#define TICK_VECTOR        0x40u
#define SPURIOUS_VECTOR    0xffu
#define TICK_COUNT         (MAP_HZ_LAPIC / 1000)

/* Interrupt descriptors (SDM 3A 6.14.1), 16 bytes each; 32 are exceptions. The firmware's selector. */
#define CODE_SELECTOR   UINT64_C(0x10)
#define INTERRUPT_GATE  UINT64_C(0x8e00) /* present, for ring 0 */
#define IDT_BYTES       4096u
#define EXCEPTION_BYTES 512u

#define SLEEP_S5     (7u << 10 | 1u << 13) /* SLP_TYP of _S5, SLP_EN */
#define POWER_BUTTON 0x100u                /* PWRBTN_STS */
#define STATUS_BAD   1u                    /* 2 * 1 + 1 */

void tick_entry(void);
void spurious_entry(void);

/* ---- What a compiler may call ---- */

void *memcpy(void *to, const void *from, size_t bytes)
{
    void *result = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return result;
}

void *memset(void *to, int value, size_t bytes)
{
    void *result = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (size_t i = 0; i < bytes; i++) {
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}

/* ---- Text ---- */

void put_char(char c)
{
    while ((inb(UART_STATUS) & UART_CAN_SEND) == 0) {}
    outb(UART_DATA, (uint8_t)c);
}

void put_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') put_char('\r');
        put_char(*text);
    }
}

static void put_number(uint64_t value, unsigned base, unsigned least)
{
    char digits[24];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 || count < least);
    while (count > 0) {
        put_char(digits[--count]);
    }
}

void put_line(const char *format, const uint64_t *values)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put_char(*format);
            continue;
        }
        switch (*++format) {
        case 'u': put_number(*values++, 10, 1); break;
        case 'x': put_number(*values++, 16, 8); break;
        default: put_text((const char *)(uintptr_t)*values++); break;
        }
    }
    put_text("\n");
}

/* ---- Time ---- */

uint64_t cycles(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

struct table_register {
    uint16_t bytes;
    uint64_t base;
} __attribute__((packed));

static void set_gate(unsigned vector, void (*entry)(void))
{
    uint64_t *gate = (uint64_t *)(uintptr_t)(RAM_IDT + vector * 16u);
    uint64_t at = (uintptr_t)entry;

    gate[0] =
        (at & 0xffff) | CODE_SELECTOR << 16 | INTERRUPT_GATE << 32 | (at >> 16 & 0xffff) << 48;
    gate[1] = at >> 32;
}

/* Exceptions stay with the firmware, which prints them. */
void tick_start(void)
{
    struct table_register table;

    __asm__ volatile("sidt %0" : "=m"(table));
    memset((void *)(uintptr_t)RAM_IDT, 0, IDT_BYTES);
    memcpy((void *)(uintptr_t)RAM_IDT, (const void *)(uintptr_t)table.base,
           table.bytes + 1u < EXCEPTION_BYTES ? table.bytes + 1u : EXCEPTION_BYTES);
    set_gate(TICK_VECTOR, tick_entry);
    set_gate(SPURIOUS_VECTOR, spurious_entry);
    table = (struct table_register){.bytes = IDT_BYTES - 1, .base = RAM_IDT};
    __asm__ volatile("lidt %0" : : "m"(table));
    mmio_write32(APIC_SPURIOUS, APIC_ON | SPURIOUS_VECTOR);
    mmio_write32(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
    mmio_write32(APIC_TIMER, APIC_PERIODIC | TICK_VECTOR);
    mmio_write32(APIC_TIMER_INITIAL, TICK_COUNT);
}

void tick_wait(void)
{
    __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

/* ---- The end ---- */

bool is_power_pressed(void)
{
    return (inw(MAP_PM1_EVT) & POWER_BUTTON) != 0;
}

/* What was said is sent first. */
_Noreturn void power_off(void)
{
    while ((inb(UART_STATUS) & UART_SENT) == 0) {}
    outw(MAP_PM1_CNT, SLEEP_S5);
    for (;;) {
        __asm__ volatile("hlt");
    }
}

_Noreturn void give_up(const char *why)
{
    SAY("demo: %s", (uintptr_t)why);
    for (;;) {
        outb(MAP_PORT_DEBUG_EXIT, STATUS_BAD);
    }
}
