/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One machine: cores, RAM, buses, devices, scheduler, trace. Created from a configuration, run,
 * saved, loaded, destroyed. Nothing in it is shared with another machine: two of them live in one
 * process (a test does it).
 *
 * The run loop (run_loop.c) fits on one screen: drain the inbox, deadline = min(next event,
 * quantum), run the cores in turn, fire events, repeat. When all cores are halted, time jumps to
 * the next event.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dimm.h"
#include "devices/memory/dram.h"
#include "devices/memory/dram_fault.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/core/host.h"
#include "emu/machine/secure_boot.h"

struct bus;
struct cpu;
struct device;
struct frame_store;
struct host_media;
struct inbox;
struct machine;
struct machine_disk;
struct vega10_panel;
struct sched;
struct trace;

#define MACHINE_MEMORY_MIN (UINT64_C(16) << 20)
#define MACHINE_MEMORY_MAX (UINT64_C(256) << 30)
#define MACHINE_CORES_MAX  8

/* How closely times are modelled. At present this decides about the disk; code costs the same. */
enum machine_fidelity {
    MACHINE_FIDELITY_APPROXIMATE, /* flash, channels, caches and links have their times */
    MACHINE_FIDELITY_FUNCTIONAL,  /* everything takes a small constant */
};

/* What the T2 does when a driver breaks a rule that its firmware crashes on (docs/hardware/
 * t2-nvme.md). */
enum machine_t2_strict {
    MACHINE_T2_FATAL, /* the NVMe controller is dead until it is reset */
    MACHINE_T2_WARN,  /* only traced */
    MACHINE_T2_PANIC, /* the run ends with MACHINE_PANIC */
};

/* What is done about errors in memory before software hears of them. */
struct machine_scrub {
    bool is_demand_off;  /* a corrected word is not written back */
    bool is_patrol_off;  /* nobody walks through memory */
    vtime patrol_period; /* time of one walk, 1 s..30 days; 0: MACHINE_PATROL_DEFAULT */
};
#define MACHINE_PATROL_DEFAULT VTIME_S(24 * 3600)
#define MACHINE_PATROL_MIN     VTIME_S(1)
#define MACHINE_PATROL_MAX     VTIME_S(30 * 24 * 3600)

struct machine_config {
    /* Multiple of 1 MiB, MACHINE_MEMORY_MIN..MAX; allocated lazily by the host. What the modules hold
     * (dimm_set_bytes()) when there are modules. */
    uint64_t memory_bytes;
    /* What is in the sockets; all empty: what dimm_set_make() takes for memory_bytes. */
    struct dimm_set dimms;
    /* RAM is simply there at reset, whatever modules and memory controllers say, and memory faults cannot
     * be planted: for tests and for firmware that does not set up memory. Without it there is no
     * RAM until firmware has programmed the memory controllers. */
    bool has_flat_memory;
    struct machine_scrub scrub;
    unsigned cores;  /* 1..MACHINE_CORES_MAX */
    const void *rom; /* firmware image, mapped so that its last byte is at 0xffffffff; copied;
                         multiple of 4096 bytes */
    size_t rom_bytes;
    struct machine_boot_security boot_security; /* whether `rom` may run */
    const void *boot_window;  /* docs/formats/boot-window.md; borrowed, must outlive the machine;
                                 NULL: nothing to boot */
    size_t boot_window_bytes; /* multiple of 4096 */
    struct host_clock wall;
    struct host_sink serial;        /* COM1 output */
    struct host_sink debug_console; /* port 0xe9 output; a NULL write function discards */
    struct host_pacer pacer;        /* a NULL idle function: virtual time jumps to the next event */
    struct frame_store *frames;     /* who looks at the picture; borrowed; NULL: nobody */
    /* What the display is plugged into; borrowed; NULL: nothing. */
    const struct vega10_panel *panel;
    size_t code_buffer_bytes;        /* translated code per core; 0 = default */
    const struct machine_disk *disk; /* borrowed with all that it points to; NULL: none */
    enum machine_fidelity fidelity;
    enum machine_t2_strict t2_strict;
    bool has_test_device; /* adds the PCI test function of docs/hardware/pci.md */
};

/* Why machine_run() came back. */
enum machine_stop {
    MACHINE_TIME_LIMIT, /* virtual time `until` is reached */
    MACHINE_POWER_OFF,  /* the guest entered S5 */
    MACHINE_EXIT,       /* the guest wrote the debug exit port; see machine_exit_status() */
    MACHINE_STOPPED,    /* INBOX_STOP */
    MACHINE_DEAD,  /* every core is halted for ever: nothing is armed and no input can wake it */
    MACHINE_PANIC, /* the T2 panicked: machine_panic_text() */
    MACHINE_ATTENTION, /* INBOX_ATTENTION: do what there is to do and run again */
    MACHINE_BREAK, /* machine_break(), or an instant that was asked for (instant.h) is reached */
};

/* NULL with `err` set on an impossible configuration (usage) or host trouble. The machine is at
 * power-on. */
struct machine *machine_create(const struct machine_config *config, struct error *err);
void machine_destroy(struct machine *machine);

/* Runs until `until` (VTIME_NEVER: no limit) or another reason. The limit is met at the end of the
 * first block that reaches it (several cores: at the end of that quantum); machine_now() says where
 * that was. Two runs one after the other go the way of one long run. May be called again after
 * MACHINE_TIME_LIMIT, MACHINE_STOPPED and MACHINE_ATTENTION; after MACHINE_POWER_OFF and MACHINE_EXIT a further call
 * goes on with what the guest does next, as if the request had been ignored. */
enum machine_stop machine_run(struct machine *machine, vtime until);
/* Status that the guest asked for: value << 1 | 1 of the debug exit port (as QEMU's
 * isa-debug-exit), 0 after power-off. */
int machine_exit_status(const struct machine *machine);
/* After MACHINE_PANIC: what the T2 panicked about; NULL otherwise. */
const char *machine_panic_text(const struct machine *machine);
/* Rules of the T2 that drivers broke since machine_create(); `what` is NULL when none was. */
struct machine_t2_breaches {
    const char *what; /* the first: a string constant */
    uint64_t pc;      /* where it was made to look at the queue */
    vtime when;
    uint64_t count;
};
const struct machine_t2_breaches *machine_t2_breaches(const struct machine *machine);
/* The power goes at this moment, between two machine_run() calls: writes what is then in the flash
 * of each SSD module to `target` (emu/core/media.h), which may be the disk's own media or a copy of
 * them. Of what was on its way, `seed` chooses. The machine goes on as if nothing had happened if it
 * is run again; with its own media as target it must not be. Nothing without a disk. */
void machine_power_cut(struct machine *machine, const struct host_media *const target[2],
                       uint64_t seed);
/* Memory faults (docs/faults.md), between machine_run() calls: they take effect at machine_now().
 * Errors as dram_plant() has them, and when the machine has flat memory. */
int machine_fault_plant(struct machine *machine, const struct dram_fault *fault,
                        struct error *err) MUST_CHECK;
/* The place of a word by its system address; false: no memory is decoded there (yet). */
bool machine_fault_place(struct machine *machine, uint64_t addr, struct dram_address *at);
bool machine_fault_address(struct machine *machine, const struct dram_address *at, uint64_t *addr);
size_t machine_fault_count(const struct machine *machine);
const struct dram_fault *machine_fault(const struct machine *machine, size_t index);
void machine_fault_repair(struct machine *machine, size_t index);
const struct dram_counts *machine_memory_errors(const struct machine *machine);
/* Firmware has set up memory: faults can be planted. */
bool machine_has_memory(const struct machine *machine);
/* What is in the sockets; nothing in a machine with flat memory. */
const struct dimm_set *machine_dimms(const struct machine *machine);
/* A page of RAM with something in it: number `random` modulo the number of decoded 4096-byte pages that
 * are not all zero. False: there is none. Slow (looks at all touched RAM). */
bool machine_used_page(struct machine *machine, uint64_t random, uint64_t *addr);
/* Resets by the guest since machine_create(), panics of the hardware (a machine check that no core could
 * take) included. */
uint64_t machine_reset_count(const struct machine *machine);
/* When set, a guest reset request ends machine_run() with MACHINE_POWER_OFF instead of resetting.
 */
void machine_set_no_reboot(struct machine *machine, bool on);

/* After machine_run() came back with MACHINE_TIME_LIMIT: without a limit it would have been
 * MACHINE_DEAD. Never true with a pacer, who may bring input at any time. */
bool machine_is_dead(const struct machine *machine);

vtime machine_now(struct machine *machine);
/* INBOX_PAUSE came last: machine_run() waits until INBOX_RESUME. */
bool machine_is_paused(const struct machine *machine);
/* Virtual time that passed while every core was halted, since machine_create(). */
vtime machine_idle_time(const struct machine *machine);
struct inbox *machine_inbox(struct machine *machine);
struct trace *machine_trace(struct machine *machine);
struct sched *machine_sched(struct machine *machine);
struct bus *machine_memory(struct machine *machine);
struct bus *machine_ports(struct machine *machine);
struct cpu *machine_cpu(struct machine *machine, unsigned core);
/* A driver of the guest polls the USB keyboard: what is typed now is not lost. */
bool machine_is_keyboard_listening(const struct machine *machine);
/* Bit 0 Num Lock, 1 Caps Lock, 2 Scroll Lock, as the guest lit them. */
unsigned machine_keyboard_leds(const struct machine *machine);
/* Devices in creation order. */
size_t machine_device_count(const struct machine *machine);
struct device *machine_device(struct machine *machine, size_t index);

/* Hash chain of everything that happened so far: equal for equal runs. */
uint64_t machine_trace_hash(struct machine *machine);
/* Hash over the whole state: devices, cores, RAM. Slow (reads all touched RAM). */
uint64_t machine_state_hash(struct machine *machine);

/* Snapshot of everything, at a quantum edge (between machine_run() calls). Memory of `*data`
 * belongs to the caller (free()). */
int machine_save(struct machine *machine, void **data, size_t *bytes, struct error *err) MUST_CHECK;
/* Replaces the whole state. Input is hostile; after a failure the machine must be destroyed. Same
 * model, memory size, core count and firmware are required. */
int machine_load(struct machine *machine, const void *data, size_t bytes,
                 struct error *err) MUST_CHECK;
