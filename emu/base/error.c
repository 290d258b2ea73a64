/* SPDX-License-Identifier: GPL-2.0-only */
/* Error sentences: the first one wins. */
#include "emu/base/error.h"

#include <stdarg.h>
#include <stdio.h>

static void error_set(struct error *err, enum error_kind kind, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void error_set(struct error *err, enum error_kind kind, const char *format, va_list args)
{
    if (err == NULL || err->kind != ERROR_NONE) return;
    err->kind = kind;
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
}

int error_host(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_set(err, ERROR_HOST, format, args);
    va_end(args);
    return -1;
}

int error_usage(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_set(err, ERROR_USAGE, format, args);
    va_end(args);
    return -1;
}
