/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading secrets: see secret.h. Whatever ends a question, the terminal shows again what is typed. */
#define _POSIX_C_SOURCE 200809L

#include "emu/app/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "emu/crypto/keys.h"
#include "emu/host/signals.h"

#define FOR_OTHERS (S_IRWXG | S_IRWXO)

static void warn_of_readers(const char *path, int fd)
{
    struct stat status;

    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & FOR_OTHERS) != 0) {
        (void)fprintf(stderr, "spacegray: other users can read %s: chmod 600 it\n", path);
    }
}

/* Up to the end of the first line, and one byte more than there may be. */
static int read_line(int fd, struct secret *secret)
{
    secret->bytes = 0;
    while (secret->bytes < sizeof(secret->data)) {
        const ssize_t got = read(fd, &secret->data[secret->bytes], 1);

        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0 || secret->data[secret->bytes] == '\n') break;
        secret->bytes++;
    }
    return 0;
}

static int check(const char *option, struct secret *secret, struct error *err)
{
    if (secret->bytes > 0 && secret->data[secret->bytes - 1] == '\r') secret->bytes--;
    if (secret->bytes == 0) return error_host(err, "--%s: there is nothing in it", option);
    if (secret->bytes > SECRET_BYTES_MAX) {
        return error_host(err, "--%s: longer than %u bytes", option, SECRET_BYTES_MAX);
    }
    secret->is_given = true;
    return 0;
}

int secret_read(const char *option, const char *path, struct secret *secret, struct error *err)
{
    const bool is_input = strcmp(path, "-") == 0;
    const int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int result;
    int trouble;

    if (fd < 0) return error_host(err, "--%s: cannot open %s: %s", option, path, strerror(errno));
    if (!is_input) warn_of_readers(path, fd);
    result = read_line(fd, secret);
    trouble = errno;
    if (!is_input) (void)close(fd);
    if (result != 0) {
        return error_host(err, "--%s: cannot read %s: %s", option, path, strerror(trouble));
    }
    return check(option, secret, err);
}

/* The terminal while a question is open. */
struct question {
    struct termios usual;
    struct termios quiet;
    _Atomic(struct signals *) signals; /* NULL: they are being started */
};

static void show_typing(void *ctx)
{
    const struct question *question = ctx;

    (void)tcsetattr(STDIN_FILENO, TCSANOW, &question->usual);
}

static void hide_typing(void *ctx)
{
    const struct question *question = ctx;

    (void)tcsetattr(STDIN_FILENO, TCSANOW, &question->quiet);
}

/* On the signal thread: nothing else is going on that would have to be ended. */
static void give_up(void *ctx)
{
    struct question *question = ctx;
    const struct signals *signals = atomic_load(&question->signals);

    show_typing(ctx);
    (void)fputc('\n', stderr);
    signals_die(signals != NULL ? signals_caught(signals) : SIGINT);
}

static int read_quietly(struct question *question, const char *what, struct secret *secret,
                        struct error *err)
{
    const struct signal_actions actions = {
        .ctx = question,
        .stop = give_up,
        .leave = show_typing,
        .resume = hide_typing,
    };
    struct signals *signals = signals_start(&actions, err);
    int result;
    int trouble;

    if (signals == NULL) return -1;
    atomic_store(&question->signals, signals);
    (void)fprintf(stderr, "%s: ", what);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &question->quiet);
    result = read_line(STDIN_FILENO, secret);
    trouble = errno;
    show_typing(question);
    (void)fputc('\n', stderr);
    signals_stop(signals);
    if (result == 0) return 0;
    return error_host(err, "cannot read the %s: %s", what, strerror(trouble));
}

int secret_ask(const char *what, const char *option, struct secret *secret, struct error *err)
{
    struct question question = {.signals = NULL};

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &question.usual) != 0) {
        return error_usage(err, "the %s is needed: give it with --%s FILE", what, option);
    }
    question.quiet = question.usual;
    question.quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (read_quietly(&question, what, secret, err) != 0) return -1;
    return check(option, secret, err);
}

void secret_forget(struct secret *secret)
{
    key_wipe(secret, sizeof(*secret));
}
