/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DMA engines of Vega 10, SDMA 4.0: rings and time (docs/hardware/vega10.md, "SDMA").
 * vega10_sdma_packets.c is what the packets do, vega10_sdma_moves.c those that move data,
 * vega10_sdma_tables.c the registers.
 *
 * Modelled: four queues an engine (GFX, PAGE, RLC0, RLC1) with ring, indirect buffers, doorbell,
 * write pointer in memory, read pointer write-back; halt and freeze; the packets named in
 * vega10_sdma_packets.c.
 * Not modelled: microcode (the engine works without any being loaded), preemption and context save
 * areas, byte swapping, AQL packets, clocks and power, ECC.
 * Chosen: queues take turns by packets of their rings, and a packet that waits keeps the engine. An
 * indirect buffer inside of an indirect buffer is an illegal instruction. A queue that meets one
 * stops, with CONTEXT_STATUS.EXCEPTION and interrupt source 241, until it is switched off and on.
 *
 * How it works: the event `step` does a slice of work at once and then stands for the time that the
 * work takes; bytes may so change up to a slice's time early, but everything by which a program can
 * notice (fences, interrupts, polls, time stamps, register writes, read pointers) waits until all
 * the time before it has passed. A slice has at most SLICE_PACKETS steps and little more than
 * SLICE_TIME of virtual time; no packet is ever done without time passing. A ring without end
 * therefore costs the host a bounded amount of work for each virtual microsecond.
 */
#include "devices/display/vega10_sdma.h"

#include <string.h>

#include "devices/display/vega10_internal.h"
#include "devices/display/vega10_sdma_regs.h"
#include "emu/base/bits.h"

#define SLICE_PACKETS  64u
#define SLICE_TIME     VTIME_US(2)
#define START_TIME     VTIME_NS(300) /* from a doorbell to the first fetch */
#define PACKET_TIME    VTIME_NS(100)
#define SKIP_TIME      VTIME_PS(500) /* a dword that is passed over */
#define EXCEPTION_TIME VTIME_US(1)
#define POLL_UNIT      VTIME_NS(100) /* of RB_WPTR_POLL_CNTL.FREQUENCY */
#define POLL_FLOOR     VTIME_US(10)

const struct trace_desc vega10_sdma_packet_event = {
    .name = "sdma.packet", .fields = {"engine", "queue", "header", "first"}};

static struct sched *sched_of(const struct sdma_engine *engine)
{
    return engine->gpu->fn.device.env.sched;
}

static uint64_t pair(uint32_t hi, uint32_t lo)
{
    return (uint64_t)hi << 32 | lo;
}

/* ---- Streams of dwords: rings and indirect buffers ---- */

static uint64_t ring_mask(const struct sdma_queue *queue)
{
    unsigned size = (queue->rb_cntl & SDMA_RB_CNTL_SIZE) >> SDMA_RB_CNTL_SIZE_SHIFT;

    return bits_mask((size < 30 ? size : 30) + 2);
}

static uint64_t ring_base(const struct sdma_queue *queue)
{
    return pair(queue->rb_base_hi, queue->rb_base) << 8;
}

static unsigned ring_vmid(const struct sdma_queue *queue)
{
    return queue->rb_cntl >> SDMA_RB_CNTL_VMID_SHIFT & 0xf;
}

static bool is_in_ib(const struct sdma_queue *queue)
{
    return queue->ib_size != 0;
}

uint64_t sdma_stream_left(const struct sdma_engine *engine, unsigned queue)
{
    const struct sdma_queue *q = &engine->queue[queue];
    uint64_t taken = q->ib_offset / 4;

    if (is_in_ib(q)) return q->ib_size > taken ? q->ib_size - taken : 0;
    return ((q->rb_wptr - engine->fetch[queue]) & ring_mask(q)) / 4;
}

static bool ring_read(struct sdma_engine *engine, unsigned queue, uint32_t *dwords, uint32_t count)
{
    const struct sdma_queue *q = &engine->queue[queue];
    uint64_t at = engine->fetch[queue] & ring_mask(q) & ~UINT64_C(3);
    uint64_t to_end = (ring_mask(q) + 1 - at) / 4;
    uint32_t first = (uint32_t)min_u64(count, to_end);

    if (!vega10_memory_read(engine->gpu, ring_vmid(q), ring_base(q) + at, dwords, first * 4u)) {
        return false;
    }
    return first == count || vega10_memory_read(engine->gpu, ring_vmid(q), ring_base(q),
                                                dwords + first, (count - first) * 4u);
}

bool sdma_stream_read(struct sdma_engine *engine, unsigned queue, uint32_t *dwords, uint32_t count)
{
    const struct sdma_queue *q = &engine->queue[queue];

    if (!is_in_ib(q)) return ring_read(engine, queue, dwords, count);
    return vega10_memory_read(engine->gpu, engine->ib_vmid[queue],
                              pair(q->ib_base_hi, q->ib_base_lo) + q->ib_offset, dwords,
                              count * 4u);
}

/* An indirect buffer that was taken to its end stays open: its last packet still stands in it. */
void sdma_stream_take(struct sdma_engine *engine, unsigned queue, uint64_t count)
{
    struct sdma_queue *q = &engine->queue[queue];

    if (is_in_ib(q)) {
        q->ib_offset += (uint32_t)count * 4;
    } else {
        engine->fetch[queue] += count * 4;
    }
}

/* Between packets: back to the ring when the indirect buffer has nothing more. What was to be passed
 * over beyond its end is forgotten. */
static void leave_ib(struct sdma_engine *engine)
{
    struct sdma_queue *q = &engine->queue[engine->current];

    if (engine->has_packet || !is_in_ib(q) || sdma_stream_left(engine, engine->current) != 0) {
        return;
    }
    q->ib_size = 0;
    q->ib_offset = 0;
    q->skip_cntl = 0;
}

static unsigned stream_vmid(const struct sdma_engine *engine, unsigned queue)
{
    const struct sdma_queue *q = &engine->queue[queue];

    return is_in_ib(q) ? engine->ib_vmid[queue] : ring_vmid(q);
}

/* ---- What becomes visible when time has passed ---- */

/* RPTR follows what was taken from the ring and is done with. */
static void retire(struct sdma_engine *engine)
{
    for (unsigned i = 0; i < SDMA_QUEUES; i++) {
        struct sdma_queue *q = &engine->queue[i];
        uint64_t fetch = engine->fetch[i];
        bool is_open =
            is_in_ib(q) || q->skip_cntl != 0 || (engine->has_packet && engine->current == i);

        if (is_open || fetch == pair(q->rb_rptr_hi, q->rb_rptr)) continue;
        q->rb_rptr = (uint32_t)fetch;
        q->rb_rptr_hi = (uint32_t)(fetch >> 32);
        if ((q->rb_cntl & SDMA_RB_CNTL_RPTR_WRITEBACK) != 0) {
            (void)vega10_memory_write(engine->gpu, ring_vmid(q),
                                      pair(q->rptr_addr_hi, q->rptr_addr_lo), &fetch,
                                      sizeof(fetch));
        }
    }
}

void sdma_interrupt(struct sdma_engine *engine, unsigned source, uint32_t data)
{
    /* Ring numbers as amdgpu reads them: PAGE comes last. */
    static const uint8_t rings[SDMA_QUEUES] = {
        [SDMA_GFX] = 0, [SDMA_PAGE] = 3, [SDMA_RLC0] = 1, [SDMA_RLC1] = 2};

    vega10_interrupt(engine->gpu,
                     &(struct vega10_interrupt){
                         .client = engine->index == 0 ? VEGA10_CLIENT_SDMA0 : VEGA10_CLIENT_SDMA1,
                         .source = (uint8_t)source,
                         .ring = rings[engine->current],
                         .vmid = engine->vmid,
                         .data = {data},
                     });
}

void sdma_exception(struct sdma_engine *engine, const char *why)
{
    struct sdma_queue *q = &engine->queue[engine->current];

    device_guest_error(&engine->gpu->fn.device, why, engine->packet[0],
                       engine->fetch[engine->current]);
    q->context_status = SDMA_CONTEXT_ILLEGAL;
    engine->has_packet = false;
    engine->debt += EXCEPTION_TIME;
    sdma_interrupt(engine, SDMA_SOURCE_ILLEGAL, engine->packet[0]);
}

/* ---- Taking packets ---- */

static bool is_runnable(const struct sdma_engine *engine, unsigned queue)
{
    const struct sdma_queue *q = &engine->queue[queue];

    return (q->rb_cntl & SDMA_RB_CNTL_ENABLE) != 0 && q->context_status == 0 &&
           sdma_stream_left(engine, queue) != 0;
}

static void skip(struct sdma_engine *engine, unsigned queue)
{
    struct sdma_queue *q = &engine->queue[queue];
    uint64_t count = min_u64(q->skip_cntl, sdma_stream_left(engine, queue));

    engine->current = (uint8_t)queue;
    sdma_stream_take(engine, queue, count);
    q->skip_cntl -= (uint32_t)count;
    engine->debt += count * SKIP_TIME;
}

/* Takes one packet's header from a queue that has something. False when there is not enough yet. */
static bool take_packet(struct sdma_engine *engine, unsigned queue)
{
    struct sdma_queue *q = &engine->queue[queue];
    uint32_t count = (uint32_t)min_u64(sdma_stream_left(engine, queue), SDMA_PACKET_DWORDS);
    uint32_t header[SDMA_PACKET_DWORDS] = {0};
    bool is_read = sdma_stream_read(engine, queue, header, count);
    unsigned needs = sdma_header_dwords(header[0]);
    bool is_blocked =
        (header[0] & 0xff) == SDMA_OP_INDIRECT && (q->ib_cntl & SDMA_IB_CNTL_ENABLE) == 0;

    if (is_read && (needs > count || is_blocked) && !is_in_ib(q)) return false;
    engine->current = (uint8_t)queue;
    engine->vmid = (uint8_t)stream_vmid(engine, queue);
    memcpy(engine->packet, header, sizeof(header));
    engine->debt += PACKET_TIME;
    if (!is_read) {
        sdma_exception(engine, "SDMA cannot fetch a packet");
    } else if (needs == 0) {
        device_unimplemented(&engine->gpu->fn.device, "SDMA packet", header[0], engine->index);
        sdma_exception(engine, "SDMA packet that is none");
    } else if (needs > count) {
        sdma_exception(engine, "SDMA packet beyond the end of its indirect buffer");
    } else {
        sdma_stream_take(engine, queue, needs);
        engine->has_packet = true;
        engine->done = 0;
        engine->tries = 0;
        TRACE(engine->gpu->fn.device.env.trace, &engine->gpu->fn.device, &vega10_sdma_packet_event,
              engine->index, queue, header[0], header[1]);
    }
    return true;
}

/* Queues take turns, but an indirect buffer is finished first. */
static bool next_packet(struct sdma_engine *engine)
{
    unsigned first;

    leave_ib(engine);
    first = engine->current + (is_in_ib(&engine->queue[engine->current]) ? 0u : 1u);
    for (unsigned i = 0; i < SDMA_QUEUES; i++) {
        unsigned queue = (first + i) % SDMA_QUEUES;

        if (!is_runnable(engine, queue)) continue;
        if (engine->queue[queue].skip_cntl != 0) {
            skip(engine, queue);
            return true;
        }
        if (take_packet(engine, queue)) return true;
    }
    return false;
}

/* ---- Time ---- */

static bool is_halted(const struct sdma_engine *engine)
{
    return (engine->f32_cntl & SDMA_F32_CNTL_HALT) != 0 ||
           (engine->freeze & SDMA_FREEZE_FREEZE) != 0;
}

static enum sdma_outcome advance(struct sdma_engine *engine)
{
    if (is_halted(engine)) return SDMA_STUCK;
    if (!engine->has_packet && !next_packet(engine)) return SDMA_STUCK;
    return engine->has_packet ? sdma_execute(engine) : SDMA_WORKED;
}

static void set_clients(struct sdma_engine *engine)
{
    /* Client numbers of the two engines as Vega 10's MMHUB names them: reads, then writes. */
    static const uint16_t clients[SDMA_ENGINES][2] = {{46, 15}, {15, 46}};

    engine->gpu->gmc.read_client = clients[engine->index][0];
    engine->gpu->gmc.write_client = clients[engine->index][1];
}

static void step_fire(void *owner, vtime when)
{
    struct sdma_engine *engine = owner;
    enum sdma_outcome outcome = SDMA_WORKED;

    set_clients(engine);
    leave_ib(engine);
    retire(engine);
    engine->debt = 0;
    for (unsigned i = 0; i < SLICE_PACKETS && outcome == SDMA_WORKED; i++) {
        if (engine->debt >= SLICE_TIME) break;
        outcome = advance(engine);
    }
    if (engine->debt == 0 && outcome == SDMA_WORKED) engine->debt = PACKET_TIME;
    if (engine->debt == 0 && outcome == SDMA_WAITING) engine->debt = sdma_wait_time(engine);
    /* A packet may have halted its own engine. */
    if (engine->debt != 0 && !is_halted(engine)) {
        sched_at(sched_of(engine), &engine->step, when + engine->debt);
    } else {
        sched_cancel(sched_of(engine), &engine->step);
    }
    engine->debt = 0;
}

bool sdma_is_busy(const struct sdma_engine *engine)
{
    return event_is_armed(&engine->step);
}

void sdma_kick(struct sdma_engine *engine)
{
    if (is_halted(engine) || sdma_is_busy(engine)) return;
    sched_at(sched_of(engine), &engine->step, device_now(&engine->gpu->fn.device) + START_TIME);
}

/* ---- Write pointers in memory ---- */

static bool is_polled(const struct sdma_queue *queue)
{
    return (queue->rb_cntl & SDMA_RB_CNTL_ENABLE) != 0 &&
           (queue->wptr_poll_cntl & (SDMA_WPTR_POLL_ENABLE | SDMA_WPTR_POLL_F32_ENABLE)) != 0;
}

/* The shortest period that one of the queues asks for; VTIME_NEVER when none is polled. */
static vtime poll_period(const struct sdma_engine *engine)
{
    vtime shortest = VTIME_NEVER;

    for (unsigned i = 0; i < SDMA_QUEUES; i++) {
        const struct sdma_queue *q = &engine->queue[i];
        vtime period = max_u64((q->wptr_poll_cntl >> 4 & 0xfff) * POLL_UNIT, POLL_FLOOR);

        if (is_polled(q)) shortest = min_u64(shortest, period);
    }
    return shortest;
}

static void set_wptr(struct sdma_engine *engine, unsigned queue, uint64_t value)
{
    struct sdma_queue *q = &engine->queue[queue];

    q->rb_wptr = (uint32_t)value & ~3u;
    q->rb_wptr_hi = (uint32_t)(value >> 32);
    sdma_kick(engine);
}

static void poll_fire(void *owner, vtime when)
{
    struct sdma_engine *engine = owner;
    vtime period = poll_period(engine);

    if (period == VTIME_NEVER) return;
    set_clients(engine);
    for (unsigned i = 0; i < SDMA_QUEUES; i++) {
        struct sdma_queue *q = &engine->queue[i];
        uint64_t at = pair(q->wptr_poll_addr_hi, q->wptr_poll_addr_lo & ~3u);
        uint64_t value;

        if (is_polled(q) &&
            vega10_memory_read(engine->gpu, ring_vmid(q), at, &value, sizeof(value))) {
            set_wptr(engine, i, value);
        }
    }
    sched_at(sched_of(engine), &engine->poll, when + period);
}

void sdma_update(struct sdma_engine *engine)
{
    vtime period = is_halted(engine) ? VTIME_NEVER : poll_period(engine);

    if (is_halted(engine)) sched_cancel(sched_of(engine), &engine->step);
    if (period == VTIME_NEVER) {
        sched_cancel(sched_of(engine), &engine->poll);
    } else if (!event_is_armed(&engine->poll)) {
        sched_at(sched_of(engine), &engine->poll, device_now(&engine->gpu->fn.device) + period);
    }
    sdma_kick(engine);
}

void sdma_queue_restart(struct sdma_engine *engine, unsigned queue)
{
    struct sdma_queue *q = &engine->queue[queue];

    if (engine->has_packet && engine->current == queue) engine->has_packet = false;
    engine->fetch[queue] = pair(q->rb_rptr_hi, q->rb_rptr);
    q->ib_size = 0;
    q->ib_offset = 0;
    q->skip_cntl = 0;
    q->context_status = 0;
    sdma_update(engine);
}

void vega10_sdma_doorbell(struct vega10 *gpu, unsigned index, uint64_t value)
{
    for (unsigned i = 0; i < SDMA_ENGINES * SDMA_QUEUES; i++) {
        struct sdma_engine *engine = &gpu->sdma.engine[i / SDMA_QUEUES];
        struct sdma_queue *q = &engine->queue[i % SDMA_QUEUES];

        if ((q->doorbell & SDMA_DOORBELL_ENABLE) == 0) continue;
        if ((q->doorbell_offset & SDMA_DOORBELL_OFFSET_BYTES) / 4 != index) continue;
        q->doorbell |= SDMA_DOORBELL_CAPTURED;
        set_wptr(engine, i % SDMA_QUEUES, value);
    }
}

/* ---- Life ---- */

void vega10_sdma_init(struct vega10 *gpu)
{
    static const char *const step_names[SDMA_ENGINES] = {"sdma0.step", "sdma1.step"};
    static const char *const poll_names[SDMA_ENGINES] = {"sdma0.poll", "sdma1.poll"};

    for (unsigned i = 0; i < SDMA_ENGINES; i++) {
        struct sdma_engine *engine = &gpu->sdma.engine[i];

        engine->gpu = gpu;
        engine->index = i;
        event_init(&engine->step, step_names[i], step_fire, engine);
        event_init(&engine->poll, poll_names[i], poll_fire, engine);
    }
}

void vega10_sdma_reset(struct vega10 *gpu)
{
    for (unsigned i = 0; i < SDMA_ENGINES; i++) {
        struct sdma_engine *engine = &gpu->sdma.engine[i];

        sched_cancel(sched_of(engine), &engine->step);
        sched_cancel(sched_of(engine), &engine->poll);
        memset(engine->fetch, 0, sizeof(engine->fetch));
        memset(engine->ib_vmid, 0, sizeof(engine->ib_vmid));
        memset(engine->packet, 0, sizeof(engine->packet));
        engine->current = 0;
        engine->has_packet = false;
        engine->vmid = 0;
        engine->done = 0;
        engine->tries = 0;
        engine->stamp_start = 0;
        engine->stamp_at = 0;
        engine->debt = 0;
    }
}

int vega10_sdma_loaded(struct vega10 *gpu, struct error *err)
{
    for (unsigned i = 0; i < SDMA_ENGINES; i++) {
        const struct sdma_engine *engine = &gpu->sdma.engine[i];

        if (is_halted(engine) && sdma_is_busy(engine)) {
            return error_host(err, "%s: SDMA%u works in the snapshot although it is halted",
                              gpu->fn.device.path, i);
        }
    }
    return 0;
}

void vega10_sdma_fini(struct vega10 *gpu)
{
    for (unsigned i = 0; i < SDMA_ENGINES; i++) {
        struct sdma_engine *engine = &gpu->sdma.engine[i];

        sched_cancel(sched_of(engine), &engine->step);
        sched_cancel(sched_of(engine), &engine->poll);
    }
}
