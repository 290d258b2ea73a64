/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal: see terminal.h. The crash handler keeps no state (there are no variables at file
 * scope): it only switches on what a usable terminal needs, on standard input, which is the only
 * terminal that is ever made raw.
 */
#define _GNU_SOURCE

#include "emu/host/terminal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bits.h"

static void crash_handler(int signal_number)
{
    struct termios now;

    if (tcgetattr(STDIN_FILENO, &now) == 0) {
        now.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
        now.c_iflag |= ICRNL | IXON;
        now.c_oflag |= OPOST;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &now);
    }
    (void)raise(signal_number); /* SA_RESETHAND: the default action */
}

static void install_crash_handler(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

    action.sa_handler = crash_handler;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        (void)sigaction(signals[i], &action, NULL);
    }
}

static struct termios raw_settings(const struct terminal *terminal)
{
    struct termios raw = terminal->saved;

    cfmakeraw(&raw);
    raw.c_oflag = terminal->saved.c_oflag;
    return raw;
}

int terminal_raw(struct terminal *terminal, int fd, struct error *err)
{
    terminal->fd = fd;
    if (tcgetattr(fd, &terminal->saved) != 0) {
        return error_host(err, "the terminal's settings cannot be read: %s", strerror(errno));
    }
    struct termios raw = raw_settings(terminal);
    if (tcsetattr(fd, TCSANOW, &raw) != 0) {
        return error_host(err, "the terminal cannot be set to raw mode: %s", strerror(errno));
    }
    terminal->is_raw = true;
    install_crash_handler();
    return 0;
}

void terminal_restore(struct terminal *terminal)
{
    if (!terminal->is_raw) return;
    if (terminal->is_lent) {
        terminal->has_left = tcgetattr(terminal->fd, &terminal->borrowed) == 0;
    }
    (void)tcsetattr(terminal->fd, TCSADRAIN, &terminal->saved);
}

void terminal_resume(struct terminal *terminal)
{
    struct termios raw;

    if (!terminal->is_raw) return;
    if (terminal->is_lent) {
        if (terminal->has_left) (void)tcsetattr(terminal->fd, TCSADRAIN, &terminal->borrowed);
        terminal->has_left = false;
        return;
    }
    raw = raw_settings(terminal);
    (void)tcsetattr(terminal->fd, TCSADRAIN, &raw);
}

void terminal_lend(struct terminal *terminal)
{
    terminal_restore(terminal);
    terminal->has_left = false;
    terminal->is_lent = true;
}

void terminal_take_back(struct terminal *terminal)
{
    terminal->is_lent = false;
    terminal_resume(terminal);
}
