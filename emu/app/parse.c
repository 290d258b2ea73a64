/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and times: see parse.h. */
#include "emu/app/parse.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

/* Reads digits; *end is the first character that is none. False without digits or when the number
 * does not fit. */
static bool read_digits(const char *text, const char **end, uint64_t *value)
{
    unsigned base = 10;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    const char *first = text;
    *value = 0;
    for (; (unsigned)digit_of(*text) < base; text++) {
        if (__builtin_mul_overflow(*value, base, value)) return false;
        if (__builtin_add_overflow(*value, (unsigned)digit_of(*text), value)) return false;
    }
    *end = text;
    return text != first;
}

int parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value,
                 struct error *err)
{
    const char *end;

    if (!read_digits(text, &end, value) || *end || *value < min || *value > max) {
        return error_usage(err, "--%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, option,
                           text, min, max);
    }
    return 0;
}

int parse_signed(const char *option, const char *text, int64_t *value, struct error *err)
{
    bool is_negative = text[0] == '-';
    const char *end;
    uint64_t magnitude;

    if (!read_digits(text + is_negative, &end, &magnitude) || *end || magnitude > INT64_MAX) {
        return error_usage(err, "--%s: '%s' is not a number", option, text);
    }
    *value = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return 0;
}

int parse_size(const char *option, const char *text, uint64_t *bytes, struct error *err)
{
    static const char suffixes[] = "KMGT";
    const char *end;
    bool is_good = read_digits(text, &end, bytes);

    if (is_good && *end) {
        char upper = (char)(*end & ~0x20);
        const char *suffix = memchr(suffixes, upper, sizeof(suffixes) - 1);

        is_good =
            suffix && !end[1] &&
            !__builtin_mul_overflow(*bytes, BIT(10 * (unsigned)(suffix - suffixes + 1)), bytes);
    }
    if (!is_good)
        return error_usage(err, "--%s: '%s' is not a size, as in 512M or 4G", option, text);
    return 0;
}

/* Smallest first. */
static const struct {
    const char *name;
    uint64_t picoseconds;
} time_units[] = {
    {"ps", 1}, {"ns", 1000}, {"us", 1000000}, {"ms", 1000000000}, {"s", 1000000000000},
};

int parse_time(const char *option, const char *text, uint64_t *picoseconds, struct error *err)
{
    const char *end;

    if (read_digits(text, &end, picoseconds)) {
        for (size_t i = 0; i < ARRAY_LEN(time_units); i++) {
            if (strcmp(end, time_units[i].name) != 0) continue;
            if (!__builtin_mul_overflow(*picoseconds, time_units[i].picoseconds, picoseconds))
                return 0;
        }
    }
    return error_usage(err, "--%s: '%s' is not a time, as in 500us, 20ms or 5s (at most 213 days)",
                       option, text);
}

void format_time(uint64_t picoseconds, char text[TIME_TEXT_BYTES])
{
    size_t unit = 0;

    while (unit + 1 < ARRAY_LEN(time_units) &&
           picoseconds % time_units[unit + 1].picoseconds == 0) {
        unit++;
    }
    (void)snprintf(text, TIME_TEXT_BYTES, "%" PRIu64 " %s",
                   picoseconds / time_units[unit].picoseconds, time_units[unit].name);
}

void format_time_exact(uint64_t picoseconds, char text[TIME_TEXT_BYTES])
{
    size_t unit = ARRAY_LEN(time_units) - 1;
    uint64_t rest;
    int length;

    while (unit > 0 && picoseconds < time_units[unit].picoseconds) {
        unit--;
    }
    length =
        snprintf(text, TIME_TEXT_BYTES, "%" PRIu64, picoseconds / time_units[unit].picoseconds);
    rest = picoseconds % time_units[unit].picoseconds;
    if (rest > 0) text[length++] = '.';
    for (uint64_t digit = time_units[unit].picoseconds / 10; rest > 0; digit /= 10) {
        text[length++] = (char)('0' + rest / digit);
        rest %= digit;
    }
    (void)snprintf(text + length, TIME_TEXT_BYTES - (size_t)length, " %s", time_units[unit].name);
}
