/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted text, a small part of printf: %s, %c, %%, %u and %x with an optional `0`, a width up to 99 and `l` for 64 bits.
 * Anything else is printed as it stands.
 */
#pragma once

#include <stdarg.h>

struct fmt_sink {
    void (*put)(void *ctx, char c);
    void *ctx;
};

void fmt_print(const struct fmt_sink *sink, const char *format, va_list args);
