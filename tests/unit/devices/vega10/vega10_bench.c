/* SPDX-License-Identifier: GPL-2.0-only */
/* A Vega 10 on a test bench: see the header. */
#include "tests/unit/devices/vega10/vega10_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/display/vega10.h"
#include "devices/pci/pci.h"

#define IH_RB_CNTL       0x4480u
#define IH_RB_BASE       0x4484u
#define IH_ON            0x10020001u /* on, with interrupts, in system memory */
#define IH_SIZE_SHIFT    1
#define IH_RB_WPTR       0x4490u
#define IH_ENTRY         32u
#define RING_LOG2_DWORDS 14u

static void config_write(struct bench *bench, unsigned offset, unsigned size, uint32_t value)
{
    rig_write(bench->rig, PCI_LONE_BASE + offset, size, value);
}

void bench_place(struct bench *bench)
{
    config_write(bench, PCI_BASE_ADDRESS_0, 4, (uint32_t)BENCH_BAR0);
    config_write(bench, PCI_BASE_ADDRESS_0 + 4, 4, BENCH_BAR0 >> 32);
    config_write(bench, PCI_BASE_ADDRESS_0 + 8, 4, (uint32_t)BENCH_BAR2);
    config_write(bench, PCI_BASE_ADDRESS_0 + 12, 4, BENCH_BAR2 >> 32);
    config_write(bench, PCI_BASE_ADDRESS_0 + 20, 4, (uint32_t)BENCH_BAR5);
    config_write(bench, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static struct bench *make(void)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    bench->rig = rig_create();
    bench->gpu = rig_device(bench->rig, &vega10_class, "/gpu", NULL);
    return bench;
}

struct bench *bench_create(void)
{
    struct bench *bench = make();

    bench_place(bench);
    bench_write(bench, IH_RB_BASE, BENCH_IH_RING >> 8);
    bench_write(bench, IH_RB_CNTL, IH_ON | 10u << IH_SIZE_SHIFT);
    bench_write(bench, MMHUB_MC_VM_AGP_BOT, 0);
    bench_queue_write(bench, SDMA_RB_BASE, (uint32_t)((BENCH_VIDEO + BENCH_RING) >> 8));
    bench_queue_write(bench, SDMA_RB_BASE_HI, (uint32_t)((BENCH_VIDEO + BENCH_RING) >> 40));
    bench_queue_write(bench, SDMA_IB_CNTL, SDMA_IB_CNTL_ENABLE);
    bench_queue_write(bench, SDMA_RB_CNTL,
                      SDMA_RB_CNTL_ENABLE | RING_LOG2_DWORDS << SDMA_RB_CNTL_SIZE_SHIFT);
    bench_write(bench, SDMA_CNTL, SDMA_CNTL_TRAP_ENABLE);
    bench_write(bench, SDMA_F32_CNTL, 0);
    return bench;
}

void bench_destroy(struct bench *bench)
{
    rig_destroy(bench->rig);
    free(bench);
}

struct carried {
    struct device *to;
};

static int carry(void *ctx, uint64_t offset, const uint8_t *block)
{
    vega10_vram_load(((struct carried *)ctx)->to, offset, block);
    return 0;
}

struct bench *bench_copy(struct bench *bench)
{
    struct bench *copy = make();
    struct carried carried = {.to = copy->gpu};

    memcpy(copy->rig->ram, bench->rig->ram, RIG_RAM_BYTES);
    assert_int_equal(vega10_vram_visit(bench->gpu, carry, &carried), 0);
    rig_copy_state(bench->rig, bench->gpu, copy->rig, copy->gpu);
    memcpy(copy->ring, bench->ring, sizeof(copy->ring));
    copy->wptr = bench->wptr;
    copy->told = bench->told;
    return copy;
}

void bench_write(struct bench *bench, uint32_t offset, uint32_t value)
{
    rig_write(bench->rig, BENCH_BAR5 + offset, 4, value);
}

uint32_t bench_read(struct bench *bench, uint32_t offset)
{
    return (uint32_t)rig_read(bench->rig, BENCH_BAR5 + offset, 4);
}

void bench_queue_write(struct bench *bench, uint32_t offset, uint32_t value)
{
    bench_write(bench, SDMA_QUEUE_GFX + offset, value);
}

uint32_t bench_queue_read(struct bench *bench, uint32_t offset)
{
    return bench_read(bench, SDMA_QUEUE_GFX + offset);
}

uint8_t *bench_video(struct bench *bench, uint64_t offset, uint64_t bytes)
{
    uint8_t *at = bus_host(bench->rig->memory, BENCH_BAR0 + offset, bytes, true);

    assert_non_null(at);
    return at;
}

void bench_emit(struct bench *bench, uint32_t dword)
{
    bench->ring[bench->wptr++ % (BENCH_RING_BYTES / 4)] = dword;
}

void bench_emit_address(struct bench *bench, uint64_t address)
{
    bench_emit(bench, (uint32_t)address);
    bench_emit(bench, (uint32_t)(address >> 32));
}

void bench_fill(struct bench *bench, uint64_t to, uint32_t value, uint32_t bytes)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_CONST_FILL, SDMA_FILL_LINEAR) | SDMA_FILL_DWORDS);
    bench_emit_address(bench, to);
    bench_emit(bench, value);
    bench_emit(bench, bytes - 1);
}

void bench_copy_linear(struct bench *bench, uint64_t to, uint64_t from, uint32_t bytes)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_COPY, SDMA_COPY_LINEAR));
    bench_emit(bench, bytes - 1);
    bench_emit(bench, 0);
    bench_emit_address(bench, from);
    bench_emit_address(bench, to);
}

void bench_fence(struct bench *bench, uint64_t to, uint32_t value)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_FENCE, 0));
    bench_emit_address(bench, to);
    bench_emit(bench, value);
}

void bench_submit(struct bench *bench)
{
    uint64_t mask = BENCH_RING_BYTES / 4 - 1;

    for (; bench->told < bench->wptr; bench->told++) {
        memcpy(bench_video(bench, BENCH_RING + (bench->told & mask) * 4, 4),
               &bench->ring[bench->told & mask], 4);
    }
    bench_queue_write(bench, SDMA_RB_WPTR_HI, (uint32_t)(bench->wptr >> 30));
    bench_queue_write(bench, SDMA_RB_WPTR, (uint32_t)bench->wptr * 4);
}

vtime bench_wait(struct bench *bench, vtime step, vtime limit)
{
    vtime start = rig_now(bench->rig);

    while ((bench_read(bench, SDMA_STATUS_REG) & SDMA_STATUS_IDLE) == 0) {
        assert_true(rig_now(bench->rig) - start < limit);
        rig_advance(bench->rig, step);
    }
    return rig_now(bench->rig) - start;
}

unsigned bench_interrupts(struct bench *bench)
{
    return bench_read(bench, IH_RB_WPTR) / IH_ENTRY;
}

uint32_t bench_interrupt(struct bench *bench, unsigned entry, unsigned dword)
{
    uint32_t value;

    memcpy(&value, bench->rig->ram + BENCH_IH_RING + entry * IH_ENTRY + dword * 4u, sizeof(value));
    return value;
}
