/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Model-specific registers. A register that is not in the table raises #GP, and so does a write of
 * bits that it does not have.
 *
 * Sources: SDM volume 4, tables 2-2 and 2-20 (06_55H); Linux 6.1 for what is touched without asking
 * CPUID. Four kinds: constants and storage live here; those that take part in execution live in the
 * engine (it has them under the same numbers); machine check is mca.c's; the rest have functions.
 *
 * Not modelled, stored or constant only: MTRRs (memory types do not change execution), power and
 * thermal control, debug store, microcode update (a load is accepted and has no effect).
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"

#define MCG_CMCI_P (1u << 10)
#define MCG_TES_P  (1u << 11)
#define MCG_SER_P  (1u << 24)
#define MCG_CAP    (CPU_MCA_BANKS | MCG_CMCI_P | MCG_TES_P | MCG_SER_P)

#define ALL       UINT64_MAX
#define PHYS_MASK ((UINT64_C(1) << CPU_PHYS_BITS) - 1)
#define LINEAR    0 /* mask is not used: any canonical address */

#define EFER_SCE (1u << 0)
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define EFER_NXE (1u << 11)
#define CR0_PG   (1u << 31)

#define MSR_TSC    0x10u
#define BASE_RATIO 32u /* x 100 MHz */
#define MICROCODE  (UINT64_C(0x0200005e) << 32)

enum kind {
    KIND_CONSTANT,  /* reads as `reset`; writes raise #GP */
    KIND_IGNORED,   /* the same, but writes are accepted and dropped */
    KIND_COMMAND,   /* write-only; bits in `mask` are accepted and do nothing */
    KIND_STORED,    /* bits in `mask` can be written, others raise #GP when they change */
    KIND_TYPE,      /* the same; the lowest byte is a memory type */
    KIND_TYPES,     /* storage for eight memory types */
    KIND_ENGINE,    /* in the engine; bits in `mask` can be written */
    KIND_CANONICAL, /* in the engine; a canonical address */
    KIND_MCA,       /* mca.c */
    KIND_CALLED,    /* functions below */
};

struct msr {
    uint32_t index;
    uint32_t count; /* registers in a row, `step` apart */
    uint32_t step;
    enum kind kind;
    uint64_t reset;
    uint64_t mask;
};

static const struct msr table[] = {
    {0x010, 1, 1, KIND_CALLED, 0, 0},          /* TIME_STAMP_COUNTER */
    {0x017, 1, 1, KIND_CONSTANT, 0, 0},        /* PLATFORM_ID */
    {0x01b, 1, 1, KIND_CALLED, 0, 0},          /* APIC_BASE */
    {0x034, 1, 1, KIND_CONSTANT, 0, 0},        /* SMI_COUNT */
    {0x035, 1, 1, KIND_CALLED, 0, 0},          /* CORE_THREAD_COUNT */
    {0x03a, 1, 1, KIND_CONSTANT, 1, 0},        /* FEATURE_CONTROL: locked, nothing enabled */
    {0x03b, 1, 1, KIND_CALLED, 0, 0},          /* TSC_ADJUST */
    {0x048, 1, 1, KIND_STORED, 0, 0x7},        /* SPEC_CTRL: IBRS, STIBP, SSBD as storage */
    {0x049, 1, 1, KIND_COMMAND, 0, 0x1},       /* PRED_CMD */
    {0x04e, 1, 1, KIND_CONSTANT, 1, 0},        /* PPIN_CTL: locked, disabled */
    {0x079, 1, 1, KIND_IGNORED, 0, 0},         /* BIOS_UPDT_TRIG */
    {0x08b, 1, 1, KIND_IGNORED, MICROCODE, 0}, /* BIOS_SIGN_ID */
    {0x0ce, 1, 1, KIND_CONSTANT, (UINT64_C(12) << 40) | BASE_RATIO << 8,
     0},                                        /* PLATFORM_INFO: 1.2 to 3.2 GHz */
    {0x0e2, 1, 1, KIND_STORED, 0x8000, 0x0405}, /* PKG_CST_CONFIG_CONTROL: locked, no C-states */
    {0x0fe, 1, 1, KIND_CONSTANT, 0x508, 0},     /* MTRRCAP: 8 variable, fixed, write combining */
    {0x10b, 1, 1, KIND_COMMAND, 0, 0x1},        /* FLUSH_CMD */
    {0x140, 1, 1, KIND_STORED, 0, 0},           /* MISC_FEATURES_ENABLES */
    {0x174, 1, 1, KIND_ENGINE, 0, 0xffffffff},  /* SYSENTER_CS */
    {0x175, 2, 1, KIND_CANONICAL, 0, LINEAR},   /* SYSENTER_ESP, SYSENTER_EIP */
    {0x179, 1, 1, KIND_CONSTANT, MCG_CAP, 0},   /* MCG_CAP */
    {0x17a, 1, 1, KIND_MCA, 0, 0},              /* MCG_STATUS */
    {0x198, 1, 1, KIND_CONSTANT, BASE_RATIO << 8, 0},         /* PERF_STATUS */
    {0x199, 1, 1, KIND_STORED, BASE_RATIO << 8, 0x10000ffff}, /* PERF_CTL */
    {0x19c, 1, 1, KIND_CONSTANT, 0, 0},                       /* THERM_STATUS */
    {0x1a0, 1, 1, KIND_STORED, 0x1801,
     0x400c00001}, /* MISC_ENABLE: fast strings; no BTS, no PEBS */
    {0x1a2, 1, 1, KIND_CONSTANT, UINT64_C(100) << 16, 0},          /* TEMPERATURE_TARGET */
    {0x1ad, 1, 1, KIND_CONSTANT, UINT64_C(0x282828282828292a), 0}, /* TURBO_RATIO_LIMIT */
    {0x1d9, 1, 1, KIND_STORED, 0, 0x3}, /* DEBUGCTL: LBR, BTF as storage */
    {0x200, 8, 2, KIND_TYPE, 0, (PHYS_MASK & ~UINT64_C(0xfff)) | 0xff},    /* MTRR_PHYSBASEn */
    {0x201, 8, 2, KIND_STORED, 0, (PHYS_MASK & ~UINT64_C(0xfff)) | 0x800}, /* MTRR_PHYSMASKn */
    {0x250, 1, 1, KIND_TYPES, 0, ALL},                                     /* MTRR_FIX64K_00000 */
    {0x258, 2, 1, KIND_TYPES, 0, ALL},              /* MTRR_FIX16K_80000, A0000 */
    {0x268, 8, 1, KIND_TYPES, 0, ALL},              /* MTRR_FIX4K_C0000 .. F8000 */
    {0x277, 1, 1, KIND_CALLED, 0, 0},               /* PAT */
    {0x280, CPU_MCA_BANKS, 1, KIND_MCA, 0, 0},      /* MCi_CTL2 */
    {0x2e0, 1, 1, KIND_MCA, 0, 0},                  /* NO_EVICT_MODE */
    {0x2ff, 1, 1, KIND_TYPE, 0, 0xcff},             /* MTRR_DEF_TYPE */
    {0x300, 1, 1, KIND_CONSTANT, 0, 0},             /* SKX_MSR_CPU_BUS_NUMBER: not valid */
    {0x400, CPU_MCA_BANKS * 4, 1, KIND_MCA, 0, 0},  /* MCi_CTL, STATUS, ADDR, MISC */
    {0xc0000080, 1, 1, KIND_CALLED, 0, 0},          /* EFER */
    {0xc0000081, 1, 1, KIND_ENGINE, 0, ALL},        /* STAR */
    {0xc0000082, 2, 1, KIND_CANONICAL, 0, LINEAR},  /* LSTAR, CSTAR */
    {0xc0000084, 1, 1, KIND_ENGINE, 0, 0xffffffff}, /* FMASK */
    {0xc0000100, 3, 1, KIND_CANONICAL, 0, LINEAR},  /* FS_BASE, GS_BASE, KERNEL_GS_BASE */
    {0xc0000103, 1, 1, KIND_ENGINE, 0, 0xffffffff}, /* TSC_AUX */
};

#define TABLE_ROWS (sizeof(table) / sizeof(table[0]))

static bool is_stored(enum kind kind)
{
    return kind == KIND_STORED || kind == KIND_TYPE || kind == KIND_TYPES;
}

/* The row of a register and, in `*slot`, where its value is stored; NULL: there is no such
 * register. */
static const struct msr *msr_find(uint32_t index, size_t *slot)
{
    size_t first = 0;

    for (size_t i = 0; i < TABLE_ROWS; i++) {
        uint32_t distance = index - table[i].index;

        if (index >= table[i].index && distance % table[i].step == 0 &&
            distance / table[i].step < table[i].count) {
            *slot = first + distance / table[i].step;
            return &table[i];
        }
        first += is_stored(table[i].kind) ? table[i].count : 0;
    }
    return NULL;
}

void msr_power_on(struct cpu *cpu)
{
    size_t slot = 0;

    for (size_t i = 0; i < TABLE_ROWS; i++) {
        for (uint32_t n = 0; is_stored(table[i].kind) && n < table[i].count; n++) {
            BUG_ON(slot >= MSR_STORE_MAX);
            cpu->msr.store[slot++] = table[i].reset;
        }
    }
    cpu->msr.tsc_adjust = 0;
    if (cpu->index == 0) {
        cpu->set->tsc_base = cpu_cycles(cpu);
    }
}

/* The library's own read and write, which take their operands in registers. */
static uint64_t engine_read(struct cpu *cpu, uint32_t index)
{
    struct seam_env *env = cpu->env;
    uint64_t saved[3] = {env->regs[0], env->regs[1], env->regs[2]};
    uint64_t value;

    env->regs[1] = index;
    SEAM_REAL(helper_rdmsr)(env);
    value = (uint32_t)env->regs[0] | env->regs[2] << 32;
    env->regs[0] = saved[0];
    env->regs[1] = saved[1];
    env->regs[2] = saved[2];
    return value;
}

static void engine_write(struct cpu *cpu, uint32_t index, uint64_t value)
{
    struct seam_env *env = cpu->env;
    uint64_t saved[3] = {env->regs[0], env->regs[1], env->regs[2]};

    env->regs[0] = (uint32_t)value;
    env->regs[1] = index;
    env->regs[2] = value >> 32;
    SEAM_REAL(helper_wrmsr)(env);
    env->regs[0] = saved[0];
    env->regs[1] = saved[1];
    env->regs[2] = saved[2];
}

static bool is_canonical(uint64_t linear)
{
    uint64_t top = linear >> 47;

    return top == 0 || top == UINT64_MAX >> 47;
}

/* UC, WC, WT, WP, WB (SDM 3A table 11-8). */
static bool is_memory_type(uint64_t type)
{
    return type <= 6 && type != 2 && type != 3;
}

static bool is_value_valid(const struct msr *msr, uint64_t value, uint64_t old)
{
    switch (msr->kind) {
    case KIND_TYPE: return is_memory_type(value & 0xff) && !(value & ~msr->mask);
    case KIND_TYPES:
        for (unsigned i = 0; i < 8; i++) {
            if (!is_memory_type((value >> (8 * i)) & 0xff)) {
                return false;
            }
        }
        return true;
    case KIND_STORED:
    case KIND_CONSTANT:
    case KIND_IGNORED:
    case KIND_COMMAND:
    case KIND_ENGINE:
    case KIND_CANONICAL:
    case KIND_MCA:
    case KIND_CALLED: break;
    }
    return !((value ^ old) & ~msr->mask);
}

static bool is_pat_valid(uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned type = (value >> (8 * i)) & 0xff;

        if (type > 7 || type == 2 || type == 3) {
            return false;
        }
    }
    return true;
}

static bool write_efer(struct cpu *cpu, uint64_t value)
{
    uint64_t old = cpu->env->efer;
    uint64_t changed = old ^ value;

    if (value & ~(uint64_t)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)) {
        return false;
    }
    if ((changed & EFER_LME) && (cpu->env->cr[0] & CR0_PG)) {
        return false;
    }
    engine_write(cpu, 0xc0000080, (value & ~(uint64_t)EFER_LMA) | (old & EFER_LMA));
    return true;
}

static bool read_called(struct cpu *cpu, uint32_t index, uint64_t *value)
{
    const struct cpu_env *env = &cpu->set->env;

    switch (index) {
    case MSR_TSC: *value = cpu_tsc(cpu); return true;
    case 0x01b: *value = env->apic_base_get(env->ctx, cpu->index); return true;
    case 0x035: *value = cpu->set->count << 16 | cpu->set->count; return true;
    case 0x03b: *value = cpu->msr.tsc_adjust; return true;
    default: *value = engine_read(cpu, index); return true;
    }
}

static bool write_called(struct cpu *cpu, uint32_t index, uint64_t value)
{
    const struct cpu_env *env = &cpu->set->env;

    switch (index) {
    case MSR_TSC: cpu->msr.tsc_adjust += value - cpu_tsc(cpu); return true;
    case 0x01b: return env->apic_base_set(env->ctx, cpu->index, value);
    case 0x03b: cpu->msr.tsc_adjust = value; return true;
    case 0x277:
        if (!is_pat_valid(value)) {
            return false;
        }
        engine_write(cpu, index, value);
        return true;
    case 0xc0000080: return write_efer(cpu, value);
    default: return false;
    }
}

bool msr_exists(uint32_t index)
{
    size_t slot;

    return msr_find(index, &slot) != NULL;
}

bool msr_read(struct cpu *cpu, uint32_t index, uint64_t *value)
{
    size_t slot = 0;
    const struct msr *msr = msr_find(index, &slot);

    if (!msr) {
        return false;
    }
    switch (msr->kind) {
    case KIND_COMMAND: return false;
    case KIND_CONSTANT:
    case KIND_IGNORED: *value = msr->reset; return true;
    case KIND_STORED:
    case KIND_TYPE:
    case KIND_TYPES: *value = cpu->msr.store[slot]; return true;
    case KIND_ENGINE:
    case KIND_CANONICAL: *value = engine_read(cpu, index); return true;
    case KIND_MCA: *value = mca_read(cpu, index); return true;
    case KIND_CALLED: return read_called(cpu, index, value);
    }
    return false;
}

bool msr_peek(struct cpu *cpu, uint32_t index, uint64_t *value)
{
    const struct cpu_set *set = cpu->set;
    uint64_t cycles = cpu_cycles(cpu);

    if (index != MSR_TSC) {
        return msr_read(cpu, index, value);
    }
    cycles = cycles > set->tsc_last ? cycles : set->tsc_last;
    *value = cycles - set->tsc_base + cpu->msr.tsc_adjust;
    return true;
}

size_t msr_list(uint32_t *list, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < TABLE_ROWS; i++) {
        for (uint32_t n = 0; table[i].kind != KIND_COMMAND && n < table[i].count; n++) {
            uint32_t index = table[i].index + n * table[i].step;
            size_t place = count;

            if (count == room) {
                return count;
            }
            while (place > 0 && list[place - 1] > index) {
                list[place] = list[place - 1];
                place--;
            }
            list[place] = index;
            count++;
        }
    }
    return count;
}

bool msr_write(struct cpu *cpu, uint32_t index, uint64_t value)
{
    size_t slot = 0;
    const struct msr *msr = msr_find(index, &slot);

    if (!msr) {
        return false;
    }
    switch (msr->kind) {
    case KIND_CONSTANT: return false;
    case KIND_IGNORED: return true;
    case KIND_COMMAND: return (value & ~msr->mask) == 0;
    case KIND_STORED:
    case KIND_TYPE:
    case KIND_TYPES:
        if (!is_value_valid(msr, value, cpu->msr.store[slot])) {
            return false;
        }
        cpu->msr.store[slot] = value;
        return true;
    case KIND_ENGINE:
        if (value & ~msr->mask) {
            return false;
        }
        engine_write(cpu, index, value);
        return true;
    case KIND_CANONICAL:
        if (!is_canonical(value)) {
            return false;
        }
        engine_write(cpu, index, value);
        return true;
    case KIND_MCA: return mca_write(cpu, index, value);
    case KIND_CALLED: return write_called(cpu, index, value);
    }
    return false;
}
