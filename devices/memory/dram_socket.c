/* SPDX-License-Identifier: GPL-2.0-only */
/* Which socket of the board is which channel: one module on channels 0 and 1 of each controller. */
#include "devices/memory/dimm.h"
#include "devices/memory/dram_address.h"

#define CHANNELS_WITH_SOCKET (DIMM_SOCKETS / IMC_COUNT)

unsigned dram_socket(const struct dram_address *at)
{
    if (at->imc >= IMC_COUNT || at->channel >= CHANNELS_WITH_SOCKET || at->dimm != 0) {
        return DIMM_SOCKETS;
    }
    return at->imc * CHANNELS_WITH_SOCKET + at->channel;
}

void dram_socket_place(unsigned socket, struct dram_address *at)
{
    at->imc = (uint8_t)(socket / CHANNELS_WITH_SOCKET);
    at->channel = (uint8_t)(socket % CHANNELS_WITH_SOCKET);
    at->dimm = 0;
}
