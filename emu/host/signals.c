/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals on a thread: see signals.h. The thread waits on a signalfd and on an eventfd that ends
 * it. */
#define _GNU_SOURCE

#include "emu/host/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signals {
    struct signal_actions actions;
    sigset_t set;
    sigset_t previous;
    int signal_fd;
    int end_fd;
    pthread_t thread;
    atomic_int caught;
};

_Noreturn void signals_die(int signal_number)
{
    sigset_t set;

    (void)signal(signal_number, SIG_DFL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal_number);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    (void)kill(getpid(), signal_number);
    /* Only reached when the parent made the signal ignored in a way that SIG_DFL does not undo. */
    _exit(128 + signal_number);
}

static void suspend(struct signals *signals)
{
    signals->actions.leave(signals->actions.ctx);
    (void)kill(getpid(), SIGSTOP);
    signals->actions.resume(signals->actions.ctx);
}

static void take(struct signals *signals, int signal_number)
{
    if (signal_number == SIGTSTP) {
        suspend(signals);
        return;
    }
    if (signal_number == SIGCONT) {
        signals->actions.resume(signals->actions.ctx);
        return;
    }
    if (atomic_exchange(&signals->caught, signal_number) == 0) {
        signals->actions.stop(signals->actions.ctx);
        return;
    }
    signals->actions.leave(signals->actions.ctx);
    signals_die(signal_number);
}

static void *run(void *arg)
{
    struct signals *signals = arg;
    struct pollfd wait[2] = {
        {.fd = signals->signal_fd, .events = POLLIN},
        {.fd = signals->end_fd, .events = POLLIN},
    };

    for (;;) {
        struct signalfd_siginfo info;

        if (poll(wait, 2, -1) < 0 && errno != EINTR) return NULL;
        if (wait[1].revents) return NULL;
        if (read(signals->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
            take(signals, (int)info.ssi_signo);
        }
    }
}

static void signal_set(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};

    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction present;

        /* What the parent has switched off (nohup, a background job) stays off. */
        if (sigaction(numbers[i], NULL, &present) == 0 && present.sa_handler == SIG_IGN) continue;
        (void)sigaddset(set, numbers[i]);
    }
}

static void release(struct signals *signals)
{
    if (signals->signal_fd >= 0) (void)close(signals->signal_fd);
    if (signals->end_fd >= 0) (void)close(signals->end_fd);
    (void)pthread_sigmask(SIG_SETMASK, &signals->previous, NULL);
    free(signals);
}

struct signals *signals_start(const struct signal_actions *actions, struct error *err)
{
    struct signals *signals = calloc(1, sizeof(*signals));

    if (!signals) {
        (void)error_host(err, "not enough host memory");
        return NULL;
    }
    signals->actions = *actions;
    /* Whoever writes is told by errno, like of a full disk. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    signal_set(&signals->set);
    (void)pthread_sigmask(SIG_BLOCK, &signals->set, &signals->previous);
    signals->signal_fd = signalfd(-1, &signals->set, SFD_CLOEXEC | SFD_NONBLOCK);
    signals->end_fd = eventfd(0, EFD_CLOEXEC);
    if (signals->signal_fd < 0 || signals->end_fd < 0 ||
        pthread_create(&signals->thread, NULL, run, signals) != 0) {
        (void)error_host(err, "the signal thread cannot be started: %s", strerror(errno));
        release(signals);
        return NULL;
    }
    return signals;
}

int signals_caught(const struct signals *signals)
{
    return atomic_load(&signals->caught);
}

void signals_stop(struct signals *signals)
{
    if (!signals) return;
    (void)eventfd_write(signals->end_fd, 1);
    (void)pthread_join(signals->thread, NULL);
    release(signals);
}
