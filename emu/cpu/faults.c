/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults that the library reports otherwise than the processor (SDM 3A 6.15, SDM 3B 17.3.1.1):
 * - a fault pushes RF set;
 * - a non-canonical address that refers to the stack is #SS(0), not #GP(0);
 * - a jump, call or return to a non-canonical address faults itself, not its target.
 */
#include "emu/cpu/internal.h"

#include <capstone/capstone.h>

#define VECTOR_DE 0
#define VECTOR_BR 5
#define VECTOR_NM 7
#define VECTOR_TS 10
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_XM 19

#define FLAG_RF        0x10000u
#define DR7_ENABLED    0xffu
#define RSP            4
#define RBP            5
#define INSN_BYTES_MAX 15u
#define HOST_PC        ((uintptr_t)__builtin_return_address(0))

static bool is_canonical(uint64_t linear)
{
    uint64_t top = linear >> 47;

    return top == 0 || top == UINT64_MAX >> 47;
}

/* Not #DB, which is of both kinds, and not #DF. */
static bool is_fault(int vector)
{
    return vector == VECTOR_DE || (vector >= VECTOR_BR && vector <= VECTOR_NM) ||
           (vector >= VECTOR_TS && vector <= VECTOR_PF) || vector == VECTOR_MF ||
           vector == VECTOR_AC || vector == VECTOR_XM;
}

/* A general register of the engine by Capstone's name; 0 for any other. */
static uint64_t register_value(const struct seam_env *env, x86_reg reg)
{
    static const x86_reg names[16] = {
        X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP,
        X86_REG_RSI, X86_REG_RDI, X86_REG_R8,  X86_REG_R9,  X86_REG_R10, X86_REG_R11,
        X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15,
    };

    for (size_t i = 0; i < 16; i++) {
        if (names[i] == reg) {
            return env->regs[i];
        }
    }
    return 0;
}

/* An operand that names the stack segment by its base register. FS and GS would override it; the
 * other prefixes do nothing in 64-bit mode. */
static bool is_bad_stack_operand(const struct seam_env *env, const cs_x86_op *op)
{
    uint64_t linear;

    if (op->type != X86_OP_MEM || op->mem.segment == X86_REG_FS || op->mem.segment == X86_REG_GS ||
        (op->mem.base != X86_REG_RSP && op->mem.base != X86_REG_RBP)) {
        return false;
    }
    linear = register_value(env, op->mem.base) + (uint64_t)op->mem.disp +
             register_value(env, op->mem.index) * (uint64_t)op->mem.scale;
    return !is_canonical(linear) || !is_canonical(linear + op->size - 1);
}

/* The stack as instructions use it that do not name it. */
static bool is_bad_stack(const struct seam_env *env, unsigned id)
{
    uint64_t rsp = env->regs[RSP];

    switch (id) {
    case X86_INS_PUSH:
    case X86_INS_PUSHF:
    case X86_INS_PUSHFQ:
    case X86_INS_CALL:
    case X86_INS_LCALL:
    case X86_INS_ENTER: return !is_canonical(rsp - 1) || !is_canonical(rsp - 8);
    case X86_INS_POP:
    case X86_INS_POPF:
    case X86_INS_POPFQ:
    case X86_INS_RET:
    case X86_INS_RETF:
    case X86_INS_RETFQ:
    case X86_INS_IRET:
    case X86_INS_IRETD:
    case X86_INS_IRETQ: return !is_canonical(rsp) || !is_canonical(rsp + 7);
    case X86_INS_LEAVE: return !is_canonical(env->regs[RBP]);
    default: return false;
    }
}

static bool is_stack_reference(const struct seam_env *env, const cs_insn *insn)
{
    const cs_x86 *x86 = &insn->detail->x86;

    if (is_bad_stack(env, insn->id)) {
        return true;
    }
    for (uint8_t i = 0; i < x86->op_count; i++) {
        if (insn->id != X86_INS_LEA && is_bad_stack_operand(env, &x86->operands[i])) {
            return true;
        }
    }
    return false;
}

/* Did the instruction at RIP fault because of the stack? */
static bool is_stack_fault(struct cpu *cpu)
{
    uint8_t bytes[INSN_BYTES_MAX];
    size_t count = sizeof(bytes);
    csh capstone;
    cs_insn *insn;
    bool is_stack = false;

    while (count > 0 && !cpu_peek_linear(cpu, cpu->env->eip, bytes, count)) {
        count--;
    }
    if (count == 0 || cs_open(CS_ARCH_X86, CS_MODE_64, &capstone) != CS_ERR_OK) {
        return false;
    }
    cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON);
    if (cs_disasm(capstone, bytes, count, 0, 1, &insn) == 1) {
        is_stack = is_stack_reference(cpu->env, insn);
        cs_free(insn, 1);
    }
    cs_close(&capstone);
    return is_stack;
}

int cpu_fault_begin(struct cpu *cpu, int vector)
{
    struct seam_env *env = cpu->env;

    if (!cpu->is_delivering && vector == VECTOR_GP && env->error_code == 0 &&
        (env->hflags & SEAM_HF_CS64) && is_stack_fault(cpu)) {
        vector = VECTOR_SS;
        cpu->cs->exception_index = vector;
    }
    if (is_fault(vector)) {
        env->eflags |= FLAG_RF;
    }
    return vector;
}

/*
 * RF keeps an instruction breakpoint from being met again. The engine makes other translations for
 * code that runs with RF set, and keeps it until it leaves the block; behind every page fault that
 * would be a block that nobody uses again. Without breakpoints RF does nothing, so it is dropped.
 */
void cpu_fault_end(struct cpu *cpu)
{
    if (!(cpu->env->dr[7] & DR7_ENABLED)) {
        cpu->env->eflags &= ~(uint64_t)FLAG_RF;
    }
}

/* What a near call or return has done to RSP by now. */
static void undo_stack(struct cpu *cpu)
{
    struct seam_env *env = cpu->env;
    uint8_t code[INSN_BYTES_MAX] = {0};
    size_t count = sizeof(code);
    size_t i = 0;

    while (count > 0 && !cpu_peek_linear(cpu, env->eip, code, count)) {
        count--;
    }
    while (i < INSN_BYTES_MAX - 3 &&
           (code[i] == 0x2e || code[i] == 0x36 || code[i] == 0x3e || code[i] == 0x26 ||
            (code[i] >= 0x64 && code[i] <= 0x67) || code[i] == 0xf2 || code[i] == 0xf3 ||
            (code[i] & 0xf0) == 0x40)) {
        i++;
    }
    if (code[i] == 0xe8 || (code[i] == 0xff && (code[i + 1] >> 3 & 7) == 2)) {
        env->regs[RSP] += 8;
    } else if (code[i] == 0xc3) {
        env->regs[RSP] -= 8;
    } else if (code[i] == 0xc2) {
        env->regs[RSP] -= 8 + (code[i + 1] | (uint64_t)code[i + 2] << 8);
    }
}

/* Where generated code looks up the block to jump to; RIP has been set. */
void *SEAM_WRAP(helper_lookup_tb_ptr)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);

    cpu_block_ends(env);
    if (!is_canonical(env->eip) && (env->hflags & SEAM_HF_CS64)) {
        SEAM(cpu_restore_state)(cpu->cs, HOST_PC, true);
        undo_stack(cpu);
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, 0);
    }
    return SEAM_REAL(helper_lookup_tb_ptr)(env);
}
