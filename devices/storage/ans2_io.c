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
 * Time (timing.md 5.4): the controller takes PIPE_LATENCY and PIPE_BLOCK for each block, after which
 * each run of blocks is asked of its module; modules work side by side. The AES engine and each
 * direction of the link are taken for as long as the blocks last at their rate; both begin with a
 * run's first blocks, so their time is seen only where they are the bottleneck. READ_OVERHEAD and
 * WRITE_OVERHEAD, once for each command, are set so that 1 MB transfers one at a time reach the
 * rates measured on the machine, 2467 and 3024 MB/s. With is_functional all that is FUNCTIONAL_TIME.
 */
#include "devices/storage/ans2_io.h"
#include "emu/base/bits.h"

#define FUNCTIONAL_TIME VTIME_US(2)
#define REFUSED_TIME    VTIME_US(2)
#define PIPE_LATENCY    VTIME_US(2)
#define PIPE_BLOCK      VTIME_NS(250)
#define AES_LATENCY     VTIME_NS(1500)
#define AES_RATE        UINT64_C(3600000000) /* bytes a second */
#define LINK_RATE       UINT64_C(3320000000) /* PCIe 3.0 x4, payload of 256 bytes */
#define READ_OVERHEAD   VTIME_US(4)
#define WRITE_OVERHEAD  VTIME_US(10)
#define DISCARD_TIME    VTIME_US(8)
#define DISCARD_RANGE   VTIME_NS(500) /* for each range */

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

static vtime span(uint64_t bytes, uint64_t rate)
{
    return muldiv_up_u64(bytes, VTIME_S(1), rate);
}

/* Takes `part` for `blocks` blocks, the first of which is there at `first` and the last at `last`.
 * When the last has left it. */
static vtime pass(vtime *part, uint64_t rate, uint32_t blocks, vtime first, vtime last)
{
    const vtime begin = max_u64(*part, first);
    const vtime end = begin + span((uint64_t)blocks * T2_BLOCK_BYTES, rate);

    *part = max_u64(end, last + span(T2_BLOCK_BYTES, rate));
    return *part;
}

/* From the modules into the controller; through the AES engine and over the link unless `link` or
 * `aes` is NULL. */
static vtime book_load(struct ans2 *ans2, const struct ans2_slot *slot, vtime from, vtime *aes,
                       vtime *link)
{
    struct ans2_range left = ans2_range(slot);
    vtime done = from;

    while (left.blocks > 0) {
        const struct raid0_run run = raid0_run(left.lba, left.blocks);
        struct device *module = ans2->config.module[run.module];
        const vtime first = ssd_module_book_read(module, run.block, 1, from);
        vtime last = run.count == 1
                         ? first
                         : ssd_module_book_read(module, run.block + 1, run.count - 1, from);

        if (aes != NULL) {
            last = pass(aes, AES_RATE, run.count, first, last) + AES_LATENCY;
        }
        if (link != NULL) {
            last = pass(link, LINK_RATE, run.count, first + AES_LATENCY, last);
        }
        done = max_u64(done, last);
        left.lba += run.count;
        left.blocks -= run.count;
    }
    return done;
}

static vtime book_read(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    return book_load(ans2, slot, from + READ_OVERHEAD, &ans2->aes_until, &ans2->to_host_until);
}

static vtime book_verify(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    return book_load(ans2, slot, from + READ_OVERHEAD, NULL, NULL);
}

static vtime book_compare(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const uint32_t blocks = (uint32_t)ans2_range(slot).blocks;
    const vtime data = pass(&ans2->from_host_until, LINK_RATE, blocks, from, from);

    return max_u64(data, book_load(ans2, slot, from + READ_OVERHEAD, &ans2->aes_until, NULL));
}

static vtime book_flush(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    vtime done = from;

    (void)slot;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        done = max_u64(done, ssd_module_book_flush(ans2->config.module[i], from));
    }
    return done;
}

static vtime book_write(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    struct ans2_range left = ans2_range(slot);
    vtime done = from;

    from += WRITE_OVERHEAD;
    slot->started = max_u64(from, ans2->from_host_until);
    while (left.blocks > 0) {
        const struct raid0_run run = raid0_run(left.lba, left.blocks);
        const vtime first = max_u64(from, ans2->from_host_until);
        vtime last = pass(&ans2->from_host_until, LINK_RATE, run.count, from, from);

        last = pass(&ans2->aes_until, AES_RATE, run.count, first, last) + AES_LATENCY;
        last = ssd_module_book_write(ans2->config.module[run.module], run.block, run.count, last);
        done = max_u64(done, last);
        left.lba += run.count;
        left.blocks -= run.count;
    }
    return ans2_is_through(ans2, slot) ? book_flush(ans2, slot, done) : done;
}

static vtime book_zeroes(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    from += DISCARD_TIME + DISCARD_RANGE;
    return ans2_is_through(ans2, slot) ? book_flush(ans2, slot, from) : from;
}

static vtime book_dsm(struct ans2 *ans2, struct ans2_slot *slot, vtime from)
{
    const vtime ranges = UINT64_C(1) + slot->command[NVME_AT_CDW10];

    (void)ans2;
    return from + DISCARD_TIME + ranges * DISCARD_RANGE;
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

/* What the controller does before it turns to modules and link; commands queue for it. */
static vtime book_pipe(struct ans2 *ans2, const struct rule *rule, const struct ans2_slot *slot,
                       vtime now)
{
    const uint64_t blocks = rule->has_data ? ans2_range(slot).blocks : 1;
    const vtime begin = max_u64(now, ans2->pipe_until);

    ans2->pipe_until = begin + blocks * PIPE_BLOCK;
    return begin + PIPE_LATENCY + PIPE_BLOCK;
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
    if (ans2->config.is_functional) return;
    rule = find_rule(ans2_opcode(slot));
    slot->done = max_u64(now, rule->book(ans2, slot, book_pipe(ans2, rule, slot, now)));
}
