/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted text: see fmt.h. */
#include "firmware/lib/fmt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGITS_MAX 20 /* 2^64 in decimal */

struct fmt_spec {
    unsigned width;
    char pad;
    bool is_long;
};

static void put_string(const struct fmt_sink *sink, const char *s)
{
    if (s == NULL) {
        s = "(null)";
    }
    while (*s != '\0') {
        sink->put(sink->ctx, *s++);
    }
}

static void put_number(const struct fmt_sink *sink, const struct fmt_spec *spec, uint64_t value,
                       unsigned base)
{
    char digits[DIGITS_MAX];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (unsigned i = count; i < spec->width; i++) {
        sink->put(sink->ctx, spec->pad);
    }
    while (count > 0) {
        sink->put(sink->ctx, digits[--count]);
    }
}

static const char *parse_spec(const char *p, struct fmt_spec *spec)
{
    *spec = (struct fmt_spec){.pad = ' '};
    if (*p == '0') {
        spec->pad = '0';
        p++;
    }
    while (*p >= '0' && *p <= '9' && spec->width < 10) {
        spec->width = spec->width * 10 + (unsigned)(*p++ - '0');
    }
    if (*p == 'l') {
        spec->is_long = true;
        p++;
    }
    return p;
}

void fmt_print(const struct fmt_sink *sink, const char *format, va_list args)
{
    for (const char *p = format; *p != '\0'; p++) {
        struct fmt_spec spec;

        if (*p != '%') {
            sink->put(sink->ctx, *p);
            continue;
        }
        p = parse_spec(p + 1, &spec);
        if (*p == 's') {
            put_string(sink, va_arg(args, const char *));
        } else if (*p == 'c') {
            sink->put(sink->ctx, (char)va_arg(args, int));
        } else if (*p == 'u' || *p == 'x') {
            uint64_t value = spec.is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned);
            put_number(sink, &spec, value, *p == 'u' ? 10 : 16);
        } else if (*p == '\0') {
            return;
        } else {
            sink->put(sink->ctx, *p);
        }
    }
}
