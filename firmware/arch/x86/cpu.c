/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processor set-up: see cpu.h. Sources: SDM 3A 12.11 (MTRRs; write-back as the default type and few uncached ranges), 9.4.4
 * (INIT and start-up IPIs), 11.5.1 and 11.6.1 (LVT, ICR).
 */
#include "firmware/arch/x86/cpu.h"

#include <stddef.h>

#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/lib/mem.h"

#define CPUID_EDX_MTRR           (1u << 12)
#define MSR_MTRR_PHYSBASE0       0x200
#define MSR_MTRR_PHYSMASK0       0x201
#define MSR_MTRR_PHYSBASE1       0x202
#define MSR_MTRR_PHYSMASK1       0x203
#define MSR_MTRR_FIX64K_00000    0x250
#define MSR_MTRR_FIX16K_80000    0x258
#define MSR_MTRR_FIX16K_A0000    0x259
#define MSR_MTRR_FIX4K_C0000     0x268
#define MSR_MTRR_DEF_TYPE        0x2ff
#define FIXED_WB                 0x0606060606060606u
#define FIXED_WP                 0x0505050505050505u
#define FIXED_UC                 0u
#define DEF_TYPE_ENABLE_FIXED_WB 0xc06u
#define MASK_VALID               0x800u
#define PHYS_SPAN                (1ull << MAP_PHYS_BITS)
#define MMIO32_SPAN              0x80000000ull /* MAP_ECAM_BASE up to 4 GiB */
#define MMIO64_SPAN              (MAP_MMIO64_END - MAP_MMIO64_BASE)

#define APIC_TPR               0x080
#define APIC_SVR               0x0f0
#define APIC_ICR_LOW           0x300
#define APIC_ICR_HIGH          0x310
#define APIC_LVT_LINT0         0x350
#define APIC_LVT_LINT1         0x360
#define SVR_ENABLE_FF          0x1ff
#define LVT_EXTINT             0x700
#define LVT_NMI                0x400
#define ICR_INIT_ALL_OTHERS    0x000c4500u
#define ICR_STARTUP_ALL_OTHERS 0x000c4600u

#define INIT_WAIT_CYCLES   (MAP_HZ_TSC / 100) /* 10 ms, MP 1.4 B.4 */
#define ANSWER_WAIT_CYCLES (MAP_HZ_TSC / 10)  /* 100 ms */

struct msr_value {
    uint32_t msr;
    uint32_t low, high;
};

#define MSR_ROW(number, value)                                           \
    {                                                                    \
        (number), (uint32_t)(value), (uint32_t)((uint64_t)(value) >> 32) \
    }

/* The default type last: it turns the others on. A row with MSR 0 ends the list. Read by ap.S too. */
static const struct msr_value memory_types[] = {
    MSR_ROW(MSR_MTRR_FIX64K_00000, FIXED_WB),
    MSR_ROW(MSR_MTRR_FIX16K_80000, FIXED_WB),
    MSR_ROW(MSR_MTRR_FIX16K_A0000, FIXED_UC),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 0, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 1, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 2, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 3, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 4, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 5, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 6, FIXED_WP),
    MSR_ROW(MSR_MTRR_FIX4K_C0000 + 7, FIXED_WP),
    MSR_ROW(MSR_MTRR_PHYSBASE0, MAP_ECAM_BASE),
    MSR_ROW(MSR_MTRR_PHYSMASK0, (PHYS_SPAN - MMIO32_SPAN) | MASK_VALID),
    MSR_ROW(MSR_MTRR_PHYSBASE1, MAP_MMIO64_BASE),
    MSR_ROW(MSR_MTRR_PHYSMASK1, (PHYS_SPAN - MMIO64_SPAN) | MASK_VALID),
    MSR_ROW(MSR_MTRR_DEF_TYPE, DEF_TYPE_ENABLE_FIXED_WB),
    {0},
};

_Static_assert(MAP_ECAM_BASE % MMIO32_SPAN == 0, "one MTRR covers the devices below 4 GiB");
_Static_assert(MAP_MMIO64_BASE % MMIO64_SPAN == 0, "one MTRR covers the window for 64-bit BARs");

extern const char ap_start[], ap_end[];

void cpu_wait(uint64_t cycles)
{
    uint64_t start = rdtsc();

    do {
        __asm__ volatile("pause");
    } while (rdtsc() - start < cycles);
}

/* Waits until the count of started cores is `count`, at most for `cycles`. Returns the count. */
static unsigned wait_for_cores(unsigned count, uint64_t cycles)
{
    uint64_t start = rdtsc();
    unsigned answered;

    do {
        __asm__ volatile("pause");
        answered = mmio_read32(FW_AP_COUNT);
    } while (answered < count && rdtsc() - start < cycles);
    return answered;
}

static unsigned start_other_cores(unsigned count)
{
    mem_zero((void *)FW_AP_TRAMPOLINE, 4096); /* whole words: see ram_enter_rom */
    mem_copy((void *)FW_AP_TRAMPOLINE, ap_start, (size_t)(ap_end - ap_start));
    mem_copy((void *)FW_AP_MSR_LIST, memory_types, sizeof(memory_types));
    mmio_write32(FW_AP_COUNT, 0);
    mmio_write32(MAP_LAPIC_BASE + APIC_ICR_HIGH, 0);
    mmio_write32(MAP_LAPIC_BASE + APIC_ICR_LOW, ICR_INIT_ALL_OTHERS);
    (void)wait_for_cores(1, INIT_WAIT_CYCLES);
    mmio_write32(MAP_LAPIC_BASE + APIC_ICR_LOW, ICR_STARTUP_ALL_OTHERS | FW_AP_TRAMPOLINE >> 12);
    return wait_for_cores(count, ANSWER_WAIT_CYCLES);
}

unsigned cpu_setup_memory_types(unsigned core_count)
{
    uint32_t leaf1[4];

    cpuid(1, 0, leaf1);
    for (const struct msr_value *row = memory_types;
         (leaf1[3] & CPUID_EDX_MTRR) != 0 && row->msr != 0; row++) {
        wrmsr(row->msr, (uint64_t)row->high << 32 | row->low);
    }
    return core_count > 1 ? start_other_cores(core_count - 1) : 0;
}

void cpu_setup_local_apic(void)
{
    mmio_write32(MAP_LAPIC_BASE + APIC_SVR, SVR_ENABLE_FF);
    mmio_write32(MAP_LAPIC_BASE + APIC_LVT_LINT0, LVT_EXTINT);
    mmio_write32(MAP_LAPIC_BASE + APIC_LVT_LINT1, LVT_NMI);
    mmio_write32(MAP_LAPIC_BASE + APIC_TPR, 0);
}
