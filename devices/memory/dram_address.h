/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a system address to a place in a memory module and back, as the registers of the memory
 * controllers say: SAD (source address decoder) chooses the channel, TAD (target address decoder) makes
 * the channel address, RIR (rank interleave) the rank and the rank address, and the open- or
 * close-page map row, column and bank. Pure arithmetic on a copy of the registers; guest input: any
 * value in any register is allowed and gives an answer or "not decoded".
 *
 * Sources: reference/hardware.md 3.3 and 3.4; Linux drivers/edac/skx_base.c is the judge.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMC_COUNT       2u
#define IMC_CHANNELS    3u /* of each; the iMac Pro has sockets on 0 and 1 */
#define IMC_DIMMS       3u /* DIMMMTR registers of a channel; sockets only on 0 */
#define IMC_SAD_RULES   24u
#define IMC_TAD_RULES   8u
#define IMC_RIR_RULES   4u
#define IMC_RIR_WAYS    4u
#define DRAM_WORD_BYTES 8u
#define DRAM_LINE_BYTES 64u

/* The registers of one channel, named as hardware.md 3.3. */
struct imc_channel_registers {
    uint32_t dimmmtr[IMC_DIMMS];
    uint32_t amap;
    uint32_t tadchnilvoffset[IMC_TAD_RULES];
    uint32_t rirwayness[IMC_RIR_RULES];
    uint32_t ririlv[IMC_RIR_WAYS][IMC_RIR_RULES]; /* 0x120 + 16 way + 4 rule */
};

struct imc_controller_registers {
    struct imc_channel_registers channel[IMC_CHANNELS];
    uint32_t tadbase[IMC_TAD_RULES]; /* those below live in channel 0's function */
    uint32_t tadwayness[IMC_TAD_RULES];
    uint32_t mcmtr;
};

struct imc_registers {
    uint32_t sad[IMC_SAD_RULES];
    uint32_t interleave_list[IMC_SAD_RULES];
    uint32_t mcroute;
    uint32_t tolm; /* as in 2034 at 0xd0 */
    uint64_t tohm;
    struct imc_controller_registers imc[IMC_COUNT];
};

/* A 64-bit word (and its check bits) of a module. */
struct dram_address {
    uint8_t imc;
    uint8_t channel;
    uint8_t dimm; /* of the channel: 0..2 */
    uint8_t rank;
    uint8_t bank_group;
    uint8_t bank; /* in the group */
    uint16_t column;
    uint32_t row;
};

/* A stretch of system addresses that one SAD rule covers, with everything that decides where in the
 * modules it is: two zones with equal bytes decode alike. No padding is left undefined. */
struct imc_zone {
    uint64_t base; /* multiple of 64 MiB */
    uint64_t end;  /* exclusive */
    uint32_t sad;
    uint32_t interleave_list;
    uint64_t map_hash; /* over MCROUTE, TAD, RIR, DIMMMTR, AMAP, MCMTR bits that it depends on */
};

struct imc_layout {
    struct imc_registers registers; /* a copy */
    struct imc_zone zones[IMC_SAD_RULES];
    size_t zone_count; /* sorted by base, no overlap, only those that decode */
};

/* Builds the layout. A rule whose addresses do not decode to a module that is there, or that two
 * addresses of its own share, makes no zone. Addresses between TOLM and 4 GiB and from TOHM on belong
 * to no zone. Bounded work; cheap enough to be called for each register write. */
void imc_layout_build(struct imc_layout *layout, const struct imc_registers *registers);
/* False: not decoded. `addr` is taken down to its word. */
bool imc_layout_decode(const struct imc_layout *layout, uint64_t addr, struct dram_address *out);
/* The system address of the word; false when no zone decodes to it. */
bool imc_layout_encode(const struct imc_layout *layout, const struct dram_address *at,
                       uint64_t *addr);
/* Socket 0..3 of (imc, channel, dimm), DIMM_SOCKETS when the board has none there; and back. */
unsigned dram_socket(const struct dram_address *at);
void dram_socket_place(unsigned socket, struct dram_address *at);
