/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine files: see machine_file.h. Every value is loaded as text, because numbers, sizes and times
 * are read in one way everywhere (parse.h) and the line of a wrong one is told.
 */
#include "emu/app/machine_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/faults_yaml.h"
#include "emu/app/parse.h"
#include "emu/app/run_options.h"
#include "emu/app/socket_name.h"
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

struct raw_scrub {
    char *demand;
    char *patrol;
};

struct raw_machine {
    char *cores;
    struct raw_memory *memory;
    struct raw_scrub *scrub;
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

static const struct cyaml_schema_field scrub_fields[] = {
    TEXT("demand", raw_scrub, demand),
    TEXT("patrol", raw_scrub, patrol),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field machine_fields[] = {
    TEXT("cores", raw_machine, cores),
    PART("memory", raw_machine, memory, memory_fields),
    PART("scrub", raw_machine, scrub, scrub_fields),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_value machine_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_machine, machine_fields),
};

/* ---- Values ---- */

struct loader {
    const struct faults_yaml *yaml;
    struct machine_file *file;
    struct error *err;
};

/* A range of numbers. */
struct bounds {
    uint64_t min;
    uint64_t max;
};

static const char *word_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL ? dot + 1 : path;
}

/* Sentences of the option parser begin with the option's dashes. */
static int complain(const struct loader *loader, const char *path, const struct error *trouble)
{
    const char *text = trouble->text;

    return faults_yaml_complain(loader->yaml, loader->err, path, "%s",
                                strncmp(text, "--", 2) == 0 ? text + 2 : text);
}

static int take_number(const struct loader *loader, const char *path, const char *text,
                       struct bounds bounds, uint64_t *value)
{
    struct error trouble = ERROR_INIT;

    if (text == NULL) return 0;
    if (parse_number(word_of(path), text, bounds.min, bounds.max, value, &trouble) == 0) return 0;
    if (bounds.min == bounds.max) {
        return faults_yaml_complain(loader->yaml, loader->err, path,
                                    "%s: '%s' is not possible, only %" PRIu64, word_of(path), text,
                                    bounds.min);
    }
    return complain(loader, path, &trouble);
}

static int take_switch(const struct loader *loader, const char *path, const char *text, bool *value)
{
    if (text == NULL) return 0;
    *value = strcmp(text, "on") == 0;
    if (*value || strcmp(text, "off") == 0) return 0;
    return faults_yaml_complain(loader->yaml, loader->err, path, "%s: '%s' is neither on nor off",
                                word_of(path), text);
}

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
        return faults_yaml_complain(loader->yaml, loader->err, path,
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

    if (take_number(loader, path_of(reader, "ranks"), raw->ranks, (struct bounds){1, 4}, &ranks) !=
            0 ||
        take_number(loader, path_of(reader, "width"), raw->width, (struct bounds){4, 8}, &width) !=
            0 ||
        take_number(loader, path_of(reader, "rows"), raw->rows, (struct bounds){12, 18}, &rows) !=
            0 ||
        take_number(loader, path_of(reader, "columns"), raw->columns, (struct bounds){10, 10},
                    &columns) != 0) {
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
        return faults_yaml_complain(loader->yaml, loader->err, path_of(&reader, "size"),
                                    "size is missing, as in size: 8G");
    }
    if (take_switch(loader, path_of(&reader, "ecc"), raw->ecc, &has_ecc) != 0) return -1;
    if (parse_size("size", raw->size, &bytes, &trouble) != 0 ||
        dimm_make(dimm, bytes, socket, has_ecc, &trouble) != 0) {
        return complain(loader, path_of(&reader, "size"), &trouble);
    }
    serial = dimm->serial;
    if (take_organisation(&reader, raw, dimm) != 0 ||
        take_number(loader, path_of(&reader, "serial"), raw->serial, (struct bounds){0, UINT32_MAX},
                    &serial) != 0) {
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
    return complain(loader, "memory.modules", &trouble);
}

static int take_memory(const struct loader *loader, const struct raw_memory *raw)
{
    struct error trouble = ERROR_INIT;
    bool has_ecc = true;
    uint64_t bytes;

    if (raw == NULL) return 0;
    if (take_switch(loader, "memory.ecc", raw->ecc, &has_ecc) != 0) return -1;
    if (raw->size != NULL && raw->modules != NULL) {
        return faults_yaml_complain(loader->yaml, loader->err, "memory.size",
                                    "size and modules exclude each other");
    }
    if (raw->size == NULL && raw->modules == NULL) {
        return faults_yaml_complain(loader->yaml, loader->err, "memory",
                                    "memory: say size or modules");
    }
    loader->file->has_dimms = true;
    if (raw->modules != NULL) return take_modules(loader, has_ecc, raw->modules);
    if (run_options_memory(raw->size, &bytes, &trouble) != 0 ||
        dimm_set_make(&loader->file->dimms, bytes, has_ecc, &trouble) != 0) {
        return complain(loader, "memory.size", &trouble);
    }
    return 0;
}

/* ---- The rest ---- */

/* patrol: on, off, or the time of one walk through all memory. */
static int take_scrub(const struct loader *loader, const struct raw_scrub *raw)
{
    struct machine_scrub *scrub = &loader->file->scrub;
    struct error trouble = ERROR_INIT;
    bool has_demand = true;

    if (raw == NULL) return 0;
    if (take_switch(loader, "scrub.demand", raw->demand, &has_demand) != 0) return -1;
    scrub->is_demand_off = !has_demand;
    if (raw->patrol == NULL || strcmp(raw->patrol, "on") == 0) return 0;
    scrub->is_patrol_off = strcmp(raw->patrol, "off") == 0;
    if (scrub->is_patrol_off) return 0;
    if (parse_time("patrol", raw->patrol, &scrub->patrol_period, &trouble) == 0 &&
        scrub->patrol_period >= MACHINE_PATROL_MIN && scrub->patrol_period <= MACHINE_PATROL_MAX) {
        return 0;
    }
    return faults_yaml_complain(loader->yaml, loader->err, "scrub.patrol",
                                "patrol: '%s' is neither on nor off nor a time from 1s to 2592000s "
                                "(30 days) for one walk",
                                raw->patrol);
}

static int take_machine(const struct loader *loader, const struct raw_machine *raw)
{
    uint64_t cores = 0;

    if (take_number(loader, "cores", raw->cores, (struct bounds){1, MACHINE_CORES_MAX}, &cores) !=
        0) {
        return -1;
    }
    loader->file->cores = (unsigned)cores;
    return take_memory(loader, raw->memory) != 0 ? -1 : take_scrub(loader, raw->scrub);
}

int machine_file_parse(const char *name, const uint8_t *text, size_t bytes,
                       struct machine_file *file, struct error *err)
{
    struct faults_yaml *yaml = faults_yaml_open(name, text, bytes, err);
    struct loader loader = {.yaml = yaml, .file = file, .err = err};
    void *raw;
    int result = -1;

    *file = (struct machine_file){.cores = 0};
    if (yaml == NULL) return -1;
    raw = faults_yaml_load(yaml, &machine_schema, err);
    if (raw != NULL) result = take_machine(&loader, raw);
    faults_yaml_free(&machine_schema, raw);
    faults_yaml_close(yaml);
    return result;
}

int machine_file_load(const char *path, struct machine_file *file, struct error *err)
{
    struct host_file contents;
    int result;

    if (host_file_read(path, FAULTS_YAML_BYTES_MAX, &contents, err) != 0) return -1;
    result = machine_file_parse(path, contents.data, contents.bytes, file, err);
    host_file_release(&contents);
    return result;
}
