/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot log on the first serial port: see log.h. */
#include "firmware/core/log.h"

#include <stddef.h>
#include <stdint.h>

#include "emu/machine/map.h"
#include "firmware/drivers/uart16550.h"
#include "firmware/lib/fmt.h"

static void put_char(void *ctx, char c)
{
    (void)ctx;
    uart16550_put(MAP_PORT_COM1, (uint8_t)c);
}

static void put_text(const char *text)
{
    while (*text != '\0') {
        put_char(NULL, *text++);
    }
}

void log_init(void)
{
    uart16550_init(MAP_PORT_COM1);
}

void log_line(const char *format, ...)
{
    const struct fmt_sink sink = {.put = put_char};
    va_list args;

    put_text("firmware: ");
    va_start(args, format);
    fmt_print(&sink, format, args);
    va_end(args);
    put_text("\r\n");
}
