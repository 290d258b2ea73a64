/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot log: see log.h. */
#include "firmware/core/log.h"

#include <stddef.h>
#include <stdint.h>

#include "emu/machine/map.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/core/console.h"
#include "firmware/drivers/uart16550.h"
#include "firmware/lib/fmt.h"

_Static_assert(sizeof(struct console) <= FW_CONSOLE_END - FW_CONSOLE_BASE,
               "the console has its place");

/* At a fixed place, because exceptions are logged from anywhere. */
static struct console *console(void)
{
    return (struct console *)FW_CONSOLE_BASE;
}

static void put_serial(const char *text)
{
    while (*text != '\0') {
        uart16550_put(MAP_PORT_COM1, (uint8_t)*text++);
    }
}

static void put_char(void *ctx, char c)
{
    (void)ctx;
    uart16550_put(MAP_PORT_COM1, (uint8_t)c);
    console_put(console(), c);
}

void log_init(void)
{
    uart16550_init(MAP_PORT_COM1);
    console_init(console());
}

void log_line(const char *format, ...)
{
    const struct fmt_sink sink = {.put = put_char};
    va_list args;

    put_serial("firmware: ");
    va_start(args, format);
    fmt_print(&sink, format, args);
    va_end(args);
    put_char(NULL, '\r');
    put_char(NULL, '\n');
}

bool log_attach(const struct display *display)
{
    return console_attach(console(), display);
}

void log_detach(void)
{
    console_detach(console());
}
