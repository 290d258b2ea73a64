/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of I/O commands: data moves between guest memory and the modules, one stripe at a time
 * through the bounce buffer: flash, AES engine in place, PRP segments, or the reverse. What was
 * checked when the command started and may have changed since is checked again: keys and modules.
 *
 * A block is either stored or not: a stripe is stored after all of it came from memory. A write
 * that fails on the way has stored some of its stripes, as the standard allows.
 *
 * Chosen:
 *  - Dataset Management reads its ranges only to deallocate; all are checked before the first is
 *    carried out. Other attributes are accepted and have no effect.
 *  - Write Zeroes deallocates with and without DEAC: deallocated blocks read as zeros here.
 *  - Verify reads what is there; flash without trouble always verifies.
 *  - Compare stops at the first difference: Compare Failure.
 */
#include <string.h>

#include "devices/storage/ans2_io.h"
#include "emu/base/bits.h"

#define COMPARE_BLOCKS (RAID0_STRIPE / 2) /* half of the bounce buffer holds the host's data */

const struct trace_desc ans2_trace_load = {.name = "module_read",
                                           .fields = {"module", "block", "blocks"}};
const struct trace_desc ans2_trace_store = {.name = "module_write",
                                            .fields = {"module", "block", "blocks"}};
const struct trace_desc ans2_trace_decrypt = {.name = "decrypt", .fields = {"lba", "blocks"}};
const struct trace_desc ans2_trace_encrypt = {.name = "encrypt", .fields = {"lba", "blocks"}};
const struct trace_desc ans2_trace_to_host = {.name = "data_to_host",
                                              .fields = {"offset", "bytes"}};
const struct trace_desc ans2_trace_from_host = {.name = "data_from_host",
                                                .fields = {"offset", "bytes"}};

/* A command's blocks on their way. */
struct move {
    struct ans2 *ans2;
    struct xts *volume;
    struct ans2_transfer transfer;
    uint32_t offset; /* in the transfer, of the present run */
    uint64_t lba;
    struct raid0_run run;
    bool is_through;
};

static struct device *run_module(const struct move *move)
{
    return move->ans2->config.module[move->run.module];
}

static uint32_t run_bytes(const struct move *move)
{
    return move->run.count * T2_BLOCK_BYTES;
}

/* ---- One run of blocks ---- */

static void trace_module(const struct move *move, const struct trace_desc *desc)
{
    struct device *device = &move->ans2->fn.device;

    TRACE(device->env.trace, device, desc, move->run.module, move->run.block, move->run.count);
}

static void trace_aes(const struct move *move, const struct trace_desc *desc)
{
    struct device *device = &move->ans2->fn.device;

    TRACE(device->env.trace, device, desc, move->lba, move->run.count);
}

static void trace_host(const struct move *move, const struct trace_desc *desc)
{
    struct device *device = &move->ans2->fn.device;

    TRACE(device->env.trace, device, desc, move->offset, run_bytes(move));
}

/* Plain data into the bounce buffer. */
static bool load_run(struct move *move)
{
    uint8_t *bounce = move->ans2->bounce;

    if (ssd_module_load(run_module(move), move->run.block, move->run.count, bounce) != SSD_OK) {
        return false;
    }
    trace_module(move, &ans2_trace_load);
    trace_aes(move, &ans2_trace_decrypt);
    t2_aes_decrypt(move->volume, move->lba, bounce, move->run.count);
    return true;
}

static uint16_t read_run(struct move *move)
{
    if (!load_run(move)) return NVME_READ_ERROR;
    trace_host(move, &ans2_trace_to_host);
    return ans2_copy_out(move->ans2, &move->transfer, move->offset, move->ans2->bounce,
                         run_bytes(move));
}

static uint16_t write_run(struct move *move)
{
    uint8_t *bounce = move->ans2->bounce;
    const uint16_t status =
        ans2_copy_in(move->ans2, &move->transfer, move->offset, bounce, run_bytes(move));

    if (status != NVME_OK) return status;
    trace_host(move, &ans2_trace_from_host);
    trace_aes(move, &ans2_trace_encrypt);
    trace_module(move, &ans2_trace_store);
    t2_aes_encrypt(move->volume, move->lba, bounce, move->run.count);
    return ssd_module_store(run_module(move), move->run.block, move->run.count, bounce,
                            move->is_through) == SSD_OK
               ? NVME_OK
               : NVME_WRITE_FAULT;
}

static uint16_t compare_run(struct move *move)
{
    uint8_t *host = move->ans2->bounce + (size_t)COMPARE_BLOCKS * T2_BLOCK_BYTES;
    uint16_t status;

    if (!load_run(move)) return NVME_READ_ERROR;
    status = ans2_copy_in(move->ans2, &move->transfer, move->offset, host, run_bytes(move));
    if (status != NVME_OK) return status;
    return memcmp(move->ans2->bounce, host, run_bytes(move)) == 0 ? NVME_OK : NVME_COMPARE_FAILED;
}

static uint16_t verify_run(struct move *move)
{
    return ssd_module_load(run_module(move), move->run.block, move->run.count,
                           move->ans2->bounce) == SSD_OK
               ? NVME_OK
               : NVME_READ_ERROR;
}

/* ---- Commands ---- */

/* `blocks_max`: a run is not longer. */
static uint16_t move_runs(struct move *move, struct ans2_range left, uint32_t blocks_max,
                          uint16_t (*one)(struct move *move))
{
    uint16_t status = NVME_OK;

    while (left.blocks > 0 && status == NVME_OK) {
        move->lba = left.lba;
        move->run = raid0_run(left.lba, min_u64(left.blocks, blocks_max));
        status = one(move);
        move->offset += run_bytes(move);
        left.lba += move->run.count;
        left.blocks -= move->run.count;
    }
    return status;
}

static uint16_t start_transfer(struct move *move, const struct ans2_slot *slot)
{
    return ans2_prp(move->ans2, slot->command, (uint32_t)(ans2_range(slot).blocks * T2_BLOCK_BYTES),
                    &move->transfer);
}

static uint16_t do_read(struct move *move, const struct ans2_slot *slot)
{
    const uint16_t status = start_transfer(move, slot);

    return status != NVME_OK ? status : move_runs(move, ans2_range(slot), RAID0_STRIPE, read_run);
}

static uint16_t do_compare(struct move *move, const struct ans2_slot *slot)
{
    const uint16_t status = start_transfer(move, slot);

    return status != NVME_OK ? status
                             : move_runs(move, ans2_range(slot), COMPARE_BLOCKS, compare_run);
}

static uint16_t do_verify(struct move *move, const struct ans2_slot *slot)
{
    return move_runs(move, ans2_range(slot), RAID0_STRIPE, verify_run);
}

bool ans2_flush_modules(struct ans2 *ans2)
{
    bool is_good = true;

    for (unsigned i = 0; i < RAID0_MODULES && ans2->config.blocks != 0; i++) {
        is_good = ssd_module_flush(ans2->config.module[i]) == SSD_OK && is_good;
    }
    return is_good;
}

static uint16_t flush(struct ans2 *ans2)
{
    return ans2_flush_modules(ans2) ? NVME_OK : NVME_WRITE_FAULT;
}

/* FUA: run by run through the cache, which the host syncs each time; what is long goes into the cache
 * and is flushed once. */
static uint16_t do_write(struct move *move, const struct ans2_slot *slot)
{
    const struct ans2_range range = ans2_range(slot);
    const bool is_through = ans2_is_through(move->ans2, slot);
    const bool is_long = range.blocks > RAID0_MODULES * RAID0_STRIPE;
    uint16_t status = start_transfer(move, slot);

    if (status != NVME_OK) return status;
    move->is_through = is_through && !is_long;
    status = move_runs(move, range, RAID0_STRIPE, write_run);
    return status == NVME_OK && is_through && is_long ? flush(move->ans2) : status;
}

/* How many of the namespace's blocks below `lba` are on `module`: neighbours there are neighbours on
 * each module. */
static uint64_t blocks_below(unsigned module, uint64_t lba)
{
    const struct raid0_run at = raid0_run(lba, 1);
    const uint64_t row = at.block / RAID0_STRIPE * RAID0_STRIPE;

    if (module == at.module) return at.block;
    return module < at.module ? row + RAID0_STRIPE : row;
}

static uint16_t discard(struct ans2 *ans2, struct ans2_range range)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const uint64_t first = blocks_below(i, range.lba);
        const uint64_t end = blocks_below(i, range.lba + range.blocks);

        if (end > first &&
            ssd_module_discard(ans2->config.module[i], first, end - first) != SSD_OK) {
            return NVME_WRITE_FAULT;
        }
    }
    return NVME_OK;
}

static uint16_t do_zeroes(struct move *move, const struct ans2_slot *slot)
{
    const uint16_t status = discard(move->ans2, ans2_range(slot));

    if (status != NVME_OK || !ans2_is_through(move->ans2, slot)) return status;
    return flush(move->ans2);
}

/* Into ascending order. */
static void sort_ranges(struct ans2_range *ranges, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        const struct ans2_range range = ranges[i];
        unsigned to = i;

        for (; to > 0 && ranges[to - 1].lba > range.lba; to--) {
            ranges[to] = ranges[to - 1];
        }
        ranges[to] = range;
    }
}

/* Each block once, however often the guest names it. */
static uint16_t discard_ranges(struct ans2 *ans2, struct ans2_range *ranges, unsigned count)
{
    uint16_t status = NVME_OK;
    uint64_t end = 0; /* of what is discarded */

    sort_ranges(ranges, count);
    for (unsigned i = 0; i < count && status == NVME_OK; i++) {
        const uint64_t first = max_u64(ranges[i].lba, end);

        end = max_u64(end, ranges[i].lba + ranges[i].blocks);
        if (end > first) {
            status = discard(ans2, (struct ans2_range){first, end - first});
        }
    }
    return status;
}

static uint16_t do_dsm(struct move *move, const struct ans2_slot *slot)
{
    const unsigned count = 1u + slot->command[NVME_AT_CDW10];
    const uint32_t bytes = count * NVME_DSM_RANGE_LEN;
    struct ans2_range ranges[NVME_DSM_RANGES];
    uint8_t raw[NVME_DSM_RANGES * NVME_DSM_RANGE_LEN];
    uint16_t status;

    if ((le32_get(slot->command + NVME_AT_CDW11) & NVME_DSM_AD) == 0) return NVME_OK;
    status = ans2_prp(move->ans2, slot->command, bytes, &move->transfer);
    if (status == NVME_OK) {
        status = ans2_copy_in(move->ans2, &move->transfer, 0, raw, bytes);
    }
    if (status != NVME_OK) return status;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *entry = raw + (size_t)i * NVME_DSM_RANGE_LEN;

        ranges[i] = (struct ans2_range){.lba = le64_get(entry + 8), .blocks = le32_get(entry + 4)};
        if (!ans2_is_within(move->ans2, ranges[i])) return NVME_LBA_OUT_OF_RANGE;
    }
    return discard_ranges(move->ans2, ranges, count);
}

/* ---- The end of a command ---- */

static uint16_t carry_out(struct ans2 *ans2, const struct ans2_slot *slot)
{
    struct move move;

    move.ans2 = ans2;
    move.volume = ans2_volume(ans2);
    move.offset = 0;
    move.is_through = false;
    switch (ans2_opcode(slot)) {
    case NVME_CMD_FLUSH: return flush(ans2);
    case NVME_CMD_WRITE: return do_write(&move, slot);
    case NVME_CMD_READ: return do_read(&move, slot);
    case NVME_CMD_COMPARE: return do_compare(&move, slot);
    case NVME_CMD_WRITE_ZEROES: return do_zeroes(&move, slot);
    case NVME_CMD_DSM: return do_dsm(&move, slot);
    case NVME_CMD_VERIFY: return do_verify(&move, slot);
    default: return NVME_INVALID_OPCODE;
    }
}

/* NVMe 1.2.1, 5.10.1.2 (SMART): Compare counts as reading. */
static void count(struct ans2 *ans2, const struct ans2_slot *slot)
{
    const uint64_t bytes = ans2_range(slot).blocks * T2_BLOCK_BYTES;

    switch (ans2_opcode(slot)) {
    case NVME_CMD_READ:
    case NVME_CMD_COMPARE:
        ans2->commands_read++;
        ans2->bytes_read += bytes;
        break;
    case NVME_CMD_WRITE:
        ans2->commands_written++;
        ans2->bytes_written += bytes;
        break;
    default: break;
    }
}

void ans2_io_finish(struct ans2 *ans2, struct ans2_slot *slot)
{
    if (slot->status != NVME_OK) return;
    slot->status = ans2_io_check(ans2, slot); /* again: a snapshot brings any command */
    if (slot->status == NVME_OK) {
        slot->status = ans2_io_check_access(ans2, slot);
    }
    if (slot->status == NVME_OK) {
        slot->status = carry_out(ans2, slot);
    }
    if (slot->status == NVME_OK || slot->status == NVME_COMPARE_FAILED) {
        count(ans2, slot);
    }
    if (slot->status == NVME_OK) return;
    if (slot->status != NVME_READ_ERROR && slot->status != NVME_WRITE_FAULT) {
        device_guest_error(&ans2->fn.device, "I/O command failed", ans2_opcode(slot), slot->status);
    }
    slot->status |= NVME_DNR;
}
