/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Vega 10 and a guest that knows it well enough to do harm: registers of all its blocks with
 * values that look right, rings of packets whose addresses lead to video memory, to RAM, to page
 * tables or nowhere, doorbells, configuration space, resets, snapshots. Virtual time is short, so
 * that engines cannot fill all of video memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/bits.h"
#include "tests/fuzz/input.h"
#include "tests/unit/devices/vega10/vega10_bench.h"

#define OPS_MAX     2000
#define TIME_MAX    VTIME_US(300)
#define RING        0x20000u /* in RAM */
#define RING_DWORDS 0x4000u
#define TABLES      0x40000u
#define PACKET_MAX  32u

enum op {
    OP_WRITE,
    OP_READ,
    OP_PACKET,
    OP_SUBMIT,
    OP_TIME,
    OP_DOORBELL,
    OP_CONFIG,
    OP_TABLE,
    OP_RESET,
    OP_SAVE_LOAD,
    OP_RAM,
    OP_CORE,
    OP_COUNT
};

struct guest {
    struct fuzz_input input;
    struct bench *bench;
    uint32_t wptr; /* dwords */
    vtime spent;
};

/* Where registers are, by block; the last is all of BAR 5. */
static const struct {
    uint32_t base, bytes;
} blocks[] = {
    {SDMA_QUEUE_GFX, 0x200}, {SDMA_BASE, 0x1000}, {0x69a00, 0x430}, {0x6a060, 0x70},
    {0xa100, 0x520},         {0x4280, 0x300},     {0xe800, 0x800},  {0xf000, 0x3a00},
    {0x3780, 0x500},         {0x0, 0x340},        {0x0, 0x80000},
};

static uint64_t address(struct guest *guest)
{
    switch (fuzz_below(&guest->input, 6)) {
    case 0: return BENCH_VIDEO + fuzz_take(&guest->input, 3);
    case 1: return BENCH_VIDEO + (fuzz_take(&guest->input, 4) << 2);
    case 2: return BENCH_RAM + fuzz_take(&guest->input, 3) % RIG_RAM_BYTES;
    case 3: return RING + fuzz_take(&guest->input, 2);
    case 4: return fuzz_take(&guest->input, 2) << 12;
    default: return fuzz_take(&guest->input, 8);
    }
}

static uint32_t value(struct guest *guest)
{
    switch (fuzz_below(&guest->input, 5)) {
    case 0: return (uint32_t)fuzz_take(&guest->input, 1);
    case 1: return 1u << fuzz_below(&guest->input, 32);
    case 2: return (uint32_t)(address(guest) >> 8);
    case 3: return (uint32_t)(address(guest) >> 32);
    default: return (uint32_t)fuzz_take(&guest->input, 4);
    }
}

static uint32_t place(struct guest *guest)
{
    size_t block = fuzz_below(&guest->input, ARRAY_LEN(blocks));
    uint32_t offset = (uint32_t)fuzz_take(&guest->input, 2) * 4;

    return blocks[block].base + offset % blocks[block].bytes;
}

static void put_dword(struct guest *guest, uint32_t dword)
{
    memcpy(guest->bench->rig->ram + RING + (guest->wptr++ % RING_DWORDS) * 4, &dword, 4);
}

/* A header and a body in which every other dword may be the high half of an address. */
static void put_packet(struct guest *guest)
{
    uint32_t header = (uint32_t)fuzz_below(&guest->input, SDMA_OP_DUMMY_TRAP + 2);
    unsigned count = (unsigned)fuzz_below(&guest->input, PACKET_MAX);

    header |= (uint32_t)(fuzz_take(&guest->input, 1) & 7) << 8;
    header |= (uint32_t)fuzz_take(&guest->input, 2) << 16;
    put_dword(guest, header);
    while (count > 0) {
        if ((fuzz_take(&guest->input, 1) & 1) != 0 && count > 1) {
            uint64_t at = address(guest);

            put_dword(guest, (uint32_t)at);
            put_dword(guest, (uint32_t)(at >> 32));
            count -= 2;
        } else {
            put_dword(guest, value(guest));
            count--;
        }
    }
}

static void submit(struct guest *guest)
{
    uint32_t queue = SDMA_QUEUE_GFX + (uint32_t)fuzz_below(&guest->input, 2) * SDMA_STRIDE +
                     (uint32_t)fuzz_below(&guest->input, 4) * SDMA_QUEUE_STRIDE;

    bench_write(guest->bench, queue + SDMA_RB_BASE, RING >> 8);
    bench_write(guest->bench, queue + SDMA_RB_BASE_HI, 0);
    bench_write(guest->bench, queue + SDMA_IB_CNTL, SDMA_IB_CNTL_ENABLE);
    bench_write(guest->bench, queue + SDMA_RB_CNTL,
                SDMA_RB_CNTL_ENABLE | 14u << SDMA_RB_CNTL_SIZE_SHIFT);
    bench_write(guest->bench, queue + SDMA_RB_WPTR, guest->wptr * 4);
    bench_write(guest->bench, SDMA_F32_CNTL, 0);
    bench_write(guest->bench, SDMA_STRIDE + SDMA_F32_CNTL, 0);
}

static void pass_time(struct guest *guest)
{
    vtime span = fuzz_take(&guest->input, 2) << fuzz_below(&guest->input, 12);

    if (span > TIME_MAX - guest->spent) span = TIME_MAX - guest->spent;
    guest->spent += span;
    rig_advance(guest->bench->rig, span);
}

static void put_table_entry(struct guest *guest)
{
    uint64_t at = TABLES + (fuzz_take(&guest->input, 1) * 8);
    uint64_t entry = (address(guest) & UINT64_C(0xfffffffff000)) | fuzz_take(&guest->input, 1) |
                     (fuzz_take(&guest->input, 1) & 5) << 54;

    memcpy(guest->bench->rig->ram + at, &entry, sizeof(entry));
}

static void save_load(struct guest *guest)
{
    struct bench *bench = guest->bench;
    uint64_t before = device_state_hash(bench->gpu);

    rig_copy_state(bench->rig, bench->gpu, bench->rig, bench->gpu);
    assert_int_equal(device_state_hash(bench->gpu), before);
}

static void step(struct guest *guest)
{
    struct rig *rig = guest->bench->rig;
    enum op op = (enum op)fuzz_below(&guest->input, OP_COUNT);
    uint32_t at;

    switch (op) {
    case OP_WRITE:
        at = place(guest);
        bench_write(guest->bench, at, value(guest));
        break;
    case OP_READ: (void)bench_read(guest->bench, place(guest)); break;
    case OP_PACKET: put_packet(guest); break;
    case OP_SUBMIT: submit(guest); break;
    case OP_TIME: pass_time(guest); break;
    case OP_DOORBELL:
        at = (uint32_t)fuzz_take(&guest->input, 2) * 4;
        rig_write(rig, BENCH_BAR2 + at, 8, fuzz_take(&guest->input, 8));
        break;
    case OP_CONFIG:
        at = (uint32_t)fuzz_take(&guest->input, 2) % PCI_CONFIG_BYTES & ~3u;
        rig_write(rig, PCI_LONE_BASE + at, 4, value(guest));
        break;
    case OP_TABLE: put_table_entry(guest); break;
    case OP_RESET:
        device_reset(guest->bench->gpu, (enum reset_kind)fuzz_below(&guest->input, 3));
        bench_place(guest->bench);
        break;
    case OP_SAVE_LOAD: save_load(guest); break;
    case OP_RAM:
        at = (uint32_t)fuzz_take(&guest->input, 3) % (RIG_RAM_BYTES - 4);
        rig_write(rig, at, 4, value(guest));
        break;
    case OP_CORE: rig_write(rig, BENCH_BAR0 + fuzz_take(&guest->input, 4), 4, value(guest)); break;
    case OP_COUNT: break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest guest = {.input = {.data = data, .bytes = size}, .bench = bench_create()};

    bench_write(guest.bench, MMHUB_VM_PAGE_TABLE_BASE + 8, TABLES | 2); /* context 1, in RAM */
    bench_write(guest.bench, MMHUB_VM_PAGE_TABLE_END + 8, UINT32_MAX);
    bench_write(guest.bench, MMHUB_VM_CONTEXT_CNTL + 4, MMHUB_CONTEXT_ENABLE | 0x007ffe00);
    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&guest.input); i++) {
        step(&guest);
    }
    rig_advance(guest.bench->rig, TIME_MAX - guest.spent);
    save_load(&guest);
    bench_destroy(guest.bench);
    return 0;
}
