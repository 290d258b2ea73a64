/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest on disks of live, recorded and repeated runs, against the plain disk as the model. In a live run
 * somebody goes back, too, with the pages that were visited, as history does it.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/base/hash.h"
#include "emu/debug/replay/disk.h"
#include "tests/fuzz/input.h"
#include "tests/unit/replay/disk_bench.h"

#define PLACES_MAX 6u
#define PAGES_MAX  600u
#define STEPS_MAX  200u
#define NO_PLACE   (PLACES_MAX + 1u)

struct version {
    uint64_t page;
    unsigned place;
    bool has_data;
    uint8_t data[MEDIA_BLOCK_BYTES];
};

/* Where the run can be put back to: the model, and what was visited. */
struct place {
    uint64_t *blocks;
    uint8_t notes[DISK_BENCH_NOTES];
};

struct life {
    struct disk_bench model;
    struct disk_bench real;
    struct recording *recording;
    struct replay_disk *disk;
    struct place places[PLACES_MAX];
    unsigned place_count;
    struct version *versions;
    size_t version_count;
    unsigned visiting; /* place that visited pages belong to */
    bool is_full;
};

static int visit(void *ctx, uint64_t page, const uint8_t *data)
{
    struct life *life = ctx;
    struct version *version;

    if (life->version_count == PAGES_MAX) {
        life->is_full = true;
        return 1;
    }
    version = &life->versions[life->version_count++];
    version->page = page;
    version->place = life->visiting;
    version->has_data = data != NULL;
    if (data != NULL) {
        memcpy(version->data, data, sizeof(version->data));
    }
    return 0;
}

static void keep_place(struct life *life)
{
    struct place *place = &life->places[life->place_count];

    if (life->place_count == PLACES_MAX || life->is_full) return;
    life->visiting = life->place_count;
    if (replay_disk_visit(life->disk, false, visit, life) != 0) return;
    free(place->blocks);
    place->blocks = malloc(DISK_BENCH_BLOCKS * sizeof(*place->blocks));
    BUG_ON(place->blocks == NULL);
    memcpy(place->blocks, life->model.blocks, DISK_BENCH_BLOCKS * sizeof(*place->blocks));
    memcpy(place->notes, life->model.notes, DISK_BENCH_NOTES);
    life->place_count++;
}

/* The last version of its page at a place comes last. */
static void put_versions(struct life *life, unsigned index)
{
    for (size_t i = 0; i < life->version_count; i++) {
        replay_disk_put(life->disk, life->versions[i].page, false, NULL);
    }
    for (size_t i = 0; i < life->version_count; i++) {
        const struct version *version = &life->versions[i];

        if (version->place > index) continue;
        replay_disk_put(life->disk, version->page, true, version->has_data ? version->data : NULL);
    }
}

/* Places behind it are forgotten, as when a live run takes another way. */
static void go_back(struct life *life, unsigned index)
{
    size_t kept = 0;

    if (index >= life->place_count || life->is_full) return;
    life->visiting = NO_PLACE;
    if (replay_disk_visit(life->disk, false, visit, life) != 0) return;
    put_versions(life, index);
    for (size_t i = 0; i < life->version_count; i++) {
        if (life->versions[i].place > index) continue;
        memmove(&life->versions[kept], &life->versions[i], sizeof(*life->versions));
        kept++;
    }
    life->version_count = kept;
    life->place_count = index + 1;
    memcpy(life->model.blocks, life->places[index].blocks,
           DISK_BENCH_BLOCKS * sizeof(*life->model.blocks));
    memcpy(life->model.notes, life->places[index].notes, DISK_BENCH_NOTES);
}

static void begin(struct life *life, bool is_live)
{
    struct recording_head head = {.setup = ""};
    struct error err = ERROR_INIT;

    BUG_ON(!disk_bench_init(&life->model) || !disk_bench_init(&life->real));
    life->recording = recording_create(NULL, &head, &err);
    life->versions = malloc(PAGES_MAX * sizeof(*life->versions));
    BUG_ON(life->recording == NULL || life->versions == NULL);
    life->disk = is_live ? replay_disk_live(life->recording, 0, &life->real.media, &err)
                         : replay_disk_record(life->recording, 0, &life->real.media, &err);
    BUG_ON(life->disk == NULL);
}

static void end(struct life *life)
{
    replay_disk_destroy(life->disk);
    BUG_ON(recording_close(life->recording, NULL) != 0);
    for (unsigned i = 0; i < PLACES_MAX; i++) {
        free(life->places[i].blocks);
    }
    free(life->versions);
    disk_bench_release(&life->model);
    disk_bench_release(&life->real);
}

static void step_both(struct life *life, uint64_t random)
{
    BUG_ON(disk_bench_step(replay_disk_media(life->disk), random, HASH_SEED) !=
           disk_bench_step(&life->model.media, random, HASH_SEED));
}

static void live(struct life *life, struct fuzz_input input)
{
    for (unsigned i = 0; i < STEPS_MAX && fuzz_has_more(&input) && !life->is_full; i++) {
        const uint64_t random = fuzz_take(&input, 8);
        const unsigned kind = (unsigned)fuzz_below(&input, 16);

        if (kind == 0) {
            keep_place(life);
        } else if (kind == 1) {
            go_back(life, (unsigned)(random % PLACES_MAX));
        } else {
            step_both(life, random);
        }
    }
    BUG_ON(life->real.changes != 0);
}

static void steps(struct life *life, struct fuzz_input input)
{
    for (unsigned i = 0; i < STEPS_MAX && fuzz_has_more(&input); i++) {
        step_both(life, fuzz_take(&input, 8));
    }
}

static void record_and_repeat(struct life *life, struct fuzz_input input)
{
    struct error err = ERROR_INIT;
    uint64_t block;

    steps(life, input);
    BUG_ON(!disk_bench_is_equal(&life->model, &life->real));
    replay_disk_destroy(life->disk);
    life->disk = replay_disk_repeat(life->recording, 0, DISK_BENCH_BLOCKS, DISK_BENCH_NOTES, &err);
    disk_bench_release(&life->model);
    BUG_ON(life->disk == NULL || !disk_bench_init(&life->model));
    steps(life, input);
    BUG_ON(replay_disk_has_missed(life->disk, &block));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    struct life *life = calloc(1, sizeof(*life));
    const bool is_live = fuzz_take(&input, 1) % 2 == 0;

    BUG_ON(life == NULL);
    begin(life, is_live);
    if (is_live) {
        live(life, input);
    } else {
        record_and_repeat(life, input);
    }
    end(life);
    free(life);
    return 0;
}
