/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPD EEPROMs: see spd.h. 157 bytes of each module are read in 15 ms, most of them for the checksum. The
 * second checksum (bytes 128-253, module specific) is not looked at, because nothing of that part is.
 */
#include "firmware/drivers/spd.h"

#include "firmware/drivers/smbus.h"

#define ADDRESS_EEPROM 0x50
#define ADDRESS_PAGE   0x36 /* + page: whoever hears a byte sent there turns to that page */
#define PAGE_BYTES     256

#define BYTE_TYPE         2
#define BYTE_MODULE       3
#define BYTE_DENSITY      4
#define BYTE_ADDRESSING   5
#define BYTE_PACKAGE      6
#define BYTE_ORGANISATION 12
#define BYTE_BUS          13
#define BYTE_TCK          18
#define BYTE_TCK_FINE     125
#define BYTE_CRC          126

#define TYPE_DDR4       0x0c
#define BANKS_4X4       0x8 /* bits 7:4 of byte 4: 2 bits of bank group, 2 of bank */
#define BANKS           16
#define DENSITY_MAX     7 /* 32 Gbit */
#define STACKED_3DS     2
#define BUS_64          3
#define EXTENSION_8     1
#define ROW_BITS_MIN    12
#define ROW_BITS_MAX    18
#define COLUMN_BITS_MIN 9
#define COLUMN_BITS     10 /* DDR4 has no other; the memory controller's address map neither */
#define MEDIUM_TIME_PS  125
#define MIBIT           0x100000u
#define WORD_BYTES      8

uint16_t spd_crc(const uint8_t *data, size_t bytes)
{
    uint16_t crc = 0;

    for (size_t i = 0; i < bytes; i++) {
        crc = (uint16_t)(crc ^ data[i] << 8);
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
        }
    }
    return crc;
}

/* The fastest of the standard speeds that the module is made for. */
static uint16_t speed_of(const uint8_t *raw)
{
    static const struct {
        uint16_t cycle_ps;
        uint16_t speed;
    } grades[] = {
        {625, 3200}, {682, 2933}, {750, 2666}, {833, 2400}, {937, 2133}, {1071, 1866},
    };
    int cycle = raw[BYTE_TCK] * MEDIUM_TIME_PS + (int8_t)raw[BYTE_TCK_FINE];

    for (unsigned i = 0; i < sizeof(grades) / sizeof(grades[0]); i++) {
        if (cycle <= grades[i].cycle_ps) {
            return grades[i].speed;
        }
    }
    return 1600;
}

static const char *check_kind(const uint8_t *raw)
{
    if (spd_crc(raw, BYTE_CRC) != (raw[BYTE_CRC] | raw[BYTE_CRC + 1] << 8)) {
        return "the checksum of its SPD is wrong";
    }
    if (raw[BYTE_TYPE] != TYPE_DDR4) {
        return "it is not DDR4";
    }
    if (raw[BYTE_DENSITY] >> 4 != BANKS_4X4) {
        return "it has not 4 groups of 4 banks";
    }
    if ((raw[BYTE_PACKAGE] & 3) == STACKED_3DS) {
        return "stacked chips (3DS) are not supported";
    }
    if ((raw[BYTE_BUS] & 7) != BUS_64 || (raw[BYTE_BUS] >> 3 & 3) > EXTENSION_8) {
        return "it is neither 64 nor 72 bits wide";
    }
    return NULL;
}

const char *spd_parse_base(const uint8_t raw[SPD_BASE_BYTES], struct memory_module *module)
{
    const char *reason = check_kind(raw);
    unsigned ranks = (raw[BYTE_ORGANISATION] >> 3 & 7) + 1u;
    unsigned width_code = raw[BYTE_ORGANISATION] & 7;
    unsigned row_bits = ROW_BITS_MIN + (raw[BYTE_ADDRESSING] >> 3 & 7);
    unsigned column_bits = COLUMN_BITS_MIN + (raw[BYTE_ADDRESSING] & 7);
    unsigned density = raw[BYTE_DENSITY] & 15;
    uint64_t rank_bytes = (1ull << (row_bits + column_bits)) * BANKS * WORD_BYTES;

    if (reason != NULL) {
        return reason;
    }
    if (ranks != 1 && ranks != 2 && ranks != 4) {
        return "it has an impossible number of ranks";
    }
    if (width_code > 1) {
        return "its chips are neither 4 nor 8 bits wide";
    }
    if (row_bits > ROW_BITS_MAX || column_bits != COLUMN_BITS) {
        return "it has an impossible number of rows or columns";
    }
    /* 2^density * 256 Mbit in a chip, 64 / width chips in a rank */
    if (density > DENSITY_MAX ||
        (256ull * MIBIT / 8 << density) * (16u >> width_code) != rank_bytes) {
        return "its capacity does not follow from its rows and columns";
    }
    *module = (struct memory_module){
        .bytes = rank_bytes * ranks,
        .ranks = (uint8_t)ranks,
        .width = (uint8_t)(4u << width_code),
        .row_bits = (uint8_t)row_bits,
        .column_bits = (uint8_t)column_bits,
        .has_ecc = (raw[BYTE_BUS] >> 3 & 3) == EXTENSION_8,
        .speed = speed_of(raw),
    };
    return NULL;
}

/* Order: 320 manufacturer, 322 place, 323 date, 325 serial number, 329 part number, padded with spaces. */
void spd_parse_maker(const uint8_t raw[SPD_MAKER_BYTES], struct memory_module *module)
{
    const uint8_t *part = raw + 9;
    unsigned length = MEMORY_PART_BYTES;

    module->maker = (uint16_t)(raw[0] << 8 | raw[1]);
    module->serial =
        (uint32_t)raw[5] << 24 | (uint32_t)raw[6] << 16 | (uint32_t)raw[7] << 8 | raw[8];
    while (length > 0 && (part[length - 1] == ' ' || part[length - 1] == '\0')) {
        length--;
    }
    for (unsigned i = 0; i < length; i++) {
        char c = (char)part[i];

        module->part[i] = '?';
        if (c > ' ' && c <= '~') {
            module->part[i] = c;
        }
    }
    module->part[length] = '\0';
}

static const char *problem(enum smbus_status status)
{
    switch (status) {
    case SMBUS_OK: break;
    case SMBUS_NO_ANSWER: return "its SPD answers no more";
    case SMBUS_COLLISION: return "the SMBus is never free";
    case SMBUS_FAILED: return "the SMBus does not work";
    }
    return NULL;
}

static enum smbus_status read_bytes(unsigned socket, unsigned first, uint8_t *to, unsigned bytes)
{
    return smbus_read_block((uint8_t)(ADDRESS_EEPROM + socket), (uint8_t)(first % PAGE_BYTES), to,
                            bytes);
}

static enum smbus_status select_page(unsigned page)
{
    return smbus_send_byte((uint8_t)(ADDRESS_PAGE + page), 0);
}

static const char *read_base(struct memory_module *modules, unsigned *failed)
{
    uint8_t raw[SPD_BASE_BYTES];

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        enum smbus_status status = read_bytes(i, 0, raw, SPD_BASE_BYTES);
        const char *reason;

        *failed = i;
        if (status == SMBUS_NO_ANSWER) {
            continue;
        }
        reason = problem(status);
        if (reason == NULL) {
            reason = spd_parse_base(raw, &modules[i]);
        }
        if (reason != NULL) {
            return reason;
        }
    }
    return NULL;
}

static const char *read_maker(struct memory_module *modules, unsigned *failed)
{
    uint8_t raw[SPD_MAKER_BYTES];

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        const char *reason;

        if (modules[i].bytes == 0) {
            continue;
        }
        *failed = i;
        reason = problem(read_bytes(i, SPD_MAKER_FIRST, raw, SPD_MAKER_BYTES));
        if (reason != NULL) {
            return reason;
        }
        spd_parse_maker(raw, &modules[i]);
    }
    return NULL;
}

const char *spd_read(struct memory_module *modules, unsigned *failed)
{
    enum smbus_status status = select_page(0);
    const char *reason;

    *failed = MEMORY_SOCKETS;
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        modules[i] = (struct memory_module){0};
    }
    if (status == SMBUS_NO_ANSWER) {
        return NULL; /* there is no module that could turn to a page */
    }
    reason = problem(status);
    if (reason != NULL) {
        return reason;
    }
    reason = read_base(modules, failed);
    if (reason != NULL) {
        return reason;
    }
    *failed = MEMORY_SOCKETS;
    reason = problem(select_page(1));
    if (reason == NULL) {
        reason = read_maker(modules, failed);
    }
    (void)select_page(0);
    return reason;
}
