/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the ANS2 controller, shared by ans2_*.c. Files, in the order of a command's life:
 *
 *     ans2.c        class, PCI, reset, FLR; ans2_regs.c registers, enabling, shutting down
 *     ans2_queue.c  doorbells, fetching, the slots, completions, the interrupt
 *     ans2_rules.c  what the real firmware crashes on: ans2_violation()
 *     ans2_admin.c  admin commands: queues, Abort; ans2_identify.c, ans2_features.c;
 *                   ans2_log.c Get Log Page, asynchronous events; ans2_erase.c Format, Sanitize;
 *                   ans2_notes.c counters that outlive power
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

#define ANS2_ADMIN_SLOTS       8u  /* the first ones: admin commands never wait for others */
#define ANS2_IO_SLOTS          64u /* I/O commands that the controller works on at once */
#define ANS2_SLOTS             (ANS2_ADMIN_SLOTS + ANS2_IO_SLOTS)
#define ANS2_QUEUES            2u    /* 0 admin, 1 I/O */
#define ANS2_ENTRIES_MAX       1024u /* CAP.MQES + 1 (chosen) */
#define ANS2_EVENTS_MAX        4u    /* Asynchronous Event Requests kept pending: AERL + 1 */
#define ANS2_MDTS_BLOCKS       256u  /* largest transfer: 1 MiB */
#define ANS2_ERRORS            16u
#define ANS2_EVENT_TYPES       2u    /* 0 error, 1 SMART */
#define ANS2_ADMIN_ENTRIES_MAX 4096u /* of a queue; the I/O queue has at most ANS2_ENTRIES_MAX */
#define ANS2_VERSION           UINT32_C(0x00010100)
#define ANS2_VECTOR_BIT        1u      /* of vector 0 in INTMS */
#define ANS2_HOT_DEFAULT       0xffffu /* kelvin: never */

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
    uint64_t pc;      /* of the guest's program, when it rang for a command last */
    uint64_t rung;    /* trace record of that */
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
    uint64_t cause;  /* trace record of what it does: the cause of data, completion, interrupt */
    vtime started;   /* when its data begins to move: for power cuts */
    vtime done;
    uint8_t command[NVME_COMMAND_BYTES]; /* as fetched */
};

/* An entry of the Error Information log. */
struct ans2_error {
    uint64_t count; /* 0: never used */
    uint64_t lba;
    uint32_t nsid;
    uint16_t queue;
    uint16_t cid;
    uint16_t status; /* as in a slot */
};

/* Asynchronous events of one type (ans2_log.c). */
struct ans2_event {
    bool is_pending; /* not reported yet */
    bool is_masked;  /* reported; its log page was not read since */
    uint8_t info;
};

struct ans2 {
    struct pci_fn fn;
    struct pci_desc desc;      /* of the row of the machine's table, with registers behind BAR 0 */
    struct ans2_config config; /* borrowed pointers in it */
    struct device *sep;
    struct event due;      /* the slot that is due first */
    struct event fetch;    /* doorbells are looked at: some time after they were rung */
    struct event ready;    /* CSTS.RDY follows CC.EN */
    struct event shutdown; /* CSTS.SHST becomes "complete" */
    uint8_t *bounce;       /* one stripe; no state */
    /* registers (ans2_regs.c) */
    uint32_t intms;
    uint32_t cc;
    uint32_t csts;
    uint32_t aqa;
    uint64_t asq;
    uint64_t acq;
    /* guest-visible state beyond them */
    struct ans2_queue queue[ANS2_QUEUES];
    struct ans2_slot slot[ANS2_SLOTS];
    uint64_t order;                      /* of the next slot */
    uint8_t turn;                        /* arbitration: the queue that is served */
    uint8_t turn_left;                   /* commands that it may still bring */
    uint16_t event_cid[ANS2_EVENTS_MAX]; /* Asynchronous Event Requests, oldest first */
    uint8_t event_count;
    struct ans2_event event[ANS2_EVENT_TYPES];
    uint8_t warnings;                 /* critical warnings that were reported */
    uint32_t features[NVME_FEATURES]; /* current values by identifier; not 06h */
    uint16_t cold_threshold;          /* feature 04h, under temperature */
    bool is_write_cache_on;           /* feature 06h */
    bool is_dead;                     /* fatal: CSTS.CFS, until reset */
    uint16_t sanitize_status;         /* log 81h: SSTAT */
    uint32_t sanitize_command;        /* log 81h: SCDW10 */
    /* Until when the parts that commands share are taken (ans2_io.c); ans2_queues_stop() frees them. */
    vtime pipe_until; /* the controller's processor */
    vtime aes_until;
    vtime to_host_until; /* the link, by direction */
    vtime from_host_until;
    /* SMART and error log; the module counters add to it */
    uint64_t commands_read;
    uint64_t commands_written;
    uint64_t bytes_read; /* by the host, in all its life */
    uint64_t bytes_written;
    vtime busy_since; /* VTIME_NEVER: idle */
    vtime busy_time;
    vtime on_before; /* in earlier power-ons */
    uint64_t error_count;
    uint64_t media_errors;
    struct ans2_error error[ANS2_ERRORS]; /* of number n: at (n - 1) % ANS2_ERRORS */
    uint64_t power_cycles;                /* this one included when it is the first use */
    uint64_t unsafe_shutdowns;
};

static inline struct ans2 *ans2_of(struct device *device)
{
    return (struct ans2 *)device;
}

/* ---- ans2.c ---- */
/* Forgets all but registers, counters and logs: what CC.EN = 0 does (7.3.2). */
void ans2_controller_reset(struct ans2 *ans2);

/* ---- ans2_regs.c ---- */
#define ANS2_REGISTERS_BYTES 0x2000u /* with doorbells; BAR 0 is larger */
extern const struct reg_bank ans2_banks[];
void ans2_ready_fire(void *owner, vtime when);
void ans2_shutdown_fire(void *owner, vtime when);
bool ans2_is_running(const struct ans2 *ans2); /* takes commands */

/* ---- ans2_queue.c ---- */
extern const struct trace_desc ans2_trace_command;
extern const struct trace_desc ans2_trace_completion;
/* ans2_data.c: what data goes through on its way */
extern const struct trace_desc ans2_trace_load;
extern const struct trace_desc ans2_trace_store;
extern const struct trace_desc ans2_trace_decrypt;
extern const struct trace_desc ans2_trace_encrypt;
extern const struct trace_desc ans2_trace_to_host;
extern const struct trace_desc ans2_trace_from_host;
extern const struct trace_desc ans2_trace_io; /* ans2_io.c: a command about blocks is carried out */
/* A doorbell; `queue` is any number. */
void ans2_ring(struct ans2 *ans2, unsigned queue, bool is_completion, uint32_t value);
/* Forgets everything: queues, slots, events. Controller reset, shutdown's end, FLR. */
void ans2_queues_stop(struct ans2 *ans2);
void ans2_fetch_fire(void *owner, vtime when);
void ans2_due_fire(void *owner, vtime when);
/* Arms `due` after slots changed. */
void ans2_arm(struct ans2 *ans2);
/* Writes the completion of a slot and frees it; makes it wait when the completion queue is full. */
void ans2_post(struct ans2 *ans2, struct ans2_slot *slot);
/* The same for an Asynchronous Event Request, which has no slot. False: queue full or controller dead. */
bool ans2_post_event(struct ans2 *ans2, uint16_t cid, uint16_t status, uint32_t result);
/* The interrupt mask changed: what was held back is sent. */
void ans2_unmasked(struct ans2 *ans2);
/* The command `cid` of queue `queue` in a slot; NULL: there is none. */
struct ans2_slot *ans2_find_slot(struct ans2 *ans2, unsigned queue, uint16_t cid);
/* It will move no data, and be over at once with `status`. */
void ans2_abort(struct ans2 *ans2, struct ans2_slot *slot, uint16_t status);
/* Aborts what the I/O queue has in slots: its submission queue goes. */
void ans2_abort_io(struct ans2 *ans2);
/* The same without completions: its completion queue goes. */
void ans2_forget_io(struct ans2 *ans2);

/* ---- ans2_rules.c ---- */
extern const struct trace_desc ans2_trace_violation;
/* A rule of the real firmware is broken by a command of `queue`. Traces it with the PC of the doorbell;
 * true when work goes on (ANS2_STRICT_WARN). */
bool ans2_violation(struct ans2 *ans2, const char *what, uint64_t queue, uint64_t value);
void ans2_die(struct ans2 *ans2); /* CSTS.CFS */
/* Rules about any command, when it was fetched from `queue`. False: the controller died. */
bool ans2_check_cid(struct ans2 *ans2, unsigned queue, uint16_t cid);

/* ---- Commands: `start` checks, sets slot->status, result, started and done (>= now); `finish` is
 * called at `done` unless the command was aborted. It moves data, may change status and result. A
 * start that frees the slot (ANS2_SLOT_FREE) has seen to the completion itself. ---- */
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

/* ---- Flush: both modules; nothing without a disk ---- */
/* In ans2_io.c: when it is over, if it begins at `from`. */
vtime ans2_book_flush(struct ans2 *ans2, vtime from);
/* In ans2_data.c; false: one of them failed. */
bool ans2_flush_modules(struct ans2 *ans2);

/* ---- ans2_notes.c ---- */
/* At power-on, after the modules': the counters of earlier ones. */
void ans2_notes_load(struct ans2 *ans2);
/* The counters as they are now, for the next time that module 0 stores its notes. */
void ans2_notes_keep(struct ans2 *ans2, bool is_clean);

/* ---- ans2_log.c ---- */
void ans2_log_error(struct ans2 *ans2, const struct ans2_slot *slot);
/* Something happened that an Asynchronous Event Request may be waiting for. */
#define ANS2_EVENT_ERROR 0u
#define ANS2_EVENT_SMART 1u
void ans2_event(struct ans2 *ans2, unsigned type, uint8_t info);
/* Reports pending events while there are requests. */
void ans2_events_send(struct ans2 *ans2);
/* The request at `index` waits no more. */
void ans2_event_remove(struct ans2 *ans2, unsigned index);
/* Looks for new critical warnings. */
void ans2_warnings_update(struct ans2 *ans2);
