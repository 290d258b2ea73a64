/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot flow asks of a board. One board is linked into an image. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/pci_tree.h"

/* RAM as the memory controller was set up to decode it. */
struct platform_memory {
    uint64_t low_end;  /* first address that is not RAM below 4 GiB, a multiple of 1 MiB */
    uint64_t high_end; /* first address behind RAM above 4 GiB; 4 GiB when there is none */
};

/* Set-up that must come before anything else: only what the machine's reset state does not give. */
void platform_early_init(void);

/* Asks the memory controller. Returns NULL or the reason why there is no sense in the answer. */
const char *platform_read_memory(const struct pci_access *pci, struct platform_memory *memory);

/* Root bridges, their windows, interrupt routing. */
const struct pci_board *platform_pci_board(void);

/* I/O APIC input that INTx pin `pin` (1 = INTA .. 4) of a device on a root bus is wired to. The DSDT says the same. */
uint8_t platform_pci_interrupt(unsigned root_bus, unsigned device, unsigned pin);

/* The compiled DSDT. */
extern const uint8_t platform_dsdt[], platform_dsdt_end[];
