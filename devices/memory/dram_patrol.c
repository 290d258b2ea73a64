/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The patrol scrubber: reads all memory that is decoded, in address order, once in each period, and
 * writes back what it could correct. Where it is follows from the time alone, so it needs no events
 * but where a fault will be met. Single words are known by address; for patterns it looks ahead line
 * by line, a bounded stretch for each event, and takes a step of 64 KiB at a time.
 */
#include "devices/memory/dram_internal.h"
#include "emu/base/hash.h"

#define STEP_BYTES  UINT64_C(0x10000)
#define AHEAD_BYTES (16 * STEP_BYTES) /* looked through for each event while there are patterns */

/* A place of a pass, counted through the zones. */
struct stop {
    uint64_t pass;
    uint64_t place; /* multiple of DRAM_LINE_BYTES, below the size of memory */
};

static uint64_t memory_bytes(const struct dram *dram)
{
    const struct imc_layout *layout = dram_layout(dram);
    uint64_t bytes = 0;

    for (size_t i = 0; i < layout->zone_count; i++) {
        bytes += layout->zones[i].end - layout->zones[i].base;
    }
    return bytes;
}

static uint64_t place_to_addr(const struct dram *dram, uint64_t place)
{
    const struct imc_layout *layout = dram_layout(dram);

    for (size_t i = 0; i < layout->zone_count; i++) {
        uint64_t bytes = layout->zones[i].end - layout->zones[i].base;

        if (place < bytes) return layout->zones[i].base + place;
        place -= bytes;
    }
    return DRAM_NOWHERE;
}

/* Of an address that is in a zone. */
static uint64_t addr_to_place(const struct dram *dram, uint64_t addr)
{
    const struct imc_layout *layout = dram_layout(dram);
    uint64_t place = 0;

    for (size_t i = 0; i < layout->zone_count && addr >= layout->zones[i].base; i++) {
        place += min_u64(addr, layout->zones[i].end) - layout->zones[i].base;
    }
    return place;
}

static uint64_t zones_hash(const struct dram *dram)
{
    const struct imc_layout *layout = dram_layout(dram);
    uint64_t hash = HASH_SEED;

    for (size_t i = 0; i < layout->zone_count; i++) {
        const struct imc_zone *zone = &layout->zones[i];

        hash = hash_u64(hash, zone->base);
        hash = hash_u64(hash, zone->end);
        hash = hash_u64(hash, (uint64_t)zone->sad << 32 | zone->interleave_list);
        hash = hash_u64(hash, zone->map_hash);
    }
    return hash;
}

bool dram_patrol_is_stale(const struct dram *dram)
{
    return dram->layout_hash != zones_hash(dram);
}

/* ---- Time and place ---- */

static struct stop normal(uint64_t pass, uint64_t place, uint64_t bytes)
{
    return place < bytes ? (struct stop){.pass = pass, .place = place}
                         : (struct stop){.pass = pass + 1};
}

static bool is_before(const struct stop *a, const struct stop *b)
{
    return a->pass != b->pass ? a->pass < b->pass : a->place < b->place;
}

/* The first line that is not read before `now`. */
static struct stop stop_at(const struct dram *dram, vtime now, uint64_t bytes)
{
    vtime period = dram->config.patrol_period;
    vtime since = now > dram->patrol_epoch ? now - dram->patrol_epoch : 0;
    uint64_t place = muldiv_u64(since % period, bytes, period);

    return normal(since / period, align_up(place, DRAM_LINE_BYTES), bytes);
}

static vtime time_of(const struct dram *dram, const struct stop *stop, uint64_t bytes)
{
    vtime period = dram->config.patrol_period;
    vtime when = muldiv_up_u64(stop->place, period, bytes);

    when += min_u64(dram->patrol_epoch, VTIME_NEVER - when);
    if (stop->pass >= (VTIME_NEVER - when) / period) return VTIME_NEVER;
    return when + stop->pass * period;
}

/* ---- What is met next ---- */

/* The first line of a pattern at or behind `from`; the end of what was looked at when there is none
 * so far. */
static uint64_t next_pattern(const struct dram *dram, uint64_t from, uint64_t bytes)
{
    uint64_t end = min_u64(align_down(from, STEP_BYTES) + AHEAD_BYTES, bytes);

    for (uint64_t place = from; place < end; place += DRAM_LINE_BYTES) {
        struct dram_place line;

        if (dram_find_line(dram, place_to_addr(dram, place), &line) &&
            dram_is_line_faulty(dram, &line)) {
            return place;
        }
    }
    return end;
}

static struct stop next_stop(const struct dram *dram, const struct stop *from, uint64_t bytes)
{
    const struct dram_index *index = &dram->index;
    uint32_t at;

    if (index->pattern_count > 0) {
        return normal(from->pass, next_pattern(dram, from->place, bytes), bytes);
    }
    at = dram_index_from(dram, place_to_addr(dram, from->place));
    if (at < index->addr_count) {
        uint64_t place = addr_to_place(dram, align_down(index->addrs[at], DRAM_LINE_BYTES));

        return (struct stop){.pass = from->pass, .place = place};
    }
    return (struct stop){
        .pass = from->pass + 1,
        .place = addr_to_place(dram, align_down(index->addrs[0], DRAM_LINE_BYTES)),
    };
}

/* All modules are alike in this. */
static bool has_ecc(const struct dimm_set *dimms)
{
    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        if (dimms->socket[i].has_ecc) return true;
    }
    return false;
}

void dram_patrol_arm(struct dram *dram)
{
    struct sched *sched = dram->device.env.sched;
    uint64_t bytes = memory_bytes(dram);
    bool is_on = dram->config.patrol_period != 0 && has_ecc(&dram->config.dimms);
    struct stop done;
    struct stop from;

    if (!is_on || bytes == 0 || dram->index.addr_count + dram->index.pattern_count == 0) {
        sched_cancel(sched, &dram->patrol);
        return;
    }
    from = stop_at(dram, device_now(&dram->device), bytes);
    done = normal(dram->patrol_pass, dram->patrol_place, bytes);
    if (is_before(&from, &done)) {
        from = done;
    }
    from = next_stop(dram, &from, bytes);
    sched_at(sched, &dram->patrol, time_of(dram, &from, bytes));
}

void dram_patrol_begin(struct dram *dram)
{
    dram->layout_hash = zones_hash(dram);
    dram->patrol_epoch = device_now(&dram->device);
    dram->patrol_pass = 0;
    dram->patrol_place = 0;
}

/* ---- Reading ---- */

/* Errors of a line are reported when they are the first of this step, or have a fault of their own. */
static uint64_t patrol_line(struct dram *dram, uint64_t addr, uint64_t found)
{
    const struct dram_finder finder = {.during = DRAM_ACCESS_READ, .is_patrol = true};
    struct dram_place place;

    if (!dram_find_line(dram, addr, &place) || !dram_is_line_faulty(dram, &place)) return found;
    if (place.is_refused) {
        if (found == 0) {
            dram_report_refused(dram, &finder, &place, 0);
        } else {
            dram->counts.parity++;
        }
        return found + 1;
    }
    for (unsigned word = 0; word < DRAM_LINE_WORDS; word++) {
        bool is_single = dram_index_has_word(dram, place.key + word, 1);
        unsigned bit = 0;
        enum ecc_result result = dram_read_word(dram, &place, word, true, &bit);

        if (result == ECC_CLEAN) continue;
        if (found == 0 || is_single) {
            dram_report_word(dram, &finder, &place, word, result, bit);
        }
        found++;
    }
    return found;
}

void dram_patrol_fire(void *owner, vtime when)
{
    struct dram *dram = owner;
    uint64_t bytes = memory_bytes(dram);
    uint64_t found = 0;
    struct stop stop;
    uint64_t end;

    dram_settle(&dram->device);
    if (dram->config.patrol_period == 0 || bytes == 0) return;
    stop = stop_at(dram, when, bytes);
    end = stop.place + DRAM_LINE_BYTES;
    if (dram->index.pattern_count > 0) {
        end = min_u64(align_down(stop.place, STEP_BYTES) + STEP_BYTES, bytes);
    }
    for (uint64_t place = stop.place; place < end; place += DRAM_LINE_BYTES) {
        found = patrol_line(dram, place_to_addr(dram, place), found);
    }
    dram->patrol_pass = stop.pass;
    dram->patrol_place = end;
    if (found > 0) {
        dram_trace_patrol(dram, place_to_addr(dram, stop.place), found);
    }
    dram_patrol_arm(dram);
}
