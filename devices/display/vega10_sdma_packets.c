/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the packets of the DMA engines do (Linux, vega10_sdma_pkt_open.h, for their layout).
 *
 * Executed: NOP with count, COPY linear and linear sub-window, WRITE linear, INDIRECT, FENCE, TRAP,
 * POLL_REGMEM, COND_EXE, ATOMIC with integers, CONSTANT_FILL, PTEPDE (generate), TIMESTAMP,
 * SRBM_WRITE, PRE_EXE, DUMMY_TRAP.
 * Not executed (traced as unimplemented, then as an illegal instruction): tiled, broadcast,
 * structure-of-arrays, dirty-page and physical copies, tiled writes, multiple fills, semaphores,
 * the other PTEPDE forms, POLL_REG_WRITE_MEM and its kin, ATOMIC with floating point.
 * Chosen: a poll's interval counts 10 ns, and looks at memory follow each other after 1 us at
 * first, 16 us in the end; when its retries are used up, the packet is over and interrupt source 246
 * tells; a poll that asks for an HDP flush is fulfilled at once, as there is nothing to flush.
 * COND_EXE goes on when memory equals the reference. The global time stamp counts 27 MHz, as the
 * reference clock of the board does; SET starts a count of the engine's own from the value given.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "devices/display/vega10_sdma.h"
#include "devices/display/vega10_sdma_regs.h"
#include "emu/base/bits.h"

#define ACCESS_TIME      VTIME_NS(400) /* one small access to memory, there and back */
#define REGISTER_TIME    VTIME_NS(100)
#define STAMP_HZ         27000000u
#define WAIT_UNIT        VTIME_NS(10)
#define WAIT_FLOOR       VTIME_US(1)
#define WAIT_DOUBLINGS   4u
#define COPY_KINDS       (SDMA_COPY_BROADCAST)
#define SKIP_COUNT       0x3fffu
#define INDIRECT_DWORDS  0xfffffu
#define TRAP_CONTEXT     0x0fffffffu
#define SRBM_DWORD       0x3ffffu
#define ATOMIC_INTERVAL  0x1fffu
#define FENCE_ALIGN      3u
#define STAMP_ALIGN      7u
#define INDIRECT_ALIGN   31u
#define POLL_RETRY_SHIFT 16

/* Low five bits of an atomic operation; then whether it has 64 bits, and whether the old value is
 * not wanted back. */
enum atomic_op {
    ATOMIC_SWAP = 0x07,
    ATOMIC_CMPSWAP = 0x08,
    ATOMIC_ADD = 0x0f,
    ATOMIC_SUB = 0x10,
    ATOMIC_SMIN = 0x11,
    ATOMIC_UMIN = 0x12,
    ATOMIC_SMAX = 0x13,
    ATOMIC_UMAX = 0x14,
    ATOMIC_AND = 0x15,
    ATOMIC_OR = 0x16,
    ATOMIC_XOR = 0x17,
    ATOMIC_INC = 0x18,
    ATOMIC_DEC = 0x19,
};
#define ATOMIC_KIND      0x1fu
#define ATOMIC_IS_64     0x20u
#define ATOMIC_NO_RETURN 0x40u

/* 64-bit value of two dwords of the packet, low half first. */
static uint64_t wide(const struct sdma_engine *engine, unsigned low)
{
    return (uint64_t)engine->packet[low + 1] << 32 | engine->packet[low];
}

static enum sdma_outcome finish(struct sdma_engine *engine, vtime time)
{
    engine->has_packet = false;
    engine->debt += time;
    return SDMA_WORKED;
}

/* ---- Which packets there are ---- */

static unsigned atomic_dwords(uint32_t first)
{
    unsigned kind = first >> SDMA_ATOMIC_OP_SHIFT & ATOMIC_KIND;

    return kind == ATOMIC_SWAP || kind == ATOMIC_CMPSWAP ||
                   (kind >= ATOMIC_ADD && kind <= ATOMIC_DEC)
               ? 8
               : 0;
}

static unsigned copy_dwords(uint32_t first, unsigned sub)
{
    if (sub == SDMA_COPY_LINEAR && (first & COPY_KINDS) == 0) return 7;
    return sub == SDMA_COPY_LINEAR_SUB_WIND && first >> SDMA_ELEMENT_SHIFT <= 4 ? 13 : 0;
}

unsigned sdma_header_dwords(uint32_t first)
{
    unsigned sub = first >> 8 & 0xff;

    switch (first & 0xff) {
    case SDMA_OP_NOP: return 1;
    case SDMA_OP_COPY: return copy_dwords(first, sub);
    case SDMA_OP_WRITE: return sub == SDMA_WRITE_LINEAR ? 4 : 0;
    case SDMA_OP_INDIRECT: return 6;
    case SDMA_OP_FENCE: return 4;
    case SDMA_OP_TRAP: return 2;
    case SDMA_OP_POLL_REGMEM: return sub == 0 && (first >> SDMA_POLL_FUNC_SHIFT & 7) < 7 ? 6 : 0;
    case SDMA_OP_COND_EXE: return 5;
    case SDMA_OP_ATOMIC: return atomic_dwords(first);
    case SDMA_OP_CONST_FILL: return sub == SDMA_FILL_LINEAR && first >> 30 != 3 ? 5 : 0;
    case SDMA_OP_PTEPDE: return sub == SDMA_PTEPDE_GEN ? 10 : 0;
    case SDMA_OP_TIMESTAMP: return sub <= SDMA_TIMESTAMP_GET_GLOBAL ? 3 : 0;
    case SDMA_OP_SRBM_WRITE: return 3;
    case SDMA_OP_PRE_EXE: return 2;
    case SDMA_OP_DUMMY_TRAP: return 2;
    default: return 0;
    }
}

/* ---- Control ---- */

/* Passes over dwords of the stream that the packet stands in. */
static void skip_next(struct sdma_engine *engine, uint32_t count)
{
    engine->queue[engine->current].skip_cntl = count & SKIP_COUNT;
}

static enum sdma_outcome execute_nop(struct sdma_engine *engine)
{
    skip_next(engine, engine->packet[0] >> SDMA_NOP_COUNT_SHIFT);
    return finish(engine, 0);
}

static enum sdma_outcome execute_indirect(struct sdma_engine *engine)
{
    struct sdma_queue *q = &engine->queue[engine->current];

    if (q->ib_size != 0) {
        sdma_exception(engine, "SDMA indirect buffer inside of an indirect buffer");
        return SDMA_WORKED;
    }
    q->ib_base_lo = engine->packet[1] & ~INDIRECT_ALIGN;
    q->ib_base_hi = engine->packet[2];
    q->ib_offset = 0;
    q->ib_size = engine->packet[3] & INDIRECT_DWORDS;
    q->csa_addr_lo = engine->packet[4];
    q->csa_addr_hi = engine->packet[5];
    engine->ib_vmid[engine->current] = engine->packet[0] >> SDMA_INDIRECT_VMID_SHIFT & 0xf;
    return finish(engine, ACCESS_TIME);
}

static enum sdma_outcome execute_cond_exe(struct sdma_engine *engine)
{
    uint32_t value;
    bool is_read = vega10_memory_read(
        engine->gpu, engine->vmid, wide(engine, 1) & ~(uint64_t)FENCE_ALIGN, &value, sizeof(value));

    if (!is_read || value != engine->packet[3]) skip_next(engine, engine->packet[4]);
    return finish(engine, ACCESS_TIME);
}

static enum sdma_outcome execute_pre_exe(struct sdma_engine *engine)
{
    bool is_meant = (engine->packet[0] >> 16 & 1u << engine->index) != 0;

    if (!is_meant) skip_next(engine, engine->packet[1]);
    return finish(engine, 0);
}

/* ---- Signals ---- */

static enum sdma_outcome execute_fence(struct sdma_engine *engine)
{
    (void)vega10_memory_write(engine->gpu, engine->vmid, wide(engine, 1) & ~(uint64_t)FENCE_ALIGN,
                              &engine->packet[3], sizeof(engine->packet[3]));
    return finish(engine, REGISTER_TIME);
}

static enum sdma_outcome execute_trap(struct sdma_engine *engine)
{
    if ((engine->cntl & SDMA_CNTL_TRAP_ENABLE) != 0) {
        sdma_interrupt(engine, SDMA_SOURCE_TRAP, engine->packet[1] & TRAP_CONTEXT);
    }
    return finish(engine, REGISTER_TIME);
}

static uint64_t stamp(const struct sdma_engine *engine, vtime since)
{
    struct clock clock = {.hz_num = STAMP_HZ, .hz_den = 1, .epoch = since};

    return clock_ticks(&clock, device_now(&engine->gpu->fn.device));
}

static enum sdma_outcome execute_timestamp(struct sdma_engine *engine)
{
    unsigned sub = engine->packet[0] >> 8 & 0xff;
    uint64_t count = sub == SDMA_TIMESTAMP_GET
                         ? engine->stamp_start + stamp(engine, engine->stamp_at)
                         : stamp(engine, 0);

    if (sub == SDMA_TIMESTAMP_SET) {
        engine->stamp_start = wide(engine, 1);
        engine->stamp_at = device_now(&engine->gpu->fn.device);
    } else {
        (void)vega10_memory_write(engine->gpu, engine->vmid,
                                  wide(engine, 1) & ~(uint64_t)STAMP_ALIGN, &count, sizeof(count));
    }
    return finish(engine, REGISTER_TIME);
}

/* The bytes that the packet enables, one after the other where they are not all. */
static enum sdma_outcome execute_srbm_write(struct sdma_engine *engine)
{
    uint64_t offset = (uint64_t)(engine->packet[1] & SRBM_DWORD) * 4;
    uint32_t enables = engine->packet[0] >> SDMA_SRBM_BYTES_SHIFT;
    uint32_t data = engine->packet[2];

    if (offset >= VEGA10_MMIO_BYTES) {
        device_guest_error(&engine->gpu->fn.device, "SDMA write to no register", offset, data);
    } else if (enables == 0xf) {
        vega10_mmio_write(engine->gpu, offset, 4, data);
    } else {
        for (unsigned i = 0; i < 4; i++) {
            if ((enables >> i & 1) == 0) continue;
            vega10_mmio_write(engine->gpu, offset + i, 1, data >> i * 8 & 0xff);
        }
    }
    return finish(engine, REGISTER_TIME);
}

/* ---- Waiting ---- */

static bool compare(unsigned function, uint32_t value, uint32_t reference)
{
    switch (function) {
    case SDMA_POLL_LESS: return value < reference;
    case SDMA_POLL_LESS_EQUAL: return value <= reference;
    case SDMA_POLL_EQUAL: return value == reference;
    case SDMA_POLL_NOT_EQUAL: return value != reference;
    case SDMA_POLL_GREATER_EQUAL: return value >= reference;
    case SDMA_POLL_GREATER: return value > reference;
    default: return true;
    }
}

static bool poll_value(struct sdma_engine *engine, uint32_t *value)
{
    uint64_t at = wide(engine, 1) & ~(uint64_t)FENCE_ALIGN;

    if ((engine->packet[0] & SDMA_POLL_MEMORY) != 0) {
        return vega10_memory_read(engine->gpu, engine->vmid, at, value, sizeof(*value));
    }
    at &= UINT32_MAX;
    if (at >= VEGA10_MMIO_BYTES) return false;
    *value = (uint32_t)vega10_mmio_read(engine->gpu, at, sizeof(*value));
    return true;
}

static enum sdma_outcome execute_poll(struct sdma_engine *engine)
{
    unsigned function = engine->packet[0] >> SDMA_POLL_FUNC_SHIFT & 7;
    uint32_t retries = engine->packet[5] >> POLL_RETRY_SHIFT & SDMA_POLL_FOREVER;
    bool is_flush =
        (engine->packet[0] & (SDMA_POLL_HDP_FLUSH | SDMA_POLL_MEMORY)) == SDMA_POLL_HDP_FLUSH;
    uint32_t value = 0;

    if (is_flush) return finish(engine, ACCESS_TIME);
    if (!poll_value(engine, &value)) {
        device_guest_error(&engine->gpu->fn.device, "SDMA poll of nothing", wide(engine, 1), 0);
        sdma_interrupt(engine, SDMA_SOURCE_POLL_TIMEOUT, engine->packet[1]);
        return finish(engine, ACCESS_TIME);
    }
    if (compare(function, value & engine->packet[4], engine->packet[3])) {
        return finish(engine, ACCESS_TIME);
    }
    if (retries != SDMA_POLL_FOREVER && engine->tries >= retries) {
        sdma_interrupt(engine, SDMA_SOURCE_POLL_TIMEOUT, engine->packet[1]);
        return finish(engine, ACCESS_TIME);
    }
    if (engine->tries < UINT32_MAX) engine->tries++;
    return SDMA_WAITING;
}

vtime sdma_wait_time(const struct sdma_engine *engine)
{
    unsigned doublings = engine->tries < WAIT_DOUBLINGS ? engine->tries : WAIT_DOUBLINGS;
    bool is_poll = (engine->packet[0] & 0xff) == SDMA_OP_POLL_REGMEM;
    uint32_t interval = is_poll ? engine->packet[5] & 0xffff : engine->packet[7] & ATOMIC_INTERVAL;

    return max_u64(interval * WAIT_UNIT, WAIT_FLOOR << doublings);
}

/* ---- Atomic operations ---- */

static bool is_less_signed(uint64_t a, uint64_t b, uint64_t sign)
{
    return (a ^ sign) < (b ^ sign);
}

/* `mask` is all ones of the operand's width. */
static uint64_t atomic_result(enum atomic_op op, uint64_t old, uint64_t source, uint64_t mask)
{
    uint64_t sign = mask ^ mask >> 1;

    switch (op) {
    case ATOMIC_SWAP:
    case ATOMIC_CMPSWAP: return source;
    case ATOMIC_ADD: return old + source;
    case ATOMIC_SUB: return old - source;
    case ATOMIC_SMIN: return is_less_signed(old, source, sign) ? old : source;
    case ATOMIC_UMIN: return old < source ? old : source;
    case ATOMIC_SMAX: return is_less_signed(old, source, sign) ? source : old;
    case ATOMIC_UMAX: return old < source ? source : old;
    case ATOMIC_AND: return old & source;
    case ATOMIC_OR: return old | source;
    case ATOMIC_XOR: return old ^ source;
    case ATOMIC_INC: return old >= source ? 0 : old + 1;
    case ATOMIC_DEC: return old == 0 || old > source ? source : old - 1;
    }
    return old;
}

static enum sdma_outcome execute_atomic(struct sdma_engine *engine)
{
    unsigned code = engine->packet[0] >> SDMA_ATOMIC_OP_SHIFT;
    enum atomic_op op = (enum atomic_op)(code & ATOMIC_KIND);
    size_t bytes = (code & ATOMIC_IS_64) != 0 ? 8 : 4;
    uint64_t mask = bits_mask((unsigned)bytes * 8);
    uint64_t at = wide(engine, 1) & ~(uint64_t)(bytes - 1);
    uint64_t old = 0;
    uint64_t now;

    if (!vega10_memory_read(engine->gpu, engine->vmid, at, &old, bytes)) {
        return finish(engine, ACCESS_TIME);
    }
    if (op == ATOMIC_CMPSWAP && old != (wide(engine, 5) & mask)) {
        if ((engine->packet[0] & SDMA_ATOMIC_LOOP) != 0) {
            if (engine->tries < UINT32_MAX) engine->tries++;
            return SDMA_WAITING;
        }
    } else {
        now = atomic_result(op, old, wide(engine, 3) & mask, mask);
        (void)vega10_memory_write(engine->gpu, engine->vmid, at, &now, bytes);
    }
    if ((code & ATOMIC_NO_RETURN) == 0) {
        engine->atomic_preop[0] = (uint32_t)old;
        engine->atomic_preop[1] = (uint32_t)(old >> 32);
    }
    return finish(engine, ACCESS_TIME);
}

/* ---- All of them ---- */

/* Those that another may notice wait until what came before has had its time. */
static bool is_ordered(unsigned op)
{
    switch (op) {
    case SDMA_OP_FENCE:
    case SDMA_OP_TRAP:
    case SDMA_OP_POLL_REGMEM:
    case SDMA_OP_COND_EXE:
    case SDMA_OP_ATOMIC:
    case SDMA_OP_TIMESTAMP:
    case SDMA_OP_SRBM_WRITE: return true;
    default: return false;
    }
}

enum sdma_outcome sdma_execute(struct sdma_engine *engine)
{
    unsigned op = engine->packet[0] & 0xff;

    if (is_ordered(op) && engine->debt != 0) return SDMA_ORDERED;
    switch (op) {
    case SDMA_OP_NOP: return execute_nop(engine);
    case SDMA_OP_COPY:
        return (engine->packet[0] >> 8 & 0xff) == SDMA_COPY_LINEAR ? sdma_copy_linear(engine)
                                                                   : sdma_copy_window(engine);
    case SDMA_OP_WRITE: return sdma_write(engine);
    case SDMA_OP_INDIRECT: return execute_indirect(engine);
    case SDMA_OP_FENCE: return execute_fence(engine);
    case SDMA_OP_TRAP: return execute_trap(engine);
    case SDMA_OP_POLL_REGMEM: return execute_poll(engine);
    case SDMA_OP_COND_EXE: return execute_cond_exe(engine);
    case SDMA_OP_ATOMIC: return execute_atomic(engine);
    case SDMA_OP_CONST_FILL: return sdma_fill(engine);
    case SDMA_OP_PTEPDE: return sdma_make_ptes(engine);
    case SDMA_OP_TIMESTAMP: return execute_timestamp(engine);
    case SDMA_OP_SRBM_WRITE: return execute_srbm_write(engine);
    case SDMA_OP_PRE_EXE: return execute_pre_exe(engine);
    default: return finish(engine, 0); /* DUMMY_TRAP; others were never taken */
    }
}
