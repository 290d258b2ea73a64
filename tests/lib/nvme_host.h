/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver for the ANS2 controller (devices/storage/ans2.h) on a rig, for tests and benchmarks of the
 * whole way from doorbell to completion: polling, no interrupts. Queues are in the rig's own RAM
 * from NVME_HOST_RAM on; data is wherever the caller has memory. It keeps the rules of the real
 * firmware: entries of 128 bytes, one I/O queue, command identifiers unique and below its depth.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/nvme.h"
#include "tests/lib/rig.h"

#define NVME_HOST_RAM       UINT64_C(0x80000) /* up to 0xa0000 */
#define NVME_HOST_BAR       UINT64_C(0xc0000000)
#define NVME_HOST_ENTRIES   64u
#define NVME_HOST_ADMIN_CID 63u
#define NVME_HOST_LISTS     (NVME_HOST_RAM + 0x8000) /* a page for each command identifier */

struct nvme_host {
    struct rig *rig;
    struct device *ans2; /* alone: pci.h, PCI_LONE_BASE */
    struct {
        uint32_t tail;
        uint32_t head;
        unsigned phase;
    } queue[2];
};

struct nvme_done {
    uint16_t cid;
    uint16_t status; /* nvme.h */
    uint32_t result;
};

/* BAR, bus mastering, admin queue, I/O queue. `host` has rig and ans2. */
void nvme_host_start(struct nvme_host *host);
/* A command in dwords 0, 1, 6.. as nvme.h has them; puts it into queue 0 or 1 with `cid` and rings. */
void nvme_host_submit(struct nvme_host *host, unsigned queue, uint8_t command[NVME_COMMAND_BYTES],
                      uint16_t cid);
/* The next completion of a queue, if it is there. */
bool nvme_host_poll(struct nvme_host *host, unsigned queue, struct nvme_done *done);
/* Lets time pass until it is. */
struct nvme_done nvme_host_wait(struct nvme_host *host, unsigned queue);
/* Both: status of an admin command. */
struct nvme_done nvme_host_admin(struct nvme_host *host, uint8_t command[NVME_COMMAND_BYTES]);
/* Read, Write or Compare of `blocks` blocks between `lba` and guest memory at `addr` (page
 * aligned), with PRP list `cid` (below 24). */
struct nvme_move {
    uint8_t opcode;
    uint64_t lba;
    uint32_t blocks;
    uint64_t addr;
    bool is_fua;
};
void nvme_host_move(struct nvme_host *host, const struct nvme_move *move, uint16_t cid);
