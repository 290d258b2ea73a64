/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening what a channel specification names: see channel.h. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/host/channel_internal.h"
#include "emu/host/unix_socket.h"

static int open_none(struct channel *channel, const char *path, struct error *err)
{
    (void)path;
    (void)err;
    channel->is_broken = true;
    return 0;
}

static int open_stdio(struct channel *channel, const char *path, struct error *err)
{
    (void)path;
    channel->in_fd = STDIN_FILENO;
    channel->out_fd = STDOUT_FILENO;
    if (!isatty(STDIN_FILENO)) return 0;
    return terminal_raw(&channel->terminal, STDIN_FILENO, err);
}

static int open_stdout(struct channel *channel, const char *path, struct error *err)
{
    (void)path;
    (void)err;
    channel->out_fd = STDOUT_FILENO;
    return 0;
}

static int open_stderr(struct channel *channel, const char *path, struct error *err)
{
    (void)path;
    (void)err;
    channel->out_fd = STDERR_FILENO;
    return 0;
}

static int open_file(struct channel *channel, const char *path, struct error *err)
{
    channel->out_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    channel->is_owned = true;
    if (channel->out_fd < 0)
        return error_host(err, "%s: %s: %s", channel->what, path, strerror(errno));
    return 0;
}

/* The other end gets raw settings once. Opening and closing it also makes the kernel report hang-up
 * while nobody has it open, which is how readers are seen to come and go. */
static int prepare_pty(struct channel *channel)
{
    struct termios settings;

    if (grantpt(channel->pty_fd) != 0 || unlockpt(channel->pty_fd) != 0) return -1;
    if (ptsname_r(channel->pty_fd, channel->place, sizeof(channel->place)) != 0) return -1;
    int other = open(channel->place, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other < 0) return -1;
    int result = tcgetattr(other, &settings);
    if (result == 0) {
        cfmakeraw(&settings);
        result = tcsetattr(other, TCSANOW, &settings);
    }
    (void)close(other);
    return result;
}

static int open_pty(struct channel *channel, const char *path, struct error *err)
{
    (void)path;
    channel->has_peers = true;
    channel->pty_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (channel->pty_fd < 0 || prepare_pty(channel) != 0) {
        return error_host(err, "%s: no pseudo-terminal can be made: %s", channel->what,
                          strerror(errno));
    }
    return 0;
}

static int open_unix(struct channel *channel, const char *path, struct error *err)
{
    channel->has_peers = true;
    channel->listen_fd = unix_socket_listen(path, channel->what, err);
    if (channel->listen_fd < 0) return -1;
    memcpy(channel->place, path, strlen(path) + 1);
    return 0;
}

int channel_open_spec(struct channel *channel, const char *spec, struct error *err)
{
    static const struct {
        const char *name;
        bool has_path;
        int (*open)(struct channel *channel, const char *path, struct error *err);
    } kinds[] = {
        {"none", false, open_none},     {"stdio", false, open_stdio},
        {"stdout", false, open_stdout}, {"stderr", false, open_stderr},
        {"file", true, open_file},      {"pty", false, open_pty},
        {"unix", true, open_unix},
    };
    size_t name_length = strcspn(spec, ":");
    const char *path = spec[name_length] ? spec + name_length + 1 : "";

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strlen(kinds[i].name) != name_length || strncmp(kinds[i].name, spec, name_length) != 0)
            continue;
        if (kinds[i].has_path && !*path) {
            return error_usage(err, "%s: %s needs a path, as in %s:PATH", channel->what,
                               kinds[i].name, kinds[i].name);
        }
        if (!kinds[i].has_path && spec[name_length]) {
            return error_usage(err, "%s: %s takes no path", channel->what, kinds[i].name);
        }
        return kinds[i].open(channel, path, err);
    }
    return error_usage(err,
                       "%s: '%s' is none of stdio, stdout, stderr, file:PATH, pty, unix:PATH, none",
                       channel->what, spec);
}
