/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug console 0xe9 (Bochs and QEMU: isa-debugcon) and exit port 0xf4 (QEMU: isa-debug-exit),
 * which have no data sheet.
 *
 * Modelled: bytes to the host, reading 0xe9 gives 0xe9; an exit status from a write of 1, 2 or 4
 * bytes.
 * Not modelled: nothing is left out.
 * Chosen: only a write that covers port 0xf4 itself ends the run; 0xf5-0xf7 alone are ignored.
 * The exit ports read 0. The status is cut to 31 bits so that it stays positive.
 */
#include "devices/chipset/debug_ports.h"

#include "emu/base/bits.h"
#include "emu/core/device.h"

#define CONSOLE_SIGNATURE 0xe9
#define STATUS_MASK       0x7fffffffu

struct debug_ports {
    struct device device;
    struct debug_ports_config config;
    struct reg_window console_window;
    struct reg_window exit_window;
};

static const struct trace_desc ev_exit = {.name = "exit_request", .fields = {"status"}};

static struct debug_ports *ports_of(struct device *device)
{
    return CONTAINER_OF(device, struct debug_ports, device);
}

static uint64_t console_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return CONSOLE_SIGNATURE;
}

static void console_write(struct device *device, const struct reg_write *write)
{
    struct debug_ports *ports = ports_of(device);
    uint8_t byte = (uint8_t)write->written;

    if (ports->config.sink.write != NULL) {
        ports->config.sink.write(ports->config.sink.ctx, &byte, 1);
    }
}

static uint64_t exit_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device;
    (void)index;
    (void)stored;
    return 0;
}

static void exit_write(struct device *device, const struct reg_write *write)
{
    struct debug_ports *ports = ports_of(device);
    int status = (int)((write->written << 1 | 1) & STATUS_MASK);

    if ((write->lanes & 1) == 0) return;
    TRACE(device->env.trace, device, &ev_exit, (uint64_t)status);
    if (ports->config.exit != NULL) {
        ports->config.exit(ports->config.ctx, status);
    }
}

static const struct reg console_regs[] = {
    {.name = "CONSOLE",
     .offset = 0,
     .size = 1,
     REG_UNBACKED,
     .get = console_get,
     .write = console_write},
    {.name = NULL},
};
static const struct reg exit_regs[] = {
    {.name = "EXIT", .offset = 0, .size = 4, REG_UNBACKED, .get = exit_get, .write = exit_write},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "debug_console", .regs = console_regs, .bytes = 1, .min_access = 1, .max_access = 1},
    {.name = "debug_exit", .regs = exit_regs, .bytes = 4, .min_access = 1, .max_access = 4},
    {.name = NULL},
};

static const struct snap_field state[] = {SNAP_END};

static const struct trace_desc *const events[] = {&ev_exit, NULL};

static const struct debug_ports_config default_config = {.console_port = 0xe9, .exit_port = 0xf4};

static int debug_ports_init(struct device *device, const void *config, struct error *err)
{
    struct debug_ports *ports = ports_of(device);
    struct bus *bus = device->env.ports;

    ports->config = *(const struct debug_ports_config *)config;
    reg_window_init(&ports->console_window, device, &banks[0]);
    reg_window_init(&ports->exit_window, device, &banks[1]);
    if (bus_map(bus, &ports->console_window.region, ports->config.console_port, err) != 0) {
        return -1;
    }
    if (bus_map(bus, &ports->exit_window.region, ports->config.exit_port, err) != 0) {
        bus_unmap(bus, &ports->console_window.region);
        return -1;
    }
    return 0;
}

/* There is no state. */
static void debug_ports_reset(struct device *device, enum reset_kind kind)
{
    (void)device;
    (void)kind;
}

static int debug_ports_loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void debug_ports_fini(struct device *device)
{
    struct debug_ports *ports = ports_of(device);

    bus_unmap(device->env.ports, &ports->console_window.region);
    bus_unmap(device->env.ports, &ports->exit_window.region);
}

const struct device_class debug_ports_class = {
    .name = "debug_ports",
    .size = sizeof(struct debug_ports),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = debug_ports_init,
    .reset = debug_ports_reset,
    .loaded = debug_ports_loaded,
    .fini = debug_ports_fini,
};
