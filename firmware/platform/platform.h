/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot flow asks of a board. One board is linked into an image. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/memory.h"
#include "firmware/core/pci_tree.h"

/* Set-up that must come before anything else: only what the machine's reset state does not give. */
void platform_early_init(void);

/* Makes the modules in the sockets into memory, as `wishes` has it. Called while code, stack and data below FW_RAM_FREE are
 * elsewhere; memory keeps what is in it. Returns NULL or the reason why there is no memory; *socket is then that of the module which is the reason, or MEMORY_SOCKETS. */
const char *platform_init_memory(const struct pci_access *pci, const struct memory_wishes *wishes,
                                 struct memory *memory, unsigned *socket);

/* What is printed at the socket; NULL for MEMORY_SOCKETS. */
const char *platform_socket_name(unsigned socket);

/* Root bridges, their windows, interrupt routing. */
const struct pci_board *platform_pci_board(void);

/* I/O APIC input that INTx pin `pin` (1 = INTA .. 4) of a device on a root bus is wired to. The DSDT says the same. */
uint8_t platform_pci_interrupt(unsigned root_bus, unsigned device, unsigned pin);

/* The compiled DSDT. */
extern const uint8_t platform_dsdt[], platform_dsdt_end[];
