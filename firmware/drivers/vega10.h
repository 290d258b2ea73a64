/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The display controller: AMD Vega 10, as docs/hardware/vega10.md describes it. Sets the one mode that the machine's panel has.
 */
#pragma once

#include <stdbool.h>

#include "firmware/core/display.h"
#include "firmware/core/pci_tree.h"

/* Looks for the controller among the functions that have addresses, shows the start of its video memory at 5120x2880, 59.98 Hz,
 * and fills in the frame buffer and what the panel says; the mode is that one whatever it says, and without a panel, too. What is
 * in video memory is left as it is. False when there is no such controller, or its
 * registers do not answer; nothing was touched then. */
bool vega10_init(const struct pci_tree *tree, struct display *display);
