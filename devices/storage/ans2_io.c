/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start of I/O commands (NVMe 1.2.1, 6; Verify from 1.4): what is checked at once, and when the
 * command will be over. Data moves then (ans2_data.c).
 *
 * Modelled: Flush, Write, Read, Compare, Write Zeroes, Dataset Management, Verify. Write
 * Uncorrectable, reservations and everything else: Invalid Command Opcode.
 *
 * Order of the checks, which the standard leaves open: opcode; fused operation and data pointer
 * type (Invalid Field); namespace; length against MDTS (Invalid Field); range of blocks (LBA Out of
 * Range); keys; modules. Pointers and lists are looked at when data moves.
 *
 * Chosen:
 *  - While the volume is locked (or there is no SEP), commands that read or change blocks end with
 *    Access Denied: retrying does not help until somebody unlocks it, which Namespace Not Ready
 *    would promise. Flush needs no key and is carried out.
 *  - A failed module fails the namespace: Unrecovered Read Error for what reads, Write Fault for the
 *    rest. All errors say Do Not Retry.
 *  - Reserved bits, hints (DSM context attributes, Limited Retry) and protection information are not
 *    looked at, as 1.2.1 allows for a namespace without metadata.
 *  - Write Zeroes and Verify move no data over the link; MDTS does not limit them.
 *  - Namespace FFFFFFFFh is for Flush only.
 *  - One command is atomic only block by block, at power loss and otherwise: AWUN, AWUPF, NAWUN,
 *    NAWUPF and ACWU are 0 (one block).
 *
 * Time (timing.md 5.4): commands queue for the controller, which needs PIPE_LATENCY and for each
 * block PIPE_BLOCK; then each run of blocks is asked of its module, and modules work side by side.
 * A command's blocks flow on as they come, through the AES engine, which all share, and over the
 * link, which has two directions. Work for these parts is added up from when a command is taken up,
 * so one that waits long for its die is passed by others. What reading and writing add for each
 * command and block (READ_*, WRITE_*) is set so that 1 MB at a time reaches the rates measured on the
 * machine, 2467 and 3024 MB/s, and 4 KiB at a time is read in 90 us. With is_functional all that is
 * FUNCTIONAL_TIME. Always, one after the other, a Verify takes VERIFY_BLOCK for each block and
 * deallocation DISCARD_RANGE for each range: they make the host work and cost a guest nothing else.
 */
#include "devices/storage/ans2_io.h"
#include "emu/base/bits.h"
#include "emu/timing/nand.h"

#define FUNCTIONAL_TIME VTIME_US(2)
#define REFUSED_TIME    VTIME_US(2)
#define PIPE_LATENCY    VTIME_US(2)
#define PIPE_BLOCK      VTIME_NS(250)
#define AES_LATENCY     VTIME_NS(1500)
#define AES_BLOCK       VTIME_PS(1137778) /* 3.6 GB/s */
#define LINK_BLOCK      VTIME_PS(1233735) /* 3.32 GB/s: PCIe 3.0 x4, payloads of 256 bytes */
/* Of a module: its channels together. */
#define FLASH_BLOCK    (VTIME_S(1) * T2_BLOCK_BYTES / (NAND_CHANNELS * NAND_BUS_BYTES_PER_S))
#define READ_OVERHEAD  VTIME_US(14)
#define READ_BLOCK     VTIME_NS(70)
#define WRITE_OVERHEAD VTIME_US(10)
#define WRITE_BLOCK    VTIME_NS(55)
#define VERIFY_BLOCK   VTIME_NS(250)
#define DISCARD_TIME   VTIME_US(8)
#define DISCARD_RANGE  VTIME_NS(500) /* for each range */
#define CID_AT         2u

struct rule {
    uint8_t opcode;
    bool has_range; /* of blocks, in dwords 10 to 12 */
    bool has_data;  /* of that many blocks: MDTS applies */
    bool has_key;   /* the volume must be unlocked */
    bool is_reading;
    /* When it is over, if the controller takes it up at `from`. */
    vtime (*book)(struct ans2 *ans2, struct ans2_slot *slot, vtime from);
};

/* ---- Time ---- */

/* When the first and the last of some blocks are there. */
struct flow {
    vtime first;
    vtime last;
};

/* Blocks go through a part that needs `each` for one of them. `busy_until` is how long the work will
 * last that it was given before `now`. */
static struct flow pass(vtime *busy_until, uint64_t blocks, vtime each, vtime now, struct flow in)
{
    const vtime work = blocks * each;
    struct flow out;

    *busy_until = max_u64(*busy_until, now) + work;
    out.first = max_u64(in.first, *busy_until - work) + each;
    out.last = max_u64(max_u64(in.first + work, in.last + each), *busy_until);
    return out;
}

static struct flow pass_aes(struct ans2 *ans2, uint64_t blocks, vtime now, struct flow in)
{
    const struct flow out = pass(&ans2->aes_until, blocks, AES_BLOCK, now, in);

    return (struct flow){out.first + AES_LATENCY, out.last + AES_LATENCY};
}

/* Blocks of a run come one after the other, at the rate of the module's channels together. */
static struct flow book_run(struct ans2 *ans2, const struct raid0_run *run, vtime from)
{
    const vtime last =
        ssd_module_book_read(ans2->config.module[run->module], run->block, run->count, from);
    const vtime lead = (run->count - 1) * FLASH_BLOCK;

    return (struct flow){.first = last - from > lead ? last - lead : from, .last = last};
}

/* From the modules into the controller. */
static struct flow book_load(struct ans2 *ans2, const struct ans2_slot *slot, vtime from)
{
    struct ans2_range left = ans2_range(slot);
    struct flow flow = {.first = VTIME_NEVER, .last = from};

    while (left.blocks > 0) {
        const struct raid0_run run = raid0_run(left.lba, left.blocks);
        const struct flow one = book_run(ans2, &run, from);

        flow.first = min_u64(flow.first, one.first);
        flow.last = max_u64(flow.last, one.last);
        left.lba += run.count;
        left.blocks -= run.count;
    }
    return flow;
}

static vtime book_read(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const uint64_t blocks = ans2_range(slot).blocks;
    struct flow flow = book_load(ans2, slot, from + READ_OVERHEAD);

    flow = pass_aes(ans2, blocks, from, flow);
    return pass(&ans2->to_host_until, blocks, LINK_BLOCK + READ_BLOCK, from, flow).last;
}

static vtime book_verify(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const vtime least = from + ans2_range(slot).blocks * VERIFY_BLOCK;

    return max_u64(least, book_load(ans2, slot, from + READ_OVERHEAD).last);
}

static vtime book_compare(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const uint64_t blocks = ans2_range(slot).blocks;
    const struct flow at_host = {from, from};
    const struct flow host =
        pass(&ans2->from_host_until, blocks, LINK_BLOCK + WRITE_BLOCK, from, at_host);
    const struct flow flash =
        pass_aes(ans2, blocks, from, book_load(ans2, slot, from + READ_OVERHEAD));

    return max_u64(host.last, flash.last);
}

static vtime flush_module(struct ans2 *ans2, unsigned module, vtime from)
{
    return ssd_module_book_flush(ans2->config.module[module], from);
}

vtime ans2_book_flush(struct ans2 *ans2, vtime from)
{
    vtime done = from;

    for (unsigned i = 0; i < RAID0_MODULES && ans2->config.blocks != 0; i++) {
        done = max_u64(done, flush_module(ans2, i, from));
    }
    return done;
}

static vtime book_flush(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    (void)slot;
    return ans2_book_flush(ans2, from);
}

/* What was written is in flash: other modules' caches do not matter. */
static vtime book_through(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const struct ans2_range range = ans2_range(slot);
    const struct raid0_run run = raid0_run(range.lba, range.blocks);

    if (run.count < range.blocks) return ans2_book_flush(ans2, from);
    return flush_module(ans2, run.module, from);
}

/* Into the modules' caches, run by run as the blocks come. */
static vtime book_store(struct ans2 *ans2, const struct ans2_slot *slot, struct flow flow)
{
    const uint64_t blocks = ans2_range(slot).blocks;
    struct ans2_range left = ans2_range(slot);
    vtime done = flow.last;

    while (left.blocks > 0) {
        const struct raid0_run run = raid0_run(left.lba, left.blocks);
        const vtime from =
            flow.first + muldiv_u64(flow.last - flow.first, blocks - left.blocks, blocks);

        done = max_u64(done, ssd_module_book_write(ans2->config.module[run.module], run.block,
                                                   run.count, from));
        left.lba += run.count;
        left.blocks -= run.count;
    }
    return done;
}

static vtime book_write(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const uint64_t blocks = ans2_range(slot).blocks;
    const struct flow at_host = {from + WRITE_OVERHEAD, from + WRITE_OVERHEAD};
    struct flow flow =
        pass(&ans2->from_host_until, blocks, LINK_BLOCK + WRITE_BLOCK, from, at_host);
    vtime done;

    slot->started = at_host.first;
    flow = pass_aes(ans2, blocks, from, flow);
    done = book_store(ans2, slot, flow);
    return ans2_is_through(ans2, slot) ? book_through(ans2, slot, done) : done;
}

static vtime book_zeroes(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    from += DISCARD_TIME + DISCARD_RANGE;
    return ans2_is_through(ans2, slot) ? book_through(ans2, slot, from) : from;
}

static uint64_t dsm_ranges(const struct ans2_slot *slot)
{
    return UINT64_C(1) + slot->command[NVME_AT_CDW10];
}

static vtime book_dsm(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    (void)ans2;
    return from + DISCARD_TIME + dsm_ranges(slot) * DISCARD_RANGE;
}

/* ---- Checks ---- */

static const struct rule rules[] = {
    {.opcode = NVME_CMD_FLUSH, .book = book_flush},
    {.opcode = NVME_CMD_WRITE,
     .has_range = true,
     .has_data = true,
     .has_key = true,
     .book = book_write},
    {.opcode = NVME_CMD_READ,
     .has_range = true,
     .has_data = true,
     .has_key = true,
     .is_reading = true,
     .book = book_read},
    {.opcode = NVME_CMD_COMPARE,
     .has_range = true,
     .has_data = true,
     .has_key = true,
     .is_reading = true,
     .book = book_compare},
    {.opcode = NVME_CMD_WRITE_ZEROES, .has_range = true, .has_key = true, .book = book_zeroes},
    {.opcode = NVME_CMD_DSM, .has_key = true, .book = book_dsm},
    {.opcode = NVME_CMD_VERIFY,
     .has_range = true,
     .has_key = true,
     .is_reading = true,
     .book = book_verify},
};

static const struct rule *find_rule(uint8_t opcode)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].opcode == opcode) return &rules[i];
    }
    return NULL;
}

static bool is_namespace(const struct ans2 *ans2, const struct ans2_slot *slot)
{
    const uint32_t nsid = le32_get(slot->command + NVME_AT_NSID);

    if (ans2->config.blocks == 0) return false;
    return nsid == 1 || (nsid == NVME_NSID_ALL && ans2_opcode(slot) == NVME_CMD_FLUSH);
}

uint16_t ans2_io_check(const struct ans2 *ans2, const struct ans2_slot *slot)
{
    const struct rule *rule = find_rule(ans2_opcode(slot));
    const struct ans2_range range = ans2_range(slot);

    if (rule == NULL) return NVME_INVALID_OPCODE;
    if ((le32_get(slot->command) & (NVME_DW0_FUSE | NVME_DW0_PSDT)) != 0) {
        return NVME_INVALID_FIELD;
    }
    if (!is_namespace(ans2, slot)) return NVME_INVALID_NAMESPACE;
    if (rule->has_data && range.blocks > ANS2_MDTS_BLOCKS) return NVME_INVALID_FIELD;
    if (rule->has_range && !ans2_is_within(ans2, range)) return NVME_LBA_OUT_OF_RANGE;
    return NVME_OK;
}

uint16_t ans2_io_check_access(struct ans2 *ans2, const struct ans2_slot *slot)
{
    const struct rule *rule = find_rule(ans2_opcode(slot));

    if (rule->has_key && ans2_volume(ans2) == NULL) return NVME_ACCESS_DENIED;
    if (!ans2_is_failed(ans2)) return NVME_OK;
    return rule->is_reading ? NVME_READ_ERROR : NVME_WRITE_FAULT;
}

/* What a command takes of the controller that others wait for. */
static vtime pipe_work(const struct rule *rule, const struct ans2_slot *slot)
{
    switch (rule->opcode) {
    case NVME_CMD_VERIFY: return ans2_range(slot).blocks * VERIFY_BLOCK;
    case NVME_CMD_DSM: return dsm_ranges(slot) * DISCARD_RANGE;
    case NVME_CMD_WRITE_ZEROES: return DISCARD_RANGE;
    default: return (rule->has_data ? ans2_range(slot).blocks : 1) * PIPE_BLOCK;
    }
}

/* What the controller does before it turns to modules and link; commands queue for it. */
static vtime book_pipe(struct ans2 *ans2, const struct rule *rule, const struct ans2_slot *slot,
                       vtime now)
{
    const vtime begin = max_u64(now, ans2->pipe_until);

    ans2->pipe_until = begin + pipe_work(rule, slot);
    return begin + PIPE_LATENCY + PIPE_BLOCK;
}

/* Nothing is waited for, but for what pipe_work() is long for. */
static vtime book_functional(struct ans2 *ans2, const struct rule *rule,
                             const struct ans2_slot *slot, vtime now)
{
    if (rule->has_data || rule->opcode == NVME_CMD_FLUSH) return now + FUNCTIONAL_TIME;
    (void)book_pipe(ans2, rule, slot, now);
    return ans2->pipe_until + FUNCTIONAL_TIME;
}

const struct trace_desc ans2_trace_io = {.name = "nvme_io",
                                         .fields = {"opcode", "lba", "blocks", "cid"}};

/* Which blocks a command is about: "who last wrote this block?" */
static void trace_range(struct ans2 *ans2, struct ans2_slot *slot)
{
    struct device *device = &ans2->fn.device;
    const struct ans2_range range = ans2_range(slot);

    slot->cause = TRACE(device->env.trace, device, &ans2_trace_io, ans2_opcode(slot), range.lba,
                        range.blocks, le16_get(slot->command + CID_AT));
}

void ans2_io_start(struct ans2 *ans2, struct ans2_slot *slot)
{
    const vtime now = device_now(&ans2->fn.device);
    const struct rule *rule;

    slot->result = 0;
    slot->started = now;
    slot->done = now + (ans2->config.is_functional ? FUNCTIONAL_TIME : REFUSED_TIME);
    slot->status = ans2_io_check(ans2, slot);
    if (slot->status != NVME_OK) {
        device_guest_error(&ans2->fn.device, "I/O command refused", ans2_opcode(slot),
                           slot->status);
    } else {
        slot->status = ans2_io_check_access(ans2, slot);
    }
    if (slot->status != NVME_OK) {
        slot->status |= NVME_DNR;
        return;
    }
    rule = find_rule(ans2_opcode(slot));
    if (rule->has_range) {
        trace_range(ans2, slot);
    }
    slot->done = ans2->config.is_functional
                     ? book_functional(ans2, rule, slot, now)
                     : rule->book(ans2, slot, book_pipe(ans2, rule, slot, now));
    slot->done = max_u64(slot->done, slot->started); /* occupancy may come from a snapshot */
}
