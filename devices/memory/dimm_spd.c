/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a module's EEPROM says: JEDEC 21-C annex L (SPD for DDR4), revision 1.1, bytes 0-383; the
 * user's bytes 384-511 are 0.
 *
 * Chosen: DDR4-2666V throughout (19-19-19); tFAW and tRFC follow from the chips' width and density.
 * Modules with ECC are registered ones, four ranks make a load-reduced one of two-die packages, x8
 * without ECC is an unbuffered one; x4 without ECC does not exist and is described as the registered
 * module that it would be. Maker SK hynix, week 45 of 2017. Data buffer and register parameters of
 * the LRDIMM (bytes 132-172) are not described: 0, "not specified".
 */
#include <string.h>

#include "devices/memory/dimm.h"
#include "emu/base/bits.h"

#define SPD_TYPE           3u
#define SPD_DENSITY        4u
#define SPD_ADDRESSING     5u
#define SPD_PACKAGE        6u
#define SPD_ORGANISATION   12u
#define SPD_BUS_WIDTH      13u
#define SPD_TRFC1          30u /* 16 bits each, little-endian, in MTB of 125 ps */
#define SPD_TRFC2          32u
#define SPD_TRFC4          34u
#define SPD_TFAW           37u
#define SPD_BASE_CRC       126u
#define SPD_HEIGHT         128u
#define SPD_THICKNESS      129u
#define SPD_RAW_CARD       130u
#define SPD_ATTRIBUTES     131u
#define SPD_MODULE_CRC     254u
#define SPD_MODULE_MAKER   320u
#define SPD_PLACE          322u
#define SPD_DATE           323u
#define SPD_SERIAL         325u
#define SPD_PART           329u
#define SPD_DRAM_MAKER     350u
#define SPD_DRAM_STEPPING  352u
#define SPD_CRC_BYTES      126u /* of each of the first two blocks of 128 bytes */
#define TYPE_RDIMM         0x1u
#define TYPE_UDIMM         0x2u
#define TYPE_LRDIMM        0x4u
#define PACKAGE_TWO_DIES   0x91u /* not monolithic, two dies, several loads */
#define GROUPS_4_BANKS_4   0x80u
#define BUS_64             0x03u
#define BUS_ECC            0x08u
#define TFAW_X8            168u /* 21 ns */
#define TFAW_X4            96u  /* 12 ns */
#define RAW_CARD_A         0x00u
#define RAW_CARD_B         0x01u
#define RAW_CARD_D         0x03u
#define ONE_REGISTER       0x01u
#define MIRRORED           0x01u
#define MAKER_BANK         0x80u /* JEP106: SK hynix, first bank */
#define MAKER_CODE         0xadu
#define STEPPING_UNDEFINED 0xffu
#define CRC_POLYNOMIAL     0x1021u
#define SMALLEST_CHIP      28u /* 2^28 bits have density code 0 */

struct spd_value {
    uint16_t offset;
    uint8_t value;
};

/* The same in every module; what is not listed is 0. Offsets 18-41 are times in MTB of 125 ps. */
static const struct spd_value common[] = {
    {0, 0x23},  /* 512 bytes, 384 of them used */
    {1, 0x11},  /* annex L, revision 1.1 */
    {2, 0x0c},  /* DDR4 */
    {7, 0x08},  /* unlimited activates */
    {9, 0x60},  /* post-package repair, soft and one row */
    {11, 0x03}, /* 1.2 V */
    {14, 0x80}, /* temperature sensor */
    {18, 0x06}, /* tCKmin 0.75 ns */
    {19, 0x0d}, /* tCKmax 1.6 ns with byte 124 */
    {20, 0xf8}, /* CL 10-20 */
    {21, 0x3f},
    {24, 0x6e},  /* tAA 13.75 ns */
    {25, 0x6e},  /* tRCD */
    {26, 0x6e},  /* tRP */
    {27, 0x11},  /* high nibbles of tRC and tRAS */
    {28, 0x00},  /* tRAS 32 ns */
    {29, 0x6e},  /* tRC 45.75 ns */
    {38, 0x18},  /* tRRD_S 3 ns */
    {39, 0x28},  /* tRRD_L 4.9 ns with byte 118 */
    {40, 0x28},  /* tCCD_L 5 ns */
    {42, 0x78},  /* tWR 15 ns */
    {44, 0x14},  /* tWTR_S 2.5 ns */
    {45, 0x3c},  /* tWTR_L 7.5 ns */
    {118, 0x9c}, /* fine offset of tRRD_L: -100 ps */
    {124, 0xe7}, /* of tCKmax: -25 ps */
    {SPD_HEIGHT, 0x11},
    {SPD_THICKNESS, 0x11},
    {SPD_MODULE_MAKER, MAKER_BANK},
    {SPD_MODULE_MAKER + 1, MAKER_CODE},
    {SPD_PLACE, 0x01},
    {SPD_DATE, 0x17},
    {SPD_DATE + 1, 0x45},
    {SPD_DRAM_MAKER, MAKER_BANK},
    {SPD_DRAM_MAKER + 1, MAKER_CODE},
    {SPD_DRAM_STEPPING, STEPPING_UNDEFINED},
};

struct refresh {
    uint16_t trfc1;
    uint16_t trfc2;
    uint16_t trfc4;
};

/* By density code of byte 4. JEDEC 79-4B has 2 to 16 Gbit; below and above, the nearest. */
static const struct refresh refreshes[] = {
    {1280, 880, 720},  {1280, 880, 720},   {1280, 880, 720},   {1280, 880, 720},
    {2080, 1280, 880}, {2800, 2080, 1280}, {4400, 2800, 2080}, {4400, 2800, 2080},
};

/* CRC-16 of annex L: polynomial 1021, first bit highest, from 0. */
static uint16_t spd_crc(const uint8_t *bytes)
{
    uint32_t crc = 0;

    for (unsigned i = 0; i < SPD_CRC_BYTES; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc & BIT32(15)) != 0 ? crc << 1 ^ CRC_POLYNOMIAL : crc << 1;
        }
    }
    return (uint16_t)crc;
}

static void put16(uint8_t *spd, unsigned offset, unsigned value)
{
    spd[offset] = (uint8_t)value;
    spd[offset + 1] = (uint8_t)(value >> 8);
}

static uint8_t module_type(const struct dimm *dimm)
{
    if (dimm->ranks == DIMM_RANKS_MAX) return TYPE_LRDIMM;
    return dimm->has_ecc || dimm->width == 4 ? TYPE_RDIMM : TYPE_UDIMM;
}

/* log2 of one chip's bits above the smallest that annex L knows. */
static unsigned density(const struct dimm *dimm)
{
    unsigned log2_bits = dimm->row_bits + dimm->column_bits + 4u + (dimm->width == 4 ? 2u : 3u);

    return log2_bits < SMALLEST_CHIP ? 0 : (log2_bits - SMALLEST_CHIP) % ARRAY_LEN(refreshes);
}

static void put_chips(const struct dimm *dimm, uint8_t *spd)
{
    unsigned code = density(dimm);
    bool is_x4 = dimm->width == 4;

    spd[SPD_TYPE] = module_type(dimm);
    spd[SPD_DENSITY] = (uint8_t)(GROUPS_4_BANKS_4 | code);
    spd[SPD_ADDRESSING] = (uint8_t)((dimm->row_bits - 12u) << 3 | (dimm->column_bits - 9u));
    spd[SPD_PACKAGE] = dimm->ranks == DIMM_RANKS_MAX ? PACKAGE_TWO_DIES : 0;
    spd[SPD_ORGANISATION] = (uint8_t)((dimm->ranks - 1u) << 3 | (is_x4 ? 0u : 1u));
    spd[SPD_BUS_WIDTH] = BUS_64 | (dimm->has_ecc ? BUS_ECC : 0);
    put16(spd, SPD_TRFC1, refreshes[code].trfc1);
    put16(spd, SPD_TRFC2, refreshes[code].trfc2);
    put16(spd, SPD_TRFC4, refreshes[code].trfc4);
    spd[SPD_TFAW] = is_x4 ? TFAW_X4 : TFAW_X8;
}

/* Bytes 128-255, whose meaning depends on the type of module. */
static void put_board(const struct dimm *dimm, uint8_t *spd)
{
    unsigned rows = dimm->ranks == 1 ? 1 : 2; /* of chips; a package has two ranks' dies */

    if (module_type(dimm) == TYPE_UDIMM) {
        spd[SPD_RAW_CARD] = (uint8_t)(dimm->ranks == 1 ? RAW_CARD_A : RAW_CARD_B);
        spd[SPD_ATTRIBUTES] = (uint8_t)(dimm->ranks == 1 ? 0 : MIRRORED);
        return;
    }
    spd[SPD_RAW_CARD] = dimm->width == 4 ? RAW_CARD_B : RAW_CARD_D;
    spd[SPD_ATTRIBUTES] = (uint8_t)(rows << 2 | ONE_REGISTER);
}

static void put_identity(const struct dimm *dimm, uint8_t *spd)
{
    for (unsigned i = 0; i < 4; i++) {
        spd[SPD_SERIAL + i] = (uint8_t)(dimm->serial >> (24 - 8 * i));
    }
    memset(spd + SPD_PART, ' ', DIMM_PART_BYTES);
    for (unsigned i = 0; i < DIMM_PART_BYTES && dimm->part[i] != '\0'; i++) {
        spd[SPD_PART + i] = (uint8_t)dimm->part[i];
    }
}

void dimm_spd(const struct dimm *dimm, uint8_t spd[DIMM_SPD_BYTES])
{
    if (dimm->bytes == 0) {
        memset(spd, 0xff, DIMM_SPD_BYTES);
        return;
    }
    memset(spd, 0, DIMM_SPD_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        spd[common[i].offset] = common[i].value;
    }
    put_chips(dimm, spd);
    put_board(dimm, spd);
    put_identity(dimm, spd);
    put16(spd, SPD_BASE_CRC, spd_crc(spd));
    put16(spd, SPD_MODULE_CRC, spd_crc(spd + SPD_HEIGHT));
}
