/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of a machine, shared by the files of this folder. */
#pragma once

#include "devices/storage/raid0.h"
#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/core/dma.h"
#include "emu/core/irq.h"
#include "emu/cpu/probe.h"
#include "emu/machine/image/image.h"
#include "emu/machine/instant.h"
#include "emu/machine/machine.h"
#include "emu/machine/map.h"

struct inbox_message;

#define MACHINE_DEVICES_MAX 256
#define SERIAL_INPUT_BYTES  4096

/* Stretches of RAM at a time: what neighbours merge into, and one more for the VGA hole. */
#define MACHINE_RAM_REGIONS (IMC_SAD_RULES + 1)

/* Guest RAM: one anonymous host mapping; host page for host page lazily allocated by the kernel.
 * Contents stay with the system address: below MAP_LOW_RAM_MAX first, then from 4 GiB on. */
struct machine_ram {
    uint8_t *host;
    uint64_t bytes;
    uint64_t low_bytes;                         /* below MAP_LOW_RAM_MAX */
    struct region regions[MACHINE_RAM_REGIONS]; /* in use when it has a size */
};

/* Cache as RAM: mapped while no-evict mode is on. */
struct machine_car {
    uint8_t *host;
    struct region region;
    bool is_on;
};

/* What the cores have been told of host memory, and the regions it belongs to: the same order. */
struct machine_memory_view {
    struct cpu_memory list[CPU_MEMORY_MAX];
    struct region *regions[CPU_MEMORY_MAX];
    size_t count;
};

/* Characters typed at COM1 that the UART has not taken yet. */
struct serial_input {
    uint8_t data[SERIAL_INPUT_BYTES];
    size_t head;
    size_t count;
};

/* The devices that the machine itself has to talk to; owned through machine->devices. */
struct machine_parts {
    struct device *lapic[MACHINE_CORES_MAX];
    struct device *ioapic;
    struct device *i8259;
    struct device *uart;
    struct device *acpi_pm;
    struct device *rtc;
    struct device *apic_bus;
    struct device *pci;
    struct device *display;
    struct device *xhci;
    struct device *keyboard;
    struct device *mouse;
    struct device *tablet;
    struct device *ssd[RAID0_MODULES];
    struct device *ans2;
    struct device *sep;
    struct device *imc;
    struct device *dram; /* NULL with flat memory */
};

/* Fan-in of one I/O APIC pin (and ISA interrupt where it has one). */
struct machine_pin {
    struct irq_or gate;
    struct machine *machine;
    unsigned pin;
};

/* The cores' turns within a quantum. */
struct machine_turn {
    bool is_open;        /* the machine stands, or runs, within one */
    unsigned core;       /* whose turn it is */
    vtime deadline;      /* of each turn */
    vtime core_deadline; /* of this one: somebody may have wanted an earlier end */
    vtime edge;          /* that the cores have reached so far; VTIME_NEVER: none ran to the end */
    bool has_run;        /* a core has executed something */
};

/* What somebody who looks has asked for. */
struct machine_watch {
    struct machine_observer observer;
    struct machine_probe probe;
    struct machine_range ranges[CPU_PROBES_MAX];
    size_t range_count;
    bool is_inbox_closed;
    bool is_break_pending;
};

struct machine {
    struct machine_config config; /* pointers in it are borrowed */
    enum t2_boot_verdict boot_verdict;
    struct boot_window refusal; /* empty unless the T2 refused the image */
    struct sched *sched;
    struct trace *trace;
    struct bus *memory;
    struct bus *ports;
    struct dma *dma;
    struct inbox *inbox;
    struct timing *timing;
    struct cpu_set *cpus;
    struct machine_ram ram;
    struct machine_car car;
    uint8_t *rom;
    struct region rom_region;
    struct region window_region;
    struct machine_memory_view view;
    bool is_view_stale; /* a region came or went since */
    bool has_odd_code;  /* translations that a checkpoint that is loaded must not keep */
    struct device *devices[MACHINE_DEVICES_MAX];
    size_t device_count;
    struct machine_parts parts;
    struct machine_pin pins[MAP_IOAPIC_PINS];
    struct serial_input serial_input;

    struct machine_turn turn;
    struct machine_watch watch;
    uint64_t quanta; /* in which a core ran, since power-on */
    vtime next_beat; /* follows from `now` */
    unsigned running_core;
    bool is_core_running;
    vtime signalled_at; /* within one turn of the cores: when one last signalled another */
    bool is_reset_pending;
    bool is_no_reboot;
    bool is_stop_pending;
    bool is_paused;
    enum machine_stop stop;
    int exit_status;
    uint64_t resets; /* as machine_reset_count() */
    struct machine_t2_breaches breaches;
    const char *panic_text; /* as machine_panic_text() */
    vtime now;              /* quantum edge that the run loop has reached */
    vtime idle_time;        /* as machine_idle_time() */
    bool is_dead;           /* as machine_is_dead() */
};

/* memory.c */
int machine_memory_init(struct machine *machine, struct error *err);
void machine_memory_fini(struct machine *machine);
/* Fills machine->view with what the cores can have as host memory: sorted by base. What they cannot
 * have (too many regions, not whole pages, beyond their addresses) they reach through the bus. */
void machine_memory_list(struct machine *machine);
/* RAM is on the bus where the memory controllers decode it. After each change of their layout; nothing
 * with flat memory. */
void machine_memory_decode(struct machine *machine);
/* Cache as RAM comes (all zero) or goes. */
void machine_memory_no_evict(struct machine *machine, bool is_on);
/* Host memory of the page of 4096 bytes at `addr` when RAM is mapped there, or NULL. */
uint8_t *machine_memory_page(const struct machine *machine, uint64_t addr);
/* Connects RAM that comes and goes on the bus with the cores. */
void machine_memory_connect(struct machine *machine);
/* Before cores run: tells them when a region came or went. */
void machine_memory_sync(struct machine *machine);
/* struct cpu_env */
void machine_memory_before_write(void *ctx, uint64_t addr);
/* Calls `visit` for each 64 KiB block of RAM that is not all zero, in address order; stops when it
 * returns non-zero and returns that. */
#define MACHINE_RAM_BLOCK 65536u
int machine_ram_visit(const struct machine *machine,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx);

/* state_blocks.c: RAM, video memory and large state of devices, as chunks of a snapshot. What is
 * loaded is hostile. Devices check what belongs to them when their own state is loaded. */
enum machine_blocks {
    MACHINE_BLOCKS_DEVICE, /* to be loaded before the devices */
    MACHINE_BLOCKS_GUEST,  /* RAM, video memory: after them */
};
int machine_blocks_save(struct machine *machine, struct snap_writer *w, struct error *err);
int machine_blocks_load(struct machine *machine, struct snap_reader *r, enum machine_blocks which,
                        struct error *err);
/* Goes on with `hash` over all of it. */
uint64_t machine_blocks_hash(struct machine *machine, uint64_t hash);

/* secure_boot.c: takes the verdict over machine->config.rom; a refusal puts the recovery image and
 * its boot window in the places of those that were given. -1 when there is none that may run. */
int machine_secure_boot(struct machine *machine, struct error *err);
void machine_secure_boot_fini(struct machine *machine);

/* cores.c */
int machine_cores_init(struct machine *machine, struct error *err);

/* parts_imacpro1_1.c */
int machine_parts_init(struct machine *machine, struct error *err);
void machine_parts_fini(struct machine *machine);
/* Creates a device of the machine; NULL with `err`. */
struct device *machine_add(struct machine *machine, const struct device_class *class,
                           const char *path, const void *config, struct error *err);

/* parts_disk.c: SSD modules; then who adds a row of the table that is the T2's (NULL: another row). */
struct pci_part;
struct machine_t2_function {
    const char *path;
    struct device *(*add)(struct machine *machine, const struct pci_part *part, struct error *err);
};
int machine_add_modules(struct machine *machine, struct error *err);
const struct machine_t2_function *machine_t2_function(const struct pci_part *part);

/* parts_memory.c: what stands before the PCI functions; then who adds a row of the table that belongs to
 * memory (is_memory_function()). */
int machine_add_memory(struct machine *machine, struct error *err);
bool machine_is_memory_function(const struct pci_part *part);
struct device *machine_add_memory_function(struct machine *machine, const struct pci_part *part,
                                           struct error *err);

/* faults.c: struct cpu_env and struct dma_hooks */
bool machine_is_guarded(void *ctx, uint64_t page);
bool machine_guard(void *ctx, unsigned core, enum cpu_access kind, uint64_t addr, unsigned bytes,
                   uint64_t *poison);
bool machine_guard_dma(void *ctx, bool is_write, uint64_t addr, unsigned bytes);
void machine_cmci(void *ctx, unsigned core);
/* Memory is as it is to be: at edges and before snapshots. */
void machine_faults_settle(struct machine *machine);
/* After a snapshot was loaded. */
void machine_faults_loaded(struct machine *machine);
/* struct dram_env: what memory errors lead to */
struct dram_env machine_dram_env(struct machine *machine);

/* watch.c: what of memory is watched, and who is told. */
bool machine_is_watched(const struct machine *machine, uint64_t page);
void machine_tell_memory(struct machine *machine, unsigned core, bool is_write, uint64_t addr,
                         unsigned bytes);
static inline void machine_tell_bus(const struct machine *machine, bool is_port, uint64_t addr,
                                    unsigned bytes, bool is_write, uint64_t value)
{
    const struct machine_probe *probe = &machine->watch.probe;

    if (probe->bus != NULL) probe->bus(probe->ctx, is_port, addr, bytes, is_write, value);
}

/* input.c: a message of kind INBOX_KEY, INBOX_POINTER or INBOX_TABLET takes effect now. */
void machine_input(struct machine *machine, const struct inbox_message *message);

/* run_loop.c: an earlier end of the turn under way, if there is one. */
void machine_lower_deadline(struct machine *machine, vtime when);
/* The next beat after machine->now. */
void machine_set_next_beat(struct machine *machine);
enum machine_step {
    MACHINE_STEP_NONE,
    MACHINE_STEP_LOOK,  /* one instruction */
    MACHINE_STEP_BLOCK, /* to the next boundary */
};
/* Where a run is to end. */
struct machine_goal {
    vtime until;
    const struct machine_instant *to; /* NULL: nowhere in particular */
    enum machine_step step;
};
enum machine_stop machine_run_goal(struct machine *machine, const struct machine_goal *goal);
/* run_loop.c: requests from devices, taken at the next edge. */
void machine_request_stop(struct machine *machine, enum machine_stop stop, int status);
void machine_request_reset(struct machine *machine);
/* An interrupt, NMI, INIT or start-up request arrives at a core. */
void machine_core_signalled(struct machine *machine, unsigned core);
/* Hands typed bytes to the UART as long as it takes them. Called whenever it gets room, so that
 * they arrive at times that do not depend on where the run loop's edges lie. */
void machine_feed_serial(struct machine *machine);
