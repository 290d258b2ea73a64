/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks that the library leaves out when selectors are loaded and by far jumps and calls. Source:
 * SDM 2A and 2B, the instructions' pages; SDM 3A 3.4.5.
 *
 * The library's functions find the instruction of a fault by the address they return to, which is
 * not in generated code when they are called from here; so it is told before.
 */
#include "emu/cpu/internal.h"

#define VECTOR_GP        13
#define HOST_PC          ((uintptr_t)__builtin_return_address(0))
#define SS               2
#define SELECTOR_RPL     3u
#define SELECTOR_TI      4u
#define SELECTOR_NULL    0xfffcu    /* null when all of these are clear */
#define DESCRIPTOR_CODE  (3u << 11) /* no system segment, executable */
#define DESCRIPTOR_L     (1u << 21)
#define DESCRIPTOR_D     (1u << 22)
#define DESCRIPTOR_BYTES 8u

void SEAM_WRAP(helper_load_seg)(struct seam_env *env, int segment, int selector)
{
    unsigned cpl = env->hflags & SEAM_HF_CPL;

    /* In 64-bit mode SS may be null below ring 3, with the RPL of the ring. */
    if (segment == SS && !((unsigned)selector & SELECTOR_NULL) && (env->hflags & SEAM_HF_CS64) &&
        ((unsigned)selector & SELECTOR_RPL) != cpl) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    SEAM(cpu_restore_state)(seam_cs_of_env(env), HOST_PC, true);
    SEAM_REAL(helper_load_seg)(env, segment, selector);
}

void SEAM_WRAP(helper_ltr)(struct seam_env *env, int selector)
{
    if (!((unsigned)selector & SELECTOR_NULL)) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    SEAM(cpu_restore_state)(seam_cs_of_env(env), HOST_PC, true);
    SEAM_REAL(helper_ltr)(env, selector);
}

/* Long mode has no code that is 64 bits and 32 bits wide. A descriptor that cannot be read is the
 * library's affair. */
static bool is_long_and_wide(struct seam_env *env, unsigned selector)
{
    const struct seam_segment *table = selector & SELECTOR_TI ? &env->ldt : &env->gdt;
    uint32_t offset = selector & ~(SELECTOR_TI | SELECTOR_RPL);
    uint32_t words[2];

    if (!(env->hflags & SEAM_HF_LMA) || !(selector & SELECTOR_NULL) ||
        offset + DESCRIPTOR_BYTES - 1 > table->limit ||
        !cpu_peek_linear(seam_cpu_of_env(env), table->base + offset, words, sizeof(words))) {
        return false;
    }
    return (words[1] & DESCRIPTOR_CODE) == DESCRIPTOR_CODE && (words[1] & DESCRIPTOR_L) &&
           (words[1] & DESCRIPTOR_D);
}

void SEAM_WRAP(helper_ljmp_protected)(struct seam_env *env, int selector, uint64_t eip,
                                      uint64_t next_eip)
{
    if (is_long_and_wide(env, (unsigned)selector)) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, selector & (int)SELECTOR_NULL, HOST_PC);
    }
    SEAM(cpu_restore_state)(seam_cs_of_env(env), HOST_PC, true);
    SEAM_REAL(helper_ljmp_protected)(env, selector, eip, next_eip);
}

void SEAM_WRAP(helper_lcall_protected)(struct seam_env *env, int selector, uint64_t eip, int shift,
                                       uint64_t next_eip)
{
    if (is_long_and_wide(env, (unsigned)selector)) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, selector & (int)SELECTOR_NULL, HOST_PC);
    }
    SEAM(cpu_restore_state)(seam_cs_of_env(env), HOST_PC, true);
    SEAM_REAL(helper_lcall_protected)(env, selector, eip, shift, next_eip);
}
