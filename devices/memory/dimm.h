/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory modules: what can be plugged into the four sockets, how their capacity is organised, and
 * what their SPD EEPROM says about it (JEDEC 21-C, annex L). Plain data: the machine's parts list
 * and the command line both use it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

#define DIMM_SOCKETS     4u /* A0, B0, C0, D0: IMC 0 channel 0, 1; IMC 1 channel 0, 1 */
#define DIMM_SPD_BYTES   512u
#define DIMM_BYTES_MIN   (UINT64_C(512) << 20)
#define DIMM_BYTES_MAX   (UINT64_C(64) << 30)
#define DIMM_BANK_GROUPS 4u
#define DIMM_BANKS       4u /* in each group */
#define DIMM_RANKS_MAX   4u
#define DIMM_PART_BYTES  20u /* SPD bytes 329-348 */
#define DIMM_DATA_BITS   64u
#define DIMM_CHECK_BITS  8u
#define DIMM_CODE_BITS   (DIMM_DATA_BITS + DIMM_CHECK_BITS)

/* One module. An empty socket has `bytes` 0 and nothing else. Capacity =
 * 2^(row_bits + column_bits) x ranks x 16 banks x 8 bytes. */
struct dimm {
    uint64_t bytes;      /* without check bits; power of two, DIMM_BYTES_MIN..MAX */
    uint8_t ranks;       /* 1, 2 or 4 */
    uint8_t width;       /* bits of one chip: 4 or 8 */
    uint8_t row_bits;    /* 12..18 */
    uint8_t column_bits; /* 10 */
    bool has_ecc;        /* 72 bits wide; false: 64 */
    uint32_t serial;     /* SPD bytes 325-328, the first one highest */
    char part[DIMM_PART_BYTES + 1];
};

struct dimm_set {
    struct dimm socket[DIMM_SOCKETS];
    /* Firmware decodes no more than this, whatever the modules hold; 0: all. For memory sizes that no
     * set of modules has. Multiple of 1 MiB. */
    uint64_t limit;
};

/* What is printed at the socket: "A0" to "D0" for 0..3. A string constant. */
const char *dimm_socket_name(unsigned socket);
/* The usual module of this capacity (8G: 1Rx8, 16G: 2Rx8, 32G: 2Rx4, 64G: 4Rx4, and smaller ones of
 * 1Rx8), with a serial number made from `socket`. -1 with `err` (ERROR_USAGE, naming the capacities
 * that exist) for any other. */
int dimm_make(struct dimm *dimm, uint64_t bytes, unsigned socket, bool has_ecc,
              struct error *err) MUST_CHECK;
/* Four equal modules, the smallest that hold `bytes`; below 2 GiB, for which four are too many, one.
 * `limit` is set when they hold more. `bytes`: whole MiB, 16 MiB..256 GiB (else ERROR_USAGE). */
int dimm_set_make(struct dimm_set *set, uint64_t bytes, bool has_ecc, struct error *err) MUST_CHECK;
/* What makes a set impossible (-1 with `err`, one sentence with the allowed range): no module at all,
 * a capacity that does not follow from the organisation, fields out of range, ECC and other modules
 * mixed. */
int dimm_set_check(const struct dimm_set *set, struct error *err) MUST_CHECK;
/* NULL, or one sentence why the set is not what the iMac Pro is sold with (four equal modules, one in
 * each channel) and what that costs. A string constant. */
const char *dimm_set_remark(const struct dimm_set *set);
/* Memory that firmware will find: the sum, or the limit. */
uint64_t dimm_set_bytes(const struct dimm_set *set);

/* The contents of the module's SPD EEPROM, both checksums right; 0xff throughout for an empty
 * socket. */
void dimm_spd(const struct dimm *dimm, uint8_t spd[DIMM_SPD_BYTES]);
