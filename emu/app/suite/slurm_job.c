/* SPDX-License-Identifier: GPL-2.0-only */
/* Submitting, watching and cancelling a job array: see slurm_job.h. */
#define _GNU_SOURCE /* open_memstream, PATH_MAX */

#include "emu/app/suite/slurm_job.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/host/file.h"
#include "emu/host/program.h"

#define SCRIPT      "job.sh"
#define SAID_SHOWN  400 /* bytes of what Slurm said that a sentence has room for */
#define SCRIPT_MODE 0700

/* ---- The script ---- */

/* A word for the shell, whatever is in it (POSIX, 2.2.2). */
static void put_word(FILE *file, const char *word)
{
    (void)fputs(" '", file);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            (void)fputs("'\\''", file);
        } else {
            (void)fputc(*word, file);
        }
    }
    (void)fputc('\'', file);
}

static void put_script(FILE *file, const struct suite_slurm *slurm, const char *program)
{
    (void)fputs("#!/bin/sh\n# A task of `spacegray test --executor slurm`.\nexec", file);
    put_word(file, program);
    (void)fprintf(file, " test --jobs %u --shard \"$SLURM_ARRAY_TASK_ID/%u\" --json -", slurm->jobs,
                  slurm->tasks);
    for (size_t i = 0; i < slurm->argument_count; i++) {
        put_word(file, slurm->arguments[i]);
    }
    (void)fputc('\n', file);
}

static int own_path(char path[PATH_MAX], struct error *err)
{
    const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

    if (length <= 0) return error_host(err, "this program does not find its own file");
    path[length] = '\0';
    return 0;
}

static int write_script(const struct suite_slurm *slurm, const char *path, struct error *err)
{
    char program[PATH_MAX];
    char *text = NULL;
    size_t bytes = 0;
    FILE *file;
    int result;

    if (own_path(program, err) != 0) return -1;
    file = open_memstream(&text, &bytes);
    if (file == NULL) return error_host(err, "out of memory");
    put_script(file, slurm, program);
    if (fclose(file) != 0) {
        free(text);
        return error_host(err, "out of memory");
    }
    result = host_file_write(path, text, bytes, err);
    free(text);
    if (result == 0 && chmod(path, SCRIPT_MODE) != 0) {
        result = error_host(err, "%s cannot be made a program", path);
    }
    return result;
}

/* ---- Slurm ---- */

/* The first line of what a program said, for a sentence. */
static const char *first_line(struct host_program *program)
{
    size_t length = strcspn(program->said, "\n");

    if (length > SAID_SHOWN) length = SAID_SHOWN;
    program->said[length] = '\0';
    return program->said;
}

/* sbatch --parsable says JOBID, or JOBID;CLUSTER. */
static int take_id(struct host_program *program, struct slurm_job *job, struct error *err)
{
    char *last;
    size_t digits;

    while (program->bytes > 0 && program->said[program->bytes - 1] == '\n') {
        program->said[--program->bytes] = '\0';
    }
    /* Warnings may stand before it. */
    last = strrchr(program->said, '\n');
    last = last != NULL ? last + 1 : program->said;
    digits = strspn(last, "0123456789");
    if (digits == 0 || digits >= sizeof(job->id)) {
        return error_host(err, "sbatch said '%.*s' instead of a job's number", SAID_SHOWN, last);
    }
    memcpy(job->id, last, digits);
    job->id[digits] = '\0';
    return 0;
}

static char *format(const char *text, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *text, ...)
{
    char *made = NULL;
    va_list args;

    va_start(args, text);
    if (vasprintf(&made, text, args) < 0) made = NULL;
    va_end(args);
    return made;
}

static int submit(const char *const argv[], struct slurm_job *job, struct error *err)
{
    struct error trouble = ERROR_INIT;
    struct host_program program;
    int result;

    if (host_program_run(argv, &program, &trouble) != 0) {
        return error_host(err, "%s; it is a program of Slurm's (Debian: slurm-client)",
                          trouble.text);
    }
    if (program.status != 0) {
        result = error_host(err, "sbatch refuses the job: %s", first_line(&program));
    } else {
        result = take_id(&program, job, err);
    }
    host_program_release(&program);
    return result;
}

int slurm_job_submit(const struct suite_slurm *slurm, struct slurm_job *job, struct error *err)
{
    char *script = format("%s/" SCRIPT, slurm->folder);
    char *array = format("--array=1-%u", slurm->tasks);
    char *output = format("--output=%s/%%a.json", slurm->folder);
    char *errors = format("--error=%s/%%a.txt", slurm->folder);
    char *processors = format("--cpus-per-task=%u", slurm->jobs);
    const char *argv[] = {"sbatch",
                          "--parsable",
                          "--job-name=spacegray-test",
                          "--input=/dev/null",
                          array,
                          output,
                          errors,
                          processors,
                          script,
                          NULL};
    int result = -1;

    if (script == NULL || array == NULL || output == NULL || errors == NULL || processors == NULL) {
        (void)error_host(err, "out of memory");
    } else if (write_script(slurm, script, err) == 0) {
        result = submit(argv, job, err);
    }
    free(script);
    free(array);
    free(output);
    free(errors);
    free(processors);
    return result;
}

int slurm_job_look(const struct slurm_job *job, bool *is_over, struct error *err)
{
    const char *const argv[] = {"squeue", "--noheader", "--format=%T", "--jobs", job->id, NULL};
    struct host_program program;
    int result = 0;

    if (host_program_run(argv, &program, err) != 0) return -1;
    /* A job that ended some minutes ago is not known any more, which is an error of squeue's. */
    if (program.status == 0 || strstr(program.said, "Invalid job id") != NULL) {
        *is_over = program.status != 0 || program.bytes == 0;
    } else {
        result = error_host(err, "squeue does not answer: %s", first_line(&program));
    }
    host_program_release(&program);
    return result;
}

void slurm_job_cancel(const struct slurm_job *job)
{
    const char *const argv[] = {"scancel", "--quiet", job->id, NULL};
    struct host_program program;
    struct error err = ERROR_INIT;

    if (host_program_run(argv, &program, &err) == 0) host_program_release(&program);
}
