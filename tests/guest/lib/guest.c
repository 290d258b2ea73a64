/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports, printing and the few C library functions that a compiler expects. See guest.h. */
#include "tests/guest/lib/guest.h"

#define POOL_PAGES    1024
#define UART_LSR      (MAP_PORT_COM1 + 5)
#define UART_LSR_THRE 0x20

static unsigned report_count;
static unsigned failure_count;
static size_t pool_used;
static uint8_t pool[POOL_PAGES][4096] __attribute__((aligned(4096)));

static void serial_char(char c)
{
    for (unsigned tries = 0; tries < 200000 && !(in8(UART_LSR) & UART_LSR_THRE); tries++) {
        cpu_pause();
    }
    out8(MAP_PORT_COM1, (uint8_t)c);
}

static void debug_char(char c)
{
    out8(MAP_PORT_DEBUG_CONSOLE, (uint8_t)c);
}

static void number_out(void (*put)(char), unsigned long long value, unsigned base, int width,
                       bool zero)
{
    char digits[24];
    int count = 0;
    do {
        /*
         * 64-bit division needs a library call in 32-bit code: shift for 16, divide by halves for
         * 10.
         */
        if (base == 16) {
            digits[count++] = "0123456789abcdef"[value & 15];
            value >>= 4;
            continue;
        }
        uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value, quotient, remainder;
        uint32_t high_quotient = high / 10;
        __asm__("divl %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high % 10), "r"(10u));
        digits[count++] = (char)('0' + remainder);
        value = (uint64_t)high_quotient << 32 | quotient;
    } while (value != 0);
    for (int i = count; i < width; i++) {
        put(zero ? '0' : ' ');
    }
    while (count > 0) {
        put(digits[--count]);
    }
}

static unsigned long long argument(va_list *args, int longs, bool is_signed)
{
    if (longs >= 2) return va_arg(*args, unsigned long long);
    if (longs == 1) {
        return is_signed ? (unsigned long long)va_arg(*args, long) : va_arg(*args, unsigned long);
    }
    return is_signed ? (unsigned long long)va_arg(*args, int) : va_arg(*args, unsigned);
}

static void string_out(void (*put)(char), const char *s)
{
    while (*s != '\0') {
        put(*s++);
    }
}

/*
 * One conversion; `f` points behind the percent sign. Returns the position behind the conversion.
 */
static const char *convert(void (*put)(char), const char *f, va_list *args)
{
    bool zero = *f == '0';
    int width = 0, longs = 0;
    while (*f >= '0' && *f <= '9') {
        width = width * 10 + (*f++ - '0');
    }
    while (*f == 'l') {
        longs++;
        f++;
    }
    unsigned long long value;
    switch (*f) {
    case 's': string_out(put, va_arg(*args, const char *)); break;
    case 'c': put((char)va_arg(*args, int)); break;
    case 'x': number_out(put, argument(args, longs, false), 16, width, zero); break;
    case 'u': number_out(put, argument(args, longs, false), 10, width, zero); break;
    case 'p': number_out(put, (uintptr_t)va_arg(*args, void *), 16, width, zero); break;
    case 'd':
        value = argument(args, longs, true);
        if ((long long)value < 0) {
            put('-');
            value = 0 - value;
        }
        number_out(put, value, 10, width, zero);
        break;
    default: put(*f); break;
    }
    return f + 1;
}

static void format_out(void (*put)(char), const char *format, va_list *args)
{
    while (*format != '\0') {
        if (*format == '%') {
            format = convert(put, format + 1, args);
        } else {
            put(*format++);
        }
    }
}

void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_out(debug_char, format, &args);
    va_end(args);
}

static void line_out(void (*put)(char), const char *prefix, const char *format, va_list *args)
{
    string_out(put, prefix);
    format_out(put, format, args);
    put('\n');
}

void report(bool passed, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    report_count++;
    failure_count += !passed;
    line_out(debug_char, passed ? "PASS " : "FAIL ", format, &args);
    if (passed) {
        serial_char('.');
    } else {
        line_out(serial_char, "\nFAIL ", format, &again);
    }
    va_end(again);
    va_end(args);
}

static void summary(void (*put)(char))
{
    string_out(put, "END ");
    string_out(put, guest_name);
    string_out(put, " reports=");
    number_out(put, report_count, 10, 0, false);
    string_out(put, " failures=");
    number_out(put, failure_count, 10, 0, false);
    put('\n');
}

void guest_end(void)
{
    irq_disable();
    summary(debug_char);
    serial_char('\n');
    summary(serial_char);
    out8(MAP_PORT_DEBUG_EXIT, failure_count == 0 && report_count > 0 ? GUEST_PASSED : GUEST_FAILED);
    for (;;) {
        __asm__ volatile("cli\n\thlt");
    }
}

void guest_panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report_count++;
    failure_count++;
    line_out(debug_char, "FAIL panic: ", format, &args);
    va_end(args);
    guest_end();
}

void *memcpy(void *to, const void *from, size_t bytes)
{
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t bytes)
{
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    return start;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < bytes; i++) {
        if (x[i] != y[i]) return x[i] - y[i];
    }
    return 0;
}

void *pages_alloc(size_t pages)
{
    if (pages > POOL_PAGES - pool_used) guest_panic("page pool is empty");
    void *first = pool[pool_used];
    pool_used += pages;
    return first;
}

uintptr_t free_ram_2m(void)
{
    extern char image_end[];
    return ((uintptr_t)image_end + 0x1fffff) & ~(uintptr_t)0x1fffff;
}

uint8_t cmos_read(uint8_t index)
{
    out8(MAP_PORT_RTC, index);
    return in8(MAP_PORT_RTC + 1);
}

void cmos_write(uint8_t index, uint8_t value)
{
    out8(MAP_PORT_RTC, index);
    out8(MAP_PORT_RTC + 1, value);
}
