/* SPDX-License-Identifier: GPL-2.0-only */
/* See tcp_socket.h. */
#define _GNU_SOURCE

#include "emu/host/tcp_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_at(const struct addrinfo *address)
{
    const int on = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) return -1;
    /* A port whose last connection has just ended can be had again. */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, 1) != 0) {
        const int reason = errno;

        (void)close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

int tcp_socket_listen(const char *host, uint16_t port, const char *what, struct error *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *list = NULL;
    char service[8];
    int fd;

    (void)snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(host, service, &hints, &list) != 0) {
        return error_usage(err, "%s: `%s' is no address of this host", what, host);
    }
    fd = listen_at(list);
    if (fd < 0) (void)error_host(err, "%s: %s, port %u: %s", what, host, port, strerror(errno));
    freeaddrinfo(list);
    return fd;
}

uint16_t tcp_socket_port(int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t bytes = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &bytes) != 0) return 0;
    if (address.ss_family == AF_INET6) {
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    }
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

void tcp_socket_hurry(int fd)
{
    const int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}
