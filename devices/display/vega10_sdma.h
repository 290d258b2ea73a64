/* SPDX-License-Identifier: GPL-2.0-only */
/* The two DMA engines of Vega 10: state, and what their files share (vega10_sdma.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/clock.h"
#include "emu/core/sched.h"

struct vega10;

#define VEGA10_SDMA_BASE  0x4980u /* SDMA0; SDMA1 follows at 0x5180 */
#define VEGA10_SDMA_BYTES 0x1000u

#define SDMA_ENGINES       2u
#define SDMA_PACKET_DWORDS 13u /* the longest header: a sub-window copy */

enum sdma_queue_index { SDMA_GFX, SDMA_PAGE, SDMA_RLC0, SDMA_RLC1, SDMA_QUEUES };

/* One member behind each register of a queue, in the order of the registers. */
struct sdma_queue {
    uint32_t rb_cntl;
    uint32_t rb_base;
    uint32_t rb_base_hi;
    uint32_t rb_rptr;
    uint32_t rb_rptr_hi;
    uint32_t rb_wptr;
    uint32_t rb_wptr_hi;
    uint32_t wptr_poll_cntl;
    uint32_t rptr_addr_hi;
    uint32_t rptr_addr_lo;
    uint32_t ib_cntl;
    uint32_t ib_offset; /* bytes, of the next dword to take */
    uint32_t ib_base_lo;
    uint32_t ib_base_hi;
    uint32_t ib_size;        /* dwords; 0: no indirect buffer is being worked on */
    uint32_t skip_cntl;      /* dwords to pass over without looking */
    uint32_t context_status; /* EXCEPTION only, the rest is computed */
    uint32_t doorbell;
    uint32_t context_cntl;
    uint32_t status;
    uint32_t doorbell_log;
    uint32_t watermark;
    uint32_t doorbell_offset;
    uint32_t csa_addr_lo;
    uint32_t csa_addr_hi;
    uint32_t ib_sub_remain;
    uint32_t preempt;
    uint32_t dummy_reg;
    uint32_t wptr_poll_addr_hi;
    uint32_t wptr_poll_addr_lo;
    uint32_t rb_aql_cntl;
    uint32_t minor_ptr_update;
};

struct sdma_engine {
    struct vega10 *gpu;
    unsigned index;
    struct event step; /* at the end of the time that the work done so far takes */
    struct event poll; /* next look at the write pointers in memory */
    /* registers */
    uint32_t ucode_addr;
    uint32_t ucode_data;
    uint32_t vm[5]; /* VM_CNTL .. VM_CTX_CNTL, as far as they exist */
    uint32_t types[8];
    uint32_t mmhub_cntl;
    uint32_t power_cntl;
    uint32_t clk_ctrl;
    uint32_t cntl;
    uint32_t chicken_bits;
    uint32_t gb_addr_config;
    uint32_t gb_addr_config_read;
    uint32_t sem_timer;
    uint32_t rd_burst_cntl;
    uint32_t hbm_page_config;
    uint32_t f32_cntl;
    uint32_t freeze;
    uint32_t phase_quantum[3];
    uint32_t edc_config;
    uint32_t ba_threshold;
    uint32_t atomic_cntl;
    uint32_t atomic_preop[2];
    uint32_t utcl1_cntl;
    uint32_t utcl1_watermk;
    uint32_t utcl1_timeout;
    uint32_t utcl1_page;
    uint32_t power_cntl_idle;
    uint32_t relax_ordering_lut;
    uint32_t chicken_bits_2;
    uint32_t pub_dummy[4];
    uint32_t unbreakable;
    uint32_t crd_cntl;
    uint32_t ulv_cntl;
    struct sdma_queue queue[SDMA_QUEUES];
    /* what the registers do not hold */
    uint64_t fetch[SDMA_QUEUES];  /* bytes of each ring taken; RPTR follows when they are done */
    uint8_t ib_vmid[SDMA_QUEUES]; /* of the indirect buffer */
    uint8_t current;              /* queue of the packet, or the one served last */
    bool has_packet;
    uint8_t vmid;                        /* of the packet */
    uint32_t packet[SDMA_PACKET_DWORDS]; /* its header */
    uint64_t done;                       /* how much of it is done, in a unit of its own */
    uint32_t tries;                      /* of a packet that waits */
    uint64_t stamp_start;                /* TIMESTAMP SET: this count, and when */
    vtime stamp_at;
    /* only inside of one event: time that its work takes */
    vtime debt;
};

struct vega10_sdma {
    struct sdma_engine engine[SDMA_ENGINES];
};

/* What became of one attempt to get on. */
enum sdma_outcome {
    SDMA_WORKED,  /* something was done; `debt` tells how long it takes */
    SDMA_ORDERED, /* nothing may happen before the work so far has taken its time */
    SDMA_WAITING, /* look again after sdma_wait_time() */
    SDMA_STUCK,   /* until somebody does something */
};

/* ---- vega10_sdma.c ---- */
/* There may be something to do: registers, doorbells and memory tell. */
void sdma_kick(struct sdma_engine *engine);
/* A queue was switched off or on, or its read pointer was set: it starts anew from RPTR. */
void sdma_queue_restart(struct sdma_engine *engine, unsigned queue);
/* HALT, FREEZE or the polling of write pointers may have changed. */
void sdma_update(struct sdma_engine *engine);
bool sdma_is_busy(const struct sdma_engine *engine);
/* Dwords that the queue's present stream (indirect buffer or ring) has to offer, and taking up to
 * `count` of them; false when memory faulted. */
uint64_t sdma_stream_left(const struct sdma_engine *engine, unsigned queue);
bool sdma_stream_read(struct sdma_engine *engine, unsigned queue, uint32_t *dwords, uint32_t count);
void sdma_stream_take(struct sdma_engine *engine, unsigned queue, uint64_t count);
/* The packet at hand is not one that can be executed: the queue stops with an exception. */
void sdma_exception(struct sdma_engine *engine, const char *why);
void sdma_interrupt(struct sdma_engine *engine, unsigned source, uint32_t data);

/* ---- vega10_sdma_packets.c ---- */
/* Dwords of the header that `first` begins; 0 when there is no such packet. */
unsigned sdma_header_dwords(uint32_t first);
/* Goes on with the engine's packet; clears has_packet when it is done. */
enum sdma_outcome sdma_execute(struct sdma_engine *engine);
/* How long a packet that waits waits between two looks. */
vtime sdma_wait_time(const struct sdma_engine *engine);

/* ---- vega10_sdma_moves.c: packets that move data, a piece at a time ---- */
enum sdma_outcome sdma_copy_linear(struct sdma_engine *engine);
enum sdma_outcome sdma_copy_window(struct sdma_engine *engine);
enum sdma_outcome sdma_fill(struct sdma_engine *engine);
enum sdma_outcome sdma_write(struct sdma_engine *engine);
enum sdma_outcome sdma_make_ptes(struct sdma_engine *engine);

/* Entries for the state table and the table of events of the device. */
#define VEGA10_SDMA_STATE                                                                         \
    SNAP_E_EACH(struct vega10, sdma.engine, step), SNAP_E_EACH(struct vega10, sdma.engine, poll), \
        SNAP_U_ARRAY(struct vega10, sdma.engine[0].fetch, UINT64_MAX),                            \
        SNAP_U_ARRAY(struct vega10, sdma.engine[1].fetch, UINT64_MAX),                            \
        SNAP_U_ARRAY(struct vega10, sdma.engine[0].ib_vmid, 15),                                  \
        SNAP_U_ARRAY(struct vega10, sdma.engine[1].ib_vmid, 15),                                  \
        SNAP_U_EACH(struct vega10, sdma.engine, current, SDMA_QUEUES - 1),                        \
        SNAP_U_EACH(struct vega10, sdma.engine, has_packet, 1),                                   \
        SNAP_U_EACH(struct vega10, sdma.engine, vmid, 15),                                        \
        SNAP_U_ARRAY(struct vega10, sdma.engine[0].packet, UINT32_MAX),                           \
        SNAP_U_ARRAY(struct vega10, sdma.engine[1].packet, UINT32_MAX),                           \
        SNAP_U_EACH(struct vega10, sdma.engine, done, UINT64_MAX),                                \
        SNAP_U_EACH(struct vega10, sdma.engine, tries, UINT32_MAX),                               \
        SNAP_U_EACH(struct vega10, sdma.engine, stamp_start, UINT64_MAX),                         \
        SNAP_U_EACH(struct vega10, sdma.engine, stamp_at, UINT64_MAX),
#define VEGA10_SDMA_EVENTS &vega10_sdma_packet_event,

extern const struct trace_desc vega10_sdma_packet_event;
