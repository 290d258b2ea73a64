/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID of a Xeon W-2140B, masked to what the engine executes.
 *
 * Constant leaves are a table (hardware.md 8; SDM 2A, CPUID; the i9-7900X dump named there, same
 * stepping). Feature words are the real processor's AND what Unicorn's translator knows, plus what
 * this folder adds (TSC_ADJUST); the same words are given to the translator, so that what CPUID
 * does not promise raises #UD. Hidden although real: everything from AVX up, hyper-threading,
 * x2APIC, TSC deadline, MONITOR, PCID, INVPCID, TSX, MPX (the engine has it; current Linux does not
 * use it), XSAVEC/XSAVES, performance counters, thermal and power control, SGX, VMX.
 *
 * Chosen: 40 physical address bits instead of 46, since the engine faults on higher ones. No
 * hyper-threading: one thread per core, APIC id = core index.
 */
#include "emu/cpu/internal.h"

#define BIT(n) (UINT32_C(1) << (n))

/* The processor's words, i9-7900X/W-2140B. */
#define REAL_1_EDX        0xbfebfbffu
#define REAL_1_ECX        0x7ffefbbfu
#define REAL_7_EBX        0xd39ffffbu
#define REAL_80000001_EDX 0x2c100800u
#define REAL_80000001_ECX 0x00000121u
#define REAL_D1_EAX       0x0000000fu

#define F1_EDX_APIC  BIT(9)
#define APIC_BASE_EN BIT(11)
#define F1_EDX_HTT   BIT(28)
#define F1_EDX_HIDDEN \
    (BIT(21) | BIT(22) | BIT(29) | BIT(31)) /* DS ACPI TM PBE: thermal and debug store */
#define F1_ECX_HIDDEN \
    (BIT(3) | BIT(21) | BIT(24) | BIT(31)) /* MONITOR x2APIC TSC deadline; hypervisor */
#define F1_ECX_OSXSAVE    BIT(27)
#define F7_EBX_TSC_ADJUST BIT(1)
/* MD_CLEAR, IBRS/IBPB, STIBP, L1D_FLUSH, SSBD: what microcode updates added. Speculation is not
 * modelled, so their registers are storage and their barriers do nothing. */
#define F7_EDX       (BIT(10) | BIT(26) | BIT(27) | BIT(28) | BIT(31))
#define F7_EBX_MPX   BIT(14)
#define CR4_OSXSAVE  BIT(18)
#define XCR0_X87_SSE 3u
#define XSAVE_BYTES  576u /* legacy area and header: nothing extended is enabled */

/* subleaf -1: any. */
struct leaf {
    uint32_t leaf;
    int subleaf;
    struct cpuid_words words;
};

static const struct leaf leaves[] = {
    {0x00, -1, {0x16, 0x756e6547, 0x6c65746e, 0x49656e69}}, /* GenuineIntel, up to leaf 0x16 */
    {0x02, -1, {0x76036301, 0x00f0b5ff, 0, 0x00c30000}},    /* see leaf 4 for caches */
    {0x0d, 0, {XCR0_X87_SSE, XSAVE_BYTES, XSAVE_BYTES, 0}},
    {0x15, -1, {2, 0x100, 0, 0}},     /* TSC = 25 MHz x 256 / 2; the crystal is left to leaf 0x16 */
    {0x16, -1, {3200, 4200, 100, 0}}, /* MHz: base, turbo, bus */
    {0x80000000, -1, {0x80000008, 0, 0, 0}},
    {0x80000002, -1, {0x65746e49, 0x2952286c, 0x6f655820, 0x2952286e}}, /* Intel(R) Xeon(R) */
    {0x80000003, -1, {0x322d5720, 0x42303431, 0x55504320, 0x33204020}}, /*  W-2140B CPU @ 3 */
    {0x80000004, -1, {0x4730322e, 0x00007a48, 0, 0}},                   /* .20GHz */
    {0x80000006, -1, {0, 0, 0x01006040, 0}}, /* L2: 1 MiB, 64-byte lines */
    {0x80000007, -1, {0, 0, 0, BIT(8)}},     /* invariant TSC */
};

struct cache {
    uint32_t type; /* 1 data, 2 instruction, 3 unified */
    uint32_t level;
    uint32_t ways;
    uint32_t sets;
    bool is_shared; /* by all cores */
    uint32_t edx;
};

static const struct cache caches[] = {
    {.type = 1, .level = 1, .ways = 8, .sets = 64},
    {.type = 2, .level = 1, .ways = 8, .sets = 64},
    {.type = 3, .level = 2, .ways = 16, .sets = 1024},
    {.type = 3,
     .level = 3,
     .ways = 11,
     .sets = 16384,
     .is_shared = true,
     .edx = BIT(2)}, /* complex indexing */
};

static uint32_t log2_up(uint32_t count)
{
    uint32_t bits = 0;

    while (BIT(bits) < count) {
        bits++;
    }
    return bits;
}

static struct cpuid_words cache_leaf(const struct cpu *cpu, uint32_t subleaf)
{
    const struct cache *cache;
    uint32_t id_bits = log2_up(cpu->set->count);

    if (subleaf >= sizeof(caches) / sizeof(caches[0])) {
        return (struct cpuid_words){0};
    }
    cache = &caches[subleaf];
    return (struct cpuid_words){
        .eax = cache->type | cache->level << 5 | BIT(8) |
               (cache->is_shared ? BIT(id_bits) - 1 : 0) << 14 | (BIT(id_bits) - 1) << 26,
        .ebx = 63 | (cache->ways - 1) << 22,
        .ecx = cache->sets - 1,
        .edx = cache->edx,
    };
}

static struct cpuid_words topology_leaf(const struct cpu *cpu, uint32_t subleaf)
{
    struct cpuid_words words = {.ecx = subleaf & 0xff, .edx = cpu->index};

    if (subleaf == 0) {
        words.ebx = 1;
        words.ecx |= 1u << 8; /* thread level: one per core */
    } else if (subleaf == 1) {
        words.eax = log2_up(cpu->set->count);
        words.ebx = cpu->set->count;
        words.ecx |= 2u << 8; /* core level */
    }
    return words;
}

static bool is_apic_on(const struct cpu *cpu)
{
    const struct cpu_env *env = &cpu->set->env;

    return env->apic_base_get(env->ctx, cpu->index) & APIC_BASE_EN;
}

static struct cpuid_words feature_leaf(const struct cpu *cpu)
{
    const struct seam_env *env = cpu->env;

    return (struct cpuid_words){
        .eax = env->cpuid_version,
        .ebx = cpu->index << 24 | BIT(log2_up(cpu->set->count)) << 16 | 8 << 8,
        .ecx = (uint32_t)env->features[SEAM_FEATURE_1_ECX] |
               (env->cr[4] & CR4_OSXSAVE ? F1_ECX_OSXSAVE : 0),
        .edx = (uint32_t)env->features[SEAM_FEATURE_1_EDX] & ~(is_apic_on(cpu) ? 0 : F1_EDX_APIC),
    };
}

void cpu_cpuid_init(struct cpu *cpu)
{
    uint64_t *features = cpu->env->features;

    features[SEAM_FEATURE_1_EDX] &= REAL_1_EDX & ~F1_EDX_HIDDEN;
    features[SEAM_FEATURE_1_EDX] |= F1_EDX_APIC | (cpu->set->count > 1 ? F1_EDX_HTT : 0);
    features[SEAM_FEATURE_1_ECX] &= REAL_1_ECX & ~(F1_ECX_HIDDEN | F1_ECX_OSXSAVE);
    features[SEAM_FEATURE_7_EBX] &= REAL_7_EBX & ~F7_EBX_MPX;
    features[SEAM_FEATURE_7_EBX] |= F7_EBX_TSC_ADJUST;
    features[SEAM_FEATURE_7_ECX] = 0;
    features[SEAM_FEATURE_7_EDX] = 0;
    features[SEAM_FEATURE_7_1_EAX] = 0;
    features[SEAM_FEATURE_80000001_EDX] &= REAL_80000001_EDX;
    features[SEAM_FEATURE_80000001_ECX] &= REAL_80000001_ECX;
    features[SEAM_FEATURE_XSAVE] &= REAL_D1_EAX;
    features[SEAM_FEATURE_XSAVE_LOW] = XCR0_X87_SSE;
    features[SEAM_FEATURE_XSAVE_HIGH] = 0;
}

static struct cpuid_words table_leaf(uint32_t leaf, uint32_t subleaf)
{
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        if (leaves[i].leaf == leaf &&
            (leaves[i].subleaf < 0 || (uint32_t)leaves[i].subleaf == subleaf)) {
            return leaves[i].words;
        }
    }
    return (struct cpuid_words){0};
}

struct cpuid_words cpu_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf)
{
    const uint64_t *features = cpu->env->features;
    uint32_t highest = leaf & 0x80000000 ? 0x80000008 : 0x16;

    /* A number past the highest leaf is answered like the highest basic one (SDM 2A). */
    if (leaf > highest) {
        leaf = 0x16;
    }
    switch (leaf) {
    case 0x01: return feature_leaf(cpu);
    case 0x04: return cache_leaf(cpu, subleaf);
    case 0x07:
        return subleaf ? (struct cpuid_words){0}
                       : (struct cpuid_words){.ebx = (uint32_t)features[SEAM_FEATURE_7_EBX],
                                              .edx = F7_EDX};
    case 0x0b: return topology_leaf(cpu, subleaf);
    case 0x0d:
        return subleaf == 1 ? (struct cpuid_words){.eax = (uint32_t)features[SEAM_FEATURE_XSAVE]}
                            : table_leaf(leaf, subleaf);
    case 0x80000001:
        return (struct cpuid_words){
            .ecx = (uint32_t)features[SEAM_FEATURE_80000001_ECX],
            .edx = (uint32_t)features[SEAM_FEATURE_80000001_EDX],
        };
    case 0x80000008: return (struct cpuid_words){.eax = 48u << 8 | CPU_PHYS_BITS};
    default: return table_leaf(leaf, subleaf);
    }
}
