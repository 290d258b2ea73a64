/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that a guest moves, and who is told before it is written to. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/base/error.h"

SNIPPET(store_paths);
SNIPPET(store_loop);
SNIPPET(both_places);
SNIPPET(code_in_video);
SNIPPET(call_loop);

#define PAGE        4096u
#define PAGES       0x48u /* of video memory, that store_paths uses */
#define STORES      0x35u /* of them, from the first one, that a store goes to */
#define PAGE_TABLE  0x40u
#define WALK_PD     (GUEST_PD + 8 * (VIDEO_WALK >> 21))
#define PAGE_RIGHTS UINT64_C(7)
#define ACCESSED    UINT64_C(0x20)
#define DIRTY       UINT64_C(0x40)

/* What the watcher saw: video memory as it was when it was last told of each page. */
struct witness {
    uint64_t base;
    unsigned told[PAGES];
    uint8_t before[PAGES * PAGE];
    bool is_wrong; /* told too late, or of something else */
};

static void witness_told(struct guest *guest, uint64_t addr)
{
    struct witness *witness = guest->test;
    uint64_t page = (addr - witness->base) / PAGE;

    if (addr % PAGE != 0 || page >= PAGES) {
        witness->is_wrong = true;
        return;
    }
    if (witness->told[page] == 0 &&
        memcmp(witness->before + page * PAGE, guest->video + page * PAGE, PAGE) != 0) {
        witness->is_wrong = true;
    }
    witness->told[page]++;
}

static struct guest *create_watched(const uint8_t *begin, const uint8_t *end,
                                    struct witness *witness, unsigned cores)
{
    const struct guest_options options = {.cores = cores};
    struct guest *guest = guest_create(MODE_LONG, begin, end, &options);

    *witness = (struct witness){.base = VIDEO_BASE};
    guest->test = witness;
    guest->before_write = witness_told;
    return guest;
}

/* The table that VIDEO_WALK is translated by lies in video memory. */
static void build_walk(struct guest *guest)
{
    uint8_t *table = guest->video + PAGE_TABLE * PAGE;

    le64_put(table, (VIDEO_BASE + (PAGE_TABLE + 1) * PAGE) | PAGE_RIGHTS);
    le64_put(table + 8, (VIDEO_BASE + (PAGE_TABLE + 2) * PAGE) | PAGE_RIGHTS);
    guest_put_u64(guest, WALK_PD, (VIDEO_BASE + PAGE_TABLE * PAGE) | PAGE_RIGHTS);
}

static void test_every_store_is_told_before(void **state)
{
    static struct witness witness;
    struct guest *guest = create_watched(CODE(store_paths), &witness, 1);

    (void)state;
    build_walk(guest);
    memcpy(witness.before, guest->video, sizeof(witness.before));
    guest_move(guest, VIDEO_BASE, true);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 1); /* the breakpoint */
    assert_false(witness.is_wrong);
    for (size_t i = 0; i < PAGES; i++) {
        bool is_stored = i < STORES || i == PAGE_TABLE || i == PAGE_TABLE + 2;

        if ((witness.told[i] != 0) != is_stored) {
            fail_msg("page 0x%zx: told %u times", i, witness.told[i]);
        }
        if (!is_stored) {
            assert_memory_equal(witness.before + i * PAGE, guest->video + i * PAGE, PAGE);
        }
    }
    assert_int_equal(le64_get(guest->video + PAGE_TABLE * PAGE) & 0xfff, PAGE_RIGHTS | ACCESSED);
    assert_int_equal(le64_get(guest->video + PAGE_TABLE * PAGE + 8) & 0xfff,
                     PAGE_RIGHTS | ACCESSED | DIRTY);
    guest_destroy(guest);
}

/* Once per arming, however often the page is written; each core tells for itself. */
static void test_watch_again(void **state)
{
    static struct witness witness;
    struct guest *guest = create_watched(CODE(store_loop), &witness, 1);

    (void)state;
    guest_move(guest, VIDEO_BASE, true);
    memcpy(witness.before, guest->video, sizeof(witness.before));
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 1);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 1);
    cpu_set_watch(guest->set, VIDEO_BASE + 0x6000, 0x1000);
    cpu_set_watch(guest->set, 0, GUEST_RAM_BYTES);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 1);
    cpu_set_watch(guest->set, VIDEO_BASE, GUEST_VIDEO_BYTES);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 2);
    cpu_set_watch(guest->set, 0, UINT64_MAX);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 3);
    assert_false(witness.is_wrong);
    guest_destroy(guest);
}

/* Both cores run the same loop, the second one in real mode's place: it is started at the runtime. */
static void start_second(struct guest *guest)
{
    struct cpu *second = guest_core(guest, 1);

    guest_put_u64(guest, GUEST_GDT + SEL_TSS, 0x0000890000000067 | (uint64_t)GUEST_TSS << 16);
    cpu_sipi(second, GUEST_RUNTIME >> 12);
}

static void test_each_core_tells(void **state)
{
    static struct witness witness;
    struct guest *guest = create_watched(CODE(store_loop), &witness, 2);
    struct cpu *second;
    vtime now;

    (void)state;
    guest_move(guest, VIDEO_BASE, true);
    memcpy(witness.before, guest->video, sizeof(witness.before));
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    start_second(guest);
    second = guest_core(guest, 1);
    assert_int_equal(cpu_run(second, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 2);
    /* Its TLB entry is warm: only after the next arming it tells again. */
    now = cpu_now(second);
    assert_int_equal(cpu_run(second, now + VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 2);
    cpu_set_watch(guest->set, VIDEO_BASE + 0x5000, 1);
    now = cpu_now(second);
    assert_int_equal(cpu_run(second, now + VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 3);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 4);
    assert_false(witness.is_wrong);
    guest_destroy(guest);
}

/* Whatever comes and goes, each stretch keeps addresses of its own inside the library (memory.c
 * stops when it does not): the RAM at 4 GiB does not begin at a multiple of what the library looks
 * for gaps in. */
static void test_addresses_of_their_own(void **state)
{
    static struct witness witness;
    struct guest *guest = create_watched(CODE(store_loop), &witness, 1);
    uint8_t *page = aligned_alloc(PAGE, PAGE);
    const struct cpu_memory list[] = {
        {.base = 0, .bytes = GUEST_RAM_BYTES, .host = guest->ram},
        {.base = VIDEO_BASE, .bytes = GUEST_VIDEO_BYTES, .host = guest->video, .is_watched = true},
        {.base = 2 * (uint64_t)VIDEO_BASE, .bytes = PAGE, .host = page, .is_watched = true},
        {.base = 0xfffff000, .bytes = PAGE, .host = guest->rom, .is_read_only = true},
        {.base = GUEST_HIGH_BASE, .bytes = GUEST_HIGH_BYTES, .host = guest->high},
    };
    struct error err = ERROR_INIT;

    (void)state;
    assert_non_null(page);
    guest_move(guest, 2 * (uint64_t)VIDEO_BASE, true);
    guest_move(guest, VIDEO_BASE, true);
    memcpy(witness.before, guest->video, sizeof(witness.before));
    assert_int_equal(cpu_set_memory(guest->set, list, 5, &err), 0);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    assert_int_equal(witness.told[5], 1);
    assert_false(witness.is_wrong);
    guest_destroy(guest);
    free(page);
}

static void ignore_told(struct guest *guest, uint64_t addr)
{
    (void)guest;
    (void)addr;
}

/* The guest cannot tell whether somebody watches. */
static void test_watching_is_not_noticed(void **state)
{
    struct cpu_regs regs[2];
    uint64_t cycles[2];
    uint64_t blocks[2];
    struct guest *guests[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest *guest = guest_create(MODE_LONG, CODE(code_in_video), NULL);

        guests[i] = guest;
        guest->before_write = ignore_told;
        guest_move(guest, VIDEO_BASE, i == 1);
        for (unsigned n = 0; n < 400; n++) {
            (void)guest_run(guest, VTIME_NS(100));
            if (i == 1) {
                cpu_set_watch(guest->set, VIDEO_BASE, GUEST_VIDEO_BYTES);
            }
        }
        assert_int_equal(guest->report_count, 20);
        cpu_get_regs(guest_core(guest, 0), &regs[i]);
        cycles[i] = cpu_cycles(guest_core(guest, 0));
        blocks[i] = cpu_block_count(guest_core(guest, 0));
    }
    assert_memory_equal(&regs[0], &regs[1], sizeof(regs[0]));
    assert_int_equal(cycles[0], cycles[1]);
    assert_int_equal(blocks[0], blocks[1]);
    assert_memory_equal(guests[0]->ram, guests[1]->ram, GUEST_RAM_BYTES);
    guest_destroy(guests[0]);
    guest_destroy(guests[1]);
}

/* One round of both_places: what it reads at either place. */
static void check_round(struct guest *guest, uint32_t at_base, uint32_t at_other)
{
    size_t first = guest->report_count;

    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_DEADLINE);
    assert_int_equal(guest->report_count, first + 2);
    assert_int_equal(guest->report[first], at_base);
    assert_int_equal(guest->report[first + 1], at_other);
}

static void test_moves(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(both_places), NULL);

    (void)state;
    le32_put(guest->video + 0x100, 7);
    check_round(guest, UINT32_MAX, UINT32_MAX);
    guest_move(guest, VIDEO_BASE, false);
    check_round(guest, 7, UINT32_MAX);
    guest_move(guest, VIDEO_OTHER, true);
    check_round(guest, UINT32_MAX, 8);
    assert_int_equal(le32_get(guest->video + 0x100), 9);
    guest_move(guest, VIDEO_OTHER, false);
    check_round(guest, UINT32_MAX, 9);
    guest_move(guest, 0, false);
    check_round(guest, UINT32_MAX, UINT32_MAX);
    assert_int_equal(le32_get(guest->video + 0x100), 10);
    guest_destroy(guest);
}

/* Resident memory of this process, KiB. */
static long resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total = 0;
    long pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &total, &pages), 2);
    fclose(file);
    return pages * 4;
}

/* In KiB. The address sanitizer keeps what was freed for a while. */
#ifdef __SANITIZE_ADDRESS__
#define GROWTH 8192
#else
#define GROWTH 512
#endif

/* A guest that moves it for ever costs the host nothing but time. */
static void test_thousands_of_moves(void **state)
{
    const struct guest_options options = {.cores = 2};
    struct guest *guest = guest_create(MODE_LONG, CODE(both_places), &options);
    long before = 0;
    uint32_t value = 0;

    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        bool is_base = i % 2 == 0;

        if (i == 1000) {
            before = resident();
        }
        guest->report_count = 0;
        guest->access_count = 0;
        guest_move(guest, is_base ? VIDEO_BASE : VIDEO_OTHER, i % 3 == 0);
        check_round(guest, is_base ? value : UINT32_MAX, is_base ? UINT32_MAX : value);
        value++;
    }
    assert_in_range(resident() - before + GROWTH, 0, 2 * GROWTH);
    guest_destroy(guest);
}

static void test_code(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(code_in_video), NULL);

    (void)state;
    guest_move(guest, VIDEO_BASE, true);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 20);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(guest->report[i], 20 - i);
    }
    guest_destroy(guest);
}

static void check_call(struct guest *guest, uint32_t expected)
{
    guest->report_count = 0;
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_DEADLINE);
    assert_int_equal(guest->report_count, 1);
    assert_int_equal(guest->report[0], expected);
}

/* Code in it moves with it, and changes when something else writes to it, wherever it is. */
static void test_code_moves(void **state)
{
    static const uint8_t function[] = {0xb8, 1, 0, 0, 0, 0xc3}; /* mov $1, %eax; ret */
    struct guest *guest = guest_create(MODE_LONG, CODE(call_loop), NULL);

    (void)state;
    memcpy(guest->video + 0x1000, function, sizeof(function));
    guest_put_u64(guest, GUEST_ARG, VIDEO_BASE + 0x1000);
    guest_move(guest, VIDEO_BASE, true);
    check_call(guest, 1);
    check_call(guest, 1);
    guest->video[0x1001] = 2;
    cpu_set_code_written(guest->set, VIDEO_BASE + 0x1001, 1);
    check_call(guest, 2);
    guest_move(guest, VIDEO_OTHER, true);
    guest->video[0x1001] = 3; /* nothing is translated from it any more */
    guest_put_u64(guest, GUEST_ARG, VIDEO_OTHER + 0x1000);
    check_call(guest, 3);
    /* The old place: all ones, an undefined instruction. */
    guest_put_u64(guest, GUEST_ARG, VIDEO_BASE + 0x1000);
    guest->report_count = 0;
    (void)guest_run(guest, VTIME_US(10));
    assert_int_equal(guest->report_count, 0);
    assert_int_not_equal(guest_record_count(guest), 0);
    assert_int_equal(guest_record(guest, 0).vector, 6);
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_store_is_told_before),
        cmocka_unit_test(test_watch_again),
        cmocka_unit_test(test_each_core_tells),
        cmocka_unit_test(test_addresses_of_their_own),
        cmocka_unit_test(test_watching_is_not_noticed),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_thousands_of_moves),
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_code_moves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
