/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The error functions of the channels (2043, 2047, 204b): a counter of corrected errors for each of
 * eight ranks, and the log of the last read that was not clean.
 *
 * Sources: counters, thresholds and their status as in the data sheets of the Xeon E5 (volume 2,
 * CORRERRCNT, CORRERRTHRSHLD, CORRERRORSTATUS), which have the same registers at the same offsets;
 * which registers of Skylake-SP are the log, and its V, UC, OVER, NOOVER and EN bits: Linux
 * skx_base.c, i10nm_base.c; fields of both ADDRESS registers: Intel's crash-dump decoder for BMCs.
 * Chosen: each report counts once; the log is on after power-on; MODE says "SDDC, 1LM", the usual
 * one; in BANK the bank is above its group; MISC holds the syndrome and PARITY nothing, because what
 * the real ones hold belongs to the real code. Command parity errors are no reads and are in neither.
 */
#include "devices/memory/dimm.h"
#include "devices/memory/imc_internal.h"
#include "emu/base/bits.h"

#define RANKS         (2u * IMC_COUNTER_REGS)
#define RANKS_OF_DIMM 4u
#define COUNTER_WIDTH 16u /* with the overflow bit on top */
#define COUNT_MAX     0x7fffu
#define OVERFLOW_BIT  0x8000u
#define MODE_SDDC_1LM (1u << 3)

static void count(struct pci_fn *fn, unsigned rank)
{
    unsigned offset = IMC_REG_CORRERRCNT + rank * (COUNTER_WIDTH / 8);
    uint32_t counter = pci_config_get(fn, offset, 2);
    uint32_t threshold = pci_config_get(fn, IMC_REG_CORRERRTHRSHLD + rank * (COUNTER_WIDTH / 8), 2);
    uint32_t errors = counter & COUNT_MAX;
    uint32_t status = pci_config_get(fn, IMC_REG_CORRERRORSTATUS, 4);

    if (errors < COUNT_MAX) {
        errors++;
    }
    if (errors >= threshold) {
        pci_config_set(fn, IMC_REG_CORRERRORSTATUS, 4, status | BIT32(rank));
        if ((counter & OVERFLOW_BIT) == 0) {
            errors = 0; /* starts again when the overflow bit comes on */
        }
        counter |= OVERFLOW_BIT;
    }
    pci_config_set(fn, offset, 2, (counter & OVERFLOW_BIT) | errors);
}

static uint32_t syndrome(unsigned bit)
{
    return bit < DIMM_DATA_BITS ? ecc_encode(BIT(bit)) : BIT32(bit - DIMM_DATA_BITS);
}

static void log_read(struct pci_fn *fn, const struct dram_error *error, unsigned rank)
{
    const struct dram_address *at = &error->at;
    bool is_corrected = error->kind == DRAM_ERROR_CORRECTED;
    uint32_t log = pci_config_get(fn, IMC_REG_RETRY_RD_ERR_LOG, 4);
    bool is_taken = (log & IMC_RETRY_V) != 0;
    bool is_locked = is_taken && (log & (IMC_RETRY_UC | IMC_RETRY_NOOVER)) != 0;

    if ((log & IMC_RETRY_EN) == 0 || is_locked) return;
    log &= ~(IMC_RETRY_UC | IMC_RETRY_MODE);
    log |= IMC_RETRY_V | MODE_SDDC_1LM;
    log |= is_taken ? IMC_RETRY_OVER : 0;
    log |= is_corrected ? 0 : IMC_RETRY_UC;
    pci_config_set(fn, IMC_REG_RETRY_RD_ERR_LOG, 4, log);
    pci_config_set(fn, IMC_REG_RETRY_MISC, 4, is_corrected ? syndrome(error->bit) : 0);
    pci_config_set(fn, IMC_REG_RETRY_PARITY, 4, 0);
    pci_config_set(fn, IMC_REG_RETRY_ADDRESS1, 4,
                   rank << 6 | ((uint32_t)at->bank << 2 | at->bank_group) << 12 |
                       (uint32_t)at->column << 16);
    pci_config_set(fn, IMC_REG_RETRY_ADDRESS2, 4, at->row);
}

void imc_count_error(struct device *imc, const struct dram_error *error)
{
    const struct imc *controllers = (const struct imc *)(const void *)imc;
    const struct dram_address *at = &error->at;
    unsigned rank = at->dimm * RANKS_OF_DIMM + at->rank;
    struct pci_fn *fn;

    if (at->imc >= IMC_COUNT || at->channel >= IMC_CHANNELS || rank >= RANKS) return;
    fn = controllers->errors[at->imc][at->channel];
    if (fn == NULL || error->kind == DRAM_ERROR_COMMAND_PARITY) return;
    if (error->kind == DRAM_ERROR_CORRECTED) {
        count(fn, rank);
    }
    log_read(fn, error, rank);
}
