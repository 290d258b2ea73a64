/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the ANS2 controller, shared by ans2_*.c. Files, in the order of a command's life:
 *
 *     ans2.c        class, PCI, reset, FLR; ans2_regs.c the register table
 *     ans2_queue.c  doorbells, fetching, the slots, completions, the interrupt
 *     ans2_rules.c  what the real firmware crashes on: ans2_violation()
 *     ans2_admin.c  Identify, Features, queues, Abort, events; ans2_log.c Get Log Page;
 *                   ans2_erase.c Format, Sanitize
 *     ans2_io.c     checks and starts I/O commands (when are they over?); ans2_data.c moves their
 *                   data when they are (PRPs, AES engine, stripes); ans2_prp.c
 *     ans2_cut.c    power cuts
 *
 * A command is fetched into a slot, checked and started: the slot's `done` is when its data moves and
 * its completion is posted. One event stands for the slot that is due first (order: done, then
 * order of fetching).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/apple/t2_sep.h"
#include "devices/pci/pci.h"
#include "devices/storage/ans2.h"
#include "devices/storage/nvme.h"
#include "devices/storage/ssd_module.h"
#include "emu/core/reg.h"

#define ANS2_SLOTS       64u   /* commands that the controller works on at once */
#define ANS2_QUEUES      2u    /* 0 admin, 1 I/O */
#define ANS2_ENTRIES_MAX 1024u /* CAP.MQES + 1 (chosen) */
#define ANS2_EVENTS_MAX  4u    /* Asynchronous Event Requests kept pending: AERL + 1 */
#define ANS2_MDTS_BLOCKS 256u  /* largest transfer: 1 MiB */
#define ANS2_ERRORS      16u

/* A submission queue and the completion queue that it reports to. */
struct ans2_queue {
    bool has_sq;
    bool has_cq;
    bool has_interrupt; /* of the CQ */
    uint64_t sq_base;
    uint64_t cq_base;
    uint32_t sq_entries;
    uint32_t cq_entries;
    uint32_t sq_head;
    uint32_t sq_tail; /* doorbell */
    uint32_t cq_tail;
    uint32_t cq_head; /* doorbell */
    uint8_t phase;    /* of the next completion */
};

enum ans2_slot_state {
    ANS2_SLOT_FREE,
    ANS2_SLOT_WORKING, /* `done` is set */
    ANS2_SLOT_WAITING, /* over, but its completion queue is full; posted when there is room */
};

struct ans2_slot {
    uint8_t state;
    uint8_t queue;   /* it came from */
    bool is_aborted; /* by Abort or deletion of its queue */
    uint16_t status; /* known before the data moves: NVME_OK, or why it fails (nvme.h) */
    uint32_t result; /* completion dword 0 */
    uint64_t order;  /* of fetching */
    vtime started;   /* when its data begins to move: for power cuts */
    vtime done;
    uint8_t command[NVME_COMMAND_BYTES]; /* as fetched */
};

struct ans2 {
    struct pci_fn fn;
    struct ans2_config config; /* borrowed pointers in it */
    struct device *sep;
    struct reg_window window;
    struct event due;   /* the slot that is due first */
    struct event fetch; /* doorbells are looked at: some time after they were rung */
    uint8_t *bounce;    /* one stripe; no state */
    /* registers (ans2_regs.c) */
    uint64_t cap;
    uint32_t intms;
    uint32_t cc;
    uint32_t csts;
    uint32_t aqa;
    uint64_t asq;
    uint64_t acq;
    /* guest-visible state beyond them */
    struct ans2_queue queue[ANS2_QUEUES];
    struct ans2_slot slot[ANS2_SLOTS];
    uint64_t order; /* of the next slot */
    uint16_t event_cid[ANS2_EVENTS_MAX];
    uint8_t event_count;
    uint32_t event_config;            /* feature 0Bh */
    uint32_t features[NVME_FEATURES]; /* current values by identifier */
    bool is_write_cache_on;
    bool is_dead; /* fatal: CSTS.CFS, until reset */
    /* Until when the parts that commands share are taken (ans2_io.c); ans2_queues_stop() frees them. */
    vtime pipe_until; /* the controller's processor */
    vtime aes_until;
    vtime to_host_until; /* the link, by direction */
    vtime from_host_until;
    /* SMART and error log; the module counters add to it */
    uint64_t commands_read;
    uint64_t commands_written;
    uint64_t bytes_read; /* by the host, this power-on */
    uint64_t bytes_written;
    vtime busy_since; /* VTIME_NEVER: idle */
    vtime busy_time;
    uint64_t error_count;
    uint64_t power_cycles; /* this one included when it is the first use */
    uint64_t unsafe_shutdowns;
};

static inline struct ans2 *ans2_of(struct device *device)
{
    return (struct ans2 *)device;
}

/* ---- ans2_queue.c ---- */
void ans2_ring(struct ans2 *ans2, unsigned queue, bool is_completion, uint32_t value);
/* Forgets everything: queues, slots, events. Controller reset, shutdown's end, FLR. */
void ans2_queues_stop(struct ans2 *ans2);
/* Arms `due` after slots changed. */
void ans2_arm(struct ans2 *ans2);
void ans2_post(struct ans2 *ans2, struct ans2_slot *slot);

/* ---- ans2_rules.c ---- */
/* A rule of the real firmware is broken. Traces it; true when work goes on (ANS2_STRICT_WARN). */
bool ans2_violation(struct ans2 *ans2, const char *what, uint64_t value, uint64_t value2);
void ans2_die(struct ans2 *ans2); /* CSTS.CFS */

/* ---- Commands: `start` checks, sets slot->status, result, started and done (>= now); `finish` is
 * called at `done` and moves data, may change status and result. ---- */
void ans2_admin_start(struct ans2 *ans2, struct ans2_slot *slot);
void ans2_admin_finish(struct ans2 *ans2, struct ans2_slot *slot);
void ans2_io_start(struct ans2 *ans2, struct ans2_slot *slot);
void ans2_io_finish(struct ans2 *ans2, struct ans2_slot *slot);

/* ---- ans2_prp.c: data pointer of a command (NVMe 1.2.1, 4.3) ---- */
struct ans2_segment {
    uint64_t addr;
    uint32_t bytes;
};
#define ANS2_SEGMENTS_MAX (ANS2_MDTS_BLOCKS + 1)
struct ans2_transfer {
    struct ans2_segment segment[ANS2_SEGMENTS_MAX];
    uint32_t count;
};
/* Reads PRP1, PRP2 and lists for `bytes` bytes. NVME_OK or the status that the standard names. */
uint16_t ans2_prp(struct ans2 *ans2, const uint8_t *command, uint32_t bytes,
                  struct ans2_transfer *transfer);
/* [offset, offset + bytes) of the transfer to or from `data`. NVME_OK, or NVME_DATA_TRANSFER_ERROR
 * when some of it is no memory. */
uint16_t ans2_copy_in(struct ans2 *ans2, const struct ans2_transfer *transfer, uint32_t offset,
                      void *data, uint32_t bytes);
uint16_t ans2_copy_out(struct ans2 *ans2, const struct ans2_transfer *transfer, uint32_t offset,
                       const void *data, uint32_t bytes);

/* ---- ans2_log.c, ans2_erase.c: called by ans2_admin.c ---- */
uint16_t ans2_get_log(struct ans2 *ans2, struct ans2_slot *slot);
uint16_t ans2_format(struct ans2 *ans2, struct ans2_slot *slot);
uint16_t ans2_sanitize(struct ans2 *ans2, struct ans2_slot *slot);
