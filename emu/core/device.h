/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices (DESIGN.md, laws 4 and 5): a constant class description and four functions, all required;
 * registers declared once in tables; state that the registers do not hold declared once for
 * snapshots. Life: device_create (allocates, calls init) -> device_reset(RESET_POWER_ON) ->
 * running: accesses, events, resets, saves, loads -> device_destroy (calls fini).
 * docs/adding-a-device.md leads through devices/example/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/core/reg.h"
#include "emu/core/sched.h"
#include "emu/core/snap.h"
#include "emu/core/trace.h"

struct bus;
struct device;
struct dma;

#define DEVICE_PATH_BYTES 64

enum reset_kind {
    RESET_POWER_ON, /* cold: everything */
    RESET_BUS,      /* machine reset (0xcf9, triple fault, PCI secondary bus reset): sticky state
                       survives */
    RESET_FUNCTION, /* PCI function-level reset: this function alone */
};

/* What a device may reach. Borrowed; outlives every device. */
struct device_env {
    struct sched *sched;
    struct bus *memory;
    struct bus *ports;
    struct dma *dma;
    struct trace *trace;
};

struct device_class {
    const char *name;               /* chip name, for example "i8254" */
    size_t size;                    /* of the instance, whose first member is struct device */
    uint32_t version;               /* of its saved state */
    const struct reg_bank *banks;   /* register tables; NULL-name entry ends */
    const struct snap_field *state; /* what the registers do not hold; SNAP_END ends */
    const struct trace_desc *const
        *events; /* the kinds of event it makes, NULL-terminated; for `trace list` and docs */
    const void *default_config; /* what device_create() passes to init when its caller has none; for
                                   generic tests */

    /* Maps regions, initialises events and lines. On failure returns -1 with `err` set and leaves
     * nothing behind. The instance is all zero before. `config` points to the class's own
     * configuration structure; it is not kept unless the class says so. */
    int (*init)(struct device *device, const void *config, struct error *err);
    /* Own state and own lines only. The registers of all banks have been set to their reset values
     * already. */
    void (*reset)(struct device *device, enum reset_kind kind);
    /* After a snapshot was loaded into registers and state: checks what tables cannot, rebuilds
     * caches of this device only. -1 with `err` set refuses the snapshot. */
    int (*loaded)(struct device *device, struct error *err);
    /* Cancels events, unmaps regions, frees what init allocated. */
    void (*fini)(struct device *device);
};

/* An access to a register, as an observer is told of it. */
struct device_access {
    const struct reg *reg; /* of one of the class's banks; NULL: PCI configuration space */
    unsigned offset;       /* into configuration space */
    bool is_write;
    uint64_t value; /* what was read, or what the guest wrote, at the register's bits; in
                       configuration space at those of the access */
    uint64_t lanes; /* ones in the bytes that the access covers */
};

/* Who notes which registers are used. Told of each access by whatever path, also of quiet registers;
 * not of peeks. It must not touch the machine. */
struct device_observer {
    void (*access)(void *ctx, const struct device_access *access);
    void *ctx;
};

struct device {
    const struct device_class *class;
    struct device_env env;
    const struct device_observer *observer; /* borrowed; NULL: nobody looks */
    char path[DEVICE_PATH_BYTES];           /* for example "/pch/rtc": unique in its machine */
    uint64_t path_hash;                     /* stands for the device in the trace hash */
};

/* Allocates and initialises. `config` NULL means the class's default. Owner: the caller. NULL with
 * `err` on failure. */
struct device *device_create(const struct device_class *class, const char *path,
                             const struct device_env *env, const void *config, struct error *err);
/* fini and free; NULL is harmless. */
void device_destroy(struct device *device);
/* Register reset values, then the class's reset. */
void device_reset(struct device *device, enum reset_kind kind);
/* One chunk per device: registers of all banks, then state fields. */
void device_save(struct device *device, struct snap_writer *w);
int device_load(struct device *device, struct snap_reader *r, struct error *err) MUST_CHECK;
/* Hash over the saved form, without numbers of trace records: equal state, equal hash. */
uint64_t device_state_hash(struct device *device);

/* The guest did something that it must not (level GUEST_ERROR) or asks for what is not modelled
 * (level UNIMPL). `what` is a string constant; the values go into the record. */
void device_guest_error(struct device *device, const char *what, uint64_t value, uint64_t value2);
void device_unimplemented(struct device *device, const char *what, uint64_t value, uint64_t value2);

/* Present virtual time. */
static inline vtime device_now(const struct device *device)
{
    return sched_now(device->env.sched);
}
