/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions: what they are (constant descriptions) and what every model of one may call.
 *
 * A function is a device whose instance starts with `struct pci_fn`, itself starting with `struct
 * device`. Its class's init calls pci_fn_init() with a constant `struct pci_desc`; its reset,
 * loaded and fini call pci_fn_reset(), _loaded() and _fini(). From the description follow
 * configuration space with its masks, BARs, interrupts, power states and function-level reset: the
 * model adds the registers behind its BARs. docs/hardware/pci.md tells what is modelled.
 *
 * Invariants: configuration bits outside rw, w1c and hardware-owned masks always have their reset
 * values; a BAR is mapped exactly when the function's enable bit is set, it is in D0, all bridges
 * above it forward the whole range, and no function earlier in creation order claims any of it (so
 * the mapping is a function of configuration state, not of history).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/pci/pci_caps.h"
#include "devices/pci/pci_regs.h"
#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/core/dma.h"
#include "emu/core/irq.h"

struct pci_bridge;
struct pci_bus;
struct pci_fn;
struct pci_host;

#define PCI_VECTORS_MAX           64u /* interrupt vectors of one function */
#define PCI_DEVFN(slot, function) ((unsigned)((slot) << 3 | (function)))
#define PCI_SLOT(devfn)           ((devfn) >> 3)
#define PCI_FUNC(devfn)           ((devfn)&7u)
#define PCI_LONE_BASE             UINT64_C(0x80000000)
#define PCI_ROM_BAR               PCI_BARS_MAX /* the expansion ROM counts as one more BAR */

/* ---- Description ---- */

enum pci_bar_kind {
    PCI_BAR_NONE,
    PCI_BAR_MEM32,
    PCI_BAR_MEM64, /* takes two of the six places; the next one stays PCI_BAR_NONE */
    PCI_BAR_IO,
};

/* Callbacks of a BAR that is not a plain register bank. Offsets are from the start of the BAR. */
struct pci_bar_ops {
    uint64_t (*read)(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size);
    void (*write)(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size, uint64_t value);
    uint64_t (*peek)(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size);
    uint8_t min_access;
    uint8_t max_access;
};

struct pci_bar_desc {
    enum pci_bar_kind kind;
    bool is_prefetchable;
    uint64_t bytes; /* power of two: memory at least 16, I/O 4..256 */
    /* What answers, first match: the MSI-X table and PBA (from the capability), then `ops`, then
     * `bank` from offset 0, then nothing: reads give `fill` in every byte, accesses are traced
     * as unimplemented. */
    const struct pci_bar_ops *ops;
    const struct reg_bank
        *bank; /* also listed in the class's banks, so that it is saved and reset */
    uint8_t fill;
};

/* A register of configuration space beyond header and capabilities. Tables end with a NULL name. */
struct pci_reg {
    const char *name;
    uint16_t offset;
    uint8_t size;   /* 1, 2 or 4 */
    uint8_t count;  /* 0 or 1: single */
    uint8_t stride; /* bytes between elements of an array */
    uint32_t reset;
    uint32_t rw;
    uint32_t w1c;
    bool is_sticky; /* survives everything but power-on */
    bool is_hw;     /* the model changes it with pci_config_set() */
    /* After a write that touched it; `old` and `now` are stored values. NULL: plain storage. */
    void (*write)(struct pci_fn *fn, unsigned index, uint32_t old, uint32_t now);
};

struct pci_desc {
    uint16_t vendor;
    uint16_t device;
    uint32_t class_code; /* base class << 16 | sub-class << 8 | programming interface */
    uint8_t revision;
    bool is_bridge; /* type 1 header; then only bars 0 and 1 and no subsystem in the header */
    uint16_t subsystem_vendor;
    uint16_t subsystem;
    uint8_t interrupt_pin; /* 0 none, 1 INTA .. 4 INTD */
    struct pci_bar_desc bar[PCI_BARS_MAX];
    /* 0: no expansion ROM; reads give ones unless pci_bar_set_region() gave an image */
    uint32_t rom_bytes;
    const struct pci_cap *caps; /* in list order; PCI_CAP_END ends; NULL: none */
    const struct pci_reg *regs; /* NULL: none */
};

/* The reset value of one register, where it differs between two parts of a kind. */
struct pci_preset {
    uint16_t offset;
    uint8_t size; /* 1, 2 or 4 */
    uint32_t value;
};

/* A function that is nothing but its description; read in init only, except `desc`, which is
 * kept. */
struct pci_described {
    const struct pci_desc *desc;
    const struct pci_preset *presets;
    size_t preset_count;
};

/* ---- Instance ---- */

/* The configuration that device_create() hands to every PCI class. pci_add() makes it. */
struct pci_config {
    struct pci_bus *bus; /* NULL: alone (tests): its configuration page appears at PCI_LONE_BASE */
    unsigned devfn;
    const void *part; /* the class's own configuration; NULL: its default */
};

struct pci_msix_entry {
    uint32_t address_lo;
    uint32_t address_hi;
    uint32_t data;
    uint32_t control;
};

/* One BAR at work. A cache: follows from configuration space. */
struct pci_bar {
    struct pci_fn *fn;
    struct region own;     /* answers unless the model gave another region */
    struct region *region; /* what is mapped */
    uint64_t region_bytes; /* its whole size */
    uint64_t address;      /* where it is wanted */
    uint64_t bytes;        /* present size (resizable BARs change it) */
    uint64_t wanted_bytes; /* size at the last look */
    uint8_t index;
    bool is_wanted;   /* decoding is enabled all the way */
    bool is_conflict; /* wanted, but something else is there */
};

struct pci_masks; /* per-bit nature of configuration space, config.c */

struct pci_fn {
    struct device device;
    const struct pci_desc *desc;
    struct pci_bus *bus;          /* borrowed; NULL: alone */
    struct pci_bridge *as_bridge; /* itself, when it is one */
    uint8_t devfn;
    uint8_t pirq;    /* the host's line that its INTx reaches after swizzling; 0..7 */
    uint16_t cap_pm; /* offsets of capabilities that code looks at; 0: absent */
    uint16_t cap_msi;
    uint16_t cap_msix;
    uint16_t cap_express;
    uint16_t cap_rebar;
    const struct pci_cap *msix;
    struct pci_masks *masks; /* owned */
    struct pci_bar bars[PCI_BARS_MAX + 1];
    struct region lone; /* configuration page when alone */
    struct irq_line intx;
    /* guest-visible state */
    uint8_t config[PCI_CONFIG_BYTES];
    struct pci_msix_entry msix_table[PCI_VECTORS_MAX];
    uint64_t msix_pending;
    uint64_t levels; /* interrupt conditions by vector */
};

/* Entries for the state table of every PCI class, before its own. */
#define PCI_FN_STATE                                                                               \
    SNAP_B(struct pci_fn, config), SNAP_U_EACH(struct pci_fn, msix_table, address_lo, UINT32_MAX), \
        SNAP_U_EACH(struct pci_fn, msix_table, address_hi, UINT32_MAX),                            \
        SNAP_U_EACH(struct pci_fn, msix_table, data, UINT32_MAX),                                  \
        SNAP_U_EACH(struct pci_fn, msix_table, control, PCI_MSIX_ENTRY_CTRL_MASKBIT),              \
        SNAP_U(struct pci_fn, msix_pending), SNAP_U(struct pci_fn, levels),                        \
        SNAP_L(struct pci_fn, intx)

/* The kinds of event that PCI code makes in the name of a function; for the events table of
 * every PCI class. */
extern const struct trace_desc pci_trace_config_read;
extern const struct trace_desc pci_trace_config_write;
extern const struct trace_desc pci_trace_bar;
extern const struct trace_desc pci_trace_message;
#define PCI_FN_EVENTS \
    &pci_trace_config_read, &pci_trace_config_write, &pci_trace_bar, &pci_trace_message

/* ---- For who looks on ---- */

/* Is the device a function, that is, the first member of one? */
bool pci_is_fn(const struct device *device);
/* A register of configuration space: of the header, of a capability, of the class's own. */
struct pci_config_register {
    const char *name;
    uint16_t offset;
    uint8_t size;      /* bytes, 1..8 */
    uint8_t count;     /* elements, 1 or more */
    uint8_t stride;    /* bytes between them */
    uint64_t writable; /* bits that a write changes, of the first element */
};
/* Calls `found` for each that has a name; when two overlap, the first is what the trace calls it. */
void pci_config_list(const struct pci_fn *fn,
                     void (*found)(void *ctx, const struct pci_config_register *reg), void *ctx);

/* ---- Life: called by the functions of the class with the same names ---- */

/* `config` as init got it. Places the function on its bus; fails (`err`) when the place is taken
 * or memory is short. */
int pci_fn_init(struct pci_fn *fn, const struct pci_desc *desc, const void *config,
                struct error *err);
/* The same with presets. */
int pci_fn_init_described(struct pci_fn *fn, const struct pci_described *described,
                          const void *config, struct error *err);
/* The class's own configuration inside `config`, or NULL for its default. */
const void *pci_part(const void *config);
/* Configuration space, MSI-X and interrupt state to their reset values; sticky bits stay unless
 * `kind` is RESET_POWER_ON. */
void pci_fn_reset(struct pci_fn *fn, enum reset_kind kind);
/* Checks loaded state and maps BARs anew. Call before the class's own checks. */
int pci_fn_loaded(struct pci_fn *fn, struct error *err) MUST_CHECK;
void pci_fn_fini(struct pci_fn *fn);
/* In init, after pci_fn_init(): another reset value for 1, 2 or 4 bytes, for what differs
 * between two parts of a kind. */
void pci_fn_preset(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t value);

/* ---- For models ---- */

/* What the model sees of configuration space. set: for hardware-owned bits; no side effects.
 * size 1, 2, 4. */
uint32_t pci_config_get(const struct pci_fn *fn, unsigned offset, unsigned size);
void pci_config_set(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t value);

/* In init: `region` (owned by the model, unmapped in its fini by pci_fn_fini()) is mapped
 * instead of the BAR's own callbacks, for BARs with host memory behind them. `bytes` is set to the
 * present size of the BAR when it is mapped; where software makes a resizable BAR larger than the
 * region is now, nothing answers beyond it. `bar` 0..5 or PCI_ROM_BAR. */
void pci_bar_set_region(struct pci_fn *fn, unsigned bar, struct region *region);

/* The condition of interrupt `vector` (< PCI_VECTORS_MAX) is now `level`. Uses MSI-X, MSI or the
 * function's INTx pin, whichever the guest enabled. With messages a rising level sends one; a
 * masked one is remembered, and forgotten if the level falls before it is unmasked (PCI 3.0,
 * 6.8.3.4). INTx is the wired-or of all vectors' levels. */
void pci_irq(struct pci_fn *fn, unsigned vector, bool level);
/* An interrupt event without a level: sends (or remembers) a message when MSI-X or MSI is
 * enabled and returns true; false when the function is in INTx mode: the model then drives
 * pci_irq(). */
bool pci_message(struct pci_fn *fn, unsigned vector);

/* DMA as the bus master: DMA_ABORT (reads give ones) with a traced guest error when Bus Master
 * Enable is off in the function or in a bridge above it, or it is not in D0. */
enum dma_result pci_dma_read(struct pci_fn *fn, uint64_t addr, void *buf, size_t bytes);
enum dma_result pci_dma_write(struct pci_fn *fn, uint64_t addr, const void *buf, size_t bytes);
bool pci_can_master(const struct pci_fn *fn);

/* ---- Configuration accesses: for the host bridge and tests. `size` 1, 2 or 4, naturally
 * aligned, offset < 4096. ---- */
uint32_t pci_config_read(struct pci_fn *fn, unsigned offset, unsigned size);
void pci_config_write(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t value);

/* Name of the register at `offset`, as traced: a string constant, "none" when nothing is
 * declared there. */
const char *pci_config_name(const struct pci_fn *fn, unsigned offset);

/* Power state, 0..3 (D0..D3hot). */
unsigned pci_power_state(const struct pci_fn *fn);
/* Checks a description (BAR kinds and sizes, capability placement and overlap). NULL or what is
 * wrong; for tests. */
const char *pci_desc_check(const struct pci_desc *desc);
