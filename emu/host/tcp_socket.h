/* SPDX-License-Identifier: GPL-2.0-only */
/* Listening TCP sockets. Whoever reaches the address may connect: nothing but loopback unless the user says so. */
#pragma once

#include <stdint.h>

#include "emu/base/error.h"

/* A new non-blocking socket that listens at `host` (a numeric IPv4 or IPv6 address, never a name) and `port`; 0 is any free
 * one. Owner: the caller. -1 with `err`, whose sentence begins with `what`. */
int tcp_socket_listen(const char *host, uint16_t port, const char *what,
                      struct error *err) MUST_CHECK;
/* The port it listens at. */
uint16_t tcp_socket_port(int fd);
/* Small messages leave at once. */
void tcp_socket_hurry(int fd);
