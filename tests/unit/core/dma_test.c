/* SPDX-License-Identifier: GPL-2.0-only */
/* DMA and guarded pages: who is asked, when, and what a device gets of poisoned memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/bus.h"
#include "emu/core/dma.h"

#define PAGE      4096u
#define RAM_BASE  UINT64_C(0x10000)
#define RAM_BYTES (4 * PAGE)
#define ASKED_MAX 16

struct asked {
    bool is_write;
    uint64_t addr;
    unsigned bytes;
    uint8_t first; /* what memory held there when it was asked */
};

struct rig {
    struct bus *bus;
    struct dma *dma;
    struct region region;
    uint8_t ram[RAM_BYTES];
    struct asked asked[ASKED_MAX];
    size_t count;
    uint64_t poisoned; /* a page; 0: none */
    uint64_t changed;  /* a byte that turns to 0x77 when it is about to be read; 0: none */
    unsigned written;
};

static bool guard(void *ctx, bool is_write, uint64_t addr, unsigned bytes)
{
    struct rig *rig = ctx;

    assert_true(rig->count < ASKED_MAX);
    rig->asked[rig->count++] = (struct asked){
        .is_write = is_write, .addr = addr, .bytes = bytes, .first = rig->ram[addr - RAM_BASE]};
    if (rig->changed - addr < bytes && !is_write) {
        rig->ram[rig->changed - RAM_BASE] = 0x77;
    }
    return is_write || align_down(addr, PAGE) != rig->poisoned;
}

static void code_written(void *ctx, uint64_t addr, uint64_t bytes)
{
    (void)addr;
    (void)bytes;
    ((struct rig *)ctx)->written++;
}

static void rig_init(struct rig *rig, bool is_guarded)
{
    const struct dma_hooks hooks = {.ctx = rig, .code_written = code_written, .guard = guard};

    memset(rig, 0, sizeof(*rig));
    rig->bus = bus_create("memory", NULL);
    rig->dma = dma_create(rig->bus);
    rig->region =
        (struct region){.name = "ram", .bytes = RAM_BYTES, .kind = REGION_RAM, .host = rig->ram};
    assert_int_equal(bus_map(rig->bus, &rig->region, RAM_BASE, NULL), 0);
    dma_set_hooks(rig->dma, &hooks);
    dma_set_guarded(rig->dma, is_guarded);
    for (size_t i = 0; i < RAM_BYTES; i++) {
        rig->ram[i] = (uint8_t)(i % 251);
    }
}

static void rig_fini(struct rig *rig)
{
    dma_destroy(rig->dma);
    bus_destroy(rig->bus);
}

static void assert_asked(const struct rig *rig, size_t index, uint64_t addr, unsigned bytes)
{
    assert_true(index < rig->count);
    assert_int_equal(rig->asked[index].addr, addr);
    assert_int_equal(rig->asked[index].bytes, bytes);
}

static void nobody_is_asked_before_it_is_wanted(void **state)
{
    static struct rig rig;
    uint8_t data[2 * PAGE];

    (void)state;
    rig_init(&rig, false);
    assert_int_equal(dma_read(rig.dma, RAM_BASE, data, sizeof(data)), DMA_OK);
    assert_int_equal(dma_write(rig.dma, RAM_BASE, data, sizeof(data)), DMA_OK);
    assert_int_equal(rig.count, 0);
    assert_int_equal(rig.written, 1); /* in one piece */
    dma_set_guarded(rig.dma, true);
    assert_int_equal(dma_read(rig.dma, RAM_BASE, data, 1), DMA_OK);
    assert_int_equal(rig.count, 1);
    dma_set_guarded(rig.dma, false);
    assert_int_equal(dma_read(rig.dma, RAM_BASE, data, 1), DMA_OK);
    assert_int_equal(rig.count, 1);
    rig_fini(&rig);
}

static void each_part_of_a_page_is_asked_for_before_it_is_copied(void **state)
{
    static struct rig rig;
    uint8_t data[2 * PAGE];

    (void)state;
    rig_init(&rig, true);
    rig.changed = RAM_BASE + PAGE + 5;
    assert_int_equal(dma_read(rig.dma, RAM_BASE + PAGE - 8, data, PAGE + 16), DMA_OK);
    assert_int_equal(rig.count, 3);
    assert_asked(&rig, 0, RAM_BASE + PAGE - 8, 8);
    assert_asked(&rig, 1, RAM_BASE + PAGE, PAGE);
    assert_asked(&rig, 2, RAM_BASE + 2 * PAGE, 8);
    assert_false(rig.asked[0].is_write);
    assert_int_equal(data[8 + 5], 0x77);
    rig.count = 0;
    memset(data, 0xab, sizeof(data));
    assert_int_equal(dma_write(rig.dma, RAM_BASE + PAGE - 8, data, 16), DMA_OK);
    assert_int_equal(rig.count, 2);
    assert_asked(&rig, 0, RAM_BASE + PAGE - 8, 8);
    assert_asked(&rig, 1, RAM_BASE + PAGE, 8);
    assert_true(rig.asked[0].is_write && rig.asked[1].is_write);
    assert_int_equal(rig.asked[1].first, PAGE % 251);
    assert_int_equal(rig.ram[PAGE + 7], 0xab);
    assert_int_equal(rig.ram[PAGE + 8], (PAGE + 8) % 251);
    rig_fini(&rig);
}

static void poisoned_pages_read_as_ones(void **state)
{
    static struct rig rig;
    uint8_t ones[PAGE];
    uint8_t data[3 * PAGE];

    (void)state;
    memset(ones, 0xff, sizeof(ones));
    rig_init(&rig, true);
    rig.poisoned = RAM_BASE + PAGE;
    assert_int_equal(dma_read(rig.dma, RAM_BASE, data, sizeof(data)), DMA_POISONED);
    assert_memory_equal(data, rig.ram, PAGE);
    assert_memory_equal(data + PAGE, ones, PAGE);
    assert_memory_equal(data + 2 * PAGE, rig.ram + 2 * PAGE, PAGE);
    assert_int_equal(dma_read(rig.dma, RAM_BASE + 2 * PAGE, data, PAGE), DMA_OK);
    assert_int_equal(dma_write(rig.dma, RAM_BASE + PAGE, data, PAGE), DMA_OK);
    rig_fini(&rig);
}

static void an_abort_wins_over_poison(void **state)
{
    static struct rig rig;
    uint8_t data[2 * PAGE];

    (void)state;
    rig_init(&rig, true);
    rig.poisoned = RAM_BASE;
    assert_int_equal(dma_read(rig.dma, RAM_BASE - 4, data, 8), DMA_ABORT);
    rig.poisoned = RAM_BASE + 3 * PAGE;
    assert_int_equal(dma_read(rig.dma, RAM_BASE + 3 * PAGE, data, sizeof(data)), DMA_ABORT);
    assert_int_equal(data[0], 0xff);
    rig_fini(&rig);
}

static void what_a_device_changes_itself_is_told(void **state)
{
    static struct rig rig;

    (void)state;
    rig_init(&rig, false);
    dma_announce_own(rig.dma, RAM_BASE + 10, 2 * PAGE);
    assert_int_equal(rig.count, 0);
    dma_set_guarded(rig.dma, true);
    dma_announce_own(rig.dma, RAM_BASE + 10, 2 * PAGE);
    assert_int_equal(rig.count, 3);
    assert_true(rig.asked[0].is_write && rig.asked[2].is_write);
    assert_asked(&rig, 0, RAM_BASE + 10, PAGE - 10);
    assert_asked(&rig, 1, RAM_BASE + PAGE, PAGE);
    assert_asked(&rig, 2, RAM_BASE + 2 * PAGE, 10);
    dma_announce_own(rig.dma, RAM_BASE, 0);
    assert_int_equal(rig.count, 3);
    assert_int_equal(rig.written, 0);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_asked_before_it_is_wanted),
        cmocka_unit_test(each_part_of_a_page_is_asked_for_before_it_is_copied),
        cmocka_unit_test(poisoned_pages_read_as_ones),
        cmocka_unit_test(an_abort_wins_over_poison),
        cmocka_unit_test(what_a_device_changes_itself_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
