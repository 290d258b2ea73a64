/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control registers, time-stamp counter, CPUID and MSR instructions, as the engine's generated code
 * calls them.
 *
 * The stock library accepts any value in CR0, CR3 and CR4; the checks of SDM 2B (MOV to control
 * registers) are made here, then the library does the work. CR8 is the local APIC's task priority.
 */
#include "emu/cpu/internal.h"

#include "emu/cpu/events.h"

#define VECTOR_GP 13
#define FLAG_CF   1u
#define HOST_PC   ((uintptr_t)__builtin_return_address(0))

#define CR0_PE      (1u << 0)
#define CR0_NW      (1u << 29)
#define CR0_CD      (1u << 30)
#define CR0_PG      (1u << 31)
#define CR0_DEFINED 0xe005003fu
#define CR0_ET      (1u << 4)
#define CR4_TSD     (1u << 2)
#define CR4_PAE     (1u << 5)
#define CR4_PCE     (1u << 8)
/* VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT FSGSBASE OSXSAVE SMEP SMAP PKE */
#define CR4_DEFINED      0x007507ffu
#define PAE_TABLE        0xffffffe0u /* bits of CR3 */
#define POINTER_PRESENT  1u
#define POINTER_RESERVED 0x1e6u
#define EFER_LME         (1u << 8)
#define EFER_LMA         (1u << 10)

uint64_t cpu_tsc(struct cpu *cpu)
{
    struct cpu_set *set = cpu->set;
    uint64_t cycles = cpu_cycles(cpu);

    if (cycles > set->tsc_last) {
        set->tsc_last = cycles;
    }
    return set->tsc_last - set->tsc_base + cpu->msr.tsc_adjust;
}

static void read_tsc(struct cpu *cpu, uintptr_t host_pc)
{
    struct seam_env *env = cpu->env;
    uint64_t tsc;

    if ((env->cr[4] & CR4_TSD) && (env->hflags & SEAM_HF_CPL) != 0) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, host_pc);
    }
    cpu_charge(cpu, TIMING_RDTSC);
    tsc = cpu_tsc(cpu);
    env->regs[0] = (uint32_t)tsc;
    env->regs[2] = tsc >> 32;
}

void SEAM_WRAP(helper_rdtsc)(struct seam_env *env)
{
    read_tsc(seam_cpu_of_env(env), HOST_PC);
}

void SEAM_WRAP(helper_rdtscp)(struct seam_env *env)
{
    read_tsc(seam_cpu_of_env(env), HOST_PC);
    env->regs[1] = (uint32_t)env->tsc_aux;
}

/* RDRAND: a fixed sequence per core (SplitMix64), since two runs must see the same numbers. Always
 * succeeds: CF = 1. */
uint64_t SEAM_WRAP(helper_rdrand)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    uint64_t value;

    cpu_charge(cpu, TIMING_RDRAND);
    cpu->random += UINT64_C(0x9e3779b97f4a7c15);
    value = cpu->random;
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    env->cc_src = FLAG_CF;
    return value ^ value >> 31;
}

/* CPUID says that there are no performance counters, so every counter number is wrong. */
void SEAM_WRAP(helper_rdpmc)(struct seam_env *env)
{
    SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
}

void SEAM_WRAP(helper_cpuid)(struct seam_env *env)
{
    struct cpuid_words words =
        cpu_cpuid(seam_cpu_of_env(env), (uint32_t)env->regs[0], (uint32_t)env->regs[1]);

    env->regs[0] = words.eax;
    env->regs[3] = words.ebx;
    env->regs[1] = words.ecx;
    env->regs[2] = words.edx;
}

void SEAM_WRAP(helper_rdmsr)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    uint64_t value = 0;

    if (!cpu) {
        SEAM_REAL(helper_rdmsr)(env); /* the self-check's probe */
        return;
    }
    cpu->host_pc = HOST_PC;
    if (!msr_read(cpu, (uint32_t)env->regs[1], &value)) {
        TRACE(cpu->set->trace, NULL, &cpu_event_msr_unknown, (uint32_t)env->regs[1], 0, 0);
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    cpu_probe_msr(cpu, false, value, HOST_PC);
    env->regs[0] = (uint32_t)value;
    env->regs[2] = value >> 32;
}

void SEAM_WRAP(helper_wrmsr)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    uint64_t value = (uint32_t)env->regs[0] | env->regs[2] << 32;

    if (!cpu) {
        SEAM_REAL(helper_wrmsr)(env);
        return;
    }
    cpu->host_pc = HOST_PC;
    cpu_probe_msr(cpu, true, value, HOST_PC);
    if (!msr_write(cpu, (uint32_t)env->regs[1], value)) {
        if (msr_exists((uint32_t)env->regs[1])) {
            TRACE(cpu->set->trace, NULL, &cpu_event_msr_refused, (uint32_t)env->regs[1], value);
        } else {
            TRACE(cpu->set->trace, NULL, &cpu_event_msr_unknown, (uint32_t)env->regs[1], 1, value);
        }
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
}

uint64_t SEAM_WRAP(helper_read_crN)(struct seam_env *env, int reg)
{
    struct cpu *cpu = seam_cpu_of_env(env);

    if (reg != 8) {
        return SEAM_REAL(helper_read_crN)(env, reg);
    }
    cpu->host_pc = HOST_PC;
    return cpu->set->env.tpr_get(cpu->set->env.ctx, cpu->index) & 0xf;
}

/* The four page-directory pointers of PAE paging, which are loaded with the registers that switch it
 * on and with CR3 (SDM 3A 4.4.1). */
static bool are_pointers_valid(const struct cpu *cpu, uint64_t cr3)
{
    uint64_t pointers[4] = {0};

    cpu_peek_physical(cpu->set, cr3 & PAE_TABLE, pointers, sizeof(pointers));
    for (size_t i = 0; i < 4; i++) {
        if ((pointers[i] & POINTER_PRESENT) &&
            ((pointers[i] & POINTER_RESERVED) || pointers[i] >> CPU_PHYS_BITS)) {
            return false;
        }
    }
    return true;
}

static bool is_cr0_valid(const struct cpu *cpu, uint64_t value)
{
    const struct seam_env *env = cpu->env;
    bool is_paging_on = (value & CR0_PG) && !(env->cr[0] & CR0_PG);

    if (value >> 32 || ((value & CR0_PG) && !(value & CR0_PE)) ||
        ((value & CR0_NW) && !(value & CR0_CD))) {
        return false;
    }
    if (is_paging_on && (env->efer & EFER_LME)) {
        return (env->cr[4] & CR4_PAE) && !(env->hflags & SEAM_HF_CS64);
    }
    if (is_paging_on && (env->cr[4] & CR4_PAE)) {
        return are_pointers_valid(cpu, env->cr[3]);
    }
    return (value & CR0_PG) || !(env->hflags & SEAM_HF_CS64);
}

static bool is_cr4_valid(const struct cpu *cpu, uint64_t value)
{
    const struct seam_env *env = cpu->env;

    if (value & ~(uint64_t)CR4_DEFINED) {
        return false;
    }
    if ((value & ~env->cr[4] & CR4_PAE) && (env->cr[0] & CR0_PG)) {
        return are_pointers_valid(cpu, env->cr[3]);
    }
    return (value & CR4_PAE) || !(env->efer & EFER_LMA);
}

static bool is_cr3_valid(const struct cpu *cpu, uint64_t value)
{
    const struct seam_env *env = cpu->env;

    if (env->efer & EFER_LMA) {
        return value >> CPU_PHYS_BITS == 0;
    }
    return !(env->cr[0] & CR0_PG) || !(env->cr[4] & CR4_PAE) || are_pointers_valid(cpu, value);
}

void SEAM_WRAP(helper_write_crN)(struct seam_env *env, int reg, uint64_t value)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    bool is_valid = true;

    if (reg == 0) {
        is_valid = is_cr0_valid(cpu, value);
        value = (value & CR0_DEFINED) | CR0_ET;
    } else if (reg == 3) {
        is_valid = is_cr3_valid(cpu, value);
    } else if (reg == 4) {
        is_valid = is_cr4_valid(cpu, value);
    } else if (reg == 8) {
        is_valid = value <= 0xf;
    }
    if (!is_valid) {
        SEAM(raise_exception_err_ra)(env, VECTOR_GP, 0, HOST_PC);
    }
    if (reg == 8) {
        cpu->host_pc = HOST_PC;
        cpu->set->env.tpr_set(cpu->set->env.ctx, cpu->index, (uint8_t)value);
        return;
    }
    SEAM_REAL(helper_write_crN)(env, reg, value);
}
