/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYSCALL and SYSENTER, which the stock library leaves out. SYSRET and SYSEXIT are the library's
 * own, behind checks that it lacks. Source: SDM 2B, the instructions' pages; SDM 3A 5.8.7 and 5.8.8.
 */
#include "emu/cpu/internal.h"

#define VECTOR_UD    6
#define VECTOR_GP    13
#define EFER_SCE     1u
#define OPERAND_64   2 /* as the translator passes it */
#define FLAG_IF      0x200u
#define FLAG_VM      0x20000u
#define FLAG_RF      0x10000u
#define FLAG_DF      0x400u
#define FLAG_STATUS  0x8d5u
#define SYSRET_FLAGS 0x3c7fd7u
#define SELECTOR_RPL 3u

enum { ES, CS, SS };

/* Flat ring-0 segments as both instructions load them: present, accessed, 4 GiB. */
#define CODE_FLAT  0x00c09b00u /* 32-bit code */
#define CODE_LONG  0x00a09b00u /* 64-bit code */
#define DATA_FLAT  0x00c09300u
#define LIMIT_FLAT 0xffffffffu

#define HF_SS32   (1u << 5)
#define HF_ADDSEG (1u << 6)

#define HOST_PC ((uintptr_t)__builtin_return_address(0))

static void load_flat(struct seam_segment *segment, uint32_t selector, uint32_t flags)
{
    segment->selector = selector;
    segment->base = 0;
    segment->limit = LIMIT_FLAT;
    segment->flags = flags;
}

/* The entry into ring 0: CS, SS and what the translator derives from them. */
static void enter_ring0(struct seam_env *env, uint32_t cs_selector, bool is_long)
{
    load_flat(&env->segs[CS], cs_selector & ~SELECTOR_RPL, is_long ? CODE_LONG : CODE_FLAT);
    load_flat(&env->segs[SS], (cs_selector & ~SELECTOR_RPL) + 8, DATA_FLAT);
    env->hflags &= ~(SEAM_HF_CPL | SEAM_HF_CS64 | SEAM_HF_CS32 | HF_SS32 | HF_ADDSEG);
    env->hflags |= HF_SS32 | SEAM_HF_CS32;
    if (is_long) {
        env->hflags |= SEAM_HF_CS64;
    } else if (env->segs[ES].base || env->segs[3].base) {
        env->hflags |= HF_ADDSEG;
    }
}

/* Writes RFLAGS with the status bits and DF where the engine keeps them inside its loop. */
static void write_flags(struct seam_env *env, uint64_t flags)
{
    env->cc_src = flags & FLAG_STATUS;
    env->cc_op = SEAM_CC_OP_EFLAGS;
    env->df = flags & FLAG_DF ? -1 : 1;
    env->eflags = (flags & ~(uint64_t)(FLAG_STATUS | FLAG_DF)) | 2;
}

void SEAM_WRAP(helper_syscall)(struct seam_env *env, int next_eip_addend)
{
    uint64_t flags;
    uint64_t next = env->eip + (uint64_t)next_eip_addend;
    bool is_long = env->hflags & SEAM_HF_CS64;

    /* On Intel processors SYSCALL exists in 64-bit mode only. */
    if (!(env->efer & EFER_SCE) || !is_long) {
        SEAM(raise_exception_err_ra)(env, VECTOR_UD, 0, HOST_PC);
    }
    flags = SEAM(helper_read_eflags)(env);
    env->regs[1] = next;
    env->regs[11] = flags & ~(uint64_t)FLAG_RF;
    write_flags(env, flags & ~(env->fmask | FLAG_RF));
    enter_ring0(env, (uint32_t)(env->star >> 32) & 0xffff, true);
    env->eip = env->lstar;
}

void SEAM_WRAP(helper_sysenter)(struct seam_env *env, int next_eip_addend)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    bool is_long = env->hflags & SEAM_HF_LMA;

    (void)next_eip_addend;
    SEAM(cpu_restore_state)(cpu->cs, HOST_PC, true);
    if ((env->sysenter_cs & ~SELECTOR_RPL) == 0) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, 0);
    }
    env->eflags &=
        ~(uint64_t)(FLAG_VM | FLAG_IF | FLAG_RF); /* the status bits are elsewhere and stay */
    enter_ring0(env, env->sysenter_cs, is_long);
    env->regs[4] = is_long ? env->sysenter_esp : (uint32_t)env->sysenter_esp;
    env->eip = is_long ? env->sysenter_eip : (uint32_t)env->sysenter_eip;
}

static bool is_canonical(uint64_t linear)
{
    uint64_t top = linear >> 47;

    return top == 0 || top == UINT64_MAX >> 47;
}

/* Intel processors know it in 64-bit mode only, and check the return address while still in ring 0.
 * The library would take RF, VM and reserved bits out of R11 as well. */
void SEAM_WRAP(helper_sysret)(struct seam_env *env, int operand_size)
{
    uint64_t flags = env->regs[11];

    if (!(env->efer & EFER_SCE) || !(env->hflags & SEAM_HF_CS64)) {
        SEAM(raise_exception_err_ra)(env, VECTOR_UD, 0, HOST_PC);
    }
    if ((env->hflags & SEAM_HF_CPL) ||
        (operand_size == OPERAND_64 && !is_canonical(env->regs[1]))) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    env->regs[11] = flags & SYSRET_FLAGS;
    SEAM_REAL(helper_sysret)(env, operand_size);
    env->regs[11] = flags;
}

void SEAM_WRAP(helper_sysexit)(struct seam_env *env, int operand_size)
{
    if ((env->sysenter_cs & ~SELECTOR_RPL) == 0 || (env->hflags & SEAM_HF_CPL) ||
        (operand_size == OPERAND_64 &&
         !(is_canonical(env->regs[1]) && is_canonical(env->regs[2])))) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    SEAM_REAL(helper_sysexit)(env, operand_size);
}
