/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What failed is run again from power-on, with a recording: see schedule_internal.h. The tests that it stands on come first, in the
 * same machine. From the files that this leaves a second process writes the capsule, whatever the first one died of.
 */
#define _GNU_SOURCE /* mkdir */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/app/suite/schedule_internal.h"
#include "emu/app/suite/suite_capsule.h"
#include "emu/app/suite/suite_session.h"

#define ROUND_BYTES 48

/* Where things of a second run lie. */
struct files {
    char folder[SUITE_PATH_BYTES];
    char recording[SUITE_PATH_BYTES];
    char serial[SUITE_PATH_BYTES];
    char picture[SUITE_PATH_BYTES];
    char difference[SUITE_PATH_BYTES];
    char capsule[SUITE_PATH_BYTES];
};

/* ---- Names ---- */

/* What may stand in a file's name on any system. */
static void clean_name(const struct suite_entry *entry, char name[SUITE_PATH_BYTES])
{
    (void)snprintf(name, SUITE_PATH_BYTES / 4, "%s-%s", entry->suite->name, entry->test->name);
    for (char *at = name; *at != '\0'; at++) {
        const bool is_good = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                             (*at >= '0' && *at <= '9') || *at == '-' || *at == '_' ||
                             (*at == '.' && at != name);

        if (!is_good) *at = '_';
    }
}

/* Two tests whose names differ only in what does not stand in a file's name are told apart by a number. */
static unsigned count_namesakes(const struct schedule_run *run, uint32_t entry, const char *name)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < entry; i++) {
        char other[SUITE_PATH_BYTES];

        clean_name(&run->schedule->entries[i], other);
        if (strcmp(name, other) == 0) count++;
    }
    return count;
}

static int put(char path[SUITE_PATH_BYTES], const char *folder, const char *name, const char *end)
{
    return snprintf(path, SUITE_PATH_BYTES, "%s/%s%s", folder, name, end) < (int)SUITE_PATH_BYTES
               ? 0
               : -1;
}

static int name_files(const struct schedule_run *run, uint32_t job, struct files *files,
                      struct error *err)
{
    const struct schedule_job *found = &run->tree.jobs[job];
    const char *capsules = run->schedule->capsules;
    char name[SUITE_PATH_BYTES];
    unsigned namesakes;
    size_t used;

    clean_name(schedule_entry(run, job), name);
    namesakes = count_namesakes(run, found->entry, name);
    used = strlen(name);
    if (namesakes > 0) used += (size_t)snprintf(name + used, ROUND_BYTES, "~%u", namesakes + 1);
    if (run->has_rounds) (void)snprintf(name + used, ROUND_BYTES, ".%u", found->round + 1);
    schedule_scratch_name(run, job, SCHEDULE_RECORD, files->folder);
    if (put(files->recording, files->folder, "run", ".sgr") != 0 ||
        put(files->serial, files->folder, "serial", ".txt") != 0 ||
        put(files->picture, files->folder, "screen", ".png") != 0 ||
        put(files->difference, capsules, name, ".difference.png") != 0 ||
        put(files->capsule, capsules, name, ".capsule") != 0) {
        return error_host(err, "the name of a folder is too long");
    }
    return 0;
}

static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Who died in the middle left it under the name that it has until it is whole (docs/formats/recording.md). */
static bool is_recorded(const char *path)
{
    char part[SUITE_PATH_BYTES + sizeof(".part")];

    (void)snprintf(part, sizeof(part), "%s.part", path);
    return is_file(path) || is_file(part);
}

static int make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return 0;
    return error_host(err, "%s cannot be made: %s", path, strerror(errno));
}

/* ---- The second run, in its own process ---- */

static bool is_interrupted(void *ctx)
{
    const struct schedule_run *run = ctx;

    return run->shared->is_over;
}

/* The job in front of `job` that stands on `above`; `above` NONE: power-on. */
static uint32_t follow_up(const struct schedule_run *run, uint32_t job, uint32_t above)
{
    while (run->tree.jobs[job].parent != above) {
        job = run->tree.jobs[job].parent;
    }
    return job;
}

static void run_steps(struct schedule_run *run, struct suite_session *session, uint32_t job)
{
    struct schedule_slot *slot = schedule_slot(run, job);
    uint32_t at = SCHEDULE_NONE;

    while (at != job) {
        at = follow_up(run, job, at);
        slot->again_job = at;
        memset(&slot->again, 0, sizeof(slot->again));
        suite_session_test(session, schedule_entry(run, at)->test, is_interrupted, run,
                           &slot->again);
        if (slot->again.outcome != SUITE_PASSED) return;
    }
}

static _Noreturn void record(struct schedule_run *run, const struct files *files, uint32_t job,
                             int fd)
{
    struct schedule_slot *slot = schedule_slot(run, job);
    const uint32_t root = follow_up(run, job, SCHEDULE_NONE);
    const struct suite_session_config config = {
        .suite = schedule_entry(run, root)->suite,
        .test = schedule_entry(run, root)->test,
        .scratch = files->folder,
        .record_path = files->recording,
        .serial_path = files->serial,
        .picture_path = files->picture,
        .difference_path = files->difference,
    };
    struct error err = ERROR_INIT;
    struct suite_session *session = NULL;

    (void)signal(SIGXFSZ, SIG_IGN);
    slot->again_job = root;
    if (crash_note_install(fd, &slot->again_crash, &err) == 0)
        session = suite_session_create(&config, &err);
    if (session != NULL) {
        run_steps(run, session, job);
        slot->is_again_whole = suite_session_close(session, &err) == 0;
    }
    if (session == NULL) schedule_verdict_trouble(&slot->again, err.text);
    schedule_verdict_finish(&slot->again, &slot->again_crash);
    if (session == NULL || !slot->is_again_whole) slot->capsule = err;
    /* Else the end of the process is that of the emulator. */
    _exit(0);
}

static _Noreturn void pack(const struct schedule_run *run, const struct files *files, uint32_t job)
{
    struct schedule_slot *slot = schedule_slot(run, job);
    const struct capsule_content content = {
        .suite = schedule_entry(run, job)->suite,
        .test = schedule_entry(run, job)->test,
        .result = &slot->again,
        .recording = files->recording,
        .serial = is_file(files->serial) ? files->serial : NULL,
        .picture = is_file(files->picture) ? files->picture : NULL,
        .is_whole = slot->is_again_whole,
    };

    (void)signal(SIGXFSZ, SIG_IGN);
    memset(&slot->capsule, 0, sizeof(slot->capsule));
    _exit(capsule_write(files->capsule, &content, &slot->capsule) == 0 ? 0 : 1);
}

/* ---- In the first process ---- */

int schedule_again_open(struct schedule_again *again, const struct schedule_run *run,
                        struct error *err)
{
    *again = (struct schedule_again){.queue = calloc(run->tree.count + 1, sizeof(*again->queue))};
    return again->queue != NULL ? 0 : error_host(err, "out of memory");
}

void schedule_again_close(struct schedule_again *again)
{
    free(again->queue);
    again->queue = NULL;
}

void schedule_again_queue(struct schedule_again *again, uint32_t job)
{
    again->queue[again->count++] = job;
}

/* The end of all that is done for a job: its token is free. */
static void finish(struct schedule_crew *crew, uint32_t job, const struct files *files,
                   const char *trouble)
{
    struct schedule_slot *slot = schedule_slot(crew->run, job);

    if (trouble != NULL) {
        schedule_verdict_add(&slot->result, "no capsule: %s",
                             trouble[0] != '\0' ? trouble : "it could not be written");
    } else {
        (void)snprintf(slot->result.capsule, sizeof(slot->result.capsule), "%s", files->capsule);
    }
    schedule_scratch_remove(files->folder);
    ++*crew->spare;
    schedule_first_done(crew->run, job);
}

/* Holding a token. */
static void start(struct schedule_crew *crew, uint32_t job, enum schedule_duty duty)
{
    const struct schedule_run *run = crew->run;
    struct schedule_run own = *run;
    struct worker_process process;
    struct error err = ERROR_INIT;
    struct files files;
    int side = -1;

    if (name_files(run, job, &files, &err) == 0 && make_folder(files.folder, &err) == 0 &&
        make_folder(run->schedule->capsules, &err) == 0) {
        side = schedule_crew_fork(crew, job, duty, &process, &err);
    }
    if (side < 0) finish(crew, job, &files, err.text);
    if (side != 0) return;
    own.first = NULL;
    if (duty == SCHEDULE_RECORD) record(&own, &files, job, process.fd);
    pack(&own, &files, job);
}

void schedule_again_start(struct schedule_again *again, struct schedule_crew *crew)
{
    while (again->first < again->count && schedule_crew_token(crew)) {
        crew->run->shared->again--;
        start(crew, again->queue[again->first++], SCHEDULE_RECORD);
    }
}

/* ---- Comparison ---- */

/* What killed the process tells nothing of its last event. */
static bool is_killed(const struct suite_result *result)
{
    return result->failure == SUITE_CRASH || result->failure == SUITE_HANG ||
           result->failure == SUITE_MEMORY || result->failure == SUITE_HOST_TROUBLE;
}

static bool has_same_end(const struct suite_result *a, const struct suite_result *b)
{
    if (a->outcome != b->outcome || a->failure != b->failure) return false;
    if (a->failure == SUITE_HANG || a->failure == SUITE_HOST_TROUBLE) return true;
    if (a->step != b->step || a->signal != b->signal) return false;
    return is_killed(a) || (a->end == b->end && a->seq == b->seq && a->trace_hash == b->trace_hash);
}

static void compare(const struct schedule_run *run, uint32_t job)
{
    struct schedule_slot *slot = schedule_slot(run, job);
    const struct suite_result *again = &slot->again;

    if (slot->again_job != job) {
        schedule_verdict_add(&slot->result,
                             "the recorded run ended otherwise, in '%s', which this requires (%s)",
                             schedule_entry(run, slot->again_job)->test->name, again->sentence);
    } else if (again->outcome == SUITE_PASSED) {
        schedule_verdict_add(&slot->result, "the recorded run ended otherwise: it passed");
    } else if (!has_same_end(&slot->result, again)) {
        schedule_verdict_add(
            &slot->result,
            "the recorded run ended otherwise: %s, in step %zu, after %" PRIu64 " events (%.256s)",
            suite_failure_name(again->failure), again->step + 1, again->seq, again->sentence);
    }
}

void schedule_again_end(struct schedule_crew *crew, const struct schedule_end *end)
{
    const struct schedule_run *run = crew->run;
    const uint32_t job = end->member->job;
    struct schedule_slot *slot = schedule_slot(run, job);
    struct error err = ERROR_INIT;
    struct files files;

    if (name_files(run, job, &files, &err) != 0) {
        finish(crew, job, &files, err.text);
        return;
    }
    if (end->member->duty == SCHEDULE_CAPSULE) {
        finish(crew, job, &files, end->status == 0 ? NULL : slot->capsule.text);
        return;
    }
    if (end->status != 0) {
        schedule_verdict_died(&slot->again, &slot->again_crash, end,
                              schedule_entry(run, slot->again_job)->test);
    }
    compare(run, job);
    if (is_recorded(files.recording)) {
        start(crew, job, SCHEDULE_CAPSULE);
    } else {
        finish(crew, job, &files,
               slot->capsule.text[0] != '\0' ? slot->capsule.text : "nothing was recorded");
    }
}
