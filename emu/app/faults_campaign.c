/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A campaign: see faults_campaign.h. The parent's machine stands at the start and never moves again; a
 * forked child has all of it as it was there, copied by the host page by page when something changes.
 * So a run costs what it does, and no run can change another one.
 */
#define _GNU_SOURCE /* strsignal, dup */

#include "emu/app/faults_campaign.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/faults_pool.h"
#include "emu/app/parse.h"
#include "emu/base/bits.h"

#define PATH_BYTES    4096
#define KEEP_MODE     0666
#define KEEP_DIR_MODE 0777
#define PS_PER_NS     1000u
/* What the emulator may allocate in a run besides the guest's memory, which is there already. */
#define MEMORY_MORE ((size_t)1 << 30)
/* Of machine_run() calls of the way to the start. */
#define PROGRESS_EVERY 100u
/* Of addresses in a range, when one is looked for that memory answers at. */
#define RANGE_TRIES 1024u

/* ---- Progress, for whoever watches a terminal ---- */

static void clear_progress(const struct faults_campaign *campaign)
{
    if (campaign->shows_progress) (void)fprintf(stderr, "\r\033[K");
}

static void show_start(const struct faults_campaign *campaign, vtime now)
{
    const unsigned tenths = (unsigned)(now / VTIME_MS(100));

    if (!campaign->shows_progress || now / VTIME_MS(1) % PROGRESS_EVERY != 0) return;
    (void)fprintf(stderr, "\r\033[Kto the start: %u.%u s of virtual time", tenths / 10,
                  tenths % 10);
}

static void show_runs(const struct faults_campaign *campaign)
{
    if (!campaign->shows_progress || campaign->is_golden) return;
    (void)fprintf(stderr, "\r\033[Kruns: %zu of %zu", campaign->made, campaign->count);
}

/* ---- In the child ---- */

static int open_copy(const struct faults_campaign *campaign, uint64_t number, struct error *err)
{
    const char *folder = campaign->request->keep;
    char path[PATH_BYTES];
    int fd;

    if (folder == NULL) {
        if (campaign->request->only_count == 0 || campaign->is_golden) return -1;
        (void)printf("---- run %" PRIu64 " ----\n", number);
        (void)fflush(stdout);
        return dup(STDOUT_FILENO);
    }
    if (campaign->is_golden) {
        (void)snprintf(path, sizeof(path), "%s/golden.txt", folder);
    } else {
        (void)snprintf(path, sizeof(path), "%s/run-%06" PRIu64 ".txt", folder, number);
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, KEEP_MODE);
    if (fd < 0) (void)error_host(err, "%s: %s", path, strerror(errno));
    return fd;
}

static void go(const struct faults_campaign *campaign, size_t job, struct faults_record *record)
{
    struct faults_output *output = &campaign->machine->output;
    const struct faults_target *target = &campaign->machine->target;
    struct faults_plan plan = {.count = 0};

    record->number = campaign->is_golden ? FAULTS_GOLDEN : campaign->numbers[job];
    if (!campaign->is_golden) faults_campaign_plan(campaign, job, &plan);
    output->copy_fd = open_copy(campaign, record->number, &record->error);
    if (record->error.kind != ERROR_NONE) return;
    if (faults_machine_part(campaign->machine, &record->error) != 0) return;
    faults_run(campaign->suite, target, output, &plan, record);
    if (campaign->is_golden) {
        (void)snprintf(record->got, sizeof(record->got), "%.*s", (int)sizeof(record->got) - 1,
                       output->last);
        return;
    }
    if (record->error.kind != ERROR_NONE) return;
    faults_run_compare(record, output, campaign->golden, campaign->golden_result,
                       campaign->golden_bytes);
}

static int work(void *ctx, size_t job, int fd)
{
    const struct faults_campaign *campaign = ctx;
    const struct faults_output *output = &campaign->machine->output;
    struct faults_record *record = calloc(1, sizeof(*record));

    if (record == NULL) return EXIT_FAILURE;
    go(campaign, job, record);
    if (faults_pool_send(fd, record, faults_record_bytes(record->fault_count)) != 0) {
        return EXIT_FAILURE;
    }
    if (!campaign->is_golden) return 0;
    return faults_pool_send(fd, output->result, output->result_bytes) == 0 ? 0 : EXIT_FAILURE;
}

/* ---- In the parent ---- */

/* NULL: what was sent is no record. */
static struct faults_record *receive(const struct faults_job_end *end)
{
    const struct faults_record *sent = end->data;
    struct faults_record *record;

    if (end->result != FAULTS_JOB_DONE || end->bytes < faults_record_bytes(0)) return NULL;
    if (sent->fault_count > FAULTS_PLAN_MAX ||
        end->bytes < faults_record_bytes(sent->fault_count)) {
        return NULL;
    }
    record = calloc(1, faults_record_bytes(sent->fault_count));
    if (record != NULL) memcpy(record, sent, faults_record_bytes(sent->fault_count));
    return record;
}

/* The faults are drawn again, so that the run that crashed can be told. */
static struct faults_record *crash_record(const struct faults_campaign *campaign,
                                          const struct faults_job_end *end)
{
    struct faults_plan plan;
    struct faults_record *record;

    faults_campaign_plan(campaign, end->job, &plan);
    record = calloc(1, faults_record_bytes(plan.count));
    if (record == NULL) return NULL;
    record->number = campaign->numbers[end->job];
    record->class = FAULTS_CRASH;
    record->signal = end->result == FAULTS_JOB_SIGNAL ? end->signal : 0;
    record->fault_count = plan.count;
    record->planted = plan.count < FAULTS_PLAN_MAX ? BIT(plan.count) - 1 : UINT64_MAX;
    memcpy(record->faults, plan.faults, plan.count * sizeof(plan.faults[0]));
    return record;
}

static void take_golden(struct faults_campaign *campaign, const struct faults_job_end *end)
{
    const size_t head = faults_record_bytes(0);

    campaign->golden = receive(end);
    if (campaign->golden == NULL) {
        campaign->crash_signal = end->signal;
        return;
    }
    campaign->golden_bytes = end->bytes - head;
    campaign->golden_result = malloc(campaign->golden_bytes + 1);
    if (campaign->golden_result == NULL) return;
    memcpy(campaign->golden_result, (const char *)end->data + head, campaign->golden_bytes);
}

static bool done(void *ctx, const struct faults_job_end *end)
{
    struct faults_campaign *campaign = ctx;
    struct faults_record *record;

    if (campaign->is_golden) {
        take_golden(campaign, end);
        return true;
    }
    record = receive(end);
    if (record == NULL) record = crash_record(campaign, end);
    campaign->records[end->job] = record;
    if (record == NULL) return false;
    campaign->made++;
    if (record->class == FAULTS_CRASH &&
        (campaign->crashed == 0 || record->number < campaign->crashed)) {
        campaign->crashed = record->number;
        campaign->crash_signal = record->signal;
    }
    show_runs(campaign);
    return record->error.kind == ERROR_NONE;
}

static enum faults_outcome run_jobs(struct faults_campaign *campaign, size_t jobs,
                                    struct error *err)
{
    const bool is_shown = campaign->request->only_count > 0 && campaign->request->keep == NULL;
    const struct faults_pool pool = {
        .ctx = campaign,
        .workers = is_shown ? 1 : campaign->request->workers,
        .limit_ns = campaign->request->host_limit / PS_PER_NS,
        .bytes_max = sizeof(struct faults_record) + FAULTS_RESULT_BYTES,
        .memory_more = MEMORY_MORE,
        .signal_fd = campaign->signal_fd,
        .work = work,
        .done = done,
    };
    const int result = faults_pool_run(&pool, jobs, &campaign->caught, err);

    clear_progress(campaign);
    if (result != 0) return FAULTS_TROUBLE;
    return campaign->caught != 0 ? FAULTS_STOPPED : FAULTS_GOOD;
}

/* ---- Without faults ---- */

static enum faults_outcome check_golden(const struct faults_campaign *campaign, struct error *err)
{
    const struct faults_suite *suite = campaign->suite;
    const struct faults_record *golden = campaign->golden;
    const struct faults_facts *facts;

    if (golden == NULL || campaign->golden_result == NULL) {
        if (campaign->crash_signal != 0) {
            (void)error_host(err, "the emulator crashed in the run without faults: %s",
                             strsignal(campaign->crash_signal));
        } else {
            (void)error_host(err, "the run without faults did not come to its end on this host "
                                  "(--host-limit)");
        }
        return FAULTS_TROUBLE;
    }
    if (golden->error.kind != ERROR_NONE) {
        *err = golden->error;
        return FAULTS_TROUBLE;
    }
    facts = &golden->facts;
    if (facts->end != suite->finish) {
        (void)error_usage(err,
                          "%s: without faults the run ends by %s instead of %s; the last line "
                          "of its result is '%s'",
                          suite->name, faults_end_name(facts->end), faults_end_name(suite->finish),
                          golden->got);
        return FAULTS_UNUSABLE;
    }
    if (suite->has_status && facts->status != suite->status) {
        (void)error_usage(err, "%s: without faults the exit status is %u instead of %u",
                          suite->name, facts->status, suite->status);
        return FAULTS_UNUSABLE;
    }
    if (facts->errors.corrected + facts->errors.uncorrected > 0) {
        (void)error_usage(err, "%s: without faults there are errors in memory", suite->name);
        return FAULTS_UNUSABLE;
    }
    return FAULTS_GOOD;
}

static enum faults_outcome make_golden(struct faults_campaign *campaign, struct error *err)
{
    enum faults_outcome outcome;

    campaign->is_golden = true;
    if (campaign->shows_progress) (void)fprintf(stderr, "\r\033[Kthe run without faults");
    outcome = run_jobs(campaign, 1, err);
    campaign->is_golden = false;
    return outcome == FAULTS_GOOD ? check_golden(campaign, err) : outcome;
}

/* ---- Interface ---- */

/* Also tells how far it is. */
static bool is_interrupted(void *ctx)
{
    struct faults_machine *machine = ctx;
    struct faults_campaign *campaign = machine->owner;

    show_start(campaign, machine_now(machine->machine));
    campaign->caught = faults_signals_caught(campaign->signal_fd);
    return campaign->caught != 0;
}

static int choose_runs(struct faults_campaign *campaign, struct error *err)
{
    const struct faults_request *request = campaign->request;
    const uint64_t runs = request->runs > 0 ? request->runs : campaign->suite->runs;

    campaign->count = request->only_count > 0 ? request->only_count : (size_t)runs;
    campaign->numbers = calloc(campaign->count, sizeof(campaign->numbers[0]));
    campaign->records = calloc(campaign->count, sizeof(struct faults_record *));
    if (campaign->numbers == NULL || campaign->records == NULL) {
        return error_host(err, "out of memory");
    }
    for (size_t i = 0; i < campaign->count; i++) {
        campaign->numbers[i] = request->only_count > 0 ? request->only[i] : i + 1;
    }
    return 0;
}

static int make_folder(const char *path, struct error *err)
{
    if (path == NULL || mkdir(path, KEEP_DIR_MODE) == 0 || errno == EEXIST) return 0;
    return error_host(err, "%s: %s", path, strerror(errno));
}

enum faults_outcome faults_campaign_open(struct faults_campaign *campaign,
                                         const struct faults_suite *suite,
                                         const struct faults_request *request, struct error *err)
{
    *campaign = (struct faults_campaign){
        .suite = suite,
        .request = request,
        .seed = request->has_seed ? request->seed : suite->seed,
        .machine = calloc(1, sizeof(*campaign->machine)),
        .signal_fd = -1,
        .shows_progress = isatty(STDERR_FILENO) == 1,
    };
    if (campaign->machine == NULL) {
        (void)error_host(err, "out of memory");
        return FAULTS_TROUBLE;
    }
    if (choose_runs(campaign, err) != 0 || make_folder(request->keep, err) != 0) {
        return FAULTS_TROUBLE;
    }
    campaign->signal_fd = faults_signals_open(err);
    if (campaign->signal_fd < 0) return FAULTS_TROUBLE;
    if (faults_machine_open(campaign->machine, suite, err) != 0) return FAULTS_TROUBLE;
    campaign->machine->owner = campaign;
    return FAULTS_GOOD;
}

/* Whether memory answers in the range of an entry, looked for in equal steps. */
static bool has_target(const struct faults_entry *entry, struct machine *machine)
{
    const uint64_t step = (entry->range_end - entry->range_base) / RANGE_TRIES;
    struct dram_address at;

    if (!entry->is_random || entry->target != FAULT_TARGET_RANGE) return true;
    for (unsigned i = 0; i < RANGE_TRIES; i++) {
        if (machine_fault_place(machine, entry->range_base + i * step, &at)) return true;
    }
    return false;
}

static bool check_targets(const struct faults_campaign *campaign, struct error *err)
{
    for (size_t i = 0; i < campaign->suite->entry_count; i++) {
        const struct faults_entry *entry = &campaign->suite->entries[i];

        if (has_target(entry, campaign->machine->machine)) continue;
        (void)error_usage(err,
                          "%s: no memory answers in the range from 0x%" PRIx64 " up to 0x%" PRIx64,
                          campaign->suite->name, entry->range_base, entry->range_end);
        return false;
    }
    return true;
}

enum faults_outcome faults_campaign_start(struct faults_campaign *campaign, bool needs_golden,
                                          struct error *err)
{
    struct faults_machine *machine = campaign->machine;
    const bool is_there = faults_run_to_start(campaign->suite, &machine->target, &machine->output,
                                              is_interrupted, err);

    clear_progress(campaign);
    if (!is_there) return campaign->caught != 0 ? FAULTS_STOPPED : FAULTS_UNUSABLE;
    if (!machine_has_memory(machine->machine)) {
        (void)error_usage(err, "%s: at its start the firmware has not set up memory yet",
                          campaign->suite->name);
        return FAULTS_UNUSABLE;
    }
    if (!check_targets(campaign, err)) return FAULTS_UNUSABLE;
    for (size_t i = 0; i < campaign->suite->entry_count; i++) {
        const struct faults_entry *entry = &campaign->suite->entries[i];

        if (entry->is_random && !entry->has_window) needs_golden = true;
    }
    return needs_golden ? make_golden(campaign, err) : FAULTS_GOOD;
}

void faults_campaign_plan(const struct faults_campaign *campaign, size_t index,
                          struct faults_plan *plan)
{
    faults_plan_make(campaign->suite, campaign->seed, campaign->numbers[index],
                     campaign->golden != NULL ? campaign->golden->duration : 0,
                     &campaign->machine->target, plan);
}

enum faults_outcome faults_campaign_run(struct faults_campaign *campaign, struct error *err)
{
    const enum faults_outcome outcome = run_jobs(campaign, campaign->count, err);

    for (size_t i = 0; i < campaign->count && outcome == FAULTS_GOOD; i++) {
        const struct faults_record *record = campaign->records[i];

        if (record == NULL || record->error.kind == ERROR_NONE) continue;
        (void)(record->error.kind == ERROR_USAGE ? error_usage : error_host)(
            err, "run %" PRIu64 ": %s", record->number, record->error.text);
        return FAULTS_TROUBLE;
    }
    return outcome;
}

struct faults_report faults_campaign_report(const struct faults_campaign *campaign)
{
    return (struct faults_report){
        .suite = campaign->suite,
        .seed = campaign->seed,
        .asked = campaign->count,
        .golden = campaign->golden,
        .record = campaign->records,
    };
}

void faults_campaign_close(struct faults_campaign *campaign)
{
    if (campaign->machine != NULL) faults_machine_close(campaign->machine);
    for (size_t i = 0; i < campaign->count && campaign->records != NULL; i++) {
        free(campaign->records[i]);
    }
    free(campaign->records);
    free(campaign->numbers);
    free(campaign->golden);
    free(campaign->golden_result);
    free(campaign->machine);
    faults_signals_close(campaign->signal_fd);
}
