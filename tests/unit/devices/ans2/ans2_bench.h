/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench with an ANS2 controller, and a driver in a few functions: queues in the rig's RAM, commands,
 * completions. It stands in for ssd_module.h and t2_sep.h (the functions of those names are here): two
 * modules that are arrays and take the time that a test says, a SEP that counts. Every function that
 * fails ends the running test.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/ans2.h"
#include "devices/storage/nvme.h"
#include "devices/storage/ssd_module.h"
#include "tests/lib/rig.h"

#define AB_BAR           UINT64_C(0x90000000)
#define AB_ASQ           UINT64_C(0x1000)
#define AB_ACQ           UINT64_C(0x8000)
#define AB_SQ            UINT64_C(0x10000)
#define AB_CQ            UINT64_C(0x20000)
#define AB_DATA          UINT64_C(0x40000)
#define AB_NOWHERE       UINT64_C(0x70000000)
#define AB_MSI_ADDRESS   UINT32_C(0xfee00000)
#define AB_MSI_DATA      UINT32_C(0x41)
#define AB_BLOCKS        1000u
#define AB_MODULE_BLOCKS 512u
#define AB_BLOCK         4096u
#define AB_SLOW          VTIME_MS(1) /* what a module takes, unless the test says something else */
#define AB_ENABLE_TIME   VTIME_MS(3)
#define AB_ENTRIES       32u

struct ab_module {
    struct device device;
    uint8_t flash[AB_MODULE_BLOCKS * AB_BLOCK];
    bool is_failed;
    vtime access;
    vtime drain;
    unsigned stores;
    unsigned flushes;
    unsigned discards;
    struct ssd_counters counters;
    uint8_t notes[SSD_CONTROLLER_NOTES];
};

/* Software's side of a queue pair. */
struct ab_queue {
    uint64_t sq;
    uint64_t cq;
    unsigned entries;
    unsigned tail;
    unsigned head;
    unsigned phase;
};

struct ab {
    struct rig *rig;
    struct device *dut;
    struct ab_module *module[RAID0_MODULES];
    struct device sep;
    struct xts *volume;
    bool is_erase_failing;
    unsigned erases;
    struct ab_queue queue[2];
    uint16_t cid;      /* of the next command */
    const char *panic; /* what the T2 panicked for */
};

struct ab_setup {
    enum ans2_strict strict;
    bool is_functional;
    bool has_no_disk;
    bool has_no_panic; /* nobody is told */
};

struct ab_command {
    uint8_t opcode;
    uint8_t flags;
    uint16_t cid;
    uint32_t nsid;
    uint64_t prp1;
    uint64_t prp2;
    uint32_t dw[6]; /* 10 to 15 */
};

struct ab_completion {
    uint32_t result;
    uint16_t head;
    uint16_t queue;
    uint16_t cid;
    uint16_t status; /* with NVME_DNR */
};

/* `setup` NULL: fatal, timed, with a disk. The controller is off; its BARs and MSI are set. */
struct ab *ab_create(const struct ab_setup *setup);
void ab_destroy(struct ab *ab);
/* cmocka's fixture functions for a controller that runs, with an I/O queue pair. */
int ab_begin(void **state);
int ab_end(void **state);

uint64_t ab_read(struct ab *ab, unsigned offset, unsigned size);
void ab_write(struct ab *ab, unsigned offset, unsigned size, uint64_t value);
uint32_t ab_csts(struct ab *ab);
void ab_config_write(struct ab *ab, unsigned offset, unsigned size, uint32_t value);

/* Admin queues of `entries`, CC.EN = 1; waits. */
void ab_enable(struct ab *ab, unsigned entries);
/* I/O queues of AB_ENTRIES. */
void ab_make_io(struct ab *ab);

void ab_put(struct ab *ab, unsigned queue, const struct ab_command *command);
void ab_ring(struct ab *ab, unsigned queue);
/* Put and ring, with the next free identifier; returns that. */
uint16_t ab_send(struct ab *ab, unsigned queue, struct ab_command command);
bool ab_take(struct ab *ab, unsigned queue, struct ab_completion *completion);
void ab_release(struct ab *ab, unsigned queue);
/* The next completion, which must be there. */
struct ab_completion ab_expect(struct ab *ab, unsigned queue);
void ab_expect_none(struct ab *ab, unsigned queue);
/* Sends, lets time pass until it is over, takes and releases. */
struct ab_completion ab_run(struct ab *ab, unsigned queue, struct ab_command command);
/* An admin command without data; its status. */
uint16_t ab_admin(struct ab *ab, uint8_t opcode, uint32_t dw10, uint32_t dw11);
/* Set Features; must succeed. */
void ab_set_feature(struct ab *ab, uint32_t id, uint32_t value);
uint32_t ab_get_feature(struct ab *ab, uint32_t id);
/* Get Log Page of 512 bytes at AB_DATA; must succeed. */
const uint8_t *ab_log(struct ab *ab, unsigned id);
/* Identify at AB_DATA; must succeed. */
const uint8_t *ab_identify(struct ab *ab, unsigned cns, uint32_t nsid);
/* A read of one block; a write of `blocks` blocks (at most 2). */
struct ab_command ab_read_command(uint64_t lba);
struct ab_command ab_write_command(uint64_t lba, unsigned blocks);
