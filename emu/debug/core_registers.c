/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of a core by name: what it computes with, and MSRs as SDM volume 4 calls them (AMD's as Linux does). */
#include "emu/debug/observer_internal.h"

#include <stdio.h>
#include <string.h>

static const struct {
    uint32_t msr;
    const char *name;
} msr_names[] = {
    {0x10, "IA32_TIME_STAMP_COUNTER"},
    {0x1b, "IA32_APIC_BASE"},
    {0x3a, "IA32_FEATURE_CONTROL"},
    {0x3b, "IA32_TSC_ADJUST"},
    {0x8b, "IA32_BIOS_SIGN_ID"},
    {0xce, "MSR_PLATFORM_INFO"},
    {0xfe, "IA32_MTRRCAP"},
    {0x174, "IA32_SYSENTER_CS"},
    {0x175, "IA32_SYSENTER_ESP"},
    {0x176, "IA32_SYSENTER_EIP"},
    {0x179, "IA32_MCG_CAP"},
    {0x17a, "IA32_MCG_STATUS"},
    {0x17b, "IA32_MCG_CTL"},
    {0x198, "IA32_PERF_STATUS"},
    {0x199, "IA32_PERF_CTL"},
    {0x19c, "IA32_THERM_STATUS"},
    {0x1a0, "IA32_MISC_ENABLE"},
    {0x1d9, "IA32_DEBUGCTL"},
    {0x277, "IA32_PAT"},
    {0x2e0, "NO_EVICT_MODE"},
    {0x2ff, "IA32_MTRR_DEF_TYPE"},
    {0x6e0, "IA32_TSC_DEADLINE"},
    {0xc0000080, "IA32_EFER"},
    {0xc0000081, "IA32_STAR"},
    {0xc0000082, "IA32_LSTAR"},
    {0xc0000083, "IA32_CSTAR"},
    {0xc0000084, "IA32_FMASK"},
    {0xc0000100, "IA32_FS_BASE"},
    {0xc0000101, "IA32_GS_BASE"},
    {0xc0000102, "IA32_KERNEL_GS_BASE"},
    {0xc0000103, "IA32_TSC_AUX"},
};
#define MSR_NAMES (sizeof(msr_names) / sizeof(msr_names[0]))

/* ---- Registers ---- */

static const char *const gpr_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
static const char *const segment_names[6] = {"es", "cs", "ss", "ds", "fs", "gs"};

static bool general(const struct cpu_regs *regs, const char *name, uint64_t *value)
{
    char half[8];

    for (unsigned i = 0; i < 16; i++) {
        if (strcmp(name, gpr_names[i]) == 0) {
            *value = regs->gpr[i];
            return true;
        }
        if (i < 8) {
            (void)snprintf(half, sizeof(half), "e%s", gpr_names[i] + 1);
        } else {
            (void)snprintf(half, sizeof(half), "%sd", gpr_names[i]);
        }
        if (strcmp(name, half) == 0) {
            *value = (uint32_t)regs->gpr[i];
            return true;
        }
    }
    return false;
}

static bool segments(const struct cpu_regs *regs, const char *name, uint64_t *value)
{
    char base[12];

    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(base, sizeof(base), "%s_base", segment_names[i]);
        if (strcmp(name, segment_names[i]) == 0) {
            *value = regs->segment[i].selector;
            return true;
        }
        if (strcmp(name, base) == 0) {
            *value = regs->segment[i].base;
            return true;
        }
    }
    return false;
}

/* Names of other registers, and where they lie; the lowest `bytes` of them. */
static const struct {
    const char *name;
    size_t offset;
    unsigned bytes;
} special_names[] = {
    {"rip", offsetof(struct cpu_regs, rip), 8},
    {"eip", offsetof(struct cpu_regs, rip), 4},
    {"sp", offsetof(struct cpu_regs, gpr[4]), 8},
    {"fp", offsetof(struct cpu_regs, gpr[5]), 8},
    {"rflags", offsetof(struct cpu_regs, rflags), 8},
    {"eflags", offsetof(struct cpu_regs, rflags), 4},
    {"cr0", offsetof(struct cpu_regs, cr0), 8},
    {"cr2", offsetof(struct cpu_regs, cr2), 8},
    {"cr3", offsetof(struct cpu_regs, cr3), 8},
    {"cr4", offsetof(struct cpu_regs, cr4), 8},
    {"cr8", offsetof(struct cpu_regs, cr8), 8},
    {"dr0", offsetof(struct cpu_regs, dr[0]), 8},
    {"dr1", offsetof(struct cpu_regs, dr[1]), 8},
    {"dr2", offsetof(struct cpu_regs, dr[2]), 8},
    {"dr3", offsetof(struct cpu_regs, dr[3]), 8},
    {"dr6", offsetof(struct cpu_regs, dr[6]), 8},
    {"dr7", offsetof(struct cpu_regs, dr[7]), 8},
    {"efer", offsetof(struct cpu_regs, efer), 8},
    {"gdtr", offsetof(struct cpu_regs, gdtr.base), 8},
    {"idtr", offsetof(struct cpu_regs, idtr.base), 8},
    {"ldtr", offsetof(struct cpu_regs, ldtr.selector), 2},
    {"tr", offsetof(struct cpu_regs, tr.selector), 2},
};
#define SPECIAL_NAMES (sizeof(special_names) / sizeof(special_names[0]))

static bool special(const struct cpu_regs *regs, const char *name, uint64_t *value)
{
    if (strcmp(name, "pc") == 0) {
        *value = regs->segment[1].base + regs->rip;
        return true;
    }
    for (size_t i = 0; i < SPECIAL_NAMES; i++) {
        if (strcmp(name, special_names[i].name) != 0) continue;
        *value = 0;
        memcpy(value, (const uint8_t *)regs + special_names[i].offset, special_names[i].bytes);
        return true;
    }
    return false;
}

/* ---- MSRs ---- */

const char *msr_name(uint32_t msr)
{
    for (size_t i = 0; i < MSR_NAMES; i++) {
        if (msr_names[i].msr == msr) return msr_names[i].name;
    }
    return "";
}

static bool msr_value(struct cpu *cpu, const char *name, uint64_t *value)
{
    for (size_t i = 0; i < MSR_NAMES; i++) {
        if (strcmp(msr_names[i].name, name) == 0) return cpu_peek_msr(cpu, msr_names[i].msr, value);
    }
    return false;
}

/* ---- All of them ---- */

bool core_register(struct cpu *cpu, const char *name, uint64_t *value)
{
    struct cpu_regs regs;

    cpu_get_regs(cpu, &regs);
    return general(&regs, name, value) || special(&regs, name, value) ||
           segments(&regs, name, value) || msr_value(cpu, name, value);
}

void core_register_suggest(struct suggestion *meant)
{
    for (size_t i = 0; i < 16; i++) {
        suggest_try(meant, gpr_names[i]);
    }
    for (size_t i = 0; i < SPECIAL_NAMES; i++) {
        suggest_try(meant, special_names[i].name);
    }
    for (size_t i = 0; i < MSR_NAMES; i++) {
        suggest_try(meant, msr_names[i].name);
    }
}
