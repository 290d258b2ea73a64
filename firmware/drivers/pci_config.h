/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space through the memory-mapped window (ECAM) or, where that is off, ports 0xCF8 and 0xCFC. */
#pragma once

#include <stdbool.h>

#include "firmware/core/pci.h"

/* Fills in the access functions; they need no state. Uses ECAM when 00:00.0 reads the same there as through the ports,
 * and says so; otherwise only the first 256 bytes of a function can be reached. */
bool pci_config_init(struct pci_access *pci);
