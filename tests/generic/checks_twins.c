/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks with twins: two rigs that must be the same from some point on live the same random life,
 * and everything that a guest or a trace could see of them is compared. Comparing saved bytes
 * alone would not see a field that is not saved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/hash.h"
#include "tests/generic/checks.h"
#include "tests/generic/life.h"

#define STEPS_BEFORE  250
#define STEPS_AFTER   250
#define SNAPSHOT_NAME "generic"
#define SAVE_EVERY    2000

/* ---- Twins ---- */

struct twins {
    struct rig *a;
    struct rig *b;
    uint64_t hash_a; /* over everything traced since they were made alike */
    uint64_t hash_b;
};

static void twins_begin(struct twins *twins, const struct subject *subject)
{
    *twins = (struct twins){.a = life_begin(subject), .b = life_begin(subject)};
}

static void twins_end(struct twins *twins)
{
    rig_destroy(twins->a);
    rig_destroy(twins->b);
}

/* Strings in records are constants of this process, so their addresses stand for them here. */
static void hash_record(void *ctx, const struct trace_record *record)
{
    uint64_t *hash = ctx;

    *hash = hash_u64(*hash, record->when);
    *hash = hash_u64(*hash, (uintptr_t)record->desc);
    *hash = hash_u64(*hash, record->device != NULL ? record->device->path_hash : 0);
    for (unsigned i = 0; i < TRACE_ARGS; i++) {
        *hash = hash_u64(*hash, record->args[i]);
    }
    *hash = hash_u64(*hash, record->cause);
}

/* Gives `b` the time, order numbers, memory and bus master of `a`. */
static void share_world(struct twins *twins, const struct subject *subject, uint64_t seq)
{
    sched_restore(twins->b->sched, rig_now(twins->a), seq);
    memcpy(twins->b->ram, twins->a->ram, RIG_RAM_BYTES);
    bus_set_initiator(twins->b->memory, bus_initiator(twins->a->memory));
    if (subject->share != NULL) {
        subject->share(twins->a, twins->b);
    }
}

/* From here on the traces must be equal, numbers of records included: devices keep those of causes. */
static void watch(struct twins *twins)
{
    struct trace_sink a = {.record = hash_record, .ctx = &twins->hash_a};
    struct trace_sink b = {.record = hash_record, .ctx = &twins->hash_b};

    trace_restore(twins->b->trace, trace_hash(twins->a->trace), trace_seq(twins->a->trace));
    assert_true(trace_add_sink(twins->a->trace, &a));
    assert_true(trace_add_sink(twins->b->trace, &b));
}

static bool compare_states(const struct twins *twins, const char *when, struct finding *finding)
{
    struct rig *a = twins->a;
    struct rig *b = twins->b;

    for (size_t i = 0; i < a->device_count; i++) {
        if (device_state_hash(a->devices[i]) != device_state_hash(b->devices[i])) {
            return finding_set(finding, "%s: state of %s differs", when, a->devices[i]->path);
        }
    }
    if (memcmp(a->ram, b->ram, RIG_RAM_BYTES) != 0) {
        return finding_set(finding, "%s: memory differs", when);
    }
    if (sched_next(a->sched) != sched_next(b->sched)) {
        return finding_set(finding, "%s: next events differ", when);
    }
    return true;
}

static bool live_alike(const struct twins *twins, const struct subject *subject, uint64_t seed,
                       struct finding *finding)
{
    uint64_t random_a = seed;
    uint64_t random_b = seed;

    for (unsigned i = 0; i < STEPS_AFTER; i++) {
        struct life_step a = life_step(twins->a, subject, LIFE_WITH_RESETS, &random_a);
        struct life_step b = life_step(twins->b, subject, LIFE_WITH_RESETS, &random_b);

        if (a.value != b.value || a.next != b.next) {
            return finding_set(finding,
                               "seed %llu step %u: %s of %u at 0x%llx gives 0x%llx and 0x%llx, "
                               "next event at %llu and %llu",
                               (unsigned long long)seed, i, a.what, a.size,
                               (unsigned long long)a.addr, (unsigned long long)a.value,
                               (unsigned long long)b.value, (unsigned long long)a.next,
                               (unsigned long long)b.next);
        }
        if (twins->hash_a != twins->hash_b) {
            return finding_set(finding, "seed %llu step %u: %s of %u at 0x%llx: traces differ",
                               (unsigned long long)seed, i, a.what, a.size,
                               (unsigned long long)a.addr);
        }
    }
    return compare_states(twins, "after the same life", finding);
}

/* ---- Reset ---- */

static bool check_reset_once(const struct subject *subject, uint64_t seed, struct finding *finding)
{
    struct twins twins;
    uint64_t seq;
    bool is_good;

    twins_begin(&twins, subject);
    life_live(twins.a, subject, LIFE_WITHOUT_RESETS, seed, STEPS_BEFORE);
    if (subject->calm != NULL) {
        subject->calm(twins.a);
    }
    seq = sched_seq(twins.a->sched);
    life_reset(twins.a, RESET_POWER_ON);
    share_world(&twins, subject, seq);
    life_reset(twins.b, RESET_POWER_ON);
    watch(&twins);
    is_good = compare_states(&twins, "after reset", finding) &&
              live_alike(&twins, subject, seed + 1, finding);
    twins_end(&twins);
    return is_good;
}

bool check_reset(const struct subject *subject, unsigned seeds, struct finding *finding)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        if (!check_reset_once(subject, seed * 7919, finding)) return false;
    }
    return true;
}

/* ---- Snapshots ---- */

static struct snap_writer *save_all(struct rig *rig, const void **data, size_t *bytes)
{
    struct snap_writer *writer = snap_writer_create();

    assert_non_null(writer);
    for (size_t i = 0; i < rig->device_count; i++) {
        device_save(rig->devices[i], writer);
    }
    *data = snap_finish(writer, SNAPSHOT_NAME, bytes);
    return writer;
}

static bool load_all(struct rig *rig, const void *data, size_t bytes, struct finding *finding)
{
    struct error err = ERROR_INIT;
    struct snap_reader *reader = snap_reader_create(data, bytes, SNAPSHOT_NAME, &err);
    bool is_good = reader != NULL;

    for (size_t i = 0; i < rig->device_count && is_good; i++) {
        is_good = device_load(rig->devices[i], reader, &err) == 0;
    }
    is_good = is_good && snap_reader_finish(reader, &err) == 0;
    if (reader != NULL) {
        snap_reader_destroy(reader);
    }
    return is_good || finding_set(finding, "own snapshot refused: %s", err.text);
}

static bool check_snapshot_once(const struct subject *subject, uint64_t seed,
                                struct finding *finding)
{
    struct twins twins;
    struct snap_writer *writer;
    const void *data;
    size_t bytes;
    bool is_good;

    twins_begin(&twins, subject);
    life_live(twins.a, subject, LIFE_WITH_RESETS, seed, STEPS_BEFORE);
    life_live(twins.b, subject, LIFE_WITH_RESETS, seed + 1, STEPS_BEFORE);
    writer = save_all(twins.a, &data, &bytes);
    share_world(&twins, subject, sched_seq(twins.a->sched));
    is_good = load_all(twins.b, data, bytes, finding);
    watch(&twins);
    is_good = is_good && compare_states(&twins, "after loading", finding) &&
              live_alike(&twins, subject, seed + 2, finding);
    snap_writer_destroy(writer);
    twins_end(&twins);
    return is_good;
}

bool check_snapshot(const struct subject *subject, unsigned seeds, struct finding *finding)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        if (!check_snapshot_once(subject, seed * 104729, finding)) return false;
    }
    return true;
}

/* A chunk of the right name and random contents. */
static bool load_hostile(struct rig *rig, const struct device *model, uint64_t seed)
{
    struct snap_writer *writer = snap_writer_create();
    struct error err = ERROR_INIT;
    struct snap_reader *reader;
    const void *data;
    size_t bytes;
    bool is_accepted;

    assert_non_null(writer);
    snap_chunk_begin(writer, model->path, model->class->name, model->class->version);
    for (unsigned i = 0, count = (unsigned)(rig_random(&seed) % 400); i < count; i++) {
        snap_put_u64(writer,
                     rig_random(&seed) % 3 == 0 ? rig_random(&seed) : rig_random(&seed) % 2);
    }
    snap_chunk_end(writer);
    data = snap_finish(writer, SNAPSHOT_NAME, &bytes);
    reader = snap_reader_create(data, bytes, SNAPSHOT_NAME, &err);
    assert_non_null(reader);
    is_accepted = device_load(rig->devices[0], reader, &err) == 0;
    snap_reader_destroy(reader);
    snap_writer_destroy(writer);
    return is_accepted;
}

/* Saved values with a few of them changed: most pass the size checks and reach the device's own. */
static bool load_mutated(struct rig *rig, uint64_t seed)
{
    struct snap_writer *writer;
    struct snap_writer *patched = snap_writer_create();
    struct error err = ERROR_INIT;
    struct device *device = rig->devices[0];
    struct snap_reader *reader;
    const void *data;
    size_t bytes;
    bool is_accepted;

    assert_non_null(patched);
    writer = save_all(rig, &data, &bytes);
    reader = snap_reader_create(data, bytes, SNAPSHOT_NAME, &err);
    assert_non_null(reader);
    assert_int_equal(
        snap_chunk_open(reader, device->path, device->class->name, device->class->version, &err),
        0);
    snap_chunk_begin(patched, device->path, device->class->name, device->class->version);
    while (snap_chunk_left(reader) >= sizeof(uint64_t)) {
        uint64_t value;

        assert_int_equal(snap_get_u64(reader, &value, &err), 0);
        if (rig_random(&seed) % 16 == 0) {
            value = rig_random(&seed) % 2 == 0 ? rig_random(&seed) : rig_random(&seed) % 256;
        }
        snap_put_u64(patched, value);
    }
    snap_chunk_end(patched);
    snap_reader_destroy(reader);
    data = snap_finish(patched, SNAPSHOT_NAME, &bytes);
    reader = snap_reader_create(data, bytes, SNAPSHOT_NAME, &err);
    assert_non_null(reader);
    is_accepted = device_load(device, reader, &err) == 0;
    snap_reader_destroy(reader);
    snap_writer_destroy(patched);
    snap_writer_destroy(writer);
    return is_accepted;
}

bool check_hostile_snapshot(const struct subject *subject, unsigned seeds, struct finding *finding)
{
    (void)finding; /* a finding here is a crash, a hang or a sanitizer's report */
    if (subject->class == NULL) return true;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct rig *rig = life_begin(subject);
        bool is_accepted;

        life_live(rig, subject, LIFE_WITHOUT_RESETS, seed, 30);
        is_accepted =
            seed % 4 == 0 ? load_hostile(rig, rig->devices[0], seed) : load_mutated(rig, seed);
        /* A device that refused is only good for destruction; one that accepted must live. */
        if (is_accepted) {
            life_live(rig, subject, LIFE_WITH_RESETS, seed + 1, 60);
        }
        rig_destroy(rig);
    }
    return true;
}

/* ---- Random accesses ---- */

static bool reload(struct rig *rig, struct finding *finding)
{
    const void *data;
    size_t bytes;
    struct snap_writer *writer = save_all(rig, &data, &bytes);
    bool is_good = load_all(rig, data, bytes, finding);

    snap_writer_destroy(writer);
    return is_good;
}

static bool random_run(const struct subject *subject, unsigned count, uint64_t *hash,
                       struct finding *finding)
{
    struct rig *rig = life_begin(subject);
    uint64_t random = 4242;
    bool is_good = true;

    for (unsigned i = 0; i < count && is_good; i++) {
        (void)life_step(rig, subject, LIFE_WITH_RESETS, &random);
        if (i % SAVE_EVERY == SAVE_EVERY - 1) {
            is_good = reload(rig, finding);
        }
    }
    *hash = trace_hash(rig->trace);
    rig_destroy(rig);
    return is_good;
}

bool check_random(const struct subject *subject, unsigned count, struct finding *finding)
{
    uint64_t first;
    uint64_t second;

    if (!random_run(subject, count, &first, finding)) return false;
    /* Host addresses and uninitialised memory differ between the runs; nothing of the machine
     * may. */
    if (!random_run(subject, count / 8, &first, finding)) return false;
    if (!random_run(subject, count / 8, &second, finding)) return false;
    return first == second || finding_set(finding, "two equal runs, two trace hashes");
}
