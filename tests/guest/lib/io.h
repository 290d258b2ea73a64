/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single instructions as functions: ports, memory-mapped registers, control registers, MSRs, CPUID,
 * time stamps. For guest programs of both widths. Everything here is always inlined and touches no
 * general memory unless it says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned long word; /* a general register of the mode the program runs in */

#define BIT(n)       (1ul << (n))
#define BIT64(n)     (1ull << (n))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint16_t in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

/* Memory-mapped registers: exactly one access of the named width. */
static inline uint8_t mmio_read8(uintptr_t addr)
{
    uint8_t value;
    __asm__ volatile("movb (%1), %0" : "=q"(value) : "r"(addr) : "memory");
    return value;
}

static inline uint16_t mmio_read16(uintptr_t addr)
{
    uint16_t value;
    __asm__ volatile("movw (%1), %0" : "=r"(value) : "r"(addr) : "memory");
    return value;
}

static inline uint32_t mmio_read32(uintptr_t addr)
{
    uint32_t value;
    __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(addr) : "memory");
    return value;
}

static inline void mmio_write8(uintptr_t addr, uint8_t value)
{
    __asm__ volatile("movb %0, (%1)" : : "q"(value), "r"(addr) : "memory");
}

static inline void mmio_write16(uintptr_t addr, uint16_t value)
{
    __asm__ volatile("movw %0, (%1)" : : "r"(value), "r"(addr) : "memory");
}

static inline void mmio_write32(uintptr_t addr, uint32_t value)
{
    __asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(addr) : "memory");
}

#ifdef __x86_64__
static inline uint64_t mmio_read64(uintptr_t addr)
{
    uint64_t value;
    __asm__ volatile("movq (%1), %0" : "=r"(value) : "r"(addr) : "memory");
    return value;
}

static inline void mmio_write64(uintptr_t addr, uint64_t value)
{
    __asm__ volatile("movq %0, (%1)" : : "r"(value), "r"(addr) : "memory");
}
#endif

#define CR_ACCESSORS(n)                                                    \
    static inline word read_cr##n(void)                                    \
    {                                                                      \
        word value;                                                        \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(value) : : "memory"); \
        return value;                                                      \
    }                                                                      \
    static inline void write_cr##n(word value)                             \
    {                                                                      \
        __asm__ volatile("mov %0, %%cr" #n : : "r"(value) : "memory");     \
    }
CR_ACCESSORS(0)
CR_ACCESSORS(2)
CR_ACCESSORS(3)
CR_ACCESSORS(4)
#ifdef __x86_64__
CR_ACCESSORS(8)
#endif

#define DR_ACCESSORS(n)                                                \
    static inline word read_dr##n(void)                                \
    {                                                                  \
        word value;                                                    \
        __asm__ volatile("mov %%db" #n ", %0" : "=r"(value));          \
        return value;                                                  \
    }                                                                  \
    static inline void write_dr##n(word value)                         \
    {                                                                  \
        __asm__ volatile("mov %0, %%db" #n : : "r"(value) : "memory"); \
    }
DR_ACCESSORS(0)
DR_ACCESSORS(1)
DR_ACCESSORS(2)
DR_ACCESSORS(3)
DR_ACCESSORS(6)
DR_ACCESSORS(7)

static inline uint64_t rdmsr(uint32_t index)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t index, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf)
                     : "memory");
    return r;
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline void irq_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void irq_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/*
 * STI and HLT back to back: the shadow of STI keeps an interrupt from slipping in between. Returns
 * with IF clear.
 */
static inline void irq_wait(void)
{
    __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

/* Lets one pending interrupt in, with IF set for two instructions. */
static inline void irq_window(void)
{
    __asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
}

static inline word read_flags(void)
{
    word value;
    __asm__ volatile("pushf\n\tpop %0" : "=r"(value) : : "memory");
    return value;
}

static inline void write_flags(word value)
{
    __asm__ volatile("push %0\n\tpopf" : : "r"(value) : "memory", "cc");
}

static inline void invlpg(const void *addr)
{
    __asm__ volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

static inline void barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

/* RFLAGS, SDM 1 3.4.3. */
#define FLAG_CF    BIT(0)
#define FLAG_FIXED BIT(1)
#define FLAG_ZF    BIT(6)
#define FLAG_TF    BIT(8)
#define FLAG_IF    BIT(9)
#define FLAG_DF    BIT(10)
#define FLAG_OF    BIT(11)
#define FLAG_IOPL3 (3ul << 12)
#define FLAG_NT    BIT(14)
#define FLAG_RF    BIT(16)
#define FLAG_VM    BIT(17)
#define FLAG_AC    BIT(18)
#define FLAG_ID    BIT(21)

/* CR0 and CR4, SDM 3A 2.5. */
#define CR0_PE         BIT(0)
#define CR0_MP         BIT(1)
#define CR0_EM         BIT(2)
#define CR0_TS         BIT(3)
#define CR0_ET         BIT(4)
#define CR0_NE         BIT(5)
#define CR0_WP         BIT(16)
#define CR0_AM         BIT(18)
#define CR0_NW         BIT(29)
#define CR0_CD         BIT(30)
#define CR0_PG         BIT(31)
#define CR4_VME        BIT(0)
#define CR4_TSD        BIT(2)
#define CR4_DE         BIT(3)
#define CR4_PSE        BIT(4)
#define CR4_PAE        BIT(5)
#define CR4_PGE        BIT(7)
#define CR4_PCE        BIT(8)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP       BIT(11)
#define CR4_LA57       BIT(12)
#define CR4_FSGSBASE   BIT(16)
#define CR4_OSXSAVE    BIT(18)
#define CR4_SMEP       BIT(20)
#define CR4_SMAP       BIT(21)
#define CR4_PKE        BIT(22)

/* MSRs, SDM 4. */
#define MSR_TSC               0x10
#define MSR_APIC_BASE         0x1b
#define MSR_PLATFORM_INFO     0xce
#define MSR_MTRRCAP           0xfe
#define MSR_SYSENTER_CS       0x174
#define MSR_SYSENTER_ESP      0x175
#define MSR_SYSENTER_EIP      0x176
#define MSR_MCG_CAP           0x179
#define MSR_MCG_STATUS        0x17a
#define MSR_MISC_ENABLE       0x1a0
#define MSR_MTRR_PHYSBASE0    0x200
#define MSR_MTRR_PHYSMASK0    0x201
#define MSR_MTRR_FIX64K_00000 0x250
#define MSR_PAT               0x277
#define MSR_MTRR_DEF_TYPE     0x2ff
#define MSR_EFER              0xc0000080u
#define MSR_STAR              0xc0000081u
#define MSR_LSTAR             0xc0000082u
#define MSR_CSTAR             0xc0000083u
#define MSR_FMASK             0xc0000084u
#define MSR_FS_BASE           0xc0000100u
#define MSR_GS_BASE           0xc0000101u
#define MSR_KERNEL_GS_BASE    0xc0000102u
#define MSR_TSC_AUX           0xc0000103u
#define EFER_SCE              BIT(0)
#define EFER_LME              BIT(8)
#define EFER_LMA              BIT(10)
#define EFER_NXE              BIT(11)
