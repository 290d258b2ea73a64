/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Misaligned operands: #GP(0) for SSE instructions that demand 16 bytes, #AC(0) for everything in
 * ring 3 while EFLAGS.AC and CR0.AM are set (SDM 3A 6.15, interrupt 17).
 *
 * The library's generated code can test alignment along with its TLB look-up, at no cost, and then
 * calls the function for the slow way; the translator only never asks for it. So it is asked for
 * here where the translator emits a load or store, and answered in front of those functions.
 */
#include "emu/cpu/internal.h"

#define VECTOR_GP   13
#define VECTOR_AC   17
#define CR0_AM      (1u << 18)
#define FLAG_AC     0x40000u
#define CPL_USER    3u
#define OI_ALIGN    (SEAM_MO_ALIGN << SEAM_MO_INDEX_SHIFT)
#define ALIGN_SHIFT (SEAM_MO_INDEX_SHIFT + SEAM_MO_ALIGN_SHIFT)

/* The operation with the alignment that it must have. Of an operand of 16 bytes, the first half is
 * asked. */
static uint32_t with_alignment(void *tcg, uint32_t operation)
{
    struct cpu *cpu = seam_cs_of_uc(seam_field(tcg, SEAM_TCG_UC))->opaque;

    if (!cpu) {
        return operation;
    }
    if (cpu->block.is_aligned) {
        cpu->block.is_aligned = false;
        return operation | SEAM_MO_ALIGN_16;
    }
    if ((cpu->block.flags & FLAG_AC) && (cpu->block.flags & SEAM_HF_CPL) == CPL_USER) {
        return operation | SEAM_MO_ALIGN;
    }
    return operation;
}

#define EMIT(name)                                                                    \
    void SEAM_WRAP(name)(void *tcg, uintptr_t value, uintptr_t addr, uintptr_t index, \
                         uint32_t operation)                                          \
    {                                                                                 \
        SEAM_REAL(name)(tcg, value, addr, index, with_alignment(tcg, operation));     \
    }
EMIT(tcg_gen_qemu_ld_i32)
EMIT(tcg_gen_qemu_ld_i64)
EMIT(tcg_gen_qemu_st_i32)
EMIT(tcg_gen_qemu_st_i64)

/* Raises the exception of a misaligned address and does not return, or returns the operation
 * without the demand. */
static uint32_t check(struct seam_env *env, uint64_t addr, uint32_t operation, uintptr_t host_pc)
{
    unsigned bits = (operation & OI_ALIGN) >> ALIGN_SHIFT;

    if (bits == SEAM_MO_ALIGN >> SEAM_MO_ALIGN_SHIFT) {
        bits = operation >> SEAM_MO_INDEX_SHIFT & SEAM_MO_SIZE;
    }
    if (addr & ((UINT64_C(1) << bits) - 1)) {
        if ((operation & OI_ALIGN) == SEAM_MO_ALIGN_16 << SEAM_MO_INDEX_SHIFT) {
            SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, host_pc);
        }
        if ((env->cr[0] & CR0_AM) && (env->eflags & FLAG_AC) &&
            (env->hflags & SEAM_HF_CPL) == CPL_USER) {
            SEAM(raise_exception_err_ra)(env, VECTOR_AC, 0, host_pc);
        }
    }
    return operation & ~OI_ALIGN;
}

#define LOAD(name)                                                                     \
    uint64_t SEAM_WRAP(name)(struct seam_env * env, uint64_t addr, uint32_t operation, \
                             uintptr_t host_pc)                                        \
    {                                                                                  \
        if (operation & OI_ALIGN) {                                                    \
            operation = check(env, addr, operation, host_pc);                          \
        }                                                                              \
        return SEAM_REAL(name)(env, addr, operation, host_pc);                         \
    }
LOAD(helper_le_lduw_mmu)
LOAD(helper_le_ldul_mmu)
LOAD(helper_le_ldq_mmu)
LOAD(helper_be_lduw_mmu)
LOAD(helper_be_ldul_mmu)
LOAD(helper_be_ldq_mmu)

#define STORE(name, type)                                                                      \
    void SEAM_WRAP(name)(struct seam_env * env, uint64_t addr, type value, uint32_t operation, \
                         uintptr_t host_pc)                                                    \
    {                                                                                          \
        if (operation & OI_ALIGN) {                                                            \
            operation = check(env, addr, operation, host_pc);                                  \
        }                                                                                      \
        SEAM_REAL(name)(env, addr, value, operation, host_pc);                                 \
    }
STORE(helper_le_stw_mmu, uint16_t)
STORE(helper_le_stl_mmu, uint32_t)
STORE(helper_le_stq_mmu, uint64_t)
STORE(helper_be_stw_mmu, uint16_t)
STORE(helper_be_stl_mmu, uint32_t)
STORE(helper_be_stq_mmu, uint64_t)
