/* SPDX-License-Identifier: GPL-2.0-only */
/* The Vega 10 as a PCI function: BARs, video memory, indirect windows, identity, doorbells
 * (hardware.md 1.6, 5.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/display/vega10_bench.h"

#define CONFIG(offset) (PCI_LONE_BASE + (offset))
#define REBAR_CTRL0    0x208u
#define MM_INDEX       0x0u
#define MM_DATA        0x4u
#define MM_INDEX_HI    0x18u
#define MIB            (UINT64_C(1) << 20)

static void is_the_adapter_of_the_dump(void **state)
{
    struct vega10_bench *b = *state;

    assert_int_equal(rig_read(b->rig, CONFIG(0), 4), 0x68671002);
    assert_int_equal(rig_read(b->rig, CONFIG(0x2c), 4), 0x017b106b);
    assert_int_equal(rig_read(b->rig, CONFIG(0x08), 4), 0x03000000);
    assert_null(pci_desc_check(b->gpu->fn.desc));
}

static void identity_registers(void **state)
{
    struct vega10_bench *b = *state;

    assert_int_equal(vega10_get(b, 0x378c), 0x2000);          /* RCC_CONFIG_MEMSIZE: 8 GiB */
    assert_int_equal(vega10_get(b, 0x3794), 0);               /* no virtual function */
    assert_int_equal(vega10_get(b, 0x34bc) & 0xffff, 0x6867); /* straps */
    assert_int_equal(vega10_get(b, 0x34bc) >> 24 & 0xf, 0);   /* revision */
    assert_int_equal(vega10_get(b, 0x379c), 256 * MIB);       /* RCC_CONFIG_APER_SIZE */
    assert_int_equal(vega10_get(b, 0x37a0), 512 * 1024);
    assert_int_equal(vega10_get(b, 0x14c), 0); /* BIOS_SCRATCH_7: not posted */
}

static void scratch_registers_hold(void **state)
{
    struct vega10_bench *b = *state;

    for (uint32_t i = 0; i < 16; i++) {
        vega10_set(b, 0x130 + 4 * i, 0x1000 + i);
    }
    for (uint32_t i = 0; i < 16; i++) {
        assert_int_equal(vega10_get(b, 0x130 + 4 * i), 0x1000 + i);
    }
}

static void video_memory_is_behind_bar_0(void **state)
{
    struct vega10_bench *b = *state;
    uint32_t value;

    rig_write(b->rig, BENCH_VRAM + 0x123450, 8, UINT64_C(0x1122334455667788));
    assert_true(vega10_vram_read(b->gpu, 0x123450, &value, 4));
    assert_int_equal(value, 0x55667788);
    assert_int_equal(rig_read(b->rig, BENCH_VRAM + 256 * MIB, 4), 0xffffffff);
}

static void bar_0_can_be_resized(void **state)
{
    struct vega10_bench *b = *state;

    rig_write(b->rig, CONFIG(PCI_COMMAND), 2, 0);
    rig_write(b->rig, CONFIG(REBAR_CTRL0), 4, 13 << 8); /* 8 GiB */
    rig_write(b->rig, CONFIG(PCI_COMMAND), 2, PCI_COMMAND_MEMORY);
    rig_write(b->rig, BENCH_VRAM + 8192 * MIB - 8, 8, 77);
    assert_int_equal(rig_read(b->rig, BENCH_VRAM + 8192 * MIB - 8, 8), 77);
    assert_int_equal(rig_read(b->rig, BENCH_VRAM + 8192 * MIB, 4), 0xffffffff);
}

static void a_bar_beyond_video_memory_has_nothing_there(void **state)
{
    struct vega10_bench *b = *state;

    rig_write(b->rig, CONFIG(PCI_COMMAND), 2, 0);
    rig_write(b->rig, CONFIG(REBAR_CTRL0), 4, 14 << 8); /* 16 GiB */
    rig_write(b->rig, CONFIG(PCI_COMMAND), 2, PCI_COMMAND_MEMORY);
    rig_write(b->rig, BENCH_VRAM + 8192 * MIB - 8, 8, 78);
    assert_int_equal(rig_read(b->rig, BENCH_VRAM + 8192 * MIB - 8, 8), 78);
    rig_write(b->rig, BENCH_VRAM + 8192 * MIB, 8, 79);
    assert_int_equal(rig_read(b->rig, BENCH_VRAM + 8192 * MIB, 4), 0xffffffff);
}

static void the_expansion_rom_is_empty(void **state)
{
    struct vega10_bench *b = *state;

    rig_write(b->rig, CONFIG(PCI_ROM_ADDRESS), 4, BENCH_ROM | PCI_ROM_ADDRESS_ENABLE);
    assert_int_equal(rig_read(b->rig, BENCH_ROM, 2), 0xffff);
}

static void mm_index_leads_to_registers(void **state)
{
    struct vega10_bench *b = *state;

    vega10_set(b, MM_INDEX, 0x378c);
    assert_int_equal(vega10_get(b, MM_DATA), 0x2000);
    vega10_set(b, MM_INDEX, 0x134);
    vega10_set(b, MM_DATA, 0xabcd);
    assert_int_equal(vega10_get(b, 0x134), 0xabcd);
}

static void mm_index_leads_to_video_memory(void **state)
{
    struct vega10_bench *b = *state;
    uint32_t value = 0;

    /* Bit 31 of the index chooses memory, bits above 30 of the offset come from MM_INDEX_HI. */
    vega10_set(b, MM_INDEX_HI, 2);
    vega10_set(b, MM_INDEX, 0x80001000);
    vega10_set(b, MM_DATA, 0x600d);
    assert_true(vega10_vram_read(b->gpu, (UINT64_C(2) << 31) + 0x1000, &value, 4));
    assert_int_equal(value, 0x600d);
    assert_int_equal(vega10_get(b, MM_DATA), 0x600d);
    vega10_set(b, MM_INDEX_HI, 0xffffffff);
    assert_int_equal(vega10_get(b, MM_DATA), 0xffffffff);
    vega10_set(b, MM_DATA, 1);
    assert_int_equal(rig_guest_errors(b->rig), 2);
}

static void mm_index_does_not_lead_to_itself(void **state)
{
    struct vega10_bench *b = *state;

    for (uint32_t offset = 0; offset <= 0x18; offset += 4) {
        vega10_set(b, MM_INDEX, offset);
        assert_int_equal(vega10_get(b, MM_DATA), 0);
        vega10_set(b, MM_DATA, 0xffffffff);
    }
    assert_true(rig_guest_errors(b->rig) >= 2);
}

static void the_ports_show_the_first_registers(void **state)
{
    struct vega10_bench *b = *state;

    rig_out(b->rig, BENCH_PORTS + MM_INDEX, 4, 0x378c);
    assert_int_equal(rig_in(b->rig, BENCH_PORTS + MM_DATA, 4), 0x2000);
    assert_int_equal(vega10_get(b, MM_INDEX), 0x378c);
}

static void a_flush_is_done_at_once(void **state)
{
    struct vega10_bench *b = *state;

    vega10_set(b, 0x3898, 0x400);
    assert_int_equal(vega10_get(b, 0x389c) & 0x400, 0x400);
}

static void doorbells_need_their_aperture(void **state)
{
    struct vega10_bench *b = *state;

    rig_write(b->rig, BENCH_DOORBELLS + 0x400, 4, 1);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    vega10_set(b, 0x3780, 1);
    rig_write(b->rig, BENCH_DOORBELLS + 0x400, 4, 1);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    assert_int_equal(rig_unimplemented(b->rig), 1); /* no block listens there */
}

static void registers_without_a_model_are_counted(void **state)
{
    struct vega10_bench *b = *state;

    assert_int_equal(vega10_get(b, 0x20000), 0);
    vega10_set(b, 0x38, 0x11180044);
    assert_int_equal(vega10_get(b, 0x3c), 0); /* the management network */
    assert_int_equal(rig_unimplemented(b->rig), 2);
}

static void the_flash_is_empty(void **state)
{
    struct vega10_bench *b = *state;

    vega10_set(b, 0x5a0a0, 0x48);
    assert_int_equal(vega10_get(b, 0x5a0a4), 0xffffffff);
    assert_int_equal(vega10_get(b, 0x5a0a0), 0x4c);
    assert_int_equal(rig_unimplemented(b->rig), 0);
}

struct written {
    uint64_t addr;
    uint64_t bytes;
};

static void code_written(void *ctx, uint64_t addr, uint64_t bytes)
{
    *(struct written *)ctx = (struct written){.addr = addr, .bytes = bytes};
}

static void what_the_device_writes_is_no_longer_code(void **state)
{
    struct vega10_bench *b = *state;
    struct written written = {0, 0};
    const struct dma_hooks hooks = {.ctx = &written, .code_written = code_written};
    uint8_t data[16] = {0};

    dma_set_hooks(b->rig->dma, &hooks);
    assert_true(vega10_vram_write(b->gpu, 0x5000, data, sizeof(data)));
    assert_int_equal(written.addr, BENCH_VRAM + 0x5000);
    assert_int_equal(written.bytes, sizeof(data));
    /* Across the end of the BAR, and beyond it. */
    assert_true(vega10_vram_write(b->gpu, 256 * MIB - 4, data, sizeof(data)));
    assert_int_equal(written.bytes, 4);
    written.bytes = 0;
    assert_true(vega10_vram_write(b->gpu, 256 * MIB, data, sizeof(data)));
    assert_int_equal(written.bytes, 0);
}

static int remember(void *ctx, uint64_t offset, const uint8_t *block)
{
    uint64_t *seen = ctx;

    seen[0]++;
    seen[1] = offset;
    return block[5] == 0;
}

static void video_memory_is_visited_block_by_block(void **state)
{
    struct vega10_bench *b = *state;
    struct device *device = &b->gpu->fn.device;
    uint64_t seen[2] = {0, 0};
    uint8_t block[65536] = {[5] = 9};
    uint8_t value = 0;

    assert_int_equal(vega10_vram_visit(device, remember, seen), 0);
    assert_int_equal(seen[0], 0);
    vega10_vram_load(device, 7 * sizeof(block), block);
    assert_int_equal(vega10_vram_visit(device, remember, seen), 0);
    assert_int_equal(seen[0], 1);
    assert_int_equal(seen[1], 7 * sizeof(block));
    device_reset(device, RESET_BUS);
    assert_true(vega10_vram_read(b->gpu, 7 * sizeof(block) + 5, &value, 1));
    assert_int_equal(value, 9);
    device_reset(device, RESET_POWER_ON);
    assert_true(vega10_vram_read(b->gpu, 7 * sizeof(block) + 5, &value, 1));
    assert_int_equal(value, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VEGA10_TEST(is_the_adapter_of_the_dump),
        VEGA10_TEST(identity_registers),
        VEGA10_TEST(scratch_registers_hold),
        VEGA10_TEST(video_memory_is_behind_bar_0),
        VEGA10_TEST(bar_0_can_be_resized),
        VEGA10_TEST(a_bar_beyond_video_memory_has_nothing_there),
        VEGA10_TEST(the_expansion_rom_is_empty),
        VEGA10_TEST(mm_index_leads_to_registers),
        VEGA10_TEST(mm_index_leads_to_video_memory),
        VEGA10_TEST(mm_index_does_not_lead_to_itself),
        VEGA10_TEST(the_ports_show_the_first_registers),
        VEGA10_TEST(a_flush_is_done_at_once),
        VEGA10_TEST(doorbells_need_their_aperture),
        VEGA10_TEST(registers_without_a_model_are_counted),
        VEGA10_TEST(the_flash_is_empty),
        VEGA10_TEST(what_the_device_writes_is_no_longer_code),
        VEGA10_TEST(video_memory_is_visited_block_by_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
