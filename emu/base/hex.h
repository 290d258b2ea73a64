/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as hexadecimal digits, two for each, the high one first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum hex_digits {
    HEX_LOWER, /* as hex_put() writes them: a value has one text only */
    HEX_ANY,   /* what people type */
};

/* 0..15; -1: no such digit. */
int hex_value(char digit, enum hex_digits digits);
/* `text` has room for 2 * bytes digits and the zero that ends it. */
void hex_put(const void *data, size_t bytes, char *text);
/* False: `text` is not just 2 * bytes digits; `data` is not touched then. */
bool hex_get(const char *text, enum hex_digits digits, void *data, size_t bytes);
