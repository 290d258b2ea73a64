/* SPDX-License-Identifier: GPL-2.0-only */
/* Running another program: see program.h. */
#define _GNU_SOURCE /* pipe2 */

#include "emu/host/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SIGNALLED 128

/* It hears of signals as any program does, also when this one keeps them for itself. */
static void unblock_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
}

static int spawn(const char *const argv[], int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int trouble = posix_spawn_file_actions_init(&actions);

    if (trouble != 0) return trouble;
    trouble = posix_spawnattr_init(&attributes);
    if (trouble == 0) {
        unblock_signals(&attributes);
        (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        (void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        (void)posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
        /* It changes none of its arguments, whatever the type says (POSIX, exec(3)). */
        trouble = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return trouble;
}

/* Reads to the end, so that the program is never held up; keeps what fits. */
static void hear(int fd, struct host_program *program)
{
    char rest[4096];

    for (;;) {
        const size_t room = HOST_PROGRAM_BYTES - program->bytes;
        const ssize_t got = room > 0 ? read(fd, program->said + program->bytes, room)
                                     : read(fd, rest, sizeof(rest));

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (room > 0) program->bytes += (size_t)got;
    }
    program->said[program->bytes] = '\0';
}

static int status_of(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

int host_program_run(const char *const argv[], struct host_program *program, struct error *err)
{
    int ends[2];
    pid_t pid = 0;
    int trouble;

    *program = (struct host_program){.said = malloc(HOST_PROGRAM_BYTES + 1)};
    if (program->said == NULL) return error_host(err, "out of memory");
    if (pipe2(ends, O_CLOEXEC) != 0) {
        trouble = errno;
        host_program_release(program);
        return error_host(err, "no pipe: %s", strerror(trouble));
    }
    trouble = spawn(argv, ends[1], &pid);
    (void)close(ends[1]);
    if (trouble == 0) {
        hear(ends[0], program);
        program->status = status_of(pid);
    }
    (void)close(ends[0]);
    if (trouble == 0) return 0;
    host_program_release(program);
    return error_host(err, "%s cannot be started: %s", argv[0], strerror(trouble));
}

void host_program_release(struct host_program *program)
{
    free(program->said);
    *program = (struct host_program){.said = NULL};
}
