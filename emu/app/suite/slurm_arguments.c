/* SPDX-License-Identifier: GPL-2.0-only */
/* Command lines of tasks: see slurm_arguments.h. */
#define _GNU_SOURCE /* vasprintf */

#include "emu/app/suite/slurm_arguments.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/suite/suite_slurm.h"

/* ---- Words ---- */

static void add(struct slurm_arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add(struct slurm_arguments *arguments, const char *format, ...)
{
    char **list = realloc((void *)arguments->list, (arguments->count + 1) * sizeof(*list));
    char *word = NULL;
    va_list args;

    if (list != NULL) arguments->list = list;
    va_start(args, format);
    if (vasprintf(&word, format, args) < 0) word = NULL;
    va_end(args);
    if (list == NULL || word == NULL) {
        free(word);
        arguments->is_short = true;
        return;
    }
    list[arguments->count++] = word;
}

void slurm_arguments_release(struct slurm_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++) {
        free(arguments->list[i]);
    }
    free((void *)arguments->list);
    *arguments = (struct slurm_arguments){.list = NULL};
}

/* ---- Of a request ---- */

static const char *refused_option(const struct test_request *request)
{
    if (request->selection.is_until_failure) return "--until-fail";
    if (request->selection.shards > 0) return "--shard";
    if (request->is_golden) return "--update-golden";
    if (request->coverage != NULL) return "--coverage";
    return NULL;
}

static void add_selection(struct slurm_arguments *arguments,
                          const struct suite_selection *selection)
{
    for (size_t i = 0; i < selection->filter_count; i++) {
        add(arguments, "--filter=%s", selection->filters[i]);
    }
    if (selection->repeat > 0) add(arguments, "--repeat=%u", selection->repeat);
    if (selection->has_seed) add(arguments, "--seed=%" PRIu64, selection->seed);
}

static void add_limits(struct slurm_arguments *arguments, const struct suite_limits *limits)
{
    if (limits->host_ns > 0) add(arguments, "--host-limit=%" PRIu64 "ns", limits->host_ns);
    if (limits->host_memory > 0) add(arguments, "--host-memory=%" PRIu64, limits->host_memory);
}

int slurm_arguments_make(const struct test_request *request, struct slurm_arguments *arguments,
                         struct error *err)
{
    const char *refused = refused_option(request);

    *arguments = (struct slurm_arguments){.list = NULL};
    if (refused != NULL) {
        return error_usage(err, "--executor slurm: %s is for tests on this machine alone", refused);
    }
    add_selection(arguments, &request->selection);
    add_limits(arguments, &request->limits);
    for (size_t i = 0; i < request->variables.count; i++) {
        add(arguments, "--set=%s=%s", request->variables.list[i].name,
            request->variables.list[i].value);
    }
    if (request->capsules != NULL) {
        add(arguments, "--capsules=%s", request->capsules);
        add(arguments, "--capsules-max=%u", request->capsules_max);
    } else {
        add(arguments, "--no-capsules");
    }
    add(arguments, "--quiet");
    add(arguments, "--");
    for (size_t i = 0; i < request->file_count; i++) {
        add(arguments, "%s", request->files[i]);
    }
    return arguments->is_short ? error_host(err, "out of memory") : 0;
}

/* ---- Of the option ---- */

static int take_part(const char *part, size_t length, struct slurm_choice *choice,
                     struct error *err)
{
    static const char tasks[] = "tasks=";
    static const char folder[] = "folder=";
    char *word = strndup(part, length);
    uint64_t number = 0;
    int result = 0;

    if (word == NULL) return error_host(err, "out of memory");
    if (strncmp(word, tasks, sizeof(tasks) - 1) == 0) {
        result =
            parse_number("executor", word + sizeof(tasks) - 1, 1, SLURM_TASKS_MAX, &number, err);
        choice->tasks = (unsigned)number;
    } else if (strncmp(word, folder, sizeof(folder) - 1) == 0 && word[sizeof(folder) - 1] != '\0') {
        free(choice->folder);
        choice->folder = strdup(word + sizeof(folder) - 1);
        if (choice->folder == NULL) result = error_host(err, "out of memory");
    } else {
        result = error_usage(err, "--executor: '%s' is neither tasks=N nor folder=DIR", word);
    }
    free(word);
    return result;
}

int slurm_choice_parse(const char *text, struct slurm_choice *choice, struct error *err)
{
    const char *part = strchr(text, ',');

    *choice = (struct slurm_choice){.tasks = 0};
    while (part != NULL) {
        const size_t length = strcspn(part + 1, ",");

        if (take_part(part + 1, length, choice, err) != 0) {
            free(choice->folder);
            choice->folder = NULL;
            return -1;
        }
        part = part[length + 1] == ',' ? part + length + 1 : NULL;
    }
    return 0;
}
