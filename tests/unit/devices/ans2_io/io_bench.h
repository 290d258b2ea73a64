/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench for the I/O side of the ANS2 controller alone: no queues and no registers, two modules
 * that are arrays, a SEP that is a pointer. It stands in for ssd_module.h and t2_sep.h (the functions
 * of those names are here), so every call of the controller can be counted and made to fail.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/ans2_internal.h"
#include "emu/core/media.h"
#include "tests/lib/rig.h"

#define IO_RAM           UINT64_C(0x1000000) /* beside the rig's own */
#define IO_RAM_BYTES     (UINT64_C(8) << 20)
#define IO_MODULE_BLOCKS 1024u
#define IO_BLOCKS        (IO_MODULE_BLOCKS * RAID0_MODULES - 5)
#define IO_NOWHERE       UINT64_C(0x4000000000)
#define IO_BLOCK         4096u
#define IO_CALLS_MAX     16u

struct io_module {
    struct device device;
    uint8_t *flash;
    bool is_failed;
    unsigned loads_left; /* before it fails at a load or store; 0: it does not */
    unsigned loads;
    unsigned stores;
    unsigned through; /* stores with FUA */
    unsigned flushes;
    unsigned discards;
    struct {
        uint64_t block;
        uint64_t count;
    } discarded[IO_CALLS_MAX]; /* the first ones */
    unsigned cuts;
    uint64_t cut_seed;
    const struct host_media *cut_target;
    vtime access; /* time of a booking, and for each block of it */
    vtime per_block;
    vtime drain; /* time of a flush */
    vtime busy_until;
};

struct io_bench {
    struct rig *rig;
    struct region region;
    uint8_t *ram; /* at IO_RAM */
    struct ans2 *ans2;
    struct io_module module[RAID0_MODULES];
    struct device sep;
    struct xts *volume; /* what the SEP gives */
    struct xts *check;  /* the same key, for tests */
    uint64_t order;
};

/* Functional unless the test changes that. */
void io_create(struct io_bench *bench);
void io_destroy(struct io_bench *bench);
/* The same as cmocka's setup and teardown: the state is the bench. */
int io_setup(void **state);
int io_teardown(void **state);

/* Command dwords of a command over `blocks` blocks with both PRPs 0. */
struct io_command {
    uint8_t bytes[NVME_COMMAND_BYTES];
};
struct io_command io_command(uint8_t opcode, uint64_t lba, uint32_t blocks);
void io_set32(struct io_command *command, unsigned at, uint32_t value);
void io_set_prps(struct io_command *command, uint64_t prp1, uint64_t prp2);
/* PRPs for `bytes` bytes at `addr` (page aligned) as a driver makes them; the list is at `list`. */
void io_point(struct io_bench *bench, struct io_command *command, uint64_t addr, uint32_t bytes,
              uint64_t list);

/* Into the first free slot, started. */
struct ans2_slot *io_begin(struct io_bench *bench, const struct io_command *command);
/* Lets time pass until it is over, ends it and frees the slot; its status. */
uint16_t io_end(struct io_bench *bench, struct ans2_slot *slot);
uint16_t io_run(struct io_bench *bench, const struct io_command *command);
/* io_run() over guest memory at `addr`, with lists at the end of the bench's memory. */
uint16_t io_move(struct io_bench *bench, uint8_t opcode, uint64_t lba, uint32_t blocks,
                 uint64_t addr);

/* Guest memory at an address of the bench's. */
uint8_t *io_at(struct io_bench *bench, uint64_t addr);
/* Bytes that follow from `seed`. */
void io_fill(uint8_t *data, size_t bytes, uint64_t seed);
/* A block of the namespace as `media` (an array for each module) has it, in plain text. Places and
 * tweaks are computed here without the controller's help. */
void io_plain(struct io_bench *bench, const uint8_t *const media[RAID0_MODULES], uint64_t lba,
              uint8_t out[IO_BLOCK]);
void io_flash(struct io_bench *bench, uint64_t lba, uint8_t out[IO_BLOCK]);
