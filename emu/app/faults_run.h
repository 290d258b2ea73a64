/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run of a campaign: which faults it gets, and how it goes from the start to its end. The machine is
 * reached through a few functions, so that this is tested without one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/faults_output.h"
#include "emu/app/faults_suite.h"

/* Run number of the run without faults. */
#define FAULTS_GOLDEN UINT64_C(0)

/* A machine that waits at its start; all required. */
struct faults_target {
    void *ctx;
    /* As the machine_ functions of the same names. */
    vtime (*now)(void *ctx);
    enum machine_stop (*run)(void *ctx, vtime until);
    bool (*is_dead)(void *ctx);
    int (*exit_status)(void *ctx);
    uint64_t (*reset_count)(void *ctx);
    struct faults_errors (*errors)(void *ctx);
    /* fault_random_next() and fault_spec_plant(). */
    void (*draw)(void *ctx, struct fault_random *random, struct dram_fault *fault);
    int (*plant)(void *ctx, const struct fault_spec *spec, struct error *err);
};

/* Faults in the order of their times, which count from power-on. */
struct faults_plan {
    size_t count;
    uint64_t random; /* bit i: fault i is by chance */
    struct fault_spec faults[FAULTS_PLAN_MAX];
};

/* The faults of run `number` (from 1) of a campaign: the same for the same suite, seed, number and machine.
 * The machine stands at its start. `duration`: of the run without faults. */
void faults_plan_make(const struct faults_suite *suite, uint64_t seed, uint64_t number,
                      vtime duration, const struct faults_target *target, struct faults_plan *plan);

/* What became of a run. Sent between processes of the same program, cut behind the last fault. */
struct faults_record {
    uint64_t number;
    enum faults_class class;
    struct faults_facts facts;
    vtime start;    /* where faults could begin */
    vtime duration; /* from there on */
    uint64_t result_hash;
    uint64_t result_lines;
    uint64_t difference; /* first line that differs from the golden result; 0: none */
    char wanted[FAULTS_SHOWN_BYTES];
    char got[FAULTS_SHOWN_BYTES];
    uint64_t planted; /* bit i: fault i was planted. The others came after the run's end, or fell by
                           chance where no memory answers (the hole below 1 MiB) */
    int signal;       /* FAULTS_CRASH: what killed the emulator; 0: the limit of host time */
    struct error error; /* kind other than ERROR_NONE: the run could not be made */
    size_t fault_count;
    struct fault_spec faults[FAULTS_PLAN_MAX];
};

/* Bytes of a record with `fault_count` faults. */
size_t faults_record_bytes(size_t fault_count);

/* Runs the machine to where faults may begin. False with `err` when it does not get there, and when
 * `interrupted` says so (asked all the time; then without `err`). */
bool faults_run_to_start(const struct faults_suite *suite, const struct faults_target *target,
                         struct faults_output *output, bool (*interrupted)(void *ctx),
                         struct error *err);
/* From the start to the end. Fills `record` but for what a comparison with another run gives (`class`,
 * `is_result_equal`, `difference`, `wanted`, `got`). */
void faults_run(const struct faults_suite *suite, const struct faults_target *target,
                struct faults_output *output, const struct faults_plan *plan,
                struct faults_record *record);
/* Gives `record` its class, and tells where its result differs from the golden one. */
void faults_run_compare(struct faults_record *record, const struct faults_output *output,
                        const struct faults_record *golden, const char *golden_result,
                        size_t golden_bytes);
