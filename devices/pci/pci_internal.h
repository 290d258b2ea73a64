/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of devices/pci say to each other. */
#pragma once

#include "devices/pci/bridge.h"
#include "devices/pci/host.h"
#include "devices/pci/pci.h"

/* The nature of each bit of configuration space. Derived from the description, except that `rw`
 * follows resizable BARs. */
struct pci_masks {
    uint8_t reset[PCI_CONFIG_BYTES];
    uint8_t rw[PCI_CONFIG_BYTES];
    uint8_t w1c[PCI_CONFIG_BYTES];
    uint8_t hw[PCI_CONFIG_BYTES];   /* changes by itself */
    uint8_t keep[PCI_CONFIG_BYTES]; /* sticky */
};

struct pci_host {
    struct device device;
    const struct pci_host_config *config;
    struct pci_bus root[PCI_ROOTS_MAX];
    struct region ecam;
    struct region config_ports;
    struct pci_reset_port reset_port;
    struct irq_line pirq[PCI_PIRQS];
    struct pci_fn *fns[PCI_FNS_MAX]; /* creation order */
    size_t fn_count;
    uint32_t config_address; /* port 0xcf8 */
};

enum pci_nature {
    PCI_RW,
    PCI_W1C,
    PCI_HW,
    PCI_KEEP,
};

/* One write to configuration space, after it was stored: the bytes it touched as they were
 * before. */
struct pci_write {
    unsigned offset;
    unsigned size;
    uint32_t value; /* what software wrote */
    uint8_t old[4];
};

/* ---- config.c ---- */
/* Does the write touch [offset, offset + size)? */
bool pci_touches(const struct pci_write *write, unsigned offset, unsigned size);
/* The register at `offset` as it was before the write. */
uint32_t pci_old(const struct pci_fn *fn, const struct pci_write *write, unsigned offset,
                 unsigned size);
/* What was written to the register at `offset`, in its lanes; 0 in bytes that the write does not
 * cover. */
uint32_t pci_written(const struct pci_write *write, unsigned offset, unsigned size);
void pci_build(struct pci_fn *fn, unsigned offset, unsigned size, uint32_t reset);
void pci_build_mask(struct pci_fn *fn, enum pci_nature nature, unsigned offset, unsigned size,
                    uint32_t bits);

/* ---- caps_build.c ---- */
/* A register of a capability, for names. Tables end with a NULL name. */
struct pci_cap_reg {
    const char *name;
    uint8_t offset; /* from the capability */
    uint8_t size;
};
struct pci_cap_info {
    uint16_t id;
    bool is_extended;
    const struct pci_cap_reg *regs;
};
const struct pci_cap_info *pci_cap_info(const struct pci_cap *cap);
void pci_caps_build(struct pci_fn *fn);
/* Bytes that a capability occupies. `desc` for what depends on the link width. */
unsigned pci_cap_bytes(const struct pci_desc *desc, const struct pci_cap *cap);
/* The description of the first capability of this kind; NULL: none. */
const struct pci_cap *pci_cap_find(const struct pci_desc *desc, enum pci_cap_kind kind);

/* ---- caps.c ---- */
/* After reset: what depends on the tree (presence, link state) and what a function-level reset
 * keeps (`before`: old space). */
void pci_caps_reset(struct pci_fn *fn, enum reset_kind kind, const uint8_t *before);
/* After a write: power state, link, resizable BARs, MSI, MSI-X. Returns true when the write asks
 * for a reset of the function. */
bool pci_caps_written(struct pci_fn *fn, const struct pci_write *write);
/* BAR sizes and their write masks from the resizable-BAR registers; false when those hold a size
 * that is not offered. */
bool pci_rebar_apply(struct pci_fn *fn);
/* Name and offset of the register of a capability that contains `offset`; NULL: none. */
const char *pci_caps_name(const struct pci_fn *fn, unsigned offset);
/* Presence and data-link state of a port, from whether something is attached. */
void pci_port_update(struct pci_bridge *bridge);

/* ---- msi.c ---- */
bool pci_msi_is_enabled(const struct pci_fn *fn);
bool pci_msix_is_enabled(const struct pci_fn *fn);
/* After a change of enables or masks: sends what is pending and no longer masked, and recomputes
 * INTx. */
void pci_msi_update(struct pci_fn *fn);
uint64_t pci_msix_read(struct pci_fn *fn, bool is_pba, uint64_t offset, unsigned size);
void pci_msix_write(struct pci_fn *fn, uint64_t offset, unsigned size, uint64_t value);
/* INTx pin and Interrupt Status from levels, enables and power state. */
void pci_intx_update(struct pci_fn *fn);

/* ---- bar.c ---- */
void pci_bars_init(struct pci_fn *fn);
unsigned pci_bar_offset(const struct pci_fn *fn, unsigned bar);
enum pci_bar_kind pci_bar_kind(const struct pci_fn *fn, unsigned bar);
/* Something that decides about decoding of this function, or when it is a bridge of all below
 * it, has changed. */
void pci_decode_changed(struct pci_fn *fn);
/* Maps anew without trace records: after loading. */
void pci_decode_reload(struct pci_fn *fn);
void pci_decode_drop(struct pci_fn *fn);
/* Memory BARs that decode in [base, base + bytes) stop. */
void pci_decode_yield(struct pci_fn *fn, uint64_t base, uint64_t bytes);
/* Each BAR of the function's host gets what is free. */
void pci_decode_settle(struct pci_fn *fn);

/* ---- bridge.c ---- */
void pci_bridge_header_build(struct pci_fn *fn);
/* Does the bridge forward [base, base + bytes) downstream? */
bool pci_bridge_forwards(const struct pci_bridge *bridge, bool is_io, uint64_t base,
                         uint64_t bytes);
/* Is there a working link below: not disabled, not held in reset, in D0. */
bool pci_bridge_is_open(const struct pci_bridge *bridge);
void pci_bridge_written(struct pci_bridge *bridge, const struct pci_write *write);
/* A reset of the bus below (RESET_BUS for every function, deep). */
void pci_bus_reset(struct pci_bus *bus);

/* ---- host.c ---- */
/* Attach: fails when the place is taken. */
int pci_bus_attach(struct pci_bus *bus, struct pci_fn *fn, struct error *err);
void pci_bus_detach(struct pci_fn *fn);
/* INTx of a function changed (irq_sink, ctx = struct pci_fn). */
void pci_host_intx(void *ctx, unsigned input, bool level);
