/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Model-specific registers: known ones read, hold what is written, refuse what is reserved; unknown
 * ones give #GP(0) on RDMSR and WRMSR. SDM 4, SDM 3A 11.11 (MTRR), 11.12 (PAT), 10.4.4 (APIC base);
 * reference/hardware.md 8 and 9.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

STUB(read, "movl %edi, %ecx", "rdmsr\n shlq $32, %rdx\n orq %rdx, %rax");
STUB(write, "movl %edi, %ecx\n movl %esi, %eax\n movq %rsi, %rdx\n shrq $32, %rdx", "wrmsr");

static void unknown(void)
{
    static const uint32_t list[] = {0x2,        0x11e8,     0x4b564d00, 0x40000000, 0x40000001,
                                    0xc0000085, 0xc0000104, 0xc0010015, 0xc0011020, 0x12345678,
                                    0xffffffff, 0x1ff,      0x8ff};
    for (unsigned i = 0; i < COUNT(list); i++) {
        struct fault f = attempt(read, list[i], 0);
        report(f.vector == VECTOR_GP && f.error == 0, "#GP(0): RDMSR %x", list[i]);
        f = attempt(write, list[i], 0);
        report(f.vector == VECTOR_GP && f.error == 0, "#GP(0): WRMSR %x", list[i]);
    }
}

static void holds(uint32_t msr, uint64_t value, const char *name)
{
    uint64_t old = rdmsr(msr);
    struct fault f = attempt(write, msr, value);
    if (f.vector != NO_FAULT) expect_return(&f, name);
    report_eq(rdmsr(msr), value, "%s holds %llx", name, (unsigned long long)value);
    wrmsr(msr, old);
    report_eq(rdmsr(msr), old, "%s: old value written back", name);
}

static void storage(void)
{
    holds(MSR_SYSENTER_CS, 0x1234, "SYSENTER_CS");
    holds(MSR_SYSENTER_ESP, 0xffff800012345678ull, "SYSENTER_ESP");
    holds(MSR_SYSENTER_EIP, 0x7fff12345678ull, "SYSENTER_EIP");
    holds(MSR_STAR, 0x0023001000000000ull, "STAR");
    holds(MSR_LSTAR, 0xffffffff81000000ull, "LSTAR");
    holds(MSR_CSTAR, 0xffffffff81001000ull, "CSTAR");
    holds(MSR_FMASK, 0x47700, "FMASK");
    holds(MSR_FS_BASE, 0x7f0012345000ull, "FS_BASE");
    holds(MSR_KERNEL_GS_BASE, 0xffff888000000000ull, "KERNEL_GS_BASE");
    holds(MSR_TSC_AUX, 0x1234, "TSC_AUX");
    holds(MSR_PAT, 0x0007040600070406ull, "PAT");
    holds(MSR_PAT, 0x0407050600070106ull, "PAT as Linux sets it");
}

static void bases(void)
{
    uint64_t saved = rdmsr(MSR_GS_BASE);
    wrmsr(MSR_GS_BASE, 0x1111000);
    wrmsr(MSR_KERNEL_GS_BASE, 0x2222000);
    __asm__ volatile("swapgs");
    report_eq(rdmsr(MSR_GS_BASE), 0x2222000, "SWAPGS: GS_BASE");
    report_eq(rdmsr(MSR_KERNEL_GS_BASE), 0x1111000, "SWAPGS: KERNEL_GS_BASE");
    wrmsr(MSR_GS_BASE, saved);
    static uint64_t cell = 0xfeedface;
    uint64_t got, fs = rdmsr(MSR_FS_BASE);
    wrmsr(MSR_FS_BASE, (uintptr_t)&cell - 0x100);
    __asm__ volatile("movq %%fs:0x100, %0" : "=r"(got));
    report_eq(got, cell, "FS_BASE is the base of FS");
    wrmsr(MSR_FS_BASE, fs);
}

static void pat_and_mtrr(void)
{
    EXPECT(write, MSR_PAT, 0x0007040600070402ull, VECTOR_GP, 0, "#GP(0): PAT type 2");
    EXPECT(write, MSR_PAT, 0x0807040600070406ull, VECTOR_GP, 0, "#GP(0): PAT type 8");
    uint64_t cap = rdmsr(MSR_MTRRCAP);
    report((cap & 0xff) >= 8 && (cap & 0xff) <= 10, "MTRRCAP: number of variable ranges");
    report(cap & 0x100, "MTRRCAP: fixed ranges");
    EXPECT(write, MSR_MTRRCAP, cap, VECTOR_GP, 0, "#GP(0): MTRRCAP is read only");
    unsigned last = (unsigned)(cap & 0xff) - 1;
    holds(MSR_MTRR_PHYSBASE0 + 2 * last, 0xc0000000 | 6, "MTRR_PHYSBASE of the last range");
    holds(MSR_MTRR_PHYSMASK0 + 2 * last, 0xffc0000800ull, "MTRR_PHYSMASK of the last range");
    EXPECT(read, MSR_MTRR_PHYSBASE0 + 2 * (last + 1), 0, VECTOR_GP, 0,
           "#GP(0): no range behind it");
    EXPECT(write, MSR_MTRR_PHYSBASE0, 1ull << MAP_PHYS_BITS, VECTOR_GP, 0,
           "#GP(0): PHYSBASE beyond the address bits");
    holds(MSR_MTRR_FIX64K_00000, 0x0606060606060606ull, "MTRR_FIX64K");
    holds(0x26f, 0x0505050505050505ull, "MTRR_FIX4K_F8000");
    holds(MSR_MTRR_DEF_TYPE, 0xc06, "MTRR_DEF_TYPE");
    EXPECT(write, MSR_MTRR_DEF_TYPE, 0xc02, VECTOR_GP, 0, "#GP(0): default type 2");
    EXPECT(write, MSR_MTRR_DEF_TYPE, 0x1c06, VECTOR_GP, 0, "#GP(0): reserved bit of DEF_TYPE");
}

static void apic_base(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);
    report_eq(base & 0xfffff000, MAP_LAPIC_BASE, "APIC_BASE: address");
    report(base & BIT64(8), "APIC_BASE: bootstrap processor");
    report(base & BIT64(11), "APIC_BASE: enabled");
    EXPECT(write, MSR_APIC_BASE, base | BIT64(9), VECTOR_GP, 0,
           "#GP(0): reserved bit of APIC_BASE");
    EXPECT(write, MSR_APIC_BASE, base | 1ull << MAP_PHYS_BITS, VECTOR_GP, 0,
           "#GP(0): APIC_BASE beyond the address bits");
    if (!(cpuid(1, 0).ecx & BIT(21))) {
        EXPECT(write, MSR_APIC_BASE, base | BIT64(10), VECTOR_GP, 0,
               "#GP(0): x2APIC where CPUID does not promise it");
    }
    report_eq(rdmsr(MSR_APIC_BASE), base, "APIC_BASE as it was");
}

/* MCi_CTL2: where a bank can signal corrected errors, enable bit and threshold stick; where it
 * cannot, they read 0 (SDM 3B 15.3.2.5). */
static void corrected_errors(unsigned banks)
{
    unsigned able = 0;
    for (unsigned bank = 0; bank < banks; bank++) {
        uint64_t old = rdmsr(0x280 + bank);
        struct fault f = attempt(write, 0x280 + bank, BIT64(30) | 0x7fff);
        uint64_t got = rdmsr(0x280 + bank);
        bool is_able = got & BIT64(30);
        report(f.vector == NO_FAULT && (is_able ? (got & 0x7fff) != 0 : got == 0),
               "MC%u_CTL2 takes CMCI_EN and a threshold, or nothing", bank);
        able += is_able;
        wrmsr(0x280 + bank, old);
    }
    report(able > 0, "%u banks can signal corrected errors", able);
    EXPECT(write, 0x280, BIT64(31), VECTOR_GP, 0, "#GP(0): reserved bit 31 of MC0_CTL2");
    EXPECT(write, 0x280, BIT64(15), VECTOR_GP, 0, "#GP(0): reserved bit 15 of MC0_CTL2");
    EXPECT(read, 0x280 + banks, 0, VECTOR_GP, 0, "#GP(0): no CTL2 behind the last bank");
}

static void machine_checks(void)
{
    uint64_t cap = rdmsr(MSR_MCG_CAP);
    unsigned banks = cap & 0xff;
    report(banks >= 10 && banks <= 32, "MCG_CAP: %u banks", banks);
    for (unsigned bank = 0; bank < banks; bank++) {
        struct fault f = attempt(read, 0x401 + 4 * bank, 0);
        report(f.vector == NO_FAULT && f.value == 0, "MC%u_STATUS reads 0", bank);
    }
    EXPECT(read, 0x401 + 4 * banks, 0, VECTOR_GP, 0, "#GP(0): no bank behind the last");
    EXPECT(write, 0x401, 1, VECTOR_GP, 0, "#GP(0): MC0_STATUS takes only 0");
    EXPECT_OK(write, 0x401, 0, "MC0_STATUS is cleared with 0");
    EXPECT(write, 0x402, 1, VECTOR_GP, 0, "#GP(0): MC0_ADDR takes only 0");
    EXPECT(write, 0x403 + 4 * (banks - 1), ~0ull, VECTOR_GP, 0,
           "#GP(0): MISC of the last bank takes only 0");
    holds(0x400 + 4 * 1, ~0ull, "MC1_CTL");
    report_eq(rdmsr(MSR_MCG_STATUS), 0, "MCG_STATUS");
    holds(MSR_MCG_STATUS, 7, "MCG_STATUS");
    EXPECT(write, MSR_MCG_STATUS, 8, VECTOR_GP, 0, "#GP(0): reserved bit of MCG_STATUS");
    if (!(cap & BIT64(8))) {
        EXPECT(read, 0x17b, 0, VECTOR_GP, 0, "#GP(0): no MCG_CTL where MCG_CAP has no CTL_P");
    }
    if (!(cap & BIT64(27))) {
        EXPECT(read, 0x4d0, 0, VECTOR_GP, 0, "#GP(0): no MCG_EXT_CTL without LMCE_P");
    }
    if (cap & BIT64(10)) corrected_errors(banks);
}

static void platform_facts(void)
{
    report_eq(rdmsr(MSR_PLATFORM_INFO) >> 8 & 0xff, 32, "PLATFORM_INFO: ratio 32 x 100 MHz");
    EXPECT_OK(read, MSR_MISC_ENABLE, 0, "MISC_ENABLE can be read");
    report(rdmsr(MSR_MISC_ENABLE) & 1, "MISC_ENABLE: fast strings");
    struct fault f = attempt(write, 0x8b, 0);
    expect_return(&f, "microcode revision is cleared before CPUID, as the SDM says");
    cpuid(1, 0);
    f = attempt(read, 0x8b, 0);
    report(f.vector == NO_FAULT && f.value >> 32 != 0, "microcode revision is not 0");
    EXPECT_OK(read, 0x3a, 0, "FEATURE_CONTROL can be read");
    EXPECT_OK(read, 0x17, 0, "PLATFORM_ID can be read");
    f = attempt(read, 0x35, 0);
    report(f.vector == NO_FAULT && (f.value >> 16 & 0xffff) >= 1, "CORE_THREAD_COUNT");
}

void guest_main(void)
{
    unknown();
    storage();
    bases();
    pat_and_mtrr();
    apic_base();
    machine_checks();
    platform_facts();
}
