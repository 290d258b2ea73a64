/* SPDX-License-Identifier: GPL-2.0-only */
/* GPU addresses: apertures, page tables, faults (docs/hardware/vega10.md, "GPU addresses"). The DMA
 * engine is the one that uses them here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/display/vega10_gmc.h"
#include "tests/unit/devices/vega10/vega10_bench.h"

#define TABLES  UINT64_C(0x200000) /* page tables in video memory */
#define PATTERN 0x12345678u
#define ON      MMHUB_CONTEXT_ENABLE
#define RW      (VEGA10_PTE_VALID | VEGA10_PTE_READABLE | VEGA10_PTE_WRITABLE)
#define USEC    VTIME_US(1)
#define LIMIT   VTIME_MS(10)

static void put_entry(struct bench *bench, uint64_t table, uint64_t index, uint64_t entry)
{
    memcpy(bench_video(bench, table + index * 8, 8), &entry, 8);
}

/* Context `vmid` translates pages first .. last through the table at `base` (with flags). */
static void set_context(struct bench *bench, unsigned vmid, uint32_t cntl, uint64_t base,
                        const uint64_t pages[2])
{
    bench_write(bench, MMHUB_VM_PAGE_TABLE_BASE + vmid * 8, (uint32_t)base);
    bench_write(bench, MMHUB_VM_PAGE_TABLE_BASE + vmid * 8 + 4, (uint32_t)(base >> 32));
    bench_write(bench, MMHUB_VM_PAGE_TABLE_START + vmid * 8, (uint32_t)pages[0]);
    bench_write(bench, MMHUB_VM_PAGE_TABLE_START + vmid * 8 + 4, (uint32_t)(pages[0] >> 32));
    bench_write(bench, MMHUB_VM_PAGE_TABLE_END + vmid * 8, (uint32_t)pages[1]);
    bench_write(bench, MMHUB_VM_PAGE_TABLE_END + vmid * 8 + 4, (uint32_t)(pages[1] >> 32));
    bench_write(bench, MMHUB_VM_CONTEXT_CNTL + vmid * 4, cntl);
}

/* Work of an indirect buffer in context `vmid`: one fence. */
static void fence_in(struct bench *bench, unsigned vmid, uint64_t ib)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_INDIRECT, 0) | vmid << SDMA_INDIRECT_VMID_SHIFT);
    bench_emit_address(bench, ib);
    bench_emit(bench, 4);
    bench_emit_address(bench, 0);
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
}

static void put_fence(struct bench *bench, uint64_t offset, uint64_t to)
{
    uint32_t words[4] = {SDMA_OP_FENCE, (uint32_t)to, (uint32_t)(to >> 32), PATTERN};

    memcpy(bench_video(bench, offset, sizeof(words)), words, sizeof(words));
}

static uint32_t video_word(struct bench *bench, uint64_t offset)
{
    uint32_t value;

    memcpy(&value, bench_video(bench, offset, 4), 4);
    return value;
}

static uint32_t ram_word(struct bench *bench, uint64_t offset)
{
    return (uint32_t)rig_read(bench->rig, offset, 4);
}

static void registers_have_reset_values(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    assert_int_equal(bench_read(bench, MMHUB_MC_VM_FB_LOCATION), 0xf400);
    assert_int_equal(bench_read(bench, MMHUB_MC_VM_FB_LOCATION + 4), 0xf5ff);
    assert_int_equal(bench_read(bench, MMHUB_VM_CONTEXT_CNTL + 15 * 4), 0x007ffe80);
    assert_int_equal(bench_read(bench, VEGA10_GFXHUB_BASE + 0x100), 0x007ffe80);
    assert_int_equal(bench_read(bench, VEGA10_GFXHUB_BASE + 0x500), 0xf400);
    bench_destroy(bench);
}

static void an_invalidation_is_acknowledged(void **state)
{
    struct bench *bench = bench_create();
    static const uint32_t hubs[] = {MMHUB_VM_INVALIDATE_SEM, VEGA10_GFXHUB_BASE + 0x144};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t sem = hubs[i] + 17 * 4;
        uint32_t request = sem + (MMHUB_VM_INVALIDATE_REQ - MMHUB_VM_INVALIDATE_SEM);
        uint32_t ack = sem + (MMHUB_VM_INVALIDATE_ACK - MMHUB_VM_INVALIDATE_SEM);

        assert_int_equal(bench_read(bench, sem), 1);
        assert_int_equal(bench_read(bench, sem), 0);
        bench_write(bench, sem, 0);
        assert_int_equal(bench_read(bench, sem), 1);
        bench_write(bench, request, 0x7c0005);
        assert_int_equal(bench_read(bench, ack), 5);
    }
    bench_destroy(bench);
}

static void apertures_lead_to_video_and_system_memory(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_fence(bench, BENCH_VIDEO + 0x300000, 1);
    bench_fence(bench, BENCH_RAM + 0x4000, 2);
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(video_word(bench, 0x300000), 1);
    assert_int_equal(ram_word(bench, 0x4000), 2);
    bench_write(bench, MMHUB_MC_VM_AGP_BOT, 0x100);
    bench_write(bench, MMHUB_MC_VM_AGP_TOP, 0x1ff);
    bench_fence(bench, 0x100004000, 3);
    bench_write(bench, MMHUB_MC_VM_FB_LOCATION, 0xf401);
    bench_write(bench, MMHUB_MC_VM_FB_LOCATION, 0xf400);
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(ram_word(bench, 0x4000), 3);
    bench_destroy(bench);
}

/* The GART: context 0, no directories, entries counted from the first page on. */
static void a_flat_table_maps_scattered_pages(void **state)
{
    struct bench *bench = bench_create();
    static const uint64_t pages[2] = {0x10, 0x13};

    (void)state;
    bench_write(bench, MMHUB_MC_VM_AGP_BOT, 0xffffff);
    put_entry(bench, TABLES, 0, 0x9000 | RW | VEGA10_PTE_SYSTEM);
    put_entry(bench, TABLES, 1, 0x5000 | RW | VEGA10_PTE_SYSTEM);
    put_entry(bench, TABLES, 2, 0x380000 | RW);
    set_context(bench, 0, ON, TABLES | VEGA10_PTE_VALID, pages);
    memset(bench->rig->ram + 0x9000, 0xaa, 0x1000);
    memset(bench->rig->ram + 0x5000, 0xbb, 0x1000);
    bench_copy_linear(bench, 0x12000, 0x10800, 0x1000);
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(video_word(bench, 0x380000), 0xaaaaaaaa);
    assert_int_equal(video_word(bench, 0x3807fc), 0xaaaaaaaa);
    assert_int_equal(video_word(bench, 0x380800), 0xbbbbbbbb);
    assert_int_equal(rig_guest_errors(bench->rig), 0);
    bench_destroy(bench);
}

/* Three directories, 512 entries each, then a table of 512 (PAGE_TABLE_BLOCK_SIZE 0). */
static void a_deep_table_is_walked(void **state)
{
    struct bench *bench = bench_create();
    static const uint64_t pages[2] = {0, UINT64_C(0xfffffffff)};
    uint64_t address = UINT64_C(1) << 39 | UINT64_C(2) << 30 | UINT64_C(3) << 21 | 4 << 12 | 0x10;
    uint64_t ib = UINT64_C(5) << 12;

    (void)state;
    put_entry(bench, TABLES, 1, (TABLES + 0x1000) | VEGA10_PTE_VALID);
    put_entry(bench, TABLES + 0x1000, 2, (TABLES + 0x2000) | VEGA10_PTE_VALID);
    put_entry(bench, TABLES + 0x2000, 3, 0x8000 | VEGA10_PTE_VALID | VEGA10_PTE_SYSTEM);
    rig_write(bench->rig, 0x8000 + 4 * 8, 8, 0x390000 | RW);
    /* Where the indirect buffer is: a page of 2 MiB that a directory entry maps. */
    put_entry(bench, TABLES, 0, (TABLES + 0x3000) | VEGA10_PTE_VALID);
    put_entry(bench, TABLES + 0x3000, 0, (TABLES + 0x4000) | VEGA10_PTE_VALID);
    put_entry(bench, TABLES + 0x4000, 0, 0x400000 | RW | VEGA10_PDE_PTE);
    put_fence(bench, 0x400000 + ib, address);
    set_context(bench, 3, ON | 3u << MMHUB_CONTEXT_DEPTH_SHIFT, TABLES | VEGA10_PTE_VALID, pages);
    fence_in(bench, 3, ib);
    assert_int_equal(video_word(bench, 0x390010), PATTERN);
    assert_int_equal(rig_guest_errors(bench->rig), 0);
    bench_destroy(bench);
}

/* PAGE_TABLE_BLOCK_SIZE makes the last table larger. */
static void a_block_size_is_obeyed(void **state)
{
    struct bench *bench = bench_create();
    static const uint64_t pages[2] = {0, 0xfffff};

    (void)state;
    put_entry(bench, TABLES, 0, (TABLES + 0x10000) | VEGA10_PTE_VALID);
    put_entry(bench, TABLES, 1, (TABLES + 0x20000) | VEGA10_PTE_VALID);
    put_entry(bench, TABLES + 0x10000, 1, 0x410000 | RW);
    put_entry(bench, TABLES + 0x20000, 0x3ff, 0x3a0000 | RW);
    put_fence(bench, 0x410000, 0x7ff000);
    set_context(bench, 1, ON | 1u << MMHUB_CONTEXT_DEPTH_SHIFT | 1u << MMHUB_CONTEXT_BLOCK_SHIFT,
                TABLES | VEGA10_PTE_VALID, pages);
    fence_in(bench, 1, 0x1000);
    assert_int_equal(video_word(bench, 0x3a0000), PATTERN);
    bench_destroy(bench);
}

static void a_fault_is_recorded_and_reported(void **state)
{
    struct bench *bench = bench_create();
    static const uint64_t pages[2] = {0x10, 0x11};
    uint32_t status;

    (void)state;
    put_entry(bench, TABLES, 0, 0x9000 | VEGA10_PTE_VALID | VEGA10_PTE_READABLE);
    bench_write(bench, MMHUB_MC_VM_AGP_BOT, 0xffffff);
    set_context(bench, 0, ON | 1u << 19, TABLES, pages);
    bench_fence(bench, 0x10ff0, 1);
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
    status = bench_read(bench, MMHUB_VM_FAULT_STATUS);
    assert_int_equal(status & VM_FAULT_PERMISSION, 4u << 4);
    assert_int_equal(status & VM_FAULT_RW, VM_FAULT_RW);
    assert_int_equal(status >> VM_FAULT_CID_SHIFT & 0x1ff, 15); /* writes of SDMA0 */
    assert_int_equal(bench_read(bench, MMHUB_VM_FAULT_ADDR_LO32), 0x10);
    assert_int_equal(bench_interrupts(bench), 1);
    assert_int_equal(bench_interrupt(bench, 0, 0) & 0xffff, 0x12); /* VMC, source 0 */
    assert_int_equal(bench_interrupt(bench, 0, 4), 0x10);
    assert_int_equal(bench_interrupt(bench, 0, 5), 0x20);
    bench_fence(bench, 0x11ff0, 1); /* no entry: its interrupt is off */
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(bench_interrupts(bench), 1);
    assert_int_equal(bench_read(bench, MMHUB_VM_FAULT_STATUS), status | VM_FAULT_MORE_FAULTS);
    bench_write(bench, MMHUB_VM_FAULT_CNTL, VM_FAULT_CNTL_CLEAR);
    assert_int_equal(bench_read(bench, MMHUB_VM_FAULT_STATUS), 0);
    assert_int_equal(rig_guest_errors(bench->rig), 2);
    bench_destroy(bench);
}

/* Each of these is one address that leads nowhere, and why as the walker tells it. */
static void bad_addresses_fault(void **state)
{
    static const uint64_t pages[2] = {0x10, 0xff};
    static const struct {
        uint64_t address;
        uint32_t status;
    } cases[] = {
        {0x0f000, 1u << 1},                 /* before the first page */
        {0x100000, 1u << 1},                /* after the last */
        {UINT64_C(1) << 48, 1u << 1},       /* beyond 48 bits */
        {0x12000, 2u << 1},                 /* a directory entry that is not valid */
        {0x10000, 5u << 4},                 /* a page that is not valid */
        {0x11000, 6u << 1 | 1u << 8},       /* beyond video memory */
        {UINT64_C(0xf600000000), 1u << 1},  /* behind the frame buffer aperture */
        {UINT64_C(0xffffffffff8), 1u << 1}, /* far away */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench *bench = bench_create();

        bench_write(bench, MMHUB_MC_VM_AGP_BOT, 0xffffff);
        put_entry(bench, TABLES, 0, (TABLES + 0x10000) | VEGA10_PTE_VALID);
        put_entry(bench, TABLES, 1, (TABLES + 0x20000));
        put_entry(bench, TABLES + 0x10000, 1, UINT64_C(0x200000000) | RW);
        set_context(bench, 0, ON | 1u << MMHUB_CONTEXT_DEPTH_SHIFT, TABLES, pages);
        put_entry(bench, TABLES + 0x10000, 2, RW);
        bench_fence(bench, i == 3 ? 0x210000 : cases[i].address, 1);
        if (i == 3) {
            static const uint64_t more[2] = {0x10, 0xfff};

            set_context(bench, 0, ON | 1u << MMHUB_CONTEXT_DEPTH_SHIFT, TABLES, more);
        }
        bench_submit(bench);
        (void)bench_wait(bench, USEC, LIMIT);
        assert_int_equal(bench_read(bench, MMHUB_VM_FAULT_STATUS) & 0x1ff, cases[i].status);
        assert_int_equal(rig_guest_errors(bench->rig), 1);
        bench_destroy(bench);
    }
}

/* Tables of every shape whose entries are all the same: directories that are their own entries, pages
 * of up to 2^54 bytes in video memory and in RAM. Whatever it means, it ends. */
static void tables_of_one_entry(void **state)
{
    static const uint64_t entries[] = {
        TABLES | VEGA10_PTE_VALID,
        RW | VEGA10_PDE_PTE,
        RW | VEGA10_PDE_PTE | VEGA10_PTE_SYSTEM,
        UINT64_MAX & ~VEGA10_PTE_FURTHER,
    };
    static const uint64_t pages[2] = {0, UINT64_C(0xfffffffff)};
    struct bench *bench = bench_create();

    (void)state;
    for (unsigned i = 0; i < 4 * 16 * 4; i++) {
        unsigned depth = i % 4, block = i / 4 % 16;

        for (unsigned at = 0; at < 0x2000; at++) {
            put_entry(bench, TABLES, at, entries[i / 64]);
        }
        set_context(bench, 1,
                    ON | depth << MMHUB_CONTEXT_DEPTH_SHIFT | block << MMHUB_CONTEXT_BLOCK_SHIFT,
                    TABLES | VEGA10_PTE_VALID, pages);
        fence_in(bench, 1, 0x600000);
        fence_in(bench, 1, UINT64_C(0xffffffffffe0));
        bench_queue_write(bench, SDMA_RB_CNTL, 0);
        bench_queue_write(bench, SDMA_RB_RPTR, (uint32_t)bench->wptr * 4);
        bench_queue_write(bench, SDMA_RB_CNTL,
                          SDMA_RB_CNTL_ENABLE | 14u << SDMA_RB_CNTL_SIZE_SHIFT);
    }
    assert_in_range(rig_guest_errors(bench->rig), 64, 4096);
    bench_destroy(bench);
}

/* The interrupt ring itself lies where nothing is: a fault about a fault ends there. */
static void faults_do_not_report_themselves(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_write(bench, 0x4480, 0); /* IH_RB_CNTL */
    bench_write(bench, 0x4488, 0xff);
    bench_write(bench, 0x4480, 0x00030101 | 6u << 1);
    bench_write(bench, MMHUB_VM_CONTEXT_CNTL, ON | 0x007ffe00);
    for (unsigned i = 0; i < 8; i++) {
        bench_fence(bench, UINT64_C(0xabc00000000), i);
    }
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(bench_read(bench, 0x4490) & 1, 1); /* overflow, and nothing worse */
    bench_destroy(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_have_reset_values),
        cmocka_unit_test(an_invalidation_is_acknowledged),
        cmocka_unit_test(apertures_lead_to_video_and_system_memory),
        cmocka_unit_test(a_flat_table_maps_scattered_pages),
        cmocka_unit_test(a_deep_table_is_walked),
        cmocka_unit_test(a_block_size_is_obeyed),
        cmocka_unit_test(a_fault_is_recorded_and_reported),
        cmocka_unit_test(bad_addresses_fault),
        cmocka_unit_test(tables_of_one_entry),
        cmocka_unit_test(faults_do_not_report_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
