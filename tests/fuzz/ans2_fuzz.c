/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NVMe controller of the T2 with two modules, a volume, and hostile software: commands of any kind
 * in queues that it works at, PRP lists, doorbells, registers, time, resets, loading of its own state.
 * It must stay bounded: no event may be due again at the same instant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "devices/storage/ans2.h"
#include "devices/storage/nvme.h"
#include "emu/base/endian.h"
#include "tests/fuzz/input.h"
#include "tests/generic/subject_ans2.h"

#define OPS_MAX  400
#define BAR      UINT64_C(0x90000000)
#define ASQ      UINT64_C(0x1000)
#define ACQ      UINT64_C(0x2000)
#define SQ       UINT64_C(0x4000)
#define CQ       UINT64_C(0x6000)
#define DATA     UINT64_C(0x10000)
#define NOWHERE  UINT64_C(0x70000000)
#define ENTRIES  32u
#define CC_ON    0x00460001u
#define SPAN_MAX 27u /* at most 2^43 ps: 8 s */
#define LBAS     520u

struct fuzz {
    struct rig *rig;
    struct device *dut;
};

static uint64_t take_address(struct fuzz_input *input)
{
    static const uint64_t bases[] = {DATA,    DATA + 0x1000, SQ,   CQ,      ASQ,
                                     0xff000, 0xffff8,       DATA, NOWHERE, UINT64_MAX - 0xfff,
                                     0,       DATA + 0x8000};
    const uint64_t base = bases[fuzz_below(input, sizeof(bases) / sizeof(bases[0]))];
    const uint64_t more = fuzz_take(input, 1);

    return base + ((more & 0xf) == 0 ? more << 4 : more >> 4 << 12);
}

static void put_queue(struct fuzz *fuzz, unsigned at, uint8_t opcode, uint64_t prp1, uint32_t dw11)
{
    uint8_t *raw = fuzz->rig->ram + ASQ + (size_t)at * 64;

    memset(raw, 0, NVME_COMMAND_BYTES);
    le32_put(raw, opcode | at << 16);
    le64_put(raw + NVME_AT_PRP1, prp1);
    le32_put(raw + NVME_AT_CDW10, (ENTRIES - 1) << 16 | 1);
    le32_put(raw + NVME_AT_CDW11, dw11);
}

static void ring(struct fuzz *fuzz, size_t doorbell, uint32_t value)
{
    rig_write(fuzz->rig, BAR + NVME_REG_DOORBELL + doorbell * 4, 4, value);
}

/* A controller with its queues. */
static void start(struct fuzz *fuzz)
{
    struct rig *rig = fuzz->rig;

    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 8, BAR);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    rig_write(rig, BAR + NVME_REG_CC, 4, 0);
    rig_advance(rig, VTIME_MS(3));
    rig_write(rig, BAR + NVME_REG_AQA, 4, (ENTRIES - 1) << 16 | (ENTRIES - 1));
    rig_write(rig, BAR + NVME_REG_ASQ, 8, ASQ);
    rig_write(rig, BAR + NVME_REG_ACQ, 8, ACQ);
    rig_write(rig, BAR + NVME_REG_CC, 4, CC_ON);
    rig_advance(rig, VTIME_MS(3));
    put_queue(fuzz, 0, NVME_ADMIN_CREATE_CQ, CQ, 3);
    put_queue(fuzz, 1, NVME_ADMIN_CREATE_SQ, SQ, 1 << 16 | 1);
    ring(fuzz, 0, 1);
    rig_advance(rig, VTIME_US(50));
    ring(fuzz, 0, 2);
    rig_advance(rig, VTIME_US(50));
}

static uint8_t take_opcode(struct fuzz_input *input, bool is_io)
{
    static const uint8_t io[] = {NVME_CMD_WRITE, NVME_CMD_READ,         NVME_CMD_WRITE,
                                 NVME_CMD_FLUSH, NVME_CMD_WRITE_ZEROES, NVME_CMD_COMPARE,
                                 NVME_CMD_DSM,   NVME_CMD_VERIFY};
    static const uint8_t admin[] = {
        NVME_ADMIN_DELETE_SQ,    NVME_ADMIN_CREATE_SQ, NVME_ADMIN_GET_LOG, NVME_ADMIN_DELETE_CQ,
        NVME_ADMIN_CREATE_CQ,    NVME_ADMIN_IDENTIFY,  NVME_ADMIN_ABORT,   NVME_ADMIN_SET_FEATURES,
        NVME_ADMIN_GET_FEATURES, NVME_ADMIN_EVENT,     NVME_ADMIN_FORMAT,  NVME_ADMIN_SANITIZE};
    const size_t n = fuzz_below(input, 32);

    if (n == 31) return (uint8_t)fuzz_take(input, 1);
    return is_io ? io[n % sizeof(io)] : admin[n % sizeof(admin)];
}

static void put_command(struct fuzz *fuzz, struct fuzz_input *input)
{
    const bool is_io = fuzz_below(input, 4) != 0;
    const uint32_t index = (uint32_t)fuzz_below(input, ENTRIES);
    uint8_t *raw = fuzz->rig->ram + (is_io ? SQ + (uint64_t)index * 128 : ASQ + index * 64);
    const uint32_t flags = (uint32_t)fuzz_take(input, 1);

    memset(raw, 0, NVME_COMMAND_BYTES);
    le32_put(raw, take_opcode(input, is_io) | (flags > 240 ? flags << 8 : 0) |
                      (flags < 230 ? index : (uint32_t)fuzz_take(input, 2)) << 16);
    le32_put(raw + NVME_AT_NSID, flags % 16 == 0 ? NVME_NSID_ALL : flags % 16 == 1 ? 2 : 1);
    le64_put(raw + NVME_AT_PRP1, take_address(input));
    le64_put(raw + NVME_AT_PRP2, take_address(input));
    le32_put(raw + NVME_AT_CDW10,
             is_io ? (uint32_t)fuzz_below(input, LBAS) : (uint32_t)fuzz_take(input, 4));
    le32_put(raw + NVME_AT_CDW11,
             is_io ? (uint32_t)fuzz_below(input, 64) / 60 * 4 : (uint32_t)fuzz_take(input, 4));
    le32_put(raw + NVME_AT_CDW12, (uint32_t)fuzz_take(input, 2) & 0x13f);
    if (flags % 8 == 7) {
        le32_put(raw + NVME_AT_CDW11, (uint32_t)fuzz_take(input, 4));
    }
}

/* A word of whatever the controller reads: lists, ranges, queues. */
static void write_memory(struct fuzz *fuzz, struct fuzz_input *input)
{
    const uint64_t at = (take_address(input) & ~UINT64_C(7)) + fuzz_take(input, 1) * 8;
    const uint64_t value =
        (fuzz_take(input, 1) & 1) != 0 ? take_address(input) : fuzz_take(input, 8);

    if (at + 8 > RIG_RAM_BYTES) return;
    le64_put(fuzz->rig->ram + at, value);
}

static void use_register(struct fuzz *fuzz, struct fuzz_input *input)
{
    const uint64_t offset = fuzz_take(input, 1);
    const uint64_t at = BAR + (offset < 128 ? offset / 2 : NVME_REG_DOORBELL + offset % 24);
    const unsigned size = 1u << (fuzz_take(input, 1) & 3);

    if ((fuzz_take(input, 1) & 1) != 0) {
        rig_write(fuzz->rig, at, size, fuzz_take(input, size));
    } else {
        (void)rig_read(fuzz->rig, at, size);
    }
}

/* Time passes, and no event happens without it. */
static void let_time_pass(struct fuzz *fuzz, struct fuzz_input *input)
{
    const uint64_t span = fuzz_take(input, 2);

    rig_advance(fuzz->rig, span << span % SPAN_MAX);
    assert_true(sched_next(fuzz->rig->sched) > rig_now(fuzz->rig));
}

static void configure(struct fuzz *fuzz, struct fuzz_input *input)
{
    const uint64_t random = fuzz_take(input, 2);

    switch (random % 8) {
    case 0: device_reset(fuzz->dut, (enum reset_kind)(random >> 8 & 1)); break;
    case 1: device_reset(fuzz->dut, RESET_FUNCTION); break;
    case 2: rig_write(fuzz->rig, PCI_LONE_BASE + PCI_COMMAND, 2, random >> 8 & 7); break;
    case 3: rig_write(fuzz->rig, BAR + NVME_REG_CC, 4, CC_ON | (random >> 8) << 14); break;
    case 4: rig_copy_state(fuzz->rig, fuzz->dut, fuzz->rig, fuzz->dut); break;
    default: start(fuzz); break;
    }
}

static void step(struct fuzz *fuzz, struct fuzz_input *input)
{
    switch (fuzz_below(input, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: put_command(fuzz, input); break;
    case 5:
    case 6:
    case 7:
    case 8: ring(fuzz, fuzz_below(input, 5), (uint32_t)fuzz_below(input, ENTRIES + 2)); break;
    case 9:
    case 10:
    case 11: let_time_pass(fuzz, input); break;
    case 12: write_memory(fuzz, input); break;
    case 13: use_register(fuzz, input); break;
    default: configure(fuzz, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    struct fuzz fuzz = {.rig = rig_create()};
    const uint64_t kind = fuzz_take(&input, 1);

    fuzz.dut = subject_ans2_make(fuzz.rig, (kind & 1) != 0, kind >> 1 & 1);
    for (size_t i = 0; i < fuzz.rig->device_count; i++) {
        device_reset(fuzz.rig->devices[i], RESET_POWER_ON);
    }
    start(&fuzz);
    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        step(&fuzz, &input);
    }
    rig_copy_state(fuzz.rig, fuzz.dut, fuzz.rig, fuzz.dut);
    rig_destroy(fuzz.rig);
    return 0;
}
