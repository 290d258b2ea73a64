/* SPDX-License-Identifier: GPL-2.0-only */
/* What tasks of a job array write, read in every way in which it may come; options of --executor; other programs. */
#define _GNU_SOURCE /* mkdtemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/suite/slurm_arguments.h"
#include "emu/app/suite/slurm_output.h"
#include "emu/app/suite/suite_report.h"
#include "emu/base/bits.h"
#include "emu/host/program.h"

#define TESTS  3u
#define ROUNDS 2u

struct told {
    unsigned count;
    const struct suite_entry *entry[16];
    unsigned round[16];
    struct suite_result result[16];
};

struct bench {
    char folder[64];
    struct suite_test tests[TESTS];
    struct suite suite;
    struct suite_entry entries[TESTS];
    struct suite_slurm slurm;
    struct slurm_output *output;
    struct told told;
};

static void ended(void *ctx, const struct suite_entry *entry, unsigned round,
                  const struct suite_result *result)
{
    struct told *told = ctx;

    assert_true(told->count < ARRAY_LEN(told->entry));
    told->entry[told->count] = entry;
    told->round[told->count] = round;
    told->result[told->count++] = *result;
}

static int setup(void **state)
{
    static const char *const names[TESTS] = {"boots", "runs", "ends"};
    struct bench *bench = calloc(1, sizeof(*bench));
    struct error err = ERROR_INIT;

    assert_non_null(bench);
    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/slurm-test.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    bench->suite = (struct suite){
        .path = "suites/a.yaml", .name = "a", .tests = bench->tests, .test_count = TESTS};
    for (size_t i = 0; i < TESTS; i++) {
        bench->tests[i].name = names[i];
        bench->entries[i] = (struct suite_entry){.suite = &bench->suite, .test = &bench->tests[i]};
    }
    bench->slurm = (struct suite_slurm){
        .entries = bench->entries,
        .entry_count = TESTS,
        .rounds = ROUNDS,
        .tasks = 2,
        .folder = bench->folder,
        .signal_fd = -1,
        .listener = {.ctx = &bench->told, .ended = ended},
    };
    bench->output = slurm_output_create(&bench->slurm, &err);
    assert_non_null(bench->output);
    *state = bench;
    return 0;
}

static void name_of(const struct bench *bench, const char *file, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", bench->folder, file);
}

static int teardown(void **state)
{
    static const char *const files[] = {"1.json", "2.json", "1.txt", "2.txt"};
    struct bench *bench = *state;

    slurm_output_destroy(bench->output);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[128];

        name_of(bench, files[i], path);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(bench->folder), 0);
    free(bench);
    return 0;
}

static void put(const struct bench *bench, const char *file, const char *mode, const char *text,
                size_t bytes)
{
    char path[128];
    FILE *stream;

    name_of(bench, file, path);
    stream = fopen(path, mode);
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, bytes, stream), bytes);
    assert_int_equal(fclose(stream), 0);
}

/* A line as a task writes it; free() it. */
static char *line_of(const char *test, unsigned round, enum suite_outcome outcome)
{
    const struct suite_result result = {
        .outcome = outcome, .tries = 1, .trace_hash = UINT64_C(0x0123456789abcdef)};
    char *line = suite_result_write("suites/a.yaml", test, round, &result);
    size_t bytes;

    assert_non_null(line);
    bytes = strlen(line);
    line = realloc(line, bytes + 2);
    assert_non_null(line);
    line[bytes] = '\n';
    line[bytes + 1] = '\0';
    return line;
}

static void put_result(const struct bench *bench, const char *file, const char *test,
                       unsigned round, enum suite_outcome outcome)
{
    char *line = line_of(test, round, outcome);

    put(bench, file, "a", line, strlen(line));
    free(line);
}

/* ---- Output ---- */

static void results_come_from_all_tasks(void **state)
{
    struct bench *bench = *state;

    slurm_output_read(bench->output); /* no task has begun */
    put(bench, "1.json", "a", "{\"type\": \"begin\"}\n", 18);
    put_result(bench, "1.json", "boots", 0, SUITE_PASSED);
    put_result(bench, "2.json", "ends", 1, SUITE_FAILED);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 2);
    assert_ptr_equal(bench->told.entry[0], &bench->entries[0]);
    assert_int_equal(bench->told.result[0].outcome, SUITE_PASSED);
    assert_true(bench->told.result[0].trace_hash == UINT64_C(0x0123456789abcdef));
    assert_ptr_equal(bench->told.entry[1], &bench->entries[2]);
    assert_int_equal(bench->told.round[1], 1);
    assert_false(slurm_output_is_whole(bench->output));
}

static void a_line_comes_in_pieces(void **state)
{
    struct bench *bench = *state;
    char *line = line_of("runs", 0, SUITE_PASSED);
    const size_t half = strlen(line) / 2;

    for (size_t i = 0; i < half; i++) {
        put(bench, "1.json", "a", line + i, 1);
        slurm_output_read(bench->output);
    }
    assert_int_equal(bench->told.count, 0);
    put(bench, "1.json", "a", line + half, strlen(line) - half - 1);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 0); /* its end is not there */
    put(bench, "1.json", "a", "\n", 1);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 1);
    free(line);
}

static void a_task_that_is_started_anew_tells_once(void **state)
{
    struct bench *bench = *state;
    char *first = line_of("boots", 0, SUITE_PASSED);

    put_result(bench, "1.json", "boots", 0, SUITE_PASSED);
    put_result(bench, "1.json", "runs", 0, SUITE_NOT_RUN); /* Slurm stopped it */
    put(bench, "1.json", "a", "{\"type\": \"te", 12);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 1);
    put(bench, "1.json", "w", first, strlen(first));
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 1);
    put_result(bench, "1.json", "runs", 0, SUITE_PASSED);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 2);
    assert_int_equal(bench->told.result[1].outcome, SUITE_PASSED);
    free(first);
}

static void what_is_no_result_is_passed_over(void **state)
{
    struct bench *bench = *state;
    char *long_line = malloc(200000);

    assert_non_null(long_line);
    memset(long_line, 'x', 200000);
    put(bench, "1.json", "a", long_line, 200000);
    put(bench, "1.json", "a", "\n\n{}\nslurmstepd: error: *** JOB 7 CANCELLED ***\n\0\xff\n", 51);
    put_result(bench, "1.json", "sleeps", 0, SUITE_PASSED);     /* no such test */
    put_result(bench, "1.json", "boots", ROUNDS, SUITE_PASSED); /* no such round */
    put_result(bench, "1.json", "boots", 1, SUITE_XFAILED);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 1);
    assert_int_equal(bench->told.result[0].outcome, SUITE_XFAILED);
    free(long_line);
}

static void what_nobody_told_is_told_at_the_end(void **state)
{
    struct bench *bench = *state;

    put_result(bench, "1.json", "boots", 0, SUITE_PASSED);
    put(bench, "2.txt", "a", "first\nslurmstepd: error: Exceeded job memory limit\n\n", 52);
    slurm_output_read(bench->output);
    slurm_output_tell_rest(bench->output, SUITE_FAILED);
    assert_int_equal(bench->told.count, TESTS * ROUNDS);
    assert_int_equal(bench->told.result[1].failure, SUITE_HOST_TROUBLE);
    assert_non_null(strstr(bench->told.result[1].sentence, "Exceeded job memory limit"));
    assert_non_null(strstr(bench->told.result[1].sentence, bench->folder));
    assert_true(slurm_output_is_whole(bench->output));
}

static void who_only_provides_is_not_waited_for(void **state)
{
    struct bench *bench = *state;

    slurm_output_destroy(bench->output);
    bench->entries[0].is_only_provider = true;
    bench->output = slurm_output_create(&bench->slurm, NULL);
    assert_non_null(bench->output);
    for (unsigned round = 0; round < ROUNDS; round++) {
        put_result(bench, "1.json", "runs", round, SUITE_PASSED);
        put_result(bench, "2.json", "ends", round, SUITE_PASSED);
    }
    slurm_output_read(bench->output);
    assert_true(slurm_output_is_whole(bench->output));
    /* In two shards it may fail twice. */
    put_result(bench, "1.json", "boots", 0, SUITE_FAILED);
    put_result(bench, "2.json", "boots", 0, SUITE_FAILED);
    slurm_output_read(bench->output);
    assert_int_equal(bench->told.count, 2 * ROUNDS + 1);
    assert_true(slurm_output_is_whole(bench->output));
    slurm_output_tell_rest(bench->output, SUITE_FAILED);
    assert_int_equal(bench->told.count, 2 * ROUNDS + 1);
}

/* ---- Options ---- */

static void choices(void **state)
{
    static const struct {
        const char *text;
        const char *sentence; /* NULL: it is right */
        unsigned tasks;
        const char *folder;
    } cases[] = {
        {"slurm", NULL, 0, NULL},
        {"slurm,tasks=4", NULL, 4, NULL},
        {"slurm,folder=/srv,tasks=1000", NULL, 1000, "/srv"},
        {"slurm,tasks=1,tasks=2", NULL, 2, NULL},
        {"slurm,folder=a,folder=b", NULL, 0, "b"},
        {"slurm,", "'' is neither tasks=N nor folder=DIR", 0, NULL},
        {"slurm,task=3", "'task=3' is neither", 0, NULL},
        {"slurm,tasks=0", "0", 0, NULL},
        {"slurm,tasks=1001", "1001", 0, NULL},
        {"slurm,folder=", "'folder=' is neither", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        struct slurm_choice choice;
        const int result = slurm_choice_parse(cases[i].text, &choice, &err);

        assert_int_equal(result, cases[i].sentence != NULL ? -1 : 0);
        if (cases[i].sentence != NULL) {
            assert_int_equal(err.kind, ERROR_USAGE);
            assert_non_null(strstr(err.text, cases[i].sentence));
            assert_null(choice.folder);
            continue;
        }
        assert_int_equal(choice.tasks, cases[i].tasks);
        if (cases[i].folder != NULL) {
            assert_string_equal(choice.folder, cases[i].folder);
        } else {
            assert_null(choice.folder);
        }
        free(choice.folder);
    }
}

static void a_task_gets_what_chooses_its_tests(void **state)
{
    static const char *const wanted[] = {"--filter=tag:fast", "--repeat=2",  "--seed=7",
                                         "--host-limit=5ns",  "--set=a=b c", "--capsules=caps",
                                         "--capsules-max=3",  "--quiet",     "--",
                                         "suites/a.yaml"};
    const char *filter = "tag:fast";
    const struct suite_variable variable = {.name = "a", .value = "b c"};
    char file[] = "suites/a.yaml";
    char *files[] = {file};
    struct test_request request = {
        .files = files,
        .file_count = 1,
        .selection =
            {.filters = &filter, .filter_count = 1, .repeat = 2, .has_seed = true, .seed = 7},
        .variables = {.list = &variable, .count = 1},
        .limits = {.jobs = 2, .host_ns = 5},
        .capsules = "caps",
        .capsules_max = 3,
    };
    struct slurm_arguments arguments;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(slurm_arguments_make(&request, &arguments, &err), 0);
    assert_int_equal(arguments.count, ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        assert_string_equal(arguments.list[i], wanted[i]);
    }
    slurm_arguments_release(&arguments);
    request.selection.is_until_failure = true;
    assert_int_equal(slurm_arguments_make(&request, &arguments, &err), -1);
    assert_non_null(strstr(err.text, "--until-fail"));
    slurm_arguments_release(&arguments);
}

/* ---- Other programs ---- */

static void a_program_says_and_ends(void **state)
{
    const char *const says[] = {"sh", "-c", "echo out; echo err >&2; read x; exit ${x:-7}", NULL};
    const char *const dies[] = {"sh", "-c", "kill -TERM $$", NULL};
    const char *const floods[] = {"sh", "-c", "head -c 3000000 /dev/zero", NULL};
    const char *const none[] = {"/no/such/program", NULL};
    struct host_program program;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(host_program_run(says, &program, &err), 0);
    assert_string_equal(program.said, "out\nerr\n");
    assert_int_equal(program.status, 7); /* nothing could be read */
    host_program_release(&program);
    assert_int_equal(host_program_run(dies, &program, &err), 0);
    assert_int_equal(program.status, 128 + 15);
    host_program_release(&program);
    assert_int_equal(host_program_run(floods, &program, &err), 0);
    assert_int_equal(program.bytes, HOST_PROGRAM_BYTES);
    assert_int_equal(program.status, 0);
    host_program_release(&program);
    assert_int_equal(host_program_run(none, &program, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_non_null(strstr(err.text, "/no/such/program"));
    assert_null(program.said);
    host_program_release(&program);
}

#define OUTPUT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTPUT_TEST(results_come_from_all_tasks),
        OUTPUT_TEST(a_line_comes_in_pieces),
        OUTPUT_TEST(a_task_that_is_started_anew_tells_once),
        OUTPUT_TEST(what_is_no_result_is_passed_over),
        OUTPUT_TEST(what_nobody_told_is_told_at_the_end),
        OUTPUT_TEST(who_only_provides_is_not_waited_for),
        cmocka_unit_test(choices),
        cmocka_unit_test(a_task_gets_what_chooses_its_tests),
        cmocka_unit_test(a_program_says_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
