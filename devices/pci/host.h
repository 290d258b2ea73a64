/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The root complex: up to four root buses, the ECAM window, ports 0xcf8 to 0xcff, and eight
 * interrupt lines PIRQ A..H that the machine wires to I/O APIC inputs 16..23 (MAP_PCI_INTX_PIN of
 * emu/machine/map.h is this file's pci_host_pirq_of() plus 16). It owns no function: the machine
 * creates those with pci_add(), parents before children, and destroys them before the host.
 */
#pragma once

#include "devices/pci/bridge.h"
#include "devices/pci/pci.h"

#define PCI_ROOTS_MAX 4u
#define PCI_PIRQS     8u
#define PCI_FNS_MAX   256u

/* What answers one-byte accesses to port 0xcf9 (reset control), which lies inside the address
 * register's four bytes. */
struct pci_reset_port {
    void *ctx;
    uint8_t (*read)(void *ctx);
    void (*write)(void *ctx, uint8_t value);
};

/* Kept by reference: constant. The default is the machine's: root buses 00, 03, 05, f0 and ECAM
 * at 2 GiB. */
struct pci_host_config {
    uint64_t ecam_base; /* 256 MiB, aligned to its size */
    uint8_t roots
        [PCI_ROOTS_MAX]; /* bus numbers, ascending; a root owns the numbers up to the next root */
    uint8_t root_count;  /* 1..PCI_ROOTS_MAX */
};

extern const struct device_class pci_host_class;

/* PIRQ line (0..7) of pin `intx` (0 = INTA) of device `slot` on a root bus. */
unsigned pci_host_pirq_of(unsigned slot, unsigned intx);

/* The root bus with this number; NULL when there is none. */
struct pci_bus *pci_host_root(struct device *host, unsigned number);
/* PIRQ line 0..7, for irq_connect() to I/O APIC input 16 + n. */
struct irq_line *pci_host_pirq(struct device *host, unsigned pirq);
/* `port` is copied. Without one, port 0xcf9 reads ones. */
void pci_host_set_reset_port(struct device *host, const struct pci_reset_port *port);

/* Creates a function on `bus` at `devfn` (PCI_DEVFN): device_create() with the environment of
 * the host and a struct pci_config. `part` is the class's own configuration (NULL: its default).
 * Owner: the caller. */
struct device *pci_add(struct pci_bus *bus, unsigned devfn, const char *path,
                       const struct device_class *class, const void *part, struct error *err);

/* Configuration access by bus number, as ECAM and 0xcf8/0xcfc do it; ones when nobody is there. */
uint32_t pci_host_config_read(struct device *host, unsigned bus, unsigned devfn, unsigned offset,
                              unsigned size);
void pci_host_config_write(struct device *host, unsigned bus, unsigned devfn, unsigned offset,
                           unsigned size, uint32_t value);
/* The function that a configuration request reaches now; NULL: none. */
struct pci_fn *pci_host_find(struct device *host, unsigned bus, unsigned devfn);

/* Memory of the machine itself comes to [base, base + bytes), before which every BAR has to yield: none decodes there
 * when this returns. Afterwards, and when such memory has gone, pci_host_settle() lets BARs decode what is free. So what is
 * where does not depend on who came first. */
void pci_host_make_room(struct device *host, uint64_t base, uint64_t bytes);
void pci_host_settle(struct device *host);

/* All functions in creation order. */
size_t pci_host_fn_count(const struct device *host);
struct pci_fn *pci_host_fn(struct device *host, size_t index);
/* The bus behind the bridge with this device path; NULL: none. For parts lists. */
struct pci_bus *pci_host_bus_behind(struct device *host, const char *path);
