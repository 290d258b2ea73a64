/* SPDX-License-Identifier: GPL-2.0-only */
/* See world.h. */
#define _GNU_SOURCE /* mkdtemp, nftw */

#include "tests/unit/suite-schedule/world.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/suite-schedule/fake_session.h"

#define FILE_BYTES 65536u

static void begun(void *ctx, const struct suite_entry *entry, unsigned round)
{
    struct world *world = ctx;

    (void)entry;
    (void)round;
    world->begun++;
}

static void ended(void *ctx, const struct suite_entry *entry, unsigned round,
                  const struct suite_result *result)
{
    struct world *world = ctx;

    assert_true(world->end_count < WORLD_ENDS);
    world->ends[world->end_count++] =
        (struct world_end){.entry = entry, .round = round, .result = *result};
}

static void tick(void *ctx)
{
    struct world *world = ctx;

    world->ticks++;
}

struct world *world_open(void)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    world->ends = calloc(WORLD_ENDS, sizeof(*world->ends));
    assert_non_null(world->ends);
    (void)snprintf(world->scratch, sizeof(world->scratch), "/tmp/schedule-scratch-XXXXXX");
    (void)snprintf(world->folder, sizeof(world->folder), "/tmp/schedule-folder-XXXXXX");
    assert_non_null(mkdtemp(world->scratch));
    assert_non_null(mkdtemp(world->folder));
    (void)snprintf(world->log, sizeof(world->log), "%s/log", world->folder);
    world->machine.options.memory_bytes = UINT64_C(64) << 20;
    world->suite = (struct suite){.path = "world.yaml", .name = "world", .tests = world->tests};
    world->schedule = (struct suite_schedule){
        .selection = &world->selection,
        .scratch = world->scratch,
        .signal_fd = -1,
        .limits = {.host_ns = UINT64_C(60000000000)},
        .listener = {.ctx = world, .begun = begun, .ended = ended, .tick = tick},
    };
    return world;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void world_close(struct world *world)
{
    (void)nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)nftw(world->scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(world->entries);
    free(world->ends);
    free(world);
}

size_t world_add(struct world *world, const char *name, size_t provider,
                 const char *const steps[WORLD_STEPS])
{
    const size_t number = world->suite.test_count++;
    struct suite_test *test = &world->tests[number];
    size_t count = 0;

    assert_true(number < WORLD_TESTS);
    while (count < WORLD_STEPS && steps[count] != NULL) {
        world->steps[number][count] = (struct suite_step){
            .kind = FAKE_STEP,
            .line = (unsigned)(100 + count),
            .name = steps[count],
        };
        count++;
    }
    (void)snprintf(world->names[number], sizeof(world->names[number]), "%s", name);
    *test = (struct suite_test){
        .name = world->names[number],
        .machine = &world->machine,
        .provider = provider,
        .timeout = VTIME_S(60),
        .steps = world->steps[number],
        .step_count = count,
    };
    if (provider != SIZE_MAX) {
        world->tests[provider].provides = world->names[provider];
        test->requires = world->names[provider];
    }
    return number;
}

size_t world_add_one(struct world *world, const char *name, const char *step)
{
    const char *const steps[WORLD_STEPS] = {step};

    return world_add(world, name, SIZE_MAX, steps);
}

bool world_is_empty(const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    unsigned count = 0;

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') count++;
    }
    (void)closedir(directory);
    return count == 0;
}

void world_run(struct world *world, unsigned jobs)
{
    struct error err = ERROR_INIT;

    if (suite_select(&world->suite, 1, &world->selection, &world->entries, &world->entry_count,
                     &err) != 0) {
        fail_msg("%s", err.text);
    }
    world->schedule.entries = world->entries;
    world->schedule.entry_count = world->entry_count;
    world->schedule.limits.jobs = jobs;
    if (suite_schedule_run(&world->schedule, &world->caught, &err) != 0) fail_msg("%s", err.text);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_true(world_is_empty(world->scratch));
}

const struct suite_result *world_result(const struct world *world, size_t test)
{
    for (size_t i = 0; i < world->end_count; i++) {
        if (world->ends[i].entry->test == &world->tests[test]) return &world->ends[i].result;
    }
    return NULL;
}

size_t world_count(const struct world *world, enum suite_outcome outcome)
{
    size_t count = 0;

    for (size_t i = 0; i < world->end_count; i++) {
        if (world->ends[i].result.outcome == outcome) count++;
    }
    return count;
}

void world_expect(const struct world *world, size_t test, enum suite_outcome outcome,
                  enum suite_failure failure)
{
    const struct suite_result *result = world_result(world, test);

    assert_non_null(result);
    if (result->outcome != outcome || result->failure != failure) {
        fail_msg("%s is %s, %s: %s", world->tests[test].name, suite_outcome_name(result->outcome),
                 suite_failure_name(result->failure), result->sentence);
    }
}

char *world_read(const char *path)
{
    char *text = calloc(1, FILE_BYTES);
    FILE *file = fopen(path, "re");

    assert_non_null(text);
    if (file == NULL) return text;
    (void)!fread(text, 1, FILE_BYTES - 1, file);
    (void)fclose(file);
    return text;
}
