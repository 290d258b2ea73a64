/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reset control register 0xcf9 and port 0x92 (Intel 200-series PCH data sheet, volume 2,
 * Processor Interface registers RST_CNT and PORT92).
 *
 * Modelled: RST_CPU (a change from 0 to 1 resets), SYS_RST (hard or INIT), FULL_RST (power
 * cycle); INIT_NOW of port 0x92.
 * Not modelled: the A20 gate. Address line 20 always works, as on every processor of this age;
 * the bit is stored only.
 * Chosen: INIT_NOW acts on its change from 0 to 1. There is no 8042, so no keyboard-controller
 * reset (port 0x64 is unmapped).
 */
#include "devices/chipset/reset_control.h"

#include "emu/base/bits.h"
#include "emu/core/device.h"

#define RST_CNT_SYS_RST  BIT32(1)
#define RST_CNT_RST_CPU  BIT32(2)
#define RST_CNT_FULL_RST BIT32(3)
#define RST_CNT_BITS     (RST_CNT_SYS_RST | RST_CNT_RST_CPU | RST_CNT_FULL_RST)

#define PORT92_INIT_NOW     BIT32(0)
#define PORT92_ALT_A20_GATE BIT32(1)

struct reset_control {
    struct device device;
    struct reset_control_config config;
    struct reg_window window;
    struct reg_window fast_window;
    uint8_t rst_cnt;
    uint8_t port92;
};

static const struct trace_desc ev_request = {.name = "reset_request", .fields = {"kind"}};

static struct reset_control *control_of(struct device *device)
{
    return CONTAINER_OF(device, struct reset_control, device);
}

static void request(struct reset_control *control, enum reset_control_kind kind)
{
    TRACE(control->device.env.trace, &control->device, &ev_request, kind);
    if (control->config.reset != NULL) {
        control->config.reset(control->config.ctx, kind);
    }
}

static void rst_cnt_write(struct device *device, const struct reg_write *write)
{
    if ((write->now & ~write->old & RST_CNT_RST_CPU) == 0) return;
    if ((write->now & RST_CNT_SYS_RST) == 0) {
        request(control_of(device), RESET_CONTROL_INIT);
    } else if ((write->now & RST_CNT_FULL_RST) == 0) {
        request(control_of(device), RESET_CONTROL_HARD);
    } else {
        request(control_of(device), RESET_CONTROL_CYCLE);
    }
}

static void port92_write(struct device *device, const struct reg_write *write)
{
    if ((write->now & ~write->old & PORT92_INIT_NOW) != 0) {
        request(control_of(device), RESET_CONTROL_INIT);
    }
}

static const struct reg_field rst_cnt_fields[] = {
    {"FULL_RST", 3, 3},
    {"RST_CPU", 2, 2},
    {"SYS_RST", 1, 1},
    {NULL, 0, 0},
};
static const struct reg_field port92_fields[] = {
    {"ALT_A20_GATE", 1, 1},
    {"INIT_NOW", 0, 0},
    {NULL, 0, 0},
};

static const struct reg cf9_regs[] = {
    {.name = "RST_CNT",
     .offset = 0,
     .size = 1,
     REG_BACKED(struct reset_control, rst_cnt),
     .rw = RST_CNT_BITS,
     .write = rst_cnt_write,
     .fields = rst_cnt_fields},
    {.name = NULL},
};
static const struct reg fast_regs[] = {
    {.name = "PORT92",
     .offset = 0,
     .size = 1,
     REG_BACKED(struct reset_control, port92),
     .rw = PORT92_INIT_NOW | PORT92_ALT_A20_GATE,
     .write = port92_write,
     .fields = port92_fields},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "rst_cnt", .regs = cf9_regs, .bytes = 1, .min_access = 1, .max_access = 1},
    {.name = "port92", .regs = fast_regs, .bytes = 1, .min_access = 1, .max_access = 1},
    {.name = NULL},
};

static const struct snap_field state[] = {SNAP_END};

static const struct trace_desc *const events[] = {&ev_request, NULL};

static const struct reset_control_config default_config = {
    .cf9_port = 0xcf9, .fast_port = 0x92, .is_cf9_mapped = true};

static int control_init(struct device *device, const void *config, struct error *err)
{
    struct reset_control *control = control_of(device);
    struct bus *ports = device->env.ports;

    control->config = *(const struct reset_control_config *)config;
    reg_window_init(&control->window, device, &banks[0]);
    reg_window_init(&control->fast_window, device, &banks[1]);
    if (bus_map(ports, &control->fast_window.region, control->config.fast_port, err) != 0) {
        return -1;
    }
    if (!control->config.is_cf9_mapped) return 0;
    if (bus_map(ports, &control->window.region, control->config.cf9_port, err) != 0) {
        bus_unmap(ports, &control->fast_window.region);
        return -1;
    }
    return 0;
}

/* The registers are all there is. */
static void control_reset(struct device *device, enum reset_kind kind)
{
    (void)device;
    (void)kind;
}

static int control_loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void control_fini(struct device *device)
{
    struct reset_control *control = control_of(device);

    bus_unmap(device->env.ports, &control->window.region);
    bus_unmap(device->env.ports, &control->fast_window.region);
}

uint8_t reset_control_read(struct device *device)
{
    return (uint8_t)reg_bank_read(device, &banks[0], 0, 1);
}

void reset_control_write(struct device *device, uint8_t value)
{
    reg_bank_write(device, &banks[0], 0, 1, value);
}

uint8_t reset_control_peek(struct device *device)
{
    return (uint8_t)reg_bank_peek(device, &banks[0], 0, 1);
}

const struct device_class reset_control_class = {
    .name = "reset_control",
    .size = sizeof(struct reset_control),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = control_init,
    .reset = control_reset,
    .loaded = control_loaded,
    .fini = control_fini,
};
