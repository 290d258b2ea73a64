/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test bench for one device: the buses, 1 MiB of RAM at address 0, DMA, a trace, and a clock
 * that moves only when the test says so. Nothing of a machine. Typical use:
 *
 *     struct rig *rig = rig_create();
 *     struct device *pit = rig_device(rig, &i8254_class, "/pit", NULL);
 *     struct probe irq = {0};
 *     irq_connect(i8254_irq(pit), probe_sink, &irq, 0);
 *     rig_out(rig, 0x43, 1, 0x34);
 *     rig_advance(rig, VTIME_MS(10));
 *     assert_int_equal(irq.rises, 1);
 *     rig_destroy(rig);
 *
 * Every function of this file that fails ends the running cmocka test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/bus.h"
#include "emu/core/clock.h"
#include "emu/core/device.h"
#include "emu/core/dma.h"
#include "emu/core/host.h"
#include "emu/core/irq.h"
#include "emu/core/sched.h"
#include "emu/core/trace.h"

#define RIG_RAM_BYTES   (1u << 20)
#define RIG_DEVICES_MAX 16

struct rig {
    struct trace *trace;
    struct sched *sched;
    struct bus *memory;
    struct bus *ports;
    struct dma *dma;
    struct device_env env;
    struct region ram_region;
    uint8_t *ram; /* RIG_RAM_BYTES, all zero at first */
    struct device *devices[RIG_DEVICES_MAX];
    size_t device_count;
    uint64_t messages; /* message-signalled interrupts sent so far, and the last one */
    uint64_t message_addr;
    uint32_t message_data;
};

/* Time starts at 0. */
struct rig *rig_create(void);
/* Destroys the devices too, last made first. */
void rig_destroy(struct rig *rig);
/* Creates a device and resets it as power-on does. The rig owns it. `config` NULL: the class's
 * default. */
struct device *rig_device(struct rig *rig, const struct device_class *class, const char *path,
                          const void *config);

/* Hands a device that was made otherwise to the rig, which will destroy it. Not reset. */
void rig_own(struct rig *rig, struct device *device);

/* Lets `span` picoseconds pass, firing what is due. */
void rig_advance(struct rig *rig, vtime span);
/* Lets time pass up to `when`; not before the present. */
void rig_advance_to(struct rig *rig, vtime when);
vtime rig_now(struct rig *rig);

/* I/O ports and memory; sizes 1, 2, 4 (and 8 for memory). */
uint64_t rig_in(struct rig *rig, uint64_t port, unsigned size);
void rig_out(struct rig *rig, uint64_t port, unsigned size, uint64_t value);
uint64_t rig_read(struct rig *rig, uint64_t addr, unsigned size);
void rig_write(struct rig *rig, uint64_t addr, unsigned size, uint64_t value);

/* Records of that level so far. */
uint64_t rig_guest_errors(const struct rig *rig);
uint64_t rig_unimplemented(const struct rig *rig);

/* Saves `from` and loads it into `to`, which has the same path and class and may belong to
 * another rig (its clock is set to that of the first). */
void rig_copy_state(struct rig *rig, struct device *from, struct rig *other, struct device *to);

/* An interrupt input that counts. Start with {0}; connect with probe_sink and the probe as
 * context. */
struct probe {
    bool level;
    unsigned rises;
    unsigned falls;
    vtime last_rise;
    vtime last_fall;
    struct rig *rig; /* set it to get the times */
};
void probe_sink(void *ctx, unsigned input, bool level);

/* A byte sink that keeps the first RIG_CAPTURE_BYTES. */
#define RIG_CAPTURE_BYTES 4096
struct capture {
    uint8_t data[RIG_CAPTURE_BYTES];
    size_t bytes;
};
/* The host_sink function; the context is the struct capture. */
void capture_write(void *ctx, const uint8_t *data, size_t bytes);

/* A small deterministic random number generator (xorshift64*); start with any value but 0. */
uint64_t rig_random(uint64_t *state);
