/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The volatile write cache: a ring of blocks in the order in which they came. From the oldest on,
 * `booked` of them are being programmed; the others wait. A row is booked as soon as it is full, or
 * its first block is old, and its die can take it. What is in flash is written to the media and
 * leaves at the oldest end, in order.
 *
 * A block is in the ring at most once: newer data replaces data that waits, and supersedes data that
 * is being programmed, whose place stays empty then.
 *
 * The one event does only this. It wakes nobody: a machine that waits for nothing else is dead, and
 * its end writes the cache out.
 */
#include <assert.h>
#include <string.h>

#include "devices/storage/ssd_module_internal.h"
#include "emu/base/hash.h"
#include "emu/base/lazy_memory.h"

/* Chosen: how long an incomplete row waits for more. */
#define IDLE_PS VTIME_MS(2)

static uint32_t slot_at(const struct ssd_module *ssd, uint32_t position)
{
    return (ssd->head + position) % SSD_CACHE_BLOCKS;
}

static bool is_waiting(const struct ssd_module *ssd, uint32_t slot)
{
    return (slot - ssd->head) % SSD_CACHE_BLOCKS >= ssd->booked;
}

static uint8_t *data_of(const struct ssd_module *ssd, uint32_t slot)
{
    return ssd->cache + (size_t)slot * MEDIA_BLOCK_BYTES;
}

/* When a booked slot is in flash. */
static vtime end_of(const struct ssd_module *ssd, const struct ssd_slot *slot)
{
    return slot->block == 0 ? 0 : slot->when + ssd->nand.die[slot->die].delayed;
}

/* ---- Index ---- */

/* Multiplicative, so that no stride of blocks falls into few buckets. */
static uint32_t bucket_of(uint32_t block)
{
    return block * UINT32_C(0x9e3779b1) >> 18;
}

static_assert(SSD_BUCKETS == 1u << (32 - 18), "bucket_of() gives as many");

uint32_t ssd_cache_find(const struct ssd_module *ssd, uint32_t block)
{
    uint32_t i = ssd->bucket[bucket_of(block)];

    while (i != 0 && ssd->slot[i - 1].block != block + 1) {
        i = ssd->next[i - 1];
    }
    return i != 0 ? i - 1 : SSD_NONE;
}

static void index_add(struct ssd_module *ssd, uint32_t slot)
{
    uint16_t *bucket = &ssd->bucket[bucket_of(ssd->slot[slot].block - 1)];

    ssd->next[slot] = *bucket;
    *bucket = (uint16_t)(slot + 1);
}

/* The slot is empty from now on. */
static void forget(struct ssd_module *ssd, uint32_t slot)
{
    uint16_t *link = &ssd->bucket[bucket_of(ssd->slot[slot].block - 1)];

    while (*link != slot + 1) {
        link = &ssd->next[*link - 1];
    }
    *link = ssd->next[slot];
    ssd->slot[slot].block = 0;
}

bool ssd_cache_index(struct ssd_module *ssd)
{
    memset(ssd->bucket, 0, sizeof(ssd->bucket));
    for (uint32_t i = 0; i < ssd->count; i++) {
        const uint32_t slot = slot_at(ssd, i);
        const uint32_t block = ssd->slot[slot].block;

        if (block == 0) continue;
        if (block > ssd->geometry.blocks || ssd_cache_find(ssd, block - 1) != SSD_NONE)
            return false;
        index_add(ssd, slot);
    }
    return true;
}

void ssd_cache_clear(struct ssd_module *ssd)
{
    sched_cancel(ssd->device.env.sched, &ssd->drain);
    memset(ssd->bucket, 0, sizeof(ssd->bucket));
    lazy_memory_clear(ssd->memory[SSD_MEMORY_SLOTS].data, ssd->memory[SSD_MEMORY_SLOTS].bytes);
    lazy_memory_clear(ssd->memory[SSD_MEMORY_CACHE].data, ssd->memory[SSD_MEMORY_CACHE].bytes);
    ssd->head = 0;
    ssd->booked = 0;
    ssd->count = 0;
}

/* ---- Writing to the media ---- */

/* Slots from `position` that one write can take: they are due, and follow one another both in the
 * ring's memory and on the media. */
static uint32_t run_length(const struct ssd_module *ssd, uint32_t position, uint32_t limit)
{
    const uint32_t first = slot_at(ssd, position);
    uint32_t n = 0;

    while (position + n < limit && first + n < SSD_CACHE_BLOCKS) {
        const struct ssd_slot *slot = &ssd->slot[first + n];

        if (slot->block == 0 || slot->is_saved != 0 || slot->block != ssd->slot[first].block + n)
            break;
        n++;
    }
    return n;
}

/* The media gets the first `limit` slots, as far as it has not got them. */
static bool save_first(struct ssd_module *ssd, uint32_t limit)
{
    uint32_t position = 0;

    while (position < limit) {
        const uint32_t first = slot_at(ssd, position);
        const uint32_t n = run_length(ssd, position, limit);

        if (n == 0) {
            position++;
            continue;
        }
        if (!ssd_media_write(ssd, ssd->slot[first].block - 1, n, data_of(ssd, first))) return false;
        for (uint32_t i = 0; i < n; i++) {
            ssd->slot[first + i].is_saved = 1;
        }
        position += n;
    }
    return true;
}

bool ssd_cache_save(struct ssd_module *ssd)
{
    return save_first(ssd, ssd->count);
}

/* ---- Drain ---- */

/* The oldest `n` slots are in flash. */
static void retire(struct ssd_module *ssd, uint32_t n)
{
    if (!save_first(ssd, n)) return;
    for (uint32_t i = 0; i < n; i++) {
        if (ssd->slot[ssd->head].block != 0) {
            forget(ssd, ssd->head);
        }
        ssd->slot[ssd->head] = (struct ssd_slot){0};
        ssd->head = slot_at(ssd, 1);
    }
    ssd->booked -= n;
    ssd->count -= n;
}

static void retire_due(struct ssd_module *ssd, vtime now)
{
    uint32_t n = 0;

    while (n < ssd->booked && end_of(ssd, &ssd->slot[slot_at(ssd, n)]) <= now) {
        n++;
    }
    retire(ssd, n);
}

/* When the next row can be booked; VTIME_NEVER: nothing waits. */
static vtime next_booking(const struct ssd_module *ssd)
{
    const uint32_t waiting = ssd->count - ssd->booked;
    vtime when = ssd->nand.die[ssd_ftl_die(ssd)].loadable;

    if (waiting == 0) return VTIME_NEVER;
    if (waiting < ssd_ftl_room(ssd)) {
        const vtime old = ssd->slot[slot_at(ssd, ssd->booked)].when + IDLE_PS;

        when = old > when ? old : when;
    }
    return when;
}

/* Places waiting blocks into one row and lets its die programme it. False: the module is broken. */
static bool book_row(struct ssd_module *ssd, vtime now)
{
    const uint32_t from = ssd->booked;
    uint64_t pages = ssd->pages_programmed;
    uint32_t room;
    unsigned die;
    vtime when;

    if (!ssd_ftl_prepare(ssd, now)) return false;
    room = ssd_ftl_room(ssd);
    die = ssd_ftl_die(ssd);
    while (room > 0 && ssd->booked < ssd->count) {
        const struct ssd_slot *slot = &ssd->slot[slot_at(ssd, ssd->booked)];

        ssd->booked++;
        if (slot->block == 0) continue;
        ssd_ftl_place(ssd, slot->block - 1);
        room--;
    }
    ssd_ftl_pad(ssd);
    pages = ssd->pages_programmed - pages;
    if (pages == 0) return true;
    when = nand_program(&ssd->nand, die, (uint32_t)pages * NAND_PAGE_BYTES, now);
    for (uint32_t i = from; i < ssd->booked; i++) {
        struct ssd_slot *slot = &ssd->slot[slot_at(ssd, i)];

        slot->die = (uint16_t)die;
        slot->when = when - ssd->nand.die[die].delayed;
    }
    return true;
}

static void arm(struct ssd_module *ssd)
{
    vtime when = next_booking(ssd);

    if (ssd->booked > 0) {
        const vtime end = end_of(ssd, &ssd->slot[ssd->head]);

        when = end < when ? end : when;
    }
    sched_at(ssd->device.env.sched, &ssd->drain, ssd->is_failed ? VTIME_NEVER : when);
}

void ssd_cache_pace(struct ssd_module *ssd)
{
    const vtime now = device_now(&ssd->device);
    const uint32_t waiting = ssd->count - ssd->booked;
    vtime least = ssd->nand.die[ssd_ftl_die(ssd)].loadable;

    if (waiting < SSD_UNITS_PER_ROW) return;
    least = (least > now ? least : now) + waiting * SSD_TIMED_UNIT_PS;
    ssd->drained_at = ssd->drained_at > least ? ssd->drained_at : least;
}

void ssd_cache_drain(struct ssd_module *ssd)
{
    const vtime now = device_now(&ssd->device);

    retire_due(ssd, now);
    while (!ssd->is_failed && next_booking(ssd) <= now && book_row(ssd, now)) {}
    ssd_cache_pace(ssd);
    arm(ssd);
}

void ssd_cache_fire(void *owner, vtime when)
{
    (void)when;
    ssd_cache_drain(owner);
}

vtime ssd_cache_book_all(struct ssd_module *ssd)
{
    const vtime now = device_now(&ssd->device);
    vtime end = now;

    retire_due(ssd, now);
    while (!ssd->is_failed && ssd->booked < ssd->count && book_row(ssd, now)) {}
    for (uint32_t i = 0; i < ssd->booked; i++) {
        const vtime slot_end = end_of(ssd, &ssd->slot[slot_at(ssd, i)]);

        end = slot_end > end ? slot_end : end;
    }
    arm(ssd);
    return end;
}

/* ---- Blocks coming and going ---- */

/* One block less to be programmed than was booked. */
static void give_back(struct ssd_module *ssd)
{
    const vtime now = device_now(&ssd->device);

    if (ssd->drained_at >= now + SSD_TIMED_UNIT_PS) {
        ssd->drained_at -= SSD_TIMED_UNIT_PS;
    }
}

/* book_write() had promised room that is not there, because collection got in the way since: the
 * oldest block leaves before its time. The dies' time is spent all the same. */
static void make_room(struct ssd_module *ssd)
{
    const vtime now = device_now(&ssd->device);

    while (ssd->count == SSD_CACHE_BLOCKS && !ssd->is_failed) {
        if (ssd->booked == 0 && !book_row(ssd, now)) return;
        retire(ssd, 1);
    }
}

void ssd_cache_put(struct ssd_module *ssd, uint32_t block, const uint8_t *data, bool is_saved)
{
    uint32_t slot = ssd_cache_find(ssd, block);

    if (slot != SSD_NONE && is_waiting(ssd, slot)) {
        give_back(ssd);
    } else {
        if (slot != SSD_NONE) {
            forget(ssd, slot);
        }
        make_room(ssd);
        if (ssd->is_failed) return;
        slot = slot_at(ssd, ssd->count);
        ssd->slot[slot] = (struct ssd_slot){.block = block + 1, .when = device_now(&ssd->device)};
        index_add(ssd, slot);
        ssd->count++;
    }
    ssd->slot[slot].is_saved = is_saved ? 1 : 0;
    memcpy(data_of(ssd, slot), data, MEDIA_BLOCK_BYTES);
    ssd_ftl_claim(ssd, block);
}

void ssd_cache_get(const struct ssd_module *ssd, uint32_t slot, uint8_t *data)
{
    memcpy(data, data_of(ssd, slot), MEDIA_BLOCK_BYTES);
}

void ssd_cache_drop(struct ssd_module *ssd, uint32_t block)
{
    const uint32_t slot = ssd_cache_find(ssd, block);

    if (slot == SSD_NONE) return;
    if (is_waiting(ssd, slot)) {
        give_back(ssd);
    }
    forget(ssd, slot);
}

/* ---- Power cut ---- */

static bool survives(const struct ssd_module *ssd, uint32_t block, uint64_t seed)
{
    return (hash_u64(hash_u64(ssd->device.path_hash, seed), block) & UINT64_C(1) << 32) != 0;
}

bool ssd_cache_cut(struct ssd_module *ssd, const struct host_media *target, uint64_t seed)
{
    for (uint32_t i = 0; i < ssd->count; i++) {
        const uint32_t slot = slot_at(ssd, i);
        const struct ssd_slot *s = &ssd->slot[slot];

        if (s->block == 0 || s->is_saved != 0 || !survives(ssd, s->block - 1, seed)) continue;
        if (target->write(target->ctx, s->block - 1, 1, data_of(ssd, slot)) != 0) return false;
    }
    return true;
}

void ssd_cache_lose(struct ssd_module *ssd, uint64_t seed)
{
    for (uint32_t i = 0; i < ssd->count; i++) {
        const uint32_t block = ssd->slot[slot_at(ssd, i)].block;

        if (block == 0 || ssd->map[block - 1] != SSD_UNPLACED) continue;
        if (!survives(ssd, block - 1, seed)) {
            ssd_ftl_unmap(ssd, block - 1);
        } else if (ssd_ftl_prepare(ssd, device_now(&ssd->device))) {
            ssd_ftl_place(ssd, block - 1);
        }
    }
    ssd_cache_clear(ssd);
}
