/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enumeration of PCI: finds all functions, numbers the buses, gives every BAR and bridge window an address, writes all
 * that to the devices. Needs nothing but configuration space accesses, so tests run it on the host.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/pci.h"

#define PCI_FUNCTIONS_MAX 256
#define PCI_RESOURCES_MAX 384
#define PCI_NO_PARENT     0xffff

struct pci_range {
    uint64_t base;
    uint64_t end; /* first address behind */
};

/* A host bridge: its buses and the address windows that it forwards. */
struct pci_root {
    uint8_t bus_first;
    uint8_t bus_last;
    struct pci_range io;
    struct pci_range mem32;
    struct pci_range mem64; /* for 64-bit BARs that do not fit below 4 GiB */
};

/* A port that must keep bus numbers free behind it, whatever is there. */
struct pci_reserve {
    uint16_t bdf;
    uint8_t bus_count;
};

/* What every hot-plug capable port gets at the least, for devices that are plugged in later. */
struct pci_hotplug {
    uint8_t bus_count; /* beside its first; only sockets with nothing in them */
    uint64_t io_bytes, mem_bytes, pref_bytes; /* multiples of the windows' granularity */
};

/* What a board has. Tables are borrowed. */
struct pci_board {
    const struct pci_root *root;
    unsigned root_count;
    const struct pci_reserve *reserve;
    unsigned reserve_count;
    struct pci_hotplug hotplug;
    /* Global interrupt number of an INTx pin (1 = INTA .. 4) of a device on a root bus. */
    uint8_t (*interrupt)(unsigned root_bus, unsigned device, unsigned pin);
};

enum pci_kind {
    PCI_KIND_IO,
    PCI_KIND_MEM,  /* not prefetchable: below 4 GiB behind a bridge */
    PCI_KIND_PREF, /* prefetchable */
};

struct pci_function {
    uint16_t bdf;
    uint16_t parent; /* index of the bridge above, or PCI_NO_PARENT */
    uint32_t id;
    uint8_t root; /* index in the board's table */
    uint8_t pin;
    uint8_t secondary; /* bridges; 0: not a bridge, or no bus number was left */
    uint8_t subordinate;
    bool is_bridge;
    bool is_hotplug; /* a slot that says so */
    bool is_socket;  /* and has a number, as only slots have that people can reach */
    bool has_pref64; /* the bridge's prefetchable window reaches above 4 GiB */
};

/* A BAR, an expansion ROM or (is_window) what a bridge forwards to all behind it. */
struct pci_resource {
    uint64_t bytes;
    uint64_t align; /* power of two */
    uint64_t base;
    uint16_t owner; /* index of the function */
    uint8_t reg;    /* configuration register of a BAR or ROM */
    uint8_t kind;   /* enum pci_kind */
    bool is_window;
    bool is_rom;
    bool is_64bit;
    bool is_high;    /* goes above 4 GiB */
    bool is_dropped; /* there was no room: stays off */
};

struct pci_tree {
    struct pci_hotplug hotplug;
    unsigned function_count;
    unsigned resource_count;
    unsigned lost;    /* functions, buses or resources that did not fit the tables */
    unsigned dropped; /* resources without an address */
    struct pci_function function[PCI_FUNCTIONS_MAX];
    struct pci_resource resource[PCI_RESOURCES_MAX];
};

/* Finds functions behind all roots, numbers buses and sizes BARs. Decoding of all functions is off afterwards. Bus numbers
 * are given depth first; on each bus sockets come last, otherwise in device order. */
void pci_scan(struct pci_tree *tree, const struct pci_access *pci, const struct pci_board *board);

/* Chooses addresses. Larger alignments come first, ties in the order of the table. 64-bit BARs stay below 4 GiB as long as
 * all fit there; then the largest go up. What still does not fit is dropped. Touches no hardware. */
void pci_place(struct pci_tree *tree, const struct pci_board *board);

/* Writes addresses, windows, interrupt lines and the cache line size; turns decoding on (bus mastering in bridges only). */
void pci_program(const struct pci_tree *tree, const struct pci_access *pci,
                 const struct pci_board *board);
