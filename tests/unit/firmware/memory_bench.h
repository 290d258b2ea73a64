/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration space of the memory controllers, plain memory, and a decoder that goes the way of Linux's skx_edac: SAD, TAD,
 * RIR (hardware.md 3.3). It shares nothing with the firmware or the emulator.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memory/dram_address.h"
#include "firmware/core/memory.h"
#include "firmware/core/pci.h"

#define BENCH_FUNCTIONS    24
#define BENCH_CONFIG_BYTES ((size_t)BENCH_FUNCTIONS * 4096)

struct bench {
    struct pci_access pci;
    uint8_t *config;   /* BENCH_CONFIG_BYTES */
    bool checks_order; /* no register but those of the SAD may change while a rule of it is on */
};

/* Where a line is. Ordered by memcmp() for equality only; no padding. */
struct bench_place {
    uint64_t socket, rank, rank_addr, addr;
};

struct bench *bench_create(void);
void bench_destroy(struct bench *bench);
uint32_t bench_read(const struct bench *bench, uint16_t bdf, unsigned reg);

/* The module of this capacity (a power of two): as the machine's are, or like them where there are none. 0: none. */
struct memory_module bench_module(uint64_t bytes);

/* False: `addr` leads to no module. `place->addr` is left alone. */
bool bench_decode(const struct bench *bench, uint64_t addr, struct bench_place *place);
void bench_registers(const struct bench *bench, struct imc_registers *registers);
