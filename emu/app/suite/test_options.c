/* SPDX-License-Identifier: GPL-2.0-only */
/* Options and arguments of `spacegray test`: see test_options.h. */
#define _GNU_SOURCE /* asprintf, scandir */

#include "emu/app/suite/test_options.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/app/parse.h"
#include "emu/app/short_options.h"

#define JOBS_MAX         256u
#define SHARDS_MAX       100000u
#define REPEAT_MAX       1000000u
#define CAPSULES_MAX     1000000u
#define CAPSULES_DEFAULT 10u
#define CAPSULES_FOLDER  "capsules"
#define SUITE_END        ".yaml"
#define TAG              "tag:"
#define NUMBER_BYTES     24u
#define PS_PER_NS        1000u

const struct option_spec test_option_specs[] = {
    {"jobs", "N", "tests at a time (also -j N; default: as many as the\nhost has cores)"},
    {"filter", "PATTERN",
     "only tests SUITE:TEST, or TEST, that the shell pattern\nfits; may be repeated"},
    {"tag", "NAME", "only tests with this tag; may be repeated"},
    {"shard", "I/N", "part I of N parts of the tests"},
    {"repeat", "N", "each test so many times"},
    {"until-fail", NULL, "again and again (at most --repeat times) until one\nfails"},
    {"seed", "N", "in an order by chance"},
    {"list", NULL, "say which tests these are, and run none"},
    {"set", "NAME=VALUE", "what ${NAME} stands for in suites; may be repeated"},
    {"update-golden", NULL,
     "pictures that differ are written to the suite's files,\nwhich are told"},
    {"tap", "FILE", "write TAP 14 (\"-\": standard output, in place of text)"},
    {"junit", "FILE", "write JUnit XML (\"-\": standard output)"},
    {"json", "FILE", "write JSON lines (\"-\": standard output)"},
    {"capsules", "DIR", "where capsules of failures go (default: capsules)"},
    {"capsules-max", "N", "at most so many capsules (default: 10)"},
    {"no-capsules", NULL, "make none"},
    {"coverage", "DIR", "tell there what of the machine was touched"},
    {"host-limit", "TIME",
     "end a test that takes longer on the host (default: 20\ntimes its virtual time-out)"},
    {"host-memory", "SIZE", "memory of the host that a test may add"},
    {"executor", "NAME",
     "who runs them: local (the default), or\nslurm[,tasks=N][,folder=DIR], a job array of Slurm"},
    {"verbose", NULL, "times, hashes and measures of each test"},
    {"quiet", NULL, "failures and totals only"},
    {.name = NULL},
};

static const struct short_option short_options[] = {
    {'j', "jobs", true},
    {.letter = '\0'},
};

/* ---- Lists ---- */

/* Room for one more. NULL with `err`. */
static void *grow(const void *list, size_t count, size_t bytes, struct error *err)
{
    void *grown = realloc((void *)list, (count + 1) * bytes);

    if (grown == NULL) (void)error_host(err, "out of memory");
    return grown;
}

/* Takes `text`, which was allocated (NULL: no memory). */
static int add_filter(struct test_request *request, char *text, struct error *err)
{
    struct suite_selection *selection = &request->selection;
    const char **list =
        grow((const void *)selection->filters, selection->filter_count, sizeof(*list), err);

    if (list != NULL) selection->filters = list;
    if (text == NULL) (void)error_host(err, "out of memory");
    if (list == NULL || text == NULL) {
        free(text);
        return -1;
    }
    list[selection->filter_count++] = text;
    return 0;
}

static int add_tag(struct test_request *request, const char *name, struct error *err)
{
    char *filter = NULL;

    if (asprintf(&filter, TAG "%s", name) < 0) filter = NULL;
    return add_filter(request, filter, err);
}

static int add_variable(struct test_request *request, const char *value, struct error *err)
{
    struct suite_variables *variables = &request->variables;
    const char *equals = strchr(value, '=');
    struct suite_variable *list;
    char *name;

    if (equals == NULL || equals == value) {
        return error_usage(err, "--set: '%s' is not NAME=VALUE", value);
    }
    list = grow(variables->list, variables->count, sizeof(*list), err);
    if (list == NULL) return -1;
    variables->list = list;
    name = strndup(value, (size_t)(equals - value));
    if (name == NULL) return error_host(err, "out of memory");
    list[variables->count++] = (struct suite_variable){.name = name, .value = equals + 1};
    return 0;
}

/* Takes `path`. */
static int add_file(struct test_request *request, char *path, struct error *err)
{
    char **list = grow(request->files, request->file_count, sizeof(*list), err);

    if (list != NULL) request->files = list;
    if (path == NULL) (void)error_host(err, "out of memory");
    if (list == NULL || path == NULL) {
        free(path);
        return -1;
    }
    list[request->file_count++] = path;
    return 0;
}

/* ---- Values ---- */

static int set_count(const char *name, const char *value, uint64_t min, uint64_t max,
                     unsigned *count, struct error *err)
{
    uint64_t number;

    if (parse_number(name, value, min, max, &number, err) != 0) return -1;
    *count = (unsigned)number;
    return 0;
}

static int set_shard(const char *value, struct suite_selection *selection, struct error *err)
{
    const size_t length = strcspn(value, "/");
    char part[NUMBER_BYTES];
    struct error ignored = ERROR_INIT;

    (void)snprintf(part, sizeof(part), "%.*s", (int)length, value);
    if (value[length] != '/' ||
        set_count("shard", value + length + 1, 1, SHARDS_MAX, &selection->shards, &ignored) != 0 ||
        set_count("shard", part, 1, selection->shards, &selection->shard, &ignored) != 0) {
        return error_usage(err, "--shard: '%s' is not I/N with I from 1 to N", value);
    }
    return 0;
}

static int set_time(const char *name, const char *value, uint64_t *ns, struct error *err)
{
    uint64_t ps;

    if (parse_time(name, value, &ps, err) != 0) return -1;
    *ns = ps / PS_PER_NS;
    if (*ns == 0) return error_usage(err, "--%s: '%s' is no time for a test", name, value);
    return 0;
}

/* Those that add to lists, or have a text as it is. */
static int set_text(const char *name, const char *value, struct test_request *request,
                    struct error *err)
{
    if (strcmp(name, "filter") == 0) return add_filter(request, strdup(value), err);
    if (strcmp(name, "tag") == 0) return add_tag(request, value, err);
    if (strcmp(name, "set") == 0) return add_variable(request, value, err);
    if (strcmp(name, "tap") == 0) {
        request->tap = value;
    } else if (strcmp(name, "junit") == 0) {
        request->junit = value;
    } else if (strcmp(name, "json") == 0) {
        request->json = value;
    } else if (strcmp(name, "capsules") == 0) {
        request->capsules = value;
    } else if (strcmp(name, "coverage") == 0) {
        request->coverage = value;
    } else {
        request->executor = value;
    }
    return 0;
}

static void set_flag(const char *name, struct test_request *request)
{
    if (strcmp(name, "until-fail") == 0) {
        request->selection.is_until_failure = true;
    } else if (strcmp(name, "list") == 0) {
        request->is_list = true;
    } else if (strcmp(name, "update-golden") == 0) {
        request->is_golden = true;
    } else if (strcmp(name, "no-capsules") == 0) {
        request->capsules = NULL;
    } else if (strcmp(name, "verbose") == 0) {
        request->is_verbose = true;
    } else {
        request->is_quiet = true;
    }
}

static int set_option(const struct option_spec *option, const char *value,
                      struct test_request *request, struct error *err)
{
    struct suite_selection *selection = &request->selection;
    const char *name = option->name;

    if (option->value == NULL) {
        set_flag(name, request);
        return 0;
    }
    if (strcmp(name, "jobs") == 0) {
        return set_count(name, value, 1, JOBS_MAX, &request->limits.jobs, err);
    }
    if (strcmp(name, "shard") == 0) return set_shard(value, selection, err);
    if (strcmp(name, "repeat") == 0) {
        return set_count(name, value, 1, REPEAT_MAX, &selection->repeat, err);
    }
    if (strcmp(name, "seed") == 0) {
        selection->has_seed = true;
        return parse_number(name, value, 0, UINT64_MAX, &selection->seed, err);
    }
    if (strcmp(name, "capsules-max") == 0) {
        return set_count(name, value, 0, CAPSULES_MAX, &request->capsules_max, err);
    }
    if (strcmp(name, "host-limit") == 0) {
        return set_time(name, value, &request->limits.host_ns, err);
    }
    if (strcmp(name, "host-memory") == 0) {
        return parse_size(name, value, &request->limits.host_memory, err);
    }
    return set_text(name, value, request, err);
}

/* ---- Files ---- */

static int is_suite(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    const size_t end = strlen(SUITE_END);

    return entry->d_name[0] != '.' && length > end &&
           strcmp(entry->d_name + length - end, SUITE_END) == 0;
}

/* By bytes, whatever the locale says. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct test_request *request, const char *folder, struct error *err)
{
    const size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    struct dirent **list = NULL;
    const int count = scandir(folder, &list, is_suite, compare_names);
    int result = 0;

    if (count < 0) return error_host(err, "%s: %s", folder, strerror(errno));
    if (count == 0) result = error_usage(err, "%s: no suite (*" SUITE_END ") is in it", folder);
    for (int i = 0; i < count; i++) {
        char *path = NULL;

        if (asprintf(&path, "%s%s%s", folder, slash, list[i]->d_name) < 0) path = NULL;
        if (result == 0) {
            result = add_file(request, path, err);
        } else {
            free(path);
        }
        free(list[i]);
    }
    free((void *)list);
    return result;
}

static int add_argument(struct test_request *request, const char *name, struct error *err)
{
    struct stat info;

    if (stat(name, &info) == 0 && S_ISDIR(info.st_mode)) return add_folder(request, name, err);
    return add_file(request, strdup(name), err);
}

/* ---- Interface ---- */

static int check(const struct test_request *request, struct error *err)
{
    const char *const files[] = {request->tap, request->junit, request->json};
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        count += files[i] != NULL && strcmp(files[i], TEST_STANDARD_OUTPUT) == 0;
    }
    if (count > 1) return error_usage(err, "only one report can go to standard output");
    if (request->is_verbose && request->is_quiet) {
        return error_usage(err, "--verbose and --quiet exclude each other");
    }
    return 0;
}

static int parse_arguments(struct option_reader *reader, struct test_request *request,
                           struct error *err)
{
    const char *name = option_argument(reader);

    if (name == NULL) {
        return error_usage(err, "test: the suite is missing (see spacegray test --help)");
    }
    for (; name != NULL; name = option_argument(reader)) {
        if (add_argument(request, name, err) != 0) return -1;
    }
    return check(request, err);
}

enum run_parsed test_options_parse(const struct command *command, int argc, char **argv,
                                   struct test_request *request, struct error *err)
{
    struct option_reader reader;
    struct long_line line;

    *request = (struct test_request){
        .capsules = CAPSULES_FOLDER,
        .capsules_max = CAPSULES_DEFAULT,
    };
    if (short_options_lengthen(short_options, argc, argv, &line, err) != 0) return RUN_PARSED_ERROR;
    option_reader_init(&reader, command, line.count, line.arguments);
    for (;;) {
        const char *value;
        const int found = option_next(&reader, &value, err);

        if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
        if (found == OPTIONS_ERROR) return RUN_PARSED_ERROR;
        if (found == OPTIONS_END) break;
        if (set_option(&command->options[found], value, request, err) != 0) return RUN_PARSED_ERROR;
    }
    return parse_arguments(&reader, request, err) == 0 ? RUN_PARSED : RUN_PARSED_ERROR;
}

void test_request_release(struct test_request *request)
{
    for (size_t i = 0; i < request->file_count; i++) {
        free(request->files[i]);
    }
    for (size_t i = 0; i < request->selection.filter_count; i++) {
        free((void *)request->selection.filters[i]);
    }
    for (size_t i = 0; i < request->variables.count; i++) {
        free((void *)request->variables.list[i].name);
    }
    free((void *)request->files);
    free((void *)request->selection.filters);
    free((void *)request->variables.list);
    *request = (struct test_request){.file_count = 0};
}
