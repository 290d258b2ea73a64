/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines, words, numbers and times as somebody types them. Everything here may be hostile. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PS_PER_S UINT64_C(1000000000000)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int words_split(struct words *words, const char *line, struct error *err)
{
    const size_t length = strnlen(line, DEBUGGER_LINE_BYTES);

    if (length >= DEBUGGER_LINE_BYTES) {
        return error_usage(err, "a line has at most %u characters", DEBUGGER_LINE_BYTES - 1);
    }
    *words = (struct words){.line = line};
    memcpy(words->text, line, length);
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)words->text[i];

        if (is_blank(words->text[i])) {
            words->text[i] = '\0';
            continue;
        }
        if (c < ' ' || c == 0x7f) {
            return error_usage(err, "character %zu of the line is no text", i + 1);
        }
        if (i > 0 && words->text[i - 1] != '\0') continue;
        if (words->count >= DEBUGGER_WORDS_MAX) {
            return error_usage(err, "a line has at most %u words", DEBUGGER_WORDS_MAX);
        }
        words->word[words->count] = words->text + i;
        words->rest[words->count] = line + i;
        words->count++;
    }
    return 0;
}

static int digit_of(char c, unsigned base)
{
    int digit = -1;

    if (c >= '0' && c <= '9') {
        digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
        digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
        digit = c - 'A' + 10;
    }
    return digit < (int)base ? digit : -1;
}

bool number_parse(const char *text, uint64_t *value)
{
    unsigned base = 10;
    uint64_t sum = 0;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        const int digit = digit_of(*text, base);

        if (digit < 0 || sum > (UINT64_MAX - (uint64_t)digit) / base) return false;
        sum = sum * base + (uint64_t)digit;
    }
    *value = sum;
    return true;
}

static uint64_t unit_of(const char *text)
{
    static const struct {
        const char *name;
        uint64_t ps;
    } units[] = {
        {"ps", 1}, {"ns", 1000}, {"us", 1000000}, {"ms", 1000000000}, {"s", PS_PER_S},
    };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text, units[i].name) == 0) return units[i].ps;
    }
    return 0;
}

/* What is behind the point, in picoseconds; false: finer than one. */
static bool add_fraction(const char *digits, size_t count, uint64_t unit, uint64_t *sum)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t digit = (uint64_t)(digits[i] - '0');

        if (unit % 10 != 0 && digit != 0) return false;
        unit /= 10;
        if (*sum > UINT64_MAX - digit * unit) return false;
        *sum += digit * unit;
    }
    return true;
}

bool time_parse(const char *text, vtime *when)
{
    const size_t whole = strspn(text, "0123456789");
    const bool has_point = text[whole] == '.';
    const char *fraction = text + whole + (has_point ? 1 : 0);
    const size_t digits = has_point ? strspn(fraction, "0123456789") : 0;
    const uint64_t unit = unit_of(fraction + digits);
    uint64_t sum = 0;

    if (whole == 0 || unit == 0 || (has_point && digits == 0)) return false;
    for (size_t i = 0; i < whole; i++) {
        const uint64_t digit = (uint64_t)(text[i] - '0');

        if (sum > (UINT64_MAX - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    if (sum > UINT64_MAX / unit) return false;
    sum *= unit;
    if (!add_fraction(fraction, digits, unit, &sum) || sum == VTIME_NEVER) return false;
    *when = sum;
    return true;
}

const char *time_text(vtime when, char text[DEBUGGER_TIME_BYTES])
{
    int length = snprintf(text, DEBUGGER_TIME_BYTES - 1, "%" PRIu64 ".%012" PRIu64, when / PS_PER_S,
                          when % PS_PER_S);
    char *last = text + length - 1;

    /* Six places are always shown, so that columns stay narrow and times easy to compare. */
    for (unsigned i = 0; i < 6 && *last == '0'; i++) {
        last--;
    }
    last[1] = 's';
    last[2] = '\0';
    return text;
}
