/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at cores from outside, for debuggers. Nothing here changes what the guest does, or when:
 * where a run was stopped, stepped through or watched cannot be told from what comes after.
 *
 * Between two blocks of translated code a core stands at a boundary. Boundaries are numbered by the
 * core's clock in ticks (emu/timing/timing.h): a block is charged when it begins, at least one tick, so
 * no two boundaries of a core have the same number. Which instructions make a block follows from the
 * code alone. Inside a block all instructions see the same time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"

#define CPU_PROBES_MAX     256 /* of a kind */
#define CPU_PROBE_CODE_MAX CPU_PROBES_MAX
#define CPU_PROBE_DATA_MAX CPU_PROBES_MAX

/* ---- Boundaries ---- */

/* The boundary at which the block under way began (in callbacks of cpu_run()), else the one at which the
 * core stands; while it stands inside a block (cpu_look()): the one at which that began. */
uint64_t cpu_boundary(const struct cpu *cpu);
/* Would cpu_run() with this deadline return CPU_STOP_DEADLINE at once? As behind a break, what
 * cpu_lower_deadline() has said since the core's turn began counts as well. Never inside a block. */
bool cpu_is_due(const struct cpu *cpu, vtime deadline);
/* cpu_run() returns CPU_STOP_BREAK at the first boundary that is not before `ticks`, before anything that
 * is pending there is delivered; a deadline that is reached there counts more (CPU_STOP_DEADLINE). Stays
 * until changed. UINT64_MAX: nowhere. Another cpu_run() with a `ticks` above the boundary goes on as if there
 * had been no stop; it is told the same deadline, and a lower one of cpu_lower_deadline() still holds.
 * INIT counts more than the stop: it is done before. Only between runs. */
void cpu_set_stop_at(struct cpu *cpu, uint64_t ticks);
/* From a callback: cpu_run() returns CPU_STOP_BREAK (or another reason) at the next boundary. */
void cpu_break(struct cpu *cpu);

/* ---- Inside a block ---- */

/* Only between runs. A core that is halted without anything to take, or waits for SIPI, answers so. Ask
 * cpu_is_due() first: a look knows no deadline.
 * At a boundary: delivers what is pending, if anything is, and stops at the boundary behind the delivery;
 * otherwise begins the block and executes its first instruction. Inside a block: executes its next
 * instruction. Everything happens as it does when the block runs as a whole: the block is charged at its
 * beginning, callbacks see the same time and the same cpu_block_pc(), nothing is delivered within it. An
 * iteration of a REP instruction that the library does as a block of its own counts as an instruction.
 * Returns CPU_STOP_STEP, also when the core is halted now, or another reason as cpu_run() when the block ended
 * so. cpu_run() inside a block first ends it in the same way; so the run does not notice. cpu_load() and
 * cpu_reset() give it up. Executed as a whole, in one look: a block with code in guarded pages, and one whose
 * translation would be too large otherwise (some 400 instructions and more). */
enum cpu_stop cpu_look(struct cpu *cpu);
/* How many instructions of its block are done; 0 at a boundary. Registers are those in front of the next
 * one. cpu_save() and snapshots only at boundaries. */
unsigned cpu_look_count(const struct cpu *cpu);

/* ---- Probes: callbacks from within cpu_run() and cpu_look(). They may call cpu_break(), and read; nothing
 * else. Any may be NULL. ---- */
struct cpu_probe {
    void *ctx;
    /* Before the instruction at linear address `pc`, one of cpu_set_probe_code(), begins. A REP instruction
     * may be told once per iteration, one that is abandoned and begun again (a store into its own block, a data
     * breakpoint of the guest) each time. Registers may be read: they are those in front of it. */
    void (*code)(void *ctx, unsigned core, uint64_t pc);
    /* Before a load (CPU_ACCESS_READ) or store (CPU_ACCESS_WRITE) of a core that covers part of a range of
     * cpu_set_probe_data(); as with guarded pages it may come in pieces. An instruction that is abandoned
     * and begun again may be told again. RIP is the instruction's, other registers may be halfway. */
    void (*data)(void *ctx, unsigned core, enum cpu_access kind, uint64_t linear, unsigned bytes);
    /* RDMSR (the value read) and WRMSR (the value to be written, before the #GP that it may cause). */
    void (*msr)(void *ctx, unsigned core, uint32_t msr, bool is_write, uint64_t value);
    /* Before an exception, software interrupt (is_external false) or interrupt is delivered. */
    void (*vector)(void *ctx, unsigned core, uint8_t vector, bool is_external);
};
struct cpu_probe_range {
    uint64_t linear;
    uint64_t bytes; /* 1..2^32, must not wrap */
    bool on_read;
    bool on_write;
};
/* NULL: none. Copied. Only between runs, also inside a block, as the next two. New code probes cost the
 * retranslation of all code, data probes a walk through the TLBs. Code and pages that no probe is at run at full
 * speed. */
void cpu_set_probe(struct cpu_set *set, const struct cpu_probe *probe);
/* Linear addresses, in whatever address space is current; false when there are more than
 * CPU_PROBE_CODE_MAX. Where an instruction begins in the middle of what the block has decoded otherwise,
 * nothing is told. */
bool cpu_set_probe_code(struct cpu_set *set, const uint64_t *pcs, size_t count);
bool cpu_set_probe_data(struct cpu_set *set, const struct cpu_probe_range *ranges, size_t count);

/* ---- Which code runs ---- */

struct cpu_code_observer {
    /* Just before the code at [linear, linear + bytes) is executed for the first time: it has been
     * translated as a block. Told again when it is translated again, by another core or because it was
     * dropped. An interrupt or a fault may come in between; then its rest, or all of it, is not executed after all.
     * It must not touch the machine. */
    void (*block)(void *ctx, uint64_t linear, size_t bytes);
    void *ctx;
};
/* Copied; NULL: none. Only between runs. What has been translated before is not told; nothing is translated
 * because of it, and code runs as fast as without. */
void cpu_set_code_observer(struct cpu_set *set, const struct cpu_code_observer *observer);

/* ---- More of the state, between runs ---- */

/* SDM 1, 8.1 and 10.2: as FXSAVE stores it. */
struct cpu_float_regs {
    uint8_t st[8][10]; /* ST(0)..ST(7), 80 bits each */
    uint16_t fcw, fsw;
    uint8_t ftw; /* abridged: a bit per register that is in use */
    uint16_t fop;
    uint64_t fip, fdp;
    uint8_t xmm[16][16];
    uint32_t mxcsr;
};
void cpu_get_float_regs(struct cpu *cpu, struct cpu_float_regs *regs);
/* What RDMSR would give now, without side effects. False: #GP. */
bool cpu_peek_msr(struct cpu *cpu, uint32_t msr, uint64_t *value);
/* MSRs that cpu_peek_msr() knows, ascending; those that every core has. */
size_t cpu_msr_list(uint32_t *list, size_t room);
/* Linear to physical as a read of the core would translate it now, without accessed bits; false: not
 * mapped. */
bool cpu_translate(struct cpu *cpu, uint64_t linear, uint64_t *physical);
/* 16, 32 or 64: how code at the core's instruction pointer is decoded. */
unsigned cpu_code_bits(struct cpu *cpu);

/* ---- Changing it: the run is another one from here on. Only at boundaries, between runs. ---- */
/* General registers, RIP, the arithmetic, IF, DF and TF flags of RFLAGS. */
void cpu_set_general(struct cpu *cpu, const struct cpu_regs *regs);
/* Writes through the core's page tables, as the kernel would (no protection); false: some of it is not
 * RAM: nothing is written. Translated code made from it goes. */
bool cpu_poke_linear(struct cpu *cpu, uint64_t linear, const void *data, size_t bytes);
