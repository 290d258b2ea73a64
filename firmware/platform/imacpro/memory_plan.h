/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the memory of the modules is laid out in addresses, and the registers of the memory controllers that say so
 * (hardware.md 3.3 and 3.4). Socket s is on logical channel s: A0 and B0 on channels 0 and 1 of IMC 0, C0 and D0 of IMC 1.
 */
#pragma once

#include "firmware/core/memory.h"
#include "firmware/core/pci.h"

/* Fills in all of `memory` but the modules, of which there is at least one: zones over as many modules as possible (4, 2 or
 * 1) as long as each of them has something left; the first 2 GiB below MAP_LOW_RAM_MAX, the rest from 4 GiB on; no more than
 * `limit` bytes (a multiple of 1 MiB) unless it is 0. Returns NULL or why these modules cannot be used together. */
const char *memory_plan(struct memory *memory, uint64_t limit);

/* The same for memory that is there without modules: `bytes`, a multiple of 1 MiB, in zones of 0 ways. */
const char *memory_plan_flat(struct memory *memory, uint64_t bytes);

/* Writes the registers: what was there before is switched off first and the rules of the source address decoder come last,
 * so that no address ever leads to a wrong place. Without zones that have modules, only the limits. */
void memory_program(const struct memory *memory, const struct pci_access *pci);
