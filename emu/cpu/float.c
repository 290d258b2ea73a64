/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floating-point exceptions. The library's arithmetic collects flags of its own (IE ZE OE UE PE;
 * not DE) that it never brings to MXCSR or to the x87 status word, and raises #MF at WAIT only.
 * Source: SDM 1 8.5 to 8.7, 11.5 and 11.6; SDM 3A 6.15, interrupts 16 and 19.
 *
 * meter.c puts calls around the instructions that need it, as decode.h tells them apart. The
 * functions called must be known to the library; these are its SVM instructions, which no block has
 * otherwise:
 * - x87: flags become status before each instruction, and a pending exception is raised by those
 *   that wait (helper_fwait);
 * - what stores MXCSR or the x87 state: flags become status before it (helper_clgi);
 * - what loads them: status becomes flags behind it (helper_skinit);
 * - SSE arithmetic, only in a core that has ever unmasked an exception: registers are kept before it
 *   (helper_clgi), and when it has raised an unmasked flag they are put back and #XM is raised
 *   (helper_stgi). helper_vmmcall, helper_invlpga and helper_vmload serve others (meter.c).
 */
#include "emu/cpu/internal.h"

#include <string.h>

#define VECTOR_UD      6
#define VECTOR_GP      13
#define VECTOR_XM      19
#define HOST_PC        ((uintptr_t)__builtin_return_address(0))
#define CR4_OSXMMEXCPT (1u << 10)
#define ARITHMETIC     0x3du /* IE ZE OE UE PE: the same bits in all three places */
#define FLAGS          0x3fu
#define FLUSHED_OUTPUT 0x80u
#define UE_PE          0x30u
#define MASK_SHIFT     7
#define MXCSR_DAZ      (1u << 6)
#define MXCSR_FZ       (1u << 15)
#define MXCSR_DEFINED  0xffffu
#define FPUS_ES        0x80u
#define FPUS_B         0x8000u
#define INSN_BYTES_MAX 15u
#define XMM_BYTES      16u

static uint32_t flags_of(const struct seam_float_status *status)
{
    return (status->flags & ARITHMETIC) | (status->flags & FLUSHED_OUTPUT ? UE_PE : 0);
}

/* MXCSR's flags stay in the library's as well: its fast ways need the inexact flag. */
static void fold_sse(struct seam_env *env)
{
    env->mxcsr |= flags_of(&env->sse_status);
}

static void fold_x87(struct seam_env *env)
{
    env->fpus |= (uint16_t)flags_of(&env->fp_status);
    env->fp_status.flags = 0;
    if (env->fpus & ~env->fpuc & FLAGS) {
        env->fpus |= FPUS_ES | FPUS_B;
    } else {
        env->fpus &= (uint16_t) ~(FPUS_ES | FPUS_B);
    }
}

void cpu_float_fold(struct seam_env *env)
{
    fold_sse(env);
    fold_x87(env);
}

void cpu_float_loaded(struct cpu *cpu)
{
    struct seam_env *env = cpu->env;

    env->sse_status.flags = env->mxcsr & ARITHMETIC;
    /* The library gives FZ to the x87 by mistake. */
    env->sse_status.flush_to_zero = (env->mxcsr & MXCSR_FZ) != 0;
    env->sse_status.flush_inputs_to_zero = (env->mxcsr & MXCSR_DAZ) != 0;
    env->fp_status.flush_to_zero = 0;
    env->fp_status.flags = 0;
    if ((env->mxcsr >> MASK_SHIFT & FLAGS) != FLAGS && !cpu->has_unmasked_sse) {
        cpu->has_unmasked_sse = true;
        cpu->is_flush_pending = true;
        cpu_kick(cpu);
    }
}

void SEAM_WRAP(helper_ldmxcsr)(struct seam_env *env, uint32_t value)
{
    if (value & ~MXCSR_DEFINED) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    SEAM_REAL(helper_ldmxcsr)(env, value);
    cpu_float_loaded(seam_cpu_of_env(env));
}

/* Behind FXRSTOR and XRSTOR. The processor refuses reserved bits before it loads anything. */
void SEAM_WRAP(helper_skinit)(struct seam_env *env)
{
    bool is_refused = env->mxcsr & ~MXCSR_DEFINED;

    env->mxcsr &= MXCSR_DEFINED;
    SEAM(update_mxcsr_status)(env);
    cpu_float_loaded(seam_cpu_of_env(env));
    if (is_refused) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
}

/* FNINIT FNCLEX FNSTCW FNSTSW FNSTENV FNSAVE do not wait, nor do the empty ones beside FNINIT. */
static bool is_waiting(uint8_t opcode, uint8_t modrm)
{
    unsigned reg = modrm >> 3 & 7;

    switch (opcode) {
    case 0xd9: return modrm >= 0xc0 || reg < 6;
    case 0xdb: return modrm < 0xe0 || modrm > 0xe4;
    case 0xdd: return modrm >= 0xc0 || reg < 6;
    case 0xdf: return modrm != 0xe0;
    default: return true;
    }
}

void SEAM_WRAP(helper_fwait)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    uint8_t code[INSN_BYTES_MAX];
    uint8_t *opcode;

    fold_x87(env);
    if (!(env->fpus & FPUS_ES)) {
        return;
    }
    SEAM(cpu_restore_state)(cpu->cs, HOST_PC, true);
    memset(code, 0, sizeof(code));
    for (size_t i = 0; i < sizeof(code); i++) {
        cpu_peek_linear(cpu, env->segs[1].base + env->eip + i, &code[i], 1);
    }
    opcode = code;
    while (opcode < code + sizeof(code) - 2 && (*opcode & 0xf8) != 0xd8 && *opcode != 0x9b) {
        opcode++;
    }
    if (is_waiting(opcode[0], opcode[1])) {
        SEAM_REAL(helper_fwait)(env);
    }
}

void SEAM_WRAP(helper_clgi)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    struct cpu_float *kept = &cpu->kept;

    cpu_float_fold(env);
    if (!cpu->has_unmasked_sse) {
        return;
    }
    env->sse_status.flags = 0;
    memcpy(kept->regs, env->regs, sizeof(kept->regs));
    memcpy(kept->fpregs, env->fpregs, sizeof(kept->fpregs));
    memcpy(kept->fptags, env->fptags, sizeof(kept->fptags));
    for (size_t i = 0; i < 16; i++) {
        memcpy(kept->xmm[i], env->xmm[i], sizeof(kept->xmm[i]));
    }
    kept->fpstt = env->fpstt;
    kept->cc[0] = env->cc_dst;
    kept->cc[1] = env->cc_src;
    kept->cc[2] = env->cc_src2;
}

static void put_back(struct seam_env *env, const struct cpu_float *kept)
{
    memcpy(env->regs, kept->regs, sizeof(kept->regs));
    memcpy(env->fpregs, kept->fpregs, sizeof(kept->fpregs));
    memcpy(env->fptags, kept->fptags, sizeof(kept->fptags));
    for (size_t i = 0; i < 16; i++) {
        memcpy(env->xmm[i], kept->xmm[i], sizeof(kept->xmm[i]));
    }
    env->fpstt = kept->fpstt;
    env->cc_dst = kept->cc[0];
    env->cc_src = kept->cc[1];
    env->cc_src2 = kept->cc[2];
}

void SEAM_WRAP(helper_stgi)(struct seam_env *env)
{
    uint32_t raised = flags_of(&env->sse_status);

    fold_sse(env);
    if (!(raised & ~(env->mxcsr >> MASK_SHIFT) & FLAGS)) {
        return;
    }
    put_back(env, &seam_cpu_of_env(env)->kept);
    SEAM(raise_exception_ra)
    (env, env->cr[4] & CR4_OSXMMEXCPT ? VECTOR_XM : VECTOR_UD, HOST_PC);
}
