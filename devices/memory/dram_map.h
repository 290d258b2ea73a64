/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What single registers of the memory controllers mean: the steps that building, decoding and
 * encoding share. Private to dram_*.c of this folder. All functions are pure, take any register value,
 * and return false where the registers say nothing that can be decoded. Bit positions:
 * reference/hardware.md 3.3.
 */
#pragma once

#include "devices/memory/dram_address.h"

#define DRAM_BLOCK_SHIFT 26u /* SAD and TAD rules end at multiples of 64 MiB */
#define DRAM_BLOCK_BYTES (UINT64_C(1) << DRAM_BLOCK_SHIFT)
#define DRAM_GIB_SHIFT   30u
#define DRAM_GIB_BLOCKS  (UINT64_C(1) << (DRAM_GIB_SHIFT - DRAM_BLOCK_SHIFT))
#define DRAM_SAD_TARGETS 8u /* entries of an interleave list */
#define DRAM_COLUMN_BITS 10u
#define DRAM_RANK_RANKS  4u /* ranks that RIRILV can name for each module */

/* A channel of a controller. */
struct dram_channel {
    unsigned imc;
    unsigned channel;
};

/* ---- SAD ---- */
bool dram_sad_is_enabled(uint32_t sad);
/* Last block of the rule. */
uint64_t dram_sad_limit_block(uint32_t sad);
/* Lowest of the three address bits that choose in the interleave list: 6, 8, 12 or 30. */
unsigned dram_sad_shift(uint32_t sad);
bool dram_sad_target(const struct imc_registers *registers, uint32_t sad, uint32_t interleave_list,
                     unsigned index, struct dram_channel *target);

/* ---- TAD ---- */
/* One rule as one channel applies it. */
struct dram_tad {
    uint64_t offset;
    unsigned socket_shift;
    unsigned socket_log2;
    unsigned channel_shift;
    unsigned channel_log2;
};

/* Number of the first rule that covers `addr`, IMC_TAD_RULES when none does. */
unsigned dram_tad_find(const struct imc_controller_registers *imc, uint64_t addr);
/* First block of the rule, and the one after its last; equal or less when it is empty. */
uint64_t dram_tad_base_block(const struct imc_controller_registers *imc, unsigned rule);
uint64_t dram_tad_end_block(const struct imc_controller_registers *imc, unsigned rule);
bool dram_tad_read(const struct imc_controller_registers *imc, unsigned channel, unsigned rule,
                   struct dram_tad *tad);
/* System address to channel address. */
uint64_t dram_tad_apply(const struct dram_tad *tad, uint64_t addr);
/* The bits of the address, less the offset, that the channel address has no more. */
uint64_t dram_tad_dropped(const struct dram_tad *tad);
/* A granularity of 1 GiB is in use: bits 29:26 then come from the address and not from the
 * difference. */
bool dram_tad_is_giant(const struct dram_tad *tad);

/* ---- RIR ---- */
struct dram_rir {
    uint64_t end; /* exclusive, channel address */
    unsigned ways_log2;
    unsigned shift;
};

/* What a channel interleaves ranks by: 6 for close page, 13 for open page. */
unsigned dram_rir_shift(const struct imc_controller_registers *imc, unsigned channel);
/* The rule that `channel_addr` is in; false when there is none or it has more ways than registers. */
bool dram_rir_find(const struct imc_controller_registers *imc, unsigned channel,
                   uint64_t channel_addr, unsigned *rule, struct dram_rir *rir);
/* Rank within the channel (module * 4 + rank) and offset of one way. */
unsigned dram_rir_rank(const struct imc_channel_registers *channel, unsigned rule, unsigned way);
uint64_t dram_rir_offset(const struct imc_channel_registers *channel, unsigned rule, unsigned way);

/* ---- Modules ---- */
struct dram_module {
    unsigned ranks;
    unsigned row_bits;
    uint64_t rank_bytes;
    bool is_close_page;
    bool is_fine_grain;
    bool has_bank_xor;
};

/* False: none there, or of an organisation that the address maps do not have. Any `dimm`. */
bool dram_module_read(const struct imc_controller_registers *imc, unsigned channel, unsigned dimm,
                      struct dram_module *module);
/* Rank address to row, column and bank, and back; members above rank are left alone. */
void dram_module_split(const struct dram_module *module, uint64_t rank_addr,
                       struct dram_address *at);
/* False: out of range. */
bool dram_module_join(const struct dram_module *module, const struct dram_address *at,
                      uint64_t *rank_addr);
