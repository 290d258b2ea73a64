/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt message path: what local APICs, I/O APICs and message-signalled devices say to
 * each other, and the two memory regions of it: the local APIC page (which answers as the local
 * APIC of the core that asks) and the rest of 0xfeexxxxx.
 *
 * Intel SDM volume 3A, chapter 11: 11.6 (interprocessor interrupts, destinations), 11.8.5
 * (EOI), 11.11 (MSI).
 * Life: create the bus first, then local APICs and I/O APICs with it in their configuration
 * (they attach themselves in init and detach in fini, so they must be destroyed before it). It
 * keeps no state between calls.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/device.h"

#define APIC_BUS_LAPICS_MAX  16
#define APIC_BUS_IOAPICS_MAX 8

/* The page of every core's local APIC, and the end of the range whose writes are interrupt messages
 * (SDM 3A 11.4.1, 11.11.1). */
#define APIC_PAGE_BASE   UINT64_C(0xfee00000)
#define APIC_PAGE_BYTES  UINT64_C(0x1000)
#define APIC_MESSAGE_END UINT64_C(0xfef00000)

/* Destination that means every local APIC, physical and logical alike (SDM 3A 11.6.2.1,
 * 11.6.2.2). */
#define APIC_DESTINATION_ALL 0xff
/* Vectors below this one are for exceptions: a local APIC refuses them (SDM 3A 11.5.2). */
#define APIC_VECTOR_MIN 16

/* Bits 10:8 of ICR, LVT, redirection entry and message data alike. */
enum apic_delivery {
    APIC_FIXED = 0,
    APIC_LOWEST_PRIORITY = 1,
    APIC_SMI = 2,
    APIC_RESERVED = 3,
    APIC_NMI = 4,
    APIC_INIT = 5,
    APIC_STARTUP = 6,
    APIC_EXTINT = 7,
};

struct apic_message {
    uint8_t destination; /* APIC ID, or logical destination */
    bool is_logical;
    enum apic_delivery delivery;
    uint8_t vector;
    bool is_level;
    bool is_asserted; /* level messages only: a de-assert does nothing but re-synchronise (INIT) */
};

/* An I/O APIC as the bus sees it. */
struct apic_io {
    struct device *device;
    /* EOI of `vector` by some core: remote IRR bits of that vector clear. */
    void (*eoi)(struct device *device, uint8_t vector);
    /* Some local APIC accepts again: level interrupts that nobody took are sent once more. */
    void (*retry)(struct device *device);
};

extern const struct device_class apic_bus_class; /* no configuration */

/* Attaches the local APIC of core `core` (< APIC_BUS_LAPICS_MAX, one each). -1 with `err` when
 * that place is taken. */
int apic_bus_add_lapic(struct device *bus, unsigned core, struct device *lapic,
                       struct error *err) MUST_CHECK;
void apic_bus_remove_lapic(struct device *bus, const struct device *lapic);
int apic_bus_add_ioapic(struct device *bus, const struct apic_io *io, struct error *err) MUST_CHECK;
void apic_bus_remove_ioapic(struct device *bus, const struct device *ioapic);

/* Delivers to every local APIC that the destination names, except `except` (NULL: none). With
 * lowest priority to one of them: the one with the lowest arbitration priority (SDM 3A
 * 11.6.2.4), on a tie the one with the lowest APIC ID. True when at least one accepted it.
 * Callable from any device callback. */
bool apic_bus_send(struct device *bus, const struct apic_message *message,
                   const struct device *except);

/* The message hook of struct dma_hooks: `bus` is the struct device of this class. Decodes
 * address and data as SDM 3A 11.11 defines them. The redirection hint with a logical
 * destination makes the message go to one of the group. */
void apic_bus_msi(void *bus, uint64_t addr, uint32_t data);

/* EOI broadcast of a level-triggered vector to all I/O APICs (SDM 3A 11.8.5). */
void apic_bus_eoi(struct device *bus, uint8_t vector);
/* A local APIC started to accept fixed interrupts: I/O APICs offer again what nobody took. */
void apic_bus_retry(struct device *bus);
