/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instants of a run: where a machine can stand, how it gets there, and what is needed to come back. For
 * debuggers, recorders and checkpoints; nothing of this can be noticed by the guest.
 *
 * The run loop goes from edge to edge (run_loop.c). Between two edges the cores have their turns. A machine
 * stands either at an edge, or within a turn, at a boundary between two blocks of the core whose turn it
 * is, or (machine_look()) inside such a block.
 *
 * Beats: every MACHINE_BEAT of virtual time, at an edge, the TLBs of all cores start over, in every run. There,
 * and only there, a checkpoint can be taken without anybody noticing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/probe.h"
#include "emu/machine/machine.h"

struct inbox_message;

#define MACHINE_BEAT VTIME_MS(50)

/* Time of the first beat that is not before `when`; at the end of time, where none follows, `when`. */
vtime machine_beat_from(vtime when);

/* ---- Where ---- */

struct machine_instant {
    vtime edge; /* machine_now(): the edge that the machine stands at, or that the turn began at */
    uint64_t quantum; /* how many there were before in which a core ran; 0 with one core */
    uint64_t ticks;   /* cpu_boundary() of `core` */
    uint32_t core;    /* whose turn it is; at an edge 0, whose turn is next */
    uint32_t looked;  /* instructions of the block at `ticks` that are done (cpu_look_count()) */
};

/* Between runs: where the machine stands. In a callback while a core runs: the boundary at which its
 * block began; in one of an event or a device at an edge: that edge. */
void machine_get_instant(struct machine *machine, struct machine_instant *at);
/* <0, 0, >0: the order in which a run of this machine passes them. With one core only ticks and looked
 * count. */
int machine_instant_compare(const struct machine *machine, const struct machine_instant *a,
                            const struct machine_instant *b);
/* The machine stands at an edge: it can be saved, take input and faults. */
bool machine_is_at_edge(const struct machine *machine);
/* Time as whoever looks is told: of the core whose turn it is, or of the edge. */
vtime machine_look_now(struct machine *machine);

/* ---- Getting there ---- */

/* machine_run() that comes back with MACHINE_BREAK as soon as the machine is at `to` or past it; `to` not
 * NULL. `to.looked` instructions of the block are executed as by machine_look(). With MACHINE_BREAK in the middle of a turn the machine is
 * not at an edge; running on goes on with the turn. */
enum machine_stop machine_run_to(struct machine *machine, const struct machine_instant *to);
/* From a callback (probes, trace sinks, observers): the run comes back with MACHINE_BREAK at the next
 * boundary, or edge when no core runs. No other run is changed by it. */
void machine_break(struct machine *machine);
/* One instruction of the core whose turn it is (cpu_look()); when that has nothing to do, what comes next:
 * the next core's turn, the edge with its events. MACHINE_BREAK, or why it ended. */
enum machine_stop machine_look(struct machine *machine);
/* To the next boundary or edge. */
enum machine_stop machine_step_block(struct machine *machine);

/* The same three for whoever has something to deliver at the edge at `until`, which may be one that a limit or
 * the host's pace has made: they do not pass it, and come back with MACHINE_TIME_LIMIT there, or with
 * MACHINE_BREAK when it is where they were to go anyway. */
enum machine_stop machine_run_to_within(struct machine *machine, const struct machine_instant *to,
                                        vtime until);
enum machine_stop machine_look_within(struct machine *machine, vtime until);
enum machine_stop machine_step_block_within(struct machine *machine, vtime until);

/* ---- What comes in from outside ---- */

struct machine_observer {
    void *ctx;
    /* An input takes effect, now, at an edge; orders (inbox_is_order()) are none. */
    void (*input)(void *ctx, const struct inbox_message *message);
    /* machine_fault_plant() has planted `fault`, or machine_fault_repair() repaired number `index` (fault
     * NULL). */
    void (*fault)(void *ctx, const struct dram_fault *fault, size_t index);
    /* At a beat. machine_checkpoint_save() may be called from here, and machine_break(). */
    void (*beat)(void *ctx);
};
/* Copied; NULL: none. Members may be NULL. Between runs. */
void machine_set_observer(struct machine *machine, const struct machine_observer *observer);
/* Only orders are taken from the inbox: while a recorded run is repeated. */
void machine_set_inbox_closed(struct machine *machine, bool on);
/* An input takes effect now, as if it had come by the inbox at this edge; the observer is not told. No order. At
 * an edge, between runs. */
void machine_deliver(struct machine *machine, const struct inbox_message *message);

/* ---- Probes; all between runs ---- */

struct machine_probe {
    void *ctx;
    /* An access of a core to devices, ROM or nothing (not to RAM): before a write, after a read. `is_port`:
     * I/O space. */
    void (*bus)(void *ctx, bool is_port, uint64_t addr, unsigned bytes, bool is_write,
                uint64_t value);
    /* Before RAM is touched, in a range of machine_watch_memory(): by a core (0..) or by DMA
     * (MACHINE_DMA). */
    void (*memory)(void *ctx, unsigned core, bool is_write, uint64_t addr, unsigned bytes);
};
#define MACHINE_DMA 0xffu
void machine_set_probe(struct machine *machine, const struct machine_probe *probe);
/* Physical ranges. False: more than CPU_PROBES_MAX. Nothing else changes: TLBs stay as they are. */
struct machine_range {
    uint64_t addr;
    uint64_t bytes;
};
bool machine_watch_memory(struct machine *machine, const struct machine_range *ranges,
                          size_t count);
/* The cores' own probes (emu/cpu/probe.h) are set through this. */
struct cpu_set *machine_cpus(struct machine *machine);

/* ---- Checkpoints ---- */

/* Which machine a snapshot or recording is of: model, memory, modules, cores, firmware. */
#define MACHINE_NAME_BYTES 128
void machine_get_name(const struct machine *machine, char name[MACHINE_NAME_BYTES]);

/* Everything but the contents of the large memories, as machine_save() writes it. At a beat, or wherever
 * TLBs have just started over. `*data` belongs to the caller. */
int machine_checkpoint_save(struct machine *machine, void **data, size_t *bytes,
                            struct error *err) MUST_CHECK;
/* The machine goes to where such a checkpoint was taken; the large memories must hold already what they
 * held then. Hostile input; after a failure the machine can only be destroyed. Sinks, observer and probes
 * stay. */
int machine_checkpoint_load(struct machine *machine, const void *data, size_t bytes,
                            struct error *err) MUST_CHECK;

/* Large memories: RAM, video memory, those of the SSD modules... Their number and sizes do not change. */
#define MACHINE_PAGE_BYTES  4096u
#define MACHINE_VISIT_BYTES 65536u
size_t machine_memory_count(const struct machine *machine);
const char *machine_memory_name(const struct machine *machine, size_t memory); /* as its chunk's */
uint64_t machine_memory_bytes(const struct machine *machine, size_t memory);
/* Calls `visit` for each block of MACHINE_VISIT_BYTES that is not all zero, in order; stops when it returns
 * non-zero and returns that. */
int machine_memory_visit(const struct machine *machine, size_t memory,
                         int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx);
/* Replaces one page (multiple of MACHINE_PAGE_BYTES); NULL: zeros. Only before machine_checkpoint_load(). */
void machine_memory_put(struct machine *machine, size_t memory, uint64_t offset,
                        const uint8_t *page);
/* A page as it is now. */
void machine_memory_get(const struct machine *machine, size_t memory, uint64_t offset,
                        uint8_t *page);
