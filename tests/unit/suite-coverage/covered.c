/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose coverage is known: a plain ELF64 image without a library. Lines with the word "executed" or "skipped"
 * at their end are held against LCOV's records by the test.
 */
#include <stdint.h>

#define UART_SCRATCH 0x3ff
#define RTC_INDEX    0x70
#define RTC_DATA     0x71
#define CMOS_PLACE   0x55
#define PCI_ADDRESS  0xcf8
#define PCI_DATA     0xcfc
#define EXIT_PORT    0xf4
#define IOAPIC       0xfec00000u

void _start(void);
unsigned always(unsigned n);
unsigned never(unsigned n);

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void write32(uintptr_t addr, uint32_t value)
{
    *(volatile uint32_t *)addr = value;
}

static uint32_t read32(uintptr_t addr)
{
    return *(const volatile uint32_t *)addr;
}

__attribute__((noinline)) unsigned always(unsigned n)
{
    if (n > 100) {                      /* executed */
        out8(UART_SCRATCH, (uint8_t)n); /* skipped */
    }
    return n + in8(UART_SCRATCH); /* executed */
}

__attribute__((noinline)) unsigned never(unsigned n)
{
    out8(UART_SCRATCH, (uint8_t)n); /* skipped */
    return n * 3;                   /* skipped */
}

void _start(void)
{
    unsigned n;

    out8(UART_SCRATCH, 0x5a);        /* executed */
    n = always(7);                   /* executed */
    out8(RTC_INDEX, CMOS_PLACE);     /* executed */
    n += in8(RTC_DATA);              /* executed */
    write32(IOAPIC, 1);              /* executed */
    n += read32(IOAPIC + 0x10);      /* executed */
    out32(PCI_ADDRESS, 0x80000000u); /* executed */
    n += in32(PCI_DATA);             /* executed */
    if (n == 0) {                    /* executed */
        n = never(n);                /* skipped */
    }
    out8(EXIT_PORT, 0x2a); /* executed */
    for (;;) {
        __asm__ volatile("hlt");
    }
}
