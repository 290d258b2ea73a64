/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory errors in machine-check banks.
 *
 * Sources: Intel SDM volume 3B, 15.9.2 (compound codes of memory controllers), 15.6.2 and 15.9.3
 * (UCNA, SRAO, SRAR), and its tables of Skylake-SP's MSCOD as mcelog and rasdaemon print them;
 * reference/hardware.md 3.5 for the numbers of the banks.
 * Chosen: docs/hardware/imc.md, "Machine-check banks".
 */
#include "devices/memory/imc_internal.h"
#include "emu/base/bits.h"

#define STATUS_VAL   BIT(63)
#define STATUS_UC    BIT(61)
#define STATUS_EN    BIT(60)
#define STATUS_MISCV BIT(59)
#define STATUS_ADDRV BIT(58)
#define STATUS_PCC   BIT(57)
#define STATUS_S     BIT(56)
#define COUNT_SHIFT  38u
#define MSCOD_SHIFT  16u
/* MISC: the address is physical and exact to a word of 8 bytes. */
#define MISC_PHYSICAL UINT64_C(0x80)
#define MISC_LSB      UINT64_C(3)

#define BANK_M2M 7u

/* MACOD: 0000 0000 1mmm cccc */
#define MACOD_READ    0x90u
#define MACOD_WRITE   0xa0u
#define MACOD_COMMAND 0xb0u
#define MACOD_SCRUB   0xc0u

/* MSCOD of the channels' banks, and of the M2M's. */
#define MSCOD_PATROL_CORRECTED   UINT64_C(0x0008)
#define MSCOD_PATROL_UNCORRECTED UINT64_C(0x0010)
#define MSCOD_READ               UINT64_C(0x0080)
#define MSCOD_COMMAND_PARITY     UINT64_C(0x0200)
#define MSCOD_M2M_READ           UINT64_C(0x0001)

static const uint8_t channel_banks[IMC_COUNT][IMC_CHANNELS] = {{13, 14, 17}, {15, 16, 18}};

static unsigned demand_macod(const struct dram_error *error)
{
    switch (error->during) {
    case DRAM_ACCESS_WRITE:
    case DRAM_ACCESS_DMA_WRITE: return MACOD_WRITE;
    case DRAM_ACCESS_READ:
    case DRAM_ACCESS_FETCH:
    case DRAM_ACCESS_WALK:
    case DRAM_ACCESS_DMA_READ: break;
    }
    return MACOD_READ;
}

static void encode_corrected(const struct dram_error *error, struct imc_mca *mca)
{
    mca->status |= UINT64_C(1) << COUNT_SHIFT;
    if (error->is_patrol) {
        mca->status |= MSCOD_PATROL_CORRECTED << MSCOD_SHIFT | MACOD_SCRUB;
    } else {
        mca->status |= MSCOD_READ << MSCOD_SHIFT | demand_macod(error);
    }
}

/* The scrubber's find is signalled, action optional; a demand read's is not: it goes on as poison,
 * and whoever consumes it has the machine check. */
static void encode_uncorrected(const struct dram_error *error, struct imc_mca *mca)
{
    mca->status |= STATUS_UC | STATUS_EN;
    if (error->is_patrol) {
        mca->status |= STATUS_S | MSCOD_PATROL_UNCORRECTED << MSCOD_SHIFT | MACOD_SCRUB;
    } else {
        mca->bank = BANK_M2M + error->at.imc;
        mca->status |= MSCOD_M2M_READ << MSCOD_SHIFT | demand_macod(error);
    }
}

struct imc_mca imc_mca_encode(const struct dram_error *error)
{
    struct imc_mca mca = {
        .bank = channel_banks[error->at.imc][error->at.channel],
        .status = STATUS_VAL | STATUS_MISCV | STATUS_ADDRV | error->at.channel,
        .addr = error->addr,
        .misc = MISC_PHYSICAL | MISC_LSB,
    };

    switch (error->kind) {
    case DRAM_ERROR_CORRECTED: encode_corrected(error, &mca); break;
    case DRAM_ERROR_UNCORRECTED: encode_uncorrected(error, &mca); break;
    case DRAM_ERROR_COMMAND_PARITY:
        mca.status |= STATUS_UC | STATUS_EN | STATUS_PCC | STATUS_S |
                      MSCOD_COMMAND_PARITY << MSCOD_SHIFT | MACOD_COMMAND;
        break;
    }
    return mca;
}
