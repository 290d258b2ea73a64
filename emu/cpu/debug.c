/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug registers (SDM 3B 17.2, 17.3).
 *
 * The library has instruction breakpoints, I/O breakpoints and single-stepping. It lacks data
 * breakpoints: the places where its TLB asks for them are there, and answered here from DR0-DR7.
 * (Guarded pages come the same way, guard.c.) It also empties its translations at once when a
 * breakpoint is set, under the feet of the block that sets it; here that waits for the next turn of
 * the loop.
 *
 * A data breakpoint is a trap after the instruction. The first hit abandons the block and runs the
 * instruction again, alone in a block of its own; the hit in there lets it finish, and the turn
 * after it raises #DB.
 */
#include "emu/cpu/internal.h"

#define VECTOR_DB 1
#define VECTOR_UD 6
#define VECTOR_GP 13
#define HOST_PC   ((uintptr_t)__builtin_return_address(0))

#define CR4_DE      (1u << 3)
#define DR6_BD      (1u << 13)
#define DR7_GD      (1u << 13)
#define BREAKPOINTS 4u
#define PAGE_BYTES  4096u

enum { TYPE_EXECUTE, TYPE_WRITE, TYPE_IO, TYPE_ACCESS };
#define ON_READ  1
#define ON_WRITE 2
#define WATCHED  (ON_READ | ON_WRITE)

static bool is_enabled(const struct seam_env *env, unsigned n)
{
    return env->dr[7] >> (2 * n) & 3;
}

static unsigned type_of(const struct seam_env *env, unsigned n)
{
    return env->dr[7] >> (16 + 4 * n) & 3;
}

static bool is_data(const struct seam_env *env, unsigned n)
{
    unsigned type = type_of(env, n);

    return is_enabled(env, n) && (type == TYPE_WRITE || type == TYPE_ACCESS);
}

/* Does data breakpoint n cover some of [linear, linear + bytes)? */
static bool covers(const struct seam_env *env, unsigned n, uint64_t linear, uint64_t bytes)
{
    static const uint64_t lengths[] = {1, 2, 8, 4};
    uint64_t length = lengths[env->dr[7] >> (18 + 4 * n) & 3];
    uint64_t start = env->dr[n] & ~(length - 1);

    return linear - start < length || start - linear < bytes;
}

/* Asked when a page enters the TLB: must accesses to it be looked at? */
int SEAM_WRAP(cpu_watchpoint_address_matches)(struct seam_cs *cs, uint64_t linear, uint64_t bytes)
{
    if (cs->opaque && cs->opaque->is_guard_fill) {
        return WATCHED;
    }
    if (cs->opaque && cpu_probe_has_data(cs->opaque->set, linear, bytes)) {
        return WATCHED;
    }
    for (unsigned n = 0; cs->opaque && n < BREAKPOINTS; n++) {
        if (is_data(&cs->env, n) && covers(&cs->env, n, linear, bytes)) {
            return WATCHED;
        }
    }
    return 0;
}

static uint32_t hits(const struct seam_env *env, uint64_t linear, uint64_t bytes, int access)
{
    uint32_t bits = 0;

    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        if (is_data(env, n) && covers(env, n, linear, bytes) &&
            (access == ON_WRITE || type_of(env, n) == TYPE_ACCESS)) {
            bits |= 1u << n;
        }
    }
    return bits;
}

/* A hit of data breakpoints. The first one does not come back. */
static void hit(struct cpu *cpu, uint32_t bits, uintptr_t host_pc)
{
    if (!cpu->is_watch_armed && host_pc) {
        cpu->is_watch_armed = true;
        cpu->cs->cflags_next_tb = SEAM_ONE_INSN;
        SEAM(cpu_restore_state)(cpu->cs, host_pc, true);
        SEAM(cpu_loop_exit_noexc)(cpu->cs);
    }
    cpu->is_watch_armed = true;
    cpu->trap |= bits;
    cpu_kick(cpu);
}

/*
 * A store that is not aligned is asked for in two parts, one for each page. Where it lies in one
 * page, at `offset` in it, the library miscounts: the first part then has -offset bytes, and the
 * second begins with the page and has offset + size. False: this is the first of two such parts;
 * wait for the second.
 */
static bool put_right(struct cpu *cpu, uint64_t *linear, uint64_t *bytes)
{
    uint64_t offset = cpu->odd_store % PAGE_BYTES;

    if (offset != 0) {
        *linear = cpu->odd_store;
        *bytes -= offset;
        cpu->odd_store = 0;
    } else if (*bytes > PAGE_BYTES) {
        cpu->odd_store = *linear;
        return false;
    }
    return true;
}

/* Before an access to a page that cpu_watchpoint_address_matches() wanted to be looked at. */
void SEAM_WRAP(cpu_check_watchpoint)(struct seam_cs *cs, uint64_t linear, uint64_t bytes,
                                     uint32_t attrs, int access, uintptr_t host_pc)
{
    struct cpu *cpu = cs->opaque;
    uint32_t bits;

    if (!cpu || (access == ON_WRITE && !put_right(cpu, &linear, &bytes))) {
        return;
    }
    bits = hits(&cs->env, linear, bytes, access);
    if (bits) {
        hit(cpu, bits, host_pc);
    }
    cpu_probe_data(cpu, linear, bytes, access == ON_WRITE, host_pc);
    if (attrs & SEAM_ATTR_GUARDED) {
        cpu_guard_data(cpu, linear, bytes, attrs, access == ON_WRITE, host_pc);
    }
}

/* The translator has put this where an instruction breakpoint is. It knows of no others, so one of
 * the four matches. */
void SEAM_WRAP(helper_debug)(struct seam_env *env)
{
    uint64_t linear = env->segs[1].base + env->eip;

    env->dr[6] &= ~UINT64_C(0xf);
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        if (is_enabled(env, n) && type_of(env, n) == TYPE_EXECUTE && env->dr[n] == linear) {
            env->dr[6] |= 1u << n;
        }
    }
    SEAM(raise_exception_ra)(env, VECTOR_DB, 0);
}

/* General detect: any access to a debug register faults while DR7.GD is set, which the fault
 * clears. */
static void check_access(struct seam_env *env, int reg, uintptr_t host_pc)
{
    if ((reg == 4 || reg == 5) && (env->cr[4] & CR4_DE)) {
        SEAM(raise_exception_ra)(env, VECTOR_UD, host_pc);
    }
    if (env->dr[7] & DR7_GD) {
        env->dr[7] &= ~(uint64_t)DR7_GD;
        env->dr[6] |= DR6_BD;
        SEAM(raise_exception_ra)(env, VECTOR_DB, host_pc);
    }
}

void SEAM_WRAP(helper_set_dr)(struct seam_env *env, int reg, uint64_t value)
{
    check_access(env, reg, HOST_PC);
    if (reg >= 4 && value >> 32) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    SEAM_REAL(helper_set_dr)(env, reg, value);
    if (reg != 4 && reg != 6) {
        SEAM(tlb_flush)(seam_cs_of_env(env));
    }
}

uint64_t SEAM_WRAP(helper_get_dr)(struct seam_env *env, int reg)
{
    check_access(env, reg, HOST_PC);
    return SEAM_REAL(helper_get_dr)(env, reg);
}

void SEAM_WRAP(tb_flush)(struct seam_cs *cs)
{
    struct cpu *cpu = cs->opaque;

    if (cpu && cpu->is_running) {
        cpu->is_flush_pending = true;
        cpu_kick(cpu);
        return;
    }
    SEAM_REAL(tb_flush)(cs);
}
