/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine files: see machine_file.h. Every value is loaded as text, because numbers, sizes and times
 * are read in one way everywhere (parse.h) and the line of a wrong one is told.
 */
#include "emu/app/machine_file.h"

#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/run_options.h"
#include "emu/app/socket_name.h"
#include "emu/app/yaml_value.h"
#include "emu/base/bits.h"
#include "emu/host/file.h"

#define TEXT_MAX   256
#define PATH_BYTES 64

/* ---- As libcyaml loads it ---- */

struct raw_module {
    char *size;
    char *ranks;
    char *width;
    char *rows;
    char *columns;
    char *ecc;
    char *serial;
    char *part;
};

struct raw_modules {
    struct raw_module *socket[DIMM_SOCKETS];
};

struct raw_memory {
    char *size;
    char *ecc;
    struct raw_modules *modules;
};

struct raw_machine {
    char *cores;
    struct raw_memory *memory;
    struct yaml_scrub *scrub;
};

#define FLAGS (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

#define TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, FLAGS, struct type, member, 0, TEXT_MAX)
#define PART(key, type, member, fields) \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_OPTIONAL, struct type, member, fields)

static const struct cyaml_schema_field module_fields[] = {
    TEXT("size", raw_module, size),
    TEXT("ranks", raw_module, ranks),
    TEXT("width", raw_module, width),
    TEXT("rows", raw_module, rows),
    TEXT("columns", raw_module, columns),
    TEXT("ecc", raw_module, ecc),
    TEXT("serial", raw_module, serial),
    TEXT("part", raw_module, part),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field modules_fields[] = {
    PART("A0", raw_modules, socket[0], module_fields),
    PART("B0", raw_modules, socket[1], module_fields),
    PART("C0", raw_modules, socket[2], module_fields),
    PART("D0", raw_modules, socket[3], module_fields),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field memory_fields[] = {
    TEXT("size", raw_memory, size),
    TEXT("ecc", raw_memory, ecc),
    PART("modules", raw_memory, modules, modules_fields),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field machine_fields[] = {
    TEXT("cores", raw_machine, cores),
    PART("memory", raw_machine, memory, memory_fields),
    PART("scrub", raw_machine, scrub, yaml_scrub_fields),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_value machine_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_machine, machine_fields),
};

/* ---- Values ---- */

struct loader {
    const struct yaml_file *yaml;
    struct machine_file *file;
    struct error *err;
};

/* ---- Modules ---- */

/* As the SPD EEPROM keeps it: printable, no longer than its field. */
static int take_part(const struct loader *loader, const char *path, const char *text,
                     struct dimm *dimm)
{
    bool is_good = text == NULL || (text[0] != '\0' && strlen(text) <= DIMM_PART_BYTES);

    if (text == NULL) return 0;
    for (size_t i = 0; is_good && text[i] != '\0'; i++) {
        is_good = text[i] >= ' ' && text[i] <= '~';
    }
    if (!is_good) {
        return yaml_file_complain(loader->yaml, loader->err, path,
                                  "part: a part number is 1 to %u printable ASCII characters",
                                  DIMM_PART_BYTES);
    }
    memset(dimm->part, 0, sizeof(dimm->part));
    memcpy(dimm->part, text, strlen(text));
    return 0;
}

/* Rows that are not told follow from the rest. */
static void fit_rows(struct dimm *dimm)
{
    const uint64_t words =
        dimm->bytes / (DIMM_DATA_BITS / 8) / dimm->ranks / (DIMM_BANK_GROUPS * DIMM_BANKS) >>
        dimm->column_bits;

    dimm->row_bits = words != 0 ? (uint8_t)(63 - __builtin_clzll(words)) : 0;
}

struct module_reader {
    const struct loader *loader;
    unsigned socket;
    char path[PATH_BYTES];
};

static const char *path_of(struct module_reader *reader, const char *key)
{
    (void)snprintf(reader->path, sizeof(reader->path), "memory.modules.%s.%s",
                   dimm_socket_name(reader->socket), key);
    return reader->path;
}

static int take_organisation(struct module_reader *reader, const struct raw_module *raw,
                             struct dimm *dimm)
{
    const struct loader *loader = reader->loader;
    uint64_t ranks = dimm->ranks;
    uint64_t width = dimm->width;
    uint64_t rows = 0;
    uint64_t columns = dimm->column_bits;

    if (yaml_number(loader->yaml, loader->err, path_of(reader, "ranks"), raw->ranks,
                    (struct yaml_bounds){1, 4}, &ranks) != 0 ||
        yaml_number(loader->yaml, loader->err, path_of(reader, "width"), raw->width,
                    (struct yaml_bounds){4, 8}, &width) != 0 ||
        yaml_number(loader->yaml, loader->err, path_of(reader, "rows"), raw->rows,
                    (struct yaml_bounds){12, 18}, &rows) != 0 ||
        yaml_number(loader->yaml, loader->err, path_of(reader, "columns"), raw->columns,
                    (struct yaml_bounds){10, 10}, &columns) != 0) {
        return -1;
    }
    dimm->ranks = (uint8_t)ranks;
    dimm->width = (uint8_t)width;
    dimm->column_bits = (uint8_t)columns;
    dimm->row_bits = (uint8_t)rows;
    if (raw->rows == NULL) fit_rows(dimm);
    return 0;
}

static int take_module(const struct loader *loader, unsigned socket, bool has_ecc,
                       const struct raw_module *raw)
{
    struct module_reader reader = {.loader = loader, .socket = socket};
    struct dimm *dimm = &loader->file->dimms.socket[socket];
    struct error trouble = ERROR_INIT;
    uint64_t serial;
    uint64_t bytes;

    if (raw->size == NULL) {
        return yaml_file_complain(loader->yaml, loader->err, path_of(&reader, "size"),
                                  "size is missing, as in size: 8G");
    }
    if (yaml_switch(loader->yaml, loader->err, path_of(&reader, "ecc"), raw->ecc, &has_ecc) != 0)
        return -1;
    if (parse_size("size", raw->size, &bytes, &trouble) != 0 ||
        dimm_make(dimm, bytes, socket, has_ecc, &trouble) != 0) {
        return yaml_refuse(loader->yaml, loader->err, path_of(&reader, "size"), &trouble);
    }
    serial = dimm->serial;
    if (take_organisation(&reader, raw, dimm) != 0 ||
        yaml_number(loader->yaml, loader->err, path_of(&reader, "serial"), raw->serial,
                    (struct yaml_bounds){0, UINT32_MAX}, &serial) != 0) {
        return -1;
    }
    dimm->serial = (uint32_t)serial;
    return take_part(loader, path_of(&reader, "part"), raw->part, dimm);
}

static int take_modules(const struct loader *loader, bool has_ecc, const struct raw_modules *raw)
{
    struct error trouble = ERROR_INIT;

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        if (raw->socket[i] == NULL) continue;
        if (take_module(loader, i, has_ecc, raw->socket[i]) != 0) return -1;
    }
    if (dimm_set_check(&loader->file->dimms, &trouble) == 0) return 0;
    return yaml_refuse(loader->yaml, loader->err, "memory.modules", &trouble);
}

static int take_memory(const struct loader *loader, const struct raw_memory *raw)
{
    struct error trouble = ERROR_INIT;
    bool has_ecc = true;
    uint64_t bytes;

    if (raw == NULL) return 0;
    if (yaml_switch(loader->yaml, loader->err, "memory.ecc", raw->ecc, &has_ecc) != 0) return -1;
    if (raw->size != NULL && raw->modules != NULL) {
        return yaml_file_complain(loader->yaml, loader->err, "memory.size",
                                  "size and modules exclude each other");
    }
    if (raw->size == NULL && raw->modules == NULL) {
        return yaml_file_complain(loader->yaml, loader->err, "memory",
                                  "memory: say size or modules");
    }
    loader->file->has_dimms = true;
    if (raw->modules != NULL) return take_modules(loader, has_ecc, raw->modules);
    if (run_options_memory(raw->size, &bytes, &trouble) != 0 ||
        dimm_set_make(&loader->file->dimms, bytes, has_ecc, &trouble) != 0) {
        return yaml_refuse(loader->yaml, loader->err, "memory.size", &trouble);
    }
    return 0;
}

/* ---- The rest ---- */

static int take_machine(const struct loader *loader, const struct raw_machine *raw)
{
    uint64_t cores = 0;

    if (yaml_number(loader->yaml, loader->err, "cores", raw->cores,
                    (struct yaml_bounds){1, MACHINE_CORES_MAX}, &cores) != 0) {
        return -1;
    }
    loader->file->cores = (unsigned)cores;
    return take_memory(loader, raw->memory) != 0
               ? -1
               : yaml_scrub(loader->yaml, loader->err, raw->scrub, &loader->file->scrub);
}

int machine_file_parse(const char *name, const uint8_t *text, size_t bytes,
                       struct machine_file *file, struct error *err)
{
    struct yaml_file *yaml = yaml_file_open(name, text, bytes, err);
    struct loader loader = {.yaml = yaml, .file = file, .err = err};
    void *raw;
    int result = -1;

    *file = (struct machine_file){.cores = 0};
    if (yaml == NULL) return -1;
    raw = yaml_file_load(yaml, &machine_schema, err);
    if (raw != NULL) result = take_machine(&loader, raw);
    yaml_file_free(&machine_schema, raw);
    yaml_file_close(yaml);
    return result;
}

int machine_file_load(const char *path, struct machine_file *file, struct error *err)
{
    struct host_file contents;
    int result;

    if (host_file_read(path, YAML_FILE_BYTES_MAX, &contents, err) != 0) return -1;
    result = machine_file_parse(path, contents.data, contents.bytes, file, err);
    host_file_release(&contents);
    return result;
}
