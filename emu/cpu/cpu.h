/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processor cores of the machine. A `struct cpu_set` owns every core and what they share (guest
 * RAM as host memory, the bookkeeping of translated code); a `struct cpu` is one core. Nothing of
 * Unicorn shows through this header.
 *
 * Cores run one at a time, on the thread that calls cpu_run(). A core keeps its own clock in whole
 * cycles; its virtual time is cycles * 625 / 2 picoseconds (3.2 GHz). All callbacks in `struct
 * cpu_env` are made from inside cpu_run(), on that thread.
 *
 * Sources: Intel SDM volumes 2 and 3A; reference/unicorn.md and cores.md for how this is done on
 * the stock library.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/clock.h"

/* Physical address bits: the engine raises a reserved-bit page fault above them. */
#define CPU_PHYS_BITS 40
/* The local APIC's page: accesses to it cost less than to a device (SDM 3A 11.4.1). */
#define CPU_APIC_PAGE       UINT64_C(0xfee00000)
#define CPU_APIC_PAGE_BYTES UINT64_C(0x1000)

/* Stretches of host memory that a set can have at a time. */
#define CPU_MEMORY_MAX 32

struct cpu;
struct cpu_set;
struct error;
struct snap_reader;
struct snap_writer;
struct timing;
struct trace;

/* Why cpu_run() came back. */
enum cpu_stop {
    CPU_STOP_DEADLINE,  /* the core's time is at or past the deadline */
    CPU_STOP_HALTED,    /* HLT with nothing deliverable; run again after cpu_set_intr(), cpu_nmi(),
                           cpu_init(), cpu_set_mca_log(), or when another core has run */
    CPU_STOP_WAIT_SIPI, /* after INIT on an application processor: waits for cpu_sipi() */
    CPU_STOP_TRIPLE_FAULT, /* shutdown cycle, after a third fault or a machine check that cannot be
                              taken: the machine resets */
    CPU_STOP_STEP,         /* one instruction of cpu_step() or cpu_look() is done */
    CPU_STOP_BREAK,        /* cpu_set_stop_at() or cpu_break() (probe.h) */
};

/* A stretch of guest-physical memory that is host memory: RAM or ROM. Owner of the host memory: the
 * caller; it must stay until the set is gone or was given a list without it. Base, bytes and host
 * are multiples of 4096; no two stretches share host memory. */
struct cpu_memory {
    uint64_t base;
    uint64_t bytes;
    void *host;
    bool is_read_only; /* guest writes are dropped, as by flash */
    bool is_watched;   /* cpu_env.before_write is told of first writes */
};

/* How a core touches guarded memory. */
enum cpu_access {
    CPU_ACCESS_READ,
    CPU_ACCESS_WRITE,
    CPU_ACCESS_FETCH, /* a block is about to be executed: its code in this page */
    CPU_ACCESS_WALK,  /* a page-table entry */
};

/* What a core asks of the machine around it. Sizes are 1, 2, 4 or 8 bytes: an aligned 64-bit access
 * of the guest arrives as one access of 8 (the seam joins the halves that the engine splits it
 * into); unaligned and SSE accesses arrive as several. `core` is the index of the core that asks.
 * Callbacks may raise lines and lower the deadline; they may not call cpu_run(). */
struct cpu_env {
    void *ctx;
    uint64_t (*mem_read)(void *ctx, unsigned core, uint64_t addr, unsigned size);
    void (*mem_write)(void *ctx, unsigned core, uint64_t addr, unsigned size, uint64_t value);
    uint64_t (*io_read)(void *ctx, unsigned core, uint16_t port, unsigned size);
    void (*io_write)(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value);
    /* INTA cycle: the vector of the highest-priority interrupt that may be delivered now, or -1.
     * Acknowledges it. */
    int (*intr_ack)(void *ctx, unsigned core);
    /* CR8: task priority 0-15 of the core's local APIC. tpr_set may change the core's interrupt
     * line. */
    uint8_t (*tpr_get)(void *ctx, unsigned core);
    void (*tpr_set)(void *ctx, unsigned core, uint8_t tpr);
    /* IA32_APIC_BASE (MSR 0x1b), owned by the local APIC. Setter: false = #GP. */
    uint64_t (*apic_base_get)(void *ctx, unsigned core);
    bool (*apic_base_set)(void *ctx, unsigned core, uint64_t value);
    /* Before a core first writes to the 4096-byte page at physical `addr` of watched memory, since
     * it was mapped or cpu_set_watch() last covered the page. Called again when another core does,
     * or when the core had to look up the page anew. The guest cannot notice. It must not ask for
     * the same page again from inside. */
    void (*before_write)(void *ctx, uint64_t addr);
    /* Guarded pages (memory with faults); both NULL or none. Is the 4096-byte page at physical
     * `page` guarded? Asked when a page enters a TLB or its code is translated, so it must be cheap. The
     * answer holds until cpu_set_guards_changed(); a page that is guarded no more may still be
     * announced. */
    bool (*is_guarded)(void *ctx, uint64_t page);
    /* Before each access to a guarded page, whatever its width; it does not cross the page, and may
     * be announced again when its instruction runs again (docs/hardware/cpu.md, guarded pages).
     * False: the data at `*poison` (physical) is poisoned and the access does not happen: the core
     * takes a machine check (software recoverable, action required). Never false for a write. Not
     * called for cpu_peek_linear(). It may change memory at the place before it is read. */
    bool (*guard)(void *ctx, unsigned core, enum cpu_access kind, uint64_t addr, unsigned bytes,
                  uint64_t *poison);
    /* Corrected machine-check interrupt (SDM 3B 15.5): to the local APIC of `core`. An edge; called
     * for every core. From inside cpu_set_mca_log(). May be NULL. */
    void (*cmci)(void *ctx, unsigned core);
    /* A machine check waits for `core`, which has to be run although it halts or waits for SIPI. Also
     * from cpu_set_mca_log(). May be NULL. */
    void (*machine_check)(void *ctx, unsigned core);
    /* No-evict mode, as firmware uses it for memory before there is memory (MSR 0x2e0,
     * NO_EVICT_MODE): bit 0, the set-up bit, of core 0 has changed. Also from cpu_reset(), which
     * clears it, and from cpu_load(). May be NULL. */
    void (*no_evict)(void *ctx, bool is_on);
};

struct cpu_set_config {
    unsigned core_count; /* 1..8 */
    const struct cpu_memory
        *memory; /* sorted by base, no overlap; everything else below 2^CPU_PHYS_BITS is MMIO */
    size_t memory_count;
    struct cpu_env env;    /* copied */
    struct timing *timing; /* cost of a block in cycles; borrowed, outlives the set */
    struct trace *trace;   /* borrowed */
    bool counts_blocks; /* keep cpu_block_count() and cpu_insn_count(): costs some 4 % of speed */
    size_t code_buffer_bytes; /* translated-code buffer per core; 0 = default; 16 MiB .. 256 MiB */
};

/* Checks that the linked CPU library is the one that the seam was made for (struct layouts, symbols
 * that answer as known). Returns 0, or -1 with one sentence in `err`. Cheap; called by
 * cpu_set_create(). */
int cpu_self_check(struct error *err);

/* Creates all cores in their power-on state: core 0 is the bootstrap processor, the others wait for
 * SIPI. Returns NULL with `err` set on host trouble (exit status 3). */
struct cpu_set *cpu_set_create(const struct cpu_set_config *config, struct error *err);
void cpu_set_destroy(struct cpu_set *set);
struct cpu *cpu_set_core(struct cpu_set *set, unsigned core);
unsigned cpu_set_count(const struct cpu_set *set);

/* Guest RAM [addr, addr + bytes) was changed by something other than a core (DMA, loader, debugger,
 * snapshot): drops translations made from it in every core. May be called from a callback. */
void cpu_set_code_written(struct cpu_set *set, uint64_t addr, uint64_t bytes);
/* The same by the host's address, for who knows memory by that: wherever the cores have it now. */
void cpu_set_host_written(struct cpu_set *set, const void *host, uint64_t bytes);

/* Replaces the list of host memory (as in struct cpu_set_config: sorted, no overlap, at most
 * CPU_MEMORY_MAX): what is in both lists stays as it is, the rest is unmapped or mapped in every
 * core, and their TLBs are emptied. Only between cpu_run() calls. -1 with `err` when the library
 * cannot (host trouble); the set can only be destroyed then. Rare: a guest moves a BAR. */
int cpu_set_memory(struct cpu_set *set, const struct cpu_memory *memory, size_t count,
                   struct error *err);
/* cpu_env.before_write is wanted again for watched memory in [addr, addr + bytes). May be called
 * from a callback. */
void cpu_set_watch(struct cpu_set *set, uint64_t addr, uint64_t bytes);

/* The answers of cpu_env.is_guarded changed for some pages: TLBs are emptied and translated code is
 * made anew. Callable from callbacks; takes effect before the next block of each core. From inside
 * guard() only when answers did change: code is announced anew afterwards, so the core would not
 * get on otherwise. */
void cpu_set_guards_changed(struct cpu_set *set);
/* For who only wants to know of loads, stores and page walks: they are guarded for more pages than before,
 * also for those that are in TLBs. Nothing is emptied, so nobody else can notice. Only between runs. */
void cpu_set_guards_added(struct cpu_set *set);

/* Machine-check banks (SDM 3B chapter 15): CPU_MCA_BANKS of them, 0-3 each core's own, the rest
 * shared by the package. mca.h. */
#define CPU_MCA_BANKS 20u

/* What an error puts into a bank: IA32_MCi_STATUS, ADDR, MISC. VAL and OVER are the bank's business.
 * A corrected error (UC clear) counts as many as its count field says, at least one. */
struct cpu_mca_error {
    unsigned bank;
    uint64_t status;
    uint64_t addr;
    uint64_t misc;
};

/* A unit that all cores share (bank 4 to CPU_MCA_BANKS - 1) found an error: the bank takes it or not
 * by the overwrite rules (SDM 3B 15.3.2.2.1, 15.6.4), counts, and signals: corrected errors by CMCI
 * when their count reaches the threshold of CTL2, UCNA errors by CMCI at once, errors with S or PCC
 * set by #MC to every core (RIPV unless PCC). While MCi_CTL is 0, uncorrected errors are logged
 * without EN and without a signal. Callable from callbacks and between cpu_run() calls. */
void cpu_set_mca_log(struct cpu_set *set, const struct cpu_mca_error *error);

/* Empties TLBs and translated code of every core: at checkpoints and after snapshot load
 * (unicorn.md trap 10). */
void cpu_set_flush(struct cpu_set *set);
/* The TLBs of every core start over, as after cpu_set_flush(); translated code stays, which nobody can
 * tell. Only between cpu_run() calls. */
void cpu_set_start_tlbs(struct cpu_set *set);

/* Machine reset of one core; for the power-on, creation does it. What machine-check banks have
 * logged stays. The clock goes on. `now`: the core's time afterwards is not before it. (The name for the linker differs: the CPU library has a function of this name.) */
void cpu_reset(struct cpu *cpu, vtime now) __asm__("spacegray_cpu_reset");
/* INIT and start-up IPI as SDM 3A 9.4 and 11.4 define them for the bootstrap and the application
 * processors. */
void cpu_init(struct cpu *cpu);
void cpu_sipi(struct cpu *cpu, uint8_t vector);

/* Level of the core's INTR pin: the local APIC (or the 8259 through LINT0) has something to
 * deliver. */
void cpu_set_intr(struct cpu *cpu, bool level);
/* Edge on NMI: latched until taken; blocked from delivery until IRET. */
void cpu_nmi(struct cpu *cpu);

/* Runs until the core's time reaches `deadline` (ps) or something stops it. A core that is halted
 * and has nothing to take returns at once. It may overshoot by one block; the overshoot counts
 * against its next turn. */
enum cpu_stop cpu_run(struct cpu *cpu, vtime deadline);
/* Executes one instruction (with interrupts delivered first when deliverable), for debuggers. */
enum cpu_stop cpu_step(struct cpu *cpu);
/* Earlier deadline for the cpu_run() under way (an event was armed). No effect when later than the
 * present one. Callable from callbacks. Takes effect at the next block. */
void cpu_lower_deadline(struct cpu *cpu, vtime deadline);

/* Current time of the core, exact to the block; valid inside callbacks. */
vtime cpu_now(const struct cpu *cpu);
uint64_t cpu_cycles(const struct cpu *cpu);
/* Moves an idle core's clock forward to `now` (no effect when it is ahead already). */
void cpu_skip_to(struct cpu *cpu, vtime now);
/* Address (RIP, linear with CS base added) of the block being executed: for traces. Exact to the
 * block. */
uint64_t cpu_block_pc(const struct cpu *cpu);
/* The trace record of the interrupt that the core has taken last, until the next IRET: what it does
 * follows from that. 0: none. */
uint64_t cpu_cause(const struct cpu *cpu);
bool cpu_is_halted(const struct cpu *cpu);
/* Blocks begun and instructions in them since creation (statistics, deterministic); 0 unless the
 * set counts them. An iteration of a REP instruction counts as an instruction and a block. */
uint64_t cpu_block_count(const struct cpu *cpu);
uint64_t cpu_insn_count(const struct cpu *cpu);

/* Architectural registers for debuggers and tests; valid between cpu_run() calls. */
struct cpu_segment {
    uint16_t selector;
    uint16_t zero[3]; /* no padding: register sets are compared and hashed as bytes */
    uint64_t base;
    uint32_t limit;
    uint32_t flags; /* descriptor bits 23:8 as in the second dword of a descriptor, SDM 3A 3.4.5 */
};
struct cpu_regs {
    uint64_t gpr[16]; /* RAX RCX RDX RBX RSP RBP RSI RDI R8..R15 */
    uint64_t rip;
    uint64_t rflags;
    struct cpu_segment segment[6]; /* ES CS SS DS FS GS */
    struct cpu_segment ldtr, tr, gdtr, idtr;
    uint64_t cr0, cr2, cr3, cr4, cr8;
    uint64_t dr[8];
    uint64_t efer;
};
void cpu_get_regs(struct cpu *cpu, struct cpu_regs *regs);
/* Reads guest memory through the core's page tables without side effects (no A/D bits, no MMIO).
 * False: not mapped or MMIO. */
bool cpu_peek_linear(struct cpu *cpu, uint64_t linear, void *buf, size_t bytes);
/* The same as far as pages are there: how many of the bytes could be read, from the first one on. Ends at the end of
 * all addresses, too. */
size_t cpu_peek_linear_part(struct cpu *cpu, uint64_t linear, void *buf, size_t bytes);

/* Saves and restores everything that execution depends on: registers, hidden segment parts, FPU and
 * SSE state, MSRs, pending NMI, interrupt shadow, halt and SIPI state, clock. Valid between
 * cpu_run() calls. Load treats its input as hostile: 0 or -1 with `err`. Translated code stays: whoever
 * changes memory along with it says so, or drops all of it with cpu_set_flush(). */
int cpu_save(struct cpu *cpu, struct snap_writer *w, struct error *err);
int cpu_load(struct cpu *cpu, struct snap_reader *r, struct error *err);
