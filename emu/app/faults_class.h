/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a run with faults, compared with the run without: one class for each. How often a
 * class came, and between which bounds its true share probably lies. Pure functions; docs/faults.md tells
 * the classes for users.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of tables and reports. */
enum faults_class {
    FAULTS_MASKED,    /* as without faults, and nothing was reported */
    FAULTS_CORRECTED, /* as without faults; only corrected errors were reported */
    FAULTS_RECOVERED, /* an uncorrected error was reported, and the guest finished all the same */
    FAULTS_FATAL,     /* an uncorrected error was reported, and the guest did not finish */
    FAULTS_SILENT,    /* another result or another end, and nothing uncorrected was reported */
    FAULTS_HANG,      /* it never ended, and nothing uncorrected was reported */
    FAULTS_CRASH,     /* the emulator itself failed: says nothing about the guest */
    FAULTS_CLASSES,
};

/* How a run ended. */
enum faults_end {
    FAULTS_END_TEXT,      /* the text that finishes a run came */
    FAULTS_END_EXIT,      /* debug exit port */
    FAULTS_END_POWER_OFF, /* the guest switched off */
    FAULTS_END_RESET,     /* the guest, or a machine check that no core could take, reset */
    FAULTS_END_PANIC,     /* the guest said that it gives up */
    FAULTS_END_T2_PANIC,
    FAULTS_END_DEAD,    /* every core is halted for ever */
    FAULTS_END_TIMEOUT, /* virtual time ran out */
    FAULTS_ENDS,
};

struct faults_errors {
    uint64_t corrected;
    uint64_t uncorrected; /* those of command and address parity included */
    /* Nobody but the emulator knows of these. */
    uint64_t
        miscorrected;    /* of the corrected ones: there were more wrong bits, and data is wrong */
    uint64_t undetected; /* words with wrong bits that look right */
};

/* All that the class depends on. */
struct faults_facts {
    enum faults_end end;
    unsigned status; /* FAULTS_END_EXIT */
    bool is_result_equal;
    struct faults_errors errors;
};

/* A run against the golden one (of which only `end` and `status` count). Never FAULTS_CRASH. */
enum faults_class faults_classify(const struct faults_facts *golden,
                                  const struct faults_facts *facts);

/* As in tables, reports and `limits:`, for example "silent-corruption". String constants. */
const char *faults_class_name(enum faults_class class);
/* For example "power-off". */
const char *faults_end_name(enum faults_end end);

/* Wilson's score interval at 95 %: the share of a class lies between *low and *high, both 0..1. `total`
 * 0: anything. */
void faults_interval(uint64_t count, uint64_t total, double *low, double *high);
