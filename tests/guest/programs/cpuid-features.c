/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every feature that CPUID promises is executed once: none may give #UD. And one instruction of
 * features that it does not promise must give #UD. SDM 2 CPUID and the instructions named.
 */
#include "tests/guest/lib/trap.h"

static uint8_t area[4096] __attribute__((aligned(64)));

enum reg { ECX1, EDX1, EBX7, ECX7, EDX7, ECX81, EDX81, EAXD };

/* name, where CPUID says so, bit, instruction */
#define FEATURES(X)                                                                         \
    X(fpu, EDX1, 0, "fninit")                                                               \
    X(tsc, EDX1, 4, "rdtsc")                                                                \
    X(msr, EDX1, 5, "movl $0x10, %ecx\n rdmsr")                                             \
    X(cx8, EDX1, 8, "cmpxchg8b (%rdi)")                                                     \
    X(cmov, EDX1, 15, "cmovc %eax, %ecx")                                                   \
    X(clflush, EDX1, 19, "clflush (%rdi)")                                                  \
    X(mmx, EDX1, 23, "paddb %mm0, %mm1\n emms")                                             \
    X(fxsr, EDX1, 24, "fxsave (%rdi)")                                                      \
    X(sse, EDX1, 25, "addps %xmm0, %xmm1")                                                  \
    X(sse2, EDX1, 26, "addpd %xmm0, %xmm1")                                                 \
    X(sse3, ECX1, 0, "haddps %xmm0, %xmm1")                                                 \
    X(pclmulqdq, ECX1, 1, "pclmulqdq $0, %xmm0, %xmm1")                                     \
    X(ssse3, ECX1, 9, "pshufb %xmm0, %xmm1")                                                \
    X(fma, ECX1, 12, "vfmadd132ps %xmm0, %xmm1, %xmm2")                                     \
    X(cx16, ECX1, 13, "cmpxchg16b (%rdi)")                                                  \
    X(sse41, ECX1, 19, "pmulld %xmm0, %xmm1")                                               \
    X(sse42, ECX1, 20, "pcmpgtq %xmm0, %xmm1")                                              \
    X(crc32, ECX1, 20, "crc32q %rax, %rcx")                                                 \
    X(movbe, ECX1, 22, "movbe (%rdi), %eax")                                                \
    X(popcnt, ECX1, 23, "popcnt %eax, %ecx")                                                \
    X(aes, ECX1, 25, "aesenc %xmm0, %xmm1")                                                 \
    X(xsave, ECX1, 26, "xorl %ecx, %ecx\n xgetbv\n xsave (%rdi)")                           \
    X(avx, ECX1, 28, "vaddps %xmm0, %xmm1, %xmm2")                                          \
    X(f16c, ECX1, 29, "vcvtph2ps %xmm0, %xmm1")                                             \
    X(rdrand, ECX1, 30, "rdrand %eax")                                                      \
    X(fsgsbase, EBX7, 0, "rdfsbase %rax\n wrfsbase %rax\n rdgsbase %rax\n wrgsbase %rax")   \
    X(bmi1, EBX7, 3, "andn %eax, %ecx, %edx\n tzcnt %eax, %ecx\n blsr %eax, %ecx")          \
    X(avx2, EBX7, 5, "vpaddb %ymm0, %ymm1, %ymm2")                                          \
    X(bmi2, EBX7, 8, "pdep %eax, %ecx, %edx\n rorx $3, %eax, %ecx\n mulx %eax, %ecx, %edx") \
    X(erms, EBX7, 9, "xorl %ecx, %ecx\n rep movsb")                                         \
    X(invpcid, EBX7, 10, "movl $2, %eax\n invpcid (%rdi), %rax")                            \
    X(rtm, EBX7, 11, "xbegin 1f\n 1: nop")                                                  \
    X(mpx, EBX7, 14, "bndmk (%rax), %bnd0")                                                 \
    X(avx512f, EBX7, 16, "vpaddd %zmm0, %zmm1, %zmm2")                                      \
    X(rdseed, EBX7, 18, "rdseed %eax")                                                      \
    X(adx, EBX7, 19, "adcx %eax, %ecx\n adox %eax, %ecx")                                   \
    X(smap, EBX7, 20, "stac\n clac")                                                        \
    X(clflushopt, EBX7, 23, "clflushopt (%rdi)")                                            \
    X(clwb, EBX7, 24, "clwb (%rdi)")                                                        \
    X(pku, ECX7, 3, "xorl %ecx, %ecx\n rdpkru")                                             \
    X(rdpid, ECX7, 22, "rdpid %rax")                                                        \
    X(lahf, ECX81, 0, "lahf\n sahf")                                                        \
    X(lzcnt, ECX81, 5, "lzcnt %eax, %ecx")                                                  \
    X(prefetchw, ECX81, 8, "prefetchw (%rdi)")                                              \
    X(syscall_, EDX81, 11, "nop")                                                           \
    X(rdtscp, EDX81, 27, "rdtscp")                                                          \
    X(xsaveopt, EAXD, 0, "movl $3, %eax\n xorl %edx, %edx\n xsaveopt (%rdi)")               \
    X(xsavec, EAXD, 1, "movl $3, %eax\n xorl %edx, %edx\n xsavec (%rdi)")                   \
    X(xgetbv1, EAXD, 2, "movl $1, %ecx\n xgetbv")                                           \
    X(xsaves, EAXD, 3, "movl $3, %eax\n xorl %edx, %edx\n xsaves (%rdi)")

#define DEFINE(name, where, bit, code) STUB(do_##name, "nop", code);
FEATURES(DEFINE)

static const struct feature {
    const char *name, *code;
    enum reg where;
    unsigned bit;
} features[] = {
#define ROW(name, where, bit, code) {#name, do_##name, where, bit},
    FEATURES(ROW)};

/* Without the feature these are other instructions, or no-operations, and do not fault. */
static bool is_silent(const char *name)
{
    static const char *const silent[] = {"erms",       "bmi1",  "lzcnt", "prefetchw",
                                         "clflushopt", "clwb",  "mpx",   "xgetbv1",
                                         "syscall_",   "rdpid", "pku",   "invpcid"};
    for (unsigned i = 0; i < COUNT(silent); i++) {
        const char *a = silent[i], *b = name;
        while (*a != '\0' && *a == *b) {
            a++;
            b++;
        }
        if (*a == *b) return true;
    }
    return false;
}

void guest_main(void)
{
    struct cpuid one = cpuid(1, 0), seven = cpuid(7, 0), extended = cpuid(0x80000001, 0);
    const uint32_t words[] = {
        one.ecx,   one.edx,      seven.ebx,    seven.ecx,
        seven.edx, extended.ecx, extended.edx, one.ecx & BIT(26) ? cpuid(0xd, 1).eax : 0};
    word cr4 = read_cr4();
    if (seven.ebx & BIT(0)) cr4 |= CR4_FSGSBASE;
    if (one.ecx & BIT(26)) cr4 |= CR4_OSXSAVE;
    if (seven.ecx & BIT(3)) cr4 |= CR4_PKE;
    write_cr4(cr4);
    if (one.ecx & BIT(26)) {
        uint32_t low = cpuid(0xd, 0).eax & 7;
        __asm__ volatile("xsetbv" : : "c"(0), "a"(low), "d"(0));
    }
    unsigned promised = 0;
    for (unsigned i = 0; i < COUNT(features); i++) {
        const struct feature *f = &features[i];
        bool is_promised = words[f->where] >> f->bit & 1;
        if (!is_promised && is_silent(f->name)) continue;
        uint64_t fs = rdmsr(MSR_FS_BASE), gs = rdmsr(MSR_GS_BASE);
        struct fault fault = attempt(f->code, (word)area, 0);
        wrmsr(MSR_FS_BASE, fs);
        wrmsr(MSR_GS_BASE, gs);
        if (is_promised) {
            promised++;
            if (fault.vector != NO_FAULT)
                print("  vector %lu at %lx\n", fault.vector, fault.frame.ip);
            report(fault.vector == NO_FAULT, "%s is promised and runs", f->name);
        } else {
            report(fault.vector == VECTOR_UD, "%s is not promised and gives #UD", f->name);
        }
    }
    report(promised >= 20, "%u features are promised", promised);
}
