/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of emu/cpu share. A core's time is kept in ticks (timing.h): the generated code
 * counts `env->meter_left` down, and the time now is `slice_end - meter_left`. A slice ends at the
 * deadline, earlier when somebody wants to be asked (kick), and at the latest after
 * CPU_SLICE_TICKS; at its end the block that would come next is not begun and the core takes a turn
 * of its loop (delivery.c), where everything is decided: stop, interrupt, or on with the next
 * slice.
 */
#pragma once

#include "emu/cpu/cpu.h"
#include "emu/cpu/decode.h"
#include "emu/cpu/mca.h"
#include "emu/cpu/msr.h"
#include "emu/cpu/probe.h"
#include "emu/cpu/seam.h"
#include "emu/timing/timing.h"

#define CPU_CORES_MAX     8
#define CPU_TABLES        16u
#define CPU_FETCHED_SLOTS 4096u
#define CPU_SLICE_TICKS   ((int64_t)1 << 26)
/* meter_tally: instructions in the low bits (fewer than the ticks of a slice), blocks above. */
#define CPU_TALLY_BLOCK ((uint64_t)1 << 27)

/* A stretch of physical addresses without memory: everything there goes to the bus. The engine
 * holds its address as long as it is mapped. */
struct cpu_gap {
    struct cpu *cpu;
    uint64_t base;
    uint64_t bytes; /* 0: free */
};

/* Calls for debuggers that a translation must do without, because it would be too large. */
enum cpu_spare { CPU_SPARE_NONE, CPU_SPARE_LOOK, CPU_SPARE_ALL };

struct cpu_block {
    bool is_looked_at; /* its instructions can be executed one by one (look.c) */
    bool has_extras;   /* there are calls for debuggers in it */
    enum cpu_spare spared;
    bool is_iret;                 /* what is translated next */
    bool is_aligned;              /* the next load or store must be aligned to 16 bytes */
    enum decode_float float_kind; /* of the next instruction */
    uint32_t flags;     /* what the translation depends on: hidden flags and some of EFLAGS */
    bool is_guarded;    /* some of its code lies in a guarded page */
    uint64_t announced; /* physical end of the last code word that was announced for it */
    bool wants_meter;   /* the block's first branch is the exit test: put the meter there */
    const struct seam_translator_ops *ops;
    struct seam_op *cost;
    struct seam_op *tally;
    size_t count;
    uint16_t starts[TIMING_BLOCK_INSNS_MAX];
};

/* An aligned access of 8 bytes to a device, under way in two halves. */
struct cpu_wide {
    bool is_active;
    bool has_half; /* the lower half is done */
    uint64_t value;
};

/* What SSE arithmetic may change, as it was before the instruction. */
struct cpu_float {
    uint64_t regs[16];
    uint64_t cc[3];
    struct seam_fpreg fpregs[8];
    uint8_t fptags[8];
    uint32_t fpstt;
    uint8_t xmm[16][16];
};

/* Bytes of a store that guard() has been told of, and that the library has yet to store. */
struct cpu_told {
    uint64_t next; /* linear */
    uint64_t end;
    uintptr_t host_pc;
    uint64_t ticks;
};

/* A page that code was fetched from since the TLB was emptied (fetch.c). */
struct cpu_fetched {
    uint64_t key;
    uint64_t epoch;
    uint64_t ram_addr; /* the engine's own */
    uint8_t *host;
};

/* A block whose instructions are executed one by one (look.c). */
enum cpu_look_phase {
    CPU_LOOK_OFF,
    CPU_LOOK_TURN,  /* at a boundary: the next turn delivers, or begins the block */
    CPU_LOOK_BLOCK, /* the next turn is behind the block */
};
enum cpu_look_order { CPU_LOOK_STEP, CPU_LOOK_FINISH, CPU_LOOK_ABANDON };
struct cpu_look {
    enum cpu_look_phase phase;
    enum cpu_look_order order;
    bool is_inside;                /* the core stands in the middle of the block */
    unsigned begun;                /* instructions, without those that are not told one by one */
    void *stack;                   /* what a core that is looked at runs on */
    struct cpu_contexts *contexts; /* look.c's own */
};

struct cpu {
    struct cpu_set *set;
    unsigned index;
    uc_engine *uc;
    struct seam_cs *cs;
    struct seam_env *env; /* inside *cs */

    /* Time, in ticks. */
    uint64_t slice_end;
    uint64_t deadline;
    uint64_t
        lowered; /* the least that cpu_lower_deadline() has said since the turn of the core began;
                         it goes on behind a break */
    uint64_t stop_at; /* cpu_set_stop_at() */
    uint64_t instructions;
    uint64_t blocks;

    uint64_t random; /* state of RDRAND */
    uint64_t cause;  /* cpu_cause() */

    bool is_running;
    bool has_stop; /* `stop` is decided; leave the loop */
    enum cpu_stop stop;
    bool is_halted;
    bool waits_for_sipi;
    bool is_stepping;
    bool has_stepped;
    bool is_breaking;  /* cpu_break() */
    bool is_continued; /* the last run ended in a break */
    bool intr;
    bool nmi_pending;
    bool init_pending;
    bool is_flush_pending;              /* drop all translations at the next turn */
    bool is_tlb_flush_pending;          /* and empty the TLB */
    bool is_guard_fill;                 /* a guarded page is on its way into the TLB */
    uintptr_t walk_pc;                  /* host_pc of the access that a page walk is made for */
    uint64_t healthy_table[CPU_TABLES]; /* numbers of pages, plus one, that guard.c need not ask
                                           about in a walk */
    struct cpu_told told;
    struct cpu_told probe_told; /* the same for data probes */
    uint64_t odd_store; /* linear address of a store of which debug.c knows one half; 0: none */
    bool is_delivering; /* an event is on its way through the IDT; a fault on the way is another
                              event */
    bool is_external; /* and it is no software interrupt: such a fault has EXT set in its error code
                       */
    int delivering;   /* its vector */
    int int_bytes;    /* length of the INT instruction under way */
    uint32_t trap; /* DR6 bits of a data breakpoint that traps after this instruction; 0 = none */
    bool is_watch_armed; /* the instruction under way is alone in its block and may finish */
    uintptr_t host_pc;   /* where in generated code the running callback was called from; 0 outside
                            callbacks */

    /* Host addresses that are to be watched again before the core goes on. */
    uint64_t watch_from;
    uint64_t watch_to;

    /* Pages of code, those of this epoch; it begins when the TLB is emptied. */
    uint64_t fetch_epoch;
    size_t fetched_count;
    struct cpu_fetched fetched[CPU_FETCHED_SLOTS];

    struct cpu_look look;
    struct cpu_wide wide;
    bool has_unmasked_sse; /* MXCSR has had a clear mask since power-on */
    struct cpu_float kept;
    struct cpu_block block;
    struct msr_bank msr;
    struct mca_core mca;
    struct cpu_gap gap[CPU_MEMORY_MAX + 1];
    uc_hook hook[4];
};

struct cpu_range {
    uint64_t from;
    uint64_t to; /* the end, exclusive; nothing when it is not above `from` */
};

struct cpu_set {
    unsigned count;
    bool counts_blocks;
    struct cpu *core[CPU_CORES_MAX];
    struct cpu_env env;
    struct timing *timing;
    struct trace *trace;
    struct cpu_memory memory[CPU_MEMORY_MAX];
    uint64_t ram_addr[CPU_MEMORY_MAX]; /* the engines' own address of each memory, the same in all
                                          of them */
    struct cpu_range code[CPU_MEMORY_MAX]; /* offsets in each memory, outside of which nothing was
                                              ever translated */
    size_t memory_count;
    uint64_t tsc_base; /* in cycles: when the counters began, the last power-on of core 0 */
    uint64_t tsc_last; /* in cycles: the latest time that any core was told */
    struct mca_package mca;
    /* Probes; addresses of code ascend. */
    struct cpu_probe probe;
    uint64_t code_probe[CPU_PROBES_MAX];
    size_t code_probes;
    struct cpu_probe_range data_probe[CPU_PROBES_MAX];
    size_t data_probes;
    struct cpu_code_observer code_observer;
};

/* engine.c */
/* A set without the check of the library: for the check itself. */
struct cpu_set *cpu_set_create_unchecked(const struct cpu_set_config *config, struct error *err);
int cpu_engine_open(struct cpu *cpu, size_t code_buffer_bytes, struct error *err);
/* Fills `err` with what the library could not do; returns -1. */
int cpu_engine_failed(struct error *err, const char *what, uc_err status);
void cpu_engine_close(struct cpu *cpu);

/* memory.c: sorted, aligned, without overlap, few enough */
bool cpu_memory_is_valid(const struct cpu_memory *memory, size_t count);
/* Maps the set's memory and the gaps between in a new engine. */
int cpu_memory_begin(struct cpu *cpu, struct error *err);
/* Index of the memory at an address of the engines, and the offset in it; memory_count when none is
 * there. */
size_t cpu_memory_of_ram_addr(const struct cpu_set *set, uint64_t ram_addr, uint64_t *offset);

/* code.c: translations made from part of a memory go, in every core */
void cpu_memory_drop_code(struct cpu_set *set, size_t memory, uint64_t offset, uint64_t bytes);
/* At a turn: does what is_flush_pending and is_tlb_flush_pending ask for. */
void cpu_flush_now(struct cpu *cpu);

/* guard.c */
/* Is some of the code of the instruction at RIP in a guarded page? */
bool cpu_guard_has_code(struct cpu *cpu);
/* A store that is not aligned is looked at whole, by page, and then done, and looked at, byte by
 * byte. Is this one of those bytes? */
bool cpu_is_told(struct cpu *cpu, struct cpu_told *told, uint64_t linear, uint64_t bytes,
                 uintptr_t host_pc);
/* Is the page that physical `addr` is in guarded? */
bool cpu_guard_has(const struct cpu_set *set, uint64_t addr);
/* Before a load or store to a page that the TLB knows as guarded. */
void cpu_guard_data(struct cpu *cpu, uint64_t linear, uint64_t bytes, uint32_t attrs, bool is_write,
                    uintptr_t host_pc);
/* Before a page walk writes back a table entry. */
void cpu_guard_walk_write(struct cpu *cpu, uint64_t addr, unsigned bytes);
/* What was known of pages holds no longer. */
void cpu_guard_forget(struct cpu *cpu);
/* Before a block is translated: its first instruction. */
void cpu_guard_block_begin(struct cpu *cpu, uint64_t linear);
/* Before another instruction of the block, in the same page, is translated. False: it is poisoned,
 * so the block ends in front of it. */
bool cpu_guard_next_insn(struct cpu *cpu, uint64_t linear);

/* meter.c: do these bytes hold a whole instruction? `flags` are those of its block. */
bool cpu_code_is_whole(const uint8_t *code, size_t bytes, uint32_t flags);

/* probe.c */
/* Is a call of helper_invlpga() wanted in front of the instruction that is translated next? */
bool cpu_probe_wants(const struct cpu *cpu, uint64_t linear);
/* Does a data probe cover some of [linear, linear + bytes)? `is_write` as of the access. */
bool cpu_probe_has_data(const struct cpu_set *set, uint64_t linear, uint64_t bytes);
void cpu_probe_data(struct cpu *cpu, uint64_t linear, uint64_t bytes, bool is_write,
                    uintptr_t host_pc);
void cpu_probe_msr(struct cpu *cpu, bool is_write, uint64_t value, uintptr_t host_pc);
void cpu_probe_vector(struct cpu *cpu, int vector, bool is_external);

/* look.c */
int cpu_look_open(struct cpu *cpu, struct error *err);
/* From a boundary, and from inside a block. */
enum cpu_stop cpu_look_begin(struct cpu *cpu);
enum cpu_stop cpu_look_go_on(struct cpu *cpu, enum cpu_look_order order);
/* At a turn: was the block behind it looked at, and who looks wants to stop here? */
bool cpu_look_ends(struct cpu *cpu);
/* At a turn: the block that comes next is to be looked at, if it can be. */
void cpu_look_block(struct cpu *cpu);
void cpu_look_close(struct cpu *cpu);
/* An instruction of a block that is looked at begins; the registers are those in front of it. Comes back
 * when the core is to go on. */
void cpu_look_insn(struct cpu *cpu);
/* The core stands in the middle of a block that nobody will need any more. */
void cpu_look_abandon(struct cpu *cpu);

/* watch.c: before a core writes to a page for the first time since its TLB entry is there */
void cpu_watch_first_write(const struct cpu_set *set, uint64_t ram_addr);
/* Before a core goes on: it is to report writes to what cpu_set_watch() was asked for. */
void cpu_watch_begin(struct cpu *cpu);

/* tlb.c: empties the TLB and makes it as if there had been nothing in it before */
void cpu_tlb_start_over(struct cpu *cpu);
/* Pages of all TLBs that are `wanted` pass cpu_check_watchpoint() from now on, with `*attrs`. */
typedef bool (*cpu_tlb_wanted)(struct cpu *cpu, uint64_t linear, uint64_t physical,
                               uint32_t *attrs);
void cpu_set_mark_tlbs(struct cpu_set *set, cpu_tlb_wanted wanted);
/* Of a core that has not run: for the check of the library. */
bool cpu_tlb_is_as_known(struct seam_env *env);

/* buffer.c: once, before the engine's first block */
void cpu_code_buffer_begin(struct cpu *cpu);

/* boundary.c: the core stands between two blocks */
void cpu_block_ends(struct seam_env *env);
/* Moves the end of the slice; it is another time now, or less is left. */
void cpu_move_slice_end(struct cpu *cpu, uint64_t ticks);
/* Is the run to end here because of cpu_set_stop_at() or cpu_break()? */
bool cpu_has_break(const struct cpu *cpu);

/* run.c */
/* Runs until something stops the core; `deadline` is in its place. */
enum cpu_stop cpu_run_loop(struct cpu *cpu);
uint64_t cpu_ticks(const struct cpu *cpu);
void cpu_charge(struct cpu *cpu, enum timing_event event);
/* The next block is not begun before the core has taken a turn of its loop. */
void cpu_kick(struct cpu *cpu);
void cpu_slice_begin(struct cpu *cpu);
/* A slice that the first block uses up. */
void cpu_slice_begin_for_one(struct cpu *cpu);

/* delivery.c */
bool cpu_can_take_interrupt(const struct cpu *cpu);
bool cpu_turn(struct cpu *cpu);
/* The run ends at the next turn: the core is lost, the machine resets. */
void cpu_shut_down(struct cpu *cpu);
void cpu_on_exception(uc_engine *uc, uint32_t vector, void *ctx);
bool cpu_on_undefined(uc_engine *uc, void *ctx);

/* faults.c: before a fault that no other event is under way for is delivered. Returns its vector,
 * which it may have put right. */
int cpu_fault_begin(struct cpu *cpu, int vector);
/* At each turn: IRET may have brought back RF. */
void cpu_fault_end(struct cpu *cpu);

/* float.c: brings the library's flags to MXCSR and the x87 status word; and back, after those have
 * been loaded. */
void cpu_float_fold(struct seam_env *env);
void cpu_float_loaded(struct cpu *cpu);

/* regs.c: false when not all of it is memory */
bool cpu_peek_physical(const struct cpu_set *set, uint64_t addr, void *buf, size_t bytes);

/* access.c */
uint64_t cpu_on_mmio_read(uc_engine *uc, uint64_t offset, unsigned size, void *ctx);
void cpu_on_mmio_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *ctx);

/* reset.c: machine reset; logs of machine checks stay */
void cpu_power_on(struct cpu *cpu);
void cpu_init_now(struct cpu *cpu);

/* cpuid.c: the answer, masked by what the engine executes; also makes the engine refuse what is not
 * in it. */
struct cpuid_words {
    uint32_t eax;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
};
void cpu_cpuid_init(struct cpu *cpu);
struct cpuid_words cpu_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf);

/* control.c: the time-stamp counter. Before the core's own adjustment it never reads less than any
 * core was told before. */
uint64_t cpu_tsc(struct cpu *cpu);

/* thread.c */
void cpu_thread_enter(struct cpu *cpu, struct cpu **previous);
void cpu_thread_leave(struct cpu *previous);
/* Runs the engine's first steps up to its loop and says where its core lives, without executing
 * anything. */
struct seam_cs *cpu_thread_probe(uc_engine *uc);
