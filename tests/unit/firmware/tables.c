/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the firmware's tables into a folder, for programs that read such tables: tables FOLDER. ACPI: one file per table,
 * <signature>.dat. SMBIOS: smbios.bin in dmidecode's dump format (entry point, then the table at 32).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/acpi.h"
#include "firmware/core/smbios.h"
#include "firmware/lib/bytes.h"
#include "firmware/platform/imacpro/memory_plan.h"
#include "firmware/platform/platform.h"

#define TABLES_ADDR       0x7ffc0000u
#define NVS_ADDR          0x7fff0000u
#define BIOS_ADDR         0xf0000u
#define CORES             8
#define DUMP_TABLE_OFFSET 32

struct areas {
    uint8_t bios[0x10000], tables[0x10000], nvs[0x1000];
};

static void write_file(const char *folder, const char *name, const void *data, size_t bytes)
{
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
}

static void write_table(const char *folder, const uint8_t *table)
{
    char name[16];

    (void)snprintf(name, sizeof(name), "%.4s.dat", (const char *)table);
    write_file(folder, name, table, get_le32(table + 4));
}

static void write_acpi(const char *folder, struct areas *memory, struct arena *bios)
{
    struct arena tables = {
        .memory = memory->tables, .addr = TABLES_ADDR, .bytes = sizeof(memory->tables)};
    struct arena nvs = {.memory = memory->nvs, .addr = NVS_ADDR, .bytes = sizeof(memory->nvs)};
    const struct acpi_memory where = {.bios = bios, .tables = &tables, .nvs = &nvs};
    const struct acpi_config config = {
        .dsdt = platform_dsdt,
        .dsdt_bytes = (size_t)(platform_dsdt_end - platform_dsdt),
        .core_count = CORES,
        .hpet_id = 0x8086a701,
    };
    uint64_t rsdp_addr;
    const uint8_t *xsdt, *fadt;

    if (acpi_build(&config, &where, &rsdp_addr) != NULL) {
        exit(1);
    }
    xsdt = memory->tables + (get_le64(memory->bios + (rsdp_addr - BIOS_ADDR) + 24) - TABLES_ADDR);
    write_table(folder, xsdt);
    for (uint32_t offset = 36; offset < get_le32(xsdt + 4); offset += 8) {
        write_table(folder, memory->tables + (get_le64(xsdt + offset) - TABLES_ADDR));
    }
    fadt = memory->tables + (get_le64(xsdt + 36) - TABLES_ADDR);
    write_table(folder, memory->tables + (get_le64(fadt + 140) - TABLES_ADDR));
    write_table(folder, memory->nvs + (get_le32(fadt + 36) - NVS_ADDR));
}

static void write_smbios(const char *folder, struct areas *memory, struct arena *bios)
{
    static uint8_t dump[0x10000];
    static struct memory memory_parts;
    const struct smbios_config config = {
        .memory = &memory_parts,
        .cpu_signature = 0x50654,
        .cpu_features = 0xbfebfbff,
        .core_count = CORES,
    };
    uint8_t *entry = memory->bios + ((bios->used + 15) & ~(size_t)15);
    uint32_t bytes;

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        memory_parts.module[i] = (struct memory_module){
            .bytes = 0x200000000,
            .ranks = 1,
            .has_ecc = true,
            .speed = 2666,
            .maker = 0x80ad,
            .serial = 0x12345678 + i,
            .part = "HMA81GR7AFR8N-VK",
        };
    }
    if (memory_plan(&memory_parts, 0) != NULL || smbios_build(&config, bios) != NULL) {
        exit(1);
    }
    bytes = get_le32(entry + 12);
    memcpy(dump, entry, 24);
    memcpy(dump + DUMP_TABLE_OFFSET, memory->bios + (get_le64(entry + 16) - BIOS_ADDR), bytes);
    /* The table stands elsewhere in the dump; the checksum has to agree. */
    dump[5] = (uint8_t)(dump[5] + entry[16] + entry[17] + entry[18] - DUMP_TABLE_OFFSET);
    put_le64(dump + 16, DUMP_TABLE_OFFSET);
    write_file(folder, "smbios.bin", dump, DUMP_TABLE_OFFSET + bytes);
}

int main(int argc, char **argv)
{
    static struct areas memory;
    struct arena bios = {.memory = memory.bios, .addr = BIOS_ADDR, .bytes = sizeof(memory.bios)};

    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    write_acpi(argv[1], &memory, &bios);
    write_smbios(argv[1], &memory, &bios);
    return 0;
}
