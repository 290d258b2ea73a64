/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A core in a snapshot: one chunk "/cpu<n>". Translations and TLB are not in it; the machine lets TLBs
 * start over at a checkpoint as well as after a load, so that both go on alike (unicorn.md trap
 * 10). What the engine keeps twice (rounding modes, breakpoints) is derived again on load. Loading
 * refuses what no core could be in.
 *
 * Translations stay, as they do at every beat: a block is found by physical address, hidden flags and
 * what of EFLAGS and CS counts, and is what the bytes there give under those, so a core that has been
 * put elsewhere uses them as one that has run there does (fetch.c). What else a translation depends on
 * is told where it changes: bytes by whoever changes them (cpu_set_host_written()), instruction
 * breakpoints by the change of DR7, which drops everything in the engine, and whether SSE exceptions have
 * been unmasked, here.
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/core/snap.h"

#include <stdio.h>
#include <string.h>

#define CLASS_NAME "cpu"
#define VERSION    3

#define CR0_PE     (1u << 0)
#define CR0_PG     (1u << 31)
#define CR4_PAE    (1u << 5)
#define CR4_KNOWN  0x007507ffu
#define EFER_KNOWN 0xd01u
#define EFER_LMA   (1u << 10)
#define FLAG_VM    0x20000u
#define HF_PE      (1u << 7)
#define HF_KNOWN   0x01c7ffffu /* without SMM, SVM and MPX */
#define HF2_KNOWN  0x5u        /* GIF, which is always set, and NMI */
#define XCR0_KNOWN 3u
#define DR7_FIXED  0x400u

enum {
    FLAG_HALTED = 1,
    FLAG_WAITS_FOR_SIPI = 2,
    FLAG_INTR = 4,
    FLAG_NMI = 8,
    FLAG_INIT = 16,
    FLAG_WATCH_ARMED = 32,
    FLAG_UNMASKED_SSE = 64
};

/* An integer of the engine's core, or `count` of them, `stride` apart. */
struct field {
    size_t offset;
    size_t size;
    size_t count;
    size_t stride;
};

#define ONE(member)                                                                     \
    {                                                                                   \
        offsetof(struct seam_env, member), sizeof(((struct seam_env *)0)->member), 1, 0 \
    }
#define MANY(member, number, distance)                                                     \
    {                                                                                      \
        offsetof(struct seam_env, member), sizeof(((struct seam_env *)0)->member), number, \
            distance                                                                       \
    }
#define SEGMENT(member, number)                                  \
    MANY(member.selector, number, sizeof(struct seam_segment)),  \
        MANY(member.base, number, sizeof(struct seam_segment)),  \
        MANY(member.limit, number, sizeof(struct seam_segment)), \
        MANY(member.flags, number, sizeof(struct seam_segment))

static const struct field fields[] = {
    MANY(regs[0], 16, 8),
    ONE(eip),
    ONE(eflags),
    ONE(hflags),
    ONE(hflags2),
    SEGMENT(segs[0], 6),
    SEGMENT(ldt, 1),
    SEGMENT(tr, 1),
    SEGMENT(gdt, 1),
    SEGMENT(idt, 1),
    MANY(cr[0], 5, 8),
    ONE(efer),
    ONE(fpstt),
    ONE(fpus),
    ONE(fpuc),
    MANY(fptags[0], 8, 1),
    MANY(fpregs[0].mantissa, 8, sizeof(struct seam_fpreg)),
    MANY(fpregs[0].exponent, 8, sizeof(struct seam_fpreg)),
    ONE(fpop),
    ONE(fpcs),
    ONE(fpds),
    ONE(fpip),
    ONE(fpdp),
    ONE(mxcsr),
    ONE(sysenter_cs),
    ONE(sysenter_esp),
    ONE(sysenter_eip),
    ONE(star),
    ONE(lstar),
    ONE(cstar),
    ONE(fmask),
    ONE(kernelgsbase),
    ONE(tsc_aux),
    ONE(xcr0),
    ONE(pat),
    MANY(dr[0], 8, 8),
    ONE(old_exception),
};

#define FIELDS    (sizeof(fields) / sizeof(fields[0]))
#define XMM_COUNT 16
#define XMM_BYTES 16

static void path_of(const struct cpu *cpu, char path[16])
{
    snprintf(path, 16, "/cpu%u", cpu->index);
}

static uint64_t flags_of(const struct cpu *cpu)
{
    return (cpu->is_halted ? FLAG_HALTED : 0) | (cpu->waits_for_sipi ? FLAG_WAITS_FOR_SIPI : 0) |
           (cpu->intr ? FLAG_INTR : 0) | (cpu->nmi_pending ? FLAG_NMI : 0) |
           (cpu->init_pending ? FLAG_INIT : 0) | (cpu->is_watch_armed ? FLAG_WATCH_ARMED : 0) |
           (cpu->has_unmasked_sse ? FLAG_UNMASKED_SSE : 0);
}

static void save_env(const struct seam_env *env, struct snap_writer *w)
{
    for (size_t i = 0; i < FIELDS; i++) {
        for (size_t n = 0; n < fields[i].count; n++) {
            uint64_t value = 0;

            memcpy(&value, (const char *)env + fields[i].offset + n * fields[i].stride,
                   fields[i].size);
            snap_put_u64(w, value);
        }
    }
    for (size_t i = 0; i < XMM_COUNT; i++) {
        snap_put_bytes(w, env->xmm[i], XMM_BYTES);
    }
}

int cpu_save(struct cpu *cpu, struct snap_writer *w, struct error *err)
{
    char path[16];

    (void)err;
    BUG_ON(cpu->is_running);
    path_of(cpu, path);
    snap_chunk_begin(w, path, CLASS_NAME, VERSION);
    cpu_float_fold(cpu->env);
    save_env(cpu->env, w);
    for (size_t i = 0; i < MSR_STORE_MAX; i++) {
        snap_put_u64(w, cpu->msr.store[i]);
    }
    snap_put_u64(w, cpu->msr.tsc_adjust);
    mca_save(cpu, w);
    snap_put_u64(w, cpu->set->tsc_base);
    snap_put_u64(w, cpu->set->tsc_last);
    snap_put_u64(w, cpu_ticks(cpu));
    snap_put_u64(w, cpu->instructions);
    snap_put_u64(w, cpu->blocks);
    snap_put_u64(w, flags_of(cpu));
    snap_put_u64(w, cpu->trap);
    snap_put_u64(w, cpu->random);
    snap_put_u64(w, cpu->cause);
    snap_put_u64(w, cpu->cs->cflags_next_tb == SEAM_ONE_INSN);
    snap_chunk_end(w);
    return 0;
}

static int load_env(struct seam_env *env, struct snap_reader *r, struct error *err)
{
    for (size_t i = 0; i < FIELDS; i++) {
        for (size_t n = 0; n < fields[i].count; n++) {
            uint64_t value;

            if (snap_get_u64(r, &value, err) != 0) {
                return -1;
            }
            if (fields[i].size < 8 && value >> (8 * fields[i].size)) {
                return error_host(err, "a core's register in the snapshot is too large");
            }
            memcpy((char *)env + fields[i].offset + n * fields[i].stride, &value, fields[i].size);
        }
    }
    for (size_t i = 0; i < XMM_COUNT; i++) {
        if (snap_get_bytes(r, env->xmm[i], XMM_BYTES, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_fpu_possible(const struct seam_env *env)
{
    for (size_t i = 0; i < 8; i++) {
        if (env->fptags[i] > 1) {
            return false;
        }
    }
    return env->fpstt < 8 && env->mxcsr >> 16 == 0;
}

static bool is_possible(const struct seam_env *env)
{
    bool is_long = env->efer & EFER_LMA;
    bool is_protected = env->cr[0] & CR0_PE;

    if ((env->hflags & ~HF_KNOWN) || (env->hflags2 & ~HF2_KNOWN) ||
        (env->efer & ~(uint64_t)EFER_KNOWN)) {
        return false;
    }
    if (is_long != !!(env->hflags & SEAM_HF_LMA) || is_protected != !!(env->hflags & HF_PE)) {
        return false;
    }
    if (is_long && (!(env->cr[0] & CR0_PG) || !(env->cr[4] & CR4_PAE) || (env->eflags & FLAG_VM))) {
        return false;
    }
    if (!is_long && (env->hflags & SEAM_HF_CS64)) {
        return false;
    }
    return ((env->cr[0] & CR0_PG) == 0 || is_protected) && !(env->cr[4] & ~(uint64_t)CR4_KNOWN) &&
           env->cr[0] >> 32 == 0 && !(env->xcr0 & ~(uint64_t)XCR0_KNOWN) && (env->xcr0 & 1) &&
           is_fpu_possible(env);
}

/* The part after the engine's own; also puts the flags in place. */
static int load_rest(struct cpu *cpu, struct snap_reader *r, struct error *err)
{
    uint64_t ticks;
    uint64_t flags;
    uint64_t trap;
    uint64_t one_insn;

    for (size_t i = 0; i < MSR_STORE_MAX; i++) {
        if (snap_get_u64(r, &cpu->msr.store[i], err) != 0) {
            return -1;
        }
    }
    if (snap_get_u64(r, &cpu->msr.tsc_adjust, err) != 0 || mca_load(cpu, r, err) != 0 ||
        snap_get_u64(r, &cpu->set->tsc_base, err) != 0 ||
        snap_get_u64(r, &cpu->set->tsc_last, err) != 0 || snap_get_u64(r, &ticks, err) != 0 ||
        snap_get_u64(r, &cpu->instructions, err) != 0 || snap_get_u64(r, &cpu->blocks, err) != 0 ||
        snap_get_u64(r, &flags, err) != 0 || snap_get_u64(r, &trap, err) != 0 ||
        snap_get_u64(r, &cpu->random, err) != 0 || snap_get_u64(r, &cpu->cause, err) != 0 ||
        snap_get_u64(r, &one_insn, err) != 0) {
        return -1;
    }
    if (ticks > UINT64_MAX / 4 || flags > 2 * FLAG_UNMASKED_SSE - 1 || trap > 0xf) {
        return error_host(err, "a core's state in the snapshot is out of range");
    }
    cpu->slice_end = ticks;
    cpu->env->meter_left = 0;
    cpu->env->meter_tally = 0;
    cpu_block_ends(cpu->env);
    cpu->is_continued = false;
    cpu->is_halted = flags & FLAG_HALTED;
    cpu->waits_for_sipi = flags & FLAG_WAITS_FOR_SIPI;
    cpu->intr = flags & FLAG_INTR;
    cpu->nmi_pending = flags & FLAG_NMI;
    cpu->init_pending = flags & FLAG_INIT;
    cpu->is_watch_armed = flags & FLAG_WATCH_ARMED;
    cpu->has_unmasked_sse = flags & FLAG_UNMASKED_SSE;
    cpu->trap = (uint32_t)trap;
    cpu->cs->cflags_next_tb = one_insn ? SEAM_ONE_INSN : UINT32_MAX;
    return 0;
}

/* What the engine derives from the registers. Breakpoints are made by the change of DR7, so it
 * starts from none. */
static void derive(struct cpu *cpu, const uint64_t dr[8])
{
    struct seam_env *env = cpu->env;

    SEAM(update_fp_status)(env);
    SEAM(update_mxcsr_status)(env);
    cpu_float_loaded(cpu);
    SEAM(cpu_x86_update_dr7)(env, DR7_FIXED);
    memcpy(env->dr, dr, 7 * sizeof(dr[0]));
    SEAM(cpu_x86_update_dr7)(env, (uint32_t)dr[7]);
    SEAM(tlb_flush)(cpu->cs);
    cpu->cs->interrupt_request = SEAM_REQUEST_HARD;
    cpu->cs->exception_index = -1;
}

static int load(struct cpu *cpu, struct snap_reader *r, struct error *err)
{
    const bool had_unmasked_sse = cpu->has_unmasked_sse;
    uint64_t live_dr[8];
    uint64_t dr[8];
    char path[16];

    path_of(cpu, path);
    memcpy(live_dr, cpu->env->dr, sizeof(live_dr));
    if (snap_chunk_open(r, path, CLASS_NAME, VERSION, err) != 0 ||
        load_env(cpu->env, r, err) != 0) {
        return -1;
    }
    memcpy(dr, cpu->env->dr, sizeof(dr));
    memcpy(cpu->env->dr, live_dr, sizeof(live_dr));
    if (!is_possible(cpu->env)) {
        return error_host(err, "a core's state in the snapshot is not possible");
    }
    if (load_rest(cpu, r, err) != 0 || snap_chunk_close(r, err) != 0) {
        return -1;
    }
    derive(cpu, dr);
    if (cpu->has_unmasked_sse != had_unmasked_sse) {
        SEAM(tb_flush)(cpu->cs);
    }
    return 0;
}

int cpu_load(struct cpu *cpu, struct snap_reader *r, struct error *err)
{
    struct cpu *previous;
    int result;

    cpu_look_abandon(cpu);
    BUG_ON(cpu->is_running);
    cpu_thread_enter(cpu, &previous);
    result = load(cpu, r, err);
    if (result != 0) {
        cpu_power_on(cpu);
        mca_power_on(cpu);
    }
    cpu_thread_leave(previous);
    return result;
}
