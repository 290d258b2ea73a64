/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two integrated memory controllers of Skylake-SP: the PCI functions whose registers decode
 * addresses (2040, 2044, 2048 channels; 2054 SAD; 2055; 208e routing; 2034 limits) and count errors
 * (2043, 2047, 204b). Registers come up empty: firmware reads the modules' SPD and programs them.
 * docs/hardware/imc.md.
 */
#pragma once

#include "devices/memory/dram.h"
#include "devices/memory/dram_address.h"
#include "devices/pci/pci.h"

/* What the functions share: the registers gathered, the layout. Not a PCI function itself; created
 * before them. */
struct imc_config {
    void *ctx;
    /* The layout is another one than before: zones came, went or changed. Called from register
     * writes, resets and snapshot load. */
    void (*layout_changed)(void *ctx);
};
extern const struct device_class imc_class;
const struct imc_layout *imc_layout(const struct device *imc);
/* Counts in the error registers of the channel (CORRERRCNT, CORRERRORSTATUS, RETRY_RD_ERR_LOG). */
void imc_count_error(struct device *imc, const struct dram_error *error);

/* A function of the table (devices/pci/inert_table.c) that belongs to the controllers. */
struct imc_function_config {
    const struct pci_described *part; /* its description */
    struct device *imc;
    uint8_t root; /* bus, slot, function: which of several alike it is */
    uint8_t slot;
    uint8_t function;
};
extern const struct device_class imc_function_class;
/* Does a row with these ids belong to the controllers? */
bool imc_is_function(const struct pci_desc *desc);

/* What an error puts into a machine-check bank (reference/hardware.md 3.5). */
struct imc_mca {
    unsigned bank;
    uint64_t status;
    uint64_t addr;
    uint64_t misc;
};
struct imc_mca imc_mca_encode(const struct dram_error *error);
