/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power cuts (ans2.h). A write that was on its way has come as far as time allows: of its blocks, in
 * ascending order, the share of its time that is over. Those blocks were in the write caches, so
 * `seed` chooses which of them reached flash; all did where there is no cache: a functional model,
 * FUA, or a disabled cache. A block that was still on its way is left as it was. Nothing else that
 * was on its way (deallocation, Flush) has had any effect.
 *
 * Nothing of the machine changes: guest memory is read, blocks go to the target. The modules add what
 * was in their caches before (ssd_module_cut()).
 */
#include "devices/storage/ans2_io.h"
#include "emu/base/bits.h"
#include "emu/core/media.h"

struct cut {
    struct ans2 *ans2;
    const struct host_media *const *target;
    uint64_t seed;
    vtime now;
    struct xts *volume;
};

/* Mixes every bit of `value` into every bit of the result (finaliser of splitmix64). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static bool is_writing(const struct cut *cut, const struct ans2_slot *slot)
{
    return slot->state == ANS2_SLOT_WORKING && slot->queue != 0 && !slot->is_aborted &&
           slot->status == NVME_OK && ans2_opcode(slot) == NVME_CMD_WRITE &&
           ans2_io_check(cut->ans2, slot) == NVME_OK && slot->started < cut->now;
}

/* Blocks that have come. */
static uint64_t blocks_come(const struct cut *cut, const struct ans2_slot *slot)
{
    const uint64_t blocks = ans2_range(slot).blocks;

    if (cut->now >= slot->done) return blocks;
    return muldiv_u64(blocks, cut->now - slot->started, slot->done - slot->started);
}

static bool is_kept(const struct cut *cut, const struct ans2_slot *slot, uint64_t lba)
{
    if (cut->ans2->config.is_functional || ans2_is_through(cut->ans2, slot)) return true;
    return (mix(mix(cut->seed + slot->order) + lba) & 1) != 0;
}

static void cut_write(const struct cut *cut, const struct ans2_slot *slot)
{
    struct ans2 *ans2 = cut->ans2;
    const struct ans2_range range = ans2_range(slot);
    const uint64_t come = blocks_come(cut, slot);
    struct ans2_transfer transfer;

    if (ans2_prp(ans2, slot->command, (uint32_t)(range.blocks * T2_BLOCK_BYTES), &transfer) !=
        NVME_OK) {
        return;
    }
    for (uint64_t i = 0; i < come; i++) {
        const uint64_t lba = range.lba + i;
        const struct raid0_run run = raid0_run(lba, 1);
        const struct host_media *target = cut->target[run.module];

        if (target == NULL || !is_kept(cut, slot, lba)) continue;
        if (ans2_copy_in(ans2, &transfer, (uint32_t)(i * T2_BLOCK_BYTES), ans2->bounce,
                         T2_BLOCK_BYTES) != NVME_OK) {
            return;
        }
        t2_aes_encrypt(cut->volume, lba, ans2->bounce, 1);
        if (target->write(target->ctx, run.block, 1, ans2->bounce) != 0) return;
    }
}

/* The write on its way that was fetched next after `order`; NULL: no more. */
static const struct ans2_slot *next_write(const struct cut *cut, const struct ans2_slot *after)
{
    const struct ans2_slot *found = NULL;

    for (size_t i = 0; i < ANS2_SLOTS; i++) {
        const struct ans2_slot *slot = &cut->ans2->slot[i];

        if (!is_writing(cut, slot) || (after != NULL && slot->order <= after->order)) continue;
        if (found == NULL || slot->order < found->order) {
            found = slot;
        }
    }
    return found;
}

void ans2_cut(struct device *ans2, const struct host_media *const target[RAID0_MODULES],
              uint64_t seed)
{
    const struct cut cut = {
        .ans2 = ans2_of(ans2),
        .target = target,
        .seed = seed,
        .now = device_now(ans2),
        .volume = ans2_volume(ans2_of(ans2)),
    };
    const bool is_moving = cut.volume != NULL && !ans2_is_failed(cut.ans2) &&
                           pci_can_master(&cut.ans2->fn) && !cut.ans2->is_dead;
    const struct ans2_slot *slot = is_moving ? next_write(&cut, NULL) : NULL;

    for (; slot != NULL; slot = next_write(&cut, slot)) {
        cut_write(&cut, slot);
    }
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        struct device *module = cut.ans2->config.module[i];

        if (module != NULL && target[i] != NULL) {
            (void)ssd_module_cut(module, target[i], mix(seed + i));
        }
    }
}
