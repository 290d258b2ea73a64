/* SPDX-License-Identifier: GPL-2.0-only */
/* Known answers are written as in the standards: in hexadecimal. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX_MAX 512

struct hex {
    uint8_t bytes[HEX_MAX];
    size_t count;
};

static inline uint8_t hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c);

    assert_true(c != '\0' && at != NULL);
    return (uint8_t)(at - digits);
}

static inline struct hex hex(const char *text)
{
    struct hex out = {.count = strlen(text) / 2};

    assert_in_range(strlen(text), 0, 2 * HEX_MAX);
    for (size_t i = 0; i < out.count; i++) {
        out.bytes[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    }
    return out;
}

static inline void assert_hex(const void *made, const char *text)
{
    struct hex wanted = hex(text);

    assert_memory_equal(made, wanted.bytes, wanted.count);
}
