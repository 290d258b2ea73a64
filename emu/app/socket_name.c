/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of sockets: see socket_name.h. */
#define _POSIX_C_SOURCE 200809L /* strcasecmp */

#include "emu/app/socket_name.h"

#include <stdint.h>
#include <strings.h>

#include "emu/app/parse.h"

unsigned socket_name_find(const char *name)
{
    uint64_t number;

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        if (strcasecmp(name, dimm_socket_name(i)) == 0) return i;
    }
    if (parse_number("", name, 0, DIMM_SOCKETS - 1, &number, NULL) != 0) return DIMM_SOCKETS;
    return (unsigned)number;
}
