/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a fault suite. Every value is loaded as text, because the project reads numbers, sizes
 * and times in one way everywhere (parse.h) and the place of a wrong one is told.
 */
#include "emu/app/faults_schema.h"

#include "emu/app/faults_suite.h"

#define LONG_TEXT_MAX 4096

#define FLAGS (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

#define TEXT(key, type, member) \
    CYAML_FIELD_STRING_PTR(key, FLAGS, struct type, member, 0, LONG_TEXT_MAX)
#define PART(key, member, type) \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_OPTIONAL, struct faults_raw, member, type)
#define LIST(key, type, member, schema, max) \
    CYAML_FIELD_SEQUENCE(key, FLAGS, struct type, member, schema, 0, max)

static const struct cyaml_schema_value text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, LONG_TEXT_MAX),
};

static const struct cyaml_schema_field start_fields[] = {
    TEXT("text", faults_raw_start, text),
    TEXT("at", faults_raw_start, at),
    TEXT("within", faults_raw_start, within),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field finish_fields[] = {
    TEXT("text", faults_raw_finish, text),
    TEXT("by", faults_raw_finish, by),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field result_fields[] = {
    TEXT("lines", faults_raw_result, lines),
    TEXT("prefix", faults_raw_result, prefix),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field expect_fields[] = {
    TEXT("status", faults_raw_expect, status),
    CYAML_FIELD_END,
};

/* As faults_class_name() has them. */
static const struct cyaml_schema_field limit_fields[] = {
    TEXT("masked", faults_raw_limits, class[FAULTS_MASKED]),
    TEXT("corrected", faults_raw_limits, class[FAULTS_CORRECTED]),
    TEXT("detected-recovered", faults_raw_limits, class[FAULTS_RECOVERED]),
    TEXT("detected-fatal", faults_raw_limits, class[FAULTS_FATAL]),
    TEXT("silent-corruption", faults_raw_limits, class[FAULTS_SILENT]),
    TEXT("hang", faults_raw_limits, class[FAULTS_HANG]),
    CYAML_FIELD_END,
};

/* As after kind= in a fault. */
static const struct cyaml_schema_field kind_fields[] = {
    TEXT("flip", faults_raw_kinds, kind[DRAM_FAULT_FLIP]),
    TEXT("stuck", faults_raw_kinds, kind[DRAM_FAULT_STUCK]),
    TEXT("row", faults_raw_kinds, kind[DRAM_FAULT_ROW]),
    TEXT("column", faults_raw_kinds, kind[DRAM_FAULT_COLUMN]),
    TEXT("chip", faults_raw_kinds, kind[DRAM_FAULT_CHIP]),
    TEXT("dimm", faults_raw_kinds, kind[DRAM_FAULT_DIMM]),
    TEXT("address", faults_raw_kinds, kind[DRAM_FAULT_ADDRESS]),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field bits_fields[] = {
    TEXT("1", faults_raw_bits, bits[0]),
    TEXT("2", faults_raw_bits, bits[1]),
    TEXT("3", faults_raw_bits, bits[2]),
    TEXT("4", faults_raw_bits, bits[3]),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field random_fields[] = {
    CYAML_FIELD_MAPPING_PTR("kinds", CYAML_FLAG_OPTIONAL, struct faults_raw_random, kinds,
                            kind_fields),
    CYAML_FIELD_MAPPING_PTR("bits", CYAML_FLAG_OPTIONAL, struct faults_raw_random, bits,
                            bits_fields),
    TEXT("target", faults_raw_random, target),
    LIST("range", faults_raw_random, range, &text_schema, 2),
    TEXT("count", faults_raw_random, count),
    LIST("window", faults_raw_random, window, &text_schema, 2),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field entry_fields[] = {
    TEXT("fault", faults_raw_entry, fault),
    CYAML_FIELD_MAPPING_PTR("random", CYAML_FLAG_OPTIONAL, struct faults_raw_entry, random,
                            random_fields),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_value entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct faults_raw_entry, entry_fields),
};

static const struct cyaml_schema_field suite_fields[] = {
    TEXT("image", faults_raw, image),
    TEXT("kernel", faults_raw, kernel),
    TEXT("initrd", faults_raw, initrd),
    TEXT("append", faults_raw, append),
    LIST("modules", faults_raw, modules, &text_schema, RUN_MODULES_MAX),
    TEXT("rom", faults_raw, rom),
    TEXT("disk", faults_raw, disk),
    TEXT("memory", faults_raw, memory),
    LIST("dimms", faults_raw, dimms, &text_schema, DIMM_SOCKETS),
    TEXT("ecc", faults_raw, ecc),
    PART("scrub", scrub, yaml_scrub_fields),
    TEXT("cores", faults_raw, cores),
    PART("start", start, start_fields),
    PART("finish", finish, finish_fields),
    TEXT("timeout", faults_raw, timeout),
    PART("result", result, result_fields),
    TEXT("panic", faults_raw, panic),
    PART("expect", expect, expect_fields),
    TEXT("runs", faults_raw, runs),
    TEXT("seed", faults_raw, seed),
    PART("limits", limits, limit_fields),
    LIST("faults", faults_raw, faults, &entry_schema, FAULTS_ENTRIES_MAX),
    CYAML_FIELD_END,
};

const struct cyaml_schema_value faults_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct faults_raw, suite_fields),
};
