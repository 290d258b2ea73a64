/* SPDX-License-Identifier: GPL-2.0-only */
/* See unix_socket.h. */
#define _GNU_SOURCE

#include "emu/host/unix_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Whether a socket file is what a dead process left behind. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat info;
    bool stale = false;

    if (lstat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
    /* One that listens and has too many waiting would make this one wait, too. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        stale = errno == ECONNREFUSED;
    }
    (void)close(fd);
    return stale;
}

static int bind_private(int fd, const struct sockaddr_un *address)
{
    mode_t previous = umask(0177);
    int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int reason = errno;

    (void)umask(previous);
    errno = reason;
    return result;
}

int unix_socket_listen(const char *path, const char *what, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int fd;

    if (length >= sizeof(address.sun_path)) {
        return error_usage(err, "%s: the path of a socket can have at most %zu characters", what,
                           sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, path, length + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return error_host(err, "%s: no socket can be made: %s", what, strerror(errno));
    if (is_stale(&address)) (void)unlink(path);
    if (bind_private(fd, &address) != 0 || listen(fd, 1) != 0) {
        (void)error_host(err, "%s: %s: %s", what, path, strerror(errno));
        (void)close(fd);
        return -1;
    }
    return fd;
}
