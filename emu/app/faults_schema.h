/* SPDX-License-Identifier: GPL-2.0-only */
/* A fault suite as libcyaml loads it: texts, not yet looked at (faults_suite.c does). What is not there
 * is NULL. */
#pragma once

#include <cyaml/cyaml.h>

#include "devices/memory/dram_fault.h"
#include "emu/app/faults_class.h"
#include "emu/app/yaml_value.h"

#define FAULTS_BITS_MAX 4

struct faults_raw_start {
    char *text;
    char *at;
    char *within;
};

struct faults_raw_finish {
    char *text;
    char *by;
};

struct faults_raw_result {
    char *lines;
    char *prefix;
};

struct faults_raw_expect {
    char *status;
};

struct faults_raw_limits {
    char *class[FAULTS_CLASSES];
};

struct faults_raw_kinds {
    char *kind[DRAM_FAULT_KINDS];
};

struct faults_raw_bits {
    char *bits[FAULTS_BITS_MAX];
};

struct faults_raw_random {
    struct faults_raw_kinds *kinds;
    struct faults_raw_bits *bits;
    char *target;
    char **range;
    unsigned range_count;
    char *count;
    char **window;
    unsigned window_count;
};

struct faults_raw_entry {
    char *fault;
    struct faults_raw_random *random;
};

struct faults_raw {
    char *image;
    char *kernel;
    char *initrd;
    char *append;
    char **modules;
    unsigned modules_count;
    char *rom;
    char *disk;
    char *memory;
    char **dimms;
    unsigned dimms_count;
    char *ecc;
    struct yaml_scrub *scrub;
    char *cores;
    struct faults_raw_start *start;
    struct faults_raw_finish *finish;
    char *timeout;
    struct faults_raw_result *result;
    char *panic;
    struct faults_raw_expect *expect;
    char *runs;
    char *seed;
    struct faults_raw_limits *limits;
    struct faults_raw_entry *faults;
    unsigned faults_count;
};

/* Of a struct faults_raw. */
extern const struct cyaml_schema_value faults_schema;
