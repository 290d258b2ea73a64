/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output of tasks: see slurm_output.h. A task writes a line for each test; over a network's file system it may come in
 * pieces, and from the beginning again when Slurm starts a task anew on another node. So a result is told once, and
 * a line only when its end is there.
 */
#define _GNU_SOURCE /* memrchr, asprintf */

#include "emu/app/suite/slurm_output.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/suite/suite_report.h"
#include "emu/base/bits.h"

#define LINE_MAX_BYTES ((size_t)64 << 10) /* longer lines are none of ours */

/* One task's file. */
struct task {
    off_t at; /* what has been read */
    char *line;
    size_t bytes;
    bool is_too_long; /* the rest of this line is passed over */
};

struct slurm_output {
    const struct suite_slurm *slurm;
    struct task *tasks;
    bool *told;    /* by entry and round */
    size_t wanted; /* that are not told yet; who only provides is told when it fails, if at all */
};

struct slurm_output *slurm_output_create(const struct suite_slurm *slurm, struct error *err)
{
    struct slurm_output *output = calloc(1, sizeof(*output));

    if (output != NULL) {
        output->slurm = slurm;
        output->tasks = calloc(slurm->tasks, sizeof(*output->tasks));
        output->told = calloc(slurm->entry_count * slurm->rounds, sizeof(*output->told));
    }
    if (output == NULL || output->tasks == NULL || output->told == NULL) {
        slurm_output_destroy(output);
        (void)error_host(err, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < slurm->entry_count; i++) {
        if (!slurm->entries[i].is_only_provider) output->wanted += slurm->rounds;
    }
    return output;
}

void slurm_output_destroy(struct slurm_output *output)
{
    if (output == NULL) return;
    for (unsigned i = 0; output->tasks != NULL && i < output->slurm->tasks; i++) {
        free(output->tasks[i].line);
    }
    free(output->tasks);
    free(output->told);
    free(output);
}

/* ---- Results ---- */

static const struct suite_entry *find(const struct suite_slurm *slurm,
                                      const struct suite_result_name *name)
{
    for (size_t i = 0; i < slurm->entry_count; i++) {
        const struct suite_entry *entry = &slurm->entries[i];

        if (strcmp(entry->test->name, name->test) == 0 &&
            strcmp(entry->suite->path, name->file) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void tell(struct slurm_output *output, const struct suite_entry *entry, unsigned round,
                 const struct suite_result *result)
{
    const struct suite_slurm *slurm = output->slurm;
    bool *told = &output->told[(size_t)(entry - slurm->entries) * slurm->rounds + round];

    if (*told) return;
    *told = true;
    if (!entry->is_only_provider) output->wanted--;
    if (slurm->listener.ended != NULL) {
        slurm->listener.ended(slurm->listener.ctx, entry, round, result);
    }
}

static void take_line(struct slurm_output *output, const char *line)
{
    struct suite_result_name name;
    struct suite_result result;
    struct error err = ERROR_INIT;
    const struct suite_entry *entry;

    /* The report's first and last line are no results. */
    if (suite_result_read(line, &name, &result, &err) != 0) return;
    entry = find(output->slurm, &name);
    if (entry == NULL || name.round >= output->slurm->rounds) return;
    /* A task that was stopped by Slurm comes to them when it is started again, or nobody does. */
    if (result.outcome == SUITE_NOT_RUN) return;
    tell(output, entry, name.round, &result);
}

/* ---- Files ---- */

static void take_bytes(struct slurm_output *output, struct task *task, const char *data,
                       size_t bytes)
{
    while (bytes > 0) {
        const char *end = memchr(data, '\n', bytes);
        const size_t part = end != NULL ? (size_t)(end - data) : bytes;

        if (part > LINE_MAX_BYTES - task->bytes) {
            task->is_too_long = true;
        } else {
            memcpy(task->line + task->bytes, data, part);
            task->bytes += part;
        }
        if (end == NULL) return;
        task->line[task->bytes] = '\0';
        if (!task->is_too_long) take_line(output, task->line);
        task->bytes = 0;
        task->is_too_long = false;
        data += part + 1;
        bytes -= part + 1;
    }
}

static int open_task(const struct suite_slurm *slurm, unsigned number, const char *end)
{
    char *path = NULL;
    int fd = -1;

    if (asprintf(&path, "%s/%u.%s", slurm->folder, number, end) >= 0) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        free(path);
    }
    return fd;
}

static void read_task(struct slurm_output *output, unsigned index)
{
    struct task *task = &output->tasks[index];
    const int fd = open_task(output->slurm, index + 1, "json");
    char data[4096];
    ssize_t got;

    if (fd < 0) return; /* it has not begun */
    if (task->line == NULL) task->line = malloc(LINE_MAX_BYTES + 1);
    if (lseek(fd, 0, SEEK_END) < task->at) {
        task->at = 0;
        task->bytes = 0;
        task->is_too_long = false;
    }
    while (task->line != NULL && (got = pread(fd, data, sizeof(data), task->at)) > 0) {
        task->at += got;
        take_bytes(output, task, data, (size_t)got);
    }
    (void)close(fd);
}

void slurm_output_read(struct slurm_output *output)
{
    for (unsigned i = 0; i < output->slurm->tasks; i++) {
        read_task(output, i);
    }
}

bool slurm_output_is_whole(const struct slurm_output *output)
{
    return output->wanted == 0;
}

/* ---- What nobody told ---- */

/* The last line that a task wrote on standard error, of the first task that did not come to its end. */
static void last_words(const struct slurm_output *output, char *text, size_t bytes)
{
    text[0] = '\0';
    for (unsigned i = 0; i < output->slurm->tasks && text[0] == '\0'; i++) {
        const int fd = open_task(output->slurm, i + 1, "txt");
        char data[SUITE_LINE_BYTES];
        const off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
        const off_t from = end > (off_t)sizeof(data) - 1 ? end - ((off_t)sizeof(data) - 1) : 0;
        const ssize_t got = fd >= 0 ? pread(fd, data, sizeof(data) - 1, from) : 0;
        size_t length = got > 0 ? (size_t)got : 0;
        const char *line;

        if (fd >= 0) (void)close(fd);
        while (length > 0 && data[length - 1] == '\n') {
            length--;
        }
        data[length] = '\0';
        line = length > 0 ? memrchr(data, '\n', length) : NULL;
        (void)snprintf(text, bytes, "%s", line != NULL ? line + 1 : data);
    }
}

static void tell_entry(struct slurm_output *output, const struct suite_entry *entry,
                       const struct suite_result *result)
{
    if (entry->is_only_provider) return;
    for (unsigned round = 0; round < output->slurm->rounds; round++) {
        tell(output, entry, round, result);
    }
}

void slurm_output_tell_rest(struct slurm_output *output, enum suite_outcome outcome)
{
    const struct suite_slurm *slurm = output->slurm;
    struct suite_result result = {.outcome = outcome, .tries = 1};
    char words[SUITE_LINE_BYTES];

    if (outcome == SUITE_FAILED) {
        result.failure = SUITE_HOST_TROUBLE;
        last_words(output, words, sizeof(words));
        (void)snprintf(result.sentence, sizeof(result.sentence),
                       "no task of the Slurm job told of it; what they said is in %.*s%s%s",
                       SUITE_SENTENCE_MAX / 2, slurm->folder, words[0] != '\0' ? ", first: " : "",
                       words);
    }
    for (size_t i = 0; i < slurm->entry_count; i++) {
        tell_entry(output, &slurm->entries[i], &result);
    }
}
