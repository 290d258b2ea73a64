/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DDR4 timing: single bursts and streams against the figures of reference/timing.md 5.1, and what must
 * hold for every sequence, by random ones against a second, plain list of all commands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/timing/dram.h"

#define TCK         UINT64_C(750)
#define HIT         (23 * TCK) /* CL 19 and 4 clocks of data: 17.25 ns */
#define CLOSED      (42 * TCK) /* with tRCD: 31.5 ns */
#define OTHER       (61 * TCK) /* with tRP: 45.75 ns */
#define WRITTEN     (18 * TCK) /* CWL 14 and 4 */
#define TREFI       UINT64_C(7800000)
#define TRFC        (467 * TCK)
#define US          UINT64_C(1000000)
#define BURST_BYTES 64u

static struct timing_dram_access read_of(unsigned bank, uint32_t row)
{
    return (struct timing_dram_access){.bank = (uint8_t)bank, .width = 8, .row = row};
}

static dram_ps burst(struct timing_dram *dram, struct timing_dram_access access, dram_ps from,
                     enum timing_dram_outcome expected)
{
    enum timing_dram_outcome outcome;
    dram_ps done = timing_dram_burst(dram, &access, from, &outcome);

    assert_int_equal(outcome, expected);
    return done;
}

static void one_burst_alone(void **state)
{
    struct timing_dram dram = {0};
    struct timing_dram_access access = read_of(3, 7);

    (void)state;
    assert_int_equal(burst(&dram, access, 1 * US, TIMING_DRAM_ROW_MISS), 1 * US + CLOSED);
    assert_int_equal(burst(&dram, access, 2 * US, TIMING_DRAM_ROW_HIT), 2 * US + HIT);
    access.row = 8;
    assert_int_equal(burst(&dram, access, 3 * US, TIMING_DRAM_ROW_CONFLICT), 3 * US + OTHER);
    access.is_write = true;
    assert_int_equal(burst(&dram, access, 4 * US, TIMING_DRAM_ROW_HIT), 4 * US + WRITTEN);
    access.is_close_page = true;
    assert_int_equal(burst(&dram, access, 5 * US, TIMING_DRAM_ROW_HIT), 5 * US + WRITTEN);
    assert_int_equal(burst(&dram, access, 6 * US, TIMING_DRAM_ROW_MISS), 6 * US + 37 * TCK);
}

static void from_the_first_instant(void **state)
{
    struct timing_dram dram = {0};

    (void)state;
    assert_in_range(burst(&dram, read_of(0, 0), 0, TIMING_DRAM_ROW_MISS), CLOSED, CLOSED + 1);
}

/* Bytes per microsecond of `count` bursts asked for at once, after the rows were opened. */
static unsigned rate(unsigned banks, bool is_new_row, unsigned width, unsigned count)
{
    struct timing_dram dram = {0};
    dram_ps first = 0;
    dram_ps last = 0;

    for (unsigned i = 0; i < banks + count; i++) {
        /* neighbours in time are in different groups */
        unsigned bank = i % banks % 4 * 4 + i % banks / 4;
        struct timing_dram_access access = read_of(bank, is_new_row ? i : 1);
        enum timing_dram_outcome outcome;

        access.width = (uint8_t)width;
        last = timing_dram_burst(&dram, &access, 1 * US, &outcome);
        if (i + 1 == banks) first = last;
    }
    return (unsigned)(count * (uint64_t)BURST_BYTES * US / (last - first));
}

static void bandwidth_of_a_channel(void **state)
{
    (void)state;
    assert_in_range(rate(4, false, 8, 400), 21200, 21400); /* 21.33 GB/s: row hits */
    assert_in_range(rate(1, false, 8, 400), 12100, 12250); /* 12.19: one bank group, tCCD_L */
    assert_in_range(rate(16, true, 8, 400), 12100, 12250); /* 12.19: new rows, tFAW */
    assert_in_range(rate(16, true, 4, 400), 21200, 21400); /* x4: tFAW of 16 clocks is no limit */
    assert_in_range(rate(1, true, 8, 400), 1330, 1400);    /* 1.38: one bank, tRC */
}

/* Other ranks and other channels do not wait for a bank. */
static void channels_are_apart(void **state)
{
    struct timing_dram dram = {0};
    struct timing_dram_access access = read_of(0, 1);

    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        access.row = i;
        (void)burst(&dram, access, 1 * US,
                    i == 0 ? TIMING_DRAM_ROW_MISS : TIMING_DRAM_ROW_CONFLICT);
    }
    for (unsigned i = 1; i < TIMING_DRAM_CHANNELS; i++) {
        access.channel = (uint8_t)i;
        assert_int_equal(burst(&dram, access, 1 * US, TIMING_DRAM_ROW_MISS), 1 * US + CLOSED);
    }
}

static void write_then_read(void **state)
{
    struct timing_dram dram = {0};
    struct timing_dram_access access = read_of(0, 1);
    dram_ps written;

    (void)state;
    (void)burst(&dram, access, 1 * US, TIMING_DRAM_ROW_MISS);
    (void)burst(&dram, read_of(4, 1), 1 * US, TIMING_DRAM_ROW_MISS);
    access.is_write = true;
    written = burst(&dram, access, 2 * US, TIMING_DRAM_ROW_HIT);
    access.is_write = false;
    /* the same group: tWTR_L after the data */
    assert_int_equal(burst(&dram, access, 2 * US, TIMING_DRAM_ROW_HIT), written + 10 * TCK + HIT);
    access.is_write = true;
    written = burst(&dram, access, 3 * US, TIMING_DRAM_ROW_HIT);
    /* another: tWTR_S */
    assert_int_equal(burst(&dram, read_of(4, 1), 3 * US, TIMING_DRAM_ROW_HIT),
                     written + 4 * TCK + HIT);
}

/* A row may be closed tRTP after a read, tWR after the data of a write. */
static void row_stays_open(void **state)
{
    struct timing_dram dram = {0};
    struct timing_dram_access access = read_of(0, 1);

    (void)state;
    (void)burst(&dram, access, 1 * US, TIMING_DRAM_ROW_MISS);
    (void)burst(&dram, access, 2 * US, TIMING_DRAM_ROW_HIT);
    assert_int_equal(burst(&dram, read_of(0, 2), 2 * US, TIMING_DRAM_ROW_CONFLICT),
                     2 * US + 10 * TCK + OTHER);
    access = read_of(0, 2);
    access.is_write = true;
    (void)burst(&dram, access, 3 * US, TIMING_DRAM_ROW_HIT);
    assert_int_equal(burst(&dram, read_of(0, 1), 3 * US, TIMING_DRAM_ROW_CONFLICT),
                     3 * US + WRITTEN + 20 * TCK + OTHER);
}

/* Two clocks between data of two ranks, and between data in and out. */
static void the_data_bus_turns(void **state)
{
    struct timing_dram dram = {0};
    struct timing_dram_access access = read_of(0, 1);
    struct timing_dram_access other = read_of(4, 1);
    dram_ps done;

    (void)state;
    other.rank = 1;
    (void)burst(&dram, access, 1 * US, TIMING_DRAM_ROW_MISS);
    (void)burst(&dram, other, 1 * US, TIMING_DRAM_ROW_MISS);
    done = burst(&dram, access, 2 * US, TIMING_DRAM_ROW_HIT);
    assert_int_equal(burst(&dram, other, 2 * US, TIMING_DRAM_ROW_HIT), done + 6 * TCK);
    done += 6 * TCK;
    access.is_write = true;
    assert_int_equal(burst(&dram, access, 2 * US, TIMING_DRAM_ROW_HIT), done + 6 * TCK);
    done += 6 * TCK;
    assert_int_equal(burst(&dram, other, 2 * US, TIMING_DRAM_ROW_HIT), done + 6 * TCK);
    done = burst(&dram, other, 3 * US, TIMING_DRAM_ROW_HIT);
    other.is_write = true;
    assert_int_equal(burst(&dram, other, 3 * US, TIMING_DRAM_ROW_HIT), done + 6 * TCK);
}

/* A refresh closes the rows and keeps the rank for tRFC; ranks take turns. */
static void refreshes(void **state)
{
    struct timing_dram dram = {0};
    struct timing_dram_access access = read_of(0, 1);

    (void)state;
    (void)burst(&dram, access, 1 * US, TIMING_DRAM_ROW_MISS);
    assert_int_equal(burst(&dram, access, TREFI - TCK, TIMING_DRAM_ROW_HIT), TREFI - TCK + HIT);
    /* the row is open until tRTP after that; then PRE */
    assert_in_range(burst(&dram, access, TREFI, TIMING_DRAM_ROW_MISS), TREFI + TRFC + CLOSED,
                    TREFI + TRFC + CLOSED + 29 * TCK);
    assert_int_equal(burst(&dram, access, 2 * TREFI + TRFC, TIMING_DRAM_ROW_MISS),
                     2 * TREFI + TRFC + CLOSED);
    access.rank = 1;
    (void)burst(&dram, access, 2 * TREFI + TRFC, TIMING_DRAM_ROW_MISS);
    assert_int_equal(burst(&dram, access, 2 * TREFI + 2 * TRFC, TIMING_DRAM_ROW_HIT),
                     2 * TREFI + 2 * TRFC + HIT);
    assert_in_range(burst(&dram, access, 2 * TREFI + TREFI / 4, TIMING_DRAM_ROW_MISS),
                    2 * TREFI + TREFI / 4 + TRFC + CLOSED, 2 * TREFI + TREFI / 4 + TRFC + CLOSED);
}

/* ---- Random sequences ---- */

#define STEPS 4000u

struct activation {
    dram_ps when;
    unsigned channel;
    unsigned rank;
    unsigned bank;
    unsigned width;
};

struct history {
    struct timing_dram dram;
    uint64_t random;
    struct activation activations[STEPS];
    unsigned count;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static struct timing_dram_access random_access(uint64_t random)
{
    return (struct timing_dram_access){
        .channel = random & 1,
        .rank = random >> 1 & 3,
        .bank = random >> 3 & 15,
        .is_write = (random >> 7 & 3) == 0,
        .is_close_page = (random >> 9 & 7) == 0,
        .width = 8,
        .row = random >> 12 & 3,
    };
}

/* Any two ACTs of a rank are tRRD apart, any five tFAW, any two of a bank tRC. */
static void check_activations(const struct history *history)
{
    for (unsigned i = 0; i < history->count; i++) {
        const struct activation *a = &history->activations[i];
        unsigned before = 0;

        for (unsigned j = i; j-- > 0 && before < 8;) {
            const struct activation *b = &history->activations[j];
            bool is_same_group = a->bank / 4 == b->bank / 4;

            if (a->channel != b->channel || a->rank != b->rank) continue;
            before++;
            assert_true(a->when >= b->when + (is_same_group ? 7 : 4) * TCK);
            if (a->bank == b->bank) assert_true(a->when >= b->when + 62 * TCK);
            if (before == 4) assert_true(a->when >= b->when + 28 * TCK);
        }
    }
}

static void note_activation(struct history *history, const struct timing_dram_access *access,
                            dram_ps when)
{
    history->activations[history->count] = (struct activation){
        .when = when, .channel = access->channel, .rank = access->rank, .bank = access->bank};
    history->count++;
}

/* Data of one channel never overlap; asking later never makes it sooner; never faster than alone. */
static void what_must_hold(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct history *history = test_calloc(1, sizeof(*history));
        dram_ps busy_until[2] = {0, 0};
        dram_ps from = 1;

        history->random = seed * UINT64_C(0x9e3779b97f4a7c15);
        for (unsigned i = 0; i < STEPS; i++) {
            struct timing_dram_access access = random_access(next_random(&history->random));
            struct timing_dram later = history->dram;
            enum timing_dram_outcome outcome;
            enum timing_dram_outcome unused;
            uint64_t delay = next_random(&history->random) % (seed * 20000);
            dram_ps done = timing_dram_burst(&history->dram, &access, from, &outcome);
            static const dram_ps least[] = {HIT, CLOSED, OTHER};

            assert_true(done >= from + least[outcome] - (access.is_write ? 5 * TCK : 0));
            assert_true(done >= busy_until[access.channel] + 4 * TCK);
            assert_true(timing_dram_burst(&later, &access, from + delay, &unused) >= done);
            busy_until[access.channel] = done;
            if (outcome != TIMING_DRAM_ROW_HIT) {
                note_activation(history, &access,
                                history->dram.channel[access.channel]
                                    .rank[access.rank]
                                    .bank[access.bank]
                                    .activated);
            }
            from += next_random(&history->random) % (seed * 8000);
            if (i % 16 == 0 && from > 50000) from -= 50000; /* another core asks */
        }
        check_activations(history);
        test_free(history);
    }
}

/* The same calls, the same times: nothing but the structure matters. */
static void is_a_function_of_its_state(void **state)
{
    struct timing_dram first = {0};
    struct timing_dram second;
    uint64_t random = 99;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        struct timing_dram_access access = random_access(next_random(&random));
        enum timing_dram_outcome a;
        enum timing_dram_outcome b;

        second = first;
        assert_int_equal(timing_dram_burst(&first, &access, i * 5000, &a),
                         timing_dram_burst(&second, &access, i * 5000, &b));
        assert_int_equal(a, b);
        assert_memory_equal(&first, &second, sizeof(first));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_burst_alone),        cmocka_unit_test(from_the_first_instant),
        cmocka_unit_test(bandwidth_of_a_channel), cmocka_unit_test(channels_are_apart),
        cmocka_unit_test(write_then_read),        cmocka_unit_test(row_stays_open),
        cmocka_unit_test(the_data_bus_turns),     cmocka_unit_test(refreshes),
        cmocka_unit_test(what_must_hold),         cmocka_unit_test(is_a_function_of_its_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
