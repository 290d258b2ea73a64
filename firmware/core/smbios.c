/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMBIOS tables: see smbios.h. A structure is a fixed part, made here from a table row of bytes and patches, and its
 * strings. Chosen, because the real values are not public: serial numbers of the machine, UUID, BIOS date.
 */
#include "firmware/core/smbios.h"

#include <stdbool.h>

#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define TABLE_BYTES_MAX     0x1000
#define ENTRY3_BYTES        24
#define ENTRY2_BYTES        31
#define HEADER_BYTES        4
#define FORMATTED_BYTES_MAX 0x60
#define VERSION_MAJOR       3
#define VERSION_MINOR       1
#define VERSION_DOC         1
#define ARRAY_COUNT         2
#define ARRAY_SOCKETS       (MEMORY_SOCKETS / ARRAY_COUNT)
#define ARRAY_CAPACITY      0x4000000000u /* 2 modules of 128 GiB, the largest RDIMMs there are */
#define CPU_MULTI_CORE      0x0008u
#define KIB                 1024u
#define MIB                 0x100000u
#define FOUR_GIB            0x100000000u

#define HANDLE_BIOS     0x0000
#define HANDLE_SYSTEM   0x0100
#define HANDLE_BOARD    0x0200
#define HANDLE_CHASSIS  0x0300
#define HANDLE_CPU      0x0400
#define HANDLE_CACHE    0x0700 /* + level - 1 */
#define HANDLE_ARRAY    0x1000 /* + array */
#define HANDLE_DIMM     0x1100 /* + slot */
#define HANDLE_MAP      0x1300 /* + range */
#define HANDLE_DIMM_MAP 0x1400 /* + a number that counts up */
#define HANDLE_BOOT     0x2000
#define HANDLE_END      0x7f00
#define HANDLE_NONE     0xffff
#define NO_ERROR_HANDLE 0xfffe
#define WIDTH_UNKNOWN   0xffff

struct writer {
    uint8_t *table; /* TABLE_BYTES_MAX */
    size_t bytes;
    size_t largest; /* structure */
    unsigned count;
    bool is_full;
};

/* A structure under construction: formatted part and strings, which are numbered from 1. */
struct item {
    uint8_t raw[FORMATTED_BYTES_MAX];
    const char *string[8];
    unsigned string_count;
};

static void item_begin(struct item *item, uint8_t type, uint8_t bytes, uint16_t handle)
{
    *item = (struct item){.raw = {type, bytes}};
    put_le16(item->raw + 2, handle);
}

static void item_string(struct item *item, unsigned offset, const char *text)
{
    item->string[item->string_count++] = text;
    item->raw[offset] = (uint8_t)item->string_count;
}

static void put_bytes(struct writer *writer, const void *data, size_t bytes)
{
    if (writer->is_full || bytes > TABLE_BYTES_MAX - writer->bytes) {
        writer->is_full = true;
        return;
    }
    mem_copy(writer->table + writer->bytes, data, bytes);
    writer->bytes += bytes;
}

/* 6.1.3: strings end with NUL, the set with another NUL; without strings there are two. */
static void item_end(struct writer *writer, const struct item *item)
{
    size_t start = writer->bytes;

    put_bytes(writer, item->raw, item->raw[1]);
    for (unsigned i = 0; i < item->string_count; i++) {
        put_bytes(writer, item->string[i], str_length(item->string[i], FORMATTED_BYTES_MAX) + 1);
    }
    put_bytes(writer, "\0", item->string_count > 0 ? 1 : 2);
    writer->count++;
    if (writer->bytes - start > writer->largest) {
        writer->largest = writer->bytes - start;
    }
}

static void put_bios(struct writer *writer)
{
    struct item item;

    item_begin(&item, 0, 26, HANDLE_BIOS);
    item_string(&item, 4, "Apple Inc.");
    item_string(&item, 5, "1037.80.53.0.0 (iBridge: 17.16.13050)");
    put_le16(item.raw + 6, 0xf000);
    item_string(&item, 8, "03/02/2020");
    item.raw[9] = 15;                            /* 1 MiB of ROM: (n + 1) * 64 KiB */
    put_le64(item.raw + 10, 0x0000000000000080); /* PCI */
    item.raw[18] = 0x01;                         /* ACPI */
    item.raw[20] = 0xff;                         /* no release numbers, no embedded controller */
    item.raw[21] = 0xff;
    item.raw[22] = 0xff;
    item.raw[23] = 0xff;
    item_end(writer, &item);
}

static void put_system(struct writer *writer)
{
    /* 53504752-4159-4000-8000-494d50312c31; the first three fields are little-endian (7.2.1) */
    static const uint8_t uuid[16] = {0x52, 0x47, 0x50, 0x53, 0x59, 0x41, 0x00, 0x40,
                                     0x80, 0x00, 0x49, 0x4d, 0x50, 0x31, 0x2c, 0x31};
    struct item item;

    item_begin(&item, 1, 27, HANDLE_SYSTEM);
    item_string(&item, 4, "Apple Inc.");
    item_string(&item, 5, "iMacPro1,1");
    item_string(&item, 6, "1.0");
    item_string(&item, 7, "C02SPACEGRAY");
    mem_copy(item.raw + 8, uuid, sizeof(uuid));
    item.raw[24] = 0x06; /* woken by the power switch */
    item_string(&item, 26, "iMac Pro");
    item_end(writer, &item);

    item_begin(&item, 2, 15, HANDLE_BOARD);
    item_string(&item, 4, "Apple Inc.");
    item_string(&item, 5, "Mac-7BA5B2D9E42DDD94");
    item_string(&item, 6, "iMacPro1,1");
    item_string(&item, 7, "C02SPACEGRAY00001");
    item.raw[9] = 0x09; /* hosting board, replaceable */
    put_le16(item.raw + 11, HANDLE_CHASSIS);
    item.raw[13] = 0x0a; /* motherboard */
    item_end(writer, &item);

    item_begin(&item, 3, 22, HANDLE_CHASSIS);
    item_string(&item, 4, "Apple Inc.");
    item.raw[5] = 0x0d; /* all in one */
    item_string(&item, 6, "Mac-7BA5B2D9E42DDD94");
    item_string(&item, 7, "C02SPACEGRAY");
    item.raw[9] = 0x03; /* boot-up, power, thermal state: safe; security: none */
    item.raw[10] = 0x03;
    item.raw[11] = 0x03;
    item.raw[12] = 0x03;
    item_end(writer, &item);
}

struct cache {
    const char *name;
    uint32_t kib;
    uint8_t associativity; /* 7.8.5 */
    uint8_t type;          /* 7.8.4: 4 data, 5 unified */
    bool is_per_core;
};

static void put_caches(struct writer *writer, unsigned core_count)
{
    static const struct cache caches[] = {
        {"L1 Cache", 64, 0x07, 0x05,
         true}, /* 8-way; instructions and data together, as SMBIOS tools expect */
        {"L2 Cache", 1024, 0x08, 0x05, true},   /* 16-way */
        {"L3 Cache", 11264, 0x02, 0x05, false}, /* 11-way: no code for it, "unknown" */
    };

    for (unsigned i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
        uint32_t kib = caches[i].kib * (caches[i].is_per_core ? core_count : 1);
        struct item item;

        item_begin(&item, 7, 27, (uint16_t)(HANDLE_CACHE + i));
        item_string(&item, 4, caches[i].name);
        put_le16(item.raw + 5,
                 (uint16_t)(0x0180 | i)); /* write back, enabled, internal, level i + 1 */
        put_le16(item.raw + 7, (uint16_t)kib);
        put_le16(item.raw + 9, (uint16_t)kib);
        put_le16(item.raw + 11, 0x0002); /* SRAM type unknown */
        put_le16(item.raw + 13, 0x0002);
        item.raw[16] = 0x05; /* single-bit ECC */
        item.raw[17] = caches[i].type;
        item.raw[18] = caches[i].associativity;
        put_le32(item.raw + 19, kib);
        put_le32(item.raw + 23, kib);
        item_end(writer, &item);
    }
}

static void put_cpu(struct writer *writer, const struct smbios_config *config)
{
    struct item item;

    item_begin(&item, 4, 48, HANDLE_CPU);
    item_string(&item, 4, "CPU1");
    item.raw[5] = 0x03; /* central processor */
    item.raw[6] = 0xb3; /* Xeon */
    item_string(&item, 7, "Intel(R) Corporation");
    put_le32(item.raw + 8, config->cpu_signature);
    put_le32(item.raw + 12, config->cpu_features);
    item_string(&item, 16, "Intel(R) Xeon(R) W-2140B CPU @ 3.20GHz");
    item.raw[17] = 0x80 | 10;      /* 1.0 V */
    put_le16(item.raw + 18, 25);   /* external clock, MHz */
    put_le16(item.raw + 20, 4200); /* maximum speed, MHz */
    put_le16(item.raw + 22, 3200); /* current speed, MHz */
    item.raw[24] = 0x41;           /* populated, enabled */
    item.raw[25] = 0x01; /* upgrade: other (soldered or LGA2066, which has no code in 3.1.1) */
    put_le16(item.raw + 26, HANDLE_CACHE);
    put_le16(item.raw + 28, HANDLE_CACHE + 1);
    put_le16(item.raw + 30, HANDLE_CACHE + 2);
    item.raw[35] = (uint8_t)config->core_count;
    item.raw[36] = (uint8_t)config->core_count;
    item.raw[37] = (uint8_t)config->core_count; /* threads */
    /* 64-bit, execute protection, virtualization, power control */
    put_le16(item.raw + 38, 0x00e4 | (config->core_count > 1 ? CPU_MULTI_CORE : 0));
    put_le16(item.raw + 40, 0xb3);
    put_le16(item.raw + 42, (uint16_t)config->core_count);
    put_le16(item.raw + 44, (uint16_t)config->core_count);
    put_le16(item.raw + 46, (uint16_t)config->core_count);
    item_end(writer, &item);
}

/* 7.18.5: MiB in 15 bits, or the extended field. */
static void put_dimm_size(struct item *item, uint64_t bytes)
{
    uint64_t mib = bytes / MIB;

    if (mib >= 0x7fff) {
        put_le16(item->raw + 12, 0x7fff);
        put_le32(item->raw + 28, (uint32_t)mib);
    } else {
        put_le16(item->raw + 12, (uint16_t)mib);
    }
}

/* Who makes memory modules, by their JEP-106 codes with parity. */
static const char *maker_name(uint16_t maker)
{
    static const struct {
        uint16_t code;
        const char *name;
    } makers[] = {
        {0x80ad, "SK hynix"},
        {0x80ce, "Samsung"},
        {0x802c, "Micron"},
        {0x0198, "Kingston"},
    };

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        if (makers[i].code == maker) {
            return makers[i].name;
        }
    }
    return "Unknown";
}

/* The slowest module decides. */
static uint16_t common_speed(const struct memory *memory)
{
    uint16_t speed = UINT16_MAX;

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        if (memory->module[i].bytes != 0 && memory->module[i].speed < speed) {
            speed = memory->module[i].speed;
        }
    }
    return speed;
}

static void put_hex32(char text[9], uint32_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        text[i] = "0123456789ABCDEF"[value >> (28 - 4 * i) & 15];
    }
    text[8] = '\0';
}

static void put_dimm(struct writer *writer, const struct memory *memory, unsigned slot)
{
    static const char *const locator[MEMORY_SOCKETS] = {"CPU1_DIMM_A0", "CPU1_DIMM_B0",
                                                        "CPU1_DIMM_C0", "CPU1_DIMM_D0"};
    static const char *const bank[MEMORY_SOCKETS] = {"NODE 1 CHANNEL 0", "NODE 1 CHANNEL 1",
                                                     "NODE 1 CHANNEL 2", "NODE 1 CHANNEL 3"};
    const struct memory_module *module = &memory->module[slot];
    char serial[9];
    struct item item;

    item_begin(&item, 17, 40, (uint16_t)(HANDLE_DIMM + slot));
    put_le16(item.raw + 4, (uint16_t)(HANDLE_ARRAY + slot / ARRAY_SOCKETS));
    put_le16(item.raw + 6, NO_ERROR_HANDLE);
    put_le16(item.raw + 8, WIDTH_UNKNOWN);
    put_le16(item.raw + 10, WIDTH_UNKNOWN);
    item.raw[14] = 0x09; /* DIMM */
    item_string(&item, 16, locator[slot]);
    item_string(&item, 17, bank[slot]);
    item.raw[18] = 0x02;             /* type unknown */
    put_le16(item.raw + 19, 0x0004); /* type detail unknown */
    if (module->bytes != 0) {
        put_le16(item.raw + 8, module->has_ecc ? 72 : 64);
        put_le16(item.raw + 10, 64);
        put_dimm_size(&item, module->bytes);
        item.raw[18] = 0x1a;             /* DDR4 */
        put_le16(item.raw + 19, 0x0080); /* synchronous */
        put_le16(item.raw + 21, module->speed);
        put_hex32(serial, module->serial);
        item_string(&item, 23, maker_name(module->maker));
        item_string(&item, 24, serial);
        if (module->part[0] != '\0') {
            item_string(&item, 26, module->part);
        }
        item.raw[27] = module->ranks;
        put_le16(item.raw + 32, common_speed(memory));
        put_le16(item.raw + 34, 1200); /* mV: minimum, maximum, configured */
        put_le16(item.raw + 36, 1200);
        put_le16(item.raw + 38, 1200);
    }
    item_end(writer, &item);
}

static void put_array(struct writer *writer, unsigned index, bool has_ecc)
{
    struct item item;

    item_begin(&item, 16, 23, (uint16_t)(HANDLE_ARRAY + index));
    item.raw[4] = 0x03;                  /* on the board */
    item.raw[5] = 0x03;                  /* system memory */
    item.raw[6] = has_ecc ? 0x05 : 0x03; /* single-bit ECC, or none */
    put_le32(item.raw + 7, 0x80000000);  /* capacity: see the extended field */
    put_le16(item.raw + 11, NO_ERROR_HANDLE);
    put_le16(item.raw + 13, ARRAY_SOCKETS);
    put_le64(item.raw + 15, ARRAY_CAPACITY);
    item_end(writer, &item);
}

/* First and last address, in KiB when they fit in 32 bits, otherwise in the fields at `extended`, in bytes. */
static void put_addresses(struct item *item, unsigned extended, uint64_t base, uint64_t end)
{
    uint64_t last_kib = end / KIB - 1;

    if (last_kib < 0xffffffff) {
        put_le32(item->raw + 4, (uint32_t)(base / KIB));
        put_le32(item->raw + 8, (uint32_t)last_kib);
    } else {
        put_le32(item->raw + 4, 0xffffffff);
        put_le32(item->raw + 8, 0xffffffff);
        put_le64(item->raw + extended, base);
        put_le64(item->raw + extended + 8, end - 1);
    }
}

/* 7.20: a stretch of addresses with memory behind. */
static void put_mapping(struct writer *writer, unsigned index, uint64_t base, uint64_t end)
{
    struct item item;

    if (base >= end) {
        return;
    }
    item_begin(&item, 19, 31, (uint16_t)(HANDLE_MAP + index));
    put_addresses(&item, 15, base, end);
    put_le16(item.raw + 12, HANDLE_ARRAY);
    item.raw[14] = ARRAY_SOCKETS;
    item_end(writer, &item);
}

/* 7.21: what of a zone is in the module of socket[way]. Lines go to the modules in turn. */
static void put_dimm_mapping(struct writer *writer, unsigned index, const struct memory_zone *zone,
                             unsigned way)
{
    struct item item;

    item_begin(&item, 20, 35, (uint16_t)(HANDLE_DIMM_MAP + index));
    put_addresses(&item, 19, zone->base, zone->end);
    put_le16(item.raw + 12, (uint16_t)(HANDLE_DIMM + zone->socket[way]));
    put_le16(item.raw + 14, (uint16_t)(HANDLE_MAP + (zone->base >= FOUR_GIB)));
    item.raw[16] = 0xff; /* row position unknown */
    item.raw[17] = (uint8_t)(zone->ways > 1 ? way + 1 : 0);
    item.raw[18] = zone->ways > 1;
    item_end(writer, &item);
}

static void put_memory(struct writer *writer, const struct memory *memory)
{
    unsigned mappings = 0;
    bool has_ecc = false;

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        has_ecc = has_ecc || memory->module[i].has_ecc;
    }
    for (unsigned i = 0; i < ARRAY_COUNT; i++) {
        put_array(writer, i, has_ecc);
        for (unsigned j = 0; j < ARRAY_SOCKETS; j++) {
            put_dimm(writer, memory, i * ARRAY_SOCKETS + j);
        }
    }
    put_mapping(writer, 0, 0, memory->low_end);
    put_mapping(writer, 1, FOUR_GIB, memory->high_end);
    for (unsigned i = 0; i < memory->zone_count; i++) {
        for (unsigned way = 0; way < memory->zone[i].ways; way++) {
            put_dimm_mapping(writer, mappings++, &memory->zone[i], way);
        }
    }
}

static void put_end(struct writer *writer)
{
    struct item item;

    item_begin(&item, 32, 11, HANDLE_BOOT); /* boot status: no errors */
    item_end(writer, &item);
    item_begin(&item, 127, HEADER_BYTES, HANDLE_END);
    item_end(writer, &item);
}

/* 5.2.2 */
static void put_entry3(uint8_t *entry, const struct writer *writer, uint64_t table_addr)
{
    mem_copy(entry, "_SM3_", 5);
    entry[6] = ENTRY3_BYTES;
    entry[7] = VERSION_MAJOR;
    entry[8] = VERSION_MINOR;
    entry[9] = VERSION_DOC;
    entry[10] = 1;
    put_le32(entry + 12, (uint32_t)writer->bytes);
    put_le64(entry + 16, table_addr);
    entry[5] = (uint8_t)-sum8(entry, ENTRY3_BYTES);
}

/* 5.2.1: the entry point of SMBIOS 2, with the one of DMI inside. */
static void put_entry2(uint8_t *entry, const struct writer *writer, uint64_t table_addr)
{
    mem_copy(entry, "_SM_", 4);
    entry[5] = ENTRY2_BYTES;
    entry[6] = VERSION_MAJOR;
    entry[7] = VERSION_MINOR;
    put_le16(entry + 8, (uint16_t)writer->largest);
    mem_copy(entry + 16, "_DMI_", 5);
    put_le16(entry + 22, (uint16_t)writer->bytes);
    put_le32(entry + 24, (uint32_t)table_addr);
    put_le16(entry + 28, (uint16_t)writer->count);
    entry[30] = VERSION_MAJOR << 4 | VERSION_MINOR;
    entry[21] = (uint8_t)-sum8(entry + 16, ENTRY2_BYTES - 16);
    entry[4] = (uint8_t)-sum8(entry, ENTRY2_BYTES);
}

const char *smbios_build(const struct smbios_config *config, struct arena *arena)
{
    uint8_t *entry3 = arena_alloc(arena, ENTRY3_BYTES, 16);
    uint8_t *entry2 = arena_alloc(arena, ENTRY2_BYTES, 16);
    struct writer writer = {.table = arena_alloc(arena, TABLE_BYTES_MAX, 16)};

    if (entry3 == NULL || entry2 == NULL || writer.table == NULL) {
        return "the SMBIOS tables do not fit";
    }
    put_bios(&writer);
    put_system(&writer);
    put_cpu(&writer, config);
    put_caches(&writer, config->core_count);
    put_memory(&writer, config->memory);
    put_end(&writer);
    if (writer.is_full) {
        return "the SMBIOS tables do not fit";
    }
    put_entry3(entry3, &writer, arena_addr(arena, writer.table));
    put_entry2(entry2, &writer, arena_addr(arena, writer.table));
    return NULL;
}
